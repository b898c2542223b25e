/* SPDX-License-Identifier: Apache-2.0 */
/* Floats as fixed-point integers, many at a time; each as hcl_fx_round says. */
#ifndef HCL_COMPILER_FIXED_ROUNDING_H
#define HCL_COMPILER_FIXED_ROUNDING_H

#include <stddef.h>
#include <stdint.h>

/** to[i] = round(from[i] * scale), i < n. Every |from[i]| * scale < 2^15 - 0.5. */
void hcl_fx_round_shorts(int16_t *to, const float *from, size_t n, double scale);
/** Least and greatest of n >= 1 integers. */
void hcl_fx_short_range(const int16_t *x, size_t n, int16_t *lo, int16_t *hi);
/** Largest |x[i]|, 0 for none; all are finite. */
double hcl_fx_magnitude(const float *x, size_t n);

#endif
