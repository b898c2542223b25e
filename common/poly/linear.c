/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of integers go through the kernels in passes of HCL_LINEAR_TERMS terms; columns of field elements
 * and listed rows are added by themselves. */
#include "common/poly/linear.h"

#include "common/field/kernel.h"
#include "common/poly/linear_internal.h"

#include <string.h>

#define CHUNK 4096 /* rows of a combination that a thread takes */
#define TILE 256
#define LISTED_TILE 128 /* listed rows lie close together, and all threads are to have some */
#define SMALL 1024      /* shorter vectors stay on the calling thread */

static void add_term(struct hcl_linear_pass *p, const struct hcl_compact *c, hcl_linear_load load,
                     uint32_t offset, const hcl_fr *factor)
{
    hcl_fr value;
    p->term[p->count++] = (struct hcl_linear_term){ c->cells, c->stored, load, offset, *factor };
    hcl_fr_from_u64(&value, offset);
    hcl_fr_mul(&value, &value, factor);
    hcl_fr_sub(&p->minus_offsets, &p->minus_offsets, &value);
}

/* Of a column of one digit. */
static void add_digit(struct hcl_linear_pass *p, const struct hcl_compact *c, const hcl_fr *weight)
{
    hcl_fr high;
    switch (c->width) {
    case 1:
        add_term(p, c, HCL_LINEAR_8, (uint32_t)1 << 7, weight);
        break;
    case 2:
        add_term(p, c, HCL_LINEAR_16, (uint32_t)1 << 15, weight);
        break;
    case 4:
        add_term(p, c, HCL_LINEAR_32, (uint32_t)1 << 31, weight);
        break;
    case 8:
        hcl_fr_from_u64(&high, (uint64_t)1 << 32);
        hcl_fr_mul(&high, &high, weight);
        add_term(p, c, HCL_LINEAR_LOW, 0, weight);
        add_term(p, c, HCL_LINEAR_HIGH, (uint32_t)1 << 31, &high);
        break;
    default:
        HCL_ASSERT(c->width == HCL_COMPACT_FR);
    }
}

/* Terms of a column: its digits, each of eight bytes two. */
static size_t terms_of(const struct hcl_compact *c)
{
    return (size_t)c->digits * (c->width == 8 ? 2 : 1);
}

static void add_column(struct hcl_linear_pass *p, const struct hcl_compact *c, const hcl_fr *weight)
{
    hcl_fr unit, factor = *weight;
    hcl_fr_from_u64(&unit, (uint64_t)1 << HCL_COMPACT_DIGIT_BITS);
    for (int d = 0; d < c->digits; d++) {
        const struct hcl_compact one = hcl_compact_digit(c, d);
        add_digit(p, &one, &factor);
        hcl_fr_mul(&factor, &factor, &unit);
    }
}

/* Columns from *next on until the pass is full or there are no more. column[t]: whose term t is. */
static void fill_pass(struct hcl_linear_pass *p, size_t *column, const struct hcl_compact *const *columns,
                      const hcl_fr *weights, size_t num, size_t *next)
{
    p->count = 0;
    p->minus_offsets = hcl_fr_zero;
    for (; *next < num && p->count + terms_of(columns[*next]) <= HCL_LINEAR_TERMS; ++*next) {
        const size_t before = p->count;
        if (columns[*next]->stored > 0)
            add_column(p, columns[*next], weights != NULL ? &weights[*next] : &hcl_fr_one);
        for (size_t t = before; t < p->count; t++)
            column[t] = *next;
    }
}

static void combine_rows(hcl_fr *out, bool add, const struct hcl_linear_pass *p, size_t first, size_t count)
{
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma()) {
        hcl_linear_combine_lanes(out, add, p, first, count);
        return;
    }
#endif
    hcl_linear_combine_scalar(out, add, p, first, count);
}

static void evaluate_rows(hcl_fr *sums, const struct hcl_linear_pass *p, const hcl_fr *at, size_t first,
                          size_t count)
{
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma()) {
        hcl_linear_evaluate_lanes(sums, p, at, first, count);
        return;
    }
#endif
    hcl_linear_evaluate_scalar(sums, p, at, first, count);
}

/* Rows of a column of field elements, first.. first + count - 1, that are in memory. */
static size_t elements_there(const struct hcl_compact *c, size_t first, size_t count)
{
    const size_t there = c->width == HCL_COMPACT_FR && c->stored > first ? c->stored - first : 0;
    return there < count ? there : count;
}

/* The listed rows from number *i on that follow each other, at most TILE of them and below row `end`, as
 * vectors. Returns how many. */
static size_t listed_run(hcl_fr values[TILE], const struct hcl_compact *c, size_t *i, size_t end)
{
    const size_t first = *i, row = c->exceptions[first].row;
    size_t len = 0;
    while (first + len < c->num_exceptions && len < TILE && c->exceptions[first + len].row == row + len &&
           row + len < end) {
        values[len] = c->exceptions[first + len].value;
        len++;
    }
    *i += len;
    return len;
}

/* out += what the kernels leave out, of a tile of rows. */
static void combine_others(hcl_fr *out, const struct hcl_compact *const *columns, const hcl_fr *weights,
                           size_t num, size_t first, size_t count)
{
    hcl_fr values[TILE];
    for (size_t j = 0; j < num; j++) {
        const struct hcl_compact *c = columns[j];
        const size_t there = elements_there(c, first, count);
        if (there > 0)
            hcl_fr_axpy_vec(out, (const hcl_fr *)c->cells + first, &weights[j], there);
        for (size_t i = hcl_compact_exception_from(c, first);
             i < c->num_exceptions && c->exceptions[i].row < first + count;) {
            hcl_fr *to = out + (c->exceptions[i].row - first);
            hcl_fr_axpy_vec(to, values, &weights[j], listed_run(values, c, &i, first + count));
        }
    }
}

