/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that only move elements: each becomes a MOVE by its index map (compiler/graph/index_map.h), or a
 * RESHAPE where the order stays. Shapes follow from the operands'; what the file records is not looked at. */
#include "compiler/frontend/import_moves.h"
#include "compiler/frontend/fold.h"
#include "compiler/frontend/import.h"
#include <string.h>

/* Operands of one MOVE node. */
enum { MOVE_OPERANDS = 3 };

/* One integer of operand k. */
static hcl_status read_scalar(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                              int64_t *out)
{
    size_t n;
    hcl_status st = hcl_import_integers(im, op, k, out, 1, &n);
    return st == HCL_OK && n != 1 ? HCL_FAIL_OP(im, op, "operand %zu has %zu entries, expected 1", k, n) : st;
}

/* Exactly n entries of operand k, each in [lo, 2^31 - 1]. */
static hcl_status read_list(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k, int64_t lo,
                            size_t n, int64_t *out)
{
    size_t got;
    hcl_status st = hcl_import_integers(im, op, k, out, n, &got);
    if (st == HCL_OK && got != n)
        return HCL_FAIL_OP(im, op, "operand %zu has %zu entries, expected %zu", k, got, n);
    for (size_t i = 0; st == HCL_OK && i < n; i++)
        if (out[i] < lo || out[i] > INT32_MAX)
            return HCL_FAIL_OP(im, op, "entry %zu of operand %zu is %lld, expected %lld..2^31-1", i, k,
                               (long long)out[i], (long long)lo);
    return st;
}

hcl_status hcl_import_move(struct hcl_import *im, const struct hcl_tfl_op *op, size_t which,
                           const uint32_t *from, size_t count, uint32_t *map,
                           const struct hcl_map_shape *shape)
{
    struct hcl_node n = { .op = map != NULL ? HCL_OP_MOVE : HCL_OP_RESHAPE,
                          .inputs = { HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE },
                          .map = map };
    char name[HCL_TFL_NAME_LEN];
    hcl_status st;
    if (im->folding)
        return hcl_fold_move(im, op, which, from, count, map, shape);
    st = hcl_import_result(im, op, which, shape, &n.output);
    if (st != HCL_OK) {
        free(map);
        return st;
    }
    memcpy(n.inputs, from, count * sizeof *from);
    snprintf(name, sizeof name, "%s", im->graph->tensors[n.output].name);
    n.name = name;
    return hcl_graph_add_node(im->graph, &n, im->err);
}

hcl_status hcl_import_mapped(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_status st, uint32_t from,
                             uint32_t *map, const struct hcl_map_shape *shape)
{
    if (st != HCL_OK)
        return st == HCL_BAD_INPUT
                   ? hcl_fail_prefix(im->err, st, "at tensor %s", hcl_op_result_text(im->model, op).text)
                   : st;
    return hcl_import_move(im, op, 0, &from, 1, map, shape);
}

hcl_status hcl_import_transpose(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, to;
    int64_t order[HCL_MAP_RANK];
    int32_t narrow[HCL_MAP_RANK];
    uint32_t from, *map = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_list(im, op, 1, -(int64_t)x.rank, x.rank, order));
    for (uint32_t i = 0; i < x.rank; i++)
        narrow[i] = (int32_t)(order[i] < 0 ? order[i] + x.rank : order[i]);
    st = hcl_map_transpose(&to, &map, &x, narrow, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &to);
done:
    return st;
}

/* Output `which`: `count` indices of `axis` from `first` on; without the dimension if `drop`. */
static hcl_status cut(struct hcl_import *im, const struct hcl_tfl_op *op, size_t which, uint32_t from,
                      const struct hcl_map_shape *x, uint32_t axis, uint32_t first, uint32_t count, bool drop)
{
    int64_t begin[HCL_MAP_RANK] = { 0 }, step[HCL_MAP_RANK];
    struct hcl_map_shape to;
    uint32_t counts[HCL_MAP_RANK], *map = NULL;
    hcl_status st;
    for (uint32_t i = 0; i < x->rank; i++) {
        step[i] = 1;
        counts[i] = x->dims[i];
    }
    begin[axis] = first;
    counts[axis] = count;
    st = hcl_map_slice(&to, &map, x, begin, step, counts, op->name, im->err);
    if (st != HCL_OK)
        return hcl_import_mapped(im, op, st, from, map, &to);
    if (drop) {
        to.rank--;
        memmove(to.dims + axis, to.dims + axis + 1, (to.rank - axis) * sizeof *to.dims);
    }
    return hcl_import_move(im, op, which, &from, 1, map, &to);
}

