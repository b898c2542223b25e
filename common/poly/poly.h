/* SPDX-License-Identifier: Apache-2.0 */
/* Dense polynomials as coefficient vectors, lowest degree first, and scans over vectors. Any n, 0 included.
 * Elements are canonical. `threads`: OpenMP threads that may be used (below 1: one), as many as the runtime
 * grants; short vectors stay on the calling thread. Results do not depend on it. Nothing is allocated; up to
 * 70 KiB of stack. Single elements (x, weights, init, ...) may not lie in a vector that is written. */
#ifndef HCL_COMMON_POLY_POLY_H
#define HCL_COMMON_POLY_POLY_H

#include "common/field/fr.h"
#include "common/sys/status.h"

/** *out = f(x), n coefficients; 0 for none. */
void hcl_poly_eval(hcl_fr *out, const hcl_fr *f, size_t n, const hcl_fr *x, int threads);
/** out[i] = sum over j < count of weights[j]*f[j][i], i < n. The f may repeat; out overlaps none of them. */
void hcl_poly_combine(hcl_fr *out, const hcl_fr *const *f, const hcl_fr *weights, size_t count, size_t n,
                      int threads);
/** In place: f := (f - f(z)) / (X - z), the top coefficient becomes 0. Remainder (= f(z)) to *rem if not
 * NULL. */
void hcl_poly_div_linear(hcl_fr *f, size_t n, const hcl_fr *z, hcl_fr *rem, int threads);
/** Interpolate: the coefficients (count of them) of the polynomial through (xs[i], ys[i]), xs distinct. count
 * <= 64. */
void hcl_poly_interpolate(hcl_fr *coeffs, const hcl_fr *xs, const hcl_fr *ys, size_t count);
/** Exclusive running product in place: a[i] := init * a[0]*...*a[i-1]; *total = init * all of them, if not
 * NULL. */
void hcl_prefix_product(hcl_fr *a, size_t n, const hcl_fr *init, hcl_fr *total, int threads);
/** out[i] = c*out[i-1] + b[i], before the first init: Horner's rule with all its steps. out is b or
 * does not overlap it. */
void hcl_linear_recurrence(hcl_fr *out, const hcl_fr *b, size_t n, const hcl_fr *c, const hcl_fr *init,
                           int threads);

#endif
