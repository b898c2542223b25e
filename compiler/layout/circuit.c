/* SPDX-License-Identifier: Apache-2.0 */
/* Machine -> circuit: columns, the gates of docs/arithmetization.md, fixed values, copies. */
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "compiler/layout/finish.h"
#include "compiler/layout/machine_internal.h"
#include <string.h>

/* Fixed columns by name; K_j are first. */
enum {
    F_TAG_Q,
    F_TAG_R,
    F_TT,
    F_TQ,
    F_TY,
    F_S,
    F_REG,
    F_C0,
    F_C1,
    F_C2,
    F_HZ,
    F_HT,
    F_HW,
    F_DOT,
    F_HY,
    F_CONT0,
    F_CONT1,
    F_ACT,
    F_ENDS,
    F_COUNT,
    F_BIND = F_COUNT,
    F_BOUND,
    F_COUNT_PUBLIC
};

/* Where the permutation columns are: Y_0.., A0, A1, B, instance. */
static uint32_t perm_position(uint32_t lanes, const struct hcl_cell *c)
{
    return c->at < HCL_AT_A0 ? c->at : lanes + (c->at - HCL_AT_A0);
}

struct build {
    const struct hcl_machine *m;
    struct hcl_circuit *c;
    uint32_t lanes;
    hcl_expr s, t, theta, beta;
    struct hcl_err *err;
};

static hcl_expr fixed(struct build *b, uint32_t which)
{
    return hcl_ex_fixed(b->c, b->lanes + which, 0);
}
static hcl_expr adv(struct build *b, uint32_t col)
{
    return hcl_ex_advice(b->c, col, 0);
}
static hcl_expr add(struct build *b, hcl_expr x, hcl_expr y)
{
    return hcl_ex_sum(b->c, x, y);
}
static hcl_expr mul(struct build *b, hcl_expr x, hcl_expr y)
{
    return hcl_ex_mul(b->c, x, y);
}
static hcl_expr sub(struct build *b, hcl_expr x, hcl_expr y)
{
    return hcl_ex_sub(b->c, x, y);
}
static hcl_status gate(struct build *b, const char *name, hcl_expr poly)
{
    return hcl_circuit_add_gate(b->c, name, &poly, 1, b->err);
}

/* K_j*( H_j*(beta+f1)*(beta+f2) - (2 beta + f1 + f2) ) = 0 */
static hcl_status lookup_gate(struct build *b, uint32_t j)
{
    uint32_t lanes = b->lanes;
    hcl_expr q = adv(b, hcl_col_q(lanes, j)), y = adv(b, hcl_col_y(lanes, j)),
             r = adv(b, hcl_col_r(lanes, j));
    /* beta + tagQ + theta*(Q + theta*Y), beta + tagR + theta*R */
    hcl_expr d1 =
        add(b, add(b, fixed(b, F_TAG_Q), mul(b, add(b, mul(b, y, b->theta), q), b->theta)), b->beta);
    hcl_expr d2 = add(b, add(b, fixed(b, F_TAG_R), mul(b, r, b->theta)), b->beta);
    hcl_expr h = adv(b, hcl_col_h(lanes, j));

    return gate(b, "look-up",
                mul(b, hcl_ex_fixed(b->c, j, 0), sub(b, mul(b, mul(b, h, d1), d2), add(b, d1, d2))));
}

static hcl_status sum_gates(struct build *b)
{
    hcl_status st;
    hcl_expr phi = adv(b, hcl_col_phi(b->lanes)), next = hcl_ex_advice(b->c, hcl_col_phi(b->lanes), 1);
    hcl_expr step = sub(b, next, phi), table;

    for (uint32_t j = 0; j < b->lanes; j++)
        step = sub(b, step, mul(b, hcl_ex_fixed(b->c, j, 0), adv(b, hcl_col_h(b->lanes, j))));
    table = add(b, mul(b, fixed(b, F_TY), b->theta), fixed(b, F_TQ));
    table = add(b, add(b, mul(b, table, b->theta), fixed(b, F_TT)), b->beta);
    HCL_TRY(gate(b, "running sum",
                 mul(b, fixed(b, F_ACT), add(b, mul(b, step, table), adv(b, hcl_col_m(b->lanes))))));
    HCL_TRY(gate(b, "running sum ends", mul(b, fixed(b, F_ENDS), phi)));
done:
    return st;
}

