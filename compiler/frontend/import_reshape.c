/* SPDX-License-Identifier: Apache-2.0 */
/* RESHAPE: the result's shape is that of the operand, else that of the options, as for TFLite's runtime; the
 * shape recorded with the result counts where the operator says nothing. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include <string.h>

/* Entries of the target shape as written: -1 is whatever is left. */
struct target {
    int64_t dims[HCL_TFL_MAX_RANK];
    uint32_t rank;
};

static hcl_status read_operand(const struct hcl_import *im, const struct hcl_tfl_op *op, struct target *to)
{
    const struct hcl_tfl_tensor *t = &im->model->tensors[op->inputs[1]];
    const size_t width = t->type == HCL_TFL_INT64 ? 8 : 4;
    if (t->data == NULL)
        return HCL_FAIL_OP(im, op, "the shape '%s' is computed, expected a constant", t->name);
    if (t->type != HCL_TFL_INT32 && t->type != HCL_TFL_INT64)
        return HCL_FAIL_OP(im, op, "the shape '%s' has type %s, expected INT32 or INT64", t->name,
                           t->type_name);
    if (t->data_len % width != 0 || t->data_len / width > HCL_TFL_MAX_RANK)
        return HCL_FAIL_OP(im, op, "the shape '%s' has %zu bytes, expected at most %d entries of %zu",
                           t->name, t->data_len, HCL_TFL_MAX_RANK, width);
    to->rank = (uint32_t)(t->data_len / width);
    for (uint32_t i = 0; i < to->rank; i++) {
        int32_t narrow = 0;
        if (width == 8) {
            memcpy(&to->dims[i], t->data + 8 * i, 8);
        } else {
            memcpy(&narrow, t->data + 4 * i, 4);
            to->dims[i] = narrow;
        }
    }
    return HCL_OK;
}

/* The open entry, if any, from the number of elements. */
static hcl_status resolve(const struct hcl_import *im, const struct hcl_tfl_op *op, const struct target *from,
                          size_t len, struct hcl_map_shape *out)
{
    size_t known = 1, open = 0;
    for (uint32_t i = 0; i < from->rank; i++) {
        const int64_t d = from->dims[i];
        if (d == -1 && open++ == 0)
            continue;
        if (d < 1 || (uint64_t)d > HCL_TENSOR_MAX_LEN / known)
            return HCL_FAIL_OP(im, op, "entry %u of the shape is %lld, expected a size, or -1 once", i,
                               (long long)d);
        known *= (size_t)d;
    }
    if (open == 1 ? len % known != 0 : len != known)
        return HCL_FAIL_OP(im, op, "%zu elements cannot take a shape of %zu%s", len, known,
                           open == 1 ? " times something" : "");
    out->rank = from->rank;
    for (uint32_t i = 0; i < from->rank; i++)
        out->dims[i] = (uint32_t)(from->dims[i] == -1 ? len / known : (size_t)from->dims[i]);
    return HCL_OK;
}

static hcl_status read_target(const struct hcl_import *im, const struct hcl_tfl_op *op, struct target *to)
{
    hcl_status st = HCL_OK;
    to->rank = op->new_rank;
    for (uint32_t i = 0; i < op->new_rank; i++)
        to->dims[i] = op->new_shape[i];
    if (op->num_inputs > 1 && op->inputs[1] != HCL_TFL_ABSENT)
        HCL_TRY(read_operand(im, op, to));
    if (to->rank == 0) {
        const struct hcl_tfl_tensor *recorded = &im->model->tensors[op->outputs[0]];
        to->rank = recorded->rank;
        for (uint32_t i = 0; i < recorded->rank; i++)
            to->dims[i] = recorded->dims[i];
    }
done:
    return st;
}

hcl_status hcl_import_reshape(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_node n = { .op = HCL_OP_RESHAPE,
                          .inputs = { 0, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
    struct target target = { .rank = 0 };
    struct hcl_map_shape x, to;
    char name[HCL_TFL_NAME_LEN];
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &n.inputs[0], &x));
    HCL_TRY(read_target(im, op, &target));
    HCL_TRY(resolve(im, op, &target, hcl_map_len(&x), &to));
    HCL_TRY(hcl_import_result(im, op, 0, &to, &n.output));
    snprintf(name, sizeof name, "%s", im->graph->tensors[n.output].name);
    n.name = name;
    st = hcl_graph_add_node(im->graph, &n, im->err);
done:
    return st;
}
