/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/parts.h"

#include "common/curve/msm.h"
#include "common/sys/mem.h"

#include <stdlib.h>

/* From this length on threads share one multi-scalar multiplication at a time, for its buckets fill the
 * caches and its barriers cost little. Below, every thread takes whole parts: no barriers at all. */
#define SHARED_LENGTH ((size_t)1 << 17)
#define LEAST_PART ((size_t)1 << 10)
/* Threads that share one may take so much longer than threads that each have their own. */
#define BARRIERS 1.03
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
    return (struct hcl_terms){ .scalars = t->scalars ? t->scalars + first : NULL,
                               .integers =
                                   t->scalars ? NULL : (const char *)t->integers + first * (size_t)t->width,
                               .width = t->width,
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

static hcl_status terms_msm(hcl_g1_jac *sum, const struct hcl_terms *t, int threads, struct hcl_err *err)
{
    return t->scalars ? hcl_msm(sum, t->scalars, t->bases, t->count, threads, err)
                      : hcl_msm_integers(sum, t->integers, t->width, t->bases, t->count, threads, err);
}

/* One after the other to whichever thread comes next. */
static hcl_status sum_parts(struct hcl_part *parts, size_t count, int threads, struct hcl_err *err)
{
    hcl_status result = HCL_OK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1 && count > 1)
    for (size_t i = 0; i < count; i++) {
        struct hcl_err local = { "" };
        const hcl_status st = terms_msm(&parts[i].sum, &parts[i].terms, 1, &local);
#pragma omp critical(hcl_sum_parts)
        if (st != HCL_OK)
            result = hcl_fail(err, st, "%s", local.msg);
    }
    return result;
}

/* How many of the parts, longest first, are best taken by a thread each; all threads share each of the
 * others. */
static size_t count_alone(const struct hcl_part *parts, size_t count, int threads)
{
    double best = 0, *busy = calloc((size_t)threads, sizeof *busy);
    size_t alone = 0;
    for (size_t i = 0; i < count; i++)
        best += parts[i].terms.work;
    best /= threads;
    double rest = best, most = 0;
    for (size_t i = 0; busy && i < count; i++) {
        int first = 0;
        for (int t = 1; t < threads; t++)
            first = busy[t] < busy[first] ? t : first;
        busy[first] += parts[i].terms.work;
        most = busy[first] > most ? busy[first] : most;
        rest -= parts[i].terms.work / threads;
        if (most + rest <= BARRIERS * best)
            alone = i + 1;
    }
    free(busy);
    return alone;
}

/* Long ones whole. */
static hcl_status sum_whole(struct hcl_part **out, size_t *parts, const struct hcl_terms *terms, size_t count,
                            int threads, struct hcl_err *err)
{
    hcl_status st;
    *parts = 0;
    *out = calloc(count + 1, sizeof **out);
    if (!*out)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", count);
    for (size_t i = 0; i < count; i++)
        if (terms[i].count > 0)
            (*out)[(*parts)++] = (struct hcl_part){ .column = i, .terms = terms[i] };
    qsort(*out, *parts, sizeof **out, longest_first);
    const size_t alone = threads > 1 ? count_alone(*out, *parts, threads) : *parts;
    st = sum_parts(*out, alone, threads, err);
    for (size_t i = alone; st == HCL_OK && i < *parts; i++)
        st = terms_msm(&(*out)[i].sum, &(*out)[i].terms, threads, err);
    return st;
}

#define LISTED (-1)

/* Of each column: the terms of its digits, or of its field elements, then those of its listed rows. */
struct column_terms {
    struct hcl_terms *terms;
    uint32_t *column; /* of terms [i] */
    int *digit;       /* its terms are worth 2^(HCL_COMPACT_DIGIT_BITS*digit); LISTED: whole values */
    size_t count;
};

static void column_terms_clear(struct column_terms *t)
{
    for (size_t i = 0; t->terms && i < t->count; i++)
        hcl_terms_clear(&t->terms[i]);
    free(t->terms);
    free(t->column);
    free(t->digit);
}

static int digits_of(const struct hcl_scalars *s)
{
    return s->values ? 1 : s->compact->digits;
}

static hcl_status column_terms_init(struct column_terms *t, const struct hcl_scalars *scalars, size_t columns,
                                    struct hcl_err *err)
{
    size_t room = 0;
    for (size_t c = 0; c < columns; c++)
        room += (size_t)digits_of(&scalars[c]) + 1;
    *t = (struct column_terms){ .terms = calloc(room, sizeof *t->terms),
                                .column = calloc(room, sizeof *t->column),
                                .digit = calloc(room, sizeof *t->digit) };
    if (!t->terms || !t->column || !t->digit)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", columns);
    for (size_t c = 0; c < columns; c++)
        for (int d = 0; d <= digits_of(&scalars[c]); d++) {
            t->column[t->count] = (uint32_t)c;
            t->digit[t->count++] = d < digits_of(&scalars[c]) ? d : LISTED;
        }
    return HCL_OK;
}