hcl_status hcl_import_split(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x;
    uint32_t from, axis, parts = (uint32_t)op->num_outputs;
    int64_t written;
    hcl_status st;
    HCL_TRY(read_scalar(im, op, 0, &written));
    HCL_TRY(hcl_import_any(im, op, 1, &from, &x));
    HCL_TRY(hcl_import_axis(im, op, written, x.rank, &axis));
    if (parts == 0 || x.dims[axis] % parts != 0)
        return HCL_FAIL_OP(im, op, "a dimension of %u in %u parts", x.dims[axis], parts);
    for (uint32_t i = 0; i < parts; i++)
        HCL_TRY(cut(im, op, i, from, &x, axis, i * (x.dims[axis] / parts), x.dims[axis] / parts, false));
done:
    return st;
}

/* One of the sizes may be -1: what is left. */
static hcl_status read_sizes(const struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t all,
                             int64_t *sizes)
{
    int64_t sum = 0;
    size_t open = SIZE_MAX;
    hcl_status st = read_list(im, op, 1, -1, op->num_outputs, sizes);
    for (size_t i = 0; st == HCL_OK && i < op->num_outputs; i++) {
        if (sizes[i] == -1 && open == SIZE_MAX)
            open = i;
        else
            sum += sizes[i] > 0 ? sizes[i] : INT32_MAX;
    }
    if (st == HCL_OK && open != SIZE_MAX)
        sum += sizes[open] = all - sum;
    if (st == HCL_OK && (sum != all || (open != SIZE_MAX && sizes[open] < 1)))
        return HCL_FAIL_OP(im, op, "the sizes of the parts do not add up to %u", all);
    return st;
}

hcl_status hcl_import_split_v(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    int64_t written, *sizes = calloc(op->num_outputs + 1, sizeof *sizes);
    struct hcl_map_shape x;
    uint32_t from, axis, first = 0;
    hcl_status st;
    if (sizes == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu parts", op->num_outputs);
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_scalar(im, op, 2, &written));
    HCL_TRY(hcl_import_axis(im, op, written, x.rank, &axis));
    HCL_TRY(read_sizes(im, op, x.dims[axis], sizes));
    for (size_t i = 0; i < op->num_outputs; first += (uint32_t)sizes[i++])
        HCL_TRY(cut(im, op, i, from, &x, axis, first, (uint32_t)sizes[i], false));
done:
    free(sizes);
    return st;
}

hcl_status hcl_import_unpack(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x;
    uint32_t from, axis;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(hcl_import_axis(im, op, op->axis, x.rank, &axis));
    if (op->num_outputs != x.dims[axis])
        return HCL_FAIL_OP(im, op, "%zu outputs of a dimension of %u", op->num_outputs, x.dims[axis]);
    for (uint32_t i = 0; i < x.dims[axis]; i++)
        HCL_TRY(cut(im, op, i, from, &x, axis, i, 1, true));
done:
    return st;
}

/* `count` operands become one of the shape *to. */
static hcl_status join(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t *from,
                       struct hcl_map_shape *shape, size_t count, uint32_t axis)
{
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    struct hcl_map_shape to;
    hcl_status st = hcl_map_concat(&to, &n.map, shape, count, axis, op->name, im->err);
    if (st != HCL_OK)
        return hcl_import_mapped(im, op, st, 0, n.map, &to);
    memcpy(n.inputs, from, count * sizeof *from);
    *shape = to;
    return hcl_import_step(im, op, &n, &to, from);
}

