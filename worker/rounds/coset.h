/* SPDX-License-Identifier: Apache-2.0 */
/* Columns on a coset g*<w>, in row blocks: all of them, or with little memory those of one group at a time
 * (common/halo2/groups.h), one after the other, in the same place, beside the ones that several groups read.
 */
#ifndef HCL_WORKER_ROUNDS_COSET_H
#define HCL_WORKER_ROUNDS_COSET_H

#include "common/halo2/groups.h"
#include "worker/rounds/rows_ntt.h"
#include "worker/worker.h"

/* Which columns: the key's (fixed, sigma), which are the same in every proof, or the proof's. */
enum { HCL_COSET_KEY = 1, HCL_COSET_PROOF = 2 };

/* Columns that all ranks transform together. */
struct hcl_coset_shared {
    size_t count; /* 0: none */
    struct hcl_rows_ntt ntt;
    struct hcl_rows_column *columns; /* [count] */
    hcl_fr *parts;                   /* this rank's, of the coefficients: ntt.room for each */
    hcl_fr *between;                 /* as much between the halves, where work is repeated; else NULL */
    bool dealt;                      /* the parts are there */
};

/* Everything that one coset needs, reused for the next. What depends on the coset alone, x and the l_*, goes
 * with the key's columns. */
struct hcl_coset {
    int which;
    size_t groups;
    size_t *ids;   /* columns that some constraint reads, each once, in the order in which they come */
    size_t *start; /* [groups + 1]: group i brings ids[start[i]..start[i + 1]) of their owners; the first one
                      all that stay; behind the last come the shared ones, if there is one group */
    size_t count, staying; /* of ids; of those that stay, which are the first */
    size_t *position;      /* of ids[i] among its owner's of the same group */
    size_t step, most;     /* columns a rank transforms at once; most that any rank owns of a group */
    hcl_fr **row;          /* [id]: first row, with halo; groups but the first share their place */
    /* Where the rows are. Of columns whose owners are near, in their windows: whole where all ranks are near,
     * else in blocks, one for each rank of the node; of others in memory of this rank alone. */
    bool together, windowed; /* all are near; several are */
    hcl_fr *memory;
    struct hcl_node_windows windows;
    bool borrowed;                       /* they are the worker's hcl_lent */
    size_t from;                         /* where this rank's rows begin in a column; 0 in blocks */
    size_t *used;                        /* elements of each rank's window, and behind them of `memory` */
    struct hcl_domain_coset tables;      /* the factors of transforms to the coset */
    bool factors;                        /* they are kept (HCL_KEPT_FACTORS_RANKS) */
    const struct hcl_domain_coset *with; /* those that are used: these, or the key's */
    /* Of this rank's rows, `vectors` elements at x in all; NULL without the key. l_last is l_0 from a later
     * row on. */
    hcl_fr *x, *l_active, *l_0, *l_last;
    size_t vectors;
    hcl_fr *whole; /* twice step columns: those that travel and the next; NULL where nothing moves */
    struct hcl_moving *moving;
    /* One batch of transforms: of columns batch_id[], from coefficients, or from where the store has them
     * otherwise if those are NULL, to values. */
    const hcl_fr **coeffs;
    hcl_fr **batch;
    size_t *batch_id;
    const struct hcl_compact **sources; /* of a batch, compact ones that become coefficients */
    hcl_fr **expanded;                  /* there */
    struct hcl_coset_shared shared;
    hcl_fr zh, zh_inv; /* X^n - 1 on the coset and its inverse */
};

/** Collective. which: HCL_COSET_KEY, HCL_COSET_PROOF or their sum. groups: NULL for all columns at once;
 * with groups `which` is both. The proof's columns are in w->lent, if they have room there, until they are
 * cleared. */
hcl_status hcl_coset_init(struct hcl_coset *s, struct hcl_worker *w, int which,
                          const struct hcl_groups *groups, struct hcl_err *err);
void hcl_coset_clear(struct hcl_coset *s);
/** Elements of each rank's window that such a coset of all columns takes: room[rank]. Local. */
hcl_status hcl_coset_room(size_t *room, const struct hcl_worker *w, int which, struct hcl_err *err);
/** Free what only hcl_coset_load needs, but for factors that are kept. */
void hcl_coset_settle(struct hcl_coset *s);
/** Number of cosets of a quotient, and number i of them: g = 7^(i+1). */
static inline size_t hcl_coset_count(const struct hcl_circuit *c)
{
    return c->degree - 1;
}
void hcl_coset_generator(hcl_fr *g, size_t i);
/** Collective: the columns that the group brings, from coefficients to values on g*<w>, and with the first
 * group the vectors that depend on g alone. Groups of a coset come in order. Moves each column once. g^n
 * != 1. key: the key's columns on this coset, whose factors are used if they are kept; NULL: made here. */
void hcl_coset_load(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g, size_t group,
                    const struct hcl_coset *key);
/** All ranks alike: of columns of the loaded group that others have read in place this rank notes what they
 * were (hcl_comm_watch): as a message would be, before anything that was made of them is sent. */
void hcl_coset_note(const struct hcl_coset *s, const struct hcl_worker *w, size_t group);
/** Local: what this rank has of column id, with halos, for itself and for others: piece number i, and how
 * many elements; NULL behind the last one. */
const hcl_fr *hcl_coset_piece(const struct hcl_coset *s, const struct hcl_worker *w, size_t id, size_t i,
                              size_t *count);
static inline bool hcl_coset_has(const struct hcl_coset *s, size_t id)
{
    return s->row[id] != NULL;
}
/** Where column id, of the loaded group or one that stays, has its value `rotation` rows after this rank's
 * first row. */
static inline const hcl_fr *hcl_coset_row(const struct hcl_coset *s, size_t id, int64_t rotation)
{
    return s->row[id] + rotation;
}

#endif
