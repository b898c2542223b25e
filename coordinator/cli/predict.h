/* SPDX-License-Identifier: Apache-2.0 */
/* What the cost model says of a proof on this machine (compiler/layout/cost.h), for people before the proof,
 * and after it next to what was measured. Local. */
#ifndef HCL_COORDINATOR_CLI_PREDICT_H
#define HCL_COORDINATOR_CLI_PREDICT_H

#include "compiler/compile.h"
#include "coordinator/report/report.h"

/** A proof with this layout by so many ranks, each of which has memory_limit bytes (0: no limit) for all that
 * is resident. */
struct hcl_cost hcl_predict(const struct hcl_layout *l, int ranks, uint64_t memory_limit);
/** The same, with so many bytes for the ledger (common/sys/mem.h) alone. */
struct hcl_cost hcl_predict_within(const struct hcl_layout *l, int ranks, uint64_t room);
/** Resident beside the ledger within the limit: the program and its libraries, what it holds of the model. */
double hcl_predict_outside(const struct hcl_layout *l, int ranks, uint64_t memory_limit);
/** Resident memory of a rank: with the above, and freed blocks that are kept. */
double hcl_predict_rss(const struct hcl_layout *l, const struct hcl_cost *c, int ranks,
                       uint64_t memory_limit);
/** The same of a proof within the limit. */
double hcl_predict_rss_of(const struct hcl_layout *l, int ranks, uint64_t memory_limit);
/** Before keys and proof: HCL_NO_RESOURCE if each of the ranks has too little memory for its part of the
 * proof, whatever it saves; the message says how much the least is, and with how many ranks it fits. */
hcl_status hcl_predict_fits(const struct hcl_layout *l, int ranks, uint64_t memory_limit,
                            struct hcl_err *err);
/** Whether each NUMA node is to have an SRS of its own, of place_ranks ranks at least, where these stay on
 * it: if with it a proof by the same means fits in memory_limit. What commitments read is near then, and a
 * copy is made by reading it once, which each commitment does again. */
bool hcl_predict_replicates(const struct hcl_layout *l, int ranks, uint32_t place_ranks,
                            uint64_t memory_limit);
/** The same before scales are searched, of a sketch of the layout: what is too little by far. */
hcl_status hcl_predict_may_fit(const struct hcl_layout *sketch, int ranks, uint64_t memory_limit,
                               struct hcl_err *err);
/** What is done to save memory, for people. */
void hcl_savings_text(char *out, size_t room, const struct hcl_savings *s);
/** A table: seconds by phase and memory of a rank, for 1 and 2 ranks. */
void hcl_predict_print(const struct hcl_layout *l, uint64_t memory_limit, FILE *to);
/** {"savings": {"key_anew", "keep_compact", "groups", "scratch"}, "cpu_seconds", "measured_cpu_seconds",
 * "memory_bytes", "measured_memory_bytes", "rss_bytes", "measured_rss_bytes", "phases": [{"name",
 * "cpu_seconds", "measured_cpu_seconds", "msms", "measured_msms", "ntts", "measured_ntts", "bytes_sent",
 * "measured_bytes_sent"}...]}; measured: the rank with most of it, outside communication; MSMs are of 2^k
 * rows, whoever has a part; bytes are the average of the ranks. NULL: out of memory. */
json_t *hcl_predict_json(const struct hcl_layout *l, const struct hcl_cost *c, uint64_t memory_limit,
                         const struct hcl_report *r);

#endif
