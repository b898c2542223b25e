/* SPDX-License-Identifier: Apache-2.0 */
/* Interval analysis of one fixed-point node: which accumulators and quotients can occur at all while every
 * operand stays in its tensor's [lo, hi]. Exact per output channel for constant filters. */
#ifndef HCL_COMPILER_FIXED_FIXED_BOUNDS_H
#define HCL_COMPILER_FIXED_FIXED_BOUNDS_H

#include "compiler/fixed/fixed_graph.h"
#include "compiler/graph/matmul.h"

/* Operands beyond this, and accumulators beyond HCL_FX_ACC_MAX, are refused. */
#define HCL_FX_VALUE_MAX ((int64_t)1 << 48)
#define HCL_FX_ACC_MAX ((int64_t)1 << 62)
/* Most entries of a table, and more than any entry of an exponential one. */
#define HCL_FX_TABLE_MAX ((int64_t)1 << 24)

struct hcl_fx_bounds {
    int64_t acc_lo,
        acc_hi;         /* of the accumulator before the rescale; for MAX_POOL, RESHAPE, PAD: of the result */
    int64_t q_lo, q_hi; /* of the quotient */
};

/** Shapes must be right (hcl_fx_graph_check calls this after checking them). HCL_BAD_INPUT names the node
 * when the accumulator can leave +-HCL_FX_ACC_MAX. */
HCL_MUST_CHECK hcl_status hcl_fx_node_bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                             struct hcl_fx_bounds *out, struct hcl_err *err);

/** Least and greatest fn(q) over [q_lo, q_hi], which is inside the node's own range; n->fn is not NULL. */
void hcl_fx_fn_range(const struct hcl_fx_node *n, int64_t q_lo, int64_t q_hi, int64_t *lo, int64_t *hi);

/** by/u rounded half up; by >= 0, u > 0, both below 2^60. */
static inline int64_t hcl_fx_quotient(int64_t by, int64_t u)
{
    HCL_ASSERT(u > 0);
    return (2 * by + u) / (2 * u);
}

/** rescale(acc, S) of fixed_graph.h. S >= 1, |acc| + S/2 < 2^63. */
static inline int64_t hcl_fx_rescale(int64_t acc, int64_t s)
{
    int64_t t = acc + s / 2, q;
    if ((s & (s - 1)) == 0) /* nearly always, and a shift rounds down, as wanted */
        return t >> __builtin_ctzll((uint64_t)s);
    q = t / s;
    return t % s < 0 ? q - 1 : q;
}

/** x * scale, a power of two, as the nearest integer, ties away from zero. |x * scale| < 2^52. Exact: of a
 * float's 24 bits, none is lost by adding a half in 53 unless the sum stays below 1 anyway. */
static inline int64_t hcl_fx_round(float x, double scale)
{
    double v = (double)x * scale;
    return (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

/** What a MATMUL multiplies. */
static inline struct hcl_matmul hcl_fx_matmul_of(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_matmul_of(g->tensors[n->inputs[0]].dims, n->a_adjoint, g->tensors[n->inputs[1]].dims,
                         n->b_adjoint);
}

/** Elements of tensor t. */
static inline size_t hcl_fx_tensor_len(const struct hcl_fx_graph *g, uint32_t t)
{
    const uint32_t *d = g->tensors[t].dims;
    return (size_t)d[0] * d[1] * d[2] * d[3];
}

#endif
