/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/product_internal.h"
#include <string.h>

static const uint32_t *cells_of(const struct hcl_factors *f, uint32_t depth, uint32_t matrix)
{
    return f->cells + (size_t)matrix * depth * f->width;
}

/* Whether the rows of a matrix are runs at equal distances, whole rows of the circuit apart. */
static bool runs(const uint32_t *cells, uint32_t depth, uint32_t width, uint32_t step)
{
    for (uint32_t k = 0; k < depth; k++)
        for (uint32_t e = 0; e < width; e++)
            if (cells[(size_t)k * width + e] != (uint64_t)cells[0] + (uint64_t)k * step + e)
                return false;
    return true;
}

/* Whether the rows of all matrices hold 0 beside their elements. */
static bool gaps_hold_zero(const struct hcl_lower *c, const struct hcl_products *p,
                           const struct hcl_panels *x)
{
    const uint32_t all = x->rows * c->m->lanes;

    for (uint32_t i = 0; i < x->f->count; i++)
        for (uint32_t k = 0; k < p->depth; k++)
            for (uint32_t e = 0; e < all; e++)
                if (e - x->origin >= x->f->width && /* wraps before the first */
                    !hcl_machine_is_zero(c->m, (x->first[i] + k * x->stride) * c->m->lanes + e))
                    return false;
    return true;
}

/* The cells themselves; false: they do not lie like that. */
static bool in_place(const struct hcl_lower *c, const struct hcl_products *p, struct hcl_panels *out)
{
    const uint32_t lanes = c->m->lanes, width = out->f->width, *cells = out->f->cells;
    const uint32_t step = p->depth > 1 ? cells[width] - cells[0] : 0;

    if (step % lanes || (p->depth > 1 && cells[width] <= cells[0]))
        return false;
    out->origin = cells[0] % lanes;
    out->stride = step / lanes;
    out->rows = hcl_rows_for(c->m, (uint64_t)out->origin + width);
    if (p->depth > 1 && out->stride < out->rows) /* passes would share rows */
        return false;
    for (uint32_t i = 0; i < out->f->count; i++) {
        const uint32_t *matrix = cells_of(out->f, p->depth, i);
        if (matrix[0] % lanes != out->origin || !runs(matrix, p->depth, width, step))
            return false;
        out->first[i] = matrix[0] / lanes;
    }
    out->clear = gaps_hold_zero(c, p, out);
    return true;
}

/* ends_there: the elements are the last cells of their rows, with the powers t^(width-1-o). */
static void as_copies(const struct hcl_lower *c, struct hcl_panels *out, bool ends_there)
{
    out->copied = out->clear = true;
    out->origin = 0;
    out->rows = out->stride = hcl_rows_for(c->m, out->f->width);
    if (ends_there)
        out->origin = out->rows * c->m->lanes - out->f->width;
}

/* Gaps that may hold anything have outputs too, which nothing reads; those that hold 0 have none. */
uint32_t hcl_product_channels(const struct hcl_lower *c, const struct hcl_panels *t)
{
    return t->clear ? t->f->width : t->rows * c->m->lanes;
}

uint32_t hcl_product_first(const struct hcl_panels *t, bool as_cell)
{
    return t->clear == as_cell ? t->origin : 0;
}

static uint64_t copy_rows(const struct hcl_products *p, const struct hcl_panels *x)
{
    return x->copied ? (uint64_t)x->f->count * p->depth * x->rows : 0;
}

static void price(const struct hcl_lower *c, const struct hcl_products *p, struct hcl_plan *plan)
{
    plan->cost = (uint64_t)p->count * hcl_product_channels(c, &plan->t) * plan->s.rows +
                 copy_rows(p, &plan->s) + copy_rows(p, &plan->t);
    if (p->along_b && (plan->s.f != &p->b || plan->s.origin)) /* whoever reads them copies them */
        plan->cost += (uint64_t)p->count * p->a.width * hcl_rows_for(c->m, p->b.width);
}

