/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/fold.h"
#include "compiler/frontend/import_moves.h"
#include <string.h>

/* Bytes that folding may make of a small file. */
#define FOLDED_BYTES ((size_t)256 << 20)
/* Further ones, for each byte of the file. */
#define FOLDED_SHARE 16

static const struct rule {
    int32_t code;
    hcl_status (*apply)(struct hcl_import *, const struct hcl_tfl_op *);
} rules[] = {
#define HCL_FOLD(name, number, rule) { number, rule },
#define HCL_FOLD_BINARY(name, number, floats, integers) { number, hcl_fold_binary },
#define HCL_FOLD_COMPARE(name, number, relation) { number, hcl_fold_binary },
#define HCL_FOLD_UNARY(name, number, floats, integers) { number, hcl_fold_unary },
#include "compiler/frontend/folds.def"
#define HCL_FUNCTION(name, op, fused, least, properties, value) { op, hcl_fold_unary },
#include "compiler/functions/functions.def"
};

static const struct rule *find(int32_t code)
{
    for (size_t i = 0; code >= 0 && i < sizeof rules / sizeof *rules; i++)
        if (rules[i].code == code)
            return &rules[i];
    return NULL;
}

bool hcl_fold_knows(int32_t code)
{
    return find(code) != NULL;
}

static bool needs_shape_alone(const struct rule *r)
{
    return r->apply == hcl_fold_shape || r->apply == hcl_fold_rank || r->apply == hcl_fold_zeros;
}

/* While folding, before the graph: that of what is in the file, and of the model's own inputs. */
static bool knows_shape(const struct hcl_import *im, int32_t t)
{
    if (im->model->tensors[t].data != NULL)
        return true;
    if (!im->folding)
        return im->wide[t].rank > 0 || im->tensor[t] != HCL_GRAPH_NONE;
    for (size_t i = 0; i < im->model->num_inputs; i++)
        if (im->model->inputs[i].tensor == t)
            return true;
    return false;
}

bool hcl_fold_applies(const struct hcl_import *im, const struct hcl_tfl_op *op)
{
    const struct rule *r = find(op->code);
    bool constant = r != NULL && op->num_inputs > 0 && op->num_outputs > 0;
    for (size_t k = 0; constant && k < op->num_inputs; k++)
        if (op->inputs[k] != HCL_TFL_ABSENT)
            constant = needs_shape_alone(r) ? knows_shape(im, op->inputs[k])
                                            : im->model->tensors[op->inputs[k]].data != NULL;
    return constant;
}

hcl_status hcl_fold(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    const bool was = im->folding;
    hcl_status st;
    for (size_t i = 0; i < op->num_outputs; i++)
        if (im->model->tensors[op->outputs[i]].data != NULL)
            return HCL_FAIL_OP(im, op, "%s", "its output is a constant");
    im->folding = !needs_shape_alone(find(op->code)) || was;
    st = find(op->code)->apply(im, op);
    im->folding = was;
    return st;
}

hcl_status hcl_fold_pending(const struct hcl_import *im, bool **out)
{
    const struct hcl_tfl_model *m = im->model;
    bool *known = calloc(m->num_tensors + 1, sizeof *known);
    *out = calloc(m->num_ops + 1, sizeof **out);
    if (known == NULL || *out == NULL) {
        free(known);
        free(*out);
        *out = NULL;
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu operators", m->num_ops);
    }
    for (size_t i = 0; i < m->num_ops; i++) {
        const struct hcl_tfl_op *op = &m->ops[i];
        const struct rule *r = find(op->code);
        bool folds = r != NULL && op->num_inputs > 0;
        for (size_t k = 0; folds && !needs_shape_alone(r) && k < op->num_inputs; k++)
            folds = op->inputs[k] == HCL_TFL_ABSENT || known[op->inputs[k]] ||
                    m->tensors[op->inputs[k]].data != NULL;
        (*out)[i] = folds;
        for (size_t k = 0; folds && k < op->num_outputs; k++)
            known[op->outputs[k]] = true;
    }
    free(known);
    return HCL_OK;
}

void *hcl_fold_room(struct hcl_import *im, const char *name, size_t bytes, hcl_status *st)
{
    const size_t most = FOLDED_BYTES + FOLDED_SHARE * im->len;
    void *p = NULL;
    *st = HCL_OK;
    if (bytes > most - im->folded_bytes)
        *st = HCL_FAIL_TENSOR(im, "folded constants take more than %zu bytes at tensor '%s'", most, name);
    else if ((p = malloc(bytes + 1)) == NULL)
        *st = hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for constant '%s'", name);
    else
        im->folded_bytes += bytes;
    return p;
}

/* The tensor becomes a constant; `own` is its from now on. */
static void become(struct hcl_tfl_tensor *t, const struct hcl_map_shape *shape, const void *data, size_t len,
                   void *own)
{
    t->rank = shape->rank;
    for (uint32_t i = 0; i < shape->rank; i++)
        t->dims[i] = (int32_t)shape->dims[i];
    t->dynamic = false;
    t->data = data;
    t->data_len = len;
    t->own = own;
}

