/* SPDX-License-Identifier: Apache-2.0 */
/* A table for each constant exponent, over the elements that have it; of positive numbers where it is no
 * natural number. Else exp(y log(x)), of positive x. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include <math.h>
#include <stdlib.h>

/* The function that a power is. */
static struct hcl_function power(float exponent)
{
    static const struct {
        float exponent;
        hcl_fn fn;
    } known[] = { { 1, HCL_FN_IDENTITY },
                  { 2, HCL_FN_SQUARE },
                  { 0.5F, HCL_FN_SQRT },
                  { -0.5F, HCL_FN_RSQRT },
                  { -1, HCL_FN_RECIPROCAL } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].exponent == exponent)
            return (struct hcl_function){ .id = known[i].fn };
    const bool natural = exponent >= 0 && exponent == floorf(exponent);
    return (struct hcl_function){ natural ? HCL_FN_POWER : HCL_FN_POWER_OF_POSITIVE, { exponent } };
}

/* exp(y log(x)) */
static hcl_status power_of_two(struct hcl_import *im, const struct hcl_tfl_op *op, const uint32_t in[2],
                               const struct hcl_map_shape x[2])
{
    const struct hcl_function log = { .id = HCL_FN_LOG }, exp = { .id = HCL_FN_EXP };
    struct hcl_map_shape to;
    uint32_t y;
    hcl_status st;
    HCL_TRY(hcl_import_function(im, op, log, &x[0], in[0], &y));
    HCL_TRY(hcl_import_combine(im, op, hcl_import_node(HCL_OP_MUL, y, in[1]), 1, x, &to, &y));
    st = hcl_import_function(im, op, exp, &to, y, NULL);
done:
    return st;
}

/* Up to here tables of floats are fewer rows than a logarithm, a product and an exponential. */
enum { MOST_EXPONENTS = 16 };

/* Powers by several constant exponents. */
struct powers {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    uint32_t x;
    const float *exponents;
    size_t count; /* of exponents, as the operator has them */
    struct hcl_map_shape to;
    uint32_t *from, *by, *map; /* of each element of the result: of x, of the exponents, of the tables */
    float *distinct;
    uint32_t *table;
    struct hcl_map_shape *length; /* of each table */
    size_t tables;
};

/* The different exponents; `most` of them end the search. */
static uint32_t list_exponents(const float *exponents, size_t count, float *distinct, uint32_t most)
{
    uint32_t n = 0;
    for (size_t i = 0; i < count && n < most; i++) {
        uint32_t k = 0;
        while (k < n && distinct[k] != exponents[i])
            k++;
        distinct[k] = exponents[i];
        n += k == n;
    }
    return n;
}

/* The elements with exponent number k, to its power; they lie behind `first` elements of other tables. */
static hcl_status add_power(struct powers *p, size_t k, uint32_t *first)
{
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, p->x, HCL_GRAPH_NONE);
    struct hcl_map_shape shape = { 1, { 0 } };
    hcl_status st;
    n.map = malloc(hcl_map_len(&p->to) * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(p->im->err, HCL_NO_RESOURCE, "no memory for %zu elements", hcl_map_len(&p->to));
    for (size_t i = 0; i < hcl_map_len(&p->to); i++)
        if (p->exponents[p->by[i]] == p->distinct[k]) {
            p->map[i] = *first + shape.dims[0];
            n.map[shape.dims[0]++] = p->from[i];
        }
    *first += shape.dims[0];
    p->length[k] = shape;
    HCL_TRY(hcl_import_step(p->im, p->op, &n, &shape, &p->table[k]));
    st = hcl_import_function(p->im, p->op, power(p->distinct[k]), &shape, p->table[k], &p->table[k]);
done:
    return st;
}

static hcl_status add_powers(struct powers *p, const struct hcl_map_shape x[2])
{
    uint32_t first = 0, *map;
    hcl_status st;
    HCL_TRY(hcl_map_broadcast(&p->to, &p->from, &x[0], p->op->name, p->im->err));
    HCL_TRY(hcl_map_broadcast(&p->to, &p->by, &x[1], p->op->name, p->im->err));
    p->map = malloc(hcl_map_len(&p->to) * sizeof *p->map);
    p->table = calloc(p->tables, sizeof *p->table);
    p->length = calloc(p->tables, sizeof *p->length);
    if (p->map == NULL || p->table == NULL || p->length == NULL) {
        st = hcl_fail(p->im->err, HCL_NO_RESOURCE, "no memory for %zu elements", hcl_map_len(&p->to));
        goto done;
    }
    for (size_t k = 0; k < p->tables; k++)
        HCL_TRY(add_power(p, k, &first));
    HCL_TRY(hcl_import_fewer(p->im, p->op, p->table, p->length, &p->tables, 0));
    map = p->map;
    p->map = NULL; /* taken */
    st = hcl_import_move(p->im, p->op, 0, p->table, p->tables, map, &p->to);
done:
    free(p->from);
    free(p->by);
    free(p->map);
    free(p->table);
    free(p->length);
    return st;
}

/* x to the power of constants; *taken: that is how. */
static hcl_status power_of_constants(struct powers *p, const struct hcl_map_shape x[2], bool *taken)
{
    const bool whole = p->im->model->tensors[p->op->outputs[0]].type != HCL_TFL_FLOAT32;
    hcl_status st;
    p->distinct = malloc((p->count + 1) * sizeof *p->distinct);
    if (p->distinct == NULL)
        return hcl_fail(p->im->err, HCL_NO_RESOURCE, "no memory for %zu exponents", p->count);
    p->tables = list_exponents(p->exponents, p->count, p->distinct, whole ? UINT32_MAX : MOST_EXPONENTS + 1);
    *taken = whole || p->tables <= MOST_EXPONENTS;
    st = hcl_import_broadcast(p->im, p->op, &x[0], &x[1], &p->to);
    for (size_t k = 0; st == HCL_OK && whole && k < p->tables; k++)
        if (p->distinct[k] < 0)
            st = HCL_FAIL_OP(p->im, p->op, "integers to the power of %g, expected none below 0",
                             (double)p->distinct[k]);
    if (st == HCL_OK && p->count == 1)
        st = hcl_import_function(p->im, p->op, power(p->distinct[0]), &p->to, p->x, NULL);
    else if (st == HCL_OK && *taken)
        st = add_powers(p, x);
    free(p->distinct);
    return st;
}

hcl_status hcl_import_pow(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x[2];
    uint32_t in[2];
    bool taken = false;
    hcl_status st;
    for (size_t k = 0; k < 2; k++)
        HCL_TRY(hcl_import_any(im, op, k, &in[k], &x[k]));
    if (hcl_import_is_constant(im, in[1])) {
        struct powers p = { .im = im,
                            .op = op,
                            .x = in[0],
                            .exponents = im->graph->tensors[in[1]].data,
                            .count = hcl_map_len(&x[1]) };
        HCL_TRY(power_of_constants(&p, x, &taken));
    } else if (im->model->tensors[op->outputs[0]].type != HCL_TFL_FLOAT32) {
        return HCL_FAIL_OP(im, op, "%s", "integers to the power of computed exponents, expected constants");
    }
    st = taken ? HCL_OK : power_of_two(im, op, in, x);
done:
    return st;
}
