/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"

/* Between floats, integers and truth values; a float becomes an integer towards 0. */
hcl_status hcl_import_cast(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape shape;
    struct hcl_node n;
    uint32_t x;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &x, &shape));
    const int32_t from = im->model->tensors[op->inputs[0]].type, to = im->model->tensors[op->outputs[0]].type;
    if (to == HCL_TFL_BOOL && from != HCL_TFL_BOOL) {
        st = hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_NOT_ZERO }, &shape, x, NULL);
    } else if (from == HCL_TFL_FLOAT32 && to != HCL_TFL_FLOAT32) {
        st = hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_TRUNC }, &shape, x, NULL);
    } else {
        n = hcl_import_node(HCL_OP_RESHAPE, x, HCL_GRAPH_NONE);
        st = hcl_import_last(im, op, &n, &shape);
    }
done:
    return st;
}
