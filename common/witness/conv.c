/* SPDX-License-Identifier: Apache-2.0 */
/* Linear blocks in integers: the polynomial product of input channels and kernels at all positions, those
 * between and before the image included (docs/arithmetization.md). */
#include "common/gemm/gemm.h"
#include "common/sys/mem.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <math.h>
#include <omp.h>
#include <stdatomic.h>

/* Multiplications of a dense layer, outputs of any layer below which waking threads costs more than they
 * save. */
#define MIN_PARALLEL_WORK 2e6
#define MIN_PARALLEL_OUTPUTS 20000
#define STORE_PIECE 4096 /* outputs that a thread stores at a time */

/* A block of planes and the sums of this rank's outputs. */
struct planes {
    const struct hcl_program *p;
    const struct hcl_block *b;
    const struct hcl_cells *cells;
    struct hcl_outputs outputs;
    size_t front, n, out;     /* positions before 0, input positions, all output positions */
    size_t taps, depth, outs; /* of a kernel; weights of an output; outputs of a group of input channels */
    void *weights;            /* [output of this rank][tap][channel of the group], of type `type` */
    hcl_gemm_type type;       /* 16 bits where the kernel is as the weight columns have it */
    size_t padded;            /* positions of a channel of x: front zeros, the channel, zeros */
    double *x;                /* in_channels of them */
    double *sums;             /* [output of this rank][position], with the bias */
    ptrdiff_t *off;           /* of weight k in the first channel of a group of x */
    int64_t *z;               /* what the outputs are of: this rank's, then all [output][position] */
};

static size_t in_cell(const struct planes *s, size_t channel)
{
    return ((size_t)s->b->in_row + channel * s->b->in_stride) * s->p->lanes;
}

static size_t out_cell(const struct planes *s, size_t channel)
{
    return ((size_t)s->b->out_row + channel * s->b->out_rows) * s->p->lanes;
}

static size_t tap_shift(const struct planes *s, size_t tap)
{
    return tap / s->b->kernel_w * ((size_t)s->b->gap_y + 1) * s->b->pitch +
           tap % s->b->kernel_w * ((size_t)s->b->gap_x + 1);
}

hcl_status hcl_block_out_of_range(const struct hcl_program *p, const struct hcl_block *b, size_t channel,
                                  int64_t position, struct hcl_err *err)
{
    return hcl_fail(
        err, HCL_BAD_INPUT,
        "'%s': output channel %zu, position %lld: the rescaled value is outside its function table",
        hcl_program_label(p, b->out_row), channel, (long long)position);
}

/* The kernel of a product, which is cells. */
static void read_operand(struct planes *s)
{
    const struct hcl_block *b = s->b;
    int64_t *to = s->weights;

#pragma omp parallel for schedule(static) if ((double)b->out_channels * b->in_channels > MIN_PARALLEL_OUTPUTS)
    for (size_t o = 0; o < s->outputs.count; o++)
        for (size_t i = 0; i < b->in_channels; i++)
            to[o * b->in_channels + i] =
                s->cells->y[((size_t)b->kernel_row + i * b->kernel_stride) * s->p->lanes + b->kernel_origin +
                            s->outputs.mine[o]];
}

/* The weights of this rank's output number `place`, one of each of the passes in `rows`, by channel of the
 * group, then tap; they are number e of their pass. */
static void read_output(const struct planes *s, size_t place, const uint32_t *rows,
                        const struct hcl_spread *spread, uint32_t e)
{
    const struct hcl_program *p = s->p;
    const uint32_t group = s->b->group, m = p->weight_columns;
    const struct hcl_place at = hcl_spread_place(spread, e);
    const int16_t *column = s->type == HCL_GEMM_I16 ? hcl_weight_column(p, at.index % m, at.digit) : NULL;

    for (size_t i = 0; i < group; i++)
        for (size_t tap = 0; tap < s->taps; tap++, rows++) {
            const size_t to = place * s->depth + tap * group + i;
            if (*rows == HCL_NONE)
                continue;
            if (column)
                ((int16_t *)s->weights)[to] = column[*rows + at.index / m];
            else
                ((int64_t *)s->weights)[to] = hcl_program_weight(p, *rows, s->b->limbs, spread, e);
        }
}

