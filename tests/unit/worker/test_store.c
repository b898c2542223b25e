/* SPDX-License-Identifier: Apache-2.0 */
/* Row blocks, halos, exchanges on one rank, pieces of commitments, permuted lookups. */
#include "common/halo2/rows.h"
#include "worker/rounds/commit.h"
#include "worker/rounds/sort.h"
#include "worker/store/exchange.h"
#include "worker/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All small cases: blocks of whole units in order, without gaps, sizes differing by at most one unit. */
static void test_rows(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 40; n++)
        for (int ranks = 1; ranks <= 45; ranks++) {
            const size_t two = n & -n, unit = two < HCL_ROWS_UNIT ? two : HCL_ROWS_UNIT;
            size_t next = 0, least = n, most = 0;
            for (int r = 0; r < ranks; r++) {
                size_t first, count;
                hcl_rows_of(n, ranks, r, &first, &count);
                assert_int_equal(first, next);
                next += count;
                assert_true(n == 0 || (first % unit == 0 && count % unit == 0));
                least = count < least ? count : least;
                most = count > most ? count : most;
            }
            assert_int_equal(next, n);
            assert_true(most - least <= unit);
        }
    size_t first, count;
    hcl_rows_of((size_t)1 << 40, 3, 2, &first, &count);
    assert_int_equal(first + count, (size_t)1 << 40);
}

/* Every row of every vector is in one piece, and no rank has two pieces of one vector. */
static void check_pieces(const struct hcl_pieces *p, size_t n, int ranks, size_t vectors)
{
    size_t at = 0;
    for (size_t i = 0; i < vectors; i++) {
        bool seen[64] = { false };
        for (size_t next = 0; next < n; at++) {
            assert_true(at < p->count && p->piece[at].vector == i && p->piece[at].first == next);
            assert_true(p->piece[at].count > 0 && p->piece[at].rank < (uint32_t)ranks);
            assert_false(seen[p->piece[at].rank]);
            seen[p->piece[at].rank] = true;
            next += p->piece[at].count;
            assert_true(next <= n);
        }
    }
    assert_int_equal(at, p->count);
}

static double cut(struct hcl_pieces *p, size_t n, int ranks, const uint32_t *owner, const double *cost,
                  size_t vectors)
{
    assert_int_equal(hcl_pieces_cut(p, n, ranks, owner, cost, HCL_MOVED_VALUES, vectors, NULL), HCL_OK);
    check_pieces(p, n, ranks, vectors);
    return hcl_pieces_slowest(p, n, ranks, cost);
}

