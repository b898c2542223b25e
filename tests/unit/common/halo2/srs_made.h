/* SPDX-License-Identifier: Apache-2.0 */
/* SRS files as other programs write them, put together here point by point from a known secret. Encoders of
 * their own: nothing of what reads files is used but arithmetic. */
#ifndef HCL_TESTS_UNIT_HALO2_SRS_MADE_H
#define HCL_TESTS_UNIT_HALO2_SRS_MADE_H

#include "common/halo2/srs_internal.h"
#include "tests/support/test.h"

enum { MADE_SECRET = 5, MADE_K = 4, MADE_N = 1 << MADE_K, MADE_MOST = 1 << 17, LINES_OF_GNARK = 33792 };

struct made {
    uint8_t bytes[MADE_MOST];
    size_t len;
};

enum sign { PLAIN, ODD_40, ODD_80, LARGER_80, LARGER_C0 }; /* which bits say what of y */
struct form {
    bool be, full, c1_first;
    enum sign sign;
};

static const struct form H6 = { .sign = ODD_40 }, H7 = { .sign = ODD_80 }, ARK = { .sign = LARGER_80 },
                         ARK_FULL = { .full = true, .sign = LARGER_80 },
                         GNARK = { .be = true, .c1_first = true, .sign = LARGER_C0 },
                         GNARK_FULL = { .be = true, .full = true, .c1_first = true },
                         AZTEC = { .be = true, .sign = ODD_80 }, AZTEC_FULL = { .be = true, .full = true };

static inline void put(struct made *f, const void *bytes, size_t n)
{
    assert_true(f->len + n <= MADE_MOST);
    memcpy(f->bytes + f->len, bytes, n);
    f->len += n;
}

static inline void put_le(struct made *f, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++, v >>= 8)
        put(f, &(uint8_t){ (uint8_t)v }, 1);
}

static inline void put_zeros(struct made *f, size_t n)
{
    assert_true(f->len + n <= MADE_MOST);
    memset(f->bytes + f->len, 0, n);
    f->len += n;
}

static inline void put_fq(struct made *f, const hcl_fq *a, bool be)
{
    uint8_t le[32];
    hcl_fq_to_bytes(le, a);
    for (size_t i = 0; i < 32; i++)
        put(f, &le[be ? 31 - i : i], 1);
}

/* 2y > p, in another way than the reader's: is y odd after doubling modulo p? */
static inline bool above_half(const hcl_fq *y)
{
    uint8_t le[32];
    hcl_fq twice;
    hcl_fq_add(&twice, y, y);
    hcl_fq_to_bytes(le, &twice);
    return le[0] & 1;
}

static inline bool odd(const hcl_fq *y)
{
    uint8_t le[32];
    hcl_fq_to_bytes(le, y);
    return le[0] & 1;
}

static inline uint8_t flags_of(const struct form *form, const hcl_fq *parity, const hcl_fq *size)
{
    switch (form->sign) {
    case ODD_40:
        return odd(parity) ? 0x40 : 0;
    case ODD_80:
        return odd(parity) ? 0x80 : 0;
    case LARGER_80:
        return above_half(size) ? 0x80 : 0;
    case LARGER_C0:
        return above_half(size) ? 0xc0 : 0x80;
    default:
        return 0;
    }
}

static inline void put_g1(struct made *f, const hcl_g1 *p, struct form form)
{
    const size_t at = f->len;
    put_fq(f, &p->x, form.be);
    if (form.full)
        put_fq(f, &p->y, form.be);
    f->bytes[form.be ? at : f->len - 1] |= flags_of(&form, &p->y, &p->y);
}

static inline void put_fq2(struct made *f, const hcl_fq2 *a, struct form form)
{
    put_fq(f, form.c1_first ? &a->c1 : &a->c0, form.be);
    put_fq(f, form.c1_first ? &a->c0 : &a->c1, form.be);
}

static inline void put_g2(struct made *f, const hcl_g2 *p, struct form form)
{
    const size_t at = f->len;
    put_fq2(f, &p->x, form);
    if (form.full)
        put_fq2(f, &p->y, form);
    f->bytes[form.be ? at : f->len - 1] |= flags_of(&form, &p->y.c0, &p->y.c1);
}

