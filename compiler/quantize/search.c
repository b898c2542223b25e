/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/search.h"
#include "common/sys/clock.h"
#include "common/sys/mem.h"
#include "compiler/operators/operator.h"
#include "compiler/quantize/build.h"
#include "compiler/quantize/calibrate.h"
#include "compiler/quantize/equalize.h"
#include "compiler/quantize/equalize_layers.h"
#include "compiler/quantize/synthetic.h"
#include <math.h>
#include <string.h>

enum {
    FEW_SAMPLES = 8,
    LEAST_COMPARED = 4,
    MAX_WEIGHT_BITS = 16,
    MAX_OUTPUT_BITS = 20,
    /* tables of 2^(n/4) entries are tried */
    LEAST_QUARTER_BITS = 24,
    MOST_QUARTER_BITS = 4 * HCL_MAX_TABLE_BITS,
    LEAST_REMAINDER_BITS = 2,
    MOST_REMAINDER_BITS = 16,
    MOST_COMPARED_SETTINGS = 64,
    SKETCH_BITS = 8
};

/* Multiplications of one comparison, in the search and of what is chosen. */
#define SEARCH_WORK 0x1p31
#define CONFIRM_WORK 0x1p33
/* Of the accuracy that is asked for, the largest error on the samples may be WORST_SHARE: other inputs may
 * err a little more than these few. The mean error may be RMS_SHARE, the angle of half of the samples'
 * scores to the float model's at most ANGLE_SHARE: a cosine of 0.9995 at 0.02. */
#define WORST_SHARE 0.8
#define RMS_SHARE (1.0 / 3)
#define ANGLE_SHARE 1.6
#define SYNTHETIC_RMS_SHARE (1.0 / 2)
/* What a setting's run takes of a run of the float model, as long as none was seen. */
#define FIXED_RUN 0.7
/* Layouts are sketched where calibration is so many multiplications for each element of the model: else they
 * take longer than it. */
#define WORTH_SKETCHING 200
/* Where no setting leaves each pixel of an image within the largest error, so many of them may be beyond. */
#define PIXELS_BEYOND (1.0 / 50)

/* A setting by its number, and what is known of it. */
struct candidate {
    struct hcl_setting setting;
    double noise; /* predicted, to order by */
    enum { SIZED, COMPARED, IMPOSSIBLE } known;
};

/* Options with every default filled in, and what the search needs. */
struct hcl_search {
    struct hcl_quantize_options o;
    struct hcl_graph *graph;        /* borrowed */
    struct hcl_equalized equalized; /* what fixed-point graphs are made of */
    struct hcl_calibration calibration;
    float *synthetic; /* samples made here */
    double work;      /* multiplications of one sample */
    bool has_shared;
    bool of_images; /* what hcl_search_of_images asks for */
    struct candidate compared[MOST_COMPARED_SETTINGS];
    size_t num_compared;
    size_t runs;        /* of a sample */
    double started;     /* hcl_clock_seconds */
    double run_seconds; /* of one run, as those of a kind went so far */
    size_t fixed_runs;  /* by settings */
    double fixed_seconds;
    void (*on_compared)(void *ctx); /* or NULL */
    void *on_compared_ctx;
    struct hcl_err why; /* why the last setting that was tried is impossible */
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
    HCL_TRY(check_bits(from->table_bits, HCL_MIN_TABLE_BITS, HCL_MAX_TABLE_BITS, "table bits", err));
    HCL_TRY(check_bits(from->weight_bits, 2, MAX_WEIGHT_BITS, "weight bits", err));
    HCL_TRY(check_bits(from->output_bits, 1, MAX_OUTPUT_BITS, "output bits", err));
    if (from->margin != 0 && !(from->margin >= 1 && from->margin < 100))
        return hcl_fail(err, HCL_BAD_INPUT, "the margin is %g, expected 1..100", from->margin);
    if (!(from->accuracy >= 0 && from->accuracy <= 1))
        return hcl_fail(err, HCL_BAD_INPUT, "the accuracy is %g, expected a share of the scores' range",
                        from->accuracy);
    s->o.output_bits = from->output_bits;
    s->o.accuracy = from->accuracy != 0 ? from->accuracy : 0.02;
    s->o.max_rows = from->max_rows != 0 ? from->max_rows : SIZE_MAX;
done:
    return st;
}

