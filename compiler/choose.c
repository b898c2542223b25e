/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/choose.h"
#include "common/sys/clock.h"
#include "compiler/layout/finish.h"
#include "compiler/quantize/search.h"
#include <math.h>
#include <string.h>

enum { WIDEN_TRIES = 4, MOST_K = HCL_MAX_TABLE_BITS + 2, LEAST_TABLE_SHARE = 32 };
/* Ranges are widened to at most this many times their length, and by so many table rows in all: memory is not
 * free as rows are. */
#define MOST_STRETCH 8.0
#define MOST_SPARE 0x1p18

struct chooser {
    struct hcl_search *search;
    const struct hcl_compile_options *layout;
    struct hcl_choice *out;
    struct hcl_setting settings[HCL_MAX_SETTINGS];      /* of out->tried */
    struct hcl_candidates candidates[HCL_MAX_SETTINGS]; /* of out->tried */
    struct hcl_setting nearest;                         /* the best one that was not accurate */
    bool any_nearest;
    const struct hcl_choose_watch *watch; /* with a `tell`, or NULL */
    struct hcl_choose_news news;
    size_t expected; /* with a watch: comparisons of settings in all, as far as is known */
    size_t extra;    /* most rows found that the layout's tables have beyond the search's count */
    struct hcl_err why;
    struct hcl_err *err;
};

static size_t usable_rows(uint32_t k)
{
    const size_t all = (size_t)1 << k;
    return all > HCL_MACHINE_RESERVED_ROWS ? all - HCL_MACHINE_RESERVED_ROWS : 0;
}

/* Tables of this many rows have been accurate enough for every model but the smallest. */
#define USUAL_K 13

static void tell(struct chooser *c)
{
    const size_t compared = hcl_search_cost(c->search).settings;
    c->news.left = hcl_search_left(c->search, c->expected > compared ? c->expected - compared : 0) +
                   c->news.laying_out; /* of what is chosen */
    c->watch->tell(c->watch->ctx, &c->news);
}

static void tell_compared(void *ctx)
{
    tell(ctx);
}

/* sizes: of tables, that may have to be tried from now on */
static void expect_sizes(struct chooser *c, uint32_t sizes)
{
    if (!c->watch)
        return;
    c->expected = hcl_search_cost(c->search).settings + sizes * HCL_USUAL_SETTINGS;
    tell(c);
}

/* A layout of the smallest tables is likely to grow. */
static hcl_status guess_layout(struct chooser *c, const struct hcl_candidate *layout)
{
    const uint32_t k = layout->k;
    struct hcl_candidate *guess = &c->news.layout;
    *guess = *layout;
    guess->k = guess->shape.k = c->layout->k || k > USUAL_K ? k : USUAL_K;
    return hcl_cost_of(&guess->cost, &guess->shape, c->err);
}

/* A layout before calibration, which may take longer than the proof. HCL_BAD_INPUT: there is none. */
static hcl_status sketch(struct chooser *c, struct hcl_graph *g, const struct hcl_quantize_options *quant,
                         struct hcl_candidate *layout)
{
    struct hcl_fx_graph fx = { 0 };
    hcl_status st;
    HCL_TRY(hcl_search_sketch(g, quant, &fx, &c->news.left, &c->why));
    const double start = hcl_clock_seconds();
    HCL_TRY(hcl_compile_estimate(&fx, c->layout, layout, NULL, &c->why));
    c->news.laying_out = hcl_clock_seconds() - start;
    c->news.left += 2 * c->news.laying_out;
done:
    hcl_fx_graph_clear(&fx);
    return st;
}

/* What is known of the layout before calibration: for those who wait, and for those who may not have it. */
static hcl_status show_sketch(struct chooser *c, struct hcl_graph *g,
                              const struct hcl_quantize_options *quant, const struct hcl_choose_watch *watch)
{
    const bool asked = watch && watch->allow;
    struct hcl_candidate layout = { 0 };
    if (!asked && !(c->watch && hcl_search_sketch_pays(g, quant)))
        return HCL_OK;
    hcl_status st = sketch(c, g, quant, &layout);
    if (st == HCL_OK && asked)
        st = watch->allow(watch->allow_ctx, &layout.shape, c->err);
    else if (st == HCL_NO_RESOURCE && asked)
        st = hcl_fail(c->err, st, "%s", c->why.msg);
    else if (st != HCL_OK) /* what is wrong is found again */
        return HCL_OK;
    if (st != HCL_OK || !c->watch)
        return st;
    st = guess_layout(c, &layout);
    c->watch->tell(c->watch->ctx, &c->news);
    return st;
}

