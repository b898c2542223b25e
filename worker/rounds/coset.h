/* SPDX-License-Identifier: Apache-2.0 */
/* Columns on a coset g*<w>, in row blocks. With little memory only a part of it is there at a time: the coset
 * is the union of the cosets g*w^b*<w^P> of size n/P, 0 <= b < P, rows b, b + P, b + 2P, ... A polynomial
 * goes to one of them by a fold of its coefficients modulo X^(n/P) - (g*w^b)^(n/P) and a transform of that
 * size. Columns that are read in their own row only are in memory for one part at a time; of the others all
 * parts stay, since row b + r of a coset is in part (b + r) mod P.
 *
 * Ranks of one node that reach each other's memory (hcl_comm_together) move nothing: the columns are whole in
 * their owner's window, and each rank reads its rows there.
 *
 * With a scratch file (w->store.scratch) parts are blocks of this rank's rows, one after the other: when the
 * first one is loaded all columns are transformed, a few at a time, and put there block by block with their
 * halos, from where each part comes back as a whole. Failures of the file are left to hcl_scratch_status. */
#ifndef HCL_WORKER_ROUNDS_COSET_H
#define HCL_WORKER_ROUNDS_COSET_H

#include "worker/worker.h"

/* Which columns: the key's (fixed, sigma), which are the same in every proof, or the proof's. */
enum { HCL_COSET_KEY = 1, HCL_COSET_PROOF = 2 };

/* Everything that one coset needs, reused for the next. What depends on the coset alone, x and the l_*, goes
 * with the key's columns. */
struct hcl_coset {
    int which;
    uint32_t parts, part; /* P; the part that is loaded */
    size_t rows;          /* of this rank in a part */
    size_t *ids;          /* columns that some constraint reads, each once */
    size_t count;
    size_t *position;  /* of ids[i] among its owner's */
    size_t step, most; /* columns a rank transforms at once; most that any rank owns */
    hcl_fr **row; /* [id*parts + p]: first row of part p, with halo; part 0's place for what has one place */
    bool *turns;  /* [id]: all parts stay */
    hcl_fr *memory; /* of the rows; NULL where they are in windows */
    bool together;  /* in those of all ranks */
    struct hcl_node_windows windows;
    size_t from;              /* where this rank's rows begin in a column; 0 without windows */
    size_t *used;             /* elements of each rank's window; of this one's memory without */
    struct hcl_scratch *disk; /* where all parts are; NULL: nowhere but in memory */
    size_t *block;            /* there: [i*parts + p], of ids[i] */
    hcl_fr *staging;          /* rows of all parts, of `staged` columns on their way there */
    size_t staged;
    struct hcl_domain domain;    /* of size n/parts */
    struct hcl_exchange between; /* the team's, for columns of a part */
    struct hcl_domain_coset tables;
    hcl_fr *x, *l_0, *l_last, *l_active; /* of this rank's rows; NULL without the key */
    hcl_fr *inverse; /* l_0 of this rank's rows of all parts and b + 1 more; scratch for it */
    hcl_fr *whole;   /* step columns of a part; NULL where nothing moves */
    hcl_fr *scratch; /* with parts: coefficients of compact columns, one for each thread */
    size_t scratches;
    struct hcl_moving *moving;
    /* One batch of transforms: of columns batch_id[], from coefficients, or from where the store has them
     * otherwise if those are NULL, to values. */
    const hcl_fr **coeffs;
    hcl_fr **batch;
    size_t *batch_id;
    const struct hcl_compact **sources; /* of a batch, compact ones that become coefficients */
    hcl_fr **expanded;                  /* there */
    size_t *places;                     /* and their numbers; of columns that are staged, theirs among ids */
    hcl_fr zh, zh_inv;                  /* X^n - 1 on the coset and its inverse */
};

/** Collective. which: HCL_COSET_KEY, HCL_COSET_PROOF or their sum. parts: a power of two that divides
 * HCL_ROWS_UNIT (worker/store/rows.h) and n. */
hcl_status hcl_coset_init(struct hcl_coset *s, struct hcl_worker *w, int which, uint32_t parts,
                          struct hcl_err *err);
void hcl_coset_clear(struct hcl_coset *s);
/** Free what only hcl_coset_load needs. */
void hcl_coset_settle(struct hcl_coset *s);
/** Number of cosets of a quotient, and number i of them: g = 7^(i+1). */
static inline size_t hcl_coset_count(const struct hcl_circuit *c)
{
    return c->degree - 1;
}
void hcl_coset_generator(hcl_fr *g, size_t i);
/** Collective: all columns from coefficients to values on part `part` of g*<w>, and the vectors that depend
 * on g alone. Parts of a coset come in order. Moves each column once, or none. g^n != 1. */
void hcl_coset_load(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g, uint32_t part);
/** All ranks alike: of columns that others have read in place this rank notes what they were
 * (hcl_comm_watch): as a message would be, before anything that was made of them is sent. */
void hcl_coset_note(const struct hcl_coset *s, const struct hcl_worker *w);
static inline bool hcl_coset_has(const struct hcl_coset *s, size_t id)
{
    return s->row[id * s->parts] != NULL;
}
/** Where rows at, at + 1, ... of the loaded part are among all rows of this rank: first + at*stride. */
static inline size_t hcl_coset_first(const struct hcl_coset *s)
{
    return s->disk ? s->part * s->rows : s->part;
}
static inline size_t hcl_coset_stride(const struct hcl_coset *s)
{
    return s->disk ? 1 : s->parts;
}
/** Where column id has its value `rotation` rows after the first row of this rank in the loaded part. */
const hcl_fr *hcl_coset_row(const struct hcl_coset *s, size_t id, int64_t rotation);

#endif
