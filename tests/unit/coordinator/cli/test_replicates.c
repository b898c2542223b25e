/* SPDX-License-Identifier: Apache-2.0 */
/* When each NUMA node has an SRS of its own: where the proof is then made by the same means within its
 * memory, and only there. */
#include "coordinator/cli/predict.h"
#include "coordinator/cli/speed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The reference machine. */
void hcl_speed_scale(struct hcl_cost *cost)
{
    (void)cost;
}

static const struct hcl_layout layout = { .k = 18,
                                          .shape = { .lanes = 4,
                                                     .weight_columns = 8,
                                                     .k = 18,
                                                     .degree = 4,
                                                     .rows = 250000,
                                                     .weight_rows = 200000,
                                                     .registers = 4,
                                                     .lookups = 500000,
                                                     .table_rows = 20000,
                                                     .inputs = 1000 } };

static struct hcl_cost cost(const struct hcl_layout *l, int ranks, uint64_t limit, double *needed)
{
    const struct hcl_cost c = hcl_predict(l, ranks, limit);
    *needed = c.memory_bytes + hcl_predict_outside(l, ranks, limit);
    return c;
}

/* For ranks of one node, on NUMA nodes with so many of them, and ever less memory. */
static void try_limits(int ranks, uint32_t place_ranks)
{
    struct hcl_layout one = layout, each;
    size_t copied = 0, saved = 0, smaller = 0;
    one.shape.node_ranks = (uint32_t)ranks;
    each = one;
    each.shape.srs_ranks = place_ranks;
    assert_true(hcl_predict_replicates(&one, ranks, place_ranks, 0));
    for (uint64_t limit = (uint64_t)4 << 30; limit > 1 << 20; limit -= limit / 64) {
        double needed_once, needed;
        const struct hcl_savings once = cost(&one, ranks, limit, &needed_once).savings,
                                 more = cost(&each, ranks, limit, &needed).savings;
        const bool same = once.key_anew == more.key_anew && once.keep_compact == more.keep_compact &&
                          once.groups == more.groups && once.scratch == more.scratch;
        const bool fits = needed <= (double)limit,
                   is = hcl_predict_replicates(&one, ranks, place_ranks, limit);
        assert_int_equal(is, same && fits);
        copied += is;
        saved += !same;                                   /* a copy would have to be paid for with time */
        smaller += !fits && needed_once <= (double)limit; /* or would not fit at all */
    }
    assert_true(copied > 20 && saved > 0 && smaller > 0);
}

static void test_replicates(void **state)
{
    (void)state;
    try_limits(2, 1);
    try_limits(4, 2);
    try_limits(4, 1);
    try_limits(8, 2);
}

/* A copy takes what a rank's part of it grows by. */
static void test_charge(void **state)
{
    (void)state;
    const double points = 128.0 * (1 << 18);
    for (uint32_t ranks = 2; ranks <= 8; ranks *= 2)
        for (uint32_t place = 1; place < ranks; place *= 2) {
            struct hcl_layout one = layout, each;
            double before, after;
            one.shape.node_ranks = ranks;
            each = one;
            each.shape.srs_ranks = place;
            cost(&one, (int)ranks, 0, &before);
            cost(&each, (int)ranks, 0, &after);
            const double grown = points * (1.0 / place - 1.0 / ranks);
            assert_true(after - before > 0.99 * grown && after - before < 1.06 * grown);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_replicates), cmocka_unit_test(test_charge) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
