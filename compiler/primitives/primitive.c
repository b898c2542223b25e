/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/primitive.h"
#include "compiler/graph/window.h"
#include <string.h>

#define HCL_PRIMITIVE(kind, name) extern const struct hcl_primitive hcl_primitive_##name;
#include "compiler/primitives/primitives.def"
#undef HCL_PRIMITIVE

const struct hcl_primitive *hcl_primitive_of(hcl_fx_op op)
{
    static const struct hcl_primitive *const all[] = {
#define HCL_PRIMITIVE(kind, name) &hcl_primitive_##name,
#include "compiler/primitives/primitives.def"
#undef HCL_PRIMITIVE
    };
    return all[op];
}

bool hcl_fx_has_rescale(hcl_fx_op op)
{
    return hcl_primitive_of(op)->rescales;
}

hcl_status hcl_primitive_fail(struct hcl_err *err, const struct hcl_fx_node *n, const char *what)
{
    return hcl_fail(err, HCL_BAD_INPUT, "%s: %s", n->name, what);
}

bool hcl_dims_are(const uint32_t *d, uint32_t a, uint32_t b, uint32_t c, uint32_t e)
{
    return d[0] == a && d[1] == b && d[2] == c && d[3] == e;
}

hcl_status hcl_primitive_check_same(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                    struct hcl_err *err)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
    return memcmp(x->dims, y->dims, sizeof x->dims) == 0
               ? HCL_OK
               : hcl_primitive_fail(err, n, "the output's shape is not the input's");
}

hcl_status hcl_primitive_check_windows(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                       uint32_t channels, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *y = g->tensors[n->output].dims;
    if (n->stride_y == 0 || n->stride_x == 0 || n->kernel_h == 0 || n->kernel_w == 0)
        return hcl_primitive_fail(err, n, "window or stride is 0");
    if ((n->gap_y != 0 && n->stride_y != 1) || (n->gap_x != 0 && n->stride_x != 1))
        return hcl_primitive_fail(err, n, "a stride of a window with gaps");
    const uint64_t span_h = hcl_window_span(n->kernel_h, n->gap_y),
                   span_w = hcl_window_span(n->kernel_w, n->gap_x);
    if (n->pad_top >= span_h || n->pad_bottom >= span_h || n->pad_left >= span_w || n->pad_right >= span_w)
        return hcl_primitive_fail(err, n, "padding is not smaller than the window");
    uint64_t h = (uint64_t)x[1] + n->pad_top + n->pad_bottom, w = (uint64_t)x[2] + n->pad_left + n->pad_right;
    if (h < span_h || w < span_w)
        return hcl_primitive_fail(err, n, "the window is larger than the padded image");
    if (y[1] != (h - span_h) / n->stride_y + 1 || y[2] != (w - span_w) / n->stride_x + 1 || y[3] != channels)
        return hcl_primitive_fail(err, n, "the output's shape does not follow from the window");
    return HCL_OK;
}

hcl_status hcl_primitive_check_broadcast(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                         struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *b = g->tensors[n->inputs[1]].dims;
    int ones = 0;
    while (ones < 4 && b[ones] == 1)
        ones++;
    for (size_t i = 0; n->map != NULL && i < hcl_fx_tensor_len(g, n->inputs[0]); i++)
        if (n->map[i] >= hcl_fx_tensor_len(g, n->inputs[1]))
            return hcl_primitive_fail(err, n, "the index map leaves the second operand");
    if (n->map == NULL && memcmp(b + ones, x + ones, (size_t)(4 - ones) * sizeof *b) != 0)
        return hcl_primitive_fail(err, n, "the operands' shapes do not combine");
    return memcmp(x, g->tensors[n->output].dims, 4 * sizeof *x) == 0
               ? HCL_OK
               : hcl_primitive_fail(err, n, "the output's shape is not the first operand's");
}

bool hcl_fx_has_table(const struct hcl_fx_graph *g, hcl_fn fn, int64_t lo, int64_t hi)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_fx_node *n = &g->nodes[i];
        if (hcl_fx_has_rescale(n->op) && n->function.id == fn && n->q_lo <= lo && n->q_hi >= hi)
            return true;
    }
    return false;
}

struct hcl_interval hcl_primitive_operand_range(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_interval_range(g, n->inputs[0]);
}

bool hcl_fx_is_looked_up(const struct hcl_fx_graph *g, uint32_t tensor)
{
    if (!g->tensors[tensor].whole)
        return false;
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_fx_node *n = &g->nodes[i];
        bool reads = false;
        for (size_t k = 0; k < HCL_FX_MOST_OPERANDS; k++)
            reads |= n->inputs[k] == tensor;
        if (reads && n->op != HCL_FX_LOOKUP &&
            !(g->tensors[n->output].whole && hcl_fx_is_looked_up(g, n->output)))
            return false;
    }
    for (size_t i = 0; i < g->num_outputs; i++)
        if (g->outputs[i] == tensor)
            return false;
    return true;
}
