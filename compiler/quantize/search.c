/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/search.h"
#include "common/sys/mem.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/build.h"
#include "compiler/quantize/calibrate.h"
#include "compiler/quantize/synthetic.h"
#include <math.h>

enum {
    FEW_SAMPLES = 8,
    MIN_BITS = 3,
    MAX_BITS = 14,
    MOST_BITS = 20, /* on request */
    MIN_TABLE_BITS = HCL_MIN_TABLE_BITS,
    MAX_TABLE_BITS = 16,
    MARGIN_STEPS = 10,
};
/* Ranges are widened to at most this many times their length at each end. */
#define MOST_MARGIN 4.0
/* What is known of a setting: nothing, its table rows, or also how accurate it is. */
struct candidate {
    enum { UNKNOWN, IMPOSSIBLE, SIZED, COMPARED } known;
    struct hcl_fx_setting setting;
    size_t rows;
    struct hcl_deviation deviation;
};

/* Options with every default filled in, and what the search needs. */
struct hcl_search {
    struct hcl_quantize_options o;
    struct hcl_graph graph;
    struct hcl_calibration calibration;
    float *synthetic;             /* samples made here */
    struct candidate *candidates; /* [activation bits][weight bits], 0..MOST_BITS each */
    struct hcl_err why;           /* why the last setting that was tried is impossible */
};

static hcl_status check_bits(int v, int least, int most, const char *what, struct hcl_err *err)
{
    if (v == 0 || (v >= least && v <= most))
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT, "%s is %d, expected %d..%d", what, v, least, most);
}

static hcl_status resolve_options(struct hcl_search *s, const struct hcl_quantize_options *from,
                                  struct hcl_err *err)
{
    hcl_status st;
    s->o = *from;
    HCL_TRY(check_bits(from->activation_bits, 1, MOST_BITS, "activation bits", err));
    HCL_TRY(check_bits(from->weight_bits, 1, MOST_BITS, "weight bits", err));
    HCL_TRY(check_bits(from->output_bits, 1, MOST_BITS, "output bits", err));
    HCL_TRY(check_bits(from->table_bits, MIN_TABLE_BITS, 24, "table bits", err));
    if (!(from->margin >= 0 && from->margin < 100) || !(from->max_error >= 0 && from->max_error < 100))
        return hcl_fail(err, HCL_BAD_INPUT, "margin %g or error bound %g is not in 0..100", from->margin,
                        from->max_error);
    s->o.table_bits = from->table_bits != 0 ? from->table_bits : MAX_TABLE_BITS;
    s->o.output_bits = from->output_bits != 0 ? from->output_bits : 10;
    s->o.table_reserve = from->table_reserve != 0 ? from->table_reserve : 64;
    s->o.max_error = from->max_error != 0 ? from->max_error : 0.015;
done:
    return st;
}

static hcl_status make_synthetic(struct hcl_search *s, const struct hcl_tensor *x, struct hcl_err *err)
{
    size_t len = hcl_tensor_len(x);
    hcl_status st = hcl_mem_alloc((void **)&s->synthetic, HCL_SYNTHETIC_SAMPLES * len, sizeof *s->synthetic,
                                  "synthetic samples", err);
    if (st == HCL_OK)
        hcl_synthetic_samples(s->synthetic, x->dims);
    s->o.samples = (struct hcl_samples){ s->synthetic, HCL_SYNTHETIC_SAMPLES, len };
    return st;
}

static hcl_status calibrate(struct hcl_search *s, struct hcl_err *err)
{
    const struct hcl_graph *g = &s->graph;
    if (g->num_inputs != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "the model has %zu inputs, expected 1", g->num_inputs);
    const struct hcl_tensor *x = &g->tensors[g->inputs[0]];
    hcl_status st = HCL_OK;
    if (s->o.samples.data == NULL || s->o.samples.count == 0)
        HCL_TRY(make_synthetic(s, x, err));
    if (s->o.samples.len != hcl_tensor_len(x))
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "a calibration sample has %zu elements, expected %zu: input '%s' has shape [%u,%u,%u,%u]",
            s->o.samples.len, hcl_tensor_len(x), x->name, x->dims[0], x->dims[1], x->dims[2], x->dims[3]);
    if (s->o.margin == 0)
        s->o.margin = s->synthetic != NULL || s->o.samples.count < FEW_SAMPLES ? 0.5 : 0.25;
    HCL_TRY(hcl_calibrate(&s->calibration, g, s->o.samples.data, s->o.samples.count, err));
