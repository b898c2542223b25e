/* SPDX-License-Identifier: Apache-2.0 */
/* A PLONKish circuit as data: columns, gates, lookups, one permutation argument, fixed values. It is what the
 * compiler emits, what keygen, prover, checker and verifier read, and what circuit.json holds (docs/formats:
 * FORMAT sections 3-5 and 15). Rows count from 0; n = 2^k. Owned by one struct, freed by hcl_circuit_clear.
 * Immutable after hcl_circuit_finish, then shareable between threads. */
#ifndef HCL_COMMON_HALO2_CIRCUIT_H
#define HCL_COMMON_HALO2_CIRCUIT_H

#include "common/field/fr.h"
#include "common/poly/compact.h"
#include "common/sys/status.h"

#define HCL_MAX_K 28
#define HCL_MAX_EXPR_DEPTH 2000
#define HCL_MAX_ROTATIONS 64 /* at which one column is read */

typedef enum { HCL_COL_FIXED = 0, HCL_COL_ADVICE = 1, HCL_COL_INSTANCE = 2 } hcl_column_kind;

typedef struct {
    hcl_column_kind kind;
    uint32_t index;
} hcl_column;

/* Expression: an index into circuit->exprs. Children come before their parent, so the arena is a DAG in
 * topological order; the tree it unfolds to is exactly the tree printed in the vk text. */
typedef uint32_t hcl_expr;

typedef enum {
    HCL_EX_CONST,     /* value */
    HCL_EX_COLUMN,    /* column, rotation; query = index in that kind's query list after finish */
    HCL_EX_CHALLENGE, /* a = challenge index */
    HCL_EX_NEG,       /* -a */
    HCL_EX_SUM,       /* a + b */
    HCL_EX_PRODUCT,   /* a * b */
    HCL_EX_SCALED,    /* a * value */
} hcl_expr_op;

struct hcl_expr_node {
    hcl_expr_op op;
    hcl_expr a, b;
    hcl_column column;
    int32_t rotation;
    uint32_t query;
    hcl_fr value;
};

struct hcl_query {
    hcl_column column;
    int32_t rotation;
};

struct hcl_gate {
    char *name;
    hcl_expr *polys;
    size_t count;
};

struct hcl_lookup {
    char *name;
    hcl_expr *inputs, *tables; /* count each */
    size_t count;
};

struct hcl_copy {
    uint32_t left_column, left_row, right_column, right_row; /* columns: positions in permutation[] */
};

/* Where the values of a fixed column are, when several ranks have the circuit. */
typedef enum { HCL_FIXED_EVERYWHERE, HCL_FIXED_HERE, HCL_FIXED_ELSEWHERE } hcl_fixed_place;

struct hcl_circuit {
    uint32_t k;
    uint32_t num_fixed, num_advice, num_instance, num_challenges;
    uint8_t *advice_phase, *challenge_phase;
    int minimum_degree; /* -1: none */

    struct hcl_expr_node *exprs;
    size_t num_exprs, cap_exprs;
    struct hcl_gate *gates;
    size_t num_gates;
    struct hcl_lookup *lookups;
    size_t num_lookups;
    hcl_column *permutation;
    size_t num_permutation;
    struct hcl_query *explicit_queries; /* optional order of the query lists */
    size_t num_explicit_queries;

    struct hcl_compact *fixed; /* n rows each */
    size_t *fixed_rows;        /* as many were given, the rest is 0 */
    uint8_t *fixed_place;      /* hcl_fixed_place by column; NULL: all are everywhere */
    uint64_t fixed_digest;     /* of what is on this rank alone, when it was left here */
    struct hcl_copy *copies;
    size_t num_copies, cap_copies;

    /* Derived by hcl_circuit_finish. */
    struct hcl_query *queries[3]; /* by hcl_column_kind, in registration order */
    size_t num_queries[3];
    uint32_t degree, extended_k, blinding_factors, num_phases;
    size_t usable_rows; /* u = n - blinding_factors - 1 */
};

/* Numbers derived from a finished circuit (FORMAT section 3). */
static inline size_t hcl_circuit_rows(const struct hcl_circuit *c)
{
    return (size_t)1 << c->k;
}
/** D: pieces of the quotient. */
static inline uint32_t hcl_circuit_pieces(const struct hcl_circuit *c)
{
    return c->degree - 1;
}
/** Columns per permutation chunk. */
static inline size_t hcl_perm_chunk_len(const struct hcl_circuit *c)
{
    return c->degree - 2;
}
/** C: permutation chunks; chunk i covers columns [i*len, min((i+1)*len, m)). */
static inline size_t hcl_perm_chunks(const struct hcl_circuit *c)
{
    return (c->num_permutation + hcl_perm_chunk_len(c) - 1) / hcl_perm_chunk_len(c);
}
/** -(b+1): from any row of z_c at X to its row u when X = 1. */
static inline int32_t hcl_perm_end_rotation(const struct hcl_circuit *c)
{
    return -(int32_t)(c->blinding_factors + 1);
}

/* Building. Arrays are grown inside the struct; names are copied. Failures are HCL_NO_RESOURCE; logical
 * mistakes are reported by hcl_circuit_finish. */
