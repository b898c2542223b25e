/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/verify.h"
#include "common/halo2/verify_internal.h"
#include <string.h>

hcl_status hcl_transcript_start(struct hcl_transcript *t, const struct hcl_vk *vk,
                                const struct hcl_values *instances, struct hcl_err *err)
{
    const struct hcl_circuit *c = vk->circuit;
    if (instances->count != c->num_instance)
        return hcl_fail(err, HCL_BAD_INPUT, "%zu columns of public values given, the circuit has %u",
                        instances->count, c->num_instance);
    for (size_t i = 0; i < instances->count; i++)
        if (instances->rows[i] > c->usable_rows)
            return hcl_fail(err, HCL_BAD_INPUT, "instance column %zu has %zu values, at most %zu fit", i,
                            instances->rows[i], c->usable_rows);
    hcl_transcript_absorb_scalar(t, &vk->transcript_repr);
    for (size_t i = 0; i < instances->count; i++)
        for (size_t j = 0; j < instances->rows[i]; j++)
            hcl_transcript_absorb_scalar(t, &instances->columns[i][j]);
    return HCL_OK;
}

static hcl_status read_points(struct hcl_verification *v, hcl_g1 *out, size_t count, const char *what)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < count && st == HCL_OK; i++)
        st = hcl_transcript_read_point(v->t, &v->proof, &out[i], what, i, v->err);
    return st;
}

static hcl_status read_advice(struct hcl_verification *v)
{
    const struct hcl_circuit *c = v->c;
    hcl_status st = HCL_OK;
    for (uint32_t phase = 0; phase < c->num_phases; phase++) {
        for (uint32_t i = 0; i < c->num_advice; i++)
            if (c->advice_phase[i] == phase)
                HCL_TRY(hcl_transcript_read_point(v->t, &v->proof, &v->advice[i], "advice commitment", i,
                                                  v->err));
        for (uint32_t j = 0; j < c->num_challenges; j++)
            if (c->challenge_phase[j] == phase)
                hcl_transcript_squeeze(v->t, &v->challenges.phase[j]);
    }
done:
    return st;
}

/* Steps 3 to 13 of FORMAT section 9. */
static hcl_status read_proof(struct hcl_verification *v)
{
    const struct hcl_circuit *c = v->c;
    hcl_status st;
    HCL_TRY(read_advice(v));
    hcl_transcript_squeeze(v->t, &v->challenges.theta);
    for (size_t i = 0; i < c->num_lookups; i++) {
        HCL_TRY(hcl_transcript_read_point(v->t, &v->proof, &v->lookup_a[i], "permuted input commitment", i,
                                          v->err));
        HCL_TRY(hcl_transcript_read_point(v->t, &v->proof, &v->lookup_s[i], "permuted table commitment", i,
                                          v->err));
    }
    hcl_transcript_squeeze(v->t, &v->challenges.beta);
    hcl_transcript_squeeze(v->t, &v->challenges.gamma);
    HCL_TRY(read_points(v, v->perm_z, hcl_perm_chunks(c), "permutation product commitment"));
    HCL_TRY(read_points(v, v->lookup_z, c->num_lookups, "lookup product commitment"));
    HCL_TRY(read_points(v, &v->random, 1, "random polynomial commitment"));
    hcl_transcript_squeeze(v->t, &v->challenges.y);
    HCL_TRY(read_points(v, v->h, hcl_circuit_pieces(c), "quotient commitment"));
    hcl_transcript_squeeze(v->t, &v->challenges.x);
    for (size_t i = 0; i < v->plan.num_evaluations; i++)
        HCL_TRY(hcl_transcript_read_scalar(v->t, &v->proof, &v->evaluations[i], "evaluation", i, v->err));
done:
    return st;
}

static void light_domain(struct hcl_domain *d, uint32_t k)
{
    *d = (struct hcl_domain){ .k = k, .n = (size_t)1 << k, .omega = hcl_fr_root_of_unity };
    for (uint32_t i = k; i < HCL_FR_S; i++)
        hcl_fr_sqr(&d->omega, &d->omega);
    hcl_fr_inv(&d->omega_inv, &d->omega);
    hcl_fr_from_u64(&d->n_inv, d->n);
    hcl_fr_inv(&d->n_inv, &d->n_inv);
}

static hcl_status allocate(struct hcl_verification *v)
{
    const struct hcl_circuit *c = v->c;
    v->advice = calloc(c->num_advice + 1, sizeof(hcl_g1));
    v->lookup_a = calloc(c->num_lookups + 1, sizeof(hcl_g1));
    v->lookup_s = calloc(c->num_lookups + 1, sizeof(hcl_g1));
    v->lookup_z = calloc(c->num_lookups + 1, sizeof(hcl_g1));
    v->perm_z = calloc(hcl_perm_chunks(c) + 1, sizeof(hcl_g1));
    v->h = calloc(hcl_circuit_pieces(c), sizeof(hcl_g1));
    v->challenges.phase = calloc(c->num_challenges + 1, sizeof(hcl_fr));
    v->evaluations = calloc(v->plan.num_evaluations + 1, sizeof(hcl_fr));
    v->instance_evals = calloc(c->num_queries[HCL_COL_INSTANCE] + 1, sizeof(hcl_fr));
    if (!v->advice || !v->lookup_a || !v->lookup_s || !v->lookup_z || !v->perm_z || !v->h ||
        !v->challenges.phase || !v->evaluations || !v->instance_evals)
        return hcl_fail(v->err, HCL_NO_RESOURCE, "no memory to verify");
    return HCL_OK;
}

static void clear(struct hcl_verification *v)
{
    hcl_open_plan_clear(&v->plan);
    free(v->advice);
    free(v->lookup_a);
    free(v->lookup_s);
    free(v->lookup_z);
    free(v->perm_z);
    free(v->h);
    free(v->challenges.phase);
    free(v->evaluations);
    free(v->instance_evals);
}

hcl_status hcl_verify_with(struct hcl_transcript *t, const struct hcl_vk *vk,
                           const struct hcl_srs_verifier *srs, const struct hcl_values *instances,
                           const uint8_t *proof, size_t proof_len, hcl_scheme scheme, struct hcl_err *err)
{
    struct hcl_verification v = {
        .t = t,
        .proof = { .base = proof, .len = proof_len, .file = "proof" },
        .vk = vk,
        .c = vk->circuit,
        .srs = srs,
        .instances = instances,
        .err = err,
    };
    hcl_status st;
    light_domain(&v.domain, v.c->k);
    HCL_TRY(hcl_open_plan_init(&v.plan, v.c, err));
    HCL_TRY(allocate(&v));
    HCL_TRY(hcl_transcript_start(t, vk, instances, err));
    HCL_TRY(read_proof(&v));
    HCL_TRY(hcl_verify_evaluate(&v));
    st = scheme == HCL_SCHEME_SHPLONK ? hcl_verify_shplonk(&v) : hcl_verify_gwc(&v);
done:
    clear(&v);
    return st;
}

hcl_status hcl_verify(const struct hcl_vk *vk, const struct hcl_srs_verifier *srs,
                      const struct hcl_values *instances, const uint8_t *proof, size_t proof_len,
                      hcl_scheme scheme, struct hcl_err *err)
{
    struct hcl_transcript t;
    hcl_transcript_init(&t);
    return hcl_verify_with(&t, vk, srs, instances, proof, proof_len, scheme, err);
}