done:
    return st;
}

static hcl_status build(struct hcl_search *s, const struct candidate *c, struct hcl_fx_graph *fx)
{
    return hcl_fx_build(fx, &s->graph, s->calibration.ranges.lo, s->calibration.ranges.hi, &c->setting,
                        &s->why);
}

static void explain_rows(struct hcl_search *s, const struct hcl_fx_graph *fx, uint32_t widest,
                         const struct candidate *c, size_t max_rows)
{
    const struct hcl_fx_node *n = &fx->nodes[widest];
    hcl_fail(&s->why, HCL_BAD_INPUT,
             "%s: values %lld..%lld at %d fraction bits need %lld table rows, all tables %zu, expected at "
             "most %zu",
             n->name, (long long)n->q_lo, (long long)n->q_hi, c->setting.activation_bits,
             (long long)n->q_hi - n->q_lo + 1, c->rows, max_rows);
}

/* Learn as much about a setting as is needed: accuracy only when its tables have at most max_rows rows. A
 * setting whose numbers overflow, or whose ranges a sample leaves, is impossible. */
static hcl_status assess(struct hcl_search *s, struct candidate *c, size_t max_rows)
{
    struct hcl_fx_graph fx;
    uint32_t widest;
    if (c->known == IMPOSSIBLE || c->known == COMPARED || (c->known == SIZED && c->rows > max_rows))
        return HCL_OK;
    hcl_status st = build(s, c, &fx);
    if (st == HCL_OK) {
        c->rows = hcl_fx_table_rows(&fx, &widest);
        c->known = SIZED;
        if (c->rows > max_rows && widest != HCL_FX_NONE)
            explain_rows(s, &fx, widest, c, max_rows);
    }
    if (st == HCL_OK && c->rows <= max_rows) {
        st = hcl_calibration_compare(&s->calibration, &fx, s->o.max_error, &c->deviation, &s->why);
        c->known = COMPARED;
    }
    hcl_fx_graph_clear(&fx);
    if (st == HCL_BAD_INPUT)
        c->known = IMPOSSIBLE;
    return st == HCL_BAD_INPUT ? HCL_OK : st;
}

/* Made-up samples belong to no class: their scores alone count. Else the class must be the float model's,
 * unless two scores are so close that rounding may decide. */
static bool accurate(const struct hcl_search *s, const struct candidate *c)
{
    const struct hcl_deviation *d = &c->deviation;
    bool agrees = d->agree + d->excused == s->calibration.num_compared;
    return d->rms <= s->o.max_error && (agrees || s->synthetic != NULL);
}

static int least_bits(int wanted)
{
    return wanted != 0 ? wanted : MIN_BITS;
}

static int most_bits(int wanted)
{
    return wanted != 0 ? wanted : MAX_BITS;
}

static struct candidate *candidate_at(struct hcl_search *s, int activation_bits, int weight_bits)
{
    struct candidate *c = &s->candidates[activation_bits * (MOST_BITS + 1) + weight_bits];
    c->setting = (struct hcl_fx_setting){ activation_bits, weight_bits, s->o.output_bits, s->o.margin };
    return c;
}

/* The largest weight_bits up to *w that fit at these activation_bits: fewer are hardly ever more accurate. *w
 * goes down to it, or below the least when none fits. */
static hcl_status widest_weights(struct hcl_search *s, int activation_bits, size_t max_rows, int *w,
                                 const struct candidate **out)
{
    *out = NULL;
    for (; *w >= least_bits(s->o.weight_bits); --*w) {
        struct candidate *c = candidate_at(s, activation_bits, *w);
        hcl_status st = assess(s, c, max_rows);
        if (st != HCL_OK)
            return st;
        if (c->known == COMPARED && c->rows <= max_rows) {
            *out = c;
            return HCL_OK;
        }
    }
    return HCL_OK;
}

