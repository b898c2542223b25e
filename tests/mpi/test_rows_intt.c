/* SPDX-License-Identifier: Apache-2.0 */
/* Inverse transforms by all ranks together against hcl_intt, on every size that takes the tables of small
 * transforms, the odd ones and those with fewer rows than ranks included. */
#include "tests/mpi/mpi_test.h"
#include "worker/rounds/rows_intt.h"

#include <string.h>

enum { VECTORS = 3 };

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void fill(hcl_fr *v, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        hcl_fr factor;
        hcl_fr_from_u64(&v[i], next_random(&seed));
        hcl_fr_from_u64(&factor, next_random(&seed));
        for (int k = 0; k < 3; k++)
            hcl_fr_mul(&v[i], &v[i], &factor);
    }
}

static void try_size(struct hcl_comm *comm, uint32_t k, int threads)
{
    struct hcl_domain domain;
    struct hcl_team t = { .comm = comm,
                          .domain = &domain,
                          .n = (size_t)1 << k,
                          .threads = threads,
                          .rank = hcl_comm_rank(comm),
                          .ranks = hcl_comm_size(comm) };
    struct hcl_rows_intt intt;
    hcl_fr *whole = calloc(VECTORS * t.n, sizeof *whole), *blocks[VECTORS];
    EXPECT_OK(comm, hcl_domain_init(&domain, k, err));
    EXPECT_OK(comm, hcl_exchange_init(&t.exchange, comm, t.n, 1, 0, err));
    t.first = t.exchange.first;
    t.count = t.exchange.count;
    EXPECT_OK(comm, hcl_rows_intt_init(&intt, &t, err));
    for (size_t i = 0; i < VECTORS; i++) {
        blocks[i] = calloc(t.count + 1, sizeof **blocks);
        EXPECT(comm, whole && blocks[i]);
        fill(whole + i * t.n, t.n, k + 100 * i);
        memcpy(blocks[i], whole + i * t.n + t.first, t.count * sizeof **blocks);
        hcl_intt(&domain, whole + i * t.n, 1);
    }
    hcl_rows_intt(&intt, &t, blocks, 2); /* and the tables are good for another */
    hcl_rows_intt(&intt, &t, blocks + 2, VECTORS - 2);
    EXPECT(comm, t.counters.ntts == (t.rank == 0 ? VECTORS : 0));
    for (size_t i = 0; i < VECTORS; i++) {
        for (size_t j = 0; j < t.count; j++)
            EXPECT(comm, hcl_fr_eq(&blocks[i][j], &whole[i * t.n + t.first + j]));
        free(blocks[i]);
    }
    hcl_rows_intt_clear(&intt);
    hcl_exchange_clear(&t.exchange);
    hcl_domain_clear(&domain);
    free(whole);
}

static void test_all_sizes(struct hcl_comm *comm)
{
    for (uint32_t k = 1; k <= 14; k++)
        try_size(comm, k, k % 2 ? 1 : 2);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "all sizes", test_all_sizes } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
