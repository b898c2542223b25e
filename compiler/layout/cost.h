/* SPDX-License-Identifier: Apache-2.0 */
/* What a layout costs to prove: how often each phase of a proof transforms and commits, which follows exactly
 * from the shape of the circuit, and from that its time and memory. With n = 2^k rows, L lanes, m weight
 * columns, digits counted (M private ones of advice), C cosets, P permutation columns, Z products, F fixed
 * columns of which three, of the tables, and the weights (from two on) are linear, c = rows * L small cells:
 *
 *   inference          (CELL_STORE + CELL_COUNT)*c + GATHER*bytes of shared outputs; on ranks that have use
 *                      for at most half of the lanes CELL_VALUE*c, and CELL_STORE for their rows and lanes
 *                      + RUN_WEIGHT*weight rows*m + RUN_MACS*multiplications of the model
 *   judge              JUDGE_CELL*c + JUDGE_MOVE*elements made everywhere + JUDGE_GATHER*elements gathered
 *                      + JUDGE_WINDOW*elements of windows
 *                      + JUDGE_WEIGHT*weight rows*m + JUDGE_MACS*multiplications
 *   witness            (CELL_HELPER + CELL_SUM)*c + (ROW_SUM + ROW_END)*rows + TABLE_ROW*table rows
 *                      + FRESH*(n*(L + 6) + 4*rows), FRESH_SMALL where columns are short
 *                      + WEIGHT_ROW*weight rows that add anything + (WEIGHT_FILL + WEIGHT_LIST)*weight rows
 *                      + PASS_END*passes of weights + WEIGHT_CELL*weight rows*m
 *   commit advice      (SMALL_CELL*rows + SMALL_COLUMN)*(3 L + 1) + SMALL*n*private columns
 *                      + of helpers and wide columns MSM of rows with something of their own
 *                        (struct hcl_own_rows)
 *   products           PRODUCT*n*P
 *   commit products    of each MSM of the rows that change it, and a hundredth of one for every other row
 *   random polynomial  RANDOM*n
 *   coefficients       n*ntt*transforms + EXPANDED*n*columns of integers, ntt = NTT*k + NTT_ROW
 *   quotient           n*(ntt + APART) for each column and coset, with FRESH*n for each the first time
 *                      + (COSET + COSET_SET)*n*C + (ntt + LINEAR_ROW)*n*2
 *                      + LINEAR*n*m + LISTED*random rows*m
 *                      + MUL*n*C*(17 L + 3 P + 55 + 11 with tables of rows + GROUP*(groups - 1))
 *                      + C pieces
 *   commit quotient    MSM*n*C
 *   evaluate           EVALUATE*n*queries + EXPAND*n*F + LAGRANGE*n + LINEAR_EVALUATE*n*m
 *                      + LISTED*random rows*m
 *   open               COMBINE*n*columns + OPEN*n + (ntt + OPEN_SUM + LINEAR_ROW)*n + LINEAR_OPEN*n*m
 *                      + LISTED*random rows*m
 *   commit opening     2*MSM*n
 *
 * Where columns are made and committed it is the rows in use that count: what a circuit leaves empty costs
 * next to nothing. Where they are polynomials all n do.
 *
 * MSM, for a full-size scalar of its own, is MSM_BITS/k*(1 + MSM_BUCKETS/n): the number of windows falls as
 * buckets grow. A rank of r makes helpers and fills pages (CELL_HELPER, FRESH) of the columns that it has and
 * does a part of all else but CELL_STORE, GATHER, CELL_VALUE, JUDGE_MOVE, JUDGE_GATHER, JUDGE_WINDOW,
 * ROW_END, WEIGHT_LIST, PASS_END, COSET_SET, until its factors are kept (HCL_KEPT_FACTORS_RANKS), and
 * LINEAR_ROW of sums over ranks, adds up what others give it of these (SUMMAND), does its rows of transforms
 * by all ranks (ntt + TOGETHER), commits to its pieces of vectors (common/halo2/pieces.h), which are shorter,
 * and besides copies what stays of columns that move (EXCHANGE); on cosets nothing does if all ranks are on
 * one node. Rank 0 alone does those products of the judge that are
 * not shared. Ranks of a node share its memory: what is bound by it takes BESIDE times as long, and columns
 * on cosets lie in small pages (FRESH_WINDOW), which are there from the key on if its cosets are kept.
 *
 * What moves is counted, too: columns that go from owners to row blocks or back, n/r*(1 - 1/r) elements each
 * and rank; sums of all ranks' vectors, n*(1 - 1/r) each; what each rank tells all others.
 *
 * The constants, all here, are CPU times of one thread on the reference machine (two cores of an AMD Zen 4,
 * IFMA kernels, huge pages on request), fitted to the least of several runs of eleven models (two CNNs, a
 * keyword spotter, transformers, recommenders, a perceptron) in layouts from k = 13 to 18 with 2 to 24 lanes,
 * on one rank and on two of one thread, with nothing else on the machine: `scripts/measure --predicted`
 * compares them. For choosing between layouts only their ratios matter; what people are told is scaled to the
 * machine at hand (coordinator/cli/speed.h).
 *
 * Memory is the largest sum of buffers that a rank holds at once (common/sys/mem.h), while the quotient or
 * the opening is made: SRS, key (sigmas, cosets if they are kept, fixed columns compact), integers of the
 * witness, the proof's columns as coefficients or compact, their values on one coset, all or a group of them,
 * the quotient. Where it does not fit, the model chooses what to save (common/halo2/savings.h), and the
 * prover does that. Key generation and compiling hold less; `compile` says what it held itself. */
