/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/fixed/fixed_graph.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/fixed/rounding.h"
#include "compiler/primitives/primitive.h"
#include <string.h>

#define MAX_LEN ((size_t)1 << 28)
#define DIMS "[%u,%u,%u,%u]"
#define DIMS_OF(d) (d)[0], (d)[1], (d)[2], (d)[3]

/* What the graph owns unless it is a batch. */
static void clear_contents(struct hcl_fx_graph *g)
{
    for (size_t i = 0; i < g->num_tensors; i++) {
        free(g->tensors[i].name);
        free((void *)g->tensors[i].data);
        free(g->tensors[i].channel_shift);
    }
    for (size_t i = 0; i < g->num_nodes; i++) {
        free(g->nodes[i].name);
        free(g->nodes[i].fn);
        free(g->nodes[i].exp_table);
        free(g->nodes[i].map);
    }
}

void hcl_fx_graph_clear(struct hcl_fx_graph *g)
{
    if (!hcl_fx_is_batch(g))
        clear_contents(g);
    free(g->tensors);
    free(g->nodes);
    free(g->inputs);
    free(g->outputs);
    *g = (struct hcl_fx_graph){ 0 };
}

void hcl_fx_graph_drop_constants(struct hcl_fx_graph *g)
{
    for (size_t i = 0; i < g->num_tensors; i++) {
        if (!hcl_fx_is_batch(g))
            free((void *)g->tensors[i].data);
        g->tensors[i].data = NULL;
    }
}

bool hcl_fx_same_function(const struct hcl_fx_graph *g, const struct hcl_fx_node *a,
                          const struct hcl_fx_node *b)
{
    if (!hcl_function_equal(&a->function, &b->function))
        return false;
    return hcl_function_has(&a->function, HCL_FN_EXACT) ||
           (a->quotient_bits == b->quotient_bits &&
            g->tensors[a->output].frac_bits == g->tensors[b->output].frac_bits);
}

static bool short_within(const int16_t *x, size_t len, int64_t lo, int64_t hi)
{
    int16_t least, most;
    hcl_fx_short_range(x, len, &least, &most);
    return least >= lo && most <= hi;
}

static hcl_status check_constant(const struct hcl_fx_tensor *x, size_t len, struct hcl_err *err)
{
    if (x->type == HCL_FX_I16 && short_within(x->data, len, x->lo, x->hi))
        return HCL_OK;
    for (size_t i = 0; i < len; i++)
        if (hcl_fx_constant(x, i) < x->lo || hcl_fx_constant(x, i) > x->hi)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "constant '%s' is outside its range [%lld, %lld] at element %zu", x->name,
                            (long long)x->lo, (long long)x->hi, i);
    return HCL_OK;
}

static hcl_status check_tensor(const struct hcl_fx_graph *g, uint32_t t, struct hcl_err *err)
{
    const struct hcl_fx_tensor *x = &g->tensors[t];
    size_t len = 1;
    for (int i = 0; i < 4; i++) {
        if (x->dims[i] == 0 || x->dims[i] > MAX_LEN / len)
            return hcl_fail(err, HCL_BAD_INPUT, "tensor '%s' has shape " DIMS ", expected 1..%zu elements",
                            x->name, DIMS_OF(x->dims), MAX_LEN);
        len *= x->dims[i];
    }
    if (x->data == NULL && x->dims[0] != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "tensor '%s' has a batch of %u, expected 1", x->name, x->dims[0]);
    if (x->lo > x->hi || x->lo < -HCL_FX_ACC_MAX || x->hi > HCL_FX_ACC_MAX)
        return hcl_fail(err, HCL_BAD_INPUT, "tensor '%s' has range [%lld, %lld]", x->name, (long long)x->lo,
                        (long long)x->hi);
    return x->data != NULL ? check_constant(x, len, err) : HCL_OK;
}

static hcl_status check_operands(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, bool *defined,
                                 struct hcl_err *err)
{
    const struct hcl_primitive *p = hcl_primitive_of(n->op);
    for (size_t k = 0; k < HCL_FX_MOST_OPERANDS; k++) {
        uint32_t t = n->inputs[k];
        if (t == HCL_FX_NONE && k >= p->operands)
            continue;
        if (t >= g->num_tensors || !defined[t])
            return hcl_primitive_fail(err, n, "an operand is missing or not computed before its use");
        if (k == 3 && !p->residual)
            return hcl_primitive_fail(err, n, "an operator of this kind has no fourth operand");
        if (g->tensors[t].type != HCL_FX_I64 && !(k == 1 && p->short_constant))
            return hcl_fail(err, HCL_BAD_INPUT, "%s: constant '%s' has 16 bits, which only filters may have",
                            n->name, g->tensors[t].name);
        if (k != 2 && (g->tensors[t].lo < -HCL_FX_VALUE_MAX || g->tensors[t].hi > HCL_FX_VALUE_MAX))
            return hcl_fail(err, HCL_BAD_INPUT, "%s: tensor '%s' can exceed 48 bits", n->name,
                            g->tensors[t].name);
    }
    if (n->output >= g->num_tensors || defined[n->output])
        return hcl_primitive_fail(err, n, "the output is missing or defined twice");
    defined[n->output] = true;
    return HCL_OK;
}

