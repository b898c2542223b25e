/* SPDX-License-Identifier: Apache-2.0 */
/* A gadget turns one node of the fixed-point graph into rows of the lane machine. It finds its inputs' views
 * in c->views, appends rows, and sets the view of its output. Failures go to the machine (sticky); only what
 * the gadget cannot express is HCL_BAD_INPUT, naming the node. */
#ifndef HCL_COMPILER_GADGETS_GADGET_H
#define HCL_COMPILER_GADGETS_GADGET_H

#include "compiler/graph/fixed_graph.h"
#include "compiler/layout/machine.h"

struct hcl_lower {
    struct hcl_machine *m;
    const struct hcl_fx_graph *g;
    struct hcl_view *views; /* by tensor; constants (data != NULL) have none: gadgets read data */
    bool *placed;           /* by tensor: views[t] is set */
};

typedef void (*hcl_gadget)(struct hcl_lower *c, uint32_t node);

void hcl_gadget_conv(struct hcl_lower *c, uint32_t node);      /* conv.c */
void hcl_gadget_depthwise(struct hcl_lower *c, uint32_t node); /* depthwise.c */
void hcl_gadget_fully_connected(struct hcl_lower *c,
                                uint32_t node); /* fully_connected.c; called by conv.c for 1x1 on 1x1 */
void hcl_gadget_add(struct hcl_lower *c, uint32_t node);
void hcl_gadget_mul(struct hcl_lower *c, uint32_t node);
void hcl_gadget_avg_pool(struct hcl_lower *c, uint32_t node);
void hcl_gadget_max_pool(struct hcl_lower *c, uint32_t node);
void hcl_gadget_unary(struct hcl_lower *c, uint32_t node);
void hcl_gadget_reshape(struct hcl_lower *c, uint32_t node);
void hcl_gadget_pad(struct hcl_lower *c, uint32_t node);
void hcl_gadget_matmul(struct hcl_lower *c, uint32_t node);
void hcl_gadget_move(struct hcl_lower *c, uint32_t node);
void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node);

/** A whole graph on a new machine with `lanes` lanes, `weight_columns` (0: weights are only counted) and at
 * most `rows` rows: every graph input (range-checked, public ones tied to the instance), every node, the
 * public outputs; the machine is finished. On failure both are cleared. */
hcl_status hcl_lower_graph(struct hcl_lower *c, struct hcl_machine *m, const struct hcl_fx_graph *g,
                           uint32_t lanes, uint32_t weight_columns, uint32_t rows, struct hcl_err *err);
/** Free the views; the machine is the caller's. */
void hcl_lower_clear(struct hcl_lower *c);

/* Shared by gadgets. */
/** The function table of a node's rescale. */
uint32_t hcl_gadget_fn(struct hcl_lower *c, uint32_t node);
/** Start a region of this node. */
void hcl_gadget_region(struct hcl_lower *c, uint32_t node, const char *what, uint32_t tensor);

#endif
