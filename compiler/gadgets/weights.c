/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/weights.h"
#include "compiler/layout/finish.h"
#include <string.h>

/* Ranges that are tried beside the remainder's. */
#define MAX_RANGE_BITS 20

static size_t tensor_len(const struct hcl_fx_tensor *t)
{
    return (size_t)t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];
}

/* Least and greatest value, 0 included: all that a format depends on. */
struct extent {
    int64_t lo, hi;
};

static struct extent extent_of(const struct hcl_fx_tensor *t)
{
    struct extent e = { 0, 0 };

    for (size_t i = 0; i < tensor_len(t); i++) {
        e.lo = t->data[i] < e.lo ? t->data[i] : e.lo;
        e.hi = t->data[i] > e.hi ? t->data[i] : e.hi;
    }
    return e;
}

int64_t hcl_weight_limb(const struct hcl_weight_format *f, int64_t v, uint32_t k)
{
    int64_t base = (int64_t)1 << f->limb_bits, half = base / 2, limb = 0;

    for (uint32_t i = 0; i <= k; i++) {
        limb = ((v + half) % base + base) % base - half;
        v = (v - limb) / base;
    }
    return limb;
}

static uint32_t limbs_of(const struct hcl_weight_format *f, int64_t v)
{
    int64_t base = (int64_t)1 << f->limb_bits, half = base / 2;
    uint32_t limbs = 0;

    for (; v != 0; limbs++)
        v = (v - (((v + half) % base + base) % base - half)) / base;
    return limbs;
}

/* n limbs hold an interval of integers, so the ends tell how many all values need. */
static uint32_t count_limbs(const struct hcl_weight_format *f, const struct extent *e)
{
    uint32_t lo = limbs_of(f, e->lo), hi = limbs_of(f, e->hi), most = lo > hi ? lo : hi;

    return most > 1 ? most : 1;
}

static void set_limb_bits(struct hcl_weight_format *f)
{
    f->limb_bits = 0;
    while ((int64_t)1 << f->limb_bits <= -f->lo && ((int64_t)1 << f->limb_bits) - 1 <= f->hi)
        f->limb_bits++;
}

/* CONV: 2L cells to a row. DEPTHWISE: one kernel row of one output to a row, or more rows if it is longer. */
static uint64_t rows_per_limb(const struct hcl_machine *m, bool depthwise, const struct hcl_fx_tensor *w)
{
    if (depthwise)
        return (uint64_t)w->dims[3] * w->dims[1] * ((w->dims[2] + m->lanes - 1) / m->lanes);
    return tensor_len(w) / (2 * m->lanes);
}

/* Of a range lo..hi: the limbs that weights and biases need. false: too narrow, or too wide to be tied. */
static bool format_over(struct hcl_weight_format *f, int64_t lo, int64_t hi, const struct hcl_lower *c,
                        const struct extent *weights, const struct extent *biases)
{
    *f = (struct hcl_weight_format){ .lo = lo, .hi = hi };
    set_limb_bits(f);
    /* Limbs of at least 3 bits: bases 2 and 4 would need rows without end. */
    if (f->limb_bits < 3 ||
        (c->m->public_weights && (uint64_t)(hi - lo) >> hcl_packed_cell_bits(c->m->lanes)))
        return false;
    f->kernel_limbs = weights->lo >= lo && weights->hi <= hi ? 1 : count_limbs(f, weights);
    if (biases)
        f->limbs = count_limbs(f, biases);
    return f->kernel_limbs <= HCL_MAX_KERNEL_LIMBS;
}

