/* SPDX-License-Identifier: Apache-2.0 */
/* A proof's cost by layers of the model. The prover works on columns that all layers share, so nothing but
 * the circuit itself is measured by layer: time of a phase is split among layers as the cost model has it.
 * What a layer adds to a phase is what the model says of the circuit with it less that without it; what is
 * left, which depends on the 2^k rows alone, is shared by rows, and so is memory. */
#ifndef HCL_COORDINATOR_CLI_LAYERS_H
#define HCL_COORDINATOR_CLI_LAYERS_H

#include "compiler/compile.h"
#include "coordinator/report/report.h"

/* What the regions of one layer, which follow each other, hold together. */
struct hcl_layer {
    const struct hcl_layout_region *first; /* its name, node, primitive and elements */
    uint32_t rows, weight_rows;
    size_t cells, lookups; /* looked-up lanes */
    double multiplications;
    double phase[HCL_COST_PHASES]; /* predicted seconds; all layers' add up to those of the whole */
};

struct hcl_layers {
    struct hcl_layer *all;
    size_t count;
    struct hcl_cost whole;
};

/** The layers as one of `ranks` ranks proves them. */
HCL_MUST_CHECK hcl_status hcl_layers_of(struct hcl_layers *out, const struct hcl_layout *l, int ranks,
                                        uint64_t memory_limit, struct hcl_err *err);
void hcl_layers_clear(struct hcl_layers *s);
/** Predicted seconds of all phases. */
double hcl_layer_seconds(const struct hcl_layer *y);
/** The name of its primitive, or what layers of none are. */
const char *hcl_layer_kind(const struct hcl_layer *y);

/* What several layers take together. */
struct hcl_layer_sum {
    size_t rows, weight_rows, lookups;
    double seconds; /* predicted */
};
void hcl_layer_sum_add(struct hcl_layer_sum *to, const struct hcl_layer *y);

/** [{"layer", "node", "first_row", "rows", "weight_rows", "cells", "lookups", "predicted_seconds",
 * "measured_seconds", "predicted_memory_bytes", "measured_memory_bytes"}...] for consecutive regions of one
 * layer. Seconds are CPU seconds outside communication of the phases that the cost model has, of the rank
 * with most of each; memory is of the rank with most. errors (of hcl_judge_layers_json; may be NULL) adds
 * "worst_error", "rms_error", "range" by node. NULL: out of memory. */
json_t *hcl_layers_json(const struct hcl_layout *l, int ranks, uint64_t memory_limit,
                        const struct hcl_report *r, const json_t *errors);

#endif
