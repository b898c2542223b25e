/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_HALO2_LINEAR_INTERNAL_H
#define HCL_COMMON_HALO2_LINEAR_INTERNAL_H

#include "common/halo2/eval_graph_internal.h"
#include "common/halo2/linear.h"

/* A value of the graph that contains a sum of linear columns: value = .. +- sum. */
struct hcl_linear_use {
    uint32_t value, sum;
    bool neg;
};

struct hcl_linear_search {
    struct hcl_linear_use *uses; /* values ascending */
    size_t num_uses;
    uint32_t *coefficient; /* [term]: scalar value of the graph */
};

/** Find the linear columns of gates whose values are roots. Fills *l but for the coefficients' program; the
 * graph gets their scalars. *l and *s are to be cleared in any case. */
hcl_status hcl_linear_find(struct hcl_linear *l, struct hcl_linear_search *s, struct hcl_value_graph *g,
                           const struct signed_value *roots, size_t num_roots, struct hcl_err *err);
void hcl_linear_search_clear(struct hcl_linear_search *s);
/* The values of the gates: roots[j] is complete when the graph has root_end[j] values. */
struct hcl_linear_gates {
    const struct hcl_value_graph *graph;
    const struct signed_value *roots;
    const size_t *root_end;
    size_t count;
};

/** The gates again in another graph, which is initialised here, with the sums that were found as inputs. */
hcl_status hcl_linear_rewrite(struct hcl_value_graph *to, struct signed_value *roots, size_t *root_end,
                              const struct hcl_linear_gates *gates, const struct hcl_linear *linear,
                              const struct hcl_linear_search *search, struct hcl_err *err);
bool hcl_linear_in_use(void);

#endif
