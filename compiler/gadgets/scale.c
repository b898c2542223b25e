/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/scale.h"
#include "compiler/gadgets/functional.h"
#include <stdlib.h>

int64_t hcl_scale_low_limb(int64_t divisor, int64_t len)
{
    int64_t low = 2;

    if (divisor <= 4 * len || divisor <= 4)
        return 0;
    while (low < divisor / low)
        low *= 2;
    return low;
}

uint32_t *hcl_vectors_of(struct hcl_lower *c, const struct hcl_view *v)
{
    uint32_t *cells = calloc((size_t)v->h * v->w * v->c + 1, sizeof(*cells)), *to = cells;

    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    for (uint32_t p = 0; cells && c->m->status == HCL_OK && p < v->h * v->w; p++)
        for (uint32_t ch = 0; ch < v->c; ch++)
            *to++ = hcl_view_cell(c->m, v, p / v->w, p % v->w, ch);
    return cells;
}

static bool in_place(const struct hcl_machine *m, const uint32_t *cells, uint32_t count, uint32_t n)
{
    if (n % m->lanes || cells[0] % m->lanes)
        return false;
    for (size_t i = 1; i < (size_t)count * n; i++)
        if (cells[i] != cells[0] + i)
            return false;
    return true;
}

static void copy_all(struct hcl_lower *c, const struct hcl_vectors *v, const uint32_t *cells, uint32_t *line)
{
    const uint32_t all = v->rows * c->m->lanes;

    for (uint32_t p = 0; p < v->count; p++) {
        for (uint32_t e = 0; e < all; e++)
            line[e] = e < v->n ? cells[(size_t)p * v->n + e] : hcl_machine_zero(c->m);
        hcl_machine_copy_rows(c->m, line, all, 0);
    }
}

struct hcl_vectors hcl_vectors_place(struct hcl_lower *c, uint32_t node, const uint32_t *cells,
                                     uint32_t count, uint32_t n)
{
    struct hcl_vectors v = { .n = n, .count = count, .rows = hcl_rows_for(c->m, n) };
    uint32_t *line;

    if (in_place(c->m, cells, count, n)) {
        v.first = cells[0] / c->m->lanes;
        return v;
    }
    hcl_gadget_region(c, node, "copy of an operand", HCL_FX_NONE);
    v.first = hcl_machine_next_row(c->m);
    line = malloc((size_t)v.rows * c->m->lanes * sizeof(*line));
    if (line)
        copy_all(c, &v, cells, line);
    else
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u vectors", count);
    free(line);
    return v;
}

struct hcl_vectors hcl_vectors_of_view(struct hcl_lower *c, uint32_t node, const struct hcl_view *v)
{
    struct hcl_vectors x = { .n = v->c, .count = v->h * v->w, .rows = hcl_rows_for(c->m, v->c) };
    uint32_t *cells;

    x.first = v->first_row;
    if (v->by_position)
        return x;
    cells = hcl_vectors_of(c, v);
    if (cells && c->m->status == HCL_OK)
        x = hcl_vectors_place(c, node, cells, x.count, x.n);
    free(cells);
    return x;
}

struct hcl_cell hcl_vectors_ones(struct hcl_machine *m, uint32_t rows)
{
    return hcl_functional_geometric(m, (uint64_t)rows * m->lanes, hcl_machine_t_power);
}

struct hcl_scaling hcl_scaling_of(struct hcl_lower *c, uint32_t node, uint32_t rows, int64_t divisor,
                                  uint32_t fn)
{
    struct hcl_scaling s = {
        .node = node, .rows = rows, .divisor = divisor, .fn = fn, .limbs = 1, .gate = HCL_ROW_HT
    };

    s.low = hcl_scale_low_limb(divisor, c->m->prog.fns[fn].len);
    if (s.low == 0) {
        s.range = hcl_machine_remainder(c->m, divisor);
        return s;
    }
    s.limbs = 2;
    if (divisor % (2 * s.low))
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': divides by %lld, expected a power of two",
                         c->g->nodes[node].name, (long long)divisor);
    s.range = hcl_machine_range(c->m, 0, 0);
    s.low_fn = hcl_machine_fn(c->m, -(divisor / s.low / 2), divisor / s.low / 2 - 1, NULL);
    s.low_range = hcl_machine_range(c->m, 0, s.low - 1);
    return s;
}