/* A layout of nominal tables. */
static hcl_status lay_out_nominal(struct chooser *c, int bits, struct hcl_candidate *layout,
                                  struct hcl_err *err)
{
    const struct hcl_setting nominal = hcl_search_nominal(c->search, bits);
    struct hcl_fx_graph g = { 0 };
    hcl_status st;
    HCL_TRY(hcl_search_build(c->search, &nominal, &g, err));
    const double start = hcl_clock_seconds();
    HCL_TRY(hcl_compile_estimate(&g, c->layout, layout, NULL, err));
    c->news.laying_out = hcl_clock_seconds() - start;
done:
    hcl_fx_graph_clear(&g);
    return st;
}

/* What the model's own rows need, with tables of 2^8 entries; some models need longer ones to have scales at
 * all, and what no setting can change is found wrong here. Short tables add rows. Where more lanes may not
 * make up for them, as lanes are given or the proof's length is bounded, longer tables are asked, too. */
static hcl_status least_k(struct chooser *c, uint32_t *k)
{
    const bool bound = c->layout->lanes > 0 || c->layout->max_proof_bytes > 0;
    struct hcl_candidate layout;
    struct hcl_err later;
    bool any = false;
    for (int bits = 8; bits <= 16 && (!any || bound); bits += 4) {
        const hcl_status st = lay_out_nominal(c, bits, &layout, bits == 8 ? c->err : &later);
        if (st == HCL_NO_RESOURCE)
            return bits == 8 ? st : hcl_fail(c->err, st, "%s", later.msg);
        if (st != HCL_OK)
            continue;
        *k = any && *k < layout.k ? *k : layout.k;
        if (!any && guess_layout(c, &layout) != HCL_OK)
            return HCL_NO_RESOURCE;
        any = true;
    }
    if (!any)
        return HCL_BAD_INPUT;
    if (c->watch)
        hcl_search_watch(c->search, tell_compared, c);
    expect_sizes(c, c->news.layout.k > *k ? c->news.layout.k - *k + 1 : 1);
    return HCL_OK;
}

/* NULL: not yet. */
static struct hcl_choice_setting *tried_before(const struct chooser *c, const struct hcl_setting *s)
{
    for (size_t i = 0; i < c->out->num_tried; i++)
        if (c->settings[i].table_len == s->table_len && c->settings[i].remainder_bits == s->remainder_bits &&
            c->settings[i].one_scale == s->one_scale)
            return &c->out->tried[i];
    return NULL;
}

/* Of those that fit the size they were tried for, if there are any. */
static void choose_setting(struct hcl_choice *out, hcl_objective objective)
{
    const struct hcl_candidate *all[HCL_MAX_SETTINGS], *best;
    size_t num = 0;
    for (size_t i = 0; i < out->num_tried; i++)
        if (!out->tried[i].outgrown)
            all[num++] = &out->tried[i].layout;
    for (size_t i = 0; i < out->num_tried && num == 0; i++)
        all[i] = &out->tried[i].layout;
    best = hcl_candidate_best(all, num > 0 ? num : out->num_tried, objective);
    for (size_t i = 0; i < out->num_tried; i++)
        if (&out->tried[i].layout == best)
            out->chosen = i;
}

