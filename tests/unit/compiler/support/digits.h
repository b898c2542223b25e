/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped sample and its calibration. */
#ifndef HCL_TESTS_DIGITS_H
#define HCL_TESTS_DIGITS_H

#include "compiler/quantize/quantize.h"
#include "tests/support/test.h"

#define DIGITS HCL_SOURCE_DIR "/examples/digits/"
#define DIGITS_MODEL DIGITS "model.tflite"

/** Default options with the sample's calibration inputs, which the caller clears with hcl_samples_clear. */
static inline void digits_options(struct hcl_quantize_options *o)
{
    struct hcl_err err;

    hcl_quantize_options_default(o);
    assert_ok(hcl_samples_read(&o->samples, DIGITS "calibration.npy", DIGITS_MODEL, NULL, 0, &err), err);
}

#endif
