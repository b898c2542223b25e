/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of hcl_fx_build: which quotients each node of a finished graph may have. */
#ifndef HCL_COMPILER_QUANTIZE_RANGES_INTERNAL_H
#define HCL_COMPILER_QUANTIZE_RANGES_INTERNAL_H

#include "compiler/fixed/fixed_graph.h"
#include "compiler/quantize/scales.h"

struct hcl_fx_ranging {
    const struct hcl_graph *g;
    const struct hcl_fx_setting *setting;
    const double *most;
    const struct hcl_scales *scales;
    struct hcl_fx_graph *fx;
    uint32_t *source; /* per fixed node: the float tensor whose calibrated range is its quotient's */
    struct hcl_err *err;
};

/** Set [lo, hi] of the graph inputs and of every computed tensor, [q_lo, q_hi] and the function table of
 * every node. */
hcl_status hcl_fx_assign_ranges(const struct hcl_fx_ranging *r);

#endif