/* The kernel out of the weight columns, output by output: each has its weights in one of them. In a pass of
 * all outputs the last one's is first; a pass of one weight is an output's own. */
static void read_kernel(struct planes *s)
{
    const struct hcl_block *b = s->b;
    const struct hcl_spread spread = hcl_block_spread(s->p, b);
    const uint32_t *rows = s->p->lists + b->passes;

#pragma omp parallel for schedule(static)
    for (size_t place = 0; place < s->outputs.count; place++) {
        const size_t o = s->outputs.mine[place];
        if (b->kind == HCL_BLOCK_CONV)
            read_output(s, place, rows, &spread, spread.count - 1 - (uint32_t)o);
        else
            read_output(s, place, rows + o * s->depth, &spread, 0);
    }
}

/* Position i is p = i - front and reads element p + shift of each tap: element i + shift of the padded
 * channel. */
static hcl_status planes_init(struct planes *s, struct hcl_witness_team *team, struct hcl_err *err)
{
    const struct hcl_block *b = s->b;
    const struct hcl_spread spread = hcl_block_spread(s->p, b);
    hcl_status st;

    HCL_TRY(hcl_mem_calloc((void **)&s->x, b->in_channels * s->padded, sizeof *s->x, "convolution", err));
    HCL_TRY(hcl_outputs_init(&s->outputs, team, s->p, b->out_channels,
                             b->kind == HCL_BLOCK_CONV ? &spread : NULL, err));
    HCL_TRY(hcl_mem_alloc((void **)&s->sums, s->outputs.count * s->out, sizeof *s->sums, "convolution", err));
    s->type = !hcl_block_is_product(b) && b->limbs == 1 ? HCL_GEMM_I16 : HCL_GEMM_I64;
    HCL_TRY(hcl_mem_calloc(&s->weights, s->outputs.count * s->depth,
                           s->type == HCL_GEMM_I16 ? sizeof(int16_t) : sizeof(int64_t), "convolution", err));
    if (hcl_block_is_product(b))
        read_operand(s);
    else
        read_kernel(s);
    HCL_TRY(hcl_mem_alloc((void **)&s->off, s->depth, sizeof *s->off, "convolution", err));
#pragma omp parallel for schedule(static) if (b->in_channels * s->padded > MIN_PARALLEL_OUTPUTS)
    for (size_t c = 0; c < b->in_channels; c++)
        hcl_gemm_from_i64(s->x + c * s->padded + s->front, s->cells->y + in_cell(s, c), s->n);
    for (size_t k = 0; k < s->depth; k++)
        s->off[k] = (ptrdiff_t)(k % b->group * s->padded + tap_shift(s, k / b->group));
#pragma omp parallel for schedule(static) if (s->outputs.count * s->out > MIN_PARALLEL_OUTPUTS)
    for (size_t place = 0; place < s->outputs.count; place++) {
        const double bias = b->bias == HCL_NONE ? 0 : (double)s->p->pool[b->bias + s->outputs.mine[place]];
        for (size_t i = 0; i < s->out; i++)
            s->sums[place * s->out + i] = bias;
    }
done:
    return st;
}

/* The first of this rank's outputs that belongs to this group or a later one. */
static size_t first_of_group(const struct planes *s, size_t group)
{
    size_t lo = 0, hi = s->outputs.count;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (s->outputs.mine[mid] / s->outs < group)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static hcl_status multiply_group(const struct planes *s, size_t group, int threads, struct hcl_err *err)
{
    const size_t first = first_of_group(s, group), count = first_of_group(s, group + 1) - first;
    const size_t size = s->type == HCL_GEMM_I16 ? sizeof(int16_t) : sizeof(int64_t);
    const struct hcl_gemm_a a = { (const char *)s->weights + first * s->depth * size, s->type, s->depth };

    if (count == 0)
        return HCL_OK;
    return hcl_gemm(s->sums + first * s->out, s->out, count, s->out, s->depth, &a,
                    s->x + group * s->b->group * s->padded, s->off, threads, err);
}

static hcl_status multiply(const struct planes *s, struct hcl_err *err)
{
    const size_t groups = s->b->in_channels / s->b->group;
    const int threads = omp_get_max_threads();
    hcl_status st = HCL_OK;

    if (groups == 1)
        return multiply_group(s, 0, threads, err);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t g = 0; g < groups; g++) {
        struct hcl_err local;
        hcl_status mine = multiply_group(s, g, 1, &local);
#pragma omp critical(hcl_planes_group)
        if (mine != HCL_OK)
            st = hcl_fail(err, mine, "%s", local.msg);
    }
    return st;
}

