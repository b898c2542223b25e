/* SPDX-License-Identifier: Apache-2.0 */
/* Template: arithmetic of common/field/ifma.h for one prime, each function at the edges of its stated bounds,
 * against gmp. test_ifma.c defines FP8(name), T(name) for the tests and MODULUS_HEX. No include guard on
 * purpose. */

/* An integer in [0, bound), often close to either end or with limbs of all ones. */
static void T(random_below)(mpz_t out, const mpz_t bound)
{
    uint64_t w[5];
    for (int i = 0; i < 5; i++)
        w[i] = next_random() % 3 == 0 ? UINT64_MAX : next_random() % 5 == 0 ? 0 : next_random();
    switch (next_random() % 6) {
    case 0:
        mpz_set_ui(out, next_random() % 4);
        break;
    case 1:
        mpz_sub_ui(out, bound, 1 + next_random() % 4);
        break;
    default:
        mpz_import(out, 5, -1, 8, 0, 0, w);
    }
    mpz_mod(out, out, bound);
}

/* Eight integers below k*m, in *v and as lanes. */
static hcl_fp8 T(lanes)(mpz_t v[8], unsigned k)
{
    mpz_t m, bound;
    hcl_fp8 out;
    mpz_init_set_str(m, MODULUS_HEX, 16);
    mpz_init(bound);
    mpz_mul_ui(bound, m, k);
    for (int i = 0; i < 8; i++)
        T(random_below)(v[i], bound);
    out = lanes_from_mpz(v);
    mpz_clears(m, bound, NULL);
    return out;
}

/* Every lane of got: congruent to want modulo m, below k*m, normalised. */
static void T(check)(hcl_fp8 got, mpz_t want[8], unsigned k, bool normalised, const char *what)
{
    mpz_t m, g[8], bound;
    mpz_init_set_str(m, MODULUS_HEX, 16);
    mpz_init(bound);
    mpz_mul_ui(bound, m, k);
    for (int i = 0; i < 8; i++)
        mpz_init(g[i]);
    if (normalised)
        assert_true(hcl_fp8_is_normalised(got));
    mpz_from_lanes(g, got);
    for (int i = 0; i < 8; i++) {
        if (mpz_sgn(g[i]) < 0 || mpz_cmp(g[i], bound) >= 0 || !mpz_congruent_p(g[i], want[i], m)) {
            char *gs = mpz_get_str(NULL, 16, g[i]), *ws = mpz_get_str(NULL, 16, want[i]);
            fail_msg("%s, lane %d: got %s, want %s modulo m, below %u m", what, i, gs, ws, k);
        }
        mpz_clear(g[i]);
    }
    mpz_clears(m, bound, NULL);
}

/* want[i] = a[i]*b[i]/2^shift mod m */
static void T(model_mul)(mpz_t want[8], mpz_t a[8], mpz_t b[8], unsigned shift)
{
    mpz_t m, d;
    mpz_init_set_str(m, MODULUS_HEX, 16);
    mpz_init_set_ui(d, 1);
    mpz_mul_2exp(d, d, shift);
    mpz_invert(d, d, m);
    for (int i = 0; i < 8; i++) {
        mpz_mul(want[i], a[i], b[i]);
        mpz_mul(want[i], want[i], d);
        mpz_mod(want[i], want[i], m);
    }
    mpz_clears(m, d, NULL);
}

