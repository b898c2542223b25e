/* SPDX-License-Identifier: Apache-2.0 */
/* halocline plan: what a proof takes on a cluster, before it is booked. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/cluster.h"
#include "coordinator/cli/job.h"
#include "coordinator/cli/speed.h"

#include "common/io/json_read.h"
#include "common/sys/printable.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_RANKS = 0x100, KEY_NODE, KEY_NETWORK, MOST_COUNTS = 32, MOST_RANKS = 4096 };

struct args {
    struct hcl_job_options job;
    const char *node, *network;
    uint32_t ranks[MOST_COUNTS];
    size_t counts;
};

static error_t parse_ranks(struct args *a, const char *arg, struct argp_state *state)
{
    a->counts = 0;
    for (const char *at = arg;; at++) {
        char *end;
        errno = 0;
        const unsigned long v = strtoul(at, &end, 10);
        if (errno || *at < '0' || *at > '9' || v < 1 || v > MOST_RANKS || (*end && *end != ',') ||
            a->counts == MOST_COUNTS)
            return hcl_cli_usage(state, "bad ranks '%s', expected up to %d numbers from 1 to %d, e.g. 1,2,4",
                                 arg, MOST_COUNTS, MOST_RANKS);
        a->ranks[a->counts++] = (uint32_t)v;
        if (!*end)
            return 0;
        at = end;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->job;
        return 0;
    case KEY_RANKS:
        return parse_ranks(a, arg, state);
    case KEY_NODE:
        a->node = arg;
        return 0;
    case KEY_NETWORK:
        a->network = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "ranks", KEY_RANKS, "N,...", 0, "Numbers of ranks to look at (default: 1,2,4,8,16,32)", 0 },
    { "node", KEY_NODE, "SPEC", 0,
      "A node: cores=64,memory=256G,numa=2 (default: this machine, one NUMA node)", 0 },
    { "network", KEY_NETWORK, "SPEC", 0, "Between nodes: rate and latency (default: 12.5GB/s,2us)", 0 },
    { 0 },
};
static const struct argp_child children[] = { { &hcl_job_argp, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL",
    .doc =
        "Predict a proof of MODEL on a cluster: for each number of ranks its time by phase, memory and bytes "
        "sent of a rank, disk, and what limits it; which number is the fastest and which takes least node "
        "time; how to "
        "submit it. Compiling and keys come before and on top.",
    .children = children
};

/* The best that fits; the count if none does. */
static size_t best(const struct hcl_cluster_plan *p, size_t count, bool cheapest)
{
    size_t at = count;
    for (size_t i = 0; i < count; i++) {
        if (p[i].limit == HCL_LIMIT_MEMORY)
            continue;
        if (at == count || (cheapest ? p[i].node_seconds < p[at].node_seconds : p[i].total < p[at].total))
            at = i;
    }
    return at;
}

/* Time: four times the prediction and ten minutes, for compiling, keys and a slower machine. */
static void submission(char *out, size_t room, const struct hcl_cluster_plan *p,
                       const struct hcl_job_options *o)
{
    char batch[32] = "";
    if (o->batch > 1)
        snprintf(batch, sizeof batch, " --batch %ld", o->batch);
    snprintf(out, room,
             "sbatch --nodes=%u --ntasks-per-node=%u --cpus-per-task=%u --mem=%.0fM --time=%.0f "
             "slurm/prove.sbatch %s "
             "INPUT.npy OUT SRS%s",
             p->nodes, p->ranks_per_node, p->threads,
             ceil(p->memory * p->ranks_per_node / HCL_CLUSTER_MEMORY / 1048576.0),
             10 + ceil(4 * p->total / 60), o->model, batch);
}

/* Thread seconds of the first plan as a share of this one's. */
static double efficiency(const struct hcl_cluster_plan *p, size_t i)
{
    return p[0].total * p[0].ranks * p[0].threads / (p[i].total * p[i].ranks * p[i].threads);
}

static void print_plans(const struct hcl_cluster_plan *p, size_t count, FILE *to)
{
    fprintf(to, "%5s %5s %7s %9s %9s %10s %12s %11s %10s  %s\n", "ranks", "nodes", "threads", "seconds",
            "node s", "efficiency", "MB of a rank", "MB it sends", "MB of disk", "limited by");
    for (size_t i = 0; i < count; i++)
        fprintf(to, "%5u %5u %7u %9.3f %9.3f %8.1f %% %12.0f %11.1f %10.1f  %s\n", p[i].ranks, p[i].nodes,
                p[i].threads, p[i].total, p[i].node_seconds, 100 * efficiency(p, i), p[i].memory / 1e6,
                p[i].sent / 1e6, p[i].disk / 1e6, hcl_cluster_limit_text(p[i].limit));
    fprintf(to, "%-22s", "seconds / MB sent");
    for (size_t i = 0; i < count; i++)
        fprintf(to, " %11u ranks", p[i].ranks);
    for (int k = 0; k < HCL_COST_PHASES; k++) {
        fprintf(to, "\n%-22s", hcl_cost_phase_name(k));
        for (size_t i = 0; i < count; i++)
            fprintf(to, " %8.3f/%8.2f", p[i].seconds[k], p[i].cost.phase[k].bytes_sent / 1e6);
    }
    fprintf(to, "\n");
}

