/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/merge.h"

#include "common/sys/mem.h"

#include <string.h>

/* Merging is worth it from this share of the terms on: looking for equal scalars takes some 10 ns each, a
 * merged term saves 500. */
#define LEAST_SHARE 16
/* Scalars looked at for their size. */
#define SAMPLES 64
/* What small scalars cost next to full-size ones, and the buckets of either: measured at 2^13. */
#define SMALL_WORK 0.04
#define SMALL_FIXED 250.0
#define FULL_FIXED 500.0
#define NONE UINT32_MAX

static bool is_small(const hcl_fr *s)
{
    uint64_t limbs[4];
    hcl_fr negative;
    hcl_fr_to_limbs(limbs, s);
    if ((limbs[1] | limbs[2] | limbs[3]) == 0)
        return true;
    hcl_fr_neg(&negative, s);
    hcl_fr_to_limbs(limbs, &negative);
    return (limbs[1] | limbs[2] | limbs[3]) == 0;
}

/* Are most scalars that are not 0 small? From a sample. */
static bool mostly_small(const hcl_fr *scalars, size_t n)
{
    size_t step = n / SAMPLES + 1, seen = 0, small = 0;
    for (size_t at = 0; at < n; at += step) {
        size_t i = at;
        while (i < n && i < at + step && hcl_fr_is_zero(&scalars[i]))
            i++;
        if (i == n || i == at + step)
            continue;
        seen++;
        small += is_small(&scalars[i]);
    }
    return 2 * small >= seen;
}

struct hcl_terms hcl_terms_plain(const hcl_fr *scalars, const hcl_g1 *bases, size_t n)
{
    return (struct hcl_terms){
        .scalars = scalars, .bases = bases, .count = n, .work = (double)n, .fixed = FULL_FIXED
    };
}

static size_t not_zero(const void *cells, int width, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += width == 1   ? ((const int8_t *)cells)[i] != 0
               : width == 2 ? ((const int16_t *)cells)[i] != 0
               : width == 4 ? ((const int32_t *)cells)[i] != 0
                            : ((const int64_t *)cells)[i] != 0;
    return sum;
}

struct hcl_terms hcl_terms_cells(const struct hcl_compact *c, size_t first, const hcl_g1 *bases, size_t n)
{
    const size_t there = c->stored > first ? c->stored - first : 0, count = there < n ? there : n;
    if (count == 0)
        return (struct hcl_terms){ .bases = bases };
    const void *cells = (const char *)c->cells + first * (size_t)c->width;
    if (c->width == HCL_COMPACT_FR)
        return hcl_terms_merge(cells, bases, count);
    return (struct hcl_terms){ .integers = cells,
                               .width = c->width,
                               .bases = bases,
                               .count = count,
                               .work = SMALL_WORK * (double)not_zero(cells, c->width, count),
                               .fixed = SMALL_FIXED };
}

hcl_status hcl_terms_listed(struct hcl_terms *t, const struct hcl_compact *c, size_t first,
                            const hcl_g1 *bases, size_t n, struct hcl_err *err)
{
    const size_t from = hcl_compact_exception_from(c, first),
                 count = hcl_compact_exception_from(c, first + n) - from;
    void *owned;
    *t = (struct hcl_terms){ .bases = bases };
    if (count == 0)
        return HCL_OK;
    const hcl_status st = hcl_mem_alloc(&owned, count, sizeof(hcl_g1) + sizeof(hcl_fr), "listed rows", err);
    if (st != HCL_OK)
        return st;
    hcl_g1 *points = owned;
    hcl_fr *values = (hcl_fr *)(points + count);
    for (size_t i = 0; i < count; i++) {
        points[i] = bases[c->exceptions[from + i].row - first];
        values[i] = c->exceptions[from + i].value;
    }
    *t = hcl_terms_plain(values, points, count);
    t->owned = owned;
    return HCL_OK;
}

void hcl_terms_clear(struct hcl_terms *t)
{
    hcl_mem_free_secret(t->owned);
    *t = (struct hcl_terms){ 0 };
}

/* The rows of scalars that are not 0, by groups of equal ones: group g's are order[start[g] .. start[g+1]).
 */
struct groups {
    uint32_t *slots; /* hash table: first row of a group */
    uint32_t *group; /* by row; NONE for 0 */
    uint32_t *first; /* by group: its first row */
    uint32_t *start, *order;
    size_t count, terms;
};

static void groups_clear(struct groups *g)
{
    hcl_mem_free_secret(g->slots);
    *g = (struct groups){ 0 };
}

static size_t table_size(size_t n)
{
    size_t size = 64;
    while (size < 2 * n)
        size *= 2;
    return size;
}

