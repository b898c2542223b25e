/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/rows_intt.h"

#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "worker/rounds/powers.h"

#define TILE 256

static const struct hcl_strips in_blocks = { 0 };

/* Rows of so many elements of the domain's. */
static struct hcl_strips rows_of(const struct hcl_domain *d)
{
    return (struct hcl_strips){ d->n };
}

static size_t share_of(const struct hcl_team *t, struct hcl_strips s)
{
    size_t first, count;
    hcl_strips_of(&t->exchange, s, &first, &count);
    return count;
}

hcl_status hcl_rows_intt_init(struct hcl_rows_intt *s, const struct hcl_team *t, struct hcl_err *err)
{
    hcl_status st;
    *s = (struct hcl_rows_intt){ 0 };
    if (t->ranks == 1)
        return HCL_OK;
    HCL_TRY(hcl_domain_init(&s->across, t->domain->k / 2, err));
    HCL_TRY(hcl_domain_init(&s->along, t->domain->k - t->domain->k / 2, err));
    const size_t first = share_of(t, rows_of(&s->across)), second = share_of(t, rows_of(&s->along));
    const size_t most = first > second ? first : second, room = (most > t->count ? most : t->count) + 1;
    HCL_TRY(hcl_mem_alloc((void **)&s->values, room, sizeof *s->values, "transform", err));
    HCL_TRY(hcl_mem_alloc((void **)&s->landing, room, sizeof *s->landing, "transform", err));
    s->rows = calloc(most / s->across.n + 1, sizeof *s->rows);
    if (!s->rows)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for a transform of %zu elements", t->n);
done:
    if (st != HCL_OK)
        hcl_rows_intt_clear(s);
    return st;
}

void hcl_rows_intt_clear(struct hcl_rows_intt *s)
{
    hcl_domain_clear(&s->across);
    hcl_domain_clear(&s->along);
    hcl_mem_free_secret(s->values);
    hcl_mem_free_secret(s->landing);
    free(s->rows);
    *s = (struct hcl_rows_intt){ 0 };
}

/* This rank's rows, all transformed. */
static void transform(struct hcl_rows_intt *s, const struct hcl_team *t, const struct hcl_domain *d)
{
    const size_t rows = share_of(t, rows_of(d)) / d->n;
    for (size_t i = 0; i < rows; i++)
        s->rows[i] = s->values + i * d->n;
    hcl_intt_batch(d, s->rows, rows, t->threads);
}

/* Element c of row b times w^(b*c), for rows first.. and so many of them. From row to row the factors grow by
 * w^c. */
static void multiply_rows(hcl_fr *const *rows, const hcl_fr *w, size_t first, size_t count, size_t length)
{
    hcl_fr start;
    hcl_fr_pow_u64(&start, w, first);
    for (size_t c = 0; c < length; c += TILE) {
        hcl_fr factors[TILE], growth[TILE];
        const size_t part = length - c < TILE ? length - c : TILE;
        hcl_powers_run(factors, &start, c, part);
        hcl_powers_run(growth, w, c, part);
        for (size_t i = 0; i < count; i++) {
            hcl_fr_mul_vec(rows[i] + c, rows[i] + c, factors, part);
            hcl_fr_mul_vec(factors, factors, growth, part);
        }
    }
}

static void multiply(struct hcl_rows_intt *s, const struct hcl_team *t)
{
    const size_t length = s->across.n, threads = (size_t)t->threads;
    size_t first, count;
    hcl_strips_of(&t->exchange, rows_of(&s->across), &first, &count);
#pragma omp parallel for schedule(static, 1) num_threads(t->threads)
    for (size_t i = 0; i < threads; i++) {
        size_t from, rows;
        hcl_threads_split(count / length, 1, threads, i, &from, &rows);
        if (rows > 0)
            multiply_rows(s->rows + from, &t->domain->omega_inv, first / length + from, rows, length);
    }
}

static void together(struct hcl_rows_intt *s, struct hcl_team *t, hcl_fr *block)
{
    struct hcl_exchange *x = &t->exchange;
    const size_t a = s->across.n, b = s->along.n;
    hcl_transpose(x, a, block, in_blocks, s->values, rows_of(&s->across), s->landing, t->threads);
    transform(s, t, &s->across);
    multiply(s, t);
    hcl_transpose(x, b, s->values, rows_of(&s->across), s->values, rows_of(&s->along), s->landing,
                  t->threads);
    transform(s, t, &s->along);
    hcl_transpose(x, a, s->values, rows_of(&s->along), block, in_blocks, s->landing, t->threads);
}

void hcl_rows_intt(struct hcl_rows_intt *s, struct hcl_team *t, hcl_fr *const *blocks, size_t count)
{
    if (t->ranks == 1)
        hcl_intt_batch(t->domain, blocks, count, t->threads);
    for (size_t i = 0; i < count && t->ranks > 1; i++)
        together(s, t, blocks[i]);
    t->counters.ntts += t->rank == 0 ? count : 0;
}
