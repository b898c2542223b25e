/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/commit.h"
#include "worker/rounds/linear.h"
#include "worker/rounds/rounds.h"

#include "common/poly/poly.h"
#include "common/sys/mem.h"

/* Coefficients drawn by one call: long enough to spread the cost of deriving a stream. */
#define DRAW 2048

static hcl_status fill_random(struct hcl_worker *w, struct hcl_err *err)
{
    const struct hcl_blinding *b = w->blinding;
    size_t first = w->team.first, count = w->team.count;
    hcl_status result = HCL_OK;
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t at = 0; at < count; at += DRAW) {
        struct hcl_err local = { "" };
        hcl_status st = b->fill(b->ctx, HCL_BLIND_RANDOM_POLY, 0, first + at,
                                count - at < DRAW ? count - at : DRAW, w->random_block + at, &local);
#pragma omp critical(hcl_fill_random)
        if (st != HCL_OK)
            result = hcl_fail(err, st, "%s", local.msg);
    }
    return result;
}

hcl_status hcl_round_random(struct hcl_worker *w, hcl_g1 *point, struct hcl_err *err)
{
    struct hcl_team *t = &w->team;
    hcl_team_phase(t, "random polynomial");
    hcl_status st =
        hcl_mem_alloc((void **)&w->random_block, t->count + 1, sizeof(hcl_fr), "random polynomial", err);
    if (st == HCL_OK)
        st = fill_random(w, err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    const hcl_fr *rows = w->random_block;
    HCL_TRY(hcl_commit_rows(t, &rows, 1, t->srs->g, point, err));
done:
    return st;
}

/* Linear columns, and with little memory those of small integers. */
static bool stays(const struct hcl_worker *w, size_t id)
{
    const size_t *base = &w->store.ids.base[HCL_POLY_ADVICE];
    return id >= base[0] && id < base[1] &&
           ((w->savings.keep_compact && w->store.compact[id].n > 0) ||
            hcl_linear_has(&w->constraints.linear, (hcl_column){ HCL_COL_ADVICE, (uint32_t)(id - base[0]) }));
}

hcl_status hcl_round_coefficients(struct hcl_worker *w, struct hcl_err *err)
{
    size_t all = w->store.ids.count, count = 0, done = 0, *ids = calloc(all + 1, sizeof *ids);
    hcl_status st = HCL_OK;
    hcl_team_phase(&w->team, "coefficients");
    if (!ids)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", all);
    for (size_t id = 0; ids && id < all; id++)
        if (!stays(w, id))
            ids[count++] = id;
    if (st == HCL_OK)
        st = hcl_linear_compact(w, err);
    if (st == HCL_OK)
        st = hcl_store_to_coeffs(&w->store, w->team.domain, ids, count, w->team.threads, &done, err);
    if (st == HCL_OK)
        st = hcl_store_to_scratch(&w->store, ids, count, w->team.threads, err);
    w->team.counters.ntts += done;
    free(ids);
    return hcl_comm_agree(w->team.comm, st, err);
}

/* This rank's contribution to an evaluation: all of it at the owner, a block's share of the random
 * polynomial. Compact columns and those that wait in a scratch file are not evaluated here. */
static void evaluate_one(const struct hcl_worker *w, const struct hcl_evaluation *e, hcl_fr *out, int threads)
{
    const struct hcl_team *t = &w->team;
    hcl_fr x;
    hcl_domain_omega_pow(&x, t->domain, e->rotation);
    hcl_fr_mul(&x, &x, &w->challenges.x);
    *out = hcl_fr_zero;
    if (e->poly.kind == HCL_POLY_RANDOM) {
        hcl_fr shift;
        hcl_poly_eval(out, w->random_block, t->count, &x, threads);
        hcl_fr_pow_u64(&shift, &x, t->first);
        hcl_fr_mul(out, out, &shift);
        return;
    }
    size_t id = hcl_id(&w->store.ids, (int)e->poly.kind, e->poly.index);
    if (w->store.coeffs[id])
        hcl_poly_eval(out, w->store.coeffs[id], t->n, &x, threads);
}

/* Those that wait: each is fetched once. */
static hcl_status evaluate_waiting(struct hcl_worker *w, struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    const struct hcl_ids *ids = &w->store.ids;
    hcl_fr *column = NULL, x;
    if (!w->store.scratch)
        return HCL_OK;
    const hcl_status st = hcl_mem_alloc((void **)&column, w->team.n, sizeof *column, "column", err);
    for (size_t id = 0; st == HCL_OK && id < ids->count; id++) {
        if (!hcl_store_waits(&w->store, id))
            continue;
        hcl_store_fetch(&w->store, id, column, w->team.threads);
        for (size_t i = 0; i < p->num_evaluations; i++) {
            const struct hcl_evaluation *e = &p->evaluations[i];
            if (e->poly.kind == HCL_POLY_RANDOM || hcl_id(ids, (int)e->poly.kind, e->poly.index) != id)
                continue;
            hcl_domain_omega_pow(&x, w->team.domain, e->rotation);
            hcl_fr_mul(&x, &x, &w->challenges.x);
            hcl_poly_eval(&w->evaluations[i], column, w->team.n, &x, w->team.threads);
        }
    }
    hcl_mem_free_secret(column);
    return st == HCL_OK ? hcl_scratch_status(w->store.scratch, err) : st;
}

hcl_status hcl_round_evaluate(struct hcl_worker *w, struct hcl_err *err)
{
    const struct hcl_open_plan *p = &w->openings;
    size_t count = p->num_evaluations;
    hcl_fr *scratch; /* all ranks' shares, of which only the sums are public */
    hcl_team_phase(&w->team, "evaluate");
    hcl_status st =
        hcl_mem_calloc((void **)&scratch, count * (size_t)w->team.ranks, sizeof *scratch, "evaluations", err);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    /* Many polynomials: one per thread; few: all threads on each. */
    int outer = count >= 4 * (size_t)w->team.threads ? w->team.threads : 1;
    int inner = w->team.threads / outer;
#pragma omp parallel for schedule(dynamic, 1) num_threads(outer)
    for (size_t i = 0; i < count; i++)
        evaluate_one(w, &p->evaluations[i], &w->evaluations[i], inner);
    HCL_TRY(hcl_comm_agree(w->team.comm, evaluate_waiting(w, err), err));
    HCL_TRY(hcl_linear_evaluations(w->evaluations, w, err));
    hcl_sum_scalars(w->team.comm, w->evaluations, count, scratch);
done:
    hcl_mem_free_secret(scratch);
    return st;
}