/* reg*( R + S*Q - c0*R[-1] - c1*Y - c2*R[-1]*Y ) = 0 */
static hcl_status register_gate(struct build *b, uint32_t j)
{
    uint32_t col_r = hcl_col_r(b->lanes, j);
    hcl_expr r = adv(b, col_r), above = hcl_ex_advice(b->c, col_r, -1);
    hcl_expr y = adv(b, hcl_col_y(b->lanes, j)), q = adv(b, hcl_col_q(b->lanes, j));
    hcl_expr e = add(b, r, mul(b, fixed(b, F_S), q));

    e = sub(b, e, mul(b, fixed(b, F_C0), above));
    e = sub(b, e, mul(b, add(b, fixed(b, F_C1), mul(b, fixed(b, F_C2), above)), y));
    return gate(b, "register", mul(b, fixed(b, F_REG), e));
}

/* X*p^L + sum_j p^(L-1-j)*(S*Q_j + R_j), Horner from X */
static hcl_expr horner_z(struct build *b, hcl_expr x, hcl_expr point)
{
    for (uint32_t j = 0; j < b->lanes; j++) {
        x = add(b, mul(b, x, point), mul(b, fixed(b, F_S), adv(b, hcl_col_q(b->lanes, j))));
        x = add(b, x, adv(b, hcl_col_r(b->lanes, j)));
    }
    return x;
}

/* x + A1*B and the Horner chains; x continues from the row above. */
static hcl_status accumulator_gates(struct build *b)
{
    hcl_status st;
    uint32_t lanes = b->lanes;
    uint32_t col_a0 = hcl_col_a0(lanes), col_a1 = hcl_col_a1(lanes), col_b = hcl_col_b(lanes);
    hcl_expr a0 = adv(b, col_a0), a1 = adv(b, col_a1), bb = adv(b, col_b);
    hcl_expr x0 = mul(b, fixed(b, F_CONT0), hcl_ex_advice(b->c, col_a0, -1)), e;

    HCL_TRY(gate(b, "outputs, positions", mul(b, fixed(b, F_HZ), sub(b, a0, horner_z(b, x0, b->s)))));
    HCL_TRY(gate(b, "outputs, channels", mul(b, fixed(b, F_HT), sub(b, a0, horner_z(b, x0, b->t)))));
    e = mul(b, fixed(b, F_CONT1), hcl_ex_advice(b->c, col_b, -1));
    for (uint32_t i = 0; i < 2 * lanes; i++)
        e = add(b, mul(b, e, b->t), adv(b, i < lanes ? hcl_col_q(lanes, i) : hcl_col_r(lanes, i - lanes)));
    HCL_TRY(gate(b, "weights", mul(b, fixed(b, F_HW), sub(b, bb, e))));
    e = mul(b, fixed(b, F_CONT1), hcl_ex_advice(b->c, col_a1, -1));
    for (uint32_t j = 0; j < lanes; j++)
        e = add(b, mul(b, e, b->s), adv(b, hcl_col_y(lanes, j)));
    HCL_TRY(gate(b, "values", mul(b, fixed(b, F_HY), sub(b, a1, e))));
    HCL_TRY(gate(b, "dot", mul(b, fixed(b, F_DOT), sub(b, a0, add(b, x0, mul(b, a1, bb))))));
done:
    return st;
}

/* bind*( sum_m 2^(bits*m)*cell_m - bound ) = 0. Every cell is bounded by a look-up of the row to a range of
 * at most 2^bits values, so the sum determines the cells. */
static hcl_status bind_gate(struct build *b)
{
    uint32_t lanes = b->lanes, bits = hcl_packed_cell_bits(b->lanes);
    hcl_fr shift;
    hcl_expr e = HCL_EXPR_NONE;

    hcl_fr_from_u64(&shift, (uint64_t)1 << bits);
    for (uint32_t i = 2 * lanes; i-- > 0;) {
        hcl_expr cell = adv(b, i < lanes ? hcl_col_q(lanes, i) : hcl_col_r(lanes, i - lanes));
        e = e == HCL_EXPR_NONE ? cell : add(b, hcl_ex_scaled(b->c, e, &shift), cell);
    }
    return gate(b, "public weights", mul(b, fixed(b, F_BIND), sub(b, e, fixed(b, F_BOUND))));
}

