/* SPDX-License-Identifier: Apache-2.0 */
/* Two vectors of eight parts: neither waits for the other, which hides the multiplier's latency. */
#include "common/field/ifma.h"
#include "common/poly/poly_internal.h"

#include <string.h>

#define EACH(v) _Pragma("GCC unroll 2") for (size_t v = 0; v < 2; v++)

/* Element i of the eight parts of vector v. */
struct at {
    const uint64_t *mem[8];
};

HCL_INLINE struct at at(const hcl_fr *a, size_t len, size_t v, size_t i)
{
    struct at out;
    for (size_t lane = 0; lane < 8; lane++)
        out.mem[lane] = a[(8 * v + lane) * len + i].l;
    return out;
}

HCL_INLINE void put(hcl_fr *a, size_t len, size_t v, size_t i, hcl_fp8 x)
{
    uint64_t *mem[8];
    for (size_t lane = 0; lane < 8; lane++)
        mem[lane] = a[(8 * v + lane) * len + i].l;
    hcl_fp8_scatter(mem, x);
}

/* x in all lanes, form S. */
static hcl_fp8 all_lanes(const hcl_fr *x)
{
    const hcl_fr eight[8] = { *x, *x, *x, *x, *x, *x, *x, *x };
    return hcl_fr8_mul_canonical(hcl_fp8_load_shifted(eight[0].l), hcl_fr8_one());
}

/* A limb of a factor in each word: operands that are broadcast from memory. */
void hcl_poly_fix_lanes(struct hcl_poly_factors *out, const hcl_fr *weights, size_t count)
{
    for (size_t j = 0; j < count; j++) {
        const struct hcl_fp8_fixed factor = hcl_fr8_fix(all_lanes(&weights[j]));
        for (size_t i = 0; i < 5; i++)
            for (size_t l = 0; l < 5; l++) {
                uint64_t lanes[8];
                _mm512_storeu_si512(lanes, factor.w[i].l[l]);
                out->limb[j][i][l] = lanes[0];
            }
    }
}

/* Elements to fetch ahead: more polynomials than the hardware's prefetcher follows. */
#define AHEAD 64

/* Beyond the end of memory it does nothing. */
HCL_INLINE void fetch(const hcl_fr *eight)
{
    for (size_t i = 0; i < 8; i += 2)
        _mm_prefetch((const char *)((uintptr_t)eight + i * sizeof *eight), _MM_HINT_T1);
}

/* c += a times factor: 50 vpmadd52. Each of the columns grows by less than 10*2^52. */
HCL_INLINE void add_product(__m512i c[6], hcl_fp8 a, const uint64_t factor[5][5])
{
    _Pragma("GCC unroll 5") for (size_t i = 0; i < 5; i++)
    {
        const hcl_fp8 w = hcl_fp8_set1(factor[i]);
        hcl_fp8_mad_row(c, a.l[i], w.l);
    }
}

/* sum of a_j*b_j/2^260 modulo r, below 2r. Products are added before they are reduced: with a_j < r their sum
 * is below count*2^52*4.1r, one Montgomery step divides by 2^52 and adds r: below 67r for 16 terms; the
 * product with 1 in form S brings it below 2r. */
HCL_INLINE hcl_fp8 combine_group(const hcl_fr *const *f, const struct hcl_poly_factors *factors, size_t count,
                                 size_t i)
{
    const hcl_fp8 m = hcl_fp8_set1(hcl_fr8_multiples[HCL_FP8_1M]);
    __m512i c[6];
    for (size_t k = 0; k < 6; k++)
        c[k] = _mm512_setzero_si512();
    for (size_t j = 0; j < count; j++) {
        fetch(f[j] + i + AHEAD);
        add_product(c, hcl_fp8_load_mixed(f[j][i].l), factors->limb[j]);
    }
    hcl_fr8_clear_limb(c, hcl_fr8_digit(c[0]), m.l);
    return hcl_fr8_mul_loose(hcl_fp8_normalise((hcl_fp8){ { c[1], c[2], c[3], c[4], c[5] } }), hcl_fr8_one());
}

