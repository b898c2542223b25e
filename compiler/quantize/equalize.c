/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/equalize.h"
#include "compiler/operators/operator.h"
#include "compiler/quantize/scales.h"
#include <math.h>
#include <string.h>

enum {
    MOST_SHIFT = 30,
    IDLE_SHIFT = 2,     /* channels this close are as good as equal */
    TRIED_SAMPLES = 16, /* for what rounding does */
    TRIED_BITS = 11     /* of the largest value */
};

/* One input of the graph: its elements in a sample. */
struct part {
    uint32_t tensor, channels;
    size_t first, len;
};

bool hcl_equalize_is_layer(const struct hcl_graph *g, const struct hcl_node *n)
{
    return hcl_operator_of(n->op)->filter && g->tensors[n->inputs[1]].data != NULL &&
           hcl_graph_uses(g, n->inputs[1]) == 1;
}

static bool reads_channels(const struct hcl_graph *g, const struct hcl_node *n)
{
    return hcl_operator_of(n->op)->depthwise ||
           g->tensors[n->inputs[1]].dims[3] == g->tensors[n->inputs[0]].dims[3];
}

bool hcl_equalize_read_by_layers(const struct hcl_graph *g, uint32_t t)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        for (size_t k = 0; k < hcl_node_arity(&g->nodes[i]); k++)
            if (g->nodes[i].inputs[k] == t &&
                (k != 0 || !hcl_equalize_is_layer(g, &g->nodes[i]) || !reads_channels(g, &g->nodes[i])))
                return false;
    return !hcl_graph_is_output(g, t) && hcl_graph_uses(g, t) > 0;
}

/* What each channel lacks to the largest, in bits; the most of them is returned. A channel that is 0 on all
 * samples has nothing to go by. */
static int measure(const struct hcl_calibration *c, const struct part *p, double *most, int8_t *shift)
{
    const uint32_t channels = p->channels;
    int largest = 0;
    double all = 0;
    for (size_t s = 0; s < c->num_samples; s++)
        for (size_t i = 0; i < p->len; i++)
            most[i % channels] =
                fmax(most[i % channels], fabs((double)c->samples[s * c->sample_len + p->first + i]));
    for (uint32_t ch = 0; ch < channels; ch++)
        all = fmax(all, most[ch]);
    for (uint32_t ch = 0; ch < channels; ch++) {
        const double bits = most[ch] > 0 ? floor(log2(all / most[ch])) : 0;
        shift[ch] = (int8_t)(bits < MOST_SHIFT ? bits : MOST_SHIFT);
        largest = shift[ch] > largest ? shift[ch] : largest;
    }
    return largest;
}

static double score_error(const struct hcl_calibration *c, const struct hcl_graph *g,
                          const struct hcl_float_values *v, size_t sample)
{
    const float *want = c->scores + sample * c->score_len;
    double worst = 0;
    for (size_t o = 0; o < g->num_outputs; o++) {
        const size_t len = hcl_tensor_len(&g->tensors[c->score[o]]);
        for (size_t i = 0; i < len; i++)
            worst = fmax(worst, fabs((double)v->tensor[c->score[o]][i] - (double)want[i]));
        want += len;
    }
    return worst / c->score_range;
}

/* What rounding the input alone does to the scores, at a scale that gives its largest value TRIED_BITS. */
static hcl_status rounding_error(const struct hcl_graph *g, const struct hcl_calibration *c,
                                 const struct part *p, double margin, double *worst, struct hcl_err *err)
{
    struct hcl_float_values v;
    const double unit = exp2(ceil(log2(margin * c->most[p->tensor])) - TRIED_BITS);
    const size_t num = c->num_compared < TRIED_SAMPLES ? c->num_compared : TRIED_SAMPLES;
    *worst = 0;
    hcl_status st = hcl_float_values_init(&v, g, err);
    if (st != HCL_OK)
        return st;
    for (size_t s = 0; s < num; s++) {
        float *x = v.tensor[p->tensor];
        hcl_calibration_set(c, g, &v, s);
        for (size_t i = 0; i < p->len; i++)
            x[i] = (float)(round((double)x[i] / unit) * unit);
        HCL_TRY(hcl_graph_evaluate(g, &v, err));
        *worst = fmax(*worst, score_error(c, g, &v, s));
    }
done:
    hcl_float_values_clear(&v);
    return st;
}

/* Filters are [.., channels], those of DEPTHWISE_CONV_2D [.., channels * multiplier]. */
static hcl_status scale_weights(struct hcl_graph *g, const struct hcl_node *n, uint32_t channels,
                                const int8_t *shift, struct hcl_err *err)
{
    struct hcl_tensor *w = &g->tensors[n->inputs[1]];
    const uint32_t multiplier = w->dims[3] / channels;
    const hcl_status st = hcl_tensor_own(w, err);
    if (st != HCL_OK)
        return st;
    for (size_t i = 0; i < hcl_tensor_len(w); i++)
        w->data[i] = ldexpf(w->data[i], -shift[i % w->dims[3] / multiplier]);
    return HCL_OK;
}

static hcl_status apply(struct hcl_graph *g, struct hcl_calibration *c, const struct part *p,
                        const int8_t *shift, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_nodes; i++) {
        const uint32_t w = g->nodes[i].inputs[1];
        if (g->nodes[i].inputs[0] != p->tensor)
            continue;
        HCL_TRY(scale_weights(g, &g->nodes[i], p->channels, shift, err));
        c->ranges.tensor[w] = g->tensors[w].data;
    }
    hcl_scales_magnitudes(c->most, g, c->ranges.lo, c->ranges.hi);
done:
    return st;
}

/* *shift: NULL if nothing was changed. */
static hcl_status equalize(struct hcl_graph *g, struct hcl_calibration *c, const struct part *p,
                           double margin, double bound, int8_t **shift, struct hcl_err *err)
{
    double worst = 0, *most = calloc(p->channels, sizeof *most);
    int8_t *lack = calloc(p->channels, sizeof *lack);
    hcl_status st = HCL_OK;
    *shift = NULL;
    if (most == NULL || lack == NULL) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for the scales of %u channels", p->channels);
        goto done;
    }
    if (measure(c, p, most, lack) <= IDLE_SHIFT)
        goto done;
    HCL_TRY(rounding_error(g, c, p, margin, &worst, err));
    if (worst <= bound)
        goto done;
    HCL_TRY(apply(g, c, p, lack, err));
    *shift = lack;
    lack = NULL;
done:
    free(lack);
    free(most);
    return st;
}

hcl_status hcl_equalize_inputs(struct hcl_graph *g, struct hcl_calibration *c, double margin, double bound,
                               struct hcl_err *err)
{
    size_t first = 0;
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_inputs && st == HCL_OK; i++) {
        const struct hcl_tensor *x = &g->tensors[g->inputs[i]];
        const struct part p = { g->inputs[i], x->dims[3], first, hcl_tensor_len(x) };
        if (hcl_equalize_read_by_layers(g, p.tensor))
            st = equalize(g, c, &p, margin, bound, &c->channel_shift[i], err);
        first += p.len;
    }
    return st;
}