static hcl_status add_columns(struct build *b)
{
    hcl_status st;
    uint32_t unused, lanes = b->lanes;
    uint32_t num_fixed = lanes + (b->m->public_weights ? F_COUNT_PUBLIC : F_COUNT);

    for (uint32_t i = 0; i < num_fixed; i++)
        HCL_TRY(hcl_circuit_add_fixed(b->c, &unused, b->err));
    for (uint32_t i = 0; i < hcl_num_advice(lanes); i++)
        HCL_TRY(hcl_circuit_add_advice(b->c, i > hcl_col_m(lanes), &unused, b->err));
    HCL_TRY(hcl_circuit_add_instance(b->c, &unused, b->err));
    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
        HCL_TRY(hcl_circuit_add_challenge(b->c, 0, &unused, b->err));
    for (uint32_t j = 0; j < lanes; j++)
        HCL_TRY(hcl_circuit_enable_equality(b->c, (hcl_column){ HCL_COL_ADVICE, hcl_col_y(lanes, j) },
                                            &unused, b->err));
    for (uint32_t i = 0; i < 3; i++)
        HCL_TRY(hcl_circuit_enable_equality(b->c, (hcl_column){ HCL_COL_ADVICE, hcl_col_a0(lanes) + i },
                                            &unused, b->err));
    HCL_TRY(hcl_circuit_enable_equality(b->c, (hcl_column){ HCL_COL_INSTANCE, 0 }, &unused, b->err));
    b->s = hcl_ex_challenge(b->c, HCL_CH_S);
    b->t = hcl_ex_challenge(b->c, HCL_CH_T);
    b->theta = hcl_ex_challenge(b->c, HCL_CH_THETA);
    b->beta = hcl_ex_challenge(b->c, HCL_CH_BETA);
done:
    return st;
}

enum { SUM_GATES = 2 };

/* The order of add_gates: look-ups, sums, registers, accumulators. */
uint32_t hcl_machine_gate_lane(uint32_t lanes, size_t gate)
{
    if (gate < lanes)
        return (uint32_t)gate;
    if (gate < lanes + SUM_GATES || gate >= 2 * (size_t)lanes + SUM_GATES)
        return HCL_NONE;
    return (uint32_t)gate - lanes - SUM_GATES;
}

static hcl_status add_gates(struct build *b)
{
    hcl_status st = HCL_OK;

    for (uint32_t j = 0; j < b->lanes; j++)
        HCL_TRY(lookup_gate(b, j));
    HCL_TRY(sum_gates(b));
    for (uint32_t j = 0; j < b->lanes; j++)
        HCL_TRY(register_gate(b, j));
    HCL_TRY(accumulator_gates(b));
    if (b->m->public_weights)
        HCL_TRY(bind_gate(b));
done:
    return st;
}

/* The fixed value of a row in column F_.., which is neither of the tables nor of the public weights. */
static int64_t row_value(const struct hcl_machine *m, uint32_t row, uint32_t which)
{
    static const uint16_t flags[F_COUNT] = {
        [F_REG] = HCL_ROW_REG, [F_HZ] = HCL_ROW_HZ, [F_HT] = HCL_ROW_HT,       [F_HW] = HCL_ROW_HW,
        [F_DOT] = HCL_ROW_DOT, [F_HY] = HCL_ROW_HY, [F_CONT0] = HCL_ROW_CONT0, [F_CONT1] = HCL_ROW_CONT1
    };
    const struct hcl_row *r = &m->prog.rows[row];
    const struct hcl_row_class *c = &m->prog.classes[r->cls];

    switch (which) {
    case F_S:
        return c->s;
    case F_C0:
        return c->c0;
    case F_C1:
        return c->c1;
    case F_C2:
        return c->c2;
    case F_TAG_Q:
        return r->lookups ? m->prog.fns[c->fn].tag : 0;
    case F_TAG_R:
        return r->lookups ? m->prog.ranges[c->range].tag : 0;
    default:
        return (r->flags & flags[which]) != 0;
    }
}

/* *to is zero; 0 and 1 are most of all values. */
static void set_small(hcl_fr *to, int64_t v)
{
    if (v == 1)
        *to = hcl_fr_one;
    else if (v != 0)
        hcl_fr_from_i64(to, v);
}

