/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/import_norm.h"
#include <stdlib.h>
#include <string.h>

enum {
    TFL_ADD = 0,
    TFL_MUL = 18,
    TFL_MEAN = 40,
    TFL_SUB = 41,
    TFL_NEG = 59,
    TFL_RSQRT = 76,
    TFL_SQUARE = 92,
    TFL_SQUARED_DIFFERENCE = 99
};
enum { MOST_PARTS = 12 };

/* A match under way. */
struct match {
    const struct hcl_tfl_model *m;
    const int32_t *maker; /* by tensor: the operator, or -1 */
    size_t parts[MOST_PARTS];
    size_t count;
    struct hcl_norm_spelling found;
};

static bool is_constant(const struct match *a, int32_t t)
{
    return t >= 0 && a->m->tensors[t].data != NULL;
}

/* The operator of this kind that makes t; NULL: none does. It becomes a part. */
static const struct hcl_tfl_op *made_by(struct match *a, int32_t t, int32_t code, size_t operands)
{
    const struct hcl_tfl_op *op;
    if (t < 0 || a->maker[t] < 0)
        return NULL;
    op = &a->m->ops[a->maker[t]];
    if (op->code != code || op->num_inputs != operands || op->activation != 0 || a->count == MOST_PARTS)
        return NULL;
    for (size_t i = 0; i < a->count; i++)
        if (a->parts[i] == (size_t)a->maker[t])
            return op;
    a->parts[a->count++] = (size_t)a->maker[t];
    return op;
}

/* Bit i: dimension i of `rank` is among the axes; 0: they are unknown or wrong. */
static uint32_t read_axes(const struct match *a, int32_t axes, uint32_t rank)
{
    const struct hcl_tfl_tensor *t = axes >= 0 ? &a->m->tensors[axes] : NULL;
    uint32_t bits = 0;
    int32_t axis;
    if (t == NULL || t->data == NULL || t->type != HCL_TFL_INT32 || t->data_len % sizeof axis != 0)
        return 0;
    for (size_t at = 0; at < t->data_len; at += sizeof axis) {
        memcpy(&axis, t->data + at, sizeof axis);
        axis += axis < 0 ? (int32_t)rank : 0;
        if (axis < 0 || axis >= (int32_t)rank)
            return 0;
        bits |= 1U << axis;
    }
    return bits;
}

/* t = MEAN of *of, whose reduced dimensions stay as one element; all means of a norm are over the same. */
static bool mean_of(struct match *a, int32_t t, int32_t *of)
{
    const struct hcl_tfl_op *op = made_by(a, t, TFL_MEAN, 2);
    uint32_t axes;
    if (op == NULL || op->inputs[0] < 0)
        return false;
    *of = op->inputs[0];
    axes = read_axes(a, op->inputs[1], a->m->tensors[*of].rank);
    if (axes == 0 || a->m->tensors[t].rank != a->m->tensors[*of].rank ||
        (a->found.axes != 0 && a->found.axes != axes))
        return false;
    a->found.axes = axes;
    return true;
}

static bool over_last_axis(const struct match *a, int32_t x)
{
    const uint32_t rank = a->m->tensors[x].rank;
    return rank > 0 && a->found.axes == 1U << (rank - 1);
}

static bool one_float(const struct match *a, int32_t t, float *value)
{
    if (!is_constant(a, t) || a->m->tensors[t].type != HCL_TFL_FLOAT32 ||
        a->m->tensors[t].data_len != sizeof *value)
        return false;
    memcpy(value, a->m->tensors[t].data, sizeof *value);
    return true;
}

/* One value for each element of the last axis of x. */
static bool per_channel(const struct match *a, int32_t t, int32_t x)
{
    const struct hcl_tfl_tensor *c = &a->m->tensors[t], *of = &a->m->tensors[x];
    if (!is_constant(a, t) || c->type != HCL_TFL_FLOAT32 || c->rank < 1 || of->rank < 1)
        return false;
    return c->dims[c->rank - 1] == of->dims[of->rank - 1] &&
           c->data_len == sizeof(float) * (size_t)of->dims[of->rank - 1];
}

