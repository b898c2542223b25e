/* SPDX-License-Identifier: Apache-2.0 */
/* A layout's layers by operators: each kind of primitive is named once, also where one's name is a part of
 * another's, and the hint is about the node that most of the rows are for. */
#include "coordinator/cli/operators.h"

#include "coordinator/cli/speed.h"
#include "tests/support/test.h"

#include <string.h>

enum { LAYERS = 6 };

/* The machine is the one that costs are of. */
void hcl_speed_scale(struct hcl_cost *cost)
{
    (void)cost;
}

static struct hcl_origin origins[] = { { .name = "ONE", .joined = 0 }, { .name = "OTHER", .joined = 0 } };
static const struct hcl_graph model = { .origins = origins, .num_origins = 2 };
static struct hcl_fx_node nodes[LAYERS];
static const struct hcl_fx_graph graph = { .nodes = nodes, .num_nodes = LAYERS };

/* One operator of two, a layer of so many rows for each primitive. */
static struct hcl_operator_costs costs_of(const char *const *primitives, const uint32_t *rows, size_t count)
{
    struct hcl_layout_region regions[LAYERS] = { { 0 } };
    struct hcl_layer all[LAYERS] = { { 0 } };
    const struct hcl_layout l = { .lanes = 4, .regions = regions, .num_regions = count };
    const struct hcl_layers layers = { .all = all, .count = count };
    struct hcl_operator_costs costs;
    struct hcl_err err;

    for (size_t i = 0; i < count; i++) {
        regions[i] = (struct hcl_layout_region){ .node = (uint32_t)i,
                                                 .origin = (uint32_t)i % 2,
                                                 .rows = rows[i],
                                                 .name = "node",
                                                 .what = "outputs",
                                                 .primitive = primitives[i],
                                                 .elements = 4 };
        all[i] = (struct hcl_layer){ .first = &regions[i], .rows = rows[i] };
    }
    assert_int_equal(hcl_operator_costs_of(&costs, &model, &graph, &l, &layers, &err), HCL_OK);
    assert_int_equal(costs.count, 1);
    assert_string_equal(costs.all[0].name, "ONE + OTHER");
    return costs;
}

static void each_kind_once(void **state)
{
    (void)state;
    static const char *const kinds[LAYERS] = {
        "matmul", "mul", "mul", "largest elements' numbers", "largest elements", "largest elements"
    };
    static const uint32_t rows[LAYERS] = { 1, 2, 3, 4, 5, 6 };
    memset(nodes, 0, sizeof nodes);
    struct hcl_operator_costs costs = costs_of(kinds, rows, LAYERS);
    assert_string_equal(costs.all[0].primitives, "matmul, mul, largest elements' numbers, largest elements");
    assert_int_equal(costs.all[0].sum.rows, 21);
    hcl_operator_costs_clear(&costs);
}

static void gaps_are_those_of_the_convolution(void **state)
{
    (void)state;
    static const char *const kinds[2] = { "conv", "average pool" };
    static const uint32_t rows[2] = { 50, 3 };
    char text[HCL_HINT_TEXT];
    memset(nodes, 0, sizeof nodes);
    nodes[0] = (struct hcl_fx_node){ .op = HCL_FX_CONV, .kernel_h = 5, .kernel_w = 7 };
    nodes[1] = (struct hcl_fx_node){ .op = HCL_FX_AVG_POOL, .kernel_h = 2, .kernel_w = 2 };
    struct hcl_operator_costs costs = costs_of(kinds, rows, 2);
    const struct hcl_layout l = {
        .lanes = 4, .shape = { .lanes = 4, .k = 8, .rows = 53, .weight_columns = 1, .degree = 4 }
    };
    costs.all[0].sum.seconds = 1;
    hcl_savings_hint_text(text, &costs.all[0].hint, &l, &costs.all[0].sum);
    assert_non_null(
        strstr(text, "49 of its 53 rows hold positions that are no result (window 5x7, padding 0)"));
    hcl_operator_costs_clear(&costs);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_kind_once),
                                        cmocka_unit_test(gaps_are_those_of_the_convolution) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