struct hcl_plan hcl_product_plan(const struct hcl_lower *c, const struct hcl_products *p, bool as_vectors,
                                 uint32_t *first)
{
    struct hcl_plan best = { .cost = UINT64_MAX };

    for (int way = 0; way < 8; way++) {
        struct hcl_plan plan = { .s_index = way & 4 ? p->b_index : p->a_index,
                                 .t_index = way & 4 ? p->a_index : p->b_index };
        plan.s = (struct hcl_panels){ .f = way & 4 ? &p->b : &p->a, .first = first };
        plan.t = (struct hcl_panels){ .f = way & 4 ? &p->a : &p->b, .first = first };
        if (way & 1)
            as_copies(c, &plan.s, false);
        else if (!in_place(c, p, &plan.s))
            continue;
        if (way & 2)
            as_copies(c, &plan.t, true);
        else if (!in_place(c, p, &plan.t))
            continue;
        price(c, p, &plan);
        if (as_vectors && (plan.s.f != &p->b || plan.s.origin))
            continue;
        if (plan.cost < best.cost)
            best = plan;
    }
    return best;
}

/* An earlier matrix of the same cells, or i. */
static uint32_t same_matrix(const struct hcl_products *p, const struct hcl_factors *f, uint32_t i)
{
    const size_t bytes = (size_t)p->depth * f->width * sizeof(*f->cells);

    for (uint32_t j = 0; j < i; j++)
        if (memcmp(cells_of(f, p->depth, j), cells_of(f, p->depth, i), bytes) == 0)
            return j;
    return i;
}

static void copy_panels(struct hcl_lower *c, const struct hcl_products *p, struct hcl_panels *x,
                        uint32_t *line)
{
    const uint32_t width = x->f->width, all = x->rows * c->m->lanes;

    for (uint32_t i = 0; i < x->f->count; i++) {
        const uint32_t *cells = cells_of(x->f, p->depth, i), earlier = same_matrix(p, x->f, i);
        x->first[i] = earlier < i ? x->first[earlier] : hcl_machine_next_row(c->m);
        if (earlier < i)
            continue;
        for (uint32_t k = 0; k < p->depth; k++) {
            for (uint32_t e = 0; e < all; e++)
                line[e] = e - x->origin < width ? cells[(size_t)k * width + e - x->origin]
                                                : hcl_machine_zero(c->m); /* wraps before the origin */
            hcl_machine_copy_rows(c->m, line, all, 0);
        }
    }
}

void hcl_product_operand(struct hcl_lower *c, const struct hcl_products *p, struct hcl_panels *x)
{
    uint32_t *line;

    if (!x->copied) {
        (void)in_place(c, p, x);
        return;
    }
    hcl_gadget_region(c, p->node, "copy of an operand", HCL_FX_NONE);
    line = malloc((size_t)x->rows * c->m->lanes * sizeof(*line));
    if (line)
        copy_panels(c, p, x, line);
    else
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u matrices", x->f->count);
    free(line);
}

static struct hcl_cell pass_s(struct hcl_lower *c, const struct hcl_plan *plan, uint32_t i, uint32_t k)
{
    return hcl_machine_hy(c->m, plan->s.first[plan->s_index[i]] + k * plan->s.stride, plan->s.rows);
}

static struct hcl_cell pass_t(struct hcl_lower *c, const struct hcl_plan *plan, uint32_t i, uint32_t k)
{
    return hcl_machine_hyt(c->m, plan->t.first[plan->t_index[i]] + k * plan->t.stride, plan->t.rows);
}

/* A dot row for each inner index, and one for each further matrix. */
struct hcl_cell hcl_product_right(struct hcl_lower *c, const struct hcl_products *p,
                                  const struct hcl_plan *plan)
{
    struct hcl_cell sum = { 0 }, shift = { 0 };

    hcl_gadget_region(c, p->node, "products", HCL_FX_NONE);
    for (uint32_t i = 0; i < p->count; i++) /* first of all: they may append rows */
        for (uint32_t k = 0; k < p->depth; k++) {
            pass_s(c, plan, i, k);
            pass_t(c, plan, i, k);
        }
    if (p->count > 1)
        shift = hcl_machine_t_power(c->m, hcl_product_channels(c, &plan->t));
    for (uint32_t i = 0; i < p->count; i++) {
        if (i > 0)
            sum = hcl_machine_dot(c->m, sum, shift, false);
        for (uint32_t k = 0; k < p->depth; k++)
            sum = hcl_machine_dot(c->m, pass_s(c, plan, i, k), pass_t(c, plan, i, k), i > 0 || k > 0);
    }
    return sum;
}

uint32_t hcl_product_lanes(const struct hcl_lower *c, const struct hcl_panels *s, uint32_t row)
{
    uint32_t bits = 0;

    for (uint32_t j = 0; j < c->m->lanes; j++) {
        uint64_t at = (uint64_t)row * c->m->lanes + j;
        if (at >= s->origin && at - s->origin < s->f->width)
            bits |= 1u << j;
    }
    return bits;
}

