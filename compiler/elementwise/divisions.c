/* SPDX-License-Identifier: Apache-2.0 */
/* Divisions. Of x by y, exactly where they are of whole numbers:
 *
 *   DIV         of floats x times 1/y, of a y that may be negative x times sign(y) / |y|; of integers
 *               sign(x) sign(y) floor(|x| / |y|)
 *   FLOOR_DIV   floor(x sign(y) / |y|), by the node of that name
 *   FLOOR_MOD   x - y floor(x / y)
 *
 * Of one constant y the last two, and DIV of integers, are a table of x. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/operators/elementwise.h"
#include <math.h>
#include <string.h>

/* A division as it is written out. */
struct division {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    uint32_t in[2];
    struct hcl_map_shape x[2]; /* their shapes */
};

static hcl_status read(struct division *d)
{
    hcl_status st;
    for (size_t k = 0; k < 2; k++)
        HCL_TRY(hcl_import_any(d->im, d->op, k, &d->in[k], &d->x[k]));
done:
    return st;
}

static hcl_status apply(const struct division *d, hcl_fn fn, const struct hcl_map_shape *shape, uint32_t x,
                        uint32_t *out)
{
    return hcl_import_function(d->im, d->op, (struct hcl_function){ .id = fn }, shape, x, out);
}

/* fn(a kind b) */
static hcl_status combine(const struct division *d, hcl_op kind, hcl_fn fn, uint32_t a,
                          const struct hcl_map_shape *of_a, uint32_t b, const struct hcl_map_shape *of_b,
                          struct hcl_map_shape *to, uint32_t *out)
{
    struct hcl_node n = hcl_import_node(kind, a, b);
    n.act.id = fn;
    return hcl_import_combine(d->im, d->op, n, 1, (const struct hcl_map_shape[]){ *of_a, *of_b }, to, out);
}

/* A function of each element of the constant. */
static hcl_status map_constant(const struct division *d, double (*f)(double), uint32_t *tensor)
{
    const struct hcl_tensor *t = &d->im->graph->tensors[*tensor];
    const uint32_t dims[4] = { t->dims[0], t->dims[1], t->dims[2], t->dims[3] };
    const size_t len = hcl_tensor_len(t);
    float *data = malloc(len * sizeof *data);
    if (data == NULL)
        return hcl_fail(d->im->err, HCL_NO_RESOURCE, "no memory for %zu divisors", len);
    for (size_t i = 0; i < len; i++) {
        data[i] = (float)f((double)t->data[i]);
        if (!isfinite(data[i])) {
            free(data);
            return HCL_FAIL_OP(d->im, d->op, "a division by %g at element %zu of '%s'", (double)t->data[i], i,
                               t->name);
        }
    }
    return hcl_import_made(d->im, d->op, dims, data, tensor);
}

static double inverse(double x)
{
    return 1 / x;
}

static double sign(double x)
{
    return x < 0 ? -1 : 1;
}

/* |v| of operand k and, unless v is never negative, its sign; else HCL_GRAPH_NONE. */
static hcl_status split(const struct division *d, size_t k, uint32_t *size, uint32_t *its_sign)
{
    const struct hcl_tensor *t = &d->im->graph->tensors[d->in[k]];
    const uint32_t v = d->in[k];
    const bool negative = !hcl_graph_never_negative(d->im->graph, v);
    hcl_status st = HCL_OK;
    *size = v;
    *its_sign = negative ? v : HCL_GRAPH_NONE;
    if (!negative)
        return HCL_OK;
    if (t->data != NULL) {
        HCL_TRY(map_constant(d, fabs, size));
        st = map_constant(d, sign, its_sign);
    } else {
        HCL_TRY(apply(d, HCL_FN_ABS, &d->x[k], v, size));
        st = apply(d, HCL_FN_SIGN, &d->x[k], v, its_sign);
    }
done:
    return st;
}

static bool of_integers(const struct division *d)
{
    return d->im->model->tensors[d->op->outputs[0]].type != HCL_TFL_FLOAT32;
}

/* x by a constant that is one number, as a table. *taken: it is one. */
static hcl_status by_table(const struct division *d, hcl_fn fn, bool *taken)
{
    const struct hcl_tensor *y = &d->im->graph->tensors[d->in[1]];
    struct hcl_map_shape to;
    hcl_status st = HCL_OK;
    *taken = y->data != NULL && hcl_map_len(&d->x[1]) == 1 && !hcl_import_is_constant(d->im, d->in[0]);
    if (!*taken)
        return HCL_OK;
    const struct hcl_function f = { fn, { y->data[0] } };
    if (y->data[0] == 0)
        return HCL_FAIL_OP(d->im, d->op, "%s", "a division by 0");
    HCL_TRY(hcl_import_broadcast(d->im, d->op, &d->x[0], &d->x[1], &to));
    st = hcl_import_function(d->im, d->op, f, &to, d->in[0], NULL);
done:
    return st;
}

/* The constant as a computed tensor, which is what a dividend is: a MOVE of elements beside the divisor's. */
static hcl_status as_computed(const struct division *d, const struct hcl_map_shape *shape, uint32_t divisor,
                              uint32_t *tensor)
{
    const size_t len = hcl_map_len(shape), other = hcl_tensor_len(&d->im->graph->tensors[divisor]);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, divisor, *tensor);
    n.map = malloc(len * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(d->im->err, HCL_NO_RESOURCE, "no memory for %zu elements", len);
    for (size_t i = 0; i < len; i++)
        n.map[i] = (uint32_t)(other + i);
    return hcl_import_step(d->im, d->op, &n, shape, tensor);
}

