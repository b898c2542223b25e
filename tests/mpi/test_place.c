/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks that share this node share its cores out. */
#include "coordinator/run/place.h"
#include "tests/mpi/mpi_test.h"

#include <stdlib.h>

static void test_place(struct hcl_comm *comm)
{
    struct hcl_topo_plan plan;
    size_t ranks = (size_t)hcl_comm_size(comm);
    uint64_t mine, *all = calloc(ranks, sizeof *all);
    unsetenv("OMP_NUM_THREADS");
    EXPECT(comm, all != NULL);
    EXPECT_OK(comm, hcl_place_threads(&plan, comm, &(struct hcl_topo_wish){ 0 }, err));
    EXPECT(comm, plan.threads == plan.cores && plan.cores >= 1);
    mine = plan.exclusive ? plan.pus[0] : UINT64_MAX;
    hcl_comm_allgather(comm, &mine, all, sizeof mine);
    for (size_t i = 0; i < ranks; i++)
        for (size_t j = 0; j < i; j++)
            EXPECT(comm, all[i] == UINT64_MAX || all[i] != all[j]);
    hcl_topo_plan_clear(&plan);
    free(all);
}

static void test_wanted(struct hcl_comm *comm)
{
    struct hcl_topo_plan plan;
    EXPECT_OK(comm,
              hcl_place_threads(&plan, comm, &(struct hcl_topo_wish){ .threads = 3, .forced = true }, err));
    EXPECT(comm, plan.threads == 3);
    hcl_topo_plan_clear(&plan);
    setenv("OMP_NUM_THREADS", "2", 1);
    EXPECT_OK(comm, hcl_place_threads(&plan, comm, &(struct hcl_topo_wish){ .forced = true }, err));
    EXPECT(comm, plan.threads == 2);
    hcl_topo_plan_clear(&plan);
}

/* Without force no thread has to wait for its turn: neither for a processor nor for the node's quota. */
static void test_granted(struct hcl_comm *comm)
{
    struct hcl_topo_plan plan;
    EXPECT_OK(comm, hcl_place_threads(&plan, comm, &(struct hcl_topo_wish){ .threads = 2000 }, err));
    EXPECT(comm, plan.threads == plan.units);
    hcl_topo_plan_clear(&plan);
    EXPECT_OK(comm,
              hcl_place_threads(&plan, comm, &(struct hcl_topo_wish){ .threads = 2000, .cpus = 0.2 }, err));
    EXPECT(comm, plan.threads == 1);
    hcl_topo_plan_clear(&plan);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "place", test_place },
                                             { "wanted", test_wanted },
                                             { "granted", test_granted } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
