/* SPDX-License-Identifier: Apache-2.0 */
/* One setting of the search made into a fixed-point graph. */
#ifndef HCL_COMPILER_QUANTIZE_BUILD_H
#define HCL_COMPILER_QUANTIZE_BUILD_H

#include "compiler/graph/fixed_graph.h"
#include "compiler/graph/graph.h"

struct hcl_fx_setting {
    int activation_bits, weight_bits, output_bits;
    double margin;
};

/** The fixed-point form of g. lo, hi: calibrated range of each tensor before its activation (struct
 * hcl_float_values). Convolutions and products give activation_bits, SOFTMAX output_bits, everything else
 * keeps its operand's bits. Nodes of equal function and bits share one [q_lo, q_hi]; the table of "identity"
 * also covers the graph's inputs, so that it can serve as their range check. Visibilities are left at 0. *out
 * is empty on failure. HCL_BAD_INPUT names operator and tensor. */
HCL_MUST_CHECK hcl_status hcl_fx_build(struct hcl_fx_graph *out, const struct hcl_graph *g, const double *lo,
                                       const double *hi, const struct hcl_fx_setting *setting,
                                       struct hcl_err *err);

/** Rows of all distinct lookup tables: one per (function, range, bits), one remainder range per divisor, one
 *  per exponential table, one per input for its range. *widest: the node with the longest function table
 * (HCL_FX_NONE if there is none).
 */
size_t hcl_fx_table_rows(const struct hcl_fx_graph *g, uint32_t *widest);

#endif