/* The most accurate setting with at most max_rows rows, or NULL. More activation bits leave room for fewer
 * weight bits, so w only goes down. */
static hcl_status best_within(struct hcl_search *s, size_t max_rows, const struct candidate **best)
{
    int w = most_bits(s->o.weight_bits);
    *best = NULL;
    for (int a = least_bits(s->o.activation_bits); a <= most_bits(s->o.activation_bits); a++) {
        const struct candidate *c;
        hcl_status st = widest_weights(s, a, max_rows, &w, &c);
        if (st != HCL_OK || c == NULL)
            return st;
        if (*best == NULL || c->deviation.rms < (*best)->deviation.rms)
            *best = c;
    }
    return HCL_OK;
}

/* Weight bits that hardly help only take rows: go down while the error grows by no more than a tenth in all.
 * What is not accurate enough is not going to be used: nothing is saved there. */
static hcl_status drop_idle_bits(struct hcl_search *s, size_t max_rows, const struct candidate **best)
{
    const struct candidate *widest = *best;
    for (int w = widest->setting.weight_bits - 1; w >= least_bits(s->o.weight_bits); w--) {
        struct candidate *c = candidate_at(s, widest->setting.activation_bits, w);
        hcl_status st = assess(s, c, max_rows);
        if (st != HCL_OK)
            return st;
        if (c->known != COMPARED || c->rows > (*best)->rows ||
            c->deviation.rms > 1.1 * widest->deviation.rms || accurate(s, c) != accurate(s, widest))
            break;
        *best = c;
    }
    return HCL_OK;
}

static struct hcl_setting describe(const struct hcl_search *s, const struct candidate *c)
{
    return (struct hcl_setting){ .activation_bits = c->setting.activation_bits,
                                 .weight_bits = c->setting.weight_bits,
                                 .margin = c->setting.margin,
                                 .table_rows = c->rows,
                                 .agree = c->deviation.agree,
                                 .worst = c->deviation.worst,
                                 .rms = c->deviation.rms,
                                 .accurate = accurate(s, c) };
}

hcl_status hcl_search_best(struct hcl_search *s, size_t max_rows, struct hcl_setting *out, bool *found,
                           struct hcl_err *err)
{
    const struct candidate *best;
    hcl_status st = best_within(s, max_rows, &best);
    if (st == HCL_OK && best != NULL && accurate(s, best))
        st = drop_idle_bits(s, max_rows, &best);
    if (st != HCL_OK)
        return hcl_fail(err, st, "%s", s->why.msg);
    *found = best != NULL;
    if (best != NULL)
        *out = describe(s, best);
    return HCL_OK;
}

hcl_status hcl_search_build(struct hcl_search *s, const struct hcl_setting *setting, struct hcl_fx_graph *out,
                            struct hcl_err *err)
{
    const struct hcl_fx_setting fx = { setting->activation_bits, setting->weight_bits, s->o.output_bits,
                                       setting->margin };
    hcl_status st =
        hcl_fx_build(out, &s->graph, s->calibration.ranges.lo, s->calibration.ranges.hi, &fx, err);
    out->input_visibility = s->o.input_visibility;
    out->output_visibility = s->o.output_visibility;
    out->weight_visibility = s->o.weight_visibility;
    return st;
}

/* Rows at another margin; SIZE_MAX where the numbers overflow. */
static hcl_status rows_at(struct hcl_search *s, struct hcl_setting setting, double margin, size_t *rows)
{
    struct hcl_fx_graph fx;
    uint32_t widest;
    setting.margin = margin;
    hcl_status st = hcl_search_build(s, &setting, &fx, &s->why);
    *rows = st == HCL_OK ? hcl_fx_table_rows(&fx, &widest) : SIZE_MAX;
    hcl_fx_graph_clear(&fx);
    return st == HCL_BAD_INPUT ? HCL_OK : st;
}

