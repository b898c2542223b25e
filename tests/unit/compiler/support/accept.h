/* SPDX-License-Identifier: Apache-2.0 */
/* What every gadget test does with a graph. */
#ifndef HCL_TESTS_ACCEPT_H
#define HCL_TESTS_ACCEPT_H

#include "tests/support/test.h"
#include "tests/unit/compiler/soundness/determined.h"
#include "tests/unit/compiler/soundness/mutate.h"
#include "tests/unit/compiler/support/lowered.h"

/** Lower, run on random inputs, compare with the interpreter, fill; the assignment satisfies the circuit. */
static inline void accept_start(struct lowered *l, const struct hcl_fx_graph *g, uint32_t lanes,
                                struct hcl_test_random *r)
{
    lowered_build(l, g, lanes);
    lowered_run(l, r);
    lowered_fill(l, r);
    assert_int_equal(lowered_violations(l, true), 0);
}

static inline void accept_graph(const struct hcl_fx_graph *g, uint32_t lanes, struct hcl_test_random *r)
{
    struct lowered l;

    accept_start(&l, g, lanes, r);
    lowered_clear(&l);
}

/** Every change of a single cell that something reads is noticed, no other is; of every `every`-th row. */
static inline struct mutation_report assert_noticed(const struct lowered *l, struct hcl_test_random *r,
                                                    size_t every)
{
    const struct mutation_report report = mutation_run(l, r, every);

    assert_int_equal(report.missed, 0);
    assert_int_equal(report.too_lenient, 0);
    return report;
}

/** Outputs have no choice, inputs and constants are bounded, and no division can wrap around the field. */
static inline struct determined assert_determined(const struct lowered *l)
{
    const struct determined d = hcl_test_determined(l);

    assert_int_equal(d.free_outputs, 0);
    assert_int_equal(d.unbounded_inputs, 0);
    assert_int_equal(d.wrapping, 0);
    return d;
}

/** Convolutions of a size x size image whose weights and biases need two and more limbs of the remainder
 * range. */
static inline void accept_wide_weights(uint32_t size, bool depthwise)
{
    struct hcl_test_random r = { 7 };

    for (int i = 0; i < 8; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        const struct hcl_test_conv s = { .kernel_h = 2,
                                         .kernel_w = 2,
                                         .stride_y = 1,
                                         .stride_x = 1,
                                         .outputs = 4,
                                         .depthwise = depthwise,
                                         .weight_max = i < 4 ? 1000 : 30000,
                                         .bias_max = 1000000,
                                         .divisor = i < 4 ? 64 : 4096 };
        uint32_t x = hcl_test_input(&g, size, size, 2, -20, 20);
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        accept_graph(&g, 3, &r);
        hcl_fx_graph_clear(&g);
    }
}

#endif
