/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/speed.h"

#include "common/field/fr.h"
#include "common/sys/clock.h"
#include "compiler/layout/cost.h"

/* Vectors that stay in the first cache; samples so short that most of them run undisturbed. */
enum { LEN = 128, CALLS = 64, SAMPLES = 80 };

static double measure(void)
{
    static hcl_fr a[LEN], b[LEN];
    double best = 0;
    for (size_t i = 0; i < LEN; i++) {
        hcl_fr_from_u64(&a[i], 0x9e3779b97f4a7c15u * (i + 1));
        hcl_fr_inv(&b[i], &a[i]);
    }
    for (int s = 0; s < SAMPLES; s++) {
        const double start = hcl_clock_seconds();
        for (int i = 0; i < CALLS; i++)
            hcl_fr_mul_vec(a, a, b, LEN);
        const double took = hcl_clock_seconds() - start;
        best = s == 0 || took < best ? took : best;
    }
    return best / (CALLS * LEN);
}

double hcl_speed_factor(void)
{
    static double factor;
    if (factor == 0)
        factor = measure() / HCL_COST_MUL_VEC;
    return factor;
}

void hcl_speed_scale(struct hcl_cost *c)
{
    c->seconds *= hcl_speed_factor();
    for (size_t i = 0; i < HCL_COST_PHASES; i++)
        c->phase[i].seconds *= hcl_speed_factor();
}
