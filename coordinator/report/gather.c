/* SPDX-License-Identifier: Apache-2.0 */
/* All meters together: phases in one order, times on one clock, and what of communication was waiting. */
#include "coordinator/report/report.h"

#include "common/sys/clock.h"
#include "common/sys/mem.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { MEETINGS = 8 };
#define NANO 1e9

/* Where this rank's clock is when rank 0's is at 0. */
struct clock {
    double offset, error;
};

static uint64_t nanoseconds(double seconds)
{
    return seconds > 0 ? (uint64_t)(NANO * seconds) : 0;
}

/* The ranks of one node share a clock. Others meet a few times: all leave a meeting at about the same moment,
 * the more exactly the shorter it was for the rank that it was longest for. */
static void set_clock(struct clock *c, struct hcl_comm *comm)
{
    uint64_t length[MEETINGS], apart = hcl_comm_local_size(comm) != hcl_comm_size(comm);
    double left[MEETINGS];
    size_t best = 0;
    *c = (struct clock){ 0 };
    hcl_comm_max_u64(comm, &apart, 1);
    if (!apart)
        return;
    for (size_t i = 0; i < MEETINGS; i++) {
        uint64_t nothing = 0;
        const double came = hcl_clock_seconds();
        hcl_comm_max_u64(comm, &nothing, 1);
        left[i] = hcl_clock_seconds();
        length[i] = nanoseconds(left[i] - came);
    }
    hcl_comm_max_u64(comm, length, MEETINGS);
    for (size_t i = 1; i < MEETINGS; i++)
        best = length[i] < length[best] ? i : best;
    double there = left[best];
    hcl_comm_bcast(comm, &there, sizeof there, 0);
    *c = (struct clock){ left[best] - there, (double)length[best] / NANO };
}

/* When the first rank began and the last one ended, on rank 0's clock. */
static void find_ends(double *first, double *last, const struct hcl_meter *m, const struct clock *clock)
{
    const double begin = m->num_spans ? m->spans[0].begin - clock->offset : 0;
    const double end = m->num_spans ? m->spans[m->num_spans - 1].end - clock->offset : 0;
    uint64_t ends[2] = { UINT64_MAX - nanoseconds(begin), nanoseconds(end) };
    hcl_comm_max_u64(m->comm, ends, 2);
    *first = (double)(UINT64_MAX - ends[0]) / NANO;
    *last = (double)ends[1] / NANO;
}

/* Put this share of what [begin, end) has into the bins it covers. */
static void add_to_bins(double *bins, double begin, double end, double share, double length)
{
    const double width = length / HCL_TIMELINE_BINS;
    for (size_t i = begin > 0 ? (size_t)(begin / width) : 0; i < HCL_TIMELINE_BINS; i++) {
        const double from = fmax(begin, (double)i * width), to = fmin(end, (double)(i + 1) * width);
        if ((double)i * width >= end)
            break;
        bins[i] += share * fmax(to - from, 0);
    }
}

/* The phase that ran at this time; calls and spans are both in order, so *span only moves on. */
static struct hcl_phase_cost *phase_at(struct hcl_meter *m, size_t *span, double at)
{
    while (*span < m->num_spans && m->spans[*span].end < at)
        (*span)++;
    return *span < m->num_spans && m->spans[*span].begin <= at ? &m->costs[m->spans[*span].phase] : NULL;
}

/* A call's waiting ends when the last of those has come whose data all need. */
static hcl_status split_calls(struct hcl_rank_story *story, struct hcl_meter *m, double offset, double length,
                              const struct hcl_comm_call *calls, size_t count, struct hcl_err *err)
{
    uint64_t *came = calloc(count + 1, sizeof *came);
    hcl_status st = hcl_comm_same(m->comm, &count, sizeof count, "the number of calls of communication", err);
    if (st != HCL_OK)
        goto done;
    st = came ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu calls", count);
    HCL_TRY(hcl_comm_agree(m->comm, st, err));
    for (size_t i = 0; i < count; i++)
        came[i] = calls[i].awaited ? nanoseconds(calls[i].brought - offset) : 0;
    hcl_comm_max_u64(m->comm, came, count);
    for (size_t i = 0, span = 0; i < count; i++) {
        const double begin = calls[i].begin - offset, end = calls[i].end - offset;
        const double ready = fmin(fmax((double)came[i] / NANO, begin), end);
        struct hcl_phase_cost *cost = phase_at(m, &span, calls[i].begin);
        if (!cost)
            continue;
        cost->wait_seconds += ready - begin;
        add_to_bins(story->timeline.wait, begin, ready, 1, length);
        add_to_bins(story->timeline.comm, ready, end, 1, length);
        if (calls[i].aside > 0)
            add_to_bins(story->timeline.comm, calls[i].since - offset, begin,
                        calls[i].aside / (calls[i].begin - calls[i].since), length);
    }
done:
    free(came);
    return st;
}

