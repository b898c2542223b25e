/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/linear.h"

#include "common/poly/linear.h"
#include "common/sys/mem.h"
#include "worker/rounds/compact_sum.h"
#include "worker/rounds/powers.h"
#include "worker/rounds/rows_ntt.h"

#define TILE 1024

bool hcl_stays_compact(const struct hcl_worker *w, struct hcl_poly_id poly)
{
    return poly.kind != HCL_POLY_H && poly.kind != HCL_POLY_RANDOM &&
           w->store.compact[hcl_id(&w->store.ids, (int)poly.kind, poly.index)].n > 0;
}

bool hcl_always_compact(const struct hcl_worker *w, struct hcl_poly_id poly)
{
    return poly.kind == HCL_POLY_FIXED || poly.kind == HCL_POLY_SIGMA ||
           (poly.kind == HCL_POLY_ADVICE &&
            hcl_linear_has(&w->constraints.linear, (hcl_column){ HCL_COL_ADVICE, poly.index }));
}

hcl_status hcl_linear_compact(struct hcl_worker *w, struct hcl_err *err)
{
    hcl_status result = HCL_OK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(w->team.threads)
    for (uint32_t i = 0; i < w->circuit->num_advice; i++) {
        struct hcl_err local = { "" };
        const size_t id = hcl_id(&w->store.ids, HCL_POLY_ADVICE, i);
        hcl_status st = HCL_OK;
        if (hcl_store_mine(&w->store, id) && w->store.values[id] &&
            hcl_linear_has(&w->constraints.linear, (hcl_column){ HCL_COL_ADVICE, i }))
            st = hcl_store_to_compact(&w->store, id, &local);
#pragma omp critical(hcl_linear_compact)
        if (st != HCL_OK)
            result = hcl_fail(err, st, "%s", local.msg);
    }
    return result;
}

/* ---- sums for the quotient ---- */

struct sums {
    struct hcl_compact_sum sum;
    hcl_fr *block;            /* this rank's rows of a sum; NULL with one rank */
    bool together;            /* the ranks transform a sum in blocks; else its owner does */
    struct hcl_rows_ntt intt; /* if so */
    size_t *ids;
};

static void sums_clear(struct sums *s)
{
    hcl_compact_sum_clear(&s->sum);
    hcl_mem_free_secret(s->block);
    hcl_rows_ntt_clear(&s->intt);
    free(s->ids);
}

static hcl_status sums_init(struct sums *s, struct hcl_worker *w, struct hcl_err *err)
{
    const struct hcl_linear *l = &w->constraints.linear;
    hcl_status st = hcl_compact_sum_init(&s->sum, w, l->num_terms, err);
    s->ids = calloc(l->num_sums + 1, sizeof *s->ids);
    if (st == HCL_OK && !s->ids)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu sums", l->num_sums);
    if (st == HCL_OK && w->team.ranks > 1)
        st = hcl_mem_alloc((void **)&s->block, w->team.count + 1, sizeof *s->block, "linear sums", err);
    s->together = hcl_rows_intt_pays(&w->team, l->num_sums);
    if (st == HCL_OK && s->together)
        st = hcl_rows_ntt_init(&s->intt, &w->team, err);
    for (size_t i = 0; st == HCL_OK && i < l->num_sums; i++) {
        s->ids[i] = hcl_id(&w->store.ids, HCL_STORE_SUM, i);
        if (hcl_store_mine(&w->store, s->ids[i]))
            st = hcl_store_add(&w->store, s->ids[i], err);
    }
    return st;
}

