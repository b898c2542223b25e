/* SPDX-License-Identifier: Apache-2.0 */
/* Folding what is about shapes: what they are, constants of given shapes, reductions. */
#include "compiler/frontend/fold.h"
#include <math.h>
#include <string.h>

hcl_status hcl_fold_shape(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, to = { 1, { 0 } };
    struct hcl_numbers y = { .len = 0 };
    hcl_status st;
    HCL_TRY(hcl_import_shape_of(im, op->inputs[0], &x));
    to.dims[0] = x.rank;
    HCL_TRY(hcl_fold_numbers(im, &to, false, &y));
    for (uint32_t i = 0; i < x.rank; i++)
        y.at[i].i = x.dims[i];
    st = hcl_fold_write(im, op, &y);
done:
    return st;
}

hcl_status hcl_fold_rank(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, to = { .rank = 0 };
    struct hcl_numbers y = { .len = 0 };
    hcl_status st;
    HCL_TRY(hcl_import_shape_of(im, op->inputs[0], &x));
    HCL_TRY(hcl_fold_numbers(im, &to, false, &y));
    y.at[0].i = x.rank;
    st = hcl_fold_write(im, op, &y);
done:
    return st;
}

hcl_status hcl_fold_zeros(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x;
    struct hcl_numbers y = { .len = 0 };
    hcl_status st;
    HCL_TRY(hcl_import_shape_of(im, op->inputs[0], &x));
    HCL_TRY(hcl_fold_numbers(im, &x, hcl_fold_makes_floats(im, op), &y));
    st = hcl_fold_write(im, op, &y);
done:
    return st;
}

/* DEQUANTIZE of what was halves: they are floats already; DENSIFY of what was sparse: it has all elements. */
hcl_status hcl_fold_copy(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x;
    hcl_status st;
    const uint32_t from = (uint32_t)op->inputs[0];
    if (im->model->tensors[from].quantised)
        return HCL_FAIL_OP(im, op, "quantised %s constants are not supported yet (tensor '%s')",
                           im->model->tensors[from].type_name, im->model->tensors[from].name);
    st = hcl_import_shape_of(im, op->inputs[0], &x);
    return st == HCL_OK ? hcl_fold_move(im, op, 0, &from, 1, NULL, &x) : st;
}

/* The shape that operand k lists; a dimension that is none is 0, which no tensor has. */
static hcl_status listed_shape(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                               struct hcl_map_shape *out)
{
    int64_t dims[HCL_MAP_RANK];
    size_t rank;
    hcl_status st;
    HCL_TRY(hcl_import_integers(im, op, k, dims, HCL_MAP_RANK, &rank));
    for (out->rank = 0; out->rank < rank; out->rank++)
        out->dims[out->rank] =
            dims[out->rank] > 0 && dims[out->rank] <= INT32_MAX ? (uint32_t)dims[out->rank] : 0;
done:
    return st;
}

hcl_status hcl_fold_fill(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape to = { .rank = 0 };
    struct hcl_numbers value = { .len = 0 }, y = { .len = 0 };
    hcl_status st;
    HCL_TRY(listed_shape(im, op, 0, &to));
    HCL_TRY(hcl_fold_read(im, op, 1, &value));
    HCL_TRY(hcl_fold_numbers(im, &to, value.is_float, &y));
    for (size_t i = 0; i < y.len; i++)
        y.at[i] = value.at[0];
    st = hcl_fold_write(im, op, &y);
done:
    free(value.at);
    free(y.at);
    return st;
}

hcl_status hcl_fold_broadcast_args(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x[2] = { { .rank = 0 }, { .rank = 0 } }, all, to = { 1, { 0 } };
    struct hcl_numbers y = { .len = 0 };
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < 2; k++)
        HCL_TRY(listed_shape(im, op, k, &x[k]));
    HCL_TRY(hcl_import_broadcast(im, op, &x[0], &x[1], &all));
    to.dims[0] = all.rank;
    HCL_TRY(hcl_fold_numbers(im, &to, false, &y));
    for (uint32_t i = 0; i < all.rank; i++)
        y.at[i].i = all.dims[i];
    st = hcl_fold_write(im, op, &y);
done:
    return st;
}

