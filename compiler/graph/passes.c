/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/passes.h"
#include "compiler/graph/edit_internal.h"
#include <string.h>

const struct hcl_pass hcl_passes[] = {
    { "fold-constant", hcl_pass_fold_constant },
    { "drop-noop", hcl_pass_drop_noop },
    { "fuse-activation", hcl_pass_fuse_activation },
    { "fold-affine-back", hcl_pass_fold_affine_back },
    { "fold-affine-ahead", hcl_pass_fold_affine_ahead },
    { "fuse-pad", hcl_pass_fuse_pad },
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

hcl_status hcl_graph_optimize(struct hcl_graph *g, const char *dump_after, FILE *dump_to, struct hcl_err *err)
{
    hcl_status st;
    size_t changes;
    HCL_TRY(hcl_graph_compact(g, err));
    do {
        changes = 0;
        for (const struct hcl_pass *p = hcl_passes; p->name != NULL; p++)
            HCL_TRY(run_pass(g, p, &changes, dump_after, dump_to != NULL ? dump_to : stderr, err));
    } while (changes > 0);
done:
    return st;
}
