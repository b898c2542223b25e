/* SPDX-License-Identifier: Apache-2.0 */
/* Template: the vector functions of one prime on IFMA lanes. Included by kernel_ifma.c, which defines FPV
 * (names here), FP8 (arithmetic of ifma.h), FP (public names), FP_T and FP_MONT_R2. No include guard on
 * purpose. */

/* One group of eight: out[0..7] from a[0..7], b[0..7] and a constant. May read all before it writes. */
typedef void FPV(step)(uint64_t *out, const uint64_t *a, const uint64_t *b, hcl_fp8 k);

/* Runs a step over n elements, the last n % 8 through a padded copy. */
HCL_INLINE void FPV(run)(FPV(step) * step, FP_T *out, const FP_T *a, const FP_T *b, hcl_fp8 k, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        step(out[i].l, a[i].l, b[i].l, k);
    if (i < n) {
        FP_T pa[8] = { 0 }, pb[8] = { 0 };
        memcpy(pa, a + i, (n - i) * sizeof *a);
        memcpy(pb, b + i, (n - i) * sizeof *b);
        step(pa[0].l, pa[0].l, pb[0].l, k);
        memcpy(out + i, pa, (n - i) * sizeof *out);
    }
}

/* The constant c in form S, below m. */
static hcl_fp8 FPV(constant)(const FP_T *c)
{
    FP_T eight[8];
    for (int i = 0; i < 8; i++)
        eight[i] = *c;
    /* c_S (below 16m) * 1_S */
    return FP8(mul_canonical)(hcl_fp8_load_shifted(eight[0].l), FP8(one)());
}

HCL_INLINE void FPV(add_step)(uint64_t *out, const uint64_t *a, const uint64_t *b, hcl_fp8 k)
{
    (void)k;
    hcl_fp8_store(out, FP8(reduce)(hcl_fp8_add_loose(hcl_fp8_load(a), hcl_fp8_load(b)), HCL_FP8_1M));
}

HCL_INLINE void FPV(sub_step)(uint64_t *out, const uint64_t *a, const uint64_t *b, hcl_fp8 k)
{
    (void)k;
    const hcl_fp8 d = hcl_fp8_normalise(hcl_fp8_sub_loose(hcl_fp8_load(a), hcl_fp8_load(b)));
    const hcl_fp8 m = hcl_fp8_set1(FP8(multiples)[HCL_FP8_1M]);
    const __mmask8 negative = _mm512_movepi64_mask(d.l[4]);
    hcl_fp8_store(out, hcl_fp8_select(negative, hcl_fp8_add(d, m), d));
}

HCL_INLINE void FPV(mul_step)(uint64_t *out, const uint64_t *a, const uint64_t *b, hcl_fp8 k)
{
    (void)k;
    hcl_fp8_store(out, FP8(mul_canonical)(hcl_fp8_load_shifted(a), hcl_fp8_load(b)));
}

/* (4a)^2/2^260 = a^2/2^256; 4a < 4m. */
HCL_INLINE void FPV(sqr_step)(uint64_t *out, const uint64_t *a, const uint64_t *b, hcl_fp8 k)
{
    (void)b;
    (void)k;
    hcl_fp8_store(out, FP8(reduce)(FP8(sqr_loose)(hcl_fp8_load_times4(a)), HCL_FP8_1M));
}

HCL_INLINE void FPV(scale_step)(uint64_t *out, const uint64_t *a, const uint64_t *b, hcl_fp8 k)
{
    (void)b;
    hcl_fp8_store(out, FP8(mul_canonical)(k, hcl_fp8_load(a)));
}

/* a + k*b: below m + 1.02m. */
HCL_INLINE void FPV(axpy_step)(uint64_t *out, const uint64_t *a, const uint64_t *b, hcl_fp8 k)
{
    const hcl_fp8 sum = hcl_fp8_add_loose(FP8(mul_loose)(k, hcl_fp8_load(b)), hcl_fp8_load(a));
    hcl_fp8_store(out, FP8(reduce)(FP8(reduce)(sum, HCL_FP8_1M), HCL_FP8_1M));
}

HCL_INLINE void FPV(horner_step)(uint64_t *out, const uint64_t *a, const uint64_t *b, hcl_fp8 k)
{
    FPV(axpy_step)(out, b, a, k);
}

static void FPV(add_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    FPV(run)(FPV(add_step), out, a, b, hcl_fp8_zero(), n);
}

static void FPV(sub_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    FPV(run)(FPV(sub_step), out, a, b, hcl_fp8_zero(), n);
}

static void FPV(mul_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    FPV(run)(FPV(mul_step), out, a, b, hcl_fp8_zero(), n);
}

