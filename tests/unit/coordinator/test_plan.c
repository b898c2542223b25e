/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/owners.h"
#include "coordinator/plan/plan.h"
#include "coordinator/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* `advice` columns in two phases, two permutation columns, `lookups` lookups. */
static void make_circuit(struct hcl_circuit *c, uint32_t advice, uint32_t lookups)
{
    uint32_t column, position, challenge;
    hcl_circuit_init(c, 6);
    assert_int_equal(hcl_circuit_add_fixed(c, &column, NULL), HCL_OK);
    for (uint32_t i = 0; i < advice; i++)
        assert_int_equal(hcl_circuit_add_advice(c, i % 3 == 2, &column, NULL), HCL_OK);
    assert_int_equal(hcl_circuit_add_instance(c, &column, NULL), HCL_OK);
    assert_int_equal(hcl_circuit_add_challenge(c, 0, &challenge, NULL), HCL_OK);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(hcl_circuit_enable_equality(c, (hcl_column){ HCL_COL_ADVICE, i }, &position, NULL),
                         HCL_OK);
    for (uint32_t l = 0; l < lookups; l++) {
        hcl_expr input = hcl_ex_advice(c, l % advice, 0), table = hcl_ex_fixed(c, 0, 0);
        assert_int_equal(hcl_circuit_add_lookup(c, "l", &input, &table, 1, NULL), HCL_OK);
    }
    hcl_expr gate = hcl_ex_mul(c, hcl_ex_fixed(c, 0, 0), hcl_ex_advice(c, 0, 0));
    assert_int_equal(hcl_circuit_add_gate(c, "g", &gate, 1, NULL), HCL_OK);
    assert_int_equal(hcl_circuit_finish(c, NULL), HCL_OK);
}

static void test_plan(void **state)
{
    (void)state;
    for (int ranks = 1; ranks <= 9; ranks++)
        for (uint32_t advice = 3; advice < 25; advice += 7) {
            struct hcl_circuit c;
            struct hcl_plan p, again;
            struct hcl_ids ids;
            make_circuit(&c, advice, 3);
            hcl_ids_init(&ids, &c);
            assert_int_equal(hcl_plan_init(&p, &c, ranks, NULL, NULL), HCL_OK);
            assert_int_equal(p.count, ids.count);
            for (size_t id = 0; id < ids.count; id++)
                assert_true(p.owner[id] < (uint32_t)ranks);
            for (uint32_t phase = 0; phase < 2; phase++) {
                size_t owned[9] = { 0 }, most = 0, least = advice;
                for (uint32_t i = 0; i < advice; i++)
                    owned[p.owner[hcl_id(&ids, HCL_POLY_ADVICE, i)]] += c.advice_phase[i] == phase;
                for (int r = 0; r < ranks; r++) {
                    most = owned[r] > most ? owned[r] : most;
                    least = owned[r] < least ? owned[r] : least;
                }
                assert_true(most - least <= 1);
            }
            for (size_t l = 0; l < 3; l++)
                assert_int_equal(p.owner[hcl_id(&ids, HCL_POLY_LOOKUP_A, l)],
                                 p.owner[hcl_id(&ids, HCL_POLY_LOOKUP_S, l)]);
            assert_int_equal(hcl_plan_init(&again, &c, ranks, NULL, NULL), HCL_OK);
            assert_memory_equal(p.owner, again.owner, ids.count * sizeof *p.owner);
            hcl_plan_clear(&again);
            hcl_plan_clear(&p);
            hcl_circuit_clear(&c);
        }
}

/* Dear columns do not meet on one rank while others have only cheap ones, nor do they keep a rank from having
 * its share of the transforms. */
static void test_plan_costs(void **state)
{
    (void)state;
    struct hcl_circuit c;
    struct hcl_plan p;
    struct hcl_ids ids;
    double cost[12], load[2] = { 0 };
    size_t owned[2] = { 0 };
    make_circuit(&c, 12, 0);
    hcl_ids_init(&ids, &c);
    for (size_t i = 0; i < 12; i++)
        cost[i] = i < 2 ? 1 : 0.1;
    assert_int_equal(hcl_plan_init(&p, &c, 2, &(struct hcl_advice_hints){ .cost = cost }, NULL), HCL_OK);
    for (size_t i = 0; i < 12; i++) {
        const uint32_t owner = p.owner[hcl_id(&ids, HCL_POLY_ADVICE, i)];
        load[owner] += c.advice_phase[i] == 0 ? cost[i] : 0;
        owned[owner]++;
    }
    assert_true(load[0] > 1.25 && load[1] > 1.25);
    assert_true(owned[0] == 6 && owned[1] == 6);
    hcl_plan_clear(&p);
    hcl_circuit_clear(&c);
}

/* Ranks that have columns of one kin, and kins on the rank with most of them. */
static void count_kin(const uint32_t *owner, const uint32_t *kin, uint32_t columns, size_t *places,
                      size_t *most)
{
    uint32_t has[9] = { 0 };
    *places = *most = 0;
    for (uint32_t i = 0; i < columns; i++)
        if (kin[i] != HCL_OWNERS_NO_KIN)
            has[owner[i]] |= (uint32_t)1 << kin[i];
    for (int r = 0; r < 9; r++) {
        const size_t here = (size_t)__builtin_popcount(has[r]);
        *places += here;
        *most = here > *most ? here : *most;
    }
}