/* Sum i at its owner: its coefficients if the ranks transform it together, else its values. */
static void make_sum(struct sums *s, struct hcl_worker *w, const hcl_fr *coefficients, size_t i)
{
    const struct hcl_linear *l = &w->constraints.linear;
    struct hcl_team *t = &w->team;
    const struct hcl_moving moving = { .owner = w->store.owner[s->ids[i]],
                                       .whole = w->store.values[s->ids[i]],
                                       .block = s->block };
    hcl_fr *rows = t->ranks == 1 ? moving.whole : s->block;
    hcl_compact_sum_start(&s->sum);
    for (size_t k = l->sums[i].first; k < l->sums[i].first + l->sums[i].count; k++)
        hcl_compact_sum_add(&s->sum, w, hcl_id_column(&w->store.ids, l->columns[k]), &coefficients[k]);
    (void)hcl_compact_sum_rows(&s->sum, w, rows); /* a sum has terms */
    if (s->together)
        hcl_rows_intt(&s->intt, t, &rows, 1);
    if (t->ranks > 1)
        hcl_rows_to_columns(&t->exchange, &moving, 1);
    if (s->together && moving.whole)
        hcl_store_transformed(&w->store, s->ids[i]);
}

hcl_status hcl_linear_make_sums(struct hcl_worker *w, const hcl_fr *coefficients, struct hcl_err *err)
{
    const size_t count = w->constraints.linear.num_sums;
    struct sums s = { 0 };
    size_t done = 0;
    if (count == 0)
        return HCL_OK;
    hcl_status st = hcl_comm_agree(w->team.comm, sums_init(&s, w, err), err);
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        make_sum(&s, w, coefficients, i);
    if (st == HCL_OK && !s.together)
        st = hcl_comm_agree(
            w->team.comm,
            hcl_store_to_coeffs(&w->store, w->team.domain, s.ids, count, w->team.threads, &done, err), err);
    w->team.counters.ntts += done;
    sums_clear(&s);
    return st;
}

void hcl_linear_drop_sums(struct hcl_worker *w)
{
    for (size_t i = 0; i < w->constraints.linear.num_sums; i++)
        hcl_store_drop(&w->store, hcl_id(&w->store.ids, HCL_STORE_SUM, i));
}

/* ---- evaluations ---- */

/* Columns that this rank owns, with the place of the value of each. */
struct own {
    const struct hcl_compact **columns;
    uint32_t *places;
    size_t count;
};

static void own_clear(struct own *o)
{
    free(o->columns);
    free(o->places);
}

static hcl_status own_init(struct own *o, size_t most, struct hcl_err *err)
{
    *o = (struct own){ .columns = calloc(most + 1, sizeof *o->columns),
                       .places = calloc(most + 1, sizeof *o->places) };
    return o->columns && o->places ? HCL_OK
                                   : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", most);
}

/* L_row(x) = w^row (x^n - 1)/(n (x - w^row)) for this rank's rows. */
static hcl_status fill_lagrange(hcl_fr *l, const struct hcl_worker *w, struct hcl_err *err)
{
    const struct hcl_domain *d = w->team.domain;
    const size_t first = w->team.first, count = w->team.count;
    const hcl_fr *x = &w->challenges.x;
    hcl_fr factor;
    hcl_fr_pow_u64(&factor, x, d->n);
    hcl_fr_sub(&factor, &factor, &hcl_fr_one);
    if (hcl_fr_is_zero(&factor))
        return hcl_fail(err, HCL_NO_RESOURCE,
                        "the challenge x is in the domain, which happens once in 2^225");
    hcl_fr_mul(&factor, &factor, &d->n_inv);
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t at = 0; at < count; at += TILE) {
        hcl_fr powers[TILE], scratch[TILE];
        const size_t part = count - at < TILE ? count - at : TILE;
        hcl_powers_run(powers, &d->omega, first + at, part);
        hcl_fill_run(l + at, x, part);
        hcl_fr_sub_vec(l + at, l + at, powers, part);
        hcl_fr_batch_inv(l + at, scratch, part);
        hcl_fr_mul_vec(l + at, l + at, powers, part);
        hcl_fr_scale_vec(l + at, l + at, &factor, part);
    }
    return HCL_OK;
}

