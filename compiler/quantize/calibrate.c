/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/calibrate.h"
#include "common/sys/mem.h"
#include "compiler/fixed/interpret.h"
#include "compiler/graph/products.h"
#include "compiler/operators/operator.h"
#include "compiler/primitives/primitive.h"
#include "compiler/quantize/scales.h"
#include <math.h>
#include <string.h>

uint32_t hcl_score_tensor(const struct hcl_graph *g, uint32_t output)
{
    for (size_t i = g->num_nodes; i-- > 0;)
        if (g->nodes[i].output == output) {
            if (!hcl_primitive_of(hcl_operator_of(g->nodes[i].op)->primitive)->scores)
                return output;
            output = g->nodes[i].inputs[0];
        }
    return output;
}

void hcl_scale_channels(float *x, size_t len, uint32_t channels, const int8_t *shift)
{
    for (size_t i = 0; i < len; i++)
        x[i] = ldexpf(x[i], shift[i % channels]);
}

void hcl_calibration_set(const struct hcl_calibration *c, const struct hcl_graph *g,
                         struct hcl_float_values *v, size_t sample)
{
    hcl_float_set_inputs(v, g, c->samples + sample * c->sample_len);
    for (size_t i = 0; i < g->num_inputs; i++)
        if (c->channel_shift[i] != NULL)
            hcl_scale_channels(v->tensor[g->inputs[i]], hcl_tensor_len(&g->tensors[g->inputs[i]]),
                               g->tensors[g->inputs[i]].dims[3], c->channel_shift[i]);
}

static hcl_status check_samples(const struct hcl_calibration *c, struct hcl_err *err)
{
    for (size_t i = 0; i < c->num_samples * c->sample_len; i++)
        if (!isfinite(c->samples[i]))
            return hcl_fail(err, HCL_BAD_INPUT,
                            "calibration sample %zu is %g at element %zu, expected a finite number",
                            i / c->sample_len, (double)c->samples[i], i % c->sample_len);
    return HCL_OK;
}

