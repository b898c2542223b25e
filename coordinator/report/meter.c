/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/clock.h"
#include "coordinator/report/report.h"

#include <string.h>

#define ONE_SPAN_SECONDS 1e-5

void hcl_meter_init(struct hcl_meter *m, struct hcl_comm *comm)
{
    *m = (struct hcl_meter){ .comm = comm };
    hcl_comm_record(comm, HCL_MAX_CALLS);
    m->sampler = hcl_sampler_start();
}

void hcl_meter_clear(struct hcl_meter *m)
{
    if (!m)
        return;
    hcl_sampler_free(m->sampler);
    m->sampler = NULL;
}

/* A phase that went on without a pause, with another team's work to count, has one span. */
static void note_span(struct hcl_meter *m, double end)
{
    struct hcl_span *last = m->num_spans ? &m->spans[m->num_spans - 1] : NULL;
    if (last && last->phase == m->current && m->start - last->end < ONE_SPAN_SECONDS)
        last->end = end;
    else if (m->num_spans < HCL_MAX_SPANS)
        m->spans[m->num_spans++] = (struct hcl_span){ (uint32_t)m->current, m->start, end };
    else
        m->more_spans++;
}

static struct hcl_team_counters work_now(const struct hcl_meter *m)
{
    return m->team ? m->team->counters : (struct hcl_team_counters){ 0 };
}

/* When it ended; 0: nothing ran. */
static double end_running(struct hcl_meter *m)
{
    if (m->current == m->count)
        return 0;
    struct hcl_phase_cost *c = &m->costs[m->current];
    struct hcl_comm_counters comm;
    struct hcl_team_counters work = work_now(m);
    hcl_comm_counters(m->comm, &comm);
    const double now = hcl_clock_seconds();
    note_span(m, now);
    c->seconds += now - m->start;
    c->cpu_seconds += hcl_clock_cpu_seconds() - m->cpu_start;
    c->comm_seconds += comm.seconds - m->comm_start.seconds;
    c->comm_cpu_seconds += comm.cpu_seconds - m->comm_start.cpu_seconds;
    c->bytes_sent += comm.bytes_sent - m->comm_start.bytes_sent;
    c->bytes_received += comm.bytes_received - m->comm_start.bytes_received;
    c->messages += comm.messages - m->comm_start.messages;
    c->work.msms += work.msms - m->work_start.msms;
    c->work.msm_terms += work.msm_terms - m->work_start.msm_terms;
    c->work.ntts += work.ntts - m->work_start.ntts;
    m->current = m->count;
    return now;
}

void hcl_meter_stop(struct hcl_meter *m)
{
    if (m)
        end_running(m);
}

/* at: when the phase before ended, so that nothing is between them; 0: now. */
static void begin(struct hcl_meter *m, size_t phase, double at)
{
    m->current = phase;
    m->start = at > 0 ? at : hcl_clock_seconds();
    m->cpu_start = hcl_clock_cpu_seconds();
    hcl_comm_counters(m->comm, &m->comm_start);
    m->work_start = work_now(m);
}

void hcl_meter_phase(struct hcl_meter *m, const char *name)
{
    if (!m)
        return;
    const double at = end_running(m);
    size_t i = 0;
    while (i < m->count && strncmp(m->names[i], name, HCL_PHASE_NAME - 1) != 0)
        i++;
    if (i == m->count) {
        HCL_CHECK(m->count < HCL_MAX_PHASES);
        snprintf(m->names[i], HCL_PHASE_NAME, "%s", name);
        m->count++;
    }
    begin(m, i, at);
    if (m->on_phase)
        m->on_phase(m->on_phase_ctx, name);
}

void hcl_meter_watch(struct hcl_meter *m, const struct hcl_team *team)
{
    if (!m)
        return;
    const size_t phase = m->current;
    const bool running = phase != m->count;
    const double at = end_running(m);
    m->team = team;
    if (running)
        begin(m, phase, at);
}
