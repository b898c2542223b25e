/* SPDX-License-Identifier: Apache-2.0 */
/* Template: the vector functions of one prime on IFMA lanes. Included by kernel_ifma.c, which defines FPV
 * (names here), FP8 (arithmetic of ifma.h), FP (public names), FP_T and FP_MONT_R2. No include guard on
 * purpose. */

/* A group of eight on its way from memory to memory: operands, columns of a product. */
struct FPV(flight) {
    hcl_fp8 a, b;
    __m512i c[10];
};

/* What a vector function does with a group: begin from memory and a constant, end with limbs that need not be
 * normalised; finish makes them canonical. */
typedef void FPV(begin)(struct FPV(flight) * x, const uint64_t *a, const uint64_t *b);
typedef hcl_fp8 FPV(end)(struct FPV(flight) * x, const struct hcl_fp8_fixed *k);
typedef hcl_fp8 FPV(finish)(hcl_fp8 x);

HCL_INLINE hcl_fp8 FPV(finish_below_2m)(hcl_fp8 x)
{
    return FP8(reduce)(x, HCL_FP8_1M);
}

HCL_INLINE hcl_fp8 FPV(finish_below_8m)(hcl_fp8 x)
{
    return FP8(canonical)(x);
}

/* Runs over n elements; group i - 1 is finished and stored in the middle of the work on group i, which hides
 * its latency (mul_vec: 17.4 instead of 22.3 cycles per element). The last n % 8 go through a padded copy. */
HCL_INLINE void FPV(run)(FPV(begin) * begin, FPV(end) * end, FPV(finish) * finish, FP_T *out, const FP_T *a,
                         const FP_T *b, const struct hcl_fp8_fixed *k, size_t n)
{
    const size_t full = n / 8 * 8;
    struct FPV(flight) x;
    if (full > 0) {
        begin(&x, a[0].l, b[0].l);
        hcl_fp8 before = end(&x, k);
        for (size_t i = 8; i < full; i += 8) {
            begin(&x, a[i].l, b[i].l);
            hcl_fp8_store_mixed(out[i - 8].l, finish(before));
            before = end(&x, k);
        }
        hcl_fp8_store_mixed(out[full - 8].l, finish(before));
    }
    if (full < n) {
        FP_T pa[8] = { 0 }, pb[8] = { 0 };
        memcpy(pa, a + full, (n - full) * sizeof *a);
        memcpy(pb, b + full, (n - full) * sizeof *b);
        begin(&x, pa[0].l, pb[0].l);
        hcl_fp8_store_mixed(pa[0].l, finish(end(&x, k)));
        memcpy(out + full, pa, (n - full) * sizeof *out);
    }
}

/* The constant c in form S. */
static hcl_fp8 FPV(constant)(const FP_T *c)
{
    FP_T eight[8];
    for (int i = 0; i < 8; i++)
        eight[i] = *c;
    /* c_S (below 16m) * 1_S */
    return FP8(mul_canonical)(hcl_fp8_load_shifted(eight[0].l), FP8(one)());
}

HCL_INLINE void FPV(begin_load)(struct FPV(flight) * x, const uint64_t *a, const uint64_t *b)
{
    x->a = hcl_fp8_load_mixed(a);
    x->b = hcl_fp8_load_mixed(b);
}

HCL_INLINE void FPV(begin_mul)(struct FPV(flight) * x, const uint64_t *a, const uint64_t *b)
{
    x->a = hcl_fp8_load_shifted_mixed(a);
    x->b = hcl_fp8_load_mixed(b);
    FP8(mul_begin)(x->c, x->a, x->b);
}

HCL_INLINE hcl_fp8 FPV(end_mul)(struct FPV(flight) * x, const struct hcl_fp8_fixed *k)
{
    (void)k;
    return FP8(mul_end)(x->c, x->a, x->b);
}

/* (4a)^2/2^260 = a^2/2^256; 4a < 4m. */
HCL_INLINE void FPV(begin_sqr)(struct FPV(flight) * x, const uint64_t *a, const uint64_t *b)
{
    (void)b;
    FP8(sqr_begin)(x->c, hcl_fp8_load_times4_mixed(a));
}

