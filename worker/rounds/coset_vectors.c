/* SPDX-License-Identifier: Apache-2.0 */
/* L_i(X) = w^i (X^n - 1)/(n (X - w^i)) = L_0(X w^-i), so all come from L_0 on rows first..first+count+b+1:
 * L_(n-i) at row j is L_0 at row j+i. With u = n-b-1, l_last = L_(n-(b+1)). */
#include "worker/rounds/coset_internal.h"
#include "worker/rounds/powers.h"

#include <string.h>

#define TILE 1024

/* l := L_0 on this rank's rows and so many more. */
static void make_first(const struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g, size_t more,
                       hcl_fr *l)
{
    const struct hcl_team *t = &w->team;
    const size_t rows = t->count + more;
    hcl_fr *scratch = l + rows + 1, factor;
    hcl_fr_mul(&factor, &s->zh, &t->domain->n_inv);
    hcl_fr_scale_vec(l, w->omega_rows, g, t->count);
    for (size_t i = t->count; i < rows; i++) {
        hcl_domain_omega_pow(&l[i], t->domain, (int64_t)(t->first + i));
        hcl_fr_mul(&l[i], &l[i], g);
    }
#pragma omp parallel for schedule(static) num_threads(t->threads)
    for (size_t at = 0; at < rows; at += TILE) {
        const size_t part = rows - at < TILE ? rows - at : TILE;
        hcl_fill_run(scratch + at, &hcl_fr_one, part);
        hcl_fr_sub_vec(l + at, l + at, scratch + at, part);
        hcl_fr_batch_inv(l + at, scratch + at, part);
        hcl_fr_scale_vec(l + at, l + at, &factor, part);
    }
}

void hcl_coset_make_vectors(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g, hcl_fr *scratch)
{
    const size_t b = w->circuit->blinding_factors, rows = w->team.count;
    make_first(s, w, g, b + 1, scratch);
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t at = 0; at < rows; at += TILE) {
        const size_t count = rows - at < TILE ? rows - at : TILE;
        hcl_fr_scale_vec(s->x + at, w->omega_rows + at, g, count);
        memcpy(s->l_0 + at, scratch + at, count * sizeof *s->l_0);
        memcpy(s->l_last + at, scratch + at + b + 1, count * sizeof *s->l_last);
        hcl_fill_run(s->l_active + at, &hcl_fr_one, count);
        for (size_t i = 1; i <= b + 1; i++)
            hcl_fr_sub_vec(s->l_active + at, s->l_active + at, scratch + at + i, count);
    }
}
