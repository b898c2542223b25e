/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up model inputs, for models that come without calibration samples. They only have to move every tensor
 * about as far as real inputs would: noise, shapes, strokes and levels, dense and sparse, dark and bright. */
#ifndef HCL_COMPILER_QUANTIZE_SYNTHETIC_H
#define HCL_COMPILER_QUANTIZE_SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>

#define HCL_SYNTHETIC_SAMPLES 64

/** Fill out, out + stride ... with HCL_SYNTHETIC_SAMPLES inputs of shape dims (n = 1, height, width,
 * channels). Images have values in [0, 1]. Inputs without height or width are taken as one row; every other
 * one of them is in
 * [-1, 1], as standardised features are. Always the same for the same shape: only +, -, *, / and sqrt are
 * used, so equal models give equal circuits everywhere. */
void hcl_synthetic_samples(float *out, size_t stride, const uint32_t dims[4]);

/** Whole numbers 0..numbers - 1, likewise. */
void hcl_synthetic_numbers(float *out, size_t stride, size_t len, uint32_t numbers);

#endif
