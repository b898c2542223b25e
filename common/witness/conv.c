/* SPDX-License-Identifier: Apache-2.0 */
/* Linear blocks in integers: the polynomial product of input channels and kernels at all positions, those
 * between and before the image included (docs/arithmetization.md). */
#include "common/sys/mem.h"
#include "common/witness/program.h"
#include <string.h>

/* Multiplications below which waking threads costs more than they save: about a millisecond of one. */
#define MIN_PARALLEL_WORK 2e6

/* One compiled body per instruction set; the dynamic linker picks. Sanitizers run before it can. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(HCL_SANITIZED)
#define HCL_VECTOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HCL_VECTOR
#endif

#define FUSED 4

/* acc[i] += sum of w[k]*x[k][i]: one pass over acc for four inputs. Unsigned, because a position between
 * images may wrap without harm to any other. */
HCL_VECTOR static void add_products(int64_t *restrict acc, const int64_t *const x[FUSED],
                                    const int64_t w[FUSED], size_t n)
{
    const int64_t *restrict x0 = x[0], *restrict x1 = x[1], *restrict x2 = x[2], *restrict x3 = x[3];
    uint64_t w0 = (uint64_t)w[0], w1 = (uint64_t)w[1], w2 = (uint64_t)w[2], w3 = (uint64_t)w[3];

    for (size_t i = 0; i < n; i++)
        acc[i] = (int64_t)((uint64_t)acc[i] + w0 * (uint64_t)x0[i] + w1 * (uint64_t)x1[i] +
                           w2 * (uint64_t)x2[i] + w3 * (uint64_t)x3[i]);
}

/* floor((z + floor(s/2)) / s), s >= 1. Sums may wrap for a program that no compiler made; they never trap. */
static int64_t rescale(int64_t z, int64_t s)
{
    int64_t t = (int64_t)((uint64_t)z + (uint64_t)(s / 2)), q = t / s;
    return t % s < 0 ? q - 1 : q;
}

/* What one output channel needs of its block. */
struct scratch {
    const struct hcl_program *p;
    const struct hcl_block *b;
    const struct hcl_cells *cells;
    size_t front, n, out; /* positions before 0, input positions, all output positions */
};

static size_t in_cell(const struct scratch *s, size_t channel)
{
    return ((size_t)s->b->in_row + channel * s->b->in_stride) * s->p->lanes;
}

static size_t out_cell(const struct scratch *s, size_t channel)
{
    return ((size_t)s->b->out_row + channel * s->b->out_rows) * s->p->lanes;
}

/* One tap of all input channels [first, first + group), weights w[0..group): position p = e - shift of
 * element e is acc[front + p]. Channels without weight are skipped. */
static void add_tap(const struct scratch *s, int64_t *acc, size_t shift, size_t first, const int64_t *w)
{
    const int64_t *x[FUSED] = { NULL };
    int64_t factor[FUSED] = { 0 };
    size_t pending = 0;

    for (size_t i = 0; i < s->b->group; i++) {
        if (w[i] != 0) {
            x[pending] = s->cells->y + in_cell(s, first + i);
            factor[pending++] = w[i];
        }
        if (pending == FUSED || (pending && i + 1 == s->b->group)) {
            for (; pending < FUSED; pending++) {
                x[pending] = x[0];
                factor[pending] = 0;
            }
            add_products(acc + s->front - shift, x, factor, s->n);
            pending = 0;
        }
    }
}

static void conv_accumulate(const struct scratch *s, size_t o, int64_t *acc)
{
    const struct hcl_block *b = s->b;
    size_t first = o / (b->out_channels / (b->in_channels / b->group)) * b->group;
    const int64_t *w = s->p->pool + b->weights + o * b->kernel_h * b->kernel_w * b->group;

    for (size_t dy = 0; dy < b->kernel_h; dy++)
        for (size_t dx = 0; dx < b->kernel_w; dx++, w += b->group)
            add_tap(s, acc, dy * b->pitch + dx, first, w);
}

/* z = S*q + r into the cells of a row; lane j of `row` is position `pos`. false: q left its table. */
static bool store(const struct hcl_program *p, const struct hcl_cells *cells, size_t cell, int64_t z)
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

