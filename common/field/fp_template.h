/* SPDX-License-Identifier: Apache-2.0 */
/* Template: the functions of fr.h and fq.h for one prime. Included by fr.c and fq.c, which define FP, FP_T,
 * FPS, FP_OPS (the table of the kernel in
 * use) and the constants, after fp_scalar_internal.h. No include guard on purpose. */

const FP_T FP(zero) = { { 0, 0, 0, 0 } };
const FP_T FP(one) = FP_MONT_ONE;

static bool below_modulus(const uint64_t l[4])
{
    for (int i = 3; i >= 0; i--)
        if (l[i] != FPS(modulus).l[i])
            return l[i] < FPS(modulus).l[i];
    return false;
}

void FP(add)(FP_T *out, const FP_T *a, const FP_T *b)
{
    HCL_ASSERT(below_modulus(a->l) && below_modulus(b->l));
    FPS(add)(out, a, b);
}

void FP(sub)(FP_T *out, const FP_T *a, const FP_T *b)
{
    HCL_ASSERT(below_modulus(a->l) && below_modulus(b->l));
    FPS(sub)(out, a, b);
}

void FP(neg)(FP_T *out, const FP_T *a)
{
    HCL_ASSERT(below_modulus(a->l));
    FPS(sub)(out, &FP(zero), a);
}

void FP(double)(FP_T *out, const FP_T *a)
{
    HCL_ASSERT(below_modulus(a->l));
    FPS(add)(out, a, a);
}

/* The readers below pass integers that are not reduced as a; see the kernel's mul. */
void FP(mul)(FP_T *out, const FP_T *a, const FP_T *b)
{
    HCL_ASSERT(below_modulus(b->l));
    FP_OPS.mul(out, a, b);
}

void FP(sqr)(FP_T *out, const FP_T *a)
{
    HCL_ASSERT(below_modulus(a->l));
    FP_OPS.sqr(out, a);
}

void FP(inv)(FP_T *out, const FP_T *a)
{
    static const FP_T r3 = FP_MONT_R3; /* (aR)^-1 * R^3 / R = a^-1 * R */
    FP_T t;
    hcl_gcd_inverse(t.l, a->l, FPS(modulus).l);
    FP(mul)(out, &t, &r3);
}

void FP(pow_u64)(FP_T *out, const FP_T *a, uint64_t e)
{
    const FP_T base = *a;
    FP_T acc = FP(one);
    for (int bit = e == 0 ? -1 : 63 - __builtin_clzll(e); bit >= 0; bit--) {
        FP(sqr)(&acc, &acc);
        if ((e >> bit) & 1)
            FP(mul)(&acc, &acc, &base);
    }
    *out = acc;
}

bool FP(eq)(const FP_T *a, const FP_T *b)
{
    return ((a->l[0] ^ b->l[0]) | (a->l[1] ^ b->l[1]) | (a->l[2] ^ b->l[2]) | (a->l[3] ^ b->l[3])) == 0;
}

bool FP(is_zero)(const FP_T *a)
{
    return (a->l[0] | a->l[1] | a->l[2] | a->l[3]) == 0;
}

void FP(from_u64)(FP_T *out, uint64_t v)
{
    static const FP_T r2 = FP_MONT_R2;
    const FP_T t = { { v, 0, 0, 0 } };
    FP(mul)(out, &t, &r2);
}

