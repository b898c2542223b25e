/* SPDX-License-Identifier: Apache-2.0 */
/* The witness program: everything a rank needs to compute the advice columns of a lane-machine circuit
 * (docs/arithmetization.md) from the quantised inputs, without the compiler. Rows are executed in order; a
 * source cell always lies in an earlier row, except inside a block, which one call fills as a whole.
 *
 * Small cells (Q, Y, R) are int64. The compiler bounds every one of them below 2^62 in absolute value.
 * Weights are in columns of their own, m to a weight row, each of their cells up to HCL_MAX_DIGITS 16-bit
 * integers (common/witness/spread.h).
 * Immutable once built or read, then shareable between threads. */
#ifndef HCL_COMMON_WITNESS_PROGRAM_H
#define HCL_COMMON_WITNESS_PROGRAM_H

#include "common/io/reader.h"
#include "common/poly/compact.h"
#include "common/sys/status.h"
#include "common/witness/spread.h"
#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HCL_MAX_LANES 32
#define HCL_MAX_WEIGHT_COLUMNS 4096
#define HCL_NONE UINT32_MAX

/** Bits 0 .. n - 1, n <= HCL_MAX_LANES. */
static inline uint32_t hcl_lanes_below(uint32_t n)
{
    return n < 32 ? ((uint32_t)1 << n) - 1 : UINT32_MAX;
}

/* A Y cell is its index row*lanes + lane, below 2^32 - 1. Any copyable cell: */
typedef enum {
    HCL_AT_Y = 0 /* .. lanes-1 */,
    HCL_AT_A0 = HCL_MAX_LANES,
    HCL_AT_A1,
    HCL_AT_B,
    HCL_AT_U, /* of a weight row */
    HCL_AT_D, /* of a weight row */
    HCL_AT_INSTANCE
} hcl_at;
struct hcl_cell {
    uint32_t row;
    uint32_t at; /* lane, or HCL_AT_A0.. */
};

/* Where a Y cell gets its value. Three top bits: kind; the rest: index. 0 means "computed by the row, or 0".
 */
typedef uint64_t hcl_src;
#define HCL_SRC_NONE ((hcl_src)0)
#define HCL_SRC_CELL ((hcl_src)1 << 61)  /* | Y cell index: a copy */
#define HCL_SRC_INPUT ((hcl_src)2 << 61) /* | index into the concatenated inputs */
#define HCL_SRC_POOL ((hcl_src)3 << 61)  /* | index into the constants pool */
#define HCL_SRC_ABOVE ((hcl_src)4 << 61) /* R_j of the row above; the gates must tie it */
#define HCL_SRC_HINT ((hcl_src)5 << 61)  /* | index into hints; the gates must tie it */
#define HCL_SRC_KIND(s) ((s) & ((hcl_src)7 << 61))
#define HCL_SRC_INDEX(s) ((size_t)((s) & ~((hcl_src)7 << 61)))

/* Gates on in a row. */
enum {
    HCL_ROW_REG = 1 << 0,      /* R_j + S*Q_j = c0*R_j[-1] + c1*Y_j + c2*R_j[-1]*Y_j; from lane `registers`
                                  on without the register above: = c1*Y_j */
    HCL_ROW_HZ = 1 << 1,       /* A0 = X + sum_j s^(L-1-j) (S*Q_j + R_j),  X = cont */
    HCL_ROW_HT = 1 << 2,       /* A0 = X + sum_j t^(L-1-j) (S*Q_j + R_j):  HZ with t for s */
    HCL_ROW_DOT = 1 << 3,      /* A0 = X + A1*B */
    HCL_ROW_HY = 1 << 4,       /* A1 = (CONT1: A1[-1]*s^L) + sum_j s^(L-1-j) Y_j */
    HCL_ROW_CONT0 = 1 << 5,    /* X = A0[-1] times s^L (HZ), t^L (HT), 1 (DOT) */
    HCL_ROW_CONT1 = 1 << 6,    /* A1 (HY, HYT) and B (SUM, SQUARES) go on from the row above */
    HCL_ROW_BLOCK = 1 << 7,    /* Q, Y, R are filled by the block that starts at or before this row */
    HCL_ROW_HYT = 1 << 8,      /* HY with t for s; a row has one of the two */
    HCL_ROW_SUM = 1 << 9,      /* B = (CONT1: B[-1]) + sum_j Y_j */
    HCL_ROW_SQUARES = 1 << 10, /* B = (CONT1: B[-1]) + sum_j (Y_j + t*Y_j^2); a row has one of the two */
    HCL_ROW_CARRY = 1 << 11,   /* B = B[-1] */
    HCL_ROW_GATHER = 1 << 12,  /* B = t*B[-1] + A0; of the four that set B a row has one, and no DOT */
};

