/* SPDX-License-Identifier: Apache-2.0 */
/* Keys for a run on all ranks: the verifying key everywhere, of the proving key each rank's own columns. */
#ifndef HCL_COORDINATOR_RUN_KEYGEN_H
#define HCL_COORDINATOR_RUN_KEYGEN_H

#include "common/comm/comm.h"
#include "common/halo2/keys.h"
#include "coordinator/plan/plan.h"
#include "coordinator/report/report.h"
#include "coordinator/run/commit_key.h"
#include "worker/rounds/key_cosets.h"

/* The phase of which a cached key spares a proof all. */
#define HCL_PHASE_KEY_COMMIT "keygen: commit"

struct hcl_keys {
    const struct hcl_circuit *circuit; /* borrowed */
    struct hcl_domain domain;
    struct hcl_plan plan;
    struct hcl_pk pk;
    struct hcl_vk vk;
    struct hcl_column_ids column_ids; /* to be forgotten if no proof holds under the key */
    struct hcl_key_cosets cosets;     /* empty before hcl_keys_prepare, which needs memory */
    struct hcl_lent *lent;            /* for one proof at a time; NULL before hcl_keys_prepare */
};

/** Collective: the ranks share out the columns, commit their own and exchange the points; the vk is the same
 * for any number of ranks. circuit and srs are the same on all ranks, srs->k = circuit->k. advice as in
 * hcl_plan_init. Each rank looks its columns up in its cache and keeps what it had to commit, as it goes;
 * NULL: none. meter may be NULL. */
hcl_status hcl_keygen(struct hcl_keys *out, struct hcl_comm *comm, const struct hcl_circuit *circuit,
                      const struct hcl_srs *srs, const struct hcl_commit_cache *cache,
                      const struct hcl_advice_hints *advice, int threads, struct hcl_meter *meter,
                      struct hcl_err *err);
/** Collective: the proving key for a vk that is known already (copied), without commitments. */
hcl_status hcl_keys_load(struct hcl_keys *out, struct hcl_comm *comm, const struct hcl_vk *vk,
                         const struct hcl_advice_hints *advice, int threads, struct hcl_err *err);
/** Collective: compute what all proofs under these keys have in common. Proofs are the same without. */
hcl_status hcl_keys_prepare(struct hcl_keys *keys, struct hcl_comm *comm, const struct hcl_srs *srs,
                            int threads, struct hcl_meter *meter, struct hcl_err *err);
/** Local: the columns of the proving key that this rank owns, made from keys->circuit and keys->plan. */
hcl_status hcl_keys_own_columns(struct hcl_pk *out, const struct hcl_keys *keys, struct hcl_comm *comm,
                                int threads, struct hcl_err *err);
void hcl_keys_clear(struct hcl_keys *keys);

#endif
