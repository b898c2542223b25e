/* SPDX-License-Identifier: Apache-2.0 */
/* Digits as one 64-bit lane each, eight rows to a vector, times field elements in five limbs of 52 bits: ten
 * vpmadd52 for eight cells. Digits are unpacked to 32 bits in a small buffer first, whole cache lines of one
 * column at a time: columns that lie a power of two apart all want the same few lines of the cache. Their
 * last step, to 64 bits, runs beside the multiplications. */
#include "common/field/ifma.h"
#include "common/poly/linear_internal.h"

#include <string.h>

enum {
    GROUP = 64, /* terms unpacked together in a combination */
    AHEAD = 4   /* terms of an evaluation between memory and use */
};

/* Columns of a sum of products with digits: lo[k] and hi[k] weigh 2^(52k) and 2^(52(k+1)). A product adds
 * less than 2^52 to lo[k] and less than 2^32 to hi[k]. */
struct sums {
    __m512i lo[5], hi[5];
};

struct limbs {
    uint64_t limb[5];
};

static struct limbs split(const uint64_t w[4])
{
    return (struct limbs){ { w[0] & hcl_fp8_mask, (w[0] >> 52 | w[1] << 12) & hcl_fp8_mask,
                             (w[1] >> 40 | w[2] << 24) & hcl_fp8_mask,
                             (w[2] >> 28 | w[3] << 36) & hcl_fp8_mask, w[3] >> 16 } };
}

/* 2^(52(i+1)) modulo r. */
struct reduction {
    struct limbs power[6];
};

static struct reduction reduction_init(void)
{
    struct reduction out;
    hcl_fr limb, power;
    hcl_fr_from_u64(&limb, (uint64_t)1 << 52);
    power = limb;
    for (int i = 0; i < 6; i++) {
        uint64_t words[4];
        hcl_fr_to_limbs(words, &power);
        out.power[i] = split(words);
        hcl_fr_mul(&power, &power, &limb);
    }
    return out;
}

/* The sums modulo r, canonical. In: lo[k] + hi[k-1] below 2^62, hi[4] below 2^46, which is their share of the
 * whole: 2^13 products of 2^32*2^254. The six limbs l_k of the whole go by l_k*2^(52(k+1)) and one Montgomery
 * step: below 5*2^52*r + 2^47*r + 2^52*r over 2^52, which is below 7r. */
HCL_INLINE hcl_fp8 reduce(const struct sums *s, const struct reduction *r)
{
    const hcl_fp8 m = hcl_fp8_set1(hcl_fr8_multiples[HCL_FP8_1M]);
    const __m512i mask = hcl_fp8_limb_mask();
    __m512i l[6] = { s->lo[0] }, c[6];
    for (int k = 1; k < 5; k++)
        l[k] = _mm512_add_epi64(s->lo[k], s->hi[k - 1]);
    l[5] = s->hi[4];
    for (int k = 0; k < 5; k++) {
        l[k + 1] = _mm512_add_epi64(l[k + 1], _mm512_srli_epi64(l[k], 52));
        l[k] = _mm512_and_si512(l[k], mask);
    }
    for (int k = 0; k < 6; k++)
        c[k] = _mm512_setzero_si512();
    for (int k = 0; k < 6; k++)
        hcl_fp8_mad_row(c, l[k], hcl_fp8_set1(r->power[k].limb).l);
    hcl_fr8_clear_limb(c, hcl_fr8_digit(c[0]), m.l);
    return hcl_fr8_canonical((hcl_fp8){ { c[1], c[2], c[3], c[4], c[5] } });
}

/* Digits of the sixteen rows from `row` on. */
HCL_INLINE __m512i digits16(const void *cells, size_t row, const hcl_linear_load load, __m512i offset)
{
    switch (load) {
    case HCL_LINEAR_8:
        return _mm512_add_epi32(
            _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)((const int8_t *)cells + row))), offset);
    case HCL_LINEAR_16:
        return _mm512_add_epi32(
            _mm512_cvtepi16_epi32(_mm256_loadu_si256((const void *)((const int16_t *)cells + row))), offset);
    case HCL_LINEAR_32:
        return _mm512_add_epi32(_mm512_loadu_si512((const int32_t *)cells + row), offset);
    default: { /* every second of 32 words of 32 bits */
        const uint32_t *words = (const uint32_t *)((const int64_t *)cells + row);
        const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        const __m512i half = _mm512_add_epi32(even, _mm512_set1_epi32(load == HCL_LINEAR_HIGH));
        return _mm512_add_epi32(
            _mm512_permutex2var_epi32(_mm512_loadu_si512(words), half, _mm512_loadu_si512(words + 16)),
            offset);
    }
    }
}

/* Memory is asked for what will be unpacked while the multiplications run, a little with each: all at once
 * would have to wait for a free line buffer. */
struct ahead {
    const char *row; /* in a term's column */
    size_t width;    /* bytes of a row */
};

HCL_INLINE struct ahead look_ahead(const struct hcl_linear_term *t, size_t row)
{
    static const uint8_t width[] = { 1, 2, 4, 8, 8 };
    return (struct ahead){ (const char *)((uintptr_t)t->cells + row * width[t->load]), width[t->load] };
}

