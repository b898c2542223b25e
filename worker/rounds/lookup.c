/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/commit.h"
#include "worker/rounds/powers.h"
#include "worker/rounds/product.h"
#include "worker/rounds/rounds.h"
#include "worker/rounds/sort.h"

#include "common/sys/mem.h"

#include <stdatomic.h>
#include <string.h>

/* Ids of the columns that any lookup reads, each once. */
static size_t columns_read(const struct hcl_worker *w, size_t *ids, bool *seen)
{
    size_t count = 0;
    for (size_t l = 0; l < w->circuit->num_lookups; l++)
        for (int side = 0; side < 2; side++) {
            const struct hcl_eval *e =
                side ? &w->constraints.lookup_tables[l] : &w->constraints.lookup_inputs[l];
            for (size_t i = 0; i < e->num_inputs; i++) {
                size_t id = hcl_id_column(&w->store.ids, e->inputs[i].column);
                if (!seen[id])
                    ids[count++] = id;
                seen[id] = true;
            }
        }
    return count;
}

/* out[i] = expressions folded with theta on this rank's row i. rows, scratch: this thread's room. */
static void compress_tile(const struct hcl_worker *w, const struct hcl_blocks *b, const struct hcl_eval *e,
                          const hcl_fr *scalars, hcl_fr *out, size_t at, size_t part, const hcl_fr **rows,
                          hcl_fr *scratch)
{
    for (size_t i = 0; i < e->num_inputs; i++)
        rows[i] =
            b->row[hcl_id_column(&w->store.ids, e->inputs[i].column)] + (ptrdiff_t)at + e->inputs[i].rotation;
    memset(out + at, 0, part * sizeof *out);
    hcl_eval_fold(out + at, &w->challenges.theta, e, scalars, rows, part, scratch);
}

static hcl_status compress(const struct hcl_worker *w, const struct hcl_blocks *b,
                           const struct hcl_constraint_scalars *scalars, struct hcl_err *err)
{
    size_t lookups = w->circuit->num_lookups, count = w->team.count, inputs = 1;
    size_t scratch_each = hcl_constraints_scratch(&w->constraints);
    atomic_bool failed = false;
    for (size_t l = 0; l < lookups; l++) {
        if (w->constraints.lookup_inputs[l].num_inputs > inputs)
            inputs = w->constraints.lookup_inputs[l].num_inputs;
        if (w->constraints.lookup_tables[l].num_inputs > inputs)
            inputs = w->constraints.lookup_tables[l].num_inputs;
    }
#pragma omp parallel num_threads(w->team.threads)
    {
        hcl_fr *scratch;
        (void)hcl_mem_alloc((void **)&scratch, scratch_each, sizeof *scratch, "lookups", NULL);
        const hcl_fr **rows = calloc(inputs, sizeof *rows);
        if (!scratch || !rows)
            atomic_store(&failed, true);
#pragma omp for schedule(static)
        for (size_t at = 0; at < count; at += HCL_EVAL_BLOCK) {
            size_t part = count - at < HCL_EVAL_BLOCK ? count - at : HCL_EVAL_BLOCK;
            for (size_t l = 0; scratch && rows && l < lookups; l++) {
                compress_tile(w, b, &w->constraints.lookup_inputs[l], scalars->lookup_inputs[l],
                              w->lookup_inputs[l], at, part, rows, scratch);
                compress_tile(w, b, &w->constraints.lookup_tables[l], scalars->lookup_tables[l],
                              w->lookup_tables[l], at, part, rows, scratch);
            }
        }
        hcl_mem_free_secret(scratch);
        free(rows);
    }
    return failed ? hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the lookups' scratch") : HCL_OK;
}

static hcl_status alloc_lookups(struct hcl_worker *w, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t l = 0; st == HCL_OK && l < w->circuit->num_lookups; l++) {
        size_t id_a = hcl_id(&w->store.ids, HCL_POLY_LOOKUP_A, l),
               id_s = hcl_id(&w->store.ids, HCL_POLY_LOOKUP_S, l);
        HCL_CHECK(w->store.owner[id_a] == w->store.owner[id_s]);
        st = hcl_mem_alloc((void **)&w->lookup_inputs[l], w->team.count + 1, sizeof(hcl_fr), "lookup input",
                           err);
        if (st == HCL_OK)
            st = hcl_mem_alloc((void **)&w->lookup_tables[l], w->team.count + 1, sizeof(hcl_fr),
                               "lookup table", err);
        if (st == HCL_OK && hcl_store_mine(&w->store, id_a))
            st = hcl_store_add(&w->store, id_a, err);
        if (st == HCL_OK && hcl_store_mine(&w->store, id_s))
            st = hcl_store_add(&w->store, id_s, err);
    }
    return st;
}

