/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-point openings on blocks of coefficients (docs/formats: FORMAT section 12). Two facts keep them free
 * of serial steps. First, quotients need no remainders subtracted: for F and points P_i with c_p = 1/prod_{p'
 * != p} (p - p'), (F - R)/prod (X - p) = sum_p c_p (F - F(p))/(X - p), where R interpolates F on the points,
 * since both sides are polynomials that agree. Second, dividing by X - z is a Horner scheme from the top: a
 * block needs only the value at z of everything above it, so ranks exchange one value per division. */
#include "worker/rounds/commit.h"
#include "worker/rounds/compact_sum.h"
#include "worker/rounds/linear.h"
#include "worker/rounds/rounds.h"
#include "worker/rounds/rows_ntt.h"

#include "common/halo2/rows.h"
#include "common/poly/poly.h"
#include "common/sys/mem.h"

#include <string.h>

#define TILE 1024

/* acc += c*f over `count` elements, all threads. */
static void axpy(hcl_fr *acc, const hcl_fr *f, const hcl_fr *c, size_t count, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t at = 0; at < count; at += TILE)
        hcl_fr_axpy_vec(acc + at, f + at, c, count - at < TILE ? count - at : TILE);
}

/* The polynomials to combine, with their weights: those kept whole, those in blocks, compact columns, which
 * are added up as values and transformed once, and those that wait in a scratch file. */
struct terms {
    const hcl_fr **whole, **blocks, **at; /* at: `whole` from a row on */
    struct hcl_compact_sum compact;
    size_t *waiting; /* ids */
    hcl_fr *whole_weights, *block_weights, *waiting_weights;
    size_t wholes, block_count, waits;
    bool *has;      /* by rank: owns some of them that are coefficients */
    uint64_t *kept; /* by advice column: 1 if it stays compact to save memory */
    size_t ranks;
    struct hcl_rows_ntt intt;
};

static void terms_clear(struct terms *s)
{
    free(s->whole);
    free(s->blocks);
    free(s->at);
    hcl_compact_sum_clear(&s->compact);
    free(s->waiting);
    free(s->waiting_weights);
    free(s->whole_weights);
    free(s->block_weights);
    free(s->has);
    free(s->kept);
    hcl_rows_ntt_clear(&s->intt);
}

static hcl_status terms_init(struct terms *s, const struct hcl_worker *w, struct hcl_err *err)
{
    size_t most = w->openings.num_queries + w->circuit->degree + 1;
    *s = (struct terms){ .whole = calloc(most, sizeof *s->whole),
                         .blocks = calloc(most, sizeof *s->blocks),
                         .at = calloc(most, sizeof *s->at),
                         .waiting = calloc(most, sizeof *s->waiting),
                         .waiting_weights = calloc(most, sizeof(hcl_fr)),
                         .whole_weights = calloc(most, sizeof(hcl_fr)),
                         .block_weights = calloc(most, sizeof(hcl_fr)),
                         .ranks = (size_t)w->team.ranks };
    s->has = calloc(s->ranks, sizeof *s->has);
    s->kept = calloc((size_t)w->circuit->num_advice + 1, sizeof *s->kept);
    if (!s->has || !s->kept || !s->whole || !s->blocks || !s->at || !s->waiting || !s->waiting_weights ||
        !s->whole_weights || !s->block_weights)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu queries", most);
    const hcl_status st = hcl_compact_sum_init(&s->compact, w, most, err);
    return st != HCL_OK ? st : hcl_rows_ntt_init(&s->intt, &w->team, err);
}

/* Collective: all ranks know which of the columns of others are compact. */
static void terms_tell(struct terms *s, const struct hcl_worker *w)
{
    for (uint32_t i = 0; i < w->circuit->num_advice; i++)
        s->kept[i] = hcl_store_mine(&w->store, hcl_id(&w->store.ids, HCL_POLY_ADVICE, i)) &&
                     hcl_stays_compact(w, (struct hcl_poly_id){ HCL_POLY_ADVICE, i });
    if (w->savings.keep_compact)
        hcl_comm_max_u64(w->team.comm, s->kept, w->circuit->num_advice);
}