static hcl_status allocate(struct hcl_calibration *c, struct hcl_err *err)
{
    const struct hcl_graph *g = c->graph;
    hcl_status st;
    c->score = calloc(g->num_outputs, sizeof *c->score);
    c->most = calloc(2 * g->num_tensors + 1, sizeof *c->most);
    c->channel_shift = calloc(g->num_inputs + 1, sizeof *c->channel_shift);
    if (c->score == NULL || c->most == NULL || c->channel_shift == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu outputs", g->num_outputs);
    for (size_t o = 0; o < g->num_outputs; o++) {
        c->score[o] = hcl_score_tensor(g, g->outputs[o]);
        c->score_len += hcl_tensor_len(&g->tensors[c->score[o]]);
    }
    HCL_TRY(hcl_float_values_init(&c->ranges, g, err));
    HCL_TRY(hcl_mem_alloc((void **)&c->scores, c->num_compared * c->score_len, sizeof *c->scores,
                          "calibration", err));
done:
    return st;
}

static void keep_scores(struct hcl_calibration *c, const struct hcl_float_values *v, size_t sample)
{
    float *to = c->scores + sample * c->score_len;
    for (size_t o = 0; o < c->graph->num_outputs; o++) {
        size_t len = hcl_tensor_len(&c->graph->tensors[c->score[o]]);
        memcpy(to, v->tensor[c->score[o]], len * sizeof *to);
        to += len;
    }
}

static void find_score_range(struct hcl_calibration *c)
{
    float lo = c->scores[0], hi = lo;
    for (size_t i = 1; i < c->num_compared * c->score_len; i++) {
        lo = fminf(lo, c->scores[i]);
        hi = fmaxf(hi, c->scores[i]);
    }
    c->score_range = hi > lo ? (double)(hi - lo) : 1;
}

/* Whether an output is made of a SOFTMAX's results. */
static bool is_probability(const struct hcl_graph *g, uint32_t output)
{
    for (size_t i = g->num_nodes; i-- > 0 && g->tensors[output].numbers == 0;)
        if (g->nodes[i].output == output) {
            if (g->nodes[i].op == HCL_OP_SOFTMAX)
                return true;
            if (!hcl_primitive_of(hcl_operator_of(g->nodes[i].op)->primitive)->scores)
                return false;
            output = g->nodes[i].inputs[0];
        }
    return false;
}

/* lo, hi: of each output that is a probability, so far. */
static void note_probabilities(struct hcl_calibration *c, const struct hcl_float_values *v, float *lo,
                               float *hi)
{
    for (size_t o = 0; o < c->graph->num_outputs; o++) {
        const uint32_t t = c->graph->outputs[o];
        for (size_t i = 0; is_probability(c->graph, t) && i < hcl_tensor_len(&c->graph->tensors[t]); i++) {
            *lo = fminf(*lo, v->tensor[t][i]);
            *hi = fmaxf(*hi, v->tensor[t][i]);
        }
    }
    c->probability_range = *hi > *lo ? (double)(*hi - *lo) : 0;
}

static void widen(struct hcl_float_values *to, const struct hcl_float_values *v)
{
    for (size_t t = 0; t < to->num_tensors; t++) {
        to->lo[t] = fmin(to->lo[t], v->lo[t]);
        to->hi[t] = fmax(to->hi[t], v->hi[t]);
    }
}

/* Samples first..first+count-1 through the float model. */
static hcl_status evaluate(struct hcl_calibration *c, struct hcl_float_values *v, size_t first, size_t count,
                           float *lo, float *hi, struct hcl_err *err)
{
    const struct hcl_graph *g = c->graph;
    for (size_t k = 0; k < count; k++)
        hcl_calibration_set(c, g, &v[k], first + k);
    hcl_status st = hcl_graph_evaluate_batch(g, v, count, err);
    if (st != HCL_OK)
        return st;
    for (size_t k = 0; k < count; k++) {
        if (first + k < c->num_compared)
            keep_scores(c, &v[k], first + k);
        note_probabilities(c, &v[k], lo, hi);
    }
    return HCL_OK;
}

static hcl_status evaluate_all(struct hcl_calibration *c, struct hcl_err *err)
{
    const size_t batch = hcl_graph_batch(c->graph);
    struct hcl_float_values v[HCL_MOST_BATCH] = { { 0 } };
    float lo = INFINITY, hi = -INFINITY;
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < batch && k < c->num_samples; k++)
        HCL_TRY(hcl_float_values_init(&v[k], c->graph, err));
    for (size_t i = 0; i < c->num_samples; i += batch)
        HCL_TRY(evaluate(c, v, i, c->num_samples - i < batch ? c->num_samples - i : batch, &lo, &hi, err));
    for (size_t k = 0; k < batch && k < c->num_samples; k++)
        widen(&c->ranges, &v[k]);
done:
    for (size_t k = 0; k < batch; k++)
        hcl_float_values_clear(&v[k]);
    return st;
}

hcl_status hcl_calibrate(struct hcl_calibration *c, const struct hcl_graph *g, const float *samples,
                         size_t num_samples, struct hcl_err *err)
{
    hcl_status st;
    *c = (struct hcl_calibration){ .graph = g, .samples = samples, .num_samples = num_samples };
    c->num_compared = num_samples < HCL_COMPARED_MAX ? num_samples : HCL_COMPARED_MAX;
    c->sample_len = hcl_graph_input_len(g);
    HCL_TRY(check_samples(c, err));
    HCL_TRY(allocate(c, err));
    HCL_TRY(evaluate_all(c, err));
    find_score_range(c);
    hcl_scales_magnitudes(c->most, g, c->ranges.lo, c->ranges.hi);
done:
    if (st != HCL_OK)
        hcl_calibration_clear(c);
    return st;
}

void hcl_calibration_clear(struct hcl_calibration *c)
{
    hcl_float_values_clear(&c->ranges);
    hcl_mem_free_secret(c->scores);
    for (size_t i = 0; c->channel_shift != NULL && i < c->graph->num_inputs; i++)
        free(c->channel_shift[i]);
    free(c->channel_shift);
    free(c->score);
    free(c->most);
    *c = (struct hcl_calibration){ 0 };
}

