/* SPDX-License-Identifier: Apache-2.0 */
/* UNIDIRECTIONAL_SEQUENCE_LSTM, written out step by step. With the step's input x and the output h and cell c
 * of the step before, which are 0 at first:
 *   i, f, o = logistic(W (x, h) + b)  one dense layer for all three, g = act(W (x, h) + b) another
 *   c' = clip(f c + i g)              h' = o act(c')
 * Without an input gate i is 1 - f, which is logistic(-(..)). */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/operators/elementwise.h"
#include <string.h>

/* Operands of the operator; of the gates in the order input, forget, cell, output. */
enum {
    X = 0,
    TO_GATES = 1,
    BACK_TO_GATES = 5,
    PEEPHOLES = 9,
    BIASES = 12,
    PROJECTION = 16,
    STATES = 18,
    NORMS = 20
};
enum { INPUT, FORGET, CELL, OUTPUT, GATES };

/* A matrix of one gate, or a bias; NULL: zeros. */
struct gate {
    const float *x, *h, *b;
};

/* The constants of a step's dense layers. The first step has no h and, with no c either, needs no f. */
struct layers {
    uint32_t gates, gates_bias; /* i, o and then f */
    uint32_t cell, cell_bias;
};

struct lstm {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    struct hcl_function act;
    uint32_t input;
    uint32_t steps, wide, units; /* elements of x and of h */
    struct gate gates[GATES];
    bool coupled; /* no input gate */
    struct layers first, others;
    uint32_t h, c;
};

static bool has(const struct lstm *l, size_t k)
{
    return k < l->op->num_inputs && l->op->inputs[k] != HCL_TFL_ABSENT;
}

/* Operand k as so many floats of a constant; absent: NULL. */
static hcl_status read_floats(const struct lstm *l, size_t k, size_t len, const float **out)
{
    const struct hcl_tfl_tensor *t;
    *out = NULL;
    if (!has(l, k))
        return HCL_OK;
    t = &l->im->model->tensors[l->op->inputs[k]];
    if (t->data == NULL || t->type != HCL_TFL_FLOAT32 || t->data_len != len * sizeof **out ||
        (uintptr_t)t->data % _Alignof(float) != 0)
        return HCL_FAIL_OP(l->im, l->op, "operand %zu, '%s', is not a constant of %zu FLOAT32", k, t->name,
                           len);
    *out = (const float *)(const void *)t->data;
    return HCL_OK;
}

static hcl_status read_gate(struct lstm *l, size_t gate)
{
    struct gate *g = &l->gates[gate];
    hcl_status st;
    HCL_TRY(read_floats(l, TO_GATES + gate, (size_t)l->units * l->wide, &g->x));
    HCL_TRY(read_floats(l, BACK_TO_GATES + gate, (size_t)l->units * l->units, &g->h));
    HCL_TRY(read_floats(l, BIASES + gate, l->units, &g->b));
    if ((g->x == NULL || g->h == NULL) && !(gate == INPUT && l->coupled))
        return HCL_FAIL_OP(l->im, l->op, "the weights of gate %zu are missing", gate);
done:
    return st;
}

static hcl_status expect_absent(const struct lstm *l, size_t first, size_t last, const char *what)
{
    for (size_t k = first; k <= last; k++)
        if (has(l, k))
            return HCL_FAIL_OP(l->im, l->op, "%s is not supported (operand %zu, '%s')", what, k,
                               l->im->model->tensors[l->op->inputs[k]].name);
    return HCL_OK;
}

/* The states start at 0. */
static hcl_status expect_states(const struct lstm *l)
{
    for (size_t k = STATES; k < STATES + 2; k++) {
        const struct hcl_tfl_tensor *t = has(l, k) ? &l->im->model->tensors[l->op->inputs[k]] : NULL;
        bool zero = t != NULL && (t->variable || t->data != NULL);
        for (size_t i = 0; zero && t->data != NULL && i < t->data_len; i++)
            zero = t->data[i] == 0;
        if (!zero)
            return HCL_FAIL_OP(l->im, l->op, "its state, operand %zu, does not start at 0", k);
    }
    return HCL_OK;
}

