/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped sample, which uses every operator: cells of every 23rd row are changed one at a time, with
 * private and with public weights. */
#include "tests/unit/compiler/support/accept.h"
#include "tests/unit/compiler/support/digits.h"

static void mutate(hcl_visibility weights, uint32_t lanes, size_t every)
{
    struct hcl_err err = { "" };
    struct hcl_test_random r = { 51 };
    struct hcl_quantize_options options;
    struct hcl_samples input;
    struct mutation_report report;
    struct hcl_fx_graph g;
    struct lowered l;

    digits_options(&options);
    options.weight_visibility = weights;
    assert_ok(hcl_model_to_fixed(DIGITS_MODEL, &options, &g, &err), err);
    digits_samples(&input, DIGITS "input.npy");
    lowered_build(&l, &g, lanes);
    lowered_run_on(&l, input.data, input.len);
    lowered_fill(&l, &r);
    assert_int_equal(lowered_violations(&l, true), 0);
    report = assert_noticed(&l, &r, every);
    print_message("%u rows, k = %u: %zu cells, %zu noticed, %zu don't-cares\n", l.prog.num_rows, l.circuit.k,
                  report.cells, report.noticed, report.dont_care);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
    hcl_samples_clear(&input);
    hcl_samples_clear(&options.samples);
}

static void test_private_weights(void **state)
{
    (void)state;
    mutate(HCL_PRIVATE, 2, 23);
}

static void test_public_weights(void **state)
{
    (void)state;
    mutate(HCL_PUBLIC, 5, 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_private_weights),
                                        cmocka_unit_test(test_public_weights) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
