/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/compiler/soundness/mutate.h"
#include <string.h>

enum {
    KIND_Q,
    KIND_Y,
    KIND_R,
    KIND_M,
    KIND_H,
    KIND_PHI,
    KIND_A0,
    KIND_A1,
    KIND_B,
    KIND_U,
    KIND_D,
    KIND_W,
    KIND_E
};

#define TOTALS (HCL_ROW_SUM | HCL_ROW_SQUARES)
#define CHANNELS (HCL_ROW_CARRY | HCL_ROW_GATHER)

static int kind_of(const struct lowered *l, uint32_t column, uint32_t *lane)
{
    const uint32_t lanes = l->prog.lanes;

    *lane = column % lanes;
    if (column < 3 * lanes)
        return (int)(column / lanes);
    if (column == hcl_col_m(lanes))
        return KIND_M;
    *lane = column - hcl_col_h(lanes, 0);
    if (*lane < lanes)
        return KIND_H;
    if (l->prog.num_row_tables && column + 1 == l->circuit.num_advice)
        return KIND_E;
    if (column >= hcl_col_w(lanes, 0))
        return KIND_W;
    return KIND_PHI + (int)(column - hcl_col_phi(lanes));
}

static bool in_copy(const struct lowered *l, uint32_t column, size_t row)
{
    return l->copied[((size_t)column << l->circuit.k) + row];
}

/* Flags, class and look-up of a row; all off beyond the program. */
struct row {
    uint16_t flags;
    bool lookup;
    struct hcl_row_class cls;
};

static struct row row_at(const struct lowered *l, size_t row, uint32_t lane)
{
    struct row r = { 0 };

    if (row >= l->prog.num_rows)
        return r;
    r.flags = l->prog.rows[row].flags;
    r.lookup = l->prog.rows[row].lookups >> lane & 1;
    r.cls = l->prog.classes[l->prog.rows[row].cls];
    return r;
}

/* The row looks up an entry of a table of rows. */
static bool looks_up_row(const struct lowered *l, size_t row)
{
    for (uint32_t i = 0; i < l->prog.num_blocks; i++) {
        const struct hcl_block *b = &l->prog.blocks[i];
        if (b->kind == HCL_BLOCK_LOOKUP && b->res_row == row)
            return true;
    }
    return false;
}

/* A weight row of zeros, which no pass goes on from: the rows of other tables before the tables of rows. */
static bool adds_nothing(const struct lowered *l, size_t row)
{
    const struct hcl_program *p = &l->prog;

    for (uint32_t i = 0; i < p->weight_columns * p->weight_digits; i++)
        if (hcl_weight_column(p, i % p->weight_columns, i / p->weight_columns)[row])
            return false;
    return p->weight_steps[row] != HCL_WEIGHTS_MORE &&
           (row + 1 >= p->num_weight_rows || p->weight_steps[row + 1] != HCL_WEIGHTS_MORE);
}

const char *mutation_dont_care(const struct lowered *l, uint32_t column, size_t row)
{
    uint32_t lane;
    int kind = kind_of(l, column, &lane);
    struct row r = row_at(l, row, kind <= KIND_R || kind == KIND_H ? lane : 0);
    struct row next = row_at(l, row + 1, 0);
    bool sums = r.flags & (HCL_ROW_HZ | HCL_ROW_HT);

    switch (kind) {
    case KIND_Q:
        if (r.lookup || (r.cls.s && (sums || r.flags & HCL_ROW_REG)))
            return NULL;
        return "no look-up, and its factor S is 0 or no gate is on";
    case KIND_R:
        if (r.lookup || sums || r.flags & HCL_ROW_REG)
            return NULL;
        if (lane < l->prog.registers && next.flags & HCL_ROW_REG && (next.cls.c0 || next.cls.c2))
            return NULL;
        return "no look-up, no gate, and the row below does not read it";
    case KIND_Y:
        if (r.lookup || r.flags & (HCL_ROW_HY | HCL_ROW_HYT | TOTALS) || in_copy(l, column, row))
            return NULL;
        if (r.flags & HCL_ROW_REG && (r.cls.c1 || (r.cls.c2 && lane < l->prog.registers)))
            return NULL;
        return "a gap: no look-up, no pass, no copy, no register reads it";
    case KIND_M:
        return row + 1 < l->circuit.usable_rows ? NULL : "the last usable row ends the running sum";
    case KIND_H:
        if (lane == 0 && looks_up_row(l, row))
            return NULL;
        return r.lookup ? NULL : "the helper of a lane without look-up has no part in the sum";
    case KIND_PHI:
        return NULL;
    case KIND_A0:
        if (sums || r.flags & HCL_ROW_DOT || next.flags & HCL_ROW_CONT0 || in_copy(l, column, row))
            return NULL;
        return "no sum ends, goes on or is copied here";
    case KIND_A1:
        if (r.flags & (HCL_ROW_HY | HCL_ROW_HYT | HCL_ROW_DOT) || in_copy(l, column, row))
            return NULL;
        return next.flags & HCL_ROW_CONT1 ? NULL : "no pass and no product";
    case KIND_B:
        if (r.flags & (HCL_ROW_DOT | TOTALS | CHANNELS) || in_copy(l, column, row))
            return NULL;
        return (next.flags & TOTALS && next.flags & HCL_ROW_CONT1) || next.flags & CHANNELS
                   ? NULL
                   : "no product and no sum";
    case KIND_W:
        if (hcl_fr_is_zero(&l->advice[hcl_col_u(l->prog.lanes)][row]))
            return "what it multiplies is 0";
        return row < l->prog.num_weight_rows ? NULL : "no weights in this row";
    case KIND_E:
        return NULL;
    case KIND_U:
        if (row < l->prog.num_weight_rows && !in_copy(l, column, row) && adds_nothing(l, row))
            return "its weights are 0";
        return row < l->prog.num_weight_rows ? NULL : "no weights in this row";
    default:
        return row < l->prog.num_weight_rows ? NULL : "no weights in this row";
    }
}

