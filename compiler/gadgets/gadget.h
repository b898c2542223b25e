/* SPDX-License-Identifier: Apache-2.0 */
/* A gadget (struct hcl_primitive) turns one node of the fixed-point graph into rows of the lane machine. It
 * finds its inputs' views in c->views, appends rows, and sets the view of its output. Of a batch
 * (compiler/fixed/batch.h) it is called for each item, or for item 0 alone and lays out all (joins_items).
 * Failures go to the machine (sticky); only what the gadget cannot express is HCL_BAD_INPUT, naming the node.
 */
#ifndef HCL_COMPILER_GADGETS_GADGET_H
#define HCL_COMPILER_GADGETS_GADGET_H

#include "compiler/fixed/fixed_graph.h"
#include "compiler/layout/machine.h"

struct hcl_lower {
    struct hcl_machine *m;
    const struct hcl_fx_graph *g;
    struct hcl_view *views; /* by tensor; of constants those that lie in Y cells: the others' data are read */
    bool *placed;           /* by tensor: views[t] is set */
    uint32_t *plane_copies; /* by tensor: the first row of a copy of it as planes of its own size; HCL_NONE */
    uint32_t
        *input_planes; /* by tensor: the first row of an input that lies as its reader's planes; HCL_NONE */
    struct hcl_picks *picks; /* what was laid out of largest elements (picks.h), or NULL */
    struct hcl_rides *rides; /* products that wait for rows (rides.h), or NULL */
};

struct hcl_lower_size {
    uint32_t lanes, weight_columns; /* 0 columns: weights are only counted */
    uint32_t most_rows;
    uint32_t weight_rows; /* if it is known how many there are going to be; else 0 */
};

/** A whole graph on a new machine of this size: every graph input (range-checked, public ones tied to the
 * instance), every node, the public outputs; the machine is finished. On failure both are cleared. */
hcl_status hcl_lower_graph(struct hcl_lower *c, struct hcl_machine *m, const struct hcl_fx_graph *g,
                           const struct hcl_lower_size *size, struct hcl_err *err);
/** Free the views; the machine is the caller's. */
void hcl_lower_clear(struct hcl_lower *c);

/* Shared by gadgets. */
/** The view of the node's first operand; the machine fails where it is not placed. */
const struct hcl_view *hcl_gadget_input(struct hcl_lower *c, uint32_t node);
/** The view of the node's output. */
void hcl_gadget_set_output(struct hcl_lower *c, uint32_t node, struct hcl_view v);
/** The function table of a node's rescale. */
uint32_t hcl_gadget_fn(struct hcl_lower *c, uint32_t node);
/** Whether a node of this kind reads the tensor. */
bool hcl_gadget_reads(const struct hcl_lower *c, hcl_fx_op kind, uint32_t tensor);
/** Start a region of this node. */
void hcl_gadget_region(struct hcl_lower *c, uint32_t node, const char *what, uint32_t tensor);

#endif