/* The line that has row i. Beyond the end of memory it does nothing. */
HCL_INLINE void fetch(const struct ahead *a, size_t i)
{
    _mm_prefetch((const char *)((uintptr_t)a->row + i * a->width), _MM_HINT_T0);
}

HCL_INLINE void unpack_all(uint32_t *out, const struct hcl_linear_term *t, size_t first, size_t rows,
                           const hcl_linear_load load)
{
    const __m512i offset = _mm512_set1_epi32((int)t->offset);
    for (size_t i = 0; i < rows; i += 16)
        _mm512_store_si512(out + i, digits16(t->cells, first + i, load, offset));
}

/* out[i] = digit of row first + i, for i < count; the digits of zeros up to `rows`. */
HCL_INLINE void unpack(uint32_t *out, const struct hcl_linear_term *t, size_t first, size_t count,
                       size_t rows)
{
    if (count == rows && first + count <= t->stored) {
        switch (t->load) { /* a loop of its own for each */
        case HCL_LINEAR_8:
            unpack_all(out, t, first, rows, HCL_LINEAR_8);
            return;
        case HCL_LINEAR_16:
            unpack_all(out, t, first, rows, HCL_LINEAR_16);
            return;
        case HCL_LINEAR_32:
            unpack_all(out, t, first, rows, HCL_LINEAR_32);
            return;
        case HCL_LINEAR_LOW:
            unpack_all(out, t, first, rows, HCL_LINEAR_LOW);
            return;
        case HCL_LINEAR_HIGH:
            unpack_all(out, t, first, rows, HCL_LINEAR_HIGH);
            return;
        }
    }
    hcl_linear_digits(out, t, first, count);
    for (size_t i = count; i < rows; i++)
        out[i] = t->offset;
}

/* Eight digits, a lane each. */
HCL_INLINE __m512i digits8(const uint32_t *digits)
{
    return _mm512_cvtepu32_epi64(_mm256_load_si256((const void *)digits));
}

HCL_INLINE void add_product(struct sums *s, __m512i digit, __m512i limb, const int k)
{
    s->lo[k] = _mm512_madd52lo_epu64(s->lo[k], digit, limb);
    s->hi[k] = _mm512_madd52hi_epu64(s->hi[k], digit, limb);
}

/* Terms first.. of a pass, unpacked, into the sums of sixteen rows. next: the rows to unpack later. */
HCL_INLINE void combine_sixteen(struct sums sum[2], const uint32_t digits[GROUP][HCL_LINEAR_TILE],
                                const struct limbs *factor, const struct ahead *next, size_t terms,
                                size_t row)
{
    struct sums a = sum[0], b = sum[1];
    for (size_t j = 0; j < terms; j++) {
        fetch(&next[j], row);
        fetch(&next[j], row + 8);
        const __m512i x = digits8(&digits[j][row]), y = digits8(&digits[j][row + 8]);
        _Pragma("GCC unroll 5") for (int k = 0; k < 5; k++)
        {
            const __m512i limb = _mm512_set1_epi64((long long)factor[j].limb[k]);
            add_product(&a, x, limb, k);
            add_product(&b, y, limb, k);
        }
    }
    sum[0] = a;
    sum[1] = b;
}

/* The sums begin with what they are added to. */
HCL_INLINE void begin(struct sums *s, bool add, const hcl_fr *out, const struct limbs *minus_offsets)
{
    hcl_fp8 start = hcl_fp8_set1(minus_offsets->limb);
    if (add)
        start = hcl_fp8_add_loose(start, hcl_fp8_load(out->l));
    for (int k = 0; k < 5; k++) {
        s->lo[k] = start.l[k];
        s->hi[k] = _mm512_setzero_si512();
    }
}

/* What a combination knows before the rows. */
struct combination {
    const struct hcl_linear_pass *p;
    struct limbs factor[HCL_LINEAR_TERMS], minus_offsets;
    struct reduction reduction;
    bool add;
};

static void combine_tile(hcl_fr *out, const struct combination *c, size_t first, size_t count)
{
    enum { VECTORS = HCL_LINEAR_TILE / 8 };
    uint32_t digits[GROUP][HCL_LINEAR_TILE] __attribute__((aligned(64)));
    struct ahead next[GROUP];
    struct sums sum[VECTORS];
    for (size_t v = 0; v < VECTORS; v++)
        begin(&sum[v], c->add, out + 8 * v, &c->minus_offsets);
    for (size_t j = 0; j < c->p->count; j += GROUP) {
        const size_t terms = c->p->count - j < GROUP ? c->p->count - j : GROUP;
        for (size_t t = 0; t < terms; t++) {
            unpack(digits[t], &c->p->term[j + t], first, count, HCL_LINEAR_TILE);
            next[t] = look_ahead(&c->p->term[j + t], first + HCL_LINEAR_TILE);
        }
        for (size_t v = 0; v < VECTORS; v += 2)
            combine_sixteen(&sum[v], (const uint32_t(*)[HCL_LINEAR_TILE])digits, &c->factor[j], next, terms,
                            8 * v);
    }
    for (size_t v = 0; v < VECTORS; v++)
        hcl_fp8_store(out[8 * v].l, reduce(&sum[v], &c->reduction));
}