/* Lay a setting out and note what it costs. HCL_BAD_INPUT: it cannot be laid out (c->why). */
static hcl_status lay_out(struct chooser *c, const struct hcl_setting *s)
{
    struct hcl_choice *out = c->out;
    struct hcl_choice_setting *t = &out->tried[out->num_tried];
    struct hcl_fx_graph g = { 0 };
    struct hcl_candidates all = { 0 };
    hcl_status st;
    HCL_TRY(hcl_search_build(c->search, s, &g, &c->why));
    t->outgrown = false;
    HCL_TRY(hcl_compile_estimate(&g, c->layout, &t->layout, &all, &c->why));
    HCL_TRY(hcl_search_report(c->search, s, &g, &t->quant, &c->why));
    c->settings[out->num_tried] = *s;
    c->candidates[out->num_tried] = all;
    all = (struct hcl_candidates){ 0 };
    out->num_tried++;
    choose_setting(out, c->layout->objective);
    c->news.layout = out->tried[out->chosen].layout;
done:
    free(all.of);
    hcl_fx_graph_clear(&g);
    return st;
}

/* What outgrew a smaller size is as good as any at its own. */
static void accept(struct chooser *c, struct hcl_choice_setting *t)
{
    t->outgrown = false;
    choose_setting(c->out, c->layout->objective);
    c->news.layout = c->out->tried[c->out->chosen].layout;
}

static void note_nearest(struct chooser *c, const struct hcl_setting *s)
{
    if (!c->any_nearest || s->worst <= c->nearest.worst)
        c->nearest = *s;
    c->any_nearest = true;
}

/* Larger tables than those of a setting that does cannot make anything cheaper. The rows of embeddings lie
 * behind all tables: there a layout of more rows is due to tables, too. */
static bool fits(const struct hcl_choice_setting *t, uint32_t k)
{
    return t->layout.table_rows <= usable_rows(k) && !(t->layout.shape.row_tables && t->layout.k > k);
}

/* The most accurate setting within 2^k table rows; again with fewer rows if the layout needs tables that the
 * search does not know of, or does not fit: the rows of embeddings lie behind all tables. */
static hcl_status try_size(struct chooser *c, uint32_t k)
{
    hcl_status st = HCL_OK;
    size_t most = usable_rows(k), room;
    while ((room = most > c->extra ? most - c->extra : 0) > usable_rows(k) / LEAST_TABLE_SHARE) {
        struct hcl_setting s;
        bool found;
        HCL_TRY(hcl_search_best(c->search, room, &s, &found, c->err));
        if (found && s.accurate)
            HCL_TRY(hcl_search_confirm(c->search, &s, c->err));
        if (!found)
            break;
        if (!s.accurate)
            note_nearest(c, &s);
        struct hcl_choice_setting *before = tried_before(c, &s);
        if (s.accurate && before != NULL && fits(before, k))
            accept(c, before);
        if (!s.accurate || before != NULL || c->out->num_tried == HCL_MAX_SETTINGS)
            break;
        st = lay_out(c, &s);
        if (st == HCL_BAD_INPUT) {
            most = c->extra + s.table_rows / 4 * 3;
            st = HCL_OK;
            continue;
        }
        if (st != HCL_OK)
            return hcl_fail(c->err, st, "%s", c->why.msg);
        struct hcl_choice_setting *t = &c->out->tried[c->out->num_tried - 1];
        const size_t rows = t->layout.table_rows;
        if (fits(t, k))
            break;
        t->outgrown = true;
        if (rows <= usable_rows(k))
            most = c->extra + s.table_rows / 4 * 3;
        else if (rows > s.table_rows && rows - s.table_rows > c->extra)
            c->extra = rows - s.table_rows;
        else
            break;
    }
done:
    return st;
}

static bool fitted(const struct chooser *c, uint32_t k)
{
    for (size_t i = 0; i < c->out->num_tried; i++)
        if (fits(&c->out->tried[i], k))
            return true;
    return false;
}

static hcl_status try_sizes(struct chooser *c)
{
    struct hcl_choice *out = c->out;
    const uint32_t asked = c->layout->k;
    uint32_t first = 0;
    hcl_status st;
    HCL_TRY(least_k(c, &first));
    const uint32_t most = asked ? asked : first > MOST_K ? first : MOST_K;
    do {
        for (uint32_t k = first, done = 0; k <= most && !done; k++) {
            HCL_TRY(try_size(c, k));
            done = fitted(c, k);
            expect_sizes(c, done ? 0 : 1);
        }
    } while (out->num_tried == 0 && !c->why.msg[0] && hcl_search_of_images(c->search));
    if (out->num_tried > 0)
        return HCL_OK;
    if (c->why.msg[0])
        return hcl_fail(c->err, HCL_BAD_INPUT, "%s", c->why.msg);
    return hcl_search_fail(c->search, c->any_nearest ? &c->nearest : NULL, usable_rows(most), c->err);
done:
    return st;
}

