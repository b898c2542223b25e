/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/report/report.h"

#include "common/sys/mem.h"

#include <string.h>
#include <unistd.h>

hcl_status hcl_report_gather(struct hcl_report *out, struct hcl_meter *m, int threads, struct hcl_err *err)
{
    size_t ranks = (size_t)hcl_comm_size(m->comm);
    hcl_status st = HCL_OK;
    hcl_meter_stop(m);
    *out = (struct hcl_report){ .ranks = ranks, .phases = m->count };
    uint64_t most = m->count;
    hcl_comm_max_u64(m->comm, &most, 1);
    if (most != m->count)
        st = hcl_fail(err, HCL_NO_RESOURCE, "this rank went through %zu phases, others through %zu", m->count,
                      (size_t)most);
    out->names = calloc(m->count + 1, sizeof *out->names);
    out->costs = calloc(ranks * m->count + 1, sizeof *out->costs);
    out->ranks_cost = calloc(ranks, sizeof *out->ranks_cost);
    if (st == HCL_OK && (!out->names || !out->costs || !out->ranks_cost))
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the report");
    HCL_TRY(hcl_comm_agree(m->comm, st, err));
    memcpy(out->names, m->names, m->count * sizeof *out->names);
    hcl_comm_allgather(m->comm, m->costs, out->costs, m->count * sizeof *out->costs);
    struct hcl_rank_cost mine = { .threads = (uint32_t)threads,
                                  .local_rank = (uint32_t)hcl_comm_local_rank(m->comm) };
    uint64_t now;
    hcl_mem_usage(&now, &mine.memory_peak);
    mine.rss_peak = hcl_mem_peak_rss();
    if (gethostname(mine.host, sizeof mine.host - 1) != 0)
        mine.host[0] = 0;
    hcl_comm_allgather(m->comm, &mine, out->ranks_cost, sizeof mine);
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
    *r = (struct hcl_report){ 0 };
}

static const struct hcl_phase_cost *cost(const struct hcl_report *r, size_t rank, size_t phase)
{
    return &r->costs[rank * r->phases + phase];
}

double hcl_report_seconds(const struct hcl_report *r, size_t phase)
{
    double most = 0;
    for (size_t rank = 0; rank < r->ranks; rank++)
        if (cost(r, rank, phase)->seconds > most)
            most = cost(r, rank, phase)->seconds;
    return most;
}

/* Which phase; r->phases if there is none of this name. */
static size_t find_phase(const struct hcl_report *r, const char *phase)
{
    size_t i = 0;
    while (i < r->phases && strcmp(r->names[i], phase) != 0)
        i++;
    return i;
}

double hcl_report_busy(const struct hcl_report *r, const char *phase)
{
    const size_t i = find_phase(r, phase);
    double most = 0;
    for (size_t rank = 0; i < r->phases && rank < r->ranks; rank++) {
        const double busy = cost(r, rank, i)->cpu_seconds - cost(r, rank, i)->comm_cpu_seconds;
        most = busy > most ? busy : most;
    }
    return most;
}

double hcl_report_total_seconds(const struct hcl_report *r)
{
    double total = 0;
    for (size_t phase = 0; phase < r->phases; phase++)
        total += hcl_report_seconds(r, phase);
    return total;
}

/* Sums over ranks of one phase. */
static struct hcl_phase_cost sum_phase(const struct hcl_report *r, size_t phase)
{
    struct hcl_phase_cost s = { 0 };
    for (size_t rank = 0; rank < r->ranks; rank++) {
        const struct hcl_phase_cost *c = cost(r, rank, phase);
        s.seconds += c->seconds;
        s.comm_seconds += c->comm_seconds;
        s.cpu_seconds += c->cpu_seconds;
        s.bytes_sent += c->bytes_sent;
        s.bytes_received += c->bytes_received;
        s.messages += c->messages;
        s.work.msms += c->work.msms;
        s.work.msm_terms += c->work.msm_terms;
        s.work.ntts += c->work.ntts;
    }
    return s;
}

struct hcl_team_counters hcl_report_work(const struct hcl_report *r, const char *phase)
{
    const size_t i = find_phase(r, phase);
    return i < r->phases ? sum_phase(r, i).work : (struct hcl_team_counters){ 0 };
}

static double mib(uint64_t bytes)
{
    return (double)bytes / (1024.0 * 1024.0);
}