void hcl_poly_combine_lanes(hcl_fr *acc, bool add, const hcl_fr *const *f,
                            const struct hcl_poly_factors *factors, size_t count, size_t n)
{
    const hcl_fr *part[HCL_POLY_TERMS];
    hcl_fr pad[HCL_POLY_TERMS][8], sums[8];
    const size_t full = n / 8 * 8, rest = n - full;
    for (size_t i = 0; i < full; i += 8) {
        hcl_fp8 sum = combine_group(f, factors, count, i);
        if (add)
            sum = hcl_fp8_add_loose(sum, hcl_fp8_load_mixed(acc[i].l));
        hcl_fp8_store_mixed(acc[i].l, hcl_fr8_canonical(sum));
    }
    if (rest == 0)
        return;
    for (size_t j = 0; j < count; j++) {
        memset(pad[j], 0, sizeof pad[j]);
        memcpy(pad[j], f[j] + full, rest * sizeof *f[j]);
        part[j] = pad[j];
    }
    hcl_fp8_store_mixed(sums[0].l, hcl_fr8_canonical(combine_group(part, factors, count, 0)));
    if (add)
        hcl_fr_add_vec(sums, sums, acc + full, rest);
    memcpy(acc + full, sums, rest * sizeof *acc);
}

/* sum = sum*x + element, over the elements of each part in order or from the last one on. */
HCL_INLINE void horner(hcl_fr *value, const hcl_fr *f, size_t len, const hcl_fr *x, bool from_last)
{
    const struct hcl_fp8_fixed factor = hcl_fr8_fix(all_lanes(x));
    hcl_fp8 sum[2] = { hcl_fp8_zero(), hcl_fp8_zero() };
    for (size_t i = 0; i < len; i++)
        EACH(v) /* below 6r + r */
    sum[v] =
        hcl_fp8_normalise(hcl_fp8_add_loose(hcl_fr8_mul_fixed_loose(sum[v], &factor),
                                            hcl_fp8_gather(at(f, len, v, from_last ? len - 1 - i : i).mem)));
    EACH(v)
    hcl_fp8_store(value[8 * v].l, hcl_fr8_canonical(sum[v]));
}

void hcl_poly_eval_lanes(hcl_fr *value, const hcl_fr *f, size_t len, const hcl_fr *x)
{
    horner(value, f, len, x, true);
}

void hcl_poly_div_lanes(hcl_fr *f, size_t len, const hcl_fr *z, const hcl_fr *carry)
{
    const struct hcl_fp8_fixed factor = hcl_fr8_fix(all_lanes(z));
    hcl_fp8 sum[2] = { hcl_fp8_load(carry[0].l), hcl_fp8_load(carry[8].l) };
    for (size_t i = len; i-- > 0;)
        EACH(v)
        {
            const hcl_fp8 next = hcl_fp8_add_loose(hcl_fr8_mul_fixed_loose(sum[v], &factor),
                                                   hcl_fp8_gather(at(f, len, v, i).mem)); /* below 7r */
            put(f, len, v, i, hcl_fr8_canonical(sum[v]));
            sum[v] = hcl_fp8_normalise(next);
        }
}

void hcl_poly_product_lanes(hcl_fr *value, const hcl_fr *a, size_t len)
{
    hcl_fp8 run[2] = { hcl_fr8_one(), hcl_fr8_one() };
    for (size_t i = 0; i < len; i++)
        EACH(v)
    run[v] = hcl_fr8_mul(hcl_fp8_gather_shifted(at(a, len, v, i).mem), run[v]);
    EACH(v)
    hcl_fp8_store(value[8 * v].l, hcl_fr8_canonical(hcl_fr8_to_memory_form(run[v])));
}

void hcl_poly_prefix_lanes(hcl_fr *a, size_t len, const hcl_fr *start)
{
    hcl_fp8 run[2] = { hcl_fp8_load(start[0].l), hcl_fp8_load(start[8].l) };
    for (size_t i = 0; i < len; i++)
        EACH(v)
        {
            const hcl_fp8 next = hcl_fr8_mul_canonical(hcl_fp8_gather_shifted(at(a, len, v, i).mem), run[v]);
            put(a, len, v, i, run[v]);
            run[v] = next;
        }
}

void hcl_poly_horner_lanes(hcl_fr *value, const hcl_fr *b, size_t len, const hcl_fr *c)
{
    horner(value, b, len, c, false);
}

void hcl_poly_recur_lanes(hcl_fr *out, const hcl_fr *b, size_t len, const hcl_fr *c, const hcl_fr *start)
{
    const struct hcl_fp8_fixed factor = hcl_fr8_fix(all_lanes(c));
    hcl_fp8 x[2] = { hcl_fp8_load(start[0].l), hcl_fp8_load(start[8].l) };
    for (size_t i = 0; i < len; i++)
        EACH(v)
        {
            const hcl_fp8 next = hcl_fp8_add_loose(hcl_fr8_mul_fixed_loose(x[v], &factor),
                                                   hcl_fp8_gather(at(b, len, v, i).mem)); /* below 7r */
            x[v] = hcl_fp8_normalise(next);
            put(out, len, v, i, hcl_fr8_canonical(next));
        }
}
