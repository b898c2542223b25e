/* SPDX-License-Identifier: Apache-2.0 */
/* Which rank owns which column. A pure function of circuit, rank count and costs, so every rank computes it
 * for itself. Columns that are committed together (the advice columns of one phase, the permuted lookups) are
 * spread evenly first, so that few pieces of them have to move (common/halo2/pieces.h); within that, the work
 * of owners, transforms, is evened out. Linear fixed columns, the weights, are spread evenly too, so that
 * each rank computes as many outputs of every layer. */
#ifndef HCL_COORDINATOR_PLAN_PLAN_H
#define HCL_COORDINATOR_PLAN_PLAN_H

#include "worker/store/store.h"

struct hcl_plan {
    int ranks;
    size_t count;         /* of ids (hcl_ids_init) */
    uint32_t *owner;      /* [id] < ranks */
    double *advice_cost;  /* per advice column, as given; NULL: all 1 */
    double *product_cost; /* per product of the permutation, of committing it */
    double *load;         /* work of owners alone, per rank, in units of committing one full-size column */
};

/** advice_cost: predicted cost of committing each advice column, 1 for full-size values (NULL: all 1). Both
 * columns A', S' of a lookup get the same owner. */
hcl_status hcl_plan_init(struct hcl_plan *p, const struct hcl_circuit *c, int ranks,
                         const double *advice_cost, struct hcl_err *err);
void hcl_plan_clear(struct hcl_plan *p);

#endif
