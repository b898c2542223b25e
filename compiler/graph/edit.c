/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/edit_internal.h"
#include "compiler/operators/operator.h"
#include <string.h>

bool hcl_graph_is_input(const struct hcl_graph *g, uint32_t t)
{
    for (size_t i = 0; i < g->num_inputs; i++)
        if (g->inputs[i] == t)
            return true;
    return false;
}

bool hcl_graph_is_output(const struct hcl_graph *g, uint32_t t)
{
    for (size_t i = 0; i < g->num_outputs; i++)
        if (g->outputs[i] == t)
            return true;
    return false;
}

size_t hcl_graph_uses(const struct hcl_graph *g, uint32_t t)
{
    size_t n = 0;
    for (size_t i = 0; i < g->num_nodes; i++)
        for (size_t k = 0; k < HCL_MOST_OPERANDS; k++)
            n += g->nodes[i].inputs[k] == t;
    for (size_t i = 0; i < g->num_outputs; i++)
        n += g->outputs[i] == t;
    return n;
}

uint32_t hcl_graph_only_reader(const struct hcl_graph *g, uint32_t t)
{
    if (hcl_graph_uses(g, t) != 1)
        return HCL_GRAPH_NONE;
    for (size_t i = 0; i < g->num_nodes; i++)
        for (size_t k = 0; k < HCL_MOST_OPERANDS; k++)
            if (g->nodes[i].inputs[k] == t)
                return (uint32_t)i;
    return HCL_GRAPH_NONE;
}

uint32_t hcl_graph_producer(const struct hcl_graph *g, uint32_t t)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        if (g->nodes[i].output == t)
            return (uint32_t)i;
    return HCL_GRAPH_NONE;
}

void hcl_graph_remove_node(struct hcl_graph *g, size_t i)
{
    hcl_node_clear(&g->nodes[i]);
    memmove(&g->nodes[i], &g->nodes[i + 1], (g->num_nodes - i - 1) * sizeof *g->nodes);
    g->num_nodes--;
}

void hcl_graph_absorb(struct hcl_graph *g, size_t into, size_t i)
{
    hcl_graph_join_origins(g, g->nodes[into].origin, g->nodes[i].origin);
    hcl_graph_remove_node(g, i);
}

/* `to` is told of as the output that it becomes. */
static void take_title(struct hcl_tensor *to, struct hcl_tensor *from)
{
    char *name = to->name, *entry = to->entry;
    to->name = from->name;
    to->entry = from->entry;
    to->rank = from->rank;
    to->wide = from->wide;
    from->name = name;
    from->entry = entry;
}

void hcl_graph_redirect(struct hcl_graph *g, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        for (size_t k = 0; k < HCL_MOST_OPERANDS; k++)
            if (g->nodes[i].inputs[k] == from)
                g->nodes[i].inputs[k] = to;
    if (hcl_graph_is_output(g, from) && !hcl_graph_is_output(g, to) && !hcl_graph_is_input(g, to))
        take_title(&g->tensors[to], &g->tensors[from]);
    for (size_t i = 0; i < g->num_outputs; i++)
        if (g->outputs[i] == from)
            g->outputs[i] = to;
}

/* Last first, so that a chain of unread nodes goes in one sweep. */
static void remove_unread(struct hcl_graph *g)
{
    for (size_t i = g->num_nodes; i-- > 0;)
        if (hcl_graph_uses(g, g->nodes[i].output) == 0)
            hcl_graph_remove_node(g, i);
}

static void mark_mentioned(const struct hcl_graph *g, uint32_t *map)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        map[g->nodes[i].output] = 1;
        for (size_t k = 0; k < hcl_node_arity(&g->nodes[i]); k++)
            map[g->nodes[i].inputs[k]] = 1;
    }
    for (size_t i = 0; i < g->num_inputs; i++)
        map[g->inputs[i]] = 1;
    for (size_t i = 0; i < g->num_outputs; i++)
        map[g->outputs[i]] = 1;
}

static void renumber(struct hcl_graph *g, const uint32_t *map)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        g->nodes[i].output = map[g->nodes[i].output];
        for (size_t k = 0; k < hcl_node_arity(&g->nodes[i]); k++)
            g->nodes[i].inputs[k] = map[g->nodes[i].inputs[k]];
    }
    for (size_t i = 0; i < g->num_inputs; i++)
        g->inputs[i] = map[g->inputs[i]];
    for (size_t i = 0; i < g->num_outputs; i++)
        g->outputs[i] = map[g->outputs[i]];
}