static void test_pieces(void **state)
{
    (void)state;
    const size_t n = (size_t)1 << 20;
    struct hcl_pieces p;
    for (int ranks = 1; ranks <= 40; ranks += ranks < 9 ? 1 : 7)
        for (uint32_t vectors = 1; vectors <= 20; vectors++) {
            uint32_t owner[20];
            double total = 0, cost[20];
            for (uint32_t i = 0; i < vectors; i++) {
                owner[i] = i % (uint32_t)ranks;
                cost[i] = 1 + i % 3;
                total += cost[i];
            }
            /* Never slower than whole columns, or even parts of a 64th. */
            const uint32_t whole = (vectors + (uint32_t)ranks - 1) / (uint32_t)ranks;
            assert_true(cut(&p, n, ranks, owner, NULL, vectors) <= whole + 1e-9);
            assert_true(vectors % (uint32_t)ranks != 0 || p.count == vectors);
            hcl_pieces_clear(&p);
            const double most = cut(&p, n, ranks, owner, cost, vectors);
            assert_true(most >= total / ranks - 1e-9 && most <= 1.3 * total / ranks + 0.05);
            hcl_pieces_clear(&p);
            (void)cut(&p, n, ranks, NULL, NULL, vectors);
            hcl_pieces_clear(&p);
            (void)cut(&p, 1 + vectors, ranks, owner, NULL, vectors);
            assert_int_equal(p.count, vectors); /* too short to be worth it */
            hcl_pieces_clear(&p);
        }
    /* 16 columns for 32 ranks: halves; one vector in blocks stays there. */
    uint32_t owner[16];
    for (uint32_t i = 0; i < 16; i++)
        owner[i] = i;
    assert_true(cut(&p, n, 32, owner, NULL, 16) < 0.54);
    assert_int_equal(p.count, 32);
    hcl_pieces_clear(&p);
    (void)cut(&p, n, 7, NULL, NULL, 1);
    for (int r = 0; r < 7; r++) {
        size_t first, count;
        hcl_rows_of(n, 7, r, &first, &count);
        assert_true(p.piece[r].first == first && p.piece[r].count == count && p.piece[r].rank == (uint32_t)r);
    }
    hcl_pieces_clear(&p);
    /* All columns on one of two ranks: half of them go, whole but for one. */
    const uint32_t zero[4] = { 0 };
    assert_true(cut(&p, n, 2, zero, NULL, 4) < 2.1);
    assert_true(p.count <= 5);
    hcl_pieces_clear(&p);
    /* One dear column against ten cheap ones is even. */
    const uint32_t two[11] = { 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    const double costs[11] = { 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 };
    (void)cut(&p, n, 2, two, costs, 11);
    assert_int_equal(p.count, 11);
    hcl_pieces_clear(&p);
}

/* Rows of a whole vector, as a summand. */
static void copy_rows(hcl_fr *out, size_t first, size_t count, void *whole)
{
    memcpy(out, (const hcl_fr *)whole + first, count * sizeof *out);
}

static void test_exchange_alone(void **state)
{
    (void)state;
    struct hcl_comm *comm;
    struct hcl_exchange x;
    hcl_fr whole[8], block[8 + 11 + 2], back[8], sum[8];
    for (uint64_t i = 0; i < 8; i++)
        hcl_fr_from_u64(&whole[i], 100 + i);
    assert_int_equal(hcl_comm_init_self(&comm, NULL), HCL_OK);
    assert_int_equal(hcl_exchange_init(&x, comm, 8, 1, 13, NULL), HCL_OK);
    /* A halo longer than the column wraps around more than once. */
    struct hcl_moving m = { .before = 11, .after = 2, .whole = whole, .block = block + 11 };
    hcl_columns_to_rows(&x, &m, 1);
    for (int i = -11; i < 10; i++)
        assert_true(hcl_fr_eq(&block[11 + i], &whole[(i + 16) % 8]));
    m = (struct hcl_moving){ .whole = back, .block = block + 11 };
    hcl_rows_to_columns(&x, &m, 1);
    assert_memory_equal(back, whole, sizeof whole);
    hcl_sum_to_rows(&x, copy_rows, whole, NULL, sum, 1);
    assert_memory_equal(sum, whole, sizeof whole);
    hcl_exchange_clear(&x);
    hcl_comm_finalize(comm);
}

static void set(hcl_fr *out, const int64_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hcl_fr_from_i64(&out[i], in[i]);
}

/* Negative numbers are large integers: r - |v|. */
static void test_permute(void **state)
{
    (void)state;
    const int64_t inputs[8] = { 5, -1, 3, 5, 3, 5, 300, -1 }, tables[8] = { 300, 9, 3, 5, -1, 7, 5, 65536 };
    const int64_t sorted[8] = { 3, 3, 5, 5, 5, 300, -1, -1 }, expected[8] = { 3, 65536, 5, 9, 7, 300, -1, 5 };
    hcl_fr a[9], s[9], ea[8], es[8];
    set(a, inputs, 8);
    set(s, tables, 8);
    set(ea, sorted, 8);
    set(es, expected, 8);
    a[8] = s[8] = hcl_fr_one; /* rows beyond u stay */
    assert_int_equal(hcl_lookup_permute(a, s, 8, NULL), HCL_OK);
    assert_memory_equal(a, ea, sizeof ea);
    assert_memory_equal(s, es, sizeof es);
    assert_true(hcl_fr_eq(&a[8], &hcl_fr_one) && hcl_fr_eq(&s[8], &hcl_fr_one));
    struct hcl_err err = { "" };
    set(a, inputs, 8);
    set(s, tables, 8);
    hcl_fr_from_u64(&a[4], 4);
    assert_int_equal(hcl_lookup_permute(a, s, 8, &err), HCL_FALSE_CLAIM);
    assert_string_equal(err.msg, "the value at row 4 is not in the table");
}

/* A larger random case: a' is sorted with equal multisets on both sides, and each run begins with its table
 * value. */
static int compare_fr(const void *a, const void *b)
{
    uint64_t x[4], y[4];
    hcl_fr_to_limbs(x, a);
    hcl_fr_to_limbs(y, b);
    for (int l = 3; l >= 0; l--)
        if (x[l] != y[l])
            return x[l] < y[l] ? -1 : 1;
    return 0;
}

static void test_permute_random(void **state)
{
    (void)state;
    enum { N = 3000 };
    hcl_fr *v = malloc(5 * N * sizeof *v), *a = v, *s = v + N, *olda = v + 2 * N, *olds = v + 3 * N,
           *t = v + 4 * N;
    uint64_t x = 88172645463325252u;
    for (int wide = 0; wide < 2; wide++) {
        for (size_t i = 0; i < N; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            hcl_fr_from_u64(&s[i], wide ? x : x % 1000);
            if (wide)
                hcl_fr_sqr(&s[i], &s[i]), hcl_fr_sqr(&s[i], &s[i]), hcl_fr_sqr(&s[i], &s[i]);
        }
        for (size_t i = 0; i < N; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            a[i] = s[x % (N / 3)];
        }
        memcpy(olda, a, N * sizeof *a);
        memcpy(olds, s, N * sizeof *s);
        assert_int_equal(hcl_lookup_permute(a, s, N, NULL), HCL_OK);
        for (size_t i = 0; i < N; i++) {
            assert_true(i == 0 || compare_fr(&a[i - 1], &a[i]) <= 0);
            assert_true((i > 0 && hcl_fr_eq(&a[i], &a[i - 1])) || hcl_fr_eq(&a[i], &s[i]));
        }
        qsort(olda, N, sizeof *olda, compare_fr);
        assert_memory_equal(olda, a, N * sizeof *a);
        memcpy(t, s, N * sizeof *s);
        qsort(olds, N, sizeof *olds, compare_fr);
        qsort(t, N, sizeof *t, compare_fr);
        assert_memory_equal(olds, t, N * sizeof *t);
    }
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_exchange_alone), cmocka_unit_test(test_permute),
        cmocka_unit_test(test_permute_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
