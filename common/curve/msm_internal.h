/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the multi-scalar multiplication, in the order in which they run:
 *   msm_scalars.c  magnitude, sign and length of each scalar; classes of similar length
 *   msm_runs.c     runs of equal long scalars, added up first
 *   msm_plan.c     window width of a class, where to cut classes, tasks for threads: by cost
 *   msm_sort.c     one task's terms, by groups of neighbouring buckets
 *   msm_block.c    a group's terms in the order in which they are added
 *   msm_buckets.c  bucket sums, many buckets side by side
 *   msm_reduce.c   sum of weighted buckets as trees of additions
 *   msm_sums.c     the only arithmetic: many running sums of affine points, one inversion for all
 * A term is a point of an array with a sign: 2*index + (1 if negative). */
#ifndef HCL_COMMON_CURVE_MSM_INTERNAL_H
#define HCL_COMMON_CURVE_MSM_INTERNAL_H

#include "common/curve/g1.h"
#include "common/sys/status.h"

#include <stddef.h>
#include <stdint.h>

#define HCL_MSM_MAX_N ((size_t)1 << 31) /* terms are 32 bits */
#define HCL_MSM_MAX_WINDOW 20

/* ---- running sums ---- */

/* Words of memory per running sum. Eight lanes form a group; the form of the sums is the kernel's own. */
#define HCL_MSM_SUM_WORDS 10
/* Readable entries that every array of terms must have before its first one, and behind the last one of a
 * step as many besides as the step has, for those of the next; what they hold does not matter as long as they
 * are terms, of memory that may be read. */
#define HCL_MSM_SLACK 32
/* So long is the array for so many steps of n. */
#define HCL_MSM_TERMS(steps, n) (HCL_MSM_SLACK + ((steps) + 1) * (n) + HCL_MSM_SLACK)
/* Running sums that take part in one step, at most: with their points, those of the next step and the
 * scratch they fill a second-level cache of 1 MiB. */
#define HCL_MSM_STEP 2816
#define HCL_MSM_SEGMENTS 8

/** Scratch of one thread. */
struct hcl_msm_scratch {
    _Alignas(64) uint64_t word[(HCL_MSM_STEP + 8 * HCL_MSM_SEGMENTS + 8) * 15];
    uint8_t skip[HCL_MSM_STEP / 8 + HCL_MSM_SEGMENTS];
};

/** sum[i] += the term's point, i < n. `sum` is 64-byte aligned and has whole groups. The terms behind the
 * last are taken for those of the next step: their points are brought near. */
struct hcl_msm_segment {
    uint64_t *sum;
    const hcl_g1 *points; /* canonical, or as `finish` leaves them */
    const uint32_t *term;
    size_t n;
    bool tidy; /* bring the sums' limbs into range: needed in every fourth step of a sum, or more often */
};

/** The arithmetic, for one field kernel. Right for equal, opposite and infinite points. */
struct hcl_msm_sums {
    /** sum[i] = the term's point, i < n; points as in a segment. */
    void (*start)(uint64_t *sum, const hcl_g1 *points, const uint32_t *term, size_t n);
    /** One step of all segments, at most HCL_MSM_SEGMENTS with HCL_MSM_STEP sums in all. */
    void (*add)(const struct hcl_msm_segment *segment, size_t segments, struct hcl_msm_scratch *scratch);
    /** sum[i] = 2*sum[i], i < n <= HCL_MSM_STEP; leaves limbs tidy. */
    void (*twice)(uint64_t *sum, size_t n, struct hcl_msm_scratch *scratch);
    /** out[to[i]] = sum[i], i < n; coordinates at most 2p, for hcl_msm_canonical. */
    void (*finish)(hcl_g1 *out, const uint32_t *to, const uint64_t *sum, size_t n);
};
extern const struct hcl_msm_sums hcl_msm_sums_scalar, hcl_msm_sums_ifma;
/** Those of the field kernel in use. */
const struct hcl_msm_sums *hcl_msm_sums(void);

/** Coordinates below 3p to their least representatives. */
void hcl_msm_canonical(hcl_g1 *p);

/* ---- scalars ---- */

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
    const hcl_fr *scalar; /* or: */
    const void *integer;  /* signed ones of `width` bytes */
    int width;
    size_t n;
    uint64_t *low;
    uint8_t *length;
};

/** Fill low and length, and count how often each length occurs. */
void hcl_msm_measure(struct hcl_msm_scalars *s, struct hcl_msm_lengths *lengths, int threads);
/** *sum = the terms in long runs of equal long scalars, which count as zeros afterwards in s and lengths. */
hcl_status hcl_msm_take_runs(hcl_g1_jac *sum, struct hcl_msm_scalars *s, struct hcl_msm_lengths *lengths,
                             const hcl_g1 *bases, int threads, struct hcl_err *err);
/** Collect the scalars with above < length <= upto. */
hcl_status hcl_msm_class_init(struct hcl_msm_class *c, const struct hcl_msm_scalars *s, unsigned above,
                              unsigned upto, int threads, struct hcl_err *err);
void hcl_msm_class_clear(struct hcl_msm_class *c);

/* ---- tasks ---- */

