/* SPDX-License-Identifier: Apache-2.0 */
/* Where the elements of a graph's tensors are among the small cells of its witness, so that what a witness
 * holds can be read as the interpreter's values, which they are. Local. */
#ifndef HCL_COMPILER_PLACES_H
#define HCL_COMPILER_PLACES_H

#include "compiler/fixed/interpret.h"
#include "compiler/layout/machine.h"

struct hcl_lower;

struct hcl_places {
    struct hcl_view *views; /* by tensor */
    bool *placed;           /* by tensor: views[t] is set */
    uint32_t **lists;       /* what the views point to */
    size_t num_lists;
    uint32_t lanes;
};

/** Those of a graph that was lowered: moves them out of it and of its machine, of which both are cleared as
 * ever. */
void hcl_places_take(struct hcl_places *out, struct hcl_lower *c);
void hcl_places_clear(struct hcl_places *p);

/** Fill the computed tensors of v, whose inputs are set, from the cells of a witness of the graph that has
 * run on the same inputs; the interpreter computes those few that lie nowhere as a whole. wanted: by tensor,
 * those that must be filled beside the latter, and what is read for these is added; NULL: all. HCL_BAD_INPUT
 * is the interpreter's. */
HCL_MUST_CHECK hcl_status hcl_places_read(const struct hcl_places *p, const struct hcl_fx_graph *g,
                                          const struct hcl_cells *cells, struct hcl_fx_values *v,
                                          bool *wanted, struct hcl_err *err);

#endif
