/* SPDX-License-Identifier: Apache-2.0 */
/* An import under way: shared by the operators (import_tflite.c) and the tensors (import_tensors.c). */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_H
#define HCL_COMPILER_FRONTEND_IMPORT_H

#include "compiler/frontend/refusals.h"
#include "compiler/frontend/tflite_shim.h"
#include "compiler/graph/graph.h"
#include "compiler/graph/index_map.h"

struct hcl_import {
    struct hcl_tfl_model *model; /* constants come to it as they are folded */
    const char *file;
    const uint8_t *bytes; /* of the file */
    size_t len;
    struct hcl_graph *graph;
    const struct hcl_tfl_op *op; /* being imported; NULL at the graph's inputs and outputs */
    uint32_t *tensor; /* graph index of each computed file tensor, HCL_GRAPH_NONE before its first use */
    uint32_t *truth;  /* of an input of truth values: the graph's input, which tensor[] says of whether it is
                         not 0; else HCL_GRAPH_NONE */
    struct hcl_map_shape *wide; /* shapes of computed file tensors that are rows in the graph; else rank 0 */
    void *constants;       /* tsearch tree of the constants imported so far: one for each buffer and shape */
    size_t constant_bytes; /* copied so far: a small buffer may be read under many shapes */
    bool keeps_file;       /* constants may be borrowed from its bytes */
    size_t folded_bytes;   /* of constants that are not in the file as they are */
    bool folding;          /* operators are evaluated, there is no graph */
    struct hcl_refusals refused;
    struct hcl_err *err;
};

struct hcl_import_shape {
    uint32_t dims[4]; /* 1s in front */
    uint32_t rank;
};

/* Messages of an import do not name the file: whoever ends it does, once. */
#define HCL_FAIL_OP(im, op, fmt, ...)                                                                        \
    hcl_fail((im)->err, HCL_BAD_INPUT, "operator %s at tensor %s: " fmt, (op)->name,                         \
             hcl_op_result_text((im)->model, op).text, __VA_ARGS__)

/* What is wrong with a tensor; says for which operator it is read. */
#define HCL_FAIL_TENSOR(im, fmt, ...)                                                                        \
    hcl_fail((im)->err, HCL_BAD_INPUT, "%s%s" fmt, (im)->op != NULL ? (im)->op->name : "",                   \
             (im)->op != NULL ? ": " : "", __VA_ARGS__)

/** Four dimensions of a file tensor, 1s in front; fixed, positive, at most HCL_TENSOR_MAX_LEN elements. */
hcl_status hcl_import_dims(const struct hcl_import *im, const struct hcl_tfl_tensor *t, uint32_t dims[4]);
/** The graph tensor of file tensor t, float32 only. `as` (or NULL) is the shape to give it instead of the
 * file's. Constants of one buffer and shape are one graph tensor, under the name of the first; other tensors
 * keep the shape of their first use. */
hcl_status hcl_import_tensor(struct hcl_import *im, int32_t t, const struct hcl_import_shape *as,
                             uint32_t *out);
/** The inputs of truth values, and those of shapes that the graph does not have, before any operator. */
hcl_status hcl_import_inputs(struct hcl_import *im);
/** The graph tensor of an input or output of the model, under the name that its signature has for it. */
hcl_status hcl_import_end(struct hcl_import *im, const struct hcl_tfl_end *end, bool input, uint32_t *out);
/** An input's value where none is given is this constant of the file. */
hcl_status hcl_import_initial(struct hcl_import *im, int32_t constant, uint32_t input);
/** Forget which constants were imported; the graph keeps them. */
void hcl_import_forget_constants(struct hcl_import *im);
/** The graph tensor of operand k, which must be there. */
hcl_status hcl_import_operand(struct hcl_import *im, const struct hcl_tfl_op *op, size_t k, uint32_t *out);
/* Tensors whose shapes the graph does not have (more than four dimensions, or a first of four that is not 1)
 * are rows of their last dimension there, in row-major order: operators of elements and of rows read and make
 * them as any other. */
/** How the graph has a tensor of this shape; false: as rows. */
bool hcl_import_fits(const struct hcl_map_shape *shape, struct hcl_import_shape *out);
/** The shape of file tensor t as computed, or as recorded. */
hcl_status hcl_import_shape_of(const struct hcl_import *im, int32_t t, struct hcl_map_shape *out);
/** Operand k, which may be such a tensor, and its shape. */
hcl_status hcl_import_any(struct hcl_import *im, const struct hcl_tfl_op *op, size_t k, uint32_t *out,
                          struct hcl_map_shape *shape);
/** The graph tensor of result `which`, of this shape. */
hcl_status hcl_import_result(struct hcl_import *im, const struct hcl_tfl_op *op, size_t which,
                             const struct hcl_map_shape *shape, uint32_t *out);
/** A node whose result is output `which` of the operator, of this shape: element i is element map[i] of the
 * operands one behind the other, HCL_MAP_NONE: 0. Takes the map; NULL: a RESHAPE of the first. While folding
 * the elements move here and now. */
hcl_status hcl_import_move(struct hcl_import *im, const struct hcl_tfl_op *op, size_t which,
                           const uint32_t *from, size_t count, uint32_t *map,
                           const struct hcl_map_shape *shape);
/** The end of an operator with one operand and one result: st and map are those of hcl_map_*. */
hcl_status hcl_import_mapped(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_status st, uint32_t from,
                             uint32_t *map, const struct hcl_map_shape *shape);
