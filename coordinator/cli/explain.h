/* SPDX-License-Identifier: Apache-2.0 */
/* `compile --explain`: what each operator of the model and each primitive of the circuit costs, and why the
 * layout has its k, lanes and weight columns. Counts are those of the layout, times those of the cost model
 * that chose it, for one rank with as much memory as it wants. Local. */
#ifndef HCL_COORDINATOR_CLI_EXPLAIN_H
#define HCL_COORDINATOR_CLI_EXPLAIN_H

#include "compiler/choose.h"

/** For people. */
HCL_MUST_CHECK hcl_status hcl_explain_print(const struct hcl_choice *choice, const struct hcl_layout *l,
                                            hcl_objective objective, FILE *to, struct hcl_err *err);
/** {"layers": [{"layer", "primitive", "rows", "lane_rows_per_element", "weight_rows", "weight_cells",
 * "lookups", "elements", "predicted_seconds"}...], "primitives": [the same of all nodes of a kind],
 * "seconds", "fastest_seconds", "balance": the power of the proof's bytes that time is multiplied by
 * for the choice, or 0, "needs_rows": which counts half of the 2^k rows would not hold}. "layer" is the
 * operator's name, null in "primitives".
 */
HCL_MUST_CHECK hcl_status hcl_explain_json(json_t **out, const struct hcl_choice *choice,
                                           const struct hcl_layout *l, hcl_objective objective,
                                           struct hcl_err *err);

#endif