#ifndef HCL_COMPILER_LAYOUT_COST_H
#define HCL_COMPILER_LAYOUT_COST_H

#include "common/halo2/savings.h"
#include "common/sys/status.h"
#include "common/witness/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HCL_COST_JUDGE_CELL 6e-9     /* s per cell: comparing it, and functions, norms and so on of one */
#define HCL_COST_JUDGE_MOVE 1.3e-9   /* s per element that every rank makes for itself */
#define HCL_COST_JUDGE_GATHER 1e-9   /* s per element that is put together of what ranks have made */
#define HCL_COST_JUDGE_WINDOW 2e-9   /* s per element that products with shared filters read, on each rank */
#define HCL_COST_JUDGE_WEIGHT 0.6e-9 /* s per weight of them */
#define HCL_COST_JUDGE_MACS 0.075e-9
#define HCL_COST_CELL_STORE 8e-9 /* s per cell of the witness program: quotient, remainder, function */
#define HCL_COST_CELL_VALUE 3e-9 /* what ranks that hold few quotients do for each cell: its value */
#define HCL_COST_CELL_COUNT 5e-9 /* its look-ups */
#define HCL_COST_GATHER 1.2e-9   /* s per byte of outputs that ranks compute for each other: all unpack it */
#define HCL_COST_RUN_WEIGHT 0.5e-9
#define HCL_COST_RUN_MACS 0.2e-9
#define HCL_COST_BESIDE 1.15 /* memory-bound work on a node of several ranks takes so many times as long */
#define HCL_COST_FRESH 3e-9  /* s per field element in huge pages that the system gives, and clears */
#define HCL_COST_FRESH_SMALL 15e-9  /* in small pages, of shorter columns */
#define HCL_COST_FRESH_WINDOW 13e-9 /* in memory that ranks share: small pages */
#define HCL_COST_HUGE_ROWS 65536    /* columns of so many rows fill a huge page */
#define HCL_COST_EXPANDED 15e-9     /* s per integer that becomes a field element in a new, shorter column */
#define HCL_COST_EXPANDED_HUGE 4e-9 /* in a longer one */
#define HCL_COST_CELL_HELPER 54e-9  /* s per cell: its look-ups' helper */
#define HCL_COST_CELL_SUM 18e-9     /* and its columns of integers, and sums of rows */
#define HCL_COST_ROW_SUM 100e-9     /* s per row: of rows that go on from each other */
#define HCL_COST_ROW_END 16e-9      /* and of the rank that puts accumulators together */
#define HCL_COST_TABLE_ROW 80e-9
#define HCL_COST_WEIGHT_ROW 50e-9  /* s per weight row that adds anything */
#define HCL_COST_WEIGHT_FILL 30e-9 /* per weight row: U and D */
#define HCL_COST_WEIGHT_LIST 3e-9  /* which every rank goes through for its passes */
#define HCL_COST_PASS_END 10e-9    /* s per pass of weights, of the rank that puts accumulators together */
#define HCL_COST_WEIGHT_CELL 0.7e-9
#define HCL_COST_MSM_BITS 11.3e-6    /* s per row, times k */
#define HCL_COST_MSM_BUCKETS 600     /* rows that a multi-scalar multiplication is longer by */
#define HCL_COST_SMALL_CELL 42e-9    /* s per row of a column of small integers */
#define HCL_COST_SMALL_COLUMN 0.1e-3 /* and whatever its length */
#define HCL_COST_SMALL 75e-9
#define HCL_COST_PRODUCT 52e-9
#define HCL_COST_COPIED 1.6      /* scalars of their own for a copy, where there are few */
#define HCL_COST_COPIED_MORE 1.7 /* a copy for each cell divides them by so much more */
#define HCL_COST_RANDOM 22e-9
#define HCL_COST_NTT 0.95e-9       /* s per element and level of a transform */
#define HCL_COST_NTT_ROW 12e-9     /* and per element, which comes from memory and goes there */
#define HCL_COST_APART 4e-9        /* more where the values go elsewhere than the coefficients are */
#define HCL_COST_APART_WINDOW 5e-9 /* into memory that ranks share */
#define HCL_COST_COSET 28e-9       /* s per row and coset: its Lagrange polynomials */
#define HCL_COST_COSET_SET 7e-9    /* and rank: factors of its transforms */
#define HCL_COST_PIECE 11e-9
#define HCL_COST_MUL 5.35e-9       /* s per field multiplication of the constraints */
#define HCL_COST_GROUP 18          /* of them, that one more group of constraints takes */
#define HCL_COST_LINEAR_ROW 6.7e-9 /* s per row of a sum of linear columns, of one column, and rank */
#define HCL_COST_LINEAR 0.9e-9     /* s per integer of a linear column: combination */
#define HCL_COST_LISTED 18e-9      /* s per random row of a weight column, in each sum */
#define HCL_COST_EVALUATE 3.3e-9
#define HCL_COST_EXPAND 1.6e-9
#define HCL_COST_LAGRANGE 25e-9 /* s per row */
#define HCL_COST_LINEAR_EVALUATE 0.48e-9
#define HCL_COST_COMBINE 4.9e-9
#define HCL_COST_OPEN 157e-9
#define HCL_COST_OPEN_SUM 33e-9 /* s per row: the sum of compact columns, beside its transform */
#define HCL_COST_SUMMAND 4e-9   /* s per row of a sum over ranks that a rank adds to its own */
#define HCL_COST_TOGETHER 40e-9 /* s per row of a transform by all ranks, beside two of rows */
#define HCL_COST_LINEAR_OPEN 0.7e-9
#define HCL_COST_EXCHANGE 8e-9 /* s per field element copied out of a column into a row block */
#define HCL_COST_LOCAL_BYTE                                                                                  \
    0.2e-9 /* s per byte that a rank sends to another of its node: a copy, in which both take part */
