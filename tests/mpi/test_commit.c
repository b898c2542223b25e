/* SPDX-License-Identifier: Apache-2.0 */
/* Commitments of which pieces move between ranks: the same points as of one rank, on every rank, of columns
 * of values and of integers that one rank has, and of vectors in row blocks. */
#include "common/curve/msm.h"
#include "tests/mpi/mpi_test.h"
#include "worker/rounds/commit.h"

#include <string.h>

#define K 12
#define N ((size_t)1 << K)
#define VECTORS 5

struct fixture {
    struct hcl_srs srs;
    struct hcl_domain domain;
    struct hcl_team team;
    hcl_fr *values; /* [VECTORS][N], the same on all ranks */
    struct hcl_compact compact;
};

/* Vectors of values, of which some repeat; the last one has integers and, in its last rows, values. */
static void fill(struct fixture *x, struct hcl_comm *comm)
{
    hcl_fr square = hcl_fr_one, seven;
    hcl_fr_from_u64(&seven, 7);
    for (size_t i = 0; i < VECTORS * N; i++) {
        hcl_fr_mul(&square, &square, i % 5 ? &seven : &square);
        hcl_fr_add(&square, &square, &hcl_fr_one);
        x->values[i] = i % 9 && i % N ? x->values[i - 1] : square;
        if (i / N == VECTORS - 1 && i % N < N - 5)
            hcl_fr_from_i64(&x->values[i], (int64_t)(i * 40503 % 2000) - 1000);
    }
    EXPECT_OK(comm, hcl_compact_from_fr(&x->compact, N, x->values + (VECTORS - 1) * N, N, true, "test", err));
    EXPECT(comm, x->compact.width < HCL_COMPACT_FR);
}

static void fixture_init(struct fixture *x, struct hcl_comm *comm)
{
    static const uint8_t seed[32] = { 3 };
    *x = (struct fixture){ .values = calloc(VECTORS * N, sizeof(hcl_fr)) };
    EXPECT(comm, x->values);
    EXPECT_OK(comm, hcl_srs_create_unsafe(&x->srs, K, seed, 1, err));
    EXPECT_OK(comm, hcl_domain_init(&x->domain, K, err));
    EXPECT_OK(comm, hcl_team_init(&x->team, comm, &x->srs, &x->domain, VECTORS, 0, 2, err));
    fill(x, comm);
}

static void fixture_clear(struct fixture *x)
{
    hcl_compact_clear(&x->compact);
    hcl_team_clear(&x->team);
    hcl_domain_clear(&x->domain);
    hcl_srs_clear(&x->srs);
    free(x->values);
}

static void expect_points(struct hcl_comm *comm, const struct fixture *x, const hcl_g1 *points, size_t count,
                          const hcl_g1 *bases)
{
    for (size_t i = 0; i < count; i++) {
        hcl_g1_jac sum;
        hcl_g1 expected;
        EXPECT_OK(comm, hcl_msm(&sum, x->values + i * N, bases, N, 1, err));
        hcl_g1_jac_to_affine(&expected, &sum);
        EXPECT(comm, hcl_g1_eq(&points[i], &expected));
    }
}

static uint64_t sent(struct hcl_comm *comm)
{
    struct hcl_comm_counters c;
    hcl_comm_counters(comm, &c);
    return c.bytes_sent;
}

/* Columns at one rank, dear ones and cheap ones, each once more on the next rank. */
static void test_columns(struct hcl_comm *comm)
{
    struct fixture x;
    struct hcl_scalars columns[VECTORS];
    hcl_g1 points[VECTORS];
    const double cost[VECTORS] = { 1, 0.2, 1, 0.5, 0.7 };
    const uint32_t ranks = (uint32_t)hcl_comm_size(comm), me = (uint32_t)hcl_comm_rank(comm);
    uint32_t owner[VECTORS];
    fixture_init(&x, comm);
    x.team.repeat = 1;
    for (uint32_t at = 0; at < ranks; at++)
        for (int costs = 0; costs < 2; costs++) {
            const uint64_t before = sent(comm);
            for (uint32_t i = 0; i < VECTORS; i++) {
                const bool integers = i + 1 == VECTORS, mine = at == me;
                owner[i] = at;
                columns[i] = (struct hcl_scalars){ .values = mine && !integers ? x.values + i * N : NULL,
                                                   .compact = mine && integers ? &x.compact : NULL,
                                                   .count = N };
            }
            EXPECT_OK(comm, hcl_commit_columns(&x.team, owner, costs ? cost : NULL, HCL_MOVED_VALUES, columns,
                                               VECTORS, points, err));
            expect_points(comm, &x, points, VECTORS, x.srs.g_lagrange);
            EXPECT(comm, ranks == 1 || at != me || sent(comm) - before > N * sizeof(hcl_fr));
        }
    EXPECT(comm, !x.team.disagreed);
    fixture_clear(&x);
}

static void test_rows(struct hcl_comm *comm)
{
    struct fixture x;
    const hcl_fr *rows[VECTORS];
    hcl_g1 points[VECTORS];
    fixture_init(&x, comm);
    x.team.repeat = 1;
    for (size_t count = 1; count <= VECTORS; count++) {
        for (size_t i = 0; i < count; i++)
            rows[i] = x.values + i * N + x.team.first;
        EXPECT_OK(comm, hcl_commit_rows(&x.team, rows, count, x.srs.g, points, err));
        expect_points(comm, &x, points, count, x.srs.g);
    }
    EXPECT(comm, !x.team.disagreed);
    fixture_clear(&x);
}

int main(void)
{
    const struct mpi_test tests[] = { { "columns", test_columns }, { "rows", test_rows } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