hcl_status hcl_graph_compact(struct hcl_graph *g, struct hcl_err *err)
{
    uint32_t *map = calloc(g->num_tensors + 1, sizeof *map);
    if (map == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to renumber %zu tensors", g->num_tensors);
    remove_unread(g);
    mark_mentioned(g, map);
    uint32_t kept = 0;
    for (size_t t = 0; t < g->num_tensors; t++) {
        if (map[t] == 0) {
            hcl_tensor_clear(&g->tensors[t]);
            continue;
        }
        g->tensors[kept] = g->tensors[t];
        map[t] = kept++;
    }
    g->num_tensors = kept;
    renumber(g, map);
    free(map);
    return HCL_OK;
}

hcl_status hcl_graph_copy_constant(struct hcl_graph *g, uint32_t constant, size_t first,
                                   const uint32_t dims[4], uint32_t *copy, struct hcl_err *err)
{
    const struct hcl_tensor *from = &g->tensors[constant];
    const size_t bytes = (size_t)dims[0] * dims[1] * dims[2] * dims[3] * sizeof(float);
    float *data = malloc(bytes);
    if (data == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a copy of '%s'", from->name);
    memcpy(data, from->data + first, bytes);
    return hcl_graph_add_tensor(g, from->name, dims, from->rank, data, copy, err);
}

hcl_status hcl_graph_own_constant(struct hcl_graph *g, size_t node, size_t k, struct hcl_err *err)
{
    const uint32_t t = g->nodes[node].inputs[k];
    uint32_t dims[4];
    if (hcl_graph_uses(g, t) == 1)
        return hcl_tensor_own(&g->tensors[t], err);
    memcpy(dims, g->tensors[t].dims, sizeof dims); /* the tensors move */
    return hcl_graph_copy_constant(g, t, 0, dims, &g->nodes[node].inputs[k], err);
}

hcl_status hcl_graph_add_like(struct hcl_graph *g, uint32_t like, const uint32_t dims[4], bool constant,
                              uint32_t *out, struct hcl_err *err)
{
    float *data = constant ? calloc((size_t)dims[0] * dims[1] * dims[2] * dims[3], sizeof *data) : NULL;
    char *name = strdup(g->tensors[like].name);
    hcl_status st;
    if (name == NULL || (constant && data == NULL)) {
        free(data);
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for '%s'", g->tensors[like].name);
    } else {
        st = hcl_graph_add_tensor(g, name, dims, g->tensors[like].rank, data, out, err);
    }
    free(name);
    return st;
}

/* Tensors that are looked at: where two operands come of one tensor, and so on upwards, there are far more
 * ways to it than nodes. */
enum { MOST_VISITS = 4096 };

static bool never_negative(const struct hcl_graph *g, uint32_t tensor, int *visits)
{
    const uint32_t i = hcl_graph_producer(g, tensor);
    const struct hcl_tensor *t = &g->tensors[tensor];
    for (size_t k = 0; t->data != NULL && k < hcl_tensor_len(t); k++)
        if (!(t->data[k] >= 0))
            return false;
    if (i == HCL_GRAPH_NONE || ++*visits > MOST_VISITS)
        return t->data != NULL;
    const struct hcl_node *n = &g->nodes[i];
    const struct hcl_function f = hcl_node_function(n);
    const hcl_sign sign = hcl_operator_of(n->op)->sign;
    if (hcl_function_has(&f, HCL_FN_NEVER_NEGATIVE))
        return true;
    if (f.id != HCL_FN_IDENTITY || sign == HCL_SIGN_ANY)
        return false;
    for (size_t k = 0; sign == HCL_SIGN_OF_OPERANDS && k < hcl_node_arity(n); k++)
        if (!never_negative(g, n->inputs[k], visits))
            return false;
    return true;
}

bool hcl_graph_never_negative(const struct hcl_graph *g, uint32_t tensor)
{
    int visits = 0;
    return never_negative(g, tensor, &visits);
}

hcl_status hcl_graph_own_bias(struct hcl_graph *g, size_t node, size_t outputs, struct hcl_err *err)
{
    if (g->nodes[node].inputs[2] != HCL_GRAPH_NONE)
        return hcl_graph_own_constant(g, node, 2, err);
    const uint32_t dims[4] = { 1, 1, 1, (uint32_t)outputs };
    float *zeros = calloc(outputs, sizeof *zeros);
    if (zeros == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a bias of %zu", outputs);
    return hcl_graph_add_tensor(g, "bias", dims, 1, zeros, &g->nodes[node].inputs[2], err);
}
