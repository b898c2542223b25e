/* SPDX-License-Identifier: Apache-2.0 */
/* The lane machine (docs/arithmetization.md) as gadgets see it: rows are appended, cells are referred to, and
 * at the end the same rows become a circuit and a witness program, so the two cannot disagree.
 *
 * Errors are sticky: the first failure (memory, row limit, an impossible request) is kept in the machine,
 * everything after it is harmless and returns row or cell 0, and hcl_machine_status reports it. Gadgets
 * therefore need no checks between calls. Rows count from 0; rows 0 and 1 hold the constants one and zero in
 * every lane. Weight rows are numbered on their own: they lie beside the others in the same rows of the
 * circuit. */
#ifndef HCL_COMPILER_LAYOUT_MACHINE_H
#define HCL_COMPILER_LAYOUT_MACHINE_H

#include "common/halo2/circuit.h"
#include "common/sys/status.h"
#include "common/witness/program.h"
#include "common/witness/spread.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the elements of a tensor live. A block view: element (y, x, c) is Y cell
 * (first_row + c*rows_per_channel)*L + origin + y*pitch + x; the other cells of the block ("gaps") hold
 * anything. Otherwise: cells[], one Y cell per element in NHWC order (owned by the machine). */
struct hcl_view {
    uint32_t h, w, c;
    uint32_t *cells; /* NULL: block */
    uint32_t first_row, rows_per_channel, origin, pitch;
    /* Of cells[]: element c of position p is also cell (first_row + p*ceil(C/L))*L + c, and the cells behind
     * its last element, to the end of the row, hold 0. */
    bool by_position;
};

struct hcl_machine {
    uint32_t lanes;
    uint32_t weight_columns; /* m; 0: weights are counted only */
    uint32_t max_rows;
    struct hcl_program prog;       /* under construction: rows, sources, classes, tables, pool, blocks, .. */
    struct hcl_machine_more *more; /* growth bookkeeping, equalities, caches */
    hcl_status status;
    struct hcl_err err;
};

/** lanes 2..HCL_MAX_LANES. max_rows: error beyond. weight_columns up to HCL_MAX_WEIGHT_COLUMNS; 0: weights
 * are not kept, only their passes counted (hcl_machine_weight_rows): the machine makes no circuit. */
hcl_status hcl_machine_init(struct hcl_machine *m, uint32_t lanes, uint32_t weight_columns, uint32_t max_rows,
                            struct hcl_err *err);
void hcl_machine_clear(struct hcl_machine *m);
hcl_status hcl_machine_status(const struct hcl_machine *m, struct hcl_err *err);
/** Record a failure found by a gadget; the first one stays. */
void hcl_machine_fail(struct hcl_machine *m, hcl_status st, const char *fmt, ...) HCL_PRINTF(3, 4);

/** All rows until the next call belong to node `node` (HCL_NONE: none; its name is `name`) and are `what`
 *  ("weights", "outputs", "copy of input"); tensor: whose elements they hold, or HCL_NONE. For check's
 * messages, the layout table and the picture in the report. Strings are copied. */
void hcl_machine_region(struct hcl_machine *m, uint32_t node, const char *name, const char *what,
                        uint32_t tensor);

/* Tables. Equal tables are one. Ids are valid for hcl_row_spec. */
/** y = fn[q - lo] for q in [lo, hi]; fn NULL: y = q. Exactly these entries: the table is the range check. fn
 * is copied. */
uint32_t hcl_machine_fn(struct hcl_machine *m, int64_t lo, int64_t hi, const int64_t *fn);
/** The same where other rows already bound q to [lo, hi]: any table that has these entries may stand for it.
 */
uint32_t hcl_machine_fn_within(struct hcl_machine *m, int64_t lo, int64_t hi, const int64_t *fn);
/** r in [lo, hi]. */
uint32_t hcl_machine_range(struct hcl_machine *m, int64_t lo, int64_t hi);
/** The centred remainders of a division by s >= 1: [-floor(s/2), s - floor(s/2)). */
uint32_t hcl_machine_remainder(struct hcl_machine *m, int64_t s);