static hcl_status out_of_range(const struct hcl_program *p, const struct hcl_block *b, size_t channel,
                               int64_t position, struct hcl_err *err)
{
    return hcl_fail(
        err, HCL_BAD_INPUT,
        "'%s': output channel %zu, position %lld: the rescaled value is outside its function table",
        hcl_program_label(p, b->out_row), channel, (long long)position);
}

static hcl_status planes_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                             struct hcl_err *err)
{
    struct scratch s = { .p = p,
                         .b = b,
                         .cells = cells,
                         .front = (size_t)b->front_rows * p->lanes,
                         .n = (size_t)b->in_rows * p->lanes,
                         .out = (size_t)b->out_rows * p->lanes };
    hcl_status st = HCL_OK;
    size_t bad_channel = SIZE_MAX, bad_position = 0;
    double work = (double)b->out_channels * b->kernel_h * b->kernel_w * b->group * (double)s.out;

#pragma omp parallel if (work > MIN_PARALLEL_WORK)
    {
        int64_t *acc = NULL;
        hcl_status mine = hcl_mem_alloc((void **)&acc, s.out, sizeof *acc, "convolution accumulators", NULL);
#pragma omp for schedule(dynamic)
        for (size_t o = 0; o < b->out_channels; o++) {
            if (mine != HCL_OK)
                continue;
            int64_t bias = b->bias == HCL_NONE ? 0 : p->pool[b->bias + o];
            for (size_t i = 0; i < s.out; i++)
                acc[i] = bias;
            conv_accumulate(&s, o, acc);
            for (size_t i = 0; i < s.out; i++)
                if (!store(p, cells, out_cell(&s, o) + i, acc[i])) {
#pragma omp critical(hcl_conv_bad)
                    if (o < bad_channel || (o == bad_channel && i < bad_position)) {
                        bad_channel = o;
                        bad_position = i;
                    }
                }
        }
#pragma omp critical(hcl_conv_bad)
        if (mine != HCL_OK)
            st = mine;
        hcl_mem_free_secret(acc);
    }
    if (st != HCL_OK)
        return hcl_fail(err, st, "no memory for the accumulators of '%s'", hcl_program_label(p, b->out_row));
    if (bad_channel == SIZE_MAX)
        return HCL_OK;
    return out_of_range(p, b, bad_channel, (int64_t)bad_position - (int64_t)s.front, err);
}

static hcl_status dense_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                            struct hcl_err *err)
{
    size_t first = (size_t)b->out_row * p->lanes, total = (size_t)b->out_rows * p->lanes;
    size_t bad = SIZE_MAX;
    double work = (double)total * b->in_channels;
    int64_t *x;
    hcl_status st = hcl_mem_alloc((void **)&x, b->in_channels, sizeof *x, "dense layer inputs", err);

    if (st != HCL_OK)
        return st;
    for (size_t i = 0; i < b->in_channels; i++)
        x[i] = cells->y[p->lists[b->in_list + i]];
#pragma omp parallel for schedule(static) reduction(min : bad) if (work > MIN_PARALLEL_WORK)
    for (size_t o = 0; o < total; o++) {
        int64_t z = 0;
        if (o < b->out_w) {
            const int64_t *w = p->pool + b->weights + o * b->in_channels;
            z = b->bias == HCL_NONE ? 0 : p->pool[b->bias + o];
            for (size_t i = 0; i < b->in_channels; i++)
                z = (int64_t)((uint64_t)z + (uint64_t)w[i] * (uint64_t)x[i]);
        }
        if (!store(p, cells, first + o, z) && o < bad)
            bad = o;
    }
    hcl_mem_free_secret(x);
    return bad == SIZE_MAX ? HCL_OK : out_of_range(p, b, 0, (int64_t)bad, err);
}

hcl_status hcl_block_run(const struct hcl_program *p, const struct hcl_block *b, struct hcl_cells *cells,
                         struct hcl_err *err)
{
    if (b->kind == HCL_BLOCK_DENSE)
        return dense_run(p, b, cells, err);
    return planes_run(p, b, cells, err);
}
