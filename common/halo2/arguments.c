/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/arguments_internal.h"
#include "common/halo2/groups_internal.h"

/* Expressions are written down with a circuit's constructors; only its arena of expressions is used. */
static hcl_expr rows(struct hcl_circuit *c, hcl_row_list list, size_t index)
{
    return hcl_ex_column(c, (hcl_column){ HCL_COL_ADVICE, (uint32_t)index }, (int32_t)list);
}

static hcl_expr one_minus(struct hcl_circuit *c, hcl_expr a)
{
    return hcl_ex_sub(c, hcl_ex_u64(c, 1), a);
}

static hcl_expr plus_challenge(struct hcl_circuit *c, hcl_expr a, uint32_t challenge)
{
    return hcl_ex_sum(c, a, hcl_ex_challenge(c, challenge));
}

/* a*y^e */
static hcl_expr times_y(struct hcl_circuit *c, hcl_expr a, size_t e)
{
    hcl_expr power = hcl_ex_u64(c, 1), square = hcl_ex_challenge(c, HCL_ARGUMENT_Y);
    for (; e != 0; e /= 2) {
        if (e % 2 != 0)
            power = hcl_ex_mul(c, power, square);
        square = hcl_ex_mul(c, square, square);
    }
    return hcl_ex_mul(c, power, a);
}

/* sum of y^(first+count-1-i) * term(i) over i in [first, first + count). Sums and products are built of
 * halves: nothing in a file's circuit makes them deep. */
typedef hcl_expr term_fn(struct hcl_circuit *e, const struct hcl_circuit *c, size_t i);

static hcl_expr fold(struct hcl_circuit *e, const struct hcl_circuit *c, term_fn *term, size_t first,
                     size_t count)
{
    if (count == 1)
        return term(e, c, first);
    const size_t lower = count / 2;
    const hcl_expr left = fold(e, c, term, first, lower);
    const hcl_expr right = fold(e, c, term, first + lower, count - lower);
    return hcl_ex_sum(e, times_y(e, left, count - lower), right);
}

/* v + beta*sigma + gamma of a column, or v + beta*DELTA^i*X + gamma */
static hcl_expr factor(struct hcl_circuit *e, size_t column, bool sigma)
{
    const hcl_expr beta = hcl_ex_challenge(e, HCL_ARGUMENT_BETA);
    const hcl_expr value = plus_challenge(e, rows(e, HCL_ROWS_VALUE, column), HCL_ARGUMENT_GAMMA);
    hcl_fr delta;
    if (sigma)
        return hcl_ex_sum(e, value, hcl_ex_mul(e, rows(e, HCL_ROWS_SIGMA, column), beta));
    hcl_fr_pow_u64(&delta, &hcl_fr_delta, column);
    return hcl_ex_sum(e, value, hcl_ex_mul(e, rows(e, HCL_ROWS_X, 0), hcl_ex_scaled(e, beta, &delta)));
}

static hcl_expr factors(struct hcl_circuit *e, size_t first, size_t count, bool sigma)
{
    if (count == 1)
        return factor(e, first, sigma);
    return hcl_ex_mul(e, factors(e, first, count / 2, sigma),
                      factors(e, first + count / 2, count - count / 2, sigma));
}

/* z(wX) prod(v + beta sigma + gamma) - z(X) prod(v + beta DELTA^i X + gamma) */
static hcl_expr chunk_step(struct hcl_circuit *e, const struct hcl_circuit *c, size_t chunk)
{
    const size_t len = hcl_perm_chunk_len(c), first = chunk * len, left = c->num_permutation - first;
    const size_t count = len < left ? len : left;
    return hcl_ex_sub(e, hcl_ex_mul(e, rows(e, HCL_ROWS_Z_NEXT, chunk), factors(e, first, count, true)),
                      hcl_ex_mul(e, rows(e, HCL_ROWS_Z, chunk), factors(e, first, count, false)));
}

/* z_i - z_(i-1)(w^u X) */
static hcl_expr chunk_link(struct hcl_circuit *e, const struct hcl_circuit *c, size_t chunk)
{
    (void)c;
    return hcl_ex_sub(e, rows(e, HCL_ROWS_Z, chunk), rows(e, HCL_ROWS_Z_END, chunk - 1));
}

static hcl_expr square_minus(struct hcl_circuit *e, hcl_expr z)
{
    return hcl_ex_sub(e, hcl_ex_mul(e, z, z), z);
}

/* l_0*at_first + l_last*at_last + l_active*at_all */
static hcl_expr join(struct hcl_circuit *e, hcl_expr at_first, hcl_expr at_last, hcl_expr at_all)
{
    const hcl_expr ends = hcl_ex_sum(e, hcl_ex_mul(e, rows(e, HCL_ROWS_L_0, 0), at_first),
                                     hcl_ex_mul(e, rows(e, HCL_ROWS_L_LAST, 0), at_last));
    return hcl_ex_sum(e, ends, hcl_ex_mul(e, rows(e, HCL_ROWS_L_ACTIVE, 0), at_all));
}