static json_t *to_json(const struct hcl_cluster_plan *p, size_t count, size_t fastest, size_t cheapest,
                       const struct hcl_job_options *o)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        char line[512];
        json_t *one = hcl_cluster_plan_json(&p[i]);
        json_object_set_new(one, "efficiency", json_real(efficiency(p, i)));
        submission(line, sizeof line, &p[i], o);
        json_object_set_new(one, "sbatch", hcl_json_string(line));
        json_array_append_new(list, one);
    }
    return json_pack("{s:o, s:i, s:i, s:f, s:b}", "plans", list, "fastest", (int)p[fastest].ranks, "cheapest",
                     (int)p[cheapest].ranks, "machine_factor", hcl_speed_factor(HCL_SPEED_FIELD),
                     "calibrated", hcl_speed_calibrated());
}

/* Before any work: how much the least is, and with how many ranks it would fit. */
static hcl_status does_not_fit(const struct hcl_layout *l, const struct hcl_cluster *c,
                               const struct hcl_cluster_plan *p, size_t count, struct hcl_err *err)
{
    const uint32_t enough = hcl_cluster_least_ranks(l, c, MOST_RANKS);
    const struct hcl_cluster_plan *nearest = p;
    for (size_t i = 1; i < count; i++)
        if (p[i].memory - p[i].memory_limit < nearest->memory - nearest->memory_limit)
            nearest = &p[i];
    const double least = nearest->memory / 1e6, has = nearest->memory_limit / 1e6;
    if (enough > 0)
        return hcl_fail(err, HCL_NO_RESOURCE,
                        "a rank takes %.0f MB at least and has %.0f; it fits on %u ranks", least, has,
                        enough);
    return hcl_fail(err, HCL_NO_RESOURCE,
                    "a rank takes %.0f MB at least and has %.0f; more ranks do not make it fit", least, has);
}

static hcl_status show(struct hcl_cli *cli, const struct args *a, const struct hcl_layout *l,
                       const struct hcl_cluster *c, struct hcl_err *err)
{
    struct hcl_cluster_plan plans[MOST_COUNTS] = { 0 };
    char line[512];
    for (size_t i = 0; i < a->counts; i++)
        plans[i] = hcl_cluster_predict(l, c, a->ranks[i]);
    const size_t fastest = best(plans, a->counts, false), cheapest = best(plans, a->counts, true);
    if (!cli->json)
        print_plans(plans, a->counts, stdout);
    if (fastest == a->counts)
        return does_not_fit(l, c, plans, a->counts, err);
    submission(line, sizeof line, &plans[fastest], &a->job);
    if (!cli->json)
        hcl_print_line(stdout, "%s", line);
    return hcl_cli_emit(cli, to_json(plans, a->counts, fastest, cheapest, &a->job), err,
                        "fastest: %u ranks, %.3f s; least node time: %u ranks, %.3f node seconds\n",
                        plans[fastest].ranks, plans[fastest].total, plans[cheapest].ranks,
                        plans[cheapest].node_seconds);
}

static hcl_status plan(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    struct hcl_cluster c = { .cores = (uint32_t)cli->threads,
                             .numa = 1,
                             .memory = (uint64_t)((double)cli->memory / HCL_CLUSTER_MEMORY),
                             .bandwidth = 12.5e9,
                             .latency = 2e-6 };
    struct hcl_job job = { 0 };
    hcl_status st = HCL_OK;
    if (a->node)
        HCL_TRY(hcl_cluster_parse_node(&c, a->node, err));
    if (a->network)
        HCL_TRY(hcl_cluster_parse_network(&c, a->network, err));
    HCL_TRY(hcl_job_open(&job, &a->job, err));
    HCL_TRY(hcl_job_compile(&job, cli, err));
    HCL_TRY(show(cli, a, &job.layout, &c, err));
done:
    hcl_job_clear(&job);
    return st;
}

hcl_status hcl_cmd_plan(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { .job = hcl_job_options_default(), .ranks = { 1, 2, 4, 8, 16, 32 }, .counts = 6 };
    const struct hcl_cli_arguments arguments = { .into = { &a.job.model },
                                                 .least = 1,
                                                 .expected = "a model" };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, plan, err);
}
