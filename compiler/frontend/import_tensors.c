/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors of the file as tensors of the graph: types, shapes, constants. */
#include "compiler/frontend/import.h"
#include "compiler/operators/elementwise.h"
#include <math.h>
#include <search.h>
#include <string.h>

/* Constants may take up this many times the bytes of the file and of what was folded: one buffer may be read
 * under several shapes. */
#define MOST_SHAPES 16
/* Up to here floats hold every integer. */
#define MOST_INTEGER ((int64_t)1 << 24)

static hcl_status expect_fixed(const struct hcl_import *im, const struct hcl_tfl_tensor *t)
{
    if (!t->dynamic)
        return HCL_OK;
    return HCL_FAIL_TENSOR(im,
                           "tensor '%s' has a dynamic shape, expected a fixed one: convert the model with "
                           "all sizes given, e.g. tf.TensorSpec([1, 224, 224, 3]) or an Input of "
                           "batch_size=1",
                           t->name);
}

hcl_status hcl_import_dims(const struct hcl_import *im, const struct hcl_tfl_tensor *t, uint32_t dims[4])
{
    hcl_status st;
    if (t->rank > 4)
        return HCL_FAIL_TENSOR(im, "tensor '%s' has %u dimensions, expected at most 4", t->name, t->rank);
    HCL_TRY(expect_fixed(im, t));
    size_t len = 1;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t skip = 4 - t->rank;
        int32_t d = i < skip ? 1 : t->dims[i - skip];
        if (d < 1 || (size_t)d > HCL_TENSOR_MAX_LEN / len)
            return HCL_FAIL_TENSOR(im,
                                   "dimension %u of tensor '%s' is %d, expected a fixed size of at least 1 "
                                   "and at most %zu elements in all",
                                   i - skip, t->name, d, HCL_TENSOR_MAX_LEN);
        dims[i] = (uint32_t)d;
        len *= (size_t)d;
    }
done:
    return st;
}

static hcl_status expect_type(const struct hcl_import *im, const struct hcl_tfl_tensor *t, int32_t type,
                              const char *name)
{
    if (t->type == type)
        return HCL_OK;
    if (t->quantised)
        return HCL_FAIL_TENSOR(im,
                               "quantised %s models are not supported yet (tensor '%s'), expected float32: "
                               "convert the model without optimizations",
                               t->type_name, t->name);
    return HCL_FAIL_TENSOR(im, "tensor '%s' has type %s (%d), expected %s", t->name, t->type_name, t->type,
                           name);
}

static hcl_status expect_data(const struct hcl_import *im, const struct hcl_tfl_tensor *t, size_t bytes)
{
    if (t->data_len == bytes)
        return HCL_OK;
    return HCL_FAIL_TENSOR(im, "constant '%s' has %zu bytes, expected %zu for its shape", t->name,
                           t->data_len, bytes);
}

static bool is_in_file(const struct hcl_import *im, const uint8_t *data)
{
    return (uintptr_t)data >= (uintptr_t)im->bytes && (uintptr_t)data < (uintptr_t)im->bytes + im->len;
}

static size_t width_of(const struct hcl_tfl_tensor *t)
{
    return t->type == HCL_TFL_BOOL ? 1 : t->type == HCL_TFL_INT64 ? 8 : 4;
}

/* Integers and truth values as floats, which hold them or the constant is refused. */
static hcl_status convert(const struct hcl_import *im, const struct hcl_tfl_tensor *t, size_t len, float *out)
{
    for (size_t i = 0; i < len; i++) {
        int32_t narrow = 0;
        int64_t v = 0;
        if (t->type == HCL_TFL_INT64)
            memcpy(&v, t->data + 8 * i, sizeof v);
        else if (t->type == HCL_TFL_INT32)
            memcpy(&narrow, t->data + 4 * i, sizeof narrow);
        else
            narrow = t->data[i] != 0;
        v = t->type == HCL_TFL_INT64 ? v : narrow;
        if (v < -MOST_INTEGER || v > MOST_INTEGER)
            return HCL_FAIL_TENSOR(im, "constant '%s' is %lld at element %zu, expected at most 2^24", t->name,
                                   (long long)v, i);
        out[i] = (float)v;
    }
    return HCL_OK;
}

/* What masks are made of: stands for infinity where a sum or a choice reads it. */
#define BEYOND_ALL 1e30F
enum { TFL_ADD = 0, TFL_SUB = 41, TFL_SELECT = 64, TFL_SELECT_V2 = 123 };

static bool takes_infinity(const struct hcl_tfl_op *op)
{
    return op != NULL && (op->code == TFL_ADD || op->code == TFL_SUB || op->code == TFL_SELECT ||
                          op->code == TFL_SELECT_V2);
}

