/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/plan/plan.h"

#include <string.h>

/* One transform of a column in units of committing one: measured ratios are 1/20 to 1/10. A column is
 * transformed to coefficients once, then to each of the degree - 1 cosets. */
#define TRANSFORM_COST 0.07
/* What linear columns cost instead: three passes over compact cells. */
#define LINEAR_COST 0.005

struct planner {
    struct hcl_plan *plan;
    struct hcl_ids ids;
    double *group; /* per rank, commitments of the current group */
    double transforms;
    struct hcl_linear linear;
};

static void begin_group(struct planner *p)
{
    memset(p->group, 0, (size_t)p->plan->ranks * sizeof *p->group);
}

/* The rank with the least of the group, then the least of all, then the lowest. */
static uint32_t take(struct planner *p, double commit, double rest)
{
    int best = 0;
    for (int r = 1; r < p->plan->ranks; r++)
        if (p->group[r] < p->group[best] ||
            (p->group[r] == p->group[best] && p->plan->load[r] < p->plan->load[best]))
            best = r;
    p->group[best] += commit;
    p->plan->load[best] += commit + rest;
    return (uint32_t)best;
}

/* Columns that are not committed by their owners: spread by their transforms. */
static void spread(struct planner *p, int kind)
{
    for (size_t id = p->ids.base[kind]; id < p->ids.base[kind + 1]; id++) {
        begin_group(p);
        p->plan->owner[id] = take(p, 0, p->transforms);
    }
}

/* Fixed columns: those that are transformed first, as they are few and dear. The others evenly: they are
 * weights, which take memory and have the inference computed where they are. */
static void spread_fixed(struct planner *p, uint32_t count)
{
    for (int linear = 0; linear < 2; linear++) {
        begin_group(p);
        for (uint32_t i = 0; i < count; i++) {
            if (hcl_linear_has(&p->linear, (hcl_column){ HCL_COL_FIXED, i }) != (linear != 0))
                continue;
            if (!linear)
                begin_group(p);
            p->plan->owner[hcl_id(&p->ids, HCL_POLY_FIXED, i)] =
                linear ? take(p, LINEAR_COST, 0) : take(p, 0, p->transforms);
        }
    }
}

/* Advice columns of one phase, dear ones first (the usual greedy rule for even loads). */
static void spread_phase(struct planner *p, const struct hcl_circuit *c, uint32_t phase, const double *cost,
                         uint32_t *order)
{
    size_t count = 0;
    for (uint32_t i = 0; i < c->num_advice; i++) {
        if (c->advice_phase[i] != phase)
            continue;
        size_t at = count++;
        for (; at > 0 && cost && cost[order[at - 1]] < cost[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    begin_group(p);
    for (size_t k = 0; k < count; k++) {
        const bool linear = hcl_linear_has(&p->linear, (hcl_column){ HCL_COL_ADVICE, order[k] });
        p->plan->owner[hcl_id(&p->ids, HCL_POLY_ADVICE, order[k])] =
            take(p, cost ? cost[order[k]] : 1, linear ? LINEAR_COST : p->transforms);
    }
}

hcl_status hcl_plan_init(struct hcl_plan *plan, const struct hcl_circuit *c, int ranks,
                         const double *advice_cost, struct hcl_err *err)
{
    struct planner p = { .plan = plan, .transforms = TRANSFORM_COST * (c->degree + 1) };
    hcl_ids_init(&p.ids, c);
    *plan = (struct hcl_plan){ .ranks = ranks, .count = p.ids.count };
    plan->owner = calloc(p.ids.count + 1, sizeof *plan->owner);
    plan->load = calloc((size_t)ranks, sizeof *plan->load);
    plan->advice_cost = advice_cost ? calloc(c->num_advice + 1, sizeof *plan->advice_cost) : NULL;
    p.group = calloc((size_t)ranks, sizeof *p.group);
    uint32_t *order = calloc(c->num_advice + 1, sizeof *order);
    hcl_status st = HCL_OK;
    if ((advice_cost && !plan->advice_cost) || !plan->owner || !plan->load || !p.group || !order)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the plan of %zu columns", p.ids.count));
    HCL_TRY(hcl_linear_init(&p.linear, c, err));
    if (advice_cost)
        memcpy(plan->advice_cost, advice_cost, c->num_advice * sizeof *advice_cost);
    for (uint32_t phase = 0; phase < c->num_phases; phase++)
        spread_phase(&p, c, phase, advice_cost, order);
    begin_group(&p);
    for (size_t l = 0; l < c->num_lookups; l++)
        plan->owner[hcl_id(&p.ids, HCL_POLY_LOOKUP_A, l)] =
            plan->owner[hcl_id(&p.ids, HCL_POLY_LOOKUP_S, l)] = take(&p, 2, 2 * p.transforms);
    spread(&p, HCL_POLY_LOOKUP_Z);
    spread(&p, HCL_POLY_PERM_Z);
    spread(&p, HCL_POLY_SIGMA);
    spread_fixed(&p, c->num_fixed);
    spread(&p, HCL_STORE_INSTANCE);
done:
    if (st != HCL_OK)
        hcl_plan_clear(plan);
    hcl_linear_clear(&p.linear);
    free(p.group);
    free(order);
    return st;
}

void hcl_plan_clear(struct hcl_plan *p)
{
    free(p->owner);
    free(p->load);
    free(p->advice_cost);
    *p = (struct hcl_plan){ 0 };
}
