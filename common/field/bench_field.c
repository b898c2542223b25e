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

/* vpmadd52 of the multiplication, squaring and fixed-factor multiplication of eight lanes (ifma_template.h),
 * and products of words of one multiplication by itself. */
enum { MUL_MADDS = 100, SQR_MADDS = 80, FIXED_MADDS = 60, PRODUCTS = 36 };

struct bench {
    const char *name;
    void (*body)(void);
    int madds;    /* per eight elements */
    int products; /* per element, if not by madds */
    bool memory_format;
};

static const struct bench benches[] = {
#ifdef HCL_HAVE_IFMA
    { "lanes mul", hcl_bench_lanes_mul, MUL_MADDS, 0, false },
    { "lanes sqr", hcl_bench_lanes_sqr, SQR_MADDS, 0, false },
    { "lanes mul by fixed", hcl_bench_lanes_mul_fixed, FIXED_MADDS, 0, false },
    { "lanes add", hcl_bench_lanes_add, 0, 0, false },
#endif
    { "mul_vec", mul_vec, MUL_MADDS, PRODUCTS, true },
    { "mul_vec (Fq)", fq_mul_vec, MUL_MADDS, PRODUCTS, true },
    { "sqr_vec", sqr_vec, SQR_MADDS, PRODUCTS, true },
    { "scale_vec", scale_vec, FIXED_MADDS, PRODUCTS, true },
    { "axpy_vec", axpy_vec, FIXED_MADDS, PRODUCTS, true },
    { "add_vec", add_vec, 0, 0, true },
    { "sub_vec", sub_vec, 0, 0, true },
    { "batch_inv", batch_inv, 3 * MUL_MADDS, 3 * PRODUCTS, true },
    { "mul", scalar_mul, 0, PRODUCTS, true },
    { "mul, dependent", scalar_mul_chain, 0, PRODUCTS, true },
    { "add", scalar_add, 0, 0, true },
    { "inv", scalar_inv, 0, 0, true },
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

/* Independent products of two words; in assembly, so that there are no others. */
static void products(void)
{
#define PRODUCT "mov %0, %%rax\n\tmulq %0\n\t"
    for (int i = 0; i < CHAIN / 8; i++)
        __asm__ volatile(PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT
                         :
                         : "r"(3UL)
                         : "rax", "rdx", "cc");
#undef PRODUCT
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

void hcl_field_bench_machine(struct hcl_field_machine *m)
{
    *m = (struct hcl_field_machine){ 0 };
    fill();
    const double hz = CHAIN / best_seconds(dependent_adds);
    m->ghz = hz * 1e-9;
    m->products_per_cycle = CHAIN / (best_seconds(products) * hz);
    m->mul_cycles = best_seconds(mul_vec) * hz / N;
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma())
        m->vpmadd52_per_cycle = HCL_BENCH_MADDS / (best_seconds(hcl_bench_vpmadd52) * hz);
#endif
}

double hcl_field_bench_limit(const struct hcl_field_machine *m, int vpmadd52)
{
    return m->vpmadd52_per_cycle > 0 ? vpmadd52 / 8.0 / m->vpmadd52_per_cycle
                                     : PRODUCTS / m->products_per_cycle;
}

static double limit(const struct bench *x, const struct hcl_field_machine *m)
{
    if (m->vpmadd52_per_cycle > 0 && x->madds > 0)
        return x->madds / 8.0 / m->vpmadd52_per_cycle;
    return x->products / m->products_per_cycle;
}

void hcl_field_bench_run(struct hcl_field_bench *bench)
{
    const bool ifma = hcl_field_has_ifma();
    *bench = (struct hcl_field_bench){ 0 };
    hcl_field_bench_machine(&bench->machine);
#ifdef HCL_HAVE_IFMA
    if (ifma)
        hcl_bench_lanes_init(a, b);
#endif
    for (int i = 0; i < BENCHES; i++) {
        const struct bench *x = &benches[i];
        if (!x->memory_format && !ifma)
            continue;
        bench->row[bench->count].name = x->name;
        bench->row[bench->count].memory_format = x->memory_format;
        bench->row[bench->count].cycles = best_seconds(x->body) * bench->machine.ghz * 1e9 / N;
        bench->row[bench->count].limit = limit(x, &bench->machine);
        bench->count++;
    }
}