/* A block of one rank alone is a whole polynomial. */
static void terms_add_block(struct terms *s, const struct hcl_worker *w, const hcl_fr *block,
                            const hcl_fr *weight)
{
    const bool whole = w->team.ranks == 1;
    const size_t at = whole ? s->wholes++ : s->block_count++;
    (whole ? s->whole : s->blocks)[at] = block;
    (whole ? s->whole_weights : s->block_weights)[at] = *weight;
}

static void terms_start(struct terms *s)
{
    s->wholes = s->block_count = s->waits = 0;
    memset(s->has, 0, s->ranks * sizeof *s->has);
    hcl_compact_sum_start(&s->compact);
}

/* Add weight * polynomial; H stands for sum x^(n*i) h_i. */
static void terms_add(struct terms *s, const struct hcl_worker *w, struct hcl_poly_id poly,
                      const hcl_fr *weight)
{
    if (poly.kind == HCL_POLY_RANDOM) {
        terms_add_block(s, w, w->random_block, weight);
    } else if (poly.kind == HCL_POLY_H) {
        hcl_fr xn, power = *weight;
        hcl_fr_pow_u64(&xn, &w->challenges.x, w->team.n);
        for (size_t i = 0; i + 1 < w->circuit->degree; i++) {
            terms_add_block(s, w, w->h_blocks[i], &power);
            hcl_fr_mul(&power, &power, &xn);
        }
    } else {
        const size_t id = hcl_id(&w->store.ids, (int)poly.kind, poly.index);
        const bool compact =
            hcl_always_compact(w, poly) || (poly.kind == HCL_POLY_ADVICE && s->kept[poly.index] > 0);
        HCL_CHECK(!hcl_store_mine(&w->store, id) || compact == hcl_stays_compact(w, poly));
        if (compact) {
            hcl_compact_sum_add(&s->compact, w, id, weight);
            return;
        }
        s->has[w->store.owner[id]] = true;
        if (!hcl_store_mine(&w->store, id))
            return;
        if (hcl_store_waits(&w->store, id)) {
            s->waiting[s->waits] = id;
            s->waiting_weights[s->waits++] = *weight;
            return;
        }
        s->whole[s->wholes] = w->store.coeffs[id];
        s->whole_weights[s->wholes++] = *weight;
    }
}

/* Elements of scratch for terms_sum. Of one rank: the sum of the compact columns, then one that has waited.
 * Of several: the block of that sum, and where columns wait theirs and one of them. */
static size_t terms_scratch(const struct hcl_worker *w)
{
    const bool compact =
        w->savings.keep_compact ||
        w->constraints.linear.num_columns + w->circuit->num_fixed + w->circuit->num_permutation > 0;
    if (w->team.ranks == 1)
        return w->team.n * (compact || w->store.scratch);
    return w->team.count + (w->store.scratch ? 2 * w->team.n : 0) + 1;
}

static void add_all(hcl_fr *acc, const hcl_fr *more, size_t count, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t at = 0; at < count; at += TILE)
        hcl_fr_add_vec(acc + at, acc + at, more + at, count - at < TILE ? count - at : TILE);
}

/* acc += what waits; fetched: n elements of scratch. */
static void add_waiting(const struct terms *s, const struct hcl_worker *w, hcl_fr *acc, hcl_fr *fetched)
{
    for (size_t i = 0; i < s->waits; i++) {
        hcl_store_fetch(&w->store, s->waiting[i], fetched, w->team.threads);
        axpy(acc, fetched, &s->waiting_weights[i], w->team.n, w->team.threads);
    }
}

static void sum_alone(struct terms *s, struct hcl_worker *w, hcl_fr *scratch, hcl_fr *sum)
{
    struct hcl_team *t = &w->team;
    hcl_poly_combine(sum, s->whole, s->whole_weights, s->wholes, t->n, t->threads);
    if (hcl_compact_sum_rows(&s->compact, w, scratch)) {
        hcl_rows_intt(&s->intt, t, &scratch, 1);
        add_all(sum, scratch, t->n, t->threads);
    }
    add_waiting(s, w, sum, scratch);
}

/* This rank's summand (hcl_summand). */
struct summand {
    const struct terms *s;
    const hcl_fr *waited; /* sum of what waits; NULL: nothing does */
    int threads;
};

