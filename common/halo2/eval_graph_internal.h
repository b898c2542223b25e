/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions as a graph of values: constants folded, equal values shared, signs pushed outwards. Operands
 * come before what reads them. First step of hcl_eval_compile. */
#ifndef HCL_COMMON_HALO2_EVAL_GRAPH_INTERNAL_H
#define HCL_COMMON_HALO2_EVAL_GRAPH_INTERNAL_H

#include "common/halo2/eval.h"

typedef enum {
    V_CONST,
    V_CHALLENGE,
    V_S_ADD,
    V_S_MUL,
    V_S_NEG,
    V_INPUT,
    V_ADD,
    V_SUB,
    V_MUL,
    V_SCALE,
    V_ADD_SCALAR
} value_code;

struct value {
    value_code code;
    uint32_t a, b; /* values; V_INPUT: input; V_CHALLENGE: challenge */
    hcl_fr constant;
    uint32_t uses;
    uint32_t place; /* scalar slot or operand (input or register) */
    bool fused;     /* V_SCALE computed inside its only reader, a V_ADD */
};

/* A value and a sign: v means +id or -id. Scalars are always positive. */
struct signed_value {
    uint32_t id;
    bool neg;
};

struct hcl_value_graph {
    const struct hcl_circuit *c;
    struct value *values;
    size_t num_values, cap_values;
    uint32_t *table; /* hash of values, size a power of two, UINT32_MAX = empty */
    size_t table_size;
    struct signed_value *of_node; /* per expression node; id UINT32_MAX = not built */
    bool out_of_memory;
};

/** Value 0 is the constant 0. */
hcl_status hcl_value_graph_init(struct hcl_value_graph *g, const struct hcl_circuit *c, struct hcl_err *err);
void hcl_value_graph_clear(struct hcl_value_graph *g);
/** The value of an expression of a finished circuit. Without memory g->out_of_memory is set. */
struct signed_value hcl_value_graph_add(struct hcl_value_graph *g, hcl_expr i);
/** Operations on values, folded and shared as those of expressions are. */
struct signed_value hcl_value_sum(struct hcl_value_graph *g, struct signed_value a, struct signed_value b);
struct signed_value hcl_value_product(struct hcl_value_graph *g, struct signed_value a,
                                      struct signed_value b);
struct signed_value hcl_value_negated(struct hcl_value_graph *g, struct signed_value a);
uint32_t hcl_value_constant(struct hcl_value_graph *g, const hcl_fr *v);
uint32_t hcl_value_challenge(struct hcl_value_graph *g, uint32_t index);
struct signed_value hcl_value_input(struct hcl_value_graph *g, struct hcl_query query);
/** What an input reads. */
struct hcl_query hcl_value_query(const struct value *v);
/** Which operands a value of this kind has. */
static inline bool hcl_value_has_b(value_code code)
{
    return code == V_S_ADD || code == V_S_MUL || code >= V_ADD;
}
static inline bool hcl_value_has_a(value_code code)
{
    return hcl_value_has_b(code) || code == V_S_NEG;
}
bool hcl_value_is_scalar(const struct hcl_value_graph *g, uint32_t id);

#endif