/** What one thread does by itself: windows first..first+count-1 of the terms from..from+n-1 of a class. */
struct hcl_msm_task {
    unsigned first, count;
    size_t from, n;
};

/** How a class is cut into tasks: the first `whole` windows by packs of `pack` windows with all terms, the
 * others one by one in `ranges` ranges of terms each. */
struct hcl_msm_tasks {
    const struct hcl_msm_class *class;
    unsigned whole, pack, ranges;
};
struct hcl_msm_tasks hcl_msm_plan_tasks(const struct hcl_msm_class *c, int threads);
size_t hcl_msm_tasks_count(const struct hcl_msm_tasks *t);
struct hcl_msm_task hcl_msm_tasks_get(const struct hcl_msm_tasks *t, size_t i);

/* ---- sorting ---- */

/* Neighbouring buckets whose terms are sorted together, and added together. */
#define HCL_MSM_PART_BITS 10
#define HCL_MSM_PART ((size_t)1 << HCL_MSM_PART_BITS)

/** A term and its bucket: term << 32 | bucket. */
typedef uint64_t hcl_msm_entry;

static inline uint32_t hcl_msm_entry_bucket(hcl_msm_entry e)
{
    return (uint32_t)e;
}

static inline uint32_t hcl_msm_entry_term(hcl_msm_entry e)
{
    return (uint32_t)(e >> 32);
}

static inline size_t hcl_msm_entry_part(hcl_msm_entry e)
{
    return hcl_msm_entry_bucket(e) >> HCL_MSM_PART_BITS;
}

/** Entries of a task's non-zero digits, parts in order. Window w's digits d and -d go to bucket (w -
 * task->first)*2^(width-1) + d - 1. next: room for the number of parts plus 1. Returns how many. */
size_t hcl_msm_sort(hcl_msm_entry *out, uint32_t *next, const struct hcl_msm_class *c,
                    const struct hcl_msm_task *task);

/* ---- blocks ---- */

#define HCL_MSM_BLOCK 65536 /* entries */
/* A bucket with more terms than this and twice the average has several lanes. */
#define HCL_MSM_DEPTH 32
#define HCL_MSM_ROUNDS (HCL_MSM_DEPTH + 2 * HCL_MSM_BLOCK / HCL_MSM_PART)
/* One for every bucket, and no more than half as many for those with several. */
#define HCL_MSM_LANES (HCL_MSM_PART * 3 / 2)

/** Entries of one part as lanes: in round r the terms first[r]..first[r+1]-1 are added to the lanes 0, 1, ...
 */
struct hcl_msm_block {
    size_t lanes, rounds, round;
    const hcl_g1 *points;
    uint32_t first[HCL_MSM_ROUNDS + 1];
    uint32_t to[HCL_MSM_LANES + 8]; /* where a lane's sum goes */
    uint32_t terms[HCL_MSM_SLACK + HCL_MSM_BLOCK + HCL_MSM_LANES + HCL_MSM_SLACK];
    _Alignas(64) uint64_t sum[HCL_MSM_LANES * HCL_MSM_SUM_WORDS];
};

/** Points that are sums of parts of buckets, and the entries they are for the next turn. */
struct hcl_msm_partial {
    uint32_t at; /* the next point's index */
    size_t n;
    hcl_msm_entry *entry;
};

/** Build a block of n <= HCL_MSM_BLOCK entries of one part. A bucket's sum goes to its index; if it has
 * several lanes, or if `shared` (the part has more entries than these), the sums go to partial->at and on.
 */
void hcl_msm_block_build(struct hcl_msm_block *b, const hcl_msm_entry *entry, size_t n, bool shared,
                         struct hcl_msm_partial *partial);

/** Sums to partial points of n entries at most, over all turns: a bucket has a second lane for HCL_MSM_DEPTH
 * terms or more, a shared block HCL_MSM_LANES for HCL_MSM_BLOCK terms. */
static inline size_t hcl_msm_partial_room(size_t n)
{
    return n / 8 + 8;
}

/** What one thread works with. */
struct hcl_msm_worker {
    const struct hcl_msm_sums *sums;
    struct hcl_msm_scratch scratch;
    struct hcl_msm_block block[HCL_MSM_SEGMENTS];
};

/** For hcl_mem_free. */
hcl_status hcl_msm_worker_new(struct hcl_msm_worker **out, struct hcl_err *err);

/** out[i] = sum of the entries of bucket i < buckets. out has room for hcl_msm_partial_room(n) more points,
 * spare for as many entries. */
void hcl_msm_sum_buckets(hcl_g1 *out, size_t buckets, const hcl_msm_entry *entry, size_t n,
                         const hcl_g1 *points, hcl_msm_entry *spare, struct hcl_msm_worker *worker);

/** For every 2^log_buckets buckets: bit_sum[l] = sum of those whose index has bit l set, l < log_buckets;
 * bit_sum[log_buckets] = sum of all; the next set's bit sums follow. Destroys bucket[]. */
void hcl_msm_reduce(hcl_g1 *bit_sum, hcl_g1 *bucket, size_t sets, unsigned log_buckets,
                    struct hcl_msm_worker *worker);

#endif
