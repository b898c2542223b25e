/* SPDX-License-Identifier: Apache-2.0 */
/* The passes that look at one or two nodes and change no number: drop-noop, fold-constant, fuse-activation,
 * fuse-pad. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/passes.h"
#include "compiler/graph/window.h"
#include "compiler/operators/operator.h"
#include <string.h>

hcl_status hcl_pass_drop_noop(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    (void)err;
    for (size_t i = g->num_nodes; i-- > 0;) {
        const struct hcl_node *n = &g->nodes[i];
        const struct hcl_operator *kind = hcl_operator_of(n->op);
        uint32_t from = n->output, to = n->inputs[0];
        /* An output must stay a tensor of its own, computed by a node, under its own name. */
        bool computed = hcl_graph_producer(g, to) != HCL_GRAPH_NONE;
        if ((kind->is_noop == NULL || !kind->is_noop(g, n)) ||
            (hcl_graph_is_output(g, from) && (!computed || hcl_graph_is_output(g, to))))
            continue;
        hcl_graph_remove_node(g, i);
        hcl_graph_redirect(g, from, to);
        ++*changes;
    }
    return HCL_OK;
}

static bool all_constant(const struct hcl_graph *g, const struct hcl_node *n)
{
    for (size_t k = 0; k < hcl_node_arity(n); k++)
        if (g->tensors[n->inputs[k]].data == NULL)
            return false;
    return true;
}

hcl_status hcl_pass_fold_constant(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *n = &g->nodes[i];
        if (!all_constant(g, n) || hcl_graph_is_output(g, n->output))
            continue;
        struct hcl_float_values v;
        hcl_status st = hcl_float_values_init(&v, g, err);
        if (st != HCL_OK)
            return st;
        st = hcl_node_evaluate(g, n, &v, err);
        if (st != HCL_OK) {
            hcl_float_values_clear(&v);
            return st;
        }
        struct hcl_tensor *y = &g->tensors[n->output];
        size_t bytes = hcl_tensor_len(y) * sizeof(float);
        y->data = malloc(bytes);
        if (y->data != NULL)
            memcpy(y->data, v.tensor[n->output], bytes);
        hcl_float_values_clear(&v);
        if (y->data == NULL)
            return hcl_fail(err, HCL_NO_RESOURCE, "no memory for constant '%s'", y->name);
        hcl_graph_remove_node(g, i--);
        ++*changes;
    }
    return HCL_OK;
}

hcl_status hcl_pass_order_operands(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    (void)err;
    for (size_t i = 0; i < g->num_nodes; i++) {
        struct hcl_node *n = &g->nodes[i];
        if (!hcl_operator_of(n->op)->swaps || n->map != NULL)
            continue;
        const uint32_t first = n->inputs[0], second = n->inputs[1];
        const struct hcl_tensor *a = &g->tensors[first], *b = &g->tensors[second];
        if (a->data == NULL || b->data != NULL || memcmp(a->dims, b->dims, sizeof a->dims) != 0)
            continue;
        n->inputs[0] = second;
        n->inputs[1] = first;
        n->reversed = !n->reversed;
        ++*changes;
    }
    return HCL_OK;
}

hcl_status hcl_pass_fuse_silu(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    (void)err;
    for (size_t i = 0; i < g->num_nodes; i++) {
        struct hcl_node *n = &g->nodes[i];
        if (n->op != HCL_OP_MUL || n->map != NULL || n->act.id != HCL_FN_IDENTITY)
            continue;
        for (int k = 0; k < 2; k++) {
            const uint32_t x = n->inputs[k], p = hcl_graph_producer(g, n->inputs[1 - k]);
            if (p == HCL_GRAPH_NONE || g->nodes[p].op != HCL_OP_LOGISTIC || g->nodes[p].inputs[0] != x)
                continue;
            hcl_graph_join_origins(g, n->origin, g->nodes[p].origin);
            n->op = HCL_OP_SILU;
            n->act = (struct hcl_function){ .id = HCL_FN_SILU };
            n->inputs[0] = x;
            n->inputs[1] = HCL_GRAPH_NONE;
            ++*changes;
            break;
        }
    }
    return HCL_OK;
}

/* The node that takes over node i's output tensor keeps its own place, which is earlier: readers come later
 * still. */
static void take_output(struct hcl_graph *g, size_t producer, size_t i)
{
    g->nodes[producer].output = g->nodes[i].output;
    hcl_graph_absorb(g, producer, i);
}

hcl_status hcl_pass_fuse_activation(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    (void)err;
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *n = &g->nodes[i];
        if (hcl_operator_of(n->op)->function == HCL_FN_IDENTITY)
            continue;
        const struct hcl_function outer = hcl_node_function(n);
        struct hcl_function both;
        uint32_t p = hcl_graph_producer(g, n->inputs[0]);
        if (p == HCL_GRAPH_NONE || hcl_graph_only_reader(g, n->inputs[0]) != i ||
            !hcl_operator_of(g->nodes[p].op)->carries_function ||
            !hcl_function_compose(&both, &outer, &g->nodes[p].act))
            continue;
        g->nodes[p].act = both;
        take_output(g, p, i--);
        ++*changes;
    }
    return HCL_OK;
}

hcl_status hcl_pass_fuse_pad(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    (void)err;
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *pad = &g->nodes[i];
        uint32_t r = pad->op == HCL_OP_PAD ? hcl_graph_only_reader(g, pad->output) : HCL_GRAPH_NONE;
        if (r == HCL_GRAPH_NONE)
            continue;
        struct hcl_node *conv = &g->nodes[r];
        if (!hcl_operator_of(conv->op)->filter || conv->op == HCL_OP_FULLY_CONNECTED ||
            conv->inputs[0] != pad->output)
            continue;
        const uint64_t span_h = hcl_window_span(conv->kernel_h, conv->gap_y),
                       span_w = hcl_window_span(conv->kernel_w, conv->gap_x);
        if ((uint64_t)conv->pad_top + pad->pad_top >= span_h ||
            (uint64_t)conv->pad_bottom + pad->pad_bottom >= span_h ||
            (uint64_t)conv->pad_left + pad->pad_left >= span_w ||
            (uint64_t)conv->pad_right + pad->pad_right >= span_w)
            continue;
        conv->pad_top += pad->pad_top;
        conv->pad_bottom += pad->pad_bottom;
        conv->pad_left += pad->pad_left;
        conv->pad_right += pad->pad_right;
        conv->inputs[0] = pad->inputs[0];
        hcl_graph_absorb(g, r, i--);
        ++*changes;
    }
    return HCL_OK;
}
