/* SPDX-License-Identifier: Apache-2.0 */
#include "common/poly/compact.h"

#include "common/sys/mem.h"

#include <string.h>

/* Values converted at once. */
#define TILE 256

/* What a listed row costs in memory and time, in bytes of cells: a multiplication of field elements. */
#define EXCEPTION_COST 128

hcl_status hcl_compact_init(struct hcl_compact *c, size_t n, size_t stored, int width, size_t max_exceptions,
                            bool secret, const char *who, struct hcl_err *err)
{
    return hcl_compact_init_digits(c, n, stored, width, 1, max_exceptions, secret, who, err);
}

hcl_status hcl_compact_init_digits(struct hcl_compact *c, size_t n, size_t stored, int width, int digits,
                                   size_t max_exceptions, bool secret, const char *who, struct hcl_err *err)
{
    void *list;
    hcl_status st;
    HCL_ASSERT(stored <= n && max_exceptions <= n);
    HCL_ASSERT(width == 1 || width == 2 || width == 4 || width == 8 || width == HCL_COMPACT_FR);
    HCL_ASSERT(digits == 1 || (digits > 1 && width != HCL_COMPACT_FR));
    *c = (struct hcl_compact){ .n = n, .stored = stored, .width = width, .secret = secret, .digits = digits };
    HCL_TRY(hcl_mem_calloc(&c->cells, stored * (size_t)digits, (size_t)width, who, err));
    HCL_TRY(hcl_mem_alloc(&list, max_exceptions, sizeof *c->exceptions, who, err));
    c->exceptions = list;
    c->max_exceptions = max_exceptions;
done:
    if (st != HCL_OK)
        hcl_compact_clear(c);
    return st;
}

void hcl_compact_clear(struct hcl_compact *c)
{
    void (*const release)(void *) = c->secret ? hcl_mem_free_secret : hcl_mem_free;
    release(c->cells);
    release(c->exceptions);
    *c = (struct hcl_compact){ 0 };
}

size_t hcl_compact_bytes(const struct hcl_compact *c)
{
    return c->stored * (size_t)(c->width * c->digits) + c->max_exceptions * sizeof *c->exceptions;
}

static int width_of(int64_t v)
{
    return v == (int8_t)v ? 1 : v == (int16_t)v ? 2 : v == (int32_t)v ? 4 : 8;
}

int hcl_compact_width_i64(const int64_t *v, size_t count)
{
    int width = 1;
    for (size_t i = 0; i < count; i++) {
        const int w = width_of(v[i]);
        width = w > width ? w : width;
    }
    return width;
}

/* out := sign and magnitude of the integer `l` below r as a signed one, if it is one of 64 bits. top: r - 1.
 */
static bool is_small(int64_t *out, const uint64_t l[4], const uint64_t top[4])
{
    uint64_t below = 0; /* r - 1 - l */
    bool borrow = false, negative = true;
    if ((l[1] | l[2] | l[3]) == 0 && l[0] <= INT64_MAX) {
        *out = (int64_t)l[0];
        return true;
    }
    for (int i = 0; i < 4; i++) {
        uint64_t d;
        const bool first = __builtin_sub_overflow(top[i], l[i], &d);
        const bool second = __builtin_sub_overflow(d, (uint64_t)borrow, &d);
        borrow = first || second;
        if (i == 0)
            below = d;
        else
            negative = negative && d == 0;
    }
    if (!negative || below > INT64_MAX)
        return false;
    *out = -1 - (int64_t)below;
    return true;
}

/* Field elements on their way to integers, a tile at a time. */
struct tile {
    uint64_t limbs[4 * TILE], top[4];
};

static void tile_init(struct tile *t)
{
    hcl_fr minus_one;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    hcl_fr_to_limbs(t->top, &minus_one);
}

static void tile_load(struct tile *t, const hcl_fr *v, size_t count)
{
    hcl_fr_to_limbs_vec(t->limbs, v, count);
}

static bool tile_small(const struct tile *t, size_t i, int64_t *out)
{
    return is_small(out, &t->limbs[4 * i], t->top);
}

/* How many values need which width, and behind which row there is none of it. */
enum { CLASSES = 5 };
static const int class_width[CLASSES] = { 1, 2, 4, 8, HCL_COMPACT_FR };

struct census {
    size_t values[CLASSES]; /* other than 0 */
    size_t end[CLASSES];
};

static int class_of(const struct tile *t, size_t i)
{
    int64_t v;
    if (!tile_small(t, i, &v))
        return CLASSES - 1;
    for (int k = 0; k < CLASSES - 1; k++)
        if (width_of(v) == class_width[k])
            return v == 0 ? -1 : k;
    return CLASSES - 1;
}