/* How a weight row goes on from the one above; always D = X + U*sum_i t^i W_i, W_i with all its digits. */
enum {
    HCL_WEIGHTS_START = 0, /* X = 0, U is a copy */
    HCL_WEIGHTS_NEXT = 1,  /* X = D[-1], U is a copy: another pass of the same sum */
    HCL_WEIGHTS_MORE = -1  /* X = D[-1], U = U[-1]*t^m: more weights of the same pass */
};

/* What rows share; a row names its class. */
struct hcl_row_class {
    int64_t s, c0, c1, c2;
    uint32_t fn;    /* index of a function table; HCL_NONE: no look-ups in rows of this class */
    uint32_t range; /* index of a remainder range; HCL_NONE if fn is, and only then */
};

struct hcl_row {
    uint32_t cls;
    uint32_t lookups; /* bit j: K_j = 1 */
    uint16_t flags;
};

/* y = fn(q) for q in [lo, lo + len): table rows (tag, q, y). values == NULL: the identity. */
struct hcl_fn_table {
    int64_t lo;
    uint32_t len;
    uint32_t tag;       /* distinct and non-zero over functions and ranges */
    uint32_t table_row; /* of its first entry in TT, TQ, TY */
    int64_t *values;    /* owned */
};
/* r in [lo, lo + len): table rows (tag, r, 0). */
struct hcl_range {
    int64_t lo;
    uint32_t len;
    uint32_t tag, table_row;
};

/* A table whose entries are rows of weights: entry o < count, the `width` weights of the pass in weight rows
 * [first + o*rows, .. + rows), last weight first, by a cell that holds 1; so D of its last row is the entry's
 * sum, which column E repeats there for the look-up argument: (tag, o, 0, E). No other table has those rows.
 */
struct hcl_row_table {
    uint32_t first, count, width;
    uint32_t digits; /* of its passes: 1, or those of all weights */
    uint32_t tag;    /* distinct from those of functions and ranges */
};

/* A block of linear outputs computed by one integer kernel (common/witness/conv.c, scale.c), rows
 * [out_row, out_row + out_channels*out_rows). Each output is z = S*q + r (S, function and range of its row's
 * class; lanes with K_j = 1 are valid outputs; lanes with K_j = 0 are garbage whose S*q + r must still be
 * right). */
