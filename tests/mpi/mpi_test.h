/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that run on several ranks: a failed expectation on one rank ends the whole job at once (exit code 1),
 * since the other ranks would wait for it forever. Every test prints its summary on rank 0. */
#ifndef HCL_TESTS_MPI_MPI_TEST_H
#define HCL_TESTS_MPI_MPI_TEST_H

#include "common/comm/comm.h"

#include <stdio.h>
#include <stdlib.h>

#define EXPECT(comm, cond)                                                                                   \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            fprintf(stderr, "%s:%d: rank %d of %d: expected %s\n", __FILE__, __LINE__, hcl_comm_rank(comm),  \
                    hcl_comm_size(comm), #cond);                                                             \
            hcl_comm_abort(comm, 1, "a test failed");                                                        \
        }                                                                                                    \
    } while (0)

#define EXPECT_OK(comm, call)                                                                                \
    do {                                                                                                     \
        struct hcl_err expect_err = { "" };                                                                  \
        struct hcl_err *err = &expect_err;                                                                   \
        if ((call) != HCL_OK) {                                                                              \
            fprintf(stderr, "%s:%d: rank %d: %s\n", __FILE__, __LINE__, hcl_comm_rank(comm), err->msg);      \
            hcl_comm_abort(comm, 1, "a test failed");                                                        \
        }                                                                                                    \
    } while (0)

struct mpi_test {
    const char *name;
    void (*run)(struct hcl_comm *comm);
};

/* Run all, print "N tests passed on R ranks". */
static inline int mpi_test_main(const struct mpi_test *tests, size_t count)
{
    struct hcl_comm *comm;
    struct hcl_err err = { "" };
    if (hcl_comm_init(&comm, &err) != HCL_OK) {
        fprintf(stderr, "no communicator: %s\n", err.msg);
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        tests[i].run(comm);
        (void)hcl_comm_agree(comm, HCL_OK, NULL); /* no rank is behind */
        if (hcl_comm_rank(comm) == 0)
            printf("ok %s\n", tests[i].name);
    }
    if (hcl_comm_rank(comm) == 0)
        printf("%zu tests passed on %d ranks\n", count, hcl_comm_size(comm));
    hcl_comm_finalize(comm);
    return 0;
}

#endif
