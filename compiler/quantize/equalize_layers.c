/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/equalize_layers.h"
#include "compiler/functions/function.h"
#include "compiler/operators/operator.h"
#include "compiler/quantize/equalize.h"
#include "compiler/quantize/scales.h"
#include <math.h>
#include <string.h>

enum {
    MOST_SHIFT = 24,
    LEAST_GAIN = 2,     /* bits of a filter */
    TRIED_SAMPLES = 16, /* for the magnitudes of channels */
    SILENT_SHARE = 16,  /* of a magnitude below 0, what may come above it */
};

/* A node whose output may take other scales. */
struct layer {
    const struct hcl_node *node;
    uint32_t channels;
    double *most, *top; /* of each channel of the output, before the function: largest magnitude, greatest */
    int8_t *shift;
};

struct work {
    struct hcl_equalized *e;
    struct hcl_calibration *c;
    double margin;
    struct layer *layers;
    size_t num_layers;
    struct hcl_err *err;
};

static const struct hcl_tensor *tensor(const struct work *w, uint32_t t)
{
    return &w->e->graph.tensors[t];
}

/* Input channel of weight i. */
static uint32_t channel_in(const struct work *w, const struct hcl_node *n, size_t i)
{
    const uint32_t last = tensor(w, n->inputs[1])->dims[3], channels = tensor(w, n->inputs[0])->dims[3];
    return (uint32_t)(hcl_operator_of(n->op)->depthwise ? i % last / (last / channels) : i % last);
}

/* Output channel of weight i. */
static uint32_t channel_out(const struct work *w, const struct hcl_node *n, size_t i)
{
    const struct hcl_tensor *f = tensor(w, n->inputs[1]);
    const size_t outputs = tensor(w, n->output)->dims[3];
    return (uint32_t)(hcl_operator_of(n->op)->depthwise ? i % outputs : i / (hcl_tensor_len(f) / outputs));
}

/* Identity, RELU, and what clamps at a bound that is known: times a power of two they are themselves. */
static bool scales(const struct hcl_node *n)
{
    return n->act.id == HCL_FN_IDENTITY || n->act.id == HCL_FN_RELU || n->act.id == HCL_FN_RELU6;
}

static bool may_scale(const struct work *w, const struct hcl_node *n)
{
    const uint32_t bias = n->inputs[2], outputs = tensor(w, n->output)->dims[3];
    const bool constant_bias =
        bias == HCL_GRAPH_NONE || (tensor(w, bias)->data != NULL && hcl_graph_uses(&w->e->graph, bias) == 1 &&
                                   hcl_tensor_len(tensor(w, bias)) == outputs);
    return hcl_equalize_is_layer(&w->e->graph, n) && constant_bias && n->inputs[3] == HCL_GRAPH_NONE &&
           scales(n) && hcl_tensor_len(tensor(w, n->inputs[1])) % outputs == 0 &&
           hcl_equalize_read_by_layers(&w->e->graph, n->output);
}

/* Largest weight of each input channel of a reader, over the shifts of what it reads (NULL: none). */
static double largest_weight(const struct work *w, const struct hcl_node *n, const int8_t *shift)
{
    const struct hcl_tensor *f = tensor(w, n->inputs[1]);
    double most = 0;
    for (size_t i = 0; i < hcl_tensor_len(f); i++)
        most = fmax(most, ldexp(fabs((double)f->data[i]), shift == NULL ? 0 : -shift[channel_in(w, n, i)]));
    return most;
}

/* Bits that the filters of the readers of l's output gain by its shifts. */
static double gain(const struct work *w, const struct layer *l)
{
    const struct hcl_graph *g = &w->e->graph;
    double best = 0;
    for (size_t i = 0; i < g->num_nodes; i++)
        if (g->nodes[i].inputs[0] == l->node->output) {
            const double after = largest_weight(w, &g->nodes[i], l->shift);
            best = fmax(best, after > 0 ? log2(largest_weight(w, &g->nodes[i], NULL) / after) : 0);
        }
    return best;
}

static void clear_layers(struct work *w)
{
    for (size_t i = 0; i < w->num_layers; i++) {
        free(w->layers[i].most);
        free(w->layers[i].top);
        free(w->layers[i].shift);
    }
    free(w->layers);
}

