/* SPDX-License-Identifier: Apache-2.0 */
/* The transform in sweeps over memory. The index is (a, b, c); after the layers the value at position (a, b,
 * c) belongs to frequency (rev c, rev b, rev a), so for fixed b the positions form a square tile whose
 * transposed reversal is the tile rev b: exchanging tiles pair by pair gives natural order in place.
 *
 *   1. a: for eight neighbouring columns (b, c), all a. Elements are turned into lanes here.
 *   2. b: for each a, eight neighbouring columns c, all b; in steps of at most STEP_BITS.
 *   3. c: for each pair of tiles b, rev b; lanes are eight rows a whose reversals are neighbours, so that
 * results are stored as neighbouring elements. Values are multiplied by corner[] = w^(rev(a,b)*c) first,
 * after which the layers are those of a transform of size 2^kc with a few twiddles for all tiles.
 *
 * Between sweeps eight elements lie as four words of eight lanes (256 bytes, where the elements were), below
 * 4r. Threads take portions of a sweep and meet at its end. While one group is computed the next one is
 * fetched; in sweep 1, where rows agree modulo the size of a cache's way, into a copy. */
#include "common/poly/ntt_ifma_layers_internal.h"
#include "common/poly/ntt_meet_internal.h"
#include "common/sys/mem.h"

#include <omp.h>
#include <string.h>

#define CORNER_BITS 6 /* ka = kc at most: a tile of 128 KiB */
/* A step's work area is 320 KiB, in the second-level cache: at 2^22 that is 4 % faster than two steps. */
#define STEP_BITS 10
#define STREAM_K 16  /* 2 MiB a column */
#define TWIDDLES 256 /* made at once: in the first-level cache */

static struct hcl_ntt_shape shape_of(uint32_t k)
{
    const uint32_t corner = k / 2 < CORNER_BITS ? k / 2 : CORNER_BITS;
    return (struct hcl_ntt_shape){ corner, k - 2 * corner, corner };
}

/* ---- powers ---- */

/* Eight neighbouring powers of g in the order of the lanes, form S, below 1.1r. */
struct powers {
    hcl_fp8 now, eight; /* g^i..g^(i+7); g^8 in all lanes */
};

static hcl_fp8 form_s(const hcl_fr element[8])
{
    return hcl_fr8_mul(hcl_fp8_load_shifted_mixed(element[0].l), hcl_fr8_one());
}

static hcl_fp8 all_lanes(const hcl_fr *v)
{
    const hcl_fr lanes[8] = { *v, *v, *v, *v, *v, *v, *v, *v };
    return form_s(lanes);
}

static struct powers powers_from(const hcl_fr *g, size_t i)
{
    hcl_fr lanes[8], eight;
    hcl_fr_pow_u64(&lanes[0], g, i);
    for (int l = 1; l < 8; l++)
        hcl_fr_mul(&lanes[l], &lanes[l - 1], g);
    hcl_fr_pow_u64(&eight, g, 8);
    return (struct powers){ form_s(lanes), all_lanes(&eight) };
}

static void powers_step(struct powers *p)
{
    p->now = hcl_fr8_mul(p->now, p->eight);
}

/* ---- tables ---- */

static void to_limbs52(uint64_t out[5], const uint64_t words[4])
{
    const uint64_t mask = ((uint64_t)1 << 52) - 1;
    out[0] = words[0] & mask;
    out[1] = (words[0] >> 52 | words[1] << 12) & mask;
    out[2] = (words[1] >> 40 | words[2] << 24) & mask;
    out[3] = (words[2] >> 28 | words[3] << 36) & mask;
    out[4] = words[3] >> 16;
}

/* root[i] = w^rev(i), rev on k-1 bits. */
static void fill_roots(hcl_fr *root, size_t count, uint32_t k, const hcl_fr *w)
{
    root[0] = hcl_fr_one;
    for (size_t top = 1; top < count; top *= 2) {
        hcl_fr step;
        hcl_fr_pow_u64(&step, w, ((uint64_t)1 << k) / (4 * top));
        hcl_fr_scale_vec(root + top, root, &step, top);
    }
}