static inline struct hcl_srs made_srs(uint32_t k)
{
    struct hcl_srs srs;
    struct hcl_err err;
    hcl_fr s;
    hcl_fr_from_u64(&s, MADE_SECRET);
    assert_ok(hcl_srs_from_secret(&srs, k, &s, 1, &err), err);
    return srs;
}

static inline void put_powers(struct made *f, const struct hcl_srs *srs, size_t n, struct form form)
{
    for (size_t i = 0; i < n; i++)
        put_g1(f, &srs->g[i], form);
}

static inline void put_raw_powers(struct made *f, const struct hcl_srs *srs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put(f, &srs->g[i], 64); /* the memory layout is the raw encoding */
}

static inline void make_params(struct made *f, struct form form)
{
    struct hcl_srs srs = made_srs(MADE_K);
    f->len = 0;
    put_le(f, MADE_K, 4);
    put_powers(f, &srs, MADE_N, form);
    for (size_t i = 0; i < MADE_N; i++)
        put_g1(f, &srs.g_lagrange[i], form);
    put_g2(f, &hcl_g2_generator, form);
    put_g2(f, &srs.verifier.s_g2, form);
    hcl_srs_clear(&srs);
}

/* n powers, in gnark's way of PLONK: three more than a power of two. */
static inline void make_gnark(struct made *f, struct form form)
{
    struct hcl_srs srs = made_srs(MADE_K + 1);
    const size_t n = MADE_N + 3;
    f->len = 0;
    put(f, (const uint8_t[4]){ 0, 0, 0, (uint8_t)n }, 4);
    put_powers(f, &srs, n, form);
    put_g2(f, &hcl_g2_generator, form);
    put_g2(f, &srs.verifier.s_g2, form);
    put_g1(f, &hcl_g1_generator, form);
    put_zeros(f, LINES_OF_GNARK);
    hcl_srs_clear(&srs);
}

static inline void make_gnark_dump(struct made *f)
{
    struct hcl_srs srs = made_srs(MADE_K);
    f->len = 0;
    put_g2(f, &hcl_g2_generator, GNARK_FULL);
    put_g2(f, &srs.verifier.s_g2, GNARK_FULL);
    put_g1(f, &hcl_g1_generator, GNARK_FULL);
    put_zeros(f, LINES_OF_GNARK);
    put_le(f, 0xdeadbeef, 8);
    put_le(f, MADE_N, 8);
    put_raw_powers(f, &srs, MADE_N);
    hcl_srs_clear(&srs);
}

/* hiding points and negative powers are not looked at: any will do */
static inline void make_ark(struct made *f, struct form form, size_t negative)
{
    struct hcl_srs srs = made_srs(MADE_K + 1);
    const size_t n = MADE_N + 1;
    f->len = 0;
    put_le(f, n, 8);
    put_powers(f, &srs, n, form);
    put_le(f, n + 1, 8);
    for (size_t i = 0; i < n + 1; i++) {
        put_le(f, i, 8);
        put_g1(f, &srs.g[i], form);
    }
    put_g2(f, &hcl_g2_generator, form);
    put_g2(f, &srs.verifier.s_g2, form);
    put_le(f, negative, 8);
    for (size_t i = 0; i < negative; i++) {
        put_le(f, i, 8);
        put_g2(f, &srs.verifier.s_g2, form);
    }
    hcl_srs_clear(&srs);
}

static inline void make_aztec(struct made *f, struct form form)
{
    struct hcl_srs srs = made_srs(MADE_K + 1);
    f->len = 0;
    put_powers(f, &srs, MADE_N + 5, form);
    hcl_srs_clear(&srs);
}

static inline void make_zkey(struct made *f, uint32_t protocol)
{
    struct hcl_srs srs = made_srs(MADE_K + 1);
    uint8_t g2[128];
    f->len = 0;
    put(f, "zkey", 4);
    put_le(f, 1, 4);
    put_le(f, 3, 4);
    put_le(f, 1, 4);
    put_le(f, 4, 8);
    put_le(f, protocol, 4);
    put_le(f, 14, 4);
    put_le(f, (MADE_N + 6) * 64, 8);
    put_raw_powers(f, &srs, MADE_N + 6);
    put_le(f, 2, 4);
    put_le(f, 72 + 128, 8);
    put_le(f, 32, 4);
    put_zeros(f, 68);
    hcl_g2_to_raw(g2, &srs.verifier.s_g2);
    put(f, g2, sizeof g2);
    hcl_srs_clear(&srs);
}

#endif
