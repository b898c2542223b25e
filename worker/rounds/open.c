/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-point openings on blocks of coefficients (docs/formats: FORMAT section 12). Two facts keep them free
 * of serial steps. First, quotients need no remainders subtracted: for F and points P_i with c_p = 1/prod_{p'
 * != p} (p - p'), (F - R)/prod (X - p) = sum_p c_p (F - F(p))/(X - p), where R interpolates F on the points,
 * since both sides are polynomials that agree. Second, dividing by X - z is a Horner scheme from the top: a
 * block needs only the value at z of everything above it, so ranks exchange one value per division. */
#include "worker/rounds/commit.h"
#include "worker/rounds/rounds.h"

#include "common/poly/poly.h"
#include "common/sys/mem.h"
#include "worker/store/rows.h"

#include <string.h>

#define TILE 1024

/* acc += c*f over `count` elements, all threads. */
static void axpy(hcl_fr *acc, const hcl_fr *f, const hcl_fr *c, size_t count, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t at = 0; at < count; at += TILE)
        hcl_fr_axpy_vec(acc + at, f + at, c, count - at < TILE ? count - at : TILE);
}

/* The polynomials to combine, with their weights: those kept whole, then those in blocks. */
struct terms {
    const hcl_fr **whole, **blocks;
    hcl_fr *whole_weights, *block_weights;
    size_t wholes, block_count;
};

static void terms_clear(struct terms *s)
{
    free(s->whole);
    free(s->blocks);
    free(s->whole_weights);
    free(s->block_weights);
}

static hcl_status terms_init(struct terms *s, const struct hcl_worker *w, struct hcl_err *err)
{
    size_t most = w->openings.num_queries + w->circuit->degree + 1;
    *s = (struct terms){ .whole = calloc(most, sizeof *s->whole),
                         .blocks = calloc(most, sizeof *s->blocks),
                         .whole_weights = calloc(most, sizeof(hcl_fr)),
                         .block_weights = calloc(most, sizeof(hcl_fr)) };
    if (!s->whole || !s->blocks || !s->whole_weights || !s->block_weights)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu queries", most);
    return HCL_OK;
}

/* Add weight * polynomial; H stands for sum x^(n*i) h_i. */
static void terms_add(struct terms *s, const struct hcl_worker *w, struct hcl_poly_id poly,
                      const hcl_fr *weight)
{
    if (poly.kind == HCL_POLY_RANDOM) {
        s->blocks[s->block_count] = w->random_block;
        s->block_weights[s->block_count++] = *weight;
    } else if (poly.kind == HCL_POLY_H) {
        hcl_fr xn, power = *weight;
        hcl_fr_pow_u64(&xn, &w->challenges.x, w->team.n);
        for (size_t i = 0; i + 1 < w->circuit->degree; i++) {
            s->blocks[s->block_count] = w->h_blocks[i];
            s->block_weights[s->block_count++] = power;
            hcl_fr_mul(&power, &power, &xn);
        }
    } else {
        size_t id = hcl_id(&w->store.ids, (int)poly.kind, poly.index);
        if (!hcl_store_mine(&w->store, id))
            return;
        s->whole[s->wholes] = w->store.coeffs[id];
        s->whole_weights[s->wholes++] = *weight;
    }
}

/* block := this rank's coefficients of the sum of all ranks' terms. whole: n elements of scratch. */
static void terms_sum(const struct terms *s, struct hcl_worker *w, hcl_fr *whole, hcl_fr *block)
{
    size_t n = w->team.n, count = w->team.count;
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t at = 0; at < n; at += TILE) {
        size_t part = n - at < TILE ? n - at : TILE;
        memset(whole + at, 0, part * sizeof *whole);
        for (size_t i = 0; i < s->wholes; i++)
            hcl_fr_axpy_vec(whole + at, s->whole[i] + at, &s->whole_weights[i], part);
    }
    hcl_sum_to_rows(&w->team.exchange, whole, block);
    for (size_t i = 0; i < s->block_count; i++)
        axpy(block, s->blocks[i], &s->block_weights[i], count, w->team.threads);
}

/* One division: of a block vector by X - point. */
struct division {
    const hcl_fr *block;
    hcl_fr point, weight;
};

/* out += sum over divisions of weight * (F - F(point))/(X - point), on this rank's coefficients. Collective;
 * moves one element per division and rank. */
