/* SPDX-License-Identifier: Apache-2.0 */
/* UNIDIRECTIONAL_SEQUENCE_RNN, written out step by step: h' = act(W x + R h + b), a dense layer over (x, h),
 * of x alone in the first step, where h is 0. */
#include "compiler/frontend/import_moves.h"
#include "compiler/frontend/recurrent.h"

/* Operands. */
enum { X, TO_STATE, BACK, BIAS, STATE };

struct rnn {
    struct hcl_recurrent r;
    struct hcl_function act;
    const float *x, *h, *b;             /* matrices and bias */
    uint32_t first, others, bias, last; /* constants of the layers; h */
};

/* Row by row the weights of x and, unless first, of h. */
static hcl_status add_weights(const struct rnn *n, bool first, uint32_t *out)
{
    const uint32_t wide = n->r.wide, units = n->r.units, each = first ? wide : wide + units;
    const uint32_t dims[4] = { units, 1, 1, each };
    float *data = malloc((size_t)units * each * sizeof *data);
    if (data == NULL)
        return hcl_fail(n->r.im->err, HCL_NO_RESOURCE, "no memory for the weights of a recurrent layer");
    for (size_t row = 0; row < units; row++)
        for (size_t i = 0; i < each; i++)
            data[row * each + i] = i < wide ? n->x[row * wide + i] : n->h[row * units + i - wide];
    return hcl_import_made(n->r.im, n->r.op, dims, data, out);
}

static hcl_status read_rnn(struct rnn *n)
{
    hcl_status st;
    HCL_TRY(hcl_import_options(n->r.im, n->r.op, HCL_TFL_OPTIONS_SEQUENCE_RNN));
    HCL_TRY(hcl_import_activation(n->r.im, n->r.op, &n->act));
    HCL_TRY(hcl_recurrent_zero_state(&n->r, STATE));
    HCL_TRY(hcl_recurrent_read(&n->r, BIAS));
    HCL_TRY(hcl_recurrent_floats(&n->r, TO_STATE, (size_t)n->r.units * n->r.wide, &n->x));
    HCL_TRY(hcl_recurrent_floats(&n->r, BACK, (size_t)n->r.units * n->r.units, &n->h));
    if (n->x == NULL || n->h == NULL)
        return HCL_FAIL_OP(n->r.im, n->r.op, "%s", "its weights are missing");
    HCL_TRY(add_weights(n, true, &n->first));
    HCL_TRY(add_weights(n, false, &n->others));
    st = hcl_import_operand(n->r.im, n->r.op, BIAS, &n->bias);
done:
    return st;
}

static hcl_status add_step(void *layer, uint32_t step, uint32_t *h)
{
    struct rnn *n = layer;
    uint32_t x;
    hcl_status st;
    HCL_TRY(hcl_recurrent_pick(&n->r, n->r.input, (size_t)step * n->r.wide, n->r.wide,
                               step == 0 ? HCL_GRAPH_NONE : n->last, &x));
    HCL_TRY(hcl_recurrent_dense(&n->r, x, step == 0 ? n->first : n->others, n->bias, &n->act, &n->last));
    *h = n->last;
done:
    return st;
}

hcl_status hcl_import_rnn(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct rnn n = { .r = { .im = im, .op = op } };
    const hcl_status st = read_rnn(&n);
    return st == HCL_OK ? hcl_recurrent_run(&n.r, add_step, &n) : st;
}
