/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/predict.h"

#include "common/sys/mem.h"
#include "coordinator/cli/speed.h"

#include <math.h>

/* Beside the ledger: program and libraries; MPI's buffers; of a weight, what compiling leaves behind on rank
 * 0, and of a private one its place in the witness program; of a cell, copy constraints and the program. */
#define PROGRAM_BYTES 12e6
#define TRANSPORT_BYTES 6e6
#define WEIGHT_BYTES 1.5
#define PRIVATE_BYTES 2.2
#define CELL_BYTES 12
/* Of program and libraries, what is given back where memory is tight. */
#define CODE_BYTES 3e6
#define TRANSPORT_CODE_BYTES 2e6
/* Where memory is tight, of rank 0 what has been put together for others; of a weight what compiling leaves;
 * and of a cell. */
#define TIGHT_SHARED_BYTES 3e6
#define TIGHT_WEIGHT_BYTES 0.6
#define TIGHT_CELL_BYTES 15
/* Freed blocks that are kept for reuse (common/sys/mem.c). */
#define LEAST_KEPT 8.4e6
#define MOST_KEPT 134e6
#define KEPT_SHARE 0.0625

double hcl_predict_outside(const struct hcl_layout *l, int ranks, uint64_t memory_limit)
{
    const struct hcl_shape *s = &l->shape;
    const bool tight = hcl_mem_is_tight(memory_limit);
    const double transport = TRANSPORT_BYTES + (tight ? TIGHT_SHARED_BYTES - TRANSPORT_CODE_BYTES : 0);
    const double weight = s->private_weights ? PRIVATE_BYTES : tight ? TIGHT_WEIGHT_BYTES : WEIGHT_BYTES;
    return PROGRAM_BYTES - (tight ? CODE_BYTES : 0) + (ranks > 1 ? transport : 0) +
           weight * hcl_shape_weights(s) +
           (tight ? TIGHT_CELL_BYTES : CELL_BYTES) * (double)s->rows * s->lanes;
}

static struct hcl_shape shape_within(const struct hcl_layout *l, int ranks, uint64_t room)
{
    struct hcl_shape s = l->shape;
    s.ranks = (uint32_t)ranks;
    s.memory_limit = room;
    return s;
}

struct hcl_cost hcl_predict_within(const struct hcl_layout *l, int ranks, uint64_t room)
{
    const struct hcl_shape s = shape_within(l, ranks, room);
    struct hcl_cost c;
    (void)hcl_cost_of(&c, &s,
                      NULL); /* what it lacks without memory is seconds, which nothing is decided by */
    hcl_speed_scale(&c);
    return c;
}

/* Of a limit what is left for the ledger; 0: there is no limit. */
static uint64_t room_of(const struct hcl_layout *l, int ranks, uint64_t memory_limit)
{
    const uint64_t outside = (uint64_t)hcl_predict_outside(l, ranks, memory_limit);
    const uint64_t room = memory_limit > outside ? memory_limit - outside : 1;
    return memory_limit == 0 ? 0 : room;
}

struct hcl_cost hcl_predict(const struct hcl_layout *l, int ranks, uint64_t memory_limit)
{
    return hcl_predict_within(l, ranks, room_of(l, ranks, memory_limit));
}

/* Without seconds, which take many times as long to find out. */
static struct hcl_cost memory_within(const struct hcl_layout *l, int ranks, uint64_t room)
{
    const struct hcl_shape s = shape_within(l, ranks, room);
    return hcl_cost_memory_of(&s);
}

double hcl_predict_rss_of(const struct hcl_layout *l, int ranks, uint64_t memory_limit)
{
    const struct hcl_cost c = memory_within(l, ranks, room_of(l, ranks, memory_limit));
    return hcl_predict_rss(l, &c, ranks, memory_limit);
}

double hcl_predict_rss(const struct hcl_layout *l, const struct hcl_cost *c, int ranks, uint64_t memory_limit)
{
    const double share = KEPT_SHARE * c->memory_bytes,
                 needed = c->memory_bytes + hcl_predict_outside(l, ranks, memory_limit);
    const double all = needed + fmin(fmax(share, LEAST_KEPT), MOST_KEPT), limit = (double)memory_limit;
    return memory_limit == 0 || all < limit ? all : fmax(needed, limit);
}

#define MOST_RANKS 4096

/* What a rank takes at least, with all that saves memory. */
static double least_memory(const struct hcl_layout *l, int ranks, uint64_t memory_limit)
{
    return memory_within(l, ranks, 1).memory_bytes + hcl_predict_outside(l, ranks, memory_limit);
}

/* What is chosen in the end may take so much of what a sketch does: it has other tables and lanes. */
#define SKETCH_SHARE 0.85

hcl_status hcl_predict_may_fit(const struct hcl_layout *sketch, int ranks, uint64_t memory_limit,
                               struct hcl_err *err)
{
    return SKETCH_SHARE * least_memory(sketch, ranks, memory_limit) <= (double)memory_limit
               ? HCL_OK
               : hcl_predict_fits(sketch, ranks, memory_limit, err);
}

hcl_status hcl_predict_fits(const struct hcl_layout *l, int ranks, uint64_t memory_limit, struct hcl_err *err)
{
    const double least = least_memory(l, ranks, memory_limit), limit = (double)memory_limit;
    char text[64] = "more ranks do not make it fit";
    struct hcl_layout spilled = *l;
    spilled.shape.scratch = true;
    const double on_disk = least_memory(&spilled, ranks, memory_limit);
    const char *scratch = !l->shape.scratch && on_disk <= limit ? ", and with --scratch DIR on so many" : "";
    if (memory_limit == 0 || least <= limit)
        return HCL_OK;
    for (int more = ranks + 1; more <= MOST_RANKS; more++)
        if (least_memory(l, more, memory_limit) <= limit) {
            snprintf(text, sizeof text, "it fits on %d ranks", more);
            break;
        }
    return hcl_fail(err, HCL_NO_RESOURCE,
                    "a proof on %d rank%s takes %.0f MB of each at least, and has %.0f (--memory); %s%s",
                    ranks, ranks == 1 ? "" : "s", ceil(least / 1e6), limit / 1e6, text, scratch);
}