typedef enum {
    HCL_BLOCK_CONV = 1,
    HCL_BLOCK_DENSE = 2,
    HCL_BLOCK_DEPTHWISE = 3,
    HCL_BLOCK_PRODUCT =
        4, /* CONV of one tap whose kernel is in Y cells: a product of two computed matrices */
    HCL_BLOCK_SCALE =
        5, /* z = factor*x + shift or x - shift, elements of some rows by the same cells; or a mask's too */
    HCL_BLOCK_LOOKUP = 6, /* an entry of a table of rows */
    HCL_BLOCK_ROWS = 7,   /* CONV of one tap whose outputs lie by position */
    HCL_BLOCK_PICK = 8,   /* the first of the largest elements of a vector */
    HCL_BLOCK_SCORES = 9  /* PRODUCT less the largest element of each output */
} hcl_block_kind;
struct hcl_block {
    uint32_t kind;
    uint32_t label; /* node, for messages */
    /* CONV, DEPTHWISE, PRODUCT: input channel i, element e < in_rows*L is Y cell (in_row + i*in_stride)*L +
     * e. Output channel o reads the `group` channels from (o / (out_channels / (in_channels / group)))*group
     * on: group = in_channels for a convolution and a product, 1 for a depthwise one. */
    uint32_t in_row, in_rows, in_stride, in_channels, group;
    /* DENSE: inputs are the Y cells lists[in_list .. in_list + in_channels). */
    uint32_t in_list;
    /* Output channel o, position p is cell (out_row + o*out_rows + front_rows)*L + p, p >= -front_rows*L.
     * DENSE: one channel of out_w outputs, which are its last positions; out_channels = 1. */
    uint32_t out_row, out_rows, out_channels, front_rows;
    uint32_t kernel_h, kernel_w, gap_y, gap_x, pitch; /* tap (dy, dx) reads element p + dy*(gap_y + 1)*pitch +
                                                        dx*(gap_x + 1) */
    uint32_t origin, out_h, out_w;                    /* valid p = origin + y*pitch + x - front_rows*L */
    /* The passes that hold the kernel, as hcl_block_spread says: lists[passes ..] has their first weight
     * rows. CONV: [in_channels][kh][kw]. DEPTHWISE: [out_channels][group][kh][kw] passes of one weight.
     * HCL_NONE: a tap that does not exist. DENSE, ROWS: [in_channels]. Limb k < limbs of a weight, worth
     * 2^(16k), is k*ceil(length/m) rows below. */
    uint32_t passes, limbs;
    uint32_t bias; /* pool offset: [O]; HCL_NONE: none */
    /* PRODUCT: weight o of input channel i is Y cell (kernel_row + i*kernel_stride)*L + kernel_origin + o; no
     * passes, no bias. */
    uint32_t kernel_row, kernel_stride, kernel_origin;
    /* SCORES: as PRODUCT, z = S*(m_o + res_at*(k - a_o)) + S*q + r, k the Y cells from lists[in_list + o] on.
     * m_o and a_o are Y cells factor + o and shift + o of rows before the block, which it sets: a_o is 1
     * where k is 1 in all cells of output o that are looked up, and m_o - res_at*a_o the largest x - res_at*k
     * of them, S*x + r the product's; 0 where none is. res_at = 0: there are no k and a_o. */
    /* LOOKUP: of row table in_row, the entry whose number is in Y cell `factor`, is in the last out_w cells
     * of the rows; the ones before are 0. In row res_row, the last one or with several digits a later one, A1
     * has their sum, B is a copy of the number, and H_0 shows that both are an entry. out_channels = 1. */
    /* PICK: of the out_w elements x_e from Y cell in_row*L on, the first of the largest (limbs = 2: least)
     * that no earlier block picked; lists[in_list .. + in_channels) has the out_row of those. in_rows rows of
     * q_e = |x_picked - x_e| + 2^res_bits [picked earlier] - [e before it] - [e is it], y_e = fn(q_e) = [e is
     * it]; in_rows rows of Y = [e before it]; a row whose first two Y cells are its value and its number.
     * out_channels = 1. */
    /* SCALE: factor and shift are Y cells (no shift, HCL_NONE: 0; no factor: z = x - shift). Element e <
     * in_rows*L, of the Y cell in_row*L
     * + e, is z in cell out_row*L + e; y is 0 without a look-up, and from out_w on there are none. limbs = 1:
     * out_rows = in_rows. limbs = 2: out_rows = 2*in_rows; the first half holds q and r = 0, the second r =
     * S'*q' + r', S' of its class, r' in [0, S'), y = fn(q') likewise. res_at times Y cell res_row*L + e is
     * part of its shift, res_rows = in_rows, or with res_rows = 0 constant pool[res_row + e]; res_at = 0:
     * nothing is. */
    uint32_t factor, shift;
    /* ROWS: inputs as CONV's; position p < out_channels reads element origin + p of each channel. Its output
     * o < out_w is cell (out_row + p*out_rows)*L + o, the cells behind them hold 0. Bias [out_w]. 2^res_bits
     * times Y cell (res_row + p*res_stride)*L + o is added; res_rows = out_rows, or 0: nothing is. */
    /* CONV, DEPTHWISE: 2^res_bits times Y cell (res_row + o*res_stride)*L + e is added to output o at
     * position res_at + e - front_rows*L, e < res_rows*L. res_rows = 0: nothing is. res_at = HCL_NONE: the
     * o-th of the last out_channels cells of rows [res_row, .. + res_rows) is added to output o at every
     * position. */
    uint32_t res_row, res_rows, res_stride, res_at, res_bits;
};

/** Whether its kernel is in Y cells. */
static inline bool hcl_block_is_product(const struct hcl_block *b)
{
    return b->kind == HCL_BLOCK_PRODUCT || b->kind == HCL_BLOCK_SCORES;
}

/* A block is nothing but 32-bit words, which is how it is written and read. */
#define HCL_BLOCK_WORDS (sizeof(struct hcl_block) / sizeof(uint32_t))