struct hcl_weight_format hcl_weight_format_of(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const struct hcl_fx_tensor *w = &c->g->tensors[nd->inputs[1]];
    uint64_t rows = rows_per_limb(c->m, nd->op == HCL_FX_DEPTHWISE, w), least = UINT64_MAX;
    int64_t s = nd->divisor;
    struct extent weights = extent_of(w), biases = { 0, 0 };
    const struct extent *bias = NULL;
    struct hcl_weight_format best = { .lo = -8, .hi = 7, .limb_bits = 4, .kernel_limbs = 1 };

    if (nd->inputs[2] != HCL_FX_NONE) {
        biases = extent_of(&c->g->tensors[nd->inputs[2]]);
        bias = &biases;
    }
    for (int bits = 0; bits <= MAX_RANGE_BITS; bits++) {
        int64_t half = (int64_t)1 << bits >> 1;
        struct hcl_weight_format f;
        bool ok = bits ? format_over(&f, -half, half - 1, c, &weights, bias)
                       : format_over(&f, -(s / 2), s - s / 2 - 1, c, &weights, bias);
        uint64_t cost = ok ? f.kernel_limbs * rows + (uint64_t)half * 2 : UINT64_MAX;
        if (cost < least) {
            least = cost;
            best = f;
        }
    }
    if (least == UINT64_MAX)
        hcl_machine_fail(c->m, HCL_BAD_INPUT,
                         "'%s': its weights need more than %d limbs: use fewer weight bits", nd->name,
                         HCL_MAX_KERNEL_LIMBS);
    return best;
}

int64_t hcl_weight_kernel_limb(const struct hcl_weight_format *f, int64_t v, uint32_t k)
{
    return f->kernel_limbs == 1 ? v : hcl_weight_limb(f, v, k);
}

struct hcl_cell hcl_weight_join(struct hcl_machine *m, const struct hcl_weight_format *f,
                                const struct hcl_cell *parts)
{
    struct hcl_cell scale[HCL_MAX_KERNEL_LIMBS], sum = parts[0];

    for (uint32_t k = 0; k < f->kernel_limbs && f->kernel_limbs > 1; k++)
        scale[k] = k ? hcl_machine_two_power(m, f->limb_bits * k) : hcl_cell_y(m, hcl_machine_one(m));
    for (uint32_t k = 0; k < f->kernel_limbs && f->kernel_limbs > 1; k++)
        sum = hcl_machine_dot(m, parts[k], scale[k], k > 0);
    return sum;
}

uint32_t hcl_weight_pass_rows(const struct hcl_machine *m, uint32_t n)
{
    return (n + 2 * m->lanes - 1) / (2 * m->lanes);
}

uint64_t hcl_weight_pass_power(const struct hcl_machine *m, uint32_t n, uint32_t o)
{
    return (uint64_t)2 * m->lanes * hcl_weight_pass_rows(m, n) - 1 - o;
}

struct hcl_cell hcl_weight_pass(struct hcl_machine *m, const struct hcl_weight_format *f,
                                const int64_t *values, uint32_t n, struct hcl_cell by, bool cont)
{
    uint32_t rows = hcl_weight_pass_rows(m, n), per_row = 2 * m->lanes, row = 0;
    struct hcl_cell zero = hcl_cell_y(m, hcl_machine_zero(m));

    for (uint32_t i = 0; i < rows; i++) {
        int64_t part[2 * HCL_MAX_LANES] = { 0 };
        uint32_t left = n - i * per_row;
        uint16_t flags = HCL_ROW_HW | HCL_ROW_DOT;
        memcpy(part, values + (size_t)i * per_row, (left < per_row ? left : per_row) * sizeof(*part));
        if (i > 0)
            flags |= HCL_ROW_CONT1;
        if (i > 0 || cont)
            flags |= HCL_ROW_CONT0;
        /* Only the last row has the whole sum; the others carry A0 on. */
        row = hcl_machine_weight_row(m, hcl_machine_pool(m, part, per_row), f->lo, f->hi, flags,
                                     i + 1 < rows ? &zero : &by);
    }
    return hcl_cell_at(row, HCL_AT_A0);
}

struct hcl_cell hcl_weight_bias_passes(struct hcl_machine *m, const struct hcl_weight_format *f,
                                       const int64_t *bias, uint32_t n, const struct hcl_cell *scale,
                                       struct hcl_cell last)
{
    int64_t *limbs = malloc((n + 1) * sizeof(*limbs));

    if (!limbs) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for biases");
        return last;
    }
    for (uint32_t k = 0; k < f->limbs; k++) {
        for (uint32_t o = 0; o < n; o++)
            limbs[o] = hcl_weight_limb(f, bias[o], k);
        last = hcl_weight_pass(m, f, limbs, n, scale[k], true);
    }
    free(limbs);
    return last;
}