#define HCL_COST_SCRATCH                                                                                     \
    20e-9 /* s per field element put into or got from a scratch file that the page cache holds */
#define HCL_COST_MUL_VEC                                                                                     \
    4.3e-9 /* s per element of hcl_fr_mul_vec in the first cache: what machines are compared by */

/* The balanced objective weighs time against length: it takes the least seconds * bytes^HCL_COST_BALANCE, so
 * that a proof shorter by a tenth may take a hundredth more time, one of half the length 7 %. */
#define HCL_COST_BALANCE 0.1

typedef enum { HCL_FOR_BALANCE, HCL_FOR_TIME, HCL_FOR_PROOF_SIZE, HCL_FOR_MEMORY } hcl_objective;

/* The phases of a proof, by the names of report.json (hcl_cost_phase_name). */
typedef enum {
    HCL_COST_INFERENCE,
    HCL_COST_JUDGE,
    HCL_COST_WITNESS,
    HCL_COST_COMMIT_ADVICE,
    HCL_COST_PRODUCTS,
    HCL_COST_COMMIT_PRODUCTS,
    HCL_COST_RANDOM_POLYNOMIAL,
    HCL_COST_COEFFICIENTS,
    HCL_COST_TRANSFORMS,
    HCL_COST_CONSTRAINTS,
    HCL_COST_PIECES,
    HCL_COST_COMMIT_QUOTIENT,
    HCL_COST_EVALUATION,
    HCL_COST_OPENING,
    HCL_COST_COMMIT_OPENING,
    HCL_COST_PHASES
} hcl_cost_phase;

