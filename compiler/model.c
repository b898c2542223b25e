/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/model.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/graph/outputs.h"
#include "compiler/graph/passes.h"

hcl_status hcl_model_read(struct hcl_graph *out, const char *path, const struct hcl_model_options *options,
                          struct hcl_err *err)
{
    static const struct hcl_model_options none = { 0 };
    const struct hcl_model_options *o = options != NULL ? options : &none;
    hcl_status st = hcl_tflite_import(out, path, o->signature, err);
    if (st != HCL_OK)
        return st;
    out->few_weights = o->private_weights;
    st = hcl_graph_choose_outputs(out, o->outputs, o->num_outputs, err);
    if (st == HCL_OK)
        st = hcl_graph_optimize(out, o->dump_after, o->dump_to, err);
    if (st == HCL_OK)
        return st;
    hcl_graph_clear(out);
    return hcl_fail_prefix(err, st, "'%s'", path);
}
