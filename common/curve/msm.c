/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm.h"
#include "common/curve/msm_internal.h"
#include "common/sys/mem.h"

#include <omp.h>

#define MIN_PER_THREAD 512 /* with fewer scalars threads would mostly wait for each other */

/* Working memory of one class. */
struct room {
    struct hcl_msm_class class;
    struct hcl_msm_sorter sorter;
    struct hcl_msm_worker *worker; /* one per thread */
    hcl_g1 *bucket;                /* windows x buckets */
    hcl_g1 *bit_sum;               /* windows x width */
    struct hcl_msm_share *share;
};

static void room_clear(struct room *r)
{
    hcl_msm_class_clear(&r->class);
    hcl_msm_sorter_clear(&r->sorter);
    hcl_mem_free(r->worker);
    hcl_mem_free(r->bucket);
    hcl_mem_free(r->bit_sum);
    hcl_mem_free(r->share);
}

/* Everything but the class itself, which decides the sizes. */
static hcl_status room_fill(struct room *r, int threads, struct hcl_err *err)
{
    hcl_status st;
    void *p;
    const struct hcl_msm_windows windows = r->class.windows;
    HCL_TRY(hcl_msm_sorter_init(&r->sorter, &r->class, threads, err));
    HCL_TRY(hcl_mem_alloc(&p, (size_t)threads, sizeof *r->worker, "MSM workers", err));
    r->worker = p;
    HCL_TRY(hcl_mem_alloc(&p, r->sorter.sorted.buckets * windows.count, sizeof(hcl_g1), "MSM buckets", err));
    r->bucket = p;
    HCL_TRY(hcl_mem_alloc(&p, windows.count * windows.width, sizeof(hcl_g1), "MSM bit sums", err));
    r->bit_sum = p;
    HCL_TRY(hcl_mem_alloc(&p, 2 * hcl_msm_chunks(r->class.n), sizeof *r->share, "MSM shares", err));
    r->share = p;
    for (int t = 0; t < threads; t++)
        r->worker[t].add = hcl_msm_adder();
done:
    return st;
}

/* sum over windows w and bits l of 2^(w*width + l) * bit_sum, from the top bit down. The last sum of a window
 * is that of all its buckets: bucket i stands for the digit i + 1. */
static void join_bits(hcl_g1_jac *out, const hcl_g1 *bit_sum, struct hcl_msm_windows windows)
{
    hcl_g1_jac_from_affine(out, &hcl_g1_infinity);
    for (unsigned w = windows.count; w-- > 0;) {
        const hcl_g1 *sum = bit_sum + (size_t)w * windows.width;
        for (unsigned l = windows.width; l-- > 0;) {
            hcl_g1_jac_double(out, out);
            if (l + 1 < windows.width)
                hcl_g1_jac_add_affine(out, out, &sum[l]);
        }
        hcl_g1_jac_add_affine(out, out, &sum[windows.width - 1]);
    }
}

static hcl_status sum_class(hcl_g1_jac *out, const struct hcl_msm_scalars *scalars, const hcl_g1 *bases,
                            unsigned above, unsigned upto, int threads, struct hcl_err *err)
{
    hcl_status st;
    struct room r = { 0 };
    HCL_TRY(hcl_msm_class_init(&r.class, scalars, above, upto, threads, err));
    HCL_TRY(room_fill(&r, threads, err));
    const struct hcl_msm_windows windows = r.class.windows;
    const size_t buckets = r.sorter.sorted.buckets;
    size_t next = 0;
#pragma omp parallel num_threads(threads)
    {
        struct hcl_msm_worker *worker = &r.worker[omp_get_thread_num()];
        for (unsigned w = 0; w < windows.count; w++) {
            hcl_msm_sort(&r.sorter, &r.class, w);
            hcl_msm_sum_buckets(r.bucket + w * buckets, &r.sorter.sorted, bases, worker, r.share, &next);
        }
#pragma omp for schedule(dynamic, 1)
        for (unsigned w = 0; w < windows.count; w++)
            hcl_msm_reduce(r.bit_sum + (size_t)w * windows.width, r.bucket + w * buckets, windows.width - 1,
                           worker);
    }
    join_bits(out, r.bit_sum, windows);
done:
    room_clear(&r);
    return st;
}

hcl_status hcl_msm(hcl_g1_jac *out, const hcl_fr *scalars, const hcl_g1 *bases, size_t n, int threads,
                   struct hcl_err *err)
{
    hcl_status st = HCL_OK;
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
    struct hcl_msm_scalars s = { scalars, n, known, (uint8_t *)((uint64_t *)known + n) };
    struct hcl_msm_lengths lengths;
    unsigned upto[2], above = 0;
    hcl_msm_measure(&s, &lengths, threads);
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