static hcl_status find_layers(struct work *w)
{
    const struct hcl_graph *g = &w->e->graph;
    w->layers = calloc(g->num_nodes + 1, sizeof *w->layers);
    if (w->layers == NULL)
        return hcl_fail(w->err, HCL_NO_RESOURCE, "no memory for the scales of %zu layers", g->num_nodes);
    for (size_t i = 0; i < g->num_nodes; i++) {
        struct layer *l = &w->layers[w->num_layers];
        if (!may_scale(w, &g->nodes[i]))
            continue;
        *l = (struct layer){ .node = &g->nodes[i], .channels = tensor(w, g->nodes[i].output)->dims[3] };
        w->num_layers++;
        l->most = calloc(l->channels, sizeof *l->most);
        l->top = calloc(l->channels, sizeof *l->top);
        l->shift = calloc(l->channels, sizeof *l->shift);
        if (l->most == NULL || l->top == NULL || l->shift == NULL)
            return hcl_fail(w->err, HCL_NO_RESOURCE, "no memory for the scales of %u channels", l->channels);
    }
    return HCL_OK;
}

/* The layer once more, without its function; nothing reads its output afterwards. */
static hcl_status measure_layer(struct work *w, struct layer *l, struct hcl_float_values *v)
{
    struct hcl_node plain = *l->node;
    plain.act = (struct hcl_function){ .id = HCL_FN_IDENTITY };
    const hcl_status st = hcl_node_evaluate(w->c->graph, &plain, v, w->err);
    for (size_t i = 0; st == HCL_OK && i < hcl_tensor_len(tensor(w, plain.output)); i++) {
        const double x = (double)v->tensor[plain.output][i];
        double *most = &l->most[i % l->channels], *top = &l->top[i % l->channels];
        *most = fmax(*most, fabs(x));
        *top = fmax(*top, x);
    }
    return st;
}

static hcl_status measure(struct work *w)
{
    const size_t num = w->c->num_samples < TRIED_SAMPLES ? w->c->num_samples : TRIED_SAMPLES;
    struct hcl_float_values v;
    hcl_status st = hcl_float_values_init(&v, w->c->graph, w->err);
    if (st != HCL_OK)
        return st;
    for (size_t s = 0; s < num; s++) {
        hcl_calibration_set(w->c, w->c->graph, &v, s);
        HCL_TRY(hcl_graph_evaluate(w->c->graph, &v, w->err));
        for (size_t i = w->num_layers; i-- > 0;) /* each before what it reads */
            HCL_TRY(measure_layer(w, &w->layers[i], &v));
    }
done:
    hcl_float_values_clear(&v);
    return st;
}

static int bits_to(double from, double limit)
{
    const double bits = from > 0 ? floor(log2(limit / from)) : MOST_SHIFT;
    return bits < 0 ? 0 : bits < MOST_SHIFT ? (int)bits : MOST_SHIFT;
}

/* What may come of a channel that a clamp at 6 must not reach, of those that hardly ever were positive too.
 */
static double reach(const struct work *w, const struct layer *l, uint32_t ch)
{
    return w->margin * fmax(l->top[ch], l->most[ch] / SILENT_SHARE);
}

/* What each channel lacks to the largest magnitude, in bits; no more than leaves the largest weight of the
 * filter what it is, and the clamp unreached. */
static void choose_shifts(const struct work *w, struct layer *l, double *weights)
{
    const struct hcl_tensor *f = tensor(w, l->node->inputs[1]);
    double most = 0, largest = 0;
    for (size_t i = 0; i < hcl_tensor_len(f); i++) {
        double *of = &weights[channel_out(w, l->node, i)];
        *of = fmax(*of, fabs((double)f->data[i]));
    }
    for (uint32_t ch = 0; ch < l->channels; ch++) {
        most = fmax(most, l->most[ch]);
        largest = fmax(largest, weights[ch]);
    }
    for (uint32_t ch = 0; ch < l->channels; ch++) {
        const int a = bits_to(l->most[ch], most), b = bits_to(weights[ch], largest);
        const int c = l->node->act.id == HCL_FN_RELU6 ? bits_to(reach(w, l, ch), 6) : MOST_SHIFT;
        l->shift[ch] = (int8_t)(a < b ? a < c ? a : c : b < c ? b : c);
    }
}

