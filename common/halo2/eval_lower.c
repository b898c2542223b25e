/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled program -> the same for lanes: inputs are loaded into registers at their first reader, which
 * are given back at the last; bounds of the lazy arithmetic are tracked (eval_internal.h). */
#include "common/halo2/eval_internal.h"

#define NONE UINT32_MAX

enum {
    /* a*b/336 = 64*16*a*b/(84*64^2); products stay below 4r */
    PRODUCT_DIVISOR = 336,
    PRODUCT_MAX = PRODUCT_DIVISOR * (4 * HCL_LANE_UNIT - HCL_LANE_UNIT - 1),
};

struct lower {
    struct hcl_eval *e;
    uint32_t *bound;     /* per lane register */
    uint32_t *input;     /* lane register per input, NONE: not loaded */
    size_t *last;        /* last operation that reads the input */
    uint32_t *free_list; /* registers that held inputs */
    size_t num_free;
    uint32_t *factor; /* per scalar, NONE: none */
    size_t at;        /* operation now lowered */
};

static void put(struct lower *l, struct hcl_lane_op op, uint32_t bound)
{
    struct hcl_eval *e = l->e;
    HCL_CHECK(e->num_lane_ops < 5 * e->num_ops && bound <= HCL_LANE_MAX);
    e->lane_ops[e->num_lane_ops++] = op;
    if (op.code < HCL_LANE_OUT)
        l->bound[op.dst] = bound;
}

/* The register of an operand; an input not held in one is loaded. */
static uint32_t operand(struct lower *l, uint32_t place)
{
    struct hcl_eval *e = l->e;
    if (place >= e->num_inputs)
        return place - (uint32_t)e->num_inputs;
    if (l->input[place] == NONE) {
        l->input[place] = l->num_free != 0 ? l->free_list[--l->num_free] : (uint32_t)e->num_lane_registers++;
        put(l, (struct hcl_lane_op){ .code = HCL_LANE_LOAD, .dst = l->input[place], .a = place },
            HCL_LANE_UNIT);
    }
    return l->input[place];
}

static void release(struct lower *l, uint32_t place)
{
    if (place >= l->e->num_inputs || l->last[place] != l->at || l->input[place] == NONE)
        return;
    l->free_list[l->num_free++] = l->input[place];
    l->input[place] = NONE;
}

static uint32_t factor(struct lower *l, uint32_t scalar)
{
    struct hcl_eval *e = l->e;
    if (l->factor[scalar] == NONE) {
        l->factor[scalar] = (uint32_t)e->num_factors;
        e->factors[e->num_factors++] = scalar;
    }
    return l->factor[scalar];
}

static void reduce(struct lower *l, uint32_t reg)
{
    put(l, (struct hcl_lane_op){ .code = HCL_LANE_REDUCE, .dst = reg, .a = reg }, HCL_LANE_REDUCED);
}

static void reduce_above(struct lower *l, uint32_t reg, uint32_t limit)
{
    if (l->bound[reg] > limit)
        reduce(l, reg);
}

static void reduce_larger(struct lower *l, uint32_t a, uint32_t b)
{
    reduce(l, l->bound[a] >= l->bound[b] ? a : b);
}

static void lower_add(struct lower *l, uint32_t dst, uint32_t a, uint32_t b)
{
    while (l->bound[a] + l->bound[b] > HCL_LANE_MAX)
        reduce_larger(l, a, b);
    put(l, (struct hcl_lane_op){ .code = HCL_LANE_ADD, .dst = dst, .a = a, .b = b },
        l->bound[a] + l->bound[b]);
}

/* The smallest k with b <= 2^k*r. */
static uint32_t multiple_above(const struct lower *l, uint32_t b)
{
    uint32_t k = 0;
    while ((HCL_LANE_UNIT << k) < (int)l->bound[b])
        k++;
    return k;
}

