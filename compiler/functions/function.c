/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/functions/function.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* Points of a range at which a function is looked at for its largest value. */
enum { POINTS = 1024 };

#define HCL_FUNCTION(name, op, fused, least, properties, value)                                              \
    static double apply_##name(double x, const float *params)                                                \
    {                                                                                                        \
        const double p[HCL_FN_PARAMS] = { (double)params[0], (double)params[1] };                            \
        (void)p;                                                                                             \
        return value;                                                                                        \
    }
#include "compiler/functions/functions.def"

const struct hcl_function_kind *hcl_function_kind(hcl_fn id)
{
    static const struct hcl_function_kind kinds[] = {
#define HCL_FUNCTION(name, op, fused, least, properties, value)                                              \
    { #name, op, fused, least, properties, apply_##name },
#include "compiler/functions/functions.def"
    };
    return &kinds[id];
}

double hcl_function_apply(const struct hcl_function *f, double x)
{
    return hcl_function_kind(f->id)->apply(x, f->param);
}

bool hcl_function_has(const struct hcl_function *f, unsigned property)
{
    return (hcl_function_kind(f->id)->properties & property) != 0;
}

bool hcl_function_keeps_scale(const struct hcl_function *f)
{
    return hcl_function_has(f, HCL_FN_EXACT | HCL_FN_CLAMP);
}

bool hcl_function_equal(const struct hcl_function *a, const struct hcl_function *b)
{
    uint32_t x[HCL_FN_PARAMS], y[HCL_FN_PARAMS]; /* by their bits */
    _Static_assert(sizeof x == sizeof a->param, "parameters are of 32 bits");
    memcpy(x, a->param, sizeof x);
    memcpy(y, b->param, sizeof y);
    return a->id == b->id && memcmp(x, y, sizeof x) == 0;
}

bool hcl_function_compose(struct hcl_function *out, const struct hcl_function *outer,
                          const struct hcl_function *inner)
{
    const bool relu_outside = outer->id == HCL_FN_RELU && hcl_function_has(inner, HCL_FN_NEVER_NEGATIVE);
    const bool relu_inside = inner->id == HCL_FN_RELU && outer->id == HCL_FN_RELU6;
    if (outer->id == HCL_FN_IDENTITY || relu_outside)
        *out = *inner;
    else if (inner->id == HCL_FN_IDENTITY || relu_inside)
        *out = *outer;
    else
        return false;
    return true;
}

double hcl_function_magnitude(const struct hcl_function *f, double lo, double hi)
{
    const double first = fmax(lo, hcl_function_kind(f->id)->least);
    double most = 0;
    for (int i = 0; i <= POINTS && first <= hi; i++) {
        const double y = hcl_function_apply(f, first + (hi - first) * i / POINTS);
        most = isfinite(y) ? fmax(most, fabs(y)) : most;
    }
    return most;
}

int64_t hcl_function_round(const struct hcl_function *f, int64_t q, int q_bits, int bits)
{
    if (f->id == HCL_FN_IDENTITY)
        return q;
    const double y = floor(ldexp(hcl_function_apply(f, ldexp((double)q, -q_bits)), bits) + 0.5);
    if (!(fabs(y) < 0x1p62)) /* beyond what a tensor may hold, which the graph's checker refuses */
        return y < 0 ? -((int64_t)1 << 62) : (int64_t)1 << 62;
    return (int64_t)y;
}

int64_t hcl_function_least(const struct hcl_function *f, int q_bits)
{
    const double least = ceil(ldexp(hcl_function_kind(f->id)->least, q_bits));
    return least < -0x1p62 ? -((int64_t)1 << 62) : least > 0x1p62 ? (int64_t)1 << 62 : (int64_t)least;
}

bool hcl_function_of_fused(int fused, hcl_fn *id)
{
    for (int i = 0; i < HCL_FN_COUNT; i++)
        if (fused >= 0 && hcl_function_kind((hcl_fn)i)->fused == fused) {
            *id = (hcl_fn)i;
            return true;
        }
    return false;
}