/* A few at a time and these again, so that each element moves through few nodes. */
hcl_status hcl_import_fewer(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t *from,
                            struct hcl_map_shape *shape, size_t *count, uint32_t axis)
{
    hcl_status st = HCL_OK;
    while (*count > MOVE_OPERANDS && !im->folding) {
        size_t left = 0;
        for (size_t i = 0; i < *count; left++) {
            const size_t now = *count - i >= MOVE_OPERANDS ? MOVE_OPERANDS : 1;
            if (now > 1)
                HCL_TRY(join(im, op, from + i, shape + i, now, axis));
            from[left] = from[i];
            shape[left] = shape[i];
            i += now;
        }
        *count = left;
    }
done:
    return st;
}

hcl_status hcl_import_joined(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t *from,
                             struct hcl_map_shape *shape, size_t count, uint32_t axis)
{
    struct hcl_map_shape to;
    uint32_t *map = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_fewer(im, op, from, shape, &count, axis));
    st = hcl_map_concat(&to, &map, shape, count, axis, op->name, im->err);
    st = st == HCL_OK ? hcl_import_move(im, op, 0, from, count, map, &to)
                      : hcl_import_mapped(im, op, st, 0, map, &to);
done:
    return st;
}

/* CONCATENATION, and PACK: the same along a dimension of 1 that each operand gets. */
static hcl_status concatenate(struct hcl_import *im, const struct hcl_tfl_op *op, bool pack)
{
    uint32_t *from = calloc(op->num_inputs + 1, sizeof *from), axis = 0;
    struct hcl_map_shape *shape = calloc(op->num_inputs + 1, sizeof *shape);
    hcl_status st = HCL_OK;
    if (from == NULL || shape == NULL) {
        st = hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu operands", op->num_inputs);
        goto done;
    }
    if (op->num_inputs == 0 || op->activation != HCL_TFL_NONE) {
        st = HCL_FAIL_OP(im, op, "%zu operands and activation %s, expected at least one and NONE",
                         op->num_inputs, hcl_tfl_activation_name(op->activation));
        goto done;
    }
    for (size_t k = 0; k < op->num_inputs; k++) {
        HCL_TRY(hcl_import_any(im, op, k, &from[k], &shape[k]));
        HCL_TRY(hcl_import_axis(im, op, op->axis, shape[k].rank + pack, &axis));
        if (pack && shape[k].rank == HCL_MAP_RANK) {
            st = HCL_FAIL_OP(im, op, "operands of %u dimensions", shape[k].rank);
            goto done;
        }
        if (pack) {
            memmove(shape[k].dims + axis + 1, shape[k].dims + axis,
                    (shape[k].rank - axis) * sizeof *shape[k].dims);
            shape[k].dims[axis] = 1;
            shape[k].rank++;
        }
    }
    st = hcl_import_joined(im, op, from, shape, op->num_inputs, axis);
done:
    free(from);
    free(shape);
    return st;
}

hcl_status hcl_import_concatenation(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return concatenate(im, op, false);
}

hcl_status hcl_import_pack(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return concatenate(im, op, true);
}

hcl_status hcl_import_slice(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    int64_t begin[HCL_MAP_RANK], size[HCL_MAP_RANK], step[HCL_MAP_RANK];
    uint32_t count[HCL_MAP_RANK], from, *map = NULL;
    struct hcl_map_shape x, to;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_list(im, op, 1, 0, x.rank, begin));
    HCL_TRY(read_list(im, op, 2, -1, x.rank, size));
    for (uint32_t i = 0; i < x.rank; i++) {
        step[i] = 1;
        count[i] = (uint32_t)(size[i] >= 0 ? size[i] : begin[i] < x.dims[i] ? x.dims[i] - begin[i] : 0);
    }
    st = hcl_map_slice(&to, &map, &x, begin, step, count, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &to);
done:
    return st;
}

/* The entries of a STRIDED_SLICE, and what they make of the operand's dimensions. */
struct strided {
    int64_t begin[HCL_MAP_RANK], end[HCL_MAP_RANK], step[HCL_MAP_RANK];
    size_t entries;
    int64_t first[HCL_MAP_RANK], by[HCL_MAP_RANK]; /* by dimension of the operand */
    uint32_t count[HCL_MAP_RANK], dims;
    struct hcl_map_shape to;
};

