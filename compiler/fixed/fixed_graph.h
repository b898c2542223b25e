/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed-point graph: what a model means once every number is an integer. The quantiser produces it, the
 * interpreter (compiler/fixed/interpret.h) executes it and is thereby the definition, gadgets turn each
 * node into constraints that accept exactly that result. What a kind of node means is told in its folder
 * (compiler/primitives).
 *
 * A tensor holds integers v in [lo, hi]; the real number is v * 2^-frac_bits, each tensor with its own.
 * Shapes are NHWC with n = 1; lower ranks are padded with 1 in front (a vector of K is [1,1,1,K]). Nodes are
 * in topological order.
 *
 * Rescale: rescale(acc, S) = floor((acc + floor(S/2)) / S), S >= 1: round half up. The result q must be in
 * [q_lo, q_hi] (at most 2^k table entries, chosen by calibration with margin), else the interpreter, and so
 * the prover, stops with an error naming the tensor; it never wraps or saturates silently. Then y = fn(q), fn
 * being the node's function: identity, clamp or any table over [q_lo, q_hi]. */
#ifndef HCL_COMPILER_FIXED_FIXED_GRAPH_H
#define HCL_COMPILER_FIXED_FIXED_GRAPH_H

#include "common/sys/status.h"
#include "compiler/functions/function.h"
#include "compiler/graph/index_map.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
#define HCL_PRIMITIVE(kind, name) HCL_FX_##kind,
#include "compiler/primitives/primitives.def"
#undef HCL_PRIMITIVE
    HCL_FX_OP_COUNT
} hcl_fx_op;

/* COMMITTED: weights only; a key binds them and shows nothing of them. */
typedef enum { HCL_PRIVATE = 0, HCL_PUBLIC = 1, HCL_COMMITTED = 2 } hcl_visibility;

/* What a constant's integers are stored as. */
typedef enum { HCL_FX_I64, HCL_FX_I16 } hcl_fx_type;

#define HCL_FX_MOST_OPERANDS 4

struct hcl_fx_tensor {
    char *name;
    uint32_t dims[4];
    int frac_bits;
    int8_t *channel_shift; /* of a graph input or of what layers alone read: channel c of the last dimension
                              has channel_shift[c] >= 0 fraction bits more than frac_bits, which says what its
                              integers mean and changes nothing of them; NULL: all have frac_bits. Owned */
    int64_t lo, hi;
    const void *data; /* constants: integers of `type` in NHWC / OHWI order; owned by the graph. NULL
                         otherwise */
    hcl_fx_type type; /* HCL_FX_I16: the filter of a CONV or DEPTHWISE, the table of a LOOKUP only */
    bool whole;       /* a graph input, or one moved: the numbers lo..hi as they are, at no scale */
    bool is_input, is_output, is_weight;
    uint32_t
        rank; /* dimensions in the model file: the last `rank` of dims; for shapes of inputs and results */
    struct hcl_map_shape wide; /* as of the float graph's tensors */
    uint32_t item; /* of a batch, which of the inferences computes it (compiler/fixed/batch.h); else 0 */
};

struct hcl_fx_node {
    hcl_fx_op op;
    uint32_t origin;                       /* of the float graph's node that it is made for */
    char *name;                            /* for messages: operator and source tensor */
    uint32_t inputs[HCL_FX_MOST_OPERANDS]; /* tensor indices; HCL_FX_NONE if absent */
    uint32_t output;
    /* geometry */
    uint32_t stride_y, stride_x, kernel_h, kernel_w;
    uint32_t gap_y, gap_x; /* elements left out between neighbouring taps; 0 where stride is not 1 */
    uint32_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t a_mul, b_mul, pool_mul;
    /* rescale and function */
    int64_t divisor;    /* S; 1 = none */
    int64_t q_lo, q_hi; /* inclusive */
    int64_t *fn;        /* q_hi - q_lo + 1 entries, fn[q - q_lo] = y; NULL: identity. Owned by the graph */
    struct hcl_function function; /* what fn is made of: of q * 2^-quotient_bits */
    int quotient_bits;
    int64_t *exp_table; /* SOFTMAX; exp_top is its first entry */
    uint32_t exp_len;
    int64_t exp_top, mark;
    int64_t gap;               /* SOFTMAX with a mask: what it takes from an element that takes no part */
    int64_t numerator;         /* SOFTMAX, NORM: of reciprocals */
    int64_t sum_divisor;       /* SOFTMAX: what sums are divided by before their reciprocals are taken */
    int64_t one;               /* SELECT: the condition where it holds */
    int64_t spread, epsilon;   /* NORM */
    bool centred;              /* NORM */
    bool minimum;              /* MAX_POOL: the least element instead */
    bool sums;                 /* AVG_POOL: not divided by the number of elements */
    bool a_adjoint, b_adjoint; /* MATMUL */
    bool least;                /* ARG_MAX: of the least elements */
    uint32_t *map; /* as many entries as the output has elements. MOVE: HCL_FX_NONE for 0. SOFTMAX:
                      HCL_FX_NONE where an element takes no part, NULL: all do. ADD, MUL: the
                      element of the second operand that meets this one. Owned by the graph */
};

#define HCL_FX_NONE UINT32_MAX

/** Fraction bits of an element, counted in NHWC order. */
static inline int hcl_fx_element_bits(const struct hcl_fx_tensor *t, size_t element)
{
    return t->frac_bits + (t->channel_shift != NULL ? t->channel_shift[element % t->dims[3]] : 0);
}

/** Element i of a constant. */
static inline int64_t hcl_fx_constant(const struct hcl_fx_tensor *t, size_t i)
{
    return t->type == HCL_FX_I16 ? ((const int16_t *)t->data)[i] : ((const int64_t *)t->data)[i];
}

/** Whether nodes of this kind end in rescale, range check and function. */
bool hcl_fx_has_rescale(hcl_fx_op op);

struct hcl_fx_graph {
    struct hcl_fx_tensor *tensors;
    size_t num_tensors;
    struct hcl_fx_node *nodes;
    size_t num_nodes;
    uint32_t *inputs, *outputs; /* tensor indices */
    size_t num_inputs, num_outputs;
    hcl_visibility input_visibility, output_visibility, weight_visibility;
    uint32_t items; /* more than 1: a batch of so many inferences (compiler/fixed/batch.h), whose constants,
                       tables and maps are those of the graph that it repeats; else 0 or 1 */
};

/** Whether the graph is a batch. */
static inline bool hcl_fx_is_batch(const struct hcl_fx_graph *g)
{
    return g->items > 1;
}
/** How many inferences the graph is. */
static inline uint32_t hcl_fx_items(const struct hcl_fx_graph *g)
{
    return hcl_fx_is_batch(g) ? g->items : 1;
}

/** Whether two nodes that rescale have the same function of the same integers: equal ranges mean equal
 * tables. */
bool hcl_fx_same_function(const struct hcl_fx_graph *g, const struct hcl_fx_node *a,
                          const struct hcl_fx_node *b);

void hcl_fx_graph_clear(struct hcl_fx_graph *g);
/** Free the constants, which take most of the memory, once nothing runs or lowers the graph any more. Names,
 * shapes and ranges stay. */
void hcl_fx_graph_drop_constants(struct hcl_fx_graph *g);
/** Check shapes, indices, topological order, ranges (no accumulator can leave +-2^62), table lengths.
 * HCL_BAD_INPUT names node and tensor. */
hcl_status hcl_fx_graph_check(const struct hcl_fx_graph *g, struct hcl_err *err);

#endif
