/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/plan/plan.h"

#include "common/halo2/owners.h"
#include "common/halo2/permutation.h"
#include "common/halo2/pieces.h"

#include <string.h>

struct planner {
    struct hcl_plan *plan;
    struct hcl_ids ids;
    struct hcl_owners owners;
    double transforms;
    struct hcl_linear linear;
};

/* Columns that are not committed by their owners: spread by their transforms. */
static void spread(struct planner *p, int kind)
{
    hcl_owners_begin(&p->owners);
    for (size_t id = p->ids.base[kind]; id < p->ids.base[kind + 1]; id++)
        p->plan->owner[id] = hcl_owners_take(&p->owners, 0, p->transforms);
}

/* Fixed columns: those that are transformed first, as they are few and dear. The others evenly: they are
 * weights, which take memory and have the inference computed where they are. */
static void spread_fixed(struct planner *p, uint32_t count)
{
    for (int linear = 0; linear < 2; linear++) {
        hcl_owners_begin(&p->owners);
        for (uint32_t i = 0; i < count; i++) {
            if (hcl_linear_has(&p->linear, (hcl_column){ HCL_COL_FIXED, i }) != (linear != 0))
                continue;
            p->plan->owner[hcl_id(&p->ids, HCL_POLY_FIXED, i)] =
                linear ? hcl_owners_take(&p->owners, HCL_OWNERS_LINEAR, 0)
                       : hcl_owners_take(&p->owners, 0, p->transforms);
        }
    }
}

/* What is needed for the advice columns of one phase. */
struct phase {
    uint32_t *column, *owner, *order;
    double *cost, *rest;
};

static void phase_clear(struct phase *f)
{
    free(f->column);
    free(f->cost);
}

static hcl_status phase_init(struct phase *f, size_t columns, struct hcl_err *err)
{
    f->column = calloc(3 * columns + 1, sizeof *f->column);
    f->cost = calloc(2 * columns + 1, sizeof *f->cost);
    if (!f->column || !f->cost)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the plan of %zu columns", columns);
    f->owner = f->column + columns;
    f->order = f->owner + columns;
    f->rest = f->cost + columns;
    return HCL_OK;
}

static double rest_of(const struct planner *p, uint32_t advice)
{
    return hcl_linear_has(&p->linear, (hcl_column){ HCL_COL_ADVICE, advice }) ? HCL_OWNERS_LINEAR
                                                                              : p->transforms;
}

static void spread_phase(struct planner *p, const struct hcl_circuit *c, uint32_t phase, const double *cost,
                         const struct phase *f)
{
    size_t count = 0;
    for (uint32_t i = 0; i < c->num_advice; i++) {
        if (c->advice_phase[i] != phase)
            continue;
        f->column[count] = i;
        f->cost[count] = cost ? cost[i] : 1;
        f->rest[count++] = rest_of(p, i);
    }
    hcl_owners_spread(&p->owners, f->owner, f->cost, f->rest, count, f->order);
    for (size_t k = 0; k < count; k++)
        p->plan->owner[hcl_id(&p->ids, HCL_POLY_ADVICE, f->column[k])] = f->owner[k];
}

/* Advice columns are of no kin but what they are said to be. */
static hcl_status join_kin(const struct planner *p, const struct hcl_circuit *c,
                           const struct hcl_advice_hints *advice, const struct phase *f, struct hcl_err *err)
{
    const size_t ranks = (size_t)p->plan->ranks;
    uint32_t *owner = &p->plan->owner[hcl_id(&p->ids, HCL_POLY_ADVICE, 0)];
    uint32_t *phase = calloc(2 * (size_t)c->num_advice + ranks + 1, sizeof *phase);
    if (!phase)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the plan of %u columns", c->num_advice);
    for (uint32_t i = 0; i < c->num_advice; i++) {
        phase[i] = c->advice_phase[i];
        f->cost[i] = advice->cost ? advice->cost[i] : 1;
        f->rest[i] = rest_of(p, i);
    }
    const struct hcl_owned all = { owner, phase, advice->kin, f->cost, f->rest, c->num_advice };
    hcl_owners_join(&all, p->plan->ranks, phase + c->num_advice);
    free(phase);
    return HCL_OK;
}

