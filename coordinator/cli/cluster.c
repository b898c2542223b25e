/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/cluster.h"

#include "coordinator/cli/cli.h"
#include "coordinator/cli/predict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINT = 64, MOST_CORES = 65536, MOST_NUMA = 1024 };

static bool parse_count(const char *text, uint32_t most, uint32_t *out)
{
    char *end;
    errno = 0;
    const unsigned long v = strtoul(text, &end, 10);
    if (errno || text[0] < '0' || text[0] > '9' || *end || v < 1 || v > most)
        return false;
    *out = (uint32_t)v;
    return true;
}

hcl_status hcl_cluster_parse_node(struct hcl_cluster *c, const char *text, struct hcl_err *err)
{
    char copy[128], *rest = copy, *item;
    if (strlen(text) >= sizeof copy)
        return hcl_fail(err, HCL_BAD_INPUT, "bad node '%s', expected e.g. cores=64,memory=256G,numa=2", text);
    memcpy(copy, text, strlen(text) + 1);
    while ((item = strsep(&rest, ","))) {
        const bool good = strncmp(item, "cores=", 6) == 0    ? parse_count(item + 6, MOST_CORES, &c->cores)
                          : strncmp(item, "numa=", 5) == 0   ? parse_count(item + 5, MOST_NUMA, &c->numa)
                          : strncmp(item, "memory=", 7) == 0 ? hcl_cli_parse_size(item + 7, &c->memory)
                                                             : false;
        if (!good)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "bad '%s' in node '%s', expected e.g. cores=64,memory=256G,numa=2", item, text);
    }
    return HCL_OK;
}

/* A positive number and one of the units. */
static bool parse_unit(const char *text, size_t len, const char *const *units, const double *worth,
                       double *out)
{
    char *end;
    errno = 0;
    const double v = strtod(text, &end);
    if (errno || end == text || !(v > 0) || v > 1e12)
        return false;
    for (size_t i = 0; units[i]; i++)
        if (strlen(units[i]) == (size_t)(text + len - end) && strncmp(end, units[i], strlen(units[i])) == 0) {
            *out = v * worth[i];
            return true;
        }
    return false;
}

hcl_status hcl_cluster_parse_network(struct hcl_cluster *c, const char *text, struct hcl_err *err)
{
    static const char *const rates[] = { "GB/s", "MB/s", "Gb/s", "Mb/s", NULL };
    static const char *const times[] = { "ns", "us", "ms", NULL };
    static const double rate_worth[] = { 1e9, 1e6, 0.125e9, 0.125e6 }, time_worth[] = { 1e-9, 1e-6, 1e-3 };
    const size_t first = strcspn(text, ",");
    if (!parse_unit(text, first, rates, rate_worth, &c->bandwidth) ||
        (text[first] &&
         !parse_unit(text + first + 1, strlen(text + first + 1), times, time_worth, &c->latency)))
        return hcl_fail(err, HCL_BAD_INPUT, "bad network '%s', expected e.g. 12.5GB/s,2us", text);
    return HCL_OK;
}

/* Who sits where. */
static void place(struct hcl_cluster_plan *p, const struct hcl_cluster *c)
{
    p->ranks_per_node = p->ranks < c->numa ? p->ranks : c->numa;
    p->nodes = (p->ranks + p->ranks_per_node - 1) / p->ranks_per_node;
    p->threads = c->cores / p->ranks_per_node > 0 ? c->cores / p->ranks_per_node : 1;
    p->memory_limit = HCL_CLUSTER_MEMORY * (double)c->memory / p->ranks_per_node;
}

/* Of a connection's latency, what each message of an exchange takes beside: all are under way at once, but
 * one after the other is handed over and taken. 0.3 us of 2 us: 32 messages of 1 KB between two processes of
 * one machine take 9.7 us (Open MPI 4.1, Zen 4). */
#define HANDING_OVER 0.15

/* Seconds that the connection of a node is busy with what its ranks send to other nodes and these wait for
 * it. */
static double on_network(const struct hcl_cluster_plan *p, const struct hcl_cluster *c,
                         const struct hcl_phase_work *w)
{
    if (p->nodes < 2)
        return 0;
    const double travel = p->ranks_per_node * w->bytes_away / c->bandwidth +
                          (w->exchanges + HANDING_OVER * w->messages) * c->latency;
    return travel - w->overlapped * fmin(travel, w->seconds / p->threads);
}

