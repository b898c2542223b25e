/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/kernel.h"
#include "common/poly/ntt_internal.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"

#include <omp.h>
#include <stdlib.h>

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

/* How many of the threads offered are worth waking for `columns` columns. */
static int useful_threads(const struct hcl_domain *d, size_t columns, int threads)
{
    const struct tables *t = d->twiddles;
    const bool small = columns < ((size_t)1 << t->kernel->k_shared) / d->n;
    return threads < 1 || small ? 1 : threads;
}

/* Column i of a job by a number of threads. Only the first thread is told between sweeps. */
static void run_one(const struct hcl_domain *d, struct hcl_ntt_job job, size_t i, int threads)
{
    const struct tables *t = d->twiddles;
    if (omp_get_thread_num() != 0)
        job.between = NULL;
    job.from += i;
    job.column += i;
    job.columns = 1;
    job.threads = threads;
    t->kernel->run(d, t->own, &job);
}

/* Whole columns to threads as long as there is one for each; all threads share what is left over. Each is
 * done alone: at 2^16 four together leave the cache and take 12 % longer. */
static void run(const struct hcl_domain *d, const struct hcl_ntt_job *job)
{
    const int threads = useful_threads(d, job->columns, job->threads);
    const size_t whole = job->columns / (size_t)threads * (size_t)threads;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1 && whole > 0)
    for (size_t i = 0; i < whole; i++)
        run_one(d, *job, i, 1);
    for (size_t at = whole; at < job->columns; at++)
        run_one(d, *job, at, useful_threads(d, job->columns - at, job->threads));
}

static void run_in_place(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, bool inverse,
                         int threads)
{
    run(d, &(struct hcl_ntt_job){ (const hcl_fr *const *)a, a, columns, inverse, NULL, threads, NULL, NULL });
}

void hcl_ntt(const struct hcl_domain *d, hcl_fr *a, int threads)
{
    run_in_place(d, &a, 1, false, threads);
}

void hcl_intt(const struct hcl_domain *d, hcl_fr *a, int threads)
{
    run_in_place(d, &a, 1, true, threads);
}

void hcl_ntt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads)
{
    run_in_place(d, a, columns, false, threads);
}

void hcl_intt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads)
{
    run_in_place(d, a, columns, true, threads);
}

hcl_status hcl_domain_coset_init(struct hcl_domain_coset *c, const struct hcl_domain *d, struct hcl_err *err)
{
    const struct tables *t = d->twiddles;
    *c = (struct hcl_domain_coset){ .domain = d };
    const hcl_status st = t->kernel->coset_init(&c->tables, d, t->own, err);
    if (st != HCL_OK)
        hcl_domain_coset_clear(c);
    return st;
}

void hcl_domain_coset_clear(struct hcl_domain_coset *c)
{
    if (c->domain != NULL)
        ((const struct tables *)c->domain->twiddles)->kernel->coset_clear(c->tables);
    *c = (struct hcl_domain_coset){ 0 };
}

void hcl_domain_coset_set(struct hcl_domain_coset *c, const hcl_fr *g, int threads)
{
    const struct tables *t = c->domain->twiddles;
    t->kernel->coset_set(c->tables, c->domain, t->own, g, useful_threads(c->domain, 1, threads));
}

void hcl_coset_ntt_batch(const struct hcl_domain_coset *c, const hcl_fr *const *coeffs, hcl_fr *const *values,
                         size_t columns, int threads)
{
    run(c->domain,
        &(struct hcl_ntt_job){ coeffs, values, columns, false, c->tables, threads, c->between, c->ctx });
}
