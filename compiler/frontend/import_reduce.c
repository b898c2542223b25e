/* SPDX-License-Identifier: Apache-2.0 */
/* Reductions over any axes: what is reduced becomes the rows of an image of one column, of which a pool as
 * high as the image leaves one. Turning and reshaping lay out nothing. A product is made of halves. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include <string.h>

struct reduction {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    uint32_t x; /* graph tensor */
    struct hcl_map_shape shape, to;
    bool over[HCL_MAP_RANK];
    uint32_t count, kept; /* elements reduced to one, and ones that are left */
};

static hcl_status read_axes(struct reduction *r)
{
    int64_t axes[HCL_MAP_RANK];
    uint32_t axis;
    size_t n;
    hcl_status st;
    if (r->op->options != HCL_TFL_OPTIONS_NONE) /* absent: dimensions go */
        HCL_TRY(hcl_import_options(r->im, r->op, HCL_TFL_OPTIONS_REDUCER));
    HCL_TRY(hcl_import_any(r->im, r->op, 0, &r->x, &r->shape));
    HCL_TRY(hcl_import_integers(r->im, r->op, 1, axes, HCL_MAP_RANK, &n));
    for (size_t i = 0; i < n; i++) {
        HCL_TRY(hcl_import_axis(r->im, r->op, axes[i], r->shape.rank, &axis));
        r->over[axis] = true;
    }
    r->count = r->kept = 1;
    for (uint32_t i = 0; i < r->shape.rank; i++) {
        if (r->over[i])
            r->count *= r->shape.dims[i];
        else
            r->kept *= r->shape.dims[i];
        if (!r->over[i] || r->op->keep_dims)
            r->to.dims[r->to.rank++] = r->over[i] ? 1 : r->shape.dims[i];
    }
done:
    return st;
}

/* The operand as [1, count, 1, kept]: reduced dimensions in front. */
static hcl_status rows(struct reduction *r, uint32_t *out)
{
    const struct hcl_map_shape as = { 4, { 1, r->count, 1, r->kept } };
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, r->x, HCL_GRAPH_NONE);
    struct hcl_map_shape turned;
    int32_t order[HCL_MAP_RANK];
    uint32_t at = 0;
    hcl_status st;
    for (int over = 1; over >= 0; over--)
        for (uint32_t i = 0; i < r->shape.rank; i++)
            if (r->over[i] == over)
                order[at++] = (int32_t)i;
    HCL_TRY(hcl_map_transpose(&turned, &n.map, &r->shape, order, r->op->name, r->im->err));
    HCL_TRY(hcl_import_step(r->im, r->op, &n, &as, out));
done:
    return st;
}

/* Whether the axes are height and width of an image as it is. */
static bool whole_image(const struct reduction *r)
{
    const struct hcl_map_shape *x = &r->shape;
    return x->rank >= 3 && x->rank <= 4 && (x->rank == 3 || x->dims[0] == 1) && r->over[x->rank - 3] &&
           r->over[x->rank - 2] && !r->over[x->rank - 1];
}

static hcl_status by_pool(struct reduction *r, hcl_op kind)
{
    struct hcl_node n = hcl_import_node(kind, r->x, HCL_GRAPH_NONE), end;
    const struct hcl_map_shape pooled = { 4, { 1, 1, 1, r->kept } };
    uint32_t y;
    hcl_status st = HCL_OK;
    n.kernel_h = r->count;
    n.kernel_w = n.stride_y = n.stride_x = 1;
    if (whole_image(r)) {
        n.kernel_h = r->shape.dims[r->shape.rank - 3];
        n.kernel_w = r->shape.dims[r->shape.rank - 2];
    } else {
        HCL_TRY(rows(r, &n.inputs[0]));
    }
    HCL_TRY(hcl_import_step(r->im, r->op, &n, &pooled, &y));
    end = hcl_import_node(HCL_OP_RESHAPE, y, HCL_GRAPH_NONE);
    HCL_TRY(hcl_import_last(r->im, r->op, &end, &r->to));
done:
    return st;
}

