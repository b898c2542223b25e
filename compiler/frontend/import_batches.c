/* SPDX-License-Identifier: Apache-2.0 */
/* SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, and operators of images over batches, as those between them are:
 * the operator for each, by the same constants. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/frontend/import_patches.h"
#include <string.h>

/* Blocks along dimensions 1 to count, and what is added or cut before and after them. */
struct blocks {
    uint32_t count, size[HCL_MAP_RANK], before[HCL_MAP_RANK], after[HCL_MAP_RANK];
    size_t all; /* product of the sizes */
};

static hcl_status read_blocks(struct hcl_import *im, const struct hcl_tfl_op *op,
                              const struct hcl_map_shape *x, struct blocks *b)
{
    int64_t size[HCL_MAP_RANK], around[2 * HCL_MAP_RANK];
    size_t n, entries;
    hcl_status st;
    *b = (struct blocks){ .all = 1 };
    HCL_TRY(hcl_import_integers(im, op, 1, size, HCL_MAP_RANK, &n));
    HCL_TRY(hcl_import_integers(im, op, 2, around, 2 * HCL_MAP_RANK, &entries));
    if (n < 1 || n >= x->rank || x->rank + n > HCL_MAP_RANK || entries != 2 * n)
        return HCL_FAIL_OP(im, op, "%zu block sizes and %zu borders of %u dimensions", n, entries, x->rank);
    b->count = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        if (size[i] < 1 || around[2 * i] < 0 || around[2 * i + 1] < 0 || size[i] > INT16_MAX ||
            around[2 * i] > INT32_MAX / 4 || around[2 * i + 1] > INT32_MAX / 4)
            return HCL_FAIL_OP(im, op, "a block of %lld with borders of %lld and %lld", (long long)size[i],
                               (long long)around[2 * i], (long long)around[2 * i + 1]);
        b->size[i] = (uint32_t)size[i];
        b->before[i + 1] = (uint32_t)around[2 * i];
        b->after[i + 1] = (uint32_t)around[2 * i + 1];
        b->all *= b->size[i];
    }
done:
    return st;
}

/* outer[i] = inner[outer[i]], where there is an element. */
static void follow(uint32_t *outer, const uint32_t *inner, size_t len)
{
    for (size_t i = 0; i < len; i++)
        outer[i] = outer[i] == HCL_MAP_NONE ? HCL_MAP_NONE : inner[outer[i]];
}

hcl_status hcl_import_space_to_batch(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, padded, split, to;
    int32_t order[HCL_MAP_RANK] = { 0 };
    bool is_block[HCL_MAP_RANK] = { false };
    struct blocks b;
    uint32_t from, n = 0, *padding = NULL, *map = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_blocks(im, op, &x, &b));
    HCL_TRY(hcl_map_pad(&padded, &padding, &x, b.before, b.after, HCL_PAD_ZERO, op->name, im->err));
    split = (struct hcl_map_shape){ 1, { padded.dims[0] } };
    for (uint32_t i = 1; i < padded.rank; i++) {
        const uint32_t size = i <= b.count ? b.size[i - 1] : 1;
        if (padded.dims[i] % size != 0) {
            st = HCL_FAIL_OP(im, op, "blocks of %u along %u elements", size, padded.dims[i]);
            goto done;
        }
        split.dims[split.rank++] = padded.dims[i] / size;
        if (i <= b.count) {
            is_block[split.rank] = true;
            order[n++] = (int32_t)split.rank;
            split.dims[split.rank++] = size;
        }
    }
    for (uint32_t i = 0; i < split.rank; i++)
        if (!is_block[i])
            order[n++] = (int32_t)i;
    HCL_TRY(hcl_map_transpose(&to, &map, &split, order, op->name, im->err));
    follow(map, padding, hcl_map_len(&to));
    memmove(to.dims, to.dims + b.count, (to.rank - b.count) * sizeof *to.dims);
    to.rank -= b.count;
    to.dims[0] *= (uint32_t)b.all;
    st = hcl_import_move(im, op, 0, &from, 1, map, &to);
done:
    free(padding);
    return st;
}

