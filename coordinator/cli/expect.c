/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/expect.h"

#include "common/io/json_read.h"
#include "common/sys/clock.h"
#include "coordinator/cli/predict.h"
#include "coordinator/cli/speed.h"
#include "coordinator/cli/text.h"

#include <math.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define FORMAT "halocline-times"
enum { MAX_BYTES = 1 << 16, EDGE_BYTES = 1 << 16 };

/* Key generation of a rank: commitments of full-size sigmas and of fixed columns, which the cache may have,
 * and transforms to cosets, if they are kept. Much of it is memory that is read once, so that threads and
 * ranks of a node are in each other's way: so much are they worth together. */
#define THREADS_WORTH 0.85
#define RANKS_WORTH 0.72
static double keygen_seconds(const struct hcl_shape *l, const struct hcl_cost *c, bool cached, int ranks,
                             int threads)
{
    const double n = (double)((uint64_t)1 << l->k);
    const double msm = HCL_COST_MSM_BITS / l->k * (1 + HCL_COST_MSM_BUCKETS / n);
    const double transformed =
        c->permutation + c->fixed - (l->weight_columns > 1 && !l->private_weights ? l->weight_columns : 0);
    const double commit = n * (msm * c->permutation + HCL_COST_SMALL * c->fixed);
    const double cosets = !c->savings.key_anew ? (hcl_cost_ntt(l->k) + HCL_COST_FRESH) * n * transformed *
                                                     (c->quotient_pieces + 1)
                                               : 0;
    const double worth = (ranks > 1 ? RANKS_WORTH * ranks : 1) * (threads > 1 ? THREADS_WORTH * threads : 1);
    return (hcl_speed_factor(HCL_SPEED_MSM) * (cached ? 0 : commit) +
            hcl_speed_factor(HCL_SPEED_NTT) * cosets) /
           worth;
}

/* s of one thread for a row's points: to read both, to make both and keep them. */
#define SRS_READ 6e-7
#define SRS_MADE 2.4e-6
#define SHARE_WEIGHT 17e-9 /* s to tell the other ranks where one is */

static double srs_seconds(const struct hcl_session *s, uint32_t k, bool made)
{
    return (made ? SRS_MADE : SRS_READ) * (double)((uint64_t)1 << k) / s->cli->threads;
}

/* Less work than that tells nothing of the machine. */
#define LEAST_WORK 0.02

/* While rank 0 compiles and the others wait, each with one thread that is busy. Threads of others take turns
 * with those of this machine's ranks; rank 0 also sees how long its thread was not given a processor, where
 * another job is bound to the same ones, and how little, where that is favoured. */
static double crowding_here(const struct hcl_session *s)
{
    const int ranks = hcl_comm_local_size(s->cli->comm);
    const double processors = (double)sysconf(_SC_NPROCESSORS_ONLN),
                 work = hcl_clock_thread_seconds() - s->expected.begun_thread,
                 all_work = hcl_clock_cpu_seconds() - s->expected.begun_cpu,
                 time = hcl_clock_seconds() - s->expected.begun;
    if (work < LEAST_WORK)
        return 1;
    double others = hcl_sampler_runnable(s->meter.sampler) - fmax(1, all_work / work) - (ranks - 1), late = 1;
    if (s->cli->rank == 0) {
        late = time / work;
        others = fmin(others, (processors * time - all_work) / work);
    }
    return fmax(late, (fmax(0, others) + ranks * s->cli->threads) / processors);
}

static void share_crowding(struct hcl_session *s)
{
    uint64_t thousandths = (uint64_t)(1000 * crowding_here(s));
    hcl_comm_max_u64(s->cli->comm, &thousandths, 1);
    s->expected.crowding = fmax(1, (double)thousandths / 1000);
}

/* The steps in order; seconds are of one rank with all its threads, alone on the machine. */
struct list {
    struct hcl_eta_step step[HCL_ETA_STEPS];
    size_t count;
};

static void add_step(struct list *l, const char *name, double seconds, bool guessed)
{
    struct hcl_eta_step *step = &l->step[l->count++];
    *step = (struct hcl_eta_step){ .seconds = seconds, .guessed = guessed };
    snprintf(step->name, sizeof step->name, "%s", name);
}

static void add(struct list *l, const char *name, double seconds)
{
    add_step(l, name, seconds, false);
}

/* Disks and networks are no measure of processors. */
static void add_guess(struct list *l, const char *name, double seconds)
{
    add_step(l, name, seconds, true);
}

