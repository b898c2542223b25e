/* SPDX-License-Identifier: Apache-2.0 */
/* The multi-open argument (FORMAT section 12), verifier's side: SHPLONK (eprint 2020/081) and GWC (eprint
 * 2019/953). */
#include "common/curve/msm.h"
#include "common/curve/pairing.h"
#include "common/halo2/verify_internal.h"
#include "common/poly/poly.h"
#include <string.h>

/* A linear combination of the proof's polynomials, of G and of further points, under construction. */
struct combination {
    hcl_fr *of_poly; /* per plan poly */
    hcl_fr of_g;
    hcl_fr *scalars; /* expanded terms */
    hcl_g1 *points;
    size_t count;
};

static hcl_status combination_init(struct combination *k, const struct hcl_verification *v)
{
    size_t terms = v->plan.num_polys + hcl_circuit_pieces(v->c) + 1 + v->plan.num_points + 2;
    *k = (struct combination){ 0 };
    k->of_poly = calloc(v->plan.num_polys, sizeof(hcl_fr));
    k->scalars = malloc(terms * sizeof(hcl_fr));
    k->points = malloc(terms * sizeof(hcl_g1));
    if (k->of_poly == NULL || k->scalars == NULL || k->points == NULL)
        return hcl_fail(v->err, HCL_NO_RESOURCE, "no memory to verify");
    return HCL_OK;
}

static void combination_clear(struct combination *k)
{
    free(k->of_poly);
    free(k->scalars);
    free(k->points);
}

static void add_term(struct combination *k, const hcl_fr *scalar, const hcl_g1 *point)
{
    k->scalars[k->count] = *scalar;
    k->points[k->count++] = *point;
}

static const hcl_g1 *commitment(const struct hcl_verification *v, struct hcl_poly_id id)
{
    switch (id.kind) {
    case HCL_POLY_ADVICE:
        return &v->advice[id.index];
    case HCL_POLY_FIXED:
        return &v->vk->fixed[id.index];
    case HCL_POLY_SIGMA:
        return &v->vk->sigma[id.index];
    case HCL_POLY_PERM_Z:
        return &v->perm_z[id.index];
    case HCL_POLY_LOOKUP_Z:
        return &v->lookup_z[id.index];
    case HCL_POLY_LOOKUP_A:
        return &v->lookup_a[id.index];
    case HCL_POLY_LOOKUP_S:
        return &v->lookup_s[id.index];
    default:
        return &v->random;
    }
}

/* The polynomials' and G's share as terms; H(X) = sum x^(n*i) h_i(X). */
static void expand(struct combination *k, const struct hcl_verification *v)
{
    hcl_fr step, scalar;
    hcl_fr_pow_u64(&step, &v->challenges.x, v->domain.n);
    for (size_t i = 0; i < v->plan.num_polys; i++) {
        if (v->plan.polys[i].kind != HCL_POLY_H) {
            add_term(k, &k->of_poly[i], commitment(v, v->plan.polys[i]));
            continue;
        }
        scalar = k->of_poly[i];
        for (size_t j = 0; j < hcl_circuit_pieces(v->c); j++) {
            add_term(k, &scalar, &v->h[j]);
            hcl_fr_mul(&scalar, &scalar, &step);
        }
    }
    add_term(k, &k->of_g, &v->srs->g);
}

static hcl_status read_w(struct hcl_verification *v, hcl_g1 *out, size_t index)
{
    return hcl_transcript_read_point(v->t, &v->proof, out, "opening proof", index, v->err);
}

static hcl_status proof_ends(const struct hcl_verification *v)
{
    if (hcl_left(&v->proof) != 0)
        return hcl_fail(v->err, HCL_FALSE_CLAIM, "proof has %zu bytes after its end at byte %zu",
                        hcl_left(&v->proof), v->proof.pos);
    return HCL_OK;
}