static hcl_cluster_limit limit_of(const struct hcl_cluster_plan *p)
{
    double network = 0, repeated = 0;
    for (int i = 0; i < HCL_COST_PHASES; i++) {
        network += p->network[i];
        repeated += p->cost.phase[i].repeated / p->threads;
    }
    const double shared = p->total - network - repeated;
    if (p->memory > p->memory_limit)
        return HCL_LIMIT_MEMORY;
    if (network > shared && network > repeated)
        return HCL_LIMIT_NETWORK;
    return repeated > shared ? HCL_LIMIT_REPEATED : HCL_LIMIT_COMPUTATION;
}

/* The layout, proved there. */
static struct hcl_layout placed(struct hcl_cluster_plan *p, const struct hcl_layout *l,
                                const struct hcl_cluster *c)
{
    struct hcl_layout there = *l;
    place(p, c);
    there.shape.threads = p->threads;
    there.shape.node_ranks = p->ranks_per_node;
    if (p->ranks_per_node > 1 && hcl_predict_replicates(&there, (int)p->ranks, 1, (uint64_t)p->memory_limit))
        there.shape.srs_ranks = 1;
    p->srs_copies = there.shape.srs_ranks ? p->ranks_per_node : 1;
    return there;
}

struct hcl_cluster_plan hcl_cluster_predict(const struct hcl_layout *l, const struct hcl_cluster *c,
                                            uint32_t ranks)
{
    struct hcl_cluster_plan p = { .ranks = ranks };
    const struct hcl_layout there = placed(&p, l, c);
    p.cost = hcl_predict(&there, (int)ranks, (uint64_t)p.memory_limit);
    for (int i = 0; i < HCL_COST_PHASES; i++) {
        const struct hcl_phase_work *w = &p.cost.phase[i];
        p.network[i] = on_network(&p, c, w);
        p.seconds[i] =
            w->seconds / p.threads + p.network[i] + (w->bytes_sent - w->bytes_away) * HCL_COST_LOCAL_BYTE;
        p.total += p.seconds[i];
        p.sent += w->bytes_sent;
    }
    p.node_seconds = p.total * p.nodes;
    p.memory = hcl_predict_rss(l, &p.cost, (int)ranks, (uint64_t)p.memory_limit);
    p.disk = 2.0 * POINT * ldexp(1, (int)l->k) + POINT * (p.cost.fixed + p.cost.permutation) +
             (double)p.cost.proof_bytes;
    p.limit = limit_of(&p);
    return p;
}

const char *hcl_cluster_limit_text(hcl_cluster_limit limit)
{
    static const char *const texts[] = {
        [HCL_LIMIT_COMPUTATION] = "computation",
        [HCL_LIMIT_REPEATED] = "what every rank repeats",
        [HCL_LIMIT_NETWORK] = "network",
        [HCL_LIMIT_MEMORY] = "memory: it does not fit",
    };
    return texts[limit];
}

uint32_t hcl_cluster_least_ranks(const struct hcl_layout *l, const struct hcl_cluster *c, uint32_t most)
{
    for (uint32_t ranks = 1; ranks <= most; ranks++) {
        struct hcl_cluster_plan p = { .ranks = ranks };
        const struct hcl_layout there = placed(&p, l, c);
        if (hcl_predict_rss_of(&there, (int)ranks, (uint64_t)p.memory_limit) <= p.memory_limit)
            return ranks;
    }
    return 0;
}

json_t *hcl_cluster_plan_json(const struct hcl_cluster_plan *p)
{
    json_t *phases = json_array();
    for (int i = 0; i < HCL_COST_PHASES; i++)
        json_array_append_new(phases, json_pack("{s:s, s:f, s:f, s:f}", "name", hcl_cost_phase_name(i),
                                                "seconds", p->seconds[i], "network_seconds", p->network[i],
                                                "bytes_sent", p->cost.phase[i].bytes_sent));
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:b, s:b, s:s, s:o}", "ranks",
                     (int)p->ranks, "nodes", (int)p->nodes, "ranks_per_node", (int)p->ranks_per_node,
                     "threads", (int)p->threads, "srs_copies", (int)p->srs_copies, "seconds", p->total,
                     "node_seconds", p->node_seconds, "memory_bytes", p->memory, "memory_limit_bytes",
                     p->memory_limit, "bytes_sent", p->sent, "disk_bytes", p->disk, "fits",
                     p->limit != HCL_LIMIT_MEMORY, "keeps_cosets", !p->cost.savings.key_anew, "limit",
                     hcl_cluster_limit_text(p->limit), "phases", phases);
}
