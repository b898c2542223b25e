/* SPDX-License-Identifier: Apache-2.0 */
/* Programs on lanes: HCL_LANE_ROWS rows go through the whole program at a time, every value in registers of
 * five 52-bit limbs that stay in the L1/L2 cache. Only loads and outputs know the memory format. Bounds: see
 * eval_internal.h. */
#include "common/field/ifma.h"
#include "common/halo2/eval_internal.h"
#include <string.h>

enum { GROUPS = HCL_LANE_ROWS / 8 };

struct run {
    const struct hcl_eval *e;
    const hcl_fr *scalars;
    const hcl_fr *const *rows;
    hcl_fp8 *registers;
    size_t first, count; /* rows at work, count <= HCL_LANE_ROWS */
    size_t groups;
    hcl_fr *const *out; /* run */
    hcl_fp8 *acc;       /* fold, else NULL */
    const hcl_fr *fold; /* prepared */
};

HCL_INLINE hcl_fp8 *lane_register(const struct run *r, uint32_t i)
{
    return r->registers + (size_t)i * GROUPS;
}

/* a << bits, below 2^260; bits <= 4 */
HCL_INLINE hcl_fp8 shifted(hcl_fp8 a, const unsigned bits)
{
    const __m512i mask = hcl_fp8_limb_mask();
    hcl_fp8 out;
    out.l[0] = _mm512_and_si512(_mm512_slli_epi64(a.l[0], bits), mask);
    for (int i = 1; i < 4; i++)
        out.l[i] =
            hcl_fp8_or_and(_mm512_slli_epi64(a.l[i], bits), _mm512_srli_epi64(a.l[i - 1], 52 - bits), mask);
    out.l[4] = _mm512_or_si512(_mm512_slli_epi64(a.l[4], bits), _mm512_srli_epi64(a.l[3], 52 - bits));
    return out;
}

HCL_INLINE struct hcl_fp8_fixed fixed(const hcl_fr *factor)
{
    const uint64_t *limb = (const void *)factor;
    struct hcl_fp8_fixed out;
    for (int i = 0; i < 5; i++)
        out.w[i] = hcl_fp8_set1(limb + 5 * i);
    return out;
}

static const hcl_fr *prepared(const struct run *r, uint32_t i)
{
    return r->scalars + r->e->num_values + (size_t)i * HCL_LANE_FACTOR_SIZE;
}

/* A scalar in all lanes, below m. */
HCL_INLINE hcl_fp8 scalar(const struct run *r, uint32_t i)
{
    __m512i w[4];
    for (int j = 0; j < 4; j++)
        w[j] = _mm512_set1_epi64((long long)r->scalars[i].l[j]);
    return hcl_fp8_from_words(w);
}

/* The rows that come next are fetched meanwhile: dozens of columns are more streams than the hardware
 * follows. A prefetch beyond the end of a column does nothing. */
HCL_INLINE void fetch_group(const hcl_fr *from)
{
    for (size_t i = 0; i < 8; i += 2)
        _mm_prefetch((const char *)(uintptr_t)((uintptr_t)from + i * sizeof *from), _MM_HINT_T1);
}

static void load(const struct run *r, hcl_fp8 *dst, const hcl_fr *from)
{
    const size_t full = r->count / 8;
    for (size_t i = 0; i < full; i++) {
        dst[i] = hcl_fp8_load_mixed(from[8 * i].l);
        fetch_group(from + 8 * i + HCL_LANE_ROWS);
    }
    if (full < r->groups) {
        hcl_fr pad[8] = { 0 };
        memcpy(pad, from + 8 * full, (r->count - 8 * full) * sizeof *pad);
        dst[full] = hcl_fp8_load_mixed(pad[0].l);
    }
}

/* In: canonical. */
static void store_group(const struct run *r, hcl_fr *to, size_t i, hcl_fp8 a)
{
    hcl_fr pad[8];
    if (8 * (i + 1) <= r->count) {
        hcl_fp8_store_mixed(to[8 * i].l, a);
        return;
    }
    hcl_fp8_store_mixed(pad[0].l, a);
    memcpy(to + 8 * i, pad, (r->count - 8 * i) * sizeof *pad);
}

static void add(hcl_fp8 *dst, const hcl_fp8 *a, const hcl_fp8 *b, size_t groups)
{
    for (size_t i = 0; i < groups; i++)
        dst[i] = hcl_fp8_add(a[i], b[i]);
}

