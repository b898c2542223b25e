/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/judge_graph.h"

#include "common/io/reader.h"
#include "coordinator/cli/share.h"

#include <stdlib.h>
#include <string.h>

struct sizes {
    uint64_t tensors, nodes, inputs;
};

struct tensor_head {
    uint32_t dims[4], rank, has_data;
};

struct node_head {
    struct hcl_node node; /* without what it points to */
    uint64_t name;        /* bytes */
    uint32_t how, has_map;
};

/* ---- rank 0 ---- */

/* By tensor: constants of nodes that others evaluate, filters aside. */
static bool *needed(const struct hcl_graph *g, const struct hcl_judge_node *nodes)
{
    bool *out = calloc(g->num_tensors + 1, sizeof *out);
    for (size_t i = 0; out != NULL && i < g->num_nodes; i++)
        for (size_t k = 0; nodes[i].how != HCL_JUDGE_ROOT && k < HCL_MOST_OPERANDS; k++) {
            const uint32_t t = g->nodes[i].inputs[k];
            if (t != HCL_GRAPH_NONE && g->tensors[t].data != NULL &&
                !(k == 1 && nodes[i].how == HCL_JUDGE_FILTER))
                out[t] = true;
        }
    return out;
}

static void write_tensor(FILE *to, const struct hcl_tensor *t, bool data)
{
    struct tensor_head h = { .rank = t->rank, .has_data = data };
    memcpy(h.dims, t->dims, sizeof h.dims);
    (void)fwrite(&h, sizeof h, 1, to);
    if (data)
        (void)fwrite(t->data, sizeof *t->data, hcl_tensor_len(t), to);
}

static void write_node(FILE *to, const struct hcl_graph *g, const struct hcl_node *n, enum hcl_judge_how how)
{
    struct node_head h = {
        .node = *n, .name = strlen(n->name) + 1, .how = (uint32_t)how, .has_map = n->map != NULL
    };
    h.node.name = NULL;
    h.node.map = NULL;
    (void)fwrite(&h, sizeof h, 1, to);
    (void)fwrite(n->name, 1, (size_t)h.name, to);
    if (n->map != NULL)
        (void)fwrite(n->map, sizeof *n->map, hcl_tensor_len(&g->tensors[n->output]), to);
}

static hcl_status write_graph(uint8_t **out, size_t *len, const struct hcl_graph *g,
                              const struct hcl_judge_node *nodes, struct hcl_err *err)
{
    const struct sizes s = { g->num_tensors, g->num_nodes, g->num_inputs };
    bool *data = needed(g, nodes);
    FILE *to = data ? open_memstream((char **)out, len) : NULL;
    bool bad = to == NULL;
    if (to != NULL) {
        (void)fwrite(&s, sizeof s, 1, to);
        for (size_t t = 0; t < g->num_tensors; t++)
            write_tensor(to, &g->tensors[t], data[t]);
        for (size_t i = 0; i < g->num_nodes; i++)
            write_node(to, g, &g->nodes[i], nodes[i].how);
        (void)fwrite(g->inputs, sizeof *g->inputs, g->num_inputs, to);
        bad = ferror(to) != 0;
        bad = fclose(to) != 0 || bad;
    }
    free(data);
    return bad ? hcl_fail(err, HCL_NO_RESOURCE, "no memory for the float model on other ranks") : HCL_OK;
}

/* ---- the others ---- */

static bool take(struct hcl_reader *r, void *to, size_t bytes)
{
    const uint8_t *from;
    if (!hcl_read_bytes(r, &from, bytes))
        return false;
    memcpy(to, from, bytes);
    return true;
}

/* `count` elements of `each` bytes from malloc; NULL: too few are left, or no memory. */
static void *take_array(struct hcl_reader *r, size_t count, size_t each)
{
    void *to = count <= hcl_left(r) / each ? malloc(count * each + 1) : NULL;
    if (to != NULL && !take(r, to, count * each)) {
        free(to);
        to = NULL;
    }
    return to;
}

static hcl_status read_tensor(struct hcl_graph *g, struct hcl_reader *r, struct hcl_err *err)
{
    struct tensor_head h;
    float *data = NULL;
    uint32_t index;
    if (!take(r, &h, sizeof h))
        return hcl_fail_short(err, r, "a tensor");
    const struct hcl_tensor shape = { .dims = { h.dims[0], h.dims[1], h.dims[2], h.dims[3] } };
    if (h.has_data) {
        data = take_array(r, hcl_tensor_len(&shape), sizeof *data);
        if (data == NULL)
            return hcl_fail_short(err, r, "a constant");
    }
    return hcl_graph_add_tensor(g, "tensor", h.dims, h.rank, data, &index, err);
}

static hcl_status read_node(struct hcl_graph *g, struct hcl_judge_node *node, struct hcl_reader *r,
                            struct hcl_err *err)
{
    struct node_head h;
    if (!take(r, &h, sizeof h) || h.node.output >= g->num_tensors)
        return hcl_fail_short(err, r, "a node");
    h.node.name = take_array(r, (size_t)h.name, 1);
    if (h.node.name == NULL)
        return hcl_fail_short(err, r, "a node's name");
    if (h.has_map)
        h.node.map = take_array(r, hcl_tensor_len(&g->tensors[h.node.output]), sizeof *h.node.map);
    node->how = (enum hcl_judge_how)h.how;
    const hcl_status st = h.has_map && h.node.map == NULL ? hcl_fail_short(err, r, "a node's map")
                                                          : hcl_graph_add_node(g, &h.node, err);
    free(h.node.name);
    return st;
}

static hcl_status read_graph(struct hcl_graph *g, struct hcl_judge_node **nodes, struct hcl_reader *r,
                             struct hcl_err *err)
{
    struct sizes s;
    uint32_t *inputs = NULL;
    hcl_status st = HCL_OK;
    if (!take(r, &s, sizeof s))
        return hcl_fail_short(err, r, "the float model");
    *nodes = calloc((size_t)s.nodes + 1, sizeof **nodes);
    if (*nodes == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %llu nodes", (unsigned long long)s.nodes);
    for (uint64_t t = 0; st == HCL_OK && t < s.tensors; t++)
        st = read_tensor(g, r, err);
    for (uint64_t i = 0; st == HCL_OK && i < s.nodes; i++)
        st = read_node(g, &(*nodes)[i], r, err);
    if (st == HCL_OK && (inputs = take_array(r, (size_t)s.inputs, sizeof *inputs)) == NULL)
        st = hcl_fail_short(err, r, "the inputs");
    if (st == HCL_OK)
        st = hcl_graph_set_ends(g, inputs, (size_t)s.inputs, NULL, 0, err);
    free(inputs);
    return st;
}

hcl_status hcl_judge_graph_share(struct hcl_comm *comm, const struct hcl_graph *model, struct hcl_graph *own,
                                 struct hcl_judge_node **nodes, struct hcl_err *err)
{
    uint8_t *data = NULL;
    size_t len = 0;
    hcl_status st = model != NULL ? write_graph(&data, &len, model, *nodes, err) : HCL_OK;
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_share_bytes(comm, &data, &len, err));
    if (model == NULL) {
        struct hcl_reader r = { .base = data, .len = len, .file = "the float model" };
        st = read_graph(own, nodes, &r, err);
    }
    st = hcl_comm_agree(comm, st, err);
done:
    free(data);
    return st;
}