/* One row. Zero-initialise: { 0 } is a row without gates; fn and range matter only when lookups != 0.
 * - REG, lookups j, s > 0: rescale: q, r from the register, y = fn(q). y[j] must be HCL_SRC_NONE. r starts at
 * the low end of its range; in a range of more than s entries (then something else bounds r exactly) at 0.
 * - REG, otherwise: Y_j from y[j]; R_j the register; Q_j = 0 (with lookups and s = 0: fn must hold (0, Y_j)).
 * - no REG, no BLOCK: Y_j from y[j]; with lookups Q_j = Y_j, R_j = 0 (fn: the identity over the range to be
 * checked).
 * - BLOCK: Q, Y, R filled by the block. */
struct hcl_row_spec {
    uint16_t flags;
    uint32_t lookups;
    uint32_t fn, range;
    int64_t s, c0, c1, c2;
    hcl_src y[HCL_MAX_LANES];
    const struct hcl_cell *a1, *b; /* copied into A1 (rows without HY, HYT) and B; NULL: none (0) */
};
/** Y of lanes without a look-up is a copy of 0: so it is in the gaps of all linear blocks. */
void hcl_row_clear_gaps(const struct hcl_machine *m, struct hcl_row_spec *spec);
/** Append; returns the row's number. */
uint32_t hcl_machine_row(struct hcl_machine *m, const struct hcl_row_spec *spec);
/** The number the next row will get. */
uint32_t hcl_machine_next_row(const struct hcl_machine *m);

/** Pool entries for constants: copied, offset returned. Y cells that take them as sources must be tied to
 * weights. */
uint32_t hcl_machine_pool(struct hcl_machine *m, const int64_t *values, size_t n);
/** Append a pass over n cells: D = (cont ? D of the last weight row : 0) + by*sum_i t^i sum_d
 * 2^(HCL_DIGIT_BITS*d) values[d*n + i], d < m->prog.weight_digits. by: a Y, A0 or A1 cell. Returns the D cell
 * of its last row. */
struct hcl_cell hcl_machine_weights(struct hcl_machine *m, const int16_t *values, uint32_t n,
                                    struct hcl_cell by, bool cont);
/** A table whose entries are `count` rows of `width` weights (struct hcl_row_table); equal tables are one.
 * values is borrowed until the machine is finished, when the table's weight rows follow all others. node and
 * name: of the region of its rows. Returns its number. */
uint32_t hcl_machine_row_table(struct hcl_machine *m, uint32_t node, const char *name, const int16_t *values,
                               uint32_t count, uint32_t width);
/** Append rows that end with entry `index` (a Y cell) of a table of rows, which is the only thing that they
 * accept; the index is so shown to be one of 0..count-1. Returns the first of its width Y cells. */
uint32_t hcl_machine_lookup(struct hcl_machine *m, uint32_t table, uint32_t index);
/** So many weight rows are going to be appended: they take no memory twice. */
void hcl_machine_expect_weights(struct hcl_machine *m, uint32_t rows);
/** The number the next weight row will get. */
uint32_t hcl_machine_next_weight_row(const struct hcl_machine *m);
/** Weight rows that all passes so far take in `columns` columns; tables of rows, which begin behind the other
 * tables, included once the machine is finished. */
uint64_t hcl_machine_weight_rows(const struct hcl_machine *m, uint32_t columns);
/** Of them, those that add nothing: where other tables end behind the passes, tables of rows begin there. */
uint32_t hcl_machine_idle_weight_rows(const struct hcl_machine *m, uint32_t columns);
/** Passes of them, however many columns. */
uint64_t hcl_machine_weight_passes(const struct hcl_machine *m);
/** Copies of cells so far, that of each pass included, and every place of an input, though one of each
 * element's copies none. */
