/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/bench_field.h"
#include "common/field/bench_field_internal.h"
#include "common/field/fq.h"
#include "common/sys/clock.h"

enum { N = HCL_BENCH_N };

/* Benchmarks run on one thread; the arrays are only theirs. Distinct offsets within a page keep loads and
 * stores of the three from colliding. */
static _Alignas(64) hcl_fr a[N + 40], b[N + 72], out[N];
static _Alignas(64) hcl_fq qa[N + 40], qb[N + 72], qout[N];

static void add_vec(void)
{
    hcl_fr_add_vec(out, a, b, N);
}

static void sub_vec(void)
{
    hcl_fr_sub_vec(out, a, b, N);
}

static void mul_vec(void)
{
    hcl_fr_mul_vec(out, a, b, N);
}

static void fq_mul_vec(void)
{
    hcl_fq_mul_vec(qout, qa, qb, N);
}

static void sqr_vec(void)
{
    hcl_fr_sqr_vec(out, a, N);
}

static void scale_vec(void)
{
    hcl_fr_scale_vec(out, a, b, N);
}

static void axpy_vec(void)
{
    hcl_fr_axpy_vec(out, a, b, N);
}

static void batch_inv(void)
{
    hcl_fr_batch_inv(b, out, N);
}

static void scalar_mul(void)
{
    for (int i = 0; i < N; i++)
        hcl_fr_mul(&out[i], &a[i], &b[i]);
}

static void scalar_mul_chain(void)
{
    for (int i = 0; i < N; i++)
        hcl_fr_mul(&out[0], &out[0], &b[i]);
}

static void scalar_add(void)
{
    for (int i = 0; i < N; i++)
        hcl_fr_add(&out[i], &a[i], &b[i]);
}

static void scalar_inv(void)
{
    for (int i = 0; i < N; i++)
        hcl_fr_inv(&out[i], &a[i]);
}

/* vpmadd52 of the multiplication, squaring and fixed-factor multiplication of eight lanes (ifma_template.h).
 */
enum { MUL_MADDS = 100, SQR_MADDS = 80, FIXED_MADDS = 60 };

struct bench {
    const char *name;
    void (*body)(void);
    int madds; /* per eight elements */
    bool memory_format;
};

static const struct bench benches[] = {
#ifdef HCL_HAVE_IFMA
    { "lanes mul", hcl_bench_lanes_mul, MUL_MADDS, false },
    { "lanes sqr", hcl_bench_lanes_sqr, SQR_MADDS, false },
    { "lanes mul by fixed", hcl_bench_lanes_mul_fixed, FIXED_MADDS, false },
    { "lanes add", hcl_bench_lanes_add, 0, false },
#endif
    { "mul_vec", mul_vec, MUL_MADDS, true },
    { "mul_vec (Fq)", fq_mul_vec, MUL_MADDS, true },
    { "sqr_vec", sqr_vec, SQR_MADDS, true },
    { "scale_vec", scale_vec, FIXED_MADDS, true },
    { "axpy_vec", axpy_vec, FIXED_MADDS, true },
    { "add_vec", add_vec, 0, true },
    { "sub_vec", sub_vec, 0, true },
    { "batch_inv", batch_inv, 3 * MUL_MADDS, true },
    { "mul", scalar_mul, 0, true },
    { "mul, dependent", scalar_mul_chain, 0, true },
    { "add", scalar_add, 0, true },
    { "inv", scalar_inv, 0, true },
};
enum { BENCHES = sizeof benches / sizeof benches[0] };
_Static_assert(sizeof benches / sizeof benches[0] <= HCL_FIELD_BENCH_MAX, "a row per benchmark");

enum { CHAIN = 4000 };

static void dependent_adds(void)
{
    unsigned long x = 1;
    for (int i = 0; i < CHAIN / 8; i++) {
        for (int j = 0; j < 8; j++) {
            x += 3;
            __asm__ volatile("" : "+r"(x)); /* one addition each */
        }
    }
}

/* Seconds of one call, the best of runs that take about 50 us each. */
static double best_seconds(void (*body)(void))
{
    enum { RUNS = 400 };
    double best = 1e9;
    int calls = 1;
    for (int run = 0; run < RUNS; run++) {
        const double start = hcl_clock_seconds();
        for (int i = 0; i < calls; i++)
            body();
        const double t = (hcl_clock_seconds() - start) / calls;
        best = t < best ? t : best;
        if (t * calls < 50e-6 && calls < 100000)
            calls *= 2;
    }
    return best;
}

static void fill(void)
{
    hcl_fr_from_u64(&a[0], 3);
    hcl_fr_inv(&a[0], &a[0]);
    hcl_fq_from_u64(&qa[0], 3);
    hcl_fq_inv(&qa[0], &qa[0]);
    for (int i = 1; i < N; i++) {
        hcl_fr_sqr(&a[i], &a[i - 1]);
        hcl_fq_sqr(&qa[i], &qa[i - 1]);
    }
    for (int i = 0; i < N; i++) {
        hcl_fr_mul(&b[i], &a[i], &a[N - 1 - i]);
        hcl_fq_mul(&qb[i], &qa[i], &qa[N - 1 - i]);
    }
    out[0] = a[0];
}

void hcl_field_bench_run(struct hcl_field_bench *bench)
{
    const bool ifma = hcl_field_has_ifma();
    *bench = (struct hcl_field_bench){ 0 };
    fill();
    const double hz = CHAIN / best_seconds(dependent_adds);
    bench->ghz = hz * 1e-9;
#ifdef HCL_HAVE_IFMA
    if (ifma) {
        bench->vpmadd52_per_cycle = HCL_BENCH_MADDS / (best_seconds(hcl_bench_vpmadd52) * hz);
        hcl_bench_lanes_init(a, b);
    }
#endif
    for (int i = 0; i < BENCHES; i++) {
        const struct bench *x = &benches[i];
        if (!x->memory_format && !ifma)
            continue;
        bench->row[bench->count].name = x->name;
        bench->row[bench->count].memory_format = x->memory_format;
        bench->row[bench->count].cycles = best_seconds(x->body) * hz / N;
        bench->row[bench->count].limit = ifma ? x->madds / 8.0 / bench->vpmadd52_per_cycle : 0;
        bench->count++;
    }
}
