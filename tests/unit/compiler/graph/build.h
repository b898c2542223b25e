/* SPDX-License-Identifier: Apache-2.0 */
/* Small float graphs for tests, with pseudo-random constants (fixed seed). */
#ifndef HCL_TESTS_COMPILER_GRAPH_BUILD_H
#define HCL_TESTS_COMPILER_GRAPH_BUILD_H

#include "tests/support/test.h"

#include "compiler/graph/graph.h"

/* In [-1, 1), the same sequence in every run. */
static inline float next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / (float)(1 << 23) - 1;
}

static inline uint32_t add_computed(struct hcl_graph *g, uint32_t h, uint32_t w, uint32_t c)
{
    const uint32_t dims[4] = { 1, h, w, c };
    uint32_t t;
    struct hcl_err err;
    assert_ok(hcl_graph_add_tensor(g, "t", dims, 4, NULL, &t, &err), err);
    return t;
}

static inline uint32_t add_constant(struct hcl_graph *g, uint32_t o, uint32_t h, uint32_t w, uint32_t c)
{
    const uint32_t dims[4] = { o, h, w, c };
    size_t len = (size_t)o * h * w * c;
    float *data = malloc(len * sizeof *data);
    uint32_t t, seed = (uint32_t)g->num_tensors + 1;
    struct hcl_err err;
    assert_non_null(data);
    for (size_t i = 0; i < len; i++)
        data[i] = next_random(&seed);
    assert_ok(hcl_graph_add_tensor(g, "k", dims, 4, data, &t, &err), err);
    return t;
}

/* A node with no window; more is set in the result before the graph is used. */
static inline struct hcl_node *add_op(struct hcl_graph *g, hcl_op op, uint32_t a, uint32_t b, uint32_t c,
                                      uint32_t output)
{
    const struct hcl_node n = {
        .op = op, .name = (char *)"n", .inputs = { a, b, c, HCL_GRAPH_NONE }, .output = output
    };
    struct hcl_err err;
    assert_ok(hcl_graph_add_node(g, &n, &err), err);
    return &g->nodes[g->num_nodes - 1];
}

/* 3x3, stride 1, `pad` on each side. */
static inline struct hcl_node *add_conv(struct hcl_graph *g, hcl_op op, uint32_t x, uint32_t w, uint32_t b,
                                        uint32_t pad, uint32_t output)
{
    struct hcl_node *n = add_op(g, op, x, w, b, output);
    n->kernel_h = n->kernel_w = 3;
    n->stride_y = n->stride_x = 1;
    n->pad_top = n->pad_left = n->pad_bottom = n->pad_right = pad;
    return n;
}

static inline void set_ends(struct hcl_graph *g, uint32_t input, uint32_t output)
{
    struct hcl_err err;
    assert_ok(hcl_graph_set_ends(g, &input, 1, &output, 1, &err), err);
    assert_ok(hcl_graph_check(g, &err), err);
}

#define NONE HCL_GRAPH_NONE

#endif
