/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of butterflies over 2^bits vectors that come from memory and go to memory; between them they stay in
 * a work area in the first-level cache. The first pass reads and the last one writes in the form that the
 * sweep asks for, so that the multiplier works while elements are turned into lanes and back. What the next
 * layers will read is fetched by the passes in between. */
#ifndef HCL_COMMON_POLY_NTT_IFMA_LAYERS_INTERNAL_H
#define HCL_COMMON_POLY_NTT_IFMA_LAYERS_INTERNAL_H

#include "common/poly/ntt_ifma_internal.h"

#include <string.h>

/* Memory for later, in pieces of 256 bytes: piece i at row[i % 8] + i / 8 * stride. The processor looks ahead
 * over one multiplication, memory takes as long as six. Rows of a sweep are so far apart that caches hold
 * only eight of them at a time: `copy` is for more. */
struct hcl_ntt_fetch {
    const hcl_fr *row[8];
    size_t stride, pieces, done;
    const uint64_t *table; /* piece i of it is wanted as well; or NULL */
    uint64_t *copy;        /* pieces are copied here one after the other; NULL: only brought near */
};

#define HCL_NTT_PIECE 32 /* words */
#define HCL_NTT_AHEAD 6  /* pieces between asking for a piece and copying it */

HCL_INLINE const char *hcl_ntt_fetch_at(const struct hcl_ntt_fetch *f, size_t i)
{
    return (const char *)(f->row[i % 8] + i / 8 * f->stride);
}

HCL_INLINE void hcl_ntt_touch(const void *piece)
{
    for (int i = 0; i < 4; i++)
        _mm_prefetch((const char *)piece + 64 * i, _MM_HINT_T0);
}

/** Fetch the next `count` pieces, as far as there are any. */
HCL_INLINE void hcl_ntt_fetch_some(struct hcl_ntt_fetch *f, size_t count)
{
    for (; count > 0 && f->done < f->pieces; count--, f->done++) {
        const size_t ahead = f->copy != NULL ? f->done + HCL_NTT_AHEAD : f->done;
        if (ahead < f->pieces)
            hcl_ntt_touch(hcl_ntt_fetch_at(f, ahead));
        if (f->table != NULL)
            hcl_ntt_touch(f->table + HCL_NTT_PIECE * f->done);
        if (f->copy != NULL)
            memcpy(f->copy + HCL_NTT_PIECE * f->done, hcl_ntt_fetch_at(f, f->done), 8 * HCL_NTT_PIECE);
    }
}

enum hcl_ntt_place {
    HCL_NTT_WORK,     /* the work area */
    HCL_NTT_BLOCKS,   /* 256-byte blocks `stride` elements apart */
    HCL_NTT_STREAM,   /* the same past the caches, only written, 64-byte aligned; an sfence must follow */
    HCL_NTT_ELEMENTS, /* eight elements, rows `stride` apart; read from `copy` */
};

struct hcl_ntt_io {
    uint64_t *work; /* 2^bits vectors, 64-byte aligned */
    hcl_fr *column;
    size_t stride;
    const uint64_t *copy;        /* rows of eight elements */
    const uint8_t *reversed;     /* rows are written in this order; NULL: as they are */
    struct hcl_ntt_fetch *fetch; /* advanced by every pass but the first; NULL: nothing to fetch */
};

/** A block of four words of eight lanes; any alignment of 8 bytes. */
HCL_INLINE hcl_fp8 hcl_ntt_load_block(const uint64_t *mem)
{
    const __m512i w[4] = { _mm512_loadu_si512(mem), _mm512_loadu_si512(mem + 8), _mm512_loadu_si512(mem + 16),
                           _mm512_loadu_si512(mem + 24) };
    return hcl_fp8_from_words(w);
}

/** In: normalised, below 2^256. */
HCL_INLINE void hcl_ntt_store_block(uint64_t *mem, hcl_fp8 a)
{
    __m512i w[4];
    hcl_fp8_to_words(w, a);
    for (int i = 0; i < 4; i++)
        _mm512_storeu_si512(mem + 8 * i, w[i]);
}