/* e(left, [s]G2) = e(right, G2)? right is the sum of the combination's terms. */
static hcl_status decide(const struct hcl_verification *v, const hcl_g1 *left, const struct combination *k)
{
    hcl_g1_jac sum;
    hcl_g1 points[2] = { *left };
    hcl_g2 against[2] = { v->srs->s_g2, v->srs->g2 };
    hcl_status st = hcl_msm(&sum, k->scalars, k->points, k->count, 1, v->err);
    if (st != HCL_OK)
        return st;
    hcl_g1_jac_neg(&sum, &sum);
    hcl_g1_jac_to_affine(&points[1], &sum);
    if (!hcl_pairing_check(points, against, 2))
        return hcl_fail(
            v->err, HCL_FALSE_CLAIM,
            "the opening does not hold: the constraints are not satisfied by what the proof commits to");
    return HCL_OK;
}

struct shplonk {
    hcl_fr y, v, u;
    hcl_fr *points, *zd;
    hcl_g1 w, w_prime;
};

/* c_i = v^i zd_i / zd_0; the share of set i is c_i sum_j y^j ([f_ij] - R_ij(u) G). */
static hcl_status combine_sets(struct combination *k, const struct hcl_verification *v,
                               const struct shplonk *s)
{
    const struct hcl_open_plan *p = &v->plan;
    hcl_fr coeffs[HCL_OPEN_MAX_POINTS], zd0_inv, v_power = hcl_fr_one;
    if (hcl_fr_is_zero(&s->zd[0]))
        return hcl_fail(v->err, HCL_FALSE_CLAIM, "the challenge u is an opening point");
    hcl_fr_inv(&zd0_inv, &s->zd[0]);
    for (size_t i = 0; i < p->num_sets; i++) {
        hcl_fr c, r;
        hcl_fr_mul(&c, &v_power, &s->zd[i]);
        hcl_fr_mul(&c, &c, &zd0_inv);
        hcl_shplonk_remainder(coeffs, p, i, s->points, v->evaluations, &s->y);
        hcl_poly_eval(&r, coeffs, p->sets[i].num_points, &s->u, 1);
        hcl_fr_mul(&r, &r, &c);
        hcl_fr_sub(&k->of_g, &k->of_g, &r);
        for (size_t j = 0; j < p->sets[i].num_polys; j++) {
            k->of_poly[p->sets[i].polys[j]] = c;
            hcl_fr_mul(&c, &c, &s->y);
        }
        hcl_fr_mul(&v_power, &v_power, &s->v);
    }
    return HCL_OK;
}

static hcl_status shplonk_run(struct hcl_verification *v, struct shplonk *s, struct combination *k)
{
    const struct hcl_open_set *first = &v->plan.sets[0];
    hcl_fr scalar, diff;
    hcl_status st;
    hcl_open_points(s->points, &v->plan, &v->domain, &v->challenges.x);
    hcl_transcript_squeeze(v->t, &s->y);
    hcl_transcript_squeeze(v->t, &s->v);
    HCL_TRY(read_w(v, &s->w, 0));
    hcl_transcript_squeeze(v->t, &s->u);
    HCL_TRY(read_w(v, &s->w_prime, 1));
    HCL_TRY(proof_ends(v));
    hcl_shplonk_zd(s->zd, &v->plan, s->points, &s->u);
    HCL_TRY(combine_sets(k, v, s));
    expand(k, v);
    hcl_fr_neg(&scalar, &hcl_fr_one);
    for (size_t i = 0; i < first->num_points; i++) {
        hcl_fr_sub(&diff, &s->u, &s->points[first->points[i]]);
        hcl_fr_mul(&scalar, &scalar, &diff);
    }
    add_term(k, &scalar, &s->w);
    add_term(k, &s->u, &s->w_prime);
    HCL_TRY(decide(v, &s->w_prime, k));
done:
    return st;
}

