/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/eval.h"
#include "common/field/kernel.h"
#include "common/halo2/eval_internal.h"
#include <string.h>

void hcl_eval_scalars(hcl_fr *scalars, const struct hcl_eval *e, const hcl_fr *challenges)
{
    if (e->num_constants != 0)
        memcpy(scalars, e->constants, e->num_constants * sizeof *scalars);
    for (size_t i = 0; i < e->num_scalar_ops; i++) {
        const struct hcl_eval_op *op = &e->scalar_ops[i];
        switch (op->code) {
        case HCL_OP_CHALLENGE:
            scalars[op->dst] = challenges[op->a];
            break;
        case HCL_OP_S_ADD:
            hcl_fr_add(&scalars[op->dst], &scalars[op->a], &scalars[op->b]);
            break;
        case HCL_OP_S_MUL:
            hcl_fr_mul(&scalars[op->dst], &scalars[op->a], &scalars[op->b]);
            break;
        default:
            hcl_fr_neg(&scalars[op->dst], &scalars[op->a]);
            break;
        }
    }
    for (size_t i = 0; i < e->num_factors; i++)
        hcl_eval_prepare_factor(scalars + e->num_values + i * HCL_LANE_FACTOR_SIZE, &scalars[e->factors[i]]);
}

/* Rows: the registers and one more, for broadcasts. Lanes may need more. */
size_t hcl_eval_scratch(const struct hcl_eval *e)
{
    const size_t rows = (e->num_registers + 1) * HCL_EVAL_BLOCK, lanes = hcl_eval_lane_scratch(e);
    return rows > lanes ? rows : lanes;
}

static void fill(hcl_fr *out, const hcl_fr *v, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = *v;
}

struct run {
    const struct hcl_eval *e;
    const hcl_fr *scalars;
    const hcl_fr *const *rows;
    hcl_fr *scratch, *broadcast;
    size_t count;
};

static const hcl_fr *operand(const struct run *r, uint32_t place)
{
    size_t n = r->e->num_inputs;
    return place < n ? r->rows[place] : r->scratch + (place - n) * HCL_EVAL_BLOCK;
}

static hcl_fr *target(const struct run *r, uint32_t place)
{
    return r->scratch + (place - r->e->num_inputs) * HCL_EVAL_BLOCK;
}

static void step(const struct run *r, const struct hcl_eval_op *op)
{
    const hcl_fr *a = operand(r, op->a);
    hcl_fr *dst = target(r, op->dst);
    size_t n = r->count;
    switch (op->code) {
    case HCL_OP_ADD:
        hcl_fr_add_vec(dst, a, operand(r, op->b), n);
        break;
    case HCL_OP_SUB:
        hcl_fr_sub_vec(dst, a, operand(r, op->b), n);
        break;
    case HCL_OP_MUL:
        hcl_fr_mul_vec(dst, a, operand(r, op->b), n);
        break;
    case HCL_OP_SCALE:
        hcl_fr_scale_vec(dst, a, &r->scalars[op->b], n);
        break;
    case HCL_OP_ADD_SCALAR:
        fill(r->broadcast, &r->scalars[op->b], n);
        hcl_fr_add_vec(dst, a, r->broadcast, n);
        break;
    case HCL_OP_AXPY:
        hcl_fr_axpy_vec(dst, a, &r->scalars[op->b], n);
        break;
    case HCL_OP_HORNER:
        hcl_fr_horner_vec(dst, &r->scalars[op->b], a, n);
        break;
    default:
        HCL_CHECK(false);
    }
}

/* The value of an output operation; may be an input, a register or the broadcast register. */
static const hcl_fr *output(const struct run *r, const struct hcl_eval_op *op)
{
    if (op->code == HCL_OP_OUT)
        return operand(r, op->a);
    if (op->code == HCL_OP_OUT_SCALAR) {
        fill(r->broadcast, &r->scalars[op->a], r->count);
    } else {
        fill(r->broadcast, &hcl_fr_zero, r->count);
        hcl_fr_sub_vec(r->broadcast, r->broadcast, operand(r, op->a), r->count);
    }
    return r->broadcast;
}

static struct run run_init(const struct hcl_eval *e, const hcl_fr *scalars, const hcl_fr *const *rows,
                           size_t count, hcl_fr *scratch)
{
    HCL_ASSERT(count <= HCL_EVAL_BLOCK);
    return (struct run){ .e = e,
                         .scalars = scalars,
                         .rows = rows,
                         .scratch = scratch,
                         .broadcast = scratch + e->num_registers * HCL_EVAL_BLOCK,
                         .count = count };
}

void hcl_eval_run(hcl_fr *const *out, const struct hcl_eval *e, const hcl_fr *scalars,
                  const hcl_fr *const *rows, size_t count, hcl_fr *scratch)
{
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma()) {
        hcl_eval_ifma_run(out, e, scalars, rows, count, scratch);
        return;
    }
#endif
    struct run r = run_init(e, scalars, rows, count, scratch);
    for (size_t i = 0; i < e->num_ops; i++) {
        const struct hcl_eval_op *op = &e->ops[i];
        if (op->code < HCL_OP_OUT)
            step(&r, op);
        else if (out[op->dst] != NULL)
            memcpy(out[op->dst], output(&r, op), count * sizeof(hcl_fr));
    }
}

void hcl_eval_fold(hcl_fr *acc, const hcl_fr *y, const struct hcl_eval *e, const hcl_fr *scalars,
                   const hcl_fr *const *rows, size_t count, hcl_fr *scratch)
{
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma()) {
        hcl_eval_ifma_fold(acc, y, e, scalars, rows, count, scratch);
        return;
    }
#endif
    struct run r = run_init(e, scalars, rows, count, scratch);
    for (size_t i = 0; i < e->num_ops; i++) {
        const struct hcl_eval_op *op = &e->ops[i];
        if (op->code < HCL_OP_OUT)
            step(&r, op);
        else
            hcl_fr_horner_vec(acc, y, output(&r, op), count);
    }
}

void hcl_eval_bind(const hcl_fr **rows, hcl_fr *edge, const struct hcl_eval *e,
                   const hcl_fr *const *const columns[3], size_t n, size_t first, size_t count)
{
    for (size_t i = 0; i < e->num_inputs; i++) {
        const struct hcl_query *q = &e->inputs[i];
        const hcl_fr *column = columns[q->column.kind][q->column.index];
        size_t start = (size_t)((int64_t)(first + n) + q->rotation) & (n - 1); /* n is a power of two */
        if (start + count <= n) {
            rows[i] = column + start;
            continue;
        }
        for (size_t j = 0; j < count; j++)
            edge[i * HCL_EVAL_BLOCK + j] = column[(start + j) & (n - 1)];
        rows[i] = edge + i * HCL_EVAL_BLOCK;
    }
}