static bool has_bit(int32_t mask, size_t i)
{
    return (uint32_t)mask >> i & 1;
}

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Entry i on a dimension of n; false: nothing is left of it. */
static bool strided_entry(struct strided *s, const struct hcl_tfl_op *op, size_t i, uint32_t n)
{
    const bool shrink = has_bit(op->shrink_axis_mask, i), down = s->step[i] < 0;
    const int64_t lo = down ? -1 : 0, hi = down ? (int64_t)n - 1 : n;
    int64_t from = s->begin[i] < 0 ? s->begin[i] + n : s->begin[i], to = s->end[i],
            step = shrink ? 1 : s->step[i];

    if (has_bit(op->begin_mask, i))
        from = down ? hi : lo;
    if (!shrink)
        from = clamp(from, lo, hi);
    to = op->offset_ends ? from + to : to < 0 ? to + n : to;
    to = has_bit(op->end_mask, i) ? (down ? lo : hi) : clamp(to, lo, hi);
    s->first[s->dims] = from;
    s->by[s->dims] = step;
    s->count[s->dims] = 1;
    if (shrink) {
        s->dims++;
        return from >= 0 && from < n;
    }
    if (step == 0 || (down ? from <= to : from >= to))
        return false;
    s->count[s->dims] = (uint32_t)(down ? (from - to - step - 1) / -step : (to - from + step - 1) / step);
    s->to.dims[s->to.rank++] = s->count[s->dims++];
    return true;
}

/* A dimension taken whole. */
static void strided_all(struct strided *s, uint32_t n)
{
    s->first[s->dims] = 0;
    s->by[s->dims] = 1;
    s->count[s->dims++] = n;
    s->to.dims[s->to.rank++] = n;
}

static hcl_status strided_entries(const struct hcl_import *im, const struct hcl_tfl_op *op,
                                  const struct hcl_map_shape *x, struct strided *s)
{
    uint32_t named = 0; /* entries that stand for a dimension */
    for (size_t i = 0; i < s->entries; i++)
        named += !has_bit(op->new_axis_mask, i) && !has_bit(op->ellipsis_mask, i);
    for (size_t i = 0; i < s->entries; i++) {
        if (s->to.rank == HCL_MAP_RANK || (has_bit(op->ellipsis_mask, i) && named > x->rank))
            return HCL_FAIL_OP(im, op, "%zu entries for %u dimensions", s->entries, x->rank);
        if (has_bit(op->ellipsis_mask, i)) {
            for (uint32_t all = x->rank - named; all > 0 && s->dims < x->rank; all--)
                strided_all(s, x->dims[s->dims]);
        } else if (has_bit(op->new_axis_mask, i)) {
            s->to.dims[s->to.rank++] = 1;
        } else if (s->dims >= x->rank || !strided_entry(s, op, i, x->dims[s->dims])) {
            return HCL_FAIL_OP(im, op, "entry %zu, from %lld to %lld in steps of %lld, selects nothing", i,
                               (long long)s->begin[i], (long long)s->end[i], (long long)s->step[i]);
        }
    }
    while (s->dims < x->rank && s->to.rank < HCL_MAP_RANK)
        strided_all(s, x->dims[s->dims]);
    return HCL_OK;
}

hcl_status hcl_import_strided_slice(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct strided s = { .entries = 0 };
    struct hcl_map_shape x, taken;
    uint32_t from, *map = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(hcl_import_integers(im, op, 1, s.begin, HCL_MAP_RANK, &s.entries));
    HCL_TRY(read_list(im, op, 2, INT32_MIN, s.entries, s.end));
    HCL_TRY(read_list(im, op, 3, INT32_MIN, s.entries, s.step));
    HCL_TRY(strided_entries(im, op, &x, &s));
    st = hcl_map_slice(&taken, &map, &x, s.first, s.by, s.count, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &s.to);
done:
    return st;
}

hcl_status hcl_import_reverse(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    int64_t axes[HCL_MAP_RANK], first[HCL_MAP_RANK] = { 0 }, step[HCL_MAP_RANK];
    struct hcl_map_shape x, to;
    uint32_t from, axis, *map = NULL;
    size_t n;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(hcl_import_integers(im, op, 1, axes, HCL_MAP_RANK, &n));
    for (uint32_t i = 0; i < x.rank; i++)
        step[i] = 1;
    for (size_t i = 0; i < n; i++) {
        HCL_TRY(hcl_import_axis(im, op, axes[i], x.rank, &axis));
        step[axis] = -1;
        first[axis] = (int64_t)x.dims[axis] - 1;
    }
    st = hcl_map_slice(&to, &map, &x, first, step, x.dims, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &to);
done:
    return st;
}

