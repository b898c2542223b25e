/* SPDX-License-Identifier: Apache-2.0 */
/* Linear blocks in integers: the polynomial product of input channels and kernels at all positions, those
 * between and before the image included (docs/arithmetization.md). */
#include "common/gemm/gemm.h"
#include "common/sys/mem.h"
#include "common/witness/witness_internal.h"
#include <math.h>
#include <omp.h>
#include <stdatomic.h>

/* Multiplications of a dense layer, outputs of any layer below which waking threads costs more than they
 * save. */
#define MIN_PARALLEL_WORK 2e6
#define MIN_PARALLEL_OUTPUTS 20000

/* floor((z + floor(s/2)) / s), s >= 1. Sums may wrap for a program that no compiler made; they never trap. */
static int64_t rescale(int64_t z, int64_t s)
{
    int64_t t = (int64_t)((uint64_t)z + (uint64_t)(s / 2)), q = t / s;
    return t % s < 0 ? q - 1 : q;
}

/* A block of planes and its sums. */
struct planes {
    const struct hcl_program *p;
    const struct hcl_block *b;
    const struct hcl_cells *cells;
    size_t front, n, out;     /* positions before 0, input positions, all output positions */
    size_t taps, depth, outs; /* of a kernel; weights of an output; outputs of a group of input channels */
    int64_t *weights;         /* [output][tap][channel of the group] */
    size_t padded;            /* positions of a channel of x: front zeros, the channel, zeros */
    double *x;                /* in_channels of them */
    double *sums;             /* [output][position], with the bias */
    ptrdiff_t *off;           /* of weight k in the first channel of a group of x */
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

bool hcl_block_store(const struct hcl_program *p, const struct hcl_cells *cells, size_t cell, int64_t z)
{
    const struct hcl_row *row = &p->rows[cell / p->lanes];
    const struct hcl_row_class *cls = &p->classes[row->cls];
    int64_t s = cls->s > 0 ? cls->s : 1, q = rescale(z, s);

    cells->q[cell] = q;
    cells->r[cell] = (int64_t)((uint64_t)z - (uint64_t)s * (uint64_t)q);
    cells->y[cell] = 0;
    if (!(row->lookups >> cell % p->lanes & 1))
        return true;
    const struct hcl_fn_table *fn = &p->fns[cls->fn];
    if ((uint64_t)q - (uint64_t)fn->lo >= fn->len) /* wraps below lo */
        return false;
    cells->y[cell] = fn->values ? fn->values[q - fn->lo] : q;
    return true;
}

hcl_status hcl_block_out_of_range(const struct hcl_program *p, const struct hcl_block *b, size_t channel,
                                  int64_t position, struct hcl_err *err)
{
    return hcl_fail(
        err, HCL_BAD_INPUT,
        "'%s': output channel %zu, position %lld: the rescaled value is outside its function table",
        hcl_program_label(p, b->out_row), channel, (long long)position);
}

/* The n weights of the pass at weight row `row`, which has the last output's first: to[o*depth], column by
 * column of the program. */
static void read_pass(const struct planes *s, uint32_t row, uint32_t n, int64_t *to)
{
    const struct hcl_program *p = s->p;
    const uint32_t m = p->weight_columns;

    if (s->b->limbs > 1) {
        for (uint32_t o = 0; o < n; o++)
            to[(n - 1 - o) * s->depth] = hcl_program_weight(p, row, s->b->limbs, n, o);
        return;
    }
    for (uint32_t c = 0; c < m && c < n; c++) {
        const int16_t *w = p->weights + (size_t)c * p->num_weight_rows + row;
        for (uint32_t o = c; o < n; o += m)
            to[(n - 1 - o) * s->depth] = *w++;
    }
}

/* The kernel of a product, which is cells. */
static void read_operand(struct planes *s)
{
    const struct hcl_block *b = s->b;

#pragma omp parallel for schedule(static) if ((double)b->out_channels * b->in_channels > MIN_PARALLEL_OUTPUTS)
    for (size_t o = 0; o < b->out_channels; o++)
        for (size_t i = 0; i < b->in_channels; i++)
            s->weights[o * b->in_channels + i] =
                s->cells
                    ->y[((size_t)b->kernel_row + i * b->kernel_stride) * s->p->lanes + b->kernel_origin + o];
}

/* The kernel out of the weight columns. */
static void read_kernel(struct planes *s)
{
    const struct hcl_block *b = s->b;
    const bool full = b->kind == HCL_BLOCK_CONV;
    const size_t sums = full ? 1 : b->out_channels; /* of weights; a pass has one weight of `n` outputs */
    const uint32_t n = full ? b->out_channels : 1;

#pragma omp parallel for collapse(2) schedule(static)
    for (size_t sum = 0; sum < sums; sum++)
        for (size_t i = 0; i < b->group; i++)
            for (size_t tap = 0; tap < s->taps; tap++) {
                uint32_t row = s->p->lists[b->passes + (sum * b->group + i) * s->taps + tap];
                if (row != HCL_NONE)
                    read_pass(s, row, n, s->weights + (sum * s->taps + tap) * b->group + i);
            }
}

/* Position i is p = i - front and reads element p + shift of each tap: element i + shift of the padded
 * channel. */
static hcl_status planes_init(struct planes *s, struct hcl_err *err)
{
    const struct hcl_block *b = s->b;
    hcl_status st;

    HCL_TRY(hcl_mem_calloc((void **)&s->x, b->in_channels * s->padded, sizeof *s->x, "convolution", err));
    HCL_TRY(hcl_mem_alloc((void **)&s->sums, b->out_channels * s->out, sizeof *s->sums, "convolution", err));
    HCL_TRY(hcl_mem_calloc((void **)&s->weights, b->out_channels * s->depth, sizeof *s->weights,
                           "convolution", err));
    if (b->kind == HCL_BLOCK_PRODUCT)
        read_operand(s);
    else
        read_kernel(s);
    HCL_TRY(hcl_mem_alloc((void **)&s->off, s->depth, sizeof *s->off, "convolution", err));
    for (size_t c = 0; c < b->in_channels; c++)
        hcl_gemm_from_i64(s->x + c * s->padded + s->front, s->cells->y + in_cell(s, c), s->n);
    for (size_t k = 0; k < s->depth; k++)
        s->off[k] = (ptrdiff_t)(k % b->group * s->padded + tap_shift(s, k / b->group));
    for (size_t i = 0; i < b->out_channels * s->out; i++) {
        const size_t o = i / s->out;
        s->sums[i] = b->bias == HCL_NONE ? 0 : (double)s->p->pool[b->bias + o];
    }
done:
    return st;
}

static hcl_status multiply_group(const struct planes *s, size_t group, int threads, struct hcl_err *err)
{
    const struct hcl_gemm_a a = { s->weights + group * s->outs * s->depth, HCL_GEMM_I64, s->depth };

    return hcl_gemm(s->sums + group * s->outs * s->out, s->out, s->outs, s->out, s->depth, &a,
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

/* Sum `i` of output o in integers of 64 bits. Unsigned, because a position between images may wrap without
 * harm to any other. */
static int64_t long_sum(const struct planes *s, size_t o, size_t i)
{
    const struct hcl_block *b = s->b;
    const int64_t *w = s->weights + o * s->depth;
    uint64_t z = b->bias == HCL_NONE ? 0 : (uint64_t)s->p->pool[b->bias + o];

    for (size_t k = 0; k < s->depth; k++) {
        const size_t e = i + tap_shift(s, k / b->group); /* of the padded channel */
        if (e >= s->front && e < s->front + s->n)
            z += (uint64_t)w[k] *
                 (uint64_t)s->cells->y[in_cell(s, o / s->outs * b->group + k % b->group) + e - s->front];
    }
    return (int64_t)z;
}

static bool exact(const struct planes *s)
{
    const struct hcl_block *b = s->b;
    const struct hcl_gemm_a all = { s->weights, HCL_GEMM_I64, s->depth };
    const struct hcl_gemm_a bias = { b->bias == HCL_NONE ? NULL : s->p->pool + b->bias, HCL_GEMM_I64, 1 };
    const double add = bias.data ? hcl_gemm_row_sum(&bias, b->out_channels, 1, 1) : 0;

    return hcl_gemm_exact(hcl_gemm_row_sum(&all, b->out_channels, s->depth, omp_get_max_threads()),
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

/* Quotients, remainders and values of all sums. *bad: the first one whose quotient is outside its table, or
 * SIZE_MAX. */
static void store_all(const struct planes *s, bool in_doubles, size_t *bad)
{
    const size_t total = s->b->out_channels * s->out;
    size_t first = SIZE_MAX;

#pragma omp parallel for schedule(static) reduction(min : first) if (total > MIN_PARALLEL_OUTPUTS)
    for (size_t i = 0; i < total; i++) {
        const size_t o = i / s->out, at = i % s->out;
        const int64_t sum = in_doubles ? (int64_t)s->sums[i] : long_sum(s, o, at);
        const int64_t z = (int64_t)((uint64_t)sum + added(s, o, at));
        if (!hcl_block_store(s->p, s->cells, out_cell(s, o) + at, z) && i < first)
            first = i;
    }
    *bad = first;
}

static hcl_status planes_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                             struct hcl_err *err)
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
    HCL_TRY(planes_init(&s, err));
    const bool in_doubles = exact(&s);
    if (in_doubles)
        HCL_TRY(multiply(&s, err));
    store_all(&s, in_doubles, &bad);
    if (bad != SIZE_MAX)
        st = hcl_block_out_of_range(p, b, bad / s.out, (int64_t)(bad % s.out) - (int64_t)s.front, err);
done:
    hcl_mem_free_secret(s.x);
    hcl_mem_free_secret(s.sums);
    hcl_mem_free_secret(s.weights);
    hcl_mem_free(s.off);
    return st;
}

static int64_t dense_output(const struct hcl_program *p, const struct hcl_block *b, uint32_t o,
                            const int64_t *x)
{
    uint64_t z = b->bias == HCL_NONE ? 0 : (uint64_t)p->pool[b->bias + o];

    for (size_t i = 0; i < b->in_channels; i++) {
        uint32_t row = p->lists[b->passes + i];
        if (row != HCL_NONE)
            z += (uint64_t)hcl_program_weight(p, row, b->limbs, b->out_w, b->out_w - 1 - o) * (uint64_t)x[i];
    }
    return (int64_t)z;
}

/* All outputs of a dense layer in doubles, from weight columns as they lie in memory: one after the other,
 * passes are rows of the same columns. */
struct dense {
    uint32_t first_row, pass_rows;
    size_t rows;
    double *x; /* by weight row: the input that its pass multiplies */
    double *sums;
};

/* false: the passes do not follow each other, weights have limbs, or sums may be beyond 2^53. */
static bool dense_fits(struct dense *d, const struct hcl_program *p, const struct hcl_block *b,
                       const int64_t *x)
{
    double most = 0;
    uint32_t next = HCL_NONE;

    d->pass_rows = (b->out_w + p->weight_columns - 1) / p->weight_columns;
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
        most += fabs((double)x[i]);
    }
    for (uint32_t o = 0; b->bias != HCL_NONE && o < b->out_w; o++)
        if (!hcl_gemm_exact(32768, most, fabs((double)p->pool[b->bias + o])))
            return false;
    return b->limbs == 1 && hcl_gemm_exact(32768, most, 0);
}

static hcl_status dense_init(struct dense *d, const struct hcl_program *p, const struct hcl_block *b,
                             const int64_t *x, struct hcl_err *err)
{
    hcl_status st;
    size_t row = 0;

    HCL_TRY(hcl_mem_alloc((void **)&d->x, d->rows, sizeof *d->x, "dense layer", err));
    HCL_TRY(hcl_mem_calloc((void **)&d->sums, (size_t)d->pass_rows * p->weight_columns, sizeof *d->sums,
                           "dense layer", err));
    for (size_t i = 0; i < b->in_channels; i++)
        for (uint32_t k = 0; p->lists[b->passes + i] != HCL_NONE && k < d->pass_rows; k++)
            d->x[row++] = (double)x[i];
done:
    return st;
}

/* sums[k*m + c]: of weight k*m + c of all passes. */
static hcl_status dense_multiply(const struct dense *d, const struct hcl_program *p, struct hcl_err *err)
{
    const uint32_t m = p->weight_columns;
    atomic_bool failed = false;

#pragma omp parallel num_threads(omp_get_max_threads()) if ((double)d->rows * m > MIN_PARALLEL_WORK)
    {
        double *sums;
        if (hcl_mem_alloc((void **)&sums, d->pass_rows * (HCL_GEMM_CYCLIC_SCRATCH + 1), sizeof *sums,
                          "dense layer", NULL) != HCL_OK)
            atomic_store(&failed, true);
#pragma omp for schedule(static)
        for (uint32_t c = 0; c < m; c++) {
            if (!sums)
                continue;
            hcl_gemm_cyclic(sums, d->pass_rows, p->weights + (size_t)c * p->num_weight_rows + d->first_row,
                            d->x, d->rows, sums + d->pass_rows);
            for (uint32_t k = 0; k < d->pass_rows; k++)
                d->sums[(size_t)k * m + c] = sums[k];
        }
        hcl_mem_free_secret(sums);
    }
    return failed ? hcl_fail(err, HCL_NO_RESOURCE, "out of memory for a dense layer") : HCL_OK;
}

static hcl_status dense_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                            struct hcl_err *err)
{
    const size_t first = (size_t)b->out_row * p->lanes, total = (size_t)b->out_rows * p->lanes;
    const size_t unused = total - b->out_w;
    size_t bad = SIZE_MAX;
    struct dense d = { 0 };
    int64_t *x;
    hcl_status st;

    HCL_TRY(hcl_mem_alloc((void **)&x, b->in_channels, sizeof *x, "dense layer", err));
    for (size_t i = 0; i < b->in_channels; i++)
        x[i] = cells->y[p->lists[b->in_list + i]];
    const bool in_doubles = dense_fits(&d, p, b, x);
    if (in_doubles)
        HCL_TRY(dense_init(&d, p, b, x, err));
    if (in_doubles)
        HCL_TRY(dense_multiply(&d, p, err));
#pragma omp parallel for schedule(static)                                                                    \
    reduction(min                                                                                            \
              : bad) if (!in_doubles && (double)total * b->in_channels > MIN_PARALLEL_WORK)
    for (size_t i = 0; i < total; i++) {
        const uint32_t o = (uint32_t)(i - unused);
        int64_t z = 0;
        if (i >= unused && in_doubles)
            z = (int64_t)d.sums[b->out_w - 1 - o] + (b->bias == HCL_NONE ? 0 : p->pool[b->bias + o]);
        else if (i >= unused)
            z = dense_output(p, b, o, x);
        if (!hcl_block_store(p, cells, first + i, z) && i < bad)
            bad = i;
    }
    if (bad != SIZE_MAX)
        st = hcl_block_out_of_range(p, b, 0, (int64_t)bad - (int64_t)unused, err);
done:
    hcl_mem_free_secret(x);
    hcl_mem_free_secret(d.x);
    hcl_mem_free_secret(d.sums);
    return st;
}

hcl_status hcl_block_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                         struct hcl_err *err)
{
    if (b->kind == HCL_BLOCK_DENSE)
        return dense_run(p, b, cells, err);
    if (b->kind == HCL_BLOCK_SCALE)
        return hcl_scale_run(p, b, cells, err);
    if (b->kind == HCL_BLOCK_LOOKUP)
        return hcl_lookup_run(p, b, cells, err);
    if (b->kind == HCL_BLOCK_ROWS)
        return hcl_rows_run(p, b, cells, err);
    if (b->kind == HCL_BLOCK_PICK)
        return hcl_pick_run(p, b, cells, err);
    return planes_run(p, b, cells, err);
}
