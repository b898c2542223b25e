/* SPDX-License-Identifier: Apache-2.0 */
/* What a transform kernel offers to ntt.c. A kernel owns the twiddle tables of the domains it made. */
#ifndef HCL_COMMON_POLY_NTT_INTERNAL_H
#define HCL_COMMON_POLY_NTT_INTERNAL_H

#include "common/poly/domain.h"

#include <stdbool.h>

/* Transforms in place, natural order. */
struct hcl_ntt_job {
    hcl_fr *const *column;
    size_t columns;
    bool inverse;
    const hcl_fr *g; /* NULL: the subgroup itself, otherwise the coset g*<w> */
    int threads;
};

struct hcl_ntt_kernel {
    /** Smallest and largest k the kernel can do. */
    uint32_t k_min, k_max;
    /** Fewer than 2^k_shared elements in all are done by one thread: waking another takes as long. */
    uint32_t k_shared;
    /** Build the tables of d (k, n, omega, omega_inv, n_inv are set). */
    hcl_status (*init)(void **tables, const struct hcl_domain *d, struct hcl_err *err);
    void (*clear)(void *tables);
    /** Any number of columns together. */
    void (*run)(const struct hcl_domain *d, const void *tables, const struct hcl_ntt_job *job);
};

extern const struct hcl_ntt_kernel hcl_ntt_scalar, hcl_ntt_ifma;

/** a[i] *= c*g^i. g NULL means 1. */
void hcl_ntt_scale_powers(hcl_fr *a, size_t n, const hcl_fr *c, const hcl_fr *g, int threads);

#endif