static hcl_status add_quotients(struct hcl_worker *w, const struct division *divisions, size_t count,
                                hcl_fr *out, struct hcl_err *err)
{
    const struct hcl_team *t = &w->team;
    size_t ranks = (size_t)t->ranks, rows = t->count;
    hcl_fr *values = calloc(count * (ranks + 1) + 1, sizeof *values), *all = values ? values + count : NULL;
    hcl_fr *work = NULL;
    hcl_status st = hcl_mem_alloc((void **)&work, rows + 1, sizeof *work, "opening", err);
    if (st == HCL_OK && !values)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu divisions", count);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    for (size_t i = 0; i < count && ranks > 1; i++)
        hcl_poly_eval(&values[i], divisions[i].block, rows, &divisions[i].point, t->threads);
    hcl_comm_allgather(t->comm, values, all, count * sizeof *values);
    for (size_t i = 0; i < count && rows > 0; i++) {
        /* Value at the point of the coefficients above this block, counted from its end. */
        hcl_fr above = hcl_fr_zero, shift;
        for (size_t r = ranks; r-- > (size_t)t->rank + 1;) {
            size_t first, length;
            hcl_rows_of(t->n, t->ranks, (int)r, &first, &length);
            hcl_fr_pow_u64(&shift, &divisions[i].point, length);
            hcl_fr_mul(&above, &above, &shift);
            hcl_fr_add(&above, &above, &all[r * count + i]);
        }
        memcpy(work, divisions[i].block, rows * sizeof *work);
        work[rows] = above;
        hcl_poly_div_linear(work, rows + 1, &divisions[i].point, NULL, t->threads);
        axpy(out, work, &divisions[i].weight, rows, t->threads);
    }
done:
    hcl_mem_free_secret(work);
    free(values);
    return st;
}

/* c_p = 1/prod_{p' != p} (p - p') over the points of a set. */
static void partial_fraction(hcl_fr *c, const struct hcl_open_set *set, const hcl_fr *points, size_t index)
{
    *c = hcl_fr_one;
    for (size_t j = 0; j < set->num_points; j++) {
        hcl_fr difference;
        if (j == index)
            continue;
        hcl_fr_sub(&difference, &points[set->points[index]], &points[set->points[j]]);
        hcl_fr_mul(c, c, &difference);
    }
    hcl_fr_inv(c, c);
}

static hcl_status opening_init(struct hcl_opening *o, const struct hcl_worker *w, hcl_fr **whole,
                               struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    size_t rows = w->team.count + 1;
    hcl_status st = hcl_mem_alloc((void **)&o->sums, p->num_sets * rows, sizeof(hcl_fr), "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_calloc((void **)&o->q, rows, sizeof(hcl_fr), "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)whole, w->team.n, sizeof(hcl_fr), "opening", err);
    o->points = calloc(p->num_points + 1, sizeof *o->points);
    if (st == HCL_OK && !o->points)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu points", p->num_points);
    return st;
}

void hcl_opening_clear(struct hcl_opening *o)
{
    hcl_mem_free_secret(o->sums);
    hcl_mem_free_secret(o->q);
    free(o->points);
    *o = (struct hcl_opening){ 0 };
}

static hcl_fr *set_sum(const struct hcl_worker *w, const struct hcl_opening *o, size_t set)
{
    return o->sums + set * (w->team.count + 1);
}

/* F_i = sum_j y^j f_(i,j) for all sets. */
static hcl_status combine_sets(struct hcl_worker *w, struct hcl_opening *o, const hcl_fr *y, hcl_fr *whole,
                               struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    struct terms terms;
    hcl_status st = hcl_comm_agree(w->team.comm, terms_init(&terms, w, err), err);
    for (size_t i = 0; st == HCL_OK && i < p->num_sets; i++) {
        hcl_fr power = hcl_fr_one;
        terms.wholes = terms.block_count = 0;
        for (size_t j = 0; j < p->sets[i].num_polys; j++) {
            terms_add(&terms, w, p->polys[p->sets[i].polys[j]], &power);
            hcl_fr_mul(&power, &power, y);
        }
        terms_sum(&terms, w, whole, set_sum(w, o, i));
    }
    terms_clear(&terms);
    return st;
}

hcl_status hcl_round_shplonk_w(struct hcl_worker *w, struct hcl_opening *o, const hcl_fr *y, const hcl_fr *v,
                               hcl_g1 *w_point, struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    hcl_fr *whole = NULL, power = hcl_fr_one;
    size_t count = 0;
    *o = (struct hcl_opening){ 0 };
    hcl_team_phase(&w->team, "open");
    struct division *divisions = calloc(p->num_sets * p->num_points + 1, sizeof *divisions);
    hcl_status st = opening_init(o, w, &whole, err);
    if (st == HCL_OK && !divisions)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu points", p->num_points);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    hcl_open_points(o->points, p, w->team.domain, &w->challenges.x);
    HCL_TRY(combine_sets(w, o, y, whole, err));
    for (size_t i = 0; i < p->num_sets; i++) {
        for (size_t j = 0; j < p->sets[i].num_points; j++) {
            struct division *d = &divisions[count++];
            d->block = set_sum(w, o, i);
            d->point = o->points[p->sets[i].points[j]];
            partial_fraction(&d->weight, &p->sets[i], o->points, j);
            hcl_fr_mul(&d->weight, &d->weight, &power);
        }
        hcl_fr_mul(&power, &power, v);
    }
    HCL_TRY(add_quotients(w, divisions, count, o->q, err));
    const hcl_fr *rows = o->q;
    hcl_team_phase(&w->team, "commit opening");
    HCL_TRY(hcl_commit_rows(&w->team, &rows, 1, w->team.srs->g, w_point, err));
done:
    hcl_mem_free_secret(whole);
    free(divisions);
    if (st != HCL_OK)
        hcl_opening_clear(o);
    return st;
}

