/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_WITNESS_WITNESS_INTERNAL_H
#define HCL_COMMON_WITNESS_WITNESS_INTERNAL_H

#include "common/witness/run.h"
#include "common/witness/team.h"

/** Every index of the program is inside its array and every source is earlier (program_check.c). `file` is
 * for messages. */
hcl_status hcl_program_check(const struct hcl_program *p, const char *file, struct hcl_err *err);

/** fn(q), or false when q is outside the table. */
static inline bool hcl_fn_value(const struct hcl_fn_table *t, int64_t q, int64_t *y)
{
    if ((uint64_t)q - (uint64_t)t->lo >= t->len) /* wraps below lo */
        return false;
    *y = t->values ? t->values[q - t->lo] : q;
    return true;
}

/** Of `count` cells of a block, from `cell` on: z[i*step] = S*q + r, S of its row's class, r from -floor(S/2)
 * on; y = fn(q) where it is looked up, else 0. The first one whose q left its table, or count. Sums may wrap
 * for a program that no compiler made; they never trap. */
size_t hcl_block_store(const struct hcl_program *p, const struct hcl_cells *cells, size_t cell,
                       const int64_t *z, size_t step, size_t count);
/** What cell `cell` of a block holds for the sum z: false, and 0, if its quotient is outside its table. */
bool hcl_sum_value(const struct hcl_program *p, size_t cell, int64_t z, int64_t *y);
/** Its quotient and remainder, in row `row`. */
void hcl_sum_divide(const struct hcl_program *p, uint32_t row, int64_t z, int64_t *q, int64_t *r);
/** The failure of a block whose output `channel` at `position` left its table: HCL_BAD_INPUT. */
hcl_status hcl_block_out_of_range(const struct hcl_program *p, const struct hcl_block *b, size_t channel,
                                  int64_t position, struct hcl_err *err);

/* Where the sums of a block's outputs belong: sum i < each of output o is that of cell first + o*by_output +
 * i*by_sum. Either by_sum is 1, outputs have whole rows and follow each other; or by_output is 1, and sums of
 * one output are `rows` rows apart. */
struct hcl_grid {
    size_t first, by_output, by_sum, each;
    uint32_t rows;
};
/** What this rank's outputs are quotient and remainder of, z [output][each], into the cells of all ranks of a
 * team that hold few Q and R (deliver.c): Y everywhere, Q and R where they are held. SCORES: what
 * hcl_scores_shift has set is told, too. Collective; st: what became of this rank's part. A quotient that is
 * outside its table fails on all ranks alike; other failures before anything is sent are agreed on and end
 * the team's work, later ones are this rank's, to be agreed on next. */
hcl_status hcl_outputs_deliver(const struct hcl_outputs *o, hcl_status st, const struct hcl_program *p,
                               const struct hcl_block *b, const struct hcl_grid *g, struct hcl_cells *cells,
                               const int64_t *z, struct hcl_err *err);
/** Bytes of the widest integer whose bits, or whose complement's where it is negative, are among these. */
int hcl_bytes_of(uint64_t most);
/** Bytes of the widest of z, `least` at least. */
int hcl_bytes_of_all(const int64_t *z, size_t count, int least);
/** Whether all ranks of the team make the outputs of blocks of this kind together. */
static inline bool hcl_block_is_shared(const struct hcl_block *b)
{
    return b->kind != HCL_BLOCK_SCALE && b->kind != HCL_BLOCK_LOOKUP && b->kind != HCL_BLOCK_PICK;
}

/** Whether this rank holds Q and R of a lane in all rows. */
bool hcl_witness_has_lane(const struct hcl_witness *w, uint32_t lane);

/* A block of the kind ROWS (rows.c), as hcl_block_run. */
hcl_status hcl_rows_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                        struct hcl_witness_team *team, struct hcl_err *err);
/* A block of the kind SCALE (scale.c), as hcl_block_run. */
hcl_status hcl_scale_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                         struct hcl_err *err);

/* Of a block of the kind SCORES (scores.c), outputs mine[0 .. outputs), or if that is NULL 0 .. outputs - 1,
 * whose sums are z [output][position]: sets their largest scores and takes them, and what masks take, from z.
 */
void hcl_scores_shift(const struct hcl_program *p, const struct hcl_block *b, const struct hcl_cells *cells,
                      const uint32_t *mine, uint32_t outputs, int64_t *z);
/* A block of the kind PICK (pick.c), as hcl_block_run. */
hcl_status hcl_pick_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                        struct hcl_err *err);
/* Blocks of the kind LOOKUP (lookup.c): b[0..count), which can be run together; ranks exchange once. */
hcl_status hcl_lookup_run(const struct hcl_program *p, const struct hcl_block *b, uint32_t count,
                          struct hcl_cells *cells, struct hcl_witness_team *team, struct hcl_err *err);
/** How many blocks from this one on can be run at once: look-ups in one table whose indices are in rows above
 * all of them; 1 for other kinds. */
