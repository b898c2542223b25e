/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/rides.h"
#include "compiler/gadgets/weights.h"

uint32_t hcl_lane_op(struct hcl_lower *c, int64_t c0, int64_t c1, int64_t c2, const uint32_t *cells,
                     uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c0 = c0, .c1 = c1, .c2 = c2 };

    for (uint32_t j = 0; j < n; j++)
        spec.y[j] = HCL_SRC_CELL | cells[j];
    for (uint32_t j = n; j < c->m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | hcl_machine_zero(c->m);
    return hcl_lane_append(c, &spec) * c->m->lanes;
}

void hcl_lane_op_same(struct hcl_lower *c, int64_t c0, int64_t c1, uint32_t cell, uint32_t n)
{
    uint32_t cells[HCL_MAX_LANES];

    for (uint32_t j = 0; j < n; j++)
        cells[j] = cell;
    hcl_lane_op(c, c0, c1, 0, cells, n);
}

uint32_t hcl_lane_rescale(struct hcl_lower *c, int64_t s, uint32_t fn, uint32_t range, uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c0 = 1, .s = s, .fn = fn, .range = range };

    spec.lookups = hcl_lanes_below(n);
    return hcl_lane_append(c, &spec) * c->m->lanes;
}

uint32_t hcl_lane_emit(struct hcl_lower *c, uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c0 = 1, .c1 = -1 };
    struct hcl_row_spec rest = { .flags = HCL_ROW_REG, .c0 = 1, .lookups = hcl_lanes_below(n) };
    uint32_t row;

    for (uint32_t j = 0; j < n; j++)
        spec.y[j] = HCL_SRC_ABOVE;
    row = hcl_lane_append(c, &spec);
    rest.fn = hcl_machine_fn(c->m, 0, 0, NULL);
    rest.range = hcl_machine_range(c->m, 0, 0);
    hcl_lane_append(c, &rest);
    return row * c->m->lanes;
}

