/* SPDX-License-Identifier: Apache-2.0 */
/* Commitments of one rank: merging equal scalars, cutting columns into parts for threads. */
#include "common/curve/msm.h"
#include "common/sys/mem.h"
#include "worker/rounds/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N 3000

static uint64_t state = 1;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void full_size(hcl_fr *out)
{
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)draw();
    hcl_fr_from_bytes_wide(out, bytes);
}

/* Multiples of the generator: i*G with some infinite, equal and opposite points among them. */
static void make_bases(hcl_g1 *out, size_t n, bool odd_ones)
{
    hcl_g1_jac *sum = malloc(n * sizeof *sum);
    assert_non_null(sum);
    hcl_g1_jac_from_affine(&sum[0], &hcl_g1_generator);
    for (size_t i = 1; i < n; i++)
        hcl_g1_jac_add_affine(&sum[i], &sum[i - 1], &hcl_g1_generator);
    hcl_g1_jac_to_affine_vec(out, sum, n);
    free(sum);
    for (size_t i = 1; odd_ones && i < n; i++) {
        const uint64_t kind = draw() % 8;
        if (kind == 0)
            out[i] = hcl_g1_infinity;
        else if (kind == 1)
            out[i] = out[draw() % i];
        else if (kind == 2)
            hcl_g1_neg(&out[i], &out[draw() % i]);
    }
}

/* Scalars from a pool of `distinct` ones, 0 among them, in runs of up to `run`. */
static void fill(hcl_fr *out, size_t n, size_t distinct, size_t run, bool small)
{
    hcl_fr *pool = malloc(distinct * sizeof *pool);
    assert_non_null(pool);
    for (size_t i = 0; i < distinct; i++)
        if (small)
            hcl_fr_from_i64(&pool[i], (int64_t)(draw() % 1000) - 500);
        else
            full_size(&pool[i]);
    pool[0] = hcl_fr_zero;
    for (size_t i = 0; i < n;) {
        const hcl_fr *s = &pool[draw() % distinct];
        for (size_t left = draw() % run + 1; left > 0 && i < n; left--)
            out[i++] = *s;
    }
    free(pool);
}

static bool same_sum(const struct hcl_terms *t, const hcl_fr *scalars, const hcl_g1 *bases, size_t n)
{
    hcl_g1_jac left, right;
    assert_int_equal(hcl_msm(&left, t->scalars, t->bases, t->count, 1, NULL), HCL_OK);
    assert_int_equal(hcl_msm(&right, scalars, bases, n, 1, NULL), HCL_OK);
    return hcl_g1_jac_eq(&left, &right);
}

static void test_merge(void **unused)
{
    (void)unused;
    static hcl_fr scalars[N];
    static hcl_g1 bases[N];
    const size_t distinct[] = { 1, 2, 3, 40, 1500, 2 * N }, runs[] = { 1, 5, 700 };
    for (int odd = 0; odd < 2; odd++) {
        make_bases(bases, N, odd != 0);
        for (size_t d = 0; d < sizeof distinct / sizeof *distinct; d++)
            for (size_t r = 0; r < sizeof runs / sizeof *runs; r++)
                for (size_t n = N; n > 0; n /= 7) {
                    fill(scalars, n, distinct[d], runs[r], false);
                    struct hcl_terms t = hcl_terms_merge(scalars, bases, n);
                    assert_true(same_sum(&t, scalars, bases, n));
                    hcl_terms_clear(&t);
                }
    }
}

/* One term per distinct scalar but 0; columns of small scalars and of different ones stay as they are. */
static void test_merge_length(void **unused)
{
    (void)unused;
    static hcl_fr scalars[N];
    static hcl_g1 bases[N];
    make_bases(bases, N, false);
    fill(scalars, N, 41, 3, false);
    struct hcl_terms t = hcl_terms_merge(scalars, bases, N);
    assert_int_equal(t.count, 40);
    assert_non_null(t.owned);
    hcl_terms_clear(&t);
    fill(scalars, N, 41, 3, true);
    t = hcl_terms_merge(scalars, bases, N);
    assert_ptr_equal(t.scalars, scalars);
    assert_int_equal(t.count, N);
    assert_true(t.work < N / 5.0);
    hcl_terms_clear(&t);
    for (size_t i = 0; i < N; i++)
        full_size(&scalars[i]);
    t = hcl_terms_merge(scalars, bases, N);
    assert_ptr_equal(t.bases, bases);
    hcl_terms_clear(&t);
    t = hcl_terms_merge(scalars, bases, 0);
    assert_int_equal(t.count, 0);
    hcl_terms_clear(&t);
}

