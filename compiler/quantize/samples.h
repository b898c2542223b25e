/* SPDX-License-Identifier: Apache-2.0 */
/* Model inputs from .npy files: one sample of the model's input shape, or a batch along the first axis. */
#ifndef HCL_COMPILER_QUANTIZE_SAMPLES_H
#define HCL_COMPILER_QUANTIZE_SAMPLES_H

#include "common/sys/status.h"
#include "compiler/fixed/fixed_graph.h"
#include <stddef.h>
#include <stdint.h>

/* count samples of len floats each, one after the other. Holds the witness: clearing wipes it. */
struct hcl_samples {
    float *data;
    size_t count, len;
};

/** Read npy_path as inputs of the model at model_path (signature: hcl_tflite_import). The shape must be the
 * input's, with the leading 1 of the model replaced by any batch or left out, or with a batch in front of it.
 * dtype float32 or float64; integers only with divide_by > 0. Every value is divided by divide_by (0: taken
 * as it is), must be finite and fit a float. HCL_BAD_INPUT names file and element. */
HCL_MUST_CHECK hcl_status hcl_samples_read(struct hcl_samples *out, const char *npy_path,
                                           const char *model_path, const char *signature, double divide_by,
                                           struct hcl_err *err);
/** The same for a graph that is already there. */
HCL_MUST_CHECK hcl_status hcl_samples_read_for(struct hcl_samples *out, const char *npy_path,
                                               const struct hcl_fx_graph *g, double divide_by,
                                               struct hcl_err *err);
void hcl_samples_clear(struct hcl_samples *s);

#endif