/* At the owner: A, S in the store become A', S'. */
static hcl_status permute_one(struct hcl_worker *w, size_t l, struct hcl_err *err)
{
    size_t u = w->circuit->usable_rows, n = w->team.n;
    hcl_fr *a = w->store.values[hcl_id(&w->store.ids, HCL_POLY_LOOKUP_A, l)];
    hcl_fr *s = w->store.values[hcl_id(&w->store.ids, HCL_POLY_LOOKUP_S, l)];
    hcl_status st = hcl_lookup_permute(a, s, u, err);
    if (st != HCL_OK)
        return hcl_fail_prefix(err, st, "lookup '%s'", w->circuit->lookups[l].name);
    st = w->blinding->fill(w->blinding->ctx, HCL_BLIND_LOOKUP_A, (uint32_t)l, u, n - u, a + u, err);
    if (st == HCL_OK)
        st = w->blinding->fill(w->blinding->ctx, HCL_BLIND_LOOKUP_S, (uint32_t)l, u, n - u, s + u, err);
    return st;
}

/* All lookups of this rank, spread over its threads; the first failing lookup is reported. */
static hcl_status permute_mine(struct hcl_worker *w, struct hcl_err *err)
{
    size_t lookups = w->circuit->num_lookups, worst = lookups;
    hcl_status result = HCL_OK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(w->team.threads)
    for (size_t l = 0; l < lookups; l++) {
        if (!hcl_store_mine(&w->store, hcl_id(&w->store.ids, HCL_POLY_LOOKUP_A, l)))
            continue;
        struct hcl_err local = { "" };
        hcl_status st = permute_one(w, l, &local);
#pragma omp critical(hcl_permute_mine)
        if (st != HCL_OK && l < worst) {
            worst = l;
            result = hcl_fail(err, st, "%s", local.msg);
        }
    }
    return result;
}

/* What moves between blocks and owners: per lookup two columns, A then S. */
static void list_columns(struct hcl_worker *w, struct hcl_moving *moving, uint32_t *owner,
                         struct hcl_scalars *columns)
{
    for (size_t l = 0; l < w->circuit->num_lookups; l++)
        for (size_t side = 0; side < 2; side++) {
            size_t id = hcl_id(&w->store.ids, side ? HCL_POLY_LOOKUP_S : HCL_POLY_LOOKUP_A, l);
            owner[2 * l + side] = w->store.owner[id];
            columns[2 * l + side].values = w->store.values[id];
            moving[2 * l + side] =
                (struct hcl_moving){ .owner = w->store.owner[id],
                                     .whole = w->store.values[id],
                                     .block = side ? w->lookup_tables[l] : w->lookup_inputs[l] };
        }
}

