/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/report/report.h"

#include <string.h>

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

double hcl_report_sent(const struct hcl_report *r, const char *phase)
{
    const size_t i = find_phase(r, phase);
    return i < r->phases ? (double)sum_phase(r, i).bytes_sent / (double)r->ranks : 0;
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

const char *hcl_report_group_of(const char *phase)
{
    /* by the beginnings of phases' names; the first that fits */
    static const struct {
        const char *begins, *group;
    } table[] = {
        { "compile", "compile" },
        { "share plan", "compile" },
        { "SRS", "keys" },
        { "keygen", "keys" },
        { "judge", "witness" },
        { "inference", "witness" },
        { "set up", "witness" },
        { "witness", "witness" },
        { "commit ", "commitments" },
        { "lookups", "polynomials" },
        { "products", "polynomials" },
        { "random ", "polynomials" },
        { "coefficients", "polynomials" },
        { "quotient", "quotient" },
        { "evaluate", "opening" },
        { "open", "opening" },
        { "verify", "verify" },
        { "checkpoint", "checkpoints" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strncmp(phase, table[i].begins, strlen(table[i].begins)) == 0)
            return table[i].group;
    return "other";
}

static struct hcl_group_cost *group_named(struct hcl_report_groups *g, const char *name)
{
    size_t i = 0;
    while (i < g->count && strcmp(g->group[i].name, name) != 0)
        i++;
    if (i == g->count)
        g->group[g->count++] = (struct hcl_group_cost){ .name = name };
    return &g->group[i];
}

/* Least, average and most of the ranks' seconds in the phases of one group; of all phases for NULL. */
static void measure_group(const struct hcl_report *r, const char *name, struct hcl_group_cost *out)
{
    const double ranks = (double)r->ranks;
    for (size_t rank = 0; rank < r->ranks; rank++) {
        double seconds = 0;
        for (size_t p = 0; p < r->phases; p++) {
            if (name && strcmp(hcl_report_group_of(r->names[p]), name) != 0)
                continue;
            const struct hcl_phase_cost *c = cost(r, rank, p);
            seconds += c->seconds;
            out->comm += (c->comm_seconds - c->wait_seconds) / ranks;
            out->wait += c->wait_seconds / ranks;
        }
        out->least = rank == 0 || seconds < out->least ? seconds : out->least;
        out->most = seconds > out->most ? seconds : out->most;
        out->average += seconds / ranks;
    }
}

void hcl_report_group(struct hcl_report_groups *out, const struct hcl_report *r)
{
    *out = (struct hcl_report_groups){ .total = { .name = "total", .share = 1 } };
    measure_group(r, NULL, &out->total);
    for (size_t p = 0; p < r->phases; p++)
        (void)group_named(out, hcl_report_group_of(r->names[p]));
    for (size_t i = 0; i < out->count; i++) {
        struct hcl_group_cost *g = &out->group[i];
        measure_group(r, g->name, g);
        g->share = out->total.average > 0 ? g->average / out->total.average : 0;
    }
}

double hcl_group_ratio(const struct hcl_group_cost *g)
{
    return g->average > 0 ? g->most / g->average : 1;
}

static void print_group(const struct hcl_group_cost *g, FILE *to)
{
    fprintf(to, "%-12s %9.3f %9.3f %9.3f %8.2f %9.3f %9.3f %6.1f %%\n", g->name, g->least, g->average,
            g->most, hcl_group_ratio(g), g->comm, g->wait, 100 * g->share);
}

void hcl_report_summary(const struct hcl_report *r, FILE *to)
{
    struct hcl_report_groups groups;
    hcl_report_group(&groups, r);
    fprintf(to, "%-12s %9s %9s %9s %8s %9s %9s %8s\n", "", "min s", "avg s", "max s", "max/avg", "moving s",
            "waiting s", "share");
    for (size_t i = 0; i < groups.count; i++)
        print_group(&groups.group[i], to);
    print_group(&groups.total, to);
}