hcl_status hcl_import_tile(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    int64_t times[HCL_MAP_RANK];
    uint32_t narrow[HCL_MAP_RANK], from, *map = NULL;
    struct hcl_map_shape x, to;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_list(im, op, 1, 1, x.rank, times));
    for (uint32_t i = 0; i < x.rank; i++)
        narrow[i] = (uint32_t)times[i];
    st = hcl_map_tile(&to, &map, &x, narrow, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &to);
done:
    return st;
}

/* Operand `value` at the shape that operand `shape` lists. */
static hcl_status spread(struct hcl_import *im, const struct hcl_tfl_op *op, size_t value, size_t shape)
{
    int64_t dims[HCL_MAP_RANK];
    struct hcl_map_shape x, to = { .rank = 0 };
    uint32_t from, *map = NULL;
    size_t n;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, value, &from, &x));
    HCL_TRY(hcl_import_integers(im, op, shape, dims, HCL_MAP_RANK, &n));
    HCL_TRY(read_list(im, op, shape, 1, n, dims));
    for (to.rank = 0; to.rank < n; to.rank++)
        to.dims[to.rank] = (uint32_t)dims[to.rank];
    st = hcl_map_broadcast(&to, &map, &x, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &to);
done:
    return st;
}

hcl_status hcl_import_broadcast_to(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return spread(im, op, 0, 1);
}

hcl_status hcl_import_fill(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return spread(im, op, 1, 0);
}

/* Before and after each dimension. */
static hcl_status read_paddings(const struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t rank,
                                uint32_t *before, uint32_t *after)
{
    int64_t pads[2 * HCL_MAP_RANK];
    hcl_status st = read_list(im, op, 1, 0, 2 * (size_t)rank, pads);
    for (uint32_t i = 0; st == HCL_OK && i < rank; i++) {
        before[i] = (uint32_t)pads[2 * i];
        after[i] = (uint32_t)pads[2 * i + 1];
    }
    return st;
}

static hcl_status pad(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_pad_kind kind)
{
    uint32_t before[HCL_MAP_RANK], after[HCL_MAP_RANK], from[2], *map = NULL;
    struct hcl_map_shape x, to, scalar;
    const bool filled = kind == HCL_PAD_ZERO && op->num_inputs > 2 && op->inputs[2] != HCL_TFL_ABSENT;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from[0], &x));
    HCL_TRY(read_paddings(im, op, x.rank, before, after));
    if (filled) {
        HCL_TRY(hcl_import_any(im, op, 2, &from[1], &scalar));
        if (hcl_map_len(&scalar) != 1)
            return HCL_FAIL_OP(im, op, "%zu values to pad with, expected 1", hcl_map_len(&scalar));
    }
    st = hcl_map_pad(&to, &map, &x, before, after, kind, op->name, im->err);
    if (st != HCL_OK || !filled)
        return hcl_import_mapped(im, op, st, from[0], map, &to);
    for (size_t i = 0; i < hcl_map_len(&to); i++)
        map[i] = map[i] == HCL_MAP_NONE ? (uint32_t)hcl_map_len(&x) : map[i];
    st = hcl_import_move(im, op, 0, from, 2, map, &to);
done:
    return st;
}

