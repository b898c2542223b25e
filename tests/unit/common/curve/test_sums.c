/* SPDX-License-Identifier: Apache-2.0 */
/* The running sums by themselves, against multiples of the generator: every addition is a table look-up. */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/curve/msm_internal.h"
#include "common/field/kernel.h"

#include <stdlib.h>

enum {
    SPAN = 8192, /* multiples -SPAN..SPAN are known */
    POINTS = 64,
    LANES = 88, /* of a segment, at most */
    ROUNDS = 13,
    TERMS = ROUNDS * LANES,
};

static hcl_g1 multiple[2 * SPAN + 1];

static const hcl_g1 *times(int k)
{
    return &multiple[k + SPAN];
}

static int make_multiples(void **state)
{
    (void)state;
    hcl_g1_jac *walk = malloc((SPAN + 1) * sizeof *walk);
    if (walk == NULL)
        return -1;
    hcl_g1_jac_from_affine(&walk[0], &hcl_g1_infinity);
    for (size_t i = 0; i < SPAN; i++)
        hcl_g1_jac_add_affine(&walk[i + 1], &walk[i], &hcl_g1_generator);
    hcl_g1_jac_to_affine_vec(multiple + SPAN, walk, SPAN + 1);
    for (int k = 1; k <= SPAN; k++)
        hcl_g1_neg(&multiple[SPAN - k], &multiple[SPAN + k]);
    free(walk);
    return 0;
}

/* Lanes with the points that they take from, and the multiples they stand for. */
struct lanes {
    _Alignas(64) uint64_t sum[LANES * HCL_MSM_SUM_WORDS];
    hcl_g1 point[POINTS];
    int log[POINTS], want[LANES];
    uint32_t terms[HCL_MSM_SLACK + TERMS + LANES + HCL_MSM_SLACK], used;
    size_t started, running;
};