size_t hcl_machine_copies(const struct hcl_machine *m);
/** Append rows*L Y cells copying the list (Y cells; HCL_NONE: don't care, 0), L per row, n of them (the rest
 * don't care). Returns the first row. flags as wanted (HY, CONT1 is added from the second row on when HY is
 * set). */
uint32_t hcl_machine_copy_rows(struct hcl_machine *m, const uint32_t *cells, size_t n, uint16_t flags);
/** Append a list of Y cells for a DENSE block; returns its offset. */
uint32_t hcl_machine_list(struct hcl_machine *m, const uint32_t *cells, size_t n);
/** Source of a hint from `count` Y cells in a row (common/witness/program.h). The rows must prove it right.
 */
hcl_src hcl_machine_hint(struct hcl_machine *m, hcl_hint_kind kind, uint32_t cell, uint32_t count,
                         int64_t by);
hcl_src hcl_machine_hint_of(struct hcl_machine *m, const struct hcl_hint *hint);
/** Register a block whose rows (HCL_ROW_BLOCK) have just been or will next be appended. */
void hcl_machine_block(struct hcl_machine *m, const struct hcl_block *b);

/** Turn the gate HY on in existing rows [first, first + rows) as one pass, and return the A1 cell that holds
 *  sum_e Y_e s^(N-1-e), N = rows*L. The same pass asked for again is shared. If A1 is already used there
 *  otherwise, copy rows are appended and used instead. */
struct hcl_cell hcl_machine_hy(struct hcl_machine *m, uint32_t first, uint32_t rows);
/** The same with t for s. */
struct hcl_cell hcl_machine_hyt(struct hcl_machine *m, uint32_t first, uint32_t rows);

/** Two passes over existing rows at once: *values as hcl_machine_hyt, or with by_s as hcl_machine_hy, *totals
 * the B cell with sum_e (Y_e + t*Y_e^2). Copy rows are appended and used instead if A1 or B is already used
 * there otherwise. */
void hcl_machine_squares(struct hcl_machine *m, uint32_t first, uint32_t rows, bool by_s,
                         struct hcl_cell *values, struct hcl_cell *totals);

/** Append a DOT row: A0 = (cont ? A0[-1] : 0) + a*b; returns its A0 cell. a, b: Y, A0, A1, B or D cells of
 * earlier rows. */
struct hcl_cell hcl_machine_dot(struct hcl_machine *m, struct hcl_cell a, struct hcl_cell b, bool cont);
/** Append a row with 0 in B. Rows behind it with HCL_ROW_CARRY and, where an output channel ends,
 * HCL_ROW_GATHER then sum its A0 cells in t: after O channels B is sum_o t^(O-1-o) A0_o. */
void hcl_machine_start_sum(struct hcl_machine *m);
/** Copy constraint between two cells whose values are determined elsewhere. */
void hcl_machine_equal(struct hcl_machine *m, struct hcl_cell a, struct hcl_cell b);

/** Declare an input tensor of the program; returns the index of its first element for HCL_SRC_INPUT. */
uint32_t hcl_machine_input(struct hcl_machine *m, const char *name, uint32_t len, int64_t lo, int64_t hi);
/** Declare an output tensor: its Y cells in NHWC order. */
void hcl_machine_output(struct hcl_machine *m, const char *name, const uint32_t *cells, uint32_t len);
/** Append a public value: instance row (returned) = Y cell. */
uint32_t hcl_machine_public(struct hcl_machine *m, uint32_t ycell);

