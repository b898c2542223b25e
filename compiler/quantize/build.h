/* SPDX-License-Identifier: Apache-2.0 */
/* One setting of the search made into a fixed-point graph. */
#ifndef HCL_COMPILER_QUANTIZE_BUILD_H
#define HCL_COMPILER_QUANTIZE_BUILD_H

#include "compiler/fixed/fixed_graph.h"
#include "compiler/quantize/scales.h"

/** The fixed-point form of g. most: as from hcl_scales_magnitudes, for computed tensors over the calibration
 * samples. Quotients that share a table have the same [q_lo, q_hi], which is the table's: what every node of
 * the identity, of RELU, or of RELU6 at one scale needs. Graph inputs have the identity's range, and RELU's
 * holds the differences that a maximum looks up. Visibilities are left at 0. *out is empty on failure.
 * HCL_BAD_INPUT names operator and tensor. */
HCL_MUST_CHECK hcl_status hcl_fx_build(struct hcl_fx_graph *out, const struct hcl_graph *g,
                                       const double *most, const struct hcl_fx_setting *setting,
                                       struct hcl_err *err);

/** Rows of all distinct look-up tables; not those of the entries of embeddings, which the layout knows. */
HCL_MUST_CHECK hcl_status hcl_fx_table_rows(const struct hcl_fx_graph *g, size_t *rows, struct hcl_err *err);

#endif
