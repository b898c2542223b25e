/* SPDX-License-Identifier: Apache-2.0 */
/* ARG_MAX, ARG_MIN, TOPK_V2: the axis comes last, the vectors along it one behind the other. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"

enum { TFL_ARG_MIN = 79 };

/* The operand as [1, 1, vectors, n] with `axis` last; *to: its shape without the axis. */
static hcl_status vectors(struct hcl_import *im, const struct hcl_tfl_op *op, int64_t asked, uint32_t *x,
                          struct hcl_map_shape *to)
{
    struct hcl_map_shape from, turned, as = { .rank = 4, .dims = { 1, 1, 1, 1 } };
    int32_t order[HCL_MAP_RANK];
    uint32_t axis, at = 0, operand;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &operand, &from));
    HCL_TRY(hcl_import_axis(im, op, asked, from.rank, &axis));
    *to = (struct hcl_map_shape){ .rank = from.rank - 1 };
    for (uint32_t i = 0; i < from.rank; i++)
        if (i != axis) {
            order[at] = (int32_t)i;
            to->dims[at++] = from.dims[i];
        }
    order[at] = (int32_t)axis;
    as.dims[3] = from.dims[axis];
    as.dims[2] = (uint32_t)(hcl_map_len(&from) / from.dims[axis]);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, operand, HCL_GRAPH_NONE);
    HCL_TRY(hcl_map_transpose(&turned, &n.map, &from, order, op->name, im->err));
    HCL_TRY(hcl_import_step(im, op, &n, &as, x));
done:
    return st;
}

hcl_status hcl_import_arg_max(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape to;
    int64_t axis;
    uint32_t x;
    size_t n;
    hcl_status st;
    HCL_TRY(hcl_import_integers(im, op, 1, &axis, 1, &n));
    if (n != 1)
        return HCL_FAIL_OP(im, op, "%zu axes, expected 1", n);
    HCL_TRY(vectors(im, op, axis, &x, &to));
    struct hcl_node pick = hcl_import_node(HCL_OP_ARG_MAX, x, HCL_GRAPH_NONE);
    pick.least = op->code == TFL_ARG_MIN;
    st = hcl_import_last(im, op, &pick, &to);
done:
    return st;
}

hcl_status hcl_import_top_k(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape to;
    int64_t k;
    uint32_t x, of;
    size_t n;
    hcl_status st;
    if (op->num_outputs != 2)
        return HCL_FAIL_OP(im, op, "%zu outputs, expected 2", op->num_outputs);
    HCL_TRY(hcl_import_integers(im, op, 1, &k, 1, &n));
    HCL_TRY(vectors(im, op, -1, &x, &to));
    of = im->graph->tensors[x].dims[3];
    if (n != 1 || k < 1 || k > of)
        return HCL_FAIL_OP(im, op, "the largest %lld of %u elements", n == 1 ? (long long)k : 0LL, of);
    to.dims[to.rank++] = (uint32_t)k;
    for (size_t which = 0; which < 2; which++) {
        struct hcl_node pick = hcl_import_node(which == 0 ? HCL_OP_TOP : HCL_OP_ARG_MAX, x, HCL_GRAPH_NONE);
        char name[HCL_TFL_NAME_LEN];
        HCL_TRY(hcl_import_result(im, op, which, &to, &pick.output));
        snprintf(name, sizeof name, "%s", im->graph->tensors[pick.output].name);
        pick.name = name;
        HCL_TRY(hcl_graph_add_node(im->graph, &pick, im->err));
    }
done:
    return st;
}