static void forget_tried(struct chooser *c)
{
    for (size_t i = 0; i < c->out->num_tried; i++) {
        free(c->candidates[i].of);
        c->candidates[i] = (struct hcl_candidates){ 0 };
    }
    c->out->num_tried = 0;
}

static hcl_status try_again(struct chooser *c, const struct hcl_compile_options *layout)
{
    c->layout = layout;
    forget_tried(c);
    c->extra = 0;
    c->why.msg[0] = '\0';
    return try_sizes(c);
}

/* Nothing fits a k that was asked for. If that is k's fault, name the least one that does. */
static hcl_status explain_k(struct chooser *c)
{
    const struct hcl_compile_options *asked = c->layout;
    const struct hcl_err why = *c->err;
    struct hcl_compile_options other = *asked;
    other.k = 0;
    hcl_status st = try_again(c, &other);
    const bool possible = st == HCL_OK;
    for (other.k = asked->k; possible && st != HCL_NO_RESOURCE && other.k < MOST_K;) {
        other.k++;
        st = try_again(c, &other);
        if (st == HCL_OK)
            break;
    }
    c->layout = asked;
    forget_tried(c);
    if (st == HCL_NO_RESOURCE)
        return st;
    return st == HCL_OK
               ? hcl_fail(c->err, HCL_BAD_INPUT, "k = %u is too small, this model needs k = %u: %.1000s",
                          asked->k, other.k, why.msg)
               : hcl_fail(c->err, HCL_BAD_INPUT, "%s", why.msg);
}

/* Build a setting stretched so that its shared tables take `spare` rows more in all, and see whether it still
 * has the chosen layout. *built is left false when it has not. */
static hcl_status try_stretch(struct chooser *c, struct hcl_setting *s, bool *built)
{
    struct hcl_choice *out = c->out;
    const struct hcl_compile_options same = hcl_choice_options(out, c->layout);
    struct hcl_candidate now;
    hcl_status st;
    *built = false;
    st = hcl_search_build(c->search, s, &out->graph, &c->why);
    if (st == HCL_OK)
        st = hcl_compile_estimate(&out->graph, &same, &now, NULL, &c->why);
    if (st == HCL_NO_RESOURCE)
        return hcl_fail(c->err, st, "%s", c->why.msg);
    if (st == HCL_OK) {
        *built = true;
        return hcl_search_report(c->search, s, &out->graph, &out->quant, c->err);
    }
    hcl_fx_graph_clear(&out->graph);
    return HCL_OK;
}

/* Table rows that a stretch by 1 would add; 0: a little more does not go, as sums would overflow. */
static hcl_status stretch_rows(struct chooser *c, const struct hcl_setting *s, double *rows)
{
    const double probe = 0.25;
    struct hcl_setting wide = *s;
    struct hcl_fx_graph g = { 0 };
    struct hcl_quantize_report before, after;
    hcl_status st;
    HCL_TRY(hcl_search_build(c->search, &wide, &g, c->err));
    HCL_TRY(hcl_search_report(c->search, &wide, &g, &before, c->err));
    hcl_fx_graph_clear(&g);
    *rows = 0;
    wide.stretch += probe;
    st = hcl_search_build(c->search, &wide, &g, &c->why);
    if (st == HCL_BAD_INPUT)
        return HCL_OK;
    HCL_TRY(st == HCL_OK ? st : hcl_fail(c->err, st, "%s", c->why.msg));
    HCL_TRY(hcl_search_report(c->search, &wide, &g, &after, c->err));
    *rows = ((double)after.table_rows - (double)before.table_rows) / probe;
done:
    hcl_fx_graph_clear(&g);
    return st;
}