static void lower_sub(struct lower *l, uint32_t dst, uint32_t a, uint32_t b)
{
    uint32_t k = multiple_above(l, b);
    while (l->bound[a] + ((uint32_t)HCL_LANE_UNIT << k) > HCL_LANE_MAX) {
        reduce_larger(l, a, b);
        k = multiple_above(l, b);
    }
    put(l, (struct hcl_lane_op){ .code = HCL_LANE_SUB, .dst = dst, .a = a, .b = b, .c = k },
        l->bound[a] + ((uint32_t)HCL_LANE_UNIT << k));
}

/* The smaller factor comes first: it is the one that is shifted, and at most sqrt(PRODUCT_MAX) < 4r here. */
static void lower_mul(struct lower *l, uint32_t dst, uint32_t a, uint32_t b)
{
    while (l->bound[a] * l->bound[b] > PRODUCT_MAX)
        reduce_larger(l, a, b);
    const bool swap = l->bound[a] > l->bound[b];
    put(l,
        (struct hcl_lane_op){
            .code = a == b ? HCL_LANE_SQR : HCL_LANE_MUL, .dst = dst, .a = swap ? b : a, .b = swap ? a : b },
        HCL_LANE_UNIT + l->bound[a] * l->bound[b] / PRODUCT_DIVISOR + 1);
}

/* dst = a*s + b */
static void lower_scale_add(struct lower *l, uint32_t dst, uint32_t a, uint32_t s, uint32_t b)
{
    reduce_above(l, b, HCL_LANE_MAX - HCL_LANE_FIXED);
    put(l, (struct hcl_lane_op){ .code = HCL_LANE_SCALE_ADD, .dst = dst, .a = a, .b = b, .c = factor(l, s) },
        HCL_LANE_FIXED + l->bound[b]);
}

static void lower_out(struct lower *l, const struct hcl_eval_op *op)
{
    const bool neg = op->code == HCL_OP_OUT_NEG;
    const uint32_t a = operand(l, op->a);
    reduce_above(l, a, neg ? HCL_LANE_OUT_NEG_MAX : HCL_LANE_OUT_MAX);
    put(l, (struct hcl_lane_op){ .code = neg ? HCL_LANE_OUT_NEG : HCL_LANE_OUT, .dst = op->dst, .a = a }, 0);
}

static void lower_op(struct lower *l, const struct hcl_eval_op *op)
{
    const uint32_t dst = op->dst - (uint32_t)l->e->num_inputs; /* unless it is an output's */
    const uint32_t a = op->code == HCL_OP_OUT_SCALAR ? 0 : operand(l, op->a);
    switch (op->code) {
    case HCL_OP_ADD:
        lower_add(l, dst, a, operand(l, op->b));
        break;
    case HCL_OP_SUB:
        lower_sub(l, dst, a, operand(l, op->b));
        break;
    case HCL_OP_MUL:
        lower_mul(l, dst, a, operand(l, op->b));
        break;
    case HCL_OP_SCALE:
        put(l, (struct hcl_lane_op){ .code = HCL_LANE_SCALE, .dst = dst, .a = a, .c = factor(l, op->b) },
            HCL_LANE_FIXED);
        break;
    case HCL_OP_ADD_SCALAR:
        reduce_above(l, a, HCL_LANE_MAX - HCL_LANE_UNIT);
        put(l, (struct hcl_lane_op){ .code = HCL_LANE_ADD_SCALAR, .dst = dst, .a = a, .b = op->b },
            l->bound[a] + HCL_LANE_UNIT);
        break;
    case HCL_OP_AXPY:
        lower_scale_add(l, dst, a, op->b, dst);
        break;
    case HCL_OP_HORNER:
        lower_scale_add(l, dst, dst, op->b, a);
        break;
    case HCL_OP_OUT_SCALAR:
        put(l, (struct hcl_lane_op){ .code = HCL_LANE_OUT_SCALAR, .dst = op->dst, .a = op->a }, 0);
        break;
    default:
        lower_out(l, op);
        break;
    }
}

static bool reads_two(const struct hcl_eval_op *op)
{
    return op->code <= HCL_OP_MUL;
}

