/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs of linear blocks into their cells: quotient, remainder and value, on ranks that hold all for all of
 * them. So divisions are multiplications by a reciprocal, several at a time. */
#include "common/sys/clones.h"
#include "common/witness/witness_internal.h"
#include <string.h>

#define CHUNK 256
/* For |t| below this and an integer s >= 1, t*(1/s) in doubles is off by less than 1/4: both roundings
 * together change it by 2^-52 of itself. */
#define MOST_EXACT ((int64_t)1 << 50)

/* q = floor((z + floor(s/2)) / s), r = z - s*q. */
static void divide_one(int64_t *q, int64_t *r, int64_t z, int64_t s)
{
    const int64_t t = (int64_t)((uint64_t)z + (uint64_t)(s / 2));

    *q = t / s - (t % s < 0);
    *r = (int64_t)((uint64_t)z - (uint64_t)s * (uint64_t)*q);
}

void hcl_sum_divide(const struct hcl_program *p, uint32_t row, int64_t z, int64_t *q, int64_t *r)
{
    const int64_t s = p->classes[p->rows[row].cls].s;

    divide_one(q, r, z, s > 0 ? s : 1);
}

bool hcl_sum_value(const struct hcl_program *p, size_t cell, int64_t z, int64_t *y)
{
    const struct hcl_row *row = &p->rows[cell / p->lanes];
    int64_t q, r;

    *y = 0;
    if (!(row->lookups >> cell % p->lanes & 1))
        return true;
    hcl_sum_divide(p, (uint32_t)(cell / p->lanes), z, &q, &r);
    return hcl_fn_value(&p->fns[p->classes[row->cls].fn], q, y);
}

/* The same for sums below MOST_EXACT: an estimate that is at most one off, then its remainder tells. */
HCL_VECTOR_CLONES static void divide_small(int64_t *restrict q, int64_t *restrict r,
                                           const int64_t *restrict z, size_t count, int64_t s)
{
    const double inverse = 1 / (double)s;
    const int64_t half = s / 2;

    for (size_t i = 0; i < count; i++) {
        const int64_t t = z[i] + half;
        const double estimate = (double)t * inverse;
        const int64_t near = (int64_t)estimate - (estimate < 0), rest = t - near * s;
        const int64_t off = (int64_t)(rest >= s) - (int64_t)(rest < 0);
        q[i] = near + off;
        r[i] = rest - off * s - half;
    }
}

HCL_VECTOR_CLONES static bool all_small(const int64_t *z, size_t count, int64_t s)
{
    uint64_t all = (uint64_t)s;

    for (size_t i = 0; i < count; i++)
        all |= (uint64_t)(z[i] ^ (z[i] >> 63));
    return all < (uint64_t)MOST_EXACT / 2;
}

/* Values of `count` cells of one row, from lane `lane` on; the first one outside the table, or count. */
static size_t look_up(const struct hcl_program *p, uint32_t row, uint32_t lane, const int64_t *q, int64_t *y,
                      size_t count)
{
    const struct hcl_row_class *cls = &p->classes[p->rows[row].cls];
    const uint32_t looked_up = p->rows[row].lookups >> lane;

    memset(y, 0, count * sizeof *y);
    for (size_t i = 0; i < count; i++)
        if (looked_up >> i & 1 && !hcl_fn_value(&p->fns[cls->fn], q[i], &y[i]))
            return i;
    return count;
}

/* Of cells that are all looked up; false: some are outside the table. */
HCL_VECTOR_CLONES static bool look_up_all(const struct hcl_fn_table *t, const int64_t *restrict q,
                                          int64_t *restrict y, size_t count)
{
    const uint64_t lo = (uint64_t)t->lo, len = t->len;
    bool outside = false;

    for (size_t i = 0; i < count; i++)
        outside |= (uint64_t)q[i] - lo >= len;
    if (outside)
        return false;
    if (!t->values)
        memcpy(y, q, count * sizeof *y);
    for (size_t i = 0; t->values && i < count; i++)
        y[i] = t->values[(uint64_t)q[i] - lo];
    return true;
}

/* Whether all cells of the rows that have cells [cell, cell + count) are looked up. */
static bool all_looked_up(const struct hcl_program *p, size_t cell, size_t count)
{
    const uint32_t whole = hcl_lanes_below(p->lanes);
    uint32_t all = whole;

    for (size_t row = cell / p->lanes; row * p->lanes < cell + count; row++)
        all &= p->rows[row].lookups;
    return all == whole;
}

/* Up to CHUNK cells of rows of one class. */
static size_t store(const struct hcl_program *p, const struct hcl_cells *cells, size_t cell, const int64_t *z,
                    size_t count)
{
    const struct hcl_row_class *cls = &p->classes[p->rows[cell / p->lanes].cls];
    const int64_t s = cls->s > 0 ? cls->s : 1;
    size_t at = 0;

    if (all_small(z, count, s))
        divide_small(cells->q + cell, cells->r + cell, z, count, s);
    else
        for (size_t i = 0; i < count; i++)
            divide_one(&cells->q[cell + i], &cells->r[cell + i], z[i], s);
    if (all_looked_up(p, cell, count) &&
        look_up_all(&p->fns[cls->fn], cells->q + cell, cells->y + cell, count))
        return count;
    while (at < count) {
        const size_t row = (cell + at) / p->lanes, lane = (cell + at) % p->lanes;
        const size_t left = count - at < p->lanes - lane ? count - at : p->lanes - lane;
        const size_t good =
            look_up(p, (uint32_t)row, (uint32_t)lane, cells->q + cell + at, cells->y + cell + at, left);
        at += good;
        if (good < left)
            break;
    }
    return at;
}

/* Cells from `cell` on, at most `count`, that one call of `store` can take. */
static size_t alike(const struct hcl_program *p, size_t cell, size_t count)
{
    const size_t first = cell / p->lanes, most = count < CHUNK ? count : CHUNK;
    size_t row = first + 1;

    while (row * p->lanes - cell < most && p->rows[row].cls == p->rows[first].cls)
        row++;
    return row * p->lanes - cell < most ? row * p->lanes - cell : most;
}

size_t hcl_block_store(const struct hcl_program *p, const struct hcl_cells *cells, size_t cell,
                       const int64_t *z, size_t step, size_t count)
{
    int64_t side[CHUNK];
    size_t at = 0, taken, good;

    for (; at < count; at += taken) {
        const int64_t *from = z + at * step;
        taken = alike(p, cell + at, count - at);
        for (size_t i = 0; step != 1 && i < taken; i++)
            side[i] = from[i * step];
        good = store(p, cells, cell + at, step != 1 ? side : from, taken);
        if (good < taken)
            break;
    }
    if (step != 1)
        explicit_bzero(side, sizeof side);
    return at < count ? at + good : count;
}