size_t hcl_fold_width(int32_t type)
{
    switch (type) {
    case HCL_TFL_INT64:
        return 8;
    case HCL_TFL_FLOAT32:
    case HCL_TFL_INT32:
        return 4;
    case HCL_TFL_FLOAT16:
    case HCL_TFL_INT16:
        return 2;
    case HCL_TFL_BOOL:
    case HCL_TFL_INT8:
    case HCL_TFL_UINT8:
        return 1;
    default:
        return 0;
    }
}

/* A constant whose bytes are those of its type and shape; *width of an element. */
static hcl_status expect_plain(const struct hcl_import *im, const struct hcl_tfl_op *op, int32_t from,
                               const struct hcl_map_shape *shape, size_t *width)
{
    const struct hcl_tfl_tensor *t = &im->model->tensors[from];
    *width = hcl_fold_width(t->type);
    if (*width == 0 || t->quantised)
        return HCL_FAIL_OP(im, op, "constant '%s' of type %s%s cannot be evaluated", t->name, t->type_name,
                           t->quantised ? ", quantised," : "");
    if (t->data_len != hcl_map_len(shape) * *width)
        return HCL_FAIL_OP(im, op, "constant '%s' has %zu bytes, expected %zu for its shape", t->name,
                           t->data_len, hcl_map_len(shape) * *width);
    return HCL_OK;
}

static hcl_status gather_bytes(struct hcl_import *im, const struct hcl_tfl_op *op, const uint32_t *from,
                               size_t count, size_t *width, uint8_t **all)
{
    size_t bytes = 0, at = 0;
    struct hcl_map_shape shape;
    hcl_status st = HCL_OK;
    *all = NULL;
    for (size_t k = 0; k < count; k++) {
        HCL_TRY(hcl_import_shape_of(im, (int32_t)from[k], &shape));
        HCL_TRY(expect_plain(im, op, (int32_t)from[k], &shape, width));
        if (im->model->tensors[from[k]].type != im->model->tensors[op->outputs[0]].type)
            return HCL_FAIL_OP(im, op, "operand %zu is %s, the result %s", k,
                               im->model->tensors[from[k]].type_name,
                               im->model->tensors[op->outputs[0]].type_name);
        bytes += im->model->tensors[from[k]].data_len;
    }
    *all = hcl_fold_room(im, im->model->tensors[op->outputs[0]].name, bytes, &st);
    for (size_t k = 0; *all != NULL && k < count; k++) {
        memcpy(*all + at, im->model->tensors[from[k]].data, im->model->tensors[from[k]].data_len);
        at += im->model->tensors[from[k]].data_len;
    }
    im->folded_bytes -= *all != NULL ? bytes : 0; /* they go again */
done:
    return st;
}

/* Halves are read as floats, so what moves some makes floats. */
static void follow_halves(const struct hcl_tfl_tensor *x, struct hcl_tfl_tensor *y)
{
    if (x->type != HCL_TFL_FLOAT32 || y->type != HCL_TFL_FLOAT16)
        return;
    y->type = x->type;
    y->type_name = x->type_name;
}

hcl_status hcl_fold_move(struct hcl_import *im, const struct hcl_tfl_op *op, size_t which,
                         const uint32_t *from, size_t count, uint32_t *map, const struct hcl_map_shape *shape)
{
    struct hcl_tfl_tensor *y = &im->model->tensors[op->outputs[which]];
    const struct hcl_tfl_tensor *x = &im->model->tensors[from[0]];
    const size_t len = hcl_map_len(shape);
    uint8_t *all = NULL, *data;
    size_t width = 0;
    hcl_status st;
    follow_halves(x, y);
    if (map == NULL) { /* the same elements: also the same bytes */
        if (x->type != y->type)
            return HCL_FAIL_OP(im, op, "a constant of type %s becomes one of %s", x->type_name, y->type_name);
        become(y, shape, x->data, x->data_len, NULL);
        return HCL_OK;
    }
    HCL_TRY(gather_bytes(im, op, from, count, &width, &all));
    data = hcl_fold_room(im, y->name, len * width, &st);
    if (data == NULL)
        goto done;
    for (size_t i = 0; i < len; i++)
        if (map[i] == HCL_MAP_NONE)
            memset(data + i * width, 0, width);
        else
            memcpy(data + i * width, all + map[i] * width, width);
    become(y, shape, data, len * width, data);
done:
    free(all);
    free(map);
    return st;
}

static float float_of_half(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, mantissa = h & 0x3ff;
    const uint32_t exponent = h >> 10 & 0x1f;
    uint32_t bits;
    float f;
    if (exponent == 0) { /* a multiple of 2^-24 */
        f = (float)mantissa * 0x1p-24F;
        return sign != 0 ? -f : f;
    }
    bits = sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | mantissa << 13;
    memcpy(&f, &bits, sizeof f);
    return f;
}