static bool groups_init(struct groups *g, size_t n)
{
    const size_t size = table_size(n);
    *g = (struct groups){ 0 };
    if (n >= NONE ||
        hcl_mem_alloc((void **)&g->slots, size + 4 * n + 1, sizeof *g->slots, "merging", NULL) != HCL_OK)
        return false;
    memset(g->slots, 0xff, size * sizeof *g->slots);
    g->group = g->slots + size;
    g->first = g->group + n;
    g->order = g->first + n;
    g->start = g->order + n;
    return true;
}

/* Open addressing; scalars are field elements that no one chose to collide. */
static void find_groups(struct groups *g, const hcl_fr *scalars, size_t n)
{
    const size_t mask = table_size(n) - 1;
    for (size_t i = 0; i < n; i++) {
        const hcl_fr *s = &scalars[i];
        if (hcl_fr_is_zero(s)) {
            g->group[i] = NONE;
            continue;
        }
        g->terms++;
        if (i > 0 && hcl_fr_eq(s, &scalars[i - 1])) {
            g->group[i] = g->group[i - 1];
            continue;
        }
        size_t at = (size_t)(((s->l[0] ^ s->l[2]) * 0x9e3779b97f4a7c15U) >> 32) & mask;
        while (g->slots[at] != NONE && !hcl_fr_eq(&scalars[g->slots[at]], s))
            at = (at + 1) & mask;
        if (g->slots[at] == NONE) {
            g->slots[at] = (uint32_t)i;
            g->group[i] = (uint32_t)g->count;
            g->first[g->count++] = (uint32_t)i;
        } else
            g->group[i] = g->group[g->slots[at]];
    }
}

static void sort_groups(struct groups *g, size_t n)
{
    memset(g->start, 0, (g->count + 1) * sizeof *g->start);
    for (size_t i = 0; i < n; i++)
        if (g->group[i] != NONE)
            g->start[g->group[i] + 1]++;
    for (size_t i = 0; i < g->count; i++)
        g->start[i + 1] += g->start[i];
    for (size_t i = 0; i < n; i++)
        if (g->group[i] != NONE)
            g->order[g->start[g->group[i]]++] = (uint32_t)i;
    memmove(g->start + 1, g->start, g->count * sizeof *g->start);
    g->start[0] = 0;
}

/* Affine additions that share one inversion: x3 = m^2 - x1 - x2, y3 = m(x1 - x3) - y1, m = (y2 - y1)/(x2 -
 * x1). 5M + 1S each with the inversion's share. */
#define BATCH 512
struct additions {
    hcl_fq x1[BATCH], y1[BATCH], x2[BATCH], y2[BATCH], slope[BATCH], scratch[BATCH];
    hcl_g1 *to[BATCH];
    size_t count;
};

static void additions_run(struct additions *a)
{
    const size_t n = a->count;
    hcl_fq *x3 = a->scratch;
    hcl_fq_sub_vec(a->slope, a->x2, a->x1, n);
    hcl_fq_batch_inv(a->slope, a->scratch, n);
    hcl_fq_sub_vec(a->y2, a->y2, a->y1, n);
    hcl_fq_mul_vec(a->slope, a->slope, a->y2, n);
    hcl_fq_sqr_vec(x3, a->slope, n);
    hcl_fq_sub_vec(x3, x3, a->x1, n);
    hcl_fq_sub_vec(x3, x3, a->x2, n);
    hcl_fq_sub_vec(a->x1, a->x1, x3, n);
    hcl_fq_mul_vec(a->x1, a->x1, a->slope, n);
    hcl_fq_sub_vec(a->y1, a->x1, a->y1, n);
    for (size_t i = 0; i < n; i++)
        *a->to[i] = (hcl_g1){ x3[i], a->y1[i] };
    a->count = 0;
}

/* *to = *p + *q, now or by the next run; the operands are read now. */
static void add_points(struct additions *a, hcl_g1 *to, const hcl_g1 *p, const hcl_g1 *q)
{
    if (hcl_fq_eq(&p->x, &q->x) || hcl_g1_is_infinity(p) || hcl_g1_is_infinity(q)) {
        hcl_g1_jac sum;
        hcl_g1_jac_from_affine(&sum, p);
        hcl_g1_jac_add_affine(&sum, &sum, q);
        hcl_g1_jac_to_affine(to, &sum);
        return;
    }
    const size_t i = a->count++;
    a->x1[i] = p->x;
    a->y1[i] = p->y;
    a->x2[i] = q->x;
    a->y2[i] = q->y;
    a->to[i] = to;
    if (a->count == BATCH)
        additions_run(a);
}

/* Groups that are still being added up: `size` points from `at` on in work, to become *to. */
struct sums {
    hcl_g1 *work;
    uint32_t *size;
    hcl_g1 **to;
    size_t active;
    struct additions *additions;
};