/** Operand k as an int32 or int64 constant of at most `most` entries; *n of them. */
hcl_status hcl_import_integers(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                               int64_t *out, size_t most, size_t *n);
/** A constant of an operator's importer, for its nodes; takes the data. */
hcl_status hcl_import_made(struct hcl_import *im, const struct hcl_tfl_op *op, const uint32_t dims[4],
                           float *data, uint32_t *out);
/** So many tensors one behind the other along `axis` become as few as a MOVE takes; both lists are written
 * to. */
hcl_status hcl_import_fewer(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t *from,
                            struct hcl_map_shape *shape, size_t *count, uint32_t axis);
/** The operator's only result is `count` tensors one behind the other along `axis`; both lists are written
 * to. */
hcl_status hcl_import_joined(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t *from,
                             struct hcl_map_shape *shape, size_t count, uint32_t axis);
typedef hcl_status hcl_import_recipe(struct hcl_import *im, const struct hcl_tfl_op *op);
/** Whether operand k is several images. */
bool hcl_import_is_batch(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k);
/** An operator of images, of one result: `add` for each image of such an operand k, and their results one
 * behind the other. While it is imported the operand is that image. */
hcl_status hcl_import_each_image(struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                                 hcl_import_recipe *add);
/** An operator that is one node of this kind. */
hcl_status hcl_import_single(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op kind);
/** What the operators' importers are made of (import_parts.c). */
/** A dimension counted from the end if negative; HCL_BAD_INPUT: not one of `rank`. */
hcl_status hcl_import_axis(const struct hcl_import *im, const struct hcl_tfl_op *op, int64_t axis,
                           uint32_t rank, uint32_t *out);
/** A node of this kind, without operands beyond a and b, which may be HCL_GRAPH_NONE. */
struct hcl_node hcl_import_node(hcl_op kind, uint32_t a, uint32_t b);
/* Of an operator that is several nodes; they take n's map. */
/** Append a node whose result, *out of this shape, the operator's further nodes read; out NULL:
 * hcl_import_last. */
hcl_status hcl_import_step(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           const struct hcl_map_shape *shape, uint32_t *out);
/** Append the node whose result is the operator's first. */
hcl_status hcl_import_last(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           const struct hcl_map_shape *shape);
/** The options are there and of this kind. */
hcl_status hcl_import_options(const struct hcl_import *im, const struct hcl_tfl_op *op, int options);
/** The fused activation. */
hcl_status hcl_import_activation(const struct hcl_import *im, const struct hcl_tfl_op *op,
                                 struct hcl_function *out);
/** SAME or VALID along one axis as padding before and after. */
void hcl_import_padding(bool same, uint32_t in, uint32_t kernel, uint32_t stride, uint32_t *before,
                        uint32_t *after);
/** Stride and padding of a windowed operator; n->kernel_* and n->inputs[0] are set. *to: its result's shape
 * with so many channels, where the window fits. */
hcl_status hcl_import_window(const struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                             uint32_t channels, struct hcl_import_shape *to);
/** Operand 2, which may be absent. */
hcl_status hcl_import_bias(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n);
/** x, unless it is given in n, filter, bias, window and activation of a convolution. */
hcl_status hcl_import_convolution(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                                  struct hcl_import_shape *to);
/** x, window and activation of a pool. */
hcl_status hcl_import_pool(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           struct hcl_import_shape *to);
/** Two operands that broadcast, and the shape of their result. The node's first one is computed, unless both
 * are constants, and has that shape; n->reversed: it is the operator's second. */
hcl_status hcl_import_pair(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           struct hcl_map_shape *to);
/** The same of two operands that the node has, of these shapes. */
hcl_status hcl_import_meet(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           const struct hcl_map_shape x[2], struct hcl_map_shape *to);
/** hcl_import_pair with the activation in options of this kind, if any. */
hcl_status hcl_import_binary(struct hcl_import *im, const struct hcl_tfl_op *op, int options,
                             struct hcl_node *n, struct hcl_import_shape *to);
/** The shape of both operands together: dimensions from the last on are equal, or one of them is 1 or
 * missing. */
hcl_status hcl_import_broadcast(const struct hcl_import *im, const struct hcl_tfl_op *op,
                                const struct hcl_map_shape *a, const struct hcl_map_shape *b,
                                struct hcl_map_shape *out);
/** A function of x, of this shape. out as of hcl_import_step. */
hcl_status hcl_import_function(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_function f,
                               const struct hcl_map_shape *shape, uint32_t x, uint32_t *out);
/** fn(a kind b) of two tensors of these shapes that broadcast, n: kind, operands and function; a negative
 * `sign` of a difference: b - a. out as above; *to: the result's shape, or NULL. */
hcl_status hcl_import_combine(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node n, int sign,
                              const struct hcl_map_shape x[2], struct hcl_map_shape *to, uint32_t *out);
bool hcl_import_is_constant(const struct hcl_import *im, uint32_t tensor);
/** A pool of this kind over the last dimension, which stays as one element. */
hcl_status hcl_import_reduce_last(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op kind, uint32_t x,
                                  const struct hcl_map_shape *shape, struct hcl_map_shape *to, uint32_t *out);
/** The operand, which broadcasts to a shape, at that shape. */
hcl_status hcl_import_expand(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t *tensor,
                             const struct hcl_map_shape *from, const struct hcl_map_shape *to);
/** How the graph has the operator's result, of this shape. */
void hcl_import_shape_as(struct hcl_import *im, const struct hcl_tfl_op *op,
                         const struct hcl_map_shape *shape, struct hcl_import_shape *to);
/** The shape of an operand of the node, for its result. */
void hcl_import_shape_like(const struct hcl_import *im, uint32_t tensor, struct hcl_import_shape *to);

#endif