static hcl_status read_lstm(struct lstm *l)
{
    const struct hcl_tfl_op *op = l->op;
    struct hcl_map_shape x;
    hcl_status st;
    HCL_TRY(hcl_import_options(l->im, op, HCL_TFL_OPTIONS_SEQUENCE_LSTM));
    HCL_TRY(hcl_import_activation(l->im, op, &l->act));
    HCL_TRY(expect_absent(l, PEEPHOLES, PEEPHOLES + 2, "a peephole"));
    HCL_TRY(expect_absent(l, PROJECTION, PROJECTION + 1, "a projection"));
    HCL_TRY(expect_absent(l, NORMS, NORMS + 3, "layer normalisation"));
    HCL_TRY(expect_states(l));
    HCL_TRY(hcl_import_any(l->im, op, X, &l->input, &x));
    if (op->diagonal)
        return HCL_FAIL_OP(l->im, op, "%s", "diagonal recurrent weights are not supported");
    if (x.rank != 3 || x.dims[op->time_major ? 1 : 0] != 1)
        return HCL_FAIL_OP(l->im, op, "its input has %u dimensions, expected 3 and a batch of 1", x.rank);
    if (!has(l, BIASES + FORGET))
        return HCL_FAIL_OP(l->im, op, "operand %d is missing", BIASES + FORGET);
    const struct hcl_tfl_tensor *b = &l->im->model->tensors[op->inputs[BIASES + FORGET]];
    if (b->rank != 1 || b->dims[0] < 1 || b->dims[0] > INT32_MAX / 64)
        return HCL_FAIL_OP(l->im, op, "bias '%s' is not a vector", b->name);
    l->steps = x.dims[op->time_major ? 0 : 1];
    l->wide = x.dims[2];
    l->units = (uint32_t)b->dims[0];
    l->coupled = !has(l, TO_GATES + INPUT);
    for (size_t gate = 0; gate < GATES; gate++)
        HCL_TRY(read_gate(l, gate));
done:
    return st;
}

/* Row by row the gate's weights, of x and, unless first, of h. */
static float *put_gate(const struct lstm *l, float *to, const struct gate *g, float sign, bool first)
{
    for (uint32_t row = 0; row < l->units; row++) {
        for (uint32_t i = 0; i < l->wide; i++)
            *to++ = sign * g->x[(size_t)row * l->wide + i];
        for (uint32_t i = 0; i < l->units && !first; i++)
            *to++ = sign * g->h[(size_t)row * l->units + i];
    }
    return to;
}

static hcl_status add_weights(const struct lstm *l, const uint8_t *gates, uint32_t count, bool first,
                              uint32_t *weights)
{
    const uint32_t dims[4] = { count * l->units, 1, 1, first ? l->wide : l->wide + l->units };
    float *data = malloc((size_t)dims[0] * dims[3] * sizeof *data), *to = data;
    if (data == NULL)
        return hcl_fail(l->im->err, HCL_NO_RESOURCE, "no memory for the weights of an LSTM");
    for (uint32_t k = 0; k < count; k++) {
        const bool negative = gates[k] == INPUT && l->coupled;
        to = put_gate(l, to, &l->gates[negative ? FORGET : gates[k]], negative ? -1.0F : 1.0F, first);
    }
    return hcl_import_made(l->im, l->op, dims, data, weights);
}

static hcl_status add_bias(const struct lstm *l, const uint8_t *gates, uint32_t count, uint32_t *bias)
{
    const uint32_t dims[4] = { 1, 1, 1, count * l->units };
    float *data = calloc(dims[3], sizeof *data);
    if (data == NULL)
        return hcl_fail(l->im->err, HCL_NO_RESOURCE, "no memory for the bias of an LSTM");
    for (uint32_t i = 0; i < dims[3]; i++) {
        const bool negative = gates[i / l->units] == INPUT && l->coupled;
        const float *b = l->gates[negative ? FORGET : gates[i / l->units]].b;
        data[i] = b == NULL ? 0 : negative ? -b[i % l->units] : b[i % l->units];
    }
    return hcl_import_made(l->im, l->op, dims, data, bias);
}

static hcl_status add_layers(const struct lstm *l, bool first, struct layers *out)
{
    static const uint8_t gates[] = { INPUT, OUTPUT, FORGET }, cell[] = { CELL };
    const uint32_t count = first ? 2 : 3;
    hcl_status st;
    HCL_TRY(add_weights(l, gates, count, first, &out->gates));
    HCL_TRY(add_bias(l, gates, count, &out->gates_bias));
    HCL_TRY(add_weights(l, cell, 1, first, &out->cell));
    HCL_TRY(add_bias(l, cell, 1, &out->cell_bias));
done:
    return st;
}

static struct hcl_map_shape vector(uint32_t len)
{
    return (struct hcl_map_shape){ 2, { 1, len } };
}

/* `count` elements of a from `first` on, and then all of b, if any. */
static hcl_status pick(const struct lstm *l, uint32_t a, size_t first, uint32_t count, uint32_t b,
                       uint32_t *out)
{
    const size_t a_len = hcl_tensor_len(&l->im->graph->tensors[a]);
    const uint32_t more = b == HCL_GRAPH_NONE ? 0 : (uint32_t)hcl_tensor_len(&l->im->graph->tensors[b]);
    const struct hcl_map_shape to = vector(count + more);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, a, b);
    n.map = malloc((size_t)(count + more) * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(l->im->err, HCL_NO_RESOURCE, "no memory for a step of an LSTM");
    for (uint32_t i = 0; i < count + more; i++)
        n.map[i] = (uint32_t)(i < count ? first + i : a_len + i - count);
    return hcl_import_step(l->im, l->op, &n, &to, out);
}

