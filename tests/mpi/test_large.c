/* SPDX-License-Identifier: Apache-2.0 */
/* Messages longer than MPI's counts, as they are: some bytes above 2 GiB from one rank to the next, and from
 * one to all. On two ranks this takes 4.3 GB. */
#include "tests/mpi/mpi_test.h"

#include <string.h>
#include <sys/mman.h>

#define LARGE (((size_t)1 << 31) + 12345)

/* The word at byte 8*i. */
static uint64_t pattern(size_t i, uint64_t seed)
{
    return (seed + i) * 0x9e3779b97f4a7c15u;
}

static unsigned char *take(struct hcl_comm *comm)
{
    void *p = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(comm, p != MAP_FAILED);
    return p;
}

static void fill(unsigned char *p, uint64_t seed)
{
    for (size_t i = 0; i < LARGE / 8; i++) {
        const uint64_t word = pattern(i, seed);
        memcpy(p + 8 * i, &word, sizeof word);
    }
    p[LARGE - 1] = (unsigned char)seed;
}

static bool is_filled(const unsigned char *p, uint64_t seed)
{
    uint64_t differ = p[LARGE - 1] ^ (unsigned char)seed;
    for (size_t i = 0; i < LARGE / 8; i++) {
        uint64_t word;
        memcpy(&word, p + 8 * i, sizeof word);
        differ |= word ^ pattern(i, seed);
    }
    return differ == 0;
}

static void test_bcast(struct hcl_comm *comm)
{
    unsigned char *p = take(comm);
    if (hcl_comm_rank(comm) == 0)
        fill(p, 5);
    hcl_comm_bcast(comm, p, LARGE, 0);
    EXPECT(comm, is_filled(p, 5));
    munmap(p, LARGE);
}

/* From rank 0 to rank 1 alone. */
static void test_alltoallv(struct hcl_comm *comm)
{
    const int me = hcl_comm_rank(comm);
    size_t *sent = calloc((size_t)hcl_comm_size(comm), sizeof *sent),
           *received = calloc((size_t)hcl_comm_size(comm), sizeof *received);
    unsigned char none, *p = me < 2 ? take(comm) : &none;
    EXPECT(comm, sent && received);
    if (me == 0) {
        fill(p, 6);
        sent[1] = LARGE;
    }
    if (me == 1)
        received[0] = LARGE;
    hcl_comm_alltoallv(comm, me == 0 ? p : &none, sent, me == 1 ? p : &none, received);
    EXPECT(comm, me != 1 || is_filled(p, 6));
    if (me < 2)
        munmap(p, LARGE);
    free(sent);
    free(received);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "bcast", test_bcast }, { "alltoallv", test_alltoallv } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