/* Columns of one kin come together without any rank having more, or dearer ones, than it had. */
static void test_plan_kin(void **state)
{
    (void)state;
    enum { COLUMNS = 24 };
    struct hcl_circuit c;
    struct hcl_ids ids;
    double cost[COLUMNS];
    uint32_t kin[COLUMNS];
    make_circuit(&c, COLUMNS, 0);
    hcl_ids_init(&ids, &c);
    for (uint32_t i = 0; i < COLUMNS; i++) { /* every third is of the second phase */
        cost[i] = i % 3 == 2 ? 1 + 0.01 * i : 0.2;
        kin[i] = i % 6 < 2 ? i / 6 + 4 * (i % 2) : i % 3 == 2 ? i / 3 : HCL_OWNERS_NO_KIN;
        kin[i] = i % 6 == 3 ? i / 6 : i % 6 == 4 ? i / 6 + 4 : kin[i];
    }
    for (int ranks = 2; ranks <= 9; ranks++) {
        struct hcl_plan apart, p;
        size_t places, most, before, most_before;
        assert_int_equal(hcl_plan_init(&apart, &c, ranks, &(struct hcl_advice_hints){ cost, NULL }, NULL),
                         HCL_OK);
        assert_int_equal(hcl_plan_init(&p, &c, ranks, &(struct hcl_advice_hints){ cost, kin }, NULL), HCL_OK);
        const uint32_t *owner = &p.owner[hcl_id(&ids, HCL_POLY_ADVICE, 0)],
                       *owner_before = &apart.owner[hcl_id(&ids, HCL_POLY_ADVICE, 0)];
        count_kin(owner, kin, COLUMNS, &places, &most);
        count_kin(owner_before, kin, COLUMNS, &before, &most_before);
        for (int r = 0; r < ranks; r++)
            for (uint32_t phase = 0; phase < 2; phase++) {
                double all = 0;
                for (uint32_t i = 0; i < COLUMNS; i++)
                    all += c.advice_phase[i] != phase ? 0
                                                      : (owner[i] == (uint32_t)r) * cost[i] -
                                                            (owner_before[i] == (uint32_t)r) * cost[i];
                assert_true(all < 1e-9 && all > -1e-9);
            }
        assert_memory_equal(p.load, apart.load, (size_t)ranks * sizeof *p.load);
        assert_true(places < before && most <= most_before);
        assert_true(most <= 1 + (8 + (size_t)ranks - 1) / (size_t)ranks);
        hcl_plan_clear(&p);
        hcl_plan_clear(&apart);
    }
    hcl_circuit_clear(&c);
}

/* A product that copies change in every row is as dear as a column of values, one that none change is not. */
static void test_product_costs(void **state)
{
    (void)state;
    double before = 0;
    for (uint32_t copies = 0; copies <= 32; copies += 16) {
        struct hcl_circuit c;
        struct hcl_plan p;
        make_circuit(&c, 3, 0);
        for (uint32_t i = 0; i < copies; i++)
            assert_int_equal(hcl_circuit_add_copy(&c, (struct hcl_copy){ 0, i, 1, i }, NULL), HCL_OK);
        assert_int_equal(hcl_plan_init(&p, &c, 2, NULL, NULL), HCL_OK);
        assert_true(p.product_cost[0] > before && p.product_cost[0] <= 1.01);
        assert_true(copies > 0 || p.product_cost[0] < 0.01);
        before = p.product_cost[0];
        hcl_plan_clear(&p);
        hcl_circuit_clear(&c);
    }
}

static void test_meter(void **state)
{
    (void)state;
    struct hcl_comm *comm;
    struct hcl_meter m;
    struct hcl_report r;
    struct hcl_team team = { 0 };
    assert_int_equal(hcl_comm_init_self(&comm, NULL), HCL_OK);
    hcl_meter_init(&m, comm);
    hcl_meter_phase(&m, "one");
    hcl_meter_watch(&m, &team);
    for (int i = 0; i < 3; i++) {
        hcl_meter_phase(&m, "two");
        team.counters.ntts += 5;
        hcl_meter_phase(&m, "three");
        team.counters.msms += 1;
    }
    hcl_meter_watch(&m, NULL);
    assert_int_equal(hcl_report_gather(&r, &m, 4, NULL), HCL_OK);
    assert_int_equal(r.phases, 3);
    assert_string_equal(r.names[1], "two");
    assert_int_equal(r.costs[1].work.ntts, 15);
    assert_int_equal(r.costs[2].work.ntts, 0);
    assert_int_equal(r.costs[2].work.msms, 3);
    assert_int_equal(r.ranks_cost[0].threads, 4);
    assert_true(r.ranks_cost[0].rss_peak > 0);
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    hcl_report_print(&r, f);
    fclose(f);
    assert_non_null(strstr(text, "three"));
    assert_non_null(strstr(text, "rank 0 on "));
    free(text);
    json_t *json = hcl_report_json(&r);
    json_t *two = json_array_get(json_object_get(json, "phases"), 1);
    json_t *rank = json_array_get(json_object_get(two, "per_rank"), 0);
    assert_int_equal(json_integer_value(json_object_get(rank, "ntts")), 15);
    json_decref(json);
    hcl_report_clear(&r);
    hcl_meter_clear(&m);
    hcl_meter_phase(NULL, "nothing happens");
    hcl_comm_finalize(comm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),     cmocka_unit_test(test_plan_costs),
        cmocka_unit_test(test_plan_kin), cmocka_unit_test(test_product_costs),
        cmocka_unit_test(test_meter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