/* A product is dear where copies change it. */
static hcl_status price_products(struct hcl_plan *plan, const struct hcl_circuit *c, struct hcl_err *err)
{
    const size_t chunks = hcl_permutation_chunks(c), n = (size_t)1 << c->k;
    size_t *rows = calloc(chunks + 1, sizeof *rows);
    hcl_status st = HCL_OK;
    plan->product_cost = calloc(chunks + 1, sizeof *plan->product_cost);
    if (!rows || !plan->product_cost)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the plan of %zu products", chunks));
    HCL_TRY(hcl_permutation_changes(rows, c, err));
    for (size_t i = 0; i < chunks; i++)
        plan->product_cost[i] = hcl_pieces_cost(n, rows[i], n - rows[i]);
done:
    free(rows);
    return st;
}

hcl_status hcl_plan_init(struct hcl_plan *plan, const struct hcl_circuit *c, int ranks,
                         const struct hcl_advice_hints *advice, struct hcl_err *err)
{
    const double *advice_cost = advice ? advice->cost : NULL;
    struct planner p = { .plan = plan, .transforms = HCL_OWNERS_TRANSFORM * (c->degree + 1) };
    hcl_ids_init(&p.ids, c);
    *plan = (struct hcl_plan){ .ranks = ranks, .count = p.ids.count };
    plan->owner = calloc(p.ids.count + 1, sizeof *plan->owner);
    plan->load = calloc((size_t)ranks, sizeof *plan->load);
    plan->advice_cost = advice_cost ? calloc(c->num_advice + 1, sizeof *plan->advice_cost) : NULL;
    p.owners = (struct hcl_owners){ calloc((size_t)ranks, sizeof(double)), plan->load, ranks };
    struct phase f = { 0 };
    hcl_status st = HCL_OK;
    if ((advice_cost && !plan->advice_cost) || !plan->owner || !plan->load || !p.owners.group)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the plan of %zu columns", p.ids.count));
    HCL_TRY(phase_init(&f, c->num_advice, err));
    HCL_TRY(price_products(plan, c, err));
    HCL_TRY(hcl_linear_init(&p.linear, c, err));
    if (advice_cost)
        memcpy(plan->advice_cost, advice_cost, c->num_advice * sizeof *advice_cost);
    for (uint32_t phase = 0; phase < c->num_phases; phase++)
        spread_phase(&p, c, phase, advice_cost, &f);
    if (advice && advice->kin && ranks > 1)
        HCL_TRY(join_kin(&p, c, advice, &f, err));
    hcl_owners_begin(&p.owners);
    for (size_t l = 0; l < c->num_lookups; l++)
        plan->owner[hcl_id(&p.ids, HCL_POLY_LOOKUP_A, l)] =
            plan->owner[hcl_id(&p.ids, HCL_POLY_LOOKUP_S, l)] =
                hcl_owners_take(&p.owners, 2, 2 * p.transforms);
    spread(&p, HCL_POLY_LOOKUP_Z);
    spread(&p, HCL_POLY_PERM_Z);
    spread(&p, HCL_STORE_INSTANCE);
    spread(&p, HCL_POLY_SIGMA); /* the key's last: kept, they go to cosets at another time */
    spread_fixed(&p, c->num_fixed);
done:
    if (st != HCL_OK)
        hcl_plan_clear(plan);
    hcl_linear_clear(&p.linear);
    free(p.owners.group);
    phase_clear(&f);
    return st;
}

void hcl_plan_clear(struct hcl_plan *p)
{
    free(p->owner);
    free(p->load);
    free(p->advice_cost);
    free(p->product_cost);
    *p = (struct hcl_plan){ 0 };
}
