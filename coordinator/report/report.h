/* SPDX-License-Identifier: Apache-2.0 */
/* What a run cost, per phase and rank: time, time inside communication and how much of that was waiting,
 * bytes moved, MSMs, NTTs, memory; and when all that was. A meter runs on each rank; a report is all meters
 * together. */
#ifndef HCL_COORDINATOR_REPORT_REPORT_H
#define HCL_COORDINATOR_REPORT_REPORT_H

#include "common/comm/comm.h"
#include "coordinator/report/sampler.h"
#include "worker/team.h"

#include <jansson.h>

#define HCL_MAX_PHASES 32
#define HCL_PHASE_NAME 32
#define HCL_MAX_SPANS 256
#define HCL_MAX_CALLS 65536 /* of communication whose waiting is told from moving */
#define HCL_TIMELINE_BINS 240

struct hcl_phase_cost {
    double seconds, comm_seconds, cpu_seconds, comm_cpu_seconds;
    double wait_seconds; /* of comm_seconds: until the last rank had come; filled in by hcl_report_gather */
    uint64_t bytes_sent, bytes_received, messages;
    struct hcl_team_counters work;
};

/* A phase without a break. */
struct hcl_span {
    uint32_t phase;
    double begin, end;
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
    struct hcl_span spans[HCL_MAX_SPANS];
    size_t num_spans, more_spans; /* those without room */
    struct hcl_sampler *sampler;  /* of memory; NULL: none */
    /* Told on each new phase; may be NULL. */
    void (*on_phase)(void *ctx, const char *name);
    void *on_phase_ctx;
};

/* Local; all accept a NULL meter. */
/** All ranks between the same two collective calls (hcl_comm_record). Samples memory from now on. */
void hcl_meter_init(struct hcl_meter *m, struct hcl_comm *comm);
void hcl_meter_clear(struct hcl_meter *m);
/** End the running phase, if any, and begin or continue `name`. */
void hcl_meter_phase(struct hcl_meter *m, const char *name);
void hcl_meter_stop(struct hcl_meter *m);
/** Count the work of this team (NULL: of none) from now on; the running phase goes on. */
void hcl_meter_watch(struct hcl_meter *m, const struct hcl_team *team);

struct hcl_rank_cost {
    uint64_t memory_peak, rss_peak;
    uint32_t threads, local_rank;
    char host[64];
};

/* Seconds of each bin of the run, which are as many parts of equal length. */
struct hcl_timeline {
    double comm[HCL_TIMELINE_BINS], wait[HCL_TIMELINE_BINS]; /* waiting is no part of comm */
};

/* When a rank did what, in seconds since the first rank began. */
struct hcl_rank_story {
    uint64_t num_spans, num_samples;
    struct hcl_span spans[HCL_MAX_SPANS];
    struct hcl_memory_sample samples[HCL_SAMPLES];
    struct hcl_timeline timeline;
};

struct hcl_report {
    size_t ranks, phases;
    char (*names)[HCL_PHASE_NAME];
    struct hcl_phase_cost *costs; /* [rank*phases + phase] */
    struct hcl_rank_cost *ranks_cost;
    struct hcl_rank_story *stories;
    double length; /* from the first rank's beginning to the last one's end */
    double
        clock_error; /* clocks of different nodes are set against each other to within this; 0: one clock */
    uint64_t unsplit_calls; /* of communication, the most of any rank, that no record had room for */
};

/** Collective: every rank's meter, which must have the same phases, in whatever order. Ends the running phase
 * and the sampling. Every rank gets the report; costs.wait_seconds and stories as far as calls were recorded.
 */
hcl_status hcl_report_gather(struct hcl_report *out, struct hcl_meter *m, int threads, struct hcl_err *err);
void hcl_report_clear(struct hcl_report *r);
/** Longest time of any rank for a phase. */
double hcl_report_seconds(const struct hcl_report *r, size_t phase);
/** Most CPU seconds outside communication of any rank for a phase; and MSM terms and NTTs of all ranks. A
 * phase that did not happen has none. */
double hcl_report_busy(const struct hcl_report *r, const char *phase);
struct hcl_team_counters hcl_report_work(const struct hcl_report *r, const char *phase);
/** Bytes that a rank sends in a phase, on average. */
double hcl_report_sent(const struct hcl_report *r, const char *phase);
/* Phases of one kind taken together, in seconds of a rank; moving and waiting are averages. */
struct hcl_group_cost {
    const char *name;
    double least, average, most, comm, wait;
    double share; /* of the average total */
};
struct hcl_report_groups {
    size_t count;
    struct hcl_group_cost group[HCL_MAX_PHASES], total;
};

/** What kind of work a phase is: "compile", "keys", ...; "other" for one that is not known. */
const char *hcl_report_group_of(const char *phase);
/** All kinds in the order in which they come. */
void hcl_report_group(struct hcl_report_groups *out, const struct hcl_report *r);
/** Most over average; 1 where nothing was done. */
double hcl_group_ratio(const struct hcl_group_cost *g);
/** Sum of the longest times over phases. */
double hcl_report_total_seconds(const struct hcl_report *r);
/** For people: the whole run in ten lines, a line for each group. */
void hcl_report_summary(const struct hcl_report *r, FILE *to);
/** All of it: one line per phase with slowest and average rank, then one line per rank. */
void hcl_report_print(const struct hcl_report *r, FILE *to);
/** {"ranks": [...], "phases": [{"name", "seconds", ..., "per_rank": [...]}...], "summary": [...], ...}
 * (docs/formats/README.md); NULL when out of memory. */
json_t *hcl_report_json(const struct hcl_report *r);

#endif