void hcl_circuit_init(struct hcl_circuit *c, uint32_t k);
void hcl_circuit_clear(struct hcl_circuit *c);
/** Append columns; *out is the new index. */
hcl_status hcl_circuit_add_fixed(struct hcl_circuit *c, uint32_t *out, struct hcl_err *err);
hcl_status hcl_circuit_add_advice(struct hcl_circuit *c, uint8_t phase, uint32_t *out, struct hcl_err *err);
hcl_status hcl_circuit_add_instance(struct hcl_circuit *c, uint32_t *out, struct hcl_err *err);
hcl_status hcl_circuit_add_challenge(struct hcl_circuit *c, uint8_t phase, uint32_t *out,
                                     struct hcl_err *err);
/** Give a fixed column its values (copied), rows 0..rows-1; the rest is 0. */
hcl_status hcl_circuit_set_fixed(struct hcl_circuit *c, uint32_t col, const hcl_fr *values, size_t rows,
                                 struct hcl_err *err);
hcl_status hcl_circuit_set_fixed_i64(struct hcl_circuit *c, uint32_t col, const int64_t *values, size_t rows,
                                     struct hcl_err *err);
/** The same with a column of `rows` rows that becomes the circuit's: *values is empty afterwards, always. */
hcl_status hcl_circuit_take_fixed(struct hcl_circuit *c, uint32_t col, struct hcl_compact *values,
                                  struct hcl_err *err);
/** Local, after finish: of this column's values no other rank has a copy, or (here = false) this rank has
 * none: they are freed, and the column reads as zeros. */
hcl_status hcl_circuit_leave_fixed(struct hcl_circuit *c, uint32_t col, bool here, struct hcl_err *err);
static inline hcl_fixed_place hcl_circuit_place(const struct hcl_circuit *c, uint32_t col)
{
    return c->fixed_place ? (hcl_fixed_place)c->fixed_place[col] : HCL_FIXED_EVERYWHERE;
}
/** Digest (common/sys/digest.h) of the columns in this place. */
uint64_t hcl_circuit_digest(const struct hcl_circuit *c, hcl_fixed_place place);
hcl_status hcl_circuit_add_gate(struct hcl_circuit *c, const char *name, const hcl_expr *polys, size_t count,
                                struct hcl_err *err);
hcl_status hcl_circuit_add_lookup(struct hcl_circuit *c, const char *name, const hcl_expr *inputs,
                                  const hcl_expr *tables, size_t count, struct hcl_err *err);
/** Enable equality; *out is the position used in copies. Enabling a column twice returns the first position.
 */
hcl_status hcl_circuit_enable_equality(struct hcl_circuit *c, hcl_column col, uint32_t *out,
                                       struct hcl_err *err);
hcl_status hcl_circuit_add_copy(struct hcl_circuit *c, struct hcl_copy copy, struct hcl_err *err);
/** Room for `count` copies in all, so that adding them takes no more. */
hcl_status hcl_circuit_expect_copies(struct hcl_circuit *c, size_t count, struct hcl_err *err);
/** The same for a column that is not there yet, without looking for it: twice is refused by
 * hcl_circuit_finish. */
hcl_status hcl_circuit_append_equality(struct hcl_circuit *c, hcl_column col, struct hcl_err *err);
/** Append to the explicit query order; without any the order is FORMAT section 5's. */
hcl_status hcl_circuit_add_query(struct hcl_circuit *c, struct hcl_query query, struct hcl_err *err);

/* Expressions. They return an index; on allocation failure HCL_EXPR_NONE, which every constructor passes on
 * and hcl_circuit_finish refuses, so that expressions can be nested without checks. */
#define HCL_EXPR_NONE UINT32_MAX
hcl_expr hcl_ex_const(struct hcl_circuit *c, const hcl_fr *v);
hcl_expr hcl_ex_u64(struct hcl_circuit *c, uint64_t v);
hcl_expr hcl_ex_column(struct hcl_circuit *c, hcl_column col, int32_t rotation);
hcl_expr hcl_ex_fixed(struct hcl_circuit *c, uint32_t col, int32_t rotation);
hcl_expr hcl_ex_advice(struct hcl_circuit *c, uint32_t col, int32_t rotation);
hcl_expr hcl_ex_instance(struct hcl_circuit *c, uint32_t col, int32_t rotation);
hcl_expr hcl_ex_challenge(struct hcl_circuit *c, uint32_t challenge);
hcl_expr hcl_ex_neg(struct hcl_circuit *c, hcl_expr a);
hcl_expr hcl_ex_sum(struct hcl_circuit *c, hcl_expr a, hcl_expr b);
hcl_expr hcl_ex_sub(struct hcl_circuit *c, hcl_expr a, hcl_expr b); /* Sum(a, Negated(b)) */
hcl_expr hcl_ex_mul(struct hcl_circuit *c, hcl_expr a, hcl_expr b);
hcl_expr hcl_ex_scaled(struct hcl_circuit *c, hcl_expr a, const hcl_fr *v);

/** Validate everything (FORMAT sections 3, 4, 5, 15: phases, degrees, rotations, query collisions modulo n,
 * rows, copies) and compute the derived part. Sets minimum_degree itself when the natural degree exceeds 5.
 * HCL_BAD_INPUT names what is wrong. */
hcl_status hcl_circuit_finish(struct hcl_circuit *c, struct hcl_err *err);
/** Degree of an expression: columns 1, products add, at most HCL_DEGREE_CAP. Works before finish too. */
#define HCL_DEGREE_CAP 0x10000u
uint32_t hcl_ex_degree(const struct hcl_circuit *c, hcl_expr e);

#endif
