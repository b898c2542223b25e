/* SPDX-License-Identifier: Apache-2.0 */
/* Is this a structured reference string? (FORMAT section 2) */
#include "common/curve/msm.h"
#include "common/curve/pairing.h"
#include "common/halo2/srs_internal.h"
#include "common/poly/domain.h"
#include "common/sys/mem.h"
#include "common/sys/random.h"
#include <string.h>

static hcl_status bad(struct hcl_err *err, const char *what)
{
    return hcl_fail(err, HCL_BAD_INPUT, "not a structured reference string: %s", what);
}

hcl_status hcl_srs_check_verifier(const struct hcl_srs_verifier *v, struct hcl_err *err)
{
    if (!hcl_g1_eq(&v->g, &hcl_g1_generator))
        return bad(err, "g[0] is not the generator of G1");
    if (!hcl_g2_eq(&v->g2, &hcl_g2_generator))
        return bad(err, "its G2 point is not the generator of G2");
    if (hcl_g2_is_infinity(&v->s_g2))
        return bad(err, "[s]G2 is infinity");
    if (!hcl_g2_on_curve(&v->s_g2) || !hcl_g2_in_subgroup(&v->s_g2))
        return bad(err, "[s]G2 is not in the subgroup of order r");
    if (hcl_g2_eq(&v->s_g2, &hcl_g2_generator))
        return bad(err, "s is 1");
    return HCL_OK;
}

static hcl_status check_points(const struct hcl_srs *srs, struct hcl_err *err)
{
    for (size_t i = 0; i < srs->n; i++) {
        if (hcl_g1_is_infinity(&srs->g[i]) || !hcl_g1_on_curve(&srs->g[i]))
            return hcl_fail(err, HCL_BAD_INPUT,
                            "not a structured reference string: g[%zu] is infinity or not on the curve", i);
        if (hcl_g1_is_infinity(&srs->g_lagrange[i]) || !hcl_g1_on_curve(&srs->g_lagrange[i]))
            return hcl_fail(
                err, HCL_BAD_INPUT,
                "not a structured reference string: Lagrange point %zu is infinity or not on the curve", i);
    }
    return HCL_OK;
}

/* 128-bit coefficients: a wrong SRS passes with probability 2^-128. */
static hcl_status random_coefficients(hcl_fr *out, size_t n, struct hcl_err *err)
{
    struct hcl_random random;
    hcl_status st = hcl_random_init_os(&random, err);
    if (st != HCL_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[32] = { 0 };
        hcl_random_bytes(&random, bytes, 16);
        hcl_fr_from_bytes(&out[i], bytes);
    }
    hcl_random_clear(&random);
    return HCL_OK;
}

/* e(sum r_i g[i+1], G2) = e(sum r_i g[i], [s]G2) over the first `count` points? r: count coefficients. */
static hcl_status are_powers(bool *yes, const struct hcl_srs *srs, size_t count, const hcl_fr *r, int threads,
                             struct hcl_err *err)
{
    hcl_g1_jac low, high;
    hcl_g1 points[2];
    hcl_g2 against[2] = { srs->verifier.g2, srs->verifier.s_g2 };
    hcl_status st;
    HCL_TRY(hcl_msm(&low, r, srs->g, count - 1, threads, err));
    HCL_TRY(hcl_msm(&high, r, srs->g + 1, count - 1, threads, err));
    hcl_g1_jac_neg(&low, &low);
    hcl_g1_jac_to_affine(&points[0], &high);
    hcl_g1_jac_to_affine(&points[1], &low);
    *yes = hcl_pairing_check(points, against, 2);
done:
    return st;
}

/* The first point that is not s times the one before it, by halving: there is one. */
static hcl_status find_wrong_power(size_t *wrong, const struct hcl_srs *srs, const hcl_fr *r, int threads,
                                   struct hcl_err *err)
{
    size_t good = 1,
           bad_count = srs->n; /* the first `good` points are powers, the first `bad_count` are not */
    hcl_status st = HCL_OK;
    while (st == HCL_OK && bad_count - good > 1) {
        const size_t middle = good + (bad_count - good) / 2;
        bool yes = false;
        st = are_powers(&yes, srs, middle, r, threads, err);
        if (yes)
            good = middle;
        else
            bad_count = middle;
    }
    *wrong = bad_count - 1;
    return st;
}

static hcl_status check_powers(const struct hcl_srs *srs, int threads, struct hcl_err *err)
{
    void *r = NULL;
    size_t wrong;
    bool yes;
    hcl_status st;
    HCL_TRY(hcl_mem_alloc(&r, srs->n, sizeof(hcl_fr), "SRS check", err));
    HCL_TRY(random_coefficients(r, srs->n, err));
    HCL_TRY(are_powers(&yes, srs, srs->n, r, threads, err));
    if (yes)
        goto done;
    HCL_TRY(find_wrong_power(&wrong, srs, r, threads, err));
    st = hcl_fail(
        err, HCL_BAD_INPUT,
        "not a structured reference string: the points are not the powers of one s: g[%zu] is not s times "
        "g[%zu], by e(g[%zu], G2) != e(g[%zu], [s]G2)",
        wrong, wrong - 1, wrong, wrong - 1);
done:
    hcl_mem_free(r);
    return st;
}

/* sum r_i gl[i] = sum f_i g[i], f the polynomial with f(w^i) = r_i */
hcl_status hcl_srs_check_lagrange(const struct hcl_srs *srs, int threads, struct hcl_err *err)
{
    struct hcl_domain domain;
    hcl_g1_jac a, b;
    void *r = NULL;
    hcl_status st = hcl_domain_init(&domain, srs->k, err);
    if (st != HCL_OK)
        return st;
    HCL_TRY(hcl_mem_alloc(&r, srs->n, sizeof(hcl_fr), "SRS check", err));
    HCL_TRY(random_coefficients(r, srs->n, err));
    HCL_TRY(hcl_msm(&a, r, srs->g_lagrange, srs->n, threads, err));
    hcl_intt(&domain, r, threads);
    HCL_TRY(hcl_msm(&b, r, srs->g, srs->n, threads, err));
    if (!hcl_g1_jac_eq(&a, &b))
        st = bad(err, "the Lagrange part does not belong to the powers");
done:
    hcl_mem_free(r);
    hcl_domain_clear(&domain);
    return st;
}

hcl_status hcl_srs_check(const struct hcl_srs *srs, int threads, struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(hcl_srs_check_verifier(&srs->verifier, err));
    if (!hcl_g1_eq(&srs->g[0], &srs->verifier.g))
        HCL_TRY(bad(err, "g[0] is not the generator of G1"));
    HCL_TRY(check_points(srs, err));
    HCL_TRY(check_powers(srs, threads, err));
    HCL_TRY(hcl_srs_check_lagrange(srs, threads, err));
done:
    return st;
}