/* `rows` rows; the lanes of elements are looked up, y of others is 0. */
static void append(struct hcl_lower *c, const struct hcl_scaling *s, struct hcl_row_spec spec,
                   const struct hcl_scaled *v, bool goes_on)
{
    const uint32_t lanes = c->m->lanes;
    const uint16_t starts = spec.flags;

    for (uint32_t row = 0; row < s->rows; row++) {
        const uint32_t left = v->n - row * lanes, valid = left < lanes ? left : lanes;
        const bool passes = starts & (HCL_ROW_HYT | HCL_ROW_SUM | HCL_ROW_SQUARES);
        spec.flags = starts | (row || goes_on ? HCL_ROW_CONT0 : 0) | (row && passes ? HCL_ROW_CONT1 : 0);
        spec.lookups = v->elements ? v->elements[row] : hcl_lanes_below(valid);
        hcl_row_clear_gaps(c->m, &spec);
        hcl_machine_row(c->m, &spec);
    }
}

uint32_t hcl_scale_rows(struct hcl_lower *c, const struct hcl_scaling *s, uint32_t in_row, uint32_t n,
                        uint32_t factor, uint32_t shift, bool goes_on)
{
    const struct hcl_scaled v = { .in_row = in_row, .n = n, .factor = factor, .shift = shift };

    return hcl_scale_masked_rows(c, s, &v, goes_on);
}

uint32_t hcl_scale_masked_rows(struct hcl_lower *c, const struct hcl_scaling *s, const struct hcl_scaled *v,
                               bool goes_on)
{
    struct hcl_row_spec spec = { .flags = (uint16_t)(HCL_ROW_BLOCK | s->gate | s->flags),
                                 .s = s->divisor,
                                 .fn = s->fn,
                                 .range = s->range };
    const struct hcl_row_spec low = {
        .flags = (uint16_t)(HCL_ROW_BLOCK | s->gate), .s = s->low, .fn = s->low_fn, .range = s->low_range
    };
    const struct hcl_block b = { .kind = HCL_BLOCK_SCALE,
                                 .label = s->node,
                                 .in_row = v->in_row,
                                 .in_rows = s->rows,
                                 .out_row = hcl_machine_next_row(c->m),
                                 .out_rows = s->limbs * s->rows,
                                 .out_channels = 1,
                                 .out_w = v->n,
                                 .limbs = s->limbs,
                                 .factor = v->factor,
                                 .shift = v->shift,
                                 .res_row = v->mask_row,
                                 .res_rows = v->mask_mul && !v->constant ? s->rows : 0,
                                 .res_at = v->mask_mul };

    hcl_machine_block(c->m, &b);
    append(c, s, spec, v, goes_on);
    if (s->limbs == 2)
        append(c, s, low, v, false);
    return b.out_row;
}

void hcl_scale_equal(struct hcl_lower *c, const struct hcl_scaling *s, uint32_t first, struct hcl_cell right)
{
    const struct hcl_cell one = hcl_cell_y(c->m, hcl_machine_one(c->m));
    struct hcl_cell left = hcl_cell_at(first + s->rows - 1, HCL_AT_A0);

    if (s->limbs == 2) {
        hcl_machine_dot(c->m, left, one, false);
        left = hcl_machine_dot(c->m, hcl_cell_at(first + 2 * s->rows - 1, HCL_AT_A0), one, true);
    }
    hcl_machine_equal(c->m, left, right);
}