uint32_t hcl_lane_checked(struct hcl_lower *c, const hcl_src *sources, uint32_t n, int64_t lo, int64_t hi)
{
    struct hcl_row_spec spec = { .lookups = hcl_lanes_below(n) };

    for (uint32_t j = 0; j < n; j++)
        spec.y[j] = sources[j];
    for (uint32_t j = n; j < c->m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | hcl_machine_zero(c->m);
    spec.fn = hcl_machine_fn(c->m, lo, hi, NULL);
    spec.range = hcl_machine_range(c->m, 0, 0);
    return hcl_machine_row(c->m, &spec) * c->m->lanes;
}

struct hcl_element hcl_element_at(const uint32_t dims[4], size_t i)
{
    size_t plane = (size_t)dims[1] * dims[2], at = i % plane;
    struct hcl_element e = { .y = (uint32_t)(at / dims[2]),
                             .x = (uint32_t)(at % dims[2]),
                             .c = (uint32_t)(i / plane) };

    e.nhwc = at * dims[3] + e.c;
    return e;
}

static size_t length(const uint32_t dims[4])
{
    return (size_t)dims[1] * dims[2] * dims[3];
}

/* The rows of n constants, which are their last Y cells; the register takes Y over for the sum in t. Returns
 * the A0 cell of sum_i t^(n-1-i) values[i]. */
static struct hcl_cell constant_rows(struct hcl_lower *c, const int64_t *values, uint32_t n, uint32_t *cells)
{
    uint32_t lanes = c->m->lanes, rows = hcl_rows_for(c->m, n), skip = rows * lanes - n, row = 0;
    uint32_t pool = hcl_machine_pool(c->m, values, n);

    for (uint32_t i = 0; i < rows; i++, skip = 0) {
        struct hcl_row_spec spec = { .flags = HCL_ROW_REG | HCL_ROW_HT | (i ? HCL_ROW_CONT0 : 0), .c1 = 1 };
        for (uint32_t j = skip; j < lanes; j++)
            spec.y[j] = HCL_SRC_POOL | pool++;
        row = hcl_machine_row(c->m, &spec);
        for (uint32_t j = skip; j < lanes; j++)
            *cells++ = row * lanes + j;
    }
    return hcl_cell_at(row, HCL_AT_A0);
}

/* Cells that n constants take: with vectors in rows of their own there are zeros beside them. */
static uint32_t cells_of(const struct hcl_machine *m, struct hcl_run run, uint32_t n)
{
    if (run.wide == 0)
        return n;
    return n / run.wide * hcl_rows_for(m, (uint64_t)run.origin + run.wide) * m->lanes;
}

/* Which of these cells holds constant i. */
static uint32_t cell_of(const struct hcl_machine *m, struct hcl_run run, uint32_t i)
{
    if (run.wide == 0)
        return i;
    return i / run.wide * hcl_rows_for(m, (uint64_t)run.origin + run.wide) * m->lanes + run.origin +
           i % run.wide;
}

/* Both sums are fixed before t is known, so they agree only if every cell is its weight; zeros are weights,
 * too. */
static void tie_constants(struct hcl_lower *c, const struct hcl_fx_tensor *t, uint32_t n, int64_t *values,
                          uint32_t *cells)
{
    struct hcl_machine *m = c->m;
    const uint32_t limbs = hcl_weight_limbs(t->lo < 0 ? t->lo : 0, t->hi > 0 ? t->hi : 0);
    const struct hcl_spread plain = hcl_spread_plain(n); /* nothing says that the cells are small */
    struct hcl_cell scale[HCL_MAX_WEIGHT_LIMBS], left;

    hcl_weight_scales(m, hcl_cell_y(m, hcl_machine_one(m)), limbs, scale);
    left = constant_rows(c, values, n, cells);
    for (uint32_t i = 0; i < n / 2; i++) {
        const int64_t v = values[i];
        values[i] = values[n - 1 - i];
        values[n - 1 - i] = v;
    }
    hcl_machine_equal(m, left, hcl_weight_pass(m, values, &plain, scale, limbs, false, NULL));
}

static struct hcl_view place_constant(struct hcl_lower *c, const struct hcl_fx_tensor *t, struct hcl_run run)
{
    struct hcl_machine *m = c->m;
    const uint32_t n = (uint32_t)length(t->dims), all = cells_of(m, run, n);
    struct hcl_view v = hcl_machine_view(m, t->dims[1], t->dims[2], t->dims[3]);
    const int64_t *data = t->data;
    int64_t *values = calloc((size_t)all + 1, sizeof(*values));
    uint32_t *cells = calloc((size_t)all + 1, sizeof(*cells));

    if (!values || !cells) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for constants");
    } else if (v.cells) {
        for (uint32_t i = 0; i < n; i++)
            values[cell_of(m, run, i)] = data[i];
        tie_constants(c, t, all, values, cells);
        for (uint32_t i = 0; i < n; i++)
            v.cells[i] = cells[cell_of(m, run, i)];
    }
    free(values);
    free(cells);
    return v;
}

struct hcl_operand hcl_operand_in_rows(struct hcl_lower *c, uint32_t node, uint32_t tensor,
                                       struct hcl_run run)
{
    const struct hcl_fx_tensor *t = &c->g->tensors[tensor];
    struct hcl_operand o = { .dims = t->dims };

    if (t->data && !c->placed[tensor]) {
        hcl_gadget_region(c, node, "constants", tensor);
        c->views[tensor] = place_constant(c, t, run);
        c->placed[tensor] = true;
    }
    if (!c->placed[tensor])
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': input '%s' is not computed before it",
                         c->g->nodes[node].name, t->name);
    o.view = c->views[tensor];
    return o;
}

struct hcl_operand hcl_operand_of(struct hcl_lower *c, uint32_t node, uint32_t tensor)
{
    return hcl_operand_in_rows(c, node, tensor, (struct hcl_run){ 0 });
}

uint32_t hcl_operand_cell(const struct hcl_lower *c, const struct hcl_operand *o, size_t nhwc)
{
    size_t i = nhwc % length(o->dims), ch = i % o->dims[3], at = i / o->dims[3];

    return hcl_view_cell(c->m, &o->view, (uint32_t)(at / o->dims[2]), (uint32_t)(at % o->dims[2]),
                         (uint32_t)ch);
}