/* r = RSQRT(ADD(v, epsilon)) */
static bool root_of(struct match *a, int32_t r, int32_t *v)
{
    const struct hcl_tfl_op *op = made_by(a, r, TFL_RSQRT, 1), *sum;
    if (op == NULL || (sum = made_by(a, op->inputs[0], TFL_ADD, 2)) == NULL)
        return false;
    for (int k = 0; k < 2; k++)
        if (one_float(a, sum->inputs[1 - k], &a->found.epsilon)) {
            *v = sum->inputs[k];
            return true;
        }
    return false;
}

static bool multiplies(struct match *a, int32_t t, int32_t one, int32_t other)
{
    const struct hcl_tfl_op *op = made_by(a, t, TFL_MUL, 2);
    return op != NULL && ((op->inputs[0] == one && op->inputs[1] == other) ||
                          (op->inputs[0] == other && op->inputs[1] == one));
}

/* t = SQUARE(of) or MUL(of, of) */
static bool squares(struct match *a, int32_t t, int32_t *of)
{
    const struct match was = *a;
    const struct hcl_tfl_op *op = made_by(a, t, TFL_SQUARE, 1);
    if (op == NULL) {
        *a = was;
        op = made_by(a, t, TFL_MUL, 2);
    }
    if (op == NULL || (op->code == TFL_MUL && op->inputs[0] != op->inputs[1]))
        return false;
    *of = op->inputs[0];
    return true;
}

/* v = the variance of x around its mean m */
static bool variance_of(struct match *a, int32_t v, int32_t *x, int32_t *m)
{
    int32_t difference, of;
    const struct hcl_tfl_op *op;
    if (!mean_of(a, v, &difference))
        return false;
    op = made_by(a, difference, TFL_SQUARED_DIFFERENCE, 2);
    if (op == NULL && squares(a, difference, &of))
        op = made_by(a, of, TFL_SUB, 2);
    for (int k = 0; op != NULL && k < (op->code == TFL_SUB ? 1 : 2); k++) {
        const struct match was = *a;
        *x = op->inputs[k];
        *m = op->inputs[1 - k];
        if (mean_of(a, *m, &of) && of == *x)
            return true;
        *a = was;
    }
    return false;
}

/* s = r or MUL(r, gain), r of the variance of x around m */
static bool scale_of(struct match *a, int32_t s, int32_t *x, int32_t *m)
{
    const struct match was = *a;
    int32_t v;
    if (root_of(a, s, &v))
        return variance_of(a, v, x, m);
    const struct hcl_tfl_op *op = made_by(a, s, TFL_MUL, 2);
    for (int k = 0; op != NULL && k < 2; k++) {
        const struct match before = *a;
        if (is_constant(a, op->inputs[1 - k]) && root_of(a, op->inputs[k], &v) && variance_of(a, v, x, m) &&
            per_channel(a, op->inputs[1 - k], *x)) {
            a->found.gain = op->inputs[1 - k];
            return true;
        }
        *a = before;
    }
    *a = was;
    return false;
}

/* t = MUL(NEG(m), s) */
static bool negates(struct match *a, int32_t t, int32_t m, int32_t s)
{
    const struct match was = *a;
    const struct hcl_tfl_op *op = made_by(a, t, TFL_MUL, 2), *negative;
    for (int k = 0; op != NULL && k < 2; k++)
        if (op->inputs[1 - k] == s && (negative = made_by(a, op->inputs[k], TFL_NEG, 1)) != NULL &&
            negative->inputs[0] == m)
            return true;
    *a = was;
    return false;
}

