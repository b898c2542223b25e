/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/sparse.h"
#include "compiler/frontend/fold.h"
#include <string.h>

/* A tensor's coordinate along a level moves its place by `stride`, `extent` times at most. */
struct level {
    size_t stride, extent;
};

struct expansion {
    struct hcl_import *im;
    struct hcl_tfl_tensor *t;
    const struct hcl_tfl_sparsity *s;
    struct hcl_map_shape shape;
    struct level levels[HCL_TFL_MAX_LEVELS];
};

#define FAIL(e, fmt, ...) HCL_FAIL_TENSOR((e)->im, "sparse tensor '%s': " fmt, (e)->t->name, __VA_ARGS__)

/* Which level of the order is this dimension or block; num_levels: none. */
static size_t level_of(const struct hcl_tfl_sparsity *s, size_t dimension)
{
    size_t i = 0;
    while (i < s->num_levels && s->order[i] != (int32_t)dimension)
        i++;
    return i;
}

/* Extents and strides of a dimension and of its block, if it has one. */
static hcl_status set_dimension(struct expansion *e, uint32_t d, size_t stride)
{
    const struct hcl_tfl_sparsity *s = e->s;
    size_t block = 1, at;
    for (size_t b = 0, seen = 0; b < s->num_blocks; b++) {
        if (s->blocks[b] != (int32_t)d)
            continue;
        at = level_of(s, s->num_levels - s->num_blocks + b);
        block = s->levels[at].size > 0 ? (size_t)s->levels[at].size : 0;
        if (seen++ > 0 || s->levels[at].compressed || block == 0 || e->shape.dims[d] % block != 0)
            return FAIL(e, "block %zu of dimension %u, expected one of fixed size that divides %u", b, d,
                        e->shape.dims[d]);
        e->levels[at].stride = stride;
        e->levels[at].extent = block;
    }
    at = level_of(s, d);
    e->levels[at].stride = stride * block;
    e->levels[at].extent = e->shape.dims[d] / block;
    return HCL_OK;
}

static hcl_status set_levels(struct expansion *e)
{
    const struct hcl_tfl_sparsity *s = e->s;
    size_t stride = 1;
    hcl_status st = HCL_OK;
    if (s->num_levels != e->shape.rank + s->num_blocks)
        return FAIL(e, "%zu dimensions are stored, expected %u and %zu blocks", s->num_levels, e->shape.rank,
                    s->num_blocks);
    for (size_t i = 0; i < s->num_levels; i++)
        if (level_of(s, i) == s->num_levels) /* as many as dimensions: a permutation if it has each */
            return FAIL(e, "dimension %zu is not in the order in which it is stored", i);
    for (size_t b = 0; b < s->num_blocks; b++)
        if (s->blocks[b] < 0 || s->blocks[b] >= (int32_t)e->shape.rank)
            return FAIL(e, "block %zu is of dimension %d, expected 0..%u", b, s->blocks[b],
                        e->shape.rank - 1);
    for (uint32_t d = e->shape.rank; d-- > 0; stride *= e->shape.dims[d])
        HCL_TRY(set_dimension(e, d, stride));
    for (size_t i = 0; i < s->num_levels; i++) {
        if (!s->levels[i].compressed && (size_t)s->levels[i].size != e->levels[i].extent)
            return FAIL(e, "level %zu has %d coordinates, expected %zu", i, s->levels[i].size,
                        e->levels[i].extent);
    }
done:
    return st;
}

/* Where entry p of the level above goes on: places [*first, *end) of the level. */
static hcl_status entries_below(const struct expansion *e, size_t which, size_t p, size_t *first, size_t *end)
{
    const struct hcl_tfl_level *l = &e->s->levels[which];
    *first = 0;
    *end = e->levels[which].extent;
    if (!l->compressed)
        return HCL_OK;
    if (p + 1 >= l->num_segments)
        return FAIL(e, "level %zu has %zu segments, expected more than %zu", which, l->num_segments, p + 1);
    const int32_t from = l->segments[p], to = l->segments[p + 1];
    if (from < 0 || to < from || (size_t)to > l->num_indices)
        return FAIL(e, "segment %zu of level %zu is %d to %d of %zu indices", p, which, from, to,
                    l->num_indices);
    *first = (size_t)from;
    *end = (size_t)to;
    return HCL_OK;
}