/* plain: the twiddles; overwritten. */
static void fill_some_twiddles(struct hcl_ntt_twiddle *out, hcl_fr *plain, size_t count)
{
    hcl_fr limbs[TWIDDLES], factor;
    uint64_t *words = limbs[0].l;
    hcl_fr_from_u64(&factor, (uint64_t)1 << 52);
    for (int j = 0; j < 5; j++) {
        hcl_fr_scale_vec(plain, plain, &factor, count);
        hcl_fr_to_limbs_vec(words, plain, count);
        for (size_t i = 0; i < count; i++)
            to_limbs52(out[i].w[j], words + 4 * i);
    }
    hcl_fr_from_u64(&factor, (uint64_t)1 << 51);
    hcl_fr_neg(&factor, &factor);
    hcl_fr_scale_vec(plain, plain, &factor, count);
    hcl_fr_to_limbs_vec(words, plain, count);
    for (size_t i = 0; i < count; i++) {
        to_limbs52(out[i].start, words + 4 * i);
        out[i].start[0] += ((uint64_t)1 << 52) - 1;
    }
}

static void fill_twiddles(struct hcl_ntt_twiddle *out, hcl_fr *plain, size_t count, int threads)
{
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (size_t at = 0; at < count; at += TWIDDLES)
        fill_some_twiddles(out + at, plain + at, count - at < TWIDDLES ? count - at : TWIDDLES);
}

/* Row of lane `lane` in group q of a tile: the reversals of a group's rows are 8q..8q+7. */
HCL_INLINE size_t row_of(const struct hcl_ntt_shape *s, size_t q, size_t lane)
{
    return hcl_ntt_reverse(8 * q + hcl_ntt_lane_order[lane], s->ka);
}

/* corner[b][q][c]: lane l has factor*root^(rev(a,b)*c) for a = row_of(q, l), where
 * rev(a, b) = rev(b)*2^ka + 8q + hcl_ntt_lane_order[l]. */
static void fill_corner(uint64_t *corner, const struct hcl_ntt_shape *s, const hcl_fr *root,
                        const hcl_fr *factor)
{
    const size_t size = (size_t)1 << s->kc, tiles = (size_t)1 << s->kb;
    const hcl_fp8 first = all_lanes(factor);
    for (size_t b = 0; b < tiles; b++) {
        struct powers ratio = powers_from(root, hcl_ntt_reverse(b, s->kb) << s->ka);
        for (size_t q = 0; q < size / 8; q++) {
            hcl_fp8 value = first;
            for (size_t c = 0; c < size; c++, corner += HCL_NTT_PIECE) {
                __m512i w[4];
                hcl_fp8_to_words(w, hcl_fr8_reduce(value, HCL_FP8_1M));
                for (int i = 0; i < 4; i++)
                    _mm512_storeu_si512(corner + 8 * i, w[i]);
                value = hcl_fr8_mul(value, ratio.now);
            }
            powers_step(&ratio);
        }
    }
}

static void ifma_clear(void *tables)
{
    struct hcl_ntt_ifma_tables *t = tables;
    if (t == NULL)
        return;
    hcl_mem_free(t->forward.block);
    hcl_mem_free(t->forward.corner);
    hcl_mem_free(t->inverse.block);
    hcl_mem_free(t->inverse.corner);
    hcl_mem_free(t);
}

static hcl_status direction_init(struct hcl_ntt_direction *dir, const struct hcl_ntt_shape *s, uint32_t k,
                                 const hcl_fr *root, const hcl_fr *factor, struct hcl_err *err)
{
    hcl_status st;
    void *p, *plain = NULL;
    const uint32_t bits = s->kb > 0 ? s->ka + s->kb - 1 : s->ka - 1;
    const size_t count = (size_t)1 << bits;
    HCL_TRY(hcl_mem_alloc(&p, count, sizeof *dir->block, "NTT twiddles", err));
    dir->block = p;
    HCL_TRY(hcl_mem_alloc(&p, (size_t)1 << k, sizeof(hcl_fr), "NTT twiddles", err));
    dir->corner = p;
    HCL_TRY(hcl_mem_alloc(&plain, count, sizeof(hcl_fr), "NTT twiddles", err));
    fill_roots(plain, count, k, root);
    fill_twiddles(dir->block, plain, count, 1);
    fill_corner(dir->corner, s, root, factor);
done:
    hcl_mem_free(plain);
    return st;
}

