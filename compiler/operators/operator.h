/* SPDX-License-Identifier: Apache-2.0 */
/* An operator is a kind of node of the float graph: one descriptor, in a folder of its own, and one line in
 * operators.def. Importer, checker, passes, evaluator, scales, quantiser and dump know nothing of a kind but
 * its descriptor. Each function of compiler/functions is an operator too, by the descriptor that they share
 * (function_operators.c). */
#ifndef HCL_COMPILER_OPERATORS_OPERATOR_H
#define HCL_COMPILER_OPERATORS_OPERATOR_H

#include "compiler/fixed/fixed_graph.h"
#include "compiler/graph/graph.h"

struct hcl_import;
struct hcl_import_shape;
struct hcl_tfl_op;
struct hcl_float_operands;
struct hcl_chooser;
struct hcl_scales;
struct hcl_table_sizes;
struct hcl_builder;

/* Whether results can be negative. */
typedef enum {
    HCL_SIGN_ANY,
    HCL_SIGN_OF_OPERANDS, /* not if the operands' elements are not */
    HCL_SIGN_POSITIVE
} hcl_sign;

/* How the evaluation of a node may be cut into parts, each of which is the same numbers as in the whole. */
typedef enum {
    HCL_CUT_NONE,
    HCL_CUT_ELEMENTS, /* what has `element` */
    HCL_CUT_VECTORS,  /* elements, of whole vectors of the last axis */
    HCL_CUT_OUTPUTS   /* elements of the last axis, at all positions */
} hcl_cut;

struct hcl_operator {
    const char *name; /* "CONV_2D" */
    int code; /* its number in TFLite files; -1: nodes come of other operators (frontend/recipes.def) */
    size_t least, most;    /* operands */
    hcl_fx_op primitive;   /* that it becomes */
    hcl_fn function;       /* its own; HCL_FN_IDENTITY: none */
    bool carries_function; /* a function may follow each result, n->act */
    bool keeps_bits;       /* elements move: the result has the first operand's fraction bits, in value too */
    bool fixed_output;     /* the result is in 0..1 at the setting's output bits */
    bool joins;            /* all operands and the result have one number of fraction bits, constants too */
    bool filter;           /* linear in the first operand by the constant second one, with a bias */
    bool depthwise;        /* ... channel by channel */
    bool swaps;            /* its two operands may change places, if `reversed` changes with them */
    bool own_scale;        /* a constant second operand has fraction bits of its own */
    hcl_sign sign;         /* before the function */
    hcl_cut cut;           /* of `evaluate` */
    bool dear;             /* an element takes longer to evaluate than to tell another rank */

    /** Operands, options and the result's shape; *to of rank 0: as recorded in the file. Not NULL where
     * there is a number. */
    hcl_status (*import)(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                         struct hcl_import_shape *to);
    /** Shapes. HCL_BAD_INPUT names the node. */
    hcl_status (*check)(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err);
    /** Whether the node changes nothing; NULL: it does. */
    bool (*is_noop)(const struct hcl_graph *g, const struct hcl_node *n);
    /** Element i of the result before the function; NULL where `evaluate` fills results as a whole. */
    double (*element)(const struct hcl_float_operands *p, size_t i);
    /** The same for elements first..first+count-1, count <= HCL_FLOAT_RUN, where that is faster; or NULL. */
    void (*run)(const struct hcl_float_operands *p, size_t first, size_t count, double *x);
    /** Fill the results of `count` value sets; NULL: by `element`. */
    hcl_status (*evaluate)(const struct hcl_float_operands *p, size_t count, struct hcl_err *err);
    /** Lower fraction bits until the node's divisor is possible; NULL: nothing to do. */
    void (*constrain)(struct hcl_chooser *c, const struct hcl_node *n);
    /** Fraction bits of the accumulator; NULL: nothing is rescaled. */
    int (*accumulator_bits)(const struct hcl_scales *s, const struct hcl_graph *g, size_t node);
    /** The fixed-point node's operands and fields, beyond geometry and computed operands; NULL: none. */
    hcl_status (*quantize)(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n);
    /** Tables beside the function's and the divisor's, by formula; NULL: none. */
    void (*count_tables)(struct hcl_table_sizes *s, size_t node);
    /** More for the node's line in a dump; NULL: nothing. */
    void (*dump)(const struct hcl_node *n, FILE *to);
};

/** The descriptor of a kind below HCL_OP_COUNT. */
const struct hcl_operator *hcl_operator_of(hcl_op op);
/** The kind with this number in TFLite files; false: none has. */
bool hcl_operator_find(int code, hcl_op *op);
/** What follows each result of a node: its operator's function, or the one that it carries. */
struct hcl_function hcl_node_function(const struct hcl_node *n);

#endif
