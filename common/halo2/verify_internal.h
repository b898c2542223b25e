/* SPDX-License-Identifier: Apache-2.0 */
/* State of one verification, filled in the order of FORMAT section 9. */
#ifndef HCL_COMMON_HALO2_VERIFY_INTERNAL_H
#define HCL_COMMON_HALO2_VERIFY_INTERNAL_H

#include "common/halo2/constraints.h"
#include "common/halo2/openings.h"
#include "common/halo2/verify.h"

struct hcl_verification {
    struct hcl_transcript *t;
    struct hcl_reader proof;
    const struct hcl_vk *vk;
    const struct hcl_circuit *c;
    const struct hcl_srs_verifier *srs;
    const struct hcl_values *instances;
    struct hcl_err *err;

    struct hcl_domain domain; /* for powers of w only: no twiddles */
    struct hcl_open_plan plan;
    struct hcl_challenges challenges;
    hcl_g1 *advice, *lookup_a, *lookup_s, *perm_z, *lookup_z, *h, random;
    hcl_fr *evaluations;    /* plan.num_evaluations and h(x) */
    hcl_fr *instance_evals; /* per instance query */
};

/** Evaluate instances and constraints at x; sets the last evaluation, h(x). */
hcl_status hcl_verify_evaluate(struct hcl_verification *v);
/** Read the opening and check it: the last word. */
hcl_status hcl_verify_shplonk(struct hcl_verification *v);
hcl_status hcl_verify_gwc(struct hcl_verification *v);

#endif
