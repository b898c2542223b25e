/* SPDX-License-Identifier: Apache-2.0 */
/* Progress on stderr: on a terminal one line that is redrawn (phase, bar, percent, rate, time left), in a
 * file (a SLURM log) one finished line per phase. Only the rank that owns the terminal creates one; every
 * function accepts NULL and then does nothing, so callers need no condition. hcl_progress_advance may be
 * called by any thread; the others by one thread at a time. */
#ifndef HCL_COMMON_SYS_PROGRESS_H
#define HCL_COMMON_SYS_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

struct hcl_progress;

/** NULL when out of memory. `to` is borrowed; it decides by isatty. */
struct hcl_progress *hcl_progress_new(FILE *to);
void hcl_progress_free(struct hcl_progress *p);
/** Ends the running phase, if any, and begins `name` (copied). total: units of work, 0 if unknown; unit:
 * "columns". */
void hcl_progress_phase(struct hcl_progress *p, const char *name, uint64_t total, const char *unit);
void hcl_progress_advance(struct hcl_progress *p, uint64_t units);
/** Ends the running phase; its line shows `note` (may be NULL) and the time it took. */
void hcl_progress_done(struct hcl_progress *p, const char *note);
/** What the whole job is expected to take from now on: phases without a total are shown against it. */
void hcl_progress_expect(struct hcl_progress *p, double seconds);
/** Remove a half-drawn bar, so that an error message starts on a clean line. */
void hcl_progress_clear_line(struct hcl_progress *p);

#endif