/** The same past the caches. mem: 64-byte aligned. */
HCL_INLINE void hcl_ntt_stream_block(uint64_t *mem, hcl_fp8 a)
{
    __m512i w[4];
    hcl_fp8_to_words(w, a);
    for (int i = 0; i < 4; i++)
        _mm512_stream_si512((__m512i *)(void *)(mem + 8 * i), w[i]);
}

HCL_INLINE hcl_fp8 get(const struct hcl_ntt_io *io, enum hcl_ntt_place place, size_t i)
{
    switch (place) {
    case HCL_NTT_BLOCKS:
        return hcl_ntt_load_block(io->column[i * io->stride].l);
    case HCL_NTT_ELEMENTS:
        return hcl_fp8_load_mixed(io->copy + HCL_NTT_PIECE * i);
    default:
        return hcl_ntt_get(io->work, i);
    }
}

HCL_INLINE void put(const struct hcl_ntt_io *io, enum hcl_ntt_place place, size_t i, hcl_fp8 a)
{
    const size_t row = io->reversed != NULL ? io->reversed[i] : i;
    switch (place) {
    case HCL_NTT_BLOCKS:
        hcl_ntt_store_block(io->column[i * io->stride].l, hcl_ntt_reduce(a));
        return;
    case HCL_NTT_STREAM:
        hcl_ntt_stream_block(io->column[i * io->stride].l, hcl_ntt_reduce(a));
        return;
    case HCL_NTT_ELEMENTS:
        hcl_fp8_store_mixed(io->column[row * io->stride].l, hcl_ntt_canonical(hcl_ntt_reduce(a)));
        return;
    default:
        hcl_ntt_put(io->work, i, a);
    }
}

/* Two layers at once on four vectors. What is multiplied comes out below 6r; what is only added to grows by
 * 6r per layer, so after three layers the first of the four vectors, the only one that is not multiplied, is
 * squeezed. In [0, 3.7r) first: after two layers (-12r, 16r), after three (-18r, 22r), after four (-24r,
 * 28r), and so is the most that the next pair of layers can meet; their second operands are then in (-30r,
 * 34r). Squeezed to [0, 11.5r): (-12r, 23.5r). */

/* u is the twiddle of the first layer, s[0] and s[1] those of the second. */
HCL_INLINE void radix4(const struct hcl_ntt_io *io, enum hcl_ntt_place in, enum hcl_ntt_place out, size_t at,
                       size_t quarter, const struct hcl_ntt_twiddle *u, const struct hcl_ntt_twiddle *s,
                       bool squeeze)
{
    const hcl_fp8 x2 = hcl_ntt_mul(hcl_ntt_operand(get(io, in, at + 2 * quarter)), u);
    const hcl_fp8 x3 = hcl_ntt_mul(hcl_ntt_operand(get(io, in, at + 3 * quarter)), u);
    const hcl_fp8 x1 = get(io, in, at + quarter);
    const hcl_fp8 y1 = hcl_ntt_mul(hcl_ntt_operand(hcl_fp8_add_loose(x1, x3)), &s[0]);
    const hcl_fp8 y3 = hcl_ntt_mul(hcl_ntt_operand(hcl_fp8_sub_loose(x1, x3)), &s[1]);
    hcl_fp8 x0 = get(io, in, at);
    if (squeeze)
        x0 = hcl_ntt_squeeze(x0);
    const hcl_fp8 y0 = hcl_fp8_add_loose(x0, x2), y2 = hcl_fp8_sub_loose(x0, x2);
    put(io, out, at, hcl_fp8_add_loose(y0, y1));
    put(io, out, at + quarter, hcl_fp8_sub_loose(y0, y1));
    put(io, out, at + 2 * quarter, hcl_fp8_add_loose(y2, y3));
    put(io, out, at + 3 * quarter, hcl_fp8_sub_loose(y2, y3));
}

