/* SPDX-License-Identifier: Apache-2.0 */
/* Row blocks, halos, exchanges on one rank, the split of commitments, permuted lookups. */
#include "worker/rounds/commit.h"
#include "worker/rounds/sort.h"
#include "worker/store/exchange.h"
#include "worker/store/rows.h"
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

static double slowest(const bool *split, const uint32_t *owner, size_t count, int ranks)
{
    double load[16] = { 0 }, most = 0;
    for (size_t i = 0; i < count; i++)
        for (int r = 0; r < ranks; r++)
            load[r] += split[i] ? 1.1 / ranks : owner[i] == (uint32_t)r;
    for (int r = 0; r < ranks; r++)
        most = load[r] > most ? load[r] : most;
    return most;
}

static void test_commit_split(void **state)
{
    (void)state;
    for (int ranks = 1; ranks <= 7; ranks++)
        for (size_t count = 1; count <= 20; count++) {
            uint32_t owner[20];
            bool split[20], none[20] = { false }, all[20];
            for (size_t i = 0; i < count; i++) {
                owner[i] = (uint32_t)(i % (size_t)ranks);
                all[i] = true;
            }
            assert_int_equal(hcl_commit_split(split, owner, NULL, count, ranks, NULL), HCL_OK);
            double mine = slowest(split, owner, count, ranks);
            assert_true(mine <= slowest(none, owner, count, ranks) + 1e-9);
            assert_true(mine <= slowest(all, owner, count, ranks) + 1e-9);
            /* Even loads stay whole. */
            for (size_t i = 0; i < count && count % (size_t)ranks == 0; i++)
                assert_false(split[i]);
        }
    /* One column for seven ranks, or all columns on one of two ranks: split. */
    uint32_t zero[4] = { 0 };
    bool split[4];
    assert_int_equal(hcl_commit_split(split, zero, NULL, 1, 7, NULL), HCL_OK);
    assert_true(split[0]);
    assert_int_equal(hcl_commit_split(split, zero, NULL, 4, 2, NULL), HCL_OK);
    assert_true(split[3] && split[2]);
    /* One dear column against ten cheap ones is even; two dear ones on one rank are not. */
    uint32_t two[11] = { 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, pair[2] = { 1, 1 };
    double costs[11] = { 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 };
    bool many[11];
    assert_int_equal(hcl_commit_split(many, two, costs, 11, 2, NULL), HCL_OK);
    for (int i = 0; i < 11; i++)
        assert_false(many[i]);
    assert_int_equal(hcl_commit_split(split, pair, (double[]){ 1, 1 }, 2, 2, NULL), HCL_OK);
    assert_true(split[0] && split[1]);
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
    hcl_sum_to_rows(&x, whole, sum);
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
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_commit_split),
        cmocka_unit_test(test_exchange_alone), cmocka_unit_test(test_permute),
        cmocka_unit_test(test_permute_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