static hcl_status compile(struct hcl_eval *out, struct hcl_circuit *e, hcl_expr whole, struct hcl_err *err)
{
    const hcl_status st = whole == HCL_EXPR_NONE
                              ? hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile an argument")
                              : hcl_eval_compile(out, e, &whole, 1, err);
    hcl_circuit_clear(e);
    return st;
}

size_t hcl_permutation_constraints(const struct hcl_circuit *c)
{
    const size_t chunks = hcl_perm_chunks(c);
    return chunks == 0 ? 0 : 1 + 2 * chunks;
}

/* l_0*(1 - z_0), l_last*(z^2 - z) of the last chunk, l_0 * the links, l_active * the steps; chunks > 0. */
static hcl_expr permutation(struct hcl_circuit *e, const struct hcl_circuit *c)
{
    const size_t chunks = hcl_perm_chunks(c);
    hcl_expr at_first = times_y(e, one_minus(e, rows(e, HCL_ROWS_Z, 0)), 2 * chunks);
    const hcl_expr at_last = times_y(e, square_minus(e, rows(e, HCL_ROWS_Z, chunks - 1)), 2 * chunks - 1);
    if (chunks > 1)
        at_first = hcl_ex_sum(e, at_first, times_y(e, fold(e, c, chunk_link, 1, chunks - 1), chunks));
    return join(e, at_first, at_last, fold(e, c, chunk_step, 0, chunks));
}

hcl_status hcl_compile_permutation(struct hcl_eval *out, const struct hcl_circuit *c, struct hcl_err *err)
{
    struct hcl_circuit e;
    *out = (struct hcl_eval){ 0 };
    if (hcl_perm_chunks(c) == 0)
        return HCL_OK;
    hcl_circuit_init(&e, 0);
    const hcl_expr whole = permutation(&e, c);
    return compile(out, &e, whole, err);
}

hcl_status hcl_permutation_values(struct hcl_group_source *out, const struct hcl_circuit *c,
                                  struct hcl_err *err)
{
    struct hcl_circuit e;
    hcl_status st = HCL_OK;
    if (hcl_perm_chunks(c) == 0)
        return HCL_OK;
    hcl_circuit_init(&e, 0);
    const hcl_expr whole = permutation(&e, c);
    out->roots = calloc(1, sizeof *out->roots);
    out->root_end = calloc(1, sizeof *out->root_end);
    if (whole == HCL_EXPR_NONE || !out->roots || !out->root_end)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile an argument");
    if (st == HCL_OK)
        st = hcl_value_graph_init(&out->graph, &e, err);
    if (st == HCL_OK) {
        out->count = 1;
        out->roots[0] = hcl_value_graph_add(&out->graph, whole);
        out->root_end[0] = out->graph.num_values;
        out->graph.c = c;
        if (out->graph.out_of_memory)
            st = hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile an argument");
    }
    hcl_circuit_clear(&e);
    return st;
}

/* Z(wX)(A' + beta)(S' + gamma) - Z(A + beta)(S + gamma) */
static hcl_expr lookup_step(struct hcl_circuit *e)
{
    const hcl_expr next = hcl_ex_mul(e, plus_challenge(e, rows(e, HCL_ROWS_LOOKUP_A, 0), HCL_ARGUMENT_BETA),
                                     plus_challenge(e, rows(e, HCL_ROWS_LOOKUP_S, 0), HCL_ARGUMENT_GAMMA));
    const hcl_expr now =
        hcl_ex_mul(e, plus_challenge(e, rows(e, HCL_ROWS_LOOKUP_INPUT, 0), HCL_ARGUMENT_BETA),
                   plus_challenge(e, rows(e, HCL_ROWS_LOOKUP_TABLE, 0), HCL_ARGUMENT_GAMMA));
    return hcl_ex_sub(e, hcl_ex_mul(e, rows(e, HCL_ROWS_LOOKUP_Z_NEXT, 0), next),
                      hcl_ex_mul(e, rows(e, HCL_ROWS_LOOKUP_Z, 0), now));
}

/* l_0*(1 - Z), l_last*(Z^2 - Z), l_active*step, l_0*(A' - S'), l_active*(A' - S')(A' - A'(w^-1 X)) */
hcl_status hcl_compile_lookup(struct hcl_eval *out, struct hcl_err *err)
{
    struct hcl_circuit e;
    *out = (struct hcl_eval){ 0 };
    hcl_circuit_init(&e, 0);
    const hcl_expr z = rows(&e, HCL_ROWS_LOOKUP_Z, 0), a = rows(&e, HCL_ROWS_LOOKUP_A, 0);
    const hcl_expr differ = hcl_ex_sub(&e, a, rows(&e, HCL_ROWS_LOOKUP_S, 0));
    const hcl_expr moved = hcl_ex_sub(&e, a, rows(&e, HCL_ROWS_LOOKUP_A_PREV, 0));
    const hcl_expr at_first = hcl_ex_sum(&e, times_y(&e, one_minus(&e, z), 4), times_y(&e, differ, 1));
    const hcl_expr at_last = times_y(&e, square_minus(&e, z), 3);
    const hcl_expr at_all = hcl_ex_sum(&e, times_y(&e, lookup_step(&e), 2), hcl_ex_mul(&e, differ, moved));
    return compile(out, &e, join(&e, at_first, at_last, at_all), err);
}