/* Spans and samples on the common clock. */
static void tell(struct hcl_rank_story *story, const struct hcl_meter *m, double offset)
{
    story->num_spans = m->num_spans;
    for (size_t i = 0; i < m->num_spans; i++)
        story->spans[i] =
            (struct hcl_span){ m->spans[i].phase, m->spans[i].begin - offset, m->spans[i].end - offset };
    story->num_samples = hcl_sampler_stop(m->sampler, story->samples);
    for (size_t i = 0; i < story->num_samples; i++)
        story->samples[i].at -= offset;
}

/* Phases in the order of rank 0: ranks come to them in different orders. */
static hcl_status order_phases(struct hcl_meter *m, struct hcl_err *err)
{
    uint64_t most = m->count, place[HCL_MAX_PHASES];
    char names[HCL_MAX_PHASES][HCL_PHASE_NAME];
    struct hcl_phase_cost costs[HCL_MAX_PHASES];
    hcl_status st = HCL_OK;
    hcl_comm_max_u64(m->comm, &most, 1);
    if (most != m->count)
        st = hcl_fail(err, HCL_NO_RESOURCE, "this rank went through %zu phases, others through %zu", m->count,
                      (size_t)most);
    HCL_TRY(hcl_comm_agree(m->comm, st, err));
    memcpy(names, m->names, sizeof names);
    hcl_comm_bcast(m->comm, names, sizeof names, 0);
    for (size_t i = 0; i < m->count; i++) {
        for (place[i] = 0; place[i] < m->count && strcmp(names[place[i]], m->names[i]) != 0;)
            place[i]++;
        if (place[i] == m->count)
            st = hcl_fail(err, HCL_NO_RESOURCE, "rank 0 has no phase '%s'", m->names[i]);
        else
            costs[place[i]] = m->costs[i];
    }
    HCL_TRY(hcl_comm_agree(m->comm, st, err));
    for (size_t i = 0; i < m->num_spans; i++)
        m->spans[i].phase = (uint32_t)place[m->spans[i].phase];
    memcpy(m->names, names, sizeof names);
    memcpy(m->costs, costs, m->count * sizeof *costs);
done:
    return st;
}

static hcl_status allocate(struct hcl_report *out, const struct hcl_meter *m, struct hcl_err *err)
{
    const size_t ranks = (size_t)hcl_comm_size(m->comm);
    *out = (struct hcl_report){ .ranks = ranks, .phases = m->count };
    out->names = calloc(m->count + 1, sizeof *out->names);
    out->costs = calloc(ranks * m->count + 1, sizeof *out->costs);
    out->ranks_cost = calloc(ranks, sizeof *out->ranks_cost);
    out->stories = calloc(ranks + 1, sizeof *out->stories); /* all, and this rank's */
    return out->names && out->costs && out->ranks_cost && out->stories
               ? HCL_OK
               : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the report");
}

static hcl_status gather_stories(struct hcl_report *out, struct hcl_meter *m,
                                 const struct hcl_comm_call *calls, size_t count, struct hcl_err *err)
{
    struct hcl_rank_story *mine = &out->stories[out->ranks];
    struct clock clock;
    double first, last;
    hcl_status st;
    set_clock(&clock, m->comm);
    find_ends(&first, &last, m, &clock);
    out->length = last - first;
    out->clock_error = clock.error;
    tell(mine, m, clock.offset + first);
    HCL_TRY(split_calls(mine, m, clock.offset + first, out->length, calls, count, err));
    hcl_comm_allgather(m->comm, mine, out->stories, sizeof *mine);
done:
    return st;
}

static void gather_ranks(struct hcl_report *out, const struct hcl_meter *m, int threads)
{
    struct hcl_rank_cost mine = { .threads = (uint32_t)threads,
                                  .local_rank = (uint32_t)hcl_comm_local_rank(m->comm) };
    uint64_t now;
    hcl_mem_usage(&now, &mine.memory_peak);
    mine.rss_peak = hcl_mem_peak_rss();
    if (gethostname(mine.host, sizeof mine.host - 1) != 0)
        mine.host[0] = 0;
    hcl_comm_allgather(m->comm, &mine, out->ranks_cost, sizeof mine);
}

hcl_status hcl_report_gather(struct hcl_report *out, struct hcl_meter *m, int threads, struct hcl_err *err)
{
    size_t count, more;
    hcl_status st;
    hcl_meter_stop(m);
    const struct hcl_comm_call *calls = hcl_comm_calls(m->comm, &count, &more); /* before those below */
    *out = (struct hcl_report){ .unsplit_calls = more };
    HCL_TRY(order_phases(m, err));
    HCL_TRY(hcl_comm_agree(m->comm, allocate(out, m, err), err));
    out->unsplit_calls = more;
    memcpy(out->names, m->names, m->count * sizeof *out->names);
    HCL_TRY(gather_stories(out, m, calls, count, err));
    hcl_comm_allgather(m->comm, m->costs, out->costs, m->count * sizeof *out->costs);
    gather_ranks(out, m, threads);
    hcl_comm_max_u64(m->comm, &out->unsplit_calls, 1);
done:
    if (st != HCL_OK)
        hcl_report_clear(out);
    return st;
}

void hcl_report_clear(struct hcl_report *r)
{
    free(r->names);
    free(r->costs);
    free(r->ranks_cost);
    free(r->stories);
    *r = (struct hcl_report){ 0 };
}