static void make_coefficients(hcl_fr *out, size_t first, size_t count, void *ctx)
{
    const struct summand *m = ctx;
    const struct terms *s = m->s;
    for (size_t i = 0; i < s->wholes; i++)
        s->at[i] = s->whole[i] + first;
    hcl_poly_combine(out, s->at, s->whole_weights, s->wholes, count, m->threads);
    if (m->waited)
        add_all(out, m->waited + first, count, m->threads);
}

/* block := this rank's coefficients of the sum of all ranks' terms. Sums of coefficients and of values travel
 * apart: a transform before would be one on each rank. */
static void terms_sum(struct terms *s, struct hcl_worker *w, hcl_fr *scratch, hcl_fr *block)
{
    struct hcl_team *t = &w->team;
    struct summand mine = { s, NULL, t->threads };
    hcl_fr *values = scratch, *waited = scratch + t->count;
    if (t->ranks == 1) {
        sum_alone(s, w, scratch, block);
        return;
    }
    if (s->waits > 0) {
        memset(waited, 0, t->n * sizeof *waited);
        add_waiting(s, w, waited, waited + t->n);
        mine.waited = waited;
    }
    hcl_sum_to_rows(&t->exchange, make_coefficients, &mine, s->has, block, t->threads);
    if (hcl_compact_sum_rows(&s->compact, w, values)) {
        hcl_rows_intt(&s->intt, t, &values, 1);
        add_all(block, values, t->count, t->threads);
    }
    for (size_t i = 0; i < s->block_count; i++)
        axpy(block, s->blocks[i], &s->block_weights[i], t->count, t->threads);
}

/* Collective: whether no rank had trouble with what waited. */
static hcl_status fetched_all(const struct hcl_worker *w, struct hcl_err *err)
{
    return w->savings.scratch ? hcl_comm_agree(w->team.comm, hcl_scratch_status(w->store.scratch, err), err)
                              : HCL_OK;
}

/* sum over points of (G_p - G_p(p))/(X - p), where G_p is the sum of the block vectors, each with its weight
 * for the point: weights[point*num_blocks + block], 0 where it has no part in it. */
struct quotients {
    const hcl_fr *const *blocks;
    const hcl_fr *points, *weights;
    size_t num_blocks, num_points;
};

/* Buffers: one vector per point, of which the first is the result. */
struct divisions {
    hcl_fr **g, *memory;  /* G_p, then its quotient */
    hcl_fr *values, *all; /* G_p(p) of this block, of all ranks' */
    const hcl_fr **terms; /* of one G_p */
    hcl_fr *term_weights;
};

static hcl_status divisions_init(struct divisions *d, const struct quotients *q, const struct hcl_team *t,
                                 hcl_fr *out, struct hcl_err *err)
{
    const size_t room = t->count + 1, more = q->num_points > 0 ? q->num_points - 1 : 0;
    d->g = calloc(q->num_points + 1, sizeof *d->g);
    d->terms = calloc(q->num_blocks + 1, sizeof *d->terms);
    d->term_weights = calloc(q->num_blocks + 1, sizeof *d->term_weights);
    if (!d->g || !d->terms || !d->term_weights)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu divisions", q->num_points);
    hcl_status st = hcl_mem_alloc((void **)&d->memory, more * room, sizeof *d->memory, "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_calloc((void **)&d->values, q->num_points * ((size_t)t->ranks + 1), sizeof *d->values,
                            "opening", err);
    if (st != HCL_OK)
        return st;
    d->all = d->values + q->num_points;
    d->g[0] = out;
    for (size_t i = 0; i < more; i++)
        d->g[i + 1] = d->memory + i * room;
    return HCL_OK;
}

static void divisions_clear(struct divisions *d)
{
    hcl_mem_free_secret(d->memory);
    free(d->g);
    hcl_mem_free_secret(d->values);
    free(d->terms);
    free(d->term_weights);
}

static void combine_for_point(struct divisions *d, const struct quotients *q, size_t point, size_t rows,
                              int threads)
{
    size_t count = 0;
    for (size_t i = 0; i < q->num_blocks; i++) {
        const hcl_fr *weight = &q->weights[point * q->num_blocks + i];
        if (hcl_fr_is_zero(weight))
            continue;
        d->terms[count] = q->blocks[i];
        d->term_weights[count++] = *weight;
    }
    hcl_poly_combine(d->g[point], d->terms, d->term_weights, count, rows, threads);
}

