/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two ways columns are spread: whole at their owners, or as row blocks (rows.h) with halo rows on
 * all ranks. Collective: all ranks pass the same column count and owners. The buffers are allocated before,
 * so that an exchange cannot fail; long lists go in steps, in which every rank sends at most `step` columns.
 */
#ifndef HCL_WORKER_STORE_EXCHANGE_H
#define HCL_WORKER_STORE_EXCHANGE_H

#include "common/comm/comm.h"
#include "common/poly/compact.h"

struct hcl_exchange {
    struct hcl_comm *comm;  /* borrowed */
    size_t n, first, count; /* this rank's block */
    size_t step;            /* columns a rank sends at once */
    uint32_t halo;          /* most halo rows of one column, both sides together */
    /* What does not lie as it travels: step*(n + ranks*halo) rows of compact columns, and this rank's rows of
     * a summand from each rank. NULL with one rank, and while they rest. */
    hcl_fr *send, *recv;
    struct hcl_comm_piece *sends, *recvs; /* of a step; room for all */
    size_t num_sends, num_recvs;
    size_t *sizes; /* 2 per rank */
};

/** columns: most that one exchange moves; halo: most halo rows of one of them. */
hcl_status hcl_exchange_init(struct hcl_exchange *x, struct hcl_comm *comm, size_t n, size_t columns,
                             uint32_t halo, struct hcl_err *err);
void hcl_exchange_clear(struct hcl_exchange *x);
/** Give `send` and `recv` back: until hcl_exchange_wake no compact column moves to rows, and nothing is
 * summed or transposed. */
void hcl_exchange_rest(struct hcl_exchange *x);
/** They are there again. Local. */
hcl_status hcl_exchange_wake(struct hcl_exchange *x, struct hcl_err *err);

/* One column in an exchange. */
struct hcl_moving {
    uint32_t owner;
    uint32_t before, after;            /* halo rows around the block; 0 when going back to the owner */
    hcl_fr *whole;                     /* n elements at the owner, NULL elsewhere */
    hcl_fr *block;                     /* row `first` of this rank's block */
    const struct hcl_compact *compact; /* at the owner, instead of `whole`; not for the way back */
    /* Not 0: the owner writes the blocks of the ranks near it (hcl_comm_near) where they read them, so many
     * elements apart in the order of ranks, its own among them; only the others' are sent. */
    size_t lent;
};

/** whole -> block: block[i] = whole[(first + i) mod n] for -before <= i < count + after. What is lent can be
 * read once all have met. */
void hcl_columns_to_rows(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count);
/** The same of columns of which no rank owns more than x->step, none of them compact, in two halves
 * (hcl_comm_pieces_begin). */
void hcl_columns_to_rows_begin(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count);
void hcl_columns_to_rows_end(struct hcl_exchange *x);
/** block -> whole. */
void hcl_rows_to_columns(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count);
/** block -> whole on all ranks: this rank's rows of one vector, and all of it. */
void hcl_rows_to_all(struct hcl_exchange *x, const hcl_fr *block, hcl_fr *whole);
/** Makes rows [first, first + count) of this rank's summand, count > 0. */
typedef void (*hcl_summand)(hcl_fr *out, size_t first, size_t count, void *ctx);
/** block := this rank's rows of the sum over ranks of their summands, of the ranks that have one: has, by
 * rank, the same everywhere; NULL: all. Nobody has its summand as a whole: it is made block by block, and
 * while some blocks travel the next are made. Moves n elements out for each that has, and in for each of
 * them. */
void hcl_sum_to_rows(struct hcl_exchange *x, hcl_summand make, void *ctx, const bool *has, hcl_fr *block,
                     int threads);
/* How n elements, rows of a matrix one after the other, are spread over ranks. */
enum hcl_strips_kind {
    HCL_STRIPS_BLOCKS, /* as blocks of rows are (rows.h) */
    HCL_STRIPS_ROWS,   /* in whole rows of the matrix, as many for each rank as can be (hcl_comm_first) */
    HCL_STRIPS_WHOLE   /* all at one rank */
};
struct hcl_strips {
    enum hcl_strips_kind kind;
    size_t row; /* elements of a row, for whole rows */
    int rank;   /* that has the whole; else each rank has the part of the rank so many in front of it */
};
/** Elements [*first, *first + *count) are this rank's. */
void hcl_strips_of(const struct hcl_exchange *x, struct hcl_strips s, size_t *first, size_t *count);
/* One matrix of n elements whose columns become rows: this rank's part of what is there and of what comes
 * out. */
struct hcl_transposed {
    size_t rows;
    const hcl_fr *in;
    hcl_fr *out; /* may be `in`, of this matrix */
    struct hcl_strips from, to;
    /* So many elements in front of and behind the part come out besides, modulo n: out[-before] and so on. */
    uint32_t before, after;
};
/** All matrices in one message to each rank. packed: room for all that this rank gives, itself included:
 * its parts of `from`, and of each halo at most all; landing: for all that it gets. Moves a part of each
 * out and in. */
void hcl_transpose(struct hcl_exchange *x, const struct hcl_transposed *m, size_t count, hcl_fr *packed,
                   hcl_fr *landing, int threads);
/** v[i] = sum over ranks, on every rank; for a few scalars. scratch: ranks*count elements. */
void hcl_sum_scalars(struct hcl_comm *comm, hcl_fr *v, size_t count, hcl_fr *scratch);

#endif
