/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/eta.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Expectation counts as if so much had been seen to come true, a share of the whole plan or seconds,
 * whichever is less: short steps say little of the others. */
#define TRUST 0.1
#define TRUST_SECONDS 0.7
/* What is left of a step that has taken all it was given, as a share of that. */
#define LEAST_LEFT 0.05

void hcl_eta_start(struct hcl_eta *e, double now)
{
    *e = (struct hcl_eta){ .job_start = now };
}

void hcl_eta_plan(struct hcl_eta *e, const struct hcl_eta_step *steps, size_t count)
{
    e->count = count < HCL_ETA_STEPS ? count : HCL_ETA_STEPS;
    memcpy(e->step, steps, e->count * sizeof *steps);
    for (size_t i = e->count; i < count; i++)
        e->step[e->count - 1].seconds += steps[i].seconds;
    e->current = e->count;
    e->begun = false;
}

void hcl_eta_phase(struct hcl_eta *e, const char *name, double now)
{
    size_t next = e->begun ? e->current + 1 : 0;
    while (next < e->count && strncmp(e->step[next].name, name, HCL_ETA_NAME - 1) != 0)
        next++;
    if (next >= e->count)
        return;
    if (e->begun && !e->step[e->current].guessed) { /* steps that were left out are over, too */
        e->taken += now - e->step_start;
        e->expected += e->step[e->current].seconds;
    }
    e->begun = true;
    e->current = next;
    e->step_start = now;
}

/* What steps take over what was expected. */
static double slowness(const struct hcl_eta *e, double spent)
{
    double whole = 0;
    const struct hcl_eta_step *now = &e->step[e->current];
    for (size_t i = 0; i < e->count; i++)
        whole += e->step[i].seconds;
    const double trust = fmin(TRUST * whole, TRUST_SECONDS), given = now->seconds;
    double expected = e->expected + trust, taken = e->taken + trust;
    if (!now->guessed && spent > given * taken / fmax(expected, 1e-9)) { /* late already */
        expected += given;
        taken += spent;
    }
    return expected > 0 ? taken / expected : 1;
}

static double seconds_of(const struct hcl_eta_step *step, double slow)
{
    return step->guessed ? step->seconds : slow * step->seconds;
}

struct hcl_eta_guess hcl_eta_guess(struct hcl_eta *e, double now)
{
    struct hcl_eta_guess g = { .known = e->count > 0 };
    double left = 0;
    if (!g.known)
        return g;
    if (e->begun) {
        const double spent = now - e->step_start, slow = slowness(e, spent);
        const double given = seconds_of(&e->step[e->current], slow);
        left = fmax(given - spent, LEAST_LEFT * given);
        for (size_t i = e->current + 1; i < e->count; i++)
            left += seconds_of(&e->step[i], slow);
    } else {
        for (size_t i = 0; i < e->count; i++)
            left += e->step[i].seconds;
    }
    const double over = now - e->job_start;
    g.remaining = left;
    g.fraction = over + left > 0 ? over / (over + left) : 0;
    e->shown = fmin(fmax(e->shown, g.fraction), 0.999); /* all of it is for the end */
    g.fraction = e->shown;
    return g;
}
