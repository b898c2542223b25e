/* SPDX-License-Identifier: Apache-2.0 */
/* The float graph: what the model file means, before any number is rounded. Frontends build it, passes
 * rewrite it, the evaluator runs it, the quantiser turns it into a fixed-point graph.
 *
 * All tensors are float, NHWC, four dimensions; lower ranks have 1s in front ([10] is [1,1,1,10]). Filters
 * are OHWI, depthwise filters [1,kh,kw,C*m]. A tensor is a constant (data), a graph input, or the output of
 * exactly one node. Nodes are in topological order. Padding is explicit: SAME and VALID are resolved by the
 * frontend. ADD, SUB, MUL: the first operand has the result's shape; element i meets element i mod length of
 * the second, whose shape are the first one's last dimensions, or one that a map tells. The graph owns
 * everything in it; names are non-empty and printable.
 */
#ifndef HCL_COMPILER_GRAPH_GRAPH_H
#define HCL_COMPILER_GRAPH_GRAPH_H

#include "common/sys/status.h"
#include "compiler/functions/function.h"
#include "compiler/graph/index_map.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
#define HCL_OPERATOR(kind, name) HCL_OP_##kind,
#include "compiler/operators/operators.def"
#undef HCL_OPERATOR
#define HCL_FUNCTION(name, op, fused, least, properties, value) HCL_OP_##name,
#include "compiler/functions/functions.def"
    HCL_OP_COUNT
} hcl_op;

#define HCL_GRAPH_NONE UINT32_MAX
#define HCL_NUMBERS_UNKNOWN UINT32_MAX /* while a model is imported */
#define HCL_MOST_OPERANDS 4
/* No tensor of a model may have more elements; keeps every size computation far from overflow. */
#define HCL_TENSOR_MAX_LEN ((size_t)1 << 28)

struct hcl_tensor {
    char *name;
    char *entry; /* an input or output: what the model's signature calls it; or NULL */
    uint32_t dims[4];
    uint32_t rank;             /* in the model file; for messages and results only */
    struct hcl_map_shape wide; /* its shape in the file where it is rows here; else of rank 0 */
    uint32_t numbers; /* computed: not 0 for the whole numbers 0..numbers - 1, exactly; else real numbers */
    float *data;      /* constants only */
    float *initial;   /* an input that is a state: its value where none is given; or NULL */
    bool borrowed;    /* data lies in the graph's file: neither written nor freed (hcl_tensor_own) */
};

/* An operator of the model's file, or what was asked for of its outputs. */
struct hcl_origin {
    char *name;      /* "CONV_2D 'tensor'" */
    uint32_t joined; /* one that a node was made of together with this; itself: none, or others point here */
};

struct hcl_node {
    hcl_op op;
    uint32_t origin;         /* what it is made of; HCL_GRAPH_NONE: nothing that is known */
    char *name;              /* that of the output tensor in the file */
    struct hcl_function act; /* applied to the result; of a function's own operator, its parameters */
    uint32_t inputs[HCL_MOST_OPERANDS]; /* HCL_GRAPH_NONE when absent */
    uint32_t output;
    uint32_t kernel_h, kernel_w, stride_y, stride_x;
    uint32_t gap_y,
        gap_x; /* elements left out between neighbouring taps: dilation - 1; 0 where stride is not 1 */
    uint32_t pad_top, pad_left, pad_bottom, pad_right;
    float beta;        /* SOFTMAX: y = softmax(beta x), of the elements whose mask, a second operand, is 0 */
    bool reversed;     /* SUB: the second operand minus the first */
    float epsilon;     /* NORM */
    bool centred;      /* NORM */
    bool least;        /* ARG_MAX: ARG_MIN */
    bool adj_x, adj_y; /* BATCH_MATMUL: the operand's last two dimensions are swapped */
    uint32_t *map; /* as many entries as the result; owned by the graph. MOVE: HCL_GRAPH_NONE for 0. SOFTMAX:
                      HCL_GRAPH_NONE where an element takes no part, else its own index; NULL: all do. ADD,
                      SUB, MUL: of the second operand */
};