/* L without the constants R_(i,j)(u), which a quotient by X - u does not see, divided by Zd_0; into o->q. */
static hcl_status combine_at_u(struct hcl_worker *w, struct hcl_opening *o, const hcl_fr *v, const hcl_fr *u,
                               struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    hcl_fr *zd = calloc(p->num_sets + 1, sizeof *zd), all = hcl_fr_one, power = hcl_fr_one, inverse, factor;
    if (!zd)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu sets", p->num_sets);
    hcl_shplonk_zd(zd, p, o->points, u);
    for (size_t i = 0; i < p->num_points; i++) {
        hcl_fr_sub(&factor, u, &o->points[i]);
        hcl_fr_mul(&all, &all, &factor);
    }
    if (hcl_fr_is_zero(&all)) {
        free(zd);
        return hcl_fail(err, HCL_NO_RESOURCE,
                        "the challenge u is an evaluation point, which happens once in 2^240");
    }
    hcl_fr_inv(&inverse, &zd[0]);
    hcl_fr_mul(&factor, &all, &inverse);
    hcl_fr_neg(&factor, &factor);
    hcl_fr_scale_vec(o->q, o->q, &factor, w->team.count);
    for (size_t i = 0; i < p->num_sets; i++) {
        hcl_fr_mul(&factor, &power, &zd[i]);
        hcl_fr_mul(&factor, &factor, &inverse);
        axpy(o->q, set_sum(w, o, i), &factor, w->team.count, w->team.threads);
        hcl_fr_mul(&power, &power, v);
    }
    free(zd);
    return HCL_OK;
}

hcl_status hcl_round_shplonk_w2(struct hcl_worker *w, struct hcl_opening *o, const hcl_fr *v, const hcl_fr *u,
                                hcl_g1 *w2_point, struct hcl_err *err)
{
    hcl_fr *quotient = NULL;
    hcl_team_phase(&w->team, "open");
    hcl_status st = hcl_mem_calloc((void **)&quotient, w->team.count + 1, sizeof *quotient, "opening", err);
    if (st == HCL_OK)
        st = combine_at_u(w, o, v, u, err);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    struct division division = { o->q, *u, hcl_fr_one };
    HCL_TRY(add_quotients(w, &division, 1, quotient, err));
    const hcl_fr *rows = quotient;
    hcl_team_phase(&w->team, "commit opening");
    HCL_TRY(hcl_commit_rows(&w->team, &rows, 1, w->team.srs->g, w2_point, err));
done:
    hcl_mem_free_secret(quotient);
    return st;
}

/* Buffers of the GWC opening. */
struct gwc {
    hcl_fr *points, *whole, *sums, *quotients;
    const hcl_fr **rows;
    struct terms terms;
};

static hcl_status gwc_init(struct gwc *g, const struct hcl_worker *w, struct hcl_err *err)
{
    size_t points = w->openings.num_points, rows = w->team.count + 1;
    hcl_status st = terms_init(&g->terms, w, err);
    g->points = calloc(points + 1, sizeof *g->points);
    g->rows = calloc(points + 1, sizeof *g->rows);
    if (st == HCL_OK && (!g->points || !g->rows))
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu points", points);
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)&g->whole, w->team.n, sizeof(hcl_fr), "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)&g->sums, rows, sizeof(hcl_fr), "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_calloc((void **)&g->quotients, points * rows, sizeof(hcl_fr), "opening", err);
    return st;
}

static void gwc_clear(struct gwc *g)
{
    hcl_mem_free_secret(g->whole);
    hcl_mem_free_secret(g->sums);
    hcl_mem_free_secret(g->quotients);
    free(g->points);
    free(g->rows);
    terms_clear(&g->terms);
}

hcl_status hcl_round_gwc(struct hcl_worker *w, const hcl_fr *v, hcl_g1 *points, struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    struct gwc g = { 0 };
    hcl_status st = HCL_OK;
    hcl_team_phase(&w->team, "open");
    HCL_TRY(hcl_comm_agree(w->team.comm, gwc_init(&g, w, err), err));
    hcl_open_points(g.points, p, w->team.domain, &w->challenges.x);
    for (size_t i = 0; i < p->num_points; i++) {
        hcl_fr power = hcl_fr_one;
        g.terms.wholes = g.terms.block_count = 0;
        for (size_t q = 0; q < p->num_queries; q++) {
            if (p->queries[q].point != i)
                continue;
            terms_add(&g.terms, w, p->polys[p->queries[q].poly], &power);
            hcl_fr_mul(&power, &power, v);
        }
        terms_sum(&g.terms, w, g.whole, g.sums);
        hcl_fr *quotient = g.quotients + i * (w->team.count + 1);
        struct division division = { g.sums, g.points[i], hcl_fr_one };
        HCL_TRY(add_quotients(w, &division, 1, quotient, err));
        g.rows[i] = quotient;
    }
    hcl_team_phase(&w->team, "commit opening");
    HCL_TRY(hcl_commit_rows(&w->team, g.rows, p->num_points, w->team.srs->g, points, err));
done:
    gwc_clear(&g);
    return st;
}