/* The packed constants of a row whose cells come from the pool: *bind tells whether there are any. */
static hcl_status bound_value(struct build *b, uint32_t row, bool *bind, hcl_fr *out)
{
    const struct hcl_program *p = &b->m->prog;
    const hcl_src *src = p->sources + (size_t)row * b->lanes;
    const struct hcl_row *r = &p->rows[row];
    bool weight = (r->flags & HCL_ROW_WEIGHT) != 0;
    uint32_t bits = hcl_packed_cell_bits(b->lanes);
    hcl_fr shift, cell;

    *bind = weight;
    *out = hcl_fr_zero;
    for (uint32_t j = 0; j < b->lanes; j++)
        *bind |= HCL_SRC_KIND(src[j]) == HCL_SRC_POOL;
    if (!*bind)
        return HCL_OK;
    hcl_fr_from_u64(&shift, (uint64_t)1 << bits);
    for (uint32_t i = 2 * b->lanes; i-- > 0;) {
        int64_t v = 0;
        if (weight)
            v = p->pool[HCL_SRC_INDEX(src[0]) + i];
        else if (i < b->lanes && HCL_SRC_KIND(src[i]) == HCL_SRC_POOL)
            v = p->pool[HCL_SRC_INDEX(src[i])];
        else if (i < b->lanes && src[i] != HCL_SRC_NONE && src[i] != (HCL_SRC_CELL | hcl_machine_zero(b->m)))
            return hcl_fail(b->err, HCL_BAD_INPUT, "layout: row %u mixes constants with other cells", row);
        hcl_fr_mul(out, out, &shift);
        hcl_fr_from_i64(&cell, v);
        hcl_fr_add(out, out, &cell);
    }
    return HCL_OK;
}

static void fill_tables(const struct hcl_program *p, hcl_fr *tt, hcl_fr *tq, hcl_fr *ty)
{
    for (uint32_t i = 0; i < p->num_ranges; i++) {
        for (uint32_t e = 0; e < p->ranges[i].len; e++) {
            uint32_t row = p->ranges[i].table_row + e;
            hcl_fr_from_u64(&tt[row], p->ranges[i].tag);
            hcl_fr_from_i64(&tq[row], p->ranges[i].lo + e);
        }
    }
    for (uint32_t i = 0; i < p->num_fns; i++) {
        const struct hcl_fn_table *t = &p->fns[i];
        for (uint32_t e = 0; e < t->len; e++) {
            uint32_t row = t->table_row + e;
            hcl_fr_from_u64(&tt[row], t->tag);
            hcl_fr_from_i64(&tq[row], t->lo + e);
            hcl_fr_from_i64(&ty[row], t->values ? t->values[e] : t->lo + e);
        }
    }
}

static hcl_status set_one_fixed(struct build *b, uint32_t which, hcl_fr *values, size_t usable)
{
    const struct hcl_program *p = &b->m->prog;
    hcl_status st = HCL_OK;

    for (uint32_t row = 0; row < p->num_rows; row++) {
        if (which < b->lanes) {
            set_small(&values[row], p->rows[row].lookups >> which & 1);
        } else if (which - b->lanes >= F_COUNT) {
            bool bind;
            hcl_fr bound;
            HCL_TRY(bound_value(b, row, &bind, &bound));
            if (which - b->lanes == F_BIND)
                set_small(&values[row], bind);
            else
                values[row] = bound;
        } else {
            set_small(&values[row], row_value(b->m, row, which - b->lanes));
        }
    }
    if (which == b->lanes + F_ACT) {
        for (size_t i = 0; i + 1 < usable; i++)
            values[i] = hcl_fr_one;
    } else if (which == b->lanes + F_ENDS) {
        values[0] = values[usable - 1] = hcl_fr_one;
    }
done:
    return st;
}

static hcl_status set_fixed(struct build *b)
{
    hcl_status st;
    size_t usable = ((size_t)1 << b->c->k) - HCL_MACHINE_RESERVED_ROWS + 1;
    uint32_t tt = b->lanes + F_TT;
    hcl_fr *values = NULL;

    HCL_TRY(hcl_mem_calloc((void **)&values, 3 * usable, sizeof(*values), "fixed columns", b->err));
    fill_tables(&b->m->prog, values, values + usable, values + 2 * usable);
    for (uint32_t i = 0; i < 3; i++)
        HCL_TRY(hcl_circuit_set_fixed(b->c, tt + i, values + i * usable, usable, b->err));
    for (uint32_t i = 0; i < b->c->num_fixed; i++) {
        size_t rows = usable;
        if (i >= tt && i < tt + 3)
            continue;
        memset(values, 0, usable * sizeof(*values));
        HCL_TRY(set_one_fixed(b, i, values, usable));
        while (rows && hcl_fr_is_zero(&values[rows - 1]))
            rows--;
        HCL_TRY(hcl_circuit_set_fixed(b->c, i, values, rows, b->err));
    }
done:
    hcl_mem_free(values);
    return st;
}

