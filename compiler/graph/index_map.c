/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/index_map.h"
#include <math.h>
#include <string.h>

#define MOST_ELEMENTS ((size_t)1 << 28)

struct hcl_map_shape hcl_map_shape_of(const uint32_t dims[4], uint32_t rank, const struct hcl_map_shape *wide)
{
    struct hcl_map_shape out = *wide;
    if (wide->rank > 0)
        return out;
    out.rank = rank;
    for (uint32_t i = 0; i < rank; i++)
        out.dims[i] = dims[4 - rank + i];
    return out;
}

size_t hcl_map_len(const struct hcl_map_shape *s)
{
    size_t len = 1;

    for (uint32_t i = 0; i < s->rank; i++) {
        if (s->dims[i] == 0 || s->dims[i] > MOST_ELEMENTS / len)
            return 0;
        len *= s->dims[i];
    }
    return len;
}

void hcl_map_separable(uint32_t *map, const struct hcl_map_axis *axes, uint32_t rank)
{
    if (rank == 0) {
        map[0] = 0;
        return;
    }
    /* The last axis once for each index of the others; `at` counts through those. */
    const struct hcl_map_axis *last = &axes[rank - 1];
    uint32_t at[HCL_MAP_RANK] = { 0 };

    for (;;) {
        uint32_t base = 0, i = rank - 1;
        for (uint32_t d = 0; d < rank - 1 && base != HCL_MAP_NONE; d++)
            base = axes[d].offset[at[d]] == HCL_MAP_NONE ? HCL_MAP_NONE : base + axes[d].offset[at[d]];
        for (uint32_t j = 0; j < last->len; j++)
            *map++ = base == HCL_MAP_NONE || last->offset[j] == HCL_MAP_NONE ? HCL_MAP_NONE
                                                                             : base + last->offset[j];
        while (i > 0 && ++at[i - 1] == axes[i - 1].len)
            at[--i] = 0;
        if (i == 0)
            return;
    }
}

/* A separable map under construction. */
struct maker {
    struct hcl_map_axis axes[HCL_MAP_RANK];
    uint32_t *offsets[HCL_MAP_RANK];
    uint32_t rank;
    bool failed;
};

/* Append an axis; returns its offsets, which the caller fills, or NULL. */
static uint32_t *add_axis(struct maker *m, uint32_t len)
{
    uint32_t *offset = m->failed || m->rank == HCL_MAP_RANK ? NULL : calloc((size_t)len + 1, sizeof(*offset));

    if (!offset) {
        m->failed = true;
        return NULL;
    }
    m->offsets[m->rank] = offset;
    m->axes[m->rank++] = (struct hcl_map_axis){ len, offset };
    return offset;
}

static hcl_status finish(struct maker *m, struct hcl_map_shape *to, uint32_t **map, const char *what,
                         struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    size_t len;

    *map = NULL;
    to->rank = m->rank;
    for (uint32_t i = 0; i < m->rank; i++)
        to->dims[i] = m->axes[i].len;
    len = hcl_map_len(to);
    if (!m->failed && len == 0)
        st = hcl_fail(err, HCL_BAD_INPUT, "%s: the result has no elements or more than %zu", what,
                      MOST_ELEMENTS);
    else if (m->failed || !(*map = malloc(len * sizeof(**map))))
        st = hcl_fail(err, HCL_NO_RESOURCE, "%s: out of memory for an index map", what);
    else
        hcl_map_separable(*map, m->axes, m->rank);
    for (uint32_t i = 0; i < m->rank; i++)
        free(m->offsets[i]);
    return st;
}

/* Elements between neighbours of each dimension. */
static void strides(const struct hcl_map_shape *s, uint32_t *step)
{
    uint32_t all = 1;

    for (uint32_t i = s->rank; i-- > 0; all *= s->dims[i])
        step[i] = all;
}

static hcl_status expect_rank(const struct hcl_map_shape *s, uint32_t rank, const char *what,
                              struct hcl_err *err)
{
    if (s->rank == rank)
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT, "%s: an operand of rank %u, expected %u", what, s->rank, rank);
}