static hcl_status ifma_init(void **tables, const struct hcl_domain *d, struct hcl_err *err)
{
    hcl_status st;
    struct hcl_ntt_ifma_tables *t;
    HCL_TRY(hcl_mem_calloc(tables, 1, sizeof *t, "NTT twiddles", err));
    t = *tables;
    t->shape = shape_of(d->k);
    for (size_t i = 0; i < (size_t)1 << t->shape.kc; i++)
        t->reversed[i] = (uint8_t)hcl_ntt_reverse(i, t->shape.kc);
    HCL_TRY(direction_init(&t->forward, &t->shape, d->k, &d->omega, &hcl_fr_one, err));
    HCL_TRY(direction_init(&t->inverse, &t->shape, d->k, &d->omega_inv, &d->n_inv, err));
done:
    return st; /* on failure hcl_domain_clear() frees what there is */
}

/* ---- sweeps ---- */

/* Some transforms by a team of threads, which all run run(). */
struct team {
    const struct hcl_ntt_ifma_tables *t;
    struct hcl_ntt_direction dir;
    const struct hcl_ntt_twiddle *last; /* of sweep 3 */
    size_t top;                         /* the first block of the first layer */
    const hcl_fr *const *from;          /* read by sweep 1 */
    hcl_fr *const *vector;              /* the rest is done here */
    size_t columns;
    void (*between)(void *ctx); /* or NULL */
    void *ctx;
    struct hcl_ntt_meeting meeting;
};

/* A column of 256-byte rows. */
static struct hcl_ntt_fetch fetch_column(const hcl_fr *column, size_t stride, size_t rows, uint64_t *copy)
{
    struct hcl_ntt_fetch f = { .stride = 8 * stride, .pieces = rows, .copy = copy };
    for (size_t i = 0; i < 8; i++)
        f.row[i] = column + i * stride;
    return f;
}

/* Does sweep 1 write column c to other memory than it reads, and more than caches keep for the next sweep?
 * Then its lines need not be read before they are written. */
static bool streams(const struct team *team, size_t c)
{
    const struct hcl_ntt_shape *s = &team->t->shape;
    return team->from[c] != team->vector[c] && s->ka + s->kb + s->kc >= STREAM_K &&
           (uintptr_t)team->vector[c] % 64 == 0;
}

/* Sweep 1 over column groups first..first+count-1 of all vectors. */
static void sweep_a(const struct team *team, size_t first, size_t count)
{
    const struct hcl_ntt_shape *s = &team->t->shape;
    uint64_t work[HCL_NTT_VECTOR << CORNER_BITS] __attribute__((aligned(64)));
    uint64_t copy[HCL_NTT_PIECE << CORNER_BITS] __attribute__((aligned(64)));
    const size_t rows = (size_t)1 << s->ka, stride = (size_t)1 << (s->kb + s->kc);
    struct hcl_ntt_fetch fetch = fetch_column(team->from[0] + 8 * first, stride, rows, copy);
    struct hcl_ntt_io io = { .work = work, .stride = stride, .copy = copy, .fetch = &fetch };
    for (size_t i = 0; i < count * team->columns; i++) {
        const size_t group = first + i / team->columns, c = i % team->columns, next = i + 1;
        const hcl_fr *source = team->from[next % team->columns] + 8 * (first + next / team->columns);
        hcl_ntt_fetch_some(&fetch, rows); /* what the layers before left */
        fetch = fetch_column(source, stride, next < count * team->columns ? rows : 0, copy);
        io.column = team->vector[c] + 8 * group;
        if (streams(team, c))
            hcl_ntt_layers(&io, HCL_NTT_ELEMENTS, HCL_NTT_STREAM, s->ka, team->dir.block, team->top);
        else
            hcl_ntt_layers(&io, HCL_NTT_ELEMENTS, HCL_NTT_BLOCKS, s->ka, team->dir.block, team->top);
    }
}

/* One step of sweep 2: the 2^bits rows of eight columns below block `block`. next: the columns after them. */
static void sweep_b(const struct hcl_ntt_direction *dir, hcl_fr *column, const hcl_fr *next, size_t stride,
                    uint32_t bits, size_t block)
{
    uint64_t work[HCL_NTT_VECTOR << STEP_BITS] __attribute__((aligned(64)));
    struct hcl_ntt_fetch fetch = fetch_column(next, stride, (size_t)1 << bits, NULL);
    const struct hcl_ntt_io io = { .work = work, .column = column, .stride = stride, .fetch = &fetch };
    hcl_ntt_layers(&io, HCL_NTT_BLOCKS, HCL_NTT_BLOCKS, bits, dir->block, block);
}

