/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/team.h"

#include "common/sys/mem.h"

hcl_status hcl_team_init(struct hcl_team *t, struct hcl_comm *comm, const struct hcl_srs *srs,
                         const struct hcl_domain *domain, size_t columns, uint32_t halo, int threads,
                         struct hcl_err *err)
{
    *t = (struct hcl_team){ .comm = comm, .srs = srs, .domain = domain, .n = domain->n, .threads = threads };
    t->rank = hcl_comm_rank(comm);
    t->ranks = hcl_comm_size(comm);
    hcl_status st = hcl_exchange_init(&t->exchange, comm, domain->n, columns, halo, err);
    st = hcl_comm_agree(comm, st, err);
    if (st != HCL_OK) {
        hcl_team_clear(t);
        return st;
    }
    t->first = t->exchange.first;
    t->count = t->exchange.count;
    return HCL_OK;
}

void hcl_team_clear(struct hcl_team *t)
{
    hcl_exchange_clear(&t->exchange);
    *t = (struct hcl_team){ 0 };
}

void hcl_team_phase(struct hcl_team *t, const char *name)
{
    hcl_mem_press();
    if (t->on_phase)
        t->on_phase(t->on_phase_ctx, name);
}