/* Of the Y cells x_0 = cell .. cell + count - 1; what does not fit 62 bits is given as 0. */
typedef enum {
    HCL_HINT_MAX,      /* the largest x_i - by*y_i, y_0 the Y cell `other`; x_i where by is 0 */
    HCL_HINT_SUM,      /* their sum */
    HCL_HINT_SQUARES,  /* the sum of their squares */
    HCL_HINT_QUOTIENT, /* floor((2*by + x_0) / (2*x_0)): by/x_0, rounded */
    HCL_HINT_ROOT,     /* floor(sqrt(x_0)) */
    HCL_HINT_DIVIDE,   /* floor((R + floor(by/2)) / by), R of the row above; no cells */
    HCL_HINT_FLOOR,    /* floor(R / (by*x_0)), R of the row above */
    HCL_HINT_SQUARE,   /* floor(sqrt(R))^2, R of the row above; no cells */
    HCL_HINT_KINDS
} hcl_hint_kind;
struct hcl_hint {
    uint32_t kind, cell, count, other;
    int64_t by;
};

struct hcl_program_input {
    char *name;
    uint32_t len; /* elements, in NHWC order; concatenated in this order */
    int64_t lo, hi;
};
/* An output tensor as Y cells in NHWC order: lists[list .. list + len). */
struct hcl_program_output {
    char *name;
    uint32_t list, len;
};
/* Copy into an A1, B or U cell (phase 1), in the order of the stages. */
struct hcl_wide_copy {
    struct hcl_cell to, from;
};
/* Rows and weight rows share the circuit's rows, but phase 1 needs an order of its own: stage by stage, first
 * the rows up to `rows`, then the weight rows up to `weight_rows`. What they copy is earlier in this order.
 */
struct hcl_stage {
    uint32_t rows, weight_rows;
};
struct hcl_label {
    uint32_t first_row; /* up to the next label */
    char *text;         /* node and what the rows are, for messages */
};

struct hcl_program {
    struct hcl_row *rows;
    hcl_src *sources; /* num_rows*lanes */
    struct hcl_row_class *classes;
    struct hcl_fn_table *fns;
    struct hcl_range *ranges;
    struct hcl_row_table *row_tables; /* in the order of their weight rows, which are behind table_rows */
    int64_t *pool;                    /* biases and other constants that Y cells hold */
    const int16_t **weights;          /* by weight column: [digit][weight row]; NULL: not on this rank */
    int16_t *own_weights;             /* where they are, unless they are cells of the circuit's columns */
    int8_t *weight_steps;             /* by weight row */
    struct hcl_stage *stages;         /* the last one ends all rows */
    uint32_t *lists;                  /* Y cells */
    struct hcl_block *blocks;         /* by out_row */
    struct hcl_hint *hints;
    struct hcl_wide_copy *wide;
    struct hcl_program_input *inputs;
    struct hcl_program_output *outputs;
    uint32_t *instance;       /* instance row -> Y cell */
    struct hcl_label *labels; /* by first_row */
    size_t pool_len, lists_len;
    uint32_t lanes, k;
    uint32_t registers;      /* lanes from 0 on in which rows go on with the register above */
    uint32_t weight_columns; /* m >= 1 */
    uint32_t weight_digits;  /* 1 .. HCL_MAX_DIGITS */
    bool private_weights;    /* the weight columns are advice columns */
    uint32_t num_rows;       /* rows in use; all further rows are zero */
    uint32_t num_weight_rows, num_stages;
    uint32_t num_classes, num_fns, num_ranges, num_row_tables, num_blocks, num_hints, num_wide, num_inputs,
        num_outputs;
    uint32_t num_instance, num_labels;
    uint32_t table_rows;
};

void hcl_program_clear(struct hcl_program *p);

/** Where an entry's weights are: number e is element width - 1 - e. */
struct hcl_spread hcl_row_table_spread(const struct hcl_program *p, const struct hcl_row_table *t);
/** Cells of an entry's pass. */
uint32_t hcl_row_table_length(const struct hcl_program *p, const struct hcl_row_table *t);
/** Weight rows of an entry. */
static inline uint32_t hcl_row_table_rows(const struct hcl_program *p, const struct hcl_row_table *t)
{
    return (hcl_row_table_length(p, t) + p->weight_columns - 1) / p->weight_columns;
}
/** The row with an entry's sum, where it is looked up. */
static inline uint32_t hcl_row_table_end(const struct hcl_program *p, const struct hcl_row_table *t,
                                         uint32_t entry)
{
    return t->first + (entry + 1) * hcl_row_table_rows(p, t) - 1;
}
/** Rows up to the last one that anything is looked up in. */
static inline uint32_t hcl_program_lookup_rows(const struct hcl_program *p)
{
    const struct hcl_row_table *last = p->num_row_tables ? &p->row_tables[p->num_row_tables - 1] : NULL;
    return last ? hcl_row_table_end(p, last, last->count - 1) + 1 : p->table_rows;
}