/* Values of columns at x*w^rotation. L_row(x*w^rotation) = L_(row - rotation)(x). */
static void evaluate_rotated(hcl_fr *values, const struct own *o, const hcl_fr *l, int32_t rotation,
                             const struct hcl_team *t, hcl_fr *scratch)
{
    const size_t n = t->n, shift = (size_t)(((int64_t)rotation % (int64_t)n + (int64_t)n) % (int64_t)n);
    hcl_linear_evaluate(values, o->columns, o->count, l, shift, n - shift, t->threads);
    if (shift == 0)
        return;
    hcl_linear_evaluate(scratch, o->columns, o->count, l + n - shift, 0, shift, t->threads);
    for (size_t i = 0; i < o->count; i++)
        hcl_fr_add(&values[i], &values[i], &scratch[i]);
}

/* This rank's compact columns, as often as they are opened, and where their values belong. */
static void list_own(struct own *o, const struct hcl_worker *w)
{
    const struct hcl_open_plan *p = &w->openings;
    for (uint32_t i = 0; i < p->num_evaluations; i++) {
        const struct hcl_poly_id poly = p->evaluations[i].poly;
        if (!hcl_stays_compact(w, poly))
            continue;
        const size_t id = hcl_id(&w->store.ids, (int)poly.kind, poly.index);
        if (!hcl_store_mine(&w->store, id))
            continue;
        HCL_CHECK(w->store.compact[id].n == w->team.n);
        o->columns[o->count] = &w->store.compact[id];
        o->places[o->count++] = i;
    }
}

/* The columns from `first` on that are opened at the same rotation as that one come next to it; returns the
 * end of them. */
static size_t gather_rotation(struct own *o, const struct hcl_open_plan *p, size_t first)
{
    size_t end = first;
    for (size_t i = first; i < o->count; i++) {
        if (p->evaluations[o->places[i]].rotation != p->evaluations[o->places[first]].rotation)
            continue;
        const struct hcl_compact *column = o->columns[i];
        const uint32_t place = o->places[i];
        o->columns[i] = o->columns[end];
        o->places[i] = o->places[end];
        o->columns[end] = column;
        o->places[end++] = place;
    }
    return end;
}

/* What an evaluation needs. */
struct evaluating {
    struct own own;
    hcl_fr *l, *own_l; /* L_row(x) of all rows; of this rank's */
    hcl_fr *values;
};

static hcl_status evaluating_init(struct evaluating *e, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t n = w->team.n;
    const bool alone = w->team.ranks == 1;
    hcl_status st;
    HCL_TRY(own_init(&e->own, w->openings.num_evaluations, err));
    list_own(&e->own, w);
    HCL_TRY(
        hcl_mem_alloc((void **)&e->l, alone ? n : n + w->team.count, sizeof *e->l, "Lagrange values", err));
    e->own_l = alone ? e->l : e->l + n;
    HCL_TRY(hcl_mem_alloc((void **)&e->values, 2 * e->own.count + 1, sizeof *e->values, "evaluations", err));
done:
    return st;
}

static void evaluating_clear(struct evaluating *e)
{
    own_clear(&e->own);
    hcl_mem_free(e->l);
    hcl_mem_free_secret(e->values);
}

hcl_status hcl_linear_evaluations(hcl_fr *evaluations, struct hcl_worker *w, struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    struct evaluating e = { 0 };
    hcl_status st = evaluating_init(&e, w, err);
    if (st == HCL_OK)
        st = fill_lagrange(e.own_l, w, err);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    if (w->team.ranks > 1)
        hcl_rows_to_all(&w->team.exchange, e.own_l, e.l);
    for (size_t first = 0, end; first < e.own.count; first = end) {
        end = gather_rotation(&e.own, p, first);
        const struct own some = { .columns = e.own.columns + first, .count = end - first };
        evaluate_rotated(e.values, &some, e.l, p->evaluations[e.own.places[first]].rotation, &w->team,
                         e.values + e.own.count);
        for (size_t i = first; i < end; i++)
            evaluations[e.own.places[i]] = e.values[i - first];
    }
done:
    evaluating_clear(&e);
    return st;
}
