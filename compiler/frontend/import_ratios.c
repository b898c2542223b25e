/* SPDX-License-Identifier: Apache-2.0 */
/* Ratios to sums: products with tables.
 *
 *   L2_NORMALIZATION x times RSQRT of the sum of squares; 0 of nothing but zeros, as TFLite has it
 *   LOG_SOFTMAX      -(d + log(sum of exp(-d))), d = max(x) - x, which is not negative: exp stays below 1 */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/operators/elementwise.h"
#include <math.h>

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
