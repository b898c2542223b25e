/* SPDX-License-Identifier: Apache-2.0 */
/* Columns to row blocks and back on several ranks: uneven owners, ragged halos, fewer rows than ranks. */
#include "common/halo2/rows.h"
#include "common/sys/mem.h"
#include "tests/mpi/mpi_test.h"
#include "worker/store/exchange.h"

#include <string.h>

#define COLUMNS 11

static void value(hcl_fr *out, size_t column, size_t row)
{
    hcl_fr_from_u64(out, column * 100000 + row + 1);
}

/* This rank's block of each column has the rows that it is to have. */
static void expect_rows(struct hcl_comm *comm, const struct hcl_exchange *x, const struct hcl_moving *m,
                        const size_t *number, size_t count)
{
    hcl_fr expected;
    for (size_t i = 0; i < count; i++)
        for (ptrdiff_t row = -(ptrdiff_t)m[i].before; row < (ptrdiff_t)(x->count + m[i].after); row++) {
            value(&expected, number[i], (x->first + (size_t)(row + 5 * (ptrdiff_t)x->n)) % x->n);
            EXPECT(comm, hcl_fr_eq(&m[i].block[row], &expected));
        }
}

/* The first column of each owner, in two halves, once more in the place of what came before. */
static void in_halves(struct hcl_comm *comm, struct hcl_exchange *x, const struct hcl_moving *m)
{
    struct hcl_moving some[COLUMNS];
    size_t number[COLUMNS], count = 0;
    if (hcl_comm_size(comm) == 1)
        return;
    for (size_t c = 0; c < COLUMNS; c++) {
        bool seen = false;
        for (size_t i = 0; i < count; i++)
            seen = seen || some[i].owner == m[c].owner;
        if (seen)
            continue;
        number[count] = c;
        some[count++] = m[c];
        memset(m[c].block - m[c].before, 0, (x->count + m[c].before + m[c].after) * sizeof *m[c].block);
    }
    hcl_columns_to_rows_begin(x, some, count);
    for (size_t i = 0; i < 3; i++)
        hcl_comm_poke(comm);
    hcl_columns_to_rows_end(x);
    hcl_comm_poke(comm); /* nothing is under way */
    expect_rows(comm, x, some, number, count);
}

/* Every rank's rows of one vector, on all ranks. */
static void to_all(struct hcl_comm *comm, struct hcl_exchange *x)
{
    hcl_fr *block = calloc(x->count + 1, sizeof *block), *whole = calloc(x->n, sizeof *whole), expected;
    EXPECT(comm, block && whole);
    for (size_t i = 0; i < x->count; i++)
        value(&block[i], 3, x->first + i);
    hcl_rows_to_all(x, block, whole);
    for (size_t i = 0; i < x->n; i++) {
        value(&expected, 3, i);
        EXPECT(comm, hcl_fr_eq(&whole[i], &expected));
    }
    free(block);
    free(whole);
}

/* Rows of a whole vector, as a summand. */
static void copy_rows(hcl_fr *out, size_t first, size_t count, void *whole)
{
    memcpy(out, (const hcl_fr *)whole + first, count * sizeof *out);
}

/* Each rank's summand is its number times 100000 and the row, plus 1; `some` ranks give one, `numbers` is the
 * sum of theirs. */
static void sums(struct hcl_comm *comm, struct hcl_exchange *x, hcl_fr *whole, const bool *has, uint64_t some,
                 uint64_t numbers)
{
    hcl_fr *sum = calloc(x->count + 1, sizeof *sum), expected;
    EXPECT(comm, sum != NULL);
    memset(sum, 0xff, x->count * sizeof *sum);
    for (int threads = 1; threads < 3; threads++) {
        hcl_sum_to_rows(x, copy_rows, whole, has, sum, threads);
        for (size_t i = 0; i < x->count; i++) {
            hcl_fr_from_u64(&expected, some * (x->first + i + 1) + 100000 * numbers);
            EXPECT(comm, hcl_fr_eq(&sum[i], &expected));
        }
    }
    free(sum);
}