uint32_t hcl_fx_score_tensor(const struct hcl_fx_graph *fx, uint32_t output)
{
    for (size_t i = fx->num_nodes; i-- > 0;)
        if (fx->nodes[i].output == output) {
            if (!hcl_primitive_of(fx->nodes[i].op)->scores)
                return output;
            output = fx->nodes[i].inputs[0];
        }
    return output;
}

bool hcl_fx_is_probability(const struct hcl_fx_graph *fx, uint32_t output)
{
    for (size_t i = fx->num_nodes; i-- > 0 && !fx->tensors[output].whole;)
        if (fx->nodes[i].output == output) {
            if (fx->nodes[i].op == HCL_FX_SOFTMAX)
                return true;
            if (!hcl_primitive_of(fx->nodes[i].op)->scores)
                return false;
            output = fx->nodes[i].inputs[0];
        }
    return false;
}

/* The angle between two vectors of these squared lengths and product; 0 if either has no direction, or only a
 * sign. */
static double angle_of(double a, double b, double product, size_t len)
{
    const double cosine = a > 0 && b > 0 && len > 1 ? product / sqrt(a * b) : 1;
    return cosine < 1 ? acos(fmax(cosine, -1)) : 0;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One output of one sample; d->rms is a sum of squares. Returns false when the arg-max differs; *gap is then
 * the float scores' distance. */
static bool compare_scores(const float *want, const int64_t *got, size_t len, int frac_bits,
                           struct hcl_deviation *d, double *angle, double *gap)
{
    double of_want = 0, of_got = 0, product = 0;
    size_t best_want = 0, best_got = 0;
    for (size_t i = 0; i < len; i++) {
        const double g = ldexp((double)got[i], -frac_bits), w = (double)want[i];
        d->worst = fmax(d->worst, fabs(g - w));
        d->rms += (g - w) * (g - w);
        of_want += w * w;
        of_got += g * g;
        product += g * w;
        best_want = want[i] > want[best_want] ? i : best_want;
        best_got = got[i] > got[best_got] ? i : best_got;
    }
    *angle = angle_of(of_want, of_got, product, len);
    *gap = (double)(want[best_want] - want[best_got]);
    return best_want == best_got;
}

bool hcl_is_image(const uint32_t dims[4])
{
    return (size_t)dims[1] * dims[2] >= 1024;
}

static size_t count_beyond(const float *want, const int64_t *got, size_t len, int frac_bits, double limit)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += fabs(ldexp((double)got[i], -frac_bits) - (double)want[i]) > limit;
    return n;
}

/* tie, limit: of scores as they are. */
static void compare_sample(const struct hcl_calibration *c, size_t sample, const struct hcl_fx_graph *fx,
                           const struct hcl_fx_values *v, double tie, double limit, double *angles,
                           struct hcl_deviation *out)
{
    const float *want = c->scores + sample * c->score_len;
    bool agree = true, excused = true, plain_differs = false;
    for (size_t o = 0; o < fx->num_outputs; o++) {
        uint32_t t = hcl_fx_score_tensor(fx, fx->outputs[o]);
        size_t len = hcl_fx_tensor_len(fx, t);
        const int bits = fx->tensors[t].frac_bits;
        const bool image = hcl_is_image(fx->tensors[t].dims);
        struct hcl_deviation own = { 0 };
        double gap;
        if (!compare_scores(want, v->tensor[t], len, bits, &own, &angles[sample * fx->num_outputs + o],
                            &gap)) {
            agree = false;
            excused = excused && gap < tie;
            plain_differs = plain_differs || (!image && gap >= tie);
        }
        out->rms += own.rms;
        out->worst = fmax(out->worst, own.worst);
        if (image) {
            out->beyond += count_beyond(want, v->tensor[t], len, bits, limit);
            out->pixels += len;
        } else {
            out->worst_plain = fmax(out->worst_plain, own.worst);
        }
        want += len;
    }
    out->plain_differ += plain_differs;
    out->agree += agree;
    out->excused += !agree && excused;
}

