/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the kind PICK: the first of the largest, or least, elements that no earlier block picked. */
#include "common/witness/witness_internal.h"
#include <string.h>

/* Of each element: how much it counts as smaller for having been picked, 0 or 1. */
static bool taken(const struct hcl_program *p, const struct hcl_block *b, const struct hcl_cells *c,
                  uint32_t e)
{
    for (uint32_t i = 0; i < b->in_channels; i++)
        if (c->y[(size_t)p->lists[b->in_list + i] * p->lanes + e] != 0)
            return true;
    return false;
}

hcl_status hcl_pick_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                        struct hcl_err *err)
{
    const size_t first = (size_t)b->out_row * p->lanes, before = first + (size_t)b->in_rows * p->lanes;
    const size_t end = before + (size_t)b->in_rows * p->lanes, all = (size_t)b->out_rows * p->lanes;
    const int64_t sign = b->limbs == 2 ? -1 : 1, away = b->in_channels ? (int64_t)1 << b->res_bits : 0;
    const int64_t *x = cells->y + (size_t)b->in_row * p->lanes;
    uint32_t best = HCL_NONE;

    memset(cells->q + first, 0, all * sizeof(*cells->q));
    memset(cells->y + first, 0, all * sizeof(*cells->y));
    memset(cells->r + first, 0, all * sizeof(*cells->r));
    for (uint32_t e = 0; e < b->out_w; e++)
        if (!taken(p, b, cells, e) && (best == HCL_NONE || sign * x[e] > sign * x[best]))
            best = e;
    if (best == HCL_NONE)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: every element is picked already",
                        hcl_program_label(p, b->out_row));
    for (uint32_t e = 0; e < b->out_w; e++) {
        const struct hcl_row_class *k = &p->classes[p->rows[(first + e) / p->lanes].cls];
        cells->y[before + e] = e < best;
        cells->q[first + e] =
            sign * (x[best] - x[e]) + (taken(p, b, cells, e) ? away : 0) - (e < best) - (e == best);
        if (!hcl_fn_value(&p->fns[k->fn], cells->q[first + e], &cells->y[first + e]))
            return hcl_fail(err, HCL_BAD_INPUT, "%s: element %u is too far from the one that is picked",
                            hcl_program_label(p, b->out_row), e);
    }
    cells->y[end] = x[best];
    cells->y[end + 1] = best;
    return HCL_OK;
}