static hcl_status make_synthetic(struct hcl_search *s, struct hcl_err *err)
{
    const struct hcl_graph *g = s->graph;
    const size_t len = hcl_graph_input_len(g);
    size_t first = 0;
    hcl_status st = hcl_mem_alloc((void **)&s->synthetic, HCL_SYNTHETIC_SAMPLES * len, sizeof *s->synthetic,
                                  "synthetic samples", err);
    for (size_t i = 0; st == HCL_OK && i < g->num_inputs; i++) {
        const struct hcl_tensor *x = &g->tensors[g->inputs[i]];
        if (x->numbers > 0)
            hcl_synthetic_numbers(s->synthetic + first, len, hcl_tensor_len(x), x->numbers);
        else
            hcl_synthetic_samples(s->synthetic + first, len, x->dims);
        first += hcl_tensor_len(x);
    }
    s->o.samples = (struct hcl_samples){ s->synthetic, HCL_SYNTHETIC_SAMPLES, len };
    return st;
}

static hcl_status calibrate(struct hcl_search *s, struct hcl_err *err)
{
    const struct hcl_graph *g = s->graph;
    hcl_status st = HCL_OK;
    if (s->o.samples.data == NULL || s->o.samples.count == 0)
        HCL_TRY(make_synthetic(s, err));
    if (s->o.samples.len != hcl_graph_input_len(g))
        return hcl_fail(err, HCL_BAD_INPUT,
                        "a calibration sample has %zu elements, expected %zu: as many as the %zu inputs of "
                        "the model have",
                        s->o.samples.len, hcl_graph_input_len(g), g->num_inputs);
    if (s->o.margin == 0)
        s->o.margin = s->synthetic != NULL || s->o.samples.count < FEW_SAMPLES ? 3 : 2;
    const double start = hcl_clock_seconds();
    HCL_TRY(hcl_calibrate(&s->calibration, g, s->o.samples.data, s->o.samples.count, err));
    s->runs += s->o.samples.count;
    s->run_seconds = FIXED_RUN * (hcl_clock_seconds() - start) / (double)s->o.samples.count;
done:
    return st;
}

/* Multiplications of all linear nodes. */
static double work_of(const struct hcl_graph *g)
{
    double work = 1;
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *n = &g->nodes[i];
        const struct hcl_tensor *y = &g->tensors[n->output];
        if (hcl_operator_of(n->op)->filter)
            work +=
                (double)hcl_tensor_len(y) / y->dims[3] * (double)hcl_tensor_len(&g->tensors[n->inputs[1]]);
    }
    return work;
}

static size_t samples_within(const struct hcl_search *s, double work)
{
    const size_t all = s->calibration.num_compared;
    const double most = work / s->work;
    if (most >= (double)all || all <= LEAST_COMPARED)
        return all;
    return most > LEAST_COMPARED ? (size_t)most : LEAST_COMPARED;
}

static struct hcl_fx_setting fx_setting(const struct hcl_search *s, const struct hcl_setting *setting)
{
    return (struct hcl_fx_setting){ .table_len = setting->table_len,
                                    .remainder_bits = setting->remainder_bits,
                                    .weight_bits = setting->weight_bits,
                                    .output_bits = s->o.output_bits,
                                    .margin = s->o.margin,
                                    .one_scale = setting->one_scale,
                                    .stretch = setting->stretch };
}

static struct hcl_setting setting_of(const struct hcl_search *s, size_t table_len, int remainder_bits)
{
    return (struct hcl_setting){ .table_len = table_len,
                                 .remainder_bits = remainder_bits,
                                 .weight_bits = s->o.weight_bits != 0 ? s->o.weight_bits : MAX_WEIGHT_BITS,
                                 .one_scale = true,
                                 .stretch = 1 };
}