/* The coordinate's other representative below 2p: what sums in lanes leave in memory. */
static void add_modulus(hcl_fq *a)
{
    static const uint64_t p[4] = { 0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d,
                                   0x30644e72e131a029 };
    unsigned __int128 carry = 0;
    for (int i = 0; i < 4; i++) {
        carry += (unsigned __int128)a->l[i] + p[i];
        a->l[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static void fill_points(struct lanes *s, int span, bool lazy, uint64_t *seed)
{
    for (size_t i = 0; i < POINTS; i++) {
        s->log[i] = (int)(sample_u64(seed) % (uint64_t)(2 * span + 1)) - span;
        s->point[i] = *times(s->log[i]);
        if (!lazy || s->log[i] == 0)
            continue;
        if (sample_u64(seed) % 2)
            add_modulus(&s->point[i].x);
        if (sample_u64(seed) % 2)
            add_modulus(&s->point[i].y);
    }
    for (size_t i = 0; i < sizeof s->terms / sizeof s->terms[0]; i++)
        s->terms[i] = (uint32_t)(sample_u64(seed) % (2 * POINTS));
}

static int log_of(const struct lanes *s, uint32_t term)
{
    return term & 1 ? -s->log[term >> 1] : s->log[term >> 1];
}

static void start(struct lanes *s, const struct hcl_msm_sums *sums, uint64_t *seed)
{
    s->used = HCL_MSM_SLACK;
    s->running = s->started = 1 + sample_u64(seed) % LANES;
    sums->start(s->sum, s->point, s->terms + s->used, s->started);
    for (size_t i = 0; i < s->started; i++)
        s->want[i] = log_of(s, s->terms[s->used++]);
}

/* One step of fewer and fewer lanes, in the end of none. */
static struct hcl_msm_segment segment(struct lanes *s, bool tidy, uint64_t *seed)
{
    s->running -= sample_u64(seed) % 3 == 0 ? sample_u64(seed) % (s->running + 1) : 0;
    const struct hcl_msm_segment out = { s->sum, s->point, s->terms + s->used, s->running, tidy };
    for (size_t i = 0; i < s->running; i++)
        s->want[i] += log_of(s, s->terms[s->used++]);
    return out;
}

static void check(struct lanes *s, const struct hcl_msm_sums *sums, int span)
{
    hcl_g1 out[LANES];
    uint32_t to[LANES + 8] = { 0 };
    for (size_t i = 0; i < s->started; i++)
        to[i] = (uint32_t)(s->started - 1 - i);
    sums->finish(out, to, s->sum, s->started);
    for (size_t i = 0; i < s->started; i++) {
        hcl_g1 *p = &out[to[i]];
        hcl_msm_canonical(p);
        if (!hcl_g1_eq(p, times(s->want[i])))
            fail_msg("lane %zu of %zu, points up to %d: not %d", i, s->started, span, s->want[i]);
    }
}

/* Small points meet themselves, their opposites and infinity all the time, larger ones hardly ever; sums go
 * on from whatever that gave. Points are canonical or not, as finish leaves them. */
static void running_sums(void **state)
{
    (void)state;
    static const int spans[] = { 0, 1, 2, 5, 40, 600 };
    static struct lanes lanes[HCL_MSM_SEGMENTS];
    static struct hcl_msm_scratch scratch;
    const struct hcl_msm_sums *sums = hcl_msm_sums();
    uint64_t seed = 31;
    for (int i = 0; i < 300; i++) {
        const int span = spans[(size_t)i % (sizeof spans / sizeof spans[0])];
        const size_t segments = 1 + sample_u64(&seed) % HCL_MSM_SEGMENTS;
        const bool lazy = sums != &hcl_msm_sums_scalar && i % 4 != 0;
        for (size_t j = 0; j < segments; j++) {
            fill_points(&lanes[j], span, lazy, &seed);
            start(&lanes[j], sums, &seed);
        }
        for (int round = 1; round < ROUNDS; round++) {
            struct hcl_msm_segment segment_of[HCL_MSM_SEGMENTS];
            for (size_t j = 0; j < segments; j++)
                segment_of[j] = segment(&lanes[j], round % 4 == 0, &seed);
            sums->add(segment_of, segments, &scratch);
        }
        for (size_t j = 0; j < segments; j++)
            check(&lanes[j], sums, span);
    }
}

/* All lanes the same: one sum, all denominators equal; then all opposite. */
static void equal_lanes(void **state)
{
    (void)state;
    static struct lanes s;
    static struct hcl_msm_scratch scratch;
    const struct hcl_msm_sums *sums = hcl_msm_sums();
    for (int k = -3; k <= 3; k++)
        for (size_t n = 1; n <= 33; n++) {
            memset(s.terms, 0, sizeof s.terms);
            for (size_t i = 0; i < POINTS; i++)
                s.point[i] = *times(k);
            sums->start(s.sum, s.point, s.terms + HCL_MSM_SLACK, n);
            const struct hcl_msm_segment again = { s.sum, s.point, s.terms + HCL_MSM_SLACK, n, false };
            for (int i = 0; i < 4; i++)
                sums->add(&again, 1, &scratch);
            s.started = n;
            for (size_t i = 0; i < n; i++)
                s.want[i] = 5 * k;
            check(&s, sums, k);
            for (size_t i = 0; i < sizeof s.terms / sizeof s.terms[0]; i++)
                s.terms[i] = 1;
            for (int i = 0; i < 6; i++)
                sums->add(&again, 1, &scratch);
            for (size_t i = 0; i < n; i++)
                s.want[i] = -k;
            check(&s, sums, k);
        }
}

/* What fills up the last vector may be no point at all: memory that another thread is about to write. */
static void lanes_that_do_not_exist(void **state)
{
    (void)state;
    static const int fillings[] = { 0x00, 0x5a, 0xff };
    static struct lanes s;
    static struct hcl_msm_scratch scratch;
    const struct hcl_msm_sums *sums = hcl_msm_sums();
    for (size_t f = 0; f < sizeof fillings / sizeof fillings[0]; f++)
        for (size_t n = 1; n <= 17; n++) {
            s.point[0] = *times(1);
            s.point[1] = *times(2);
            memset(&s.point[2], fillings[f], sizeof s.point[2]);
            s.point[3] = s.point[2];
            s.started = n;
            for (int step = 0; step < 7; step++) {
                const uint32_t one = 2 * (step % 3 == 0), none = 4 + 2 * (step % 2 == 0);
                for (size_t i = 0; i < sizeof s.terms / sizeof s.terms[0]; i++)
                    s.terms[i] = i < HCL_MSM_SLACK + n ? one : none;
                const struct hcl_msm_segment more = { s.sum, s.point, s.terms + HCL_MSM_SLACK, n, true };
                if (step == 0)
                    sums->start(s.sum, s.point, more.term, n);
                else
                    sums->add(&more, 1, &scratch);
                for (size_t i = 0; i < n; i++)
                    s.want[i] = (step == 0 ? 0 : s.want[i]) + (one ? 2 : 1);
            }
            check(&s, sums, 2);
        }
}

/* Doublings between additions, of sums that are infinite or not, in groups that are not whole. */
static void doubled_sums(void **state)
{
    (void)state;
    static const int spans[] = { 0, 1, 2, 5 };
    static struct lanes s;
    static struct hcl_msm_scratch scratch;
    const struct hcl_msm_sums *sums = hcl_msm_sums();
    uint64_t seed = 32;
    for (int i = 0; i < 200; i++) {
        const int span = spans[i % 4];
        fill_points(&s, span, sums != &hcl_msm_sums_scalar, &seed);
        start(&s, sums, &seed);
        for (int round = 1; round < 8; round++) {
            const struct hcl_msm_segment more = segment(&s, round % 3 == 0, &seed);
            sums->add(&more, 1, &scratch);
            if (round % 3 == 2) {
                const size_t n = sample_u64(&seed) % (s.started + 1);
                sums->twice(s.sum, n, &scratch);
                for (size_t l = 0; l < n; l++)
                    s.want[l] *= 2;
            }
        }
        check(&s, sums, span);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_sums),
        cmocka_unit_test(equal_lanes),
        cmocka_unit_test(lanes_that_do_not_exist),
        cmocka_unit_test(doubled_sums),
    };
    return cmocka_run_group_tests(tests, make_multiples, NULL);
}