/* Build the chosen setting with the widest ranges whose tables still fit its layout. */
static hcl_status build_widened(struct chooser *c)
{
    struct hcl_choice *out = c->out;
    const struct hcl_candidate *l = &out->tried[out->chosen].layout;
    const struct hcl_setting *chosen = &c->settings[out->chosen];
    double spare = (double)usable_rows(l->k) - (double)l->table_rows, each = 0;
    hcl_status st = HCL_OK;
    bool built = false;
    if (l->shape.row_tables) /* their weight rows lie behind all others' */
        spare =
            fmin(spare, (double)usable_rows(l->k) - (double)l->weight_rows - (double)l->shape.random_rows);
    spare = fmin(spare, MOST_SPARE);
    HCL_TRY(stretch_rows(c, chosen, &each));
    for (int i = 0; i < WIDEN_TRIES && spare > 0 && each > 0 && !built; i++) {
        struct hcl_setting wide = *chosen;
        wide.stretch = 1 + spare / each;
        wide.stretch = wide.stretch < MOST_STRETCH ? wide.stretch : MOST_STRETCH;
        HCL_TRY(try_stretch(c, &wide, &built));
        spare *= i < 2 ? 0.98 : 0.7;
    }
    if (built)
        return HCL_OK;
    HCL_TRY(hcl_search_build(c->search, chosen, &out->graph, c->err));
    st = hcl_search_report(c->search, chosen, &out->graph, &out->quant, c->err);
done:
    return st;
}

hcl_status hcl_choose(struct hcl_graph *g, const struct hcl_quantize_options *quant,
                      const struct hcl_compile_options *layout, const struct hcl_choose_watch *watch,
                      struct hcl_choice *out, struct hcl_err *err)
{
    struct chooser c = { .layout = layout, .out = out, .err = err };
    hcl_status st;
    *out = (struct hcl_choice){ 0 };
    c.watch = watch && watch->tell ? watch : NULL;
    HCL_TRY(show_sketch(&c, g, quant, watch));
    c.why.msg[0] = '\0';
    HCL_TRY(hcl_search_open(&c.search, g, quant, err));
    st = try_sizes(&c);
    HCL_TRY(st == HCL_BAD_INPUT && layout->k ? explain_k(&c) : st);
    HCL_TRY(build_widened(&c));
    out->cost = hcl_search_cost(c.search);
    out->candidates = c.candidates[out->chosen];
    c.candidates[out->chosen] = (struct hcl_candidates){ 0 };
done:
    for (size_t i = 0; i < out->num_tried; i++)
        free(c.candidates[i].of);
    hcl_search_close(c.search);
    if (st != HCL_OK)
        hcl_choice_clear(out);
    return st;
}

void hcl_choice_clear(struct hcl_choice *c)
{
    hcl_fx_graph_clear(&c->graph);
    free(c->candidates.of);
    c->candidates = (struct hcl_candidates){ 0 };
}

struct hcl_compile_options hcl_choice_options(const struct hcl_choice *c,
                                              const struct hcl_compile_options *layout)
{
    const struct hcl_candidate *l = &c->tried[c->chosen].layout;
    struct hcl_compile_options o = *layout;
    o.k = l->k;
    o.lanes = l->lanes;
    o.degree = l->degree;
    o.weight_columns = l->weight_columns;
    return o;
}

json_t *hcl_choice_json(const struct hcl_choice *c)
{
    json_t *all = json_array();
    for (size_t i = 0; i < c->num_tried; i++) {
        const struct hcl_choice_setting *t = &c->tried[i];
        json_array_append_new(
            all, json_pack("{s:I, s:i, s:i, s:f, s:f, s:i, s:i, s:i, s:I, s:I, s:I, s:f, s:b}",
                           "table_length", (json_int_t)t->quant.table_len, "remainder_bits",
                           t->quant.remainder_bits, "weight_bits", t->quant.weight_bits, "rms_output_error",
                           t->quant.rms_error, "worst_output_error", t->quant.worst_error, "k",
                           (int)t->layout.k, "lanes", (int)t->layout.lanes, "degree", (int)t->layout.degree,
                           "rows", (json_int_t)t->layout.rows, "table_rows", (json_int_t)t->layout.table_rows,
                           "proof_bytes", (json_int_t)t->layout.cost.proof_bytes, "seconds",
                           t->layout.cost.seconds, "chosen", (int)(i == c->chosen)));
    }
    return all;
}