struct hcl_setting hcl_search_nominal(const struct hcl_search *s, int bits)
{
    struct hcl_setting t = setting_of(s, (size_t)1 << (s->o.table_bits != 0 ? s->o.table_bits : bits), bits);
    t.one_scale = false;
    return t;
}

/* Made-up samples belong to no class and are unlike what is going to be proved: the mean error alone counts.
 */
static double error_of(const struct hcl_search *s, const struct hcl_setting *t)
{
    return s->synthetic != NULL
               ? t->rms / SYNTHETIC_RMS_SHARE
               : fmax(fmax((s->of_images ? t->worst_plain : t->worst) / WORST_SHARE, t->rms / RMS_SHARE),
                      t->angle / ANGLE_SHARE);
}

/* The class must be the float model's, unless two scores are so close that rounding may decide. */
static bool accurate(const struct hcl_search *s, const struct hcl_setting *t)
{
    if (error_of(s, t) > s->o.accuracy)
        return false;
    if (s->of_images)
        return t->beyond <= PIXELS_BEYOND && t->plain_differ == 0;
    return s->synthetic != NULL || t->agree + t->excused == t->num_compared;
}

static hcl_status set_shift(struct hcl_fx_tensor *x, const int8_t *shift, struct hcl_err *err)
{
    if (shift == NULL)
        return HCL_OK;
    x->channel_shift = malloc(x->dims[3] * sizeof *x->channel_shift);
    if (x->channel_shift == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the scales of %u channels", x->dims[3]);
    memcpy(x->channel_shift, shift, x->dims[3] * sizeof *x->channel_shift);
    return HCL_OK;
}

/* A layer's result of this name and shape, for reports; HCL_FX_NONE: none. */
static uint32_t computed_like(const struct hcl_fx_graph *fx, const struct hcl_tensor *t)
{
    for (size_t i = 0; i < fx->num_nodes; i++) {
        const struct hcl_fx_tensor *x = &fx->tensors[fx->nodes[i].output];
        bool result = false;
        for (size_t o = 0; o < fx->num_outputs; o++)
            result |= fx->outputs[o] == fx->nodes[i].output;
        if (!result && x->channel_shift == NULL && strcmp(x->name, t->name) == 0 &&
            memcmp(x->dims, t->dims, sizeof x->dims) == 0)
            return fx->nodes[i].output;
    }
    return HCL_FX_NONE;
}

static hcl_status build(const struct hcl_search *s, const struct hcl_setting *t, struct hcl_fx_graph *out,
                        struct hcl_err *err)
{
    const struct hcl_fx_setting setting = fx_setting(s, t);
    hcl_status st = hcl_fx_build(out, &s->equalized.graph, s->calibration.most, &setting, err);
    for (size_t i = 0; st == HCL_OK && i < out->num_inputs; i++)
        st = set_shift(&out->tensors[out->inputs[i]], s->calibration.channel_shift[i], err);
    for (uint32_t i = 0; st == HCL_OK && i < s->graph->num_tensors; i++) {
        const int8_t *shift = s->equalized.shift[i];
        const uint32_t x = shift != NULL ? computed_like(out, &s->graph->tensors[i]) : HCL_FX_NONE;
        if (x != HCL_FX_NONE)
            st = set_shift(&out->tensors[x], shift, err);
    }
    if (st != HCL_OK)
        hcl_fx_graph_clear(out);
    return st;
}

/* What settings take, building included. */
static void note_pace(struct hcl_search *s, double seconds, size_t runs)
{
    s->runs += runs;
    s->fixed_runs += runs;
    s->fixed_seconds += seconds;
    s->run_seconds = s->fixed_seconds / (double)s->fixed_runs;
    if (s->on_compared)
        s->on_compared(s->on_compared_ctx);
}

/* Run num samples through a setting whose tables have at most max_rows rows; *ran is false if they have more.
 */
static hcl_status compare(struct hcl_search *s, struct hcl_setting *t, size_t num, size_t max_rows, bool *ran)
{
    const double start = hcl_clock_seconds();
    struct hcl_fx_graph fx;
    struct hcl_deviation d = { 0 };
    hcl_status st = build(s, t, &fx, &s->why);
    *ran = false;
    if (st == HCL_OK)
        st = hcl_fx_table_rows(&fx, &t->table_rows, &s->why);
    if (st == HCL_OK)
        *ran = t->table_rows <= max_rows;
    if (st == HCL_OK && *ran) {
        st = hcl_calibration_compare(&s->calibration, &fx, num, s->o.accuracy, WORST_SHARE * s->o.accuracy,
                                     &d, &s->why);
    }
    t->num_compared = num;
    t->agree = d.agree;
    t->excused = d.excused;
    t->worst = d.worst;
    t->worst_plain = d.worst_plain;
    t->beyond = d.pixels > 0 ? (double)d.beyond / (double)d.pixels : 0;
    t->plain_differ = d.plain_differ;
    t->rms = d.rms;
    t->angle = d.angle;
    t->accurate = accurate(s, t);
    hcl_fx_graph_clear(&fx);
    if (st == HCL_OK && *ran)
        note_pace(s, hcl_clock_seconds() - start, num);
    return st;
}

static struct candidate *find_compared(struct hcl_search *s, const struct hcl_setting *t)
{
    for (size_t i = 0; i < s->num_compared; i++)
        if (s->compared[i].setting.table_len == t->table_len &&
            s->compared[i].setting.remainder_bits == t->remainder_bits &&
            s->compared[i].setting.one_scale == t->one_scale)
            return &s->compared[i];
    return NULL;
}

/* What the samples say of a setting, asked once, when its tables fit. A setting whose numbers overflow is
 * impossible. *out: NULL if there is nothing to be said. */
static hcl_status assess(struct hcl_search *s, const struct hcl_setting *t, size_t max_rows,
                         const struct candidate **out)
{
    struct candidate *c = find_compared(s, t);
    hcl_status st = HCL_OK;
    bool ran = false;
    *out = NULL;
    if (c == NULL && s->num_compared == MOST_COMPARED_SETTINGS)
        return HCL_OK;
    if (c == NULL) {
        c = &s->compared[s->num_compared++];
        *c = (struct candidate){ .setting = *t };
    }
    if (c->known == SIZED) {
        st = compare(s, &c->setting, samples_within(s, SEARCH_WORK), max_rows, &ran);
        c->known = st == HCL_BAD_INPUT ? IMPOSSIBLE : ran ? COMPARED : SIZED;
    }
    if (c->known == COMPARED && c->setting.table_rows <= max_rows)
        *out = c;
    return st == HCL_BAD_INPUT ? HCL_OK : st;
}

/* Rows, and the noise of all roundings: each of an input or a quotient adds about 0.3 of its unit, where
 * values are about an eighth of the range; each of a weight 0.3 of its unit, where weights are a quarter of
 * the largest. */
static hcl_status size_up(struct hcl_search *s, const struct hcl_setting *t, double *rows, double *noise)
{
    const struct hcl_fx_setting fs = fx_setting(s, t);
    const struct hcl_graph *g = &s->equalized.graph;
    const double *most = s->calibration.most;
    struct hcl_scales scales = { 0 };
    hcl_status st = hcl_scales_choose(&scales, g, most, &fs, &s->why);
    *noise = 0;
    if (st == HCL_OK)
        st = hcl_scales_table_rows(rows, &scales, g, most, &fs, &s->why);
    if (st == HCL_OK) {
        for (size_t i = 0; i < g->num_inputs; i++)
            if (g->tensors[g->inputs[i]].numbers == 0)
                *noise = hypot(*noise, 1 / (double)hcl_scales_reach(&scales, most, &fs, g->inputs[i]));
        for (size_t i = 0; i < g->num_nodes; i++) {
            const struct hcl_node *n = &g->nodes[i];
            const double quotient = (double)hcl_scales_reach(&scales, most, &fs, n->output);
            *noise = hypot(*noise, 1 / quotient);
            if (hcl_node_arity(n) > 1 && g->tensors[n->inputs[1]].data != NULL)
                *noise = hypot(*noise, 2 / (1 + ldexp(most[n->inputs[1]], scales.weight[i])));
        }
    }
    hcl_scales_clear(&scales);
    return st;
}

/* Keep the HCL_SETTINGS_PER_SIZE of least predicted noise, in its order. */
static void keep_promising(struct candidate *list, const struct candidate *c)
{
    size_t i = HCL_SETTINGS_PER_SIZE;
    while (i > 0 && c->noise < list[i - 1].noise)
        i--;
    if (i == HCL_SETTINGS_PER_SIZE)
        return;
    for (size_t j = HCL_SETTINGS_PER_SIZE - 1; j > i; j--)
        list[j] = list[j - 1];
    list[i] = *c;
}

/* The largest S that fits beside tables of so many entries. */
static hcl_status promise_of(struct hcl_search *s, size_t table_len, bool one_scale, size_t max_rows,
                             struct candidate *list)
{
    for (int bits = MOST_REMAINDER_BITS; bits >= LEAST_REMAINDER_BITS; bits--) {
        struct candidate c = { .setting = setting_of(s, table_len, bits) };
        double rows = 0;
        c.setting.one_scale = one_scale;
        hcl_status st = size_up(s, &c.setting, &rows, &c.noise);
        if (st != HCL_OK)
            return st;
        if (rows > (double)max_rows)
            continue;
        keep_promising(list, &c);
        return HCL_OK;
    }
    return HCL_OK;
}

static hcl_status list_promising(struct hcl_search *s, size_t max_rows, struct candidate *list)
{
    const int only = 4 * s->o.table_bits;
    hcl_status st = HCL_OK;
    for (int i = 0; i < HCL_SETTINGS_PER_SIZE; i++)
        list[i] = (struct candidate){ .noise = INFINITY };
    for (int n = only ? only : LEAST_QUARTER_BITS; n <= (only ? only : MOST_QUARTER_BITS); n++) {
        HCL_TRY(promise_of(s, (size_t)round(exp2(n / 4.0)), true, max_rows, list));
        if (s->has_shared)
            HCL_TRY(promise_of(s, (size_t)round(exp2(n / 4.0)), false, max_rows, list));
    }
done:
    return st;
}

static bool better(const struct hcl_search *s, const struct hcl_setting *a, const struct hcl_setting *b)
{
    return a->accurate != b->accurate ? a->accurate : error_of(s, a) < error_of(s, b);
}

/* The best of those that promise most within `listed` rows by formula, and have max_rows at most. */
static hcl_status best_of(struct hcl_search *s, size_t listed, size_t max_rows, const struct candidate **best)
{
    struct candidate list[HCL_SETTINGS_PER_SIZE];
    hcl_status st = list_promising(s, listed, list);
    for (size_t i = 0; st == HCL_OK && i < HCL_SETTINGS_PER_SIZE && isfinite(list[i].noise); i++) {
        const struct candidate *c;
        st = assess(s, &list[i].setting, max_rows, &c);
        if (st == HCL_OK && c != NULL && (*best == NULL || better(s, &c->setting, &(*best)->setting)))
            *best = c;
    }
    return st;
}

hcl_status hcl_search_best(struct hcl_search *s, size_t max_rows, struct hcl_setting *out, bool *found,
                           struct hcl_err *err)
{
    const struct candidate *best = NULL;
    hcl_status st;
    max_rows = max_rows < s->o.max_rows ? max_rows : s->o.max_rows;
    /* interval analysis cuts some ranges: a formula's quarter too many may fit */
    HCL_TRY(best_of(s, max_rows + max_rows / 4, max_rows, &best));
    HCL_TRY(best_of(s, max_rows, max_rows, &best));
    /* or more than it says may be needed */
    for (size_t listed = max_rows / 2; best == NULL && listed >= max_rows / 4; listed /= 2)
        HCL_TRY(best_of(s, listed, max_rows, &best));
    *found = best != NULL;
    if (best != NULL)
        *out = best->setting;
done:
    return st == HCL_OK ? st : hcl_fail(err, st, "%s", s->why.msg);
}

bool hcl_search_of_images(struct hcl_search *s)
{
    const struct hcl_graph *g = s->calibration.graph;
    if (s->of_images || s->synthetic != NULL)
        return false;
    for (size_t o = 0; o < g->num_outputs; o++)
        s->of_images = s->of_images || hcl_is_image(g->tensors[s->calibration.score[o]].dims);
    for (size_t i = 0; s->of_images && i < s->num_compared; i++)
        s->compared[i].setting.accurate = accurate(s, &s->compared[i].setting);
    return s->of_images;
}

hcl_status hcl_search_confirm(struct hcl_search *s, struct hcl_setting *setting, struct hcl_err *err)
{
    const size_t num = samples_within(s, CONFIRM_WORK);
    struct candidate *c = find_compared(s, setting);
    hcl_status st = HCL_OK;
    if (num > setting->num_compared) {
        bool ran;
        st = compare(s, setting, num, SIZE_MAX, &ran);
        if (c != NULL)
            c->setting = *setting;
    }
    return st == HCL_OK ? st : hcl_fail(err, st, "%s", s->why.msg);
}

static void set_visibility(const struct hcl_search *s, struct hcl_fx_graph *out)
{
    out->input_visibility = s->o.input_visibility;
    out->output_visibility = s->o.output_visibility;
    out->weight_visibility = s->o.weight_visibility;
}

hcl_status hcl_search_build(struct hcl_search *s, const struct hcl_setting *setting, struct hcl_fx_graph *out,
                            struct hcl_err *err)
{
    const hcl_status st = build(s, setting, out, err);
    set_visibility(s, out);
    return st;
}

/* Not even the smallest setting fits, or none can be built: why. */
static hcl_status fail_rows(struct hcl_search *s, size_t max_rows, struct hcl_err *err)
{
    struct hcl_setting least = hcl_search_nominal(s, LEAST_QUARTER_BITS / 4);
    double rows = 0, noise;
    hcl_status st = size_up(s, &least, &rows, &noise);
    max_rows = max_rows < s->o.max_rows ? max_rows : s->o.max_rows;
    if (st == HCL_OK && rows > (double)max_rows)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "the smallest look-up tables need %.0f rows, expected at most %zu", rows, max_rows);
    return hcl_fail(err, st != HCL_OK ? st : HCL_BAD_INPUT, "%s", s->why.msg);
}