/* Rows [*from, *end) that the kernels leave something of out. */
static void other_rows(const struct hcl_compact *const *columns, size_t num, size_t first, size_t count,
                       size_t *from, size_t *end)
{
    *from = first + count;
    *end = first;
    for (size_t j = 0; j < num; j++) {
        const struct hcl_compact *c = columns[j];
        const size_t there = elements_there(c, first, count);
        size_t lo = first, hi = first + there;
        if (c->num_exceptions > 0) {
            lo = c->exceptions[0].row;
            hi = c->exceptions[c->num_exceptions - 1].row + 1;
        }
        if (lo >= hi)
            continue;
        *from = lo < *from ? lo : *from;
        *end = hi > *end ? hi : *end;
    }
    *from = *from > first ? *from : first;
    *end = *end < first + count ? *end : first + count;
}

void hcl_linear_combine(hcl_fr *out, bool add, const struct hcl_compact *const *columns,
                        const hcl_fr *weights, size_t num, size_t first, size_t count, int threads)
{
    struct hcl_linear_pass pass;
    size_t column[HCL_LINEAR_TERMS];
    if (threads < 1 || count < SMALL)
        threads = 1;
    for (size_t next = 0; next < num;) {
        fill_pass(&pass, column, columns, weights, num, &next);
        if (pass.count == 0)
            continue;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
        for (size_t at = 0; at < count; at += CHUNK)
            combine_rows(out + at, add, &pass, first + at, count - at < CHUNK ? count - at : CHUNK);
        add = true;
    }
    if (!add && count > 0)
        memset(out, 0, count * sizeof *out);
    size_t from, end;
    other_rows(columns, num, first, count, &from, &end);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1)
    for (size_t at = from; at < end; at += LISTED_TILE)
        combine_others(out + (at - first), columns, weights, num, at,
                       end - at < LISTED_TILE ? end - at : LISTED_TILE);
}

static void add_all(hcl_fr *sums, const hcl_fr *more, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hcl_fr_add(&sums[i], &sums[i], &more[i]);
}

/* sums[0..p->count] over all rows. */
static void evaluate_pass(hcl_fr *sums, const struct hcl_linear_pass *p, const hcl_fr *at, size_t first,
                          size_t count, int threads)
{
    for (size_t j = 0; j <= p->count; j++)
        sums[j] = hcl_fr_zero;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (size_t row = 0; row < count; row += HCL_LINEAR_ROWS) {
        hcl_fr mine[HCL_LINEAR_TERMS + 1];
        evaluate_rows(mine, p, at + row, first + row,
                      count - row < HCL_LINEAR_ROWS ? count - row : HCL_LINEAR_ROWS);
#pragma omp critical(hcl_linear_evaluate)
        add_all(sums, mine, p->count + 1);
    }
}

/* The listed rows of a column, and all of a column of field elements. */
static hcl_fr evaluate_others(const struct hcl_compact *c, const hcl_fr *at, size_t first, size_t count)
{
    hcl_fr sum = hcl_fr_zero, products[TILE], values[TILE], sums[TILE] = { 0 };
    const size_t there = elements_there(c, first, count);
    for (size_t row = 0; row < there; row += TILE) {
        const size_t part = there - row < TILE ? there - row : TILE;
        hcl_fr_mul_vec(products, (const hcl_fr *)c->cells + first + row, at + row, part);
        hcl_fr_add_vec(sums, sums, products, part);
    }
    for (size_t i = hcl_compact_exception_from(c, first);
         i < c->num_exceptions && c->exceptions[i].row < first + count;) {
        const hcl_fr *with = at + (c->exceptions[i].row - first);
        const size_t part = listed_run(values, c, &i, first + count);
        hcl_fr_mul_vec(products, values, with, part);
        hcl_fr_add_vec(sums, sums, products, part);
    }
    for (size_t i = 0; i < TILE; i++)
        hcl_fr_add(&sum, &sum, &sums[i]);
    return sum;
}

void hcl_linear_evaluate(hcl_fr *values, const struct hcl_compact *const *columns, size_t num,
                         const hcl_fr *at, size_t first, size_t count, int threads)
{
    struct hcl_linear_pass pass;
    size_t column[HCL_LINEAR_TERMS];
    hcl_fr sums[HCL_LINEAR_TERMS + 1];
    if (threads < 1 || count < SMALL)
        threads = 1;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1)
    for (size_t j = 0; j < num; j++)
        values[j] = evaluate_others(columns[j], at, first, count);
    for (size_t next = 0; next < num;) {
        fill_pass(&pass, column, columns, NULL, num, &next);
        evaluate_pass(sums, &pass, at, first, count, threads);
        for (size_t t = 0; t < pass.count; t++) { /* factor*(sum - offset*(sum of at)) */
            hcl_fr value;
            hcl_fr_from_u64(&value, pass.term[t].offset);
            hcl_fr_mul(&value, &value, &sums[pass.count]);
            hcl_fr_sub(&value, &sums[t], &value);
            hcl_fr_mul(&value, &value, &pass.term[t].factor);
            hcl_fr_add(&values[column[t]], &values[column[t]], &value);
        }
    }
}