/* Places of the elements below `count` places of the level above, at most `most`. */
static hcl_status walk_level(const struct expansion *e, size_t which, const uint32_t *above, size_t count,
                             uint32_t *below, size_t *num_below, size_t most)
{
    const struct hcl_tfl_level *stored = &e->s->levels[which];
    const struct level *l = &e->levels[which];
    size_t n = 0, first = 0, end = 0;
    hcl_status st = HCL_OK;
    for (size_t p = 0; p < count; p++) {
        HCL_TRY(entries_below(e, which, p, &first, &end));
        if (end - first > most - n)
            return FAIL(e, "more than its %zu elements are stored", most);
        for (size_t i = first; i < end; i++) {
            const size_t at = stored->compressed ? (size_t)stored->indices[i] : i;
            if (at >= l->extent)
                return FAIL(e, "index %zu of level %zu is %zu, expected less than %zu", i, which, at,
                            l->extent);
            below[n++] = above[p] + (uint32_t)(at * l->stride);
        }
    }
    *num_below = n;
done:
    return st;
}

/* Place of each stored element, from malloc. */
static hcl_status find_places(const struct expansion *e, uint32_t **out, size_t *count)
{
    const size_t len = hcl_map_len(&e->shape);
    uint32_t *above = malloc((len + 1) * sizeof *above), *below = malloc((len + 1) * sizeof *below);
    hcl_status st = HCL_OK;
    if (above == NULL || below == NULL) {
        st = hcl_fail(e->im->err, HCL_NO_RESOURCE, "no memory for %zu elements of '%s'", len, e->t->name);
        goto done;
    }
    above[0] = 0;
    *count = 1;
    for (size_t i = 0; i < e->s->num_levels; i++) {
        uint32_t *next = above;
        HCL_TRY(walk_level(e, i, above, *count, below, count, len));
        above = below;
        below = next;
    }
    *out = above;
    above = NULL;
done:
    free(above);
    free(below);
    return st;
}

static hcl_status expand(struct expansion *e)
{
    struct hcl_tfl_tensor *t = e->t;
    const size_t width = hcl_fold_width(t->type);
    uint32_t *places = NULL;
    uint8_t *data = NULL;
    size_t count = 0;
    hcl_status st = HCL_OK;
    if (t->data == NULL || width == 0)
        return FAIL(e, "of type %s%s, expected a constant of numbers", t->type_name,
                    t->data == NULL ? ", computed" : "");
    e->shape.rank = t->rank;
    for (uint32_t i = 0; i < t->rank; i++)
        e->shape.dims[i] = t->dims[i] < 1 ? 0 : (uint32_t)t->dims[i];
    if (hcl_map_len(&e->shape) == 0)
        return FAIL(e, "%s", "no fixed shape of at least one element");
    HCL_TRY(set_levels(e));
    HCL_TRY(find_places(e, &places, &count));
    if (t->data_len != count * width)
        st = FAIL(e, "%zu bytes for %zu stored elements of %zu", t->data_len, count, width);
    else
        data = hcl_fold_room(e->im, t->name, hcl_map_len(&e->shape) * width, &st);
    if (data == NULL)
        goto done;
    memset(data, 0, hcl_map_len(&e->shape) * width);
    for (size_t i = 0; i < count; i++)
        memcpy(data + places[i] * width, t->data + i * width, width);
    t->data = t->own = data;
    t->data_len = hcl_map_len(&e->shape) * width;
done:
    free(places);
    return st;
}

hcl_status hcl_sparse_expand(struct hcl_import *im, struct hcl_tfl_model *m)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < m->num_tensors && st != HCL_NO_RESOURCE; i++) {
        struct expansion e = { .im = im, .t = &m->tensors[i], .s = m->tensors[i].sparsity };
        if (e.s == NULL)
            continue;
        st = expand(&e);
        if (st == HCL_BAD_INPUT)
            hcl_refuse(&im->refused, im->err->msg);
        hcl_tfl_sparsity_free(e.t->sparsity);
        e.t->sparsity = NULL;
    }
    return st == HCL_NO_RESOURCE ? st : HCL_OK;
}
