/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/openings.h"
#include "common/poly/poly.h"
#include "common/sys/mem.h"
#include <string.h>

/* Growing part of a plan under construction. Sizes are bounded up front: see sizes_of. */
struct build {
    struct hcl_open_plan *p;
    const struct hcl_circuit *c;
    struct hcl_err *err;
    uint32_t *poly_of[HCL_POLY_KIND_COUNT]; /* [index] in plan->polys or HCL_NO_EVALUATION */
    int32_t *residues;                      /* plan->points modulo n, in [0, n) */
    bool too_many_points;
};

static size_t count_of(const struct hcl_circuit *c, hcl_poly_kind kind)
{
    switch (kind) {
    case HCL_POLY_ADVICE:
        return c->num_advice;
    case HCL_POLY_FIXED:
        return c->num_fixed;
    case HCL_POLY_SIGMA:
        return c->num_permutation;
    case HCL_POLY_PERM_Z:
        return hcl_perm_chunks(c);
    case HCL_POLY_LOOKUP_Z:
    case HCL_POLY_LOOKUP_A:
    case HCL_POLY_LOOKUP_S:
        return c->num_lookups;
    default:
        return 1;
    }
}

static size_t evaluations_of(const struct hcl_circuit *c)
{
    size_t chunks = hcl_perm_chunks(c);
    return c->num_queries[HCL_COL_ADVICE] + c->num_queries[HCL_COL_FIXED] + 1 + c->num_permutation +
           (chunks == 0 ? 0 : 3 * chunks - 1) + 5 * c->num_lookups;
}

static hcl_status allocate(struct build *b)
{
    struct hcl_open_plan *p = b->p;
    size_t evals = evaluations_of(b->c) + 1;
    bool good = true;
    p->evaluations = calloc(evals, sizeof *p->evaluations);
    p->queries = calloc(evals, sizeof *p->queries);
    p->polys = calloc(evals, sizeof *p->polys);
    p->points = calloc(evals, sizeof *p->points);
    b->residues = calloc(evals, sizeof *b->residues);
    good = p->evaluations && p->queries && p->polys && p->points && b->residues;
    for (int kind = 0; good && kind < HCL_POLY_KIND_COUNT; kind++) {
        size_t n = count_of(b->c, (hcl_poly_kind)kind) + 1;
        b->poly_of[kind] = malloc(n * sizeof(uint32_t));
        good = b->poly_of[kind] != NULL;
        if (good)
            memset(b->poly_of[kind], 0xff, n * sizeof(uint32_t));
    }
    return good ? HCL_OK : hcl_fail(b->err, HCL_NO_RESOURCE, "no memory to plan the openings");
}

static void add_evaluation(struct build *b, hcl_poly_kind kind, size_t index, int32_t rotation)
{
    b->p->evaluations[b->p->num_evaluations++] =
        (struct hcl_evaluation){ { kind, (uint32_t)index }, rotation };
}

/* FORMAT section 9, step 13. */
static void list_evaluations(struct build *b)
{
    const struct hcl_circuit *c = b->c;
    size_t chunks = hcl_perm_chunks(c);
    for (size_t i = 0; i < c->num_queries[HCL_COL_ADVICE]; i++)
        add_evaluation(b, HCL_POLY_ADVICE, c->queries[HCL_COL_ADVICE][i].column.index,
                       c->queries[HCL_COL_ADVICE][i].rotation);
    for (size_t i = 0; i < c->num_queries[HCL_COL_FIXED]; i++)
        add_evaluation(b, HCL_POLY_FIXED, c->queries[HCL_COL_FIXED][i].column.index,
                       c->queries[HCL_COL_FIXED][i].rotation);
    add_evaluation(b, HCL_POLY_RANDOM, 0, 0);
    b->p->first_sigma = (uint32_t)b->p->num_evaluations;
    for (size_t i = 0; i < c->num_permutation; i++)
        add_evaluation(b, HCL_POLY_SIGMA, i, 0);
    b->p->first_perm_z = (uint32_t)b->p->num_evaluations;
    for (size_t i = 0; i < chunks; i++) {
        add_evaluation(b, HCL_POLY_PERM_Z, i, 0);
        add_evaluation(b, HCL_POLY_PERM_Z, i, 1);
        if (i + 1 < chunks)
            add_evaluation(b, HCL_POLY_PERM_Z, i, hcl_perm_end_rotation(c));
    }
    b->p->first_lookup = (uint32_t)b->p->num_evaluations;
    for (size_t i = 0; i < c->num_lookups; i++) {
        add_evaluation(b, HCL_POLY_LOOKUP_Z, i, 0);
        add_evaluation(b, HCL_POLY_LOOKUP_Z, i, 1);
        add_evaluation(b, HCL_POLY_LOOKUP_A, i, 0);
        add_evaluation(b, HCL_POLY_LOOKUP_A, i, -1);
        add_evaluation(b, HCL_POLY_LOOKUP_S, i, 0);
    }
    /* Computed by both sides, not written. */
    b->p->evaluations[b->p->num_evaluations] = (struct hcl_evaluation){ { HCL_POLY_H, 0 }, 0 };
}