/* The quotient of G_p in place of its coefficients. */
static void divide(const struct divisions *d, const struct quotients *q, const struct hcl_team *t,
                   size_t point, int threads)
{
    const hcl_fr *p = &q->points[point];
    /* Value at the point of the coefficients above this block, counted from its end. */
    hcl_fr above = hcl_fr_zero, shift;
    for (size_t r = (size_t)t->ranks; r-- > (size_t)t->rank + 1;) {
        size_t first, length;
        hcl_rows_of(t->n, t->ranks, (int)r, &first, &length);
        hcl_fr_pow_u64(&shift, p, length);
        hcl_fr_mul(&above, &above, &shift);
        hcl_fr_add(&above, &above, &d->all[r * q->num_points + point]);
    }
    d->g[point][t->count] = above;
    hcl_poly_div_linear(d->g[point], t->count + 1, p, NULL, threads);
}

static void add_to_first(const struct divisions *d, size_t points, size_t rows, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads) if (points > 1)
    for (size_t at = 0; at < rows; at += TILE)
        for (size_t i = 1; i < points; i++)
            hcl_fr_add_vec(d->g[0] + at, d->g[0] + at, d->g[i] + at, rows - at < TILE ? rows - at : TILE);
}

/* out := this rank's coefficients of the quotients' sum; room for one more than the block has. Collective;
 * moves one element per point and rank. */