/* The constant as the scaled graph's own; NULL: no memory. */
static float *own(struct work *w, uint32_t t)
{
    struct hcl_tensor *x = &w->e->graph.tensors[t];
    const size_t len = hcl_tensor_len(x);
    if (w->e->own[t] == NULL && (w->e->own[t] = malloc(len * sizeof *x->data)) != NULL) {
        memcpy(w->e->own[t], x->data, len * sizeof *x->data);
        x->data = w->e->own[t];
        x->borrowed = true;
    }
    return w->e->own[t];
}

static hcl_status scale_layer(struct work *w, struct layer *l)
{
    const struct hcl_graph *g = &w->e->graph;
    const struct hcl_node *n = l->node;
    float *filter = own(w, n->inputs[1]),
          *bias = n->inputs[2] == HCL_GRAPH_NONE ? NULL : own(w, n->inputs[2]);
    bool failed = filter == NULL || (bias == NULL && n->inputs[2] != HCL_GRAPH_NONE);
    for (size_t i = 0; !failed && i < hcl_tensor_len(tensor(w, n->inputs[1])); i++)
        filter[i] = ldexpf(filter[i], l->shift[channel_out(w, n, i)]);
    for (uint32_t i = 0; bias != NULL && i < l->channels; i++)
        bias[i] = ldexpf(bias[i], l->shift[i]);
    for (size_t k = 0; !failed && k < g->num_nodes; k++) {
        const struct hcl_node *reader = &g->nodes[k];
        float *f = reader->inputs[0] == n->output ? own(w, reader->inputs[1]) : NULL;
        failed = f == NULL && reader->inputs[0] == n->output;
        for (size_t i = 0; f != NULL && i < hcl_tensor_len(tensor(w, reader->inputs[1])); i++)
            f[i] = ldexpf(f[i], -l->shift[channel_in(w, reader, i)]);
    }
    if (failed)
        return hcl_fail(w->err, HCL_NO_RESOURCE, "no memory for the weights of '%s'", n->name);
    w->e->shift[n->output] = l->shift;
    l->shift = NULL;
    return HCL_OK;
}

static hcl_status equalize(struct work *w, struct layer *l)
{
    double *weights = calloc(l->channels, sizeof *weights);
    if (weights == NULL)
        return hcl_fail(w->err, HCL_NO_RESOURCE, "no memory for the scales of %u channels", l->channels);
    choose_shifts(w, l, weights);
    free(weights);
    return gain(w, l) >= LEAST_GAIN ? scale_layer(w, l) : HCL_OK;
}

static hcl_status copy_graph(struct work *w)
{
    struct hcl_equalized *e = w->e;
    const struct hcl_graph *g = w->c->graph;
    const size_t n = g->num_tensors;
    *e = (struct hcl_equalized){ .graph = *g };
    e->graph.tensors = malloc((n + 1) * sizeof *e->graph.tensors);
    e->own = calloc(n + 1, sizeof *e->own);
    e->shift = calloc(n + 1, sizeof *e->shift);
    if (e->graph.tensors == NULL || e->own == NULL || e->shift == NULL)
        return hcl_fail(w->err, HCL_NO_RESOURCE, "no memory for %zu tensors", n);
    memcpy(e->graph.tensors, g->tensors, n * sizeof *g->tensors);
    return HCL_OK;
}

hcl_status hcl_equalize_layers(struct hcl_equalized *out, struct hcl_calibration *c, double margin,
                               struct hcl_err *err)
{
    struct work w = { .e = out, .c = c, .margin = margin, .err = err };
    hcl_status st;
    HCL_TRY(copy_graph(&w));
    HCL_TRY(find_layers(&w));
    if (w.num_layers > 0)
        HCL_TRY(measure(&w));
    for (size_t i = 0; i < w.num_layers; i++)
        HCL_TRY(equalize(&w, &w.layers[i]));
    hcl_scales_magnitudes(c->most, &out->graph, c->ranges.lo, c->ranges.hi);
done:
    clear_layers(&w);
    return st;
}

void hcl_equalized_clear(struct hcl_equalized *e)
{
    for (size_t t = 0; t < e->graph.num_tensors; t++) {
        if (e->own != NULL)
            free(e->own[t]);
        if (e->shift != NULL)
            free(e->shift[t]);
    }
    free(e->graph.tensors);
    free(e->own);
    free(e->shift);
    *e = (struct hcl_equalized){ .own = NULL };
}
