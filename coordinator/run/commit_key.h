/* SPDX-License-Identifier: Apache-2.0 */
/* The commitments of a proving key's columns, by all ranks together, without those that are known already. */
#ifndef HCL_COORDINATOR_RUN_COMMIT_KEY_H
#define HCL_COORDINATOR_RUN_COMMIT_KEY_H

#include "common/halo2/keys.h"
#include "coordinator/plan/plan.h"
#include "worker/team.h"

struct hcl_column_ids {
    size_t count;
    uint8_t (*id)[HCL_COMMIT_ID_BYTES]; /* free() */
    size_t found;                       /* columns of all ranks that were found in a cache */
};

/** points[i]: fixed columns first, then sigmas; on every rank. Collective. pk holds this rank's columns as
 * the plan says. What a rank finds in its cache is not committed again by any; what is committed its owner
 * keeps, a few columns at a time, so that an interrupted key goes on from there. cache may be NULL on some
 * ranks or all. ids: of this rank's columns, none without a cache;
 * and how much came from one. */
hcl_status hcl_commit_key(hcl_g1 *points, struct hcl_column_ids *ids, const struct hcl_pk *pk,
                          const struct hcl_plan *plan, struct hcl_team *team,
                          const struct hcl_commit_cache *cache, struct hcl_err *err);

#endif
