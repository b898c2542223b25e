/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test.h"

#include "common/field/ifma.h"
#include <gmp.h>

static uint64_t rng_state = 7;

/* splitmix64: reproducible */
static uint64_t next_random(void)
{
    uint64_t z = (rng_state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static void init_all(mpz_t a[8], mpz_t b[8], mpz_t c[8], mpz_t d[8])
{
    for (int i = 0; i < 8; i++)
        mpz_inits(a[i], b[i], c[i], d[i], NULL);
}

static void clear_all(mpz_t a[8], mpz_t b[8], mpz_t c[8], mpz_t d[8])
{
    for (int i = 0; i < 8; i++)
        mpz_clears(a[i], b[i], c[i], d[i], NULL);
}

/* Normalised lanes of integers below 2^260. */
static hcl_fp8 lanes_from_mpz(mpz_t v[8])
{
    uint64_t limb[5][8];
    hcl_fp8 out;
    mpz_t t;
    mpz_init(t);
    for (int lane = 0; lane < 8; lane++) {
        assert_true(mpz_sgn(v[lane]) >= 0 && mpz_sizeinbase(v[lane], 2) <= 260);
        for (unsigned i = 0; i < 5; i++) {
            mpz_fdiv_q_2exp(t, v[lane], 52 * i);
            mpz_fdiv_r_2exp(t, t, 52);
            limb[i][lane] = mpz_get_ui(t);
        }
    }
    for (int i = 0; i < 5; i++)
        out.l[i] = _mm512_loadu_si512(limb[i]);
    mpz_clear(t);
    return out;
}

/* Limbs may be negative or large. */
static void mpz_from_lanes(mpz_t v[8], hcl_fp8 a)
{
    int64_t limb[5][8];
    for (int i = 0; i < 5; i++)
        _mm512_storeu_si512(limb[i], a.l[i]);
    for (int lane = 0; lane < 8; lane++) {
        mpz_set_ui(v[lane], 0);
        for (int i = 4; i >= 0; i--) {
            mpz_mul_2exp(v[lane], v[lane], 52);
            if (limb[i][lane] >= 0)
                mpz_add_ui(v[lane], v[lane], (unsigned long)limb[i][lane]);
            else
                mpz_sub_ui(v[lane], v[lane], 0 - (unsigned long)limb[i][lane]);
        }
    }
}

#define FP8(name) hcl_fr8_##name
#define T(name) fr_##name
#define MODULUS_HEX "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"
#include "tests/unit/common/field/test_ifma_template.h"
#undef FP8
#undef T
#undef MODULUS_HEX

#define FP8(name) hcl_fq8_##name
#define T(name) fq_##name
#define MODULUS_HEX "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47"
#include "tests/unit/common/field/test_ifma_template.h"

static void random_words(uint64_t *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        w[i] = next_random();
}

/* Lane i is the element of 4 words at w + 4*order[i], times 2^shift. */
static void check_lanes(hcl_fp8 a, const uint64_t *w, const size_t order[8], unsigned shift)
{
    mpz_t v[8], want, b[8], c[8], d[8];
    init_all(v, b, c, d);
    mpz_init(want);
    assert_true(hcl_fp8_is_normalised(a));
    mpz_from_lanes(v, a);
    for (int i = 0; i < 8; i++) {
        mpz_import(want, 4, -1, 8, 0, 0, w + 4 * order[i]);
        mpz_mul_2exp(want, want, shift);
        assert_int_equal(mpz_cmp(v[i], want), 0);
    }
    mpz_clear(want);
    clear_all(v, b, c, d);
}

static void test_memory(void **state)
{
    (void)state;
    static const size_t natural[8] = { 0, 1, 2, 3, 4, 5, 6, 7 }, mixed[8] = { 0, 2, 1, 3, 4, 6, 5, 7 };
    for (int round = 0; round < 200; round++) {
        uint64_t memory[1 + 32 + 1], out[1 + 32 + 1], spread[8 * 16], *w = memory + 1;
        const uint64_t *from[8];
        uint64_t *to[8];
        size_t order[8];
        random_words(memory, 34);
        if (round == 0)
            memset(memory, 0xff, sizeof memory);
        check_lanes(hcl_fp8_load(w), w, natural, 0);
        check_lanes(hcl_fp8_load_mixed(w), w, mixed, 0);
        for (int i = 0; i < 8; i++) {
            w[4 * i + 3] >>= 4; /* shifted loads take elements below 2^256/16 */
            order[i] = next_random() % 8;
            from[i] = w + 4 * order[i];
        }
        check_lanes(hcl_fp8_load_shifted(w), w, natural, 4);
        check_lanes(hcl_fp8_load_shifted_mixed(w), w, mixed, 4);
        check_lanes(hcl_fp8_load_times4_mixed(w), w, mixed, 2);
        check_lanes(hcl_fp8_gather(from), w, order, 0);
        check_lanes(hcl_fp8_gather_shifted(from), w, order, 4);
        memset(out, 0x5a, sizeof out);
        hcl_fp8_store(out + 1, hcl_fp8_load(w));
        assert_memory_equal(out + 1, w, 256);
        assert_int_equal(out[0], 0x5a5a5a5a5a5a5a5a);
        assert_int_equal(out[33], 0x5a5a5a5a5a5a5a5a);
        memset(out, 0x5a, sizeof out);
        hcl_fp8_store_mixed(out + 1, hcl_fp8_load_mixed(w));
        assert_memory_equal(out + 1, w, 256);
        assert_int_equal(out[0], 0x5a5a5a5a5a5a5a5a);
        assert_int_equal(out[33], 0x5a5a5a5a5a5a5a5a);
        memset(spread, 0x5a, sizeof spread);
        for (size_t i = 0; i < 8; i++)
            to[i] = spread + 16 * ((i * 3 + (size_t)round) % 8) + i;
        hcl_fp8_scatter(to, hcl_fp8_load(w));
        for (int i = 0; i < 8; i++) {
            assert_memory_equal(to[i], w + 4 * i, 32);
            assert_int_equal(to[i][4], 0x5a5a5a5a5a5a5a5a);
        }
    }
}

static void test_select(void **state)
{
    (void)state;
    uint64_t w[64];
    random_words(w, 64);
    const hcl_fp8 a = hcl_fp8_load(w), b = hcl_fp8_load(w + 32);
    for (unsigned mask = 0; mask < 256; mask++) {
        uint64_t out[32];
        hcl_fp8_store(out, hcl_fp8_select((__mmask8)mask, a, b));
        for (unsigned i = 0; i < 8; i++)
            assert_memory_equal(out + 4 * i, mask >> i & 1 ? w + 4 * i : w + 32 + 4 * i, 32);
    }
    assert_int_equal(hcl_fp8_is_null(hcl_fp8_zero()), 0xff);
    for (int limb = 0; limb < 4; limb++)
        for (unsigned lane = 0; lane < 8; lane++) {
            uint64_t one[32] = { 0 };
            one[4 * lane + (unsigned)limb] = UINT64_C(1) << (next_random() % 64);
            assert_int_equal(hcl_fp8_is_null(hcl_fp8_load(one)), 0xff ^ 1u << lane);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),     cmocka_unit_test(test_select),     cmocka_unit_test(fr_test_mul),
        cmocka_unit_test(fr_test_sums),    cmocka_unit_test(fq_test_mul),     cmocka_unit_test(fq_test_sums),
        cmocka_unit_test(fr_test_is_zero), cmocka_unit_test(fq_test_is_zero),
    };
    return cmocka_run_group_tests_name("ifma", tests, NULL, NULL);
}
