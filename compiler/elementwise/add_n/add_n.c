/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of two. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"

hcl_status hcl_import_add_n(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x[2];
    uint32_t sum, next;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &sum, &x[0]));
    if (op->num_inputs == 1) {
        struct hcl_node n = hcl_import_node(HCL_OP_RESHAPE, sum, HCL_GRAPH_NONE);
        return hcl_import_last(im, op, &n, &x[0]);
    }
    for (size_t k = 1; k < op->num_inputs; k++) {
        HCL_TRY(hcl_import_any(im, op, k, &next, &x[1]));
        HCL_TRY(hcl_import_combine(im, op, hcl_import_node(HCL_OP_ADD, sum, next), 1, x, &x[0],
                                   k + 1 < op->num_inputs ? &sum : NULL));
    }
done:
    return st;
}