hcl_status hcl_map_transpose(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                             const int32_t *order, const char *what, struct hcl_err *err)
{
    uint32_t step[HCL_MAP_RANK], seen = 0;
    struct maker m = { .rank = 0 };

    for (uint32_t i = 0; i < from->rank; i++)
        seen |= order[i] >= 0 && (uint32_t)order[i] < from->rank ? 1u << order[i] : 0;
    if (seen != (1u << from->rank) - 1)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: the order of dimensions is not a permutation of 0..%d", what,
                        (int)from->rank - 1);
    strides(from, step);
    for (uint32_t i = 0; i < from->rank; i++) {
        uint32_t len = from->dims[order[i]], *offset = add_axis(&m, len);
        for (uint32_t j = 0; offset && j < len; j++)
            offset[j] = j * step[order[i]];
    }
    return finish(&m, to, map, what, err);
}

hcl_status hcl_map_slice(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                         const int64_t *first, const int64_t *step, const uint32_t *count, const char *what,
                         struct hcl_err *err)
{
    uint32_t stride[HCL_MAP_RANK];
    struct maker m = { .rank = 0 };

    for (uint32_t i = 0; i < from->rank; i++) {
        const int64_t limit = (int64_t)1 << 32, n = from->dims[i];
        if (first[i] < 0 || first[i] >= n || count[i] == 0 || count[i] > MOST_ELEMENTS || step[i] < -limit ||
            step[i] > limit || first[i] + step[i] * ((int64_t)count[i] - 1) < 0 ||
            first[i] + step[i] * ((int64_t)count[i] - 1) >= n)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "%s: %u indices from %lld in steps of %lld leave dimension %u, which has %u",
                            what, count[i], (long long)first[i], (long long)step[i], i, from->dims[i]);
    }
    strides(from, stride);
    for (uint32_t i = 0; i < from->rank; i++) {
        uint32_t *offset = add_axis(&m, count[i]);
        for (uint32_t j = 0; offset && j < count[i]; j++)
            offset[j] = (uint32_t)(first[i] + step[i] * j) * stride[i];
    }
    return finish(&m, to, map, what, err);
}

/* Elements of dimensions [first, last). */
static size_t span(const struct hcl_map_shape *s, uint32_t first, uint32_t last)
{
    size_t len = 1;

    for (uint32_t i = first; i < last; i++)
        len *= s->dims[i];
    return len;
}

static hcl_status indices_within(const int32_t *index, size_t entries, uint32_t below, const char *what,
                                 struct hcl_err *err)
{
    for (size_t i = 0; i < entries; i++)
        if (index[i] < 0 || (uint32_t)index[i] >= below)
            return hcl_fail(err, HCL_BAD_INPUT, "%s: index %d, expected 0..%u", what, (int)index[i],
                            below - 1);
    return HCL_OK;
}

static hcl_status new_map(uint32_t **map, const struct hcl_map_shape *to, const char *what,
                          struct hcl_err *err)
{
    const size_t len = hcl_map_len(to);

    *map = NULL;
    if (len == 0)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: a result without elements, or of too many", what);
    *map = malloc(len * sizeof(**map));
    return *map ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu elements", len);
}

