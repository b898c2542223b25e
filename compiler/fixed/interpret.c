/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/fixed/interpret.h"
#include "common/sys/mem.h"
#include "compiler/graph/products.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include <math.h>

/* Elements of all constants or of all other tensors. */
static size_t elements(const struct hcl_fx_graph *g, bool constant)
{
    size_t total = 0;
    for (uint32_t t = 0; t < g->num_tensors; t++)
        total += (g->tensors[t].data != NULL) == constant ? hcl_fx_tensor_len(g, t) : 0;
    return total;
}

size_t hcl_fx_batch(const struct hcl_fx_graph *g)
{
    return hcl_batch_of(elements(g, true), elements(g, false));
}

hcl_status hcl_fx_values_init(struct hcl_fx_values *v, const struct hcl_fx_graph *g, struct hcl_err *err)
{
    const size_t total = elements(g, false);
    hcl_status st = HCL_OK;
    *v = (struct hcl_fx_values){ .num_tensors = g->num_tensors };
    v->tensor = calloc(g->num_tensors + 1, sizeof *v->tensor);
    if (v->tensor == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensors", g->num_tensors);
    HCL_TRY(hcl_mem_calloc((void **)&v->arena, total + 1, sizeof *v->arena, "fixed-point values", err));
    int64_t *next = v->arena;
    for (uint32_t t = 0; t < g->num_tensors; t++) {
        if (g->tensors[t].data != NULL) {
            v->tensor[t] = g->tensors[t].type == HCL_FX_I64 ? (int64_t *)g->tensors[t].data : NULL;
        } else {
            v->tensor[t] = next;
            next += hcl_fx_tensor_len(g, t);
        }
    }
done:
    if (st != HCL_OK)
        hcl_fx_values_clear(v);
    return st;
}

void hcl_fx_values_clear(struct hcl_fx_values *v)
{
    hcl_mem_free_secret(v->arena);
    free(v->tensor);
    *v = (struct hcl_fx_values){ 0 };
}

hcl_status hcl_fx_set_input(const struct hcl_fx_graph *g, struct hcl_fx_values *v, size_t which,
                            const float *x, size_t len, struct hcl_err *err)
{
    if (which >= g->num_inputs)
        return hcl_fail(err, HCL_BAD_INPUT, "the model has no input %zu, only %zu", which, g->num_inputs);
    const struct hcl_fx_tensor *t = &g->tensors[g->inputs[which]];
    int64_t *to = v->tensor[g->inputs[which]];
    if (len != hcl_fx_tensor_len(g, g->inputs[which]))
        return hcl_fail(err, HCL_BAD_INPUT, "input '%s' has %zu elements, expected %zu", t->name, len,
                        hcl_fx_tensor_len(g, g->inputs[which]));
    for (size_t i = 0; i < len; i++) {
        const int bits = hcl_fx_element_bits(t, i);
        const double scale = ldexp(1, bits);
        double scaled = (double)x[i] * scale;
        bool near = scaled > (double)t->lo - 1 && scaled < (double)t->hi + 1;
        to[i] = near ? hcl_fx_round(x[i], scale) : 0;
        if (!near || to[i] < t->lo || to[i] > t->hi)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "input '%s' is %g at element %zu, expected a number in [%g, %g]", t->name,
                            (double)x[i], i, ldexp((double)t->lo, -bits), ldexp((double)t->hi, -bits));
    }
    return HCL_OK;
}

/* Of a batch, say whose failure it is. */
static hcl_status tell_item(const struct hcl_fx_graph *g, uint32_t tensor, hcl_status st, struct hcl_err *err)
{
    return st == HCL_BAD_INPUT && hcl_fx_is_batch(g)
               ? hcl_fail_prefix(err, st, "item %u", g->tensors[tensor].item)
               : st;
}

size_t hcl_fx_input_len(const struct hcl_fx_graph *g)
{
    size_t len = 0;
    for (size_t i = 0; i < g->num_inputs; i++)
        len += hcl_fx_tensor_len(g, g->inputs[i]);
    return len;
}

hcl_status hcl_fx_set_inputs(const struct hcl_fx_graph *g, struct hcl_fx_values *v, const float *sample,
                             struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_inputs && st == HCL_OK; i++) {
        const size_t len = hcl_fx_tensor_len(g, g->inputs[i]);
        st = tell_item(g, g->inputs[i], hcl_fx_set_input(g, v, i, sample, len, err), err);
        sample += len;
    }
    return st;
}

static struct hcl_fx_operands operands_of(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                          const struct hcl_fx_values *v, struct hcl_err *err)
{
    const uint32_t second = n->inputs[1] != HCL_FX_NONE ? n->inputs[1] : n->inputs[0];
    struct hcl_fx_operands p = { .g = g,
                                 .n = n,
                                 .x = v->tensor[n->inputs[0]],
                                 .xd = g->tensors[n->inputs[0]].dims,
                                 .x_len = hcl_fx_tensor_len(g, n->inputs[0]),
                                 .w = v->tensor[second],
                                 .wd = g->tensors[second].dims,
                                 .w_len = hcl_fx_tensor_len(g, second),
                                 .y = v->tensor[n->output],
                                 .yd = g->tensors[n->output].dims,
                                 .y_len = hcl_fx_tensor_len(g, n->output),
                                 .err = err };
    if (g->tensors[second].type == HCL_FX_I16)
        p.short_w = g->tensors[second].data;
    if (n->inputs[2] != HCL_FX_NONE)
        p.b = v->tensor[n->inputs[2]];
    if (n->inputs[3] != HCL_FX_NONE)
        p.r = v->tensor[n->inputs[3]];
    return p;
}

/* One node on `count` value sets. */
static hcl_status interpret(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                            struct hcl_fx_values *v, size_t count, struct hcl_err *err)
{
    const struct hcl_primitive *kind = hcl_primitive_of(n->op);
    struct hcl_fx_operands p[HCL_MOST_BATCH];
    hcl_status st = HCL_OK;
    HCL_CHECK(count >= 1 && count <= HCL_MOST_BATCH);
    for (size_t k = 0; k < count; k++)
        p[k] = operands_of(g, n, &v[k], err);
    if (kind->interpret_batch != NULL)
        st = kind->interpret_batch(p, count);
    else
        for (size_t k = 0; k < count && st == HCL_OK; k++)
            st = kind->interpret(&p[k]);
    return tell_item(g, n->output, st, err);
}

hcl_status hcl_interpret_node(const struct hcl_fx_graph *g, size_t node, struct hcl_fx_values *v,
                              struct hcl_err *err)
{
    return interpret(g, &g->nodes[node], v, 1, err);
}

hcl_status hcl_interpret_batch(const struct hcl_fx_graph *g, struct hcl_fx_values *v, size_t count,
                               struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_nodes && st == HCL_OK; i++)
        st = interpret(g, &g->nodes[i], v, count, err);
    return st;
}

hcl_status hcl_interpret(const struct hcl_fx_graph *g, struct hcl_fx_values *v, struct hcl_err *err)
{
    return hcl_interpret_batch(g, v, 1, err);
}
