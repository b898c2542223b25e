/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of hcl_fx_build: which quotients each node of a finished graph may have. */
#ifndef HCL_COMPILER_QUANTIZE_RANGES_INTERNAL_H
#define HCL_COMPILER_QUANTIZE_RANGES_INTERNAL_H

#include "compiler/graph/fixed_graph.h"
#include "compiler/graph/graph.h"

struct hcl_fx_ranging {
    const struct hcl_graph *g;
    const double *lo, *hi; /* calibrated range of each float tensor before its activation */
    double margin;
    struct hcl_fx_graph *fx;
    uint32_t *source; /* per fixed node: the float tensor whose calibrated range is its quotient's */
    struct hcl_err *err;
};

/** The calibrated range of float tensor `source` at `bits`, 0 included, widened at both ends by `margin`
 * times its length and by one unit for rounding. name: whose range it is, for the message. */
hcl_status hcl_fx_calibrated_range(const struct hcl_fx_ranging *r, uint32_t source, int bits,
                                   const char *name, int64_t *lo, int64_t *hi);

/** Set [q_lo, q_hi] and the function table of every node, and [lo, hi] of every computed tensor. The graph
 * inputs have their ranges already. */
hcl_status hcl_fx_assign_ranges(const struct hcl_fx_ranging *r);

#endif