hcl_status hcl_map_gather(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                          uint32_t axis, uint32_t batch, const int32_t *index,
                          const struct hcl_map_shape *of_index, const char *what, struct hcl_err *err)
{
    hcl_status st;

    if (axis >= from->rank || batch > axis || batch > of_index->rank ||
        from->rank - 1 + of_index->rank - batch > HCL_MAP_RANK || hcl_map_len(of_index) == 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s: axis %u of rank %u with indices of rank %u, the first %u a batch", what, axis,
                        from->rank, of_index->rank, batch);
    for (uint32_t i = 0; i < batch; i++)
        if (from->dims[i] != of_index->dims[i])
            return hcl_fail(err, HCL_BAD_INPUT, "%s: batches of %u and %u", what, from->dims[i],
                            of_index->dims[i]);
    HCL_TRY(indices_within(index, hcl_map_len(of_index), from->dims[axis], what, err));
    to->rank = 0;
    for (uint32_t i = 0; i < from->rank; i++) {
        for (uint32_t j = batch; i == axis && j < of_index->rank; j++)
            to->dims[to->rank++] = of_index->dims[j];
        if (i != axis)
            to->dims[to->rank++] = from->dims[i];
    }
    HCL_TRY(new_map(map, to, what, err));
    const size_t batches = span(from, 0, batch), outer = span(from, batch, axis), n = from->dims[axis],
                 inner = span(from, axis + 1, from->rank), m = span(of_index, batch, of_index->rank);
    for (size_t b = 0, at = 0; b < batches; b++)
        for (size_t o = 0; o < outer; o++)
            for (size_t k = 0; k < m; k++)
                for (size_t i = 0; i < inner; i++)
                    (*map)[at++] = (uint32_t)(((b * outer + o) * n + (uint32_t)index[b * m + k]) * inner + i);
done:
    return st;
}

hcl_status hcl_map_gather_nd(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                             const int32_t *index, const struct hcl_map_shape *of_index, const char *what,
                             struct hcl_err *err)
{
    const uint32_t depth = of_index->rank == 0 ? 0 : of_index->dims[of_index->rank - 1];
    hcl_status st = HCL_OK;

    if (depth == 0 || depth > from->rank || of_index->rank - 1 + from->rank - depth > HCL_MAP_RANK ||
        hcl_map_len(of_index) == 0)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: places of %u numbers in a tensor of rank %u", what, depth,
                        from->rank);
    *to = *of_index;
    to->rank--;
    for (uint32_t i = depth; i < from->rank; i++)
        to->dims[to->rank++] = from->dims[i];
    const size_t places = hcl_map_len(of_index) / depth, inner = span(from, depth, from->rank);
    HCL_TRY(new_map(map, to, what, err));
    for (size_t p = 0; p < places && st == HCL_OK; p++) {
        size_t at = 0;
        for (uint32_t i = 0; i < depth && st == HCL_OK; i++) {
            st = indices_within(&index[p * depth + i], 1, from->dims[i], what, err);
            at = at * from->dims[i] + (uint32_t)index[p * depth + i];
        }
        for (size_t i = 0; i < inner && st == HCL_OK; i++)
            (*map)[p * inner + i] = (uint32_t)(at * inner + i);
    }
    if (st != HCL_OK) {
        free(*map);
        *map = NULL;
    }
done:
    return st;
}

hcl_status hcl_map_tile(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                        const uint32_t *times, const char *what, struct hcl_err *err)
{
    uint32_t step[HCL_MAP_RANK];
    struct maker m = { .rank = 0 };

    for (uint32_t i = 0; i < from->rank; i++)
        if (times[i] == 0 || times[i] > MOST_ELEMENTS / from->dims[i])
            return hcl_fail(err, HCL_BAD_INPUT, "%s: dimension %u %u times", what, i, times[i]);
    strides(from, step);
    for (uint32_t i = 0; i < from->rank; i++) {
        uint32_t len = from->dims[i] * times[i], *offset = add_axis(&m, len);
        for (uint32_t j = 0; offset && j < len; j++)
            offset[j] = j % from->dims[i] * step[i];
    }
    return finish(&m, to, map, what, err);
}

