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
    MIN_TABLE_BITS = 8,
    MAX_TABLE_BITS = 16,
};
/* Two classes closer than this share of the error bound are a tie that rounding may decide. */
#define TIE_SHARE 0.25

void hcl_quantize_options_default(struct hcl_quantize_options *o)
{
    *o = (struct hcl_quantize_options){ .output_visibility = HCL_PUBLIC };
}

/* Options with every default filled in, and what the search needs. */
struct search {
    struct hcl_quantize_options o;
    const struct hcl_graph *graph;
    struct hcl_calibration calibration;
    float *synthetic; /* samples made here */
    struct hcl_err *err;
};

struct candidate {
    struct hcl_fx_graph fx;
    struct hcl_fx_setting setting;
    size_t rows;
    struct hcl_deviation deviation;
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
    HCL_TRY(check_bits(from->activation_bits, 1, 20, "activation bits", s->err));
    HCL_TRY(check_bits(from->weight_bits, 1, 20, "weight bits", s->err));
    HCL_TRY(check_bits(from->output_bits, 1, 20, "output bits", s->err));
    HCL_TRY(check_bits(from->table_bits, MIN_TABLE_BITS, 24, "table bits", s->err));
    if (!(from->margin >= 0 && from->margin < 100) || !(from->max_error >= 0 && from->max_error < 100))
        return hcl_fail(s->err, HCL_BAD_INPUT, "margin %g or error bound %g is not in 0..100", from->margin,
                        from->max_error);
    s->o.table_bits = from->table_bits != 0 ? from->table_bits : MAX_TABLE_BITS;
    s->o.output_bits = from->output_bits != 0 ? from->output_bits : 10;
    s->o.table_reserve = from->table_reserve != 0 ? from->table_reserve : 64;
    s->o.max_error = from->max_error != 0 ? from->max_error : 0.02;
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

/* Build a setting and, when its tables have at most max_rows rows, compare it with the float model. *fits
 * says whether it came to that. Ranges too wide for any table, or left by a sample, mean that it does not
 * fit. */
static hcl_status try_setting(struct search *s, int activation_bits, int weight_bits, size_t max_rows,
                              struct candidate *c, bool *fits, struct hcl_err *why)
{
    uint32_t widest;
    *fits = false;
    *c = (struct candidate){ .setting = { activation_bits, weight_bits, s->o.output_bits, s->o.margin } };
    hcl_status st =
        hcl_fx_build(&c->fx, s->graph, s->calibration.ranges.lo, s->calibration.ranges.hi, &c->setting, why);
    if (st == HCL_OK) {
        c->rows = hcl_fx_table_rows(&c->fx, &widest);
        if (c->rows > max_rows)
            st = hcl_fail(
                why, HCL_BAD_INPUT,
                "%s: its table alone has %lld rows at %d fraction bits, all tables %zu, expected at most %zu",
                widest != HCL_FX_NONE ? c->fx.nodes[widest].name : "the model",
                widest != HCL_FX_NONE ? (long long)(c->fx.nodes[widest].q_hi - c->fx.nodes[widest].q_lo + 1)
                                      : 0,
                activation_bits, c->rows, max_rows);
    }
    if (st == HCL_OK)
        st = hcl_calibration_compare(&s->calibration, &c->fx, TIE_SHARE * s->o.max_error, &c->deviation, why);
    *fits = st == HCL_OK;
    if (st != HCL_OK)
        hcl_fx_graph_clear(&c->fx);
    return st == HCL_NO_RESOURCE ? st : HCL_OK;
}

static bool accurate(const struct search *s, const struct candidate *c)
{
    return c->deviation.worst <= s->o.max_error &&
           c->deviation.agree + c->deviation.excused == s->calibration.num_samples;
}

/* The most accurate setting with at most max_rows rows. For each activation_bits only the largest weight_bits
 * that fit are worth trying. best->fx stays empty when nothing fits. */
static hcl_status best_within(struct search *s, size_t max_rows, struct candidate *best, struct hcl_err *why)
{
    int a = s->o.activation_bits != 0 ? s->o.activation_bits : MIN_BITS;
    int a_most = s->o.activation_bits != 0 ? a : MAX_BITS;
    *best = (struct candidate){ 0 };
    for (; a <= a_most; a++) {
        int w = s->o.weight_bits != 0 ? s->o.weight_bits : MAX_BITS;
        int w_least = s->o.weight_bits != 0 ? w : MIN_BITS;
        bool fits = false;
        for (; w >= w_least && !fits; w--) {
            struct candidate c;
            hcl_status st = try_setting(s, a, w, max_rows, &c, &fits, why);
            if (st != HCL_OK)
                return st;
            if (!fits)
                continue;
            bool better = best->fx.num_nodes == 0 || c.deviation.rms < best->deviation.rms;
            hcl_fx_graph_clear(better ? &best->fx : &c.fx);
            if (better)
                *best = c;
        }
    }
    return HCL_OK;
}

static hcl_status search(struct search *s, struct candidate *best)
{
    struct hcl_err why = { "no setting was tried" };
    for (int k = MIN_TABLE_BITS; k <= s->o.table_bits; k++) {
        size_t rows = (size_t)1 << k;
        if (rows <= s->o.table_reserve)
            continue;
        hcl_status st = best_within(s, rows - s->o.table_reserve, best, &why);
        if (st != HCL_OK)
            return hcl_fail(s->err, st, "%s", why.msg);
        if (best->fx.num_nodes != 0 && accurate(s, best))
            return HCL_OK;
        if (k < s->o.table_bits)
            hcl_fx_graph_clear(&best->fx);
    }
    if (best->fx.num_nodes == 0)
        return hcl_fail(s->err, HCL_BAD_INPUT, "the number range overflows: %s", why.msg);
    hcl_fail(
        s->err, HCL_BAD_INPUT,
        "no fixed-point setting within 2^%d table rows is accurate enough: the best (%d activation bits, %d "
        "weight"
        " bits) errs by %.2g of the output range, expected at most %.2g, and agrees on %zu of %zu samples",
        s->o.table_bits, best->setting.activation_bits, best->setting.weight_bits, best->deviation.worst,
        s->o.max_error, best->deviation.agree, s->calibration.num_samples);
    hcl_fx_graph_clear(&best->fx);
    return HCL_BAD_INPUT;
}

static void fill_report(struct hcl_quantize_report *r, const struct search *s, const struct candidate *c)
{
    *r = (struct hcl_quantize_report){ .activation_bits = c->setting.activation_bits,
                                       .weight_bits = c->setting.weight_bits,
                                       .table_rows = c->rows,
                                       .num_samples = s->calibration.num_samples,
                                       .agree = c->deviation.agree,
                                       .worst_error = c->deviation.worst };
    r->calibration = s->synthetic != NULL ? "synthetic" : r->num_samples == 1 ? "one sample" : "samples";
}

static hcl_status quantize(struct search *s, struct hcl_fx_graph *out, struct hcl_quantize_report *report)
{
    struct candidate best;
    hcl_status st;
    HCL_TRY(calibrate(s));
    HCL_TRY(search(s, &best));
    *out = best.fx;
    out->input_visibility = s->o.input_visibility;
    out->output_visibility = s->o.output_visibility;
    out->weight_visibility = s->o.weight_visibility;
    if (report != NULL)
        fill_report(report, s, &best);
done:
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
