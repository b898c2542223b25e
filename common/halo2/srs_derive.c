/* SPDX-License-Identifier: Apache-2.0 */
/* Making SRS points: the group FFT for the Lagrange part, and development SRSs from a known secret. */
#include "common/curve/fixed_base.h"
#include "common/curve/multiples.h"
#include "common/halo2/permutation.h"
#include "common/halo2/srs_internal.h"
#include "common/sys/mem.h"
#include "common/sys/random.h"
#include <omp.h>
#include <sodium.h>
#include <string.h>

static size_t reverse_bits(size_t v, uint32_t bits)
{
    size_t out = 0;
    for (uint32_t i = 0; i < bits; i++)
        out |= ((v >> i) & 1) << (bits - 1 - i);
    return out;
}

/* What a batch of butterflies (a, b) := (a + w b, a - w b) is gathered into. */
struct butterflies {
    hcl_g1 low[HCL_MULTIPLES_BATCH], high[HCL_MULTIPLES_BATCH], sum[HCL_MULTIPLES_BATCH],
        difference[HCL_MULTIPLES_BATCH];
    hcl_fr w[HCL_MULTIPLES_BATCH];
    size_t at[HCL_MULTIPLES_BATCH];
};

struct layer {
    hcl_g1 *a;
    size_t n, half;
    const hcl_fr *twiddles; /* w^0 .. w^(n/2-1) */
    const hcl_fr *scale;    /* of all that comes out; NULL: 1 */
};

/* The butterflies first .. first+count-1 of a layer, counted by their twiddle first, so that those whose
 * twiddle is 1 come together, and need no multiplication. */
static void run_butterflies(struct butterflies *f, struct hcl_multiples *m, const struct layer *l,
                            size_t first, size_t count)
{
    const size_t blocks = l->n / (2 * l->half);
    for (size_t i = 0; i < count; i++) {
        const size_t j = (first + i) / blocks;
        f->at[i] = (first + i) % blocks * 2 * l->half + j;
        f->low[i] = l->a[f->at[i]];
        f->high[i] = l->a[f->at[i] + l->half];
        f->w[i] = l->twiddles[j * blocks];
    }
    if (l->scale != NULL)
        hcl_fr_scale_vec(f->w, f->w, l->scale, count);
    if (l->scale != NULL || (first + count - 1) / blocks > 0)
        hcl_multiples_each(m, f->high, f->w, count);
    if (l->scale != NULL) {
        for (size_t i = 0; i < count; i++)
            f->w[i] = *l->scale;
        hcl_multiples_each(m, f->low, f->w, count);
    }
    hcl_multiples_butterflies(m, f->sum, f->difference, f->low, f->high, count);
    for (size_t i = 0; i < count; i++) {
        l->a[f->at[i]] = f->sum[i];
        l->a[f->at[i] + l->half] = f->difference[i];
    }
}

/* In place FFT of n points, times *scale, input in bit-reversed order. scratch, m: one per thread. */
static void group_fft(hcl_g1 *a, size_t n, const hcl_fr *twiddles, const hcl_fr *scale,
                      struct butterflies *scratch, struct hcl_multiples *m, int threads)
{
    for (size_t half = 1; half < n; half *= 2) {
        const struct layer l = { a, n, half, twiddles, 2 * half == n ? scale : NULL };
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (size_t i = 0; i < n / 2; i += HCL_MULTIPLES_BATCH) {
            const int t = omp_get_thread_num();
            run_butterflies(&scratch[t], hcl_multiples_at(m, (size_t)t), &l, i,
                            n / 2 - i < HCL_MULTIPLES_BATCH ? n / 2 - i : HCL_MULTIPLES_BATCH);
        }
    }
}

/* 1/n comes last, where it takes one multiplication a butterfly more. */
hcl_status hcl_srs_derive_lagrange(struct hcl_srs *srs, int threads, struct hcl_err *err)
{
    const size_t n = srs->n;
    void *twiddles = NULL, *scratch = NULL;
    struct hcl_multiples *multiples = NULL;
    hcl_fr omega_inv = hcl_fr_root_of_unity, n_inv;
    hcl_status st;
    HCL_TRY(hcl_mem_alloc(&twiddles, n, sizeof(hcl_fr), "SRS", err));
    HCL_TRY(hcl_mem_alloc(&scratch, (size_t)threads, sizeof(struct butterflies), "SRS", err));
    HCL_TRY(hcl_multiples_new(&multiples, (size_t)threads, err));
    for (uint32_t i = srs->k; i < HCL_FR_S; i++)
        hcl_fr_sqr(&omega_inv, &omega_inv);
    hcl_fr_inv(&omega_inv, &omega_inv);
    hcl_powers(twiddles, &omega_inv, n / 2);
    hcl_fr_from_u64(&n_inv, n);
    hcl_fr_inv(&n_inv, &n_inv);
    for (size_t i = 0; i < n; i++)
        srs->g_lagrange[reverse_bits(i, srs->k)] = srs->g[i];
    group_fft(srs->g_lagrange, n, twiddles, &n_inv, scratch, multiples, threads);
done:
    hcl_mem_free(twiddles);
    hcl_mem_free(scratch);
    hcl_mem_free(multiples);
    return st;
}

