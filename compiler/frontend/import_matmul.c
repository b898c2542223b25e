/* SPDX-License-Identifier: Apache-2.0 */
/* BATCH_MATMUL, and FULLY_CONNECTED, which by computed weights is such a product. By one constant matrix it
 * is a dense layer; a constant on the left goes to the right by C^T = B^T A^T. Batches that broadcast in
 * other ways than matrix h with matrix h mod n are written out, which moves nothing. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/frontend/import_patches.h"
#include <string.h>

struct factor {
    uint32_t tensor;
    struct hcl_map_shape shape;
    bool adjoint;
};

struct product {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    struct factor a, b;
    struct hcl_map_shape batch; /* of the result */
    bool swapped;               /* the result is transposed */
};

static uint32_t last(const struct factor *f, uint32_t from_end)
{
    return f->shape.dims[f->shape.rank - from_end];
}
/* Dimensions of the matrices as they are multiplied. */
static uint32_t rows_of(const struct factor *f)
{
    return last(f, f->adjoint ? 1 : 2);
}
static uint32_t columns_of(const struct factor *f)
{
    return last(f, f->adjoint ? 2 : 1);
}

static uint32_t matrices(const struct hcl_map_shape *s)
{
    size_t len = 1;
    for (uint32_t i = 0; i + 2 < s->rank; i++)
        len *= s->dims[i];
    return (uint32_t)len;
}

static const char *name_of(const struct product *p)
{
    const char *name = p->im->model->tensors[p->op->outputs[0]].name;
    return name[0] != '\0' ? name : "unnamed";
}

/* A node with a result of its own of four dimensions, between the nodes of this operator. */
static hcl_status add_between(const struct product *p, struct hcl_node *n, const uint32_t dims[4],
                              uint32_t *out)
{
    const struct hcl_map_shape shape = { 4, { dims[0], dims[1], dims[2], dims[3] } };
    return hcl_import_step(p->im, p->op, n, &shape, out);
}

static hcl_status read_batch(struct product *p)
{
    const struct hcl_map_shape *a = &p->a.shape, *b = &p->b.shape;
    const uint32_t rank = a->rank > b->rank ? a->rank : b->rank;
    p->batch.rank = rank - 2;
    for (uint32_t i = 0; i + 2 < rank; i++) {
        const uint32_t x = i + a->rank < rank ? 1 : a->dims[i + a->rank - rank],
                       y = i + b->rank < rank ? 1 : b->dims[i + b->rank - rank];
        if (x != y && x != 1 && y != 1)
            return HCL_FAIL_OP(p->im, p->op, "batches of %u and %u do not combine", x, y);
        p->batch.dims[i] = x > y ? x : y;
    }
    return HCL_OK;
}

static hcl_status read_factors(struct product *p)
{
    hcl_status st;
    HCL_TRY(hcl_import_any(p->im, p->op, 0, &p->a.tensor, &p->a.shape));
    HCL_TRY(hcl_import_any(p->im, p->op, 1, &p->b.tensor, &p->b.shape));
    if (p->a.shape.rank < 2 || p->b.shape.rank < 2 || columns_of(&p->a) != rows_of(&p->b))
        return HCL_FAIL_OP(p->im, p->op,
                           "operands of %u and %u dimensions are no matrices that can be multiplied",
                           p->a.shape.rank, p->b.shape.rank);
    if (p->im->graph->tensors[p->a.tensor].data != NULL && p->im->graph->tensors[p->b.tensor].data == NULL) {
        const struct factor a = p->a;
        p->a = p->b;
        p->b = a;
        p->a.adjoint = !p->a.adjoint;
        p->b.adjoint = !p->b.adjoint;
        p->swapped = true;
    }
    HCL_TRY(read_batch(p));
done:
    return st;
}

/* Whether matrix h of the batch is matrix h mod n of the operand's n: leading dimensions of 1, the others
 * whole. */
static bool repeats(const struct factor *f, const struct hcl_map_shape *batch)
{
    const uint32_t missing = batch->rank + 2 - f->shape.rank;
    bool whole = false;
    for (uint32_t i = 0; i < batch->rank; i++) {
        const uint32_t d = i < missing ? 1 : f->shape.dims[i - missing];
        if (d == batch->dims[i])
            whole |= d != 1;
        else if (whole)
            return false;
    }
    return true;
}

