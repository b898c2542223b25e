/* SPDX-License-Identifier: Apache-2.0 */
/* What a violated constraint is about, in the words of the model: layer, purpose of the row, and the tensor's
 * elements that the row holds. Local, single-threaded. */
#ifndef HCL_COMPILER_LOCATE_H
#define HCL_COMPILER_LOCATE_H

#include "common/halo2/check.h"
#include "compiler/compile.h"

struct hcl_locator;

/** For the circuit that hcl_compile made of this graph; all three are borrowed. Lowers the graph again, for
 * where its elements are: take it only once there is something to locate. */
HCL_MUST_CHECK hcl_status hcl_locator_new(struct hcl_locator **out, const struct hcl_fx_graph *g,
                                          const struct hcl_layout *layout, const struct hcl_circuit *circuit,
                                          struct hcl_err *err);
void hcl_locator_free(struct hcl_locator *l);

/** For struct hcl_check_notes, whose ctx is a locator: "CONV_2D 'c': outputs, row 3 of 40, tensor
 * 'y'[0,1,2,0]". One element where the constraint is about one lane, otherwise the first and the last of the
 * row; none where the row holds none (weights, intermediate sums, copies of other layers' outputs). */
void hcl_locator_describe(void *locator, const struct hcl_violation *v, char *text, size_t size);

#endif
