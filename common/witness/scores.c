/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the kind SCORES: a product's outputs less the largest score of each, and a mask's multiple. */
#include "common/witness/witness_internal.h"

/* One output: its first cell, its mask's first cell, what its rows divide by. */
struct vector {
    const struct hcl_program *p;
    const struct hcl_cells *cells;
    size_t first, mask, count;
    int64_t s, gap;
};

static int64_t taken(const struct vector *v, size_t e)
{
    return v->gap ? (int64_t)((uint64_t)v->gap * (uint64_t)v->cells->y[v->mask + e]) : 0;
}

/* The largest quotient of elements that are looked up; false: there are none. */
static bool largest(const struct vector *v, const int64_t *z, int64_t *most)
{
    const uint32_t lanes = v->p->lanes;
    bool found = false;

    for (size_t e = 0; e < v->count; e++) {
        if (!(v->p->rows[(v->first + e) / lanes].lookups >> e % lanes & 1))
            continue;
        const int64_t t = (int64_t)((uint64_t)z[e] + (uint64_t)(v->s / 2)), q = t / v->s - (t % v->s < 0);
        const int64_t x = (int64_t)((uint64_t)q - (uint64_t)taken(v, e));
        *most = !found || x > *most ? x : *most;
        found = true;
    }
    return found;
}

/* Whether all elements that are looked up are masked. */
static bool all_masked(const struct vector *v)
{
    const uint32_t lanes = v->p->lanes;

    for (size_t e = 0; e < v->count; e++)
        if (v->p->rows[(v->first + e) / lanes].lookups >> e % lanes & 1 && taken(v, e) == 0)
            return false;
    return v->gap != 0;
}

void hcl_scores_shift(const struct hcl_program *p, const struct hcl_block *b, const struct hcl_cells *cells,
                      const uint32_t *mine, uint32_t outputs, int64_t *z)
{
    const size_t count = (size_t)b->out_rows * p->lanes;

#pragma omp parallel for schedule(static)
    for (uint32_t i = 0; i < outputs; i++) {
        const uint32_t o = mine ? mine[i] : i;
        const size_t row = (size_t)b->out_row + (size_t)o * b->out_rows;
        const int64_t s = p->classes[p->rows[row].cls].s;
        const struct vector v = { .p = p,
                                  .cells = cells,
                                  .first = row * p->lanes,
                                  .mask = b->res_at ? p->lists[b->in_list + o] : 0,
                                  .count = count,
                                  .s = s > 0 ? s : 1,
                                  .gap = b->res_at };
        int64_t *of = z + i * count, most = 0;
        if (!largest(&v, of, &most))
            continue;
        const int64_t masked = all_masked(&v), m = (int64_t)((uint64_t)most + (uint64_t)(masked * v.gap));
        cells->q[b->factor + o] = cells->y[b->factor + o] = m;
        if (v.gap)
            cells->q[b->shift + o] = cells->y[b->shift + o] = masked;
        for (size_t e = 0; e < count; e++)
            of[e] = (int64_t)((uint64_t)of[e] - (uint64_t)v.s * ((uint64_t)most + (uint64_t)taken(&v, e)));
    }
}
