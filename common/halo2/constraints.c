/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/constraints.h"
#include "common/halo2/arguments_internal.h"
#include <string.h>

static void more_scratch(struct hcl_constraints *p, const struct hcl_eval *e)
{
    const size_t scratch = hcl_eval_scratch(e);
    p->max_scratch = scratch > p->max_scratch ? scratch : p->max_scratch;
}

static hcl_status init(struct hcl_constraints *p, const struct hcl_circuit *c, bool linear,
                       struct hcl_err *err)
{
    size_t lookups = c->num_lookups;
    hcl_status st = HCL_OK;
    *p = (struct hcl_constraints){ .circuit = c };
    p->lookup_inputs = calloc(lookups + 1, sizeof *p->lookup_inputs);
    p->lookup_tables = calloc(lookups + 1, sizeof *p->lookup_tables);
    if (p->lookup_inputs == NULL || p->lookup_tables == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile the constraints"));
    HCL_TRY(linear ? hcl_linear_compile_gates(&p->gates, &p->linear, c, err)
                   : hcl_eval_compile_gates(&p->gates, c, err));
    HCL_TRY(hcl_compile_permutation(&p->permutation, c, err));
    HCL_TRY(hcl_compile_lookup(&p->lookup, err));
    more_scratch(p, &p->gates);
    more_scratch(p, &p->permutation);
    more_scratch(p, &p->lookup);
    for (size_t i = 0; i < lookups; i++) {
        const struct hcl_lookup *l = &c->lookups[i];
        HCL_TRY(hcl_eval_compile(&p->lookup_inputs[i], c, l->inputs, l->count, err));
        HCL_TRY(hcl_eval_compile(&p->lookup_tables[i], c, l->tables, l->count, err));
        more_scratch(p, &p->lookup_inputs[i]);
        more_scratch(p, &p->lookup_tables[i]);
    }
done:
    if (st != HCL_OK)
        hcl_constraints_clear(p);
    return st;
}

hcl_status hcl_constraints_init(struct hcl_constraints *p, const struct hcl_circuit *c, struct hcl_err *err)
{
    return init(p, c, false, err);
}

hcl_status hcl_constraints_init_linear(struct hcl_constraints *p, const struct hcl_circuit *c,
                                       struct hcl_err *err)
{
    return init(p, c, true, err);
}

void hcl_constraints_clear(struct hcl_constraints *p)
{
    hcl_linear_clear(&p->linear);
    hcl_eval_clear(&p->gates);
    hcl_eval_clear(&p->permutation);
    hcl_eval_clear(&p->lookup);
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
    const hcl_fr argument[HCL_ARGUMENT_CHALLENGES] = { [HCL_ARGUMENT_BETA] = challenges->beta,
                                                       [HCL_ARGUMENT_GAMMA] = challenges->gamma,
                                                       [HCL_ARGUMENT_Y] = challenges->y };
    *s = (struct hcl_constraint_scalars){ .theta = challenges->theta, .y = challenges->y };
    hcl_fr_pow_u64(&s->y_permutation, &s->y, hcl_permutation_constraints(c));
    hcl_fr_pow_u64(&s->y_lookup, &s->y, HCL_LOOKUP_CONSTRAINTS);
    s->lookup_inputs = calloc(c->num_lookups + 1, sizeof *s->lookup_inputs);
    s->lookup_tables = calloc(c->num_lookups + 1, sizeof *s->lookup_tables);
    if (s->lookup_inputs == NULL || s->lookup_tables == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for the constants of the constraints"));
    s->sums = calloc(p->linear.num_terms + 1, sizeof *s->sums);
    if (s->sums == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for the constants of the constraints"));
    HCL_TRY(hcl_linear_coefficients(s->sums, &p->linear, challenges->phase, err));
    HCL_TRY(program_scalars(&s->gates, &p->gates, challenges->phase, err));
    HCL_TRY(program_scalars(&s->permutation, &p->permutation, argument, err));
    HCL_TRY(program_scalars(&s->lookup, &p->lookup, argument, err));
    for (size_t i = 0; i < c->num_lookups; i++) {
        HCL_TRY(program_scalars(&s->lookup_inputs[i], &p->lookup_inputs[i], challenges->phase, err));
        HCL_TRY(program_scalars(&s->lookup_tables[i], &p->lookup_tables[i], challenges->phase, err));
    }
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
    free(s->sums);
    free(s->gates);
    free(s->permutation);
    free(s->lookup);
    *s = (struct hcl_constraint_scalars){ 0 };
}

/* In front of the programs' scratch: a lookup's compressed input and table, pointers to an argument's rows.
 */
enum { B_INPUT, B_TABLE, BUFFERS };

static size_t pointer_room(const struct hcl_constraints *p)
{
    const size_t most =
        p->permutation.num_inputs > p->lookup.num_inputs ? p->permutation.num_inputs : p->lookup.num_inputs;
    return (most * sizeof(hcl_fr *) + sizeof(hcl_fr) - 1) / sizeof(hcl_fr);
}

size_t hcl_constraints_scratch(const struct hcl_constraints *p)
{
    return BUFFERS * HCL_EVAL_BLOCK + pointer_room(p) + p->max_scratch;
}

struct fold {
    const struct hcl_constraints *p;
    const struct hcl_constraint_scalars *s;
    const struct hcl_constraint_rows *in;
    size_t n, lookup;
    hcl_fr *acc, *buffers, *scratch;
    const hcl_fr **pointers;
};

static const hcl_fr *row_vector(const struct fold *f, const struct hcl_query *input)
{
    const struct hcl_constraint_rows *in = f->in;
    const size_t i = input->column.index, l = f->lookup;
    switch ((hcl_row_list)input->rotation) {
    case HCL_ROWS_X:
        return in->x;
    case HCL_ROWS_L_0:
        return in->l_0;
    case HCL_ROWS_L_LAST:
        return in->l_last;
    case HCL_ROWS_L_ACTIVE:
        return in->l_active;
    case HCL_ROWS_VALUE:
        return in->perm_values[i];
    case HCL_ROWS_SIGMA:
        return in->sigma[i];
    case HCL_ROWS_Z:
        return in->z[i];
    case HCL_ROWS_Z_NEXT:
        return in->z_next[i];
    case HCL_ROWS_Z_END:
        return in->z_end[i];
    case HCL_ROWS_LOOKUP_Z:
        return in->lookup_z[l];
    case HCL_ROWS_LOOKUP_Z_NEXT:
        return in->lookup_z_next[l];
    case HCL_ROWS_LOOKUP_A:
        return in->lookup_a[l];
    case HCL_ROWS_LOOKUP_A_PREV:
        return in->lookup_a_prev[l];
    case HCL_ROWS_LOOKUP_S:
        return in->lookup_s[l];
    case HCL_ROWS_LOOKUP_INPUT:
        return f->buffers + B_INPUT * HCL_EVAL_BLOCK;
    case HCL_ROWS_LOOKUP_TABLE:
        return f->buffers + B_TABLE * HCL_EVAL_BLOCK;
    }
    HCL_CHECK(false);
    return NULL;
}

/* acc = acc*y + the argument's constraints, which the program has folded itself: y is a power. */
static void fold_argument(const struct fold *f, const struct hcl_eval *e, const hcl_fr *scalars,
                          const hcl_fr *y)
{
    for (size_t i = 0; i < e->num_inputs; i++)
        f->pointers[i] = row_vector(f, &e->inputs[i]);
    hcl_eval_fold(f->acc, y, e, scalars, f->pointers, f->n, f->scratch);
}

/* A lookup's expressions folded with theta, into one of the buffers. */
static void compress(const struct fold *f, int buffer, const struct hcl_eval *e, const hcl_fr *scalars,
                     const hcl_fr *const *rows)
{
    hcl_fr *out = f->buffers + buffer * HCL_EVAL_BLOCK;
    memset(out, 0, f->n * sizeof *out);
    hcl_eval_fold(out, &f->s->theta, e, scalars, rows, f->n, f->scratch);
}

static void fold_lookup(struct fold *f, size_t l)
{
    f->lookup = l;
    compress(f, B_INPUT, &f->p->lookup_inputs[l], f->s->lookup_inputs[l], f->in->lookup_inputs[l]);
    compress(f, B_TABLE, &f->p->lookup_tables[l], f->s->lookup_tables[l], f->in->lookup_tables[l]);
    fold_argument(f, &f->p->lookup, f->s->lookup, &f->s->y_lookup);
}

void hcl_constraints_fold(hcl_fr *acc, const struct hcl_constraints *p,
                          const struct hcl_constraint_scalars *s, const struct hcl_constraint_rows *rows,
                          size_t count, hcl_fr *scratch)
{
    hcl_fr *pointers = scratch + BUFFERS * HCL_EVAL_BLOCK;
    struct fold f = { .p = p,
                      .s = s,
                      .in = rows,
                      .n = count,
                      .acc = acc,
                      .buffers = scratch,
                      .pointers = (const hcl_fr **)(void *)pointers,
                      .scratch = pointers + pointer_room(p) };
    hcl_eval_fold(acc, &s->y, &p->gates, s->gates, rows->gates, count, f.scratch);
    if (p->permutation.num_inputs != 0)
        fold_argument(&f, &p->permutation, s->permutation, &s->y_permutation);
    for (size_t i = 0; i < p->circuit->num_lookups; i++)
        fold_lookup(&f, i);
}

size_t hcl_constraints_count(const struct hcl_circuit *c)
{
    size_t count = HCL_LOOKUP_CONSTRAINTS * c->num_lookups + hcl_permutation_constraints(c);
    for (size_t i = 0; i < c->num_gates; i++)
        count += c->gates[i].count;
    return count;
}
