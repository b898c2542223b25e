/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over weight columns. */
#include "common/poly/linear.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <string.h>

/* The weight columns that this rank adds up, and what each is multiplied by. */
struct terms {
    struct hcl_compact *views;
    const struct hcl_compact **columns;
    hcl_fr *powers;
    size_t count;
};

static void terms_clear(struct terms *x)
{
    free(x->views);
    free(x->columns);
    free(x->powers);
}

static hcl_status terms_init(struct terms *x, const struct hcl_program *p,
                             const struct hcl_witness_team *team, const hcl_fr *t, struct hcl_err *err)
{
    const uint32_t m = p->weight_columns;
    hcl_fr power = hcl_fr_one;

    x->views = calloc(m, sizeof *x->views);
    x->columns = calloc(m, sizeof *x->columns);
    x->powers = calloc(m, sizeof *x->powers);
    if (!x->views || !x->columns || !x->powers)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u weight columns", m);
    for (uint32_t i = 0; i < m; i++, hcl_fr_mul(&power, &power, t)) {
        if (team && team->owner[i] != hcl_team_rank(team))
            continue;
        x->views[x->count] = (struct hcl_compact){ .n = p->num_weight_rows,
                                                   .stored = p->num_weight_rows,
                                                   .width = sizeof **p->weights,
                                                   .digits = (int)p->weight_digits,
                                                   .cells = (void *)(uintptr_t)p->weights[i] };
        x->columns[x->count] = &x->views[x->count];
        x->powers[x->count++] = power;
    }
    return HCL_OK;
}

hcl_status hcl_weight_combine(hcl_fr *out, const struct hcl_program *p, const struct hcl_witness_team *team,
                              const hcl_fr *t, size_t first, size_t rows, int threads, struct hcl_err *err)
{
    struct terms x = { 0 };
    const hcl_status st = terms_init(&x, p, team, t, err);

    if (st == HCL_OK)
        hcl_linear_combine(out, false, x.columns, x.powers, x.count, first, rows, threads);
    terms_clear(&x);
    return st;
}