/* t = MUL(NEG(m), s), ADD(shift, that) or SUB(shift, MUL(m, s)) */
static bool centres(struct match *a, int32_t t, int32_t x, int32_t m, int32_t s)
{
    const struct match was = *a;
    const struct hcl_tfl_op *op = made_by(a, t, TFL_SUB, 2);
    if (op != NULL && per_channel(a, op->inputs[0], x) && multiplies(a, op->inputs[1], m, s)) {
        a->found.shift = op->inputs[0];
        return true;
    }
    *a = was;
    op = made_by(a, t, TFL_ADD, 2);
    for (int k = 0; op != NULL && k < 2; k++)
        if (per_channel(a, op->inputs[k], x) && negates(a, op->inputs[1 - k], m, s)) {
            a->found.shift = op->inputs[k];
            return true;
        }
    *a = was;
    return negates(a, t, m, s);
}

/* ADD(MUL(x, s), the rest) */
static bool layer_norm(struct match *a, const struct hcl_tfl_op *op)
{
    const struct match was = *a;
    for (int way = 0; way < 4; way++) {
        int32_t x, m;
        const struct hcl_tfl_op *scaled = made_by(a, op->inputs[way & 1], TFL_MUL, 2);
        const int32_t s = scaled != NULL ? scaled->inputs[way >> 1] : HCL_TFL_ABSENT;
        if (scaled != NULL && scale_of(a, s, &x, &m) && scaled->inputs[1 - (way >> 1)] == x &&
            centres(a, op->inputs[1 - (way & 1)], x, m, s) && over_last_axis(a, x)) {
            a->found.x = x;
            a->found.centred = true;
            return true;
        }
        *a = was;
    }
    return false;
}

/* MUL(x, r), r of the mean of x*x */
static bool rms_norm(struct match *a, const struct hcl_tfl_op *op)
{
    const struct match was = *a;
    for (int k = 0; k < 2; k++) {
        const int32_t x = op->inputs[k];
        int32_t v, squared, of;
        if (root_of(a, op->inputs[1 - k], &v) && mean_of(a, v, &squared) && squares(a, squared, &of) &&
            of == x && over_last_axis(a, x)) {
            a->found.x = x;
            return true;
        }
        *a = was;
    }
    return false;
}

/* MUL(SUB(x, m), r) */
static bool plain_norm(struct match *a, const struct hcl_tfl_op *op)
{
    const struct match was = *a;
    for (int k = 0; k < 2; k++) {
        const struct hcl_tfl_op *difference = made_by(a, op->inputs[k], TFL_SUB, 2);
        int32_t v, x, m;
        if (difference != NULL && root_of(a, op->inputs[1 - k], &v) && variance_of(a, v, &x, &m) &&
            difference->inputs[0] == x && difference->inputs[1] == m) {
            a->found.x = x;
            a->found.centred = true;
            return true;
        }
        *a = was;
    }
    return false;
}

/* Nothing but the parts themselves reads what the parts make, the last one's result apart. */
static bool is_closed(const struct match *a)
{
    const struct hcl_tfl_model *m = a->m;
    for (size_t p = 0; p < a->count; p++) {
        const int32_t t = m->ops[a->parts[p]].outputs[0];
        if (a->parts[p] == a->found.last)
            continue;
        for (size_t i = 0; i < m->num_outputs; i++)
            if (m->outputs[i].tensor == t)
                return false;
        for (size_t i = 0; i < m->num_ops; i++) {
            bool part = false, reads = false;
            for (size_t k = 0; k < m->ops[i].num_inputs; k++)
                reads |= m->ops[i].inputs[k] == t;
            for (size_t k = 0; reads && k < a->count; k++)
                part |= a->parts[k] == i;
            if (reads && !part)
                return false;
        }
    }
    return true;
}

