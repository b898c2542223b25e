/* SPDX-License-Identifier: Apache-2.0 */
/* All constraints at the point x, from the proof's evaluations: the shared fold with blocks of one row. */
#include "common/halo2/verify_internal.h"
#include "common/sys/mem.h"
#include <string.h>

/* out[i] = L_{first+i}(x) */
static hcl_status lagrange_range(hcl_fr *out, hcl_fr *scratch, const struct hcl_domain *d, int64_t first,
                                 size_t count, const hcl_fr *x, struct hcl_err *err)
{
    hcl_fr vanishing, power;
    hcl_fr_pow_u64(&vanishing, x, d->n);
    hcl_fr_sub(&vanishing, &vanishing, &hcl_fr_one);
    if (hcl_fr_is_zero(&vanishing))
        return hcl_fail(err, HCL_FALSE_CLAIM, "the challenge x is a root of unity");
    hcl_fr_mul(&vanishing, &vanishing, &d->n_inv);
    hcl_domain_omega_pow(&power, d, first);
    for (size_t i = 0; i < count; i++) {
        hcl_fr_sub(&out[i], x, &power);
        hcl_fr_mul(&power, &power, &d->omega);
    }
    hcl_fr_batch_inv(out, scratch, count);
    hcl_domain_omega_pow(&power, d, first);
    hcl_fr_mul(&power, &power, &vanishing);
    for (size_t i = 0; i < count; i++) {
        hcl_fr_mul(&out[i], &out[i], &power);
        hcl_fr_mul(&power, &power, &d->omega);
    }
    return HCL_OK;
}

/* sum_i inst_i L_i(w^rho x), and L_i(w^rho x) = L_{i-rho}(x): one range of Lagrange values serves all
 * queries. */
static hcl_status evaluate_instances(struct hcl_verification *v)
{
    const struct hcl_query *queries = v->c->queries[HCL_COL_INSTANCE];
    size_t num_queries = v->c->num_queries[HCL_COL_INSTANCE], longest = 0, count;
    int64_t low = 0, high = 0;
    void *buffer = NULL;
    hcl_fr *lagrange;
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < v->instances->count; i++)
        longest = v->instances->rows[i] > longest ? v->instances->rows[i] : longest;
    if (num_queries == 0 || longest == 0)
        return HCL_OK;
    for (size_t i = 0; i < num_queries; i++) {
        low = -queries[i].rotation < low ? -queries[i].rotation : low;
        high = -queries[i].rotation > high ? -queries[i].rotation : high;
    }
    count = (size_t)(high - low) + longest;
    HCL_TRY(hcl_mem_alloc(&buffer, 2 * count, sizeof(hcl_fr), "public values", v->err));
    lagrange = buffer;
    HCL_TRY(lagrange_range(lagrange, lagrange + count, &v->domain, low, count, &v->challenges.x, v->err));
    for (size_t i = 0; i < num_queries; i++) {
        uint32_t column = queries[i].column.index;
        const hcl_fr *l = lagrange + (-(int64_t)queries[i].rotation - low);
        for (size_t j = 0; j < v->instances->rows[column]; j++) {
            hcl_fr term;
            hcl_fr_mul(&term, &v->instances->columns[column][j], &l[j]);
            hcl_fr_add(&v->instance_evals[i], &v->instance_evals[i], &term);
        }
    }
done:
    hcl_mem_free(buffer);
    return st;
}

enum { NO_QUERY = UINT32_MAX };

/* The queries of each column: chains through the lists of the circuit. */
struct query_index {
    uint32_t *head[3], *next[3];
};

static void clear_index(struct query_index *x)
{
    for (int kind = 0; kind < 3; kind++) {
        free(x->head[kind]);
        free(x->next[kind]);
    }
}

static hcl_status init_index(struct query_index *x, const struct hcl_circuit *c, struct hcl_err *err)
{
    const size_t columns[3] = { c->num_fixed, c->num_advice, c->num_instance };
    for (int kind = 0; kind < 3; kind++) {
        x->head[kind] = malloc((columns[kind] + 1) * sizeof(uint32_t));
        x->next[kind] = malloc((c->num_queries[kind] + 1) * sizeof(uint32_t));
        if (x->head[kind] == NULL || x->next[kind] == NULL)
            return hcl_fail(err, HCL_NO_RESOURCE, "no memory to verify");
        memset(x->head[kind], 0xff, (columns[kind] + 1) * sizeof(uint32_t));
        for (uint32_t i = 0; i < c->num_queries[kind]; i++) {
            uint32_t *head = &x->head[kind][c->queries[kind][i].column.index];
            x->next[kind][i] = *head;
            *head = i;
        }
    }
    return HCL_OK;
}

