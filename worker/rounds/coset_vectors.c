/* SPDX-License-Identifier: Apache-2.0 */
/* L_i(X) = w^i (X^n - 1)/(n (X - w^i)) = L_0(X w^-i), so all come from L_0 on rows first..first+count+b:
 * L_(n-i) at row j is L_0 at row j+i. With u = n-b-1, l_last = L_(n-(b+1)). */
#include "worker/rounds/coset_internal.h"
#include "worker/rounds/powers.h"

#include <string.h>

#define TILE 1024

/* x, and L_0 on this rank's rows and b + 1 more, where l_last reads it. */
static void make_first(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g)
{
    const struct hcl_team *t = &w->team;
    const size_t rows = t->count, all = rows + w->circuit->blinding_factors + 1;
    hcl_fr factor;
    hcl_fr_mul(&factor, &s->zh, &t->domain->n_inv);
#pragma omp parallel for schedule(static) num_threads(t->threads)
    for (size_t at = 0; at < all; at += TILE) {
        hcl_fr scratch[TILE], *l = s->l_0 + at;
        const size_t part = all - at < TILE ? all - at : TILE, own = at < rows ? rows - at : 0;
        hcl_powers_run(l, &t->domain->omega, t->first + at, part);
        hcl_fr_scale_vec(l, l, g, part);
        memcpy(s->x + at, l, (own < part ? own : part) * sizeof *l);
        hcl_fill_run(scratch, &hcl_fr_one, part);
        hcl_fr_sub_vec(l, l, scratch, part);
        hcl_fr_batch_inv(l, scratch, part);
        hcl_fr_scale_vec(l, l, &factor, part);
    }
}

void hcl_coset_make_vectors(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g)
{
    const size_t b = w->circuit->blinding_factors, rows = w->team.count;
    make_first(s, w, g);
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t at = 0; at < rows; at += TILE) {
        const size_t count = rows - at < TILE ? rows - at : TILE;
        hcl_fill_run(s->l_active + at, &hcl_fr_one, count);
        for (size_t i = 1; i <= b + 1; i++)
            hcl_fr_sub_vec(s->l_active + at, s->l_active + at, s->l_0 + at + i, count);
    }
}
