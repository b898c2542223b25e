/* SPDX-License-Identifier: Apache-2.0 */
/* `compile --explain`: what each operator of the model's file and each primitive of the circuit costs, and
 * why the layout has its k, lanes and weight columns. Counts are those of the layout, times those of the cost
 * model that chose it, for one rank with as much memory as it wants. Local. */
#ifndef HCL_COORDINATOR_CLI_EXPLAIN_H
#define HCL_COORDINATOR_CLI_EXPLAIN_H

#include "coordinator/cli/job.h"

#define HCL_EXPLAIN_DEAREST 10 /* operators for which it says what would make them cheaper */

/** For people: of a job that is compiled and has its float model. */
HCL_MUST_CHECK hcl_status hcl_explain_print(const struct hcl_job *job, FILE *to, struct hcl_err *err);
/** {"operators": [{"name", "operators": [names in the file; none: constants, inputs], "primitives", "rows",
 * "lane_rows_per_element", "weight_rows", "weight_cells", "lookups", "elements", "predicted_seconds"}...],
 * "nothing": [operators without rows], "dearest": [{"name", "predicted_seconds", "hint"}...], "primitives":
 * [the same as operators, of all nodes of a kind, "primitive"], "seconds", "fastest_seconds", "balance": the
 * power of the proof's bytes that time is multiplied by for the choice, or 0, "needs_rows": which counts half
 * of the 2^k rows would not hold}. Operators that passes made one node of are one entry. */
HCL_MUST_CHECK hcl_status hcl_explain_json(json_t **out, const struct hcl_job *job, struct hcl_err *err);

#endif
