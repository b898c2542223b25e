/* SPDX-License-Identifier: Apache-2.0 */
/* A running sum that has reached its end, or a constant, fills many rows of a column with one long scalar.
 * The points of such a run are added first, one addition each instead of one per window. */
#include "common/curve/msm.h"
#include "common/curve/msm_internal.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"

#include <string.h>

#define MIN_BITS 64   /* scalars whose windows are worth saving */
#define MIN_RUN 4     /* terms */
#define MIN_TERMS 512 /* in runs, or they are left alone */

/* One thread's range of the scalars, and the runs in it. */
struct part {
    size_t first, count;
    size_t runs, terms;
    struct hcl_msm_worker *worker;
    hcl_msm_entry *entry, *spare; /* bucket j: the terms of run j */
    hcl_g1 *point;
    hcl_fr *scalar;
};

static bool same(const hcl_fr *a, const hcl_fr *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* End of the run that begins at i. */
static size_t run_end(const struct hcl_msm_scalars *s, size_t i, size_t end)
{
    size_t j = i + 1;
    while (j < end && same(&s->scalar[j], &s->scalar[i]))
        j++;
    return j;
}

/* The next run that is long enough, from *i on: its length, or 0. */
static size_t next_run(const struct hcl_msm_scalars *s, const struct part *p, size_t *i)
{
    const size_t end = p->first + p->count;
    for (size_t next; *i < end; *i = next) {
        next = run_end(s, *i, end);
        if (next - *i >= MIN_RUN && s->length[*i] > MIN_BITS)
            return next - *i;
    }
    return 0;
}

static void count_runs(struct part *p, const struct hcl_msm_scalars *s)
{
    size_t length;
    for (size_t i = p->first; (length = next_run(s, p, &i)) > 0; i += length) {
        p->runs++;
        p->terms += length;
    }
}

static hcl_status part_alloc(struct part *p, struct hcl_err *err)
{
    hcl_status st;
    void *memory;
    const size_t partial = hcl_msm_partial_room(p->terms);
    HCL_TRY(hcl_msm_worker_new(&p->worker, err));
    HCL_TRY(hcl_mem_alloc(&memory, p->terms + partial, sizeof *p->entry, "MSM runs", err));
    p->entry = memory;
    p->spare = p->entry + p->terms;
    HCL_TRY(hcl_mem_alloc(&memory, p->runs + partial, sizeof *p->point, "MSM runs", err));
    p->point = memory;
    HCL_TRY(hcl_mem_alloc(&memory, p->runs, sizeof *p->scalar, "MSM runs", err));
    p->scalar = memory;
done:
    return st;
}

/* Sum the runs' points; their scalars count as zeros from now on. */
static void sum_runs(struct part *p, struct hcl_msm_scalars *s, const hcl_g1 *bases)
{
    size_t run = 0, at = 0, length;
    for (size_t i = p->first; (length = next_run(s, p, &i)) > 0; i += length, run++) {
        p->scalar[run] = s->scalar[i];
        for (size_t j = i; j < i + length; j++)
            p->entry[at++] = (uint64_t)j << 33 | run;
        memset(s->length + i, 0, length);
    }
    hcl_msm_sum_buckets(p->point, p->runs, p->entry, p->terms, bases, p->spare, p->worker);
    for (size_t i = 0; i < p->runs; i++)
        hcl_msm_canonical(&p->point[i]);
}

static void part_free(struct part *p)
{
    hcl_mem_free(p->worker);
    hcl_mem_free_secret(p->entry);
    hcl_mem_free(p->point);
    hcl_mem_free_secret(p->scalar);
}

/* The parts' runs as one multi-scalar multiplication. */
static hcl_status sum_parts(hcl_g1_jac *sum, const struct part *part, int parts, size_t runs, int threads,
                            struct hcl_err *err)
{
    hcl_status st;
    void *points = NULL, *scalars = NULL;
    HCL_TRY(hcl_mem_alloc(&points, runs, sizeof(hcl_g1), "MSM runs", err));
    HCL_TRY(hcl_mem_alloc(&scalars, runs, sizeof(hcl_fr), "MSM runs", err));
    size_t at = 0;
    for (int p = 0; p < parts; p++) {
        for (size_t i = 0; i < part[p].runs; i++, at++) {
            ((hcl_g1 *)points)[at] = part[p].point[i];
            ((hcl_fr *)scalars)[at] = part[p].scalar[i];
        }
    }
    HCL_TRY(hcl_msm(sum, scalars, points, runs, threads, err));
done:
    hcl_mem_free(points);
    hcl_mem_free_secret(scalars);
    return st;
}

static void count_lengths(struct hcl_msm_lengths *lengths, const struct hcl_msm_scalars *s)
{
    memset(lengths, 0, sizeof *lengths);
    for (size_t i = 0; i < s->n; i++)
        lengths->of[s->length[i]]++;
}

static hcl_status take(hcl_g1_jac *sum, struct hcl_msm_scalars *s, struct hcl_msm_lengths *lengths,
                       const hcl_g1 *bases, struct part *part, int threads, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    size_t runs = 0, terms = 0;
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
    for (int p = 0; p < threads; p++) {
        part[p] = (struct part){ 0 };
        hcl_threads_split(s->n, 1, (size_t)threads, (size_t)p, &part[p].first, &part[p].count);
        count_runs(&part[p], s);
    }
    for (int p = 0; p < threads; p++) {
        runs += part[p].runs;
        terms += part[p].terms;
    }
    if (terms < MIN_TERMS)
        return HCL_OK;
    for (int p = 0; p < threads; p++)
        HCL_TRY(part_alloc(&part[p], err));
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
    for (int p = 0; p < threads; p++)
        sum_runs(&part[p], s, bases);
    count_lengths(lengths, s);
    HCL_TRY(sum_parts(sum, part, threads, runs, threads, err));
done:
    for (int p = 0; p < threads; p++)
        part_free(&part[p]);
    return st;
}

hcl_status hcl_msm_take_runs(hcl_g1_jac *sum, struct hcl_msm_scalars *s, struct hcl_msm_lengths *lengths,
                             const hcl_g1 *bases, int threads, struct hcl_err *err)
{
    void *parts;
    size_t candidates = 0;
    hcl_g1_jac_from_affine(sum, &hcl_g1_infinity);
    for (unsigned bits = MIN_BITS + 1; bits < 256; bits++)
        candidates += lengths->of[bits];
    if (candidates < MIN_TERMS)
        return HCL_OK;
    hcl_status st = hcl_mem_alloc(&parts, (size_t)threads, sizeof(struct part), "MSM runs", err);
    if (st == HCL_OK)
        st = take(sum, s, lengths, bases, parts, threads, err);
    hcl_mem_free(parts);
    return st;
}
