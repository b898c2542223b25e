/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the multi-scalar multiplication, in the order in which they run:
 *   msm_scalars.c  magnitude, sign and length of each scalar; classes of similar length
 *   msm_plan.c     window width of a class, and where to cut classes, by cost
 *   msm_sort.c     one window's terms ordered by bucket
 *   msm_buckets.c  bucket sums as trees of affine additions
 *   msm_reduce.c   sum of weighted buckets, again affine trees, and the final Horner rule over bits
 *   msm_add.c      the only arithmetic: a batch of independent affine additions with one inversion
 * A term is a point of an array with a sign: 2*index + (1 if negative). */
#ifndef HCL_COMMON_CURVE_MSM_INTERNAL_H
#define HCL_COMMON_CURVE_MSM_INTERNAL_H

#include "common/curve/g1.h"
#include "common/sys/status.h"

#include <stddef.h>
#include <stdint.h>

#define HCL_MSM_MAX_N ((size_t)1 << 31) /* terms are 32 bits */
#define HCL_MSM_MAX_WINDOW 20
/* Terms that enter the adder together: 128 KiB of points; with those ahead and the scratch it fits level 2.
 */
#define HCL_MSM_CHUNK 2048
/* Additions that share one inversion, at most. Chunks in flight at levels 1, 2, 3, ... have at most 1/2, 1/3,
 * 1/5, 1/9, ... of their terms as additions: 1.26 chunks in all. */
#define HCL_MSM_BATCH (HCL_MSM_CHUNK + HCL_MSM_CHUNK / 2)

/** Scratch of one thread for the adder. */
struct hcl_msm_adder_scratch {
    _Alignas(64) uint64_t word[(HCL_MSM_BATCH + 64) * 10];
};

/** Additions to do: out[to[i]] = points[a[i]] + points[b[i]] with the terms' signs, i < n. out may be points
 * if each index occurs in one pair only (to[i] in its own). Coordinates of points may be up to 2.01p and
 * those of out are so: see hcl_msm_canonical. */
struct hcl_msm_adds {
    hcl_g1 *out;
    const uint32_t *to;
    const hcl_g1 *points;
    const uint32_t *a, *b;
    size_t n;
};

/** Terms whose points will be needed next, to be brought near while the adder computes. */
struct hcl_msm_ahead {
    const hcl_g1 *points;
    const uint32_t *term;
    size_t n;
};

/** Do all additions of two lists, at most HCL_MSM_BATCH, with one inversion. Right for equal, opposite and
 * infinite points. */
typedef void hcl_msm_add_fn(const struct hcl_msm_adds list[2], struct hcl_msm_ahead ahead,
                            struct hcl_msm_adder_scratch *scratch);
hcl_msm_add_fn hcl_msm_add_scalar, hcl_msm_add_ifma;
/** The adder for the field kernel in use. */
hcl_msm_add_fn *hcl_msm_adder(void);

/** Coordinates below 3p, which adders may leave, to their least representatives. */
void hcl_msm_canonical(hcl_g1 *p);

/** A list of pairs that is being written. */
struct hcl_msm_pairs {
    size_t count;
    uint32_t a[HCL_MSM_BATCH], b[HCL_MSM_BATCH], to[HCL_MSM_BATCH];
};

static inline void hcl_msm_pairs_push(struct hcl_msm_pairs *p, uint32_t a, uint32_t b, uint32_t to)
{
    p->a[p->count] = a;
    p->b[p->count] = b;
    p->to[p->count] = to;
    p->count++;
}

static inline struct hcl_msm_adds hcl_msm_pairs_adds(const struct hcl_msm_pairs *p, hcl_g1 *out,
                                                     const hcl_g1 *points)
{
    return (struct hcl_msm_adds){ out, p->to, points, p->a, p->b, p->count };
}

/** The point of a term. */
static inline void hcl_msm_term_point(hcl_g1 *out, const hcl_g1 *points, uint32_t term)
{
    *out = points[term >> 1];
    if (term & 1)
        hcl_g1_neg(out, out);
}

/** Signed-digit windows: width bits each, `count` of them, digits -2^(width-1)..2^(width-1). */
struct hcl_msm_windows {
    unsigned width, count;
};

/** How many scalars have which bit length (of the smaller of s and r - s); [0] counts the zeros. */
struct hcl_msm_lengths {
    size_t of[256];
};

/** Scalars of 1..bits bits: their terms and their magnitudes plus the digit offset, one array per 64-bit
 * word. */
struct hcl_msm_class {
    size_t n;
    unsigned bits, words;
    struct hcl_msm_windows windows;
    uint32_t *term; /* owned, together with the words */
    uint64_t *word[4];
};