json_t *hcl_quantize_report_json(const struct hcl_quantize_report *q)
{
    json_t *accuracy = json_pack("{s:f, s:f, s:f, s:f, s:I, s:I}", "limit", q->accuracy, "worst",
                                 q->worst_error, "mean", q->rms_error, "score_range", q->score_range,
                                 "samples", (json_int_t)q->num_compared, "equal_class", (json_int_t)q->agree);
    return json_pack("{s:I, s:i, s:i, s:I, s:i, s:i, s:s, s:s, s:f, s:I, s:I, s:o*}", "table_length",
                     (json_int_t)q->table_len, "remainder_bits", q->remainder_bits, "weight_bits",
                     q->weight_bits, "table_rows", (json_int_t)q->table_rows, "least_frac_bits",
                     q->least_frac_bits, "most_frac_bits", q->most_frac_bits, "calibration", q->calibration,
                     "ranges_rest_on", hcl_calibration_text(q), "range_margin", q->margin, "samples",
                     (json_int_t)q->num_samples, "settings_compared", (json_int_t)q->settings_compared,
                     "accuracy", accuracy);
}

json_t *hcl_search_cost_json(const struct hcl_search_cost *c)
{
    return json_pack("{s:I, s:I, s:I, s:f, s:f, s:I}", "settings", (json_int_t)c->settings, "most_settings",
                     (json_int_t)c->most_settings, "runs", (json_int_t)c->runs, "multiplications",
                     c->multiplications, "seconds", c->seconds, "peak_rss", (json_int_t)c->peak_rss);
}

const char *hcl_calibration_text(const struct hcl_quantize_report *q)
{
    if (strcmp(q->calibration, "synthetic") == 0)
        return "made-up images in [0, 1], for want of calibration samples";
    return strcmp(q->calibration, "one sample") == 0 ? "one calibration sample" : "calibration samples";
}

void hcl_choice_print(const struct hcl_choice *c, FILE *to)
{
    const struct hcl_quantize_report *q = &c->quant;
    fprintf(to,
            "tables of %zu entries, divisors up to 2^%d, weights of %d bits; tensors have %d to %d fraction "
            "bits\n"
            "errors of the outputs: %.2g of their range on average, at most %.2g; %zu of %zu samples in the "
            "float "
            "model's class\n"
            "scales and ranges rest on %zu %s; each range is at least %.3g times what they showed\n"
            "the search ran %zu settings, of at most %zu, and the float model on samples: %zu runs, %.2g "
            "multiplications, %.2f s, %.0f MiB\n"
            "settings that were laid out:\n%10s %9s %6s %6s %5s %4s %9s %9s %8s %8s\n",
            q->table_len, q->remainder_bits, q->weight_bits, q->least_frac_bits, q->most_frac_bits,
            q->rms_error, q->worst_error, q->agree, q->num_compared, q->num_samples, hcl_calibration_text(q),
            q->margin, c->cost.settings, c->cost.most_settings, c->cost.runs, c->cost.multiplications,
            c->cost.seconds, (double)c->cost.peak_rss / 0x1p20, "table", "remainder", "weight", "error",
            "lanes", "k", "rows", "tables", "proof", "seconds");
    for (size_t i = 0; i < c->num_tried; i++) {
        const struct hcl_choice_setting *t = &c->tried[i];
        fprintf(to, "%10zu %9d %6d %6.4f %5u %4u %9u %9u %8zu %8.2f%s\n", t->quant.table_len,
                t->quant.remainder_bits, t->quant.weight_bits, t->quant.worst_error, t->layout.lanes,
                t->layout.k, t->layout.rows, t->layout.table_rows, t->layout.cost.proof_bytes,
                t->layout.cost.seconds, i == c->chosen ? "  chosen" : "");
    }
}
