/* SPDX-License-Identifier: Apache-2.0 */
/* What a transform kernel offers to ntt.c. A kernel owns the twiddle tables of the domains it made. */
#ifndef HCL_COMMON_POLY_NTT_INTERNAL_H
#define HCL_COMMON_POLY_NTT_INTERNAL_H

#include "common/poly/domain.h"

#include <stdbool.h>

/* Transforms from[c] -> column[c], natural order; both may be the same. */
struct hcl_ntt_job {
    const hcl_fr *const *from;
    hcl_fr *const *column;
    size_t columns;
    bool inverse;
    const void *coset; /* tables of a coset, forward only; NULL: the subgroup itself */
    int threads;
    void (*between)(void *ctx); /* hcl_domain_coset's; NULL: nothing */
    void *ctx;
};

struct hcl_ntt_kernel {
    /** Smallest and largest k the kernel can do. */
    uint32_t k_min, k_max;
    /** Fewer than 2^k_shared elements in all are done by one thread: waking another takes as long. */
    uint32_t k_shared;
    /** Build the tables of d (k, n, omega, omega_inv, n_inv are set). */
    hcl_status (*init)(void **tables, const struct hcl_domain *d, struct hcl_err *err);
    void (*clear)(void *tables);
    /** Room for the tables of a coset, and the tables of g*<w>. tables: the domain's. */
    hcl_status (*coset_init)(void **coset, const struct hcl_domain *d, const void *tables,
                             struct hcl_err *err);
    void (*coset_set)(void *coset, const struct hcl_domain *d, const void *tables, const hcl_fr *g,
                      int threads);
    void (*coset_clear)(void *coset);
    /** Any number of columns together. */
    void (*run)(const struct hcl_domain *d, const void *tables, const struct hcl_ntt_job *job);
};

extern const struct hcl_ntt_kernel hcl_ntt_scalar, hcl_ntt_ifma;

#endif
