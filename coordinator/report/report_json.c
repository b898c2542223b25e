/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/report/report.h"

#include <math.h>

static const struct hcl_phase_cost *cost(const struct hcl_report *r, size_t rank, size_t phase)
{
    return &r->costs[rank * r->phases + phase];
}

static json_t *cost_json(const struct hcl_phase_cost *c)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I}", "seconds", c->seconds,
                     "comm_seconds", c->comm_seconds, "wait_seconds", c->wait_seconds, "cpu_seconds",
                     c->cpu_seconds, "comm_cpu_seconds", c->comm_cpu_seconds, "bytes_sent",
                     (json_int_t)c->bytes_sent, "bytes_received", (json_int_t)c->bytes_received, "messages",
                     (json_int_t)c->messages, "msms", (json_int_t)c->work.msms, "msm_terms",
                     (json_int_t)c->work.msm_terms, "ntts", (json_int_t)c->work.ntts);
}

static json_t *phase_json(const struct hcl_report *r, size_t phase)
{
    json_t *per_rank = json_array();
    double seconds = 0;
    json_int_t moved = 0;
    for (size_t rank = 0; rank < r->ranks; rank++) {
        seconds += cost(r, rank, phase)->seconds;
        moved += (json_int_t)cost(r, rank, phase)->bytes_sent;
        json_array_append_new(per_rank, cost_json(cost(r, rank, phase)));
    }
    return json_pack("{s:s, s:s, s:f, s:f, s:I, s:o}", "name", r->names[phase], "group",
                     hcl_report_group_of(r->names[phase]), "seconds", hcl_report_seconds(r, phase),
                     "average_seconds", seconds / (double)r->ranks, "bytes_moved", moved, "per_rank",
                     per_rank);
}

static json_int_t microseconds(double seconds)
{
    return seconds > 0 ? (json_int_t)llround(1e6 * seconds) : 0;
}

static json_t *spans_json(const struct hcl_rank_story *s)
{
    json_t *out = json_array();
    for (uint64_t i = 0; i < s->num_spans; i++)
        json_array_append_new(out, json_pack("[i, I, I]", (int)s->spans[i].phase,
                                             microseconds(s->spans[i].begin), microseconds(s->spans[i].end)));
    return out;
}

static json_t *samples_json(const struct hcl_rank_story *s)
{
    json_t *out = json_array();
    for (uint64_t i = 0; i < s->num_samples; i++)
        json_array_append_new(out,
                              json_pack("[I, I, I]", microseconds(s->samples[i].at),
                                        (json_int_t)s->samples[i].ledger, (json_int_t)s->samples[i].rss));
    return out;
}

static json_t *bins_json(const double *bins)
{
    json_t *out = json_array();
    for (size_t i = 0; i < HCL_TIMELINE_BINS; i++)
        json_array_append_new(out, json_integer(microseconds(bins[i])));
    return out;
}

/* Sums over phases of one rank. */
static void add_totals(json_t *out, const struct hcl_report *r, size_t rank)
{
    double busy = 0, comm = 0, wait = 0;
    json_int_t sent = 0;
    for (size_t p = 0; p < r->phases; p++) {
        const struct hcl_phase_cost *c = cost(r, rank, p);
        busy += c->seconds - c->comm_seconds;
        comm += c->comm_seconds - c->wait_seconds;
        wait += c->wait_seconds;
        sent += (json_int_t)c->bytes_sent;
    }
    json_object_set_new(out, "busy_seconds", json_real(busy));
    json_object_set_new(out, "moving_seconds", json_real(comm));
    json_object_set_new(out, "wait_seconds", json_real(wait));
    json_object_set_new(out, "bytes_sent", json_integer(sent));
}

static json_t *rank_json(const struct hcl_report *r, size_t rank)
{
    const struct hcl_rank_cost *c = &r->ranks_cost[rank];
    const struct hcl_rank_story *s = &r->stories[rank];
    json_t *out = json_pack("{s:s, s:i, s:i, s:I, s:I, s:o, s:o, s:{s:o, s:o}}", "host", c->host,
                            "local_rank", (int)c->local_rank, "threads", (int)c->threads, "memory_peak_bytes",
                            (json_int_t)c->memory_peak, "rss_peak_bytes", (json_int_t)c->rss_peak, "spans",
                            spans_json(s), "memory", samples_json(s), "timeline", "moving",
                            bins_json(s->timeline.comm), "waiting", bins_json(s->timeline.wait));
    if (out)
        add_totals(out, r, rank);
    return out;
}

static json_t *group_json(const struct hcl_group_cost *g)
{
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "name", g->name, "min_seconds", g->least,
                     "average_seconds", g->average, "max_seconds", g->most, "ratio", hcl_group_ratio(g),
                     "share", g->share, "moving_seconds", g->comm, "wait_seconds", g->wait);
}

static json_t *summary_json(const struct hcl_report *r)
{
    struct hcl_report_groups groups;
    json_t *out = json_array();
    hcl_report_group(&groups, r);
    for (size_t i = 0; i < groups.count; i++)
        json_array_append_new(out, group_json(&groups.group[i]));
    json_array_append_new(out, group_json(&groups.total));
    return out;
}

json_t *hcl_report_json(const struct hcl_report *r)
{
    json_t *ranks = json_array(), *phases = json_array();
    int bad = !ranks || !phases;
    for (size_t i = 0; !bad && i < r->ranks; i++)
        bad = json_array_append_new(ranks, rank_json(r, i));
    for (size_t i = 0; !bad && i < r->phases; i++)
        bad = json_array_append_new(phases, phase_json(r, i));
    if (bad) {
        json_decref(ranks);
        json_decref(phases);
        return NULL;
    }
    return json_pack("{s:f, s:f, s:f, s:I, s:I, s:o, s:o, s:o}", "total_seconds", hcl_report_total_seconds(r),
                     "wall_seconds", r->length, "clock_error_seconds", r->clock_error, "unsplit_calls",
                     (json_int_t)r->unsplit_calls, "bin_us", microseconds(r->length / HCL_TIMELINE_BINS),
                     "ranks", ranks, "phases", phases, "summary", summary_json(r));
}