/* 8x8 words: out[j] lane i = in[i] lane j. Shuffles that leave the multiplier alone. */
HCL_INLINE void transpose(__m512i v[8])
{
    __m512i pair[2][4]; /* [j & 1][i / 2]: words j, 2 + j, 4 + j, 6 + j of rows i and i + 1 */
    for (int i = 0; i < 4; i++) {
        pair[0][i] = _mm512_unpacklo_epi64(v[2 * i], v[2 * i + 1]);
        pair[1][i] = _mm512_unpackhi_epi64(v[2 * i], v[2 * i + 1]);
    }
    for (int j = 0; j < 2; j++) {
        const __m512i *p = pair[j];
        const __m512i even0 = _mm512_shuffle_i64x2(p[0], p[1], 0x88),
                      even1 = _mm512_shuffle_i64x2(p[2], p[3], 0x88),
                      odd0 = _mm512_shuffle_i64x2(p[0], p[1], 0xdd),
                      odd1 = _mm512_shuffle_i64x2(p[2], p[3], 0xdd);
        v[j] = _mm512_shuffle_i64x2(even0, even1, 0x88);
        v[4 + j] = _mm512_shuffle_i64x2(even0, even1, 0xdd);
        v[2 + j] = _mm512_shuffle_i64x2(odd0, odd1, 0x88);
        v[6 + j] = _mm512_shuffle_i64x2(odd0, odd1, 0xdd);
    }
}

/* The rows of group q, and their part of the table. */
static struct hcl_ntt_fetch fetch_rows(const struct hcl_ntt_shape *s, const hcl_fr *tile, size_t stride,
                                       size_t q, const uint64_t *corner)
{
    struct hcl_ntt_fetch f = { .stride = 8, .pieces = (size_t)1 << s->kc, .table = corner };
    for (size_t l = 0; l < 8; l++)
        f.row[l] = tile + row_of(s, q, l) * stride;
    return f;
}

/* Rows 8 lanes -> work: column c of the tile, times corner[c]. */
static void load_rows(uint64_t *work, size_t size, const hcl_fr *const row[8], const uint64_t *corner)
{
    for (size_t c = 0; c < size; c += 8) {
        __m512i word[4][8];
        for (int w = 0; w < 4; w++) {
            for (int l = 0; l < 8; l++)
                word[w][l] = _mm512_loadu_si512(row[l] + c + 2 * w); /* two elements */
            transpose(word[w]);
        }
        for (size_t j = 0; j < 8; j++) {
            const __m512i x[4] = { word[0][j], word[1][j], word[2][j], word[3][j] };
            const size_t column = c + hcl_ntt_lane_order[j];
            const hcl_fp8 factor = hcl_ntt_load_block(corner + column * HCL_NTT_PIECE);
            hcl_ntt_put(work, column, hcl_fr8_mul_loose(hcl_fp8_from_words(x), factor));
        }
    }
}

/* Transform tile b, found at `tile`, into the final rows at `out`, which is where the tile rev b is. */
static void tile_to(const struct team *team, const hcl_fr *tile, size_t stride, size_t b, hcl_fr *out)
{
    uint64_t work[HCL_NTT_VECTOR << CORNER_BITS] __attribute__((aligned(64)));
    const struct hcl_ntt_shape *s = &team->t->shape;
    const size_t size = (size_t)1 << s->kc;
    const uint64_t *corner = team->dir.corner + b * size * size * 4;
    struct hcl_ntt_fetch fetch = fetch_rows(s, tile, stride, 0, corner);
    struct hcl_ntt_io io = {
        .work = work, .stride = (size_t)1 << (s->ka + s->kb), .reversed = team->t->reversed, .fetch = &fetch
    };
    hcl_ntt_fetch_some(&fetch, size);
    for (size_t q = 0; q < size / 8; q++, corner += size * HCL_NTT_PIECE) {
        load_rows(work, size, fetch.row, corner);
        if (q + 1 < size / 8)
            fetch = fetch_rows(s, tile, stride, q + 1, corner + size * HCL_NTT_PIECE);
        io.column = out + 8 * q;
        hcl_ntt_layers(&io, HCL_NTT_WORK, HCL_NTT_ELEMENTS, s->kc, team->last, 0);
    }
}

