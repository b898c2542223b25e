/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/quantize.h"
#include "common/sys/mem.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/build.h"
#include "compiler/quantize/calibrate.h"
#include <math.h>

enum {
    FEW_SAMPLES = 8,
    SYNTHETIC_SAMPLES = 16,
    MIN_BITS = 3,
    MAX_BITS = 14,
    MOST_BITS = 20, /* on request */
    MIN_TABLE_BITS = 8,
    MAX_TABLE_BITS = 16,
};
/* Two classes closer than this share of the error bound are a tie that rounding may decide. */
#define TIE_SHARE 0.25

void hcl_quantize_options_default(struct hcl_quantize_options *o)
{
    *o = (struct hcl_quantize_options){ .output_visibility = HCL_PUBLIC };
}

/* What is known of a setting: nothing, its table rows, or also how accurate it is. */
struct candidate {
    enum { UNKNOWN, IMPOSSIBLE, SIZED, COMPARED } known;
    struct hcl_fx_setting setting;
    size_t rows;
    struct hcl_deviation deviation;
};

/* Options with every default filled in, and what the search needs. */
struct search {
    struct hcl_quantize_options o;
    const struct hcl_graph *graph;
    struct hcl_calibration calibration;
    float *synthetic;             /* samples made here */
    struct candidate *candidates; /* [activation bits][weight bits], 0..MOST_BITS each */
    struct hcl_err why;           /* why the last setting that was tried is impossible */
    struct hcl_err *err;
};

static hcl_status check_bits(int v, int least, int most, const char *what, struct hcl_err *err)
{
    if (v == 0 || (v >= least && v <= most))
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT, "%s is %d, expected %d..%d", what, v, least, most);
}

static hcl_status resolve_options(struct search *s, const struct hcl_quantize_options *from)
{
    hcl_status st;
    s->o = *from;
    HCL_TRY(check_bits(from->activation_bits, 1, MOST_BITS, "activation bits", s->err));
    HCL_TRY(check_bits(from->weight_bits, 1, MOST_BITS, "weight bits", s->err));
    HCL_TRY(check_bits(from->output_bits, 1, MOST_BITS, "output bits", s->err));
    HCL_TRY(check_bits(from->table_bits, MIN_TABLE_BITS, 24, "table bits", s->err));
    if (!(from->margin >= 0 && from->margin < 100) || !(from->max_error >= 0 && from->max_error < 100))
        return hcl_fail(s->err, HCL_BAD_INPUT, "margin %g or error bound %g is not in 0..100", from->margin,
                        from->max_error);
    s->o.table_bits = from->table_bits != 0 ? from->table_bits : MAX_TABLE_BITS;
    s->o.output_bits = from->output_bits != 0 ? from->output_bits : 10;
    s->o.table_reserve = from->table_reserve != 0 ? from->table_reserve : 64;
    s->o.max_error = from->max_error != 0 ? from->max_error : 0.04;
done:
    return st;
}

/* Uniform in [0, 1) from a fixed seed (splitmix64), so that equal models give equal circuits. */
static hcl_status make_synthetic(struct search *s, size_t len)
{
    uint64_t state = 0;
    hcl_status st = hcl_mem_alloc((void **)&s->synthetic, SYNTHETIC_SAMPLES * len, sizeof *s->synthetic,
                                  "synthetic samples", s->err);
    for (size_t i = 0; st == HCL_OK && i < SYNTHETIC_SAMPLES * len; i++) {
        uint64_t z = state += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        s->synthetic[i] = (float)((z ^ z >> 31) >> 40) * 0x1p-24f;
    }
    s->o.samples = s->synthetic;
    s->o.num_samples = SYNTHETIC_SAMPLES;
    s->o.sample_len = len;
    return st;
}