static void sub(hcl_fp8 *dst, const hcl_fp8 *a, const hcl_fp8 *b, uint32_t power, size_t groups)
{
    const hcl_fp8 k = hcl_fp8_set1(hcl_fr8_multiples[HCL_FP8_1M + power]);
    for (size_t i = 0; i < groups; i++)
        dst[i] = hcl_fp8_normalise(hcl_fp8_add_loose(hcl_fp8_sub_loose(a[i], b[i]), k));
}

static void add_scalar(hcl_fp8 *dst, const hcl_fp8 *a, hcl_fp8 s, size_t groups)
{
    for (size_t i = 0; i < groups; i++)
        dst[i] = hcl_fp8_add(a[i], s);
}

static void reduce(hcl_fp8 *dst, const hcl_fp8 *a, size_t groups)
{
    for (size_t i = 0; i < groups; i++)
        dst[i] = hcl_fp8_normalise(hcl_fr8_reduce_estimate(a[i]));
}

/* Group i - 1 is normalised in the middle of the work on group i, which hides its latency. */
static void mul(hcl_fp8 *dst, const hcl_fp8 *a, const hcl_fp8 *b, size_t groups)
{
    hcl_fp8 before = hcl_fr8_mul_loose(shifted(a[0], 4), b[0]);
    for (size_t i = 1; i < groups; i++) {
        const hcl_fp8 x = shifted(a[i], 4), y = b[i];
        __m512i c[10];
        hcl_fr8_mul_begin(c, x, y);
        dst[i - 1] = hcl_fp8_normalise(before);
        before = hcl_fr8_mul_end(c, x, y);
    }
    dst[groups - 1] = hcl_fp8_normalise(before);
}

static void sqr(hcl_fp8 *dst, const hcl_fp8 *a, size_t groups)
{
    hcl_fp8 before = hcl_fr8_sqr_loose(shifted(a[0], 2));
    for (size_t i = 1; i < groups; i++) {
        __m512i c[10];
        hcl_fr8_sqr_begin(c, shifted(a[i], 2));
        dst[i - 1] = hcl_fp8_normalise(before);
        before = hcl_fr8_sqr_end(c);
    }
    dst[groups - 1] = hcl_fp8_normalise(before);
}

static void scale(hcl_fp8 *dst, const hcl_fp8 *a, const hcl_fr *factor, size_t groups)
{
    const struct hcl_fp8_fixed k = fixed(factor);
    for (size_t i = 0; i < groups; i++)
        dst[i] = hcl_fr8_mul_fixed(a[i], &k);
}

static void scale_add(hcl_fp8 *dst, const hcl_fp8 *a, const hcl_fr *factor, const hcl_fp8 *b, size_t groups)
{
    const struct hcl_fp8_fixed k = fixed(factor);
    for (size_t i = 0; i < groups; i++)
        dst[i] = hcl_fp8_normalise(hcl_fp8_add_loose(hcl_fr8_mul_fixed_loose(a[i], &k), b[i]));
}

/* acc = acc*y + s */
static void fold_scalar(const struct run *r, hcl_fp8 s)
{
    scale(r->acc, r->acc, r->fold, r->groups);
    add_scalar(r->acc, r->acc, s, r->groups);
}

/* acc = acc*y - a */
static void fold_neg(const struct run *r, const hcl_fp8 *a)
{
    scale(r->acc, r->acc, r->fold, r->groups);
    sub(r->acc, r->acc, a, 1, r->groups);
}

static void store(const struct run *r, hcl_fr *to, const hcl_fp8 *a)
{
    for (size_t i = 0; i < r->groups; i++)
        store_group(r, to, i, hcl_fr8_canonical(a[i]));
}

static void store_neg(const struct run *r, hcl_fr *to, const hcl_fp8 *a)
{
    const hcl_fp8 k = hcl_fp8_set1(hcl_fr8_multiples[HCL_FP8_2M]);
    for (size_t i = 0; i < r->groups; i++)
        store_group(r, to, i, hcl_fr8_canonical(hcl_fp8_normalise(hcl_fp8_sub_loose(k, a[i]))));
}

static void fold_output(const struct run *r, const struct hcl_lane_op *op)
{
    if (op->code == HCL_LANE_OUT)
        scale_add(r->acc, r->acc, r->fold, lane_register(r, op->a), r->groups);
    else if (op->code == HCL_LANE_OUT_NEG)
        fold_neg(r, lane_register(r, op->a));
    else
        fold_scalar(r, scalar(r, op->a));
}

