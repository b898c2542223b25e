/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/operators/picks.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"

hcl_status hcl_picks_check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
    const size_t vectors = hcl_tensor_len(x) / x->dims[3], len = hcl_tensor_len(y);
    if (len % vectors == 0 && len / vectors <= x->dims[3])
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': " HCL_DIMS " picked from vectors of " HCL_DIMS,
                    hcl_op_name(n->op), n->name, HCL_DIMS_OF(y->dims), HCL_DIMS_OF(x->dims));
}

static bool comes_before(const float *x, size_t a, size_t b, bool least)
{
    if (least ? x[a] < x[b] : x[a] > x[b])
        return true;
    return !(least ? x[b] < x[a] : x[b] > x[a]) && a < b;
}

/* The one behind `last` (n: the first of all). */
static size_t next(const float *x, size_t n, size_t last, bool least)
{
    size_t best = n;
    for (size_t e = 0; e < n; e++)
        if (e != last && (last == n || comes_before(x, last, e, least)) &&
            (best == n || comes_before(x, e, best, least)))
            best = e;
    return best;
}

void hcl_picks_each(const struct hcl_float_operands *p, bool least,
                    void (*put)(const struct hcl_float_operands *p, size_t i, size_t from))
{
    const size_t n = p->xd[3], vectors = p->x_len / n, count = p->y_len / vectors;
    for (size_t v = 0; v < vectors; v++)
        for (size_t i = 0, last = n; i < count; i++) {
            last = next(p->x + v * n, n, last, least);
            put(p, v * count + i, v * n + last);
        }
}