/* Around images PAD is an operator of its own, which convolutions take in. */
static hcl_status pad_image(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t from,
                            const uint32_t *before, const uint32_t *after, const struct hcl_map_shape *to)
{
    struct hcl_node n = { .op = HCL_OP_PAD,
                          .inputs = { from, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
    char name[HCL_TFL_NAME_LEN];
    hcl_status st = hcl_import_result(im, op, 0, to, &n.output);
    if (st != HCL_OK)
        return st;
    n.pad_top = before[to->rank - 3];
    n.pad_bottom = after[to->rank - 3];
    n.pad_left = before[to->rank - 2];
    n.pad_right = after[to->rank - 2];
    snprintf(name, sizeof name, "%s", im->graph->tensors[n.output].name);
    n.name = name;
    return hcl_graph_add_node(im->graph, &n, im->err);
}

hcl_status hcl_import_pad(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    uint32_t before[HCL_MAP_RANK], after[HCL_MAP_RANK], from;
    struct hcl_map_shape x;
    bool image;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_paddings(im, op, x.rank, before, after));
    image = !im->folding && (x.rank == 3 || (x.rank == 4 && x.dims[0] == 1 && (before[0] | after[0]) == 0)) &&
            (before[x.rank - 1] | after[x.rank - 1]) == 0;
    if (!image)
        return pad(im, op, HCL_PAD_ZERO);
    for (uint32_t i = 0; i < x.rank; i++) {
        if (before[i] > HCL_TENSOR_MAX_LEN || after[i] > HCL_TENSOR_MAX_LEN)
            return HCL_FAIL_OP(im, op, "padding by %u and %u is too large", before[i], after[i]);
        x.dims[i] += before[i] + after[i];
    }
    st = pad_image(im, op, from, before, after, &x);
done:
    return st;
}

hcl_status hcl_import_pad_v2(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return pad(im, op, HCL_PAD_ZERO);
}

hcl_status hcl_import_mirror_pad(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    if (op->mirror != 0 && op->mirror != 1)
        return HCL_FAIL_OP(im, op, "mode %d, expected REFLECT or SYMMETRIC", op->mirror);
    return pad(im, op, op->mirror == 0 ? HCL_PAD_REFLECT : HCL_PAD_SYMMETRIC);
}

hcl_status hcl_import_space_to_depth(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, to;
    uint32_t from, *map = NULL, block = op->block_size > 0 ? (uint32_t)op->block_size : 0;
    hcl_status st = hcl_import_any(im, op, 0, &from, &x);
    if (st != HCL_OK)
        return st;
    st = hcl_map_space_to_depth(&to, &map, &x, block, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &to);
}

hcl_status hcl_import_depth_to_space(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, to;
    uint32_t from, *map = NULL, block = op->block_size > 0 ? (uint32_t)op->block_size : 0;
    hcl_status st = hcl_import_any(im, op, 0, &from, &x);
    if (st != HCL_OK)
        return st;
    st = hcl_map_depth_to_space(&to, &map, &x, block, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &to);
}

hcl_status hcl_import_nearest(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, to;
    int64_t size[2];
    uint32_t from, *map = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_list(im, op, 1, 1, 2, size));
    st = hcl_map_nearest(&to, &map, &x, (uint32_t)size[0], (uint32_t)size[1], op->align_corners,
                         op->half_pixel_centers, op->name, im->err);
    return hcl_import_mapped(im, op, st, from, map, &to);
done:
    return st;
}

hcl_status hcl_import_expand_dims(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x;
    uint32_t from, axis;
    int64_t written;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    HCL_TRY(read_scalar(im, op, 1, &written));
    HCL_TRY(hcl_import_axis(im, op, written, x.rank + 1, &axis));
    if (x.rank == HCL_MAP_RANK)
        return HCL_FAIL_OP(im, op, "an operand of %u dimensions", x.rank);
    memmove(x.dims + axis + 1, x.dims + axis, (x.rank - axis) * sizeof *x.dims);
    x.dims[axis] = 1;
    x.rank++;
    st = hcl_import_move(im, op, 0, &from, 1, NULL, &x);
done:
    return st;
}

hcl_status hcl_import_squeeze(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, to = { .rank = 0 };
    bool drop[HCL_MAP_RANK] = { false };
    uint32_t from, axis;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    for (uint32_t i = 0; i < op->new_rank; i++) {
        HCL_TRY(hcl_import_axis(im, op, op->new_shape[i], x.rank, &axis));
        if (x.dims[axis] != 1)
            return HCL_FAIL_OP(im, op, "dimension %u is %u, expected 1", axis, x.dims[axis]);
        drop[axis] = true;
    }
    for (uint32_t i = 0; i < x.rank; i++)
        if (!drop[i] && (op->new_rank > 0 || x.dims[i] != 1))
            to.dims[to.rank++] = x.dims[i];
    st = hcl_import_move(im, op, 0, &from, 1, NULL, &to);
done:
    return st;
}