void hcl_linear_combine_lanes(hcl_fr *out, bool add, const struct hcl_linear_pass *p, size_t first,
                              size_t count)
{
    struct combination c = {
        .p = p, .minus_offsets = split(p->minus_offsets.l), .reduction = reduction_init(), .add = add
    };
    const size_t full = count / HCL_LINEAR_TILE * HCL_LINEAR_TILE, rest = count - full;
    for (size_t j = 0; j < p->count; j++)
        c.factor[j] = split(p->term[j].factor.l);
    for (size_t at = 0; at < full; at += HCL_LINEAR_TILE)
        combine_tile(out + at, &c, first + at, HCL_LINEAR_TILE);
    if (rest > 0) {
        hcl_fr padded[HCL_LINEAR_TILE] = { 0 };
        memcpy(padded, out + full, rest * sizeof *out);
        combine_tile(padded, &c, first + full, rest);
        memcpy(out + full, padded, rest * sizeof *out);
    }
}

/* Two terms' digits times the elements of a tile. next: the rows to unpack later. */
HCL_INLINE void evaluate_pair(struct sums sum[2], const uint32_t digits[2][HCL_LINEAR_LONG_TILE],
                              const hcl_fp8 *at, const struct ahead next[2])
{
    struct sums a = sum[0], b = sum[1];
    for (size_t v = 0; v < HCL_LINEAR_LONG_TILE / 8; v++) {
        fetch(&next[0], 8 * v);
        fetch(&next[1], 8 * v);
        const __m512i x = digits8(&digits[0][8 * v]), y = digits8(&digits[1][8 * v]);
        _Pragma("GCC unroll 5") for (int k = 0; k < 5; k++)
        {
            add_product(&a, x, at[v].l[k], k);
            add_product(&b, y, at[v].l[k], k);
        }
    }
    sum[0] = a;
    sum[1] = b;
}

/* The elements of a tile as limbs, zeros behind the end. Returns nothing; *all grows by their sum. */
static void load_elements(hcl_fp8 *out, struct sums *all, const hcl_fr *at, size_t count)
{
    for (size_t v = 0; v < HCL_LINEAR_LONG_TILE / 8; v++) {
        if (8 * v + 8 <= count)
            out[v] = hcl_fp8_load(at[8 * v].l);
        else {
            hcl_fr padded[8] = { 0 };
            if (8 * v < count)
                memcpy(padded, at + 8 * v, (count - 8 * v) * sizeof *at);
            out[v] = hcl_fp8_load(padded[0].l);
        }
        for (int k = 0; k < 5; k++)
            all->lo[k] = _mm512_add_epi64(all->lo[k], out[v].l[k]);
    }
}

static void sum_lanes(hcl_fr *out, const struct sums *s, const struct reduction *r)
{
    hcl_fr lane[8];
    hcl_fp8_store(lane[0].l, reduce(s, r));
    *out = lane[0];
    for (int i = 1; i < 8; i++)
        hcl_fr_add(out, out, &lane[i]);
}

/* 1024 products at most go into a lane: below 2^62. */
_Static_assert(HCL_LINEAR_ROWS / 8 <= 1024, "sums of a lane stay below 2^62");

void hcl_linear_evaluate_lanes(hcl_fr *sums, const struct hcl_linear_pass *p, const hcl_fr *at, size_t first,
                               size_t count)
{
    struct sums sum[HCL_LINEAR_TERMS + 1], all;
    hcl_fp8 elements[HCL_LINEAR_LONG_TILE / 8];
    uint32_t digits[2][HCL_LINEAR_LONG_TILE] __attribute__((aligned(64)));
    struct ahead next[2];
    const struct reduction reduction = reduction_init();
    memset(sum, 0, (p->count + 1) * sizeof *sum);
    memset(&all, 0, sizeof all);
    memset(digits, 0, sizeof digits);
    for (size_t row = 0; row < count; row += HCL_LINEAR_LONG_TILE) {
        const size_t part = count - row < HCL_LINEAR_LONG_TILE ? count - row : HCL_LINEAR_LONG_TILE;
        load_elements(elements, &all, at + row, part);
        for (size_t j = 0; j < p->count; j += 2) { /* the sum behind the last is room for nothing */
            for (size_t t = j; t < j + 2 && t < p->count; t++)
                unpack(digits[t - j], &p->term[t], first + row, part, HCL_LINEAR_LONG_TILE);
            for (size_t t = 0; t < 2; t++) {
                const size_t term = j + t + AHEAD, end = term >= p->count;
                next[t] = look_ahead(&p->term[term % p->count], first + row + end * HCL_LINEAR_LONG_TILE);
            }
            evaluate_pair(&sum[j], (const uint32_t(*)[HCL_LINEAR_LONG_TILE])digits, elements, next);
        }
    }
    for (size_t j = 0; j < p->count; j++)
        sum_lanes(&sums[j], &sum[j], &reduction);
    sum_lanes(&sums[p->count], &all, &reduction);
}