struct hcl_graph {
    struct hcl_tensor *tensors;
    size_t num_tensors, cap_tensors;
    struct hcl_node *nodes;
    size_t num_nodes, cap_nodes;
    uint32_t *inputs, *outputs;
    size_t num_inputs, num_outputs;
    struct hcl_origin *origins;
    size_t num_origins, cap_origins;
    uint32_t origin;  /* of nodes that are added, if there are origins */
    bool few_weights; /* a weight costs what an element does: passes make no further ones of them */
    uint8_t *file;    /* bytes that borrowed constants lie in, from malloc and owned; NULL: none do */
};

void hcl_graph_clear(struct hcl_graph *g);

/* Building. `name` is copied. `data` (or NULL) must come from malloc and is owned by the graph from the call
 * on, also when it fails. */
HCL_MUST_CHECK hcl_status hcl_graph_add_tensor(struct hcl_graph *g, const char *name, const uint32_t dims[4],
                                               uint32_t rank, float *data, uint32_t *index,
                                               struct hcl_err *err);
/** Append a node of the current origin; *n's name is copied, its map (from malloc) the graph's from the call
 * on, also when it fails. */
HCL_MUST_CHECK hcl_status hcl_graph_add_node(struct hcl_graph *g, const struct hcl_node *n,
                                             struct hcl_err *err);
/** What nodes that are added from here on are made of; the name is copied. Origins are numbered as they are
 * begun. */
HCL_MUST_CHECK hcl_status hcl_graph_begin_origin(struct hcl_graph *g, const char *name, struct hcl_err *err);
/** One node is made of both, HCL_GRAPH_NONE being nothing. */
void hcl_graph_join_origins(struct hcl_graph *g, uint32_t a, uint32_t b);
/** The number that stands for all origins that are joined with this one. */
uint32_t hcl_graph_origin(const struct hcl_graph *g, uint32_t origin);

/** The graph's input and output lists, copied. */
HCL_MUST_CHECK hcl_status hcl_graph_set_ends(struct hcl_graph *g, const uint32_t *inputs, size_t num_inputs,
                                             const uint32_t *outputs, size_t num_outputs,
                                             struct hcl_err *err);

/** Give an input or output its name in the signature. */
HCL_MUST_CHECK hcl_status hcl_tensor_set_entry(struct hcl_tensor *t, const char *name, struct hcl_err *err);
/** Elements of all inputs together. */
size_t hcl_graph_input_len(const struct hcl_graph *g);
/** Before a constant is written: borrowed data become a copy of the tensor's own. */
HCL_MUST_CHECK hcl_status hcl_tensor_own(struct hcl_tensor *t, struct hcl_err *err);
/** Free a tensor's name and what data it owns. */
void hcl_tensor_clear(struct hcl_tensor *t);
/** Free a node's name and map. */
void hcl_node_clear(struct hcl_node *n);
/** Elements of a tensor. */
size_t hcl_tensor_len(const struct hcl_tensor *t);
const char *hcl_op_name(hcl_op op);
/** How many operands a node has (absent ones at the end are not counted). */
size_t hcl_node_arity(const struct hcl_node *n);

/** How often tensor t is read by nodes, plus once for each place in the output list. */
size_t hcl_graph_uses(const struct hcl_graph *g, uint32_t t);
bool hcl_graph_is_input(const struct hcl_graph *g, uint32_t t);
bool hcl_graph_is_output(const struct hcl_graph *g, uint32_t t);
/** Whether no element of a tensor is negative, whatever the inputs are, as far as its node tells. */
bool hcl_graph_never_negative(const struct hcl_graph *g, uint32_t tensor);

/** Check indices, single definition, topological order, constants finite, and each operator's shape rule. */
HCL_MUST_CHECK hcl_status hcl_graph_check(const struct hcl_graph *g, struct hcl_err *err);

/** One line per node and constant, stable across runs:
 *  "%7 [1,13,13,8] = CONV_2D(%3, %1, %2) window 3x3 stride 2x2 act RELU6  # name". */
void hcl_graph_dump(const struct hcl_graph *g, FILE *to);

#endif
