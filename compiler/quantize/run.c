/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/run.h"
#include "common/io/npy.h"
#include "common/sys/mem.h"
#include "compiler/fixed/batch.h"
#include <math.h>
#include <string.h>

#define MOST_CLASSES 0x1p53 /* what a double holds exactly */

static hcl_status allocate(struct hcl_run *r, const struct hcl_fx_graph *g, bool judging, struct hcl_err *err)
{
    hcl_status st;
    for (size_t o = 0; o < g->num_outputs; o++)
        r->output_len += hcl_fx_tensor_len(g, g->outputs[o]);
    HCL_TRY(hcl_mem_alloc((void **)&r->outputs, r->count * r->output_len, sizeof *r->outputs, "model outputs",
                          err));
    HCL_TRY(hcl_mem_alloc((void **)&r->classes, r->count, sizeof *r->classes, "classes", err));
    if (judging)
        HCL_TRY(hcl_mem_calloc((void **)&r->judged, r->count, sizeof *r->judged, "judgements", err));
done:
    return st;
}

static size_t arg_max(const int64_t *x, size_t len)
{
    size_t best = 0;
    for (size_t i = 1; i < len; i++)
        best = x[i] > x[best] ? i : best;
    return best;
}

static void keep_outputs(struct hcl_run *r, size_t sample, const struct hcl_fx_graph *g,
                         const struct hcl_fx_values *v)
{
    int64_t *to = r->outputs + sample * r->output_len;
    for (size_t o = 0; o < g->num_outputs; o++) {
        size_t len = hcl_fx_tensor_len(g, g->outputs[o]);
        memcpy(to, v->tensor[g->outputs[o]], len * sizeof *to);
        to += len;
    }
    const uint32_t first = g->outputs[0];
    r->classes[sample] = g->tensors[first].whole ? (size_t)v->tensor[first][0]
                                                 : arg_max(v->tensor[first], hcl_fx_tensor_len(g, first));
}

/* v: the values of sample i, all computed. */
static hcl_status keep(struct hcl_run *r, size_t i, const struct hcl_fx_graph *g, const struct hcl_samples *s,
                       const int64_t *labels, struct hcl_judge *judge, const struct hcl_fx_values *v,
                       struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (judge != NULL)
        st = hcl_judge_input(judge, s->data + i * s->len, v, &r->judged[i], err);
    if (st != HCL_OK)
        return st;
    if (judge != NULL && hcl_judgement_notable(&r->judged[i]) && r->bad++ == 0)
        r->first_bad = i;
    keep_outputs(r, i, g, v);
    r->correct += labels != NULL && labels[i] >= 0 && (size_t)labels[i] == r->classes[i];
    return HCL_OK;
}

hcl_status hcl_run(struct hcl_run *out, const struct hcl_fx_graph *g, const struct hcl_samples *samples,
                   const int64_t *labels, struct hcl_judge *judge, struct hcl_err *err)
{
    struct hcl_fx_values v = { 0 };
    hcl_status st;
    *out = (struct hcl_run){ .count = samples->count, .has_labels = labels != NULL };
    HCL_TRY(hcl_fx_values_init(&v, g, err));
    HCL_TRY(allocate(out, g, judge != NULL, err));
    for (size_t i = 0; i < samples->count; i++) {
        st = hcl_fx_set_inputs(g, &v, samples->data + i * samples->len, err);
        if (st == HCL_OK)
            st = hcl_interpret(g, &v, err);
        if (st == HCL_OK)
            st = keep(out, i, g, samples, labels, judge, &v, err);
        if (st != HCL_OK)
            HCL_TRY(hcl_fail_prefix(err, st, "sample %zu", i));
    }
done:
    hcl_fx_values_clear(&v);
    if (st != HCL_OK)
        hcl_run_clear(out);
    return st;
}

