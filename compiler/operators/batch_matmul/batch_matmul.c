/* SPDX-License-Identifier: Apache-2.0 */
/* BATCH_MATMUL: [1,B,M,K] and [1,B',K,N], B' dividing B or the other way round. */
#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "compiler/graph/matmul.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/product.h"
#include "compiler/operators/shapes.h"
#include <string.h>

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *a = g->tensors[n->inputs[0]].dims, *b = g->tensors[n->inputs[1]].dims;
    const struct hcl_matmul d = hcl_matmul_of(a, n->adj_x, b, n->adj_y);
    if (b[n->adj_y ? 3 : 2] != d.depth || a[0] != 1 || b[0] != 1)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': " HCL_DIMS "%s times " HCL_DIMS "%s is no product of matrices",
                        hcl_op_name(n->op), n->name, HCL_DIMS_OF(a), n->adj_x ? " transposed" : "",
                        HCL_DIMS_OF(b), n->adj_y ? " transposed" : "");
    if (d.batch % d.a_batch != 0 || d.batch % d.b_batch != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': batches of %u and %u matrices do not combine",
                        hcl_op_name(n->op), n->name, d.a_batch, d.b_batch);
    return hcl_expect_dims(err, n, "output", g->tensors[n->output].dims, 1, d.batch, d.rows, d.columns);
}

/* Of the sums, which begin with the part that is asked for. */
static void take_sums(const struct hcl_float_operands *p, size_t first, size_t count, double *x)
{
    memcpy(x, p->sums + (first - p->from), count * sizeof *x);
}

static hcl_status matmul(struct hcl_float_operands p, struct hcl_err *err)
{
    const struct hcl_matmul d = hcl_matmul_of(p.xd, p.n->adj_x, p.wd, p.n->adj_y);
    double *sums;
    bool exact;
    hcl_status st = hcl_mem_alloc((void **)&sums, p.to - p.from, sizeof *sums, "matrix", err);
    if (st == HCL_OK)
        st = hcl_matmul_rows(sums, &exact, &d, HCL_GEMM_F32, p.x, p.w, p.from / d.columns, p.to / d.columns,
                             hcl_threads_available(), err);
    p.sums = sums;
    if (st == HCL_OK)
        hcl_float_each_run(&p, 1, take_sums);
    hcl_mem_free_secret(sums);
    return st;
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < count && st == HCL_OK; k++)
        st = matmul(p[k], err);
    return st;
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    n->a_adjoint = from->adj_x;
    n->b_adjoint = from->adj_y;
    return hcl_product_quantize(b, from, n);
}

static void dump(const struct hcl_node *n, FILE *to)
{
    if (n->adj_x || n->adj_y)
        fprintf(to, " transposed %s", n->adj_x && n->adj_y ? "both" : n->adj_x ? "first" : "second");
}

const struct hcl_operator hcl_operator_batch_matmul = {
    .name = "BATCH_MATMUL",
    .code = -1, /* a recipe of the front end */
    .least = 2,
    .most = 2,
    .primitive = HCL_FX_MATMUL,
    .carries_function = true,
    .own_scale = true,
    .cut = HCL_CUT_VECTORS,
    .dear = true,
    .check = check,
    .evaluate = evaluate,
    .constrain = hcl_product_constrain,
    .accumulator_bits = hcl_product_accumulator_bits,
    .quantize = quantize,
    .dump = dump,
};