/* " 'name' is the first ..." or nothing. */
static void print_blame(struct hcl_search *s, const struct hcl_setting *best, char *text, size_t size)
{
    struct hcl_fx_graph fx;
    struct hcl_err err;
    double error;
    text[0] = '\0';
    if (build(s, best, &fx, &err) == HCL_OK) {
        const uint32_t t = hcl_calibration_blame(&s->calibration, &fx, s->o.accuracy, &error);
        if (t != HCL_FX_NONE)
            snprintf(text, size, "; tensor '%.100s' errs by %.2g of its range on average%s",
                     fx.tensors[t].name, error, error > s->o.accuracy ? ", the first beyond the limit" : "");
    }
    hcl_fx_graph_clear(&fx);
}

hcl_status hcl_search_fail(struct hcl_search *s, const struct hcl_setting *best, size_t max_rows,
                           struct hcl_err *err)
{
    char failed[384] = "", blame[256];
    int n = 0;
    if (best == NULL)
        return fail_rows(s, max_rows, err);
    if (best->worst > s->o.accuracy * WORST_SHARE && s->synthetic == NULL)
        n += snprintf(failed + n, sizeof failed - (size_t)n,
                      ", a score is off by %.2g of their range, expected"
                      " at most %.2g",
                      best->worst, s->o.accuracy * WORST_SHARE);
    const double rms = s->o.accuracy * (s->synthetic != NULL ? SYNTHETIC_RMS_SHARE : RMS_SHARE);
    if (best->rms > rms)
        n += snprintf(failed + n, sizeof failed - (size_t)n, ", on average by %.2g, expected at most %.2g",
                      best->rms, rms);
    if (s->synthetic == NULL && best->angle > s->o.accuracy * ANGLE_SHARE)
        n += snprintf(failed + n, sizeof failed - (size_t)n,
                      ", half of the samples have scores at a cosine of less than %.5f to the float model's,"
                      " expected %.5f",
                      cos(best->angle), cos(s->o.accuracy * ANGLE_SHARE));
    if (s->synthetic == NULL && best->agree + best->excused < best->num_compared)
        snprintf(
            failed + n, sizeof failed - (size_t)n,
            ", %zu of %zu samples have another class than the float model's, expected none but near ties",
            best->num_compared - best->agree - best->excused, best->num_compared);
    print_blame(s, best, blame, sizeof blame);
    return hcl_fail(
        err, HCL_BAD_INPUT,
        "no fixed-point setting is accurate enough: with the best (tables of %zu entries, divisors"
        " up to 2^%d, %d weight bits)%s%s; --accuracy allows more",
        best->table_len, best->remainder_bits, best->weight_bits, failed[0] ? failed + 1 : "", blame);
}

