/* SPDX-License-Identifier: Apache-2.0 */
/* Template: a kernel's functions as loops over one-element arithmetic. Included once per prime by a kernel
 * file that defines FPV (names of these static functions), FP_T, FPE_ADD, FPE_SUB, FPE_MUL, FPE_SQR (inline
 * one-element arithmetic), FP_MONT_R2 and FP (public names). No include guard on purpose. */

static void FPV(add_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        FPE_ADD(&out[i], &a[i], &b[i]);
}

static void FPV(sub_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        FPE_SUB(&out[i], &a[i], &b[i]);
}

static void FPV(mul_vec)(FP_T *out, const FP_T *a, const FP_T *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        FPE_MUL(&out[i], &a[i], &b[i]);
}

static void FPV(sqr_vec)(FP_T *out, const FP_T *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        FPE_SQR(&out[i], &a[i]);
}

static void FPV(scale_vec)(FP_T *out, const FP_T *a, const FP_T *c, size_t n)
{
    const FP_T k = *c;
    for (size_t i = 0; i < n; i++)
        FPE_MUL(&out[i], &a[i], &k);
}

static void FPV(axpy_vec)(FP_T *acc, const FP_T *a, const FP_T *c, size_t n)
{
    const FP_T k = *c;
    for (size_t i = 0; i < n; i++) {
        FP_T t;
        FPE_MUL(&t, &a[i], &k);
        FPE_ADD(&acc[i], &acc[i], &t);
    }
}

static void FPV(horner_vec)(FP_T *acc, const FP_T *c, const FP_T *a, size_t n)
{
    const FP_T k = *c;
    for (size_t i = 0; i < n; i++) {
        FP_T t;
        FPE_MUL(&t, &acc[i], &k);
        FPE_ADD(&acc[i], &t, &a[i]);
    }
}

/* Montgomery's trick: one inversion and 3 multiplications per element. scratch[i] is the product of the
 * non-zero elements before i. */
static void FPV(batch_inv)(FP_T *a, FP_T *scratch, size_t n)
{
    FP_T product = FP(one);
    for (size_t i = 0; i < n; i++) {
        scratch[i] = product;
        if (!FP(is_zero)(&a[i]))
            FPE_MUL(&product, &product, &a[i]);
    }
    FP(inv)(&product, &product);
    for (size_t i = n; i-- > 0;) {
        if (FP(is_zero)(&a[i]))
            continue;
        const FP_T old = a[i];
        FPE_MUL(&a[i], &product, &scratch[i]);
        FPE_MUL(&product, &product, &old);
    }
}

static void FPV(from_i64_vec)(FP_T *out, const int64_t *v, size_t n)
{
    const FP_T r2 = FP_MONT_R2;
    for (size_t i = 0; i < n; i++) {
        const uint64_t mag = v[i] < 0 ? (uint64_t)0 - (uint64_t)v[i] : (uint64_t)v[i];
        const FP_T t = { { mag, 0, 0, 0 } };
        FPE_MUL(&out[i], &t, &r2);
        if (v[i] < 0)
            FPE_SUB(&out[i], &FP(zero), &out[i]);
    }
}

static void FPV(to_limbs_vec)(uint64_t *out, const FP_T *a, size_t n)
{
    const FP_T integer_one = { { 1, 0, 0, 0 } };
    for (size_t i = 0; i < n; i++) {
        FP_T t;
        FPE_MUL(&t, &a[i], &integer_one);
        memcpy(&out[4 * i], t.l, sizeof t.l);
    }
}