hcl_status hcl_round_lookup_permuted(struct hcl_worker *w, hcl_g1 *points, struct hcl_err *err)
{
    size_t lookups = w->circuit->num_lookups;
    struct hcl_team *t = &w->team;
    struct hcl_blocks blocks = { 0 };
    struct hcl_constraint_scalars scalars = { 0 };
    hcl_status st = HCL_OK;
    if (lookups == 0)
        return HCL_OK;
    hcl_team_phase(t, "lookups");
    size_t *ids = calloc(w->store.ids.count + 1, sizeof *ids);
    bool *seen = calloc(w->store.ids.count + 1, sizeof *seen);
    struct hcl_moving *moving = calloc(2 * lookups, sizeof *moving);
    uint32_t *owner = calloc(2 * lookups, sizeof *owner);
    struct hcl_scalars *columns = calloc(2 * lookups, sizeof *columns);
    if (!ids || !seen || !moving || !owner || !columns)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu lookups", lookups);
    if (st == HCL_OK)
        st = alloc_lookups(w, err);
    if (st == HCL_OK)
        st = hcl_constraint_scalars_init(&scalars, &w->constraints, &w->challenges, err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    HCL_TRY(hcl_blocks_load_values(&blocks, w, ids, columns_read(w, ids, seen), err));
    HCL_TRY(hcl_comm_agree(t->comm, compress(w, &blocks, &scalars, err), err));
    hcl_blocks_clear(&blocks);
    list_columns(w, moving, owner, columns);
    hcl_rows_to_columns(&t->exchange, moving, 2 * lookups);
    HCL_TRY(hcl_comm_agree(t->comm, permute_mine(w, err), err));
    hcl_team_phase(t, "commit lookups");
    HCL_TRY(hcl_commit_columns(t, owner, NULL, HCL_MOVED_VALUES, columns, 2 * lookups, points, err));
done:
    hcl_constraint_scalars_clear(&scalars, &w->constraints);
    hcl_blocks_clear(&blocks);
    free(ids);
    free(seen);
    free(moving);
    free(owner);
    free(columns);
    return st;
}

/* out := (a + beta)(s + gamma); betas, gammas: the challenges repeated. */
static void shifted_product(hcl_fr *out, const hcl_fr *a, const hcl_fr *s, const hcl_fr *betas,
                            const hcl_fr *gammas, hcl_fr *scratch, size_t count)
{
    hcl_fr_add_vec(out, a, betas, count);
    hcl_fr_add_vec(scratch, s, gammas, count);
    hcl_fr_mul_vec(out, out, scratch, count);
}

/* z := (A+beta)(S+gamma), den := (A'+beta)(S'+gamma). */
static void lookup_factors(const struct hcl_worker *w, size_t l, const hcl_fr *a, const hcl_fr *s, hcl_fr *z,
                           hcl_fr *den, hcl_fr *scratch, size_t rows)
{
    hcl_fr betas[HCL_EVAL_BLOCK], gammas[HCL_EVAL_BLOCK];
    hcl_fill_run(betas, &w->challenges.beta, HCL_EVAL_BLOCK);
    hcl_fill_run(gammas, &w->challenges.gamma, HCL_EVAL_BLOCK);
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t at = 0; at < rows; at += HCL_EVAL_BLOCK) {
        size_t part = rows - at < HCL_EVAL_BLOCK ? rows - at : HCL_EVAL_BLOCK;
        shifted_product(z + at, w->lookup_inputs[l] + at, w->lookup_tables[l] + at, betas, gammas,
                        scratch + at, part);
        shifted_product(den + at, a + at, s + at, betas, gammas, scratch + at, part);
    }
}

hcl_status hcl_round_lookup_products(struct hcl_worker *w, hcl_g1 *points, struct hcl_err *err)
{
    struct hcl_team *t = &w->team;
    size_t lookups = w->circuit->num_lookups, rows = hcl_rows_below(t, w->circuit->usable_rows), bad;
    struct hcl_blocks blocks = { 0 };
    hcl_fr *memory = NULL;
    hcl_status st = HCL_OK;
    if (lookups == 0)
        return HCL_OK;
    hcl_team_phase(t, "products");
    size_t *ids = calloc(3 * lookups, sizeof *ids), *z_ids = ids ? ids + 2 * lookups : NULL;
    hcl_fr **z = calloc(lookups, sizeof *z);
    if (!ids || !z)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu lookups", lookups);
    else
        st = hcl_mem_alloc((void **)&memory, (lookups + 2) * (t->count + 1), sizeof *memory,
                           "lookup products", err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    for (size_t l = 0; l < lookups; l++) {
        ids[2 * l] = hcl_id(&w->store.ids, HCL_POLY_LOOKUP_A, l);
        ids[2 * l + 1] = hcl_id(&w->store.ids, HCL_POLY_LOOKUP_S, l);
        z_ids[l] = hcl_id(&w->store.ids, HCL_POLY_LOOKUP_Z, l);
        z[l] = memory + l * (t->count + 1);
    }
    HCL_TRY(hcl_blocks_load_values(&blocks, w, ids, 2 * lookups, err));
    hcl_fr *den = memory + lookups * (t->count + 1), *scratch = den + t->count + 1;
    for (size_t l = 0; l < lookups; l++) {
        lookup_factors(w, l, blocks.row[ids[2 * l]], blocks.row[ids[2 * l + 1]], z[l], den, scratch, rows);
        hcl_divide_rows(z[l], den, scratch, rows, t->threads);
        hcl_mem_free_secret(w->lookup_inputs[l]);
        hcl_mem_free_secret(w->lookup_tables[l]);
        w->lookup_inputs[l] = w->lookup_tables[l] = NULL;
    }
    hcl_blocks_clear(&blocks);
    HCL_TRY(hcl_grand_products(w, z, lookups, false, HCL_BLIND_LOOKUP_Z, &bad, err));
    if (bad < lookups) /* A' and S' are permutations of A and S by construction */
        HCL_TRY(hcl_fail(err, HCL_FALSE_CLAIM, "look-up '%s' and its permutation do not have the same values",
                         w->circuit->lookups[bad].name));
    HCL_TRY(hcl_rows_to_store(w, z, &memory, z_ids, NULL, lookups, points, err));
done:
    hcl_blocks_clear(&blocks);
    hcl_mem_free_secret(memory);
    free(ids);
    free(z);
    return st;
}
