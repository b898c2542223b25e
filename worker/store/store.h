/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of one proof and who owns them. Every polynomial that is kept whole (advice, fixed, instance,
 * sigma, permutation and lookup products, permuted lookups, sums of linear columns) has an id; its owner
 * holds all its n values, as field elements or compact, or its coefficients; the other ranks hold nothing of
 * it. A linear column never becomes coefficients: it is compact at the latest when the others become that.
 * Nor does a fixed one: all ranks have those compact, in the circuit. Nor a sigma, which its owner has as
 * values and, the same memory, as a compact column. The pieces of h and the random polynomial are never whole
 * anywhere: they live as blocks of coefficients (rows.h). Local, not collective.
 */
#ifndef HCL_WORKER_STORE_STORE_H
#define HCL_WORKER_STORE_STORE_H

#include "common/halo2/keys.h"
#include "common/halo2/linear.h"
#include "common/halo2/openings.h"
#include "common/halo2/permutation.h"
#include "common/io/scratch.h"

/* Kinds of stored columns: those of hcl_poly_kind, and those that are never opened: the instance columns and
 * the sums of linear columns (HCL_COL_SUM). */
#define HCL_STORE_INSTANCE HCL_POLY_KIND_COUNT
#define HCL_STORE_SUM (HCL_POLY_KIND_COUNT + 1)
#define HCL_STORE_KINDS (HCL_POLY_KIND_COUNT + 2)

/* Ids are consecutive by kind: id = base[kind] + index. H and RANDOM have none. */
struct hcl_ids {
    size_t base[HCL_STORE_KINDS + 1];
    size_t count; /* of all ids */
};

/** All kinds but the sums, which a worker adds behind them. */
void hcl_ids_init(struct hcl_ids *ids, const struct hcl_circuit *c);
void hcl_ids_add_sums(struct hcl_ids *ids, size_t sums);
static inline size_t hcl_id(const struct hcl_ids *ids, int kind, size_t index)
{
    return ids->base[kind] + index;
}
size_t hcl_id_column(const struct hcl_ids *ids, hcl_column column);
static inline bool hcl_id_is(const struct hcl_ids *ids, size_t id, int kind)
{
    return id >= ids->base[kind] && id < ids->base[kind + 1];
}
/** Whose an id is: owner[id] of the first `given`, those of hcl_ids_init; the sums behind them go round the
 * ranks. */
static inline uint32_t hcl_id_owner(const uint32_t *owner, size_t given, size_t id, uint32_t ranks)
{
    return id < given ? owner[id] : (uint32_t)((id - given) % ranks);
}

/* How many rows beyond its block a rank needs of each column: before[id], after[id], by the rotations of the
 * circuit and of the linear sums, and the permutation's and the lookups' own. */
struct hcl_halo {
    uint32_t *before, *after;
    uint32_t most_before, most_after;
};
hcl_status hcl_halo_init(struct hcl_halo *h, const struct hcl_circuit *c, const struct hcl_linear *linear,
                         const struct hcl_ids *ids, struct hcl_err *err);
void hcl_halo_clear(struct hcl_halo *h);

struct hcl_store {
    struct hcl_ids ids;
    size_t n;
    uint32_t *owner; /* [id] */
    uint32_t rank;
    hcl_fr **values, **coeffs;   /* [id]: n elements; NULL when not owned or not (any more) in this form */
    struct hcl_compact *compact; /* [id]: n = 0 if not in this form; fixed columns are so on all ranks */
    bool *borrowed;              /* [id]: belongs to circuit or proving key */
    struct hcl_scratch *scratch; /* borrowed; NULL: none */
    size_t *block;               /* [id]: where the coefficients wait, plus 1; 0: not in the scratch file */
};

/** Empty store; owner[id] < ranks for the ids of hcl_ids_init (copied; hcl_id_owner). Takes the
 * proving key's columns (borrowed) where it has them. */
hcl_status hcl_store_init(struct hcl_store *s, const struct hcl_circuit *c, const struct hcl_linear *linear,
                          const struct hcl_pk *pk, const uint32_t *owner, uint32_t rank, uint32_t ranks,
                          struct hcl_err *err);
/** Wipes what it owns. */
void hcl_store_clear(struct hcl_store *s);
static inline bool hcl_store_mine(const struct hcl_store *s, size_t id)
{
    return s->owner[id] == s->rank;
}
/** Give an owned id its buffer of n zeroed values. */
hcl_status hcl_store_add(struct hcl_store *s, size_t id, struct hcl_err *err);
/** Values of an owned id become compact; they are wiped. */
hcl_status hcl_store_to_compact(struct hcl_store *s, size_t id, struct hcl_err *err);
/** Coefficients of owned ids wait in the scratch file from here on, where there is one. HCL_NO_RESOURCE: it
 * has no room for them; failures of the move are left to hcl_scratch_status. */
hcl_status hcl_store_to_scratch(struct hcl_store *s, const size_t *ids, size_t count, int threads,
                                struct hcl_err *err);
/** Whether that is where they are. */
static inline bool hcl_store_waits(const struct hcl_store *s, size_t id)
{
    return s->block[id] > 0;
}
/** out := the n coefficients that wait. */
void hcl_store_fetch(const struct hcl_store *s, size_t id, hcl_fr *out, int threads);
/** Free what there is of an owned id, wiped. */
void hcl_store_drop(struct hcl_store *s, size_t id);
/** The n values of an owned id have become coefficients where they are. */
void hcl_store_transformed(struct hcl_store *s, size_t id);
/** Values, compact ones too, become coefficients for those of ids[0..count) that are owned and not
 * coefficients yet. *done counts them. */
hcl_status hcl_store_to_coeffs(struct hcl_store *s, const struct hcl_domain *d, const size_t *ids,
                               size_t count, int threads, size_t *done, struct hcl_err *err);

#endif
