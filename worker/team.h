/* SPDX-License-Identifier: Apache-2.0 */
/* What the rounds of keygen and proving share on one rank: the communicator, the SRS, the domain, the row
 * block and counts of work for the report. */
#ifndef HCL_WORKER_TEAM_H
#define HCL_WORKER_TEAM_H

#include "common/comm/comm.h"
#include "common/halo2/srs.h"
#include "common/poly/domain.h"
#include "worker/store/exchange.h"

struct hcl_team_counters {
    uint64_t msm_terms, msms; /* scalars times points, and calls' columns */
    uint64_t ntts;            /* transforms of n values, or of a part of them (rounds/coset.h) */
};

struct hcl_team {
    struct hcl_comm *comm;           /* borrowed */
    const struct hcl_srs *srs;       /* borrowed; srs->n == n */
    const struct hcl_domain *domain; /* borrowed */
    size_t n, first, count;          /* rows [first, first + count) are this rank's */
    int threads, rank, ranks;
    struct hcl_exchange exchange;
    struct hcl_team_counters counters;
    /* The commitments of what is computed are known already, as a checkpoint has them: none is made, and
     * points that would be returned are left as they are. */
    bool recalling;
    double repeat;  /* the share of its work that another rank repeats (rounds/repeat.h); set by the caller */
    bool disagreed; /* and it came out otherwise, on any rank */
    /* Told when a new kind of work begins, for reports and progress; may be NULL. A name may come again. */
    void (*on_phase)(void *ctx, const char *name);
    void *on_phase_ctx;
};

/** columns, halo: hcl_exchange_init. Collective: all ranks succeed or fail. */
hcl_status hcl_team_init(struct hcl_team *t, struct hcl_comm *comm, const struct hcl_srs *srs,
                         const struct hcl_domain *domain, size_t columns, uint32_t halo, int threads,
                         struct hcl_err *err);
void hcl_team_clear(struct hcl_team *t);
void hcl_team_phase(struct hcl_team *t, const char *name);

#endif
