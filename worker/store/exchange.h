/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two ways columns are spread: whole at their owners, or as row blocks (rows.h) with halo rows on
 * all ranks. Collective: all ranks pass the same column count and owners. The buffers are allocated once, so
 * that an exchange cannot fail; long lists go in steps, in which every rank sends at most `step` columns. */
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
     * a summand from each rank. NULL with one rank. */
    hcl_fr *send, *recv;
    struct hcl_comm_piece *sends, *recvs; /* of a step; room for all */
    size_t num_sends, num_recvs;
    size_t *sizes; /* 2 per rank */
};

/** columns: most that one exchange moves; halo: most halo rows of one of them. */
hcl_status hcl_exchange_init(struct hcl_exchange *x, struct hcl_comm *comm, size_t n, size_t columns,
                             uint32_t halo, struct hcl_err *err);
void hcl_exchange_clear(struct hcl_exchange *x);

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
/** block[i] = sum over ranks of their whole[first + i], of the ranks that have one: has, by rank, the same
 * everywhere; NULL: all. Moves n elements out for each that has, and in for each of them. */
void hcl_sum_to_rows(struct hcl_exchange *x, const hcl_fr *whole, const bool *has, hcl_fr *block);
/** v[i] = sum over ranks, on every rank; for a few scalars. scratch: ranks*count elements. */
void hcl_sum_scalars(struct hcl_comm *comm, hcl_fr *v, size_t count, hcl_fr *scratch);

#endif