/* floor(x / y), and its shape. out NULL: the operator's result. */
static hcl_status floor_quotient(const struct division *d, struct hcl_map_shape *to, uint32_t *out)
{
    struct hcl_node n = hcl_import_node(HCL_OP_FLOOR_DIV, d->in[0], HCL_GRAPH_NONE);
    struct hcl_map_shape x[2] = { d->x[0], d->x[1] };
    uint32_t s;
    hcl_status st;
    HCL_TRY(split(d, 1, &n.inputs[1], &s));
    if (s != HCL_GRAPH_NONE)
        HCL_TRY(
            combine(d, HCL_OP_MUL, HCL_FN_IDENTITY, d->in[0], &d->x[0], s, &d->x[1], &x[0], &n.inputs[0]));
    HCL_TRY(hcl_import_broadcast(d->im, d->op, &x[0], &x[1], to));
    for (size_t k = 0; k < 2; k++)
        HCL_TRY(hcl_import_expand(d->im, d->op, &n.inputs[k], &x[k], to));
    if (hcl_import_is_constant(d->im, n.inputs[0]))
        HCL_TRY(as_computed(d, to, n.inputs[1], &n.inputs[0]));
    n.act.id = HCL_FN_FLOOR;
    st = hcl_import_step(d->im, d->op, &n, to, out);
done:
    return st;
}

hcl_status hcl_import_floor_div(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct division d = { .im = im, .op = op };
    struct hcl_map_shape to;
    bool table;
    hcl_status st;
    HCL_TRY(read(&d));
    HCL_TRY(by_table(&d, HCL_FN_FLOOR_RATIO, &table));
    if (!table)
        st = floor_quotient(&d, &to, NULL);
done:
    return st;
}

hcl_status hcl_import_floor_mod(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct division d = { .im = im, .op = op };
    struct hcl_map_shape of_q, to;
    struct hcl_node n;
    uint32_t q;
    bool table;
    hcl_status st;
    HCL_TRY(read(&d));
    HCL_TRY(by_table(&d, HCL_FN_FLOOR_REST, &table));
    if (table)
        goto done;
    HCL_TRY(floor_quotient(&d, &of_q, &q));
    HCL_TRY(combine(&d, HCL_OP_MUL, HCL_FN_IDENTITY, q, &of_q, d.in[1], &d.x[1], &to, &q));
    n = hcl_import_node(HCL_OP_SUB, d.in[0], q);
    st = hcl_import_combine(im, op, n, 1, (const struct hcl_map_shape[]){ d.x[0], to }, NULL, NULL);
done:
    return st;
}

/* sign(x) sign(y) floor(|x| / |y|), rounded towards 0. */
static hcl_status truncated(struct division *d)
{
    const struct hcl_map_shape *x = d->x;
    struct hcl_map_shape to;
    uint32_t size[2], s[2], q;
    bool table, last;
    hcl_status st;
    HCL_TRY(by_table(d, HCL_FN_TRUNC_RATIO, &table));
    if (table)
        goto done;
    for (size_t k = 0; k < 2; k++)
        HCL_TRY(split(d, k, &size[k], &s[k]));
    memcpy(d->in, size, sizeof size);
    last = s[0] == HCL_GRAPH_NONE && s[1] == HCL_GRAPH_NONE;
    HCL_TRY(floor_quotient(d, &to, last ? NULL : &q));
    for (size_t k = 0; k < 2 && !last; k++) {
        last = k == 1 || s[1] == HCL_GRAPH_NONE;
        if (s[k] != HCL_GRAPH_NONE)
            HCL_TRY(combine(d, HCL_OP_MUL, HCL_FN_IDENTITY, q, &to, s[k], &x[k], NULL, last ? NULL : &q));
    }
done:
    return st;
}

hcl_status hcl_import_div(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct division d = { .im = im, .op = op };
    struct hcl_function act;
    uint32_t y, s = HCL_GRAPH_NONE;
    hcl_status st;
    if (op->options != HCL_TFL_OPTIONS_NONE)
        HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_DIV));
    HCL_TRY(hcl_import_activation(im, op, &act));
    HCL_TRY(read(&d));
    if (of_integers(&d) && act.id != HCL_FN_IDENTITY)
        return HCL_FAIL_OP(im, op, "%s", "a fused activation of integers");
    if (of_integers(&d))
        return truncated(&d);
    if (hcl_import_is_constant(im, d.in[1])) {
        y = d.in[1];
        HCL_TRY(map_constant(&d, inverse, &y));
    } else {
        HCL_TRY(split(&d, 1, &y, &s));
        HCL_TRY(apply(&d, HCL_FN_RECIPROCAL, &d.x[1], y, &y));
    }
    if (s != HCL_GRAPH_NONE)
        HCL_TRY(combine(&d, HCL_OP_MUL, HCL_FN_IDENTITY, y, &d.x[1], s, &d.x[1], NULL, &y));
    st = combine(&d, HCL_OP_MUL, act.id, d.in[0], &d.x[0], y, &d.x[1], NULL, NULL);
done:
    return st;
}
