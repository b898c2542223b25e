/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/multiples.h"
#include "common/curve/glv.h"
#include "common/curve/msm_internal.h"
#include "common/sys/mem.h"

#include <string.h>

enum {
    BATCH = HCL_MULTIPLES_BATCH,
    WIDTH = 4,
    ODDS = 1 << (WIDTH - 1), /* 1, 3, .., 15 times a point */
    WINDOWS = 128 / WIDTH
};
_Static_assert(BATCH <= HCL_MSM_STEP && BATCH % 8 == 0, "one step does a batch");

struct hcl_multiples {
    const struct hcl_msm_sums *sums;
    struct hcl_msm_scratch scratch;
    _Alignas(64) uint64_t sum[BATCH * HCL_MSM_SUM_WORDS];
    hcl_g1 odd[2 * ODDS * BATCH]; /* (2i + 1)*P of each point at i*BATCH; behind them those of phi(P) */
    hcl_g1 step[BATCH];
    hcl_fq x[BATCH];
    uint32_t to[BATCH + 8];
    uint8_t digit[2][WINDOWS][BATCH]; /* the odd multiple's number, and 2^7: subtract it */
    uint32_t term[HCL_MSM_TERMS(1, BATCH)];
};

struct hcl_multiples *hcl_multiples_at(struct hcl_multiples *m, size_t i)
{
    return m + i;
}

hcl_status hcl_multiples_new(struct hcl_multiples **out, size_t count, struct hcl_err *err)
{
    void *all;
    hcl_status st = hcl_mem_alloc(&all, count, sizeof **out, "multiples of points", err);
    *out = all;
    for (size_t t = 0; st == HCL_OK && t < count; t++) {
        struct hcl_multiples *m = *out + t;
        m->sums = hcl_msm_sums();
        memset(m->term, 0, sizeof m->term); /* what surrounds terms must be terms */
        memset(m->odd, 0, sizeof m->odd);
        for (uint32_t i = 0; i < BATCH + 8; i++)
            m->to[i] = i;
    }
    return st;
}

/* sum[i] += sign*point[i] for a row of points. */
static void add_row(struct hcl_multiples *m, uint64_t *sum, const hcl_g1 *points, size_t n, uint32_t minus,
                    bool tidy)
{
    uint32_t *term = m->term + HCL_MSM_SLACK;
    for (uint32_t i = 0; i < n; i++)
        term[i] = 2 * i + minus;
    const struct hcl_msm_segment s = { sum, points, term, n, tidy };
    m->sums->add(&s, 1, &m->scratch);
}

static void start_row(struct hcl_multiples *m, uint64_t *sum, const hcl_g1 *points, size_t n)
{
    uint32_t *term = m->term + HCL_MSM_SLACK;
    for (uint32_t i = 0; i < n; i++)
        term[i] = 2 * i;
    m->sums->start(sum, points, term, n);
}

static void store_row(struct hcl_multiples *m, hcl_g1 *out, const uint64_t *sum, size_t n)
{
    m->sums->finish(out, m->to, sum, n);
    for (size_t i = 0; i < n; i++)
        hcl_msm_canonical(&out[i]);
}

static void make_odds(struct hcl_multiples *m, const hcl_g1 *p, size_t n)
{
    start_row(m, m->sum, p, n);
    m->sums->twice(m->sum, n, &m->scratch);
    store_row(m, m->step, m->sum, n);
    memcpy(m->odd, p, n * sizeof *p);
    start_row(m, m->sum, p, n);
    for (size_t d = 1; d < ODDS; d++) {
        add_row(m, m->sum, m->step, n, 0, true);
        store_row(m, m->odd + d * BATCH, m->sum, n);
    }
    for (size_t d = 0; d < ODDS; d++) {
        const hcl_g1 *from = m->odd + d * BATCH;
        hcl_g1 *to = m->odd + (ODDS + d) * BATCH;
        for (size_t i = 0; i < n; i++)
            m->x[i] = from[i].x;
        hcl_fq_scale_vec(m->x, m->x, &hcl_glv_beta, n);
        for (size_t i = 0; i < n; i++)
            to[i] = (hcl_g1){ m->x[i], from[i].y };
    }
}

/* An odd s is the sum of -2^j or 2^j over the bits j of (s >> 1) + 2^127, for 0 and 1: so w bits u of that
 * number are the digit 2u - (2^w - 1). */
static void find_digits(struct hcl_multiples *m, const hcl_fr *s, size_t lane)
{
    struct hcl_glv_half half[2];
    hcl_glv_split_odd(half, s);
    for (int h = 0; h < 2; h++) {
        unsigned __int128 v = (unsigned __int128)half[h].limbs[1] << 64 | half[h].limbs[0];
        v = v >> 1 | (unsigned __int128)1 << 127;
        for (int w = 0; w < WINDOWS; w++) {
            const unsigned u = (unsigned)(v >> (WIDTH * w)) & (2 * ODDS - 1);
            const bool minus = (u < ODDS) != half[h].negative;
            m->digit[h][w][lane] = (uint8_t)((u < ODDS ? ODDS - 1 - u : u - ODDS) | (unsigned)minus << 7);
        }
    }
}

static const uint32_t *terms_of(struct hcl_multiples *m, int half, int window, size_t n)
{
    uint32_t *term = m->term + HCL_MSM_SLACK;
    const uint8_t *digit = m->digit[half][window];
    const uint32_t first = half ? ODDS * BATCH : 0;
    for (uint32_t i = 0; i < n; i++)
        term[i] = 2 * (first + (digit[i] & 127u) * BATCH + i) + (digit[i] >> 7);
    return term;
}

void hcl_multiples_each(struct hcl_multiples *m, hcl_g1 *p, const hcl_fr *s, size_t n)
{
    make_odds(m, p, n);
    for (size_t i = 0; i < n; i++)
        find_digits(m, &s[i], i);
    for (int w = WINDOWS - 1; w >= 0; w--) {
        for (int i = 0; i < WIDTH && w + 1 < WINDOWS; i++)
            m->sums->twice(m->sum, n, &m->scratch);
        for (int h = 0; h < 2; h++) {
            const uint32_t *term = terms_of(m, h, w, n);
            const struct hcl_msm_segment row = { m->sum, m->odd, term, n, false };
            if (w + 1 == WINDOWS && h == 0)
                m->sums->start(m->sum, m->odd, term, n);
            else
                m->sums->add(&row, 1, &m->scratch);
        }
    }
    store_row(m, p, m->sum, n);
}

void hcl_multiples_butterflies(struct hcl_multiples *m, hcl_g1 *sum, hcl_g1 *difference, const hcl_g1 *a,
                               const hcl_g1 *b, size_t n)
{
    for (uint32_t minus = 0; minus < 2; minus++) {
        start_row(m, m->sum, a, n);
        add_row(m, m->sum, b, n, minus, true);
        store_row(m, minus ? difference : sum, m->sum, n);
    }
}