HCL_INLINE hcl_fp8 FPV(end_sqr)(struct FPV(flight) * x, const struct hcl_fp8_fixed *k)
{
    (void)k;
    return FP8(sqr_end)(x->c);
}

HCL_INLINE void FPV(begin_load_one)(struct FPV(flight) * x, const uint64_t *a, const uint64_t *b)
{
    (void)b;
    x->a = hcl_fp8_load_mixed(a);
}

HCL_INLINE hcl_fp8 FPV(end_scale)(struct FPV(flight) * x, const struct hcl_fp8_fixed *k)
{
    return FP8(mul_fixed_loose)(x->a, k);
}

/* a*k + b: below 6m + m. */
HCL_INLINE hcl_fp8 FPV(end_scale_add)(struct FPV(flight) * x, const struct hcl_fp8_fixed *k)
{
    return hcl_fp8_add_loose(FP8(mul_fixed_loose)(x->a, k), x->b);
}

static void FPV(mul_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    FPV(run)(FPV(begin_mul), FPV(end_mul), FPV(finish_below_2m), out, a, b, NULL, n);
}

static void FPV(sqr_vec)(FP_T *out, const FP_T *a, size_t n)
{
    FPV(run)(FPV(begin_sqr), FPV(end_sqr), FPV(finish_below_2m), out, a, a, NULL, n);
}

static void FPV(scale_vec)(FP_T *out, const FP_T *a, const FP_T *c, size_t n)
{
    const struct hcl_fp8_fixed k = FP8(fix)(FPV(constant)(c));
    FPV(run)(FPV(begin_load_one), FPV(end_scale), FPV(finish_below_8m), out, a, a, &k, n);
}

static void FPV(axpy_vec)(FP_T *acc, const FP_T *a, const FP_T *c, size_t n)
{
    const struct hcl_fp8_fixed k = FP8(fix)(FPV(constant)(c));
    FPV(run)(FPV(begin_load), FPV(end_scale_add), FPV(finish_below_8m), acc, a, acc, &k, n);
}

static void FPV(horner_vec)(FP_T *acc, const FP_T *c, const FP_T *a, size_t n)
{
    const struct hcl_fp8_fixed k = FP8(fix)(FPV(constant)(c));
    FPV(run)(FPV(begin_load), FPV(end_scale_add), FPV(finish_below_8m), acc, acc, a, &k, n);
}

/* Multiplying by the integer 16 in place of 1_S removes the factor 2^256. */
static void FPV(to_limbs_vec)(uint64_t *out, const FP_T *a, size_t n)
{
    static const uint64_t sixteen[5] = { 16, 0, 0, 0, 0 };
    const struct hcl_fp8_fixed k = FP8(fix)(hcl_fp8_set1(sixteen));
    FPV(run)(FPV(begin_load_one), FPV(end_scale), FPV(finish_below_8m), (FP_T *)(void *)out, a, a, &k, n);
}

/* |v| times 16*R^2 mod m, then the sign. Of the five products of mul_fixed only two are not 0: 30 vpmadd52.
 */
HCL_INLINE void FPV(from_i64_step)(uint64_t *out, const int64_t *v, const struct hcl_fp8_fixed *r2)
{
    const hcl_fp8 m = hcl_fp8_set1(FP8(multiples)[HCL_FP8_1M]);
    const __m512i x = _mm512_loadu_si512(v);
    const __m512i mag = _mm512_abs_epi64(x); /* INT64_MIN stays 2^63, read as unsigned */
    __m512i c[6];
    for (int i = 0; i < 6; i++)
        c[i] = _mm512_setzero_si512();
    hcl_fp8_mad_row(c, mag, r2->w[0].l); /* reads the low 52 bits */
    hcl_fp8_mad_row(c, _mm512_srli_epi64(mag, 52), r2->w[1].l);
    FP8(clear_limb)(c, FP8(digit)(c[0]), m.l);
    const hcl_fp8 t = FP8(canonical)((hcl_fp8){ { c[1], c[2], c[3], c[4], c[5] } }); /* of below 2.1m */
    /* a negative x is not 0 modulo m, so m - t is canonical */
    hcl_fp8_store(out, hcl_fp8_select(_mm512_movepi64_mask(x), FP8(neg)(t, HCL_FP8_1M), t));
}

