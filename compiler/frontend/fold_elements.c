/* SPDX-License-Identifier: Apache-2.0 */
/* Folding element by element: numbers of one, two or three constants, each broadcast to the result's shape.
 */
#include "compiler/frontend/fold.h"
#include <math.h>
#include <string.h>

static uint64_t w(int64_t x)
{
    return (uint64_t)x;
}

static int64_t floor_quotient(int64_t a, int64_t b)
{
    if (b == -1)
        return (int64_t)-w(a);
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static int64_t integer_power(int64_t a, int64_t b)
{
    uint64_t out = 1, square = w(a);
    for (; b > 0; b >>= 1, square *= square)
        out *= b & 1 ? square : 1;
    return (int64_t)out;
}

static bool divides(int32_t code)
{
    return code == 42 || code == 90 || code == 95;
}

static union hcl_number binary(int32_t code, bool is_float, union hcl_number x, union hcl_number y)
{
    const double af = x.f, bf = y.f;
    const int64_t ai = x.i, bi = y.i;
    switch (code) {
#define HCL_FOLD_BINARY(name, number, floats, integers)                                                      \
    case number:                                                                                             \
        if (is_float) {                                                                                      \
            const double a = af, b = bf;                                                                     \
            return (union hcl_number){ .f = (floats) };                                                      \
        } else {                                                                                             \
            const int64_t a = ai, b = bi;                                                                    \
            return (union hcl_number){ .i = (int64_t)(integers) };                                           \
        }
#define HCL_FOLD_COMPARE(name, number, relation)                                                             \
    case number:                                                                                             \
        return (union hcl_number){ .i = is_float ? af relation bf : ai relation bi };
#include "compiler/elementwise/elementwise.def"
    default:
        return x;
    }
}

static bool unary(int32_t code, bool is_float, union hcl_number x, union hcl_number *y)
{
    const double af = x.f;
    const int64_t ai = x.i;
    switch (code) {
#define HCL_FOLD_UNARY(name, number, floats, integers)                                                       \
    case number:                                                                                             \
        if (is_float) {                                                                                      \
            const double a = af;                                                                             \
            y->f = (floats);                                                                                 \
        } else {                                                                                             \
            const int64_t a = ai;                                                                            \
            y->i = (int64_t)(integers);                                                                      \
        }                                                                                                    \
        return true;
#include "compiler/elementwise/elementwise.def"
    default:
        return false;
    }
}

/* The elements of *n as of a tensor of this shape. */
static hcl_status spread(const struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_numbers *n,
                         const struct hcl_map_shape *to)
{
    struct hcl_numbers out = { .len = 0 };
    uint32_t *map = NULL;
    hcl_status st = HCL_OK;
    if (n->len == hcl_map_len(to)) {
        n->shape = *to;
        return HCL_OK;
    }
    HCL_TRY(hcl_map_broadcast(to, &map, &n->shape, op->name, im->err));
    HCL_TRY(hcl_fold_numbers(im, to, n->is_float, &out));
    for (size_t i = 0; i < out.len; i++)
        out.at[i] = n->at[map[i]];
    free(n->at);
    *n = out;
done:
    free(map);
    return st;
}

/* Operands, all of the result's shape. */
static hcl_status read_spread(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t count,
                              struct hcl_numbers *x)
{
    struct hcl_map_shape to = { .rank = 0 };
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < count; k++) {
        const struct hcl_map_shape before = to;
        HCL_TRY(hcl_fold_read(im, op, k, &x[k]));
        HCL_TRY(hcl_import_broadcast(im, op, &before, &x[k].shape, &to));
    }
    for (size_t k = 0; k < count; k++)
        HCL_TRY(spread(im, op, &x[k], &to));
done:
    return st;
}

static hcl_status fold_activation(const struct hcl_import *im, const struct hcl_tfl_op *op,
                                  struct hcl_numbers *y)
{
    struct hcl_function act;
    hcl_status st = hcl_import_activation(im, op, &act);
    if (st != HCL_OK || act.id == HCL_FN_IDENTITY)
        return st;
    if (!y->is_float)
        return HCL_FAIL_OP(im, op, "%s", "a fused activation of integers");
    for (size_t i = 0; i < y->len; i++)
        y->at[i].f = hcl_function_apply(&act, y->at[i].f);
    return HCL_OK;
}

