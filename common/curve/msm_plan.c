/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm_internal.h"

/* Costs in units of one affine addition of the bucket phase. */
#define REDUCE_PER_BUCKET 2.2 /* two additions, in smaller batches */
#define PER_WINDOW 200.0      /* inversions of the last, small rounds; the doublings of the final rule */
#define PER_CLASS 400.0

struct hcl_msm_windows hcl_msm_plan_windows(size_t n, unsigned bits, double *cost)
{
    struct hcl_msm_windows best = { 2, (bits + 2) / 2 };
    double least = -1;
    /* the top window takes no sign: bits + 1 <= width*count keeps its digit within 2^(width-1) */
    for (unsigned width = 2; width <= HCL_MSM_MAX_WINDOW; width++) {
        const unsigned count = bits / width + 1;
        const double each = (double)n + REDUCE_PER_BUCKET * (double)((size_t)1 << (width - 1)) + PER_WINDOW;
        const double total = (double)count * each;
        if (least < 0 || total < least) {
            least = total;
            best = (struct hcl_msm_windows){ width, count };
        }
    }
    if (cost != NULL)
        *cost = least;
    return best;
}

/* Scalars with above < length <= upto, as one class. */
static double class_cost(const size_t sums[256], unsigned above, unsigned upto)
{
    const size_t n = sums[upto] - sums[above];
    double cost = 0;
    if (n > 0)
        (void)hcl_msm_plan_windows(n, upto, &cost);
    return n > 0 ? cost + PER_CLASS : 0;
}

unsigned hcl_msm_plan_classes(unsigned upto[2], const struct hcl_msm_lengths *lengths)
{
    size_t sums[256];
    unsigned most = 0;
    sums[0] = 0; /* zeros belong to no class */
    for (unsigned b = 1; b < 256; b++) {
        sums[b] = sums[b - 1] + lengths->of[b];
        if (lengths->of[b] > 0)
            most = b;
    }
    if (most == 0)
        return 0;
    double least = class_cost(sums, 0, most);
    unsigned cut = 0;
    for (unsigned b = 1; b < most; b++) {
        if (lengths->of[b] == 0)
            continue; /* a cut is best right above a length that occurs */
        const double cost = class_cost(sums, 0, b) + class_cost(sums, b, most);
        if (cost < least) {
            least = cost;
            cut = b;
        }
    }
    if (cut == 0) {
        upto[0] = most;
        return 1;
    }
    upto[0] = cut;
    upto[1] = most;
    return 2;
}
