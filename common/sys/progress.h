/* SPDX-License-Identifier: Apache-2.0 */
/* Progress on stderr: on a terminal one bar for the whole job (phase, per cent, time left), in a file (a
 * SLURM log) one finished line per phase with the time of day, for tools JSON, one object a line. Per cent
 * and time left are those of a plan (common/sys/eta.h); while there is none they are not shown. Only the rank
 * that owns the terminal creates one; every function accepts NULL and then does nothing, so callers need no
 * condition. For one thread at a time. Lines of the log (common/sys/log.h) go around the bar. */
#ifndef HCL_COMMON_SYS_PROGRESS_H
#define HCL_COMMON_SYS_PROGRESS_H

#include "common/sys/eta.h"

#include <stdio.h>

struct hcl_progress;

/* AUTO: a bar on a terminal that can redraw a line (TERM is not "dumb"), else lines. */
typedef enum { HCL_PROGRESS_AUTO, HCL_PROGRESS_BAR, HCL_PROGRESS_LINES, HCL_PROGRESS_JSON } hcl_progress_kind;

/** NULL when out of memory. `to` is borrowed. */
struct hcl_progress *hcl_progress_new(FILE *to, hcl_progress_kind kind);
void hcl_progress_free(struct hcl_progress *p);
/** What is to come from now on, of which the phases below are the steps; of the running one, what is left. */
void hcl_progress_plan(struct hcl_progress *p, const struct hcl_eta_step *steps, size_t count);
/** Ends the running phase, if any, and begins `name` (copied; no character of it needs an escape in JSON). */
void hcl_progress_phase(struct hcl_progress *p, const char *name);
/** Ends the running phase; its line shows `note` (may be NULL) and the time it took. */
void hcl_progress_done(struct hcl_progress *p, const char *note);
/** The phases that are over, in order, and what they took; their number, HCL_ETA_STEPS at most. */
size_t hcl_progress_steps(const struct hcl_progress *p, struct hcl_eta_step out[HCL_ETA_STEPS]);

#endif
