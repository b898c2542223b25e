/* SPDX-License-Identifier: Apache-2.0 */
/* What the accuracy tests share: calibrate a model on .npy samples, run a labelled set through the
 * fixed-point interpreter and through the float executor. */
#ifndef HCL_TESTS_CONFORMANCE_ACCURACY_H
#define HCL_TESTS_CONFORMANCE_ACCURACY_H

#include "tests/support/test.h"

#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/evaluate.h"
#include "compiler/quantize/quantize.h"
#include "compiler/quantize/run.h"

static inline void quantize_with(struct hcl_fx_graph *out, struct hcl_quantize_report *report,
                                 const char *model, const char *calibration)
{
    struct hcl_samples samples;
    struct hcl_quantize_options options;
    struct hcl_err err;
    assert_ok(hcl_samples_read(&samples, calibration, model, 0, &err), err);
    hcl_quantize_options_default(&options);
    options.samples = samples.data;
    options.num_samples = samples.count;
    options.sample_len = samples.len;
    assert_ok(hcl_model_to_fixed_report(model, &options, out, report, &err), err);
    hcl_samples_clear(&samples);
}

/* Arg-max of the float executor's output for one sample. */
static inline size_t float_class(const struct hcl_graph *g, struct hcl_float_values *v, const float *sample)
{
    uint32_t x = g->inputs[0], y = g->outputs[0];
    size_t best = 0;
    memcpy(v->tensor[x], sample, hcl_tensor_len(&g->tensors[x]) * sizeof *sample);
    hcl_graph_evaluate(g, v);
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
