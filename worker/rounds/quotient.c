/* SPDX-License-Identifier: Apache-2.0 */
/* The quotient h = fold/(X^n - 1), degree < D*n with D = degree - 1, from D cosets g_i*<w> of size n instead
 * of one larger domain. With g_i = 7^(i+1) the values t_i = g_i^n are distinct and not 1. The polynomial r_i
 * of degree < n that agrees with h on coset i is h mod (X^n - t_i), so its coefficient j is sum_p t_i^p
 * h_p[j], h_p being the pieces: a Vandermonde system in the t_i, the same for all j, whose inverse is applied
 * to blocks of coefficients. */
#include "worker/rounds/binder.h"
#include "worker/rounds/commit.h"
#include "worker/rounds/key_cosets.h"
#include "worker/rounds/linear.h"
#include "worker/rounds/powers.h"
#include "worker/rounds/repeat.h"
#include "worker/rounds/rounds.h"
#include "worker/rounds/rows_ntt.h"

#include "common/poly/poly.h"
#include "common/sys/digest.h"
#include "common/sys/mem.h"

#include <stdatomic.h>
#include <string.h>

#define TILE 256

/* acc := h on this rank's rows of the coset, or what the groups so far make of it. */
static hcl_status fold_rows(const struct hcl_fold *f, hcl_fr *acc, struct hcl_err *err)
{
    const struct hcl_worker *w = f->w;
    atomic_bool failed = false;
#pragma omp parallel num_threads(w->team.threads)
    {
        struct hcl_binder b;
        const bool ready = hcl_binder_init(&b, f, NULL) == HCL_OK;
        if (!ready)
            atomic_store(&failed, true);
#pragma omp for schedule(static)
        for (size_t at = 0; at < w->team.count; at += HCL_EVAL_BLOCK) {
            const size_t left = w->team.count - at, part = left < HCL_EVAL_BLOCK ? left : HCL_EVAL_BLOCK;
            hcl_fr value[HCL_EVAL_BLOCK];
            if (!ready)
                continue;
            hcl_binder_bind(&b, at);
            hcl_binder_run(&b, value, part);
            if (f->group == 0)
                memcpy(acc + at, value, part * sizeof *value);
            else
                hcl_fr_add_vec(acc + at, acc + at, value, part);
        }
        hcl_binder_clear(&b);
    }
    return failed ? hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the quotient's scratch") : HCL_OK;
}

/* inverse[p*d + i]: weight of r_i in piece p, i.e. the coefficients of the Lagrange polynomials of the nodes
 * t_i. */
static hcl_status invert_vandermonde(hcl_fr *inverse, const hcl_fr *t, size_t d, struct hcl_err *err)
{
    hcl_fr *master = calloc(2 * (d + 1), sizeof *master), *basis = master ? master + d + 1 : NULL;
    if (!master)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu cosets", d);
    master[0] = hcl_fr_one; /* prod (X - t_k) */
    for (size_t k = 0; k < d; k++)
        for (size_t j = k + 2; j-- > 0;) {
            hcl_fr low;
            hcl_fr_mul(&low, &master[j], &t[k]);
            hcl_fr_sub(&master[j], j ? &master[j - 1] : &hcl_fr_zero, &low);
        }
    for (size_t i = 0; i < d; i++) {
        hcl_fr scale;
        memcpy(basis, master, (d + 1) * sizeof *basis);
        hcl_poly_div_linear(basis, d + 1, &t[i], NULL, 1);
        hcl_poly_eval(&scale, basis, d, &t[i], 1);
        hcl_fr_inv(&scale, &scale);
        for (size_t p = 0; p < d; p++)
            hcl_fr_mul(&inverse[p * d + i], &basis[p], &scale);
    }
    free(master);
    return HCL_OK;
}

/* f(g X) -> f(X): coefficient j times g^-j. f: of coefficients first, first + 1, .. */
static void unscale(hcl_fr *f, const hcl_fr *g, size_t first, size_t count, int threads)
{
    hcl_fr inverse;
    hcl_fr_inv(&inverse, g);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t at = 0; at < count; at += TILE) {
        hcl_fr powers[TILE];
        size_t part = count - at < TILE ? count - at : TILE;
        hcl_powers_run(powers, &inverse, first + at, part);
        hcl_fr_mul_vec(f + at, f + at, powers, part);
    }
}

/* Coset vectors in blocks -> coefficients r_i in blocks, by all ranks together. */
static hcl_status interpolate_together(struct hcl_team *t, hcl_fr *const *blocks, const hcl_fr *g, size_t d,
                                       struct hcl_err *err)
{
    struct hcl_rows_ntt intt;
    const hcl_status st = hcl_comm_agree(t->comm, hcl_rows_ntt_init(&intt, t, err), err);
    if (st == HCL_OK)
        hcl_rows_intt(&intt, t, blocks, d);
    for (size_t i = 0; st == HCL_OK && i < d; i++)
        unscale(blocks[i], &g[i], t->first, t->count, t->threads);
    hcl_rows_ntt_clear(&intt);
    return st;
}