/* act(W x + b) */
static hcl_status dense(const struct lstm *l, uint32_t x, uint32_t weights, uint32_t bias,
                        const struct hcl_function *act, uint32_t *out)
{
    const struct hcl_map_shape to = vector(l->im->graph->tensors[weights].dims[0]);
    struct hcl_node n = hcl_import_node(HCL_OP_FULLY_CONNECTED, x, weights);
    n.inputs[2] = bias;
    n.act = *act;
    return hcl_import_step(l->im, l->op, &n, &to, out);
}

static hcl_status elementwise(const struct lstm *l, hcl_op op, uint32_t a, uint32_t b,
                              const struct hcl_function *act, uint32_t *out)
{
    const struct hcl_map_shape to = vector(l->units);
    struct hcl_node n = hcl_import_node(op, a, b);
    if (act != NULL)
        n.act = *act;
    return hcl_import_step(l->im, l->op, &n, &to, out);
}

/* A cell is at most the number of steps so far where i, f and g are at most 1: a clip beyond does nothing. */
static bool clips(const struct lstm *l, uint32_t step)
{
    const float clip = l->op->cell_clip;
    return clip > 0 && !(l->act.id == HCL_FN_TANH && clip >= (float)(step + 1));
}

static hcl_status add_cell(struct lstm *l, uint32_t step, uint32_t gates, uint32_t g)
{
    const struct hcl_function clip = { HCL_FN_CLIP, { -l->op->cell_clip, l->op->cell_clip } };
    const struct hcl_function *act = clips(l, step) ? &clip : NULL;
    uint32_t i, f, kept, come;
    hcl_status st;
    HCL_TRY(pick(l, gates, 0, l->units, HCL_GRAPH_NONE, &i));
    if (step == 0) {
        st = elementwise(l, HCL_OP_MUL, i, g, act, &l->c);
        goto done;
    }
    HCL_TRY(pick(l, gates, 2 * (size_t)l->units, l->units, HCL_GRAPH_NONE, &f));
    HCL_TRY(elementwise(l, HCL_OP_MUL, i, g, NULL, &come));
    HCL_TRY(elementwise(l, HCL_OP_MUL, f, l->c, NULL, &kept));
    st = elementwise(l, HCL_OP_ADD, kept, come, act, &l->c);
done:
    return st;
}

static hcl_status add_step(struct lstm *l, uint32_t step)
{
    const struct hcl_function logistic = { .id = HCL_FN_LOGISTIC };
    const size_t at = (size_t)step * l->wide;
    uint32_t x, gates, g, o, seen;
    struct hcl_node last;
    hcl_status st;
    HCL_TRY(pick(l, l->input, at, l->wide, step == 0 ? HCL_GRAPH_NONE : l->h, &x));
    const struct layers *layers = step == 0 ? &l->first : &l->others;
    HCL_TRY(dense(l, x, layers->gates, layers->gates_bias, &logistic, &gates));
    HCL_TRY(dense(l, x, layers->cell, layers->cell_bias, &l->act, &g));
    HCL_TRY(add_cell(l, step, gates, g));
    HCL_TRY(pick(l, gates, l->units, l->units, HCL_GRAPH_NONE, &o));
    seen = l->c;
    if (l->act.id != HCL_FN_IDENTITY) {
        const struct hcl_map_shape to = vector(l->units);
        last = hcl_import_node(hcl_function_op(l->act.id), l->c, HCL_GRAPH_NONE);
        last.act = l->act;
        HCL_TRY(hcl_import_step(l->im, l->op, &last, &to, &seen));
    }
    st = elementwise(l, HCL_OP_MUL, o, seen, NULL, &l->h);
done:
    return st;
}

hcl_status hcl_import_lstm(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct lstm l = { .im = im, .op = op };
    uint32_t *outputs = NULL;
    struct hcl_map_shape *shapes = NULL;
    hcl_status st;
    HCL_TRY(read_lstm(&l));
    HCL_TRY(add_layers(&l, true, &l.first));
    HCL_TRY(add_layers(&l, false, &l.others));
    outputs = calloc(l.steps, sizeof *outputs);
    shapes = calloc(l.steps, sizeof *shapes);
    if (outputs == NULL || shapes == NULL) {
        st = hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %u steps of an LSTM", l.steps);
        goto done;
    }
    for (uint32_t step = 0; step < l.steps; step++) {
        HCL_TRY(add_step(&l, step));
        outputs[step] = l.h;
        shapes[step] = (struct hcl_map_shape){ 3, { 1, 1, l.units } };
    }
    st = hcl_import_joined(im, op, outputs, shapes, l.steps, op->time_major ? 0 : 1);
done:
    free(outputs);
    free(shapes);
    return st;
}
