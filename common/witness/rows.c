/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the kind ROWS: products of positions and a matrix in the weight columns, outputs by position. The
 * weights of one column of the program are a matrix of their own, so columns are multiplied side by side and
 * no weight is stored a second time. */
#include "common/gemm/gemm.h"
#include "common/sys/mem.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <math.h>
#include <omp.h>
#include <string.h>

#define MIN_PARALLEL 20000 /* cells below which waking threads costs more than they save */

struct rows {
    const struct hcl_program *p;
    const struct hcl_block *b;
    const struct hcl_cells *cells;
    struct hcl_spread spread;
    uint32_t length, digits;
    size_t positions, depth, most; /* most: weights of a digit of a column in one pass */
    double *x;                     /* [depth][positions] */
    ptrdiff_t *off;                /* of input k in x */
    struct hcl_outputs outputs;
    int64_t *z; /* what outputs are quotient and remainder of, [output][position]: this rank's, then all */
};

static int64_t input(const struct rows *s, size_t k, size_t at)
{
    const struct hcl_block *b = s->b;

    return s->cells->y[((size_t)b->in_row + k * b->in_stride) * s->p->lanes + b->origin + at];
}

/* Whether all sums are exact in doubles: weights have 16 bits. */
static bool exact(const struct rows *s)
{
    const struct hcl_block *b = s->b;
    double most = 0, bias = 0;

#pragma omp parallel for schedule(static) reduction(max : most) if (s->depth * s->positions > MIN_PARALLEL)
    for (size_t at = 0; at < s->positions; at++) {
        double sum = 0;
        for (size_t k = 0; k < s->depth; k++)
            sum += fabs(s->x[k * s->positions + at]);
        most = sum > most ? sum : most;
    }
    for (uint32_t o = 0; b->bias != HCL_NONE && o < b->out_w; o++)
        bias = fmax(bias, fabs((double)s->p->pool[b->bias + o]));
    return b->limbs == 1 && hcl_gemm_exact(32768, most, bias);
}

/* What output o of a position has beside the products. */
static uint64_t offset(const struct rows *s, uint32_t o, size_t at)
{
    const struct hcl_block *b = s->b;
    uint64_t z = b->bias == HCL_NONE ? 0 : (uint64_t)s->p->pool[b->bias + o];

    if (b->res_rows)
        z += (uint64_t)s->cells->y[((size_t)b->res_row + at * b->res_stride) * s->p->lanes + o]
             << b->res_bits;
    return z;
}

static void put(const struct rows *s, uint32_t o, size_t at, uint64_t products)
{
    s->z[s->outputs.place[o] * s->positions + at] = (int64_t)(products + offset(s, o, at));
}

/* Weights of a digit of column c as [output][input]; number j of them is at index c + j*m of a pass. */
static void read_column(const struct rows *s, uint32_t c, uint32_t digit, size_t outputs, float *to)
{
    const struct hcl_program *p = s->p;
    const int16_t *column = hcl_weight_column(p, c, digit);

    for (size_t k = 0; k < s->depth; k++) {
        const uint32_t row = p->lists[s->b->passes + k];
        for (size_t j = 0; j < outputs; j++)
            to[j * s->depth + k] = row == HCL_NONE ? 0 : (float)column[row + j];
    }
}

/* The output whose weight is number j of a digit of column c; HCL_NONE: none of this rank's. */
static uint32_t output_of(const struct rows *s, uint32_t c, uint32_t digit, size_t j)
{
    const uint32_t e = hcl_spread_weight(&s->spread, digit, c + (uint32_t)j * s->p->weight_columns);
    const uint32_t o = s->spread.count - 1 - e;

    return e == UINT32_MAX || o >= s->b->out_w || s->outputs.place[o] == HCL_NONE ? HCL_NONE : o;
}

static hcl_status multiply_column(struct rows *s, uint32_t c, uint32_t digit, float *weights, double *sums,
                                  struct hcl_err *err)
{
    const uint32_t m = s->p->weight_columns;
    const size_t outputs = c < s->length ? (s->length - c + m - 1) / m : 0;
    const struct hcl_gemm_a a = { weights, HCL_GEMM_F32, s->depth };
    hcl_status st;

    if (outputs == 0 || !s->p->weights[c])
        return HCL_OK; /* another rank has it */
    read_column(s, c, digit, outputs, weights);
    memset(sums, 0, outputs * s->positions * sizeof(*sums));
    st = hcl_gemm(sums, s->positions, outputs, s->positions, s->depth, &a, s->x, s->off, 1, err);
    for (size_t j = 0; st == HCL_OK && j < outputs; j++) {
        const uint32_t o = output_of(s, c, digit, j);
        for (size_t at = 0; o != HCL_NONE && at < s->positions; at++)
            put(s, o, at, (uint64_t)(int64_t)sums[j * s->positions + at]);
    }
    return st;
}