static void add_phase(struct list *l, const struct hcl_cost *c, hcl_cost_phase p, double share, int threads)
{
    add(l, hcl_cost_phase_name(p), share * c->phase[p].seconds / threads);
}

/* Rounds that come twice, for columns of the first phase and of the second, and for both opening points. */
#define FIRST_WITNESS 0.05
#define FIRST_COMMIT 0.1
#define FIRST_OPEN 0.9

static void add_proof(struct list *l, const struct hcl_cost *c, int threads)
{
    double quotient = 0;
    add(l, "set up", 0);
    add_phase(l, c, HCL_COST_WITNESS, FIRST_WITNESS, threads);
    add_phase(l, c, HCL_COST_COMMIT_ADVICE, FIRST_COMMIT, threads);
    add_phase(l, c, HCL_COST_WITNESS, 1 - FIRST_WITNESS, threads);
    add_phase(l, c, HCL_COST_COMMIT_ADVICE, 1 - FIRST_COMMIT, threads);
    for (int p = HCL_COST_PRODUCTS; p <= HCL_COST_COEFFICIENTS; p++)
        add_phase(l, c, (hcl_cost_phase)p, 1, threads);
    for (int p = HCL_COST_TRANSFORMS; p <= HCL_COST_PIECES; p++)
        quotient += c->phase[p].seconds / threads;
    add(l, "quotient", quotient);
    add_phase(l, c, HCL_COST_COMMIT_QUOTIENT, 1, threads);
    add_phase(l, c, HCL_COST_EVALUATION, 1, threads);
    add_phase(l, c, HCL_COST_OPENING, FIRST_OPEN, threads);
    add_phase(l, c, HCL_COST_COMMIT_OPENING, 0.5, threads);
    add_phase(l, c, HCL_COST_OPENING, 1 - FIRST_OPEN, threads);
    add_phase(l, c, HCL_COST_COMMIT_OPENING, 0.5, threads);
    add(l, "verify", 0.002);
}

/* What follows the layout; `keys`: from key generation on. */
static void add_rest(struct list *l, const struct hcl_session *s, const struct hcl_shape *shape, bool keys)
{
    const size_t first = l->count;
    const int threads = s->cli->threads, ranks = s->cli->ranks;
    const struct hcl_layout layout = { .shape = *shape }; /* all that a prediction looks at */
    const struct hcl_cost c = hcl_predict(&layout, ranks, s->cli->memory);
    if (!keys) {
        add_guess(l, "share plan", ranks > 1 ? SHARE_WEIGHT * hcl_shape_weights(shape) : 0);
        const bool waiting = ranks > 1; /* for each other, in every layer */
        add_step(l, HCL_PHASE_INFERENCE, c.phase[HCL_COST_INFERENCE].seconds / threads, waiting);
        add_step(l, HCL_PHASE_JUDGE, c.phase[HCL_COST_JUDGE].seconds / threads, waiting);
        if (!s->o->dry_run)
            add_guess(l, HCL_PHASE_SRS, srs_seconds(s, shape->k, !hcl_setup_has_srs(&s->o->setup, shape->k)));
    }
    if (!s->o->dry_run) {
        add(l, "keygen", keygen_seconds(shape, &c, keys && s->key_cached, ranks, threads));
        add_proof(l, &c, threads);
    }
    for (size_t i = first; i < l->count; i++)
        l->step[i].seconds *= s->expected.crowding;
}

void hcl_expect_from_layout(struct hcl_session *s, bool keys)
{
    struct list l = { .count = 0 };
    if (!keys)
        share_crowding(s);
    if (!s->cli->progress || (s->expected.past && (!keys || s->key_cached)))
        return;
    add_rest(&l, s, &s->job.layout.shape, keys);
    hcl_progress_plan(s->cli->progress, l.step, l.count);
}

/* Laying out for good takes so many times an estimate. */
#define LAYING_OUT 3

static void from_news(void *ctx, const struct hcl_choose_news *news)
{
    struct hcl_session *s = ctx;
    struct list l = { .count = 0 };
    s->expected.crowding = crowding_here(s);
    add_guess(&l, HCL_STEP_QUANTISE, news->left);
    add_guess(&l, HCL_STEP_LAY_OUT, LAYING_OUT * news->laying_out);
    add_rest(&l, s, &news->layout.shape, false);
    hcl_progress_plan(s->cli->progress, l.step, l.count);
}