uint32_t hcl_open_find(const struct hcl_open_plan *p, hcl_poly_kind kind, uint32_t index, int32_t rotation)
{
    const uint32_t each = kind == HCL_POLY_SIGMA ? 1 : kind == HCL_POLY_PERM_Z ? 3 : 5;
    size_t first = each == 1 ? p->first_sigma : each == 3 ? p->first_perm_z : p->first_lookup;
    HCL_ASSERT(kind != HCL_POLY_ADVICE && kind != HCL_POLY_FIXED && kind != HCL_POLY_H &&
               kind != HCL_POLY_RANDOM);
    first += (size_t)index * each;
    for (size_t i = first; i < first + each && i <= p->num_evaluations; i++) {
        const struct hcl_evaluation *e = &p->evaluations[i];
        if (e->poly.kind == kind && e->poly.index == index && e->rotation == rotation)
            return (uint32_t)i;
    }
    return HCL_NO_EVALUATION;
}

/* A point beyond the limit is not kept: fill_table refuses. */
static void add_query(struct build *b, uint32_t evaluation)
{
    struct hcl_open_plan *p = b->p;
    const struct hcl_evaluation *e = &p->evaluations[evaluation];
    int64_t n = (int64_t)hcl_circuit_rows(b->c);
    int32_t residue = (int32_t)(((int64_t)e->rotation % n + n) % n);
    uint32_t *poly = &b->poly_of[e->poly.kind][e->poly.index];
    size_t point = 0;
    while (point < p->num_points && b->residues[point] != residue)
        point++;
    if (point == HCL_OPEN_MAX_ALL_POINTS) {
        b->too_many_points = true;
        return;
    }
    if (point == p->num_points) {
        p->points[point] = e->rotation;
        b->residues[point] = residue;
        p->num_points++;
    }
    if (*poly == HCL_NO_EVALUATION) {
        *poly = (uint32_t)p->num_polys;
        p->polys[p->num_polys++] = e->poly;
    }
    p->queries[p->num_queries++] = (struct hcl_open_query){ *poly, (uint32_t)point, evaluation };
}

/* FORMAT section 12, first list, by position in the evaluations of step 13. */
static void list_queries(struct build *b)
{
    const struct hcl_circuit *c = b->c;
    uint32_t advice = (uint32_t)c->num_queries[HCL_COL_ADVICE],
             fixed = (uint32_t)c->num_queries[HCL_COL_FIXED];
    uint32_t random = advice + fixed, sigma = random + 1, z = sigma + (uint32_t)c->num_permutation;
    uint32_t chunks = (uint32_t)hcl_perm_chunks(c), lookups = z + (chunks == 0 ? 0 : 3 * chunks - 1);
    for (uint32_t i = 0; i < advice; i++)
        add_query(b, i);
    for (uint32_t i = 0; i < chunks; i++) {
        add_query(b, z + 3 * i);
        add_query(b, z + 3 * i + 1);
    }
    for (uint32_t i = chunks; i-- > 1;)
        add_query(b, z + 3 * (i - 1) + 2);
    for (uint32_t i = 0; i < c->num_lookups; i++) {
        uint32_t l = lookups + 5 * i; /* Z, Z next, A', A' previous, S' */
        add_query(b, l);
        add_query(b, l + 2);
        add_query(b, l + 4);
        add_query(b, l + 3);
        add_query(b, l + 1);
    }
    for (uint32_t i = 0; i < fixed; i++)
        add_query(b, advice + i);
    for (uint32_t i = 0; i < c->num_permutation; i++)
        add_query(b, sigma + i);
    add_query(b, (uint32_t)b->p->num_evaluations);
    add_query(b, random);
}