static bool same_savings(const struct hcl_savings *a, const struct hcl_savings *b)
{
    return a->key_anew == b->key_anew && a->keep_compact == b->keep_compact && a->groups == b->groups &&
           a->scratch == b->scratch;
}

bool hcl_predict_replicates(const struct hcl_layout *l, int ranks, uint32_t place_ranks,
                            uint64_t memory_limit)
{
    struct hcl_layout apart = *l;
    apart.shape.srs_ranks = place_ranks;
    const uint64_t room = room_of(l, ranks, memory_limit);
    const struct hcl_cost one = memory_within(l, ranks, room), each = memory_within(&apart, ranks, room);
    const double needed = each.memory_bytes + hcl_predict_outside(l, ranks, memory_limit);
    return same_savings(&one.savings, &each.savings) && (memory_limit == 0 || needed <= (double)memory_limit);
}

void hcl_savings_text(char *out, size_t room, const struct hcl_savings *s)
{
    const uint32_t groups = hcl_savings_groups(s);
    char of_groups[64] = "";
    if (groups > 1)
        snprintf(of_groups, sizeof of_groups, ", in %u groups one after the other", groups);
    snprintf(out, room, "%s%s%s%s",
             s->key_anew ? "the key's columns on the cosets are made by each proof" : "nothing",
             s->keep_compact ? ", columns of integers are transformed for each coset" : "", of_groups,
             s->scratch ? ", columns wait in the scratch folder" : "");
}

void hcl_predict_print(const struct hcl_layout *l, uint64_t memory_limit, FILE *to)
{
    const struct hcl_cost one = hcl_predict(l, 1, memory_limit), two = hcl_predict(l, 2, memory_limit);
    fprintf(to, "predicted of a proof, one thread:\n%-22s %10s %10s %6s %6s\n", "phase", "1 rank, s",
            "2 ranks, s", "MSMs", "NTTs");
    for (int i = 0; i < HCL_COST_PHASES; i++)
        fprintf(to, "%-22s %10.4f %10.4f %6u %6u\n", hcl_cost_phase_name(i), one.phase[i].seconds,
                two.phase[i].seconds, one.phase[i].msms, one.phase[i].ntts);
    fprintf(to, "%-22s %10.4f %10.4f\n", "total", one.seconds, two.seconds);
    fprintf(to, "%-22s %10.1f %10.1f  MB of a rank (resident: %.0f, %.0f)\n", "memory",
            one.memory_bytes / 1e6, two.memory_bytes / 1e6, hcl_predict_rss(l, &one, 1, memory_limit) / 1e6,
            hcl_predict_rss(l, &two, 2, memory_limit) / 1e6);
    if (one.savings.key_anew || one.savings.keep_compact) {
        char text[240];
        hcl_savings_text(text, sizeof text, &one.savings);
        fprintf(to, "to save memory on one rank: %s\n", text);
    }
}

static json_t *phase_json(const struct hcl_cost *c, const struct hcl_report *r, hcl_cost_phase p, uint32_t k)
{
    const char *name = hcl_cost_phase_name(p);
    const struct hcl_team_counters work = hcl_report_work(r, name);
    return json_pack("{s:s, s:f, s:f, s:I, s:I, s:I, s:I, s:f, s:f}", "name", name, "cpu_seconds",
                     c->phase[p].seconds, "measured_cpu_seconds", hcl_report_busy(r, name), "msms",
                     (json_int_t)c->phase[p].msms, "measured_msms", (json_int_t)(work.msm_terms >> k), "ntts",
                     (json_int_t)c->phase[p].ntts, "measured_ntts", (json_int_t)work.ntts, "bytes_sent",
                     c->phase[p].bytes_sent, "measured_bytes_sent", hcl_report_sent(r, name));
}

json_t *hcl_predict_json(const struct hcl_layout *l, const struct hcl_cost *c, uint64_t memory_limit,
                         const struct hcl_report *r)
{
    json_t *phases = json_array();
    uint64_t memory = 0, rss = 0;
    double busy = 0;
    for (size_t i = 0; i < r->ranks; i++) {
        memory = r->ranks_cost[i].memory_peak > memory ? r->ranks_cost[i].memory_peak : memory;
        rss = r->ranks_cost[i].rss_peak > rss ? r->ranks_cost[i].rss_peak : rss;
    }
    for (int i = 0; i < HCL_COST_PHASES; i++) {
        busy += hcl_report_busy(r, hcl_cost_phase_name(i));
        if (json_array_append_new(phases, phase_json(c, r, i, l->k)) != 0) {
            json_decref(phases);
            return NULL;
        }
    }
    return json_pack("{s:{s:b, s:b, s:i, s:b}, s:f, s:f, s:f, s:I, s:f, s:I, s:o}", "savings", "key_anew",
                     c->savings.key_anew, "keep_compact", c->savings.keep_compact, "groups",
                     (int)hcl_savings_groups(&c->savings), "scratch", c->savings.scratch, "cpu_seconds",
                     c->seconds, "measured_cpu_seconds", busy, "memory_bytes", c->memory_bytes,
                     "measured_memory_bytes", (json_int_t)memory, "rss_bytes",
                     hcl_predict_rss(l, c, (int)r->ranks, memory_limit), "measured_rss_bytes",
                     (json_int_t)rss, "phases", phases);
}
