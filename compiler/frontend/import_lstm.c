/* SPDX-License-Identifier: Apache-2.0 */
/* UNIDIRECTIONAL_SEQUENCE_LSTM, written out step by step. With the step's input x and the output h and cell c
 * of the step before, which are 0 at first:
 *   i, f, o = logistic(W (x, h) + b)  one dense layer for all three, g = act(W (x, h) + b) another
 *   c' = clip(f c + i g)              h' = o act(c')
 * Without an input gate i is 1 - f, which is logistic(-(..)). */
#include "compiler/frontend/import_moves.h"
#include "compiler/frontend/recurrent.h"
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
    struct hcl_recurrent r;
    struct hcl_function act;
    struct gate gates[GATES];
    bool coupled; /* no input gate */
    struct layers first, others;
    uint32_t h, c;
};

static hcl_status read_gate(struct lstm *l, size_t gate)
{
    struct gate *g = &l->gates[gate];
    hcl_status st;
    HCL_TRY(hcl_recurrent_floats(&l->r, TO_GATES + gate, (size_t)l->r.units * l->r.wide, &g->x));
    HCL_TRY(hcl_recurrent_floats(&l->r, BACK_TO_GATES + gate, (size_t)l->r.units * l->r.units, &g->h));
    HCL_TRY(hcl_recurrent_floats(&l->r, BIASES + gate, l->r.units, &g->b));
    if ((g->x == NULL || g->h == NULL) && !(gate == INPUT && l->coupled))
        return HCL_FAIL_OP(l->r.im, l->r.op, "the weights of gate %zu are missing", gate);
done:
    return st;
}

static hcl_status expect_absent(const struct lstm *l, size_t first, size_t last, const char *what)
{
    for (size_t k = first; k <= last; k++)
        if (hcl_recurrent_has(&l->r, k))
            return HCL_FAIL_OP(l->r.im, l->r.op, "%s is not supported (operand %zu, '%s')", what, k,
                               l->r.im->model->tensors[l->r.op->inputs[k]].name);
    return HCL_OK;
}

static hcl_status read_lstm(struct lstm *l)
{
    const struct hcl_tfl_op *op = l->r.op;
    hcl_status st;
    HCL_TRY(hcl_import_options(l->r.im, op, HCL_TFL_OPTIONS_SEQUENCE_LSTM));
    HCL_TRY(hcl_import_activation(l->r.im, op, &l->act));
    HCL_TRY(expect_absent(l, PEEPHOLES, PEEPHOLES + 2, "a peephole"));
    HCL_TRY(expect_absent(l, PROJECTION, PROJECTION + 1, "a projection"));
    HCL_TRY(expect_absent(l, NORMS, NORMS + 3, "layer normalisation"));
    HCL_TRY(hcl_recurrent_zero_state(&l->r, STATES));
    HCL_TRY(hcl_recurrent_zero_state(&l->r, STATES + 1));
    if (op->diagonal)
        return HCL_FAIL_OP(l->r.im, op, "%s", "diagonal recurrent weights are not supported");
    HCL_TRY(hcl_recurrent_read(&l->r, BIASES + FORGET));
    l->coupled = !hcl_recurrent_has(&l->r, TO_GATES + INPUT);
    for (size_t gate = 0; gate < GATES; gate++)
        HCL_TRY(read_gate(l, gate));
done:
    return st;
}

/* Row by row the gate's weights, of x and, unless first, of h. */
static float *put_gate(const struct lstm *l, float *to, const struct gate *g, float sign, bool first)
{
    for (uint32_t row = 0; row < l->r.units; row++) {
        for (uint32_t i = 0; i < l->r.wide; i++)
            *to++ = sign * g->x[(size_t)row * l->r.wide + i];
        for (uint32_t i = 0; i < l->r.units && !first; i++)
            *to++ = sign * g->h[(size_t)row * l->r.units + i];
    }
    return to;
}

static hcl_status add_weights(const struct lstm *l, const uint8_t *gates, uint32_t count, bool first,
                              uint32_t *weights)
{
    const uint32_t dims[4] = { count * l->r.units, 1, 1, first ? l->r.wide : l->r.wide + l->r.units };
    float *data = malloc((size_t)dims[0] * dims[3] * sizeof *data), *to = data;
    if (data == NULL)
        return hcl_fail(l->r.im->err, HCL_NO_RESOURCE, "no memory for the weights of an LSTM");
    for (uint32_t k = 0; k < count; k++) {
        const bool negative = gates[k] == INPUT && l->coupled;
        to = put_gate(l, to, &l->gates[negative ? FORGET : gates[k]], negative ? -1.0F : 1.0F, first);
    }
    return hcl_import_made(l->r.im, l->r.op, dims, data, weights);
}