static int64_t weight(const struct planes *s, size_t at)
{
    return s->type == HCL_GEMM_I16 ? ((const int16_t *)s->weights)[at] : ((const int64_t *)s->weights)[at];
}

/* Sum `i` of this rank's output number `place` in integers of 64 bits. Unsigned, because a position between
 * images may wrap without harm to any other. */
static int64_t long_sum(const struct planes *s, size_t place, size_t i)
{
    const struct hcl_block *b = s->b;
    const size_t w = place * s->depth;
    const size_t o = s->outputs.mine[place];
    uint64_t z = b->bias == HCL_NONE ? 0 : (uint64_t)s->p->pool[b->bias + o];

    for (size_t k = 0; k < s->depth; k++) {
        const size_t e = i + tap_shift(s, k / b->group); /* of the padded channel */
        if (e >= s->front && e < s->front + s->n)
            z += (uint64_t)weight(s, w + k) *
                 (uint64_t)s->cells->y[in_cell(s, o / s->outs * b->group + k % b->group) + e - s->front];
    }
    return (int64_t)z;
}

static bool exact(const struct planes *s)
{
    const struct hcl_block *b = s->b;
    const struct hcl_gemm_a all = { s->weights, s->type, s->depth };
    const struct hcl_gemm_a bias = { b->bias == HCL_NONE ? NULL : s->p->pool + b->bias, HCL_GEMM_I64, 1 };
    const double add = bias.data ? hcl_gemm_row_sum(&bias, b->out_channels, 1, 1) : 0;

    return hcl_gemm_exact(hcl_gemm_row_sum(&all, s->outputs.count, s->depth, omp_get_max_threads()),
                          hcl_gemm_most(s->x, b->in_channels * s->padded), add);
}

/* What the block adds to sum `i` of output o. */
static uint64_t added(const struct planes *s, size_t o, size_t i)
{
    const struct hcl_block *b = s->b;
    if (b->res_rows && b->res_at == HCL_NONE)
        return (uint64_t)s->cells->y[((size_t)b->res_row + b->res_rows) * s->p->lanes - b->out_channels + o]
               << b->res_bits;
    const size_t e = i - b->res_at, first = ((size_t)b->res_row + o * b->res_stride) * s->p->lanes;

    if (i < b->res_at || e >= (size_t)b->res_rows * s->p->lanes)
        return 0;
    return (uint64_t)s->cells->y[first + e] << b->res_bits;
}

/* What this rank's outputs are quotient and remainder of. */
static hcl_status finish_sums(struct planes *s, bool in_doubles, struct hcl_err *err)
{
    const size_t total = s->outputs.count * s->out;
    const hcl_status st = hcl_mem_alloc((void **)&s->z, total, sizeof *s->z, "convolution", err);

    if (st != HCL_OK)
        return st;
#pragma omp parallel for schedule(static) if (total > MIN_PARALLEL_OUTPUTS)
    for (size_t i = 0; i < total; i++) {
        const size_t place = i / s->out, at = i % s->out;
        const int64_t sum = in_doubles ? (int64_t)s->sums[i] : long_sum(s, place, at);
        s->z[i] = (int64_t)((uint64_t)sum + added(s, s->outputs.mine[place], at));
    }
    return HCL_OK;
}

static hcl_status compute(struct planes *s, struct hcl_witness_team *team, struct hcl_err *err)
{
    hcl_status st;

    HCL_TRY(planes_init(s, team, err));
    const bool in_doubles = exact(s);
    if (in_doubles)
        HCL_TRY(multiply(s, err));
    HCL_TRY(finish_sums(s, in_doubles, err));
done:
    hcl_mem_free_secret(s->x);
    hcl_mem_free_secret(s->sums);
    hcl_mem_free_secret(s->weights);
    hcl_mem_free(s->off);
    return st;
}