/* The operand as [1, matrices, .., ..]. */
static hcl_status as_batch(struct product *p, struct factor *f)
{
    struct hcl_node n = { .op = HCL_OP_RESHAPE,
                          .inputs = { f->tensor, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
    struct hcl_map_shape to = p->batch;
    uint32_t dims[4] = { 1, matrices(&f->shape), last(f, 2), last(f, 1) };
    hcl_status st = HCL_OK;
    if (!repeats(f, &p->batch)) {
        to.dims[to.rank++] = dims[2];
        to.dims[to.rank++] = dims[3];
        HCL_TRY(hcl_map_broadcast(&to, &n.map, &f->shape, p->op->name, p->im->err));
        n.op = HCL_OP_MOVE;
        dims[1] = matrices(&to);
    } else if (memcmp(dims, p->im->graph->tensors[f->tensor].dims, sizeof dims) == 0) {
        return HCL_OK;
    }
    HCL_TRY(add_between(p, &n, dims, &f->tensor));
done:
    return st;
}

/* The constant as weights [O,1,1,K]. */
static hcl_status as_weights(const struct product *p, uint32_t *out)
{
    const uint32_t dims[4] = { columns_of(&p->b), 1, 1, rows_of(&p->b) };
    const float *from = p->im->graph->tensors[p->b.tensor].data;
    float *data = malloc((size_t)dims[0] * dims[3] * sizeof *data);
    char name[HCL_TFL_NAME_LEN];
    if (data == NULL)
        return hcl_fail(p->im->err, HCL_NO_RESOURCE, "no memory for the weights of '%s'", name_of(p));
    for (size_t o = 0; o < dims[0]; o++)
        for (size_t k = 0; k < dims[3]; k++)
            data[o * dims[3] + k] = p->b.adjoint ? from[o * dims[3] + k] : from[k * dims[0] + o];
    snprintf(name, sizeof name, "%s", p->im->graph->tensors[p->b.tensor].name);
    return hcl_graph_add_tensor(p->im->graph, name, dims, 2, data, out, p->im->err);
}

/* Rows of A by one constant matrix; a transposed A is turned first. */
static hcl_status dense(struct product *p, struct hcl_node *n)
{
    hcl_status st;
    n->op = HCL_OP_FULLY_CONNECTED;
    if (p->a.adjoint) {
        const struct hcl_map_shape x = { 3, { matrices(&p->a.shape), last(&p->a, 2), last(&p->a, 1) } };
        const uint32_t dims[4] = { 1, x.dims[0], x.dims[2], x.dims[1] };
        struct hcl_node turn = { .op = HCL_OP_MOVE,
                                 .inputs = { p->a.tensor, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
        struct hcl_map_shape to;
        HCL_TRY(hcl_map_transpose(&to, &turn.map, &x, (const int32_t[]){ 0, 2, 1 }, p->op->name, p->im->err));
        HCL_TRY(add_between(p, &turn, dims, &n->inputs[0]));
    } else {
        HCL_TRY(as_batch(p, &p->a));
        n->inputs[0] = p->a.tensor;
    }
    HCL_TRY(as_weights(p, &n->inputs[1]));
done:
    return st;
}

static hcl_status batched(struct product *p, struct hcl_node *n)
{
    hcl_status st;
    HCL_TRY(as_batch(p, &p->a));
    HCL_TRY(as_batch(p, &p->b));
    n->op = HCL_OP_BATCH_MATMUL;
    n->inputs[0] = p->a.tensor;
    n->inputs[1] = p->b.tensor;
    n->adj_x = p->a.adjoint;
    n->adj_y = p->b.adjoint;
done:
    return st;
}

/* The product's own result, and from it the operator's: another shape of it, or its transpose. */
static hcl_status add_result(struct product *p, struct hcl_node *n)
{
    const uint32_t count = matrices(
                       &(struct hcl_map_shape){ p->batch.rank + 2,
                                                { p->batch.dims[0], p->batch.dims[1], p->batch.dims[2],
                                                  p->batch.dims[3], p->batch.dims[4], p->batch.dims[5] } }),
                   dims[4] = { 1, count, rows_of(&p->a), columns_of(&p->b) };
    const struct hcl_map_shape product = { 3, { dims[1], dims[2], dims[3] } };
    struct hcl_node end = { .op = HCL_OP_RESHAPE,
                            .inputs = { 0, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
    struct hcl_map_shape to = p->batch, turned;
    hcl_status st;
    HCL_TRY(add_between(p, n, dims, &end.inputs[0]));
    to.dims[to.rank++] = p->swapped ? dims[3] : dims[2];
    to.dims[to.rank++] = p->swapped ? dims[2] : dims[3];
    if (p->swapped) {
        HCL_TRY(hcl_map_transpose(&turned, &end.map, &product, (const int32_t[]){ 0, 2, 1 }, p->op->name,
                                  p->im->err));
        end.op = HCL_OP_MOVE;
    }
    st = hcl_import_last(p->im, p->op, &end, &to);
done:
    return st;
}

hcl_status hcl_import_batch_matmul(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct product p = { .im = im, .op = op, .a.adjoint = op->adj_x, .b.adjoint = op->adj_y };
    struct hcl_node n = { .inputs = { HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
    hcl_status st;
    HCL_TRY(read_factors(&p));
    if (im->graph->tensors[p.b.tensor].data != NULL && matrices(&p.b.shape) == 1)
        HCL_TRY(dense(&p, &n));
    else
        HCL_TRY(batched(&p, &n));
    HCL_TRY(add_result(&p, &n));
done:
    return st;
}

/* act(x w^T + b), rows of x as long as those of w. */
static hcl_status dense_by_computed(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x[2], rows = { 4, { 1, 1, 1, 1 } }, as = rows, to;
    struct hcl_node n;
    struct hcl_function act;
    uint32_t in[2], y, bias = HCL_GRAPH_NONE;
    hcl_status st;
    HCL_TRY(hcl_import_activation(im, op, &act));
    for (size_t k = 0; k < 2; k++)
        HCL_TRY(hcl_import_any(im, op, k, &in[k], &x[k]));
    if (x[1].rank != 2 || hcl_map_len(&x[0]) % x[1].dims[1] != 0)
        return HCL_FAIL_OP(im, op, "weights of %u dimensions, expected 2 that fit its operand", x[1].rank);
    if (op->num_inputs > 2 && op->inputs[2] != HCL_TFL_ABSENT)
        HCL_TRY(hcl_import_operand(im, op, 2, &bias));
    for (size_t k = 0; k < 2; k++) {
        rows.dims[2] = (uint32_t)(hcl_map_len(&x[k]) / x[1].dims[1]);
        rows.dims[3] = x[1].dims[1];
        as.dims[k == 0 ? 2 : 3] = rows.dims[2];
        n = hcl_import_node(HCL_OP_RESHAPE, in[k], HCL_GRAPH_NONE);
        HCL_TRY(hcl_import_step(im, op, &n, &rows, &in[k]));
    }
    n = hcl_import_node(HCL_OP_BATCH_MATMUL, in[0], in[1]);
    n.adj_y = true;
    if (bias == HCL_GRAPH_NONE)
        n.act = act;
    HCL_TRY(hcl_import_step(im, op, &n, &as, &y));
    if (bias != HCL_GRAPH_NONE) {
        n = hcl_import_node(HCL_OP_ADD, y, bias);
        n.act = act;
        HCL_TRY(hcl_import_combine(im, op, n, 1, (const struct hcl_map_shape[]){ as, { 1, { as.dims[3] } } },
                                   NULL, &y));
    }
    to = (struct hcl_map_shape){ 2, { as.dims[2], as.dims[3] } };
    if (op->keep_num_dims) {
        to = x[0];
        to.dims[to.rank - 1] = as.dims[3];
    }
    n = hcl_import_node(HCL_OP_RESHAPE, y, HCL_GRAPH_NONE);
    st = hcl_import_last(im, op, &n, &to);
done:
    return st;
}

hcl_status hcl_import_fully_connected(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return hcl_import_computes(im, op, 1) || hcl_import_computes(im, op, 2)
               ? dense_by_computed(im, op)
               : hcl_import_single(im, op, HCL_OP_FULLY_CONNECTED);
}