/* Value of (column, rotation) at x. finish has put every query that can be asked for into the lists. */
static const hcl_fr *column_value(const struct hcl_verification *v, const struct query_index *x,
                                  const struct hcl_query *q)
{
    const struct hcl_query *list = v->c->queries[q->column.kind];
    uint32_t i = x->head[q->column.kind][q->column.index];
    while (i != NO_QUERY && list[i].rotation != q->rotation)
        i = x->next[q->column.kind][i];
    HCL_CHECK(i != NO_QUERY);
    if (q->column.kind == HCL_COL_INSTANCE)
        return &v->instance_evals[i];
    return &v->evaluations[i + (q->column.kind == HCL_COL_FIXED ? v->c->num_queries[HCL_COL_ADVICE] : 0)];
}

static const hcl_fr *value(const struct hcl_verification *v, hcl_poly_kind kind, size_t index,
                           int32_t rotation)
{
    uint32_t e = hcl_open_find(&v->plan, kind, (uint32_t)index, rotation);
    HCL_CHECK(e != HCL_NO_EVALUATION);
    return &v->evaluations[e];
}

/* Arrays of pointers for hcl_constraint_rows, carved out of one block. */
struct rows {
    const hcl_fr **next;
    const hcl_fr ***next_list;
    struct query_index index;
    struct hcl_constraint_rows in;
};

static const hcl_fr *const *bind_program(struct rows *r, const struct hcl_verification *v,
                                         const struct hcl_eval *e)
{
    const hcl_fr **list = r->next;
    for (size_t i = 0; i < e->num_inputs; i++)
        list[i] = column_value(v, &r->index, &e->inputs[i]);
    r->next += e->num_inputs;
    return list;
}

static const hcl_fr *const *bind_polys(struct rows *r, const struct hcl_verification *v, hcl_poly_kind kind,
                                       size_t count, int32_t rotation)
{
    const hcl_fr **list = r->next;
    for (size_t i = 0; i < count; i++)
        list[i] = value(v, kind, i, rotation);
    r->next += count;
    return list;
}

static void bind_rows(struct rows *r, const struct hcl_verification *v, const struct hcl_constraints *p)
{
    const struct hcl_circuit *c = v->c;
    size_t chunks = hcl_perm_chunks(c), lookups = c->num_lookups;
    const hcl_fr *const **inputs = (const hcl_fr *const **)r->next_list;
    const hcl_fr *const **tables = inputs + lookups;
    const hcl_fr **values;
    r->in.gates = bind_program(r, v, &p->gates);
    for (size_t i = 0; i < lookups; i++) {
        inputs[i] = bind_program(r, v, &p->lookup_inputs[i]);
        tables[i] = bind_program(r, v, &p->lookup_tables[i]);
    }
    r->in.lookup_inputs = inputs;
    r->in.lookup_tables = tables;
    values = r->next;
    r->next += c->num_permutation;
    for (size_t i = 0; i < c->num_permutation; i++)
        values[i] = column_value(v, &r->index, &(struct hcl_query){ c->permutation[i], 0 });
    r->in.perm_values = values;
    r->in.sigma = bind_polys(r, v, HCL_POLY_SIGMA, c->num_permutation, 0);
    r->in.z = bind_polys(r, v, HCL_POLY_PERM_Z, chunks, 0);
    r->in.z_next = bind_polys(r, v, HCL_POLY_PERM_Z, chunks, 1);
    r->in.z_end = bind_polys(r, v, HCL_POLY_PERM_Z, chunks == 0 ? 0 : chunks - 1, hcl_perm_end_rotation(c));
    r->in.lookup_z = bind_polys(r, v, HCL_POLY_LOOKUP_Z, lookups, 0);
    r->in.lookup_z_next = bind_polys(r, v, HCL_POLY_LOOKUP_Z, lookups, 1);
    r->in.lookup_a = bind_polys(r, v, HCL_POLY_LOOKUP_A, lookups, 0);
    r->in.lookup_a_prev = bind_polys(r, v, HCL_POLY_LOOKUP_A, lookups, -1);
    r->in.lookup_s = bind_polys(r, v, HCL_POLY_LOOKUP_S, lookups, 0);
}

