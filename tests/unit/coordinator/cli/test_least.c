/* SPDX-License-Identifier: Apache-2.0 */
/* What a proof takes at least, next to what the fastest way takes. */
#include "coordinator/cli/predict.h"
#include "coordinator/cli/speed.h"

#include <math.h>
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
    double limit = 40e6;
    while (!fits(&l, 2, limit))
        limit += 0.1e6;
    l.shape.scratch = true;
    assert_true(fits(&l, 2, limit - 0.3e6));
}

/* With owners counted as many columns of a group as they have, without more than a share. */
static void test_owners(void **state)
{
    (void)state;
    struct hcl_shape s = dense.shape;
    s.ranks = s.node_ranks = 2;
    s.savings_given = true;
    s.savings = (struct hcl_savings){ .key_anew = true, .keep_compact = true, .groups = 8 };
    s.group_columns[8] = 60;
    const double column = 32 * ldexp(1, (int)s.k), guessed = hcl_cost_memory_of(&s).memory_bytes;
    s.group_owned[8] = 30;
    const double counted = hcl_cost_memory_of(&s).memory_bytes;
    s.group_owned[8] = 33;
    assert_true(guessed - counted > column);
    assert_true(fabs(hcl_cost_memory_of(&s).memory_bytes - counted - 3 * column) < 0.1 * column);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_half), cmocka_unit_test(test_scratch),
                                        cmocka_unit_test(test_owners) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