/* Sweep 3 on tiles b <= rev b and its partner. */
static void sweep_c(const struct team *team, hcl_fr *a, size_t b)
{
    const struct hcl_ntt_shape *s = &team->t->shape;
    const size_t size = (size_t)1 << s->kc, stride = (size_t)1 << (s->kb + s->kc),
                 partner = hcl_ntt_reverse(b, s->kb);
    hcl_fr copy[(size_t)1 << (2 * CORNER_BITS)] __attribute__((aligned(64)));
    hcl_fr *tile = a + b * size, *other = a + partner * size;
    for (size_t row = 0; row < size; row++) {
        for (size_t c = 0; row + 1 < size && c < size; c += 8)
            hcl_ntt_touch(other + (row + 1) * stride + c);
        memcpy(copy + row * size, other + row * stride, size * sizeof *copy);
    }
    if (b != partner)
        tile_to(team, tile, stride, b, other);
    tile_to(team, copy, size, partner, tile);
}

/* ---- a team ---- */

/* Group i of a step of sweep 2, whose blocks are 2^bits rows of 2^width elements. */
static hcl_fr *group_at(hcl_fr *a, size_t i, uint32_t width, uint32_t bits)
{
    const size_t block = i >> (width - 3), group = i - (block << (width - 3));
    return a + (block << (width + bits)) + 8 * group;
}

/* How many of `items` to take at a time: few enough to end together, enough to look ahead from one to the
 * next. */
static size_t portion(size_t items)
{
    const size_t each = items / (16 * (size_t)omp_get_num_threads());
    return each < 1 ? 1 : each > 16 ? 16 : each;
}

static void all_a(const struct team *team)
{
    const struct hcl_ntt_shape *s = &team->t->shape;
    const size_t groups = (size_t)1 << (s->kb + s->kc - 3), share = portion(groups);
#pragma omp for schedule(dynamic, 1) nowait
    for (size_t group = 0; group < groups; group += share)
        sweep_a(team, group, groups - group < share ? groups - group : share);
    _mm_sfence();
}

static void all_b(const struct team *team, uint32_t done, uint32_t bits)
{
    const struct hcl_ntt_shape *s = &team->t->shape;
    const uint32_t width = s->kb + s->kc - done - bits;
    const size_t groups = (size_t)1 << (s->ka + done + width - 3);
    for (size_t c = 0; c < team->columns; c++) {
        hcl_fr *a = team->vector[c];
#pragma omp for schedule(dynamic, portion(groups)) nowait
        for (size_t i = 0; i < groups; i++) {
            const size_t next = i + 1 < groups ? i + 1 : i;
            sweep_b(&team->dir, group_at(a, i, width, bits), group_at(a, next, width, bits),
                    (size_t)1 << width, bits, (team->top << (s->ka + done)) + (i >> (width - 3)));
        }
    }
}

/* Tiles that have a partner first: they take twice as long. */
static void all_c(const struct team *team)
{
    const struct hcl_ntt_shape *s = &team->t->shape;
    const size_t tiles = (size_t)1 << s->kb;
    for (int alone = 0; alone < 2; alone++) {
#pragma omp for schedule(dynamic, 1) nowait
        for (size_t b = 0; b < tiles; b++) {
            const size_t partner = hcl_ntt_reverse(b, s->kb);
            if (alone ? b == partner : b < partner)
                for (size_t c = 0; c < team->columns;
                     c++) /* the tile's table is near from the first one on */
                    sweep_c(team, team->vector[c], b);
        }
    }
}

static void between_sweeps(const struct team *team)
{
    if (team->between && omp_get_thread_num() == 0)
        team->between(team->ctx);
}

static void run(struct team *team)
{
    const uint32_t kb = team->t->shape.kb, steps = (kb + STEP_BITS - 1) / STEP_BITS;
    const unsigned threads = (unsigned)omp_get_num_threads();
    all_a(team);
    between_sweeps(team);
    hcl_ntt_meet(&team->meeting, threads, true);
    for (uint32_t step = 0, done = 0; step < steps; step++) {
        const uint32_t left = steps - step, bits = (kb - done + left - 1) / left;
        all_b(team, done, bits);
        between_sweeps(team);
        hcl_ntt_meet(&team->meeting, threads, true);
        done += bits;
    }
    all_c(team);
    /* The first thread leaves last: it would be put to sleep where the region ends. */
    hcl_ntt_meet(&team->meeting, threads, omp_get_thread_num() == 0);
}

