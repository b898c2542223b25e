/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/layout/cost.h"
#include "common/witness/columns.h"

/* Columns and queries of compiler/layout/circuit.c; test_layout checks them against real circuits. */
static void count_columns(struct hcl_cost *c, const struct hcl_shape *s)
{
    c->fixed = s->lanes + 20 + (s->private_weights ? 0 : s->weight_columns);
    c->advice_full = s->lanes + 6;
    c->advice_small =
        hcl_num_advice(s->lanes) - c->advice_full + (s->private_weights ? s->weight_columns : 0);
    c->permutation = s->lanes + 6;
    c->permutation_chunks = (c->permutation + s->degree - 3) / (s->degree - 2);
    c->quotient_pieces = s->degree - 1;
}

/* FORMAT section 9: points, then evaluations. */
static size_t proof_bytes(const struct hcl_cost *c, const struct hcl_shape *s)
{
    size_t points = c->advice_small + c->advice_full + c->permutation_chunks + 1 + c->quotient_pieces + 2;
    size_t advice_queries = 5 * (size_t)s->lanes + 12 + (s->private_weights ? s->weight_columns : 0);
    size_t scalars = advice_queries + c->fixed + 1 + c->permutation + 3 * (size_t)c->permutation_chunks - 1;

    return 32 * (points + scalars);
}

struct hcl_cost hcl_cost_of(const struct hcl_shape *s)
{
    struct hcl_cost c = { 0 };
    double n = (double)((uint64_t)1 << s->k), moving, full, all, cosets = s->degree - 1;

    count_columns(&c, s);
    c.proof_bytes = proof_bytes(&c, s);
    /* not the key's, nor weights, which are never transformed one by one */
    moving = hcl_num_advice(s->lanes) + c.permutation_chunks + 1;
    full = 1 + c.quotient_pieces + 2 + HCL_COST_DISTINCT * (c.permutation_chunks + c.advice_full);
    all = moving + s->lanes + 20 + c.permutation;
    c.msm_seconds = n * (full * HCL_COST_MSM_FULL + c.advice_small * HCL_COST_MSM_SMALL);
    c.ntt_seconds = n * s->k / 2 * HCL_COST_BUTTERFLY * (moving + cosets * (moving + 1));
    /* look-up 6, register 5, three Horner chains 5 per lane; 3 per permutation column; 26 for the rest */
    c.quotient_seconds = n * cosets * HCL_COST_MUL * (16.0 * s->lanes + 3.0 * c.permutation + 26);
    c.open_seconds = n * HCL_COST_TOUCH * all;
    c.witness_seconds = (double)s->rows * s->lanes * HCL_COST_CELL;
    c.weight_seconds = n * s->weight_columns * HCL_COST_WEIGHT;
    c.seconds = c.msm_seconds + c.ntt_seconds + c.quotient_seconds + c.open_seconds + c.witness_seconds +
                c.weight_seconds;
    /* coefficients of the proof's columns, the key's sigmas as values too, all on one coset, where the key's
     * stay on all of them if there is room; tables of transforms, the quotient, the SRS. Columns of the
     * circuit and small ones of the witness: 2 bytes a cell, weights in the witness program too */
    c.memory_bytes = 32.0 * n * (all + moving + 2 * c.permutation + cosets + 6) + 2 * 64.0 * n +
                     2.0 * n * (s->lanes + 20) + 24.0 * s->rows * s->lanes + 4.0 * n * s->weight_columns;
    return c;
}

/* Seconds that the balanced objective compares. */
static double balance(const struct hcl_cost *c)
{
    return c->seconds * (1 + HCL_COST_PROOF_BYTE * (double)c->proof_bytes);
}

bool hcl_cost_better(const struct hcl_cost *a, const struct hcl_cost *b, hcl_objective objective)
{
    if (objective == HCL_FOR_PROOF_SIZE && a->proof_bytes != b->proof_bytes)
        return a->proof_bytes < b->proof_bytes;
    if (objective == HCL_FOR_MEMORY && a->memory_bytes != b->memory_bytes)
        return a->memory_bytes < b->memory_bytes;
    if (objective == HCL_FOR_BALANCE)
        return balance(a) < balance(b);
    return a->seconds < b->seconds;
}
