/* SPDX-License-Identifier: Apache-2.0 */
/* What a proof takes at least, next to what the fastest way takes. */
#include "coordinator/cli/predict.h"
#include "coordinator/cli/speed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* The reference machine's. */
void hcl_speed_scale(struct hcl_cost *cost)
{
    (void)cost;
}

/* Dense layers with 3 million weights, in two digits a cell. */
static const struct hcl_layout dense = { .lanes = 2,
                                         .shape = { .lanes = 2,
                                                    .weight_columns = 32,
                                                    .k = 15,
                                                    .degree = 4,
                                                    .rows = 12321,
                                                    .weight_rows = 31672,
                                                    .registers = 4,
                                                    .lookups = 48648,
                                                    .copies = 24662,
                                                    .table_rows = 32662,
                                                    .random_rows = 1016,
                                                    .weight_digits = 2,
                                                    .inputs = 1 } };

static bool fits(const struct hcl_layout *l, int ranks, double limit)
{
    return hcl_predict_fits(l, ranks, (uint64_t)limit, NULL) == HCL_OK;
}

/* A half is enough, a quarter is not. */
static void test_half(void **state)
{
    (void)state;
    for (int ranks = 1; ranks <= 2; ranks++) {
        struct hcl_layout l = dense;
        l.shape.node_ranks = (uint32_t)ranks;
        l.shape.threads = 1;
        const double fastest = hcl_predict_rss_of(&l, ranks, 0);
        assert_true(fits(&l, ranks, fastest / 2));
        assert_false(fits(&l, ranks, fastest / 4));
    }
}

/* With a disk it is less: products are in blocks of rows no more when they are committed. */
static void test_scratch(void **state)
{
    (void)state;
    struct hcl_layout l = dense;
    l.shape.node_ranks = 2;
    l.shape.threads = 1;
    assert_false(fits(&l, 2, 52e6));
    l.shape.scratch = true;
    assert_true(fits(&l, 2, 51.6e6));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_half), cmocka_unit_test(test_scratch) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
