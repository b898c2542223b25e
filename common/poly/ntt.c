/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/kernel.h"
#include "common/poly/ntt_internal.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"

#include <stdlib.h>

/* Columns on a coset are done together, as they share its powers: 5 to 10 % faster from 2^18 on. Others one
 * at a time: at 2^16 four together leave the cache and take 12 % longer. */
#define COSET_COLUMNS 4

/* What hcl_domain.twiddles points to. */
struct tables {
    const struct hcl_ntt_kernel *kernel;
    void *own;
};

/* The kernel goes with the field kernel in use when the domain is made. */
static const struct hcl_ntt_kernel *kernel_for(uint32_t k)
{
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma() && k >= hcl_ntt_ifma.k_min && k <= hcl_ntt_ifma.k_max)
        return &hcl_ntt_ifma;
#endif
    (void)k;
    return &hcl_ntt_scalar;
}

hcl_status hcl_domain_init(struct hcl_domain *d, uint32_t k, struct hcl_err *err)
{
    *d = (struct hcl_domain){ 0 };
    if (k > HCL_FR_S)
        return hcl_fail(err, HCL_BAD_INPUT, "no evaluation domain of size 2^%u, expected at most 2^%d", k,
                        HCL_FR_S);
    struct tables *t = malloc(sizeof *t);
    if (t == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "cannot allocate a domain");
    d->k = k;
    d->n = (size_t)1 << k;
    hcl_fr_pow_u64(&d->omega, &hcl_fr_root_of_unity, (uint64_t)1 << (HCL_FR_S - k));
    hcl_fr_inv(&d->omega_inv, &d->omega);
    hcl_fr_from_u64(&d->n_inv, d->n);
    hcl_fr_inv(&d->n_inv, &d->n_inv);
    t->kernel = kernel_for(k);
    t->own = NULL;
    d->twiddles = t;
    const hcl_status st = t->kernel->init(&t->own, d, err);
    if (st != HCL_OK)
        hcl_domain_clear(d);
    return st;
}

void hcl_domain_clear(struct hcl_domain *d)
{
    struct tables *t = d->twiddles;
    if (t != NULL)
        t->kernel->clear(t->own);
    free(t);
    *d = (struct hcl_domain){ 0 };
}

void hcl_ntt_scale_powers(hcl_fr *a, size_t n, const hcl_fr *c, const hcl_fr *g, int threads)
{
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (n >= 1024)
    for (int part = 0; part < threads; part++) {
        size_t first, count;
        hcl_threads_split(n, 1, (size_t)threads, (size_t)part, &first, &count);
        if (g == NULL) {
            hcl_fr_scale_vec(a + first, a + first, c, count);
            continue;
        }
        hcl_fr f;
        hcl_fr_pow_u64(&f, g, first);
        hcl_fr_mul(&f, &f, c);
        for (size_t i = first; i < first + count; i++) {
            hcl_fr_mul(&a[i], &a[i], &f);
            hcl_fr_mul(&f, &f, g);
        }
    }
}

/* How many of the threads offered are worth waking for `columns` columns. */
static int useful_threads(const struct hcl_domain *d, size_t columns, int threads)
{
    const struct tables *t = d->twiddles;
    const bool small = columns < ((size_t)1 << t->kernel->k_shared) / d->n;
    return threads < 1 || small ? 1 : threads;
}

/* Columns first..first+count-1 of a job by a number of threads. */
static void run_some(const struct hcl_domain *d, struct hcl_ntt_job job, size_t first, size_t count,
                     int threads)
{
    const struct tables *t = d->twiddles;
    job.column += first;
    job.columns = count;
    job.threads = threads;
    t->kernel->run(d, t->own, &job);
}

/* Whole columns to threads as long as there is one for each; all threads share what is left over. */
static void run(const struct hcl_domain *d, const struct hcl_ntt_job *job)
{
    const size_t most = job->g != NULL ? COSET_COLUMNS : 1;
    for (size_t at = 0; at < job->columns;) {
        const size_t left = job->columns - at;
        const int threads = useful_threads(d, left, job->threads);
        const size_t share = left / (size_t)threads;
        if (threads == 1 || share == 0) {
            const size_t count = left < most ? left : most;
            run_some(d, *job, at, count, threads);
            at += count;
            continue;
        }
        const size_t each = share < most ? share : most;
        const size_t pieces = left / each / (size_t)threads * (size_t)threads;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (size_t i = 0; i < pieces; i++)
            run_some(d, *job, at + i * each, each, 1);
        at += pieces * each;
    }
}

static void run_one(const struct hcl_domain *d, hcl_fr *a, bool inverse, const hcl_fr *g, int threads)
{
    const struct hcl_ntt_job job = { &a, 1, inverse, g, threads };
    run(d, &job);
}

void hcl_ntt(const struct hcl_domain *d, hcl_fr *a, int threads)
{
    run_one(d, a, false, NULL, threads);
}

void hcl_intt(const struct hcl_domain *d, hcl_fr *a, int threads)
{
    run_one(d, a, true, NULL, threads);
}

void hcl_coset_ntt(const struct hcl_domain *d, hcl_fr *a, const hcl_fr *g, int threads)
{
    run_one(d, a, false, g, threads);
}

void hcl_coset_intt(const struct hcl_domain *d, hcl_fr *a, const hcl_fr *g, int threads)
{
    run_one(d, a, true, g, threads);
}

void hcl_ntt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads)
{
    run(d, &(struct hcl_ntt_job){ a, columns, false, NULL, threads });
}

void hcl_intt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads)
{
    run(d, &(struct hcl_ntt_job){ a, columns, true, NULL, threads });
}

void hcl_coset_ntt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, const hcl_fr *g,
                         int threads)
{
    run(d, &(struct hcl_ntt_job){ a, columns, false, g, threads });
}
