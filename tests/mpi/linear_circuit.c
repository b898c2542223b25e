/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mpi/linear_circuit.h"

#include "tests/support/field_samples.h"

#include <stdlib.h>

enum { K = 6, FIRST_ROW = 1, LAST_ROW = 50 };

/* Fixed columns, then LINEAR_FIXED linear ones: four weights at rotation 0, two at +1. */
enum { F_ON, F_TABLE, F_WEIGHT, F_NEXT = F_WEIGHT + 4 };
/* Advice columns: public value, looked up value; linear ones, four at rotation 0, two at -1; of phase 1: a
 * running sum over the weights, two values. */
enum { A_PUBLIC, A_LOOKED_UP, A_PRIVATE, A_BEFORE = A_PRIVATE + 4, A_RUN = A_BEFORE + 2, A_SUM, A_PRODUCT };
enum { ADVICE = A_PRODUCT + 1 };
enum { C_T, C_S };

static void need(hcl_status st, const struct hcl_err *err)
{
    if (st == HCL_OK)
        return;
    fprintf(stderr, "cannot make the circuit: %s\n", err->msg);
    abort();
}

/* What a linear column holds: small and large integers of both signs, and field elements. */
static hcl_fr cell(size_t column, size_t row)
{
    uint64_t seed = 1000 * column + row;
    const int64_t v = (int64_t)sample_u64(&seed);
    hcl_fr out;
    switch (column % 6) {
    case 0:
        hcl_fr_from_i64(&out, v % 128);
        return out;
    case 1:
        hcl_fr_from_i64(&out, v % 32768);
        return out;
    case 2:
        hcl_fr_from_i64(&out, v % 2147483648);
        return out;
    case 3:
        hcl_fr_from_i64(&out, v);
        return out;
    case 4:
        return sample_fr(&seed);
    default: /* small ones with one that is not */
        hcl_fr_from_i64(&out, v % 100);
        return row == 20 ? sample_fr(&seed) : out;
    }
}

static hcl_expr f(struct hcl_circuit *c, uint32_t column, int32_t rotation)
{
    return hcl_ex_fixed(c, column, rotation);
}

static hcl_expr a(struct hcl_circuit *c, uint32_t column, int32_t rotation)
{
    return hcl_ex_advice(c, column, rotation);
}

static hcl_expr t(struct hcl_circuit *c)
{
    return hcl_ex_challenge(c, C_T);
}

static hcl_expr s(struct hcl_circuit *c)
{
    return hcl_ex_challenge(c, C_S);
}

static void add_gate(struct hcl_circuit *c, const char *name, hcl_expr what)
{
    struct hcl_err err;
    const hcl_expr poly = hcl_ex_mul(c, f(c, F_ON, 0), what);
    need(hcl_circuit_add_gate(c, name, &poly, 1, &err), &err);
}

/* sum of t^(count-1-i)*column[first + i] */
static hcl_expr horner(struct hcl_circuit *c, hcl_expr (*read)(struct hcl_circuit *, uint32_t, int32_t),
                       uint32_t first, uint32_t count, int32_t rotation)
{
    hcl_expr sum = read(c, first, rotation);
    for (uint32_t i = 1; i < count; i++)
        sum = hcl_ex_sum(c, hcl_ex_mul(c, sum, t(c)), read(c, first + i, rotation));
    return sum;
}

static void add_gates(struct hcl_circuit *c)
{
    hcl_expr power = t(c);
    for (int i = 1; i < 4; i++)
        power = hcl_ex_mul(c, power, t(c));
    /* run = t^4*run[-1] + sum t^(3-i) weight_i */
    add_gate(c, "weights",
             hcl_ex_sub(c, hcl_ex_sub(c, a(c, A_RUN, 0), hcl_ex_mul(c, power, a(c, A_RUN, -1))),
                        horner(c, f, F_WEIGHT, 4, 0)));
    /* sum = sum t^(3-i) private_i + looked up - (before_0[-1] - s*before_1[-1]) */
    const hcl_expr before = hcl_ex_sub(c, a(c, A_BEFORE, -1), hcl_ex_mul(c, s(c), a(c, A_BEFORE + 1, -1)));
    add_gate(c, "private",
             hcl_ex_sub(
                 c, a(c, A_SUM, 0),
                 hcl_ex_sub(c, hcl_ex_sum(c, horner(c, a, A_PRIVATE, 4, 0), a(c, A_LOOKED_UP, 0)), before)));
    /* product = looked up*(next_0[1]*t + next_1[1]) + public */
    add_gate(c, "product",
             hcl_ex_sub(c, a(c, A_PRODUCT, 0),
                        hcl_ex_sum(c, hcl_ex_mul(c, a(c, A_LOOKED_UP, 0), horner(c, f, F_NEXT, 2, 1)),
                                   a(c, A_PUBLIC, 0))));
}

static void add_columns(struct hcl_circuit *c)
{
    struct hcl_err err;
    uint32_t unused;
    for (uint32_t i = 0; i < F_NEXT + 2; i++)
        need(hcl_circuit_add_fixed(c, &unused, &err), &err);
    for (uint32_t i = 0; i < ADVICE; i++)
        need(hcl_circuit_add_advice(c, i >= A_RUN, &unused, &err), &err);
    need(hcl_circuit_add_instance(c, &unused, &err), &err);
    need(hcl_circuit_add_challenge(c, 0, &unused, &err), &err);
    need(hcl_circuit_add_challenge(c, 0, &unused, &err), &err);
}

