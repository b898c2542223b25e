/* SPDX-License-Identifier: Apache-2.0 */
/* A layout's cost by the operators of the model's file. Nodes of the circuit's graph know what operators they
 * are made of (struct hcl_origin); operators that became one node together are one item, and so are those of
 * one name, as the copies of a loop's body are. Rows of no operator, constants and inputs, are items of their
 * own, so that all items together are the layout. Local. */
#ifndef HCL_COORDINATOR_CLI_OPERATORS_H
#define HCL_COORDINATOR_CLI_OPERATORS_H

#include "compiler/graph/graph.h"
#include "coordinator/cli/hints.h"
#include "coordinator/cli/layers.h"

struct hcl_operator_cost {
    char *name;       /* "CONV_2D 'a' + RELU 'b'" */
    json_t *names;    /* of the operators; empty: of none */
    char *primitives; /* "conv, move" */
    size_t elements;  /* of its last result */
    struct hcl_layer_sum sum;
    struct hcl_savings_hint hint;
};

struct hcl_operator_costs {
    struct hcl_operator_cost *all;
    size_t count;
    json_t *nothing; /* names of operators without any rows: folded, or only moves of elements */
};

/** layers: of hcl_layers_of for the layout l of the model; g: the graph of one inference. */
HCL_MUST_CHECK hcl_status hcl_operator_costs_of(struct hcl_operator_costs *out, const struct hcl_graph *model,
                                                const struct hcl_fx_graph *g, const struct hcl_layout *l,
                                                const struct hcl_layers *layers, struct hcl_err *err);
void hcl_operator_costs_clear(struct hcl_operator_costs *c);
/** The (at most) `most` with most predicted seconds, operators only, the dearest first; returns how many. */
size_t hcl_operator_costs_dearest(const struct hcl_operator_costs *c, size_t most,
                                  const struct hcl_operator_cost **out);

#endif
