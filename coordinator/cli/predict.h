/* SPDX-License-Identifier: Apache-2.0 */
/* What the cost model says of a proof on this machine (compiler/layout/cost.h), for people before the proof,
 * and after it next to what was measured. Local. */
#ifndef HCL_COORDINATOR_CLI_PREDICT_H
#define HCL_COORDINATOR_CLI_PREDICT_H

#include "compiler/compile.h"
#include "coordinator/report/report.h"

/** A proof with this layout by so many ranks, each of which has memory_limit bytes (0: no limit). */
struct hcl_cost hcl_predict(const struct hcl_layout *l, int ranks, uint64_t memory_limit);
/** Resident memory of the rank that compiles: the program itself, the model, and freed blocks that are kept,
 * beside c->memory_bytes. */
double hcl_predict_rss(const struct hcl_layout *l, const struct hcl_cost *c);
/** Before any work: HCL_NO_RESOURCE if each of the ranks has too little memory for its part of the proof by
 * more than the prediction may err; the message says how much the least is, and with how many ranks it fits.
 */
hcl_status hcl_predict_fits(const struct hcl_layout *l, int ranks, uint64_t memory_limit,
                            struct hcl_err *err);
/** A table: seconds by phase and memory of a rank, for 1 and 2 ranks. */
void hcl_predict_print(const struct hcl_layout *l, uint64_t memory_limit, FILE *to);
/** {"cpu_seconds", "measured_cpu_seconds", "memory_bytes", "measured_memory_bytes", "rss_bytes",
 * "measured_rss_bytes", "phases": [{"name", "cpu_seconds", "measured_cpu_seconds", "msms", "measured_msms",
 * "ntts", "measured_ntts", "bytes_sent", "measured_bytes_sent"}...]}; measured: the rank with most of it,
 * outside communication; MSMs are of 2^k rows, whoever has a part; bytes are the average of the ranks. NULL:
 * out of memory. */
json_t *hcl_predict_json(const struct hcl_layout *l, const struct hcl_cost *c, const struct hcl_report *r);

#endif
