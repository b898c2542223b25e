/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/graph.h"
#include "compiler/operators/operator.h"
#include <string.h>

void hcl_tensor_clear(struct hcl_tensor *t)
{
    free(t->name);
    free(t->entry);
    free(t->initial);
    if (!t->borrowed)
        free(t->data);
}

hcl_status hcl_tensor_own(struct hcl_tensor *t, struct hcl_err *err)
{
    const size_t bytes = hcl_tensor_len(t) * sizeof *t->data;
    if (!t->borrowed)
        return HCL_OK;
    float *copy = malloc(bytes);
    if (copy == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for constant '%s'", t->name);
    memcpy(copy, t->data, bytes);
    t->data = copy;
    t->borrowed = false;
    return HCL_OK;
}

void hcl_node_clear(struct hcl_node *n)
{
    free(n->name);
    free(n->map);
}

void hcl_graph_clear(struct hcl_graph *g)
{
    for (size_t i = 0; i < g->num_tensors; i++)
        hcl_tensor_clear(&g->tensors[i]);
    for (size_t i = 0; i < g->num_nodes; i++)
        hcl_node_clear(&g->nodes[i]);
    for (size_t i = 0; i < g->num_origins; i++)
        free(g->origins[i].name);
    free(g->tensors);
    free(g->nodes);
    free(g->inputs);
    free(g->outputs);
    free(g->origins);
    free(g->file);
    *g = (struct hcl_graph){ 0 };
}

/* Room for one more element of `size` bytes. */
static hcl_status grow(void **array, size_t count, size_t *cap, size_t size, struct hcl_err *err)
{
    if (count < *cap)
        return HCL_OK;
    size_t wanted = *cap == 0 ? 16 : *cap * 2;
    void *p = realloc(*array, wanted * size);
    if (p == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu graph entries", wanted);
    *array = p;
    *cap = wanted;
    return HCL_OK;
}

static hcl_status copy_name(char **out, const char *name, struct hcl_err *err)
{
    *out = strdup(name);
    return *out != NULL ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a name");
}

hcl_status hcl_tensor_set_entry(struct hcl_tensor *t, const char *name, struct hcl_err *err)
{
    free(t->entry);
    return copy_name(&t->entry, name, err);
}

size_t hcl_graph_input_len(const struct hcl_graph *g)
{
    size_t len = 0;
    for (size_t i = 0; i < g->num_inputs; i++)
        len += hcl_tensor_len(&g->tensors[g->inputs[i]]);
    return len;
}

hcl_status hcl_graph_add_tensor(struct hcl_graph *g, const char *name, const uint32_t dims[4], uint32_t rank,
                                float *data, uint32_t *index, struct hcl_err *err)
{
    char *own = NULL;
    hcl_status st;
    HCL_TRY(grow((void **)&g->tensors, g->num_tensors, &g->cap_tensors, sizeof *g->tensors, err));
    HCL_TRY(copy_name(&own, name, err));
    struct hcl_tensor *t = &g->tensors[g->num_tensors];
    *t = (struct hcl_tensor){ .name = own, .rank = rank, .data = data };
    memcpy(t->dims, dims, sizeof t->dims);
    *index = (uint32_t)g->num_tensors++;
done:
    if (st != HCL_OK)
        free(data);
    return st;
}

hcl_status hcl_graph_add_node(struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    char *own = NULL;
    hcl_status st;
    HCL_TRY(grow((void **)&g->nodes, g->num_nodes, &g->cap_nodes, sizeof *g->nodes, err));
    HCL_TRY(copy_name(&own, n->name, err));
    g->nodes[g->num_nodes] = *n;
    g->nodes[g->num_nodes].origin = g->num_origins > 0 ? g->origin : HCL_GRAPH_NONE;
    g->nodes[g->num_nodes++].name = own;
done:
    if (st != HCL_OK)
        free(n->map);
    return st;
}

hcl_status hcl_graph_begin_origin(struct hcl_graph *g, const char *name, struct hcl_err *err)
{
    char *own = NULL;
    hcl_status st;
    HCL_TRY(grow((void **)&g->origins, g->num_origins, &g->cap_origins, sizeof *g->origins, err));
    HCL_TRY(copy_name(&own, name, err));
    g->origin = (uint32_t)g->num_origins++;
    g->origins[g->origin] = (struct hcl_origin){ .name = own, .joined = g->origin };
done:
    return st;
}

uint32_t hcl_graph_origin(const struct hcl_graph *g, uint32_t origin)
{
    while (origin < g->num_origins && g->origins[origin].joined != origin)
        origin = g->origins[origin].joined;
    return origin;
}

/* The earlier one stands for both. */
void hcl_graph_join_origins(struct hcl_graph *g, uint32_t a, uint32_t b)
{
    a = hcl_graph_origin(g, a);
    b = hcl_graph_origin(g, b);
    if (a < g->num_origins && b < g->num_origins)
        g->origins[a < b ? b : a].joined = a < b ? a : b;
}

static hcl_status copy_list(uint32_t **out, size_t *n, const uint32_t *from, size_t count,
                            struct hcl_err *err)
{
    uint32_t *p = malloc((count == 0 ? 1 : count) * sizeof *p);
    if (p == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensor indices", count);
    if (count > 0)
        memcpy(p, from, count * sizeof *p);
    free(*out);
    *out = p;
    *n = count;
    return HCL_OK;
}

hcl_status hcl_graph_set_ends(struct hcl_graph *g, const uint32_t *inputs, size_t num_inputs,
                              const uint32_t *outputs, size_t num_outputs, struct hcl_err *err)
{
    hcl_status st = copy_list(&g->inputs, &g->num_inputs, inputs, num_inputs, err);
    return st == HCL_OK ? copy_list(&g->outputs, &g->num_outputs, outputs, num_outputs, err) : st;
}

size_t hcl_tensor_len(const struct hcl_tensor *t)
{
    return (size_t)t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];
}

const char *hcl_op_name(hcl_op op)
{
    return hcl_operator_of(op)->name;
}

size_t hcl_node_arity(const struct hcl_node *n)
{
    size_t k = 0;
    while (k < HCL_MOST_OPERANDS && n->inputs[k] != HCL_GRAPH_NONE)
        k++;
    return k;
}
