/* SPDX-License-Identifier: Apache-2.0 */
/* One rank's state of one proof, on which the rounds (rounds/rounds.h) work. All ranks have the same circuit,
 * owners and challenges; store and row blocks differ. */
#ifndef HCL_WORKER_WORKER_H
#define HCL_WORKER_WORKER_H

#include "common/halo2/constraints.h"
#include "common/halo2/openings.h"
#include "common/halo2/savings.h"
#include "common/halo2/values.h"
#include "common/halo2/witness.h"
#include "worker/lent.h"
#include "worker/rounds/blinding.h"
#include "worker/store/store.h"
#include "worker/team.h"

/* Row blocks of columns with their halos: row[id] points to this rank's first row, valid from -before[id] to
 * count + after[id]; NULL for ids that are not loaded. */
struct hcl_blocks {
    hcl_fr **row;
    hcl_fr *memory;
    size_t ids;
    size_t lent; /* columns of this rank that others read in its window, one after the other */
};

struct hcl_key_cosets; /* worker/rounds/key_cosets.h */

struct hcl_worker {
    struct hcl_team team;
    const struct hcl_circuit *circuit; /* borrowed, like all pointers to const here */
    const struct hcl_blinding *blinding;
    const double
        *advice_cost; /* per advice column, of committing it; NULL: all the same. Set by the caller */
    const double *product_cost;              /* per product of the permutation, likewise */
    const struct hcl_key_cosets *key_cosets; /* NULL or empty: made anew in each proof. Set by the caller */
    struct hcl_lent *lent;                   /* or NULL. Set by the caller */
    struct hcl_savings savings;              /* set by the caller; groups only without key_cosets */
    struct hcl_open_plan openings;
    struct hcl_constraints constraints; /* on sums of linear columns, where there are any */
    struct hcl_halo halo;
    struct hcl_store store;
    struct hcl_challenges challenges;

    hcl_fr **lookup_inputs,
        **lookup_tables;  /* per lookup: A and S on this rank's rows; freed after the products */
    hcl_fr *random_block; /* this rank's coefficients of the random polynomial */
    hcl_fr **h_blocks;    /* [degree - 1] this rank's coefficients of the pieces of h */
    hcl_fr *evaluations;  /* openings.num_evaluations + 1, the last is unused */
};

/** Collective. owner[id] for all ids of hcl_ids_init; pk: this rank's columns. */
hcl_status hcl_worker_init(struct hcl_worker *w, struct hcl_comm *comm, const struct hcl_circuit *circuit,
                           const struct hcl_pk *pk, const struct hcl_srs *srs,
                           const struct hcl_domain *domain, const uint32_t *owner,
                           const struct hcl_blinding *blinding, int threads, struct hcl_err *err);
/** Wipes everything secret. */
void hcl_worker_clear(struct hcl_worker *w);

/** Room for the blocks of ids[0..count); contents undefined. Local. */
hcl_status hcl_blocks_init(struct hcl_blocks *b, const struct hcl_worker *w, const size_t *ids, size_t count,
                           struct hcl_err *err);
void hcl_blocks_clear(struct hcl_blocks *b);
/** Values of ids[0..count), in this order, from their owners into row blocks with halos. Collective;
 * allocates b. */
hcl_status hcl_blocks_load_values(struct hcl_blocks *b, struct hcl_worker *w, const size_t *ids, size_t count,
                                  struct hcl_err *err);

/** The same without halos and only to be read: one rank alone gets the columns themselves, and NULL for those
 * that are compact, which it expands as it reads them. Where there is enough of w->lent owners put them there
 * whole; after what was read, and before anything made of it is sent, hcl_blocks_note. */
hcl_status hcl_blocks_view_values(struct hcl_blocks *b, struct hcl_worker *w, const size_t *ids, size_t count,
                                  struct hcl_err *err);
/** Collective, local: what this rank has lent others in such a view is noted (hcl_comm_watch). */
void hcl_blocks_note(const struct hcl_blocks *b, const struct hcl_worker *w);
/** Elements of each rank's window that hcl_blocks_view_values takes for these: added to room[rank]. */
void hcl_blocks_room(size_t *room, const struct hcl_worker *w, const size_t *ids, size_t count);

#endif