static const char *column_name(int kind)
{
    static const char *const names[] = {
        "Q", "Y", "R", "M", "H", "PHI", "A0", "A1", "B", "U", "D", "W", "E"
    };

    return names[kind];
}

/* Number of the three changes that are noticed. */
static int changes_noticed(const struct lowered *l, struct hcl_check *k, uint32_t column, size_t row,
                           struct hcl_test_random *r)
{
    int noticed = 0;

    for (int i = 0; i < 3; i++) {
        struct hcl_err err = { "" };
        hcl_fr v;
        bool seen = false;
        if (i < 2)
            hcl_fr_from_i64(&v, i ? -1 : 1);
        else
            hcl_fr_from_u64(&v, hcl_test_next(r) | 1);
        if (i == 2)
            hcl_fr_sqr(&v, &v);
        hcl_fr_add(&v, &v, &l->advice[column][row]);
        HCL_CHECK(hcl_check_cell(k, column, row, &v, &seen, &err) == HCL_OK);
        noticed += seen;
    }
    return noticed;
}

static void try_cell(const struct lowered *l, struct hcl_check *k, uint32_t column, size_t row,
                     struct hcl_test_random *r, struct mutation_report *out)
{
    uint32_t lane;
    const char *why = mutation_dont_care(l, column, row);
    int noticed = changes_noticed(l, k, column, row, r);

    out->cells++;
    if (!why && noticed == 3) {
        out->noticed++;
    } else if (why && noticed == 0) {
        out->dont_care++;
    } else {
        fprintf(stderr, "row %zu (%s, flags 0x%x), column %s: %d of 3 changes noticed, but: %s\n", row,
                hcl_program_label(&l->prog, (uint32_t)row),
                row < l->prog.num_rows ? (unsigned)l->prog.rows[row].flags : 0u,
                column_name(kind_of(l, column, &lane)), noticed, why ? why : "not a don't-care");
        if (why)
            out->too_lenient++;
        else
            out->missed++;
    }
}

struct mutation_report mutation_run(const struct lowered *l, struct hcl_test_random *r, size_t every)
{
    struct mutation_report out = { 0 };
    struct hcl_err err = { "" };
    struct hcl_check *k;

    HCL_CHECK(hcl_check_new(&k, &l->circuit, l->advice, &l->instances, l->challenges, 1, &err) == HCL_OK);
    for (size_t row = 0; row < l->circuit.usable_rows; row++) {
        bool table = row < hcl_program_lookup_rows(&l->prog);
        bool used = row < l->prog.num_rows || row < l->prog.num_weight_rows;
        bool edge =
            row == l->prog.num_rows || row == l->prog.num_weight_rows || row + 2 >= l->circuit.usable_rows;
        if (!edge && ((!table && !used) || row % every))
            continue;
        for (uint32_t c = 0; c < l->circuit.num_advice; c++) {
            if (used || edge || c == hcl_col_m(l->prog.lanes) || c == hcl_col_phi(l->prog.lanes))
                try_cell(l, k, c, row, r, &out);
        }
    }
    hcl_check_free(k);
    return out;
}
