/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the kind SCALE: z = factor*x + shift or x - shift, then quotient, function and remainder. */
#include "common/witness/witness_internal.h"

#define LIMIT ((__int128)1 << 62)
#define MIN_PARALLEL 4096 /* elements */

static __int128 floor_div(__int128 z, int64_t s)
{
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

hcl_status hcl_scale_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                         struct hcl_err *err)
{
    const uint32_t count = b->in_rows * p->lanes;
    uint32_t bad = count;

#pragma omp parallel for schedule(static) reduction(min : bad) if (count > MIN_PARALLEL)
    for (uint32_t e = 0; e < count; e++)
        if (!scale_one(p, b, cells, e) && e < bad)
            bad = e;
    if (bad == count)
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT,
                    "'%s': element %u of row %u: the rescaled value is outside its function table",
                    hcl_program_label(p, b->out_row), bad, b->out_row);
}