double hcl_search_left(const struct hcl_search *s, size_t settings)
{
    const size_t each = samples_within(s, SEARCH_WORK), last = samples_within(s, CONFIRM_WORK);
    return s->run_seconds * (double)(settings * each + (settings > 0 ? last - each : 0));
}

void hcl_search_watch(struct hcl_search *s, void (*on_compared)(void *ctx), void *ctx)
{
    s->on_compared = on_compared;
    s->on_compared_ctx = ctx;
}

struct hcl_search_cost hcl_search_cost(const struct hcl_search *s)
{
    return (struct hcl_search_cost){ .settings = s->num_compared,
                                     .most_settings = MOST_COMPARED_SETTINGS,
                                     .runs = s->runs,
                                     .multiplications = (double)s->runs * s->work,
                                     .seconds = hcl_clock_seconds() - s->started,
                                     .peak_rss = hcl_mem_peak_rss() };
}

static void report_bits(struct hcl_quantize_report *out, const struct hcl_fx_graph *fx)
{
    bool any = false;
    for (uint32_t t = 0; t < fx->num_tensors; t++) {
        const int bits = fx->tensors[t].frac_bits;
        if (fx->tensors[t].data != NULL)
            continue;
        out->least_frac_bits = any && out->least_frac_bits < bits ? out->least_frac_bits : bits;
        out->most_frac_bits = any && out->most_frac_bits > bits ? out->most_frac_bits : bits;
        any = true;
    }
}