static void T(test_mul)(void **state)
{
    (void)state;
    static const unsigned bounds[][2] = { { 1, 1 }, { 16, 1 }, { 1, 16 }, { 16, 5 },
                                          { 9, 9 }, { 84, 1 }, { 2, 42 } };
    mpz_t a[8], b[8], want[8], one[8];
    init_all(a, b, want, one);
    for (size_t i = 0; i < 8; i++)
        mpz_set_ui(one[i], 1);
    for (int round = 0; round < 2000; round++) {
        const unsigned ka = bounds[round % 7][0], kb = bounds[round % 7][1];
        const hcl_fp8 x = T(lanes)(a, ka), y = T(lanes)(b, kb);
        T(model_mul)(want, a, b, 260);
        T(check)(FP8(mul)(x, y), want, 2, true, "mul");
        T(check)(FP8(mul_loose)(x, y), want, 2, false, "mul_loose");
        T(check)(FP8(mul_canonical)(x, y), want, 1, true, "mul_canonical");
        const struct hcl_fp8_fixed fixed = FP8(fix)(T(lanes)(b, 9));
        T(model_mul)(want, a, b, 260);
        T(check)(FP8(mul_fixed)(x, &fixed), want, 6, true, "mul_fixed");
        T(check)(FP8(mul_fixed_loose)(x, &fixed), want, 6, false, "mul_fixed_loose");
        const hcl_fp8 z = T(lanes)(a, 9);
        T(model_mul)(want, a, a, 260);
        T(check)(FP8(sqr)(z), want, 2, true, "sqr");
        T(check)(FP8(sqr_loose)(z), want, 2, false, "sqr_loose");
        const hcl_fp8 s = T(lanes)(a, 84);
        T(model_mul)(want, a, one, 4);
        T(check)(FP8(to_memory_form)(s), want, 7, true, "to_memory_form");
        const hcl_fp8 one_s = FP8(one)(), u = T(lanes)(a, 1);
        T(check)(FP8(mul)(u, one_s), a, 2, true, "mul by one");
    }
    clear_all(a, b, want, one);
}

static void T(test_sums)(void **state)
{
    (void)state;
    static const unsigned multiple[6] = { 0, 1, 2, 4, 8, 16 };
    mpz_t a[8], b[8], want[8], unused[8];
    init_all(a, b, want, unused);
    for (int round = 0; round < 2000; round++) {
        const int k = round % 6;
        const hcl_fp8 x = T(lanes)(a, 42), y = T(lanes)(b, 42);
        for (int i = 0; i < 8; i++)
            mpz_add(want[i], a[i], b[i]);
        T(check)(hcl_fp8_add(x, y), want, 84, true, "add");
        for (int i = 0; i < 8; i++)
            mpz_mul_ui(want[i], a[i], 2);
        T(check)(hcl_fp8_double(x), want, 84, true, "double");
        if (multiple[k] > 0) {
            const hcl_fp8 z = T(lanes)(b, multiple[k]);
            for (int i = 0; i < 8; i++)
                mpz_sub(want[i], a[i], b[i]);
            T(check)(FP8(sub)(x, z, (enum hcl_fp8_multiple)k), want, 42 + multiple[k], true, "sub");
            for (int i = 0; i < 8; i++)
                mpz_neg(want[i], b[i]);
            T(check)(FP8(neg)(z, (enum hcl_fp8_multiple)k), want, multiple[k] + 1, true, "neg");
            const hcl_fp8 u = T(lanes)(a, 2 * multiple[k]);
            T(check)(FP8(reduce)(u, (enum hcl_fp8_multiple)k), a, multiple[k], true, "reduce");
        }
        const hcl_fp8 v = T(lanes)(a, 8);
        T(check)(FP8(canonical)(v), a, 1, true, "canonical");
    }
    clear_all(a, b, want, unused);
}

static void T(test_is_zero)(void **state)
{
    (void)state;
    mpz_t a[8], b[8], m[8], unused[8];
    init_all(a, b, m, unused);
    for (int round = 0; round < 256; round++) {
        T(lanes)(a, 2);
        __mmask8 want = 0;
        for (int i = 0; i < 8; i++) {
            mpz_set_str(m[i], MODULUS_HEX, 16);
            if (round >> i & 1)
                mpz_set_ui(a[i], 0);
            else if (next_random() % 4 == 0)
                mpz_set(a[i], m[i]);
            want |= (__mmask8)(mpz_divisible_p(a[i], m[i]) ? 1u << i : 0u);
        }
        assert_int_equal(FP8(is_zero)(lanes_from_mpz(a)), want);
    }
    clear_all(a, b, m, unused);
}
