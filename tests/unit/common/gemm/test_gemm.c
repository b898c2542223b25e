/* SPDX-License-Identifier: Apache-2.0 */
/* Products against integers, for every kernel, all element types, shapes around the tiles and both ends of
 * what is exact. */
#include "tests/support/test.h"

#include "common/gemm/gemm.h"
#include "common/gemm/gemm_internal.h"
#include <math.h>

static uint64_t state;

static int64_t draw(int64_t most)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((state >> 20) % (uint64_t)(2 * most + 1)) - most;
}

struct matrix {
    int64_t *v; /* rows x lda */
    void *typed;
    struct hcl_gemm_a a;
};

static struct matrix make(hcl_gemm_type type, size_t rows, size_t lda, int64_t most)
{
    static const size_t sizes[] = {
        [HCL_GEMM_I16] = 2, [HCL_GEMM_I32] = 4, [HCL_GEMM_I64] = 8, [HCL_GEMM_F32] = 4
    };
    struct matrix m = { calloc(rows * lda, sizeof(int64_t)), calloc(rows * lda, sizes[type]), { 0 } };
    assert_true(m.v && m.typed);
    for (size_t i = 0; i < rows * lda; i++) {
        m.v[i] = draw(most);
        if (type == HCL_GEMM_I16)
            ((int16_t *)m.typed)[i] = (int16_t)m.v[i];
        else if (type == HCL_GEMM_I32)
            ((int32_t *)m.typed)[i] = (int32_t)m.v[i];
        else if (type == HCL_GEMM_I64)
            ((int64_t *)m.typed)[i] = m.v[i];
        else
            ((float *)m.typed)[i] = (float)m.v[i];
    }
    m.a = (struct hcl_gemm_a){ m.typed, type, lda };
    return m;
}

static void clear(struct matrix *m)
{
    free(m->v);
    free(m->typed);
}

/* Rows of B overlap, as taps do. */
static void product(hcl_gemm_type type, size_t rows, size_t cols, size_t depth, int threads)
{
    const size_t b_len = cols + 3 * depth, ldc = cols + 5;
    struct matrix m = make(type, rows, depth + 2, 30000);
    double *b = calloc(b_len, sizeof *b), *c = calloc(rows * ldc, sizeof *c);
    ptrdiff_t *off = calloc(depth + 1, sizeof *off);
    struct hcl_err err;
    assert_true(b && c && off);
    for (size_t i = 0; i < b_len; i++)
        b[i] = (double)draw(1 << 17);
    for (size_t k = 0; k < depth; k++)
        off[k] = (ptrdiff_t)((uint64_t)draw(1000000) % (3 * depth));
    for (size_t i = 0; i < rows * ldc; i++)
        c[i] = (double)(i % 7);
    assert_ok(hcl_gemm(c, ldc, rows, cols, depth, &m.a, b, off, threads, &err), err);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < ldc; j++) {
            int64_t want = (int64_t)((i * ldc + j) % 7);
            for (size_t k = 0; j < cols && k < depth; k++)
                want += m.v[i * m.a.lda + k] * (int64_t)b[(size_t)off[k] + j];
            assert_true(c[i * ldc + j] == (double)want); /* beyond cols: untouched */
        }
    clear(&m);
    free(b);
    free(c);
    free(off);
}

static void shapes(void **unused)
{
    (void)unused;
    state = 1;
    static const size_t sizes[] = { 1, 2, 7, 8, 9, 23, 24, 25, 49 };
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 9; j++)
            product((hcl_gemm_type)((i + j) % 4), sizes[i], sizes[j], 1 + 5 * ((i * 9 + j) % 11),
                    1 + (int)(i % 3));
    product(HCL_GEMM_I16, 3, 5, 0, 1);
    product(HCL_GEMM_I16, 65, 200, 1000, 2); /* several panels, several threads */
    product(HCL_GEMM_I64, 5, 3000, 400, 3);  /* few rows: columns are cut */
}

/* Each kernel's tile by itself: what the machine does not choose is tested too. */
static void tiles(void **unused)
{
    (void)unused;
    state = 2;
    const struct hcl_gemm_kernel *kernels[3] = { &hcl_gemm_portable };
    size_t count = 1;
#ifdef HCL_HAVE_GEMM_X86
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        kernels[count++] = &hcl_gemm_avx2;
    if (__builtin_cpu_supports("avx512f"))
        kernels[count++] = &hcl_gemm_avx512;
#endif
    for (size_t n = 0; n < count; n++) {
        const struct hcl_gemm_kernel *k = kernels[n];
        enum { DEPTH = 37, LDC = HCL_GEMM_MOST_COLS + 1 };
        double a[DEPTH * HCL_GEMM_MOST_ROWS], b[DEPTH * HCL_GEMM_MOST_COLS],
            c[HCL_GEMM_MOST_ROWS * LDC] = { 0 };
        assert_true(k->rows <= HCL_GEMM_MOST_ROWS && k->cols <= HCL_GEMM_MOST_COLS);
        for (size_t i = 0; i < DEPTH * HCL_GEMM_MOST_ROWS; i++)
            a[i] = (double)draw(1 << 20);
        for (size_t i = 0; i < DEPTH * HCL_GEMM_MOST_COLS; i++)
            b[i] = (double)draw(1 << 20);
        k->tile(c, LDC, DEPTH, a, b);
        for (size_t i = 0; i < k->rows; i++)
            for (size_t j = 0; j < k->cols; j++) {
                int64_t want = 0;
                for (size_t d = 0; d < DEPTH; d++)
                    want += (int64_t)a[d * k->rows + i] * (int64_t)b[d * k->cols + j];
                assert_true(c[i * LDC + j] == (double)want);
            }
    }
}