/* Not in place of the past, which knows better. */
static void watch_choice(struct hcl_session *s)
{
    s->watch = (struct hcl_choose_watch){ .tell = from_news, .ctx = s };
    s->job.watch = &s->watch;
}

/* ---- the past ---- */

static bool hash_edges(uint8_t id[32], const struct hcl_session *s)
{
    crypto_generichash_state state;
    uint8_t edge[EDGE_BYTES];
    long size = -1;
    FILE *f = fopen(s->o->job.model, "rb");
    const int32_t who[2] = { s->cli->ranks, s->cli->threads };
    if (!f)
        return false;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (const uint8_t *)who, sizeof who);
    for (int end = 0; end < 2; end++) { /* weights are at the end */
        crypto_generichash_update(&state, edge, fread(edge, 1, sizeof edge, f));
        if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > EDGE_BYTES)
            size = fseek(f, -EDGE_BYTES, SEEK_END) == 0 ? size : -1;
    }
    fclose(f);
    crypto_generichash_update(&state, (const uint8_t *)&size, sizeof size);
    crypto_generichash_final(&state, id, 32);
    return size >= 0;
}

/* malloc'ed; NULL: there is no cache, or nothing to be watched. */
static char *path_of(const struct hcl_session *s)
{
    char hex[65], name[80];
    uint8_t id[32];
    if (!s->cli->progress || !hash_edges(id, s))
        return NULL;
    hcl_hex(hex, id, sizeof id);
    snprintf(name, sizeof name, "times-%.32s.json", hex);
    return hcl_setup_path(&s->o->setup, name);
}

static bool read_step(struct list *l, json_t *entry)
{
    const char *name = json_string_value(json_array_get(entry, 0));
    const double seconds = json_number_value(json_array_get(entry, 1));
    if (!name || !(seconds >= 0 && seconds < 1e9) || l->count == HCL_ETA_STEPS)
        return false;
    add(l, name, seconds);
    return true;
}

void hcl_expect_begin(struct hcl_session *s)
{
    s->expected.begun = hcl_clock_seconds();
    s->expected.begun_cpu = hcl_clock_cpu_seconds();
    s->expected.begun_thread = hcl_clock_thread_seconds();
    s->expected.crowding = 1;
}

void hcl_expect_at_first(struct hcl_session *s)
{
    char *path = path_of(s);
    struct list l = { .count = 0 };
    json_t *root = NULL, *entry;
    size_t i;
    if (!s->o->dry_run && path && access(path, R_OK) == 0 &&
        hcl_json_read(&root, path, MAX_BYTES, NULL) == HCL_OK) {
        json_array_foreach(json_object_get(root, "steps"), i, entry) if (!read_step(&l, entry)) break;
    }
    s->expected.past = l.count > 0;
    if (l.count > 0)
        hcl_progress_plan(s->cli->progress, l.step, l.count);
    else if (s->cli->progress)
        watch_choice(s);
    json_decref(root);
    free(path);
}

/* What the next proof will find in the cache. */
static double kept_work(const struct hcl_session *s)
{
    double seconds = 0;
    for (size_t i = 0; s->key_path && !s->key_cached && i < s->meter.count; i++)
        if (strcmp(s->meter.names[i], HCL_PHASE_KEY_COMMIT) == 0)
            seconds += s->meter.costs[i].seconds;
    return seconds;
}

void hcl_expect_keep(const struct hcl_session *s)
{
    struct hcl_eta_step steps[HCL_ETA_STEPS];
    const size_t count = hcl_progress_steps(s->cli->progress, steps);
    double whole = 0;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        whole += steps[i].seconds;
        if (strcmp(steps[i].name, "keygen") == 0)
            steps[i].seconds = fmax(0, steps[i].seconds - kept_work(s));
        if (strcmp(steps[i].name, HCL_PHASE_SRS) == 0 && s->srs_made)
            steps[i].seconds = srs_seconds(s, s->job.circuit.k, false);
        json_array_append_new(list, json_pack("[s, f]", steps[i].name, steps[i].seconds));
    }
    char *path = whole >= HCL_EXPECT_LEAST ? path_of(s) : NULL;
    json_t *root = json_pack("{s:s, s:o}", "format", FORMAT, "steps", list);
    if (path && root && hcl_json_write(path, root, NULL) != HCL_OK)
        unlink(path);
    json_decref(root);
    free(path);
}