static bool matches(struct match *a, size_t i)
{
    const struct hcl_tfl_op *op = &a->m->ops[i];
    a->count = 1;
    a->parts[0] = i;
    a->found = (struct hcl_norm_spelling){ .last = i, .gain = HCL_TFL_ABSENT, .shift = HCL_TFL_ABSENT };
    if (op->num_inputs != 2 || op->num_outputs != 1)
        return false;
    return ((op->code == TFL_ADD && layer_norm(a, op)) ||
            (op->code == TFL_MUL && (rms_norm(a, op) || plain_norm(a, op)))) &&
           is_closed(a);
}

hcl_status hcl_norms_find(struct hcl_norms *out, const struct hcl_tfl_model *m, struct hcl_err *err)
{
    int32_t *maker = malloc((m->num_tensors + 1) * sizeof *maker);
    struct match a = { .m = m, .maker = maker };
    *out = (struct hcl_norms){ .list = calloc(m->num_ops + 1, sizeof *out->list),
                               .taken = calloc(m->num_ops + 1, sizeof *out->taken),
                               .part_of = calloc(m->num_ops + 1, sizeof *out->part_of) };
    if (maker == NULL || out->list == NULL || out->taken == NULL || out->part_of == NULL) {
        free(maker);
        hcl_norms_clear(out);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu operators", m->num_ops);
    }
    memset(maker, 0xff, (m->num_tensors + 1) * sizeof *maker);
    for (size_t i = 0; i < m->num_ops; i++) {
        for (size_t k = 0; k < m->ops[i].num_outputs; k++)
            maker[m->ops[i].outputs[k]] = (int32_t)i;
        out->part_of[i] = i;
        if (!matches(&a, i))
            continue;
        for (size_t k = 0; k < a.count; k++) {
            out->taken[a.parts[k]] = true;
            out->part_of[a.parts[k]] = i;
        }
        out->list[out->count++] = a.found;
    }
    free(maker);
    return HCL_OK;
}

void hcl_norms_clear(struct hcl_norms *n)
{
    free(n->list);
    free(n->taken);
    free(n->part_of);
    *n = (struct hcl_norms){ 0 };
}

/* A node of one operand, or with a constant per channel, its result of this shape. out as of hcl_import_step;
 * the last one has the norm's activation. */
static hcl_status add_step(struct hcl_import *im, const struct hcl_norm_spelling *s, struct hcl_node *n,
                           int32_t constant, const struct hcl_map_shape *shape, uint32_t *out)
{
    const struct hcl_tfl_op *op = &im->model->ops[s->last];
    const struct hcl_import_shape channels = { { 1, 1, 1, shape->dims[shape->rank - 1] }, 1 };
    hcl_status st;
    if (constant >= 0)
        HCL_TRY(hcl_import_tensor(im, constant, &channels, &n->inputs[1]));
    if (out == NULL)
        HCL_TRY(hcl_import_activation(im, op, &n->act));
    HCL_TRY(hcl_import_step(im, op, n, shape, out));
done:
    return st;
}

/* The dimensions that stay, and then those that are reduced, the last one first: whole channels lie together,
 * as convolutions read and write them. */
static uint32_t vectors_of(const struct hcl_map_shape *x, uint32_t axes, int32_t order[HCL_MAP_RANK])
{
    uint32_t n = 0, rows = 1;
    HCL_ASSERT(x->rank > 0 && x->rank <= HCL_MAP_RANK);
    for (uint32_t i = 0; i < x->rank; i++)
        if (!(axes >> i & 1)) {
            order[n++] = (int32_t)i;
            rows *= x->dims[i];
        }
    if (axes >> (x->rank - 1) & 1)
        order[n++] = (int32_t)x->rank - 1;
    for (uint32_t i = 0; i + 1 < x->rank; i++)
        if (axes >> i & 1)
            order[n++] = (int32_t)i;
    return rows;
}

