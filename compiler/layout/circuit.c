/* SPDX-License-Identifier: Apache-2.0 */
/* Machine -> circuit: columns, the gates of docs/arithmetization.md, fixed values, copies. */
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "compiler/layout/finish.h"
#include "compiler/layout/machine_internal.h"
#include <string.h>

/* Fixed columns by name; K_j are first. The weights, unless private, are last; before them, with tables of
 * rows, come LOOK and ENTRY. */
enum {
    F_TAG_Q,
    F_TAG_R,
    F_TT,
    F_TQ,
    F_TY,
    F_S,
    F_REG, /* 1 + c2 */
    F_C0,
    F_C1,
    F_HZ, /* 1: in s, -1: in t */
    F_DOT,
    F_HY,
    F_TOTAL,
    F_CHANNELS,
    F_CONT0,
    F_CONT1,
    F_SPAN,
    F_WEIGHTS,
    F_COUNT,
    F_LOOK = F_COUNT, /* the tag of the table of rows that the row looks up in */
    F_ENTRY,          /* 1 where an entry of one ends */
    F_COUNT_ROWS
};

/* Values of F_SPAN: 0 beyond the usable rows. Of F_WEIGHTS: 0 where there are none. */
enum { SPAN_FIRST = -2, SPAN_LAST = -1, SPAN = 1 };
enum { WEIGHTS_MORE = 1, WEIGHTS_START = 2, WEIGHTS_NEXT = 3 };

/* Where the permutation columns are: Y_0.., A0, A1, B, U, D, instance. */
static uint32_t perm_position(uint32_t lanes, const struct hcl_cell *c)
{
    return c->at < HCL_AT_A0 ? c->at : lanes + (c->at - HCL_AT_A0);
}

struct build {
    struct hcl_machine *m;
    const struct hcl_machine_shape *o;
    struct hcl_circuit *c;
    uint32_t lanes;
    hcl_expr s, t, theta, beta;
    struct hcl_err *err;
};

