/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/fixed/rounding.h"
#include "common/sys/clones.h"
#include <math.h>

enum { SIDE_BY_SIDE = 16 };

HCL_VECTOR_CLONES void hcl_fx_round_shorts(int16_t *to, const float *from, size_t n, double scale)
{
    for (size_t i = 0; i < n; i++) {
        const double v = (double)from[i] * scale;
        to[i] = (int16_t)(int32_t)(v + copysign(0.5, v)); /* 0 as well, of either sign */
    }
}

HCL_VECTOR_CLONES void hcl_fx_short_range(const int16_t *x, size_t n, int16_t *lo, int16_t *hi)
{
    int16_t least = x[0], most = x[0];
    for (size_t i = 1; i < n; i++) {
        least = (int16_t)(x[i] < least ? x[i] : least);
        most = (int16_t)(x[i] > most ? x[i] : most);
    }
    *lo = least;
    *hi = most;
}

HCL_VECTOR_CLONES double hcl_fx_magnitude(const float *x, size_t n)
{
    float most[SIDE_BY_SIDE] = { 0 }, all = 0;
    size_t i = 0;
    for (; i + SIDE_BY_SIDE <= n; i += SIDE_BY_SIDE)
        for (size_t j = 0; j < SIDE_BY_SIDE; j++)
            most[j] = fabsf(x[i + j]) > most[j] ? fabsf(x[i + j]) : most[j];
    for (size_t j = 0; i + j < n; j++)
        most[j] = fabsf(x[i + j]) > most[j] ? fabsf(x[i + j]) : most[j];
    for (size_t j = 0; j < SIDE_BY_SIDE; j++)
        all = most[j] > all ? most[j] : all;
    return (double)all;
}
