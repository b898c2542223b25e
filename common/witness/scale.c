/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the kind SCALE: z = factor*x + shift or x - shift, then quotient, function and remainder. */
#include "common/witness/witness_internal.h"
#include <string.h>

#define LIMIT ((__int128)1 << 62)
#define MIN_PARALLEL 4096 /* elements */
#define CHUNK 256

/* A division of 128 bits takes several times as long as one of 64. */
static __int128 floor_div(__int128 z, int64_t s)
{
    const int64_t near = (int64_t)z;

    if (near == z)
        return near / s - (near % s < 0);
    return z / s - (z % s < 0);
}

/* q of a cell and, of an element, its value; false when q is not in the table of the cell's row. */
static bool put(const struct hcl_program *p, const struct hcl_cells *c, size_t cell, bool element, __int128 q,
                int64_t r)
{
    const struct hcl_row_class *k = &p->classes[p->rows[cell / p->lanes].cls];

    c->q[cell] = (int64_t)q;
    c->r[cell] = r;
    c->y[cell] = 0;
    return q < LIMIT && q > -LIMIT && (!element || hcl_fn_value(&p->fns[k->fn], (int64_t)q, &c->y[cell]));
}

/* The accumulator of element e. */
static __int128 accumulator(const struct hcl_program *p, const struct hcl_block *b, const struct hcl_cells *c,
                            uint32_t e)
{
    const int64_t x = c->y[(size_t)b->in_row * p->lanes + e],
                  mask = b->res_rows ? c->y[(size_t)b->res_row * p->lanes + e]
                         : b->res_at ? p->pool[b->res_row + e]
                                     : 0;
    const __int128 shift = (b->shift == HCL_NONE ? 0 : c->y[b->shift]) + (__int128)b->res_at * mask;

    return b->factor == HCL_NONE ? x - shift : (__int128)c->y[b->factor] * x + shift;
}

static bool scale_one(const struct hcl_program *p, const struct hcl_block *b, const struct hcl_cells *c,
                      uint32_t e)
{
    const size_t cell = (size_t)b->out_row * p->lanes + e, low = cell + (size_t)b->in_rows * p->lanes;
    const int64_t s = p->classes[p->rows[cell / p->lanes].cls].s;
    const __int128 z = accumulator(p, b, c, e);
    const __int128 q = floor_div(z + s / 2, s);
    const int64_t r = (int64_t)(z - q * s);
    const bool element = p->rows[cell / p->lanes].lookups >> cell % p->lanes & 1;
    int64_t part, rest;

    if (b->limbs == 1)
        return put(p, c, cell, element, q, r);
    part = p->classes[p->rows[low / p->lanes].cls].s;
    rest = (int64_t)floor_div(r, part);
    return put(p, c, cell, element, q, 0) && put(p, c, low, element, rest, r - rest * part);
}

/* The accumulators of elements first .. first + count - 1; false: one of them does not fit 62 bits. */
static bool list_accumulators(const struct hcl_program *p, const struct hcl_block *b,
                              const struct hcl_cells *c, uint32_t first, uint32_t count, int64_t *z)
{
    const int64_t *x = c->y + (size_t)b->in_row * p->lanes + first;
    const int64_t *mask = b->res_rows ? c->y + (size_t)b->res_row * p->lanes + first
                          : b->res_at ? p->pool + b->res_row + first
                                      : NULL;
    const int64_t factor = b->factor == HCL_NONE ? 1 : c->y[b->factor],
                  shift = b->shift == HCL_NONE ? 0 : c->y[b->shift];
    bool wide = false;

    for (uint32_t i = 0; i < count; i++) {
        int64_t by = shift, part = 0;
        if (mask)
            wide |= __builtin_mul_overflow((int64_t)b->res_at, mask[i], &part) ||
                    __builtin_add_overflow(shift, part, &by);
        wide |= __builtin_mul_overflow(factor, x[i], &part);
        wide |= b->factor == HCL_NONE ? __builtin_sub_overflow(part, by, &z[i])
                                      : __builtin_add_overflow(part, by, &z[i]);
        wide |= z[i] >= (int64_t)LIMIT || z[i] <= -(int64_t)LIMIT;
    }
    return !wide;
}

/* The first of elements first .. first + count - 1 whose value is outside its table; first + count: none is.
 */
static uint32_t scale_chunk(const struct hcl_program *p, const struct hcl_block *b, const struct hcl_cells *c,
                            uint32_t first, uint32_t count)
{
    int64_t z[CHUNK];
    const bool fits = b->limbs == 1 && list_accumulators(p, b, c, first, count, z);
    uint32_t at = 0;

    if (fits)
        at = (uint32_t)hcl_block_store(p, c, (size_t)b->out_row * p->lanes + first, z, 1, count);
    else
        while (at < count && scale_one(p, b, c, first + at))
            at++;
    explicit_bzero(z, sizeof z);
    return first + at;
}

hcl_status hcl_scale_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                         struct hcl_err *err)
{
    const uint32_t count = b->in_rows * p->lanes;
    uint32_t bad = count;

#pragma omp parallel for schedule(static) reduction(min : bad) if (count > MIN_PARALLEL)
    for (uint32_t first = 0; first < count; first += CHUNK) {
        const uint32_t some = count - first < CHUNK ? count - first : CHUNK;
        const uint32_t e = scale_chunk(p, b, cells, first, some);
        bad = e < first + some && e < bad ? e : bad;
    }
    if (bad == count)
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT,
                    "'%s': element %u of row %u: the rescaled value is outside its function table",
                    hcl_program_label(p, b->out_row), bad, b->out_row);
}