static void store_output(const struct run *r, const struct hcl_lane_op *op)
{
    HCL_ASSERT(r->out != NULL); /* not a fold */
    hcl_fr *to = r->out[op->dst];
    if (to == NULL)
        return;
    to += r->first;
    if (op->code == HCL_LANE_OUT)
        store(r, to, lane_register(r, op->a));
    else if (op->code == HCL_LANE_OUT_NEG)
        store_neg(r, to, lane_register(r, op->a));
    else
        for (size_t i = 0; i < r->count; i++)
            to[i] = r->scalars[op->a];
}

/* What eval_internal.h says of every register, as far as the top limb tells. For HCL_ASSERT. */
static inline bool invariant_holds(const struct run *r, const hcl_fp8 *a)
{
    bool ok = true;
    for (size_t i = 0; i < r->groups; i++)
        ok = ok && hcl_fp8_is_normalised(a[i]) &&
             _mm512_cmpgt_epi64_mask(a[i].l[4],
                                     _mm512_set1_epi64((long long)hcl_fr8_multiples[HCL_FP8_8M][4])) == 0;
    return ok;
}

static void step(const struct run *r, const struct hcl_lane_op *op)
{
    hcl_fp8 *const dst = lane_register(r, op->dst);
    const hcl_fp8 *const a = lane_register(r, op->a), *const b = lane_register(r, op->b);
    switch (op->code) {
    case HCL_LANE_LOAD:
        load(r, dst, r->rows[op->a] + r->first);
        break;
    case HCL_LANE_ADD:
        add(dst, a, b, r->groups);
        break;
    case HCL_LANE_SUB:
        sub(dst, a, b, op->c, r->groups);
        break;
    case HCL_LANE_MUL:
        mul(dst, a, b, r->groups);
        break;
    case HCL_LANE_SQR:
        sqr(dst, a, r->groups);
        break;
    case HCL_LANE_SCALE:
        scale(dst, a, prepared(r, op->c), r->groups);
        break;
    case HCL_LANE_SCALE_ADD:
        scale_add(dst, a, prepared(r, op->c), b, r->groups);
        break;
    case HCL_LANE_ADD_SCALAR:
        add_scalar(dst, a, scalar(r, op->b), r->groups);
        break;
    case HCL_LANE_REDUCE:
        reduce(dst, a, r->groups);
        break;
    default:
        if (r->acc != NULL)
            fold_output(r, op);
        else
            store_output(r, op);
        HCL_ASSERT(r->acc == NULL || invariant_holds(r, r->acc));
        return;
    }
    HCL_ASSERT(invariant_holds(r, dst));
}

static struct run run_init(const struct hcl_eval *e, const hcl_fr *scalars, const hcl_fr *const *rows,
                           size_t count, hcl_fr *scratch)
{
    HCL_ASSERT(count <= HCL_EVAL_BLOCK);
    const uintptr_t misaligned = (uintptr_t)scratch % 64;
    return (struct run){ .e = e,
                         .scalars = scalars,
                         .rows = rows,
                         .registers = (void *)((char *)scratch + (misaligned != 0 ? 64 - misaligned : 0)) };
}

static void set_rows(struct run *r, size_t first, size_t count)
{
    r->first = first;
    r->count = count - first < HCL_LANE_ROWS ? count - first : HCL_LANE_ROWS;
    r->groups = (r->count + 7) / 8;
}

void hcl_eval_ifma_run(hcl_fr *const *out, const struct hcl_eval *e, const hcl_fr *scalars,
                       const hcl_fr *const *rows, size_t count, hcl_fr *scratch)
{
    struct run r = run_init(e, scalars, rows, count, scratch);
    r.out = out;
    for (size_t first = 0; first < count; first += HCL_LANE_ROWS) {
        set_rows(&r, first, count);
        for (size_t i = 0; i < e->num_lane_ops; i++)
            step(&r, &e->lane_ops[i]);
    }
}

void hcl_eval_ifma_fold(hcl_fr *acc, const hcl_fr *y, const struct hcl_eval *e, const hcl_fr *scalars,
                        const hcl_fr *const *rows, size_t count, hcl_fr *scratch)
{
    struct run r = run_init(e, scalars, rows, count, scratch);
    hcl_fr factor[HCL_LANE_FACTOR_SIZE];
    hcl_eval_prepare_factor(factor, y);
    r.fold = factor;
    r.acc = lane_register(&r, (uint32_t)e->num_lane_registers);
    for (size_t first = 0; first < count; first += HCL_LANE_ROWS) {
        set_rows(&r, first, count);
        load(&r, r.acc, acc + first);
        for (size_t i = 0; i < e->num_lane_ops; i++)
            step(&r, &e->lane_ops[i]);
        store(&r, acc + first, r.acc);
    }
}
