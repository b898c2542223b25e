/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis, of the elements that take part (the others are 0). A second operand is a mask
 * of 0 and 1 that is computed: where it is 1, x is taken for x - gap, so low that the table has nothing for
 * it beside any element that has 0. (Where all have 1 they take part as if there were no mask.) Then
 * m = max x; e_i = exp_table[m - x_i]; s = rescale(sum e_i, sum_divisor); inv = numerator/s rounded half up;
 * y_i = rescale(e_i inv, divisor). The table is a multiple of `mark` but at 0, where it is one more: the sum
 * mod mark counts the largest elements, by which the circuit knows m; mark exceeds their number. A sum is at
 * least the first entry, so s has the bits that sum_divisor leaves of that one, or more. */
#include "compiler/primitives/softmax/softmax.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include "compiler/primitives/tables.h"
#include <string.h>

static hcl_status check_table(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]];
    if (n->exp_table == NULL || x->hi - x->lo + n->gap >= n->exp_len || n->exp_len > HCL_FX_TABLE_MAX)
        return hcl_primitive_fail(err, n, "the exponential table does not hold every difference");
    if (n->exp_table[0] != n->exp_top || n->exp_top % n->mark != 1)
        return hcl_primitive_fail(err, n,
                                  "the exponential table does not begin one above a multiple of its mark");
    for (uint32_t i = 1; i < n->exp_len; i++)
        if (n->exp_table[i] < 0 || n->exp_table[i] >= n->exp_top || n->exp_table[i] % n->mark != 0)
            return hcl_primitive_fail(err, n, "an entry of the exponential table is out of range");
    return HCL_OK;
}

/* A mask is 0 or 1, and no difference between an element that it leaves out and one that it does not has an
 * exponential. */
static hcl_status check_gap(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]], *mask;
    if (n->inputs[1] == HCL_FX_NONE)
        return n->gap == 0 ? HCL_OK : hcl_primitive_fail(err, n, "a gap without a mask");
    mask = &g->tensors[n->inputs[1]];
    if (mask->data != NULL || mask->lo < 0 || mask->hi > 1 ||
        memcmp(mask->dims, x->dims, sizeof mask->dims) != 0)
        return hcl_primitive_fail(err, n, "expected a computed mask of 0 and 1 for each element");
    if (n->gap <= x->hi - x->lo)
        return hcl_primitive_fail(err, n, "its mask takes too little from an element");
    for (int64_t d = n->gap - (x->hi - x->lo); d < n->exp_len; d++)
        if (n->exp_table[d] != 0)
            return hcl_primitive_fail(err, n, "the exponential table has entries for masked elements");
    return HCL_OK;
}

/* Elements of vector `at` that take part. */
static uint32_t kept_of(const struct hcl_fx_node *n, size_t at, uint32_t channels)
{
    uint32_t kept = 0;
    for (uint32_t c = 0; c < channels; c++)
        kept += hcl_softmax_keeps(n, at + c);
    return kept;
}

static hcl_status check_mask(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const uint32_t channels = g->tensors[n->output].dims[3];
    for (size_t at = 0; at < hcl_fx_tensor_len(g, n->output); at += channels)
        if (kept_of(n, at, channels) == 0)
            return hcl_primitive_fail(err, n, "no element of a vector takes part");
    return HCL_OK;
}

/* Remainders of sums tell those by mark, their quotients are at least 1 and a table's, and results stay far
 * below 62 bits. */
