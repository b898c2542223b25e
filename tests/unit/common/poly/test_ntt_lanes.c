/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic between butterflies at the ends of their ranges and next to multiples of r, which no transform
 * of random values reaches, with limbs that are far out of range. */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/poly/ntt_ifma_internal.h"
#include <gmp.h>

static mpz_t r;

/* Limbs of v, of which each gives up to 2^8 of the next one's units away, or takes them. */
static hcl_fp8 loose(const mpz_t v, uint64_t *seed)
{
    int64_t limb[5];
    hcl_fp8 out;
    mpz_t t;
    mpz_init_set(t, v);
    for (int i = 0; i < 5; i++) {
        mpz_t low;
        mpz_init(low);
        if (i < 4)
            mpz_fdiv_r_2exp(low, t, 52);
        else
            mpz_set(low, t);
        mpz_fdiv_q_2exp(t, t, 52);
        limb[i] = mpz_get_si(low);
        mpz_clear(low);
    }
    for (int i = 0; i < 4; i++) {
        const int64_t moved = (int64_t)(sample_u64(seed) % 512) - 256;
        limb[i] += moved * ((int64_t)1 << 52);
        limb[i + 1] -= moved;
    }
    for (int i = 0; i < 5; i++)
        out.l[i] = _mm512_set1_epi64(limb[i]);
    mpz_clear(t);
    return out;
}

/* Lane 0; the others are the same. */
static void value(mpz_t out, hcl_fp8 a)
{
    mpz_set_ui(out, 0);
    for (int i = 4; i >= 0; i--) {
        int64_t lanes[8];
        _mm512_storeu_si512(lanes, a.l[i]);
        mpz_mul_2exp(out, out, 52);
        if (lanes[0] >= 0)
            mpz_add_ui(out, out, (unsigned long)lanes[0]);
        else
            mpz_sub_ui(out, out, 0 - (unsigned long)lanes[0]);
    }
}

/* 0 <= a < high*r/10, but for what carries may hide, and congruent to v. */
static void check(hcl_fp8 a, const mpz_t v, unsigned long high, const char *what)
{
    mpz_t got, end;
    mpz_inits(got, end, NULL);
    value(got, a);
    mpz_mul_ui(end, r, high);
    mpz_fdiv_q_ui(end, end, 10);
    const bool inside = mpz_cmp(got, end) < 0 && (mpz_sgn(got) >= 0 || mpz_sizeinbase(got, 2) <= 210);
    if (!inside || !mpz_congruent_p(got, v, r))
        fail_msg("%s: got %s for %s", what, mpz_get_str(NULL, 16, got), mpz_get_str(NULL, 16, v));
    mpz_clears(got, end, NULL);
}

/* multiple*r plus something small, or else something of any size below r. */
static void near_multiple(mpz_t v, long multiple, long step, uint64_t *seed)
{
    mpz_t small;
    mpz_init_set_ui(small, 1);
    mpz_mul_2exp(small, small, sample_u64(seed) % 253);
    mpz_mul_si(v, r, multiple);
    if (step > 0)
        mpz_add(v, v, small);
    else if (step < 0)
        mpz_sub(v, v, small);
    mpz_clear(small);
}

/* w, an integer below r, as the multiplier wants it. */
static void prepare(struct hcl_ntt_twiddle *t, const mpz_t w)
{
    mpz_t v;
    mpz_init(v);
    for (unsigned i = 0; i < 6; i++) {
        mpz_mul_2exp(v, w, i < 5 ? 52 * (i + 1) : 51 + 260);
        if (i == 5)
            mpz_neg(v, v);
        mpz_mod(v, v, r);
        for (unsigned j = 0; j < 5; j++) {
            *(i < 5 ? &t->w[i][j] : &t->start[j]) = mpz_get_ui(v) & hcl_fp8_mask;
            mpz_fdiv_q_2exp(v, v, 52);
        }
    }
    t->start[0] += hcl_fp8_mask;
    mpz_clear(v);
}

/* Any value that an operand may have, times small and large twiddles. */
static void products(void **state)
{
    (void)state;
    uint64_t seed = 2;
    struct hcl_ntt_twiddle t;
    mpz_t v, w;
    mpz_init_set_str(r, "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001", 16);
    mpz_inits(v, w, NULL);
    for (int round = 0; round < 300; round++)
        for (long multiple = -41; multiple <= 41; multiple++) {
            near_multiple(v, multiple, (long)(sample_u64(&seed) % 3) - 1, &seed);
            near_multiple(w, round % 2, 1 - 2 * (round % 2), &seed);
            prepare(&t, w);
            const hcl_fp8 product = hcl_ntt_mul(hcl_ntt_operand(loose(v, &seed)), &t);
            for (int i = 0; i < 5; i++)
                assert_int_equal(_mm512_movepi64_mask(product.l[i]), 0);
            mpz_mul(v, v, w);
            check(product, v, 60, "product");
        }
    mpz_clears(v, w, r, NULL);
}

static void ends_of_ranges(void **state)
{
    (void)state;
    uint64_t seed = 1;
    mpz_t v, want, got;
    mpz_init_set_str(r, "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001", 16);
    mpz_inits(v, want, got, NULL);
    for (int round = 0; round < 300; round++)
        for (long multiple = -33; multiple <= 41; multiple++)
            for (long step = -1; step <= 1; step++) {
                near_multiple(v, multiple, step, &seed);
                if (multiple > -31)
                    check(hcl_ntt_squeeze(loose(v, &seed)), v, 115, "squeeze");
                if (multiple > 33 || (multiple == 33 && step > 0))
                    continue;
                const hcl_fp8 reduced = hcl_ntt_reduce(loose(v, &seed)), least = hcl_ntt_canonical(reduced);
                assert_true(hcl_fp8_is_normalised(reduced) && hcl_fp8_is_normalised(least));
                check(reduced, v, 20, "reduce");
                mpz_mod(want, v, r);
                value(got, least);
                assert_int_equal(mpz_cmp(got, want), 0);
            }
    mpz_clears(v, want, got, r, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(products), cmocka_unit_test(ends_of_ranges) };
    return cmocka_run_group_tests_name("ntt lanes", tests, NULL, NULL);
}