static void ifma_run(const struct hcl_domain *d, const void *tables, const struct hcl_ntt_job *job)
{
    const struct hcl_ntt_ifma_tables *t = tables;
    struct team team;
    (void)d;
    team.t = t;
    team.dir = job->inverse ? t->inverse : t->forward;
    team.last = team.dir.block;
    team.top = 0;
    if (job->coset != NULL) {
        team.dir = *(const struct hcl_ntt_direction *)job->coset;
        team.top = 1;
    }
    team.from = job->from;
    team.vector = job->column;
    team.columns = job->columns;
    team.between = job->between;
    team.ctx = job->ctx;
    atomic_init(&team.meeting.arrived, 0);
#pragma omp parallel num_threads(job->threads) if (job->threads > 1)
    run(&team);
}

/* ---- cosets ----
 *
 * On a coset the twiddle of block i in layer l, 2^l blocks of n/2^l elements, is w^rev(i)*g^(n/2^(l+1)), so
 * each layer has its own: they stand one after the other, that one at 2^l + i. A block's two halves are then
 * at twice its place, as in the subgroup's table, and with the first layer's block at 1 all sweeps find what
 * they need. Only block 0 has lost its easy twiddles. Before sweep 3 what is left to do is a transform in
 * X*g, so that corner[] takes g^c in. */

static size_t coset_twiddles(const struct hcl_ntt_shape *s)
{
    return (size_t)1 << (s->ka + s->kb);
}

static void ifma_coset_clear(void *coset)
{
    struct hcl_ntt_direction *dir = coset;
    if (dir == NULL)
        return;
    hcl_mem_free(dir->block);
    hcl_mem_free(dir->corner);
    hcl_mem_free(dir->plain);
    hcl_mem_free(dir);
}

static hcl_status ifma_coset_init(void **coset, const struct hcl_domain *d, const void *tables,
                                  struct hcl_err *err)
{
    const struct hcl_ntt_ifma_tables *t = tables;
    struct hcl_ntt_direction *dir;
    void *p;
    hcl_status st;
    HCL_TRY(hcl_mem_calloc(coset, 1, sizeof *dir, "NTT twiddles", err));
    dir = *coset;
    HCL_TRY(hcl_mem_alloc(&p, coset_twiddles(&t->shape), sizeof *dir->block, "NTT twiddles", err));
    dir->block = p;
    HCL_TRY(hcl_mem_alloc(&p, d->n, sizeof(hcl_fr), "NTT twiddles", err));
    dir->corner = p;
    HCL_TRY(hcl_mem_alloc(&p, 2 * coset_twiddles(&t->shape), sizeof(hcl_fr), "NTT twiddles", err));
    dir->plain = p;
done:
    return st; /* on failure hcl_domain_coset_clear() frees what there is */
}

static void ifma_coset_set(void *coset, const struct hcl_domain *d, const void *tables, const hcl_fr *g,
                           int threads)
{
    struct hcl_ntt_direction *dir = coset;
    const struct hcl_ntt_ifma_tables *t = tables;
    const size_t count = coset_twiddles(&t->shape), size = (size_t)1 << t->shape.kc;
    hcl_fr *plain = dir->plain, *roots = plain + count, factor;
    fill_roots(roots, count / 2, d->k, &d->omega);
    plain[0] = hcl_fr_zero;
    hcl_fr_pow_u64(&factor, g, d->n / count);
    for (size_t top = count / 2; top >= 1; top /= 2) { /* from the last layer, whose power is the least */
        hcl_fr_scale_vec(plain + top, roots, &factor, top);
        hcl_fr_sqr(&factor, &factor);
    }
    fill_twiddles(dir->block, plain, count, threads);

    hcl_fp8 powers[(size_t)1 << CORNER_BITS];
    hcl_fr power = hcl_fr_one;
    HCL_ASSERT(size > 0);
    for (size_t c = 0; c < size; c++) {
        powers[c] = all_lanes(&power);
        hcl_fr_mul(&power, &power, g);
    }
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (size_t i = 0; i < d->n / 8; i++) {
        const hcl_fp8 value = hcl_ntt_load_block(t->forward.corner + i * HCL_NTT_PIECE);
        hcl_ntt_store_block(dir->corner + i * HCL_NTT_PIECE,
                            hcl_fr8_reduce(hcl_fr8_mul(value, powers[i % size]), HCL_FP8_1M));
    }
}

const struct hcl_ntt_kernel hcl_ntt_ifma = {
    .k_min = 6,
    .k_max = HCL_FR_S,
    .k_shared = 13,
    .init = ifma_init,
    .clear = ifma_clear,
    .coset_init = ifma_coset_init,
    .coset_set = ifma_coset_set,
    .coset_clear = ifma_coset_clear,
    .run = ifma_run,
};