/* Quotients, remainders and values of all outputs, whose rows follow each other. *bad: the first one whose
 * quotient is outside its table, or SIZE_MAX. */
static void store_all(const struct planes *s, size_t *bad)
{
    const size_t total = s->b->out_channels * s->out;
    size_t first = SIZE_MAX;

#pragma omp parallel for schedule(static) reduction(min : first) if (total > MIN_PARALLEL_OUTPUTS)
    for (size_t i = 0; i < total; i += STORE_PIECE) {
        const size_t count = total - i < STORE_PIECE ? total - i : STORE_PIECE;
        const size_t at = hcl_block_store(s->p, s->cells, out_cell(s, 0) + i, s->z + i, 1, count);
        first = at < count && i + at < first ? i + at : first;
    }
    *bad = first;
}

static hcl_status planes_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                             struct hcl_witness_team *team, struct hcl_err *err)
{
    struct planes s = { .p = p,
                        .b = b,
                        .cells = cells,
                        .front = (size_t)b->front_rows * p->lanes,
                        .n = (size_t)b->in_rows * p->lanes,
                        .out = (size_t)b->out_rows * p->lanes,
                        .taps = (size_t)b->kernel_h * b->kernel_w };
    size_t bad = SIZE_MAX;
    hcl_status st;

    s.depth = s.taps * b->group;
    s.outs = b->out_channels / (b->in_channels / b->group);
    s.padded = s.out + s.front;
    st = compute(&s, team, err);
    if (hcl_team_whole(team)) {
        HCL_TRY(hcl_outputs_gather(&s.outputs, st, hcl_block_width(p, b), s.out, &s.z, err));
        if (b->kind == HCL_BLOCK_SCORES)
            hcl_scores_shift(p, b, cells, NULL, b->out_channels, s.z);
    } else {
        const struct hcl_grid grid = { out_cell(&s, 0), s.out, 1, s.out, b->out_rows };
        if (st == HCL_OK && b->kind == HCL_BLOCK_SCORES)
            hcl_scores_shift(p, b, cells, s.outputs.mine, s.outputs.count, s.z);
        HCL_TRY(hcl_outputs_deliver(&s.outputs, st, p, b, &grid, cells, s.z, err));
        goto done;
    }
    store_all(&s, &bad);
    if (bad != SIZE_MAX)
        st = hcl_block_out_of_range(p, b, bad / s.out, (int64_t)(bad % s.out) - (int64_t)s.front, err);
done:
    hcl_outputs_clear(&s.outputs);
    hcl_mem_free_secret(s.z);
    return st;
}

static int64_t dense_output(const struct hcl_program *p, const struct hcl_block *b, uint32_t o,
                            const int64_t *x)
{
    const struct hcl_spread spread = hcl_block_spread(p, b);
    uint64_t z = b->bias == HCL_NONE ? 0 : (uint64_t)p->pool[b->bias + o];

    for (size_t i = 0; i < b->in_channels; i++) {
        uint32_t row = p->lists[b->passes + i];
        if (row != HCL_NONE)
            z += (uint64_t)hcl_program_weight(p, row, b->limbs, &spread, b->out_w - 1 - o) * (uint64_t)x[i];
    }
    return (int64_t)z;
}

/* Outputs of a dense layer in doubles, from weight columns as they lie in memory: one after the other, passes
 * are rows of the same columns. */
struct dense {
    const struct hcl_program *p;
    const struct hcl_block *b;
    struct hcl_outputs outputs;
    int64_t *x, *z; /* inputs; what the outputs are quotient and remainder of: this rank's, then all */
    struct hcl_spread spread;
    uint32_t first_row, pass_rows, digits;
    size_t rows;
    double *by_row; /* the input that the pass of a weight row multiplies */
    uint32_t *own;  /* [num_own]: digit*m + c of the weight columns c that this rank has */
    uint32_t num_own;
    double *sums; /* [digit][pass_rows][weight column] */
};