hcl_status hcl_search_report(const struct hcl_search *s, const struct hcl_setting *setting,
                             const struct hcl_fx_graph *fx, struct hcl_quantize_report *out,
                             struct hcl_err *err)
{
    *out = (struct hcl_quantize_report){ .of_images = s->of_images,
                                         .table_len = setting->table_len,
                                         .remainder_bits = setting->remainder_bits,
                                         .weight_bits = setting->weight_bits,
                                         .margin = s->o.margin * setting->stretch,
                                         .num_samples = s->calibration.num_samples,
                                         .num_compared = setting->num_compared,
                                         .agree = setting->agree,
                                         .worst_error = setting->worst,
                                         .rms_error = setting->rms,
                                         .score_range = s->calibration.score_range,
                                         .probability_range = s->calibration.probability_range,
                                         .accuracy = s->o.accuracy,
                                         .settings_compared = s->num_compared };
    report_bits(out, fx);
    out->calibration = s->synthetic != NULL ? "synthetic" : out->num_samples == 1 ? "one sample" : "samples";
    return hcl_fx_table_rows(fx, &out->table_rows, err);
}

static hcl_status prepare(struct hcl_search *s, const struct hcl_quantize_options *options,
                          struct hcl_err *err)
{
    hcl_status st;
    s->started = hcl_clock_seconds();
    snprintf(s->why.msg, sizeof s->why.msg, "no setting was tried");
    HCL_TRY(resolve_options(s, options, err));
    s->work = work_of(s->graph);
    for (size_t i = 0; i < s->graph->num_nodes; i++)
        for (size_t j = 0; j < i; j++)
            s->has_shared |= hcl_scales_share(&s->graph->nodes[j], &s->graph->nodes[i]);
    HCL_TRY(calibrate(s, err));
    HCL_TRY(hcl_equalize_inputs(s->graph, &s->calibration, s->o.margin, s->o.accuracy / 4, err));
    HCL_TRY(hcl_equalize_layers(&s->equalized, &s->calibration, s->o.margin, err));
done:
    return st;
}

