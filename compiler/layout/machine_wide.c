/* SPDX-License-Identifier: Apache-2.0 */
/* Phase-1 rows: passes over values, dot products, powers of the challenges. */
#include "compiler/layout/machine.h"
#include "compiler/layout/machine_internal.h"

static bool a1_free(const struct hcl_machine *m, uint32_t first, uint32_t rows)
{
    for (uint32_t i = first; i < first + rows; i++) {
        if (m->prog.rows[i].flags & (HCL_ROW_HY | HCL_ROW_HYT | HCL_ROW_DOT))
            return false;
    }
    return true;
}

static uint32_t copy_block(struct hcl_machine *m, uint32_t first, uint32_t rows)
{
    uint32_t at = m->prog.num_rows;

    for (uint32_t i = 0; i < rows; i++) {
        struct hcl_row_spec spec = { 0 };
        for (uint32_t j = 0; j < m->lanes; j++)
            spec.y[j] = HCL_SRC_CELL | ((first + i) * m->lanes + j);
        hcl_machine_row(m, &spec);
    }
    return at;
}

/* The slot that holds the pass over these rows, or the free one where it belongs. There are slots. */
static uint32_t *pass_slot(const struct hcl_machine_more *x, uint32_t first, uint32_t rows, uint16_t gate)
{
    const uint64_t key = (uint64_t)first * 0x9e3779b97f4a7c15u ^ ((uint64_t)rows << 16 | gate);
    size_t at = (size_t)(key * 0x9e3779b97f4a7c15u >> 32) & (x->num_pass_slots - 1);

    while (x->pass_slots[at]) {
        const struct hcl_pass *p = &x->passes[x->pass_slots[at] - 1];
        if (p->first == first && p->rows == rows && p->gate == gate)
            break;
        at = (at + 1) & (x->num_pass_slots - 1);
    }
    return &x->pass_slots[at];
}

static void remember_pass(struct hcl_machine *m, struct hcl_pass pass)
{
    struct hcl_machine_more *x = m->more;

    if (!hcl_machine_grow(m, &x->passes, &x->cap_passes, x->num_passes + 1, sizeof(pass)))
        return;
    x->passes[x->num_passes++] = pass;
    if (2 * x->num_passes <= x->num_pass_slots) {
        *pass_slot(x, pass.first, pass.rows, pass.gate) = (uint32_t)x->num_passes;
        return;
    }
    free(x->pass_slots);
    x->num_pass_slots = x->num_pass_slots ? 2 * x->num_pass_slots : 64;
    x->pass_slots = calloc(x->num_pass_slots, sizeof(*x->pass_slots));
    if (!x->pass_slots) {
        x->num_pass_slots = 0;
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
        return;
    }
    for (uint32_t i = 0; i < x->num_passes; i++)
        *pass_slot(x, x->passes[i].first, x->passes[i].rows, x->passes[i].gate) = i + 1;
}

/* gate: HCL_ROW_HY or HCL_ROW_HYT */
static struct hcl_cell pass_over(struct hcl_machine *m, uint32_t first, uint32_t rows, uint16_t gate)
{
    struct hcl_machine_more *x = m->more;
    struct hcl_pass pass = { .first = first, .rows = rows, .gate = gate };

    if (x->num_pass_slots && *pass_slot(x, first, rows, gate))
        return x->passes[*pass_slot(x, first, rows, gate) - 1].cell;
    if (m->status == HCL_OK && (rows == 0 || first > m->prog.num_rows || rows > m->prog.num_rows - first))
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: pass over %u rows from %u, which do not exist", rows,
                         first);
    if (m->status != HCL_OK)
        return (struct hcl_cell){ 0 };
    if (!a1_free(m, first, rows))
        first = copy_block(m, first, rows);
    if (m->status != HCL_OK)
        return (struct hcl_cell){ 0 };
    for (uint32_t i = 0; i < rows; i++)
        m->prog.rows[first + i].flags |= (uint16_t)(gate | (i ? HCL_ROW_CONT1 : 0));
    pass.cell = hcl_cell_at(first + rows - 1, HCL_AT_A1);
    remember_pass(m, pass);
    return pass.cell;
}