/* false: the passes do not follow each other, weights have limbs, or sums may be beyond 2^53. */
static bool dense_fits(struct dense *d)
{
    const struct hcl_program *p = d->p;
    const struct hcl_block *b = d->b;
    double most = 0;
    uint32_t next = HCL_NONE;

    d->pass_rows = (hcl_spread_length(&d->spread) + p->weight_columns - 1) / p->weight_columns;
    for (size_t i = 0; i < b->in_channels; i++) {
        const uint32_t row = p->lists[b->passes + i];
        if (row == HCL_NONE)
            continue;
        if (d->rows == 0)
            d->first_row = next = row;
        if (row != next)
            return false;
        next += d->pass_rows;
        d->rows += d->pass_rows;
        most += fabs((double)d->x[i]);
    }
    for (uint32_t o = 0; b->bias != HCL_NONE && o < b->out_w; o++)
        if (!hcl_gemm_exact(32768, most, fabs((double)p->pool[b->bias + o])))
            return false;
    return b->limbs == 1 && hcl_gemm_exact(32768, most, 0);
}

static hcl_status dense_prepare(struct dense *d, struct hcl_err *err)
{
    const uint32_t m = d->p->weight_columns, all = m * d->digits;
    hcl_status st;
    size_t row = 0;

    d->own = calloc(all, sizeof *d->own);
    if (!d->own)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u weight columns", all));
    for (uint32_t i = 0; i < all; i++)
        if (d->p->weights[i % m])
            d->own[d->num_own++] = i;
    HCL_TRY(hcl_mem_alloc((void **)&d->by_row, d->rows, sizeof *d->by_row, "dense layer", err));
    HCL_TRY(
        hcl_mem_calloc((void **)&d->sums, (size_t)d->pass_rows * all, sizeof *d->sums, "dense layer", err));
    for (size_t i = 0; i < d->b->in_channels; i++)
        for (uint32_t k = 0; d->p->lists[d->b->passes + i] != HCL_NONE && k < d->pass_rows; k++)
            d->by_row[row++] = (double)d->x[i];
done:
    return st;
}

/* Columns own[0..count), count <= HCL_GEMM_CYCLIC_MOST. */
static void multiply_columns(const struct dense *d, const uint32_t *own, uint32_t count, double *sums,
                             double *scratch)
{
    const uint32_t m = d->p->weight_columns;
    const int16_t *w[HCL_GEMM_CYCLIC_MOST];

    for (uint32_t i = 0; i < count; i++)
        w[i] = hcl_weight_column(d->p, own[i] % m, own[i] / m) + d->first_row;
    hcl_gemm_cyclic(sums, d->pass_rows, w, count, d->by_row, d->rows, scratch);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < d->pass_rows; k++)
            d->sums[((size_t)(own[i] / m) * d->pass_rows + k) * m + own[i] % m] = sums[i * d->pass_rows + k];
}

/* sums[(digit*pass_rows + k)*m + c]: of cell k*m + c of all passes, for the columns of this rank. */
static hcl_status dense_multiply(const struct dense *d, struct hcl_err *err)
{
    const uint32_t most = HCL_GEMM_CYCLIC_MOST;
    atomic_bool failed = false;

#pragma omp parallel num_threads(omp_get_max_threads()) if ((double)d->rows * d->num_own > MIN_PARALLEL_WORK)
    {
        double *sums;
        if (hcl_mem_alloc((void **)&sums, d->pass_rows * (most + HCL_GEMM_CYCLIC_SCRATCH), sizeof *sums,
                          "dense layer", NULL) != HCL_OK)
            atomic_store(&failed, true);
#pragma omp for schedule(static)
        for (uint32_t i = 0; i < d->num_own; i += most)
            if (sums)
                multiply_columns(d, d->own + i, d->num_own - i < most ? d->num_own - i : most, sums,
                                 sums + most * (size_t)d->pass_rows);
        hcl_mem_free_secret(sums);
    }
    return failed ? hcl_fail(err, HCL_NO_RESOURCE, "out of memory for a dense layer") : HCL_OK;
}

static int64_t dense_sum(const struct dense *d, uint32_t e)
{
    const struct hcl_place at = hcl_spread_place(&d->spread, e);

    return (int64_t)d->sums[(size_t)at.digit * d->pass_rows * d->p->weight_columns + at.index];
}