/* Samples that calibration will have: the model's, or those that are made up. */
static size_t samples_of(const struct hcl_quantize_options *o)
{
    return o->samples.data != NULL ? o->samples.count : HCL_SYNTHETIC_SAMPLES;
}

static hcl_status build_sketch(struct hcl_search *s, const struct hcl_quantize_options *options,
                               struct hcl_fx_graph *out, double *seconds, struct hcl_err *err)
{
    const struct hcl_setting nominal = setting_of(s, (size_t)1 << SKETCH_BITS, SKETCH_BITS);
    hcl_status st;
    HCL_TRY(resolve_options(s, options, err));
    const size_t samples = samples_of(&s->o);
    if (s->o.samples.count > 1)
        s->o.samples.count = 1;
    HCL_TRY(calibrate(s, err));
    const struct hcl_fx_setting setting = fx_setting(s, &nominal);
    HCL_TRY(hcl_fx_build(out, s->graph, s->calibration.most, &setting, err));
    set_visibility(s, out);
    s->calibration.num_compared = samples < HCL_COMPARED_MAX ? samples : HCL_COMPARED_MAX;
    *seconds = s->run_seconds / FIXED_RUN * (double)samples + hcl_search_left(s, HCL_USUAL_SETTINGS);
done:
    return st;
}