static hcl_status check_range(const struct hcl_fx_node *n, const struct hcl_fx_tensor *y, int64_t lo,
                              int64_t hi, struct hcl_err *err)
{
    if (lo >= y->lo && hi <= y->hi)
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT, "%s: values %lld..%lld do not fit tensor '%s' of range [%lld, %lld]",
                    n->name, (long long)lo, (long long)hi, y->name, (long long)y->lo, (long long)y->hi);
}

static hcl_status check_divisor(const struct hcl_fx_node *n, struct hcl_err *err)
{
    if (!hcl_fx_has_rescale(n->op))
        return HCL_OK;
    if (n->divisor < 1 || n->divisor > (int64_t)1 << 32 || n->q_lo > n->q_hi || n->q_lo < -HCL_FX_VALUE_MAX ||
        n->q_hi - n->q_lo >= HCL_FX_TABLE_MAX || (unsigned)n->function.id >= HCL_FN_COUNT)
        return hcl_primitive_fail(err, n, "bad rescale: divisor, quotient range or function");
    return HCL_OK;
}

void hcl_fx_fn_range(const struct hcl_fx_node *n, int64_t q_lo, int64_t q_hi, int64_t *lo, int64_t *hi)
{
    int64_t least = n->fn[q_lo - n->q_lo], most = least;
    for (int64_t q = q_lo; q <= q_hi; q++) {
        int64_t y = n->fn[q - n->q_lo];
        least = y < least ? y : least;
        most = y > most ? y : most;
    }
    *lo = least;
    *hi = most;
}

/* Quotients that interval analysis excludes do not count: the function's table may be shared with nodes of
 * wider range. */
static hcl_status check_rescale(const struct hcl_fx_node *n, const struct hcl_fx_tensor *y,
                                const struct hcl_fx_bounds *bounds, struct hcl_err *err)
{
    int64_t lo = bounds->q_lo > n->q_lo ? bounds->q_lo : n->q_lo;
    int64_t hi = bounds->q_hi < n->q_hi ? bounds->q_hi : n->q_hi;
    if (lo > hi)
        return hcl_primitive_fail(err, n, "no possible quotient is in the function's range");
    if (n->fn != NULL)
        hcl_fx_fn_range(n, lo, hi, &lo, &hi);
    return check_range(n, y, lo, hi, err);
}

static bool multiplier_ok(int64_t m)
{
    return m >= -((int64_t)1 << 31) && m <= (int64_t)1 << 31;
}

static hcl_status check_node(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, bool *defined,
                             struct hcl_err *err)
{
    struct hcl_fx_bounds bounds;
    hcl_status st;
    if ((unsigned)n->op >= HCL_FX_OP_COUNT)
        return hcl_primitive_fail(err, n, "unknown operator");
    HCL_TRY(check_operands(g, n, defined, err));
    HCL_TRY(hcl_primitive_of(n->op)->check(g, n, err));
    if (!multiplier_ok(n->a_mul) || !multiplier_ok(n->b_mul) || !multiplier_ok(n->pool_mul))
        return hcl_primitive_fail(err, n, "a multiplier is out of range");
    HCL_TRY(check_divisor(n, err));
    HCL_TRY(hcl_fx_node_bounds(g, n, &bounds, err));
    if (hcl_fx_has_rescale(n->op))
        HCL_TRY(check_rescale(n, &g->tensors[n->output], &bounds, err));
    else
        HCL_TRY(check_range(n, &g->tensors[n->output], bounds.acc_lo, bounds.acc_hi, err));
done:
    return st;
}

static hcl_status define_sources(const struct hcl_fx_graph *g, bool *defined, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (uint32_t t = 0; t < g->num_tensors; t++) {
        HCL_TRY(check_tensor(g, t, err));
        defined[t] = g->tensors[t].data != NULL;
    }
    for (size_t i = 0; i < g->num_inputs; i++) {
        if (g->inputs[i] >= g->num_tensors || defined[g->inputs[i]])
            return hcl_fail(err, HCL_BAD_INPUT, "input %zu is missing, constant or listed twice", i);
        defined[g->inputs[i]] = true;
    }
done:
    return st;
}

hcl_status hcl_fx_graph_check(const struct hcl_fx_graph *g, struct hcl_err *err)
{
    bool *defined = calloc(g->num_tensors + 1, sizeof *defined);
    hcl_status st;
    if (defined == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to check %zu tensors", g->num_tensors);
    HCL_TRY(define_sources(g, defined, err));
    for (size_t i = 0; i < g->num_nodes; i++)
        HCL_TRY(check_node(g, &g->nodes[i], defined, err));
    for (size_t i = 0; i < g->num_outputs; i++)
        if (g->outputs[i] >= g->num_tensors || !defined[g->outputs[i]]) {
            st = hcl_fail(err, HCL_BAD_INPUT, "output %zu is never computed", i);
            goto done;
        }
done:
    free(defined);
    return st;
}