hcl_status hcl_import_reduce_last(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op kind, uint32_t x,
                                  const struct hcl_map_shape *shape, struct hcl_map_shape *to, uint32_t *out)
{
    struct reduction r = { .im = im, .op = op, .x = x, .shape = *shape, .to = *shape };
    struct hcl_node n = hcl_import_node(kind, x, HCL_GRAPH_NONE);
    hcl_status st;
    if (shape->rank == 0)
        return HCL_FAIL_OP(im, op, "%s", "its operand has no dimensions, expected at least one");
    r.over[shape->rank - 1] = true;
    r.count = shape->dims[shape->rank - 1];
    r.kept = (uint32_t)(hcl_map_len(shape) / r.count);
    r.to.dims[shape->rank - 1] = 1;
    const struct hcl_map_shape pooled = { 4, { 1, 1, 1, r.kept } };
    n.kernel_h = r.count;
    n.kernel_w = n.stride_y = n.stride_x = 1;
    HCL_TRY(rows(&r, &n.inputs[0]));
    HCL_TRY(hcl_import_step(im, op, &n, &pooled, out));
    n = hcl_import_node(HCL_OP_RESHAPE, *out, HCL_GRAPH_NONE);
    HCL_TRY(hcl_import_step(im, op, &n, &r.to, out));
    *to = r.to;
done:
    return st;
}

static hcl_status reduce(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op kind)
{
    struct reduction r = { .im = im, .op = op };
    hcl_status st = read_axes(&r);
    return st == HCL_OK ? by_pool(&r, kind) : st;
}

hcl_status hcl_import_mean(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return reduce(im, op, HCL_OP_AVERAGE_POOL_2D);
}

hcl_status hcl_import_sum(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return reduce(im, op, HCL_OP_SUM_POOL_2D);
}

hcl_status hcl_import_reduce_max(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return reduce(im, op, HCL_OP_MAX_POOL_2D);
}

hcl_status hcl_import_reduce_min(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return reduce(im, op, HCL_OP_MIN_POOL_2D);
}

/* `count` of the rows of x, each of r->kept elements, from row `first` on. */
static hcl_status take(struct reduction *r, uint32_t x, uint32_t first, uint32_t count, uint32_t *out)
{
    const struct hcl_map_shape as = { 4, { 1, 1, count, r->kept } };
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, x, HCL_GRAPH_NONE);
    const size_t len = (size_t)count * r->kept;
    n.map = malloc(len * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(r->im->err, HCL_NO_RESOURCE, "no memory for %zu elements", len);
    for (size_t i = 0; i < len; i++)
        n.map[i] = (uint32_t)((size_t)first * r->kept + i);
    return hcl_import_step(r->im, r->op, &n, &as, out);
}

/* The first half of count >= 2 rows times the second, and behind them the row that is left of an odd number.
 */
static hcl_status halve(struct reduction *r, uint32_t *x, uint32_t *count)
{
    const uint32_t half = *count / 2;
    const struct hcl_map_shape as = { 4, { 1, 1, half, r->kept } };
    struct hcl_node n = hcl_import_node(HCL_OP_MUL, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    uint32_t from = *x, odd;
    hcl_status st;
    HCL_TRY(take(r, from, 0, half, &n.inputs[0]));
    HCL_TRY(take(r, from, half, half, &n.inputs[1]));
    HCL_TRY(hcl_import_step(r->im, r->op, &n, &as, x));
    if (*count % 2 == 1) {
        struct hcl_node join = hcl_import_node(HCL_OP_MOVE, *x, HCL_GRAPH_NONE);
        const struct hcl_map_shape both[2] = { as, { 4, { 1, 1, 1, r->kept } } };
        struct hcl_map_shape longer;
        HCL_TRY(take(r, from, *count - 1, 1, &odd));
        join.inputs[1] = odd;
        HCL_TRY(hcl_map_concat(&longer, &join.map, both, 2, 2, r->op->name, r->im->err));
        HCL_TRY(hcl_import_step(r->im, r->op, &join, &longer, x));
    }
    *count = half + *count % 2;
done:
    return st;
}

hcl_status hcl_import_reduce_prod(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct reduction r = { .im = im, .op = op };
    struct hcl_node end;
    uint32_t x, count;
    hcl_status st;
    HCL_TRY(read_axes(&r));
    HCL_TRY(rows(&r, &x));
    for (count = r.count; count > 1;)
        HCL_TRY(halve(&r, &x, &count));
    end = hcl_import_node(HCL_OP_RESHAPE, x, HCL_GRAPH_NONE);
    HCL_TRY(hcl_import_last(im, op, &end, &r.to));
done:
    return st;
}
