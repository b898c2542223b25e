/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/fixed_base.h"
#include "common/curve/msm_internal.h"
#include "common/sys/mem.h"

#include <omp.h>
#include <string.h>

enum {
    BATCH = 2048, /* multiples side by side */
    MAX_WIDTH = 16,
    MAX_WINDOWS = 64, /* of 4 bits */
    SCALAR_BITS = 254
};
_Static_assert(BATCH <= HCL_MSM_STEP, "one step does a batch");

/* What one thread works with. term: a row for each window. */
struct desk {
    const struct hcl_msm_sums *sums;
    struct hcl_msm_scratch scratch;
    uint32_t to[BATCH];
    uint32_t term[HCL_MSM_TERMS(MAX_WINDOWS, BATCH)];
    _Alignas(64) uint64_t sum[BATCH * HCL_MSM_SUM_WORDS];
};

static hcl_status desks_new(struct desk **out, int threads, struct hcl_err *err)
{
    void *desks;
    hcl_status st = hcl_mem_alloc(&desks, (size_t)threads, sizeof **out, "multiples of a point", err);
    *out = desks;
    for (int t = 0; st == HCL_OK && t < threads; t++) {
        (*out)[t].sums = hcl_msm_sums();
        memset((*out)[t].term, 0, sizeof(*out)[t].term); /* what surrounds terms must be terms */
        for (uint32_t i = 0; i < BATCH; i++)
            (*out)[t].to[i] = i;
    }
    return st;
}

/* out[i] = the sum of row 0, 1, ... of the terms i < n, rows of n terms. */
static void sum_rows(struct desk *d, hcl_g1 *out, const hcl_g1 *points, size_t rows, size_t n)
{
    const uint32_t *term = d->term + HCL_MSM_SLACK;
    d->sums->start(d->sum, points, term, n);
    for (size_t r = 1; r < rows; r++) {
        const struct hcl_msm_segment s = { d->sum, points, term + r * n, n, r % 4 == 0 };
        d->sums->add(&s, 1, &d->scratch);
    }
    d->sums->finish(out, d->to, d->sum, n);
    for (size_t i = 0; i < n; i++)
        hcl_msm_canonical(&out[i]);
}

/* ---- the table ---- */

static unsigned windows_of(unsigned width)
{
    return (SCALAR_BITS + width - 1) / width;
}

static unsigned best_width(size_t n)
{
    unsigned best = 4;
    size_t least = SIZE_MAX;
    for (unsigned width = 4; width <= MAX_WIDTH; width++) {
        const size_t additions = windows_of(width) * (n + ((size_t)1 << (width - 1)));
        if (additions < least) {
            least = additions;
            best = width;
        }
    }
    return best;
}

/* odd[known..2*known-1] of a window from odd[0..known-1] by adding 2*known*2^(wt)*P, which is points[step].
 * The two never meet in x: neither the sum nor the difference of their digits is a multiple of the order. */
static void extend(struct desk *d, hcl_g1 *points, size_t odd, size_t known, size_t step)
{
    uint32_t *term = d->term + HCL_MSM_SLACK;
    for (size_t from = 0; from < known; from += BATCH) {
        const size_t n = known - from < BATCH ? known - from : BATCH;
        for (size_t i = 0; i < n; i++) {
            term[i] = (uint32_t)(2 * (odd + from + i));
            term[n + i] = (uint32_t)(2 * step);
        }
        sum_rows(d, points + odd + known + from, points, 2, n);
    }
}

