/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/passes.h"
#include "compiler/graph/edit_internal.h"
#include <string.h>

const struct hcl_pass hcl_passes[] = {
    { "fold-constant", hcl_pass_fold_constant },
    { "order-operands", hcl_pass_order_operands },
    { "drop-noop", hcl_pass_drop_noop },
    { "fuse-silu", hcl_pass_fuse_silu },
    { "fuse-activation", hcl_pass_fuse_activation },
    { "fold-affine-back", hcl_pass_fold_affine_back },
    { "fold-affine-ahead", hcl_pass_fold_affine_ahead },
    { "fuse-pad", hcl_pass_fuse_pad },
    { "take-mask", hcl_pass_take_mask },
    { "fold-mask", hcl_pass_fold_mask },
    { "fold-factor", hcl_pass_fold_factor },
    { "split-dense", hcl_pass_split_dense },
    { "fuse-residual", hcl_pass_fuse_residual },
    { "join-affine", hcl_pass_join_affine },
    { "fuse-pool", hcl_pass_fuse_pool },
    { "split-phases", hcl_pass_split_phases },
    { NULL, NULL },
};

static hcl_status run_pass(struct hcl_graph *g, const struct hcl_pass *pass, size_t *changes,
                           const char *dump_after, FILE *dump_to, struct hcl_err *err)
{
    size_t mine = 0;
    hcl_status st;
    HCL_TRY(pass->run(g, &mine, err));
    if (mine > 0)
        HCL_TRY(hcl_graph_compact(g, err));
    HCL_TRY(hcl_graph_check(g, err));
    if (dump_after != NULL && (strcmp(dump_after, pass->name) == 0 || strcmp(dump_after, "all") == 0)) {
        fprintf(dump_to, "# after %s: %zu changes\n", pass->name, mine);
        hcl_graph_dump(g, dump_to);
    }
    *changes += mine;
done:
    return st == HCL_OK ? st : hcl_fail_prefix(err, st, "pass %s", pass->name);
}

static hcl_status check_name(const char *dump_after, struct hcl_err *err)
{
    char names[256] = "";
    size_t at = 0;
    if (dump_after == NULL || strcmp(dump_after, "all") == 0)
        return HCL_OK;
    for (const struct hcl_pass *p = hcl_passes; p->name != NULL; p++) {
        if (strcmp(dump_after, p->name) == 0)
            return HCL_OK;
        const int n = snprintf(names + at, sizeof names - at, "%s, ", p->name);
        at += n > 0 && (size_t)n < sizeof names - at ? (size_t)n : 0;
    }
    return hcl_fail(err, HCL_BAD_INPUT, "no pass is called '%s', expected one of %sall", dump_after, names);
}

static hcl_status fail_constant(const struct hcl_tensor *output, struct hcl_err *err)
{
    return hcl_fail(err, HCL_BAD_INPUT,
                    "output '%s' is a constant, it does not depend on the input: there is nothing to prove "
                    "about it; convert the model without this output",
                    output->name);
}

/* What is left must hang on the input: a constant has nothing to prove, and operators compute on computed
 * tensors. */
static hcl_status check_computed(const struct hcl_graph *g, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *n = &g->nodes[i];
        const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
        bool computed = false;
        for (size_t k = 0; k < hcl_node_arity(n); k++)
            computed = computed || g->tensors[n->inputs[k]].data == NULL;
        if (!computed)
            return fail_constant(y, err);
        if (x->data != NULL && n->op != HCL_OP_MOVE)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "%s '%s': its first operand '%s' is a constant, expected a computed tensor",
                            hcl_op_name(n->op), n->name, x->name);
    }
    for (size_t i = 0; i < g->num_outputs; i++)
        if (g->tensors[g->outputs[i]].data != NULL)
            return fail_constant(&g->tensors[g->outputs[i]], err);
    return HCL_OK;
}

/* The first node that reads a tensor, or NULL. */
static const struct hcl_node *reader_of(const struct hcl_graph *g, uint32_t tensor)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        for (size_t k = 0; k < HCL_MOST_OPERANDS; k++)
            if (g->nodes[i].inputs[k] == tensor)
                return &g->nodes[i];
    return NULL;
}

/* The range of an input of whole numbers is what its readers make of it. */
static hcl_status check_numbers(const struct hcl_graph *g, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_inputs; i++) {
        const struct hcl_tensor *x = &g->tensors[g->inputs[i]];
        const struct hcl_node *n = reader_of(g, g->inputs[i]);
        if (x->numbers == HCL_NUMBERS_UNKNOWN)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "input '%s' has whole numbers, and neither is it a mask nor does a look-up in a "
                            "constant table read it, which would say of what range they are; %s%s%s%s",
                            x->name, n ? hcl_op_name(n->op) : "nothing reads it", n ? " '" : "",
                            n ? n->name : "", n ? "' reads it" : "");
    }
    return HCL_OK;
}

hcl_status hcl_graph_optimize(struct hcl_graph *g, const char *dump_after, FILE *dump_to, struct hcl_err *err)
{
    hcl_status st;
    size_t changes;
    HCL_TRY(check_name(dump_after, err));
    HCL_TRY(hcl_graph_compact(g, err));
    do {
        changes = 0;
        for (const struct hcl_pass *p = hcl_passes; p->name != NULL; p++)
            HCL_TRY(run_pass(g, p, &changes, dump_after, dump_to != NULL ? dump_to : stderr, err));
    } while (changes > 0);
    HCL_TRY(check_numbers(g, err));
    HCL_TRY(check_computed(g, err));
done:
    return st;
}