hcl_status hcl_search_widen(struct hcl_search *s, struct hcl_setting *setting, size_t max_rows,
                            struct hcl_err *err)
{
    for (int i = 0; i < MARGIN_STEPS; i++) {
        const double step = ldexp(MOST_MARGIN, -1 - i);
        size_t rows;
        if (setting->margin + step > MOST_MARGIN)
            continue;
        hcl_status st = rows_at(s, *setting, setting->margin + step, &rows);
        if (st != HCL_OK)
            return hcl_fail(err, st, "%s", s->why.msg);
        if (rows > max_rows)
            continue;
        setting->margin += step;
        setting->table_rows = rows;
    }
    return HCL_OK;
}

/* Not even the smallest setting fits: say what is in its way at the full table size. */
static hcl_status fail_overflow(struct hcl_search *s, struct hcl_err *err)
{
    struct candidate *c = candidate_at(s, least_bits(s->o.activation_bits), least_bits(s->o.weight_bits));
    c->known = UNKNOWN;
    hcl_status st = assess(s, c, ((size_t)1 << s->o.table_bits) - s->o.table_reserve);
    return hcl_fail(err, st != HCL_OK ? st : HCL_BAD_INPUT, "the number range overflows: %s", s->why.msg);
}

hcl_status hcl_search_fail(struct hcl_search *s, const struct hcl_setting *best, struct hcl_err *err)
{
    if (best == NULL)
        return fail_overflow(s, err);
    return hcl_fail(
        err, HCL_BAD_INPUT,
        "no fixed-point setting within 2^%d table rows is accurate enough: the best (%d activation bits, %d"
        " weight bits) errs by %.2g of the scores' range, expected at most %.2g, and agrees on %zu of %zu"
        " samples",
        s->o.table_bits, best->activation_bits, best->weight_bits, best->rms, s->o.max_error, best->agree,
        s->calibration.num_compared);
}

int hcl_search_table_bits(const struct hcl_search *s)
{
    return s->o.table_bits;
}

size_t hcl_search_reserve(const struct hcl_search *s)
{
    return s->o.table_reserve;
}

void hcl_search_report(const struct hcl_search *s, const struct hcl_setting *setting,
                       struct hcl_quantize_report *out)
{
    *out = (struct hcl_quantize_report){ .activation_bits = setting->activation_bits,
                                         .weight_bits = setting->weight_bits,
                                         .table_rows = setting->table_rows,
                                         .margin = setting->margin,
                                         .num_samples = s->calibration.num_samples,
                                         .num_compared = s->calibration.num_compared,
                                         .agree = setting->agree,
                                         .worst_error = setting->worst,
                                         .rms_error = setting->rms,
                                         .score_range = s->calibration.score_range,
                                         .accuracy = s->o.max_error };
    out->calibration = s->synthetic != NULL ? "synthetic" : out->num_samples == 1 ? "one sample" : "samples";
}

static hcl_status open_search(struct hcl_search *s, const char *path, struct hcl_err *err)
{
    hcl_status st;
    snprintf(s->why.msg, sizeof s->why.msg, "no setting was tried");
    HCL_TRY(hcl_tflite_import(&s->graph, path, s->o.signature, err));
    HCL_TRY(hcl_graph_optimize(&s->graph, s->o.dump_after, s->o.dump_to, err));
    s->candidates = calloc((MOST_BITS + 1) * (MOST_BITS + 1), sizeof *s->candidates);
    if (s->candidates == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the search");
    HCL_TRY(calibrate(s, err));
done:
    return st;
}

hcl_status hcl_search_open(struct hcl_search **out, const char *path,
                           const struct hcl_quantize_options *options, struct hcl_err *err)
{
    struct hcl_search *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the search");
    hcl_status st = resolve_options(s, options, err);
    if (st == HCL_OK)
        st = open_search(s, path, err);
    if (st != HCL_OK) {
        hcl_search_close(s);
        return st;
    }
    *out = s;
    return HCL_OK;
}

void hcl_search_close(struct hcl_search *s)
{
    if (s == NULL)
        return;
    free(s->candidates);
    hcl_calibration_clear(&s->calibration);
    hcl_graph_clear(&s->graph);
    hcl_mem_free(s->synthetic);
    free(s);
}