static hcl_status sum_quotients(struct hcl_worker *w, const struct quotients *q, hcl_fr *out,
                                struct hcl_err *err)
{
    const struct hcl_team *t = &w->team;
    const size_t points = q->num_points, rows = t->count;
    struct divisions d = { 0 };
    hcl_status st = divisions_init(&d, q, t, out, err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    /* Threads take a division each, or share each one where there are more of them. */
    const int outer = points >= (size_t)t->threads ? t->threads : 1, inner = t->threads / outer;
    for (size_t i = 0; i < points; i++)
        combine_for_point(&d, q, i, rows, t->threads);
    for (size_t i = 0; i < points && t->ranks > 1; i++)
        hcl_poly_eval(&d.values[i], d.g[i], rows, &q->points[i], t->threads);
    hcl_comm_allgather(t->comm, d.values, d.all, points * sizeof *d.values);
    if (rows > 0) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(outer) if (outer > 1)
        for (size_t i = 0; i < points; i++)
            divide(&d, q, t, i, inner);
        add_to_first(&d, points, rows, t->threads);
    }
done:
    divisions_clear(&d);
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

static hcl_status opening_init(struct hcl_opening *o, const struct hcl_worker *w, hcl_fr **scratch,
                               struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    size_t rows = w->team.count + 1;
    hcl_status st = hcl_mem_alloc((void **)&o->sums, p->num_sets * rows, sizeof(hcl_fr), "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_calloc((void **)&o->q, rows, sizeof(hcl_fr), "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)scratch, terms_scratch(w), sizeof(hcl_fr), "opening", err);
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
static hcl_status combine_sets(struct hcl_worker *w, struct hcl_opening *o, const hcl_fr *y, hcl_fr *scratch,
                               struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    struct terms terms;
    hcl_status st = hcl_comm_agree(w->team.comm, terms_init(&terms, w, err), err);
    if (st == HCL_OK)
        terms_tell(&terms, w);
    for (size_t i = 0; st == HCL_OK && i < p->num_sets; i++) {
        hcl_fr power = hcl_fr_one;
        terms_start(&terms);
        for (size_t j = 0; j < p->sets[i].num_polys; j++) {
            terms_add(&terms, w, p->polys[p->sets[i].polys[j]], &power);
            hcl_fr_mul(&power, &power, y);
        }
        terms_sum(&terms, w, scratch, set_sum(w, o, i));
    }
    if (st == HCL_OK)
        st = fetched_all(w, err);
    terms_clear(&terms);
    return st;
}

/* For point p of set i: v^i / prod_{p' != p} (p - p'). */
static void quotient_weights(hcl_fr *weights, const struct hcl_open_plan *p, const hcl_fr *points,
                             const hcl_fr *v)
{
    hcl_fr power = hcl_fr_one;
    for (size_t i = 0; i < p->num_sets; i++) {
        for (size_t j = 0; j < p->sets[i].num_points; j++) {
            hcl_fr *weight = &weights[p->sets[i].points[j] * p->num_sets + i];
            partial_fraction(weight, &p->sets[i], points, j);
            hcl_fr_mul(weight, weight, &power);
        }
        hcl_fr_mul(&power, &power, v);
    }
}

hcl_status hcl_round_shplonk_w(struct hcl_worker *w, struct hcl_opening *o, const hcl_fr *y, const hcl_fr *v,
                               hcl_g1 *w_point, struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    hcl_fr *scratch = NULL;
    *o = (struct hcl_opening){ 0 };
    hcl_team_phase(&w->team, "open");
    hcl_fr *weights = calloc(p->num_sets * p->num_points + 1, sizeof *weights);
    const hcl_fr **blocks = calloc(p->num_sets + 1, sizeof *blocks);
    hcl_status st = opening_init(o, w, &scratch, err);
    if (st == HCL_OK && (!weights || !blocks))
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu points", p->num_points);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    hcl_open_points(o->points, p, w->team.domain, &w->challenges.x);
    HCL_TRY(combine_sets(w, o, y, scratch, err));
    for (size_t i = 0; i < p->num_sets; i++)
        blocks[i] = set_sum(w, o, i);
    quotient_weights(weights, p, o->points, v);
    const struct quotients quotients = { blocks, o->points, weights, p->num_sets, p->num_points };
    HCL_TRY(sum_quotients(w, &quotients, o->q, err));
    hcl_mem_free_secret(scratch); /* before what a commitment takes is there */
    scratch = NULL;
    const hcl_fr *rows = o->q;
    hcl_team_phase(&w->team, "commit opening");
    HCL_TRY(hcl_commit_rows(&w->team, &rows, 1, w->team.srs->g, w_point, err));
done:
    hcl_mem_free_secret(scratch);
    free(weights);
    free(blocks);
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
    const hcl_fr *rows = o->q;
    const struct quotients one = { &rows, u, &hcl_fr_one, 1, 1 };
    HCL_TRY(sum_quotients(w, &one, quotient, err));
    rows = quotient;
    hcl_team_phase(&w->team, "commit opening");
    HCL_TRY(hcl_commit_rows(&w->team, &rows, 1, w->team.srs->g, w2_point, err));
done:
    hcl_mem_free_secret(quotient);
    return st;
}

/* Buffers of the GWC opening. */
struct gwc {
    hcl_fr *points, *scratch, *sums, *quotients;
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
        st = hcl_mem_alloc((void **)&g->scratch, terms_scratch(w), sizeof(hcl_fr), "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)&g->sums, rows, sizeof(hcl_fr), "opening", err);
    if (st == HCL_OK)
        st = hcl_mem_calloc((void **)&g->quotients, points * rows, sizeof(hcl_fr), "opening", err);
    return st;
}

static void gwc_clear(struct gwc *g)
{
    hcl_mem_free_secret(g->scratch);
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
    terms_tell(&g.terms, w);
    hcl_open_points(g.points, p, w->team.domain, &w->challenges.x);
    for (size_t i = 0; i < p->num_points; i++) {
        hcl_fr power = hcl_fr_one;
        terms_start(&g.terms);
        for (size_t q = 0; q < p->num_queries; q++) {
            if (p->queries[q].point != i)
                continue;
            terms_add(&g.terms, w, p->polys[p->queries[q].poly], &power);
            hcl_fr_mul(&power, &power, v);
        }
        terms_sum(&g.terms, w, g.scratch, g.sums);
        hcl_fr *quotient = g.quotients + i * (w->team.count + 1);
        const hcl_fr *sums = g.sums;
        const struct quotients one = { &sums, &g.points[i], &hcl_fr_one, 1, 1 };
        HCL_TRY(sum_quotients(w, &one, quotient, err));
        g.rows[i] = quotient;
    }
    HCL_TRY(fetched_all(w, err));
    hcl_team_phase(&w->team, "commit opening");
    HCL_TRY(hcl_commit_rows(&w->team, g.rows, p->num_points, w->team.srs->g, points, err));
done:
    gwc_clear(&g);
    return st;
}