static void find_last_readers(struct lower *l)
{
    const struct hcl_eval *e = l->e;
    for (size_t i = 0; i < e->num_ops; i++) {
        const struct hcl_eval_op *op = &e->ops[i];
        if (op->code != HCL_OP_OUT_SCALAR && op->a < e->num_inputs)
            l->last[op->a] = i;
        if (reads_two(op) && op->b < e->num_inputs)
            l->last[op->b] = i;
    }
}

static void lower_all(struct lower *l)
{
    struct hcl_eval *e = l->e;
    e->num_lane_registers = e->num_registers;
    find_last_readers(l);
    for (l->at = 0; l->at < e->num_ops; l->at++) {
        const struct hcl_eval_op *op = &e->ops[l->at];
        lower_op(l, op);
        if (op->code != HCL_OP_OUT_SCALAR)
            release(l, op->a);
        if (reads_two(op))
            release(l, op->b);
    }
    e->num_values = e->num_scalars;
    e->num_scalars += e->num_factors * HCL_LANE_FACTOR_SIZE;
}

static uint32_t *new_places(size_t count)
{
    uint32_t *p = malloc((count + 1) * sizeof *p);
    for (size_t i = 0; p != NULL && i < count; i++)
        p[i] = NONE;
    return p;
}

hcl_status hcl_eval_lower(struct hcl_eval *e, struct hcl_err *err)
{
    struct lower l = { .e = e,
                       .bound = new_places(e->num_registers + e->num_inputs),
                       .input = new_places(e->num_inputs),
                       .last = calloc(e->num_inputs + 1, sizeof *l.last),
                       .free_list = new_places(e->num_inputs),
                       .factor = new_places(e->num_scalars) };
    hcl_status st = HCL_OK;
    e->lane_ops = calloc(5 * e->num_ops + 1, sizeof *e->lane_ops);
    e->factors = new_places(e->num_scalars);
    if (l.bound == NULL || l.input == NULL || l.last == NULL || l.free_list == NULL || l.factor == NULL ||
        e->lane_ops == NULL || e->factors == NULL)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    else
        lower_all(&l);
    free(l.bound);
    free(l.input);
    free(l.last);
    free(l.free_list);
    free(l.factor);
    return st;
}

/* With the plain integer 2^(52(i+1)) in place of an element's memory form, the product comes out of it. */
void hcl_eval_prepare_factor(hcl_fr out[HCL_LANE_FACTOR_SIZE], const hcl_fr *v)
{
    static const hcl_fr power[5] = {
        { { UINT64_C(1) << 52, 0, 0, 0 } },
        { { 0, UINT64_C(1) << 40, 0, 0 } },
        { { 0, 0, UINT64_C(1) << 28, 0 } },
        { { 0, 0, 0, UINT64_C(1) << 16 } },
        { { 0xb9db6b753fffffac, 0xcef7c8380f271055, 0x85a9201d818f016e,
            0x1f16424e1bb7724f } }, /* 2^260 mod r */
    };
    const uint64_t mask = (UINT64_C(1) << 52) - 1;
    uint64_t *limb = (void *)out;
    for (int i = 0; i < 5; i++, limb += 5) {
        hcl_fr w;
        hcl_fr_mul(&w, v, &power[i]);
        limb[0] = w.l[0] & mask;
        limb[1] = (w.l[0] >> 52 | w.l[1] << 12) & mask;
        limb[2] = (w.l[1] >> 40 | w.l[2] << 24) & mask;
        limb[3] = (w.l[2] >> 28 | w.l[3] << 36) & mask;
        limb[4] = w.l[3] >> 16;
    }
}

/* Registers and a fold's accumulator, and room to align them to 64 bytes. */
size_t hcl_eval_lane_scratch(const struct hcl_eval *e)
{
    const size_t bytes = (e->num_lane_registers + 1) * HCL_LANE_ROWS * 5 * sizeof(uint64_t) + 64;
    return bytes / sizeof(hcl_fr);
}