/* Every term of every column in one part, none long before the others: the sum of the longest ones that one
 * thread takes is near the average. */
static void check_cut(const struct hcl_terms *terms, size_t columns, size_t threads)
{
    struct hcl_part *parts;
    size_t count, seen[8] = { 0 };
    double load[16] = { 0 }, all = 0, most = 0;
    assert_int_equal(hcl_parts_cut(&parts, &count, terms, columns, threads, NULL), HCL_OK);
    for (size_t i = 0; i < count; i++) {
        const struct hcl_part *p = &parts[i];
        size_t least = 0;
        assert_true(p->column < columns && p->terms.count > 0);
        assert_true(i == 0 || p->terms.work <= parts[i - 1].terms.work);
        assert_int_equal(p->terms.scalars - terms[p->column].scalars,
                         p->terms.bases - terms[p->column].bases);
        seen[p->column] += p->terms.count;
        for (size_t j = 0; j < i; j++) {
            const struct hcl_terms *a = &parts[j].terms;
            assert_true(parts[j].column != p->column || a->scalars + a->count <= p->terms.scalars ||
                        p->terms.scalars + p->terms.count <= a->scalars);
        }
        for (size_t t = 1; t < threads; t++)
            least = load[t] < load[least] ? t : least;
        load[least] += p->terms.work;
        most = load[least] > most ? load[least] : most;
        all += p->terms.work;
    }
    for (size_t c = 0; c < columns; c++)
        assert_int_equal(seen[c], terms[c].count);
    assert_true(columns == 0 || most <= 1.2 * all / (double)threads + 2500);
    free(parts);
}

static void test_cut(void **unused)
{
    (void)unused;
    static hcl_fr scalars[8 << 16];
    static hcl_g1 bases[8 << 16]; /* neither is read */
    for (int round = 0; round < 2000; round++) {
        struct hcl_terms terms[8];
        const size_t columns = draw() % 9, n = draw() % 50000;
        for (size_t c = 0; c < columns; c++) {
            terms[c] =
                hcl_terms_plain(scalars + (c << 16), bases + (c << 16), draw() % 2 ? n : draw() % 65536);
            terms[c].work *= draw() % 3 ? 1 : (double)(draw() % 100) / 100;
        }
        check_cut(terms, columns, draw() % 16 + 1);
    }
    /* Columns that divide evenly stay whole. */
    struct hcl_terms equal[4], *one = equal;
    struct hcl_part *parts;
    size_t count;
    for (size_t c = 0; c < 4; c++)
        equal[c] = hcl_terms_plain(scalars, bases, 8192);
    assert_int_equal(hcl_parts_cut(&parts, &count, equal, 4, 1, NULL), HCL_OK);
    assert_int_equal(count, 4);
    free(parts);
    assert_int_equal(hcl_parts_cut(&parts, &count, one, 1, 2, NULL), HCL_OK);
    assert_int_equal(count, 2);
    free(parts);
}

