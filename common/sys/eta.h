/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a job is done and how long the rest will take: from what its steps are expected to take, and
 * from what those that are over took. A machine that is slower than expected is so for all steps; a step that
 * takes longer than its share says so before it is over. No clock of its own, nothing is allocated. */
#ifndef HCL_COMMON_SYS_ETA_H
#define HCL_COMMON_SYS_ETA_H

#include <stdbool.h>
#include <stddef.h>

#define HCL_ETA_STEPS 48
#define HCL_ETA_NAME 32

struct hcl_eta_step {
    char name[HCL_ETA_NAME];
    double seconds; /* expected, 0 and up */
    bool guessed;   /* by another measure than the others, which it says nothing about */
};

struct hcl_eta {
    size_t count, current; /* current == count: the plan has not begun, or there is none */
    struct hcl_eta_step step[HCL_ETA_STEPS];
    double job_start;       /* when hcl_eta_start was called */
    double step_start;      /* of the current step */
    double expected, taken; /* together, of the steps that are over */
    bool begun;
    double shown; /* the largest fraction so far */
};

void hcl_eta_start(struct hcl_eta *e, double now);
/** What is to come from now on, in order, names as hcl_eta_phase will get them; a name may come again. Steps
 * beyond HCL_ETA_STEPS are added to the last one. What is over stays in the fraction, and what it told of the
 * machine stays known. */
void hcl_eta_plan(struct hcl_eta *e, const struct hcl_eta_step *steps, size_t count);
/** The phase `name` begins; one that is not among the steps to come is taken as part of the current one. */
void hcl_eta_phase(struct hcl_eta *e, const char *name, double now);

struct hcl_eta_guess {
    bool known;                 /* there is a plan */
    double fraction, remaining; /* of the job, never less than before; seconds */
};
struct hcl_eta_guess hcl_eta_guess(struct hcl_eta *e, double now);

#endif