typedef enum { HCL_PROGRAM_WHOLE, HCL_PROGRAM_NO_WEIGHTS } hcl_program_extent;
/** Self-contained bytes, with or without the weights; *out from malloc. */
HCL_MUST_CHECK hcl_status hcl_program_write(const struct hcl_program *p, hcl_program_extent extent,
                                            uint8_t **out, size_t *len, struct hcl_err *err);
/** Feed the same bytes to a hash, without memory for them. */
void hcl_program_hash(const struct hcl_program *p, hcl_program_extent extent,
                      crypto_generichash_state *state);
/** Reads the whole rest of `in`. Every index, count and order the runner relies on is checked: a program that
 * was read can be run without running out of bounds, once it has its weights (weights is NULL where they were
 * left out). HCL_BAD_INPUT names field and offset. */
HCL_MUST_CHECK hcl_status hcl_program_read(struct hcl_program *out, struct hcl_reader *in,
                                           struct hcl_err *err);

/** Label of the rows around `row`; "" if none. */
const char *hcl_program_label(const struct hcl_program *p, uint32_t row);

/** The weight columns, one after the other, as `weights`: own_weights, which is set. */
HCL_MUST_CHECK hcl_status hcl_program_own_weights(struct hcl_program *p, struct hcl_err *err);
/** Of the circuit's columns that hold the same weights, one for each weight column, those that are there are
 * used instead of own ones. They must stay as long as the program; one without cells is not on this rank. */
HCL_MUST_CHECK hcl_status hcl_program_borrow_weights(struct hcl_program *p, const struct hcl_compact *columns,
                                                     struct hcl_err *err);
/** Where the weights of a block's outputs are in a pass; output o is number count - 1 - o. */
struct hcl_spread hcl_block_spread(const struct hcl_program *p, const struct hcl_block *b);
/** One digit of a weight column that is on this rank, by weight row. */
static inline const int16_t *hcl_weight_column(const struct hcl_program *p, uint32_t column, uint32_t digit)
{
    return p->weights[column] + (size_t)digit * p->num_weight_rows;
}
/** Weight e of a pass that starts in weight row `row`, put together from its limbs. */
int64_t hcl_program_weight(const struct hcl_program *p, uint32_t row, uint32_t limbs,
                           const struct hcl_spread *spread, uint32_t e);

/* The small cells, one array of num_rows*lanes per kind, indexed by Y cell index. A rank that has use for few
 * lanes (common/witness/team.h) has their Q and R in lane_q[j] and lane_r[j], by row, and of blocks that
 * ranks share q and r only in its rows. */
struct hcl_cells {
    int64_t *q, *y, *r;
    int64_t *lane_q[HCL_MAX_LANES], *lane_r[HCL_MAX_LANES]; /* NULL: in q and r, if anywhere */
};

/* One lane's cells: that of a row is at[row*step]. */
struct hcl_lane {
    const int64_t *at;
    size_t step;
};
static inline struct hcl_lane hcl_cells_lane(int64_t *const *of_lanes, const int64_t *all, uint32_t lane,
                                             uint32_t lanes)
{
    return of_lanes[lane] ? (struct hcl_lane){ of_lanes[lane], 1 } : (struct hcl_lane){ all + lane, lanes };
}

struct hcl_witness_team; /* common/witness/team.h */

/** Fill the cells of a block of any kind but LOOKUP (common/witness/conv.c), with a team (else NULL)
 * together. Everything it reads is already there. HCL_BAD_INPUT: an output's quotient is outside its function
 * table; the message names the block's label, channel and position. */
HCL_MUST_CHECK hcl_status hcl_block_run(const struct hcl_program *p, const struct hcl_block *b,
                                        struct hcl_cells *cells, struct hcl_witness_team *team,
                                        struct hcl_err *err);

#endif
