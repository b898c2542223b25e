/* SPDX-License-Identifier: Apache-2.0 */
/* What a run cost, per phase and rank: time, time inside communication, bytes moved, MSMs, NTTs, peak memory.
 * A meter runs on each rank; a report is all meters together. */
#ifndef HCL_COORDINATOR_REPORT_REPORT_H
#define HCL_COORDINATOR_REPORT_REPORT_H

#include "common/comm/comm.h"
#include "worker/team.h"

#include <jansson.h>

#define HCL_MAX_PHASES 32
#define HCL_PHASE_NAME 32

struct hcl_phase_cost {
    double seconds, comm_seconds, cpu_seconds, comm_cpu_seconds;
    uint64_t bytes_sent, bytes_received, messages;
    struct hcl_team_counters work;
};

struct hcl_meter {
    struct hcl_comm *comm; /* borrowed */
    char names[HCL_MAX_PHASES][HCL_PHASE_NAME];
    struct hcl_phase_cost costs[HCL_MAX_PHASES];
    size_t count, current; /* current == count: nothing runs */
    const struct hcl_team *team;
    double start, cpu_start;
    struct hcl_comm_counters comm_start;
    struct hcl_team_counters work_start;
    /* Told on each new phase; may be NULL. */
    void (*on_phase)(void *ctx, const char *name);
    void *on_phase_ctx;
};

/* Local; all accept a NULL meter. */
void hcl_meter_init(struct hcl_meter *m, struct hcl_comm *comm);
/** End the running phase, if any, and begin or continue `name`. */
void hcl_meter_phase(struct hcl_meter *m, const char *name);
void hcl_meter_stop(struct hcl_meter *m);
/** Count the work of this team (NULL: of none) from now on; ends the running phase. */
void hcl_meter_watch(struct hcl_meter *m, const struct hcl_team *team);

struct hcl_rank_cost {
    uint64_t memory_peak, rss_peak;
    uint32_t threads, local_rank;
    char host[64];
};

struct hcl_report {
    size_t ranks, phases;
    char (*names)[HCL_PHASE_NAME];
    struct hcl_phase_cost *costs; /* [rank*phases + phase] */
    struct hcl_rank_cost *ranks_cost;
};

/** Collective: every rank's meter, which must have the same phases. Ends the running phase. Every rank gets
 * the report. */
hcl_status hcl_report_gather(struct hcl_report *out, struct hcl_meter *m, int threads, struct hcl_err *err);
void hcl_report_clear(struct hcl_report *r);
/** Longest time of any rank for a phase. */
double hcl_report_seconds(const struct hcl_report *r, size_t phase);
/** Most CPU seconds outside communication of any rank for a phase; and MSM terms and NTTs of all ranks. A
 * phase that did not happen has none. */
double hcl_report_busy(const struct hcl_report *r, const char *phase);
struct hcl_team_counters hcl_report_work(const struct hcl_report *r, const char *phase);
/** Sum of the longest times over phases. */
double hcl_report_total_seconds(const struct hcl_report *r);
/** A table for people: one line per phase with slowest and average rank, then one line per rank. */
void hcl_report_print(const struct hcl_report *r, FILE *to);
/** {"ranks": [...], "phases": [{"name", "seconds", ..., "per_rank": [...]}...]}; NULL when out of memory. */
json_t *hcl_report_json(const struct hcl_report *r);

#endif