enum { MATRICES = 3, BEFORE = 3, AFTER = 2 };

static void check_transposed(struct hcl_comm *comm, const struct hcl_exchange *x,
                             const struct hcl_transposed *m, uint32_t number)
{
    const size_t columns = x->n / m->rows;
    size_t first, count;
    hcl_fr expected;
    hcl_strips_of(x, m->to, &first, &count);
    for (size_t i = 0; i < count + m->before + m->after; i++) {
        const size_t at = (first + x->n * BEFORE + i - m->before) % x->n;
        value(&expected, number, at % m->rows * columns + at / m->rows);
        EXPECT(comm, hcl_fr_eq(&m->out[(ptrdiff_t)i - (ptrdiff_t)m->before], &expected));
    }
}

/* Matrices of so many rows at once, from one way to be spread to another; the first one in place, the second
 * with halos, the third from one rank to others' parts. */
static void transpose(struct hcl_comm *comm, struct hcl_exchange *x, size_t rows, struct hcl_strips from,
                      struct hcl_strips to)
{
    const struct hcl_strips whole = { HCL_STRIPS_WHOLE, 0, hcl_comm_size(comm) - 1 };
    const struct hcl_strips shifted = { HCL_STRIPS_ROWS, rows, 1 };
    struct hcl_transposed m[MATRICES] = {
        { .rows = rows, .from = from, .to = to },
        { .rows = rows, .from = from, .to = to, .before = BEFORE, .after = AFTER },
        { .rows = rows, .from = whole, .to = shifted },
    };
    const size_t most = x->n + BEFORE + AFTER,
                 room = MATRICES * (x->n + (BEFORE + AFTER) * (size_t)hcl_comm_size(comm));
    hcl_fr *in = calloc(MATRICES * x->n, sizeof *in), *out = calloc(MATRICES * most, sizeof *out);
    hcl_fr *packed = calloc(room, sizeof *packed), *landing = calloc(room, sizeof *landing);
    EXPECT(comm, in && out && packed && landing);
    for (uint32_t i = 0; i < MATRICES; i++) {
        size_t first, count;
        hcl_fr *v = in + i * x->n;
        hcl_strips_of(x, m[i].from, &first, &count);
        for (size_t k = 0; k < count; k++)
            value(&v[k], i, first + k);
        m[i].in = v;
        m[i].out = i == 0 ? v : out + i * most + m[i].before;
    }
    hcl_transpose(x, m, MATRICES, packed, landing, 2);
    for (uint32_t i = 0; i < MATRICES; i++)
        check_transposed(comm, x, &m[i], i);
    free(in);
    free(out);
    free(packed);
    free(landing);
}

static void transposes(struct hcl_comm *comm, struct hcl_exchange *x)
{
    const struct hcl_strips blocks = { HCL_STRIPS_BLOCKS, 0, 0 };
    if (hcl_comm_size(comm) == 1)
        return;
    for (size_t rows = 1; rows <= x->n; rows *= 2) {
        const struct hcl_strips in = { HCL_STRIPS_ROWS, x->n / rows, 0 }, out = { HCL_STRIPS_ROWS, rows, 0 };
        transpose(comm, x, rows, blocks, out);
        transpose(comm, x, rows, in, out);
        transpose(comm, x, rows, in, blocks);
        transpose(comm, x, rows, blocks, blocks);
    }
}

/* Without its buffers what lies as it travels moves all the same; with them again sums are as before. */
static void while_resting(struct hcl_comm *comm, struct hcl_exchange *x, const struct hcl_moving *m,
                          const size_t *number)
{
    uint64_t before, resting, peak;
    hcl_mem_usage(&before, &peak);
    hcl_exchange_rest(x);
    hcl_mem_usage(&resting, &peak);
    EXPECT(comm, hcl_comm_size(comm) == 1 || resting + (x->n + x->count) * sizeof(hcl_fr) <= before);
    for (size_t c = 0; c < COLUMNS; c++)
        memset(m[c].block - m[c].before, 0, (x->count + m[c].before + m[c].after) * sizeof *m[c].block);
    hcl_columns_to_rows(x, m, COLUMNS);
    expect_rows(comm, x, m, number, COLUMNS);
    hcl_rows_to_columns(x, m, COLUMNS);
    EXPECT_OK(comm, hcl_exchange_wake(x, err));
}

