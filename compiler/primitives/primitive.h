/* SPDX-License-Identifier: Apache-2.0 */
/* A primitive is a kind of node of the fixed-point graph: one table of functions, in a folder of its own, and
 * one line in primitives.def. The graph's checker and bounds, the interpreter, the counting of tables and the
 * lowering to rows know nothing of a kind but its table.
 *
 * All but `gadget` are called with shapes and operands in the graph only; `gadget` appends rows that accept
 * exactly what `interpret` computes (compiler/gadgets/gadget.h). */
#ifndef HCL_COMPILER_PRIMITIVES_PRIMITIVE_H
#define HCL_COMPILER_PRIMITIVES_PRIMITIVE_H

#include "compiler/fixed/fixed_bounds.h"
#include "compiler/fixed/fixed_graph.h"
#include "compiler/primitives/interval.h"

struct hcl_lower;
struct hcl_fx_operands;
struct hcl_tables;

struct hcl_primitive {
    const char *name;
    size_t operands;     /* so many must be there, further ones may be */
    bool rescales;       /* ends in rescale, range check and function */
    bool moves;          /* each element of the result is one of the first operand's, or 0 */
    bool residual;       /* there may be a fourth operand */
    bool short_constant; /* the second operand may be a constant of 16 bits */
    bool scores; /* the operand orders as the result does and holds what an output's error is told in */

    /** Shapes, fields and tables; operands are there and computed. HCL_BAD_INPUT names the node. */
    hcl_status (*check)(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err);
    /** Of the accumulator; of the result where nothing is rescaled. After check. */
    struct hcl_interval (*bounds)(const struct hcl_fx_graph *g, const struct hcl_fx_node *n);
    /** Of the quotient, where it is not that of the accumulator's ends by n->divisor; NULL: it is. *out holds
     * the accumulator's. */
    void (*quotients)(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_fx_bounds *out);
    /** The definition: fill the result of one value set. */
    hcl_status (*interpret)(const struct hcl_fx_operands *p);
    /** The same for `count` value sets that share their constants; NULL: one by one. */
    hcl_status (*interpret_batch)(const struct hcl_fx_operands *p, size_t count);
    /** Multiplications of the model; NULL: none that count. */
    double (*multiplications)(const struct hcl_fx_graph *g, const struct hcl_fx_node *n);
    /** Add all tables but the function's; NULL: the remainders of n->divisor, if the kind rescales. */
    void (*tables)(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_tables *t);
    bool joins_items; /* the gadget is called for item 0 of a batch alone, and lays out all items */
    /** Append the rows of a node. */
    void (*gadget)(struct hcl_lower *c, uint32_t node);
};

/** The table of a kind below HCL_FX_OP_COUNT. */
const struct hcl_primitive *hcl_primitive_of(hcl_fx_op op);

/** Whether a node rescales by this function, which is exact at every scale, over a range that holds [lo, hi].
 */
bool hcl_fx_has_table(const struct hcl_fx_graph *g, hcl_fn fn, int64_t lo, int64_t hi);

/** Whether a tensor of whole numbers is read by LOOKUPs alone, moved or not: they show its range. */
bool hcl_fx_is_looked_up(const struct hcl_fx_graph *g, uint32_t tensor);

/* For checks. */
/** HCL_BAD_INPUT with the node's name in front. */
hcl_status hcl_primitive_fail(struct hcl_err *err, const struct hcl_fx_node *n, const char *what);
bool hcl_dims_are(const uint32_t *d, uint32_t a, uint32_t b, uint32_t c, uint32_t e);
/** The result has the first operand's shape. */
hcl_status hcl_primitive_check_same(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                    struct hcl_err *err);
/** Windows over the first operand give the result's height and width, with so many channels. */
hcl_status hcl_primitive_check_windows(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                       uint32_t channels, struct hcl_err *err);
/** The result has the first operand's shape. Element i of it meets element i mod length of the second, whose
 * shape are the first one's last dimensions, or element map[i] where there is a map. */
hcl_status hcl_primitive_check_broadcast(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                         struct hcl_err *err);
/** For bounds: of the first operand. */
struct hcl_interval hcl_primitive_operand_range(const struct hcl_fx_graph *g, const struct hcl_fx_node *n);

#endif
