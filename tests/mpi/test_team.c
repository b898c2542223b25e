/* SPDX-License-Identifier: Apache-2.0 */
/* What ranks that compute a witness together give each other: outputs of a block, sums of vectors; that a
 * rank has the quotients and remainders it has use for; and that a rank with a wrong share is named. */
#include "common/field/fr.h"
#include "common/sys/mem.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
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

enum { LANES = 5, HEIGHT = 3, FIRST = 2, NUM_ROWS = FIRST + ALL * HEIGHT, DIVISOR = 10, LIMIT = 1 << 18 };

/* Cells of a block; sums of an output are in rows of their own, or a sum of each output in those of a
 * position.
 */
struct block {
    struct hcl_program p;
    struct hcl_row rows[NUM_ROWS];
    struct hcl_row_class cls;
    struct hcl_fn_table fn;
    struct hcl_block b;
    struct hcl_grid grid;
    int64_t memory[3][NUM_ROWS * LANES], lanes[2 * LANES][NUM_ROWS];
    struct hcl_cells cells;
};

static void set_up(struct block *x, bool by_position, uint32_t few)
{
    *x = (struct block){ 0 };
    x->p = (struct hcl_program){ .lanes = LANES,
                                 .num_rows = NUM_ROWS,
                                 .weight_columns = COLUMNS,
                                 .rows = x->rows,
                                 .classes = &x->cls,
                                 .fns = &x->fn,
                                 .num_fns = 1,
                                 .num_classes = 1 };
    x->cls.s = DIVISOR;
    x->fn = (struct hcl_fn_table){ .lo = -LIMIT, .len = 2 * LIMIT };
    for (uint32_t row = 0; row < NUM_ROWS; row++) {
        x->rows[row].lookups = 0xf;
        x->rows[row].flags = row < NUM_ROWS / 3 ? 0 : HCL_ROW_HY | HCL_ROW_HZ;
    }
    const uint32_t per_position = (ALL + LANES - 1) / LANES;
    x->b = by_position
               ? (struct hcl_block){ .kind = HCL_BLOCK_ROWS,
                                     .out_row = FIRST,
                                     .out_w = ALL,
                                     .out_channels = EACH,
                                     .out_rows = per_position }
               : (struct hcl_block){
                     .kind = HCL_BLOCK_PRODUCT, .out_row = FIRST, .out_channels = ALL, .out_rows = HEIGHT
                 };
    x->grid = by_position
                  ? (struct hcl_grid){ FIRST * LANES, 1, (size_t)per_position * LANES, EACH, per_position }
                  : (struct hcl_grid){ FIRST * LANES, HEIGHT * LANES, 1, HEIGHT * LANES, HEIGHT };
    x->cells = (struct hcl_cells){ .q = x->memory[0], .y = x->memory[1], .r = x->memory[2] };
    for (uint32_t lane = 0; lane < LANES; lane++)
        if (few >> lane & 1) {
            x->cells.lane_q[lane] = x->lanes[lane];
            x->cells.lane_r[lane] = x->lanes[LANES + lane];
        }
}

/* Every output's values; quotients and remainders in this rank's rows and lanes. */
static void check_cells(struct hcl_comm *comm, const struct hcl_witness_team *team, const struct block *x,
                        uint32_t o, size_t i)
{
    const size_t cell = x->grid.first + o * x->grid.by_output + i * x->grid.by_sum;
    const uint32_t row = (uint32_t)(cell / LANES), lane = (uint32_t)(cell % LANES);
    const uint32_t rank = (uint32_t)hcl_comm_rank(comm);
    const int64_t z = value(o, i, 20), t = z + DIVISOR / 2, q = t / DIVISOR - (t % DIVISOR < 0);
    EXPECT(comm, x->cells.y[cell] == (lane < 4 ? q : 0));
    if (row >= hcl_team_first_row(team, &x->p, rank) && row < hcl_team_first_row(team, &x->p, rank + 1))
        EXPECT(comm, x->cells.q[cell] == q && x->cells.r[cell] == z - DIVISOR * q);
    if (x->cells.lane_q[lane])
        EXPECT(comm, x->cells.lane_q[lane][row] == q && x->cells.lane_r[lane][row] == z - DIVISOR * q);
}