static hcl_status calibrate(struct search *s)
{
    const struct hcl_graph *g = s->graph;
    if (g->num_inputs != 1)
        return hcl_fail(s->err, HCL_BAD_INPUT, "the model has %zu inputs, expected 1", g->num_inputs);
    const struct hcl_tensor *x = &g->tensors[g->inputs[0]];
    hcl_status st = HCL_OK;
    if (s->o.samples == NULL || s->o.num_samples == 0)
        HCL_TRY(make_synthetic(s, hcl_tensor_len(x)));
    if (s->o.sample_len != hcl_tensor_len(x))
        return hcl_fail(
            s->err, HCL_BAD_INPUT,
            "a calibration sample has %zu elements, expected %zu: input '%s' has shape [%u,%u,%u,%u]",
            s->o.sample_len, hcl_tensor_len(x), x->name, x->dims[0], x->dims[1], x->dims[2], x->dims[3]);
    if (s->o.margin == 0)
        s->o.margin = s->synthetic != NULL || s->o.num_samples < FEW_SAMPLES ? 1.0 : 0.5;
    HCL_TRY(hcl_calibrate(&s->calibration, g, s->o.samples, s->o.num_samples, s->err));
done:
    return st;
}

static hcl_status build(struct search *s, const struct candidate *c, struct hcl_fx_graph *fx)
{
    return hcl_fx_build(fx, s->graph, s->calibration.ranges.lo, s->calibration.ranges.hi, &c->setting,
                        &s->why);
}

static void explain_rows(struct search *s, const struct hcl_fx_graph *fx, uint32_t widest,
                         const struct candidate *c, size_t max_rows)
{
    const struct hcl_fx_node *n = &fx->nodes[widest];
    hcl_fail(&s->why, HCL_BAD_INPUT,
             "%s: values %lld..%lld at %d fraction bits need %lld table rows, all tables %zu, expected at "
             "most %zu",
             n->name, (long long)n->q_lo, (long long)n->q_hi, c->setting.activation_bits,
             (long long)(n->q_hi - n->q_lo + 1), c->rows, max_rows);
}

/* Learn as much about a setting as is needed: accuracy only when its tables have at most max_rows rows. A
 * setting whose numbers overflow, or whose ranges a sample leaves, is impossible. */
static hcl_status assess(struct search *s, struct candidate *c, size_t max_rows)
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
        st =
            hcl_calibration_compare(&s->calibration, &fx, TIE_SHARE * s->o.max_error, &c->deviation, &s->why);
        c->known = COMPARED;
    }
    hcl_fx_graph_clear(&fx);
    if (st == HCL_BAD_INPUT)
        c->known = IMPOSSIBLE;
    return st == HCL_BAD_INPUT ? HCL_OK : st;
}

static bool accurate(const struct search *s, const struct candidate *c)
{
    return c->deviation.worst <= s->o.max_error &&
           c->deviation.agree + c->deviation.excused == s->calibration.num_compared;
}

static int least_bits(int wanted)
{
    return wanted != 0 ? wanted : MIN_BITS;
}

static int most_bits(int wanted)
{
    return wanted != 0 ? wanted : MAX_BITS;
}

static struct candidate *candidate_at(struct search *s, int activation_bits, int weight_bits)
{
    struct candidate *c = &s->candidates[activation_bits * (MOST_BITS + 1) + weight_bits];
    c->setting = (struct hcl_fx_setting){ activation_bits, weight_bits, s->o.output_bits, s->o.margin };
    return c;
}

/* The largest weight_bits up to *w that fit at these activation_bits: fewer are hardly ever more accurate. *w
 * goes down to it, or below the least when none fits. */
