/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from forged cells: register programs and Scales run again, so that only the check under test
 * can refuse. */
#ifndef HCL_TESTS_FOLLOW_H
#define HCL_TESTS_FOLLOW_H

#include "tests/unit/compiler/soundness/forge.h"

/* Is the cell a lane of a rescale with function look-up and S > 1? */
static inline bool rescales(const struct lowered *l, size_t cell)
{
    const struct hcl_row *row = &l->prog.rows[cell / l->prog.lanes];

    return row->flags & HCL_ROW_REG && row->lookups >> cell % l->prog.lanes & 1 && class_of(l, cell)->s > 1;
}

/* A hint that divides, from what is there. */
static inline int64_t hint_again(const struct lowered *l, size_t cell, int64_t above)
{
    const struct hcl_hint *h = &l->prog.hints[HCL_SRC_INDEX(l->prog.sources[cell])];
    const int64_t x = l->w.cells.y[h->cell], t = above + h->by / 2;

    if (h->kind == HCL_HINT_QUOTIENT && x > 0)
        return (2 * h->by + x) / (2 * x);
    return h->kind == HCL_HINT_DIVIDE ? t / h->by - (t % h->by < 0) : l->w.cells.y[cell];
}

/* The register programs of rows [from, to) again, tables or not. */
static inline void run_registers(struct lowered *l, size_t from, size_t to)
{
    size_t lanes = l->prog.lanes;

    for (size_t cell = from * lanes; cell < to * lanes; cell++) {
        const struct hcl_row_class *c = class_of(l, cell);
        int64_t above = l->w.cells.r[cell - lanes], *y = &l->w.cells.y[cell], acc;
        if (HCL_SRC_KIND(l->prog.sources[cell]) == HCL_SRC_CELL)
            *y = l->w.cells.y[HCL_SRC_INDEX(l->prog.sources[cell])];
        if (HCL_SRC_KIND(l->prog.sources[cell]) == HCL_SRC_HINT)
            *y = hint_again(l, cell, above);
        acc = c->c0 * above + c->c1 * *y + c->c2 * above * *y;
        l->w.cells.q[cell] = 0;
        if (rescales(l, cell)) {
            int64_t t = acc - l->prog.ranges[c->range].lo, q = t / c->s - (t % c->s < 0);
            l->w.cells.q[cell] = q;
            acc -= q * c->s;
            if (!value_of(l, cell, q, y))
                *y = q;
        }
        l->w.cells.r[cell] = acc;
    }
}

/* Y cell with this kind of hint, from cell `from` on; the number of cells if there is none. */
static inline size_t hinted(const struct lowered *l, hcl_hint_kind kind, size_t from)
{
    const size_t cells = (size_t)l->prog.num_rows * l->prog.lanes;

    while (from < cells && (HCL_SRC_KIND(l->prog.sources[from]) != HCL_SRC_HINT ||
                            l->prog.hints[HCL_SRC_INDEX(l->prog.sources[from])].kind != (uint32_t)kind))
        from++;
    return from;
}

/* What follows from the cells of row `row`: the registers below it up to the next rows of a Scale, and those.
 * A quotient that leaves its table keeps the value it had. */
static inline void follow(struct lowered *l, size_t row)
{
    for (uint32_t i = 0; i < l->prog.num_blocks; i++) {
        const struct hcl_block *b = &l->prog.blocks[i];
        struct hcl_err err;
        if (b->kind != HCL_BLOCK_SCALE || b->out_row <= row)
            continue;
        if (row + 1 < b->out_row && !(l->prog.rows[b->out_row - 1].flags & HCL_ROW_BLOCK))
            run_registers(l, row + 1, b->out_row);
        if (hcl_block_run(&l->prog, b, &l->w.cells, NULL, &err) != HCL_OK)
            print_message("%s\n", err.msg);
        row = b->out_row + b->out_rows - 1;
    }
}

#endif
