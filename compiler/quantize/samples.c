/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/samples.h"
#include "common/io/npy.h"
#include "common/sys/mem.h"
#include "compiler/frontend/import_tflite.h"
#include <float.h>
#include <math.h>
#include <stdio.h>

/* The model input as the file says it: the last `rank` of four dimensions. */
struct shape {
    const uint32_t *dims;
    uint32_t rank;
};

/* "[a,b,...]": 20 digits and a comma for each dimension. */
enum { SHAPE_TEXT = 21 * HCL_NPY_MAX_RANK + 3 };

static void print_shape(char out[SHAPE_TEXT], const size_t *dims, uint32_t rank)
{
    int n = snprintf(out, SHAPE_TEXT, "[");
    for (uint32_t i = 0; i < rank; i++)
        n += snprintf(out + n, SHAPE_TEXT - (size_t)n, "%s%zu", i == 0 ? "" : ",", dims[i]);
    snprintf(out + n, SHAPE_TEXT - (size_t)n, "]");
}

/* Whether a's last dimensions are want[skip..rank), and a has `extra` more in front of them. */
static bool tail_matches(const struct hcl_npy *a, const size_t *want, uint32_t rank, uint32_t skip,
                         uint32_t extra)
{
    if (a->rank != rank - skip + extra)
        return false;
    for (uint32_t i = skip; i < rank; i++)
        if (a->dims[i - skip + extra] != want[i])
            return false;
    return true;
}

/* What may turn an array's shape into the wanted one. Elements in another order, channels first, are not to
 * be reshaped. */
static const char *remedy(const struct hcl_npy *a, const size_t *want, uint32_t rank)
{
    size_t len = 1, matched = 0;
    bool taken[HCL_NPY_MAX_RANK] = { false };
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t k = 0;
        len *= want[i];
        while (k < a->rank && (taken[k] || a->dims[k] != want[i]))
            k++;
        if (k < a->rank) {
            taken[k] = true;
            matched++;
        }
    }
    if (matched == rank && a->rank == rank)
        return ": x.transpose brings its axes into that order";
    return a->len > 0 && a->len % len == 0 ? ": x.reshape gives it that" : "";
}

static hcl_status match_shape(const struct hcl_npy *a, const char *file, struct shape s,
                              struct hcl_samples *out, struct hcl_err *err)
{
    size_t want[4] = { 1, 1, 1, 1 };
    char got_text[SHAPE_TEXT], want_text[SHAPE_TEXT], tail_text[SHAPE_TEXT];
    out->len = 1;
    for (uint32_t i = 0; i < s.rank; i++) {
        want[i] = s.dims[4 - s.rank + i];
        out->len *= want[i];
    }
    bool batched = s.rank > 0 && want[0] == 1; /* the first axis is the batch */
    bool one = tail_matches(a, want, s.rank, 0, 0) || (batched && tail_matches(a, want, s.rank, 1, 0));
    bool many = tail_matches(a, want, s.rank, 0, 1) || (batched && tail_matches(a, want, s.rank, 1, 1));
    if ((one || many) && a->len > 0) {
        out->count = one ? 1 : a->dims[0];
        return HCL_OK;
    }
    print_shape(got_text, a->dims, a->rank);
    print_shape(want_text, want, s.rank);
    print_shape(tail_text, want + batched, s.rank - batched);
    return hcl_fail(
        err, HCL_BAD_INPUT, "'%s' has shape %s, expected the model input's %s, or [N%s%s for N inputs%s",
        file, got_text, want_text, tail_text[1] == ']' ? "" : ",", tail_text + 1, remedy(a, want, s.rank));
}

static hcl_status convert(const struct hcl_npy *a, const char *file, double divide_by,
                          struct hcl_samples *out, struct hcl_err *err)
{
    bool real = a->type == HCL_NPY_F32 || a->type == HCL_NPY_F64;
    if (!real && divide_by == 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' has dtype %s, expected float32 or float64, or --divide-by X (255 for images in "
                        "uint8, 1 for integers as they are)",
                        file, hcl_npy_type_name(a->type));
    if (!(divide_by >= 0 && isfinite(divide_by)))
        return hcl_fail(err, HCL_BAD_INPUT, "the divisor is %g, expected a positive number", divide_by);
    hcl_status st = hcl_mem_alloc((void **)&out->data, a->len, sizeof *out->data, "model inputs", err);
    for (size_t i = 0; st == HCL_OK && i < a->len; i++) {
        double v = hcl_npy_get(a, i) / (divide_by > 0 ? divide_by : 1);
        if (!(fabs(v) <= (double)FLT_MAX))
            return hcl_fail(err, HCL_BAD_INPUT,
                            "'%s' is %g at element %zu of sample %zu, expected a finite number", file, v,
                            i % out->len, i / out->len);
        out->data[i] = (float)v;
    }
    return st;
}

static hcl_status read_samples(struct hcl_samples *out, const char *path, struct shape shape,
                               double divide_by, struct hcl_err *err)
{
    struct hcl_npy a;
    hcl_status st = hcl_npy_read(&a, path, err);
    if (st == HCL_OK)
        st = match_shape(&a, path, shape, out, err);
    if (st == HCL_OK)
        st = convert(&a, path, divide_by, out, err);
    hcl_npy_clear(&a);
    if (st != HCL_OK)
        hcl_samples_clear(out);
    return st;
}

hcl_status hcl_samples_read(struct hcl_samples *out, const char *npy_path, const char *model_path,
                            const char *signature, double divide_by, struct hcl_err *err)
{
    struct hcl_graph g;
    *out = (struct hcl_samples){ 0 };
    hcl_status st = hcl_tflite_import(&g, model_path, signature, err);
    if (st != HCL_OK)
        return st;
    if (g.num_inputs != 1) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu inputs, expected 1", model_path, g.num_inputs);
    } else {
        const struct hcl_tensor *x = &g.tensors[g.inputs[0]];
        st = read_samples(out, npy_path, (struct shape){ x->dims, x->rank }, divide_by, err);
    }
    hcl_graph_clear(&g);
    return st;
}

hcl_status hcl_samples_read_for(struct hcl_samples *out, const char *npy_path, const struct hcl_fx_graph *g,
                                double divide_by, struct hcl_err *err)
{
    *out = (struct hcl_samples){ 0 };
    if (g->num_inputs != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "the model has %zu inputs, expected 1", g->num_inputs);
    const struct hcl_fx_tensor *x = &g->tensors[g->inputs[0]];
    return read_samples(out, npy_path, (struct shape){ x->dims, x->rank }, divide_by, err);
}

void hcl_samples_clear(struct hcl_samples *s)
{
    hcl_mem_free_secret(s->data);
    *s = (struct hcl_samples){ 0 };
}