/* The same columns in compact form, whole and in two parts that begin at any row. */
static void check_compact(const hcl_fr *const columns[3], const hcl_g1_jac expected[3], const hcl_g1 *bases,
                          int threads)
{
    const size_t cuts[] = { 0, 1, N / 3, N - 3, N };
    struct hcl_compact compact[3];
    for (size_t c = 0; c < 3; c++)
        assert_int_equal(hcl_compact_from_fr(&compact[c], N, columns[c], N, true, "test", NULL), HCL_OK);
    assert_true(compact[1].width < HCL_COMPACT_FR && compact[1].num_exceptions == 6);
    assert_int_equal(compact[2].stored, 0);
    for (size_t k = 0; k < sizeof cuts / sizeof cuts[0]; k++) {
        hcl_g1_jac low[3], high[3];
        struct hcl_scalars scalars[3];
        for (size_t c = 0; c < 3; c++)
            scalars[c] = (struct hcl_scalars){ .compact = &compact[c], .count = cuts[k] };
        assert_int_equal(hcl_columns_msm(low, scalars, 3, bases, true, threads, NULL), HCL_OK);
        for (size_t c = 0; c < 3; c++) {
            scalars[c].first = cuts[k];
            scalars[c].count = N - cuts[k];
        }
        assert_int_equal(hcl_columns_msm(high, scalars, 3, bases, true, threads, NULL), HCL_OK);
        for (size_t c = 0; c < 3; c++) {
            hcl_g1_jac_add(&low[c], &low[c], &high[c]);
            assert_true(hcl_g1_jac_eq(&low[c], &expected[c]));
        }
    }
    for (size_t c = 0; c < 3; c++)
        hcl_compact_clear(&compact[c]);
}

static void test_columns(void **unused)
{
    (void)unused;
    static hcl_fr memory[3][N];
    static hcl_g1 bases[N];
    const hcl_fr *columns[3] = { memory[0], memory[1], memory[2] };
    const struct hcl_scalars scalars[3] = { { memory[0], NULL, 0, N },
                                            { memory[1], NULL, 0, N },
                                            { memory[2], NULL, 0, N } };
    const struct hcl_scalars none = { memory[0], NULL, 0, 0 };
    hcl_g1_jac sums[3], expected[3];
    make_bases(bases, N, true);
    fill(memory[0], N, 20, 100, false);
    fill(memory[1], N, 200, 1, true);
    memset(memory[2], 0, sizeof memory[2]);
    for (size_t i = 0; i < 6; i++)
        full_size(&memory[1][N - 1 - i]);
    full_size(&memory[2][N - 1]);
    assert_int_equal(hcl_msm_batch(expected, columns, 3, bases, N, 1, NULL), HCL_OK);
    for (int threads = 1; threads <= 5; threads++)
        for (int merge = 0; merge < 2; merge++) {
            assert_int_equal(hcl_columns_msm(sums, scalars, 3, bases, merge != 0, threads, NULL), HCL_OK);
            for (size_t c = 0; c < 3; c++)
                assert_true(hcl_g1_jac_eq(&sums[c], &expected[c]));
            check_compact(columns, expected, bases, threads);
        }
    assert_int_equal(hcl_columns_msm(sums, &none, 1, bases, true, 2, NULL), HCL_OK);
    assert_true(hcl_g1_jac_is_infinity(&sums[0]));
}

/* A column of several digits is committed as the column of their sums, listed rows included. */
static void test_digits(void **unused)
{
    (void)unused;
    static hcl_fr memory[N];
    static hcl_g1 bases[N];
    struct hcl_compact c;
    make_bases(bases, N, true);
    assert_int_equal(hcl_compact_init_digits(&c, N, N - 3, 2, 4, 1, false, "test", NULL), HCL_OK);
    for (size_t i = 0; i < 4 * (size_t)(N - 3); i++)
        ((int16_t *)c.cells)[i] = (int16_t)(i * 40503);
    full_size(&memory[0]);
    hcl_compact_put(&c, N - 1, &memory[0], 1);
    hcl_compact_expand(memory, &c, 0, N);
    const hcl_fr *columns[1] = { memory };
    const struct hcl_scalars scalars[2] = { { NULL, &c, 0, N }, { memory, NULL, 0, N } };
    hcl_g1_jac sums[2], expected;
    assert_int_equal(hcl_msm_batch(&expected, columns, 1, bases, N, 1, NULL), HCL_OK);
    for (int threads = 1; threads <= 3; threads++) {
        assert_int_equal(hcl_columns_msm(sums, scalars, 2, bases, true, threads, NULL), HCL_OK);
        assert_true(hcl_g1_jac_eq(&sums[0], &expected) && hcl_g1_jac_eq(&sums[1], &expected));
    }
    hcl_compact_clear(&c);
}

