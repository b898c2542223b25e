/* SPDX-License-Identifier: Apache-2.0 */
/* Laws of G1, G2 and the pairing on random points, and the cases that formulas leave out. */
#include "tests/support/test.h"

#include "common/curve/pairing.h"

static uint64_t rng_state = 1;

static uint64_t next_random(void)
{
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return rng_state ^ (rng_state >> 29);
}

static hcl_fr random_fr(void)
{
    uint8_t b[64];
    hcl_fr out;
    for (int i = 0; i < 64; i++)
        b[i] = (uint8_t)(next_random() >> 20);
    hcl_fr_from_bytes_wide(&out, b);
    return out;
}

/* Jacobian with a Z that is not 1. */
static hcl_g1_jac random_g1(void)
{
    const hcl_fr s = random_fr();
    hcl_g1_jac out;
    hcl_g1_mul(&out, &hcl_g1_generator, &s);
    return out;
}

static hcl_g2_jac random_g2(void)
{
    const hcl_fr s = random_fr();
    hcl_g2_jac out;
    hcl_g2_mul(&out, &hcl_g2_generator, &s);
    return out;
}

#define GROUP_LAW_TEST(G)                                                                                    \
    static void test_law_##G(void **state)                                                                   \
    {                                                                                                        \
        (void)state;                                                                                         \
        hcl_##G##_jac inf;                                                                                   \
        hcl_##G##_jac_from_affine(&inf, &hcl_##G##_infinity);                                                \
        assert_true(hcl_##G##_jac_is_infinity(&inf));                                                        \
        for (int round = 0; round < 20; round++) {                                                           \
            const hcl_##G##_jac p = random_##G(), q = random_##G();                                          \
            hcl_##G##_jac a, b, minus_p;                                                                     \
            hcl_##G ap, aq;                                                                                  \
            hcl_##G##_jac_to_affine(&ap, &p);                                                                \
            hcl_##G##_jac_to_affine(&aq, &q);                                                                \
            assert_true(hcl_##G##_on_curve(&ap) && !hcl_##G##_is_infinity(&ap));                             \
            /* (p + q) + p = 2p + q, general, mixed and in place */                                          \
            hcl_##G##_jac_add(&a, &p, &q);                                                                   \
            hcl_##G##_jac_add_affine(&a, &a, &ap);                                                           \
            hcl_##G##_jac_double(&b, &p);                                                                    \
            hcl_##G##_jac_add(&b, &q, &b);                                                                   \
            assert_true(hcl_##G##_jac_eq(&a, &b));                                                           \
            /* equal operands */                                                                             \
            hcl_##G##_jac_double(&b, &p);                                                                    \
            hcl_##G##_jac_add(&a, &p, &p);                                                                   \
            assert_true(hcl_##G##_jac_eq(&a, &b));                                                           \
            hcl_##G##_jac_add_affine(&a, &p, &ap);                                                           \
            assert_true(hcl_##G##_jac_eq(&a, &b));                                                           \
            a = p;                                                                                           \
            hcl_##G##_jac_add(&a, &a, &a);                                                                   \
            assert_true(hcl_##G##_jac_eq(&a, &b));                                                           \
            a = p;                                                                                           \
            hcl_##G##_jac_double(&a, &a);                                                                    \
            assert_true(hcl_##G##_jac_eq(&a, &b));                                                           \
            /* opposite operands */                                                                          \
            hcl_##G##_jac_neg(&minus_p, &p);                                                                 \
            hcl_##G##_jac_add(&a, &p, &minus_p);                                                             \
            assert_true(hcl_##G##_jac_is_infinity(&a));                                                      \
            hcl_##G##_jac_add_affine(&a, &minus_p, &ap);                                                     \
            assert_true(hcl_##G##_jac_is_infinity(&a));                                                      \
            assert_false(hcl_##G##_jac_eq(&p, &minus_p));                                                    \
            assert_false(hcl_##G##_jac_eq(&p, &q));                                                          \
            assert_false(hcl_##G##_eq(&ap, &aq));                                                            \
            /* infinity on either side */                                                                    \
            hcl_##G##_jac_add(&a, &inf, &p);                                                                 \
            assert_true(hcl_##G##_jac_eq(&a, &p));                                                           \
            hcl_##G##_jac_add(&a, &p, &inf);                                                                 \
            assert_true(hcl_##G##_jac_eq(&a, &p));                                                           \
            hcl_##G##_jac_add_affine(&a, &inf, &ap);                                                         \
            assert_true(hcl_##G##_jac_eq(&a, &p));                                                           \
            hcl_##G##_jac_add_affine(&a, &p, &hcl_##G##_infinity);                                           \
            assert_true(hcl_##G##_jac_eq(&a, &p));                                                           \
            hcl_##G##_jac_double(&a, &inf);                                                                  \
            assert_true(hcl_##G##_jac_is_infinity(&a) && hcl_##G##_jac_eq(&a, &inf));                        \
            assert_false(hcl_##G##_jac_eq(&a, &p));                                                          \
            hcl_##G##_jac_to_affine(&ap, &a);                                                                \
            assert_true(hcl_##G##_is_infinity(&ap));                                                         \
            /* s*p + t*p = (s + t)*p; 0*p; (r - 1)*p = -p */                                                 \
            hcl_fr s = random_fr(), t = random_fr();                                                         \
            hcl_##G##_jac_mul(&a, &p, &s);                                                                   \
            hcl_##G##_jac_mul(&b, &p, &t);                                                                   \
            hcl_##G##_jac_add(&a, &a, &b);                                                                   \
            hcl_fr_add(&s, &s, &t);                                                                          \
            hcl_##G##_jac_mul(&b, &p, &s);                                                                   \
            assert_true(hcl_##G##_jac_eq(&a, &b));                                                           \
            hcl_##G##_jac_mul(&a, &p, &hcl_fr_zero);                                                         \
            assert_true(hcl_##G##_jac_is_infinity(&a));                                                      \
            hcl_fr_neg(&t, &hcl_fr_one);                                                                     \
            hcl_##G##_jac_mul(&a, &p, &t);                                                                   \
            assert_true(hcl_##G##_jac_eq(&a, &minus_p));                                                     \
        }                                                                                                    \
    }

GROUP_LAW_TEST(g1)
GROUP_LAW_TEST(g2)

static void test_to_affine_vec(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    static hcl_g1_jac p[COUNT];
    static hcl_g1 got[COUNT];
    p[0] = random_g1();
    for (size_t i = 1; i < COUNT; i++) {
        hcl_g1_jac_add_affine(&p[i], &p[i - 1], &hcl_g1_generator);
        if (i % 50 == 0)
            hcl_g1_jac_from_affine(&p[i], &hcl_g1_infinity);
    }
    for (size_t n = 0; n <= COUNT; n += n < 20 ? 1 : 145) {
        memset(got, 0xff, sizeof got);
        hcl_g1_jac_to_affine_vec(got, p, n);
        for (size_t i = 0; i < n; i++) {
            hcl_g1 want;
            hcl_g1_jac_to_affine(&want, &p[i]);
            assert_true(hcl_g1_eq(&got[i], &want));
        }
    }
}

/* Round trips, and every kind of damage. */
static void test_g1_encoding_rejects(void **state)
{
    (void)state;
    static const uint8_t zero_y[64] = { 1 };
    hcl_g1 p;
    uint8_t raw[64], c[32];
    assert_false(hcl_g1_from_raw(&p, zero_y)); /* not on the curve */
    int rejected = 0;
    for (int round = 0; round < 60; round++) {
        const hcl_g1_jac j = random_g1();
        hcl_g1 back;
        hcl_g1_jac_to_affine(&p, &j);
        hcl_g1_to_raw(raw, &p);
        assert_true(hcl_g1_from_raw(&back, raw) && hcl_g1_eq(&back, &p));
        raw[round] ^= 1;
        assert_false(hcl_g1_from_raw(&back, raw));
        assert_true(hcl_g1_is_infinity(&back));
        hcl_g1_to_compressed(c, &p);
        assert_true(hcl_g1_from_compressed(&back, c) && hcl_g1_eq(&back, &p));
        c[31] ^= 0x40;
        hcl_g1_neg(&p, &p);
        assert_true(hcl_g1_from_compressed(&back, c) && hcl_g1_eq(&back, &p));
        c[31] |= 0x80;
        assert_false(hcl_g1_from_compressed(&back, c));
        c[31] &= 0x7f;
        c[0] ^= 1;
        if (!hcl_g1_from_compressed(&back, c))
            rejected++; /* about half of all x have no point */
        else
            assert_true(hcl_g1_on_curve(&back));
    }
    assert_in_range(rejected, 10, 50);
}

static void test_g2_encoding_rejects(void **state)
{
    (void)state;
    int rejected = 0, outside = 0;
    for (int round = 0; round < 40; round++) {
        const hcl_g2_jac j = random_g2();
        hcl_g2 p, back;
        uint8_t raw[128], c[64];
        hcl_g2_jac_to_affine(&p, &j);
        assert_true(hcl_g2_in_subgroup(&p));
        hcl_g2_to_raw(raw, &p);
        assert_true(hcl_g2_from_raw(&back, raw) && hcl_g2_eq(&back, &p));
        raw[3 * round] ^= 1;
        assert_false(hcl_g2_from_raw(&back, raw));
        assert_true(hcl_g2_is_infinity(&back));
        hcl_g2_to_compressed(c, &p);
        assert_true(hcl_g2_from_compressed(&back, c) && hcl_g2_eq(&back, &p));
        c[63] ^= 0x40;
        hcl_g2_neg(&p, &p);
        assert_true(hcl_g2_from_compressed(&back, c) && hcl_g2_eq(&back, &p));
        c[63] |= 0x80;
        assert_false(hcl_g2_from_compressed(&back, c));
        c[63] &= 0x7f;
        c[32] ^= 1;
        if (!hcl_g2_from_compressed(&back, c)) {
            rejected++;
        } else {
            assert_true(hcl_g2_on_curve(&back));
            outside += !hcl_g2_in_subgroup(&back); /* the cofactor is huge: practically always */
        }
    }
    assert_in_range(rejected, 5, 35);
    assert_int_equal(outside, 40 - rejected);
    uint8_t bad[64] = { 0 };
    hcl_g2 p;
    bad[63] = 0xc0;
    assert_false(hcl_g2_from_compressed(&p, bad));
    bad[63] = 0x80;
    assert_true(hcl_g2_from_compressed(&p, bad) && hcl_g2_is_infinity(&p));
    memset(bad, 0xff, sizeof bad);
    bad[63] = 0x3f;
    assert_false(hcl_g2_from_compressed(&p, bad)); /* both coefficients >= p */
}

static hcl_fq2 random_fq2(void)
{
    const hcl_g2_jac p = random_g2();
    return p.x;
}

static void test_fq2(void **state)
{
    (void)state;
    int squares = 0;
    for (int round = 0; round < 40; round++) {
        const hcl_fq2 a = random_fq2(), b = random_fq2();
        hcl_fq2 s, t, u, xi = hcl_fq2_zero;
        hcl_fq2_sqr(&s, &a);
        hcl_fq2_mul(&t, &a, &a);
        assert_true(hcl_fq2_eq(&s, &t));
        assert_true(hcl_fq2_sqrt(&u, &s));
        hcl_fq2_neg(&t, &a);
        assert_true(hcl_fq2_eq(&u, &a) || hcl_fq2_eq(&u, &t));
        if (hcl_fq2_sqrt(&u, &b)) {
            squares++;
            hcl_fq2_sqr(&u, &u);
            assert_true(hcl_fq2_eq(&u, &b));
        } else {
            assert_true(hcl_fq2_is_zero(&u));
        }
        /* roots of elements of Fq, squares there or not */
        s = (hcl_fq2){ a.c0, hcl_fq_zero };
        assert_true(hcl_fq2_sqrt(&u, &s));
        hcl_fq2_sqr(&u, &u);
        assert_true(hcl_fq2_eq(&u, &s));
        hcl_fq2_inv(&t, &b);
        hcl_fq2_mul(&u, &t, &b);
        assert_true(hcl_fq2_eq(&u, &hcl_fq2_one));
        hcl_fq_from_u64(&xi.c0, 9);
        hcl_fq_from_u64(&xi.c1, 1);
        hcl_fq2_mul(&s, &a, &xi);
        hcl_fq2_mul_xi(&t, &a);
        assert_true(hcl_fq2_eq(&s, &t));
        t = a;
        hcl_fq2_mul_xi(&t, &t);
        assert_true(hcl_fq2_eq(&s, &t));
    }
    assert_in_range(squares, 5, 35);
}

static hcl_fq12 random_fq12(void)
{
    return (hcl_fq12){ { random_fq2(), random_fq2(), random_fq2() },
                       { random_fq2(), random_fq2(), random_fq2() } };
}

static void test_fq12(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        const hcl_fq12 a = random_fq12(), b = random_fq12(), c = random_fq12();
        hcl_fq12 s, t, u;
        /* (a*b)*c = a*(b*c), and in place */
        hcl_fq12_mul(&s, &a, &b);
        hcl_fq12_mul(&s, &s, &c);
        t = b;
        hcl_fq12_mul(&t, &t, &c);
        hcl_fq12_mul(&t, &a, &t);
        assert_true(hcl_fq12_eq(&s, &t));
        hcl_fq12_sqr(&s, &a);
        hcl_fq12_mul(&t, &a, &a);
        assert_true(hcl_fq12_eq(&s, &t));
        hcl_fq12_inv(&t, &a);
        hcl_fq12_mul(&t, &t, &a);
        assert_true(hcl_fq12_eq(&t, &hcl_fq12_one));
        /* a line as a full element */
        const hcl_fq2 l0 = random_fq2(), l1 = random_fq2(), l3 = random_fq2();
        u = (hcl_fq12){ { l0, hcl_fq2_zero, hcl_fq2_zero }, { l1, l3, hcl_fq2_zero } };
        hcl_fq12_mul(&s, &a, &u);
        hcl_fq12_mul_line(&t, &a, &l0, &l1, &l3);
        assert_true(hcl_fq12_eq(&s, &t));
        /* Frobenius: a homomorphism of order 12 whose sixth power is the conjugation */
        hcl_fq12_mul(&s, &a, &b);
        hcl_fq12_frobenius(&s, &s);
        hcl_fq12_frobenius(&t, &a);
        hcl_fq12_frobenius(&u, &b);
        hcl_fq12_mul(&t, &t, &u);
        assert_true(hcl_fq12_eq(&s, &t));
        s = a;
        for (int i = 0; i < 6; i++)
            hcl_fq12_frobenius(&s, &s);
        hcl_fq12_conj(&t, &a);
        assert_true(hcl_fq12_eq(&s, &t));
    }
}

static void test_pairing_laws(void **state)
{
    (void)state;
    enum { PAIRS = 11 }; /* more than one group of the Miller loop */
    hcl_g1 p[PAIRS];
    hcl_g2 q[PAIRS];
    hcl_fr sum = hcl_fr_zero, s, t, st;
    hcl_fq12 e, f, plain, fast;
    assert_true(hcl_pairing_check(NULL, NULL, 0));
    /* prod e(s_i G1, t_i G2) * e(-(sum s_i t_i) G1, G2) = 1, with infinities among them */
    for (size_t i = 0; i < PAIRS - 1; i++) {
        hcl_g1_jac jp;
        hcl_g2_jac jq;
        s = i == 3 ? hcl_fr_zero : random_fr();
        t = i == 5 ? hcl_fr_zero : random_fr();
        hcl_g1_mul(&jp, &hcl_g1_generator, &s);
        hcl_g1_jac_to_affine(&p[i], &jp);
        hcl_g2_mul(&jq, &hcl_g2_generator, &t);
        hcl_g2_jac_to_affine(&q[i], &jq);
        hcl_fr_mul(&st, &s, &t);
        hcl_fr_sub(&sum, &sum, &st);
    }
    hcl_g1_jac jp;
    hcl_g1_mul(&jp, &hcl_g1_generator, &sum);
    hcl_g1_jac_to_affine(&p[PAIRS - 1], &jp);
    q[PAIRS - 1] = hcl_g2_generator;
    assert_true(hcl_pairing_check(p, q, PAIRS));
    assert_false(hcl_pairing_check(p, q, PAIRS - 1));
    hcl_g1_neg(&p[0], &p[0]);
    assert_false(hcl_pairing_check(p, q, PAIRS));
    /* infinity pairs with anything to one; the pairing itself is not degenerate */
    assert_true(hcl_pairing_check(&hcl_g1_infinity, &hcl_g2_generator, 1));
    assert_true(hcl_pairing_check(&hcl_g1_generator, &hcl_g2_infinity, 1));
    assert_false(hcl_pairing_check(&hcl_g1_generator, &hcl_g2_generator, 1));
    /* e(2P, Q) = e(P, Q)^2 = e(P, 2Q), and the fast squaring is a squaring there */
    hcl_pairing_product(&e, &p[1], &q[1], 1);
    hcl_fq12_sqr(&plain, &e);
    hcl_fq12_cyclotomic_sqr(&fast, &e);
    assert_true(hcl_fq12_eq(&plain, &fast));
    hcl_g1_jac_from_affine(&jp, &p[1]);
    hcl_g1_jac_double(&jp, &jp);
    hcl_g1_jac_to_affine(&p[2], &jp);
    hcl_pairing_product(&f, &p[2], &q[1], 1);
    assert_true(hcl_fq12_eq(&f, &plain));
    hcl_g2_jac jq;
    hcl_g2_jac_from_affine(&jq, &q[1]);
    hcl_g2_jac_double(&jq, &jq);
    hcl_g2_jac_to_affine(&q[2], &jq);
    hcl_pairing_product(&f, &p[1], &q[2], 1);
    assert_true(hcl_fq12_eq(&f, &plain));
    /* order r: e^(r-1) = e^-1, by 64-bit pieces of r - 1 */
    uint64_t limbs[4];
    hcl_fr minus_one;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    hcl_fr_to_limbs(limbs, &minus_one);
    f = hcl_fq12_one;
    for (int bit = 253; bit >= 0; bit--) {
        hcl_fq12_sqr(&f, &f);
        if (limbs[bit / 64] >> (bit % 64) & 1)
            hcl_fq12_mul(&f, &f, &e);
    }
    hcl_fq12_mul(&f, &f, &e);
    assert_true(hcl_fq12_eq(&f, &hcl_fq12_one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_law_g1),
        cmocka_unit_test(test_law_g2),
        cmocka_unit_test(test_to_affine_vec),
        cmocka_unit_test(test_g1_encoding_rejects),
        cmocka_unit_test(test_g2_encoding_rejects),
        cmocka_unit_test(test_fq2),
        cmocka_unit_test(test_fq12),
        cmocka_unit_test(test_pairing_laws),
    };
    return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