void hcl_machine_pass_without_b(struct hcl_machine *m, uint32_t first, uint32_t rows, uint16_t gate)
{
    struct hcl_machine_more *x = m->more;
    const uint32_t found = x->num_pass_slots ? *pass_slot(x, first, rows, gate) : 0;

    if (found)
        x->passes[found - 1].b_taken = true;
}

/* Whether rows of a pass, which is there, have something else in B. */
static bool b_taken(const struct hcl_machine *m, uint32_t first, uint32_t rows, uint16_t gate)
{
    return m->more->passes[*pass_slot(m->more, first, rows, gate) - 1].b_taken;
}

struct hcl_cell hcl_machine_hy(struct hcl_machine *m, uint32_t first, uint32_t rows)
{
    return pass_over(m, first, rows, HCL_ROW_HY);
}

struct hcl_cell hcl_machine_hyt(struct hcl_machine *m, uint32_t first, uint32_t rows)
{
    return pass_over(m, first, rows, HCL_ROW_HYT);
}

void hcl_machine_squares(struct hcl_machine *m, uint32_t first, uint32_t rows, bool by_s,
                         struct hcl_cell *values, struct hcl_cell *totals)
{
    const uint16_t gate = by_s ? HCL_ROW_HY : HCL_ROW_HYT;
    struct hcl_row *row;

    *values = pass_over(m, first, rows, gate);
    if (m->status != HCL_OK)
        return;
    row = &m->prog.rows[values->row + 1 - rows];
    if (row->flags & (HCL_ROW_SUM | HCL_ROW_CARRY | HCL_ROW_GATHER) || b_taken(m, first, rows, gate)) {
        first = copy_block(m, first, rows);
        *values = pass_over(m, first, rows, gate);
        row = &m->prog.rows[first];
    }
    for (uint32_t i = 0; m->status == HCL_OK && i < rows; i++)
        row[i].flags |= HCL_ROW_SQUARES;
    *totals = hcl_cell_at(values->row, HCL_AT_B);
}

struct hcl_cell hcl_machine_dot(struct hcl_machine *m, struct hcl_cell a, struct hcl_cell b, bool cont)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_DOT, .a1 = &a, .b = &b };

    if (cont)
        spec.flags |= HCL_ROW_CONT0;
    return hcl_cell_at(hcl_machine_row(m, &spec), HCL_AT_A0);
}

void hcl_machine_start_sum(struct hcl_machine *m)
{
    const struct hcl_cell zero = hcl_cell_y(m, hcl_machine_zero(m));

    hcl_machine_dot(m, zero, zero, false);
}

/* The challenge itself: a Horner gate over one 1 in lane L-2. t: the register moves Y to R for the gate HT.
 */
static struct hcl_cell challenge_row(struct hcl_machine *m, bool of_t)
{
    struct hcl_row_spec spec = { .flags = of_t ? HCL_ROW_REG | HCL_ROW_HT : HCL_ROW_HY, .c1 = of_t };

    for (uint32_t j = 0; j < m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | (j == m->lanes - 2 ? hcl_machine_one(m) : hcl_machine_zero(m));
    return hcl_cell_at(hcl_machine_row(m, &spec), of_t ? HCL_AT_A0 : HCL_AT_A1);
}

/* Bases beside 's' and 't'. */
enum { TWO = 2, MINUS = 3, DIGITS = 'd' };

/* The slot that holds (base, e), or the free one where it belongs. There are slots. */
static uint32_t *power_slot(const struct hcl_machine_more *x, char base, uint64_t e)
{
    size_t at = (size_t)((e * 4 + (uint64_t)base) * 0x9e3779b97f4a7c15u >> 32) & (x->num_power_slots - 1);

    while (x->power_slots[at]) {
        const struct hcl_power *p = &x->powers[x->power_slots[at] - 1];
        if (p->e == e && p->base == base)
            break;
        at = (at + 1) & (x->num_power_slots - 1);
    }
    return &x->power_slots[at];
}

static const struct hcl_power *find_power(const struct hcl_machine *m, char base, uint64_t e)
{
    const struct hcl_machine_more *x = m->more;
    uint32_t slot = x->num_power_slots ? *power_slot(x, base, e) : 0;

    return slot ? &x->powers[slot - 1] : NULL;
}

static void remember(struct hcl_machine *m, struct hcl_power p)
{
    struct hcl_machine_more *x = m->more;

    if (!hcl_machine_grow(m, &x->powers, &x->cap_powers, x->num_powers + 1, sizeof(*x->powers)))
        return;
    x->powers[x->num_powers++] = p;
    if (2 * x->num_powers <= x->num_power_slots) {
        *power_slot(x, p.base, p.e) = (uint32_t)x->num_powers;
        return;
    }
    free(x->power_slots);
    x->num_power_slots = x->num_power_slots ? 2 * x->num_power_slots : 64;
    x->power_slots = calloc(x->num_power_slots, sizeof(*x->power_slots));
    if (!x->power_slots) {
        x->num_power_slots = 0;
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
        return;
    }
    for (uint32_t i = 0; i < x->num_powers; i++)
        *power_slot(x, x->powers[i].base, x->powers[i].e) = i + 1;
}

/* Two known powers whose exponents sum to e, the latest first. */
static bool find_pair(const struct hcl_machine *m, char base, uint64_t e, struct hcl_cell *a,
                      struct hcl_cell *b)
{
    const struct hcl_machine_more *x = m->more;

