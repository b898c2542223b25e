/* SPDX-License-Identifier: Apache-2.0 */
/* L_i(X) = w^i (X^n - 1)/(n (X - w^i)) = L_0(X w^-i), so all come from L_0 on rows first..first+count+b+1:
 * L_(n-i) at row j is L_0 at row j+i. With u = n-b-1, l_last = L_(n-(b+1)). */
#include "worker/rounds/coset_internal.h"
#include "worker/rounds/powers.h"

#define TILE 1024

void hcl_coset_begin_vectors(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g)
{
    const struct hcl_team *t = &w->team;
    const size_t before = s->disk ? hcl_coset_first(s) : 0, rows = s->disk ? s->rows : t->count,
                 extended = rows + w->circuit->blinding_factors + 1;
    hcl_fr *l = s->inverse, *scratch = l + extended + 1, factor;
    hcl_fr_mul(&factor, &s->zh, &t->domain->n_inv);
    hcl_fr_scale_vec(l, w->omega_rows + before, g, rows);
    for (size_t i = rows; i < extended; i++) {
        hcl_domain_omega_pow(&l[i], t->domain, (int64_t)(t->first + before + i));
        hcl_fr_mul(&l[i], &l[i], g);
    }
#pragma omp parallel for schedule(static) num_threads(t->threads)
    for (size_t at = 0; at < extended; at += TILE) {
        size_t part = extended - at < TILE ? extended - at : TILE;
        hcl_fill_run(scratch + at, &hcl_fr_one, part);
        hcl_fr_sub_vec(l + at, l + at, scratch + at, part);
        hcl_fr_batch_inv(l + at, scratch + at, part);
        hcl_fr_scale_vec(l + at, l + at, &factor, part);
    }
}

static void take(hcl_fr *out, const hcl_fr *from, size_t stride, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = from[i * stride];
}

void hcl_coset_take_vectors(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g)
{
    const size_t b = w->circuit->blinding_factors, stride = hcl_coset_stride(s);
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t at = 0; at < s->rows; at += TILE) {
        const size_t count = s->rows - at < TILE ? s->rows - at : TILE, first = hcl_coset_first(s),
                     row = (s->disk ? 0 : first) + at * stride;
        hcl_fr value[TILE];
        take(s->x + at, w->omega_rows + first + at * stride, stride, count);
        hcl_fr_scale_vec(s->x + at, s->x + at, g, count);
        take(s->l_0 + at, s->inverse + row, stride, count);
        take(s->l_last + at, s->inverse + row + b + 1, stride, count);
        hcl_fill_run(s->l_active + at, &hcl_fr_one, count);
        for (size_t i = 1; i <= b + 1; i++) {
            take(value, s->inverse + row + i, stride, count);
            hcl_fr_sub_vec(s->l_active + at, s->l_active + at, value, count);
        }
    }
}
