/* SPDX-License-Identifier: Apache-2.0 */
/* Template: the tests of one prime field against gmp. test_fr.c and test_fq.c define FP(name), FP_T and
 * FP_MODULUS_HEX. Elements are chosen by their raw (Montgomery) integers so that limb patterns that provoke
 * carries are hit; a raw integer A stands for A/R. No include guard on purpose. */

enum { POOL = 400, VEC_MAX = 67 };

static mpz_t modulus, mont_r, mont_r_inv;
static FP_T pool[POOL];
static uint64_t rng_state = 0x9e3779b97f4a7c15;

/* splitmix64: reproducible */
static uint64_t next_random(void)
{
    uint64_t z = (rng_state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static void to_mpz(mpz_t out, const FP_T *a)
{
    mpz_import(out, 4, -1, 8, 0, 0, a->l);
}

static FP_T from_mpz(const mpz_t raw)
{
    FP_T out = { { 0, 0, 0, 0 } };
    assert_true(mpz_sgn(raw) >= 0 && mpz_cmp(raw, modulus) < 0);
    mpz_export(out.l, NULL, -1, 8, 0, 0, raw);
    return out;
}

static void mpz_bytes(uint8_t *out, size_t len, const mpz_t v)
{
    memset(out, 0, len);
    mpz_export(out, NULL, -1, 1, 0, 0, v);
}

static void check_raw(const FP_T *got, const mpz_t want, const char *what)
{
    mpz_t g, w;
    mpz_init(w);
    mpz_mod(w, want, modulus);
    mpz_init(g);
    to_mpz(g, got);
    if (mpz_cmp(g, w) != 0) {
        char *gs = mpz_get_str(NULL, 16, g), *ws = mpz_get_str(NULL, 16, w);
        fail_msg("%s: got %s, want %s", what, gs, ws);
    }
    mpz_clears(g, w, NULL);
}

/* Edges first: small and near the modulus, R and its powers, walls of ones at limb boundaries of radix 2^52
 * and 2^64, then words of all zeros, all ones and random bits mixed, then uniform values. */
static void fill_pool(void)
{
    mpz_t v;
    mpz_init(v);
    for (size_t i = 0; i < POOL; i++) {
        if (i < 8)
            mpz_set_ui(v, i);
        else if (i < 16)
            mpz_sub_ui(v, modulus, i - 7);
        else if (i < 20)
            mpz_powm_ui(v, mont_r, i - 15, modulus);
        else if (i < 24) {
            mpz_fdiv_q_2exp(v, modulus, i - 19);
            mpz_add_ui(v, v, i & 1);
        } else if (i < 28) {
            mpz_set_ui(v, 1);
            mpz_mul_2exp(v, v, 52 * (i - 23));
            mpz_sub_ui(v, v, 1);
        } else if (i < 32) {
            mpz_set_ui(v, 1);
            mpz_mul_2exp(v, v, 64 * (i - 27));
            mpz_sub_ui(v, v, 1);
        } else {
            uint64_t w[4];
            for (int j = 0; j < 4; j++) {
                const uint64_t kind = i < POOL / 2 ? next_random() % 4 : 3;
                w[j] = kind == 0   ? 0
                       : kind == 1 ? UINT64_MAX
                       : kind == 2 ? next_random() >> 32
                                   : next_random();
            }
            mpz_import(v, 4, -1, 8, 0, 0, w);
        }
        mpz_mod(v, v, modulus);
        pool[i] = from_mpz(v);
    }
    mpz_clear(v);
}

static int setup(void **state)
{
    (void)state;
    mpz_init_set_str(modulus, FP_MODULUS_HEX, 16);
    mpz_init_set_ui(mont_r, 1);
    mpz_mul_2exp(mont_r, mont_r, 256);
    mpz_init(mont_r_inv);
    mpz_invert(mont_r_inv, mont_r, modulus);
    fill_pool();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mpz_clears(modulus, mont_r, mont_r_inv, NULL);
    return 0;
}

/* The model: raw integers in, raw integer out (not reduced). */
static void model_mul(mpz_t out, const FP_T *a, const FP_T *b)
{
    mpz_t x;
    mpz_init(x);
    to_mpz(x, a);
    to_mpz(out, b);
    mpz_mul(out, out, x);
    mpz_mul(out, out, mont_r_inv);
    mpz_mod(out, out, modulus);
    mpz_clear(x);
}

static void model_sum(mpz_t out, const FP_T *a, const FP_T *b, int sign)
{
    mpz_t x;
    mpz_init(x);
    to_mpz(out, a);
    to_mpz(x, b);
    if (sign > 0)
        mpz_add(out, out, x);
    else
        mpz_sub(out, out, x);
    mpz_mod(out, out, modulus);
    mpz_clear(x);
}

typedef void binary_fn(FP_T *out, const FP_T *a, const FP_T *b);

/* f(a, b) into a fresh output, over a and over b. */
static void check_binary(binary_fn *f, const FP_T *a, const FP_T *b, const mpz_t want, const char *what)
{
    FP_T out, x = *a, y = *b;
    f(&out, a, b);
    check_raw(&out, want, what);
    f(&x, &x, b);
    check_raw(&x, want, what);
    f(&y, a, &y);
    check_raw(&y, want, what);
}

static void test_binary(void **state)
{
    (void)state;
    mpz_t want;
    mpz_init(want);
    for (size_t i = 0; i < POOL; i++) {
        for (size_t j = i % 3; j < POOL; j += i < 40 ? 1 : 7) {
            const FP_T *a = &pool[i], *b = &pool[j];
            model_sum(want, a, b, 1);
            check_binary(FP(add), a, b, want, "add");
            model_sum(want, a, b, -1);
            check_binary(FP(sub), a, b, want, "sub");
            model_mul(want, a, b);
            check_binary(FP(mul), a, b, want, "mul");
            assert_int_equal(FP(eq)(a, b), memcmp(a, b, sizeof *a) == 0);
        }
    }
    mpz_clear(want);
}

static void test_unary(void **state)
{
    (void)state;
    mpz_t want, raw;
    mpz_inits(want, raw, NULL);
    for (size_t i = 0; i < POOL; i++) {
        const FP_T *a = &pool[i];
        FP_T out, x = *a;
        to_mpz(raw, a);
        mpz_neg(want, raw);
        FP(neg)(&out, a);
        check_raw(&out, want, "neg");
        FP(neg)(&x, &x);
        check_raw(&x, want, "neg in place");
        mpz_mul_ui(want, raw, 2);
        FP(double)(&out, a);
        check_raw(&out, want, "double");
        model_mul(want, a, a);
        FP(sqr)(&out, a);
        check_raw(&out, want, "sqr");
        x = *a;
        FP(sqr)(&x, &x);
        check_raw(&x, want, "sqr in place");
        x = *a;
        FP(mul)(&x, &x, &x);
        check_raw(&x, want, "mul all aliased");
        /* (A/R)^-1 * R = R^2 / A */
        if (mpz_sgn(raw) != 0)
            mpz_invert(want, raw, modulus);
        else
            mpz_set_ui(want, 0);
        mpz_mul(want, want, mont_r);
        mpz_mul(want, want, mont_r);
        FP(inv)(&out, a);
        check_raw(&out, want, "inv");
        x = *a;
        FP(inv)(&x, &x);
        check_raw(&x, want, "inv in place");
        assert_int_equal(FP(is_zero)(a), mpz_sgn(raw) == 0);
    }
    mpz_clears(want, raw, NULL);
}

/* The inverse of a plain integer, canonical. */
static void test_gcd_inverse(void **state)
{
    (void)state;
    uint64_t m[4] = { 0 };
    mpz_t want, raw;
    mpz_inits(want, raw, NULL);
    mpz_export(m, NULL, -1, 8, 0, 0, modulus);
    for (size_t i = 0; i < 20 * POOL; i++) {
        FP_T a = pool[i % POOL], out;
        if (i >= POOL)
            FP(mul)(&a, &a, &pool[i / 20]);
        to_mpz(raw, &a);
        if (mpz_sgn(raw) == 0 || mpz_invert(want, raw, modulus) == 0)
            mpz_set_ui(want, 0);
        hcl_gcd_inverse(out.l, a.l, m);
        check_raw(&out, want, "gcd_inverse");
    }
    mpz_clears(want, raw, NULL);
}

static void test_pow(void **state)
{
    (void)state;
    static const uint64_t exponents[] = { 0, 1, 2, 3, 255, 1u << 28, UINT64_MAX, 0x8000000000000001 };
    mpz_t want, e;
    mpz_inits(want, e, NULL);
    for (size_t i = 0; i < POOL; i++) {
        for (size_t j = 0; j < sizeof exponents / sizeof exponents[0]; j++) {
            FP_T out;
            to_mpz(want, &pool[i]);
            mpz_mul(want, want, mont_r_inv);
            mpz_import(e, 1, -1, 8, 0, 0, &exponents[j]);
            mpz_powm(want, want, e, modulus);
            mpz_mul(want, want, mont_r);
            FP(pow_u64)(&out, &pool[i], exponents[j]);
            check_raw(&out, want, "pow_u64");
        }
    }
    mpz_clears(want, e, NULL);
}

static void test_integers(void **state)
{
    (void)state;
    static const int64_t values[] = { 0,
                                      1,
                                      -1,
                                      2,
                                      -2,
                                      65535,
                                      -65536,
                                      INT32_MAX,
                                      INT32_MIN,
                                      INT64_MAX,
                                      INT64_MIN,
                                      INT64_MIN + 1,
                                      (int64_t)1 << 52,
                                      -((int64_t)1 << 52),
                                      ((int64_t)1 << 52) - 1,
                                      1234567890123456789,
                                      -1234567890123456789 };
    enum { COUNT = sizeof values / sizeof values[0] };
    FP_T vec[COUNT];
    mpz_t want;
    mpz_init(want);
    FP(from_i64_vec)(vec, values, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        FP_T out;
        mpz_set_si(want, values[i]);
        mpz_mul(want, want, mont_r);
        FP(from_i64)(&out, values[i]);
        check_raw(&out, want, "from_i64");
        check_raw(&vec[i], want, "from_i64_vec");
        const uint64_t u = (uint64_t)values[i];
        mpz_import(want, 1, -1, 8, 0, 0, &u);
        mpz_mul(want, want, mont_r);
        FP(from_u64)(&out, u);
        check_raw(&out, want, "from_u64");
    }
    mpz_clear(want);
}

static void test_encodings(void **state)
{
    (void)state;
    mpz_t v, raw;
    mpz_inits(v, raw, NULL);
    for (size_t i = 0; i < POOL; i++) {
        uint8_t want[32], got[32];
        uint64_t limbs[4];
        FP_T back;
        to_mpz(raw, &pool[i]);
        mpz_bytes(want, 32, raw);
        FP(to_raw)(got, &pool[i]);
        assert_memory_equal(got, want, 32);
        assert_true(FP(from_raw)(&back, want));
        assert_true(FP(eq)(&back, &pool[i]));
        mpz_mul(v, raw, mont_r_inv);
        mpz_mod(v, v, modulus);
        mpz_bytes(want, 32, v);
        FP(to_bytes)(got, &pool[i]);
        assert_memory_equal(got, want, 32);
        FP(to_limbs)(limbs, &pool[i]);
        assert_memory_equal(limbs, want, 32);
        assert_true(FP(from_bytes)(&back, want));
        assert_true(FP(eq)(&back, &pool[i]));
    }
    mpz_clears(v, raw, NULL);
}

/* The last accepted and the first rejected integers, and the largest that fits. */
static void test_rejects_non_canonical(void **state)
{
    (void)state;
    mpz_t v;
    mpz_init(v);
    for (int i = -2; i < 64; i++) {
        uint8_t in[32];
        FP_T out;
        if (i < 3) {
            mpz_set(v, modulus);
            if (i < 0)
                mpz_sub_ui(v, v, (unsigned long)-i);
            else
                mpz_add_ui(v, v, (unsigned long)i);
        } else if (i == 3) {
            mpz_sub_ui(v, mont_r, 1);
        } else if (i < 8) { /* only one limb differs from the modulus */
            mpz_set_ui(v, 1);
            mpz_mul_2exp(v, v, 64 * (mp_bitcnt_t)(i - 4));
            mpz_add(v, v, modulus);
        } else {
            mpz_import(v, 1, -1, 8, 0, 0, &(uint64_t){ next_random() });
            mpz_add(v, v, modulus);
        }
        mpz_bytes(in, 32, v);
        const bool canonical = mpz_cmp(v, modulus) < 0;
        memset(&out, 0xff, sizeof out);
        assert_int_equal(FP(from_bytes)(&out, in), canonical);
        assert_int_equal(FP(is_zero)(&out), !canonical);
        memset(&out, 0xff, sizeof out);
        assert_int_equal(FP(from_raw)(&out, in), canonical);
        assert_int_equal(FP(is_zero)(&out), !canonical);
    }
    mpz_clear(v);
}

static void test_wide(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static uint8_t all[64 * COUNT];
    static FP_T each[COUNT], vec[COUNT + 1];
    mpz_t want;
    mpz_init(want);
    for (int i = 0; i < COUNT; i++) {
        uint8_t *in = all + 64 * i;
        FP_T out;
        for (int j = 0; j < 64; j++)
            in[j] = i == 0   ? 0
                    : i == 1 ? 0xff
                    : i == 2 ? (j < 32 ? 0xff : 0)
                    : i == 3 ? (j < 32 ? 0 : 0xff)
                             : (uint8_t)next_random();
        mpz_import(want, 64, -1, 1, 0, 0, in);
        mpz_mul(want, want, mont_r);
        FP(from_bytes_wide)(&out, in);
        check_raw(&out, want, "from_bytes_wide");
        each[i] = out;
    }
    for (size_t n = 0; n <= COUNT; n += n < 20 ? 1 : 40) {
        memset(vec, 0xff, sizeof vec);
        FP(from_bytes_wide_vec)(vec, all, n);
        assert_memory_equal(vec, each, n * sizeof *vec);
        assert_int_equal(vec[n].l[0], UINT64_MAX);
    }
    mpz_clear(want);
}

/* Which of a vector function's operands share memory. */
enum alias { DISJOINT, OUT_IS_A, OUT_IS_B, A_IS_B, ALL_ONE, ALIASES };

/* Runs body(n, alias) for every small length and alias; operands start at odd multiples of 8 bytes, and what
 * follows the output must stay untouched. */
struct vec_case {
    FP_T *out, *a, *b;
    FP_T a_before[VEC_MAX], b_before[VEC_MAX], out_before[VEC_MAX];
    size_t n;
};

static void vec_prepare(struct vec_case *c, uint64_t *memory, size_t n, enum alias alias)
{
    c->out = (FP_T *)(memory + 1);
    c->a = alias == OUT_IS_A || alias == ALL_ONE ? c->out : (FP_T *)(memory + 1 + 4 * (VEC_MAX + 1));
    c->b = alias == A_IS_B || alias == ALL_ONE ? c->a
           : alias == OUT_IS_B                 ? c->out
                                               : (FP_T *)(memory + 1 + 8 * (VEC_MAX + 1));
    c->n = n;
    for (size_t i = 0; i < n; i++) {
        c->out[i] = pool[next_random() % POOL];
        c->a[i] = pool[next_random() % POOL];
        c->b[i] = pool[next_random() % POOL];
    }
    for (size_t i = n; i <= VEC_MAX; i++)
        memset(&c->out[i], 0x5a, sizeof c->out[i]);
    memcpy(c->a_before, c->a, n * sizeof(FP_T));
    memcpy(c->b_before, c->b, n * sizeof(FP_T));
    memcpy(c->out_before, c->out, n * sizeof(FP_T));
}

static void vec_check_tail(const struct vec_case *c)
{
    for (size_t i = c->n; i <= VEC_MAX; i++)
        for (int j = 0; j < 4; j++)
            assert_int_equal(c->out[i].l[j], 0x5a5a5a5a5a5a5a5a);
}

static void test_vec_binary(void **state)
{
    (void)state;
    static uint64_t memory[1 + 12 * (VEC_MAX + 1)];
    static struct vec_case c;
    mpz_t want;
    mpz_init(want);
    for (size_t n = 0; n <= VEC_MAX; n++) {
        for (int alias = 0; alias < ALIASES; alias++) {
            vec_prepare(&c, memory, n, alias);
            FP(add_vec)(c.out, c.a, c.b, n);
            vec_check_tail(&c);
            for (size_t i = 0; i < n; i++) {
                model_sum(want, &c.a_before[i], &c.b_before[i], 1);
                check_raw(&c.out[i], want, "add_vec");
            }
            vec_prepare(&c, memory, n, alias);
            FP(sub_vec)(c.out, c.a, c.b, n);
            vec_check_tail(&c);
            for (size_t i = 0; i < n; i++) {
                model_sum(want, &c.a_before[i], &c.b_before[i], -1);
                check_raw(&c.out[i], want, "sub_vec");
            }
            vec_prepare(&c, memory, n, alias);
            FP(mul_vec)(c.out, c.a, c.b, n);
            vec_check_tail(&c);
            for (size_t i = 0; i < n; i++) {
                model_mul(want, &c.a_before[i], &c.b_before[i]);
                check_raw(&c.out[i], want, "mul_vec");
            }
        }
    }
    mpz_clear(want);
}

static void test_vec_unary(void **state)
{
    (void)state;
    static uint64_t memory[1 + 12 * (VEC_MAX + 1)];
    static struct vec_case c;
    mpz_t want;
    mpz_init(want);
    for (size_t n = 0; n <= VEC_MAX; n++) {
        for (int alias = DISJOINT; alias <= OUT_IS_A; alias++) {
            const FP_T k = pool[next_random() % POOL];
            vec_prepare(&c, memory, n, alias);
            FP(sqr_vec)(c.out, c.a, n);
            vec_check_tail(&c);
            for (size_t i = 0; i < n; i++) {
                model_mul(want, &c.a_before[i], &c.a_before[i]);
                check_raw(&c.out[i], want, "sqr_vec");
            }
            vec_prepare(&c, memory, n, alias);
            FP(scale_vec)(c.out, c.a, &k, n);
            vec_check_tail(&c);
            for (size_t i = 0; i < n; i++) {
                model_mul(want, &c.a_before[i], &k);
                check_raw(&c.out[i], want, "scale_vec");
            }
            vec_prepare(&c, memory, n, alias);
            FP(to_limbs_vec)(c.out->l, c.a, n);
            vec_check_tail(&c);
            for (size_t i = 0; i < n; i++) {
                to_mpz(want, &c.a_before[i]);
                mpz_mul(want, want, mont_r_inv);
                check_raw(&c.out[i], want, "to_limbs_vec");
            }
        }
    }
    mpz_clear(want);
}

static void test_vec_accumulate(void **state)
{
    (void)state;
    static uint64_t memory[1 + 12 * (VEC_MAX + 1)];
    static struct vec_case c;
    mpz_t want, x;
    mpz_inits(want, x, NULL);
    for (size_t n = 0; n <= VEC_MAX; n++) {
        for (int alias = DISJOINT; alias <= OUT_IS_A; alias++) {
            const FP_T k = pool[next_random() % POOL];
            vec_prepare(&c, memory, n, alias);
            FP(axpy_vec)(c.out, c.a, &k, n);
            vec_check_tail(&c);
            for (size_t i = 0; i < n; i++) {
                model_mul(want, &c.a_before[i], &k);
                to_mpz(x, &c.out_before[i]);
                mpz_add(want, want, x);
                check_raw(&c.out[i], want, "axpy_vec");
            }
            vec_prepare(&c, memory, n, alias);
            FP(horner_vec)(c.out, &k, c.a, n);
            vec_check_tail(&c);
            for (size_t i = 0; i < n; i++) {
                model_mul(want, &c.out_before[i], &k);
                to_mpz(x, &c.a_before[i]);
                mpz_add(want, want, x);
                check_raw(&c.out[i], want, "horner_vec");
            }
        }
    }
    mpz_clears(want, x, NULL);
}

static void test_vec_from_i64(void **state)
{
    (void)state;
    int64_t v[VEC_MAX] = { 0 };
    FP_T out[VEC_MAX], want;
    for (size_t n = 0; n <= VEC_MAX; n++) {
        for (size_t i = 0; i < n; i++)
            v[i] = (int64_t)next_random() >> (next_random() % 64);
        FP(from_i64_vec)(out, v, n);
        for (size_t i = 0; i < n; i++) {
            FP(from_i64)(&want, v[i]);
            assert_memory_equal(&out[i], &want, sizeof want);
        }
    }
}

/* Every share of zeros, from none to all, lengths about the vector widths and one long. */
static void test_batch_inv(void **state)
{
    (void)state;
    enum { LONG = 5003 };
    static FP_T a[LONG], before[LONG], scratch[LONG];
    for (size_t n = 0; n <= VEC_MAX + 1; n++) {
        const size_t count = n == VEC_MAX + 1 ? LONG : n;
        for (unsigned zeros = 0; zeros <= 4; zeros++) {
            for (size_t i = 0; i < count; i++)
                before[i] = a[i] = next_random() % 4 < zeros ? FP(zero) : pool[next_random() % POOL];
            FP(batch_inv)(a, scratch, count);
            for (size_t i = 0; i < count; i++) {
                FP_T one;
                FP(mul)(&one, &a[i], &before[i]);
                if (FP(is_zero)(&before[i]))
                    assert_true(FP(is_zero)(&a[i]));
                else
                    assert_true(FP(eq)(&one, &FP(one)));
            }
        }
    }
}

/* ctest runs the tests once per kernel: make sure it is the one that was asked for. */
static void test_kernel(void **state)
{
    (void)state;
    const char *expected = getenv("HCL_EXPECT_KERNEL");
    if (expected != NULL)
        assert_string_equal(hcl_field_kernel_name(), expected);
}

#define FP_TESTS                                                                                             \
    cmocka_unit_test(test_kernel), cmocka_unit_test(test_binary), cmocka_unit_test(test_unary),              \
        cmocka_unit_test(test_gcd_inverse), cmocka_unit_test(test_pow), cmocka_unit_test(test_integers),     \
        cmocka_unit_test(test_encodings), cmocka_unit_test(test_rejects_non_canonical),                      \
        cmocka_unit_test(test_wide), cmocka_unit_test(test_vec_binary), cmocka_unit_test(test_vec_unary),    \
        cmocka_unit_test(test_vec_accumulate), cmocka_unit_test(test_vec_from_i64),                          \
        cmocka_unit_test(test_batch_inv)
