/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/layout/cost.h"
#include "common/witness/columns.h"

/* Columns and queries of compiler/layout/circuit.c; test_layout checks them against real circuits. */
static void count_columns(struct hcl_cost *c, uint32_t lanes, uint32_t degree, bool public_weights)
{
    c->fixed = lanes + 19 + (public_weights ? 2 : 0);
    c->advice_small = 3 * lanes + 1;
    c->advice_full = hcl_num_advice(lanes) - c->advice_small;
    c->permutation = lanes + 4;
    c->permutation_chunks = (c->permutation + degree - 3) / (degree - 2);
    c->quotient_pieces = degree - 1;
}

/* FORMAT section 9: points, then evaluations. */
static size_t proof_bytes(const struct hcl_cost *c, uint32_t lanes)
{
    size_t points = c->advice_small + c->advice_full + c->permutation_chunks + 1 + c->quotient_pieces + 2;
    size_t advice_queries = 5 * (size_t)lanes + 9;
    size_t scalars = advice_queries + c->fixed + 1 + c->permutation + 3 * (size_t)c->permutation_chunks - 1;

    return 32 * (points + scalars);
}

struct hcl_cost hcl_cost_of(uint32_t lanes, uint32_t k, uint32_t degree, uint32_t rows, bool public_weights)
{
    struct hcl_cost c = { 0 };
    double n = (double)((uint64_t)1 << k), moving, full, all, cosets = degree - 1;

    count_columns(&c, lanes, degree, public_weights);
    c.proof_bytes = proof_bytes(&c, lanes);
    moving = c.advice_small + c.advice_full + c.permutation_chunks + 1; /* not the key's */
    full = 1 + c.quotient_pieces + 2 + HCL_COST_DISTINCT * (c.permutation_chunks + c.advice_full);
    all = moving + c.fixed + c.permutation;
    c.msm_seconds = n * (full * HCL_COST_MSM_FULL + c.advice_small * HCL_COST_MSM_SMALL);
    c.ntt_seconds = n * k / 2 * HCL_COST_BUTTERFLY * (moving + cosets * (moving + 1));
    /* look-up 6, register 5, four Horner chains 5 per lane; 3 per permutation column; 20 for the rest */
    c.quotient_seconds = n * cosets * HCL_COST_MUL * (16.0 * lanes + 3.0 * c.permutation + 20);
    c.open_seconds = n * HCL_COST_TOUCH * all;
    c.witness_seconds = (double)rows * lanes * HCL_COST_CELL;
    c.seconds = c.msm_seconds + c.ntt_seconds + c.quotient_seconds + c.open_seconds + c.witness_seconds;
    /* values and coefficients of every column, one coset of each, the quotient, the SRS; the key keeps its
     * columns on all cosets only where there is room */
    c.memory_bytes = 32.0 * n * (3 * all + cosets + 2) + 2 * 64.0 * n;
    return c;
}

bool hcl_cost_better(const struct hcl_cost *a, const struct hcl_cost *b, hcl_objective objective)
{
    if (objective == HCL_FOR_PROOF_SIZE && a->proof_bytes != b->proof_bytes)
        return a->proof_bytes < b->proof_bytes;
    if (objective == HCL_FOR_MEMORY && a->memory_bytes != b->memory_bytes)
        return a->memory_bytes < b->memory_bytes;
    return a->seconds < b->seconds;
}