static hcl_status inverse(uint32_t **out, const uint32_t *map, size_t len, struct hcl_err *err)
{
    *out = malloc((len + 1) * sizeof **out);
    if (*out == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu elements", len);
    for (size_t i = 0; i < len; i++)
        (*out)[map[i]] = (uint32_t)i;
    return HCL_OK;
}

/* Over other axes than the last: each vector is moved together, and back. */
static hcl_status import_over_axes(struct hcl_import *im, const struct hcl_norm_spelling *s, uint32_t x,
                                   const struct hcl_map_shape *shape)
{
    const struct hcl_tfl_op *op = &im->model->ops[s->last];
    struct hcl_node there = hcl_import_node(HCL_OP_MOVE, x, HCL_GRAPH_NONE), norm, back;
    struct hcl_map_shape turned, rows = { 2, { 0 } };
    int32_t order[HCL_MAP_RANK];
    uint32_t *map = NULL;
    hcl_status st;
    rows.dims[0] = vectors_of(shape, s->axes, order);
    rows.dims[1] = (uint32_t)(hcl_map_len(shape) / rows.dims[0]);
    HCL_TRY(hcl_map_transpose(&turned, &there.map, shape, order, op->name, im->err));
    st = inverse(&map, there.map, hcl_map_len(shape), im->err);
    if (st != HCL_OK) {
        free(there.map);
        goto done;
    }
    back = hcl_import_node(HCL_OP_MOVE, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    norm = hcl_import_node(HCL_OP_NORM, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    norm.epsilon = s->epsilon;
    norm.centred = s->centred;
    HCL_TRY(hcl_import_activation(im, op, &norm.act));
    HCL_TRY(hcl_import_step(im, op, &there, &rows, &norm.inputs[0]));
    HCL_TRY(hcl_import_step(im, op, &norm, &rows, &back.inputs[0]));
    back.map = map;
    map = NULL;
    st = hcl_import_last(im, op, &back, shape);
done:
    free(map);
    return st;
}

/* Over the last axis of x, of this shape: NORM, gain and shift. */
static hcl_status import_over_last(struct hcl_import *im, const struct hcl_norm_spelling *s, uint32_t x,
                                   const struct hcl_map_shape *shape)
{
    const bool gains = s->gain >= 0, shifts = s->shift >= 0;
    struct hcl_node n = hcl_import_node(HCL_OP_NORM, x, HCL_GRAPH_NONE);
    uint32_t y;
    hcl_status st;
    n.epsilon = s->epsilon;
    n.centred = s->centred;
    HCL_TRY(add_step(im, s, &n, HCL_TFL_ABSENT, shape, gains || shifts ? &y : NULL));
    if (gains) {
        n = hcl_import_node(HCL_OP_MUL, y, HCL_GRAPH_NONE);
        HCL_TRY(add_step(im, s, &n, s->gain, shape, shifts ? &y : NULL));
    }
    if (shifts) {
        n = hcl_import_node(HCL_OP_ADD, y, HCL_GRAPH_NONE);
        HCL_TRY(add_step(im, s, &n, s->shift, shape, NULL));
    }
done:
    return st;
}

hcl_status hcl_norms_import(struct hcl_import *im, const struct hcl_norms *norms, size_t i)
{
    const struct hcl_tfl_op *op = &im->model->ops[i];
    const struct hcl_norm_spelling *s = norms->list;
    struct hcl_map_shape shape;
    uint32_t x;
    hcl_status st = HCL_OK;
    while (s < norms->list + norms->count && s->last != i)
        s++;
    if (s == norms->list + norms->count)
        return HCL_OK;
    HCL_TRY(hcl_import_shape_of(im, s->x, &shape));
    if (s->axes >> shape.rank != 0)
        return HCL_FAIL_OP(im, op, "means over dimensions that its operand of %u does not have", shape.rank);
    HCL_TRY(hcl_import_tensor(im, s->x, NULL, &x));
    if (s->axes != 1U << (shape.rank - 1))
        return import_over_axes(im, s, x, &shape);
    st = import_over_last(im, s, x, &shape);
done:
    return st;
}
