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
    size_t entries;
    hcl_status st = HCL_OK;
    to->rank = op->new_rank;
    for (uint32_t i = 0; i < op->new_rank; i++)
        to->dims[i] = op->new_shape[i];
    if (op->num_inputs > 1 && op->inputs[1] != HCL_TFL_ABSENT) {
        HCL_TRY(hcl_import_integers(im, op, 1, to->dims, HCL_TFL_MAX_RANK, &entries));
        to->rank = (uint32_t)entries;
    } else if (to->rank == 0) {
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
    struct target target = { .rank = 0 };
    struct hcl_map_shape x, to;
    uint32_t from;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_target(im, op, &target));
    HCL_TRY(resolve(im, op, &target, hcl_map_len(&x), &to));
    st = hcl_import_move(im, op, 0, &from, 1, NULL, &to);
done:
    return st;
}