hcl_status hcl_map_broadcast(const struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                             const char *what, struct hcl_err *err)
{
    const uint32_t missing = to->rank - from->rank;
    uint32_t step[HCL_MAP_RANK];
    struct hcl_map_shape made;
    struct maker m = { .rank = 0 };

    if (from->rank > to->rank || hcl_map_len(to) == 0)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: rank %u to rank %u", what, from->rank, to->rank);
    strides(from, step);
    for (uint32_t i = 0; i < from->rank; i++)
        if (from->dims[i] != 1 && from->dims[i] != to->dims[missing + i])
            return hcl_fail(err, HCL_BAD_INPUT, "%s: a dimension of %u to one of %u", what, from->dims[i],
                            to->dims[missing + i]);
    for (uint32_t i = 0; i < to->rank; i++) {
        uint32_t *offset = add_axis(&m, to->dims[i]);
        for (uint32_t j = 0; offset && i >= missing && from->dims[i - missing] != 1 && j < to->dims[i]; j++)
            offset[j] = j * step[i - missing];
    }
    return finish(&m, &made, map, what, err);
}

/* What index i of a dimension of n is once it may lie outside; HCL_MAP_NONE: nothing. */
static uint32_t inside(int64_t i, uint32_t n, hcl_pad_kind kind)
{
    const int64_t edge = kind == HCL_PAD_SYMMETRIC;

    if (i >= 0 && i < n)
        return (uint32_t)i;
    if (kind == HCL_PAD_ZERO)
        return HCL_MAP_NONE;
    return (uint32_t)(i < 0 ? -i - edge : 2 * (int64_t)n - 2 - i + edge);
}

hcl_status hcl_map_pad(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                       const uint32_t *before, const uint32_t *after, hcl_pad_kind kind, const char *what,
                       struct hcl_err *err)
{
    uint32_t step[HCL_MAP_RANK];
    struct maker m = { .rank = 0 };

    for (uint32_t i = 0; i < from->rank; i++) {
        const uint32_t most = kind == HCL_PAD_ZERO      ? (uint32_t)MOST_ELEMENTS
                              : kind == HCL_PAD_REFLECT ? from->dims[i] - 1
                                                        : from->dims[i];
        if (before[i] > most || after[i] > most)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "%s: %u before and %u after dimension %u, expected at most %u", what, before[i],
                            after[i], i, most);
    }
    strides(from, step);
    for (uint32_t i = 0; i < from->rank; i++) {
        uint32_t len = before[i] + from->dims[i] + after[i], *offset = add_axis(&m, len);
        for (uint32_t j = 0; offset && j < len; j++) {
            uint32_t at = inside((int64_t)j - before[i], from->dims[i], kind);
            offset[j] = at == HCL_MAP_NONE ? HCL_MAP_NONE : at * step[i];
        }
    }
    return finish(&m, to, map, what, err);
}

hcl_status hcl_map_space_to_depth(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                                  uint32_t block, const char *what, struct hcl_err *err)
{
    static const int32_t order[6] = { 0, 1, 3, 2, 4, 5 };
    struct hcl_map_shape split;
    hcl_status st = expect_rank(from, 4, what, err);

    if (st != HCL_OK)
        return st;
    if (block == 0 || from->dims[1] % block || from->dims[2] % block)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: blocks of %u in an image of %ux%u", what, block,
                        from->dims[1], from->dims[2]);
    split = (struct hcl_map_shape){
        6, { from->dims[0], from->dims[1] / block, block, from->dims[2] / block, block, from->dims[3] }
    };
    st = hcl_map_transpose(to, map, &split, order, what, err);
    *to = (struct hcl_map_shape){
        4, { from->dims[0], from->dims[1] / block, from->dims[2] / block, from->dims[3] * block * block }
    };
    return st;
}

hcl_status hcl_map_depth_to_space(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                                  uint32_t block, const char *what, struct hcl_err *err)
{
    static const int32_t order[6] = { 0, 1, 3, 2, 4, 5 };
    struct hcl_map_shape split;
    hcl_status st = expect_rank(from, 4, what, err);

    if (st != HCL_OK)
        return st;
    if (block == 0 || block > UINT16_MAX || from->dims[3] % (block * block))
        return hcl_fail(err, HCL_BAD_INPUT, "%s: blocks of %u of %u channels", what, block, from->dims[3]);
    split = (struct hcl_map_shape){
        6, { from->dims[0], from->dims[1], from->dims[2], block, block, from->dims[3] / (block * block) }
    };
    st = hcl_map_transpose(to, map, &split, order, what, err);
    *to = (struct hcl_map_shape){
        4, { from->dims[0], from->dims[1] * block, from->dims[2] * block, from->dims[3] / (block * block) }
    };
    return st;
}