static void round_trip(struct hcl_comm *comm, size_t n, int spread)
{
    struct hcl_exchange x;
    struct hcl_moving m[COLUMNS];
    size_t number[COLUMNS];
    uint32_t ranks = (uint32_t)hcl_comm_size(comm), me = (uint32_t)hcl_comm_rank(comm);
    EXPECT_OK(comm, hcl_exchange_init(&x, comm, n, COLUMNS, 9, err));
    size_t room = x.count + 9;
    hcl_fr *blocks = calloc(COLUMNS * room, sizeof *blocks), *wholes = calloc(COLUMNS * n, sizeof *wholes);
    hcl_fr *scratch = calloc(3 * ranks, sizeof *scratch), expected;
    EXPECT(comm, blocks && wholes && scratch);
    for (uint32_t c = 0; c < COLUMNS; c++) {
        number[c] = c;
        m[c] = (struct hcl_moving){ .owner = spread ? c * c % ranks : ranks - 1,
                                    .before = c % 5,
                                    .after = c % 4,
                                    .block = blocks + c * room + c % 5 };
        if (m[c].owner == me)
            m[c].whole = wholes + c * n;
        for (size_t i = 0; m[c].whole && i < n; i++)
            value(&m[c].whole[i], c, i);
    }
    hcl_columns_to_rows(&x, m, COLUMNS);
    expect_rows(comm, &x, m, number, COLUMNS);
    in_halves(comm, &x, m);
    to_all(comm, &x);
    memset(wholes, 0, COLUMNS * n * sizeof *wholes);
    hcl_rows_to_columns(&x, m, COLUMNS);
    for (uint32_t c = 0; c < COLUMNS; c++)
        for (size_t i = 0; m[c].whole && i < n; i++) {
            value(&expected, c, i);
            EXPECT(comm, hcl_fr_eq(&m[c].whole[i], &expected));
        }
    while_resting(comm, &x, m, number);
    for (size_t i = 0; i < n; i++)
        value(&wholes[i], me, i);
    sums(comm, &x, wholes, NULL, ranks, ranks * (ranks - 1) / 2);
    bool has[64] = { false }; /* every second rank has one */
    uint64_t some = 0, numbers = 0;
    EXPECT(comm, ranks <= 64);
    for (uint32_t r = 1; r < ranks; r += 2, some++) {
        has[r] = true;
        numbers += r;
    }
    if (ranks > 1)
        sums(comm, &x, wholes, has, some, numbers);
    if (n <= 4096)
        transposes(comm, &x);
    hcl_fr three[3];
    for (uint64_t i = 0; i < 3; i++)
        hcl_fr_from_u64(&three[i], i * (me + 1));
    hcl_sum_scalars(comm, three, 3, scratch);
    for (uint64_t i = 0; i < 3; i++) {
        hcl_fr_from_u64(&expected, i * ranks * (ranks + 1) / 2);
        EXPECT(comm, hcl_fr_eq(&three[i], &expected));
    }
    free(blocks);
    free(wholes);
    free(scratch);
    hcl_exchange_clear(&x);
}

static void test_small(struct hcl_comm *comm)
{
    for (size_t n = 4; n <= 64; n *= 2)
        for (int spread = 0; spread < 2; spread++)
            round_trip(comm, n, spread);
}

/* Long columns go in steps of few columns. */
static void test_steps(struct hcl_comm *comm)
{
    for (int spread = 0; spread < 2; spread++)
        round_trip(comm, 1 << 16, spread);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "small", test_small }, { "steps", test_steps } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