/* Every third rank has use for two lanes, the others for one or none. wrong: an output whose first sum is out
 * of range; HCL_NONE: none is. */
static void deliver(struct hcl_comm *comm, bool by_position, bool cut, uint32_t wrong)
{
    uint32_t owner[COLUMNS], lanes[64], rows[65];
    const uint32_t rank = (uint32_t)hcl_comm_rank(comm);
    for (uint32_t r = 0; r < (uint32_t)hcl_comm_size(comm); r++)
        lanes[r] = r % 3 == 2 ? 0x11 : r % 3 == 1 ? 0 : 1u << r % LANES;
    struct hcl_witness_team team = { .comm = comm, .owner = owner, .lanes = lanes };
    const struct hcl_spread plain = hcl_spread_plain(ALL);
    static struct block x;
    struct hcl_outputs o;
    struct hcl_err err;
    int64_t *z = NULL;
    own_columns(owner, comm);
    set_up(&x, by_position, lanes[rank]);
    hcl_team_cut_rows(rows, &x.p, (uint32_t)hcl_comm_size(comm));
    team.rows = cut ? rows : NULL;
    EXPECT(comm, hcl_team_lanes_few(lanes, (uint32_t)hcl_comm_size(comm), LANES) && !hcl_team_whole(&team));
    EXPECT(comm, !hcl_team_lanes_few((const uint32_t[]){ 1, 0x13 }, 2, LANES));
    EXPECT(comm, hcl_outputs_init(&o, &team, &x.p, ALL, &plain, &err) == HCL_OK);
    EXPECT(comm, hcl_mem_alloc((void **)&z, o.count * x.grid.each + 1, sizeof *z, "test", &err) == HCL_OK);
    for (uint32_t k = 0; k < o.count; k++)
        for (size_t i = 0; i < x.grid.each; i++)
            z[k * x.grid.each + i] =
                o.mine[k] == wrong && i == 1 ? (int64_t)LIMIT * DIVISOR : value(o.mine[k], i, 20);
    const hcl_status st = hcl_outputs_deliver(&o, HCL_OK, &x.p, &x.b, &x.grid, &x.cells, z, &err);
    EXPECT(comm, st == (wrong == HCL_NONE ? HCL_OK : HCL_BAD_INPUT) && !team.ended);
    EXPECT(comm, wrong == HCL_NONE || strstr(err.msg, by_position ? "channel 12, position 1" : "channel 12"));
    for (uint32_t out = 0; st == HCL_OK && out < ALL; out++)
        for (size_t i = 0; i < x.grid.each; i++)
            check_cells(comm, &team, &x, out, i);
    hcl_outputs_clear(&o);
    hcl_mem_free_secret(z);
}

static void test_deliver(struct hcl_comm *comm)
{
    for (int by_position = 0; by_position < 2; by_position++)
        for (int cut = 0; cut < 2; cut++) {
            deliver(comm, by_position != 0, cut != 0, HCL_NONE);
            deliver(comm, by_position != 0, cut != 0, 12);
        }
}

/* Rows with sums take longer than others; ranks beyond the rows get none. */
static void test_cut_rows(struct hcl_comm *comm)
{
    struct hcl_row rows[10] = { 0 };
    const struct hcl_program p = { .rows = rows, .num_rows = 10 };
    uint32_t first[21];
    for (uint32_t row = 5; row < 10; row++)
        rows[row].flags = HCL_ROW_HY | HCL_ROW_HZ;
    hcl_team_cut_rows(first, &p, 1);
    EXPECT(comm, first[0] == 0 && first[1] == 10);
    hcl_team_cut_rows(first, &p, 2);
    EXPECT(comm, first[0] == 0 && first[1] == 8 && first[2] == 10);
    hcl_team_cut_rows(first, &p, 20);
    for (uint32_t r = 0; r < 20; r++)
        EXPECT(comm, first[r] <= first[r + 1]);
    EXPECT(comm, first[0] == 0 && first[20] == 10);
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
                                             { "deliver", test_deliver },
                                             { "blame", test_blame },
                                             { "sum", test_sum },
                                             { "rows", test_cut_rows } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