/* Floats: the same bits with any number of threads, and as one sum in the order of k. */
static void order_of_sums(void **unused)
{
    (void)unused;
    enum { ROWS = 33, COLS = 130, DEPTH = 900 };
    static float a[ROWS * DEPTH];
    static double b[COLS + DEPTH], c[ROWS * COLS], d[ROWS * COLS];
    static ptrdiff_t off[DEPTH];
    const struct hcl_gemm_a m = { a, HCL_GEMM_F32, DEPTH };
    struct hcl_err err;
    state = 3;
    for (size_t i = 0; i < ROWS * DEPTH; i++)
        a[i] = (float)draw(1 << 20) / 1000.0f;
    for (size_t i = 0; i < COLS + DEPTH; i++)
        b[i] = (double)((float)draw(1 << 20) / 777.0f);
    for (size_t k = 0; k < DEPTH; k++)
        off[k] = (ptrdiff_t)k;
    assert_ok(hcl_gemm(c, COLS, ROWS, COLS, DEPTH, &m, b, off, 1, &err), err);
    assert_ok(hcl_gemm(d, COLS, ROWS, COLS, DEPTH, &m, b, off, 3, &err), err);
    assert_memory_equal(c, d, sizeof c);
    for (size_t i = 0; i < ROWS * COLS; i++) {
        double want = 0;
        for (size_t k = 0; k < DEPTH; k++)
            want += (double)a[i / COLS * DEPTH + k] * b[k + i % COLS];
        assert_true(c[i] == want);
    }
}

static void vectors(void **unused)
{
    (void)unused;
    state = 4;
    for (int type = 0; type < 4; type++)
        for (size_t depth = 0; depth < 40; depth += 3) {
            struct matrix m = make((hcl_gemm_type)type, 9, depth + 1, 30000);
            double x[40], y[9], most = 0;
            for (size_t k = 0; k < depth; k++)
                x[k] = (double)draw(1 << 20);
            hcl_gemv(y, 9, depth, &m.a, x, 2);
            for (size_t i = 0; i < 9; i++) {
                int64_t want = 0, sum = 0;
                for (size_t k = 0; k < depth; k++) {
                    want += m.v[i * m.a.lda + k] * (int64_t)x[k];
                    sum += llabs(m.v[i * m.a.lda + k]);
                }
                assert_true(y[i] == (double)want);
                most = (double)sum > most ? (double)sum : most;
            }
            assert_true(hcl_gemm_row_sum(&m.a, 9, depth, 2) == most);
            clear(&m);
        }
}

static void cyclic_case(size_t period, size_t columns, size_t n)
{
    int16_t w[HCL_GEMM_CYCLIC_MOST][200];
    const int16_t *of[HCL_GEMM_CYCLIC_MOST];
    double x[200], sums[HCL_GEMM_CYCLIC_MOST * 20], scratch[20 * HCL_GEMM_CYCLIC_SCRATCH];

    for (size_t c = 0; c < columns; c++) {
        of[c] = w[c];
        for (size_t i = 0; i < n; i++)
            w[c][i] = (int16_t)draw(32767);
    }
    for (size_t i = 0; i < n; i++)
        x[i] = (double)draw(1 << 20);
    hcl_gemm_cyclic(sums, period, of, columns, x, n, scratch);
    for (size_t c = 0; c < columns; c++)
        for (size_t j = 0; j < period; j++) {
            int64_t want = 0;
            for (size_t i = j; i < n; i += period)
                want += w[c][i] * (int64_t)x[i];
            assert_true(sums[c * period + j] == (double)want);
        }
}

static void cyclic(void **unused)
{
    (void)unused;
    state = 5;
    for (size_t columns = 1; columns <= HCL_GEMM_CYCLIC_MOST; columns++)
        for (size_t period = 1; period < 20; period++)
            for (size_t n = 0; n < 200; n += 1 + n / 3)
                cyclic_case(period, columns, n);
}

static void bounds(void **unused)
{
    (void)unused;
    const float bad[2] = { 1.0f, NAN };
    const struct hcl_gemm_a a = { bad, HCL_GEMM_F32, 2 };
    const int64_t x[3] = { 3, -9, 4 };
    double d[3];
    assert_true(hcl_gemm_row_sum(&a, 1, 2, 1) == HUGE_VAL);
    hcl_gemm_from_i64(d, x, 3);
    assert_true(hcl_gemm_most(d, 3) == 9);
    assert_true(hcl_gemm_most(d, 0) == 0);
    assert_true(hcl_gemm_exact(1 << 20, (double)(1ull << 33), 0));
    assert_false(hcl_gemm_exact(1 << 20, (double)(1ull << 33), 2));
    assert_false(hcl_gemm_exact(HUGE_VAL, 1, 0));
    assert_false(hcl_gemm_exact(NAN, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(shapes),        cmocka_unit_test(tiles),
                                        cmocka_unit_test(order_of_sums), cmocka_unit_test(vectors),
                                        cmocka_unit_test(cyclic),        cmocka_unit_test(bounds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
