/* SPDX-License-Identifier: Apache-2.0 */
/* MINIMUM and MAXIMUM: of a constant a clamp, else a pool over both operands side by side. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include <math.h>
#include <stdlib.h>

/* Both operands, each as long as the result, as the two rows of an image. */
static hcl_status side_by_side(struct hcl_import *im, const struct hcl_tfl_op *op,
                               const struct hcl_node *pair, size_t len, uint32_t *out)
{
    const struct hcl_map_shape rows = { 4, { 1, 2, 1, (uint32_t)len } };
    const size_t other = hcl_tensor_len(&im->graph->tensors[pair->inputs[1]]);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, pair->inputs[0], pair->inputs[1]);
    if (len > HCL_TENSOR_MAX_LEN / 2)
        return HCL_FAIL_OP(im, op, "%zu elements, expected at most %zu", len, HCL_TENSOR_MAX_LEN / 2);
    n.map = malloc(2 * len * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu elements", 2 * len);
    for (size_t i = 0; i < len; i++) {
        n.map[i] = (uint32_t)i;
        n.map[len + i] = (uint32_t)(len + (pair->map != NULL ? pair->map[i] : i % other));
    }
    return hcl_import_step(im, op, &n, &rows, out);
}

static hcl_status extreme(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op pool)
{
    struct hcl_node pair = hcl_import_node(HCL_OP_MOVE, HCL_GRAPH_NONE, HCL_GRAPH_NONE), n;
    struct hcl_map_shape shape, pooled = { 4, { 1, 1, 1, 0 } };
    uint32_t rows, y;
    hcl_status st;
    HCL_TRY(hcl_import_pair(im, op, &pair, &shape));
    pooled.dims[3] = (uint32_t)hcl_map_len(&shape);
    const struct hcl_tensor *c = &im->graph->tensors[pair.inputs[1]];
    if (c->data != NULL && hcl_tensor_len(c) == 1) {
        const bool most = pool == HCL_OP_MAX_POOL_2D;
        const struct hcl_function limit = { HCL_FN_LIMIT,
                                            { most ? *c->data : -INFINITY, most ? INFINITY : *c->data } },
                                  relu = { .id = HCL_FN_RELU };
        st = hcl_import_function(im, op, most && *c->data == 0 ? relu : limit, &shape, pair.inputs[0], NULL);
        goto done;
    }
    HCL_TRY(side_by_side(im, op, &pair, pooled.dims[3], &rows));
    n = hcl_import_node(pool, rows, HCL_GRAPH_NONE);
    n.kernel_h = 2;
    n.kernel_w = n.stride_y = n.stride_x = 1;
    HCL_TRY(hcl_import_step(im, op, &n, &pooled, &y));
    n = hcl_import_node(HCL_OP_RESHAPE, y, HCL_GRAPH_NONE);
    st = hcl_import_last(im, op, &n, &shape);
done:
    free(pair.map);
    return st;
}

hcl_status hcl_import_minimum(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return extreme(im, op, HCL_OP_MIN_POOL_2D);
}

hcl_status hcl_import_maximum(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return extreme(im, op, HCL_OP_MAX_POOL_2D);
}