/* Fixed columns before the weights, without K_j. */
static uint32_t own_fixed(const struct build *b)
{
    return b->m->prog.num_row_tables ? F_COUNT_ROWS : F_COUNT;
}

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
/* x - n */
static hcl_expr less(struct build *b, hcl_expr x, int n)
{
    hcl_expr by = hcl_ex_u64(b->c, (uint64_t)(n < 0 ? -n : n));
    return n < 0 ? add(b, x, by) : sub(b, x, by);
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

/* Column E. */
static hcl_expr entries(struct build *b)
{
    return adv(b, hcl_col_e(b->lanes, b->o->private_weights ? b->m->weight_columns : 0));
}

/* With v = span, which is -2, 1, .., 1, -1 over the usable rows, v*(v + 1)/2 is 1 but in the last of them and
 * v^2 is 1 but in the first, where PHI is 0: ( v*(v+1)*PHI[+1] - 2*v^2*PHI - 2*sum_j K_j*H_j )*(beta + T) +
 * v*(v+1)*M = 0,  v*(v^2 - 1)*PHI = 0 */
static hcl_status sum_gates(struct build *b)
{
    hcl_status st;
    hcl_expr phi = adv(b, hcl_col_phi(b->lanes)), next = hcl_ex_advice(b->c, hcl_col_phi(b->lanes), 1);
    hcl_expr v = fixed(b, F_SPAN), goes_on = mul(b, v, less(b, v, SPAN_LAST)), table;
    hcl_expr sum = mul(b, mul(b, v, v), phi), step;

    for (uint32_t j = 0; j < b->lanes; j++)
        sum = add(b, sum, mul(b, hcl_ex_fixed(b->c, j, 0), adv(b, hcl_col_h(b->lanes, j))));
    table = fixed(b, F_TY);
    if (b->m->prog.num_row_tables) {
        sum = add(b, sum, mul(b, fixed(b, F_LOOK), adv(b, hcl_col_h(b->lanes, 0))));
        table = add(b, mul(b, entries(b), b->theta), table);
    }
    step = sub(b, mul(b, goes_on, next), add(b, sum, sum));
    table = add(b, mul(b, table, b->theta), fixed(b, F_TQ));
    table = add(b, add(b, mul(b, table, b->theta), fixed(b, F_TT)), b->beta);
    HCL_TRY(
        gate(b, "running sum", add(b, mul(b, step, table), mul(b, goes_on, adv(b, hcl_col_m(b->lanes))))));
    HCL_TRY(gate(b, "running sum starts", mul(b, mul(b, goes_on, less(b, v, SPAN)), phi)));
done:
    return st;
}

/* reg*( R + S*Q - c0*R[-1] - c1*Y - (reg - 1)*R[-1]*Y ) = 0: reg is 1 + c2. A lane that never goes on with a
 * register does not ask for R[-1]: reg*( R + S*Q - c1*Y ) = 0. */
static hcl_status register_gate(struct build *b, uint32_t j)
{
    uint32_t col_r = hcl_col_r(b->lanes, j);
    hcl_expr r = adv(b, col_r), y = adv(b, hcl_col_y(b->lanes, j)), q = adv(b, hcl_col_q(b->lanes, j));
    hcl_expr reg = fixed(b, F_REG), e = add(b, r, mul(b, fixed(b, F_S), q)), by = fixed(b, F_C1);

    if (j < b->m->prog.registers) {
        const hcl_expr above = hcl_ex_advice(b->c, col_r, -1);
        e = sub(b, e, mul(b, fixed(b, F_C0), above));
        by = add(b, by, mul(b, less(b, reg, 1), above));
    }
    e = sub(b, e, mul(b, by, y));
    return gate(b, "register", mul(b, reg, e));
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

/* v*(v + 1) or v*(v - 1): not 0 where column v is `which`, 1 or -1, and 0 where it is 0 or the other. One
 * column so says which challenge a pass is in. */
static hcl_expr where(struct build *b, hcl_expr v, int which)
{
    return mul(b, v, less(b, v, -which));
}

static hcl_status values_gate(struct build *b, const char *name, int which)
{
    uint32_t col_a1 = hcl_col_a1(b->lanes);
    hcl_expr sum = mul(b, fixed(b, F_CONT1), hcl_ex_advice(b->c, col_a1, -1));

    for (uint32_t j = 0; j < b->lanes; j++)
        sum = add(b, mul(b, sum, which > 0 ? b->s : b->t), adv(b, hcl_col_y(b->lanes, j)));
    return gate(b, name, mul(b, where(b, fixed(b, F_HY), which), sub(b, adv(b, col_a1), sum)));
}

/* total*( B - cont1*B[-1] - sum_j (Y_j + (total - 1)*t*Y_j^2) ): total is 1 for sums, 2 with the squares. */
static hcl_status totals_gate(struct build *b)
{
    uint32_t col_b = hcl_col_b(b->lanes);
    hcl_expr total = fixed(b, F_TOTAL), squares = mul(b, sub(b, total, hcl_ex_u64(b->c, 1)), b->t);
    hcl_expr sum = mul(b, fixed(b, F_CONT1), hcl_ex_advice(b->c, col_b, -1)), square = { 0 };

    for (uint32_t j = 0; j < b->lanes; j++) {
        hcl_expr y = adv(b, hcl_col_y(b->lanes, j));
        sum = add(b, sum, y);
        square = j ? add(b, square, mul(b, y, y)) : mul(b, y, y);
    }
    sum = add(b, sum, mul(b, squares, square));
    return gate(b, "totals", mul(b, total, sub(b, adv(b, col_b), sum)));
}

/* v = channels. 1: B = B[-1]; -1: B = t*B[-1] + A0. 2*v^2*B = v*(v+1)*B[-1] + v*(v-1)*(t*B[-1] + A0) */
static hcl_status channels_gate(struct build *b)
{
    uint32_t col_b = hcl_col_b(b->lanes);
    hcl_expr v = fixed(b, F_CHANNELS), one = hcl_ex_u64(b->c, 1), above = hcl_ex_advice(b->c, col_b, -1);
    hcl_expr gathered = add(b, mul(b, above, b->t), adv(b, hcl_col_a0(b->lanes)));
    hcl_expr twice = mul(b, mul(b, v, v), add(b, adv(b, col_b), adv(b, col_b)));

    twice = sub(b, twice, mul(b, mul(b, v, add(b, v, one)), above));
    return gate(b, "outputs, sum of channels", sub(b, twice, mul(b, mul(b, v, sub(b, v, one)), gathered)));
}

/* x + A1*B and the Horner chains; x continues from the row above. */
static hcl_status accumulator_gates(struct build *b)
{
    hcl_status st;
    uint32_t col_a0 = hcl_col_a0(b->lanes), col_a1 = hcl_col_a1(b->lanes), col_b = hcl_col_b(b->lanes);
    hcl_expr a0 = adv(b, col_a0), a1 = adv(b, col_a1), bb = adv(b, col_b), hz = fixed(b, F_HZ);
    hcl_expr x0 = mul(b, fixed(b, F_CONT0), hcl_ex_advice(b->c, col_a0, -1));

    HCL_TRY(gate(b, "outputs, positions", mul(b, where(b, hz, 1), sub(b, a0, horner_z(b, x0, b->s)))));
    HCL_TRY(gate(b, "outputs, channels", mul(b, where(b, hz, -1), sub(b, a0, horner_z(b, x0, b->t)))));
    HCL_TRY(values_gate(b, "values, positions", 1));
    HCL_TRY(values_gate(b, "values, channels", -1));
    HCL_TRY(totals_gate(b));
    HCL_TRY(gate(b, "dot", mul(b, fixed(b, F_DOT), sub(b, a0, add(b, x0, mul(b, a1, bb))))));
    HCL_TRY(channels_gate(b));
done:
    return st;
}

enum { PERMUTED_SUMS = 5 }; /* A0, A1, B, U, D */

static hcl_expr power(struct build *b, hcl_expr x, uint32_t e)
{
    hcl_expr half;

    if (e == 1)
        return x;
    half = power(b, x, e / 2);
    half = mul(b, half, half);
    return e & 1 ? mul(b, half, x) : half;
}

static hcl_expr weight(struct build *b, uint32_t i)
{
    return b->o->private_weights ? adv(b, hcl_col_w(b->lanes, i)) : fixed(b, own_fixed(b) + i);
}

/* An expression is not nested deeper than twice this and a little: the real halo2 recurses. */
enum { WEIGHTS_NESTED = 256 };

/* sum_(i < end - first) t^i W_(first + i) */
static hcl_expr weight_block(struct build *b, uint32_t first, uint32_t end)
{
    hcl_expr sum = weight(b, end - 1);

    for (uint32_t i = end - 1; i-- > first;)
        sum = add(b, mul(b, sum, b->t), weight(b, i));
    return sum;
}

/* sum_i t^i W_i, blocks of it by Horner's rule like the columns of one. */
static hcl_expr weight_sum(struct build *b)
{
    const uint32_t columns = b->m->weight_columns;
    uint32_t first = (columns - 1) / WEIGHTS_NESTED * WEIGHTS_NESTED;
    hcl_expr sum = weight_block(b, first, columns);

    for (; first > 0; first -= WEIGHTS_NESTED)
        sum = add(b, mul(b, sum, power(b, b->t, WEIGHTS_NESTED)),
                  weight_block(b, first - WEIGHTS_NESTED, first));
    return sum;
}

/* With w = weights: w*( D - U*sum_i t^i W_i - (w - 2)^2*D[-1] ) = 0, where a sum starts (2) or goes on (3,
 * 1), and where a pass goes on (1): U = t^m*U[-1] */
static hcl_status weight_gates(struct build *b)
{
    hcl_status st;
    uint32_t columns = b->m->weight_columns, col_u = hcl_col_u(b->lanes), col_d = hcl_col_d(b->lanes);
    hcl_expr w = fixed(b, F_WEIGHTS), u = adv(b, col_u), d = adv(b, col_d), new = less(b, w, WEIGHTS_START),
             sum;
    hcl_expr more = mul(b, mul(b, w, new), less(b, w, WEIGHTS_NEXT));

    sum = sub(b, mul(b, w, d), mul(b, mul(b, w, u), weight_sum(b)));
    HCL_TRY(
        gate(b, "weights", sub(b, sum, mul(b, mul(b, w, mul(b, new, new)), hcl_ex_advice(b->c, col_d, -1)))));
    u = sub(b, u, mul(b, power(b, b->t, columns), hcl_ex_advice(b->c, col_u, -1)));
    HCL_TRY(gate(b, "factor of weights", mul(b, more, u)));
done:
    return st;
}

/* span*( E - entry*D ), and look*( look*H_0*(beta + look + theta*B + theta^3*A1) - 1 ): that number and sum
 * in t are an entry is what the running sum shows of look*H_0. */
static hcl_status row_table_gates(struct build *b)
{
    hcl_status st;
    hcl_expr look = fixed(b, F_LOOK), key;

    HCL_TRY(gate(b, "entries",
                 mul(b, fixed(b, F_SPAN),
                     sub(b, entries(b), mul(b, fixed(b, F_ENTRY), adv(b, hcl_col_d(b->lanes)))))));
    key = mul(b, mul(b, adv(b, hcl_col_a1(b->lanes)), b->theta), b->theta);
    key = mul(b, add(b, key, adv(b, hcl_col_b(b->lanes))), b->theta);
    key = add(b, add(b, key, look), b->beta);
    key = mul(b, mul(b, look, adv(b, hcl_col_h(b->lanes, 0))), key);
    HCL_TRY(gate(b, "look-up of a row", mul(b, look, sub(b, key, hcl_ex_u64(b->c, 1)))));
done:
    return st;
}

static hcl_status add_columns(struct build *b)
{
    hcl_status st;
    uint32_t unused, lanes = b->lanes, weights = b->m->weight_columns;
    uint32_t num_fixed = lanes + own_fixed(b) + (b->o->private_weights ? 0 : weights);

    for (uint32_t i = 0; i < num_fixed; i++)
        HCL_TRY(hcl_circuit_add_fixed(b->c, &unused, b->err));
    for (uint32_t i = 0; i < hcl_num_advice(lanes); i++)
        HCL_TRY(hcl_circuit_add_advice(b->c, i > hcl_col_m(lanes), &unused, b->err));
    for (uint32_t i = 0; b->o->private_weights && i < weights; i++)
        HCL_TRY(hcl_circuit_add_advice(b->c, 0, &unused, b->err));
    if (b->m->prog.num_row_tables)
        HCL_TRY(hcl_circuit_add_advice(b->c, 1, &unused, b->err));
    HCL_TRY(hcl_circuit_add_instance(b->c, &unused, b->err));
    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
        HCL_TRY(hcl_circuit_add_challenge(b->c, 0, &unused, b->err));
    for (uint32_t j = 0; j < lanes; j++)
        HCL_TRY(hcl_circuit_enable_equality(b->c, (hcl_column){ HCL_COL_ADVICE, hcl_col_y(lanes, j) },
                                            &unused, b->err));
    for (uint32_t i = 0; i < PERMUTED_SUMS; i++)
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

enum { SUM_GATES = 2, ACCUMULATOR_GATES = 7, WEIGHT_GATES = 3 /* "entries" with them */ };

/* The order of add_gates: look-ups, sums, registers, accumulators, weights, tables of rows. */
uint32_t hcl_machine_gate_lane(uint32_t lanes, size_t gate)
{
    if (gate < lanes)
        return (uint32_t)gate;
    if (gate < lanes + SUM_GATES || gate >= 2 * (size_t)lanes + SUM_GATES)
        return HCL_NONE;
    return (uint32_t)gate - lanes - SUM_GATES;
}

bool hcl_machine_gate_of_weights(uint32_t lanes, size_t gate)
{
    const size_t first = 2 * (size_t)lanes + SUM_GATES + ACCUMULATOR_GATES;

    return gate >= first && gate < first + WEIGHT_GATES;
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
    HCL_TRY(weight_gates(b));
    if (b->m->prog.num_row_tables)
        HCL_TRY(row_table_gates(b));
done:
    return st;
}

/* The fixed value of a row in column F_.., which is neither of the tables nor of weights. */
static int64_t row_value(const struct hcl_machine *m, uint32_t row, uint32_t which)
{
    static const uint16_t flags[F_COUNT] = {
        [F_DOT] = HCL_ROW_DOT, [F_CONT0] = HCL_ROW_CONT0, [F_CONT1] = HCL_ROW_CONT1
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
    case F_REG:
        return r->flags & HCL_ROW_REG ? 1 + c->c2 : 0;
    case F_HZ:
        return ((r->flags & HCL_ROW_HZ) != 0) - ((r->flags & HCL_ROW_HT) != 0);
    case F_TAG_Q:
        return r->lookups ? m->prog.fns[c->fn].tag : 0;
    case F_TAG_R:
        return r->lookups ? m->prog.ranges[c->range].tag : 0;
    case F_CHANNELS:
        return ((r->flags & HCL_ROW_CARRY) != 0) - ((r->flags & HCL_ROW_GATHER) != 0);
    case F_HY:
        return ((r->flags & HCL_ROW_HY) != 0) - ((r->flags & HCL_ROW_HYT) != 0);
    case F_TOTAL:
        return ((r->flags & HCL_ROW_SUM) != 0) + 2 * ((r->flags & HCL_ROW_SQUARES) != 0);
    default:
        return (r->flags & flags[which]) != 0;
    }
}

static void fill_tables(const struct hcl_program *p, int64_t *tt, int64_t *tq, int64_t *ty)
{
    for (uint32_t i = 0; i < p->num_ranges; i++) {
        for (uint32_t e = 0; e < p->ranges[i].len; e++) {
            uint32_t row = p->ranges[i].table_row + e;
            tt[row] = p->ranges[i].tag;
            tq[row] = p->ranges[i].lo + e;
        }
    }
    for (uint32_t i = 0; i < p->num_fns; i++) {
        const struct hcl_fn_table *t = &p->fns[i];
        for (uint32_t e = 0; e < t->len; e++) {
            uint32_t row = t->table_row + e;
            tt[row] = t->tag;
            tq[row] = t->lo + e;
            ty[row] = t->values ? t->values[e] : t->lo + e;
        }
    }
    for (uint32_t i = 0; i < p->num_row_tables; i++) {
        for (uint32_t e = 0; e < p->row_tables[i].count; e++) {
            uint32_t row = hcl_row_table_end(p, &p->row_tables[i], e);
            tt[row] = p->row_tables[i].tag;
            tq[row] = e;
        }
    }
}

/* LOOK, ENTRY. */
static void fill_row_tables(const struct hcl_program *p, uint32_t which, int64_t *values)
{
    for (uint32_t i = 0; which == F_LOOK && i < p->num_blocks; i++) {
        const struct hcl_block *b = &p->blocks[i];
        if (b->kind == HCL_BLOCK_LOOKUP)
            values[b->res_row] = p->row_tables[b->in_row].tag;
    }
    for (uint32_t i = 0; which == F_ENTRY && i < p->num_row_tables; i++) {
        for (uint32_t e = 0; e < p->row_tables[i].count; e++)
            values[hcl_row_table_end(p, &p->row_tables[i], e)] = 1;
    }
}

static int64_t weights_value(int8_t step)
{
    if (step == HCL_WEIGHTS_START)
        return WEIGHTS_START;
    return step == HCL_WEIGHTS_NEXT ? WEIGHTS_NEXT : WEIGHTS_MORE;
}

static void fill_column(const struct build *b, uint32_t which, int64_t *values, size_t usable)
{
    const struct hcl_program *p = &b->m->prog;

    if (which >= b->lanes + F_COUNT) {
        fill_row_tables(p, which - b->lanes, values);
        return;
    }
    for (uint32_t row = 0; which == b->lanes + F_WEIGHTS && row < p->num_weight_rows; row++)
        values[row] = weights_value(p->weight_steps[row]);
    for (uint32_t row = 0; which < b->lanes + F_SPAN && row < p->num_rows; row++)
        values[row] =
            which < b->lanes ? p->rows[row].lookups >> which & 1 : row_value(b->m, row, which - b->lanes);
    for (size_t i = 0; which == b->lanes + F_SPAN && i < usable; i++)
        values[i] = i == 0 ? SPAN_FIRST : i + 1 == usable ? SPAN_LAST : SPAN;
}

/* Weights as they are, and random rows below them. */
static hcl_status set_weights(struct build *b, uint32_t column)
{
    const struct hcl_program *p = &b->m->prog;
    const size_t rows = p->num_weight_rows, random = b->o->weight_seed ? b->o->random_rows : 0;
    struct hcl_compact c = { 0 };
    hcl_fr *blind = NULL;
    hcl_status st;

    HCL_TRY(hcl_compact_init_digits(&c, rows + random, rows, sizeof(**p->weights), (int)p->weight_digits,
                                    random, random > 0, "weight columns", b->err));
    if (rows)
        memcpy(c.cells, p->weights[column], rows * p->weight_digits * sizeof(**p->weights));
    HCL_TRY(hcl_mem_calloc((void **)&blind, random + 1, sizeof(*blind), "weight columns", b->err));
    if (random)
        hcl_machine_blind_weights(b->o, column, blind);
    hcl_compact_put(&c, rows, blind, random);
    HCL_TRY(hcl_circuit_take_fixed(b->c, b->lanes + own_fixed(b) + column, &c, b->err));
    hcl_machine_drop_weights(b->m, column);
done:
    hcl_compact_clear(&c);
    hcl_mem_free_secret(blind);
    return st;
}

/* The last column first, so that what the machine had of it can be given back. */
static hcl_status move_weights(struct build *b)
{
    hcl_status st;

    for (uint32_t i = b->m->weight_columns; i-- > 0;)
        HCL_TRY(set_weights(b, i));
    st = hcl_program_borrow_weights(&b->m->prog, b->c->fixed + b->lanes + own_fixed(b), b->err);
done:
    return st;
}

static hcl_status set_fixed(struct build *b)
{
    hcl_status st;
    size_t usable = ((size_t)1 << b->c->k) - HCL_MACHINE_RESERVED_ROWS + 1;
    uint32_t tt = b->lanes + F_TT;
    int64_t *values = NULL;

    HCL_TRY(hcl_mem_calloc((void **)&values, 3 * usable, sizeof(*values), "fixed columns", b->err));
    fill_tables(&b->m->prog, values, values + usable, values + 2 * usable);
    for (uint32_t i = 0; i < 3; i++)
        HCL_TRY(hcl_circuit_set_fixed_i64(b->c, tt + i, values + i * usable, usable, b->err));
    for (uint32_t i = 0; i < b->lanes + own_fixed(b); i++) {
        size_t rows = usable;
        if (i >= tt && i < tt + 3)
            continue;
        memset(values, 0, usable * sizeof(*values));
        fill_column(b, i, values, usable);
        while (rows && values[rows - 1] == 0)
            rows--;
        HCL_TRY(hcl_circuit_set_fixed_i64(b->c, i, values, rows, b->err));
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

/* Copies of sources. Inputs used in several places are one value: the later places copy the first. Constants
 * from the pool are tied by gadgets. */
static hcl_status add_source_copies(struct build *b)
{
    hcl_status st = HCL_OK;
    const struct hcl_program *p = &b->m->prog;
    size_t cells = (size_t)p->num_rows * b->lanes, num_inputs = 0;
    uint32_t *first = NULL; /* by input element: the cell that holds it */

    for (uint32_t i = 0; i < p->num_inputs; i++)
        num_inputs += p->inputs[i].len;
    first = malloc((num_inputs + 1) * sizeof(*first));
    if (!first)
        return hcl_fail(b->err, HCL_NO_RESOURCE, "out of memory for copies");
    memset(first, 0xff, (num_inputs + 1) * sizeof(*first));
    for (size_t i = 0; i < cells; i++) {
        hcl_src kind = HCL_SRC_KIND(p->sources[i]);
        size_t from = HCL_SRC_INDEX(p->sources[i]);
        if (kind == HCL_SRC_NONE || kind == HCL_SRC_ABOVE || kind == HCL_SRC_HINT || kind == HCL_SRC_POOL)
            continue;
        if (kind != HCL_SRC_CELL) {
            uint32_t *place = &first[from];
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

/* Sources that are copies, where every input is counted, though one of each element copies none. */
static size_t count_source_copies(const struct hcl_program *p)
{
    size_t count = 0;

    for (size_t i = 0; i < (size_t)p->num_rows * p->lanes; i++) {
        const hcl_src kind = HCL_SRC_KIND(p->sources[i]);
        count += kind == HCL_SRC_CELL || kind == HCL_SRC_INPUT;
    }
    return count;
}

size_t hcl_machine_copies(const struct hcl_machine *m)
{
    const struct hcl_program *p = &m->prog;
    size_t passes = 0; /* that are only counted, else they are among the wide ones */

    if (m->weight_columns == 0)
        passes = p->num_weight_rows;
    for (uint32_t i = 0; m->weight_columns == 0 && i < p->num_row_tables; i++)
        passes += p->row_tables[i].count;
    return count_source_copies(p) + p->num_wide + passes + m->more->num_equal + p->num_instance;
}

static hcl_status add_copies(struct build *b)
{
    hcl_status st;
    const struct hcl_program *p = &b->m->prog;
    const size_t others = p->num_wide + b->m->more->num_equal + p->num_instance;

    HCL_TRY(hcl_circuit_expect_copies(b->c, count_source_copies(p) + others, b->err));
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

hcl_status hcl_machine_circuit(struct hcl_machine *m, const struct hcl_machine_shape *shape,
                               struct hcl_circuit *out, struct hcl_err *err)
{
    hcl_status st;
    const uint32_t k = shape->k, least = hcl_machine_min_k(m, m->weight_columns, shape->random_rows);
    struct build b = { .m = m, .o = shape, .c = out, .lanes = m->lanes, .err = err };

    hcl_circuit_init(out, k);
    HCL_TRY(hcl_machine_status(m, err));
    if (k < least || k > HCL_MAX_K) {
        st = hcl_fail(
            err, HCL_BAD_INPUT,
            "k = %u is too small: %u rows, %u table rows, %u weight rows, %u public values need k = %u", k,
            m->prog.num_rows, m->prog.table_rows, m->prog.num_weight_rows, m->prog.num_instance, least);
        goto done;
    }
    HCL_TRY(add_columns(&b));
    HCL_TRY(add_gates(&b));
    HCL_TRY(set_fixed(&b));
    if (!shape->private_weights)
        HCL_TRY(move_weights(&b));
    HCL_TRY(add_copies(&b));
    if (shape->degree > 4)
        out->minimum_degree = (int)shape->degree;
    HCL_TRY(hcl_circuit_finish(out, err));
    HCL_CHECK(out->usable_rows == ((size_t)1 << k) - HCL_MACHINE_RESERVED_ROWS + 1);
done:
    if (st != HCL_OK)
        hcl_circuit_clear(out);
    return st;
}
