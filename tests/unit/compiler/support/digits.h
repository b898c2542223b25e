/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped sample and its calibration. */
#ifndef HCL_TESTS_DIGITS_H
#define HCL_TESTS_DIGITS_H

#include "compiler/model.h"
#include "compiler/quantize/quantize.h"
#include "tests/support/test.h"

#define DIGITS HCL_SOURCE_DIR "/examples/digits/"
#define DIGITS_MODEL DIGITS "model.tflite"

/** The sample's model, simplified. */
static inline void digits_model(struct hcl_graph *g)
{
    struct hcl_err err;

    assert_ok(hcl_model_read(g, DIGITS_MODEL, NULL, &err), err);
}

/** One of its .npy files. */
static inline void digits_samples(struct hcl_samples *out, const char *path)
{
    struct hcl_graph g;
    struct hcl_err err;

    digits_model(&g);
    assert_ok(hcl_samples_read_one(out, path, &g, 0, &err), err);
    hcl_graph_clear(&g);
}

/** Default options with the sample's calibration inputs, which the caller clears with hcl_samples_clear. */
static inline void digits_options(struct hcl_quantize_options *o)
{
    hcl_quantize_options_default(o);
    digits_samples(&o->samples, DIGITS "calibration.npy");
}

#endif
