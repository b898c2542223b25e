/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/constraints.h"
#include <string.h>

hcl_status hcl_constraints_init(struct hcl_constraints *p, const struct hcl_circuit *c, struct hcl_err *err)
{
    size_t lookups = c->num_lookups;
    hcl_status st = HCL_OK;
    *p = (struct hcl_constraints){ .circuit = c };
    p->lookup_inputs = calloc(lookups + 1, sizeof *p->lookup_inputs);
    p->lookup_tables = calloc(lookups + 1, sizeof *p->lookup_tables);
    if (p->lookup_inputs == NULL || p->lookup_tables == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile the constraints"));
    HCL_TRY(hcl_eval_compile_gates(&p->gates, c, err));
    p->max_scratch = hcl_eval_scratch(&p->gates);
    for (size_t i = 0; i < lookups; i++) {
        const struct hcl_lookup *l = &c->lookups[i];
        size_t a, b;
        HCL_TRY(hcl_eval_compile(&p->lookup_inputs[i], c, l->inputs, l->count, err));
        HCL_TRY(hcl_eval_compile(&p->lookup_tables[i], c, l->tables, l->count, err));
        a = hcl_eval_scratch(&p->lookup_inputs[i]);
        b = hcl_eval_scratch(&p->lookup_tables[i]);
        p->max_scratch = a > p->max_scratch ? a : p->max_scratch;
        p->max_scratch = b > p->max_scratch ? b : p->max_scratch;
    }
done:
    if (st != HCL_OK)
        hcl_constraints_clear(p);
    return st;
}

void hcl_constraints_clear(struct hcl_constraints *p)
{
    hcl_eval_clear(&p->gates);
    for (size_t i = 0; p->circuit != NULL && i < p->circuit->num_lookups; i++) {
        if (p->lookup_inputs != NULL)
            hcl_eval_clear(&p->lookup_inputs[i]);
        if (p->lookup_tables != NULL)
            hcl_eval_clear(&p->lookup_tables[i]);
    }
    free(p->lookup_inputs);
    free(p->lookup_tables);
    *p = (struct hcl_constraints){ 0 };
}

static hcl_status program_scalars(hcl_fr **out, const struct hcl_eval *e, const hcl_fr *challenges,
                                  struct hcl_err *err)
{
    *out = malloc((e->num_scalars + 1) * sizeof **out);
    if (*out == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the constants of the constraints");
    hcl_eval_scalars(*out, e, challenges);
    return HCL_OK;
}

hcl_status hcl_constraint_scalars_init(struct hcl_constraint_scalars *s, const struct hcl_constraints *p,
                                       const struct hcl_challenges *challenges, struct hcl_err *err)
{
    const struct hcl_circuit *c = p->circuit;
    hcl_status st = HCL_OK;
    *s = (struct hcl_constraint_scalars){
        .theta = challenges->theta, .beta = challenges->beta, .gamma = challenges->gamma, .y = challenges->y
    };
    s->lookup_inputs = calloc(c->num_lookups + 1, sizeof *s->lookup_inputs);
    s->lookup_tables = calloc(c->num_lookups + 1, sizeof *s->lookup_tables);
    s->beta_delta = malloc((c->num_permutation + 1) * sizeof *s->beta_delta);
    if (s->lookup_inputs == NULL || s->lookup_tables == NULL || s->beta_delta == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for the constants of the constraints"));
    HCL_TRY(program_scalars(&s->gates, &p->gates, challenges->phase, err));
    for (size_t i = 0; i < c->num_lookups; i++) {
        HCL_TRY(program_scalars(&s->lookup_inputs[i], &p->lookup_inputs[i], challenges->phase, err));
        HCL_TRY(program_scalars(&s->lookup_tables[i], &p->lookup_tables[i], challenges->phase, err));
    }
    s->beta_delta[0] = s->beta;
    for (size_t i = 1; i < c->num_permutation; i++)
        hcl_fr_mul(&s->beta_delta[i], &s->beta_delta[i - 1], &hcl_fr_delta);
done:
    if (st != HCL_OK)
        hcl_constraint_scalars_clear(s, p);
    return st;
}

void hcl_constraint_scalars_clear(struct hcl_constraint_scalars *s, const struct hcl_constraints *p)
{
    for (size_t i = 0; p->circuit != NULL && i < p->circuit->num_lookups; i++) {
        if (s->lookup_inputs != NULL)
            free(s->lookup_inputs[i]);
        if (s->lookup_tables != NULL)
            free(s->lookup_tables[i]);
    }
    free(s->lookup_inputs);
    free(s->lookup_tables);
    free(s->gates);
    free(s->beta_delta);
    *s = (struct hcl_constraint_scalars){ 0 };
}

/* Row buffers of the permutation and lookup constraints, in front of the programs' scratch. */
enum { B_ONE, B_BETA, B_GAMMA, B_E, B_F, B_G, B_H, BUFFERS };

size_t hcl_constraints_scratch(const struct hcl_constraints *p)
{
    return BUFFERS * HCL_EVAL_BLOCK + p->max_scratch;
}

struct fold {
    const struct hcl_constraints *p;
    const struct hcl_constraint_scalars *s;
    const struct hcl_constraint_rows *in;
    size_t n;
    hcl_fr *acc, *scratch;
};

static hcl_fr *buffer(const struct fold *f, int i)
{
    return f->scratch + i * HCL_EVAL_BLOCK;
}

static void fill(const struct fold *f, int i, const hcl_fr *v)
{
    hcl_fr *b = buffer(f, i);
    for (size_t j = 0; j < f->n; j++)
        b[j] = *v;
}

/* acc = acc*y + factor*e; e is overwritten. */
static void add_constraint(const struct fold *f, const hcl_fr *factor, hcl_fr *e)
{
    hcl_fr_mul_vec(e, e, factor, f->n);
    hcl_fr_horner_vec(f->acc, &f->s->y, e, f->n);
}

/* l_0*(1 - z) and l_last*(z^2 - z) are common to permutation and lookups. */
static void starts_at_one(const struct fold *f, const hcl_fr *z)
{
    hcl_fr *e = buffer(f, B_E);
    hcl_fr_sub_vec(e, buffer(f, B_ONE), z, f->n);
    add_constraint(f, f->in->l_0, e);
}

static void ends_in_bit(const struct fold *f, const hcl_fr *z)
{
    hcl_fr *e = buffer(f, B_E);
    hcl_fr_mul_vec(e, z, z, f->n);
    hcl_fr_sub_vec(e, e, z, f->n);
    add_constraint(f, f->in->l_last, e);
}

/* l_active*(z(wX) prod(v + beta sigma + gamma) - z(X) prod(v + beta DELTA^i X + gamma)) over one chunk */
static void chunk_step(const struct fold *f, size_t chunk, size_t first, size_t end)
{
    hcl_fr *left = buffer(f, B_E), *right = buffer(f, B_F), *shifted = buffer(f, B_G),
           *factor = buffer(f, B_H);
    memcpy(left, f->in->z_next[chunk], f->n * sizeof *left);
    memcpy(right, f->in->z[chunk], f->n * sizeof *right);
    for (size_t i = first; i < end; i++) {
        hcl_fr_add_vec(shifted, f->in->perm_values[i], buffer(f, B_GAMMA), f->n);
        hcl_fr_scale_vec(factor, f->in->sigma[i], &f->s->beta, f->n);
        hcl_fr_add_vec(factor, factor, shifted, f->n);
        hcl_fr_mul_vec(left, left, factor, f->n);
        hcl_fr_scale_vec(factor, f->in->x, &f->s->beta_delta[i], f->n);
        hcl_fr_add_vec(factor, factor, shifted, f->n);
        hcl_fr_mul_vec(right, right, factor, f->n);
    }
    hcl_fr_sub_vec(left, left, right, f->n);
    add_constraint(f, f->in->l_active, left);
}

static void fold_permutation(const struct fold *f)
{
    const struct hcl_circuit *c = f->p->circuit;
    size_t chunks = hcl_perm_chunks(c), len = hcl_perm_chunk_len(c), m = c->num_permutation;
    hcl_fr *e = buffer(f, B_E);
    if (chunks == 0)
        return;
    starts_at_one(f, f->in->z[0]);
    ends_in_bit(f, f->in->z[chunks - 1]);
    for (size_t i = 1; i < chunks; i++) {
        hcl_fr_sub_vec(e, f->in->z[i], f->in->z_end[i - 1], f->n);
        add_constraint(f, f->in->l_0, e);
    }
    for (size_t i = 0; i < chunks; i++)
        chunk_step(f, i, i * len, (i + 1) * len < m ? (i + 1) * len : m);
}

/* out = the lookup's expressions folded with theta */
static void compress(const struct fold *f, hcl_fr *out, const struct hcl_eval *e, const hcl_fr *scalars,
                     const hcl_fr *const *rows)
{
    memset(out, 0, f->n * sizeof *out);
    hcl_eval_fold(out, &f->s->theta, e, scalars, rows, f->n, f->scratch + BUFFERS * HCL_EVAL_BLOCK);
}

/* l_active*(Z(wX)(A'+beta)(S'+gamma) - Z(A+beta)(S+gamma)) */
static void lookup_step(const struct fold *f, size_t l)
{
    hcl_fr *left = buffer(f, B_E), *right = buffer(f, B_F), *t = buffer(f, B_G);
    compress(f, right, &f->p->lookup_inputs[l], f->s->lookup_inputs[l], f->in->lookup_inputs[l]);
    compress(f, t, &f->p->lookup_tables[l], f->s->lookup_tables[l], f->in->lookup_tables[l]);
    hcl_fr_add_vec(right, right, buffer(f, B_BETA), f->n);
    hcl_fr_add_vec(t, t, buffer(f, B_GAMMA), f->n);
    hcl_fr_mul_vec(right, right, t, f->n);
    hcl_fr_mul_vec(right, right, f->in->lookup_z[l], f->n);
    hcl_fr_add_vec(left, f->in->lookup_a[l], buffer(f, B_BETA), f->n);
    hcl_fr_add_vec(t, f->in->lookup_s[l], buffer(f, B_GAMMA), f->n);
    hcl_fr_mul_vec(left, left, t, f->n);
    hcl_fr_mul_vec(left, left, f->in->lookup_z_next[l], f->n);
    hcl_fr_sub_vec(left, left, right, f->n);
    add_constraint(f, f->in->l_active, left);
}

static void fold_lookup(const struct fold *f, size_t l)
{
    hcl_fr *e = buffer(f, B_E), *t = buffer(f, B_F);
    starts_at_one(f, f->in->lookup_z[l]);
    ends_in_bit(f, f->in->lookup_z[l]);
    lookup_step(f, l);
    hcl_fr_sub_vec(e, f->in->lookup_a[l], f->in->lookup_s[l], f->n);
    add_constraint(f, f->in->l_0, e);
    hcl_fr_sub_vec(e, f->in->lookup_a[l], f->in->lookup_s[l], f->n);
    hcl_fr_sub_vec(t, f->in->lookup_a[l], f->in->lookup_a_prev[l], f->n);
    hcl_fr_mul_vec(e, e, t, f->n);
    add_constraint(f, f->in->l_active, e);
}

void hcl_constraints_fold(hcl_fr *acc, const struct hcl_constraints *p,
                          const struct hcl_constraint_scalars *s, const struct hcl_constraint_rows *rows,
                          size_t count, hcl_fr *scratch)
{
    struct fold f = { .p = p, .s = s, .in = rows, .n = count, .acc = acc, .scratch = scratch };
    hcl_eval_fold(acc, &s->y, &p->gates, s->gates, rows->gates, count, scratch + BUFFERS * HCL_EVAL_BLOCK);
    fill(&f, B_ONE, &hcl_fr_one);
    fill(&f, B_BETA, &s->beta);
    fill(&f, B_GAMMA, &s->gamma);
    fold_permutation(&f);
    for (size_t i = 0; i < p->circuit->num_lookups; i++)
        fold_lookup(&f, i);
}

size_t hcl_constraints_count(const struct hcl_circuit *c)
{
    size_t chunks = hcl_perm_chunks(c), count = 5 * c->num_lookups;
    for (size_t i = 0; i < c->num_gates; i++)
        count += c->gates[i].count;
    return count + (chunks == 0 ? 0 : 1 + 2 * chunks);
}
