/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/layout/own_rows.h"

#include "common/halo2/permutation.h"

#include <stdlib.h>

/* Of the entries of all tables, those that some cell is looked up in: a guess between what models do. */
#define HIT 0.5

/* Of all cells that may be copied, Y, A0, A1, B and D, how many rows of one column have been made of each: a
 * copy, and what goes on from it; longer ones count as MOST. */
struct seen {
    uint8_t *rows;
    const struct hcl_program *p;
};
#define MOST UINT8_MAX

static size_t all_cells(const struct hcl_program *p)
{
    return (size_t)p->num_rows * (p->lanes + 3) + p->num_weight_rows;
}

static size_t number_of(const struct hcl_program *p, struct hcl_cell c)
{
    if (c.at < HCL_AT_A0)
        return (size_t)c.row * p->lanes + c.at;
    const uint32_t column = c.at == HCL_AT_D ? 3 : c.at - HCL_AT_A0; /* U is not copied */
    return (size_t)p->num_rows * (p->lanes + column) + c.row;
}

/* Of `rows` rows that are made of the cell now, those that are not there yet. */
static uint32_t new_rows(const struct seen *s, struct hcl_cell c, uint32_t rows)
{
    uint8_t *there = &s->rows[number_of(s->p, c)];
    const uint32_t before = *there, fresh = rows > before && before < MOST ? rows - before : 0;
    *there = (uint8_t)(before + fresh < MOST ? before + fresh : MOST);
    return fresh;
}

static void count_lanes(struct hcl_own_rows *out, const struct hcl_program *p)
{
    uint32_t rows = 0, in_tables = 0;
    for (uint32_t row = 0; row < p->num_rows; row++) {
        const uint32_t lookups = p->rows[row].lookups;
        rows += lookups != 0;
        in_tables += lookups != 0 && row < p->table_rows;
        for (uint32_t j = 0; j < p->lanes; j++)
            out->looked_up[j] += lookups >> j & 1;
    }
    for (uint32_t i = 0; i < p->num_blocks; i++)
        out->looked_up[0] += p->blocks[i].kind == HCL_BLOCK_LOOKUP; /* of a row, with the first helper */
    /* The running sum changes where anything is looked up, or an entry was. */
    const uint32_t most = p->num_rows > p->table_rows ? p->num_rows : p->table_rows;
    out->wide[HCL_WIDE_PHI] = rows + (uint32_t)(HIT * (p->table_rows - in_tables));
    out->again[HCL_WIDE_PHI] = most - (out->wide[HCL_WIDE_PHI] < most ? out->wide[HCL_WIDE_PHI] : most);
}

/* What gates make; B of a row with CARRY is that of the row above. */
static void count_gates(struct hcl_own_rows *out, const struct hcl_program *p)
{
    for (uint32_t row = 0; row < p->num_rows; row++) {
        const uint16_t flags = p->rows[row].flags;
        out->wide[HCL_WIDE_A0] += (flags & (HCL_ROW_HZ | HCL_ROW_HT | HCL_ROW_DOT)) != 0;
        out->wide[HCL_WIDE_A1] += (flags & (HCL_ROW_HY | HCL_ROW_HYT)) != 0;
        out->wide[HCL_WIDE_B] += (flags & (HCL_ROW_SUM | HCL_ROW_SQUARES | HCL_ROW_GATHER)) != 0;
        out->again[HCL_WIDE_B] += (flags & HCL_ROW_CARRY) != 0;
    }
}

static void count_copy(struct hcl_own_rows *out, const struct seen *s, const struct hcl_wide_copy *w, int to)
{
    const bool own = new_rows(s, w->from, 1) > 0 && w->from.at >= HCL_AT_A0;
    if (to == HCL_WIDE_A1 && s->p->rows[w->to.row].flags & (HCL_ROW_HY | HCL_ROW_HYT))
        return;
    out->wide[to] += own;
    out->again[to] += !own;
}

/* A pass's U is what it copies, then times powers of t; D grows in each of its rows. */
static void count_pass(struct hcl_own_rows *out, const struct seen *s, const struct hcl_wide_copy *w)
{
    const struct hcl_program *p = s->p;
    uint32_t rows = 1;
    while (w->to.row + rows < p->num_weight_rows && p->weight_steps[w->to.row + rows] == HCL_WEIGHTS_MORE)
        rows++;
    const bool small = w->from.at < HCL_AT_A0, first = s->rows[number_of(p, w->from)] == 0;
    const uint32_t own = new_rows(s, w->from, rows) - (small && first);
    out->wide[HCL_WIDE_U] += own;
    out->again[HCL_WIDE_U] += rows - own;
    out->wide[HCL_WIDE_D] += rows;
}

/* Copies to one column. */
static hcl_status count_copies(struct hcl_own_rows *out, const struct hcl_program *p, hcl_at at, int to,
                               struct hcl_err *err)
{
    const struct seen s = { calloc(all_cells(p) + 1, sizeof *s.rows), p };
    if (!s.rows)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the cells of the layout");
    for (uint32_t i = 0; i < p->num_wide; i++) {
        if (p->wide[i].to.at != at)
            continue;
        if (at == HCL_AT_U)
            count_pass(out, &s, &p->wide[i]);
        else
            count_copy(out, &s, &p->wide[i], to);
    }
    free(s.rows);
    return HCL_OK;
}

hcl_status hcl_own_rows_count(struct hcl_shape *s, const struct hcl_program *p, const struct hcl_circuit *c,
                              struct hcl_err *err)
{
    const size_t products = hcl_permutation_chunks(c);
    struct hcl_own_rows *out = &s->own;
    size_t changes[HCL_COST_MOST_PRODUCTS];
    hcl_status st;
    *out = (struct hcl_own_rows){
        .rows = s->rows, .weight_rows = hcl_shape_added(s), .lookups = s->lookups, .copies = s->copies
    };
    HCL_ASSERT(products <= HCL_COST_MOST_PRODUCTS);
    count_lanes(out, p);
    count_gates(out, p);
    HCL_TRY(count_copies(out, p, HCL_AT_A1, HCL_WIDE_A1, err));
    HCL_TRY(count_copies(out, p, HCL_AT_B, HCL_WIDE_B, err));
    HCL_TRY(count_copies(out, p, HCL_AT_U, HCL_WIDE_U, err));
    for (uint32_t i = 0; i < p->num_row_tables; i++)
        out->wide[HCL_WIDE_E] += p->row_tables[i].count;
    HCL_TRY(hcl_permutation_changes(changes, c, err));
    for (size_t i = 0; i < products; i++)
        out->product[i] = (uint32_t)changes[i];
    out->lanes = p->lanes;
done:
    return st;
}
