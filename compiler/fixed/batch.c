/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/fixed/batch.h"

#include <stdlib.h>

/* Where the tensors of an item are. */
struct numbering {
    uint32_t *rank; /* by tensor: how many computed ones are before it; of constants HCL_FX_NONE */
    uint32_t tensors, computed;
};

static hcl_status number(struct numbering *out, const struct hcl_fx_graph *g, uint32_t items,
                         struct hcl_err *err)
{
    *out = (struct numbering){ .rank = malloc((g->num_tensors + 1) * sizeof *out->rank),
                               .tensors = (uint32_t)g->num_tensors };
    if (out->rank == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a batch of %u", items);
    for (uint32_t t = 0; t < g->num_tensors; t++)
        out->rank[t] = g->tensors[t].data != NULL ? HCL_FX_NONE : out->computed++;
    if ((g->num_tensors + g->num_nodes + 1) * (uint64_t)items < HCL_FX_NONE)
        return HCL_OK;
    free(out->rank);
    return hcl_fail(err, HCL_BAD_INPUT, "a batch of %u of a model of %zu tensors is too large", items,
                    g->num_tensors);
}

static uint32_t index_of(const struct numbering *x, uint32_t tensor, uint32_t item)
{
    if (tensor == HCL_FX_NONE || item == 0 || x->rank[tensor] == HCL_FX_NONE)
        return tensor;
    return x->tensors + (item - 1) * x->computed + x->rank[tensor];
}

static hcl_status allocate(struct hcl_fx_graph *out, const struct hcl_fx_graph *g, const struct numbering *x,
                           struct hcl_err *err)
{
    const size_t items = out->items;
    out->num_tensors = x->tensors + (items - 1) * x->computed;
    out->num_nodes = items * g->num_nodes;
    out->num_inputs = items * g->num_inputs;
    out->num_outputs = items * g->num_outputs;
    out->tensors = calloc(out->num_tensors + 1, sizeof *out->tensors);
    out->nodes = calloc(out->num_nodes + 1, sizeof *out->nodes);
    out->inputs = calloc(out->num_inputs + 1, sizeof *out->inputs);
    out->outputs = calloc(out->num_outputs + 1, sizeof *out->outputs);
    return out->tensors && out->nodes && out->inputs && out->outputs
               ? HCL_OK
               : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a batch of %zu", items);
}

static void add_item(struct hcl_fx_graph *out, const struct hcl_fx_graph *g, const struct numbering *x,
                     uint32_t item)
{
    for (uint32_t t = 0; t < g->num_tensors; t++) {
        struct hcl_fx_tensor *to = &out->tensors[index_of(x, t, item)];
        *to = g->tensors[t];
        to->item = x->rank[t] == HCL_FX_NONE ? 0 : item;
    }
    for (size_t i = 0; i < g->num_nodes; i++) {
        struct hcl_fx_node *to = &out->nodes[i * out->items + item];
        *to = g->nodes[i];
        for (size_t k = 0; k < HCL_FX_MOST_OPERANDS; k++)
            to->inputs[k] = index_of(x, g->nodes[i].inputs[k], item);
        to->output = index_of(x, g->nodes[i].output, item);
    }
    for (size_t i = 0; i < g->num_inputs; i++)
        out->inputs[item * g->num_inputs + i] = index_of(x, g->inputs[i], item);
    for (size_t i = 0; i < g->num_outputs; i++)
        out->outputs[item * g->num_outputs + i] = index_of(x, g->outputs[i], item);
}

hcl_status hcl_fx_repeat(struct hcl_fx_graph *out, const struct hcl_fx_graph *g, uint32_t items,
                         struct hcl_err *err)
{
    struct numbering x = { 0 };
    hcl_status st;
    HCL_CHECK(items > 1 && items <= HCL_MOST_ITEMS && !hcl_fx_is_batch(g));
    *out = (struct hcl_fx_graph){ .input_visibility = g->input_visibility,
                                  .output_visibility = g->output_visibility,
                                  .weight_visibility = g->weight_visibility,
                                  .items = items };
    HCL_TRY(number(&x, g, items, err));
    st = allocate(out, g, &x, err);
    for (uint32_t n = 0; st == HCL_OK && n < items; n++)
        add_item(out, g, &x, n);
    free(x.rank);
done:
    if (st != HCL_OK)
        hcl_fx_graph_clear(out);
    return st;
}

uint32_t hcl_fx_item_tensor(const struct hcl_fx_graph *g, uint32_t t, uint32_t item)
{
    size_t computed = 0, before = 0; /* of all tensors, of those before t */
    if (item == 0 || g->tensors[t].data != NULL)
        return t;
    for (size_t i = 0; i < g->num_tensors; i++) {
        before += i < t && g->tensors[i].data == NULL;
        computed += g->tensors[i].data == NULL;
    }
    return (uint32_t)(g->num_tensors + (item - 1) * computed + before);
}

hcl_status hcl_fx_item_values(struct hcl_fx_values *out, const struct hcl_fx_graph *batch,
                              const struct hcl_fx_values *v, uint32_t item, struct hcl_err *err)
{
    size_t own = 0, computed = 0; /* tensors of item 0; of these, computed ones */
    for (size_t t = 0; t < batch->num_tensors; t++)
        if (batch->tensors[t].item == 0)
            computed += batch->tensors[own++].data == NULL;
    *out = (struct hcl_fx_values){ .num_tensors = own, .tensor = calloc(own + 1, sizeof *out->tensor) };
    if (out->tensor == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensors", own);
    size_t next = own + (item > 0 ? (item - 1) * computed : 0);
    for (size_t t = 0; t < own; t++)
        out->tensor[t] = v->tensor[item == 0 || batch->tensors[t].data != NULL ? t : next++];
    return HCL_OK;
}

void hcl_fx_item_clear(struct hcl_fx_values *v)
{
    free(v->tensor);
    *v = (struct hcl_fx_values){ 0 };
}
