/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm_internal.h"
#include "common/sys/threads.h"

/* Costs in units of one affine addition of the bucket phase. */
#define REDUCE_PER_BUCKET 2.2 /* two additions, in smaller batches */
#define PER_WINDOW 200.0      /* inversions of the last, small rounds; the doublings of the final rule */
#define PER_CLASS 400.0

struct hcl_msm_windows hcl_msm_plan_windows(size_t n, unsigned bits, double *cost)
{
    struct hcl_msm_windows best = { 2, (bits + 2) / 2 };
    double least = -1;
    /* the top window takes no sign: bits + 1 <= width*count keeps its digit within 2^(width-1) */
    for (unsigned width = 2; width <= HCL_MSM_MAX_WINDOW; width++) {
        const unsigned count = bits / width + 1;
        const double each = (double)n + REDUCE_PER_BUCKET * (double)((size_t)1 << (width - 1)) + PER_WINDOW;
        const double total = (double)count * each;
        if (least < 0 || total < least) {
            least = total;
            best = (struct hcl_msm_windows){ width, count };
        }
    }
    if (cost != NULL)
        *cost = least;
    return best;
}

/* Scalars with above < length <= upto, as one class. */
static double class_cost(const size_t sums[256], unsigned above, unsigned upto)
{
    const size_t n = sums[upto] - sums[above];
    double cost = 0;
    if (n > 0)
        (void)hcl_msm_plan_windows(n, upto, &cost);
    return n > 0 ? cost + PER_CLASS : 0;
}

unsigned hcl_msm_plan_classes(unsigned upto[2], const struct hcl_msm_lengths *lengths)
{
    size_t sums[256];
    unsigned most = 0;
    sums[0] = 0; /* zeros belong to no class */
    for (unsigned b = 1; b < 256; b++) {
        sums[b] = sums[b - 1] + lengths->of[b];
        if (lengths->of[b] > 0)
            most = b;
    }
    if (most == 0)
        return 0;
    double least = class_cost(sums, 0, most);
    unsigned cut = 0;
    for (unsigned b = 1; b < most; b++) {
        if (lengths->of[b] == 0)
            continue; /* a cut is best right above a length that occurs */
        const double cost = class_cost(sums, 0, b) + class_cost(sums, b, most);
        if (cost < least) {
            least = cost;
            cut = b;
        }
    }
    if (cut == 0) {
        upto[0] = most;
        return 1;
    }
    upto[0] = cut;
    upto[1] = most;
    return 2;
}

#define PACK_TERMS 32768 /* a task has as many, if there are: its rounds share their inversions */
#define MIN_RANGE 2048   /* terms; ranges pay a reduction each */
#define MAX_RANGES 16

/* Ranges for `windows` windows that are fewer than the threads: the longest thread's terms and buckets. */
static unsigned best_ranges(const struct hcl_msm_class *c, unsigned windows, unsigned threads)
{
    const double reduce = REDUCE_PER_BUCKET * (double)((size_t)1 << (c->windows.width - 1));
    unsigned best = 1;
    double least = -1;
    for (unsigned r = 1; r <= MAX_RANGES && (r == 1 || c->n / r >= MIN_RANGE); r++) {
        const unsigned rounds = (windows * r + threads - 1) / threads;
        const double cost = (double)rounds * ((double)c->n / r + reduce);
        if (least < 0 || cost < least) {
            least = cost;
            best = r;
        }
    }
    return best;
}

struct hcl_msm_tasks hcl_msm_plan_tasks(const struct hcl_msm_class *c, int threads)
{
    const unsigned windows = c->windows.count, team = (unsigned)threads;
    struct hcl_msm_tasks t = { c, windows, 1, 1 };
    if (c->n >= PACK_TERMS || windows < team) {
        t.whole = windows - windows % team;
        if (t.whole < windows)
            t.ranges = best_ranges(c, windows - t.whole, team);
        return t;
    }
    const unsigned most = (unsigned)(PACK_TERMS / c->n);
    unsigned packs = (windows + most - 1) / most;
    packs = (packs + team - 1) / team * team;
    t.pack = packs < windows ? (windows + packs - 1) / packs : 1;
    return t;
}

static size_t packs(const struct hcl_msm_tasks *t)
{
    return (t->whole + t->pack - 1) / t->pack;
}

size_t hcl_msm_tasks_count(const struct hcl_msm_tasks *t)
{
    return packs(t) + (size_t)(t->class->windows.count - t->whole) * t->ranges;
}

struct hcl_msm_task hcl_msm_tasks_get(const struct hcl_msm_tasks *t, size_t i)
{
    struct hcl_msm_task task = { .n = t->class->n };
    if (i < packs(t)) {
        task.first = (unsigned)i * t->pack;
        task.count = t->whole - task.first < t->pack ? t->whole - task.first : t->pack;
        return task;
    }
    i -= packs(t);
    task.first = t->whole + (unsigned)(i / t->ranges);
    task.count = 1;
    hcl_threads_split(t->class->n, 1, t->ranges, i % t->ranges, &task.from, &task.n);
    return task;
}