/* The [poly][point] table; refuses one polynomial twice at one point (FORMAT section 13, trap 1). */
static hcl_status fill_table(struct build *b)
{
    struct hcl_open_plan *p = b->p;
    size_t cells = p->num_polys * p->num_points;
    void *table;
    if (b->too_many_points)
        return hcl_fail(b->err, HCL_BAD_INPUT, "the circuit is read at more than %d different rotations",
                        HCL_OPEN_MAX_ALL_POINTS);
    hcl_status st = hcl_mem_alloc(&table, cells, sizeof(uint32_t), "openings", b->err);
    if (st != HCL_OK)
        return st;
    p->evaluation_of = table;
    memset(p->evaluation_of, 0xff, cells * sizeof(uint32_t));
    for (size_t i = 0; i < p->num_queries; i++) {
        const struct hcl_open_query *q = &p->queries[i];
        uint32_t *cell = &p->evaluation_of[q->poly * p->num_points + q->point];
        if (*cell != HCL_NO_EVALUATION)
            return hcl_fail(b->err, HCL_BAD_INPUT, "a polynomial is opened twice at rotation %d",
                            p->points[q->point]);
        *cell = q->evaluation;
    }
    return HCL_OK;
}

/* Equal for polynomials opened at the same points, and hardly ever for others. */
static uint64_t signature(const struct hcl_open_plan *p, size_t poly)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < p->num_points; i++)
        if (p->evaluation_of[poly * p->num_points + i] != HCL_NO_EVALUATION)
            sum = (sum ^ i) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    return sum;
}

static bool same_points(const struct hcl_open_plan *p, size_t a, size_t b)
{
    for (size_t i = 0; i < p->num_points; i++)
        if ((p->evaluation_of[a * p->num_points + i] == HCL_NO_EVALUATION) !=
            (p->evaluation_of[b * p->num_points + i] == HCL_NO_EVALUATION))
            return false;
    return true;
}

static hcl_status new_set(struct build *b, uint32_t poly)
{
    struct hcl_open_plan *p = b->p;
    struct hcl_open_set *s = &p->sets[p->num_sets];
    if (p->num_sets == HCL_OPEN_MAX_SETS)
        return hcl_fail(b->err, HCL_BAD_INPUT,
                        "the circuit reads its columns at more than %d sets of rotations", HCL_OPEN_MAX_SETS);
    s->points = malloc(p->num_points * sizeof(uint32_t));
    s->polys = malloc(p->num_polys * sizeof(uint32_t));
    p->num_sets++;
    if (s->points == NULL || s->polys == NULL)
        return hcl_fail(b->err, HCL_NO_RESOURCE, "no memory to plan the openings");
    for (uint32_t i = 0; i < p->num_points; i++)
        if (p->evaluation_of[poly * p->num_points + i] != HCL_NO_EVALUATION)
            s->points[s->num_points++] = i;
    if (s->num_points > HCL_OPEN_MAX_POINTS)
        return hcl_fail(b->err, HCL_BAD_INPUT, "a column is read at %zu rotations, at most %d are supported",
                        s->num_points, HCL_OPEN_MAX_POINTS);
    return HCL_OK;
}

static hcl_status group_sets(struct build *b)
{
    struct hcl_open_plan *p = b->p;
    hcl_status st = HCL_OK;
    uint64_t signatures[HCL_OPEN_MAX_SETS] = { 0 };
    p->sets = calloc(p->num_polys, sizeof *p->sets);
    if (p->sets == NULL)
        return hcl_fail(b->err, HCL_NO_RESOURCE, "no memory to plan the openings");
    HCL_ASSERT(p->num_sets == 0);
    for (uint32_t poly = 0; poly < p->num_polys; poly++) {
        const uint64_t mine = signature(p, poly);
        size_t s = 0;
        while (s < p->num_sets && (signatures[s] != mine || !same_points(p, p->sets[s].polys[0], poly)))
            s++;
        if (s == p->num_sets)
            HCL_TRY(new_set(b, poly));
        signatures[s] = mine;
        HCL_ASSERT(p->sets[s].polys != NULL);
        p->sets[s].polys[p->sets[s].num_polys++] = poly;
    }
done:
    return st;
}