static hcl_status multiply(struct rows *s, struct hcl_err *err)
{
    hcl_status all = HCL_OK;

#pragma omp parallel num_threads(omp_get_max_threads())
    {
        float *weights = NULL;
        double *sums = NULL;
        struct hcl_err local;
        hcl_status st;
        HCL_TRY(hcl_mem_alloc((void **)&weights, s->most * s->depth, sizeof *weights, "dense layer", &local));
        HCL_TRY(hcl_mem_alloc((void **)&sums, s->most * s->positions, sizeof *sums, "dense layer", &local));
    done:
#pragma omp for schedule(dynamic)
        for (uint32_t i = 0; i < s->p->weight_columns * s->digits; i++)
            if (st == HCL_OK)
                st = multiply_column(s, i % s->p->weight_columns, i / s->p->weight_columns, weights, sums,
                                     &local);
        hcl_mem_free_secret(sums);
        hcl_mem_free(weights);
#pragma omp critical(hcl_rows_multiply)
        if (st != HCL_OK)
            all = hcl_fail(err, st, "%s", local.msg);
    }
    return all;
}

/* In integers that may wrap for a program that no compiler made. */
static void multiply_long(struct rows *s)
{
    const struct hcl_block *b = s->b;

#pragma omp parallel for schedule(static)
    for (size_t at = 0; at < s->positions; at++)
        for (uint32_t i = 0; i < s->outputs.count; i++) {
            const uint32_t o = s->outputs.mine[i];
            uint64_t z = 0;
            for (size_t k = 0; k < s->depth; k++) {
                const uint32_t row = s->p->lists[b->passes + k];
                if (row != HCL_NONE)
                    z += (uint64_t)hcl_program_weight(s->p, row, b->limbs, &s->spread,
                                                      s->spread.count - 1 - o) *
                         (uint64_t)input(s, k, at);
            }
            put(s, o, at, z);
        }
}

/* Cells behind the last output of a position hold 0. */
static void clear(const struct rows *s)
{
    const size_t first = (size_t)s->b->out_row * s->p->lanes, n = s->positions * s->b->out_rows * s->p->lanes;

    memset(s->cells->q + first, 0, n * sizeof(*s->cells->q));
    memset(s->cells->y + first, 0, n * sizeof(*s->cells->y));
    memset(s->cells->r + first, 0, n * sizeof(*s->cells->r));
}

static hcl_status compute(struct rows *s, struct hcl_witness_team *team, struct hcl_err *err)
{
    hcl_status st;

    HCL_TRY(hcl_outputs_init(&s->outputs, team, s->p, s->b->out_w, &s->spread, err));
    HCL_TRY(hcl_mem_alloc((void **)&s->z, s->outputs.count * s->positions, sizeof *s->z, "dense layer", err));
    HCL_TRY(hcl_mem_alloc((void **)&s->x, s->depth * s->positions, sizeof *s->x, "dense layer", err));
    HCL_TRY(hcl_mem_alloc((void **)&s->off, s->depth, sizeof *s->off, "dense layer", err));
#pragma omp parallel for schedule(static) if (s->depth * s->positions > MIN_PARALLEL)
    for (size_t k = 0; k < s->depth; k++) {
        s->off[k] = (ptrdiff_t)(k * s->positions);
        for (size_t at = 0; at < s->positions; at++)
            s->x[k * s->positions + at] = (double)input(s, k, at);
    }
    if (exact(s))
        HCL_TRY(multiply(s, err));
    else
        multiply_long(s);
done:
    hcl_mem_free_secret(s->x);
    hcl_mem_free(s->off);
    return st;
}

/* The first output, by position, whose quotient left its table; SIZE_MAX: none did. */
static size_t store_all(const struct rows *s)
{
    size_t bad = SIZE_MAX;

    HCL_ASSERT(s->z != NULL);
#pragma omp parallel for schedule(static) reduction(min : bad)
    for (size_t at = 0; at < s->positions; at++) {
        const size_t cell = ((size_t)s->b->out_row + at * s->b->out_rows) * s->p->lanes, all = s->b->out_w;
        const size_t o = hcl_block_store(s->p, s->cells, cell, s->z + at, s->positions, all);
        bad = o < all && at * all + o < bad ? at * all + o : bad;
    }
    return bad;
}

hcl_status hcl_rows_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                        struct hcl_witness_team *team, struct hcl_err *err)
{
    struct rows s = { .p = p,
                      .b = b,
                      .cells = cells,
                      .positions = b->out_channels,
                      .depth = b->in_channels,
                      .spread = hcl_block_spread(p, b) };
    hcl_status st;

    s.length = hcl_spread_length(&s.spread);
    s.digits = hcl_spread_digits(&s.spread);
    s.most = ((size_t)s.length + p->weight_columns - 1) / p->weight_columns;

    st = compute(&s, team, err);
    if (hcl_team_whole(team)) {
        HCL_TRY(hcl_outputs_gather(&s.outputs, st, hcl_block_width(p, b), s.positions, &s.z, err));
    } else {
        const struct hcl_grid grid = { .first = (size_t)b->out_row * p->lanes,
                                       .by_output = 1,
                                       .by_sum = (size_t)b->out_rows * p->lanes,
                                       .each = s.positions,
                                       .rows = b->out_rows };
        HCL_TRY(hcl_outputs_deliver(&s.outputs, st, p, b, &grid, cells, s.z, err));
        goto done;
    }
    clear(&s);
    const size_t bad = store_all(&s);
    if (bad != SIZE_MAX)
        st = hcl_block_out_of_range(p, b, bad % b->out_w, (int64_t)(bad / b->out_w), err);
done:
    hcl_outputs_clear(&s.outputs);
    hcl_mem_free_secret(s.z);
    return st;
}
