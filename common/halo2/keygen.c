/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/keygen_internal.h"
#include "common/halo2/keys.h"
#include "common/sys/log.h"
#include "common/sys/mem.h"
#include <string.h>

void hcl_fixed_values(hcl_fr *out, const struct hcl_circuit *c, uint32_t column)
{
    HCL_CHECK(hcl_circuit_place(c, column) != HCL_FIXED_ELSEWHERE);
    hcl_compact_expand(out, &c->fixed[column], 0, hcl_circuit_rows(c));
}

/* What computing sigmas needs besides the cycles. */
struct sigma_maker {
    struct hcl_permutation cycles;
    hcl_fr *omegas, *deltas;
};

static void sigma_maker_clear(struct sigma_maker *m)
{
    hcl_permutation_clear(&m->cycles);
    hcl_mem_free(m->omegas);
    free(m->deltas);
    *m = (struct sigma_maker){ 0 };
}

static hcl_status sigma_maker_init(struct sigma_maker *m, const struct hcl_circuit *c, struct hcl_err *err)
{
    hcl_fr omega = hcl_fr_root_of_unity;
    void *omegas;
    hcl_status st;
    *m = (struct sigma_maker){ 0 };
    if (c->num_permutation == 0)
        return HCL_OK;
    for (uint32_t i = c->k; i < HCL_FR_S; i++)
        hcl_fr_sqr(&omega, &omega);
    HCL_TRY(hcl_permutation_init(&m->cycles, c, err));
    HCL_TRY(hcl_mem_alloc(&omegas, hcl_circuit_rows(c), sizeof(hcl_fr), "powers of omega", err));
    m->omegas = omegas;
    m->deltas = malloc(c->num_permutation * sizeof(hcl_fr));
    if (m->deltas == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for a key"));
    hcl_powers(m->omegas, &omega, hcl_circuit_rows(c));
    hcl_powers(m->deltas, &hcl_fr_delta, c->num_permutation);
done:
    if (st != HCL_OK)
        sigma_maker_clear(m);
    return st;
}

static void make_sigma(hcl_fr *out, const struct sigma_maker *m, size_t column)
{
    hcl_permutation_sigma(out, &m->cycles, column, 0, m->cycles.n, m->omegas, m->deltas);
}

static hcl_status commit_column(hcl_g1 *out, const struct hcl_srs *srs, const struct hcl_commit_cache *cache,
                                const hcl_fr *values, int threads, struct hcl_err *err)
{
    uint8_t id[HCL_COMMIT_ID_BYTES];
    struct hcl_err why;
    hcl_status st;
    const bool cached = cache != NULL && cache->folder != NULL;
    if (cached) {
        hcl_commit_cache_id(id, cache, values);
        if (hcl_commit_cache_find(out, cache, id))
            return HCL_OK;
    }
    HCL_TRY(hcl_srs_commit_lagrange(out, srs, values, threads, err));
    if (cached && hcl_commit_cache_keep(cache, id, out, &why) != HCL_OK)
        hcl_log(HCL_LOG_WARNING, "commitment not kept: %s", why.msg);
done:
    return st;
}

hcl_status hcl_key_commitments(const struct hcl_circuit *c, const struct hcl_srs *srs,
                               const struct hcl_commit_cache *cache, hcl_key_commitment *take, void *ctx,
                               int threads, struct hcl_err *err)
{
    struct sigma_maker maker = { 0 };
    void *column = NULL;
    hcl_g1 point;
    hcl_status st = HCL_OK;
    if (srs->k != c->k)
        return hcl_fail(err, HCL_BAD_INPUT, "the SRS has k = %u, the circuit k = %u", srs->k, c->k);
    HCL_TRY(sigma_maker_init(&maker, c, err));
    HCL_TRY(hcl_mem_alloc(&column, hcl_circuit_rows(c), sizeof(hcl_fr), "keygen", err));
    for (size_t i = 0; i < c->num_fixed + c->num_permutation; i++) {
        if (i < c->num_fixed && hcl_circuit_place(c, (uint32_t)i) == HCL_FIXED_ELSEWHERE)
            continue;
        if (i < c->num_fixed)
            hcl_fixed_values(column, c, (uint32_t)i);
        else
            make_sigma(column, &maker, i - c->num_fixed);
        HCL_TRY(commit_column(&point, srs, cache, column, threads, err));
        HCL_TRY(take(ctx, i, &point, err));
    }
done:
    sigma_maker_clear(&maker);
    hcl_mem_free(column);
    return st;
}

static hcl_status keep_commitment(void *ctx, size_t i, const hcl_g1 *point, struct hcl_err *err)
{
    (void)err;
    ((hcl_g1 *)ctx)[i] = *point;
    return HCL_OK;
}

hcl_status hcl_vk_generate(struct hcl_vk *out, const struct hcl_circuit *c, const struct hcl_srs *srs,
                           const struct hcl_commit_cache *cache, int threads, struct hcl_err *err)
{
    hcl_g1 *points = malloc((c->num_fixed + c->num_permutation + 1) * sizeof *points);
    hcl_status st = HCL_OK;
    *out = (struct hcl_vk){ 0 };
    if (points == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a verifying key");
    HCL_TRY(hcl_key_commitments(c, srs, cache, keep_commitment, points, threads, err));
    HCL_TRY(hcl_vk_from_commitments(out, c, points, points + c->num_fixed, err));
done:
    free(points);
    return st;
}

/* Most of the time goes into the system's clearing of fresh pages, so it is spread over the threads as well.
 */
static void fill_all(struct hcl_pk *pk, const struct sigma_maker *maker, int threads)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t i = 0; i < pk->circuit->num_permutation; i++)
        if (pk->sigma[i] != NULL)
            make_sigma(pk->sigma[i], maker, i);
}

hcl_status hcl_pk_init(struct hcl_pk *out, const struct hcl_circuit *c,
                       bool (*mine)(void *ctx, uint32_t index), void *ctx, int threads, struct hcl_err *err)
{
    struct sigma_maker maker = { 0 };
    hcl_status st = HCL_OK;
    *out = (struct hcl_pk){ .circuit = c };
    out->sigma = calloc(c->num_permutation + 1, sizeof(hcl_fr *));
    if (!out->sigma)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for a proving key"));
    for (uint32_t i = 0; i < c->num_permutation; i++)
        if (mine == NULL || mine(ctx, i))
            HCL_TRY(hcl_mem_alloc((void **)&out->sigma[i], hcl_circuit_rows(c), sizeof(hcl_fr), "proving key",
                                  err));
    HCL_TRY(sigma_maker_init(&maker, c, err));
    fill_all(out, &maker, threads);
done:
    sigma_maker_clear(&maker);
    if (st != HCL_OK)
        hcl_pk_clear(out);
    return st;
}

void hcl_pk_clear(struct hcl_pk *pk)
{
    for (size_t i = 0; pk->sigma != NULL && i < pk->circuit->num_permutation; i++)
        hcl_mem_free(pk->sigma[i]);
    free(pk->sigma);
    *pk = (struct hcl_pk){ 0 };
}
