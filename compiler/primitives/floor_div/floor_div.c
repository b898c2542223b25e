/* SPDX-License-Identifier: Apache-2.0 */
/* FLOOR_DIV: y = fn(floor(a / b)), a the first operand times a_mul and b >= 1 the second, which may be
 * constant, times b_mul. Twelve rows for L elements:
 *
 *   q is a hint, of the range of the node's table by look-up, and 0 <= a - q b <= b - 1: the remainder and
 *   what is left to its bound are two limbs each, so neither is negative. |q| < 2^24, |a| < 2^62 and b < 2^32
 *   keep all of it far below the field's size: integers q with 0 <= a - q b < b there is one, and b is at
 *   least 1, else there is none. */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/elementwise.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/scalars.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include "compiler/primitives/tables.h"

enum { MOST_LIMB_BITS = 16 };

static __int128 largest_dividend(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_fx_tensor *a = &g->tensors[n->inputs[0]];
    return (__int128)(a->hi > -a->lo ? a->hi : -a->lo) * n->a_mul;
}

static __int128 largest_divisor(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return (__int128)g->tensors[n->inputs[1]].hi * n->b_mul;
}

/* Two limbs hold every remainder. */
static uint32_t limb_bits(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    uint32_t bits = 2;
    while (bits < MOST_LIMB_BITS && largest_divisor(g, n) >> 2 * bits > 0)
        bits++;
    return bits;
}

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    if (n->a_mul < 1 || n->b_mul < 1 || n->divisor != 1)
        return hcl_primitive_fail(err, n, "its factors are not above 0, or its quotients are rescaled");
    if (largest_dividend(g, n) >= HCL_FX_ACC_MAX)
        return hcl_primitive_fail(err, n, "its dividends can exceed 62 bits: use fewer fraction bits");
    if (g->tensors[n->inputs[1]].hi < 1)
        return hcl_primitive_fail(err, n, "its divisors cannot be above 0");
    if (largest_divisor(g, n) >> 2 * MOST_LIMB_BITS > 0)
        return hcl_primitive_fail(err, n, "its divisors can exceed 32 bits: use fewer fraction bits");
    return hcl_primitive_check_broadcast(g, n, err);
}

static __int128 floor_ratio(__int128 a, __int128 b)
{
    return a / b - (a % b < 0);
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_interval a = hcl_interval_scaled(hcl_interval_range(g, n->inputs[0]), n->a_mul);
    const int64_t lo = g->tensors[n->inputs[1]].lo;
    const __int128 least = (__int128)(lo < 1 ? 1 : lo) * n->b_mul;
    return (struct hcl_interval){ a.lo < 0 ? floor_ratio(a.lo, least) : 0, a.hi > 0 ? a.hi / least : 0 };
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    const struct hcl_fx_node *n = p->n;
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < p->y_len && st == HCL_OK; i++) {
        const __int128 a = (__int128)p->x[i] * n->a_mul, b = (__int128)hcl_fx_second(p, i) * n->b_mul;
        if (b < 1)
            return hcl_fail(p->err, HCL_BAD_INPUT,
                            "%s: the divisor of element %zu of tensor '%s' is not above 0", n->name, i,
                            p->g->tensors[n->output].name);
        st = hcl_operands_put(p, i, (int64_t)floor_ratio(a, b), 1);
    }
    return st;
}

static void tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_tables *t)
{
    hcl_tables_limbs(t, limb_bits(g, n));
}

static uint32_t rows(const struct hcl_elements *e, const void *with)
{
    const struct hcl_limbs *l = with;
    const struct hcl_fx_node *n = e->n;
    uint32_t b, q, cells[2][HCL_MAX_LANES];

    b = hcl_lane_op(e->c, 0, 1, 0, e->cells[1], e->count);
    hcl_lane_op(e->c, 0, n->a_mul, 0, e->cells[0], e->count);
    q = hcl_scalar_hint(e->c, (struct hcl_scalar_step){ 0, 1, 0 },
                        (struct hcl_hint){ .kind = HCL_HINT_FLOOR, .cell = b, .count = 1, .by = n->b_mul }, 1,
                        e->count);
    for (uint32_t j = 0; j < e->count; j++) {
        cells[0][j] = b + j;
        cells[1][j] = q + j;
    }
    hcl_lane_op(e->c, 0, 0, n->b_mul, cells[0], e->count);
    hcl_lane_op(e->c, -1, n->a_mul, 0, e->cells[0], e->count);
    hcl_scalar_within(e->c, l, n->b_mul, b, -1, e->count);
    hcl_lane_op(e->c, 0, 1, 0, cells[1], e->count);
    return hcl_lane_rescale(e->c, 1, e->fn, hcl_machine_range(e->c->m, 0, 0), e->count);
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_limbs limbs = hcl_limbs_of(c, limb_bits(c->g, &c->g->nodes[node]));

    hcl_gadget_by_elements(c, node, rows, &limbs);
}

const struct hcl_primitive hcl_primitive_floor_div = {
    .name = "floor division",
    .operands = 2,
    .rescales = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .tables = tables,
    .gadget = gadget,
};