uint32_t hcl_lookups_together(const struct hcl_program *p, uint32_t block);
/** The row where the entry that the block's cells hold is looked up; SIZE_MAX: they hold none. */
size_t hcl_lookup_entry(const struct hcl_program *p, const struct hcl_block *b,
                        const struct hcl_cells *cells);
/** Column E: the sum in t of each entry of the tables of rows, at hcl_row_table_end; out is 0 elsewhere, and
 * NULL on ranks that do not want it. Collective; wanted: by rank. */
hcl_status hcl_lookup_sums(const struct hcl_witness *w, const bool *wanted, const hcl_fr *t, hcl_fr *out,
                           int threads, struct hcl_err *err);
/** H_0 in the last row of each block: 1/(tag*(beta + tag + theta*number + theta^3*sum in t)). And if step is
 * there 1/(..) without the tag is added to it, of the look-ups that are this rank's. */
void hcl_lookup_helpers(const struct hcl_witness *w, const hcl_fr *challenges, hcl_fr *h0, hcl_fr *step);

/* Field columns (wide.c). out: n zeroed elements each, NULL: not wanted. */
struct hcl_wide_columns {
    hcl_fr *h[HCL_MAX_LANES];
    hcl_fr *phi, *a0, *a1, *b, *u, *d, *e;
};
/** Collective with a team. */
hcl_status hcl_wide_fill(const struct hcl_witness *w, const hcl_fr *challenges,
                         const struct hcl_wide_columns *out, int threads, struct hcl_err *err);
/* Columns that take more than their own lane: what a rank wants of them. */
enum { HCL_WANT_A0, HCL_WANT_A1, HCL_WANT_B, HCL_WANT_U, HCL_WANT_D, HCL_WANT_PHI, HCL_WANT_E, HCL_WANTS };
#define HCL_ACCUMULATORS (HCL_WANT_D + 1)
/* A0, A1, B, U, D of them (accumulators.c). */
struct hcl_accumulators;
/** owner: of each, by HCL_WANT_*; HCL_NONE: nobody. challenges: borrowed. Collective with a team, and a
 * failure is one of all: ranks add up rows and weight columns of their own; then the owner of D puts together
 * what they have, for which the others do not wait. On failure *out = NULL. */
HCL_MUST_CHECK hcl_status hcl_accumulators_begin(struct hcl_accumulators **out, const struct hcl_witness *w,
                                                 const uint32_t *owner, const hcl_fr *challenges, int threads,
                                                 struct hcl_err *err);
/** To the columns of `out`. Collective. */
void hcl_accumulators_finish(struct hcl_accumulators *a, const struct hcl_wide_columns *out);
/** NULL is fine. */
void hcl_accumulators_clear(struct hcl_accumulators *a);

/* Weight rows in stretches (stretches.c): rows that go on with one pass, of one stage, one rank and up to
 * HCL_STRETCH of them; D is copied from the last one alone. So D grows by U of the first row times the sum of
 * t^(m*i) sum_j t^j W_j over its rows i, which is known before any U. */
#define HCL_STRETCH 512
struct hcl_stretches {
    const struct hcl_program *prog;
    uint32_t *first;   /* [count + 1]: weight rows; the last is all of them */
    uint32_t *of_rank; /* [ranks + 1]: rank r's are of_rank[r] .. of_rank[r + 1] - 1 */
    uint32_t count;
    hcl_fr power[HCL_STRETCH + 1]; /* of t^m */
    int threads;
};
HCL_MUST_CHECK hcl_status hcl_stretches_init(struct hcl_stretches *s, const struct hcl_program *p,
                                             const struct hcl_witness_team *team, const hcl_fr *t,
                                             int threads, struct hcl_err *err);
void hcl_stretches_clear(struct hcl_stretches *s);
/** What D grows by for U = 1 over each of the stretches [from, to), whose rows have the sums `sum`. */
void hcl_stretches_values(hcl_fr *value, const struct hcl_stretches *s, uint32_t from, uint32_t to,
                          const hcl_fr *sum);
/** start: U of first rows, where there are copies; end: D of last rows, both of all stretches. Those of
 * stretches from `from` on and of rows below `rows`, in order; the number of the next one. */
uint32_t hcl_stretches_run(const struct hcl_stretches *s, hcl_fr *start, hcl_fr *end, const hcl_fr *value,
                           uint32_t from, uint32_t rows);
/** U and D of the rows of stretches [from, to), of which start has the first U; before: D in front of them.
 */
void hcl_stretches_fill(hcl_fr *u, hcl_fr *d, const struct hcl_stretches *s, uint32_t from, uint32_t to,
                        const hcl_fr *start, const hcl_fr *before, const hcl_fr *sum);
/** The stretch that ends with this row; near: any, from which it is looked for onwards. */
uint32_t hcl_stretches_ending(const struct hcl_stretches *s, uint32_t row, uint32_t near);

/** out[j] = sum_i t^i W_i in weight row first + j, j < rows, over the columns that are this rank's: of a
 * team's those it owns, else all. */
hcl_status hcl_weight_combine(hcl_fr *out, const struct hcl_program *p, const struct hcl_witness_team *team,
                              const hcl_fr *t, size_t first, size_t rows, int threads, struct hcl_err *err);

#endif