/* Long enough for threads to share each multiplication. */
static void test_long_columns(void **unused)
{
    (void)unused;
    const size_t n = (size_t)1 << 17;
    hcl_g1 *bases = malloc(n * sizeof *bases);
    hcl_fr *memory = malloc(2 * n * sizeof *memory);
    assert_true(bases && memory);
    for (size_t i = 0; i < n; i++)
        bases[i] = hcl_g1_generator;
    fill(memory, n, 1000, 30, false);
    fill(memory + n, n, 3, 1, true);
    const hcl_fr *columns[2] = { memory, memory + n };
    hcl_g1_jac sums[3], expected;
    struct hcl_compact small;
    assert_int_equal(hcl_compact_from_fr(&small, n, columns[1], n, false, "test", NULL), HCL_OK);
    assert_true(small.width < HCL_COMPACT_FR);
    const struct hcl_scalars scalars[3] = { { columns[0], NULL, 0, n },
                                            { columns[1], NULL, 0, n },
                                            { NULL, &small, 0, n } };
    assert_int_equal(hcl_columns_msm(sums, scalars, 3, bases, true, 2, NULL), HCL_OK);
    assert_true(hcl_g1_jac_eq(&sums[2], &sums[1]));
    hcl_compact_clear(&small);
    for (size_t c = 0; c < 2; c++) {
        hcl_fr sum = hcl_fr_zero;
        for (size_t i = 0; i < n; i++)
            hcl_fr_add(&sum, &sum, &columns[c][i]);
        hcl_g1_mul(&expected, &hcl_g1_generator, &sum);
        assert_true(hcl_g1_jac_eq(&sums[c], &expected));
    }
    free(bases);
    free(memory);
}

/* Bytes that merging and multiplying so many columns takes more than is there before; all multiply to
 * `expected`. */
static uint64_t taken(const struct hcl_scalars *scalars, size_t columns, const hcl_g1 *bases, uint64_t limit,
                      const hcl_g1_jac *expected)
{
    hcl_g1_jac sums[12];
    uint64_t before, peak;
    hcl_mem_set_limit(limit);
    hcl_mem_usage(&before, &peak);
    assert_int_equal(hcl_columns_msm(sums, scalars, columns, bases, true, 1, NULL), HCL_OK);
    for (size_t c = 0; c < columns; c++)
        assert_true(hcl_g1_jac_eq(&sums[c], expected));
    hcl_mem_usage(&before, &peak);
    hcl_mem_set_limit(0);
    return peak - before;
}

/* Merged terms of many columns take no more than a limit has room for: within what two columns take and what
 * is kept free twelve are multiplied, which takes more without a limit. The ledger's peak only grows, so the
 * bounded ones come first. */
static void test_bounded(void **unused)
{
    (void)unused;
    enum { COLUMNS = 12, ROWS = 1 << 14 };
    hcl_g1 *bases = malloc(ROWS * sizeof *bases);
    hcl_fr *memory = malloc(ROWS * sizeof *memory);
    struct hcl_scalars scalars[COLUMNS];
    hcl_g1_jac expected;
    hcl_fr sum = hcl_fr_zero;
    assert_true(bases && memory);
    for (size_t i = 0; i < ROWS; i++)
        bases[i] = hcl_g1_generator;
    fill(memory, ROWS, ROWS / 2, 3, false);
    for (size_t i = 0; i < ROWS; i++)
        hcl_fr_add(&sum, &sum, &memory[i]);
    hcl_g1_mul(&expected, &hcl_g1_generator, &sum);
    for (size_t c = 0; c < COLUMNS; c++)
        scalars[c] = (struct hcl_scalars){ memory, NULL, 0, ROWS };
    const uint64_t one = taken(scalars, 1, bases, 0, &expected);
    const uint64_t limit = one + (one > (2 << 20) ? one / 4 : 1 << 20);
    assert_true(taken(scalars, COLUMNS, bases, limit, &expected) <= limit);
    assert_true(taken(scalars, COLUMNS, bases, 0, &expected) > limit);
    free(bases);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounded), /* first, as it looks at the ledger's peak */
        cmocka_unit_test(test_merge),   cmocka_unit_test(test_merge_length),
        cmocka_unit_test(test_cut),     cmocka_unit_test(test_columns),
        cmocka_unit_test(test_digits),  cmocka_unit_test(test_long_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
