/* SPDX-License-Identifier: Apache-2.0 */
/* Template: one prime's vector and scalar functions against gmp on the operands of one input. fuzz_field.c
 * defines FP(name), FP_T, F(name) for the functions here. Raw integers A stand for A/2^256. No include guard
 * on purpose. */

/* out[i] = raw integer of element i of the input, reduced. */
static void F(element)(FP_T *out, const uint8_t *bytes, const mpz_t m)
{
    mpz_t v;
    mpz_init(v);
    mpz_import(v, 32, -1, 1, 0, 0, bytes);
    mpz_mod(v, v, m);
    *out = (FP_T){ { 0, 0, 0, 0 } };
    mpz_export(out->l, NULL, -1, 8, 0, 0, v);
    mpz_clear(v);
}

static void F(get)(mpz_t out, const FP_T *a)
{
    mpz_import(out, 4, -1, 8, 0, 0, a->l);
}

/* got must be want mod m, canonical. */
static void F(expect)(const FP_T *got, mpz_t want, const mpz_t m)
{
    mpz_t g;
    mpz_init(g);
    F(get)(g, got);
    mpz_mod(want, want, m);
    REQUIRE(mpz_cmp(g, want) == 0);
    mpz_clear(g);
}

static void F(vectors)(unsigned op, const FP_T *a, const FP_T *b, const FP_T *k, size_t n, const mpz_t m,
                       const mpz_t inv_r)
{
    FP_T out[MAX_N], scratch[MAX_N];
    int64_t v[MAX_N];
    mpz_t x, y, z;
    mpz_inits(x, y, z, NULL);
    memcpy(out, a, n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        memcpy(&v[i], &a[i].l[0], sizeof v[i]);
    switch (op) {
    case OP_ADD:
        FP(add_vec)(out, a, b, n);
        break;
    case OP_SUB:
        FP(sub_vec)(out, a, b, n);
        break;
    case OP_MUL:
        FP(mul_vec)(out, a, b, n);
        break;
    case OP_SQR:
        FP(sqr_vec)(out, out, n);
        break;
    case OP_SCALE:
        FP(scale_vec)(out, a, k, n);
        break;
    case OP_AXPY:
        FP(axpy_vec)(out, b, k, n);
        break;
    case OP_HORNER:
        FP(horner_vec)(out, k, b, n);
        break;
    case OP_INV:
        FP(batch_inv)(out, scratch, n);
        break;
    case OP_I64:
        FP(from_i64_vec)(out, v, n);
        break;
    default:
        FP(to_limbs_vec)(out->l, a, n);
    }
    for (size_t i = 0; i < n; i++) {
        F(get)(x, &a[i]);
        F(get)(y, &b[i]);
        F(get)(z, k);
        switch (op) {
        case OP_ADD:
            mpz_add(x, x, y);
            break;
        case OP_SUB:
            mpz_sub(x, x, y);
            break;
        case OP_MUL:
            mpz_mul(x, x, y);
            mpz_mul(x, x, inv_r);
            break;
        case OP_SQR:
            mpz_mul(x, x, x);
            mpz_mul(x, x, inv_r);
            break;
        case OP_SCALE:
            mpz_mul(x, x, z);
            mpz_mul(x, x, inv_r);
            break;
        case OP_AXPY:
            mpz_mul(y, y, z);
            mpz_mul(y, y, inv_r);
            mpz_add(x, x, y);
            break;
        case OP_HORNER:
            mpz_mul(x, x, z);
            mpz_mul(x, x, inv_r);
            mpz_add(x, x, y);
            break;
        case OP_INV: /* (A/R)^-1 * R = R^2/A */
            if (mpz_sgn(x) != 0)
                REQUIRE(mpz_invert(x, x, m));
            mpz_mul_2exp(x, x, 512);
            break;
        case OP_I64:
            mpz_set_si(x, v[i]);
            mpz_mul_2exp(x, x, 256);
            break;
        default:
            mpz_mul(x, x, inv_r);
        }
        F(expect)(&out[i], x, m);
    }
    mpz_clears(x, y, z, NULL);
}

/* Readers: accept exactly the integers below m, and write the same bytes back. */
static void F(encodings)(const uint8_t bytes[64], const mpz_t m)
{
    uint8_t back[32];
    FP_T out;
    mpz_t v;
    mpz_init(v);
    mpz_import(v, 32, -1, 1, 0, 0, bytes);
    const bool canonical = mpz_cmp(v, m) < 0;
    REQUIRE(FP(from_bytes)(&out, bytes) == canonical);
    FP(to_bytes)(back, &out);
    if (canonical) {
        REQUIRE(memcmp(back, bytes, 32) == 0);
        mpz_mul_2exp(v, v, 256);
        F(expect)(&out, v, m);
    }
    REQUIRE(FP(from_raw)(&out, bytes) == canonical);
    FP(to_raw)(back, &out);
    REQUIRE(!canonical || memcmp(back, bytes, 32) == 0);
    mpz_import(v, 64, -1, 1, 0, 0, bytes);
    mpz_mul_2exp(v, v, 256);
    FP(from_bytes_wide)(&out, bytes);
    F(expect)(&out, v, m);
    mpz_clear(v);
}

/* One element at a time must agree with the vectors. */
static void F(scalars)(const FP_T *a, const FP_T *b, const mpz_t m, const mpz_t inv_r)
{
    FP_T out;
    mpz_t x, y, z;
    mpz_inits(x, y, z, NULL);
    F(get)(x, a);
    F(get)(y, b);
    FP(mul)(&out, a, b);
    mpz_mul(z, x, y);
    mpz_mul(z, z, inv_r);
    F(expect)(&out, z, m);
    FP(sqr)(&out, a);
    mpz_mul(z, x, x);
    mpz_mul(z, z, inv_r);
    F(expect)(&out, z, m);
    FP(sub)(&out, a, b);
    mpz_sub(z, x, y);
    F(expect)(&out, z, m);
    FP(add)(&out, a, b);
    mpz_add(z, x, y);
    F(expect)(&out, z, m);
    FP(neg)(&out, a);
    mpz_neg(z, x);
    F(expect)(&out, z, m);
    FP(inv)(&out, a);
    if (mpz_sgn(x) != 0)
        REQUIRE(mpz_invert(z, x, m));
    else
        mpz_set_ui(z, 0);
    mpz_mul_2exp(z, z, 512);
    F(expect)(&out, z, m);
    mpz_clears(x, y, z, NULL);
}

static void F(run)(unsigned op, const uint8_t *data, size_t size, const char *modulus)
{
    FP_T a[MAX_N] = { 0 }, b[MAX_N] = { 0 }, k;
    mpz_t m, inv_r;
    size_t n = 0;
    mpz_init_set_str(m, modulus, 16);
    mpz_init_set_ui(inv_r, 1);
    mpz_mul_2exp(inv_r, inv_r, 256);
    REQUIRE(mpz_invert(inv_r, inv_r, m));
    F(element)(&k, data, m);
    for (size_t at = 32; at + 64 <= size && n < MAX_N; at += 64, n++) {
        F(element)(&a[n], data + at, m);
        F(element)(&b[n], data + at + 32, m);
    }
    F(vectors)(op, a, b, &k, n, m, inv_r);
    for (size_t i = 0; i < n && i < 2; i++) {
        F(scalars)(&a[i], &b[i], m, inv_r);
        F(encodings)(data + 32 + 64 * i, m);
    }
    mpz_clears(m, inv_r, NULL);
}