static hcl_status copy(struct build *b, struct hcl_cell from, struct hcl_cell to)
{
    struct hcl_copy c = { .left_column = perm_position(b->lanes, &from),
                          .left_row = from.row,
                          .right_column = perm_position(b->lanes, &to),
                          .right_row = to.row };

    return hcl_circuit_add_copy(b->c, c, b->err);
}

/* Copies of sources. Inputs and constants used in several places are one value: the later places copy the
 * first. */
static hcl_status add_source_copies(struct build *b)
{
    hcl_status st = HCL_OK;
    const struct hcl_program *p = &b->m->prog;
    size_t cells = (size_t)p->num_rows * b->lanes, num_inputs = 0;
    uint32_t *first = NULL;

    for (uint32_t i = 0; i < p->num_inputs; i++)
        num_inputs += p->inputs[i].len;
    first = malloc((num_inputs + p->pool_len + 1) * sizeof(*first));
    if (!first)
        return hcl_fail(b->err, HCL_NO_RESOURCE, "out of memory for copies");
    memset(first, 0xff, (num_inputs + p->pool_len + 1) * sizeof(*first));
    for (size_t i = 0; i < cells; i++) {
        hcl_src kind = HCL_SRC_KIND(p->sources[i]);
        size_t from = HCL_SRC_INDEX(p->sources[i]);
        if (kind == HCL_SRC_NONE || p->rows[i / b->lanes].flags & HCL_ROW_WEIGHT)
            continue;
        if (kind == HCL_SRC_ABOVE || kind == HCL_SRC_RATIO || kind == HCL_SRC_MAX)
            continue;
        if (kind != HCL_SRC_CELL) {
            uint32_t *place = &first[kind == HCL_SRC_POOL ? num_inputs + from : from];
            if (*place == UINT32_MAX) {
                *place = (uint32_t)i;
                continue;
            }
            from = *place;
        }
        HCL_TRY(copy(b, hcl_cell_y(b->m, (uint32_t)from), hcl_cell_y(b->m, (uint32_t)i)));
    }
done:
    free(first);
    return st;
}

static hcl_status add_copies(struct build *b)
{
    hcl_status st;
    const struct hcl_program *p = &b->m->prog;

    HCL_TRY(add_source_copies(b));
    for (uint32_t i = 0; i < p->num_wide; i++)
        HCL_TRY(copy(b, p->wide[i].from, p->wide[i].to));
    for (size_t i = 0; i < b->m->more->num_equal; i++)
        HCL_TRY(copy(b, b->m->more->equal[i].a, b->m->more->equal[i].b));
    for (uint32_t i = 0; i < p->num_instance; i++)
        HCL_TRY(copy(b, hcl_cell_y(b->m, p->instance[i]), hcl_cell_at(i, HCL_AT_INSTANCE)));
done:
    return st;
}

hcl_status hcl_machine_circuit(const struct hcl_machine *m, uint32_t k, uint32_t degree,
                               struct hcl_circuit *out, struct hcl_err *err)
{
    hcl_status st;
    struct build b = { .m = m, .c = out, .lanes = m->lanes, .err = err };

    hcl_circuit_init(out, k);
    HCL_TRY(hcl_machine_status(m, err));
    if (k < hcl_machine_min_k(m) || k > HCL_MAX_K) {
        st = hcl_fail(err, HCL_BAD_INPUT,
                      "k = %u is too small: %u rows, %u table rows, %u public values need k = %u", k,
                      m->prog.num_rows, m->prog.table_rows, m->prog.num_instance, hcl_machine_min_k(m));
        goto done;
    }
    HCL_TRY(add_columns(&b));
    HCL_TRY(add_gates(&b));
    HCL_TRY(set_fixed(&b));
    HCL_TRY(add_copies(&b));
    if (degree > 4)
        out->minimum_degree = (int)degree;
    HCL_TRY(hcl_circuit_finish(out, err));
    HCL_CHECK(out->usable_rows == ((size_t)1 << k) - HCL_MACHINE_RESERVED_ROWS + 1);
done:
    if (st != HCL_OK)
        hcl_circuit_clear(out);
    return st;
}
