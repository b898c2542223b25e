/* SPDX-License-Identifier: Apache-2.0 */
/* Making SRS points: the group FFT for the Lagrange part, and development SRSs from a known secret. */
#include "common/curve/fixed_base.h"
#include "common/halo2/permutation.h"
#include "common/halo2/srs_group_internal.h"
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

/* One butterfly (a, b) := (a + w b, a - w b) per lane, affine points in and out. */
struct butterflies {
    struct hcl_lanes a, b, table[HCL_LANES_TABLE];
    hcl_g1 low[HCL_LANES], high[HCL_LANES];
    hcl_fr w[HCL_LANES];
    size_t at[HCL_LANES];
};

/* The butterflies first .. first+count-1 of a layer of n points, counted by their twiddle first, so that
 * those whose twiddle is 1 come together, and need no multiplication. */
static void run_butterflies(struct butterflies *f, hcl_g1 *a, size_t n, size_t half, const hcl_fr *twiddles,
                            size_t first, size_t count)
{
    const size_t blocks = n / (2 * half);
    for (size_t i = 0; i < count; i++) {
        const size_t j = (first + i) / blocks;
        f->at[i] = (first + i) % blocks * 2 * half + j;
        f->low[i] = a[f->at[i]];
        f->high[i] = a[f->at[i] + half];
        f->w[i] = twiddles[j * blocks];
    }
    for (size_t i = count; i < HCL_LANES; i++)
        f->w[i] = hcl_fr_zero;
    hcl_lanes_load(&f->a, f->low, count);
    hcl_lanes_load(&f->b, f->high, count);
    if ((first + count - 1) / blocks > 0)
        hcl_lanes_mul(&f->b, &f->b, f->w, f->table);
    hcl_lanes_add(&f->table[0], &f->a, &f->b);
    hcl_lanes_store(f->low, &f->table[0], count);
    hcl_lanes_neg(&f->b, &f->b);
    hcl_lanes_add(&f->table[0], &f->a, &f->b);
    hcl_lanes_store(f->high, &f->table[0], count);
    for (size_t i = 0; i < count; i++) {
        a[f->at[i]] = f->low[i];
        a[f->at[i] + half] = f->high[i];
    }
}

/* In place FFT of 2^k points, input in bit-reversed order; twiddles: w^0 .. w^(n/2-1). scratch: one per
 * thread. */
static void group_fft(hcl_g1 *a, uint32_t k, const hcl_fr *twiddles, struct butterflies *scratch, int threads)
{
    size_t n = (size_t)1 << k;
    for (size_t half = 1; half < n; half *= 2) {
#pragma omp parallel for num_threads(threads) schedule(static)
        for (size_t i = 0; i < n / 2; i += HCL_LANES)
            run_butterflies(&scratch[omp_get_thread_num()], a, n, half, twiddles, i,
                            n / 2 - i < HCL_LANES ? n / 2 - i : HCL_LANES);
    }
}

/* out[reversed i] = s*in[i] */
static void scale_and_reverse(hcl_g1 *out, const hcl_g1 *in, uint32_t k, const hcl_fr *s,
                              struct butterflies *scratch, int threads)
{
    size_t n = (size_t)1 << k;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t at = 0; at < n; at += HCL_LANES) {
        struct butterflies *f = &scratch[omp_get_thread_num()];
        size_t count = n - at < HCL_LANES ? n - at : HCL_LANES;
        for (size_t i = 0; i < HCL_LANES; i++)
            f->w[i] = *s;
        hcl_lanes_load(&f->a, in + at, count);
        hcl_lanes_mul(&f->a, &f->a, f->w, f->table);
        hcl_lanes_store(f->low, &f->a, count);
        for (size_t i = 0; i < count; i++)
            out[reverse_bits(at + i, k)] = f->low[i];
    }
}

/* 1/n comes first because there the points are affine and in order. */
hcl_status hcl_srs_derive_lagrange(struct hcl_srs *srs, int threads, struct hcl_err *err)
{
    size_t n = srs->n;
    void *twiddles = NULL, *scratch = NULL;
    hcl_fr omega_inv = hcl_fr_root_of_unity, n_inv;
    hcl_status st;
    HCL_TRY(hcl_mem_alloc(&twiddles, n, sizeof(hcl_fr), "SRS", err));
    HCL_TRY(hcl_mem_alloc(&scratch, (size_t)threads, sizeof(struct butterflies), "SRS", err));
    for (uint32_t i = srs->k; i < HCL_FR_S; i++)
        hcl_fr_sqr(&omega_inv, &omega_inv);
    hcl_fr_inv(&omega_inv, &omega_inv);
    hcl_powers(twiddles, &omega_inv, n / 2);
    hcl_fr_from_u64(&n_inv, n);
    hcl_fr_inv(&n_inv, &n_inv);
    scale_and_reverse(srs->g_lagrange, srs->g, srs->k, &n_inv, scratch, threads);
    group_fft(srs->g_lagrange, srs->k, twiddles, scratch, threads);
done:
    hcl_mem_free(twiddles);
    hcl_mem_free(scratch);
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
