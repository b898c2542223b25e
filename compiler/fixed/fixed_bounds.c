/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/primitives/primitive.h"

hcl_status hcl_fx_node_bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                              struct hcl_fx_bounds *out, struct hcl_err *err)
{
    const struct hcl_primitive *p = hcl_primitive_of(n->op);
    const struct hcl_interval acc = p->bounds(g, n);
    if (acc.lo < -(__int128)HCL_FX_ACC_MAX || acc.hi > (__int128)HCL_FX_ACC_MAX)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "%s: the sums for tensor '%s' can exceed 62 bits: use fewer fraction bits or smaller ranges",
            n->name, g->tensors[n->output].name);
    *out = (struct hcl_fx_bounds){ (int64_t)acc.lo, (int64_t)acc.hi, (int64_t)acc.lo, (int64_t)acc.hi };
    if (p->quotients != NULL) {
        p->quotients(g, n, out);
    } else if (n->divisor > 1) {
        out->q_lo = hcl_fx_rescale((int64_t)acc.lo, n->divisor);
        out->q_hi = hcl_fx_rescale((int64_t)acc.hi, n->divisor);
    }
    return HCL_OK;
}