hcl_status hcl_run_batch(struct hcl_run *out, const struct hcl_fx_graph *g, const struct hcl_fx_graph *batch,
                         const struct hcl_samples *samples, const int64_t *labels, struct hcl_judge *judge,
                         struct hcl_err *err)
{
    struct hcl_fx_values v = { 0 }, one = { 0 };
    hcl_status st;
    HCL_CHECK(samples->count == batch->items);
    *out = (struct hcl_run){ .count = samples->count, .has_labels = labels != NULL };
    HCL_TRY(hcl_fx_values_init(&v, batch, err));
    HCL_TRY(allocate(out, g, judge != NULL, err));
    HCL_TRY(hcl_fx_set_inputs(batch, &v, samples->data, err));
    HCL_TRY(hcl_interpret(batch, &v, err));
    for (uint32_t i = 0; i < batch->items; i++) {
        HCL_TRY(hcl_fx_item_values(&one, batch, &v, i, err));
        st = keep(out, i, g, samples, labels, judge, &one, err);
        hcl_fx_item_clear(&one);
        HCL_TRY(st);
    }
done:
    hcl_fx_values_clear(&v);
    if (st != HCL_OK)
        hcl_run_clear(out);
    return st;
}

void hcl_run_clear(struct hcl_run *r)
{
    hcl_mem_free_secret(r->outputs);
    hcl_mem_free_secret(r->classes);
    hcl_mem_free_secret(r->judged);
    *r = (struct hcl_run){ 0 };
}

hcl_status hcl_labels_read(int64_t **out, const char *path, size_t count, struct hcl_err *err)
{
    struct hcl_npy a;
    *out = NULL;
    hcl_status st = hcl_npy_read(&a, path, err);
    if (st != HCL_OK)
        return st;
    if (a.type == HCL_NPY_F32 || a.type == HCL_NPY_F64)
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has dtype %s, expected integer labels", path,
                      hcl_npy_type_name(a.type));
    else if (a.len != count)
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu labels, expected one for each of %zu samples", path,
                      a.len, count);
    else if ((*out = malloc((count + 1) * sizeof **out)) == NULL)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu labels", count);
    for (size_t i = 0; st == HCL_OK && i < count; i++) {
        const double label = hcl_npy_get(&a, i);
        if (fabs(label) <= MOST_CLASSES)
            (*out)[i] = (int64_t)label;
        else
            st = hcl_fail(err, HCL_BAD_INPUT, "label %zu in '%s' is %g, expected the number of a class", i,
                          path, label);
    }
    hcl_npy_clear(&a);
    if (st != HCL_OK) {
        free(*out);
        *out = NULL;
    }
    return st;
}

static json_t *tensor_json(const struct hcl_fx_tensor *t, const int64_t *values, size_t len)
{
    json_t *shape = json_array(), *fixed = json_array(), *value = json_array();
    const struct hcl_map_shape s = hcl_map_shape_of(t->dims, t->rank, &t->wide);
    for (uint32_t i = 0; i < s.rank; i++)
        json_array_append_new(shape, json_integer(s.dims[i]));
    for (size_t i = 0; i < len; i++) {
        json_array_append_new(fixed, json_integer(values[i]));
        json_array_append_new(value, json_real(ldexp((double)values[i], -t->frac_bits)));
    }
    return json_pack("{s:s, s:o, s:i, s:o, s:o}", "name", t->name, "shape", shape, "frac_bits", t->frac_bits,
                     "fixed", fixed, "value", value);
}

static json_t *sample_json(const struct hcl_run *r, const struct hcl_fx_graph *g, size_t sample)
{
    const int64_t *values = r->outputs + sample * r->output_len;
    json_t *tensors = json_array();
    for (size_t o = 0; o < g->num_outputs; o++) {
        size_t len = hcl_fx_tensor_len(g, g->outputs[o]);
        json_array_append_new(tensors, tensor_json(&g->tensors[g->outputs[o]], values, len));
        values += len;
    }
    return json_pack("{s:I, s:o*, s:o}", "class", (json_int_t)r->classes[sample], "accuracy",
                     r->judged != NULL ? hcl_judgement_json(&r->judged[sample]) : NULL, "tensors", tensors);
}

json_t *hcl_run_json(const struct hcl_run *r, const struct hcl_fx_graph *g, size_t max_outputs)
{
    json_t *root = json_pack("{s:I}", "samples", (json_int_t)r->count), *outputs = json_array();
    if (r->has_labels && r->count > 0) {
        json_object_set_new(root, "correct", json_integer((json_int_t)r->correct));
        json_object_set_new(root, "accuracy", json_real((double)r->correct / (double)r->count));
    }
    for (size_t i = 0; i < r->count && i < max_outputs; i++)
        json_array_append_new(outputs, sample_json(r, g, i));
    json_object_set_new(root, "outputs", outputs);
    return root;
}
