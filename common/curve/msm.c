/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm.h"
#include "common/curve/msm_internal.h"
#include "common/sys/mem.h"

#include <omp.h>
#include <string.h>

#define MIN_PER_THREAD 512 /* with fewer scalars threads would mostly wait for each other */

/* What one thread needs for any task of a class. */
struct desk {
    struct hcl_msm_worker *worker;
    hcl_msm_entry *entry, *spare;
    hcl_g1 *bucket;
    uint32_t *next;
};

/* Working memory of one class. */
struct room {
    struct hcl_msm_class class;
    struct hcl_msm_tasks tasks;
    struct desk *desk; /* one per thread */
    int desks;
    hcl_g1 *bit_sum; /* windows x ranges x width; infinite until known */
};

static void room_clear(struct room *r)
{
    for (int t = 0; t < r->desks; t++) {
        hcl_mem_free(r->desk[t].worker);
        hcl_mem_free_secret(r->desk[t].entry);
        hcl_mem_free(r->desk[t].bucket);
        hcl_mem_free(r->desk[t].next);
    }
    hcl_mem_free(r->desk);
    hcl_mem_free(r->bit_sum);
    hcl_msm_class_clear(&r->class);
}

static hcl_status desk_init(struct desk *d, const struct room *r, struct hcl_err *err)
{
    hcl_status st;
    void *p;
    const size_t terms = r->class.n * r->tasks.pack, partial = hcl_msm_partial_room(terms);
    const size_t buckets = (size_t)r->tasks.pack << (r->class.windows.width - 1);
    HCL_TRY(hcl_msm_worker_new(&d->worker, err));
    HCL_TRY(hcl_mem_alloc(&p, terms + partial, sizeof *d->entry, "MSM terms", err));
    d->entry = p;
    d->spare = d->entry + terms;
    HCL_TRY(hcl_mem_alloc(&p, buckets + partial, sizeof *d->bucket, "MSM buckets", err));
    d->bucket = p;
    HCL_TRY(hcl_mem_alloc(&p, buckets / HCL_MSM_PART + 2, sizeof *d->next, "MSM parts", err));
    d->next = p;
done:
    return st;
}

static hcl_status room_init(struct room *r, int threads, struct hcl_err *err)
{
    hcl_status st;
    void *p;
    const struct hcl_msm_windows windows = r->class.windows;
    r->tasks = hcl_msm_plan_tasks(&r->class, threads);
    const size_t sums = (size_t)windows.count * r->tasks.ranges * windows.width;
    HCL_TRY(hcl_mem_alloc(&p, sums, sizeof *r->bit_sum, "MSM bit sums", err));
    r->bit_sum = p;
    memset(r->bit_sum, 0, sums * sizeof *r->bit_sum);
    HCL_TRY(hcl_mem_alloc(&p, (size_t)threads, sizeof *r->desk, "MSM threads", err));
    r->desk = p;
    memset(r->desk, 0, (size_t)threads * sizeof *r->desk);
    r->desks = threads;
    for (int t = 0; t < threads; t++)
        HCL_TRY(desk_init(&r->desk[t], r, err));
done:
    return st;
}

static void do_task(struct room *r, struct desk *d, size_t i, const hcl_g1 *bases)
{
    const struct hcl_msm_task task = hcl_msm_tasks_get(&r->tasks, i);
    const unsigned width = r->class.windows.width;
    const size_t range = task.first < r->tasks.whole ? 0 : (i - r->tasks.whole) % r->tasks.ranges;
    const size_t n = hcl_msm_sort(d->entry, d->next, &r->class, &task);
    hcl_msm_sum_buckets(d->bucket, (size_t)task.count << (width - 1), d->entry, n, bases, d->spare,
                        d->worker);
    hcl_msm_reduce(r->bit_sum + (task.first * r->tasks.ranges + range) * width, d->bucket, task.count,
                   width - 1, d->worker);
}

/* sum over windows w and bits l of 2^(w*width + l) * bit_sum, from the top bit down. The last sum of a window
 * is that of all its buckets: bucket i stands for the digit i + 1. */
static void join_bits(hcl_g1_jac *out, const struct room *r)
{
    const unsigned width = r->class.windows.width, ranges = r->tasks.ranges;
    hcl_g1_jac_from_affine(out, &hcl_g1_infinity);
    for (unsigned w = r->class.windows.count; w-- > 0;) {
        const hcl_g1 *sum = r->bit_sum + (size_t)w * ranges * width;
        for (unsigned l = width; l-- > 0;) {
            hcl_g1_jac_double(out, out);
            for (unsigned i = 0; i < ranges && l + 1 < width; i++)
                hcl_g1_jac_add_affine(out, out, &sum[i * width + l]);
        }
        for (unsigned i = 0; i < ranges; i++)
            hcl_g1_jac_add_affine(out, out, &sum[i * width + width - 1]);
    }
}

