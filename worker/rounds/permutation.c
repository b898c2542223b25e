/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/powers.h"
#include "worker/rounds/product.h"
#include "worker/rounds/rounds.h"

#include "common/sys/mem.h"

#include <string.h>

#define TILE 512 /* rows of 32 B that share an inversion; the tile's vectors stay in the L2 cache */

/* acc[i] *= value[i] + scale*label[i] + gamma. */
static void multiply_in(hcl_fr *acc, const hcl_fr *value, const hcl_fr *label, const hcl_fr *scale,
                        const hcl_fr *gamma, hcl_fr *scratch, size_t count)
{
    hcl_fill_run(scratch, gamma, count);
    hcl_fr_axpy_vec(scratch, label, scale, count);
    hcl_fr_add_vec(scratch, scratch, value, count);
    hcl_fr_mul_vec(acc, acc, scratch, count);
}

/* Column id on this rank's rows from `at` on: in the block, or expanded into `room`. */
static const hcl_fr *values_at(const struct hcl_worker *w, const struct hcl_blocks *b, size_t id, size_t at,
                               hcl_fr *room, size_t count)
{
    if (b->row[id])
        return b->row[id] + at;
    hcl_compact_expand(room, &w->store.compact[id], w->team.first + at, count);
    return room;
}

/* What the products multiply, zero where a denominator is: columns [lo, hi) of the permutation, `count` of
 * this rank's rows from `at` on, whose powers of omega are given. */
static void chunk_factors(hcl_fr *out, const struct hcl_worker *w, const struct hcl_blocks *b, size_t lo,
                          size_t hi, const hcl_fr *beta_delta, const hcl_fr *omegas, size_t at, size_t count)
{
    const struct hcl_ids *ids = &w->store.ids;
    const hcl_fr *beta = &w->challenges.beta, *gamma = &w->challenges.gamma;
    hcl_fr den[TILE], scratch[TILE], expanded[TILE];
    hcl_fill_run(out, &hcl_fr_one, count);
    hcl_fill_run(den, &hcl_fr_one, count);
    for (size_t i = lo; i < hi; i++) {
        const hcl_fr *value =
            values_at(w, b, hcl_id_column(ids, w->circuit->permutation[i]), at, expanded, count);
        const hcl_fr *sigma = b->row[hcl_id(ids, HCL_POLY_SIGMA, i)] + at;
        multiply_in(out, value, omegas, &beta_delta[i], gamma, scratch, count);
        multiply_in(den, value, sigma, beta, gamma, scratch, count);
    }
    hcl_fr_batch_inv(den, scratch, count);
    hcl_fr_mul_vec(out, out, den, count);
    explicit_bzero(den, sizeof den);
    explicit_bzero(scratch, sizeof scratch);
    explicit_bzero(expanded, sizeof expanded);
}

/* z[c] := the factors of chunk c on this rank's first `rows` rows. */
static void all_factors(hcl_fr *const *z, const struct hcl_worker *w, const struct hcl_blocks *b,
                        const hcl_fr *beta_delta, size_t rows)
{
    const size_t chunks = hcl_permutation_chunks(w->circuit), each = w->circuit->degree - 2;
    const size_t m = w->circuit->num_permutation;
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t at = 0; at < rows; at += TILE) {
        const size_t count = rows - at < TILE ? rows - at : TILE;
        hcl_fr omegas[TILE];
        hcl_powers_run(omegas, &w->team.domain->omega, w->team.first + at, count);
        for (size_t c = 0, lo = 0; c < chunks; c++, lo += each)
            chunk_factors(z[c] + at, w, b, lo, lo + each < m ? lo + each : m, beta_delta, omegas, at, count);
    }
}

/* The columns and their sigmas: 2 for each. */
static void list_columns(size_t *ids, const struct hcl_worker *w)
{
    const size_t m = w->circuit->num_permutation;
    for (size_t i = 0; i < m; i++) {
        ids[i] = hcl_id_column(&w->store.ids, w->circuit->permutation[i]);
        ids[m + i] = hcl_id(&w->store.ids, HCL_POLY_SIGMA, i);
    }
}

hcl_status hcl_permutation_room(size_t *room, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t count = 2 * w->circuit->num_permutation;
    size_t *ids = calloc(count + 1, sizeof *ids);
    if (!ids)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu permutation columns", count / 2);
    list_columns(ids, w);
    hcl_blocks_room(room, w, ids, count);
    free(ids);
    return HCL_OK;
}

/* Buffers of the round. */
struct buffers {
    size_t *ids, *z_ids;
    hcl_fr *beta_delta, **z, *memory;
};

static hcl_status buffers_init(struct buffers *b, const struct hcl_worker *w, size_t chunks,
                               struct hcl_err *err)
{
    const struct hcl_circuit *c = w->circuit;
    size_t m = c->num_permutation;
    b->ids = calloc(2 * m, sizeof *b->ids);
    b->z_ids = calloc(chunks, sizeof *b->z_ids);
    b->beta_delta = calloc(m, sizeof *b->beta_delta);
    b->z = calloc(chunks, sizeof *b->z);
    if (!b->ids || !b->z_ids || !b->beta_delta || !b->z)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu permutation columns", m);
    hcl_status st = hcl_mem_alloc((void **)&b->memory, chunks * (w->team.count + 1), sizeof(hcl_fr),
                                  "permutation products", err);
    if (st != HCL_OK)
        return st;
    b->beta_delta[0] = w->challenges.beta;
    for (size_t i = 1; i < m; i++)
        hcl_fr_mul(&b->beta_delta[i], &b->beta_delta[i - 1], &hcl_fr_delta);
    list_columns(b->ids, w);
    for (size_t i = 0; i < chunks; i++) {
        b->z_ids[i] = hcl_id(&w->store.ids, HCL_POLY_PERM_Z, i);
        b->z[i] = b->memory + i * (w->team.count + 1);
    }
    return HCL_OK;
}

static void buffers_clear(struct buffers *b)
{
    free(b->ids);
    free(b->z_ids);
    free(b->beta_delta);
    free(b->z);
    hcl_mem_free_secret(b->memory);
}

hcl_status hcl_round_permutation(struct hcl_worker *w, hcl_g1 *points, struct hcl_err *err)
{
    const struct hcl_circuit *c = w->circuit;
    size_t chunks = hcl_permutation_chunks(c), m = c->num_permutation, bad;
    size_t rows = hcl_rows_below(&w->team, c->usable_rows);
    struct buffers b = { 0 };
    struct hcl_blocks blocks = { 0 };
    hcl_status st = HCL_OK;
    if (m == 0)
        return HCL_OK;
    hcl_team_phase(&w->team, "products");
    HCL_TRY(hcl_comm_agree(w->team.comm, buffers_init(&b, w, chunks, err), err));
    HCL_TRY(hcl_blocks_view_values(&blocks, w, b.ids, 2 * m, err));
    all_factors(b.z, w, &blocks, b.beta_delta, rows);
    hcl_blocks_note(&blocks, w);
    hcl_blocks_clear(&blocks);
    HCL_TRY(hcl_grand_products(w, b.z, chunks, true, HCL_BLIND_PERM_Z, &bad, err));
    if (bad < chunks)
        HCL_TRY(hcl_fail(err, HCL_FALSE_CLAIM, "the witness violates a copy constraint"));
    HCL_TRY(hcl_rows_to_store(w, b.z, &b.memory, b.z_ids, w->product_cost, chunks, points, err));
done:
    hcl_blocks_clear(&blocks);
    buffers_clear(&b);
    return st;
}