static struct census take_census(const hcl_fr *v, size_t count)
{
    struct census c = { { 0 }, { 0 } };
    struct tile t;
    tile_init(&t);
    for (size_t at = 0; at < count; at += TILE) {
        const size_t part = count - at < TILE ? count - at : TILE;
        tile_load(&t, v + at, part);
        for (size_t i = 0; i < part; i++) {
            const int k = class_of(&t, i);
            if (k < 0)
                continue;
            c.values[k]++;
            c.end[k] = at + i + 1;
        }
    }
    return c;
}

int hcl_compact_width_fr(const hcl_fr *v, size_t count)
{
    const struct census c = take_census(v, count);
    int k = CLASSES - 1;
    while (k > 0 && c.values[k] == 0)
        k--;
    return class_width[k];
}

/* The best class for cells; *exceptions: values that do not fit, *stored: behind the last one that does. */
static int choose(const struct census *c, size_t *stored, size_t *exceptions)
{
    size_t least = SIZE_MAX, end = 0, wider = 0;
    int best = 0;
    for (int k = 0; k < CLASSES; k++)
        wider += c->values[k];
    for (int k = 0; k < CLASSES; k++) {
        wider -= c->values[k];
        end = c->end[k] > end ? c->end[k] : end;
        const size_t cost = end * (size_t)class_width[k] + wider * EXCEPTION_COST;
        if (cost < least) {
            least = cost;
            best = k;
            *stored = end;
            *exceptions = wider;
        }
    }
    return best;
}

/* row: or digit*stored + row */
static void put_cell(struct hcl_compact *c, size_t row, int64_t v)
{
    switch (c->width) {
    case 1:
        ((int8_t *)c->cells)[row] = (int8_t)v;
        break;
    case 2:
        ((int16_t *)c->cells)[row] = (int16_t)v;
        break;
    case 4:
        ((int32_t *)c->cells)[row] = (int32_t)v;
        break;
    default:
        ((int64_t *)c->cells)[row] = v;
        break;
    }
}

static void fill_from_fr(struct hcl_compact *c, const hcl_fr *v, size_t count)
{
    struct tile t;
    tile_init(&t);
    for (size_t at = 0; at < count; at += TILE) {
        const size_t part = count - at < TILE ? count - at : TILE;
        tile_load(&t, v + at, part);
        for (size_t i = 0; i < part; i++) {
            int64_t small;
            if (tile_small(&t, i, &small) && (small == 0 || width_of(small) <= c->width)) {
                if (small != 0)
                    put_cell(c, at + i, small);
            } else
                hcl_compact_put(c, at + i, &v[at + i], 1);
        }
    }
}

hcl_status hcl_compact_from_fr(struct hcl_compact *c, size_t n, const hcl_fr *v, size_t count, bool secret,
                               const char *who, struct hcl_err *err)
{
    size_t stored = 0, exceptions = 0;
    HCL_ASSERT(count <= n);
    const struct census census = take_census(v, count);
    const int width = class_width[choose(&census, &stored, &exceptions)];
    const hcl_status st = hcl_compact_init(c, n, stored, width, exceptions, secret, who, err);
    if (st != HCL_OK)
        return st;
    if (width == HCL_COMPACT_FR)
        hcl_compact_put(c, 0, v, stored);
    else
        fill_from_fr(c, v, count);
    return HCL_OK;
}

hcl_status hcl_compact_from_i64(struct hcl_compact *c, size_t n, const int64_t *v, size_t count, bool secret,
                                const char *who, struct hcl_err *err)
{
    HCL_ASSERT(count <= n);
    while (count > 0 && v[count - 1] == 0)
        count--;
    const hcl_status st = hcl_compact_init(c, n, count, hcl_compact_width_i64(v, count), 0, secret, who, err);
    if (st == HCL_OK)
        hcl_compact_set_cells(c, 0, v, count);
    return st;
}

void hcl_compact_set_cells(struct hcl_compact *c, size_t first, const int64_t *v, size_t count)
{
    HCL_CHECK(c->width != HCL_COMPACT_FR && c->digits == 1 && first <= c->stored &&
              count <= c->stored - first);
    HCL_ASSERT(hcl_compact_width_i64(v, count) <= c->width);
    for (size_t i = 0; i < count; i++)
        put_cell(c, first + i, v[i]);
}

void hcl_compact_put(struct hcl_compact *c, size_t first, const hcl_fr *v, size_t count)
{
    HCL_CHECK(first <= c->n && count <= c->n - first);
    if (c->width == HCL_COMPACT_FR) {
        HCL_CHECK(first + count <= c->stored);
        if (count > 0)
            memcpy((hcl_fr *)c->cells + first, v, count * sizeof *v);
        return;
    }
    HCL_CHECK(count <= c->max_exceptions - c->num_exceptions);
    HCL_ASSERT(c->num_exceptions == 0 || c->exceptions[c->num_exceptions - 1].row < first);
    for (size_t i = 0; i < count; i++) {
        for (int d = 0; first + i < c->stored && d < c->digits; d++)
            put_cell(c, (size_t)d * c->stored + first + i, 0);
        c->exceptions[c->num_exceptions++] = (struct hcl_compact_exception){ first + i, v[i] };
    }
}

