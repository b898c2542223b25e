/* SPDX-License-Identifier: Apache-2.0 */
/* Quotients and powers: products with tables of reciprocals and powers.
 *
 *   DIV              x times 1/y; y is a constant or positive
 *   POW              a table, of a constant exponent; of positive numbers where it is no natural number
 *   L2_NORMALIZATION x times RSQRT of the sum of squares
 *   LOG_SOFTMAX      -(d + log(sum of exp(-d))), d = max(x) - x, which is not negative: exp stays below 1 */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/operators/elementwise.h"
#include <math.h>

/* A function of x, between the nodes of an operator. */
static hcl_status function_of(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_function f,
                              const struct hcl_map_shape *shape, uint32_t x, uint32_t *out)
{
    struct hcl_node n = hcl_import_node(hcl_function_op(f.id), x, HCL_GRAPH_NONE);
    n.act = f;
    return hcl_import_step(im, op, &n, shape, out);
}

/* fn(a kind b), b broadcasts to a; a negative `sign` of a difference: b - a. NULL: the operator's result. */
static hcl_status combine(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node n, int sign,
                          const struct hcl_map_shape *a, const struct hcl_map_shape *b, uint32_t *out)
{
    const struct hcl_map_shape x[2] = { *a, *b };
    struct hcl_map_shape to;
    const hcl_status st = hcl_import_meet(im, op, &n, x, &to);
    if (st != HCL_OK) {
        free(n.map);
        return st;
    }
    n.reversed = n.reversed != (sign < 0);
    return out != NULL ? hcl_import_step(im, op, &n, &to, out) : hcl_import_last(im, op, &n, &to);
}

/* One over each element of a constant. */
static hcl_status invert(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t *tensor)
{
    const struct hcl_tensor *t = &im->graph->tensors[*tensor];
    const uint32_t dims[4] = { t->dims[0], t->dims[1], t->dims[2], t->dims[3] };
    const size_t len = hcl_tensor_len(t);
    float *data = malloc(len * sizeof *data);
    if (data == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu reciprocals", len);
    for (size_t i = 0; i < len; i++) {
        data[i] = 1 / t->data[i];
        if (!isfinite(data[i])) {
            free(data);
            return HCL_FAIL_OP(im, op, "a division by %g at element %zu of '%s'", (double)t->data[i], i,
                               t->name);
        }
    }
    return hcl_import_made(im, op, dims, data, tensor);
}

hcl_status hcl_import_div(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_node n = hcl_import_node(HCL_OP_MUL, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    struct hcl_map_shape x[2], to;
    hcl_status st;
    if (op->options != HCL_TFL_OPTIONS_NONE)
        HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_DIV));
    HCL_TRY(hcl_import_activation(im, op, &n.act));
    HCL_TRY(hcl_import_any(im, op, 0, &n.inputs[0], &x[0]));
    HCL_TRY(hcl_import_any(im, op, 1, &n.inputs[1], &x[1]));
    if (im->model->tensors[op->outputs[0]].type != HCL_TFL_FLOAT32)
        return HCL_FAIL_OP(im, op, "%s", "a quotient of integers, expected floats");
    if (hcl_import_is_constant(im, n.inputs[1]))
        HCL_TRY(invert(im, op, &n.inputs[1]));
    else
        HCL_TRY(function_of(im, op, (struct hcl_function){ .id = HCL_FN_RECIPROCAL }, &x[1], n.inputs[1],
                            &n.inputs[1]));
    st = hcl_import_meet(im, op, &n, x, &to);
    if (st == HCL_OK)
        return hcl_import_last(im, op, &n, &to);
    free(n.map);
done:
    return st;
}

/* The function that a power is. */
static struct hcl_function power(float exponent)
{
    static const struct {
        float exponent;
        hcl_fn fn;
    } known[] = { { 1, HCL_FN_IDENTITY },
                  { 2, HCL_FN_SQUARE },
                  { 0.5F, HCL_FN_SQRT },
                  { -0.5F, HCL_FN_RSQRT },
                  { -1, HCL_FN_RECIPROCAL } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].exponent == exponent)
            return (struct hcl_function){ .id = known[i].fn };
    const bool natural = exponent >= 0 && exponent == floorf(exponent);
    return (struct hcl_function){ natural ? HCL_FN_POWER : HCL_FN_POWER_OF_POSITIVE, { exponent } };
}

hcl_status hcl_import_pow(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape shape, of_exponent, to;
    struct hcl_node n = hcl_import_node(HCL_OP_COUNT, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    uint32_t exponent;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &n.inputs[0], &shape));
    HCL_TRY(hcl_import_any(im, op, 1, &exponent, &of_exponent));
    if (!hcl_import_is_constant(im, exponent) || hcl_map_len(&of_exponent) != 1)
        return HCL_FAIL_OP(im, op, "%s",
                           "an exponent that is computed or of several elements, expected one constant");
    HCL_TRY(hcl_import_broadcast(im, op, &shape, &of_exponent, &to));
    n.act = power(im->graph->tensors[exponent].data[0]);
    n.op = hcl_function_op(n.act.id);
    st = hcl_import_last(im, op, &n, &to);
done:
    return st;
}

hcl_status hcl_import_l2_normalization(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape shape, one;
    uint32_t x, y;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &x, &shape));
    HCL_TRY(function_of(im, op, (struct hcl_function){ .id = HCL_FN_SQUARE }, &shape, x, &y));
    HCL_TRY(hcl_import_reduce_last(im, op, HCL_OP_SUM_POOL_2D, y, &shape, &one, &y));
    HCL_TRY(function_of(im, op, (struct hcl_function){ .id = HCL_FN_RSQRT }, &one, y, &y));
    st = combine(im, op, hcl_import_node(HCL_OP_MUL, x, y), 1, &shape, &one, NULL);
done:
    return st;
}

hcl_status hcl_import_log_softmax(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape shape, one;
    struct hcl_node n;
    uint32_t x, most, y;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &x, &shape));
    HCL_TRY(hcl_import_reduce_last(im, op, HCL_OP_MAX_POOL_2D, x, &shape, &one, &most));
    n = hcl_import_node(HCL_OP_SUB, x, most);
    n.act.id = HCL_FN_RELU;
    HCL_TRY(combine(im, op, n, -1, &shape, &one, &x));
    HCL_TRY(function_of(im, op, (struct hcl_function){ .id = HCL_FN_DECAY }, &shape, x, &y));
    HCL_TRY(hcl_import_reduce_last(im, op, HCL_OP_SUM_POOL_2D, y, &shape, &one, &y));
    HCL_TRY(function_of(im, op, (struct hcl_function){ .id = HCL_FN_LOG }, &one, y, &y));
    n = hcl_import_node(HCL_OP_ADD, x, y);
    n.act.id = HCL_FN_NEG;
    st = combine(im, op, n, 1, &shape, &one, NULL);
done:
    return st;
}
