/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes that are a node of both operands and a function of its result, as HCL_PAIR tells them. Truth values
 * are 0 and 1: a comparison is a difference, exact, and a table of its sign. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include <stdlib.h>

static hcl_status pair(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op kind, hcl_fn fn,
                       bool other_way)
{
    struct hcl_node n = hcl_import_node(kind, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    struct hcl_map_shape shape;
    const hcl_status st = hcl_import_pair(im, op, &n, &shape);
    if (st != HCL_OK) {
        free(n.map);
        return st;
    }
    n.act.id = fn;
    n.reversed = n.reversed != other_way;
    return hcl_import_last(im, op, &n, &shape);
}

#define HCL_PAIR(name, number, function, node, result, other_way)                                            \
    hcl_status function(struct hcl_import *im, const struct hcl_tfl_op *op)                                  \
    {                                                                                                        \
        return pair(im, op, HCL_OP_##node, HCL_FN_##result, other_way);                                      \
    }
#include "compiler/elementwise/elementwise.def"