/* Of the float model that the judge evaluates, what ranks do for each other. */
struct hcl_shared_products {
    double multiplications; /* with filters of which each rank has its rows, and of computed matrices */
    double windows;         /* elements of what these filters see */
    double alone;           /* of the weights in all filters, the share in those that rank 0 alone has */
    double results;         /* elements of all layers' results */
    double gathered;        /* of them, those that ranks make in parts */
    double told;            /* those that rank 0 makes for all, and its inputs */
    double tellings;        /* layers of both */
};

/* Columns that are no integers and belong to no lane. */
enum { HCL_WIDE_PHI, HCL_WIDE_A0, HCL_WIDE_A1, HCL_WIDE_B, HCL_WIDE_U, HCL_WIDE_D, HCL_WIDE_E, HCL_WIDE };
#define HCL_COST_MOST_PRODUCTS (HCL_MAX_LANES + 6)

/* Of the vectors that a proof commits to, the rows that hold something no other row does, as far as circuit
 * and program tell: committing takes time by them. */
struct hcl_own_rows {
    uint32_t looked_up[HCL_MAX_LANES];        /* by lane: its helper */
    uint32_t wide[HCL_WIDE], again[HCL_WIDE]; /* again: rows that repeat others, or hold a small integer */
    uint32_t product[HCL_COST_MOST_PRODUCTS];
    /* What they were counted of: a shape with less of it has as much less of them. */
    uint32_t lanes, rows, weight_rows; /* lanes 0: they were not counted; weight rows: that add anything */
    size_t lookups, copies;
};