struct hcl_block hcl_product_block(const struct hcl_lower *c, const struct hcl_products *p,
                                   const struct hcl_plan *plan, uint32_t i)
{
    return (struct hcl_block){ .kind = HCL_BLOCK_PRODUCT,
                               .label = p->node,
                               .in_row = plan->s.first[plan->s_index[i]],
                               .in_rows = plan->s.rows,
                               .in_stride = plan->s.stride,
                               .in_channels = p->depth,
                               .group = p->depth,
                               .out_row = hcl_machine_next_row(c->m),
                               .out_rows = plan->s.rows,
                               .out_channels = hcl_product_channels(c, &plan->t),
                               .kernel_h = 1,
                               .kernel_w = 1,
                               .bias = HCL_NONE,
                               .kernel_row = plan->t.first[plan->t_index[i]],
                               .kernel_stride = plan->t.stride,
                               .kernel_origin = hcl_product_first(&plan->t, true) };
}

/* The outputs of product i; returns their first row. */
static uint32_t output_rows(struct hcl_lower *c, const struct hcl_products *p, const struct hcl_plan *plan,
                            uint32_t i)
{
    struct hcl_row_spec spec = { .s = p->divisor, .fn = p->fn, .range = p->range };
    const struct hcl_block b = hcl_product_block(c, p, plan, i);

    hcl_machine_block(c->m, &b);
    for (uint32_t o = 0; o < b.out_channels; o++) {
        const bool valid =
            o - hcl_product_first(&plan->t, false) < plan->t.f->width; /* wraps before the first */
        for (uint32_t row = 0; row < plan->s.rows; row++) {
            spec.flags = HCL_ROW_BLOCK | HCL_ROW_HZ | (row ? HCL_ROW_CONT0 : 0);
            spec.flags |= row + 1 == plan->s.rows ? HCL_ROW_GATHER : HCL_ROW_CARRY;
            spec.lookups = valid ? hcl_product_lanes(c, &plan->s, row) : 0;
            hcl_row_clear_gaps(c->m, &spec);
            hcl_machine_row(c->m, &spec);
        }
    }
    return b.out_row;
}

static void place(const struct hcl_lower *c, const struct hcl_products *p, const struct hcl_plan *plan,
                  uint32_t i, uint32_t first)
{
    const bool swapped = plan->s.f == &p->b;
    uint32_t *out = p->out + (size_t)i * p->a.width * p->b.width;

    for (uint32_t row = 0; row < p->a.width; row++)
        for (uint32_t column = 0; column < p->b.width; column++) {
            uint32_t e = swapped ? column : row, o = swapped ? row : column;
            *out++ = (first + (hcl_product_first(&plan->t, false) + o) * plan->s.rows) * c->m->lanes +
                     plan->s.origin + e;
        }
}

static void lay_out(struct hcl_lower *c, const struct hcl_products *p, struct hcl_plan *plan)
{
    /* cells of a pass in t behind those that have outputs */
    const uint32_t behind =
        plan->t.rows * c->m->lanes - hcl_product_first(&plan->t, true) - hcl_product_channels(c, &plan->t);
    struct hcl_cell left, right;

    hcl_product_operand(c, p, &plan->s);
    hcl_product_operand(c, p, &plan->t);
    right = hcl_product_right(c, p, plan);
    hcl_gadget_region(c, p->node, "outputs", c->g->nodes[p->node].output);
    hcl_machine_start_sum(c->m);
    for (uint32_t i = 0; i < p->count; i++) /* side by side: heads are channels to what comes next */
        place(c, p, plan, i, output_rows(c, p, plan, i));
    left = hcl_cell_at(hcl_machine_next_row(c->m) - 1, HCL_AT_B);
    if (behind)
        left = hcl_machine_dot(c->m, left, hcl_machine_t_power(c->m, behind), false);
    hcl_machine_equal(c->m, left, right);
}

void hcl_gadget_products(struct hcl_lower *c, const struct hcl_products *p)
{
    uint32_t *first = calloc((size_t)p->a.count + p->b.count, sizeof(*first));
    struct hcl_plan plan;

    if (first) {
        plan = hcl_product_plan(c, p, false, first);
        plan.s.first = first;
        plan.t.first = first + plan.s.f->count;
        lay_out(c, p, &plan);
    } else {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for %u products", p->count);
    }
    free(first);
}
