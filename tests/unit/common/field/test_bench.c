/* SPDX-License-Identifier: Apache-2.0 */
/* The field benchmark measures something sensible on any machine; its figures are for people, not for a bar
 * here. */
#include "tests/support/test.h"

#include "common/field/bench_field.h"
#include "common/field/kernel.h"

static void test_rows(void **state)
{
    (void)state;
    struct hcl_field_bench bench;
    hcl_field_bench_run(&bench);
    const struct hcl_field_machine *m = &bench.machine;
    printf("%s, %.2f GHz, %.2f vpmadd52, %.2f products per cycle\n", hcl_field_kernel_name(), m->ghz,
           m->vpmadd52_per_cycle, m->products_per_cycle);
    assert_true(m->ghz > 0.1 && m->ghz < 10);
    assert_int_equal(m->vpmadd52_per_cycle > 0, hcl_field_has_ifma());
    assert_true(m->products_per_cycle > 0.1 && m->products_per_cycle < 8);
    assert_true(m->mul_cycles > hcl_field_bench_limit(m, 60));
    assert_true(bench.count > 10 && bench.count <= HCL_FIELD_BENCH_MAX);
    for (size_t i = 0; i < bench.count; i++) {
        printf("  %-20s %8.2f cycles per element, limit %5.2f%s\n", bench.row[i].name, bench.row[i].cycles,
               bench.row[i].limit, bench.row[i].memory_format ? "" : ", in lanes");
        assert_true(bench.row[i].cycles > 0.1 && bench.row[i].cycles < 1e6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests_name("field bench", tests, NULL, NULL);
}
