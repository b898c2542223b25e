/* SPDX-License-Identifier: Apache-2.0 */
/* Time for reports and progress. Thread-safe. */
#ifndef HCL_COMMON_SYS_CLOCK_H
#define HCL_COMMON_SYS_CLOCK_H

/** Seconds on a clock that never goes back; the origin is arbitrary. */
double hcl_clock_seconds(void);
/** CPU seconds of this process, all threads, user and system. */
double hcl_clock_cpu_seconds(void);
/** CPU seconds of the calling thread. */
double hcl_clock_thread_seconds(void);
/** The date now as "2026-01-31T12:34:56Z" (21 bytes with the final zero). */
void hcl_clock_utc(char out[21]);

#endif