static bool holds(const struct hcl_numbers *x, size_t i)
{
    return x->is_float ? x->at[i].f != 0 : x->at[i].i != 0;
}

hcl_status hcl_fold_where(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_numbers x = { .len = 0 }, y = { .len = 0 };
    struct hcl_map_shape to = { 2, { 0, 0 } };
    size_t at = 0;
    hcl_status st;
    HCL_TRY(hcl_fold_read(im, op, 0, &x));
    for (size_t i = 0; i < x.len; i++)
        to.dims[0] += holds(&x, i);
    to.dims[1] = x.shape.rank;
    if (to.dims[0] == 0 || to.dims[1] == 0) {
        st = HCL_FAIL_OP(im, op, "no element of '%s' holds, or it has no dimensions: no place is left",
                         im->model->tensors[op->inputs[0]].name);
        goto done;
    }
    HCL_TRY(hcl_fold_numbers(im, &to, false, &y));
    for (size_t i = 0; i < x.len; i++) {
        if (!holds(&x, i))
            continue;
        size_t left = i;
        for (uint32_t d = x.shape.rank; d-- > 0; left /= x.shape.dims[d])
            y.at[at * x.shape.rank + d].i = (int64_t)(left % x.shape.dims[d]);
        at++;
    }
    st = hcl_fold_write(im, op, &y);
done:
    free(x.at);
    free(y.at);
    return st;
}

hcl_status hcl_fold_one_hot(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_numbers x[4] = { { .len = 0 }, { .len = 0 }, { .len = 0 }, { .len = 0 } }, y = { .len = 0 };
    struct hcl_map_shape to = { .rank = 0 };
    uint32_t axis;
    size_t inner = 1;
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < 4; k++)
        HCL_TRY(hcl_fold_read(im, op, k, &x[k]));
    HCL_TRY(hcl_import_axis(im, op, op->axis, x[0].shape.rank + 1, &axis));
    if (x[0].shape.rank == HCL_MAP_RANK || x[0].is_float || x[1].is_float || x[2].is_float != x[3].is_float ||
        x[1].len * x[2].len * x[3].len != 1 || x[1].at[0].i < 1 || x[1].at[0].i > INT32_MAX) {
        st = HCL_FAIL_OP(im, op, "%s", "indices, depth or values that are none");
        goto done;
    }
    for (uint32_t i = 0; i <= x[0].shape.rank; i++) {
        to.dims[to.rank++] = i == axis ? (uint32_t)x[1].at[0].i : x[0].shape.dims[i < axis ? i : i - 1];
        inner *= i > axis ? to.dims[i] : 1;
    }
    HCL_TRY(hcl_fold_numbers(im, &to, x[2].is_float, &y));
    for (size_t i = 0; i < y.len; i++) {
        const size_t k = i / inner % to.dims[axis], index = i / inner / to.dims[axis] * inner + i % inner;
        y.at[i] = x[0].at[index].i == (int64_t)k ? x[2].at[0] : x[3].at[0];
    }
    st = hcl_fold_write(im, op, &y);
done:
    for (size_t k = 0; k < 4; k++)
        free(x[k].at);
    free(y.at);
    return st;
}

/* How many numbers from `first` on in steps of `step` are before `limit`; 0: none, or too many. */
static size_t range_len(const struct hcl_numbers *x)
{
    const double first = x[0].is_float ? x[0].at[0].f : (double)x[0].at[0].i,
                 limit = x[1].is_float ? x[1].at[0].f : (double)x[1].at[0].i,
                 step = x[2].is_float ? x[2].at[0].f : (double)x[2].at[0].i;
    const double len = ceil((limit - first) / step);
    return len >= 1 && len <= (double)HCL_TENSOR_MAX_LEN ? (size_t)len : 0;
}