static bool has_infinity(const struct hcl_tfl_tensor *t, size_t len)
{
    float f;
    for (size_t i = 0; t->type == HCL_TFL_FLOAT32 && i < len; i++) {
        memcpy(&f, t->data + i * sizeof f, sizeof f);
        if (isinf(f))
            return true;
    }
    return false;
}

/* The constant where it lies in the file, or a copy. *borrowed tells. */
static hcl_status take_constant(struct hcl_import *im, const struct hcl_tfl_tensor *t, size_t len,
                                float **out, bool *borrowed)
{
    hcl_status st = expect_data(im, t, len * width_of(t));
    if (st != HCL_OK)
        return st;
    im->constant_bytes += len * sizeof(float);
    if (im->constant_bytes > MOST_SHAPES * (im->len + im->folded_bytes))
        return HCL_FAIL_TENSOR(im,
                               "constants add up to more than %zu bytes at tensor '%s', far more than the "
                               "file has: one buffer under too many shapes",
                               MOST_SHAPES * (im->len + im->folded_bytes), t->name);
    const bool masks = takes_infinity(im->op) && has_infinity(t, len);
    *borrowed = !masks && im->keeps_file && t->type == HCL_TFL_FLOAT32 && is_in_file(im, t->data) &&
                (uintptr_t)t->data % _Alignof(float) == 0;
    if (*borrowed) {
        *out = (float *)(uintptr_t)t->data;
        return HCL_OK;
    }
    *out = calloc(len, sizeof **out);
    if (*out == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for constant '%s'", t->name);
    if (t->type == HCL_TFL_FLOAT32)
        memcpy(*out, t->data, t->data_len);
    else
        st = convert(im, t, len, *out);
    for (size_t i = 0; masks && i < len; i++)
        (*out)[i] = isinf((*out)[i]) ? copysignf(BEYOND_ALL, (*out)[i]) : (*out)[i];
    return st;
}

/* One buffer of the file under one type and shape. */
struct constant {
    const uint8_t *data;
    int32_t type;
    uint32_t dims[4];
    uint32_t index; /* in the graph */
};

static int compare_constants(const void *a, const void *b)
{
    const struct constant *x = a, *y = b;
    if (x->data != y->data)
        return (uintptr_t)x->data < (uintptr_t)y->data ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return memcmp(x->dims, y->dims, sizeof x->dims);
}

static const char *name_of(const struct hcl_tfl_tensor *t)
{
    return t->name[0] != '\0' ? t->name : "unnamed";
}

static hcl_status import_constant(struct hcl_import *im, const struct hcl_tfl_tensor *t,
                                  const struct hcl_import_shape *shape, uint32_t *out)
{
    struct constant *c = malloc(sizeof *c), **found = NULL;
    const uint32_t *d = shape->dims;
    float *data = NULL;
    bool borrowed = false;
    hcl_status st = HCL_OK;
    if (c != NULL) {
        *c = (struct constant){ .data = t->data, .type = t->type, .dims = { d[0], d[1], d[2], d[3] } };
        found = tsearch(c, &im->constants, compare_constants);
    }
    if (found == NULL) {
        free(c);
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for constant '%s'", t->name);
    }
    if (*found != c) {
        free(c);
        *out = (*found)->index;
        return HCL_OK;
    }
    st = take_constant(im, t, (size_t)d[0] * d[1] * d[2] * d[3], &data, &borrowed);
    if (st != HCL_OK) {
        free(data);
        goto done;
    }
    HCL_TRY(hcl_graph_add_tensor(im->graph, name_of(t), d, shape->rank, borrowed ? NULL : data, &c->index,
                                 im->err));
    im->graph->tensors[c->index].data = data;
    im->graph->tensors[c->index].borrowed = borrowed;
    *out = c->index;
    return HCL_OK;
done:
    tdelete(c, &im->constants, compare_constants);
    free(c);
    return st;
}

void hcl_import_forget_constants(struct hcl_import *im)
{
    tdestroy(im->constants, free);
    im->constants = NULL;
}

hcl_status hcl_import_tensor(struct hcl_import *im, int32_t t, const struct hcl_import_shape *as,
                             uint32_t *out)
{
    const struct hcl_tfl_tensor *ft = &im->model->tensors[t];
    struct hcl_import_shape own = { .rank = ft->rank };
    hcl_status st = HCL_OK;
    *out = im->tensor[t];
    if (*out != HCL_GRAPH_NONE)
        return HCL_OK;
    if (ft->quantised || (ft->type != HCL_TFL_BOOL && ft->type != HCL_TFL_INT32 && ft->type != HCL_TFL_INT64))
        HCL_TRY(expect_type(im, ft, HCL_TFL_FLOAT32, "FLOAT32"));
    if (as == NULL)
        HCL_TRY(hcl_import_dims(im, ft, own.dims));
    if (ft->data != NULL)
        return import_constant(im, ft, as != NULL ? as : &own, out);
    HCL_TRY(hcl_graph_add_tensor(im->graph, name_of(ft), as != NULL ? as->dims : own.dims,
                                 as != NULL ? as->rank : own.rank, NULL, &im->tensor[t], im->err));
    *out = im->tensor[t];
done:
    return st;
}

static hcl_status expect_operand(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k)
{
    if (k < op->num_inputs && op->inputs[k] != HCL_TFL_ABSENT)
        return HCL_OK;
    return HCL_FAIL_OP(im, op, "operand %zu is missing", k);
}

static hcl_status expect_plain(const struct hcl_import *im, int32_t t)
{
    if (im->wide[t].rank == 0)
        return HCL_OK;
    return HCL_FAIL_TENSOR(im, "tensor '%s' has %u dimensions, expected at most 4, the first of four 1",
                           im->model->tensors[t].name, im->wide[t].rank);
}

hcl_status hcl_import_operand(struct hcl_import *im, const struct hcl_tfl_op *op, size_t k, uint32_t *out)
{
    hcl_status st;
    HCL_TRY(expect_operand(im, op, k));
    HCL_TRY(expect_plain(im, op->inputs[k]));
    HCL_TRY(hcl_import_tensor(im, op->inputs[k], NULL, out));
done:
    return st;
}

/* As the file says; more than four dimensions are fine. */
static hcl_status recorded_shape(const struct hcl_import *im, const struct hcl_tfl_tensor *t,
                                 struct hcl_map_shape *out)
{
    *out = (struct hcl_map_shape){ .rank = t->rank };
    for (uint32_t i = 0; i < t->rank; i++)
        out->dims[i] = t->dims[i] < 1 ? 0 : (uint32_t)t->dims[i];
    if (hcl_map_len(out) == 0)
        return HCL_FAIL_TENSOR(im, "tensor '%s' has no fixed shape of at least one element", t->name);
    return HCL_OK;
}

/* Truth values are the whole numbers 0 and 1; what operators read are real ones, that can be moved together
 * with others. */
static hcl_status import_truth(struct hcl_import *im, int32_t t, const struct hcl_import_shape *as)
{
    struct hcl_node n = { .op = hcl_function_op(HCL_FN_NOT_ZERO),
                          .act = { .id = HCL_FN_NOT_ZERO },
                          .origin = HCL_GRAPH_NONE,
                          .inputs = { 0, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
    char name[HCL_TFL_NAME_LEN];
    hcl_status st;
    HCL_TRY(hcl_import_tensor(im, t, as, &n.inputs[0]));
    im->truth[t] = n.inputs[0];
    im->graph->tensors[n.inputs[0]].numbers = 2;
    snprintf(name, sizeof name, "%s", im->graph->tensors[n.inputs[0]].name);
    HCL_TRY(hcl_graph_add_tensor(im->graph, name, as->dims, as->rank, NULL, &n.output, im->err));
    im->tensor[t] = n.output;
    n.name = name; /* copied */
    st = hcl_graph_add_node(im->graph, &n, im->err);
done:
    return st;
}

hcl_status hcl_import_inputs(struct hcl_import *im)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < im->model->num_inputs; i++) {
        const int32_t t = im->model->inputs[i].tensor;
        const struct hcl_tfl_tensor *x = &im->model->tensors[t];
        struct hcl_map_shape shape;
        struct hcl_import_shape as = { .rank = x->rank };
        const bool plain = x->rank < 4 || (x->rank == 4 && x->dims[0] == 1);
        uint32_t index;
        if ((plain && x->type != HCL_TFL_BOOL) || im->tensor[t] != HCL_GRAPH_NONE || x->data != NULL)
            continue;
        if (plain) {
            HCL_TRY(hcl_import_dims(im, x, as.dims));
        } else {
            HCL_TRY(expect_fixed(im, x));
            HCL_TRY(recorded_shape(im, x, &shape));
            (void)hcl_import_fits(&shape, &as);
            im->wide[t] = shape;
        }
        if (x->type == HCL_TFL_BOOL)
            HCL_TRY(import_truth(im, t, &as));
        else
            HCL_TRY(hcl_import_tensor(im, t, &as, &index));
    }
done:
    return st;
}

hcl_status hcl_import_end(struct hcl_import *im, const struct hcl_tfl_end *end, bool input, uint32_t *out)
{
    hcl_status st;
    HCL_TRY(hcl_import_tensor(im, end->tensor, NULL, out));
    if (input && im->truth[end->tensor] != HCL_GRAPH_NONE)
        *out = im->truth[end->tensor];
    if (end->name[0] != '\0')
        st = hcl_tensor_set_entry(&im->graph->tensors[*out], end->name, im->err);
done:
    return st;
}

hcl_status hcl_import_initial(struct hcl_import *im, int32_t constant, uint32_t input)
{
    const struct hcl_tfl_tensor *t = &im->model->tensors[constant];
    struct hcl_tensor *x = &im->graph->tensors[input];
    const size_t len = hcl_tensor_len(x);
    hcl_status st;
    HCL_TRY(expect_type(im, t, HCL_TFL_FLOAT32, "FLOAT32"));
    HCL_TRY(expect_data(im, t, len * sizeof *x->initial));
    x->initial = malloc(len * sizeof *x->initial);
    if (x->initial == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for constant '%s'", t->name);
    memcpy(x->initial, t->data, t->data_len);
done:
    return st;
}

hcl_status hcl_import_shape_of(const struct hcl_import *im, int32_t t, struct hcl_map_shape *out)
{
    const struct hcl_tensor *x;
    if (im->folding || im->model->tensors[t].data != NULL)
        return recorded_shape(im, &im->model->tensors[t], out);
    if (im->wide[t].rank > 0) {
        *out = im->wide[t];
        return HCL_OK;
    }
    if (im->tensor[t] == HCL_GRAPH_NONE)
        return recorded_shape(im, &im->model->tensors[t], out);
    x = &im->graph->tensors[im->tensor[t]];
    *out = (struct hcl_map_shape){ .rank = x->rank };
    for (uint32_t i = 0; i < x->rank; i++)
        out->dims[i] = x->dims[4 - x->rank + i];
    return HCL_OK;
}

bool hcl_import_fits(const struct hcl_map_shape *shape, struct hcl_import_shape *out)
{
    const bool plain = shape->rank < 4 || (shape->rank == 4 && shape->dims[0] == 1);
    const uint32_t last = shape->rank > 0 ? shape->dims[shape->rank - 1] : 1;
    if (plain)
        *out = (struct hcl_import_shape){ { 1, 1, 1, 1 }, shape->rank };
    else
        *out = (struct hcl_import_shape){ { 1, 1, (uint32_t)(hcl_map_len(shape) / last), last }, 2 };
    for (uint32_t i = 0; plain && i < shape->rank; i++)
        out->dims[4 - shape->rank + i] = shape->dims[i];
    return plain;
}

hcl_status hcl_import_any(struct hcl_import *im, const struct hcl_tfl_op *op, size_t k, uint32_t *out,
                          struct hcl_map_shape *shape)
{
    struct hcl_import_shape as;
    hcl_status st;
    HCL_TRY(expect_operand(im, op, k));
    HCL_TRY(hcl_import_shape_of(im, op->inputs[k], shape));
    if (im->folding) {
        *out = (uint32_t)op->inputs[k];
        goto done;
    }
    (void)hcl_import_fits(shape, &as);
    HCL_TRY(hcl_import_tensor(im, op->inputs[k], im->model->tensors[op->inputs[k]].data != NULL ? &as : NULL,
                              out));
done:
    return st;
}

hcl_status hcl_import_result(struct hcl_import *im, const struct hcl_tfl_op *op, size_t which,
                             const struct hcl_map_shape *shape, uint32_t *out)
{
    struct hcl_import_shape as;
    hcl_status st;
    if (which >= op->num_outputs)
        return HCL_FAIL_OP(im, op, "%zu outputs, expected at least %zu", op->num_outputs, which + 1);
    if (!hcl_import_fits(shape, &as))
        im->wide[op->outputs[which]] = *shape;
    HCL_TRY(hcl_import_tensor(im, op->outputs[which], &as, out));
    if (im->graph->tensors[*out].data != NULL)
        return HCL_FAIL_OP(im, op, "%s", "its output is a constant");
done:
    return st;
}

hcl_status hcl_import_integers(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                               int64_t *out, size_t most, size_t *n)
{
    const struct hcl_tfl_tensor *t;
    hcl_status st;
    size_t width;
    HCL_TRY(expect_operand(im, op, k));
    t = &im->model->tensors[op->inputs[k]];
    width = t->type == HCL_TFL_INT64 ? 8 : 4;
    if (width == 4)
        HCL_TRY(expect_type(im, t, HCL_TFL_INT32, "INT32 or INT64"));
    if (t->data == NULL)
        return HCL_FAIL_OP(im, op, "operand '%s' is computed, expected a constant", t->name);
    if (t->data_len % width != 0 || t->data_len / width > most)
        return HCL_FAIL_OP(im, op, "'%s' has %zu bytes, expected at most %zu entries of %zu", t->name,
                           t->data_len, most, width);
    *n = t->data_len / width;
    for (size_t i = 0; i < *n; i++) {
        int32_t narrow = 0;
        memcpy(width == 8 ? (void *)&out[i] : (void *)&narrow, t->data + width * i, width);
        out[i] = width == 8 ? out[i] : narrow;
    }
done:
    return st;
}