/* This rank's part of the interpolation: the cosets it takes. */
struct interpolation {
    struct hcl_moving *moving;
    hcl_fr **batch, *memory;
    size_t mine;
};

static hcl_status interpolation_init(struct interpolation *p, const struct hcl_team *t, hcl_fr *const *blocks,
                                     size_t d, struct hcl_err *err)
{
    size_t ranks = (size_t)t->ranks;
    p->moving = calloc(d, sizeof *p->moving);
    p->batch = calloc(d, sizeof *p->batch);
    if (!p->moving || !p->batch)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu cosets", d);
    for (size_t i = (size_t)t->rank; i < d; i += ranks)
        p->mine++;
    if (ranks > 1) {
        hcl_status st = hcl_mem_alloc((void **)&p->memory, p->mine * t->n, sizeof(hcl_fr), "quotient", err);
        if (st != HCL_OK)
            return st;
    }
    for (size_t i = 0, k = 0; i < d; i++) {
        p->moving[i] = (struct hcl_moving){ .owner = (uint32_t)(i % ranks), .block = blocks[i] };
        if (p->moving[i].owner != (uint32_t)t->rank)
            continue;
        p->moving[i].whole = ranks == 1 ? blocks[i] : p->memory + k * t->n;
        p->batch[k++] = p->moving[i].whole;
    }
    return HCL_OK;
}

/* The same, each vector whole at one rank meanwhile. */
static hcl_status interpolate(struct hcl_team *t, hcl_fr *const *blocks, const hcl_fr *g, size_t d,
                              struct hcl_err *err)
{
    struct interpolation p = { 0 };
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_comm_agree(t->comm, interpolation_init(&p, t, blocks, d, err), err));
    if (t->ranks > 1)
        hcl_rows_to_columns(&t->exchange, p.moving, d);
    hcl_intt_batch(t->domain, p.batch, p.mine, t->threads);
    t->counters.ntts += p.mine;
    for (size_t i = 0; i < d; i++)
        if (p.moving[i].whole)
            unscale(p.moving[i].whole, &g[i], 0, t->n, t->threads);
    if (t->ranks > 1)
        hcl_columns_to_rows(&t->exchange, p.moving, d);
done:
    hcl_mem_free_secret(p.memory);
    free(p.moving);
    free(p.batch);
    return st;
}

/* blocks[p] := sum_i inverse[p][i]*blocks[i]. */
static hcl_status recombine(const struct hcl_team *t, hcl_fr *const *blocks, const hcl_fr *inverse, size_t d,
                            struct hcl_err *err)
{
    atomic_bool failed = false;
#pragma omp parallel num_threads(t->threads)
    {
        hcl_fr *tile;
        if (hcl_mem_alloc((void **)&tile, d * TILE, sizeof *tile, "quotient", NULL) != HCL_OK)
            atomic_store(&failed, true);
#pragma omp for schedule(static)
        for (size_t at = 0; at < t->count; at += TILE) {
            size_t part = t->count - at < TILE ? t->count - at : TILE;
            for (size_t p = 0; tile && p < d; p++) {
                hcl_fr_scale_vec(tile + p * TILE, blocks[0] + at, &inverse[p * d], part);
                for (size_t i = 1; i < d; i++)
                    hcl_fr_axpy_vec(tile + p * TILE, blocks[i] + at, &inverse[p * d + i], part);
            }
            for (size_t p = 0; tile && p < d; p++)
                memcpy(blocks[p] + at, tile + p * TILE, part * sizeof *tile);
        }
        hcl_mem_free_secret(tile);
    }
    return failed ? hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the quotient's scratch") : HCL_OK;
}

static hcl_status alloc_pieces(struct hcl_worker *w, size_t d, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; st == HCL_OK && i < d; i++)
        st = hcl_mem_alloc((void **)&w->h_blocks[i], w->team.count + 1, sizeof(hcl_fr), "quotient", err);
    return st;
}

hcl_status hcl_quotient_room(struct hcl_worker *w, struct hcl_err *err)
{
    return hcl_comm_agree(w->team.comm, alloc_pieces(w, hcl_coset_count(w->circuit), err), err);
}

