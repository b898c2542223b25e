/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of this process over time, and how many threads of the machine want a processor, looked at by a
 * thread of its own every now and then: first every HCL_SAMPLE_SECONDS, and twice as rarely whenever the room
 * is full, for which each two neighbours become the one that held more. Local. */
#ifndef HCL_COORDINATOR_REPORT_SAMPLER_H
#define HCL_COORDINATOR_REPORT_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#define HCL_SAMPLES 256
#define HCL_SAMPLE_SECONDS 0.005

struct hcl_memory_sample {
    double at;            /* common/sys/clock.h */
    uint64_t ledger, rss; /* common/sys/mem.h */
};

struct hcl_sampler;

/** NULL: no memory or no thread, and nothing is sampled. */
struct hcl_sampler *hcl_sampler_start(void);
/** Ends the sampling; up to HCL_SAMPLES samples in order of time, their number returned. May be called again.
 */
size_t hcl_sampler_stop(struct hcl_sampler *s, struct hcl_memory_sample out[HCL_SAMPLES]);
/** Threads of the machine that ran or waited for a processor, the sampling one aside, on average since the
 * start; 0: not known (/proc/loadavg is not Linux's). */
double hcl_sampler_runnable(struct hcl_sampler *s);
void hcl_sampler_free(struct hcl_sampler *s);

#endif
