/* SPDX-License-Identifier: Apache-2.0 */
/* Small fixed-point graphs for tests. Failures end the test. Values come from a seeded generator. */
#ifndef HCL_TESTS_FX_BUILDER_H
#define HCL_TESTS_FX_BUILDER_H

#include "compiler/fixed/fixed_graph.h"

struct hcl_test_random {
    uint64_t state;
};
uint64_t hcl_test_next(struct hcl_test_random *r);
/** Uniform enough in [lo, hi]. */
int64_t hcl_test_between(struct hcl_test_random *r, int64_t lo, int64_t hi);

/** Append a tensor [d0, h, w, c]; returns its index. */
uint32_t hcl_test_tensor(struct hcl_fx_graph *g, uint32_t d0, uint32_t h, uint32_t w, uint32_t c, int64_t lo,
                         int64_t hi);
/** Make it a model input. */
uint32_t hcl_test_input(struct hcl_fx_graph *g, uint32_t h, uint32_t w, uint32_t c, int64_t lo, int64_t hi);
/** A constant with random values in [lo, hi]. */
uint32_t hcl_test_constant(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t d0, uint32_t h,
                           uint32_t w, uint32_t c, int64_t lo, int64_t hi);
void hcl_test_output(struct hcl_fx_graph *g, uint32_t tensor);

struct hcl_test_conv {
    uint32_t kernel_h, kernel_w, stride_y, stride_x, outputs;
    uint32_t gap_y, gap_x; /* between neighbouring taps */
    uint32_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t weight_max, bias_max; /* bias_max 0: no bias */
    int64_t divisor;
    bool depthwise;   /* outputs is then the number of output channels, a multiple of the inputs' */
    bool relu;        /* clamp at 0 from below */
    int64_t plus_mul; /* not 0: plus_mul times tensor `plus` is added to the sums */
    uint32_t plus;
};
/** A kernel of 2 x 2 and two outputs, with everything but padding. */
extern const struct hcl_test_conv hcl_test_conv_2x2;
/** A random kernel of at most h x w with strides, weights, bias, divisor and clamp, and padding smaller than
 * it if wanted. Outputs and depthwise are the caller's. */
struct hcl_test_conv hcl_test_random_conv(struct hcl_test_random *r, uint32_t h, uint32_t w, bool padded);
/** Append a convolution of tensor x with random weights; q has all values it can take. Returns its output. */
uint32_t hcl_test_conv(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x,
                       const struct hcl_test_conv *spec);
/** Where a > b `one`, else 0. */
uint32_t hcl_test_greater(struct hcl_fx_graph *g, uint32_t a, uint32_t b, int64_t one);
/** a where the condition is `one`, b where it is 0. */
uint32_t hcl_test_select(struct hcl_fx_graph *g, uint32_t condition, uint32_t a, uint32_t b, int64_t one,
                         int64_t divisor);
/** Append a node without weights: zeroed except op, name, inputs, output. */
struct hcl_fx_node *hcl_test_node(struct hcl_fx_graph *g, hcl_fx_op op, uint32_t a, uint32_t b,
                                  uint32_t output);

/** Elementwise and pooling nodes; q is given all values it can take. clamp: 0: identity, else y = min(max(q,
 * 0), clamp). */
uint32_t hcl_test_add(struct hcl_fx_graph *g, uint32_t a, uint32_t b, int64_t a_mul, int64_t b_mul,
                      int64_t divisor);
uint32_t hcl_test_mul(struct hcl_fx_graph *g, uint32_t a, uint32_t b, int64_t divisor);
/** floor(a_mul*a / (b_mul*b)) of a b that is at least 1. */
uint32_t hcl_test_floor_div(struct hcl_fx_graph *g, uint32_t a, uint32_t b, int64_t a_mul, int64_t b_mul);
uint32_t hcl_test_unary(struct hcl_fx_graph *g, uint32_t x, int64_t divisor, int64_t clamp);
/** Windows of size x size, stride 2, no padding. */
uint32_t hcl_test_pool(struct hcl_fx_graph *g, hcl_fx_op op, uint32_t x, uint32_t size);
uint32_t hcl_test_reshape(struct hcl_fx_graph *g, uint32_t x, uint32_t h, uint32_t w, uint32_t c);
/** One row or column of zeros on each side. */
uint32_t hcl_test_pad(struct hcl_fx_graph *g, uint32_t x);
/** 7 fraction bits; centred: LayerNorm without gain, else RMSNorm. q is given all values it can take. */
uint32_t hcl_test_norm(struct hcl_fx_graph *g, uint32_t x, bool centred);
/** A GroupNorm: of the channels of an image in so many groups, in order. */
uint32_t hcl_test_group_norm(struct hcl_fx_graph *g, uint32_t x, uint32_t groups);
/** e_i = 2^(6 - d/2), 8 fractional bits in the result. */
uint32_t hcl_test_softmax(struct hcl_fx_graph *g, uint32_t x);
/** The same without some elements: element i of vector p takes part if i <= p (causal), or at random. */
uint32_t hcl_test_masked_softmax(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, bool causal);

/** With a computed mask, 1 where an element takes no part: an input of 0 and 1 for each element of a vector,
 * the same for all vectors if shared. It may leave out whole vectors. */
uint32_t hcl_test_computed_mask(struct hcl_fx_graph *g, uint32_t x, bool shared);
uint32_t hcl_test_softmax_by(struct hcl_fx_graph *g, uint32_t x, uint32_t mask);

/** a times b, adjoint if wanted; q has all values it can take. */
uint32_t hcl_test_matmul(struct hcl_fx_graph *g, uint32_t a, uint32_t b, bool a_adjoint, bool b_adjoint,
                         int64_t divisor);
/** A model input of indices of `rows` rows. */
uint32_t hcl_test_indices(struct hcl_fx_graph *g, uint32_t h, uint32_t w, uint32_t c, uint32_t rows);
/** Rows of a table of random numbers by the indices x. */
uint32_t hcl_test_lookup(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, uint32_t rows,
                         uint32_t width);
/** The same of weights from -most to most: of few enough a cell holds several. */
uint32_t hcl_test_lookup_within(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, uint32_t rows,
                                uint32_t width, int64_t most);
/** The numbers of the `count` largest (least: smallest) elements of each vector; the elements. */
uint32_t hcl_test_arg_max(struct hcl_fx_graph *g, uint32_t x, uint32_t count, bool least);
uint32_t hcl_test_top(struct hcl_fx_graph *g, uint32_t x, uint32_t count);
/** An index map of a (and b, unless HCL_FX_NONE) to a tensor [1, h, w, c]; takes the map. */
uint32_t hcl_test_move(struct hcl_fx_graph *g, uint32_t a, uint32_t b, uint32_t *map, uint32_t h, uint32_t w,
                       uint32_t c);
/** [h, w, c] to [c, h, w] or another order: dimension i of the result is dimension order[i] of x. */
uint32_t hcl_test_transpose(struct hcl_fx_graph *g, uint32_t x, const int order[3]);

#endif
