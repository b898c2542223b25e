/* SPDX-License-Identifier: Apache-2.0 */
/* What ranks that compute a witness together give each other: outputs of a block, sums of vectors; and that a
 * rank with a wrong share is named. */
#include "common/field/fr.h"
#include "common/sys/mem.h"
#include "common/witness/team.h"
#include "coordinator/run/blame.h"
#include "tests/mpi/mpi_test.h"

#include <string.h>

enum { COLUMNS = 5, ALL = 23, EACH = 7 };

/* Columns go round the ranks that are even, so that others have no outputs. */
static void own_columns(uint32_t owner[COLUMNS], struct hcl_comm *comm)
{
    const uint32_t even = (uint32_t)(hcl_comm_size(comm) + 1) / 2;
    for (uint32_t i = 0; i < COLUMNS; i++)
        owner[i] = i % even * 2;
}

/* Values of a width: up to 7 bytes with both signs, or all of 8. */
static int64_t value(uint32_t output, size_t at, int bits)
{
    const uint64_t mixed = (output * 1000003u + at * 7919u + 1) * 0x9e3779b97f4a7c15u;
    return (int64_t)mixed >> (64 - bits);
}

static hcl_status gather(struct hcl_comm *comm, bool of_column, int bits, uint32_t wrong, hcl_status st,
                         struct hcl_err *err)
{
    uint32_t owner[COLUMNS];
    struct hcl_witness_team team = { .comm = comm, .owner = owner };
    const struct hcl_program program = { .weight_columns = COLUMNS };
    const struct hcl_spread plain = hcl_spread_plain(ALL);
    struct hcl_outputs o;
    int64_t *z = NULL;
    own_columns(owner, comm);
    EXPECT(comm, hcl_outputs_init(&o, &team, &program, ALL, of_column ? &plain : NULL, err) == HCL_OK);
    EXPECT(comm, hcl_mem_alloc((void **)&z, o.count * EACH, sizeof *z, "test", err) == HCL_OK);
    for (uint32_t i = 0; i < o.count; i++) {
        EXPECT(comm, o.place[o.mine[i]] == i);
        EXPECT(comm, !of_column || owner[(ALL - 1 - o.mine[i]) % COLUMNS] == (uint32_t)hcl_comm_rank(comm));
        for (size_t k = 0; k < EACH; k++)
            z[i * EACH + k] = value(o.mine[i], k, bits) ^ (o.mine[i] == wrong);
    }
    st = hcl_outputs_gather(&o, st, bits / 10, EACH, &z, err);
    EXPECT(comm, team.ended == (st != HCL_OK));
    for (uint32_t i = 0; st == HCL_OK && i < ALL; i++)
        for (size_t k = 0; k < EACH; k++)
            EXPECT(comm, z[i * EACH + k] == (value(i, k, bits) ^ (i == wrong)));
    hcl_outputs_clear(&o);
    hcl_mem_free_secret(z);
    return st;
}

static void test_gather(struct hcl_comm *comm)
{
    for (int bits = 1; bits <= 64; bits += 7)
        for (int of_column = 0; of_column < 2; of_column++)
            EXPECT_OK(comm, gather(comm, of_column != 0, bits, HCL_NONE, HCL_OK, err));
    struct hcl_err why;
    for (int bad = 0; bad < hcl_comm_size(comm); bad++) {
        const hcl_status mine = hcl_comm_rank(comm) == bad ? hcl_fail(&why, HCL_BAD_INPUT, "no") : HCL_OK;
        EXPECT(comm, gather(comm, true, 20, HCL_NONE, mine, &why) == HCL_BAD_INPUT);
    }
}

/* The same twice, but for one output the first time: its rank is named. */
static void test_blame(struct hcl_comm *comm)
{
    uint32_t owner[COLUMNS];
    own_columns(owner, comm);
    for (uint32_t wrong = 0; wrong <= ALL; wrong += 4) {
        struct hcl_comm_log first = { .phase = "inference" }, second = first;
        struct hcl_err named = { "" };
        char expected[64];
        const bool any = wrong < ALL;
        hcl_comm_watch(comm, &first);
        EXPECT_OK(comm, gather(comm, true, 30, any ? wrong : HCL_NONE, HCL_OK, err));
        hcl_comm_watch(comm, &second);
        EXPECT_OK(comm, gather(comm, true, 30, HCL_NONE, HCL_OK, err));
        hcl_comm_watch(comm, NULL);
        const hcl_status st = hcl_blame_messages(comm, &first, &second, &named);
        EXPECT(comm, st == (any ? HCL_NO_RESOURCE : HCL_OK));
        snprintf(expected, sizeof expected, "rank %u: computed something wrong in 'inference'",
                 owner[(ALL - 1 - wrong) % COLUMNS]);
        EXPECT(comm, !any || strncmp(named.msg, expected, strlen(expected)) == 0);
        hcl_comm_log_clear(&first);
        hcl_comm_log_clear(&second);
    }
}

static void test_sum(struct hcl_comm *comm)
{
    const size_t counts[] = { 1, 3, 100 };
    const uint64_t ranks = (uint64_t)hcl_comm_size(comm), rank = (uint64_t)hcl_comm_rank(comm);
    const struct hcl_witness_team team = { .comm = comm };
    bool *wanted = calloc((size_t)ranks, sizeof *wanted);
    EXPECT(comm, wanted != NULL);
    for (uint64_t to = 0; to < ranks; to++)
        for (size_t c = 0; c < 3; c++) {
            hcl_fr v[100], sum;
            memset(wanted, 0, (size_t)ranks * sizeof *wanted);
            wanted[to] = wanted[0] = true;
            for (size_t i = 0; i < counts[c]; i++)
                hcl_fr_from_u64(&v[i], (rank + 1) * (i + 1));
            EXPECT_OK(comm, hcl_team_sum(&team, HCL_OK, v, counts[c], wanted, err));
            for (size_t i = 0; wanted[rank] && i < counts[c]; i++) {
                hcl_fr_from_u64(&sum, ranks * (ranks + 1) / 2 * (i + 1));
                EXPECT(comm, hcl_fr_eq(&v[i], &sum));
            }
        }
    free(wanted);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "gather", test_gather },
                                             { "blame", test_blame },
                                             { "sum", test_sum } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