hcl_status hcl_fold_binary(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_numbers x[2] = { { .len = 0 }, { .len = 0 } }, y = { .len = 0 };
    hcl_status st;
    HCL_TRY(read_spread(im, op, 2, x));
    if (x[0].is_float != x[1].is_float) {
        st = HCL_FAIL_OP(im, op, "%s", "operands of two types");
        goto done;
    }
    HCL_TRY(hcl_fold_numbers(im, &x[0].shape, hcl_fold_makes_floats(im, op), &y));
    for (size_t i = 0; i < y.len; i++) {
        if (divides(op->code) && !x[1].is_float && x[1].at[i].i == 0) {
            st = HCL_FAIL_OP(im, op, "a division by 0 at element %zu", i);
            goto done;
        }
        y.at[i] = binary(op->code, x[0].is_float, x[0].at[i], x[1].at[i]);
    }
    HCL_TRY(fold_activation(im, op, &y));
    st = hcl_fold_write(im, op, &y);
done:
    free(x[0].at);
    free(x[1].at);
    free(y.at);
    return st;
}

/* The operator's function, with its parameters. */
static hcl_status function_of(const struct hcl_import *im, const struct hcl_tfl_op *op,
                              struct hcl_function *out)
{
    for (int id = 0; id < HCL_FN_COUNT; id++)
        if (hcl_function_kind((hcl_fn)id)->op == op->code) {
            *out = (struct hcl_function){ .id = (hcl_fn)id, .param = { op->parameter } };
            return HCL_OK;
        }
    return HCL_FAIL_OP(im, op, "%s", "it cannot be evaluated");
}

hcl_status hcl_fold_unary(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_function f = { .id = HCL_FN_IDENTITY };
    struct hcl_numbers x;
    union hcl_number y;
    hcl_status st;
    HCL_TRY(hcl_fold_read(im, op, 0, &x));
    for (size_t i = 0; i < x.len; i++) {
        if (unary(op->code, x.is_float, x.at[i], &y)) {
            x.at[i] = y;
            continue;
        }
        if (f.id == HCL_FN_IDENTITY)
            HCL_TRY(function_of(im, op, &f));
        if (!x.is_float) {
            st = HCL_FAIL_OP(im, op, "%s", "it is of integers, which cannot be evaluated");
            goto done;
        }
        x.at[i].f = hcl_function_apply(&f, x.at[i].f);
    }
    st = hcl_fold_write(im, op, &x);
done:
    free(x.at);
    return st;
}

hcl_status hcl_fold_select(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_numbers x[3] = { { .len = 0 }, { .len = 0 }, { .len = 0 } };
    hcl_status st;
    HCL_TRY(read_spread(im, op, 3, x));
    if (x[0].is_float || x[1].is_float != x[2].is_float) {
        st = HCL_FAIL_OP(im, op, "%s", "operands of other types than BOOL and twice the same");
        goto done;
    }
    for (size_t i = 0; i < x[0].len; i++)
        x[1].at[i] = x[0].at[i].i != 0 ? x[1].at[i] : x[2].at[i];
    st = hcl_fold_write(im, op, &x[1]);
done:
    for (size_t k = 0; k < 3; k++)
        free(x[k].at);
    return st;
}

hcl_status hcl_fold_cast(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    const bool to_float = hcl_fold_makes_floats(im, op);
    struct hcl_numbers x;
    hcl_status st;
    HCL_TRY(hcl_fold_read(im, op, 0, &x));
    for (size_t i = 0; i < x.len; i++) {
        if (x.is_float && !to_float) {
            if (!(fabs(x.at[i].f) < 0x1p62)) {
                st = HCL_FAIL_OP(im, op, "element %zu is %g, no integer", i, x.at[i].f);
                goto done;
            }
            x.at[i].i =
                im->model->tensors[op->outputs[0]].type == HCL_TFL_BOOL ? x.at[i].f != 0 : (int64_t)x.at[i].f;
        } else if (!x.is_float && to_float) {
            x.at[i].f = (double)x.at[i].i;
        }
    }
    x.is_float = to_float;
    st = hcl_fold_write(im, op, &x);
done:
    free(x.at);
    return st;
}
