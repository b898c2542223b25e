/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of one proof and who owns them. Every polynomial that is kept whole (advice, fixed, instance,
 * sigma, permutation and lookup products, permuted lookups) has an id; its owner holds all its n values or
 * coefficients, the other ranks hold nothing of it. The pieces of h and the random polynomial are never whole
 * anywhere: they live as blocks of coefficients (rows.h). Local, not collective. */
#ifndef HCL_WORKER_STORE_STORE_H
#define HCL_WORKER_STORE_STORE_H

#include "common/halo2/keys.h"
#include "common/halo2/openings.h"

/* Kinds of stored columns: those of hcl_poly_kind, and the instance columns, which are never opened. */
#define HCL_STORE_INSTANCE HCL_POLY_KIND_COUNT
#define HCL_STORE_KINDS (HCL_POLY_KIND_COUNT + 1)

/* Ids are consecutive by kind: id = base[kind] + index. H and RANDOM have none. */
struct hcl_ids {
    size_t base[HCL_STORE_KINDS + 1];
    size_t count; /* of all ids */
};

void hcl_ids_init(struct hcl_ids *ids, const struct hcl_circuit *c);
static inline size_t hcl_id(const struct hcl_ids *ids, int kind, size_t index)
{
    return ids->base[kind] + index;
}
size_t hcl_id_column(const struct hcl_ids *ids, hcl_column column);
/** Number of permutation chunks of degree-2 columns. */
size_t hcl_permutation_chunks(const struct hcl_circuit *c);

/* How many rows beyond its block a rank needs of each column: before[id], after[id], by the circuit's
 * rotations and the permutation's and the lookups' own. */
struct hcl_halo {
    uint32_t *before, *after;
    uint32_t most_before, most_after;
};
hcl_status hcl_halo_init(struct hcl_halo *h, const struct hcl_circuit *c, const struct hcl_ids *ids,
                         struct hcl_err *err);
void hcl_halo_clear(struct hcl_halo *h);

struct hcl_store {
    struct hcl_ids ids;
    size_t n;
    const uint32_t *owner; /* [id], borrowed */
    uint32_t rank;
    hcl_fr **values, **coeffs; /* [id]: n elements; NULL when not owned or not (any more) in this form */
    bool *borrowed;            /* [id]: belongs to the proving key */
};

/** Empty store; owner[id] < ranks. Takes the proving key's columns (borrowed) where it has them. */
hcl_status hcl_store_init(struct hcl_store *s, const struct hcl_circuit *c, const struct hcl_pk *pk,
                          const uint32_t *owner, uint32_t rank, struct hcl_err *err);
/** Wipes what it owns. */
void hcl_store_clear(struct hcl_store *s);
static inline bool hcl_store_mine(const struct hcl_store *s, size_t id)
{
    return s->owner[id] == s->rank;
}
/** Give an owned id its buffer of n zeroed values. */
hcl_status hcl_store_add(struct hcl_store *s, size_t id, struct hcl_err *err);
/** Values become coefficients, in place, for those of ids[0..count) that are owned and still values. *done
 * counts them. */
hcl_status hcl_store_to_coeffs(struct hcl_store *s, const struct hcl_domain *d, const size_t *ids,
                               size_t count, int threads, size_t *done, struct hcl_err *err);

#endif