hcl_status hcl_fixed_base_init(struct hcl_fixed_base *out, const hcl_g1 *p, size_t n, int threads,
                               struct hcl_err *err)
{
    const unsigned width = best_width(n), count = windows_of(width), doubles = width * count;
    const size_t half = (size_t)1 << (width - 1), odds = count * half;
    hcl_g1_jac twice[MAX_WIDTH + SCALAR_BITS];
    struct desk *desk = NULL;
    void *points = NULL;
    hcl_status st;
    *out = (struct hcl_fixed_base){ .width = width, .count = count };
    HCL_TRY(desks_new(&desk, threads, err));
    HCL_TRY(hcl_mem_alloc(&points, odds + doubles, sizeof(hcl_g1), "multiples of a point", err));
    out->odd = points;
    hcl_g1_jac_from_affine(&twice[0], p);
    for (unsigned j = 1; j < doubles; j++)
        hcl_g1_jac_double(&twice[j], &twice[j - 1]);
    hcl_g1_jac_to_affine_vec(out->odd + odds, twice, doubles); /* 2^j*P */
    for (unsigned t = 0; t < count; t++)
        out->odd[t * half] = out->odd[odds + t * width];
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1)
    for (unsigned t = 0; t < count; t++)
        for (unsigned i = 1; i < width; i++)
            extend(&desk[omp_get_thread_num()], out->odd, t * half, (size_t)1 << (i - 1),
                   odds + t * width + i);
done:
    hcl_mem_free(desk);
    return st;
}

void hcl_fixed_base_clear(struct hcl_fixed_base *b)
{
    hcl_mem_free(b->odd);
    *b = (struct hcl_fixed_base){ 0 };
}

/* ---- multiples ---- */

/* term[t*n + i] = the table's entry for digit t of s_i, i < n. An odd s is the sum of -2^j or 2^j over the
 * bits j of (s >> 1) + 2^(bits-1), for 0 and 1: so w bits u of that number are the digit 2u - (2^w - 1). */
static void find_terms(uint32_t *term, const struct hcl_fixed_base *b, const hcl_fr *scalars, size_t n)
{
    const unsigned width = b->width, bits = width * b->count;
    const uint32_t half = (uint32_t)1 << (width - 1);
    for (size_t i = 0; i < n; i++) {
        uint64_t limbs[6] = { 0 };
        hcl_fr s = scalars[i];
        hcl_fr_to_limbs(limbs, &s);
        const uint32_t negative = (limbs[0] & 1) == 0; /* s is even, so r - s is odd */
        if (negative && !hcl_fr_is_zero(&s))
            hcl_fr_neg(&s, &s);
        hcl_fr_to_limbs(limbs, &s);
        for (int j = 0; j < 4; j++)
            limbs[j] = limbs[j] >> 1 | limbs[j + 1] << 63;
        limbs[(bits - 1) / 64] |= (uint64_t)1 << (bits - 1) % 64;
        for (unsigned t = 0; t < b->count; t++) {
            const unsigned at = t * width, shift = at % 64;
            uint64_t u = limbs[at / 64] >> shift;
            if (shift + width > 64)
                u |= limbs[at / 64 + 1] << (64 - shift);
            u &= 2 * half - 1;
            const bool plus = u >= half;
            const uint32_t odd = (uint32_t)(plus ? u - half : half - 1 - u);
            term[t * n + i] = 2 * (t * half + odd) + (negative ^ !plus);
        }
    }
}

hcl_status hcl_fixed_base_mul(hcl_g1 *out, const struct hcl_fixed_base *b, const hcl_fr *scalars, size_t n,
                              int threads, struct hcl_err *err)
{
    struct desk *desk;
    hcl_status st = desks_new(&desk, threads, err);
    if (st != HCL_OK)
        return st;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1)
    for (size_t from = 0; from < n; from += BATCH) {
        struct desk *d = &desk[omp_get_thread_num()];
        const size_t count = n - from < BATCH ? n - from : BATCH;
        find_terms(d->term + HCL_MSM_SLACK, b, scalars + from, count);
        sum_rows(d, out + from, b->odd, b->count, count);
        for (size_t i = 0; i < count; i++)
            if (hcl_fr_is_zero(&scalars[from + i]))
                out[from + i] = hcl_g1_infinity;
    }
    hcl_mem_free_secret(desk);
    return HCL_OK;
}
