/* SPDX-License-Identifier: Apache-2.0 */
/* What the accuracy tests share: choose scales and layout as the commands do, run a labelled set through the
 * fixed-point interpreter and through the float executor. */
#ifndef HCL_TESTS_CONFORMANCE_ACCURACY_H
#define HCL_TESTS_CONFORMANCE_ACCURACY_H

#include "tests/support/test.h"

#include "compiler/choose.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/evaluate.h"
#include "compiler/model.h"
#include "compiler/quantize/run.h"

/* calibration: .npy, or NULL for none. */
static inline void choose_with(struct hcl_choice *out, const char *model, const char *calibration)
{
    struct hcl_samples samples = { 0 };
    struct hcl_quantize_options options;
    const struct hcl_compile_options layout = { 0 };
    struct hcl_graph g;
    struct hcl_err err;
    hcl_quantize_options_default(&options);
    options.weight_visibility = HCL_COMMITTED;
    assert_ok(hcl_model_read(&g, model, NULL, &err), err);
    if (calibration != NULL)
        assert_ok(hcl_samples_read_one(&samples, calibration, &g, 0, &err), err);
    options.samples = samples;
    assert_ok(hcl_choose(&g, &options, &layout, NULL, out, &err), err);
    hcl_samples_clear(&samples);
    hcl_graph_clear(&g);
    hcl_choice_print(out, stdout);
    assert_string_equal(out->quant.calibration, calibration != NULL ? "samples" : "synthetic");
}

struct tally {
    size_t ran, correct, agree; /* samples that stayed in range; of those, as labelled; as the float model */
};

static inline struct tally tally_all(const struct hcl_fx_graph *g, const struct hcl_samples *s,
                                     const int64_t *labels, const int64_t *float_classes)
{
    struct tally t = { 0 };
    for (size_t i = 0; i < s->count; i++) {
        const struct hcl_samples one = { s->data + i * s->len, 1, s->len };
        struct hcl_run run;
        struct hcl_err err;
        if (hcl_run(&run, g, &one, NULL, NULL, &err) != HCL_OK) {
            printf("sample %zu: %s\n", i, err.msg);
            continue;
        }
        t.ran++;
        t.correct += run.classes[0] == (size_t)labels[i];
        t.agree += run.classes[0] == (size_t)float_classes[i];
        hcl_run_clear(&run);
    }
    return t;
}

/* Arg-max of the float executor's output for one sample. */
static inline size_t float_class(const struct hcl_graph *g, struct hcl_float_values *v, const float *sample)
{
    uint32_t x = g->inputs[0], y = g->outputs[0];
    size_t best = 0;
    struct hcl_err err;
    memcpy(v->tensor[x], sample, hcl_tensor_len(&g->tensors[x]) * sizeof *sample);
    assert_ok(hcl_graph_evaluate(g, v, &err), err);
    for (size_t i = 1; i < hcl_tensor_len(&g->tensors[y]); i++)
        best = v->tensor[y][i] > v->tensor[y][best] ? i : best;
    return best;
}

/* At least `permille` of n. */
static inline void assert_share(const char *what, size_t count, size_t n, size_t permille)
{
    printf("%s: %zu of %zu (%.2f %%)\n", what, count, n, 100.0 * (double)count / (double)n);
    if (count * 1000 < n * permille)
        fail_msg("%s: %zu of %zu, expected at least %zu per mille", what, count, n, permille);
}

#endif