static hcl_status sum_class(hcl_g1_jac *out, const struct hcl_msm_scalars *scalars, const hcl_g1 *bases,
                            unsigned above, unsigned upto, int threads, struct hcl_err *err)
{
    hcl_status st;
    struct room r = { 0 };
    HCL_TRY(hcl_msm_class_init(&r.class, scalars, above, upto, threads, err));
    HCL_TRY(room_init(&r, threads, err));
    const size_t tasks = hcl_msm_tasks_count(&r.tasks);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1)
    for (size_t i = 0; i < tasks; i++)
        do_task(&r, &r.desk[omp_get_thread_num()], i, bases);
    join_bits(out, &r);
done:
    room_clear(&r);
    return st;
}

static hcl_status sum_all(hcl_g1_jac *out, struct hcl_msm_scalars s, const hcl_g1 *bases, int threads,
                          struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    const size_t n = s.n;
    void *known = NULL;
    hcl_g1_jac_from_affine(out, &hcl_g1_infinity);
    if (n >= HCL_MSM_MAX_N)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%zu points in one multi-scalar multiplication, expected less than %zu", n,
                        HCL_MSM_MAX_N);
    if (threads < 1 || n < MIN_PER_THREAD)
        threads = 1;
    else if ((size_t)threads > n / MIN_PER_THREAD)
        threads = (int)(n / MIN_PER_THREAD);
    HCL_TRY(hcl_mem_alloc(&known, n, sizeof(uint64_t) + 1, "MSM scalars", err));
    s.low = known;
    s.length = (uint8_t *)(s.low + n);
    struct hcl_msm_lengths lengths;
    unsigned upto[2], above = 0;
    hcl_msm_measure(&s, &lengths, threads);
    HCL_TRY(hcl_msm_take_runs(out, &s, &lengths, bases, threads, err));
    const unsigned classes = hcl_msm_plan_classes(upto, &lengths);
    for (unsigned c = 0; c < classes; c++) {
        hcl_g1_jac sum;
        HCL_TRY(sum_class(&sum, &s, bases, above, upto[c], threads, err));
        hcl_g1_jac_add(out, out, &sum);
        above = upto[c];
    }
done:
    if (st != HCL_OK)
        hcl_g1_jac_from_affine(out, &hcl_g1_infinity);
    hcl_mem_free_secret(known);
    return st;
}

hcl_status hcl_msm(hcl_g1_jac *out, const hcl_fr *scalars, const hcl_g1 *bases, size_t n, int threads,
                   struct hcl_err *err)
{
    return sum_all(out, (struct hcl_msm_scalars){ .scalar = scalars, .n = n }, bases, threads, err);
}

hcl_status hcl_msm_integers(hcl_g1_jac *out, const void *scalars, int width, const hcl_g1 *bases, size_t n,
                            int threads, struct hcl_err *err)
{
    HCL_ASSERT(width == 1 || width == 2 || width == 4 || width == 8);
    return sum_all(out, (struct hcl_msm_scalars){ .integer = scalars, .width = width, .n = n }, bases,
                   threads, err);
}

/* Whole columns to threads as long as there is one for each: no thread waits for another within a window.
 * What is left over is shared column by column. */
hcl_status hcl_msm_batch(hcl_g1_jac *out, const hcl_fr *const *scalars, size_t columns, const hcl_g1 *bases,
                         size_t n, int threads, struct hcl_err *err)
{
    const size_t team = threads < 1 ? 1 : (size_t)threads, whole = columns - columns % team;
    hcl_status st = HCL_OK;
#pragma omp parallel for num_threads((int)team) schedule(dynamic, 1) if (team > 1)
    for (size_t c = 0; c < whole; c++) {
        struct hcl_err mine;
        const hcl_status here = hcl_msm(&out[c], scalars[c], bases, n, 1, &mine);
        if (here != HCL_OK) {
#pragma omp critical(hcl_msm_batch)
            st = hcl_fail(err, here, "%s", mine.msg);
        }
    }
    for (size_t c = whole; st == HCL_OK && c < columns; c++)
        st = hcl_msm(&out[c], scalars[c], bases, n, threads, err);
    for (size_t c = 0; st != HCL_OK && c < columns; c++)
        hcl_g1_jac_from_affine(&out[c], &hcl_g1_infinity);
    return st;
}