static void FPV(from_i64_vec)(FP_T *out, const int64_t *v, size_t n)
{
    static const FP_T mont_r2 = FP_MONT_R2;
    const struct hcl_fp8_fixed r2 = FP8(fix)(FPV(constant)(&mont_r2));
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        FPV(from_i64_step)(out[i].l, v + i, &r2);
    if (i < n) {
        int64_t pad[8] = { 0 };
        FP_T t[8];
        memcpy(pad, v + i, (n - i) * sizeof *v);
        FPV(from_i64_step)(t[0].l, pad, &r2);
        memcpy(out + i, t, (n - i) * sizeof *out);
    }
}

/* Scratch of the batch inversion: words of an integer below 2^256, lanes not transposed. */
HCL_INLINE void FPV(stash)(uint64_t *mem, hcl_fp8 a)
{
    __m512i w[4];
    hcl_fp8_to_words(w, a);
    for (int i = 0; i < 4; i++)
        _mm512_storeu_si512(mem + 8 * i, w[i]);
}

HCL_INLINE hcl_fp8 FPV(unstash)(const uint64_t *mem)
{
    __m512i w[4];
    for (int i = 0; i < 4; i++)
        w[i] = _mm512_loadu_si512(mem + 8 * i);
    return hcl_fp8_from_words(w);
}

/* Eight elements in form S with 1 for zeros; *zeros tells their lanes. Below 16m. */
HCL_INLINE hcl_fp8 FPV(load_nonzero)(const uint64_t *mem, __mmask8 *zeros)
{
    const hcl_fp8 a = hcl_fp8_load_shifted(mem);
    *zeros = hcl_fp8_is_null(a);
    return hcl_fp8_select(*zeros, FP8(one)(), a);
}

/* Montgomery's trick in every lane of several interleaved chains (group g belongs to chain g % CHAINS), which
 * hides the multiplier's latency: stash the product of a chain's groups before each group, invert all totals
 * with one inversion, then walk back. Running products are in form M on the way up, so that inverse (S) times
 * stash is the result in memory form. The last n % 8 elements are done one by one. Integers between are below
 * 2m. */
static void FPV(batch_inv)(FP_T *a, FP_T *scratch, size_t n)
{
    enum { CHAINS = 4 };
    const size_t groups = n / 8;
    FP_T total[8 * CHAINS], total_scratch[8 * CHAINS];
    hcl_fp8 product[CHAINS];
    __mmask8 zeros;
    for (int i = 0; i < 8 * CHAINS; i++)
        total[i] = FP(one);
    for (int c = 0; c < CHAINS; c++)
        product[c] = hcl_fp8_load(total[8 * c].l);
    for (size_t g = 0; g < groups; g++) {
        const hcl_fp8 x = FPV(load_nonzero)(a[8 * g].l, &zeros);
        FPV(stash)(scratch[8 * g].l, product[g % CHAINS]);
        product[g % CHAINS] = FP8(mul)(x, product[g % CHAINS]);
    }
    if (groups > 0) {
        for (int c = 0; c < CHAINS; c++)
            hcl_fp8_store(total[8 * c].l, FP8(reduce)(product[c], HCL_FP8_1M));
        hcl_field_kernel_adx.FP_MEMBER.batch_inv(total, total_scratch, 8 * CHAINS);
        for (int c = 0; c < CHAINS; c++)
            product[c] = FP8(mul)(hcl_fp8_load_shifted(total[8 * c].l), FP8(one)());
    }
    for (size_t g = groups; g-- > 0;) {
        const hcl_fp8 x = FPV(load_nonzero)(a[8 * g].l, &zeros);
        const hcl_fp8 inv = FP8(mul_canonical)(product[g % CHAINS], FPV(unstash)(scratch[8 * g].l));
        product[g % CHAINS] = FP8(mul)(x, product[g % CHAINS]);
        hcl_fp8_store(a[8 * g].l, hcl_fp8_select(zeros, hcl_fp8_zero(), inv));
    }
    hcl_field_kernel_adx.FP_MEMBER.batch_inv(a + 8 * groups, scratch + 8 * groups, n % 8);
}