static hcl_status dense_compute(struct dense *d, struct hcl_witness_team *team, const struct hcl_cells *cells,
                                struct hcl_err *err)
{
    const struct hcl_program *p = d->p;
    const struct hcl_block *b = d->b;
    hcl_status st;

    d->spread = hcl_block_spread(p, b);
    d->digits = hcl_spread_digits(&d->spread);
    HCL_TRY(hcl_outputs_init(&d->outputs, team, p, b->out_w, &d->spread, err));
    HCL_TRY(hcl_mem_alloc((void **)&d->x, b->in_channels, sizeof *d->x, "dense layer", err));
    HCL_TRY(hcl_mem_alloc((void **)&d->z, d->outputs.count, sizeof *d->z, "dense layer", err));
    for (size_t i = 0; i < b->in_channels; i++)
        d->x[i] = cells->y[p->lists[b->in_list + i]];
    const bool in_doubles = dense_fits(d);
    if (in_doubles)
        HCL_TRY(dense_prepare(d, err));
    if (in_doubles)
        HCL_TRY(dense_multiply(d, err));
#pragma omp parallel for schedule(static) if (!in_doubles &&                                                 \
                                              (double)d->outputs.count * b->in_channels > MIN_PARALLEL_WORK)
    for (size_t i = 0; i < d->outputs.count; i++) {
        const uint32_t o = d->outputs.mine[i];
        d->z[i] = in_doubles
                      ? dense_sum(d, b->out_w - 1 - o) + (b->bias == HCL_NONE ? 0 : p->pool[b->bias + o])
                      : dense_output(p, b, o, d->x);
    }
done:
    hcl_mem_free_secret(d->x);
    free(d->own);
    hcl_mem_free_secret(d->by_row);
    hcl_mem_free_secret(d->sums);
    return st;
}

/* Sums of nothing, in front of the outputs. As hcl_block_store. */
static size_t store_zeros(const struct hcl_program *p, const struct hcl_cells *cells, size_t cell,
                          size_t count)
{
    static const int64_t zeros[HCL_MAX_LANES] = { 0 };
    size_t at = 0, some = 0, good = 0;

    for (; at < count && good == some; at += good) {
        some = count - at < HCL_MAX_LANES ? count - at : HCL_MAX_LANES;
        good = hcl_block_store(p, cells, cell + at, zeros, 1, some);
    }
    return at;
}

static hcl_status dense_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                            struct hcl_witness_team *team, struct hcl_err *err)
{
    const size_t first = (size_t)b->out_row * p->lanes, total = (size_t)b->out_rows * p->lanes;
    const size_t unused = total - b->out_w;
    struct dense d = { .p = p, .b = b };
    hcl_status st;

    st = dense_compute(&d, team, cells, err);
    if (hcl_team_whole(team)) {
        HCL_TRY(hcl_outputs_gather(&d.outputs, st, hcl_block_width(p, b), 1, &d.z, err));
    } else {
        const struct hcl_grid grid = { first + unused, 1, p->lanes, 1, b->out_rows };
        HCL_TRY(hcl_outputs_deliver(&d.outputs, st, p, b, &grid, cells, d.z, err));
        (void)store_zeros(p, cells, first, unused);
        goto done;
    }
    HCL_ASSERT(d.z != NULL);
    size_t bad = store_zeros(p, cells, first, unused);
    if (bad == unused)
        bad += hcl_block_store(p, cells, first + unused, d.z, 1, b->out_w);
    if (bad < total)
        st = hcl_block_out_of_range(p, b, 0, (int64_t)bad - (int64_t)unused, err);
done:
    hcl_outputs_clear(&d.outputs);
    hcl_mem_free_secret(d.z);
    return st;
}

hcl_status hcl_block_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                         struct hcl_witness_team *team, struct hcl_err *err)
{
    if (b->kind == HCL_BLOCK_DENSE)
        return dense_run(p, b, cells, team, err);
    if (b->kind == HCL_BLOCK_SCALE)
        return hcl_scale_run(p, b, cells, err);
    if (b->kind == HCL_BLOCK_ROWS)
        return hcl_rows_run(p, b, cells, team, err);
    if (b->kind == HCL_BLOCK_PICK)
        return hcl_pick_run(p, b, cells, err);
    return planes_run(p, b, cells, team, err);
}
