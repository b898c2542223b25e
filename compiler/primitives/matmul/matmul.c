/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL: a[H,M,K], b[H',K,N], H' a divisor of H or the other way round: acc = sum_k a[h,m,k]*b[h',k,n];
 * a_adjoint: a is [H,K,M], b_adjoint: b is [H',N,K]. Of the smaller batch, matrix h % H'. */
#include "compiler/primitives/matmul/matmul.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const struct hcl_matmul d = hcl_fx_matmul_of(g, n);
    const uint32_t *b = g->tensors[n->inputs[1]].dims, *y = g->tensors[n->output].dims;
    if (b[n->b_adjoint ? 3 : 2] != d.depth)
        return hcl_primitive_fail(err, n, "the operands' inner dimensions differ");
    if (d.batch % d.a_batch != 0 || d.batch % d.b_batch != 0)
        return hcl_primitive_fail(err, n, "the operands' batches do not combine");
    if (!hcl_dims_are(y, 1, d.batch, d.rows, d.columns))
        return hcl_primitive_fail(err, n, "the output's shape does not follow from the operands'");
    return HCL_OK;
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_interval_scaled(
        hcl_interval_times(hcl_interval_range(g, n->inputs[0]), hcl_interval_range(g, n->inputs[1])),
        hcl_fx_matmul_of(g, n).depth);
}

static int64_t long_product(const struct hcl_fx_operands *p, const struct hcl_matmul *d, size_t h, size_t i,
                            size_t j)
{
    int64_t acc = 0;
    for (size_t k = 0; k < d->depth; k++)
        acc += p->x[hcl_matmul_a(d, h, i, k)] * p->w[hcl_matmul_b(d, h, k, j)];
    return acc;
}

/* Sums that may leave 53 bits are taken in integers. */
static hcl_status interpret(const struct hcl_fx_operands *p)
{
    const struct hcl_matmul d = hcl_fx_matmul_of(p->g, p->n);
    double *sums = NULL;
    hcl_status st;
    bool exact;
    HCL_TRY(hcl_mem_alloc((void **)&sums, p->y_len, sizeof *sums, "matrix", p->err));
    HCL_TRY(hcl_matmul_run(sums, &exact, &d, HCL_GEMM_I64, p->x, p->w, hcl_threads_available(), p->err));
    for (size_t i = 0; i < p->y_len; i++) {
        const size_t row = i / d.columns;
        HCL_TRY(hcl_operands_put(
            p, i, exact ? (int64_t)sums[i] : long_product(p, &d, row / d.rows, row % d.rows, i % d.columns),
            p->n->divisor));
    }
done:
    hcl_mem_free_secret(sums);
    return st;
}

static double multiplications(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_matmul d = hcl_fx_matmul_of(g, n);
    return (double)d.batch * d.rows * d.columns * d.depth;
}

const struct hcl_primitive hcl_primitive_matmul = {
    .name = "matmul",
    .operands = 2,
    .rescales = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .multiplications = multiplications,
    .gadget = hcl_gadget_matmul,
};