hcl_status hcl_import_batch_to_space(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, split, joined, to;
    int64_t first[HCL_MAP_RANK] = { 0 }, step[HCL_MAP_RANK];
    int32_t order[HCL_MAP_RANK];
    uint32_t count[HCL_MAP_RANK], from, n = 0, *spread = NULL, *map = NULL;
    struct blocks b;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_blocks(im, op, &x, &b));
    if (x.dims[0] % b.all != 0)
        return HCL_FAIL_OP(im, op, "a batch of %u in %zu blocks", x.dims[0], b.all);
    split = (struct hcl_map_shape){ .rank = b.count };
    memcpy(split.dims, b.size, b.count * sizeof *split.dims);
    split.dims[split.rank++] = x.dims[0] / (uint32_t)b.all;
    memcpy(split.dims + split.rank, x.dims + 1, (x.rank - 1) * sizeof *x.dims);
    split.rank += x.rank - 1;
    order[n++] = (int32_t)b.count;
    joined = (struct hcl_map_shape){ x.rank, { split.dims[b.count] } };
    for (uint32_t i = 1; i < x.rank; i++) {
        joined.dims[i] = x.dims[i] * (i <= b.count ? b.size[i - 1] : 1);
        order[n++] = (int32_t)(b.count + i);
        if (i <= b.count)
            order[n++] = (int32_t)i - 1;
    }
    for (uint32_t i = 0; i < x.rank; i++) {
        step[i] = 1;
        first[i] = b.before[i];
        if (b.before[i] + b.after[i] >= joined.dims[i])
            return HCL_FAIL_OP(im, op, "borders of %u and %u cut all of %u elements", b.before[i], b.after[i],
                               joined.dims[i]);
        count[i] = joined.dims[i] - b.before[i] - b.after[i];
    }
    HCL_TRY(hcl_map_transpose(&to, &spread, &split, order, op->name, im->err));
    HCL_TRY(hcl_map_slice(&to, &map, &joined, first, step, count, op->name, im->err));
    follow(map, spread, hcl_map_len(&to));
    st = hcl_import_move(im, op, 0, &from, 1, map, &to);
done:
    free(spread);
    return st;
}

/* Image `which` of a batch. */
static hcl_status cut_image(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t x,
                            const struct hcl_map_shape *shape, uint32_t which, uint32_t *out)
{
    const int64_t first[4] = { which, 0, 0, 0 }, step[4] = { 1, 1, 1, 1 };
    const uint32_t count[4] = { 1, shape->dims[1], shape->dims[2], shape->dims[3] };
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, x, HCL_GRAPH_NONE);
    struct hcl_map_shape to;
    hcl_status st;
    HCL_TRY(hcl_map_slice(&to, &n.map, shape, first, step, count, op->name, im->err));
    st = hcl_import_step(im, op, &n, &to, out);
done:
    return st;
}

bool hcl_import_is_batch(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k)
{
    return k < op->num_inputs && op->inputs[k] != HCL_TFL_ABSENT && im->wide[op->inputs[k]].rank == 4;
}

/* The operator's result of the image that operand k is while it is imported. */
static hcl_status import_image(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_import_recipe *add,
                               uint32_t *out, struct hcl_map_shape *shape)
{
    const int32_t y = op->outputs[0];
    hcl_status st;
    im->tensor[y] = HCL_GRAPH_NONE;
    HCL_TRY(add(im, op));
    *out = im->tensor[y];
    st = hcl_import_shape_of(im, y, shape);
done:
    im->tensor[y] = HCL_GRAPH_NONE;
    return st;
}

hcl_status hcl_import_each_image(struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                                 hcl_import_recipe *add)
{
    const int32_t operand = op->inputs[k];
    struct hcl_map_shape x, *shapes = NULL;
    uint32_t from = HCL_GRAPH_NONE, *parts = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, k, &from, &x));
    parts = calloc(x.dims[0], sizeof *parts);
    shapes = calloc(x.dims[0], sizeof *shapes);
    if (parts == NULL || shapes == NULL) {
        st = hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for a batch of %u", x.dims[0]);
        goto done;
    }
    im->wide[operand].rank = 0;
    for (uint32_t i = 0; i < x.dims[0] && st == HCL_OK; i++) {
        st = cut_image(im, op, from, &x, i, &im->tensor[operand]);
        if (st == HCL_OK)
            st = import_image(im, op, add, &parts[i], &shapes[i]);
    }
    im->wide[operand] = x;
    im->tensor[operand] = from;
    if (st == HCL_OK)
        st = hcl_import_joined(im, op, parts, shapes, x.dims[0], 0);
done:
    free(parts);
    free(shapes);
    return st;
}

hcl_status hcl_import_depthwise(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    hcl_status st;
    HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_DEPTHWISE_CONV_2D));
    if (hcl_import_computes(im, op, 1) || hcl_import_computes(im, op, 2))
        return hcl_import_depthwise_computed(im, op);
    if (hcl_import_is_batch(im, op, 0))
        return hcl_import_each_image(im, op, 0, hcl_import_depthwise);
    st = hcl_import_single(im, op, HCL_OP_DEPTHWISE_CONV_2D);
done:
    return st;
}

hcl_status hcl_import_pool_2d(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    if (hcl_import_is_batch(im, op, 0))
        return hcl_import_each_image(im, op, 0, hcl_import_pool_2d);
    return hcl_import_single(
        im, op, strcmp(op->name, "MAX_POOL_2D") == 0 ? HCL_OP_MAX_POOL_2D : HCL_OP_AVERAGE_POOL_2D);
}