static size_t count_pointers(const struct hcl_circuit *c, const struct hcl_constraints *p)
{
    size_t count =
        p->gates.num_inputs + 2 * c->num_permutation + 3 * hcl_perm_chunks(c) + 7 * c->num_lookups + 1;
    for (size_t i = 0; i < c->num_lookups; i++)
        count += p->lookup_inputs[i].num_inputs + p->lookup_tables[i].num_inputs;
    return count;
}

/* l_0, l_last and l_active = 1 - l_last - l_blind at x */
static hcl_status special_lagrange(hcl_fr out[3], const struct hcl_verification *v)
{
    size_t blinds = v->c->blinding_factors + 1; /* rows u .. n-1 */
    hcl_fr *buffer = malloc(2 * blinds * sizeof *buffer);
    hcl_status st;
    if (buffer == NULL)
        return hcl_fail(v->err, HCL_NO_RESOURCE, "no memory to verify");
    HCL_TRY(lagrange_range(&out[0], buffer, &v->domain, 0, 1, &v->challenges.x, v->err));
    HCL_TRY(lagrange_range(buffer, buffer + blinds, &v->domain, hcl_perm_end_rotation(v->c), blinds,
                           &v->challenges.x, v->err));
    out[1] = buffer[0];
    out[2] = hcl_fr_one;
    for (size_t i = 0; i < blinds; i++)
        hcl_fr_sub(&out[2], &out[2], &buffer[i]);
done:
    free(buffer);
    return st;
}

static hcl_status fold_at_x(struct hcl_verification *v, hcl_fr *acc, const struct hcl_constraints *p,
                            const struct hcl_constraint_scalars *s)
{
    const hcl_fr **pointers = malloc(count_pointers(v->c, p) * sizeof *pointers);
    const hcl_fr ***lists = malloc((2 * v->c->num_lookups + 1) * sizeof *lists);
    struct rows r = { .next = pointers, .next_list = lists };
    hcl_fr special[3];
    void *scratch = NULL;
    hcl_status st = HCL_OK;
    if (pointers == NULL || lists == NULL)
        HCL_TRY(hcl_fail(v->err, HCL_NO_RESOURCE, "no memory to verify"));
    HCL_TRY(hcl_mem_alloc(&scratch, hcl_constraints_scratch(p), sizeof(hcl_fr), "verifier", v->err));
    HCL_TRY(special_lagrange(special, v));
    HCL_TRY(init_index(&r.index, v->c, v->err));
    bind_rows(&r, v, p);
    r.in.x = &v->challenges.x;
    r.in.l_0 = &special[0];
    r.in.l_last = &special[1];
    r.in.l_active = &special[2];
    *acc = hcl_fr_zero;
    hcl_constraints_fold(acc, p, s, &r.in, 1, scratch);
done:
    clear_index(&r.index);
    hcl_mem_free(scratch);
    free(pointers);
    free(lists);
    return st;
}

hcl_status hcl_verify_evaluate(struct hcl_verification *v)
{
    struct hcl_constraints p = { 0 };
    struct hcl_constraint_scalars s = { 0 };
    hcl_fr acc, vanishing;
    hcl_status st;
    HCL_TRY(evaluate_instances(v));
    HCL_TRY(hcl_constraints_init(&p, v->c, v->err));
    HCL_TRY(hcl_constraint_scalars_init(&s, &p, &v->challenges, v->err));
    HCL_TRY(fold_at_x(v, &acc, &p, &s));
    hcl_fr_pow_u64(&vanishing, &v->challenges.x, v->domain.n);
    hcl_fr_sub(&vanishing, &vanishing, &hcl_fr_one); /* not zero: lagrange_range has looked */
    hcl_fr_inv(&vanishing, &vanishing);
    hcl_fr_mul(&v->evaluations[v->plan.num_evaluations], &acc, &vanishing);
done:
    hcl_constraint_scalars_clear(&s, &p);
    hcl_constraints_clear(&p);
    return st;
}