/* scalars[i] = L_i(s) = w^i (s^n - 1) / (n (s - w^i)) */
static hcl_status lagrange_scalars(hcl_fr *scalars, hcl_fr *scratch, uint32_t k, const hcl_fr *s,
                                   struct hcl_err *err)
{
    size_t n = (size_t)1 << k;
    hcl_fr omega = hcl_fr_root_of_unity, factor, n_inv;
    for (uint32_t i = k; i < HCL_FR_S; i++)
        hcl_fr_sqr(&omega, &omega);
    hcl_fr_pow_u64(&factor, s, n);
    hcl_fr_sub(&factor, &factor, &hcl_fr_one);
    if (hcl_fr_is_zero(&factor))
        return hcl_fail(err, HCL_BAD_INPUT, "the secret is a root of unity");
    hcl_fr_from_u64(&n_inv, n);
    hcl_fr_inv(&n_inv, &n_inv);
    hcl_fr_mul(&factor, &factor, &n_inv);
    hcl_powers(scalars, &omega, n);
    for (size_t i = 0; i < n; i++)
        hcl_fr_sub(&scalars[i], s, &scalars[i]);
    hcl_fr_batch_inv(scalars, scratch, n);
    hcl_powers(scratch, &omega, n);
    hcl_fr_mul_vec(scalars, scalars, scratch, n);
    hcl_fr_scale_vec(scalars, scalars, &factor, n);
    return HCL_OK;
}

hcl_status hcl_srs_from_secret(struct hcl_srs *out, uint32_t k, const hcl_fr *s, int threads,
                               struct hcl_err *err)
{
    struct hcl_fixed_base base = { 0 };
    void *scalars = NULL, *scratch = NULL;
    hcl_g2_jac s_g2;
    hcl_status st = HCL_OK;
    *out = (struct hcl_srs){ 0 };
    if (k < 1 || k > HCL_SRS_MAX_K)
        return hcl_fail(err, HCL_BAD_INPUT, "bad k %u, expected 1..%d", k, HCL_SRS_MAX_K);
    HCL_TRY(hcl_srs_alloc(out, k, err));
    HCL_TRY(hcl_fixed_base_init(&base, &hcl_g1_generator, 2 * out->n, threads, err));
    HCL_TRY(hcl_mem_alloc(&scalars, out->n, sizeof(hcl_fr), "SRS", err));
    HCL_TRY(hcl_mem_alloc(&scratch, out->n, sizeof(hcl_fr), "SRS", err));
    hcl_powers(scalars, s, out->n);
    HCL_TRY(hcl_fixed_base_mul(out->g, &base, scalars, out->n, threads, err));
    HCL_TRY(lagrange_scalars(scalars, scratch, k, s, err));
    HCL_TRY(hcl_fixed_base_mul(out->g_lagrange, &base, scalars, out->n, threads, err));
    hcl_g2_mul(&s_g2, &hcl_g2_generator, s);
    out->verifier = (struct hcl_srs_verifier){ .g = hcl_g1_generator, .g2 = hcl_g2_generator };
    hcl_g2_jac_to_affine(&out->verifier.s_g2, &s_g2);
done:
    hcl_fixed_base_clear(&base);
    hcl_mem_free_secret(scalars);
    hcl_mem_free_secret(scratch);
    if (st != HCL_OK)
        hcl_srs_clear(out);
    return st;
}

hcl_status hcl_srs_create_unsafe(struct hcl_srs *out, uint32_t k, const uint8_t *seed, int threads,
                                 struct hcl_err *err)
{
    static const char label[] = "halocline unsafe development SRS";
    uint8_t secret[32], digest[64];
    hcl_fr s;
    hcl_status st = HCL_OK;
    *out = (struct hcl_srs){ 0 };
    if (seed != NULL) {
        memcpy(secret, seed, sizeof secret);
    } else {
        struct hcl_random random;
        HCL_TRY(hcl_random_init_os(&random, err));
        hcl_random_bytes(&random, secret, sizeof secret);
        hcl_random_clear(&random);
    }
    crypto_generichash(digest, sizeof digest, secret, sizeof secret, (const unsigned char *)label,
                       sizeof label - 1);
    hcl_fr_from_bytes_wide(&s, digest);
    st = hcl_srs_from_secret(out, k, &s, threads, err);
    if (st == HCL_OK)
        out->verifier.unsafe = true;
done:
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(digest, sizeof digest);
    sodium_memzero(&s, sizeof s);
    return st;
}
