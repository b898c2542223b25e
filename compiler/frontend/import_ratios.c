/* SPDX-License-Identifier: Apache-2.0 */
/* Powers, and ratios to sums: products with tables.
 *
 *   POW              a table, of one constant exponent; of positive numbers where it is no natural number.
 *                    Else exp(y log(x)), of positive x
 *   L2_NORMALIZATION x times RSQRT of the sum of squares; 0 of nothing but zeros, as TFLite has it
 *   LOG_SOFTMAX      -(d + log(sum of exp(-d))), d = max(x) - x, which is not negative: exp stays below 1 */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/operators/elementwise.h"
#include <math.h>

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

/* exp(y log(x)) */
static hcl_status power_of_two(struct hcl_import *im, const struct hcl_tfl_op *op, const uint32_t in[2],
                               const struct hcl_map_shape x[2])
{
    const struct hcl_function log = { .id = HCL_FN_LOG }, exp = { .id = HCL_FN_EXP };
    struct hcl_map_shape to;
    uint32_t y;
    hcl_status st;
    HCL_TRY(hcl_import_function(im, op, log, &x[0], in[0], &y));
    HCL_TRY(hcl_import_combine(im, op, hcl_import_node(HCL_OP_MUL, y, in[1]), 1, x, &to, &y));
    st = hcl_import_function(im, op, exp, &to, y, NULL);
done:
    return st;
}

hcl_status hcl_import_pow(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x[2], to;
    uint32_t in[2];
    hcl_status st;
    for (size_t k = 0; k < 2; k++)
        HCL_TRY(hcl_import_any(im, op, k, &in[k], &x[k]));
    if (hcl_import_is_constant(im, in[1]) && hcl_map_len(&x[1]) == 1) {
        HCL_TRY(hcl_import_broadcast(im, op, &x[0], &x[1], &to));
        st = hcl_import_function(im, op, power(im->graph->tensors[in[1]].data[0]), &to, in[0], NULL);
    } else if (im->model->tensors[op->outputs[0]].type != HCL_TFL_FLOAT32) {
        st = HCL_FAIL_OP(im, op, "%s", "integers to the power of several exponents, expected one constant");
    } else {
        st = power_of_two(im, op, in, x);
    }
done:
    return st;
}

hcl_status hcl_import_l2_normalization(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape shape, one;
    uint32_t x, y;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &x, &shape));
    HCL_TRY(hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_SQUARE }, &shape, x, &y));
    HCL_TRY(hcl_import_reduce_last(im, op, HCL_OP_SUM_POOL_2D, y, &shape, &one, &y));
    HCL_TRY(hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_RSQRT_OR_ZERO }, &one, y, &y));
    st = hcl_import_combine(im, op, hcl_import_node(HCL_OP_MUL, x, y), 1,
                            (const struct hcl_map_shape[]){ shape, one }, NULL, NULL);
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
    HCL_TRY(hcl_import_combine(im, op, n, -1, (const struct hcl_map_shape[]){ shape, one }, NULL, &x));
    HCL_TRY(hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_DECAY }, &shape, x, &y));
    HCL_TRY(hcl_import_reduce_last(im, op, HCL_OP_SUM_POOL_2D, y, &shape, &one, &y));
    HCL_TRY(hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_LOG }, &one, y, &y));
    n = hcl_import_node(HCL_OP_ADD, x, y);
    n.act.id = HCL_FN_NEG;
    st = hcl_import_combine(im, op, n, 1, (const struct hcl_map_shape[]){ shape, one }, NULL, NULL);
done:
    return st;
}
