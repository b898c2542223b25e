/* SPDX-License-Identifier: Apache-2.0 */
/* Columns on a coset g*<w>, in row blocks. */
#ifndef HCL_WORKER_ROUNDS_COSET_H
#define HCL_WORKER_ROUNDS_COSET_H

#include "worker/worker.h"

/* Which columns: the key's (fixed, sigma), which are the same in every proof, or the proof's. */
enum { HCL_COSET_KEY = 1, HCL_COSET_PROOF = 2 };

/* Everything that one coset needs, reused for the next. What depends on the coset alone, x and the l_*, goes
 * with the key's columns. */
struct hcl_coset {
    int which;
    size_t *ids; /* columns that some constraint reads, each once */
    size_t count;
    size_t *position;  /* of ids[i] among its owner's */
    size_t step, most; /* columns a rank transforms at once; most that any rank owns */
    struct hcl_domain_coset tables;
    struct hcl_blocks blocks;
    hcl_fr *x, *l_0, *l_last, *l_active; /* of this rank's rows; NULL without the key */
    hcl_fr *inverse;                     /* scratch of the above: count + b + 2, twice */
    hcl_fr *whole;                       /* step columns of n values; NULL with one rank */
    struct hcl_moving *moving;
    const hcl_fr **coeffs; /* from and to of one batch of transforms */
    hcl_fr **batch;
    const struct hcl_compact **compact; /* columns of the batch that are not coefficients yet */
    hcl_fr **expanded;                  /* and where they become so: in the batch */
    size_t num_expanded;
    hcl_fr zh, zh_inv; /* X^n - 1 on the coset and its inverse */
};

/** Collective. which: HCL_COSET_KEY, HCL_COSET_PROOF or their sum. */
hcl_status hcl_coset_init(struct hcl_coset *s, struct hcl_worker *w, int which, struct hcl_err *err);
void hcl_coset_clear(struct hcl_coset *s);
/** Free what only hcl_coset_load needs. */
void hcl_coset_settle(struct hcl_coset *s);
/** Number of cosets of a quotient, and number i of them: g = 7^(i+1). */
static inline size_t hcl_coset_count(const struct hcl_circuit *c)
{
    return c->degree - 1;
}
void hcl_coset_generator(hcl_fr *g, size_t i);
/** Collective: all columns from coefficients to values on g*<w>, and the vectors that depend on g alone.
 * Moves each column once. g^n != 1. */
void hcl_coset_load(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g);

#endif