hcl_status hcl_fold_range(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_numbers x[3] = { { .len = 0 }, { .len = 0 }, { .len = 0 } }, y = { .len = 0 };
    struct hcl_map_shape to = { .rank = 1 };
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < 3; k++) {
        HCL_TRY(hcl_fold_read(im, op, k, &x[k]));
        if (x[k].len != 1 || x[k].is_float != x[0].is_float) {
            st = HCL_FAIL_OP(im, op, "operand %zu is not one number of the first one's type", k);
            goto done;
        }
    }
    to.dims[0] = (uint32_t)range_len(x);
    HCL_TRY(hcl_fold_numbers(im, &to, x[0].is_float, &y));
    for (size_t i = 0; i < y.len; i++)
        if (y.is_float)
            y.at[i].f = x[0].at[0].f + (double)i * x[2].at[0].f;
        else
            y.at[i].i = (int64_t)((uint64_t)x[0].at[0].i + i * (uint64_t)x[2].at[0].i);
    st = hcl_fold_write(im, op, &y);
done:
    for (size_t k = 0; k < 3; k++)
        free(x[k].at);
    free(y.at);
    return st;
}

enum { MEAN = 40, SUM = 74, PROD = 81, MAX = 82, MIN = 89, ANY = 91, ALL = 140 };

static double combine_floats(int32_t code, double a, double b)
{
    return code == PROD ? a * b : code == MAX ? fmax(a, b) : code == MIN ? fmin(a, b) : a + b;
}

static int64_t combine_integers(int32_t code, int64_t a, int64_t b)
{
    const uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (code) {
    case PROD:
        return (int64_t)(x * y);
    case MAX:
        return a > b ? a : b;
    case MIN:
        return a < b ? a : b;
    case ANY:
        return a != 0 || b != 0;
    case ALL:
        return a != 0 && b != 0;
    default:
        return (int64_t)(x + y);
    }
}

/* Bit i: dimension i is reduced. */
static hcl_status read_axes(const struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t rank,
                            uint32_t *bits)
{
    int64_t axes[HCL_MAP_RANK];
    size_t n;
    hcl_status st = hcl_import_integers(im, op, 1, axes, HCL_MAP_RANK, &n);
    *bits = 0;
    for (size_t i = 0; st == HCL_OK && i < n; i++) {
        const int64_t at = axes[i] < 0 ? axes[i] + rank : axes[i];
        if (at < 0 || at >= rank)
            return HCL_FAIL_OP(im, op, "axis %lld of %u dimensions", (long long)axes[i], rank);
        *bits |= 1U << at;
    }
    return st;
}

/* Where element i of *x goes in a result without the reduced dimensions. */
static size_t reduced_index(const struct hcl_map_shape *x, uint32_t bits, size_t i)
{
    size_t at = 0, stride = 1;
    for (uint32_t d = x->rank; d-- > 0; i /= x->dims[d])
        if (!(bits >> d & 1)) {
            at += i % x->dims[d] * stride;
            stride *= x->dims[d];
        }
    return at;
}

hcl_status hcl_fold_reduce(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_numbers x = { .len = 0 }, y = { .len = 0 };
    struct hcl_map_shape to = { .rank = 0 };
    uint32_t bits;
    uint8_t *begun = NULL;
    hcl_status st;
    HCL_TRY(hcl_fold_read(im, op, 0, &x));
    HCL_TRY(read_axes(im, op, x.shape.rank, &bits));
    for (uint32_t d = 0; d < x.shape.rank; d++)
        if (op->keep_dims || !(bits >> d & 1))
            to.dims[to.rank++] = bits >> d & 1 ? 1 : x.shape.dims[d];
    HCL_TRY(hcl_fold_numbers(im, &to, x.is_float, &y));
    begun = calloc(y.len, 1);
    if (begun == NULL) {
        st = hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu numbers", y.len);
        goto done;
    }
    for (size_t i = 0; i < x.len; i++) {
        const size_t at = reduced_index(&x.shape, bits, i);
        if (!begun[at])
            y.at[at] = x.at[i];
        else if (x.is_float)
            y.at[at].f = combine_floats(op->code, y.at[at].f, x.at[i].f);
        else
            y.at[at].i = combine_integers(op->code, y.at[at].i, x.at[i].i);
        begun[at] = 1;
    }
    const size_t each = x.len > y.len && y.len > 0 ? x.len / y.len : 1;
    for (size_t i = 0; op->code == MEAN && i < y.len; i++)
        if (y.is_float)
            y.at[i].f /= (double)each;
        else
            y.at[i].i /= (int64_t)each;
    st = hcl_fold_write(im, op, &y);
done:
    free(x.at);
    free(y.at);
    free(begun);
    return st;
}