static hcl_status check_reciprocals(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                    struct hcl_err *err)
{
    struct hcl_softmax_sums sums;
    if (n->sum_divisor < n->mark || n->sum_divisor > HCL_FX_TABLE_MAX || n->sum_divisor % n->mark != 0 ||
        (n->sum_divisor & (n->sum_divisor - 1)) != 0)
        return hcl_primitive_fail(err, n, "its sums are not divided by a power of two of its mark or more");
    sums = hcl_softmax_sums(n, g->tensors[n->output].dims[3]);
    if (sums.lo < 1 || sums.hi - sums.lo >= HCL_FX_TABLE_MAX)
        return hcl_primitive_fail(err, n, "the table of reciprocals of its sums is out of range");
    if (n->numerator < 1 || n->divisor < 1 || (__int128)n->numerator * n->sum_divisor > HCL_FX_ACC_MAX >> 4)
        return hcl_primitive_fail(err, n, "the numerator of its reciprocals is out of range");
    return HCL_OK;
}

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const uint32_t channels = g->tensors[n->output].dims[3];
    hcl_status st = hcl_primitive_check_same(g, n, err);
    if (st != HCL_OK)
        return st;
    if (n->mark <= channels || n->mark > HCL_FX_TABLE_MAX || (n->mark & (n->mark - 1)) != 0)
        return hcl_primitive_fail(err, n, "its mark is not a power of two above the number of channels");
    if (n->exp_top < 1 || (__int128)n->exp_top * channels > HCL_FX_ACC_MAX >> 16)
        return hcl_primitive_fail(err, n, "the softmax sums can exceed 46 bits");
    if ((st = check_reciprocals(g, n, err)) != HCL_OK)
        return st;
    if ((st = check_mask(g, n, err)) != HCL_OK)
        return st;
    if ((st = check_table(g, n, err)) != HCL_OK)
        return st;
    return check_gap(g, n, err);
}

struct hcl_softmax_sums hcl_softmax_sums(const struct hcl_fx_node *n, uint32_t channels)
{
    return (struct hcl_softmax_sums){ hcl_fx_rescale(n->exp_top, n->sum_divisor),
                                      hcl_fx_rescale(n->exp_top * channels, n->sum_divisor) };
}

int64_t hcl_softmax_marks(const struct hcl_fx_node *n)
{
    const int64_t half = n->sum_divisor / (2 * n->mark);
    return half > 0 ? half : 1;
}

/* That of the largest element where the sum is least. */
int64_t hcl_softmax_most(const struct hcl_fx_node *n)
{
    const int64_t least = hcl_fx_rescale(n->exp_top, n->sum_divisor);
    return hcl_fx_rescale(n->exp_top * hcl_fx_quotient(n->numerator, least), n->divisor);
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    (void)g;
    return hcl_interval_of(0, hcl_softmax_most(n));
}

/* What a mask leaves of an element. */
static int64_t score(const struct hcl_fx_operands *p, size_t i)
{
    return p->x[i] - (p->n->gap != 0 ? p->n->gap * p->w[i] : 0);
}

static void softmax_row(const struct hcl_fx_operands *p, size_t at, size_t channels)
{
    int64_t best = INT64_MIN, sum = 0, inverse;
    for (size_t i = at; i < at + channels; i++)
        best = hcl_softmax_keeps(p->n, i) && score(p, i) > best ? score(p, i) : best;
    for (size_t i = at; i < at + channels; i++)
        p->y[i] = hcl_softmax_keeps(p->n, i) ? p->n->exp_table[best - score(p, i)] : 0;
    for (size_t i = at; i < at + channels; i++)
        sum += p->y[i];
    inverse = hcl_fx_quotient(p->n->numerator, hcl_fx_rescale(sum, p->n->sum_divisor));
    for (size_t i = at; i < at + channels; i++)
        p->y[i] = hcl_fx_rescale(p->y[i] * inverse, p->n->divisor);
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    const size_t channels = p->yd[3];
    for (size_t at = 0; at < p->y_len; at += channels)
        softmax_row(p, at, channels);
    return HCL_OK;
}

static void tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_tables *t)
{
    const struct hcl_softmax_sums sums = hcl_softmax_sums(n, g->tensors[n->output].dims[3]);
    const int64_t marks = hcl_softmax_marks(n);
    hcl_tables_reciprocals(t, sums.lo, sums.hi, n->numerator);
    hcl_tables_remainder(t, n->sum_divisor);
    hcl_tables_add(t, HCL_TABLE_FUNCTION, -marks, marks - 1, NULL);
    hcl_tables_add(t, HCL_TABLE_RANGE, 1, n->mark - 1, NULL);
    hcl_tables_add(t, HCL_TABLE_EXPONENTIALS, 0, (int64_t)n->exp_len - 1, n->exp_table);
    hcl_tables_add(t, HCL_TABLE_FUNCTION, 0, hcl_softmax_most(n), NULL);
    hcl_tables_scaling(t, n->divisor, hcl_softmax_most(n) + 1);
}

const struct hcl_primitive hcl_primitive_softmax = {
    .name = "softmax",
    .operands = 1,
    .scores = true,
    .joins_items = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .tables = tables,
    .gadget = hcl_gadget_softmax,
};
