/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/printable.h"
#include "compiler/graph/graph.h"
#include "compiler/operators/operator.h"

static void dump_dims(const struct hcl_tensor *t, FILE *to)
{
    fprintf(to, "[%u,%u,%u,%u]", t->dims[0], t->dims[1], t->dims[2], t->dims[3]);
}

static void dump_node(const struct hcl_graph *g, const struct hcl_node *n, FILE *to)
{
    const struct hcl_operator *kind = hcl_operator_of(n->op);
    fprintf(to, "%%%u ", n->output);
    dump_dims(&g->tensors[n->output], to);
    fprintf(to, " = %s(", hcl_op_name(n->op));
    for (size_t k = 0; k < hcl_node_arity(n); k++)
        fprintf(to, "%s%%%u", k == 0 ? "" : ", ", n->inputs[k]);
    fputc(')', to);
    if (n->kernel_h != 0)
        fprintf(to, " window %ux%u stride %ux%u", n->kernel_h, n->kernel_w, n->stride_y, n->stride_x);
    if ((n->gap_y | n->gap_x) != 0)
        fprintf(to, " dilation %ux%u", n->gap_y + 1, n->gap_x + 1);
    if ((n->pad_top | n->pad_left | n->pad_bottom | n->pad_right) != 0)
        fprintf(to, " pad %u,%u,%u,%u", n->pad_top, n->pad_left, n->pad_bottom, n->pad_right);
    if (n->act.id != HCL_FN_IDENTITY)
        fprintf(to, " act %s", hcl_function_kind(n->act.id)->name);
    for (int i = 0; i < HCL_FN_PARAMS && n->act.param[i] != 0; i++)
        fprintf(to, " %g", (double)n->act.param[i]);
    if (kind->dump != NULL)
        kind->dump(n, to);
    hcl_print_line(to, "  # %s", n->name);
}

static void dump_ends(const char *what, const uint32_t *list, size_t n, FILE *to)
{
    fputs(what, to);
    for (size_t i = 0; i < n; i++)
        fprintf(to, " %%%u", list[i]);
    fputc('\n', to);
}

void hcl_graph_dump(const struct hcl_graph *g, FILE *to)
{
    dump_ends("inputs", g->inputs, g->num_inputs, to);
    for (size_t i = 0; i < g->num_tensors; i++)
        if (g->tensors[i].data != NULL) {
            fprintf(to, "%%%zu ", i);
            dump_dims(&g->tensors[i], to);
            hcl_print_line(to, " = constant  # %s", g->tensors[i].name);
        }
    for (size_t i = 0; i < g->num_nodes; i++)
        dump_node(g, &g->nodes[i], to);
    dump_ends("outputs", g->outputs, g->num_outputs, to);
}