hcl_status hcl_calibration_compare(const struct hcl_calibration *c, const struct hcl_fx_graph *fx, size_t num,
                                   double tie, double limit, struct hcl_deviation *out, struct hcl_err *err)
{
    const size_t batch = hcl_fx_batch(fx);
    struct hcl_fx_values v[HCL_MOST_BATCH] = { { 0 } };
    double *angles;
    hcl_status st = HCL_OK;
    *out = (struct hcl_deviation){ 0 };
    angles = malloc((num * fx->num_outputs + 1) * sizeof *angles);
    if (angles == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compare %zu samples", num);
    for (size_t k = 0; k < batch && k < num; k++)
        HCL_TRY(hcl_fx_values_init(&v[k], fx, err));
    for (size_t i = 0; i < num; i += batch) {
        const size_t count = num - i < batch ? num - i : batch;
        for (size_t k = 0; k < count; k++)
            HCL_TRY(hcl_fx_set_inputs(fx, &v[k], c->samples + (i + k) * c->sample_len, err));
        HCL_TRY(hcl_interpret_batch(fx, v, count, err));
        for (size_t k = 0; k < count; k++)
            compare_sample(c, i + k, fx, &v[k], tie * c->score_range, limit * c->score_range, angles, out);
    }
    out->rms = sqrt(out->rms / (double)(num * c->score_len)) / c->score_range;
    out->worst /= c->score_range;
    out->worst_plain /= c->score_range;
    qsort(angles, num * fx->num_outputs, sizeof *angles, compare_doubles);
    out->angle = angles[num * fx->num_outputs / 2];
done:
    free(angles);
    for (size_t k = 0; k < batch; k++)
        hcl_fx_values_clear(&v[k]);
    return st;
}

/* Root mean square of a tensor's error over the range of its values. */
static double relative_error(const float *want, const int64_t *got, size_t len, const struct hcl_fx_tensor *t)
{
    double lo = 0, hi = 0, sum = 0;
    for (size_t i = 0; i < len; i++) {
        const double w = (double)want[i], d = ldexp((double)got[i], -hcl_fx_element_bits(t, i)) - w;
        lo = fmin(lo, w);
        hi = fmax(hi, w);
        sum += d * d;
    }
    return hi > lo ? sqrt(sum / (double)len) / (hi - lo) : 0;
}

/* The float tensor that a computed fixed one stands for: they have the same name. */
static uint32_t float_tensor(const struct hcl_graph *g, const struct hcl_fx_graph *fx, uint32_t t)
{
    for (uint32_t f = 0; f < g->num_tensors; f++)
        if (g->tensors[f].data == NULL && strcmp(g->tensors[f].name, fx->tensors[t].name) == 0 &&
            hcl_tensor_len(&g->tensors[f]) == hcl_fx_tensor_len(fx, t))
            return f;
    return HCL_GRAPH_NONE;
}

static uint32_t find_blame(struct hcl_calibration *c, const struct hcl_fx_graph *fx,
                           const struct hcl_fx_values *v, double bound, double *error)
{
    uint32_t worst = HCL_FX_NONE;
    *error = 0;
    for (uint32_t t = 0; t < fx->num_tensors && *error <= bound; t++) {
        const uint32_t f = fx->tensors[t].data == NULL ? float_tensor(c->graph, fx, t) : HCL_GRAPH_NONE;
        if (f == HCL_GRAPH_NONE)
            continue;
        const double e =
            relative_error(c->ranges.tensor[f], v->tensor[t], hcl_fx_tensor_len(fx, t), &fx->tensors[t]);
        if (worst == HCL_FX_NONE || e > *error) {
            worst = t;
            *error = e;
        }
    }
    return worst;
}

uint32_t hcl_calibration_blame(struct hcl_calibration *c, const struct hcl_fx_graph *fx, double bound,
                               double *error)
{
    struct hcl_err err;
    struct hcl_fx_values v;
    uint32_t found = HCL_FX_NONE;
    hcl_calibration_set(c, c->graph, &c->ranges, 0);
    if (hcl_fx_values_init(&v, fx, &err) == HCL_OK &&
        hcl_graph_evaluate(c->graph, &c->ranges, &err) == HCL_OK &&
        hcl_fx_set_inputs(fx, &v, c->samples, &err) == HCL_OK && hcl_interpret(fx, &v, &err) == HCL_OK)
        found = find_blame(c, fx, &v, bound, error);
    hcl_fx_values_clear(&v);
    return found;
}