static hcl_status add_bias(const struct lstm *l, const uint8_t *gates, uint32_t count, uint32_t *bias)
{
    const uint32_t dims[4] = { 1, 1, 1, count * l->r.units };
    float *data = calloc(dims[3], sizeof *data);
    if (data == NULL)
        return hcl_fail(l->r.im->err, HCL_NO_RESOURCE, "no memory for the bias of an LSTM");
    for (uint32_t i = 0; i < dims[3]; i++) {
        const bool negative = gates[i / l->r.units] == INPUT && l->coupled;
        const float *b = l->gates[negative ? FORGET : gates[i / l->r.units]].b;
        data[i] = b == NULL ? 0 : negative ? -b[i % l->r.units] : b[i % l->r.units];
    }
    return hcl_import_made(l->r.im, l->r.op, dims, data, bias);
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

static hcl_status elementwise(const struct lstm *l, hcl_op op, uint32_t a, uint32_t b,
                              const struct hcl_function *act, uint32_t *out)
{
    const struct hcl_map_shape to = hcl_recurrent_vector(l->r.units);
    struct hcl_node n = hcl_import_node(op, a, b);
    if (act != NULL)
        n.act = *act;
    return hcl_import_step(l->r.im, l->r.op, &n, &to, out);
}

/* A cell is at most the number of steps so far where i, f and g are at most 1: a clip beyond does nothing. */
static bool clips(const struct lstm *l, uint32_t step)
{
    const float clip = l->r.op->cell_clip;
    return clip > 0 && !(l->act.id == HCL_FN_TANH && clip >= (float)(step + 1));
}

static hcl_status add_cell(struct lstm *l, uint32_t step, uint32_t gates, uint32_t g)
{
    const struct hcl_function clip = { HCL_FN_CLIP, { -l->r.op->cell_clip, l->r.op->cell_clip } };
    const struct hcl_function *act = clips(l, step) ? &clip : NULL;
    uint32_t i, f, kept, come;
    hcl_status st;
    HCL_TRY(hcl_recurrent_pick(&l->r, gates, 0, l->r.units, HCL_GRAPH_NONE, &i));
    if (step == 0) {
        st = elementwise(l, HCL_OP_MUL, i, g, act, &l->c);
        goto done;
    }
    HCL_TRY(hcl_recurrent_pick(&l->r, gates, 2 * (size_t)l->r.units, l->r.units, HCL_GRAPH_NONE, &f));
    HCL_TRY(elementwise(l, HCL_OP_MUL, i, g, NULL, &come));
    HCL_TRY(elementwise(l, HCL_OP_MUL, f, l->c, NULL, &kept));
    st = elementwise(l, HCL_OP_ADD, kept, come, act, &l->c);
done:
    return st;
}

static hcl_status add_step(void *layer, uint32_t step, uint32_t *h)
{
    struct lstm *l = layer;
    const struct hcl_function logistic = { .id = HCL_FN_LOGISTIC };
    const size_t at = (size_t)step * l->r.wide;
    uint32_t x, gates, g, o, seen;
    struct hcl_node last;
    hcl_status st;
    HCL_TRY(hcl_recurrent_pick(&l->r, l->r.input, at, l->r.wide, step == 0 ? HCL_GRAPH_NONE : l->h, &x));
    const struct layers *layers = step == 0 ? &l->first : &l->others;
    HCL_TRY(hcl_recurrent_dense(&l->r, x, layers->gates, layers->gates_bias, &logistic, &gates));
    HCL_TRY(hcl_recurrent_dense(&l->r, x, layers->cell, layers->cell_bias, &l->act, &g));
    HCL_TRY(add_cell(l, step, gates, g));
    HCL_TRY(hcl_recurrent_pick(&l->r, gates, l->r.units, l->r.units, HCL_GRAPH_NONE, &o));
    seen = l->c;
    if (l->act.id != HCL_FN_IDENTITY) {
        const struct hcl_map_shape to = hcl_recurrent_vector(l->r.units);
        last = hcl_import_node(hcl_function_op(l->act.id), l->c, HCL_GRAPH_NONE);
        last.act = l->act;
        HCL_TRY(hcl_import_step(l->r.im, l->r.op, &last, &to, &seen));
    }
    st = elementwise(l, HCL_OP_MUL, o, seen, NULL, &l->h);
    *h = l->h;
done:
    return st;
}

hcl_status hcl_import_lstm(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct lstm l = { .r = { .im = im, .op = op } };
    hcl_status st;
    HCL_TRY(read_lstm(&l));
    HCL_TRY(add_layers(&l, true, &l.first));
    HCL_TRY(add_layers(&l, false, &l.others));
    st = hcl_recurrent_run(&l.r, add_step, &l);
done:
    return st;
}
