/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/run/place.h"

#include <string.h>

static int threads_from_environment(void)
{
    const char *text = getenv("OMP_NUM_THREADS");
    long n = text ? strtol(text, NULL, 10) : 0;
    return n > 0 && n < 4096 ? (int)n : 0;
}

hcl_status hcl_place_threads(struct hcl_topo_plan *plan, struct hcl_comm *comm,
                             const struct hcl_topo_wish *wish, struct hcl_err *err)
{
    struct hcl_topo_wish part = *wish; /* this rank's part */
    bool bound = false;
    int ranks = hcl_comm_size(comm), me = hcl_comm_rank(comm), position = 0, processes = 0;
    uint64_t mine = 0, *all = calloc((size_t)ranks, sizeof *all);
    *plan = (struct hcl_topo_plan){ 0 };
    hcl_status st = hcl_topo_identity(&mine, err);
    if (st == HCL_OK && !all)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", ranks);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_allgather(comm, &mine, all, sizeof mine);
    for (int r = 0; r < ranks; r++)
        if (all[r] == mine) {
            position += r < me;
            processes++;
        }
    if (part.threads == 0)
        part.threads = threads_from_environment();
    part.cpus /= hcl_comm_local_size(comm);
    st = hcl_topo_plan_init(plan, position, processes, &part, err);
    /* With cores to spare the scheduler does better: several small jobs would all sit on the first core. */
    if (st == HCL_OK && plan->threads >= plan->cores)
        st = hcl_topo_bind(plan, &bound, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    const bool stays = plan->numa_nodes == 1 && (bound || plan->confined);
    st = hcl_comm_set_place(comm, stays ? plan->numa_node : -1, err);
done:
    if (st != HCL_OK)
        hcl_topo_plan_clear(plan);
    free(all);
    return st;
}