void hcl_report_print(const struct hcl_report *r, FILE *to)
{
    fprintf(to, "%-24s %9s %9s %9s %9s %10s %6s %11s %6s\n", "phase", "slowest s", "average s", "cpu s",
            "comm s", "moved MiB", "MSMs", "MSM terms", "NTTs");
    for (size_t phase = 0; phase < r->phases; phase++) {
        struct hcl_phase_cost s = sum_phase(r, phase);
        fprintf(to, "%-24s %9.4f %9.4f %9.4f %9.4f %10.2f %6llu %11llu %6llu\n", r->names[phase],
                hcl_report_seconds(r, phase), s.seconds / (double)r->ranks, s.cpu_seconds,
                s.comm_seconds / (double)r->ranks, mib(s.bytes_sent), (unsigned long long)s.work.msms,
                (unsigned long long)s.work.msm_terms, (unsigned long long)s.work.ntts);
    }
    fprintf(to, "%-24s %9.4f\n", "total", hcl_report_total_seconds(r));
    for (size_t rank = 0; rank < r->ranks; rank++) {
        double busy = 0, comm = 0;
        uint64_t sent = 0;
        for (size_t phase = 0; phase < r->phases; phase++) {
            busy += cost(r, rank, phase)->seconds - cost(r, rank, phase)->comm_seconds;
            comm += cost(r, rank, phase)->comm_seconds;
            sent += cost(r, rank, phase)->bytes_sent;
        }
        const struct hcl_rank_cost *c = &r->ranks_cost[rank];
        fprintf(to,
                "rank %zu on %s: %u threads, busy %.4f s, in communication %.4f s, sent %.2f MiB, "
                "peak memory %.1f MiB, peak RSS %.1f MiB\n",
                rank, c->host[0] ? c->host : "?", c->threads, busy, comm, mib(sent), mib(c->memory_peak),
                mib(c->rss_peak));
    }
}

static json_t *cost_json(const struct hcl_phase_cost *c)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I}", "seconds", c->seconds,
                     "comm_seconds", c->comm_seconds, "cpu_seconds", c->cpu_seconds, "comm_cpu_seconds",
                     c->comm_cpu_seconds, "bytes_sent", (json_int_t)c->bytes_sent, "bytes_received",
                     (json_int_t)c->bytes_received, "messages", (json_int_t)c->messages, "msms",
                     (json_int_t)c->work.msms, "msm_terms", (json_int_t)c->work.msm_terms, "ntts",
                     (json_int_t)c->work.ntts);
}

static json_t *phase_json(const struct hcl_report *r, size_t phase)
{
    json_t *per_rank = json_array();
    struct hcl_phase_cost s = sum_phase(r, phase);
    for (size_t rank = 0; per_rank && rank < r->ranks; rank++)
        if (json_array_append_new(per_rank, cost_json(cost(r, rank, phase))) != 0) {
            json_decref(per_rank);
            return NULL;
        }
    return json_pack("{s:s, s:f, s:f, s:I, s:o}", "name", r->names[phase], "seconds",
                     hcl_report_seconds(r, phase), "average_seconds", s.seconds / (double)r->ranks,
                     "bytes_moved", (json_int_t)s.bytes_sent, "per_rank", per_rank);
}

static json_t *rank_json(const struct hcl_rank_cost *c)
{
    return json_pack("{s:s, s:i, s:i, s:I, s:I}", "host", c->host, "local_rank", (int)c->local_rank,
                     "threads", (int)c->threads, "memory_peak_bytes", (json_int_t)c->memory_peak,
                     "rss_peak_bytes", (json_int_t)c->rss_peak);
}

json_t *hcl_report_json(const struct hcl_report *r)
{
    json_t *ranks = json_array(), *phases = json_array();
    int bad = !ranks || !phases;
    for (size_t i = 0; !bad && i < r->ranks; i++)
        bad = json_array_append_new(ranks, rank_json(&r->ranks_cost[i]));
    for (size_t i = 0; !bad && i < r->phases; i++)
        bad = json_array_append_new(phases, phase_json(r, i));
    if (bad) {
        json_decref(ranks);
        json_decref(phases);
        return NULL;
    }
    return json_pack("{s:f, s:o, s:o}", "total_seconds", hcl_report_total_seconds(r), "ranks", ranks,
                     "phases", phases);
}
