/* SPDX-License-Identifier: Apache-2.0 */
/* Plans on machines that hwloc makes up, and binding on this one. */
#include "common/sys/topo.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hcl_topo_plan plan_for(const char *machine, int position, int processes,
                                     struct hcl_topo_wish wish)
{
    struct hcl_topo_plan p;
    struct hcl_err err = { "" };
    assert_int_equal(setenv("HWLOC_SYNTHETIC", machine, 1), 0);
    if (hcl_topo_plan_init(&p, position, processes, &wish, &err) != HCL_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(unsetenv("HWLOC_SYNTHETIC"), 0);
    return p;
}

static struct hcl_topo_plan plan(const char *machine, int position, int processes, int threads)
{
    return plan_for(machine, position, processes,
                    (struct hcl_topo_wish){ .threads = threads, .forced = true });
}

static const char two_nodes[] = "pack:2 [numa] core:4 pu:2";

static void expect_pus(struct hcl_topo_plan p, const unsigned *pus, int threads, int numa)
{
    assert_int_equal(p.threads, threads);
    assert_int_equal(p.numa_nodes, numa);
    assert_memory_equal(p.pus, pus, (size_t)threads * sizeof *pus);
    hcl_topo_plan_clear(&p);
}

/* One thread per core: the first hardware thread of each. */
static void test_alone(void **state)
{
    (void)state;
    expect_pus(plan(two_nodes, 0, 1, 0), (unsigned[]){ 0, 2, 4, 6, 8, 10, 12, 14 }, 8, 2);
    expect_pus(plan(two_nodes, 0, 1, 3), (unsigned[]){ 0, 2, 4 }, 3, 2);
}

/* One rank per NUMA node stays on it; uneven shares differ by one core. */
static void test_shares(void **state)
{
    (void)state;
    expect_pus(plan(two_nodes, 0, 2, 0), (unsigned[]){ 0, 2, 4, 6 }, 4, 1);
    expect_pus(plan(two_nodes, 1, 2, 0), (unsigned[]){ 8, 10, 12, 14 }, 4, 1);
    expect_pus(plan(two_nodes, 0, 3, 0), (unsigned[]){ 0, 2, 4 }, 3, 1);
    expect_pus(plan(two_nodes, 1, 3, 0), (unsigned[]){ 6, 8, 10 }, 3, 2);
    expect_pus(plan(two_nodes, 2, 3, 0), (unsigned[]){ 12, 14 }, 2, 1);
}

/* More threads than cores use the cores' second hardware threads; more processes than cores share. */
static void test_crowded(void **state)
{
    (void)state;
    expect_pus(plan(two_nodes, 1, 4, 4), (unsigned[]){ 4, 6, 5, 7 }, 4, 1);
    expect_pus(plan("core:2 pu:1", 0, 1, 3), (unsigned[]){ 0, 1, 0 }, 3, 1);
    for (int i = 0; i < 7; i++) {
        struct hcl_topo_plan p = plan("core:2 pu:1", i, 7, 0);
        assert_int_equal(p.threads, 1);
        assert_false(p.exclusive);
        assert_int_equal(p.pus[0], i * 2 / 7);
        hcl_topo_plan_clear(&p);
    }
}

/* Threads for which there is no processor or no time are not given, unless forced. */
static void test_granted(void **state)
{
    (void)state;
    static const struct {
        int position, processes, threads, given;
        double cpus;
    } cases[] = {
        { 0, 1, 200, 16, 0 }, { 0, 1, 12, 12, 0 },   { 0, 2, 200, 8, 0 },   { 0, 1, 0, 1, 0.2 },
        { 0, 1, 200, 1, 1 },  { 0, 1, 200, 2, 1.1 }, { 0, 1, 3, 3, 7.5 },   { 0, 1, 0, 8, 7.5 },
        { 0, 1, 0, 8, 100 },  { 0, 20, 9, 2, 0 },    { 0, 1, 200, 16, 99 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hcl_topo_wish wish = { .threads = cases[i].threads, .cpus = cases[i].cpus };
        struct hcl_topo_plan p = plan_for(two_nodes, cases[i].position, cases[i].processes, wish);
        assert_int_equal(p.threads, cases[i].given);
        const int wished = p.wished;
        hcl_topo_plan_clear(&p);
        wish.forced = true;
        p = plan_for(two_nodes, cases[i].position, cases[i].processes, wish);
        assert_int_equal(p.threads, cases[i].threads ? cases[i].threads : 8);
        assert_int_equal(p.threads, wished);
        hcl_topo_plan_clear(&p);
    }
}

/* Every core is somebody's, and nobody's twice. */
static void test_cover(void **state)
{
    (void)state;
    for (int processes = 1; processes <= 8; processes++) {
        int used[16] = { 0 }, cores = 0;
        for (int i = 0; i < processes; i++) {
            struct hcl_topo_plan p = plan(two_nodes, i, processes, 0);
            assert_true(p.exclusive);
            cores += p.cores;
            for (int t = 0; t < p.threads; t++)
                assert_int_equal(used[p.pus[t]]++, 0);
            hcl_topo_plan_clear(&p);
        }
        assert_int_equal(cores, 8);
    }
}

/* A rank is on a NUMA node if its share is, and confined to it if there is no other for it. */
static void test_numa_node(void **state)
{
    (void)state;
    static const struct {
        const char *machine;
        int position, processes, nodes, node;
        bool confined;
    } cases[] = {
        { two_nodes, 0, 2, 1, 0, false },
        { two_nodes, 1, 2, 1, 1, false },
        { two_nodes, 0, 1, 2, 0, false },
        { two_nodes, 1, 3, 2, 0, false },
        { two_nodes, 2, 3, 1, 1, false },
        { two_nodes, 3, 4, 1, 1, false },
        { "core:4 pu:1", 1, 2, 1, 0, true },
        { "pack:4 [numa] core:1 pu:1", 2, 4, 1, 2, false },
        { "pack:2 [numa] core:1 pu:1", 5, 6, 1, 1, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hcl_topo_plan p = plan(cases[i].machine, cases[i].position, cases[i].processes, 0);
        assert_int_equal(p.numa_nodes, cases[i].nodes);
        assert_int_equal(p.numa_node, cases[i].node);
        assert_int_equal(p.confined, cases[i].confined);
        hcl_topo_plan_clear(&p);
    }
}

/* Threads count as bound to a machine that is not there, where they would be to one that is. */
static void test_bind_synthetic(void **state)
{
    (void)state;
    bool bound = false;
    unsetenv("OMP_PROC_BIND");
    struct hcl_topo_plan p = plan(two_nodes, 1, 2, 0);
    assert_int_equal(setenv("HWLOC_SYNTHETIC", two_nodes, 1), 0);
    assert_int_equal(hcl_topo_bind(&p, &bound, NULL), HCL_OK);
    hcl_topo_plan_clear(&p);
    unsetenv("HWLOC_SYNTHETIC");
    assert_true(bound);
}

static void test_bind_here(void **state)
{
    (void)state;
    struct hcl_topo_plan p;
    uint64_t id = 0, again = 0;
    bool bound;
    unsetenv("OMP_PROC_BIND");
    unsetenv("OMP_PLACES");
    assert_int_equal(hcl_topo_identity(&id, NULL), HCL_OK);
    assert_int_equal(hcl_topo_identity(&again, NULL), HCL_OK);
    assert_true(id == again && id != 0);
    assert_int_equal(hcl_topo_plan_init(&p, 0, 1, &(struct hcl_topo_wish){ 0 }, NULL), HCL_OK);
    assert_int_equal(hcl_topo_bind(&p, &bound, NULL), HCL_OK);
    int wrong = 0;
#pragma omp parallel for schedule(static, 1) num_threads(p.threads) reduction(+ : wrong)
    for (int i = 0; i < p.threads; i++)
        wrong += bound && sched_getcpu() != (int)p.pus[i];
    assert_int_equal(wrong, 0);
    hcl_topo_plan_clear(&p);
    assert_int_equal(setenv("OMP_PROC_BIND", "false", 1), 0);
    assert_int_equal(hcl_topo_plan_init(&p, 0, 1, &(struct hcl_topo_wish){ .threads = 1 }, NULL), HCL_OK);
    assert_int_equal(hcl_topo_bind(&p, &bound, NULL), HCL_OK);
    assert_false(bound);
    hcl_topo_plan_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),     cmocka_unit_test(test_shares),
        cmocka_unit_test(test_crowded),   cmocka_unit_test(test_granted),
        cmocka_unit_test(test_cover),     cmocka_unit_test(test_bind_here),
        cmocka_unit_test(test_numa_node), cmocka_unit_test(test_bind_synthetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
