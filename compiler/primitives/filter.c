/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/filter.h"
#include "common/sys/clones.h"
#include "compiler/primitives/operands.h"
#include <string.h>

/* So many values of up to HCL_FX_VALUE_MAX sum to less than 2^63. */
#define SMALL_COUNT ((size_t)1 << 14)

static hcl_status check_residual(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                 struct hcl_err *err)
{
    const uint32_t *r = g->tensors[n->inputs[3]].dims, *y = g->tensors[n->output].dims;
    const bool everywhere = n->op == HCL_FX_CONV && hcl_dims_are(r, 1, 1, 1, y[3]);
    if (g->tensors[n->inputs[3]].data != NULL || !(everywhere || memcmp(r, y, 4 * sizeof *r) == 0))
        return hcl_primitive_fail(err, n, "what is added is not computed, or not of the result's shape");
    if (y[1] == 1 && y[2] == 1)
        return hcl_primitive_fail(err, n, "a dense layer adds nothing");
    if (n->b_mul < 1 || (n->b_mul & (n->b_mul - 1)) != 0)
        return hcl_primitive_fail(err, n, "the factor of what is added is no power of two");
    return HCL_OK;
}

hcl_status hcl_filter_check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, uint32_t outputs,
                            struct hcl_err *err)
{
    const uint32_t *w = g->tensors[n->inputs[1]].dims;
    hcl_status st = n->inputs[3] != HCL_FX_NONE ? check_residual(g, n, err) : HCL_OK;
    if (st != HCL_OK)
        return st;
    if (w[1] != n->kernel_h || w[2] != n->kernel_w)
        return hcl_primitive_fail(err, n, "the filter's shape does not match the window");
    if (n->inputs[2] != HCL_FX_NONE && !hcl_dims_are(g->tensors[n->inputs[2]].dims, 1, 1, 1, outputs))
        return hcl_primitive_fail(err, n, "the bias does not have one entry per output channel");
    return hcl_primitive_check_windows(g, n, outputs, err);
}

static bool has_padding(const struct hcl_fx_node *n)
{
    return (n->pad_top | n->pad_left | n->pad_bottom | n->pad_right) != 0;
}

/* Taps outside the image read 0. */
static struct hcl_interval image_range(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    struct hcl_interval x = hcl_interval_range(g, n->inputs[0]);
    return has_padding(n) ? hcl_interval_hull(x, (struct hcl_interval){ 0, 0 }) : x;
}

static struct hcl_interval bias_of(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, size_t o)
{
    if (n->inputs[2] == HCL_FX_NONE)
        return (struct hcl_interval){ 0, 0 };
    const struct hcl_fx_tensor *b = &g->tensors[n->inputs[2]];
    if (b->data == NULL)
        return hcl_interval_range(g, n->inputs[2]);
    return (struct hcl_interval){ hcl_fx_constant(b, o), hcl_fx_constant(b, o) };
}

/* sum_j x*w_j: the weights of either sign reach their ends together, so their sums are enough. */
static struct hcl_interval filter_sum_small(struct hcl_interval x, const struct hcl_fx_tensor *w,
                                            size_t first, size_t step, size_t count)
{
    int64_t sum = 0, positive = 0;
    for (size_t j = 0; j < count; j++) {
        const int64_t v = hcl_fx_constant(w, first + j * step);
        sum += v;
        positive += v > 0 ? v : 0;
    }
    return hcl_interval_plus(hcl_interval_scaled(x, positive), hcl_interval_scaled(x, sum - positive));
}

HCL_VECTOR_CLONES static void sum_piece(const int16_t *w, size_t count, int64_t *sum, int64_t *positive)
{
    int32_t s = 0, p = 0;
    for (size_t j = 0; j < count; j++) {
        s += w[j];
        p += w[j] > 0 ? w[j] : 0;
    }
    *sum += s;
    *positive += p;
}

/* The same for 16-bit weights side by side, in pieces whose sums stay below 2^31. */
static struct hcl_interval filter_sum_short(struct hcl_interval x, const int16_t *w, size_t count)
{
    int64_t sum = 0, positive = 0;
    while (count > 0) {
        const size_t piece = count < SMALL_COUNT ? count : SMALL_COUNT;
        sum_piece(w, piece, &sum, &positive);
        w += piece;
        count -= piece;
    }
    return hcl_interval_plus(hcl_interval_scaled(x, positive), hcl_interval_scaled(x, sum - positive));
}

/* Output o of a filter whose entries for it are data[first + j * step], j < count. */
static struct hcl_interval filter_sum(struct hcl_interval x, const struct hcl_fx_tensor *w, size_t first,
                                      size_t step, size_t count)
{
    struct hcl_interval sum = { 0, 0 };
    if (w->data == NULL)
        return hcl_interval_scaled(hcl_interval_times(x, (struct hcl_interval){ w->lo, w->hi }),
                                   (int64_t)count);
    if (w->type == HCL_FX_I16 && step == 1)
        return filter_sum_short(x, (const int16_t *)w->data + first, count);
    if (w->lo >= -HCL_FX_VALUE_MAX && w->hi <= HCL_FX_VALUE_MAX && count <= SMALL_COUNT)
        return filter_sum_small(x, w, first, step, count);
    for (size_t j = 0; j < count; j++)
        sum = hcl_interval_plus(sum, hcl_interval_scaled(x, hcl_fx_constant(w, first + j * step)));
    return sum;
}

bool hcl_filter_adds_everywhere(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const uint32_t *r = g->tensors[n->inputs[3]].dims, *y = g->tensors[n->output].dims;
    return r[1] * r[2] == 1 && y[1] * y[2] > 1;
}

int64_t hcl_filter_offset(const struct hcl_fx_operands *p, size_t at, size_t o)
{
    if (p->r == NULL)
        return p->b != NULL ? p->b[o] : 0;
    return (p->b != NULL ? p->b[o] : 0) + p->r[hcl_filter_adds_everywhere(p->g, p->n) ? o : at] * p->n->b_mul;
}

struct hcl_interval hcl_filter_bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                      size_t outputs, size_t next, size_t step)
{
    const struct hcl_fx_tensor *w = &g->tensors[n->inputs[1]];
    const size_t taps = hcl_fx_tensor_len(g, n->inputs[1]) / outputs;
    struct hcl_interval x = image_range(g, n), all = { 0, 0 };
    for (size_t o = 0; o < outputs; o++) {
        struct hcl_interval one = filter_sum(x, w, o * next, step, taps);
        one = hcl_interval_plus(one, bias_of(g, n, o));
        all = o == 0 ? one : hcl_interval_hull(all, one);
    }
    if (n->inputs[3] != HCL_FX_NONE)
        all = hcl_interval_plus(all, hcl_interval_scaled(hcl_interval_range(g, n->inputs[3]), n->b_mul));
    return all;
}