static void FPV(sqr_vec)(FP_T *out, const FP_T *a, size_t n)
{
    FPV(run)(FPV(sqr_step), out, a, a, hcl_fp8_zero(), n);
}

static void FPV(scale_vec)(FP_T *out, const FP_T *a, const FP_T *c, size_t n)
{
    FPV(run)(FPV(scale_step), out, a, a, FPV(constant)(c), n);
}

static void FPV(axpy_vec)(FP_T *acc, const FP_T *a, const FP_T *c, size_t n)
{
    FPV(run)(FPV(axpy_step), acc, acc, a, FPV(constant)(c), n);
}

static void FPV(horner_vec)(FP_T *acc, const FP_T *c, const FP_T *a, size_t n)
{
    FPV(run)(FPV(horner_step), acc, acc, a, FPV(constant)(c), n);
}

/* Multiplying by the integer 16 in place of 1_S removes the factor 2^256. */
static void FPV(to_limbs_vec)(uint64_t *out, const FP_T *a, size_t n)
{
    static const uint64_t sixteen[5] = { 16, 0, 0, 0, 0 };
    FPV(run)(FPV(scale_step), (FP_T *)(void *)out, a, a, hcl_fp8_set1(sixteen), n);
}

/* |v| times 16*R^2 mod m, then the sign. */
HCL_INLINE void FPV(from_i64_step)(uint64_t *out, const int64_t *v, hcl_fp8 r2)
{
    const __m512i x = _mm512_loadu_si512(v);
    const __m512i mag = _mm512_abs_epi64(x); /* INT64_MIN stays 2^63, read as unsigned */
    hcl_fp8 a = hcl_fp8_zero();
    a.l[0] = _mm512_and_si512(mag, hcl_fp8_limb_mask());
    a.l[1] = _mm512_srli_epi64(mag, 52);
    const hcl_fp8 t = FP8(mul_canonical)(r2, a);
    const __mmask8 negate = _mm512_movepi64_mask(x) & (__mmask8)~hcl_fp8_is_null(a);
    hcl_fp8_store(out, hcl_fp8_select(negate, FP8(neg)(t, HCL_FP8_1M), t));
}

static void FPV(from_i64_vec)(FP_T *out, const int64_t *v, size_t n)
{
    static const FP_T mont_r2 = FP_MONT_R2;
    const hcl_fp8 r2 = FPV(constant)(&mont_r2);
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        FPV(from_i64_step)(out[i].l, v + i, r2);
    if (i < n) {
        int64_t pad[8] = { 0 };
        FP_T t[8];
        memcpy(pad, v + i, (n - i) * sizeof *v);
        FPV(from_i64_step)(t[0].l, pad, r2);
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

/* Montgomery's trick in every lane of two interleaved chains (groups of eight with even and odd number),
 * which hides the multiplier's latency: stash the products of all groups before each, invert the 16 totals
 * with one inversion, then walk back. The last n % 8 elements are done one by one. Integers between are below
 * 2m. */
static void FPV(batch_inv)(FP_T *a, FP_T *scratch, size_t n)
{
    const size_t groups = n / 8;
    hcl_fp8 product[2] = { FP8(one)(), FP8(one)() };
    __mmask8 zeros;
    for (size_t g = 0; g < groups; g++) {
        const hcl_fp8 x = FPV(load_nonzero)(a[8 * g].l, &zeros);
        FPV(stash)(scratch[8 * g].l, product[g & 1]);
        product[g & 1] = FP8(mul)(x, product[g & 1]);
    }
    if (groups > 0) {
        FP_T total[16], total_scratch[16];
        for (int c = 0; c < 2; c++) {
            const hcl_fp8 t = FP8(to_memory_form)(product[c]);
            hcl_fp8_store(total[8 * c].l, FP8(reduce)(t, HCL_FP8_1M));
        }
        hcl_field_kernel_portable.FP_MEMBER.batch_inv(total, total_scratch, 16);
        for (int c = 0; c < 2; c++)
            product[c] = FP8(mul)(hcl_fp8_load_shifted(total[8 * c].l), FP8(one)());
    }
    for (size_t g = groups; g-- > 0;) {
        const hcl_fp8 x = FPV(load_nonzero)(a[8 * g].l, &zeros);
        const hcl_fp8 before = FPV(unstash)(scratch[8 * g].l);
        const hcl_fp8 inv = FP8(to_memory_form)(FP8(mul)(product[g & 1], before));
        hcl_fp8_store(a[8 * g].l, hcl_fp8_select(zeros, hcl_fp8_zero(), FP8(reduce)(inv, HCL_FP8_1M)));
        product[g & 1] = FP8(mul)(x, product[g & 1]);
    }
    hcl_field_kernel_portable.FP_MEMBER.batch_inv(a + 8 * groups, scratch + 8 * groups, n % 8);
}