static hcl_status widest_weights(struct search *s, int activation_bits, size_t max_rows, int *w,
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
static hcl_status best_within(struct search *s, size_t max_rows, const struct candidate **best)
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

/* Not even the smallest setting fits: say what is in its way at the full table size. */
static hcl_status fail_overflow(struct search *s)
{
    struct candidate *c = candidate_at(s, least_bits(s->o.activation_bits), least_bits(s->o.weight_bits));
    c->known = UNKNOWN;
    hcl_status st = assess(s, c, ((size_t)1 << s->o.table_bits) - s->o.table_reserve);
    return hcl_fail(s->err, st != HCL_OK ? st : HCL_BAD_INPUT, "the number range overflows: %s", s->why.msg);
}

static hcl_status fail_search(struct search *s, const struct candidate *best)
{
    if (best == NULL)
        return fail_overflow(s);
    return hcl_fail(
        s->err, HCL_BAD_INPUT,
        "no fixed-point setting within 2^%d table rows is accurate enough: the best (%d activation bits, %d"
        " weight bits) errs by %.2g of the scores' range, expected at most %.2g, and agrees on %zu of %zu"
        " samples",
        s->o.table_bits, best->setting.activation_bits, best->setting.weight_bits, best->deviation.worst,
        s->o.max_error, best->deviation.agree, s->calibration.num_compared);
}

static hcl_status search(struct search *s, const struct candidate **best)
{
    *best = NULL;
    snprintf(s->why.msg, sizeof s->why.msg, "no setting was tried");
    for (int k = MIN_TABLE_BITS; k <= s->o.table_bits; k++) {
        size_t rows = (size_t)1 << k;
        if (rows <= s->o.table_reserve)
            continue;
        hcl_status st = best_within(s, rows - s->o.table_reserve, best);
        if (st != HCL_OK)
            return hcl_fail(s->err, st, "%s", s->why.msg);
        if (*best != NULL && accurate(s, *best))
            return HCL_OK;
    }
    return fail_search(s, *best);
}

static void fill_report(struct hcl_quantize_report *r, const struct search *s, const struct candidate *c)
{
    *r = (struct hcl_quantize_report){ .activation_bits = c->setting.activation_bits,
                                       .weight_bits = c->setting.weight_bits,
                                       .table_rows = c->rows,
                                       .num_samples = s->calibration.num_samples,
                                       .num_compared = s->calibration.num_compared,
                                       .agree = c->deviation.agree,
                                       .worst_error = c->deviation.worst };
    r->calibration = s->synthetic != NULL ? "synthetic" : r->num_samples == 1 ? "one sample" : "samples";
}

static hcl_status quantize(struct search *s, struct hcl_fx_graph *out, struct hcl_quantize_report *report)
{
    const struct candidate *best = NULL;
    hcl_status st;
    s->candidates = calloc((MOST_BITS + 1) * (MOST_BITS + 1), sizeof *s->candidates);
    if (s->candidates == NULL)
        return hcl_fail(s->err, HCL_NO_RESOURCE, "no memory for the search");
    HCL_TRY(calibrate(s));
    HCL_TRY(search(s, &best));
    st = build(s, best, out);
    if (st != HCL_OK) {
        hcl_fail(s->err, st, "%s", s->why.msg);
        goto done;
    }
    out->input_visibility = s->o.input_visibility;
    out->output_visibility = s->o.output_visibility;
    out->weight_visibility = s->o.weight_visibility;
    if (report != NULL)
        fill_report(report, s, best);
done:
    free(s->candidates);
    hcl_calibration_clear(&s->calibration);
    hcl_mem_free(s->synthetic);
    return st;
}

hcl_status hcl_model_to_fixed_report(const char *path, const struct hcl_quantize_options *options,
                                     struct hcl_fx_graph *out, struct hcl_quantize_report *report,
                                     struct hcl_err *err)
{
    struct hcl_graph graph = { 0 };
    struct search s = { .graph = &graph, .err = err };
    hcl_status st;
    *out = (struct hcl_fx_graph){ 0 };
    HCL_TRY(resolve_options(&s, options));
    HCL_TRY(hcl_tflite_import(&graph, path, err));
    st = hcl_graph_optimize(&graph, options->dump_after, options->dump_to, err);
    if (st == HCL_OK)
        st = quantize(&s, out, report);
    if (st != HCL_OK)
        hcl_fail_prefix(err, st, "'%s'", path);
done:
    hcl_graph_clear(&graph);
    return st;
}

hcl_status hcl_model_to_fixed(const char *path, const struct hcl_quantize_options *options,
                              struct hcl_fx_graph *out, struct hcl_err *err)
{
    return hcl_model_to_fixed_report(path, options, out, NULL, err);
}