hcl_status hcl_open_plan_init(struct hcl_open_plan *p, const struct hcl_circuit *c, struct hcl_err *err)
{
    struct build b = { .p = p, .c = c, .err = err };
    hcl_status st;
    *p = (struct hcl_open_plan){ 0 };
    HCL_TRY(allocate(&b));
    list_evaluations(&b);
    list_queries(&b);
    HCL_TRY(fill_table(&b));
    HCL_TRY(group_sets(&b));
    p->num_commitments = c->num_advice + 3 * c->num_lookups + hcl_perm_chunks(c) + 1 + hcl_circuit_pieces(c);
    p->proof_bytes_shplonk = 32 * (p->num_commitments + p->num_evaluations + 2);
    p->proof_bytes_gwc = 32 * (p->num_commitments + p->num_evaluations + p->num_points);
done:
    free(b.residues);
    for (int kind = 0; kind < HCL_POLY_KIND_COUNT; kind++)
        free(b.poly_of[kind]);
    if (st != HCL_OK)
        hcl_open_plan_clear(p);
    return st;
}

void hcl_open_plan_clear(struct hcl_open_plan *p)
{
    for (size_t i = 0; i < p->num_sets; i++) {
        free(p->sets[i].points);
        free(p->sets[i].polys);
    }
    free(p->sets);
    free(p->evaluations);
    free(p->queries);
    free(p->polys);
    free(p->points);
    hcl_mem_free(p->evaluation_of);
    *p = (struct hcl_open_plan){ 0 };
}

void hcl_open_points(hcl_fr *points, const struct hcl_open_plan *p, const struct hcl_domain *d,
                     const hcl_fr *x)
{
    for (size_t i = 0; i < p->num_points; i++) {
        hcl_domain_omega_pow(&points[i], d, p->points[i]);
        hcl_fr_mul(&points[i], &points[i], x);
    }
}

static bool set_has(const struct hcl_open_set *s, uint32_t point)
{
    for (size_t i = 0; i < s->num_points; i++)
        if (s->points[i] == point)
            return true;
    return false;
}

void hcl_shplonk_zd(hcl_fr *zd, const struct hcl_open_plan *p, const hcl_fr *points, const hcl_fr *u)
{
    for (size_t s = 0; s < p->num_sets; s++) {
        zd[s] = hcl_fr_one;
        for (uint32_t i = 0; i < p->num_points; i++) {
            hcl_fr diff;
            if (set_has(&p->sets[s], i))
                continue;
            hcl_fr_sub(&diff, u, &points[i]);
            hcl_fr_mul(&zd[s], &zd[s], &diff);
        }
    }
}

/* Interpolation is linear, so the evaluations are combined first and interpolated once. */
void hcl_shplonk_remainder(hcl_fr *coeffs, const struct hcl_open_plan *p, size_t set, const hcl_fr *points,
                           const hcl_fr *evaluations, const hcl_fr *y)
{
    const struct hcl_open_set *s = &p->sets[set];
    hcl_fr xs[HCL_OPEN_MAX_POINTS], ys[HCL_OPEN_MAX_POINTS];
    for (size_t i = 0; i < s->num_points; i++) {
        xs[i] = points[s->points[i]];
        ys[i] = hcl_fr_zero;
        for (size_t j = s->num_polys; j-- > 0;) {
            uint32_t e = p->evaluation_of[s->polys[j] * p->num_points + s->points[i]];
            hcl_fr_mul(&ys[i], &ys[i], y);
            hcl_fr_add(&ys[i], &ys[i], &evaluations[e]);
        }
    }
    hcl_poly_interpolate(coeffs, xs, ys, s->num_points);
}