hcl_status hcl_verify_shplonk(struct hcl_verification *v)
{
    struct combination k = { 0 };
    struct shplonk s = { 0 };
    hcl_status st = HCL_OK;
    s.points = malloc(v->plan.num_points * sizeof(hcl_fr));
    s.zd = malloc(v->plan.num_sets * sizeof(hcl_fr));
    if (s.points == NULL || s.zd == NULL)
        HCL_TRY(hcl_fail(v->err, HCL_NO_RESOURCE, "no memory to verify"));
    HCL_TRY(combination_init(&k, v));
    HCL_TRY(shplonk_run(v, &s, &k));
done:
    combination_clear(&k);
    free(s.points);
    free(s.zd);
    return st;
}

/* Per opening point, in order of first occurrence. */
struct gwc {
    hcl_fr *points, *u_power; /* x*w^rotation; u^i */
    hcl_fr *v_power;          /* the next query's power of v at this point */
    hcl_g1 *w;
    hcl_fr v, u;
};

static hcl_status gwc_read(struct hcl_verification *v, struct gwc *g)
{
    hcl_status st;
    hcl_open_points(g->points, &v->plan, &v->domain, &v->challenges.x);
    hcl_transcript_squeeze(v->t, &g->v);
    for (size_t i = 0; i < v->plan.num_points; i++)
        HCL_TRY(read_w(v, &g->w[i], i));
    hcl_transcript_squeeze(v->t, &g->u);
    HCL_TRY(proof_ends(v));
done:
    return st;
}

static void gwc_combine(struct combination *k, const struct hcl_verification *v, struct gwc *g)
{
    const struct hcl_open_plan *p = &v->plan;
    hcl_fr scalar, term, power = hcl_fr_one;
    for (size_t i = 0; i < p->num_points; i++) {
        g->u_power[i] = g->v_power[i] = power;
        hcl_fr_mul(&power, &power, &g->u);
    }
    for (size_t i = 0; i < p->num_queries; i++) {
        const struct hcl_open_query *q = &p->queries[i];
        scalar = g->v_power[q->point];
        hcl_fr_add(&k->of_poly[q->poly], &k->of_poly[q->poly], &scalar);
        hcl_fr_mul(&term, &scalar, &v->evaluations[q->evaluation]);
        hcl_fr_sub(&k->of_g, &k->of_g, &term);
        hcl_fr_mul(&g->v_power[q->point], &scalar, &g->v);
    }
    expand(k, v);
    for (size_t i = 0; i < p->num_points; i++) {
        hcl_fr_mul(&scalar, &g->u_power[i], &g->points[i]);
        add_term(k, &scalar, &g->w[i]);
    }
}

static hcl_status gwc_run(struct hcl_verification *v, struct gwc *g, struct combination *k)
{
    hcl_g1_jac sum;
    hcl_g1 left;
    hcl_status st;
    HCL_TRY(gwc_read(v, g));
    gwc_combine(k, v, g);
    HCL_TRY(hcl_msm(&sum, g->u_power, g->w, v->plan.num_points, 1, v->err));
    hcl_g1_jac_to_affine(&left, &sum);
    HCL_TRY(decide(v, &left, k));
done:
    return st;
}

hcl_status hcl_verify_gwc(struct hcl_verification *v)
{
    struct combination k = { 0 };
    struct gwc g = { 0 };
    size_t n = v->plan.num_points;
    hcl_status st = HCL_OK;
    g.points = malloc(n * sizeof(hcl_fr));
    g.u_power = malloc(n * sizeof(hcl_fr));
    g.v_power = malloc(n * sizeof(hcl_fr));
    g.w = malloc(n * sizeof(hcl_g1));
    if (g.points == NULL || g.u_power == NULL || g.v_power == NULL || g.w == NULL)
        HCL_TRY(hcl_fail(v->err, HCL_NO_RESOURCE, "no memory to verify"));
    HCL_TRY(combination_init(&k, v));
    HCL_TRY(gwc_run(v, &g, &k));
done:
    combination_clear(&k);
    free(g.points);
    free(g.u_power);
    free(g.v_power);
    free(g.w);
    return st;
}