/** Cheapest windows for n scalars of `bits` bits. *cost (may be NULL) in additions. */
struct hcl_msm_windows hcl_msm_plan_windows(size_t n, unsigned bits, double *cost);
/** Class boundaries: upto[0] < upto[1] < ... are the largest bit lengths of the classes. At most 2; returns
 * how many. */
unsigned hcl_msm_plan_classes(unsigned upto[2], const struct hcl_msm_lengths *lengths);

/** What is known of the scalars: length[i] = bit length of the smaller of s_i and r - s_i; if that is below
 * 64, low[i] is its value, with bit 63 set if it is r - s_i. */
struct hcl_msm_scalars {
    const hcl_fr *scalar;
    size_t n;
    uint64_t *low;
    uint8_t *length;
};

/** Fill low and length, and count how often each length occurs. */
void hcl_msm_measure(struct hcl_msm_scalars *s, struct hcl_msm_lengths *lengths, int threads);
/** Collect the scalars with above < length <= upto. */
hcl_status hcl_msm_class_init(struct hcl_msm_class *c, const struct hcl_msm_scalars *s, unsigned above,
                              unsigned upto, int threads, struct hcl_err *err);
void hcl_msm_class_clear(struct hcl_msm_class *c);

/** One window's terms by bucket. Bucket i holds the digits i+1 and -(i+1). */
struct hcl_msm_sorted {
    size_t buckets;  /* 2^(width-1) */
    size_t n;        /* non-zero digits */
    uint32_t *start; /* buckets + 1: where each bucket's terms begin */
    uint32_t *term;  /* n */
};

/** Room for sorting any window of a class, shared by the threads of one parallel region. */
struct hcl_msm_sorter {
    struct hcl_msm_sorted sorted;
    unsigned low_bits;    /* bits of a bucket's number within its partition */
    size_t parts;         /* partitions by the high bits */
    uint32_t *part_start; /* parts + 1 */
    uint32_t *count;      /* threads x parts */
    uint64_t *entry;      /* term << 32 | bucket, by partition */
    void *memory;
};

hcl_status hcl_msm_sorter_init(struct hcl_msm_sorter *s, const struct hcl_msm_class *c, int threads,
                               struct hcl_err *err);
void hcl_msm_sorter_clear(struct hcl_msm_sorter *s);
/** Fill s->sorted with window w. To be called by all threads of one parallel
 *  region of at most `threads`; the result is
 *  complete for all of them on return. */
void hcl_msm_sort(struct hcl_msm_sorter *s, const struct hcl_msm_class *c, unsigned w);

/** A bucket's terms within a chunk. */
struct hcl_msm_piece {
    uint32_t bucket, chunk;
    uint32_t at, stride; /* its points: at, at + stride, ... in the worker's pool */
    uint32_t count;
};

/* A chunk is finished after at most log2(HCL_MSM_CHUNK) + 1 rounds; as many have their points in the pool. */
#define HCL_MSM_FLIGHT 14

/** What one thread works with. */
struct hcl_msm_worker {
    hcl_msm_add_fn *add;
    struct hcl_msm_pairs fresh, old; /* pairs of terms, and of points in the pool */
    size_t rounds;                   /* a chunk uses the pool's part rounds % HCL_MSM_FLIGHT */
    size_t pieces;
    struct hcl_msm_piece piece[HCL_MSM_CHUNK * 2]; /* all that are not finished */
    struct hcl_msm_adder_scratch scratch;
    hcl_g1 pool[HCL_MSM_FLIGHT][HCL_MSM_CHUNK];
};

/** The part of a bucket that lies in one chunk, of a bucket that more chunks share. */
struct hcl_msm_share {
    size_t bucket; /* SIZE_MAX: none */
    hcl_g1 sum;
};

static inline size_t hcl_msm_chunks(size_t terms)
{
    return (terms + HCL_MSM_CHUNK - 1) / HCL_MSM_CHUNK;
}

/** Sum all buckets of a window: bucket[i] = sum of its terms. share: room for 2*chunks entries. *next is 0 at
 *  first. To be called by all threads of one parallel region, each with its own worker; complete on return.
 */
void hcl_msm_sum_buckets(hcl_g1 *bucket, const struct hcl_msm_sorted *s, const hcl_g1 *points,
                         struct hcl_msm_worker *worker, struct hcl_msm_share *share, size_t *next);

/** bit_sum[l] = sum of the buckets whose index has bit l set, l < log_buckets; bit_sum[log_buckets] = sum of
 *  all. Destroys bucket[]. */
void hcl_msm_reduce(hcl_g1 *bit_sum, hcl_g1 *bucket, unsigned log_buckets, struct hcl_msm_worker *worker);

#endif