size_t hcl_compact_exception_from(const struct hcl_compact *c, size_t row)
{
    size_t low = 0, high = c->num_exceptions;
    /* Nearly always the rows follow each other, and a search would miss the caches at each step. */
    if (high > 0 && c->exceptions[high - 1].row - c->exceptions[0].row == high - 1) {
        const size_t first = c->exceptions[0].row;
        return row <= first ? 0 : row - first < high ? row - first : high;
    }
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->exceptions[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Cells there are among rows first.. first + count - 1. */
static size_t cells_from(const struct hcl_compact *c, size_t first, size_t count)
{
    const size_t there = c->stored > first ? c->stored - first : 0;
    return there < count ? there : count;
}

static void widen(int64_t *out, const struct hcl_compact *c, size_t first, size_t count)
{
    const int8_t *w1 = c->cells;
    const int16_t *w2 = c->cells;
    const int32_t *w4 = c->cells;
    if (count == 0)
        return;
    if (c->width == 8)
        memcpy(out, (const int64_t *)c->cells + first, count * sizeof *out);
    else if (c->width == 1)
        for (size_t i = 0; i < count; i++)
            out[i] = +w1[first + i]; /* a number, not a character */
    else if (c->width == 2)
        for (size_t i = 0; i < count; i++)
            out[i] = w2[first + i];
    else
        for (size_t i = 0; i < count; i++)
            out[i] = w4[first + i];
}

void hcl_compact_cells(int64_t *out, const struct hcl_compact *c, size_t first, size_t count)
{
    HCL_ASSERT(c->width != HCL_COMPACT_FR && c->digits == 1 && first <= c->n && count <= c->n - first);
    const size_t there = cells_from(c, first, count);
    widen(out, c, first, there);
    if (there < count)
        memset(out + there, 0, (count - there) * sizeof *out);
}

struct hcl_compact hcl_compact_digit(const struct hcl_compact *c, int digit)
{
    return (struct hcl_compact){ .n = c->n,
                                 .stored = c->stored,
                                 .width = c->width,
                                 .digits = 1,
                                 .cells = (char *)c->cells + (size_t)digit * c->stored * (size_t)c->width };
}

/* Horner over the digits, a tile at a time. */
static void expand_digits(hcl_fr *out, const struct hcl_compact *c, size_t first, size_t count)
{
    int64_t tile[TILE];
    hcl_fr values[TILE], unit;
    hcl_fr_from_u64(&unit, (uint64_t)1 << HCL_COMPACT_DIGIT_BITS);
    for (size_t at = 0; at < count; at += TILE) {
        const size_t part = count - at < TILE ? count - at : TILE;
        for (int d = c->digits; d-- > 0;) {
            const struct hcl_compact one = hcl_compact_digit(c, d);
            widen(tile, &one, first + at, part);
            if (d + 1 == c->digits) {
                hcl_fr_from_i64_vec(out + at, tile, part);
                continue;
            }
            hcl_fr_from_i64_vec(values, tile, part);
            hcl_fr_scale_vec(out + at, out + at, &unit, part);
            hcl_fr_add_vec(out + at, out + at, values, part);
        }
    }
}

static void expand_cells(hcl_fr *out, const struct hcl_compact *c, size_t first, size_t count)
{
    int64_t tile[TILE];
    if (c->digits > 1) {
        expand_digits(out, c, first, count);
        return;
    }
    if (c->width == HCL_COMPACT_FR) {
        if (count > 0)
            memcpy(out, (const hcl_fr *)c->cells + first, count * sizeof *out);
        return;
    }
    for (size_t at = 0; at < count; at += TILE) {
        const size_t part = count - at < TILE ? count - at : TILE;
        widen(tile, c, first + at, part);
        hcl_fr_from_i64_vec(out + at, tile, part);
    }
}

void hcl_compact_expand(hcl_fr *out, const struct hcl_compact *c, size_t first, size_t count)
{
    HCL_ASSERT(first <= c->n && count <= c->n - first);
    const size_t there = cells_from(c, first, count);
    expand_cells(out, c, first, there);
    if (there < count)
        memset(out + there, 0, (count - there) * sizeof *out);
    for (size_t i = hcl_compact_exception_from(c, first);
         i < c->num_exceptions && c->exceptions[i].row < first + count; i++)
        out[c->exceptions[i].row - first] = c->exceptions[i].value;
}

void hcl_compact_get(hcl_fr *out, const struct hcl_compact *c, size_t row)
{
    hcl_compact_expand(out, c, row, 1);
}
