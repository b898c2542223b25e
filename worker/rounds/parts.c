/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/parts.h"

#include "common/curve/msm.h"

#include <stdlib.h>

/* From this length on threads share one multi-scalar multiplication at a time, for its buckets fill the
 * caches and its barriers cost little. Below, every thread takes whole parts: no barriers at all. */
#define SHARED_LENGTH ((size_t)1 << 17)
#define LEAST_PART ((size_t)1 << 10)
/* And what reading a scalar costs, be it 0. */
#define LEAST_WORK 0.01

static int longest_first(const void *a, const void *b)
{
    const double left = ((const struct hcl_part *)a)->terms.work;
    const double right = ((const struct hcl_part *)b)->terms.work;
    return (left < right) - (left > right);
}

/* How many of `left` terms of `each` work go into a part when `space` is left of a thread's share. */
static size_t part_length(size_t left, double each, double space)
{
    if ((double)left * each <= space)
        return left;
    const double fits = space / each;
    const size_t take = fits < (double)LEAST_PART ? LEAST_PART : (size_t)fits;
    return take + LEAST_PART > left ? left : take;
}

static struct hcl_terms part_of(const struct hcl_terms *t, size_t first, size_t count, double each)
{
    return (struct hcl_terms){ .scalars = t->scalars + first,
                               .bases = t->bases + first,
                               .count = count,
                               .work = (double)count * each + t->fixed };
}

/* As if the columns lay end to end and were cut into equal shares: most stay whole. */
hcl_status hcl_parts_cut(struct hcl_part **out, size_t *count, const struct hcl_terms *terms, size_t columns,
                         size_t threads, struct hcl_err *err)
{
    double all = 0, most_fixed = 0, filled = 0;
    size_t most = 1;
    for (size_t c = 0; c < columns; c++) {
        all += terms[c].work + terms[c].fixed;
        most_fixed = terms[c].fixed > most_fixed ? terms[c].fixed : most_fixed;
        most += terms[c].count / LEAST_PART + 1;
    }
    const double share = (all + most_fixed * (double)(threads - 1)) / (double)threads; /* a cut per share */
    struct hcl_part *parts = calloc(most, sizeof *parts);
    *out = parts;
    *count = 0;
    if (!parts)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", columns);
    for (size_t c = 0; c < columns; c++) {
        const double each = terms[c].work / (double)(terms[c].count + 1) + LEAST_WORK;
        for (size_t first = 0, take; first < terms[c].count; first += take) {
            take = part_length(terms[c].count - first, each, share - filled - terms[c].fixed);
            parts[(*count)++] =
                (struct hcl_part){ .column = c, .terms = part_of(&terms[c], first, take, each) };
            const double work = parts[*count - 1].terms.work;
            filled = filled + work < share - most_fixed ? filled + work : 0;
        }
    }
    qsort(parts, *count, sizeof *parts, longest_first);
    return HCL_OK;
}

static hcl_status msm_in_parts(hcl_g1_jac *out, const struct hcl_terms *terms, size_t columns, int threads,
                               struct hcl_err *err)
{
    struct hcl_part *parts;
    size_t count;
    hcl_status result = hcl_parts_cut(&parts, &count, terms, columns, (size_t)threads, err);
    if (result != HCL_OK)
        return result;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1 && count > 1)
    for (size_t i = 0; i < count; i++) {
        struct hcl_err local = { "" };
        const struct hcl_terms *t = &parts[i].terms;
        const hcl_status st = hcl_msm(&parts[i].sum, t->scalars, t->bases, t->count, 1, &local);
#pragma omp critical(hcl_msm_in_parts)
        if (st != HCL_OK)
            result = hcl_fail(err, st, "%s", local.msg);
    }
    for (size_t c = 0; c < columns; c++)
        hcl_g1_jac_from_affine(&out[c], &hcl_g1_infinity);
    for (size_t i = 0; i < count; i++)
        hcl_g1_jac_add(&out[parts[i].column], &out[parts[i].column], &parts[i].sum);
    free(parts);
    return result;
}

/* One column after the other, all threads on each; those that were not merged all at once. */
static hcl_status msm_shared(hcl_g1_jac *out, const struct hcl_terms *terms, size_t columns,
                             const hcl_g1 *bases, size_t n, int threads, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    const hcl_fr **plain = calloc(columns, sizeof *plain);
    hcl_g1_jac *sums = calloc(columns, sizeof *sums);
    size_t count = 0;
    if (!plain || !sums)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", columns));
    for (size_t c = 0; c < columns; c++)
        if (!terms[c].owned)
            plain[count++] = terms[c].scalars;
    if (count > 0)
        HCL_TRY(hcl_msm_batch(sums, plain, count, bases, n, threads, err));
    count = 0;
    for (size_t c = 0; c < columns; c++)
        if (terms[c].owned)
            HCL_TRY(hcl_msm(&out[c], terms[c].scalars, terms[c].bases, terms[c].count, threads, err));
        else
            out[c] = sums[count++];
done:
    free(plain);
    free(sums);
    return st;
}

hcl_status hcl_columns_msm(hcl_g1_jac *out, const hcl_fr *const *scalars, size_t columns, const hcl_g1 *bases,
                           size_t n, bool merge, int threads, struct hcl_err *err)
{
    struct hcl_terms *terms = calloc(columns + 1, sizeof *terms);
    if (!terms)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", columns);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (merge && threads > 1 && columns > 1)
    for (size_t c = 0; c < columns; c++)
        terms[c] = merge ? hcl_terms_merge(scalars[c], bases, n) : hcl_terms_plain(scalars[c], bases, n);
    const hcl_status st = n < SHARED_LENGTH ? msm_in_parts(out, terms, columns, threads, err)
                                            : msm_shared(out, terms, columns, bases, n, threads, err);
    for (size_t c = 0; c < columns; c++)
        hcl_terms_clear(&terms[c]);
    free(terms);
    return st;
}
