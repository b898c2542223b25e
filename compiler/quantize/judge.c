/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/judge.h"
#include "compiler/graph/evaluate.h"
#include "compiler/quantize/calibrate.h"
#include <math.h>
#include <string.h>

enum { DOUBLE_BIAS = 1023, DOUBLE_FRACTION = 52 };

/* Of the scores' size. */
#define MADE_UP_LIMIT 0.25
/* Of an image's pixels, so many may be beyond the accuracy, where the samples' are asked for half of that. */
#define PIXELS_BEYOND (1.0 / 25)

struct hcl_judge {
    const struct hcl_graph *graph;
    struct hcl_float_values values; /* holds the input and what follows from it: wiped */
    const struct hcl_fx_graph *fx;
    double range, limit, tie, probability_limit;
    bool made_up; /* samples */
    bool of_images;
};

hcl_status hcl_judge_open(struct hcl_judge **out, const struct hcl_graph *model,
                          const struct hcl_fx_graph *fx, const struct hcl_quantize_report *q,
                          struct hcl_err *err)
{
    struct hcl_judge *j = calloc(1, sizeof *j);
    hcl_status st;
    *out = NULL;
    if (j == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the float model");
    j->fx = fx;
    j->range = q->score_range;
    j->probability_limit = q->accuracy * q->probability_range;
    j->tie = q->accuracy * q->score_range;
    j->limit = fmax(q->accuracy, q->worst_error) * q->score_range;
    j->of_images = q->of_images;
    j->made_up = strcmp(q->calibration, "synthetic") == 0;
    j->graph = model;
    HCL_TRY(hcl_float_values_init(&j->values, j->graph, err));
    *out = j;
    return HCL_OK;
done:
    hcl_judge_close(j);
    return st;
}

void hcl_judge_close(struct hcl_judge *j)
{
    if (j == NULL)
        return;
    hcl_float_values_clear(&j->values);
    free(j);
}

void hcl_judge_evaluate_with(struct hcl_judge *j, const struct hcl_float_team *team)
{
    j->values.team = team;
}

float *const *hcl_judge_values(const struct hcl_judge *j)
{
    return j->values.tensor;
}

/* 2^-bits is a double for all bits that scales have. */
static double real(int64_t v, const struct hcl_fx_tensor *t, size_t element)
{
    const uint64_t exponent = (uint64_t)(DOUBLE_BIAS - hcl_fx_element_bits(t, element)) << DOUBLE_FRACTION;
    double unit;
    memcpy(&unit, &exponent, sizeof unit);
    return (double)v * unit;
}

/* Noise over size, of the input that has most; 0 for one that is exact, were it 0 throughout. */
static double input_noise(const struct hcl_judge *j, const float *input, const struct hcl_fx_values *v)
{
    double worst = 0;
    for (size_t k = 0; k < j->fx->num_inputs; k++) {
        const uint32_t t = j->fx->inputs[k];
        const size_t len = hcl_fx_tensor_len(j->fx, t);
        double noise = 0, size = 0;
        for (size_t i = 0; i < len; i++) {
            const double x = (double)input[i], d = real(v->tensor[t][i], &j->fx->tensors[t], i) - x;
            noise += d * d;
            size += x * x;
        }
        worst = noise > 0 ? fmax(worst, sqrt(noise / size)) : worst;
        input += len;
    }
    return worst;
}

/* What the float scores of all outputs span, 0 included. */
static double score_size(const struct hcl_judge *j)
{
    double lo = 0, hi = 0;
    for (size_t o = 0; o < j->graph->num_outputs; o++) {
        const uint32_t t = hcl_score_tensor(j->graph, j->graph->outputs[o]);
        for (size_t i = 0; i < hcl_tensor_len(&j->graph->tensors[t]); i++) {
            lo = fmin(lo, (double)j->values.tensor[t][i]);
            hi = fmax(hi, (double)j->values.tensor[t][i]);
        }
    }
    return hi - lo;
}

/* One output; returns the sum of the squares of its scores' errors. */
static double compare_output(const struct hcl_judge *j, const float *want, const int64_t *got, uint32_t t,
                             struct hcl_judgement *out)
{
    const bool image = j->of_images && hcl_is_image(j->fx->tensors[t].dims);
    size_t to = 0, class = 0, beyond = 0;
    double squares = 0;
    for (size_t i = 0; i < hcl_fx_tensor_len(j->fx, t); i++) {
        const double d = fabs(real(got[i], &j->fx->tensors[t], i) - (double)want[i]);
        out->worst = fmax(out->worst, d);
        out->scores_far = out->scores_far || (!image && !(d <= out->limit));
        beyond += image && d > j->tie;
        squares += d * d;
        to = want[i] > want[to] ? i : to;
        class = got[i] > got[class] ? i : class;
    }
    out->beyond += beyond;
    out->pixels_far = out->pixels_far || (double)beyond > PIXELS_BEYOND * (double)hcl_fx_tensor_len(j->fx, t);
    if (!image && class != to && (double)(want[to] - want[class]) >= fmin(j->tie, out->limit) &&
        out->classes_differ++ == 0) {
        out->got_class = class;
        out->to_class = to;
    }
    return squares;
}

/* After a final SOFTMAX, which has scores before it. */
static double probability_error(const struct hcl_judge *j, size_t o, const struct hcl_fx_values *v)
{
    const uint32_t t = j->fx->outputs[o];
    const float *want = j->values.tensor[j->graph->outputs[o]];
    double worst = 0;
    if (!hcl_fx_is_probability(j->fx, t))
        return 0;
    for (size_t i = 0; i < hcl_fx_tensor_len(j->fx, t); i++)
        worst = fmax(worst, fabs(real(v->tensor[t][i], &j->fx->tensors[t], i) - (double)want[i]));
    return worst;
}

/* As the graph's weights expect it. */
static void set_inputs(struct hcl_judge *j, const float *input)
{
    const struct hcl_graph *g = j->graph;
    hcl_float_set_inputs(&j->values, g, input);
    for (size_t i = 0; i < g->num_inputs; i++) {
        const struct hcl_fx_tensor *x = &j->fx->tensors[j->fx->inputs[i]];
        if (x->channel_shift != NULL)
            hcl_scale_channels(j->values.tensor[g->inputs[i]], hcl_tensor_len(&g->tensors[g->inputs[i]]),
                               x->dims[3], x->channel_shift);
    }
}

hcl_status hcl_judge_input(struct hcl_judge *j, const float *input, const struct hcl_fx_values *v,
                           struct hcl_judgement *out, struct hcl_err *err)
{
    const struct hcl_graph *g = j->graph;
    double squares = 0;
    size_t count = 0;
    hcl_status st;
    *out = (struct hcl_judgement){ .range = j->range,
                                   .limit = j->limit,
                                   .probability_limit = j->probability_limit };
    set_inputs(j, input);
    HCL_TRY(hcl_graph_evaluate(g, &j->values, err));
    out->size = score_size(j);
    if (j->made_up)
        out->limit = fmin(out->limit, MADE_UP_LIMIT * out->size);
    for (size_t o = 0; o < g->num_outputs; o++) {
        const uint32_t t = hcl_fx_score_tensor(j->fx, j->fx->outputs[o]);
        squares +=
            compare_output(j, j->values.tensor[hcl_score_tensor(g, g->outputs[o])], v->tensor[t], t, out);
        count += hcl_fx_tensor_len(j->fx, t);
        out->probability_worst = fmax(out->probability_worst, probability_error(j, o, v));
    }
    out->rms = sqrt(squares / (double)count);
    out->input_noise = input_noise(j, input, v);
    out->coarse = out->input_noise > ldexp(1, -HCL_JUDGE_INPUT_BITS);
    out->far = out->scores_far || out->pixels_far || out->classes_differ > 0;
done:
    return st;
}

json_t *hcl_judge_layers_json(const struct hcl_comparison *c, const struct hcl_tile_error *of_tiles)
{
    json_t *out = json_array();
    for (size_t i = 0; i < c->count; i++) {
        const struct hcl_tile_error e = hcl_compared_error(c, i, of_tiles);
        const double len = (double)c->of[i].positions * c->of[i].channels;
        json_array_append_new(out, json_pack("{s:I, s:f, s:f, s:f}", "node", (json_int_t)c->of[i].node,
                                             "worst_error", e.worst, "rms_error", sqrt(e.squares / len),
                                             "range", e.hi - e.lo));
    }
    return out;
}

/* The largest element below what was taken, ties by place; len: none. */
static size_t next_largest(const int64_t *v, size_t len, size_t last)
{
    size_t best = len;
    for (size_t i = 0; i < len; i++) {
        const bool taken = last < len && (v[i] > v[last] || (v[i] == v[last] && i <= last));
        if (!taken && (best == len || v[i] > v[best]))
            best = i;
    }
    return best;
}

static json_t *largest_json(const struct hcl_judge *j, const struct hcl_fx_values *v, size_t output,
                            size_t most)
{
    const uint32_t f = j->fx->outputs[output], t = j->graph->outputs[output];
    const size_t len = hcl_fx_tensor_len(j->fx, f);
    json_t *out = json_array();
    for (size_t n = 0, i = next_largest(v->tensor[f], len, len); n < most && i < len;
         n++, i = next_largest(v->tensor[f], len, i))
        json_array_append_new(out, json_pack("{s:I, s:f, s:f}", "element", (json_int_t)i, "proved",
                                             real(v->tensor[f][i], &j->fx->tensors[f], i), "float",
                                             (double)j->values.tensor[t][i]));
    return out;
}

json_t *hcl_judge_outputs_json(const struct hcl_judge *j, const struct hcl_fx_values *v, size_t most)
{
    json_t *out = json_array();
    for (size_t o = 0; o < j->graph->num_outputs; o++)
        json_array_append_new(out, json_pack("{s:s*, s:o}", "name", j->fx->tensors[j->fx->outputs[o]].name,
                                             "elements", largest_json(j, v, o, most)));
    return out;
}

void hcl_judgement_text(char *out, size_t size, const struct hcl_judgement *j)
{
    const char *join = "";
    size_t at = 0;
    int n = 0;
    out[0] = '\0';
    if (j->coarse) {
        n = snprintf(out, size,
                     "rounding changes the input by %.0f %% of its size, it uses less than %d bits",
                     100 * fmin(j->input_noise, 1), HCL_JUDGE_INPUT_BITS);
        at = n < 0 ? 0 : (size_t)n;
        join = "; ";
    }
    if (j->scores_far && at < size) {
        n = snprintf(out + at, size - at,
                     "%sthe result is up to %.3g away from the float model's, expected at most %.3g where "
                     "this input's "
                     "scores span %.3g and those of the calibration %.3g",
                     join, j->worst, j->limit, j->size, j->range);
        at += n < 0 ? 0 : (size_t)n;
        join = "; ";
    }
    if (j->pixels_far && at < size) {
        n = snprintf(out + at, size - at,
                     "%s%zu pixels are off by more than the accuracy, expected at most one in 25 of an image",
                     join, j->beyond);
        at += n < 0 ? 0 : (size_t)n;
        join = "; ";
    }
    if (j->classes_differ > 0 && at < size) {
        n = snprintf(out + at, size - at, "%sthe class is %zu, the float model's is %zu", join, j->got_class,
                     j->to_class);
        at += n < 0 ? 0 : (size_t)n;
        join = "; ";
    }
    if (j->probability_worst > j->probability_limit && at < size)
        snprintf(out + at, size - at,
                 "%sa probability is off by %.2g, expected at most %.2g (--accuracy takes less)", join,
                 j->probability_worst, j->probability_limit);
}

json_t *hcl_judgement_json(const struct hcl_judgement *j)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:b}", "worst_error", j->worst,
                     "rms_error", j->rms, "worst_share", j->worst / j->range, "rms_share", j->rms / j->range,
                     "score_range", j->range, "allowed_share", j->limit / j->range, "score_size", j->size,
                     "input_noise", j->input_noise, "classes_differ", (json_int_t)j->classes_differ,
                     "probability_error", j->probability_worst, "good", !hcl_judgement_bad(j));
}
