/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation domains of size 2^k in Fr and their transforms. Lagrange vectors are values at w^0..w^(n-1) in
 * natural order; coefficient vectors are lowest degree first; nothing is ever seen in bit-reversed order. A
 * coset is g*<w>. Transforms are of n elements, in place unless they say otherwise. threads: OpenMP threads
 * that may be used; small transforms use one. A domain is immutable after init and may be shared by threads;
 * it owns its twiddles: 16 bytes per element with scalar arithmetic, 68 with IFMA, where a thread also needs
 * 0.5 MiB of stack. */
#ifndef HCL_COMMON_POLY_DOMAIN_H
#define HCL_COMMON_POLY_DOMAIN_H

#include "common/field/fr.h"
#include "common/sys/status.h"

struct hcl_domain {
    uint32_t k;
    size_t n;
    hcl_fr omega, omega_inv, n_inv;
    void *twiddles; /* private to ntt.c */
};

/** k in [0, 28]. */
hcl_status hcl_domain_init(struct hcl_domain *d, uint32_t k, struct hcl_err *err);
void hcl_domain_clear(struct hcl_domain *d);

/** coefficients -> values. */
void hcl_ntt(const struct hcl_domain *d, hcl_fr *a, int threads);
/** values -> coefficients (with the factor 1/n). */
void hcl_intt(const struct hcl_domain *d, hcl_fr *a, int threads);
/** columns transforms at once; same meaning as the single ones, no slower per column. */
void hcl_ntt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads);
void hcl_intt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads);
/* A coset g*<w>, whose tables are made once for many transforms: they cost as much as 10 % of one, which then
 * takes 10 % longer than one to the subgroup. */
struct hcl_domain_coset {
    const struct hcl_domain *domain; /* borrowed */
    void *tables;                    /* as large as a column; private to ntt.c */
    /* If it is set, a transform may call it a few times on the thread that asked for it. */
    void (*between)(void *ctx);
    void *ctx;
};
/** Room for any coset. */
hcl_status hcl_domain_coset_init(struct hcl_domain_coset *c, const struct hcl_domain *d, struct hcl_err *err);
void hcl_domain_coset_clear(struct hcl_domain_coset *c);
/** The coset is g*<w> from here on. */
void hcl_domain_coset_set(struct hcl_domain_coset *c, const hcl_fr *g, int threads);
/** coefficients -> values on the coset, values[i][j] = coeffs[i](g*w^j), of `columns` columns. values[i] is
 * coeffs[i] or overlaps nothing else; it is up to 20 % faster if aligned to 64 bytes. */
void hcl_coset_ntt_batch(const struct hcl_domain_coset *c, const hcl_fr *const *coeffs, hcl_fr *const *values,
                         size_t columns, int threads);

/** w^e for any integer e. */
void hcl_domain_omega_pow(hcl_fr *out, const struct hcl_domain *d, int64_t e);
/** out[j] = L_{rows[j]}(x), rows taken modulo n; one inversion. HCL_BAD_INPUT if x is in the domain. */
hcl_status hcl_domain_lagrange_at(hcl_fr *out, const struct hcl_domain *d, const int64_t *rows, size_t count,
                                  const hcl_fr *x, struct hcl_err *err);

#endif
