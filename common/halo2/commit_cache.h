/* SPDX-License-Identifier: Apache-2.0 */
/* Commitments of key columns that were made before, kept in a folder and found by what they commit to: a
 * changed layer costs the commitments of its own columns, and a key that was interrupted goes on where it
 * stopped. An entry is one file of 104 bytes, "<id in hex>.point": magic "HCLPT001" | the point, raw 64 |
 * BLAKE2b-256 of the id and all before. Files appear whole or not at all unless the machine stops, when they
 * may be damaged, and equal ids mean equal contents, so any number of processes and ranks may share a folder;
 * it may be deleted at any time.
 *
 * An id is the BLAKE2b-256 of the SRS' id, k and the column's values; it does not depend on how the column is
 * stored. A wrong point with a right hash (a rank may have computed or sent something wrong)
 * makes a key under which no proof of the circuit holds; then its entries are to be forgotten. Functions are
 * local and thread-safe. */
#ifndef HCL_COMMON_HALO2_COMMIT_CACHE_H
#define HCL_COMMON_HALO2_COMMIT_CACHE_H

#include "common/halo2/srs.h"
#include "common/poly/compact.h"

#define HCL_COMMIT_ID_BYTES 32

struct hcl_commit_cache {
    char *folder; /* owned; NULL: finds and keeps nothing */
    uint8_t srs_id[32];
    uint32_t k;
};

/** folder: made if it is missing; malloc'ed, taken over also on failure. */
hcl_status hcl_commit_cache_init(struct hcl_commit_cache *c, char *folder, const struct hcl_srs *srs,
                                 struct hcl_err *err);
void hcl_commit_cache_clear(struct hcl_commit_cache *c);

/** The id of a column of 2^k values in the Lagrange basis. */
void hcl_commit_cache_id(uint8_t id[HCL_COMMIT_ID_BYTES], const struct hcl_commit_cache *c,
                         const hcl_fr *values);
void hcl_commit_cache_id_compact(uint8_t id[HCL_COMMIT_ID_BYTES], const struct hcl_commit_cache *c,
                                 const struct hcl_compact *column);

/** Is there a sound entry? A damaged one is worth a warning and counts as none. */
bool hcl_commit_cache_find(hcl_g1 *out, const struct hcl_commit_cache *c,
                           const uint8_t id[HCL_COMMIT_ID_BYTES]);
hcl_status hcl_commit_cache_keep(const struct hcl_commit_cache *c, const uint8_t id[HCL_COMMIT_ID_BYTES],
                                 const hcl_g1 *point, struct hcl_err *err);
/** Remove entries that may be wrong: those of a key under which a proof did not hold. */
void hcl_commit_cache_forget(const struct hcl_commit_cache *c, const uint8_t (*id)[HCL_COMMIT_ID_BYTES],
                             size_t count);

#endif