    for (size_t i = x->powers ? x->num_powers : 0; i-- > 0;) {
        const struct hcl_power *p = &x->powers[i], *rest;
        if (p->base != base || p->e >= e)
            continue;
        rest = find_power(m, base, e - p->e);
        if (!rest)
            continue;
        *a = p->cell;
        *b = rest->cell;
        return true;
    }
    return false;
}

static struct hcl_cell power(struct hcl_machine *m, char base, uint64_t e)
{
    const struct hcl_power *known = find_power(m, base, e);
    struct hcl_cell cell, a, b;

    if (e == 0)
        return hcl_cell_y(m, hcl_machine_one(m));
    if (known)
        return known->cell;
    if (m->status != HCL_OK)
        return (struct hcl_cell){ 0 };
    if (e == 1) {
        cell = base == DIGITS
                   ? hcl_machine_dot(m, hcl_machine_two_power(m, HCL_DIGIT_BITS / 2),
                                     hcl_machine_two_power(m, HCL_DIGIT_BITS - HCL_DIGIT_BITS / 2), false)
                   : challenge_row(m, base == 't');
    } else {
        if (!find_pair(m, base, e, &a, &b)) {
            a = power(m, base, e & 1 ? e - 1 : e / 2);
            b = power(m, base, e & 1 ? 1 : e / 2);
        }
        cell = hcl_machine_dot(m, a, b, false);
    }
    remember(m, (struct hcl_power){ .e = e, .cell = cell, .base = base });
    return cell;
}

struct hcl_cell hcl_machine_s_power(struct hcl_machine *m, uint64_t e)
{
    return power(m, 's', e);
}

struct hcl_cell hcl_machine_t_power(struct hcl_machine *m, uint64_t e)
{
    return power(m, 't', e);
}

/* c as the power (base, e). */
static struct hcl_cell constant(struct hcl_machine *m, char base, uint32_t e, int64_t c)
{
    const struct hcl_power *known = find_power(m, base, e);
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG | HCL_ROW_HT, .c1 = c };
    struct hcl_cell cell;

    if (known)
        return known->cell;
    for (uint32_t j = 0; j < m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | (j == m->lanes - 1 ? hcl_machine_one(m) : hcl_machine_zero(m));
    cell = hcl_cell_at(hcl_machine_row(m, &spec), HCL_AT_A0);
    remember(m, (struct hcl_power){ .e = e, .cell = cell, .base = base });
    return cell;
}

struct hcl_cell hcl_machine_two_power(struct hcl_machine *m, uint32_t e)
{
    if (e > 62)
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: constant 2^%u", e);
    return constant(m, TWO, e, (int64_t)1 << (e & 63));
}

struct hcl_cell hcl_machine_minus_one(struct hcl_machine *m)
{
    return constant(m, MINUS, 1, -1);
}

struct hcl_cell hcl_machine_digit(struct hcl_machine *m, uint32_t d)
{
    return power(m, DIGITS, d);
}
