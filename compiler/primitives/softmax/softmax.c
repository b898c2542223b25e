/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis: m = max x; d_i = m - x_i >= 0; e_i = exp_table[min(d_i, exp_len-1)] (last entry
 * is 0, so large d give 0); s = sum e_i; y_i = floor((e_i * 2^frac_bits(y) * 2 + s) / (2 s)). */
#include "compiler/primitives/softmax/softmax.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include <string.h>

static hcl_status check_table(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    int64_t most = 0;
    const struct hcl_fx_tensor *y = &g->tensors[n->output];
    if (n->exp_len == 0 || n->exp_table == NULL || n->exp_table[0] < 1 || n->exp_table[n->exp_len - 1] != 0)
        return hcl_primitive_fail(err, n, "the exponential table must begin above 0 and end with 0");
    for (uint32_t i = 0; i < n->exp_len; i++) {
        if (n->exp_table[i] < 0 || n->exp_table[i] >= HCL_FX_TABLE_MAX)
            return hcl_primitive_fail(err, n, "an entry of the exponential table is out of range");
        most = n->exp_table[i] > most ? n->exp_table[i] : most;
    }
    /* 2^24 entries of 2^24 with 2^28 channels and 2^8 below stay in 62 bits */
    if (y->frac_bits < 0 || y->frac_bits > 24 || (__int128)most * y->dims[3] > HCL_FX_ACC_MAX >> 26)
        return hcl_primitive_fail(err, n, "the softmax sums can exceed 62 bits");
    if (y->lo > 0 || y->hi < (int64_t)1 << y->frac_bits)
        return hcl_primitive_fail(err, n, "the output's range does not hold 0..1");
    return HCL_OK;
}

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    hcl_status st = hcl_primitive_check_same(g, n, err);
    return st == HCL_OK ? check_table(g, n, err) : st;
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_interval_of(0, (int64_t)1 << g->tensors[n->output].frac_bits);
}

static void softmax_row(const struct hcl_fx_operands *p, const int64_t *x, int64_t *y, size_t channels)
{
    int frac = p->g->tensors[p->n->output].frac_bits;
    int64_t best = x[0], sum = 0;
    for (size_t c = 1; c < channels; c++)
        best = x[c] > best ? x[c] : best;
    for (size_t c = 0; c < channels; c++) {
        int64_t d = best - x[c];
        y[c] = p->n->exp_table[d < p->n->exp_len ? d : p->n->exp_len - 1];
        sum += y[c];
    }
    for (size_t c = 0; c < channels; c++)
        y[c] = ((y[c] << (frac + 1)) + sum) / (2 * sum);
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    size_t channels = p->yd[3];
    for (size_t at = 0; at < p->y_len; at += channels)
        softmax_row(p, p->x + at, p->y + at, channels);
    return HCL_OK;
}

/* The exponentials, their index, the quotient by their number, and two limbs (gadget.c). */
static size_t table_rows(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
    const int64_t most = 2 * n->exp_table[0] * y->dims[3];
    int bits = 0;
    while (bits < 24 && ((int64_t)1 << (2 * bits) < most || bits * 2 <= y->frac_bits))
        bits++;
    return 2 * (size_t)n->exp_len + (size_t)((x->hi - x->lo) / n->exp_len + 1) + ((size_t)2 << bits);
}

static bool same_tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *a,
                        const struct hcl_fx_node *b)
{
    (void)g;
    return a->exp_len == b->exp_len &&
           memcmp(a->exp_table, b->exp_table, a->exp_len * sizeof *a->exp_table) == 0;
}

const struct hcl_primitive hcl_primitive_softmax = {
    .name = "softmax",
    .operands = 1,
    .scores = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .table_rows = table_rows,
    .same_tables = same_tables,
    .gadget = hcl_gadget_softmax,
};