/* TFLite computes this in floats. */
static uint32_t nearest(uint32_t i, uint32_t in, uint32_t out, bool align_corners, bool half_pixel_centers)
{
    const float scale =
        align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    const float at = ((float)i + (half_pixel_centers ? 0.5f : 0.0f)) * scale;
    const int64_t pixel = align_corners ? (int64_t)roundf(at) : (int64_t)floorf(at);

    return pixel < 0 ? 0 : pixel >= in ? in - 1 : (uint32_t)pixel;
}

hcl_status hcl_map_nearest(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                           uint32_t h, uint32_t w, bool align_corners, bool half_pixel_centers,
                           const char *what, struct hcl_err *err)
{
    uint32_t step[HCL_MAP_RANK];
    struct maker m = { .rank = 0 };
    hcl_status st = expect_rank(from, 4, what, err);

    if (st != HCL_OK)
        return st;
    if (h == 0 || w == 0 || h > MOST_ELEMENTS || w > MOST_ELEMENTS)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: to %ux%u pixels", what, h, w);
    strides(from, step);
    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t len = i == 1 ? h : i == 2 ? w : from->dims[i];
        uint32_t *offset = add_axis(&m, len);
        for (uint32_t j = 0; offset && j < len; j++)
            offset[j] =
                step[i] *
                (i == 1 || i == 2 ? nearest(j, from->dims[i], len, align_corners, half_pixel_centers) : j);
    }
    return finish(&m, to, map, what, err);
}

static hcl_status concat_shape(struct hcl_map_shape *to, const struct hcl_map_shape *from, size_t count,
                               uint32_t axis, const char *what, struct hcl_err *err)
{
    uint64_t sum = 0;

    if (count == 0 || axis >= from->rank)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: %zu operands along axis %u", what, count, axis);
    *to = from[0];
    for (size_t k = 0; k < count; k++) {
        for (uint32_t i = 0; i < to->rank; i++)
            if (from[k].rank != to->rank || (i != axis && from[k].dims[i] != to->dims[i]))
                return hcl_fail(err, HCL_BAD_INPUT, "%s: operand %zu differs in more than dimension %u", what,
                                k, axis);
        sum += from[k].dims[axis];
    }
    to->dims[axis] = sum > MOST_ELEMENTS ? 0 : (uint32_t)sum;
    if (hcl_map_len(to) == 0)
        return hcl_fail(err, HCL_BAD_INPUT, "%s: the result has no elements or more than %zu", what,
                        MOST_ELEMENTS);
    return HCL_OK;
}

hcl_status hcl_map_concat(struct hcl_map_shape *to, uint32_t **map, const struct hcl_map_shape *from,
                          size_t count, uint32_t axis, const char *what, struct hcl_err *err)
{
    size_t outer = 1, at = 0;
    hcl_status st = concat_shape(to, from, count, axis, what, err);

    *map = NULL;
    if (st != HCL_OK)
        return st;
    const size_t all = hcl_map_len(to);
    HCL_ASSERT(all > 0);
    *map = malloc(all * sizeof(**map));
    if (!*map)
        return hcl_fail(err, HCL_NO_RESOURCE, "%s: out of memory for an index map", what);
    for (uint32_t i = 0; i < axis; i++)
        outer *= to->dims[i];
    for (size_t o = 0; o < outer; o++) {
        size_t base = 0;
        for (size_t k = 0; k < count; k++) {
            const size_t len = hcl_map_len(&from[k]), run = len / outer;
            for (size_t i = 0; i < run; i++)
                (*map)[at++] = (uint32_t)(base + o * run + i);
            base += len;
        }
    }
    return HCL_OK;
}
