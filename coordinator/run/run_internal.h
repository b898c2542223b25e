/* SPDX-License-Identifier: Apache-2.0 */
/* A proof under way: what its rounds share. prove.c is their order, run_begin.c what comes before the first,
 * run_items.c how what they make goes into transcript, proof and checkpoint. */
#ifndef HCL_COORDINATOR_RUN_RUN_INTERNAL_H
#define HCL_COORDINATOR_RUN_RUN_INTERNAL_H

#include "coordinator/run/prove.h"
#include "worker/rounds/rounds.h"

struct hcl_run {
    struct hcl_worker worker;
    struct hcl_transcript transcript;
    struct hcl_proof *proof;
    struct hcl_meter *meter;
    struct hcl_comm_log log; /* of what this rank sends */
    struct hcl_random random;
    struct hcl_blinding blinding;
    hcl_g1 *points;                    /* room for the longest list of any round */
    uint32_t rounds;                   /* that are done */
    struct hcl_checkpoint *checkpoint; /* or NULL; the first rounds and items of the proof are in it */
    uint32_t known_rounds;
    size_t known_len;
    struct hcl_reader known; /* the items */
    bool keeps;              /* further rounds go into it */
};

/** Whether the round that comes is one of those that the checkpoint has. */
bool hcl_run_recalls(const struct hcl_run *r);
/** So many of r->points, or the evaluations, go into transcript and proof; those that are known are in the
 * proof already. */
hcl_status hcl_run_put_points(struct hcl_run *r, size_t count, struct hcl_err *err);
hcl_status hcl_run_put_evaluations(struct hcl_run *r, struct hcl_err *err);
/** Collective. A round whose items are put with status st is done. pieces: the quotient's are there. */
hcl_status hcl_run_end_round(struct hcl_run *r, hcl_status st, const char *name, bool pieces,
                             struct hcl_err *err);
/** Collective. A round of commitments; one without any does not count. */
hcl_status hcl_run_end_commitments(struct hcl_run *r, size_t count, const char *name, bool pieces,
                                   struct hcl_err *err);

/** Collective. What all random values come from: the options', the checkpoint's, or one that rank 0 chooses.
 */
hcl_status hcl_run_choose_blinding(struct hcl_run *r, struct hcl_comm *comm,
                                   const struct hcl_prove_options *options, struct hcl_err *err);
/** Collective. The proof goes on with what the checkpoint has, and is kept in it. */
hcl_status hcl_run_take_checkpoint(struct hcl_run *r, struct hcl_comm *comm,
                                   const struct hcl_prove_options *options, struct hcl_err *err);
/** Collective. Everything up to the first round; r->worker and r->points are to be released also on failure.
 */
hcl_status hcl_run_start(struct hcl_run *r, struct hcl_comm *comm, const struct hcl_keys *keys,
                         const struct hcl_srs *srs, const struct hcl_values *instances,
                         const struct hcl_prove_options *options, struct hcl_err *err);

#endif