hcl_status hcl_search_sketch(struct hcl_graph *g, const struct hcl_quantize_options *options,
                             struct hcl_fx_graph *out, double *seconds, struct hcl_err *err)
{
    struct hcl_search s = { .graph = g, .work = work_of(g) };
    const hcl_status st = build_sketch(&s, options, out, seconds, err);
    hcl_calibration_clear(&s.calibration);
    hcl_mem_free(s.synthetic);
    return st;
}

bool hcl_search_sketch_pays(const struct hcl_graph *g, const struct hcl_quantize_options *options)
{
    double elements = 0;
    for (size_t i = 0; i < g->num_tensors; i++)
        elements += (double)hcl_tensor_len(&g->tensors[i]);
    return (double)samples_of(options) * work_of(g) > WORTH_SKETCHING * elements;
}

hcl_status hcl_search_open(struct hcl_search **out, struct hcl_graph *g,
                           const struct hcl_quantize_options *options, struct hcl_err *err)
{
    struct hcl_search *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the search");
    s->graph = g;
    hcl_status st = prepare(s, options, err);
    if (st == HCL_OK)
        *out = s;
    else
        hcl_search_close(s);
    return st;
}

void hcl_search_close(struct hcl_search *s)
{
    if (s == NULL)
        return;
    hcl_equalized_clear(&s->equalized);
    hcl_calibration_clear(&s->calibration);
    hcl_mem_free(s->synthetic);
    free(s);
}