/** Whether a Y cell is a copy of 0. */
bool hcl_machine_is_zero(const struct hcl_machine *m, uint32_t cell);
/** Y cells holding 0 and 1 (use as sources, list entries and view cells freely). */
uint32_t hcl_machine_zero(const struct hcl_machine *m);
uint32_t hcl_machine_one(const struct hcl_machine *m);
/** A0 cell with s^e or t^e (built once by dot rows, then shared). e = 0: the one cell. */
struct hcl_cell hcl_machine_s_power(struct hcl_machine *m, uint64_t e);
struct hcl_cell hcl_machine_t_power(struct hcl_machine *m, uint64_t e);
/** A0 cell with the constant 2^e, e <= 62, in the same way; with -1; with 2^(HCL_DIGIT_BITS*d). */
struct hcl_cell hcl_machine_two_power(struct hcl_machine *m, uint32_t e);
struct hcl_cell hcl_machine_minus_one(struct hcl_machine *m);
struct hcl_cell hcl_machine_digit(struct hcl_machine *m, uint32_t d);

/* Sums as passes of weights count them (common/witness/spread.h), from sums in powers of t
 * (machine_spread.c).
 */
#define HCL_MAX_CUTS (HCL_MAX_DIGITS + 1)
/** The cells e, 0 first, where sums in t of the cells from there on are needed; returns how many. */
uint32_t hcl_spread_cuts(const struct hcl_spread *s, uint32_t at[HCL_MAX_CUTS]);
/** What those sums are multiplied by. */
void hcl_machine_cut_factors(struct hcl_machine *m, const struct hcl_spread *s,
                             struct hcl_cell out[HCL_MAX_CUTS]);
/** The sum of all cells: of sums[i] times the factors. */
struct hcl_cell hcl_machine_spread_sum(struct hcl_machine *m, const struct hcl_spread *s,
                                       const struct hcl_cell *sums);

/** Rows that so many cells take. */
static inline uint32_t hcl_rows_for(const struct hcl_machine *m, uint64_t cells)
{
    return (uint32_t)((cells + m->lanes - 1) / m->lanes);
}
static inline struct hcl_cell hcl_cell_y(const struct hcl_machine *m, uint32_t ycell)
{
    return (struct hcl_cell){ .row = ycell / m->lanes, .at = ycell % m->lanes };
}
static inline struct hcl_cell hcl_cell_at(uint32_t row, hcl_at at)
{
    return (struct hcl_cell){ .row = row, .at = at };
}
/** Y cell of element (y, x, c), of `lanes` lanes. */
static inline uint32_t hcl_view_cell_of(uint32_t lanes, const struct hcl_view *v, uint32_t y, uint32_t x,
                                        uint32_t c)
{
    if (v->cells)
        return v->cells[((size_t)y * v->w + x) * v->c + c];
    return (v->first_row + c * v->rows_per_channel) * lanes + v->origin + y * v->pitch + x;
}
static inline uint32_t hcl_view_cell(const struct hcl_machine *m, const struct hcl_view *v, uint32_t y,
                                     uint32_t x, uint32_t c)
{
    return hcl_view_cell_of(m->lanes, v, y, x, c);
}
/** Bit j: lane j of row `row` of each channel of a block view holds an element. */
uint32_t hcl_view_lanes(const struct hcl_machine *m, const struct hcl_view *v, uint32_t row);
/** A view with h*w*c cells to be set by the caller (memory of the machine; all cells 0 = one-cell on
 * failure). */
struct hcl_view hcl_machine_view(struct hcl_machine *m, uint32_t h, uint32_t w, uint32_t c);
/** One of elements that are there, of a tensor of these dimensions: those of a position in rows of their own,
 * one after the other from lane `origin` of the first on, position by position from row first_row on. */
struct hcl_view hcl_machine_view_positions(struct hcl_machine *m, const uint32_t dims[4], uint32_t first_row,
                                           uint32_t origin);
/** The cell lists of all views, which are the caller's to free from here on, each and the array. */
uint32_t **hcl_machine_take_views(struct hcl_machine *m, size_t *count);
/** The block view of the same cells, if they lie like one: each image in rows of its own, at equal distances.
 * Else the view itself. */
struct hcl_view hcl_view_simplified(const struct hcl_machine *m, const struct hcl_view *v);

#endif