/* sum := sum + 2^(HCL_COMPACT_DIGIT_BITS*digit) * p, or for LISTED sum + p */
static void add_digit(hcl_g1_jac *sum, const hcl_g1_jac *p, int digit)
{
    hcl_g1_jac scaled = *p;
    for (int i = 0; i < digit * HCL_COMPACT_DIGIT_BITS; i++)
        hcl_g1_jac_double(&scaled, &scaled);
    hcl_g1_jac_add(sum, sum, &scaled);
}

static hcl_status sum_terms(hcl_g1_jac *out, const struct column_terms *t, size_t columns, bool whole,
                            int threads, struct hcl_err *err)
{
    struct hcl_part *parts = NULL;
    size_t count = 0;
    hcl_status st;
    if (whole) {
        st = sum_whole(&parts, &count, t->terms, t->count, threads, err);
    } else {
        st = hcl_parts_cut(&parts, &count, t->terms, t->count, (size_t)threads, err);
        if (st == HCL_OK)
            st = sum_parts(parts, count, threads, err);
    }
    for (size_t c = 0; c < columns; c++)
        hcl_g1_jac_from_affine(&out[c], &hcl_g1_infinity);
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        add_digit(&out[t->column[parts[i].column]], &parts[i].sum, t->digit[parts[i].column]);
    free(parts);
    return st;
}

static struct hcl_terms terms_of(const struct hcl_scalars *s, int digit, const hcl_g1 *bases, bool merge)
{
    if (!s->values) {
        const struct hcl_compact one = hcl_compact_digit(s->compact, digit);
        return hcl_terms_cells(&one, s->first, bases + s->first, s->count);
    }
    return merge ? hcl_terms_merge(s->values, bases + s->first, s->count)
                 : hcl_terms_plain(s->values, bases + s->first, s->count);
}

/* Merged terms of a row: its point and its scalar. */
#define MERGED_ROW (sizeof(hcl_g1) + sizeof(hcl_fr))
/* Bytes of the limit that merged terms may take beside a multiplication, or looking for equal scalars and
 * adding up their points, of the longest column on each thread; UINT64_MAX without a limit. */
static uint64_t merged_room(const struct hcl_scalars *scalars, size_t columns, int threads)
{
    const uint64_t left = hcl_mem_spare();
    uint64_t longest = 0;
    for (size_t c = 0; c < columns; c++)
        longest = scalars[c].count > longest ? scalars[c].count : longest;
    const uint64_t kept = (uint64_t)threads * (HCL_MSM_ROW_BYTES * longest + HCL_MSM_THREAD_BYTES);
    return left == UINT64_MAX ? left : left > kept ? left - kept : 0;
}

/* How many of the columns have their merged terms at once: as many as room allows, one at least. */
static size_t at_once(const struct hcl_scalars *scalars, size_t columns, uint64_t room)
{
    uint64_t used = 0;
    for (size_t c = 0; c < columns; c++) {
        used += scalars[c].values ? MERGED_ROW * (uint64_t)scalars[c].count : 0;
        if (c > 0 && used > room)
            return c;
    }
    return columns;
}

static hcl_status sum_columns(hcl_g1_jac *out, const struct hcl_scalars *scalars, size_t columns,
                              const hcl_g1 *bases, bool merge, int threads, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    size_t longest = 0;
    struct column_terms t;
    HCL_TRY(column_terms_init(&t, scalars, columns, err));
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (merge && threads > 1 && columns > 1)
    for (size_t i = 0; i < t.count; i++)
        if (t.digit[i] != LISTED)
            t.terms[i] = terms_of(&scalars[t.column[i]], t.digit[i], bases, merge);
    for (size_t i = 0; st == HCL_OK && i < t.count; i++) {
        const struct hcl_scalars *s = &scalars[t.column[i]];
        longest = s->count > longest ? s->count : longest;
        if (!s->values && t.digit[i] == LISTED)
            st = hcl_terms_listed(&t.terms[i], s->compact, s->first, bases + s->first, s->count, err);
    }
    if (st == HCL_OK)
        st = sum_terms(out, &t, columns, longest >= SHARED_LENGTH, threads, err);
done:
    column_terms_clear(&t);
    return st;
}

hcl_status hcl_columns_msm(hcl_g1_jac *out, const struct hcl_scalars *scalars, size_t columns,
                           const hcl_g1 *bases, bool merge, int threads, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    const uint64_t room = merge ? merged_room(scalars, columns, threads) : UINT64_MAX;
    for (size_t first = 0, take; st == HCL_OK && first < columns; first += take) {
        take = at_once(scalars + first, columns - first, room);
        st = sum_columns(out + first, scalars + first, take, bases, merge, threads, err);
    }
    return st;
}