hcl_status hcl_fold_halves(struct hcl_import *im, struct hcl_tfl_model *m)
{
    for (size_t i = 0; i < m->num_tensors; i++) {
        struct hcl_tfl_tensor *t = &m->tensors[i];
        const size_t len = t->data_len / 2;
        hcl_status st;
        float *data;
        uint16_t h;
        if (t->type != HCL_TFL_FLOAT16 || t->data == NULL)
            continue;
        data = hcl_fold_room(im, t->name, len * sizeof *data, &st);
        if (data == NULL)
            return st;
        for (size_t k = 0; k < len; k++) {
            memcpy(&h, t->data + 2 * k, sizeof h);
            data[k] = float_of_half(h);
        }
        free(t->own);
        t->type = HCL_TFL_FLOAT32;
        t->type_name = "FLOAT32";
        t->data = t->own = data;
        t->data_len = len * sizeof *data;
    }
    return HCL_OK;
}

static union hcl_number read_one(const uint8_t *p, int32_t type)
{
    union hcl_number out = { .i = 0 };
    float f;
    int32_t i32;
    int16_t i16;
    switch (type) {
    case HCL_TFL_FLOAT32:
        memcpy(&f, p, sizeof f);
        out.f = (double)f;
        break;
    case HCL_TFL_INT64:
        memcpy(&out.i, p, sizeof out.i);
        break;
    case HCL_TFL_INT32:
        memcpy(&i32, p, sizeof i32);
        out.i = i32;
        break;
    case HCL_TFL_INT16:
        memcpy(&i16, p, sizeof i16);
        out.i = i16;
        break;
    case HCL_TFL_BOOL:
        out.i = *p != 0;
        break;
    default:
        out.i = type == HCL_TFL_INT8 ? (int64_t)(int8_t)*p : (int64_t)*p;
    }
    return out;
}

/* Narrower integers keep the low bits. */
static void write_one(uint8_t *p, int32_t type, union hcl_number x)
{
    const float f = (float)x.f;
    const int32_t i32 = (int32_t)(uint32_t)(uint64_t)x.i;
    const int16_t i16 = (int16_t)(uint16_t)(uint64_t)x.i;
    switch (type) {
    case HCL_TFL_FLOAT32:
        memcpy(p, &f, sizeof f);
        break;
    case HCL_TFL_INT64:
        memcpy(p, &x.i, sizeof x.i);
        break;
    case HCL_TFL_INT32:
        memcpy(p, &i32, sizeof i32);
        break;
    case HCL_TFL_INT16:
        memcpy(p, &i16, sizeof i16);
        break;
    case HCL_TFL_BOOL:
        *p = x.i != 0;
        break;
    default:
        *p = (uint8_t)(uint64_t)x.i;
    }
}

hcl_status hcl_fold_numbers(const struct hcl_import *im, const struct hcl_map_shape *shape, bool is_float,
                            struct hcl_numbers *out)
{
    *out = (struct hcl_numbers){ .shape = *shape, .len = hcl_map_len(shape), .is_float = is_float };
    if (out->len == 0)
        return HCL_FAIL_TENSOR(im, "a constant of %u dimensions has no element, or too many", shape->rank);
    out->at = calloc(out->len, sizeof *out->at);
    return out->at != NULL ? HCL_OK
                           : hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu numbers", out->len);
}

hcl_status hcl_fold_read(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                         struct hcl_numbers *out)
{
    struct hcl_map_shape shape;
    size_t width;
    hcl_status st;
    *out = (struct hcl_numbers){ .len = 0 };
    if (k >= op->num_inputs || op->inputs[k] == HCL_TFL_ABSENT)
        return HCL_FAIL_OP(im, op, "operand %zu is missing", k);
    const struct hcl_tfl_tensor *t = &im->model->tensors[op->inputs[k]];
    HCL_TRY(hcl_import_shape_of(im, op->inputs[k], &shape));
    HCL_TRY(expect_plain(im, op, op->inputs[k], &shape, &width));
    HCL_TRY(hcl_fold_numbers(im, &shape, t->type == HCL_TFL_FLOAT32, out));
    for (size_t i = 0; i < out->len; i++)
        out->at[i] = read_one(t->data + i * width, t->type);
done:
    return st;
}

bool hcl_fold_makes_floats(const struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return im->model->tensors[op->outputs[0]].type == HCL_TFL_FLOAT32;
}

hcl_status hcl_fold_write(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_numbers *n)
{
    struct hcl_tfl_tensor *y = &im->model->tensors[op->outputs[0]];
    const size_t width = hcl_fold_width(y->type);
    uint8_t *data = NULL;
    hcl_status st = HCL_OK;
    if (width == 0 || y->quantised || n->is_float != (y->type == HCL_TFL_FLOAT32))
        st = HCL_FAIL_OP(im, op, "a result of type %s cannot be evaluated", y->type_name);
    else
        data = hcl_fold_room(im, y->name, n->len * width, &st);
    for (size_t i = 0; data != NULL && i < n->len; i++)
        write_one(data + i * width, y->type, n->at[i]);
    if (data != NULL)
        become(y, &n->shape, data, n->len * width, data);
    free(n->at);
    *n = (struct hcl_numbers){ .len = 0 };
    return st;
}