/* The shape of a circuit, and who is to prove it. */
struct hcl_shape {
    uint32_t lanes, weight_columns, k, degree, rows, weight_rows;
    uint32_t weight_digits;    /* integers of a cell of a weight column; 0: one */
    uint32_t weight_passes;    /* of all weight rows */
    uint32_t registers;        /* lanes that go on with the register above */
    uint32_t idle_weight_rows; /* of the weight rows, those that add nothing: in front of tables of rows */
    size_t lookups;            /* looked-up lanes of all rows */
    size_t copies;             /* of cells; every place of an input counts (hcl_machine_copies) */
    double multiplications;    /* of the model */
    struct hcl_shared_products shared;
    bool private_weights;
    uint32_t random_rows; /* of each weight column */
    struct hcl_own_rows own;
    uint32_t row_tables;         /* 1: there are tables of rows */
    uint32_t table_rows, inputs; /* inputs: elements */
    uint32_t public_values;
    /* Of outputs that ranks compute for each other bytes of all sums, and of values (hcl_program_gathered).
     */
    double gathered, told;
    uint32_t deliveries;                         /* blocks of them (hcl_program_deliveries) */
    uint32_t ranks;                              /* 0: one */
    uint32_t node_ranks;                         /* of a node, which read each other's memory; 0: one */
    uint32_t srs_ranks;                          /* that have one SRS, where fewest do; 0: those of a node */
    uint32_t threads;                            /* of a rank, which each take some memory; 0: one */
    uint64_t memory_limit;                       /* of each rank's ledger; 0: none */
    bool scratch;                                /* columns may wait on a disk */
    bool savings_given;                          /* else those that fit the limit are chosen */
    struct hcl_savings savings;                  /* if given */
    uint32_t group_columns[HCL_MOST_GROUPS + 1]; /* [groups]: columns on a coset at once
                                                    (hcl_groups_owned); 0: not counted, a guess will do */
    uint32_t group_owned[HCL_MOST_GROUPS + 1];   /* the same of the rank with most; 0: not counted */
};

struct hcl_phase_work {
    double seconds;              /* of one thread of one rank */
    double repeated;             /* of them, what more ranks do not share */
    uint32_t msms;               /* of n rows, shared by all ranks */
    uint32_t ntts;               /* of all ranks together */
    double bytes_sent, messages; /* by one of several ranks to others, on average */
    double exchanges;  /* in which the messages of each travel at once, with all reductions' steps */
    double bytes_away; /* of those, to ranks of other nodes */
    double overlapped; /* the share of them that travels while the rank computes as much of the phase */
};

struct hcl_cost {
    uint32_t fixed, advice_small, advice_full, permutation, permutation_chunks, quotient_pieces;
    size_t proof_bytes;
    struct hcl_savings
        savings;         /* what the memory of a rank takes: the fastest that fit, or those that take least */
    double memory_bytes; /* with them, the ledger's peak on a rank (common/sys/mem.h) */
    double scratch_bytes; /* and what it writes to its disk at most, at one time */
    double seconds;       /* one thread of the reference machine: the sum of the phases */
    struct hcl_phase_work phase[HCL_COST_PHASES];
};

/** Integers in the weight columns. */
double hcl_shape_weights(const struct hcl_shape *s);
/** Weight rows that add anything. */
uint32_t hcl_shape_added(const struct hcl_shape *s);
/** HCL_NO_RESOURCE: no memory to find out who commits to what, which is not in *out then; err may be NULL. */
hcl_status hcl_cost_of(struct hcl_cost *out, const struct hcl_shape *s, struct hcl_err *err);
/** The same without times and messages: what it takes of memory. */
struct hcl_cost hcl_cost_memory_of(const struct hcl_shape *s);
/** Bytes that laying this out takes at least, beside the models in float and fixed point. */
double hcl_cost_layout_bytes(const struct hcl_shape *s);
/** Seconds of an element of a transform of 2^k. */
double hcl_cost_ntt(double k);
/** Advice columns. */
uint32_t hcl_cost_num_advice(const struct hcl_shape *s);
/** Of each product of the permutation what committing to it costs, next to n full-size scalars. */
void hcl_cost_products(double *cost, const struct hcl_shape *s, uint32_t products);
/** Of each of them what committing to it costs, next to n full-size scalars: by this ranks share them out. */
void hcl_cost_advice(double *cost, const struct hcl_shape *s);
const char *hcl_cost_phase_name(hcl_cost_phase p);
/** Whether a is better than b by the objective's own measure: time weighed against proof bytes, time, proof
 * bytes, or memory. */
bool hcl_cost_better(const struct hcl_cost *a, const struct hcl_cost *b, hcl_objective objective);

#endif