static void set_fixed(struct hcl_circuit *c)
{
    struct hcl_err err;
    hcl_fr values[LAST_ROW + 2];
    for (uint32_t column = 0; column < F_NEXT + 2; column++) {
        for (size_t row = 0; row < LAST_ROW + 2; row++)
            if (column == F_ON)
                hcl_fr_from_u64(&values[row], row >= FIRST_ROW && row <= LAST_ROW);
            else if (column == F_TABLE)
                hcl_fr_from_u64(&values[row], row);
            else
                values[row] = cell(column - F_WEIGHT, row);
        need(hcl_circuit_set_fixed(c, column, values, LAST_ROW + 2, &err), &err);
    }
}

static uint64_t looked_up(size_t row)
{
    return row * row % 40;
}

void linear_circuit_init(struct linear_circuit *l)
{
    struct hcl_circuit *c = &l->circuit;
    struct hcl_err err;
    uint32_t left, right;
    hcl_fr values[5];
    *l = (struct linear_circuit){ .wrong_row = SIZE_MAX };
    hcl_circuit_init(c, K);
    add_columns(c);
    add_gates(c);
    const hcl_expr input = a(c, A_LOOKED_UP, 0), table = f(c, F_TABLE, 0);
    need(hcl_circuit_add_lookup(c, "lookup", &input, &table, 1, &err), &err);
    need(hcl_circuit_enable_equality(c, (hcl_column){ HCL_COL_ADVICE, A_PUBLIC }, &left, &err), &err);
    need(hcl_circuit_enable_equality(c, (hcl_column){ HCL_COL_INSTANCE, 0 }, &right, &err), &err);
    for (uint32_t row = 0; row < 5; row++)
        need(hcl_circuit_add_copy(c, (struct hcl_copy){ left, row + 3, right, row }, &err), &err);
    set_fixed(c);
    need(hcl_circuit_finish(c, &err), &err);
    need(hcl_values_init(&l->instances, 1, &err), &err);
    for (size_t row = 0; row < 5; row++)
        hcl_fr_from_u64(&values[row], 100 + row + 3);
    need(hcl_values_set(&l->instances, 0, values, 5, &err), &err);
}

void linear_circuit_clear(struct linear_circuit *l)
{
    hcl_circuit_clear(&l->circuit);
    hcl_values_clear(&l->instances);
}

static hcl_fr advice_cell(uint32_t column, size_t row)
{
    hcl_fr out;
    if (column >= A_PRIVATE)
        return cell(column - A_PRIVATE + 7, row);
    hcl_fr_from_u64(&out, column == A_PUBLIC ? 100 + row : looked_up(row));
    return out;
}

/* acc*factor + more */
static void step(hcl_fr *acc, const hcl_fr *factor, const hcl_fr *more)
{
    hcl_fr_mul(acc, acc, factor);
    hcl_fr_add(acc, acc, more);
}

static void fill_run(hcl_fr *out, const hcl_fr *challenges)
{
    for (size_t row = FIRST_ROW; row <= LAST_ROW; row++) {
        out[row] = out[row - 1];
        for (size_t i = 0; i < 4; i++) {
            const hcl_fr w = cell(i, row);
            step(&out[row], &challenges[C_T], &w);
        }
    }
}

static void fill_sum(hcl_fr *out, const hcl_fr *challenges)
{
    for (size_t row = FIRST_ROW; row <= LAST_ROW; row++) {
        hcl_fr v, more;
        out[row] = hcl_fr_zero;
        for (uint32_t i = 0; i < 4; i++) {
            more = advice_cell(A_PRIVATE + i, row);
            step(&out[row], &challenges[C_T], &more);
        }
        more = advice_cell(A_LOOKED_UP, row);
        hcl_fr_add(&out[row], &out[row], &more);
        more = advice_cell(A_BEFORE, row - 1);
        hcl_fr_sub(&out[row], &out[row], &more);
        v = advice_cell(A_BEFORE + 1, row - 1);
        hcl_fr_mul(&v, &v, &challenges[C_S]);
        hcl_fr_add(&out[row], &out[row], &v);
    }
}

static void fill_product(hcl_fr *out, const hcl_fr *challenges)
{
    for (size_t row = FIRST_ROW; row <= LAST_ROW; row++) {
        const hcl_fr low = cell(F_NEXT + 1 - F_WEIGHT, row + 1), factor = advice_cell(A_LOOKED_UP, row);
        const hcl_fr more = advice_cell(A_PUBLIC, row);
        out[row] = cell(F_NEXT - F_WEIGHT, row + 1);
        step(&out[row], &challenges[C_T], &low);
        step(&out[row], &factor, &more);
    }
}

static hcl_status fill(void *ctx, uint32_t phase, const hcl_fr *challenges, const uint32_t *cols,
                       size_t count, hcl_fr *const *out, int threads, struct hcl_err *err)
{
    const struct linear_circuit *l = ctx;
    (void)threads;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        HCL_CHECK((phase == 1) == (cols[i] >= A_RUN));
        for (size_t row = 0; phase == 0 && row <= LAST_ROW; row++)
            out[i][row] = advice_cell(cols[i], row);
        if (cols[i] == A_RUN)
            fill_run(out[i], challenges);
        else if (cols[i] == A_SUM)
            fill_sum(out[i], challenges);
        else if (cols[i] == A_PRODUCT)
            fill_product(out[i], challenges);
        if (l->wrong_row != SIZE_MAX && cols[i] == l->wrong_column)
            hcl_fr_add(&out[i][l->wrong_row], &out[i][l->wrong_row], &hcl_fr_one);
    }
    return HCL_OK;
}

struct hcl_witness_source linear_circuit_witness(struct linear_circuit *l)
{
    return (struct hcl_witness_source){ .ctx = l, .fill = fill };
}
