/* SPDX-License-Identifier: Apache-2.0 */
/* Which rank owns which column. A pure function of circuit, rank count and costs, so every rank computes it
 * for itself. Columns that are committed together (the advice columns of one phase, the permuted lookups) are
 * spread evenly first, so that few pieces of them have to move (common/halo2/pieces.h); within that, the work
 * of owners, transforms, is evened out, and then columns that are made of the same cells are brought
 * together. Linear fixed columns, the weights, are spread evenly too, so that each rank computes as many
 * outputs of every layer. */
#ifndef HCL_COORDINATOR_PLAN_PLAN_H
#define HCL_COORDINATOR_PLAN_PLAN_H

#include "worker/store/store.h"

/* What the circuit does not tell of its advice columns, by column. */
struct hcl_advice_hints {
    double *cost;  /* of committing it, 1 for full-size values; NULL: all 1 */
    uint32_t *kin; /* as in common/halo2/owners.h; NULL: none has kin */
};

struct hcl_plan {
    int ranks;
    size_t count;         /* of ids (hcl_ids_init) */
    uint32_t *owner;      /* [id] < ranks */
    double *advice_cost;  /* per advice column, as given; NULL: all 1 */
    double *product_cost; /* per product of the permutation, of committing it */
    double *load;         /* work of owners alone, per rank, in units of committing one full-size column */
};

/** advice may be NULL. Both columns A', S' of a lookup get the same owner, and of columns that are alike
 * those of one kin where they can. */
hcl_status hcl_plan_init(struct hcl_plan *p, const struct hcl_circuit *c, int ranks,
                         const struct hcl_advice_hints *advice, struct hcl_err *err);
void hcl_plan_clear(struct hcl_plan *p);

#endif