void FP(from_i64)(FP_T *out, int64_t v)
{
    FP(from_u64)(out, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
    if (v < 0)
        FP(neg)(out, out);
}

static void store_limbs(uint8_t out[32], const uint64_t l[4])
{
    for (int i = 0; i < 32; i++)
        out[i] = (uint8_t)(l[i / 8] >> (8 * (i % 8)));
}

static void load_limbs(uint64_t l[4], const uint8_t in[32])
{
    for (int i = 0; i < 4; i++) {
        l[i] = 0;
        for (int j = 7; j >= 0; j--)
            l[i] = l[i] << 8 | in[8 * i + j];
    }
}

void FP(to_limbs)(uint64_t out[4], const FP_T *a)
{
    static const FP_T integer_one = { { 1, 0, 0, 0 } };
    FP_T t;
    FP(mul)(&t, a, &integer_one);
    memcpy(out, t.l, sizeof t.l);
}

void FP(to_bytes)(uint8_t out[32], const FP_T *a)
{
    uint64_t l[4];
    FP(to_limbs)(l, a);
    store_limbs(out, l);
}

bool FP(from_bytes)(FP_T *out, const uint8_t in[32])
{
    static const FP_T r2 = FP_MONT_R2;
    FP_T t;
    load_limbs(t.l, in);
    if (!below_modulus(t.l)) {
        *out = FP(zero);
        return false;
    }
    FP(mul)(out, &t, &r2);
    return true;
}

void FP(to_raw)(uint8_t out[32], const FP_T *a)
{
    store_limbs(out, a->l);
}

bool FP(from_raw)(FP_T *out, const uint8_t in[32])
{
    FP_T t;
    load_limbs(t.l, in);
    const bool ok = below_modulus(t.l);
    *out = ok ? t : FP(zero);
    return ok;
}

/* lo*R^2/R + hi*R^3/R = (lo + hi*2^256)*R; both halves may exceed the modulus, see the kernel's mul. */
void FP(from_bytes_wide)(FP_T *out, const uint8_t in[64])
{
    static const FP_T r2 = FP_MONT_R2, r3 = FP_MONT_R3;
    FP_T lo, hi;
    load_limbs(lo.l, in);
    load_limbs(hi.l, in + 32);
    FP(mul)(&lo, &lo, &r2);
    FP(mul)(&hi, &hi, &r3);
    FP(add)(out, &lo, &hi);
}

/* The kernels' scale_vec takes any 256-bit integers in place of a, as mul does. */
void FP(from_bytes_wide_vec)(FP_T *out, const uint8_t *in, size_t n)
{
    static const FP_T r2 = FP_MONT_R2, r3 = FP_MONT_R3;
    FP_T lo[64], hi[64];
    for (size_t at = 0; at < n; at += 64) {
        const size_t part = n - at < 64 ? n - at : 64;
        for (size_t i = 0; i < part; i++) {
            load_limbs(lo[i].l, in + 64 * (at + i));
            load_limbs(hi[i].l, in + 64 * (at + i) + 32);
        }
        FP_OPS.scale_vec(lo, lo, &r2, part);
        FP_OPS.scale_vec(hi, hi, &r3, part);
        FP_OPS.add_vec(out + at, lo, hi, part);
    }
}

void FP(add_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    FP_OPS.add_vec(out, a, b, n);
}

void FP(sub_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    FP_OPS.sub_vec(out, a, b, n);
}

void FP(mul_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    FP_OPS.mul_vec(out, a, b, n);
}

void FP(sqr_vec)(FP_T *out, const FP_T *a, size_t n)
{
    FP_OPS.sqr_vec(out, a, n);
}

void FP(scale_vec)(FP_T *out, const FP_T *a, const FP_T *c, size_t n)
{
    FP_OPS.scale_vec(out, a, c, n);
}

void FP(axpy_vec)(FP_T *acc, const FP_T *a, const FP_T *c, size_t n)
{
    FP_OPS.axpy_vec(acc, a, c, n);
}

void FP(horner_vec)(FP_T *acc, const FP_T *c, const FP_T *a, size_t n)
{
    FP_OPS.horner_vec(acc, c, a, n);
}

void FP(batch_inv)(FP_T *a, FP_T *scratch, size_t n)
{
    FP_OPS.batch_inv(a, scratch, n);
}

void FP(from_i64_vec)(FP_T *out, const int64_t *v, size_t n)
{
    FP_OPS.from_i64_vec(out, v, n);
}

void FP(to_limbs_vec)(uint64_t *out, const FP_T *a, size_t n)
{
    FP_OPS.to_limbs_vec(out, a, n);
}