/* Block 0: the first two twiddles are 1, the third is i. All inputs in [0, 3.7r). */
HCL_INLINE void radix4_first(const struct hcl_ntt_io *io, enum hcl_ntt_place in, enum hcl_ntt_place out,
                             size_t at, size_t quarter, const struct hcl_ntt_twiddle *i, bool fresh)
{
    hcl_fp8 x[4];
    for (size_t j = 0; j < 4; j++) {
        x[j] = get(io, in, at + j * quarter);
        if (!fresh)
            x[j] = hcl_ntt_reduce(x[j]);
    }
    const hcl_fp8 y0 = hcl_fp8_add_loose(x[0], x[2]), y2 = hcl_fp8_sub_loose(x[0], x[2]);
    const hcl_fp8 y1 = hcl_fp8_add_loose(x[1], x[3]);
    const hcl_fp8 y3 = hcl_ntt_mul(hcl_ntt_operand(hcl_fp8_sub_loose(x[1], x[3])), i);
    put(io, out, at, hcl_fp8_add_loose(y0, y1));
    put(io, out, at + quarter, hcl_fp8_sub_loose(y0, y1));
    put(io, out, at + 2 * quarter, hcl_fp8_add_loose(y2, y3));
    put(io, out, at + 3 * quarter, hcl_fp8_sub_loose(y2, y3));
}

#define HCL_NTT_FETCH 2 /* pieces per butterfly: two passes fetch as many as there are vectors */

HCL_INLINE void two_layers(const struct hcl_ntt_io *io, enum hcl_ntt_place in, enum hcl_ntt_place out,
                           uint32_t bits, uint32_t layer, const struct hcl_ntt_twiddle *t, size_t block,
                           bool fresh)
{
    const uint32_t log_quarter = bits - layer - 2;
    const size_t quarter = (size_t)1 << log_quarter, all = (size_t)1 << (bits - 2), first = block << layer;
    size_t i = 0;
    if (block == 0)
        for (; i < quarter; i++) {
            if (in == HCL_NTT_WORK && io->fetch != NULL)
                hcl_ntt_fetch_some(io->fetch, HCL_NTT_FETCH);
            radix4_first(io, in, out, i, quarter, &t[1], fresh);
        }
    for (; i < all; i++) {
        const size_t b = i >> log_quarter, j = i & (quarter - 1), index = first + b;
        if (in == HCL_NTT_WORK && io->fetch != NULL)
            hcl_ntt_fetch_some(io->fetch, HCL_NTT_FETCH);
        __asm__ volatile("" ::: "memory"); /* keep twiddles as broadcast operands, not in spilled registers */
        radix4(io, in, out, (b << (log_quarter + 2)) + j, quarter, &t[index], &t[2 * index], layer >= 3);
    }
}

/* One layer, the first: inputs in [0, 3.7r). */
HCL_INLINE void one_layer(const struct hcl_ntt_io *io, enum hcl_ntt_place in, enum hcl_ntt_place out,
                          uint32_t bits, const struct hcl_ntt_twiddle *t, size_t block)
{
    const size_t half = (size_t)1 << (bits - 1);
    for (size_t j = 0; j < half; j++) {
        const hcl_fp8 x = get(io, in, j);
        const hcl_fp8 y = hcl_ntt_mul(hcl_ntt_operand(get(io, in, half + j)), &t[block]);
        put(io, out, j, hcl_fp8_add_loose(x, y));
        put(io, out, half + j, hcl_fp8_sub_loose(x, y));
    }
}

/** The `bits` layers (at least 1) below block `block` of the layers above, natural to reversed order. in and
 * out must be constants. Values are as between layers when out is HCL_NTT_WORK, and [0, 3.7r) when they come
 * in.
 */
HCL_INLINE void hcl_ntt_layers(const struct hcl_ntt_io *io, enum hcl_ntt_place in, enum hcl_ntt_place out,
                               uint32_t bits, const struct hcl_ntt_twiddle *twiddle, size_t block)
{
    const enum hcl_ntt_place work = HCL_NTT_WORK;
    uint32_t layer = 0;
    if (bits == 1) {
        one_layer(io, in, out, bits, twiddle, block);
        return;
    }
    if (bits == 2) {
        two_layers(io, in, out, bits, 0, twiddle, block, true);
        return;
    }
    if (bits & 1) {
        one_layer(io, in, work, bits, twiddle, block);
        layer = 1;
    } else {
        two_layers(io, in, work, bits, 0, twiddle, block, true);
        layer = 2;
    }
    for (; layer + 2 < bits; layer += 2)
        two_layers(io, work, work, bits, layer, twiddle, block, false);
    two_layers(io, work, out, bits, layer, twiddle, block, false);
}

#endif