/* Coset number i: its columns, a group after the other, and what the constraints make of them. */
static hcl_status make_coset(struct hcl_worker *w, struct hcl_coset *coset, struct hcl_fold *f,
                             const hcl_fr *g, size_t i, uint64_t coin, struct hcl_err *err)
{
    struct hcl_repeat_sums sums = { 0 };
    hcl_status st = HCL_OK;
    for (f->group = 0; f->group < coset->groups; f->group++) {
        hcl_team_phase(&w->team, "quotient: transforms");
        hcl_coset_load(coset, w, g, f->group, f->key == coset ? NULL : f->key);
        if (w->team.repeat > 0)
            hcl_coset_note(coset, w, f->group); /* what is compared is made of them, too */
        HCL_TRY(hcl_repeat_transforms(w, coset, g, f->group, hcl_digest64(coin, &f->group, sizeof f->group),
                                      err));
        hcl_team_phase(&w->team, "quotient: constraints");
        st = fold_rows(f, w->h_blocks[i], err);
        if (st == HCL_OK && w->store.scratch)
            st = hcl_scratch_status(w->store.scratch, err);
        hcl_coset_note(coset, w, f->group);
        HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
        HCL_TRY(hcl_repeat_constraints(w, f, &sums, w->h_blocks[i], coin, err));
    }
done:
    hcl_repeat_sums_clear(&sums);
    return st;
}

/* The programs of groups, if there are to be some. A circuit with look-up arguments is not taken apart. */
static hcl_status init_groups(struct hcl_groups *groups, const struct hcl_worker *w, bool kept,
                              struct hcl_err *err)
{
    const uint32_t most = hcl_savings_groups(&w->savings);
    hcl_status st = HCL_OK;
    if (!kept && most > 1 && w->circuit->num_lookups == 0)
        st = hcl_groups_init(groups, w->circuit, most, err);
    return st == HCL_OK ? hcl_groups_challenges(groups, w->circuit, &w->challenges, err) : st;
}

hcl_status hcl_round_quotient(struct hcl_worker *w, hcl_g1 *points, struct hcl_err *err)
{
    const struct hcl_key_cosets *kept = w->key_cosets && w->key_cosets->count > 0 ? w->key_cosets : NULL;
    const uint64_t coin = hcl_digest64(0, &w->challenges.y, sizeof w->challenges.y);
    size_t d = hcl_coset_count(w->circuit);
    struct hcl_coset coset = { 0 };
    struct hcl_constraint_scalars scalars = { 0 };
    struct hcl_groups groups = { 0 };
    hcl_status st = HCL_OK;
    hcl_fr *g = calloc(d * (d + 2), sizeof *g), *t = g ? g + d : NULL, *inverse = g ? t + d : NULL;
    if (!g)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu cosets", d);
    for (size_t i = 0; st == HCL_OK && i < d; i++) {
        hcl_coset_generator(&g[i], i);
        hcl_fr_pow_u64(&t[i], &g[i], w->team.n);
    }
    if (st == HCL_OK)
        st = invert_vandermonde(inverse, t, d, err);
    if (st == HCL_OK)
        st = hcl_constraint_scalars_init(&scalars, &w->constraints, &w->challenges, err);
    if (st == HCL_OK)
        st = init_groups(&groups, w, kept != NULL, err);
    if (st == HCL_OK)
        st = alloc_pieces(w, d, err);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    hcl_team_phase(&w->team, "quotient: transforms");
    HCL_TRY(hcl_linear_make_sums(w, scalars.sums, err));
    if (w->savings.key_anew) /* columns on cosets lie as they travel */
        hcl_exchange_rest(&w->team.exchange);
    HCL_TRY(hcl_coset_init(&coset, w, kept ? HCL_COSET_PROOF : HCL_COSET_PROOF + HCL_COSET_KEY,
                           groups.count > 0 ? &groups : NULL, err));
    for (size_t i = 0; i < d; i++) {
        struct hcl_fold f = { .w = w,
                              .groups = groups.count > 0 ? &groups : NULL,
                              .coset = &coset,
                              .key = kept ? &kept->coset[i] : &coset,
                              .scalars = &scalars };
        HCL_TRY(make_coset(w, &coset, &f, &g[i], i, coin + i, err));
    }
    hcl_coset_clear(&coset);
    hcl_lent_end(w->lent);
    hcl_linear_drop_sums(w);
    hcl_team_phase(&w->team, "quotient: pieces");
    HCL_TRY(hcl_comm_agree(w->team.comm, hcl_exchange_wake(&w->team.exchange, err), err));
    HCL_TRY((hcl_rows_intt_pays(&w->team, d) ? interpolate_together : interpolate)(&w->team, w->h_blocks, g,
                                                                                   d, err));
    HCL_TRY(hcl_comm_agree(w->team.comm, recombine(&w->team, w->h_blocks, inverse, d, err), err));
    hcl_team_phase(&w->team, "commit quotient");
    HCL_TRY(hcl_commit_rows(&w->team, (const hcl_fr *const *)w->h_blocks, d, w->team.srs->g, points, err));
done:
    hcl_coset_clear(&coset);
    hcl_groups_clear(&groups);
    hcl_constraint_scalars_clear(&scalars, &w->constraints);
    free(g);
    return st;
}
