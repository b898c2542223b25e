/* SPDX-License-Identifier: Apache-2.0 */
/* A batch through the fixed-point interpreter, for `halocline run` and the accuracy tests: exactly what a
 * proof would claim, without proving it. */
#ifndef HCL_COMPILER_QUANTIZE_RUN_H
#define HCL_COMPILER_QUANTIZE_RUN_H

#include "compiler/quantize/judge.h"
#include "compiler/quantize/samples.h"
#include <jansson.h>

struct hcl_run {
    size_t count;
    size_t output_len; /* elements of all outputs together */
    int64_t *outputs;  /* count x output_len, in the order of g->outputs */
    size_t *classes; /* count: arg-max of the first output, the first one among equals; its first number if it
                      * holds whole numbers */
    bool has_labels;
    size_t correct;               /* classes that equal their label */
    struct hcl_judgement *judged; /* count: how far each is from the float model; NULL without a judge */
    size_t bad;                   /* of these, those that are notable; the first one */
    size_t first_bad;
};

/** Run every sample and have it judged (NULL: by nobody). labels: count class numbers, or NULL. A sample that
 * leaves a number range stops the run; the message begins with its number. */
HCL_MUST_CHECK hcl_status hcl_run(struct hcl_run *out, const struct hcl_fx_graph *g,
                                  const struct hcl_samples *samples, const int64_t *labels,
                                  struct hcl_judge *judge, struct hcl_err *err);
/** The same for the items of `batch`, g repeated (compiler/fixed/batch.h): samples are its items, which run
 * together. */
HCL_MUST_CHECK hcl_status hcl_run_batch(struct hcl_run *out, const struct hcl_fx_graph *g,
                                        const struct hcl_fx_graph *batch, const struct hcl_samples *samples,
                                        const int64_t *labels, struct hcl_judge *judge, struct hcl_err *err);
void hcl_run_clear(struct hcl_run *r);

/** Class labels from an integer .npy of `count` elements (to be freed). */
HCL_MUST_CHECK hcl_status hcl_labels_read(int64_t **out, const char *path, size_t count, struct hcl_err *err);

/** { "samples", "correct", "accuracy" (with labels), "outputs": [{ "class", "accuracy" (if judged:
 * hcl_judgement_json), "tensors": [{ "name", "shape", "frac_bits", "fixed": [...], "value": [...] }] }] }; at
 * most max_outputs samples are listed. NULL: no memory. The caller owns the result. */
json_t *hcl_run_json(const struct hcl_run *r, const struct hcl_fx_graph *g, size_t max_outputs);

#endif