/* The first level reads the bases; what is left of a group of more than two is in work. */
static void begin_sums(struct sums *s, hcl_g1 *out, const struct groups *g, const hcl_g1 *bases)
{
    size_t used = 0;
    for (size_t i = 0; i < g->count; i++) {
        const uint32_t *rows = g->order + g->start[i], size = g->start[i + 1] - g->start[i];
        if (size == 1) {
            out[i] = bases[rows[0]];
            continue;
        }
        for (uint32_t j = 0; j + 1 < size; j += 2)
            add_points(s->additions, size == 2 ? &out[i] : &s->work[used + j / 2], &bases[rows[j]],
                       &bases[rows[j + 1]]);
        if (size == 2)
            continue;
        if (size % 2 != 0)
            s->work[used + size / 2] = bases[rows[size - 1]];
        s->size[s->active] = (size + 1) / 2;
        s->to[s->active++] = &out[i];
        used += (size + 1) / 2;
    }
    additions_run(s->additions);
}

/* One more level in place: a sum is never written behind what has been read. */
static void halve_sums(struct sums *s)
{
    size_t active = 0, from = 0, used = 0;
    for (size_t i = 0; i < s->active; i++) {
        const uint32_t size = s->size[i];
        hcl_g1 *to = s->to[i];
        for (uint32_t j = 0; j + 1 < size; j += 2)
            add_points(s->additions, size == 2 ? to : &s->work[used + j / 2], &s->work[from + j],
                       &s->work[from + j + 1]);
        if (size > 2 && size % 2 != 0)
            s->work[used + size / 2] = s->work[from + size - 1];
        from += size;
        if (size == 2)
            continue;
        s->size[active] = (size + 1) / 2;
        s->to[active++] = to;
        used += (size + 1) / 2;
    }
    s->active = active;
    additions_run(s->additions);
}

/* Room for the sums: at most half the terms that have company, rounded up for each group. */
static bool sums_init(struct sums *s, size_t terms, size_t groups, void **memory)
{
    const size_t points = (terms - groups) + 1, most_active = points / 2 + 1;
    const size_t bytes =
        sizeof *s->additions + points * sizeof *s->work + most_active * (sizeof *s->to + sizeof *s->size);
    if (hcl_mem_alloc(memory, bytes, 1, "merging", NULL) != HCL_OK)
        return false;
    s->additions = *memory;
    s->additions->count = 0;
    s->to = (hcl_g1 **)(void *)(s->additions + 1);
    s->work = (hcl_g1 *)(void *)(s->to + most_active);
    s->size = (uint32_t *)(void *)(s->work + points);
    s->active = 0;
    return true;
}

static bool merge(struct hcl_terms *out, const struct groups *g, const hcl_fr *scalars, const hcl_g1 *bases)
{
    struct sums sums;
    void *scratch = NULL, *owned = NULL;
    if (hcl_mem_alloc(&owned, g->count, sizeof(hcl_g1) + sizeof(hcl_fr), "merged terms", NULL) != HCL_OK ||
        !sums_init(&sums, g->terms, g->count, &scratch)) {
        hcl_mem_free(owned);
        return false;
    }
    hcl_g1 *points = owned;
    hcl_fr *values = (hcl_fr *)(points + g->count);
    for (size_t i = 0; i < g->count; i++)
        values[i] = scalars[g->first[i]];
    begin_sums(&sums, points, g, bases);
    while (sums.active > 0)
        halve_sums(&sums);
    hcl_mem_free_secret(scratch);
    *out = hcl_terms_plain(values, points, g->count);
    out->owned = owned;
    return true;
}

/* Small scalars are cheap as they are. */
static struct hcl_terms small_terms(const hcl_fr *scalars, const hcl_g1 *bases, size_t n)
{
    struct hcl_terms out = { .scalars = scalars, .bases = bases, .count = n, .fixed = SMALL_FIXED };
    for (size_t i = 0; i < n; i++)
        out.work += hcl_fr_is_zero(&scalars[i]) ? 0 : SMALL_WORK;
    return out;
}

struct hcl_terms hcl_terms_merge(const hcl_fr *scalars, const hcl_g1 *bases, size_t n)
{
    struct hcl_terms out = hcl_terms_plain(scalars, bases, n);
    struct groups g;
    if (mostly_small(scalars, n))
        return small_terms(scalars, bases, n);
    if (!groups_init(&g, n))
        return out;
    find_groups(&g, scalars, n);
    out.work = (double)g.terms;
    if (g.terms - g.count > g.terms / LEAST_SHARE) {
        sort_groups(&g, n);
        (void)merge(&out, &g, scalars, bases); /* else as they are */
    }
    groups_clear(&g);
    return out;
}
