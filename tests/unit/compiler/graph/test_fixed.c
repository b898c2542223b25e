/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed-point graph: rounding, interval analysis against exhaustive extremes, and the checker. */
#include "tests/support/test.h"

#include "compiler/fixed/fixed_bounds.h"
#include <math.h>

/* floor((acc + floor(s/2)) / s) by definition: the greatest q with q s <= acc + floor(s/2). */
static void rescale_rounds_half_up(void **state)
{
    (void)state;
    for (int64_t s = 1; s <= 9; s++)
        for (int64_t acc = -60; acc <= 60; acc++) {
            int64_t q = hcl_fx_rescale(acc, s), t = acc + s / 2;
            assert_true(q * s <= t && t < (q + 1) * s);
        }
    assert_int_equal(hcl_fx_rescale(-3, 2), -1);
    assert_int_equal(hcl_fx_rescale(3, 2), 2);
    assert_int_equal(hcl_fx_rescale(-HCL_FX_ACC_MAX, 1), -HCL_FX_ACC_MAX);
}

/* As round() does, ties away from zero: next to every half, and down to the smallest floats. */
static void floats_round_to_the_nearest(void **state)
{
    static const float extremes[] = { 0.0F, -0.0F, 0x1p-149F, 0x1.fffffep-2F, 0x1p-25F, 0x1.fffffep23F };
    (void)state;
    for (int bits = 0; bits <= 24; bits += 8) {
        const double scale = ldexp(1, bits);
        for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
            assert_int_equal(hcl_fx_round(extremes[i], scale), (int64_t)round((double)extremes[i] * scale));
            assert_int_equal(hcl_fx_round(-extremes[i], scale), -hcl_fx_round(extremes[i], scale));
        }
        for (int half = -41; half <= 41; half++) {
            const float middle = ldexpf((float)half, -1 - bits);
            const float near[] = { middle, nextafterf(middle, -INFINITY), nextafterf(middle, INFINITY) };
            for (size_t i = 0; i < 3; i++)
                assert_int_equal(hcl_fx_round(near[i], scale), (int64_t)round((double)near[i] * scale));
        }
    }
}

/* conv: x [1,2,2,1] in [-3, 5], 2x2 filters { 1 -2 3 -4 } and { 0 0 -7 1 }, bias { 10, -20 }. */
struct fixture {
    int64_t w[8], b[2];
    struct hcl_fx_tensor tensors[4];
    struct hcl_fx_node node;
    uint32_t input, output;
    struct hcl_fx_graph g;
};

static void make(struct fixture *f)
{
    *f = (struct fixture){ .w = { 1, -2, 3, -4, 0, 0, -7, 1 }, .b = { 10, -20 }, .input = 0, .output = 3 };
    f->tensors[0] = (struct hcl_fx_tensor){ .name = (char *)"x", .dims = { 1, 2, 2, 1 }, .lo = -3, .hi = 5 };
    f->tensors[1] = (struct hcl_fx_tensor){
        .name = (char *)"w", .dims = { 2, 2, 2, 1 }, .lo = -7, .hi = 3, .data = f->w, .is_weight = true
    };
    f->tensors[2] = (struct hcl_fx_tensor){
        .name = (char *)"b", .dims = { 1, 1, 1, 2 }, .lo = -20, .hi = 10, .data = f->b, .is_weight = true
    };
    f->tensors[3] =
        (struct hcl_fx_tensor){ .name = (char *)"y", .dims = { 1, 1, 1, 2 }, .lo = -50, .hi = 50 };
    f->node = (struct hcl_fx_node){
        .op = HCL_FX_CONV, .name = (char *)"CONV_2D 'y'", .inputs = { 0, 1, 2, HCL_FX_NONE }, .output = 3
    };
    f->node.kernel_h = f->node.kernel_w = 2;
    f->node.stride_y = f->node.stride_x = 1;
    f->node.divisor = 2;
    f->node.q_lo = -50;
    f->node.q_hi = 50;
    f->node.function.id = HCL_FN_IDENTITY;
    f->g = (struct hcl_fx_graph){ .tensors = f->tensors,
                                  .num_tensors = 4,
                                  .nodes = &f->node,
                                  .num_nodes = 1,
                                  .inputs = &f->input,
                                  .outputs = &f->output,
                                  .num_inputs = 1,
                                  .num_outputs = 1 };
}

/* All 2^4 corners of the input box reach exactly the bounds. */
static void bounds_are_exact_for_constant_filters(void **state)
{
    (void)state;
    struct fixture f;
    struct hcl_fx_bounds bounds;
    struct hcl_err err;
    int64_t lo = INT64_MAX, hi = INT64_MIN;
    make(&f);
    for (int corner = 0; corner < 16; corner++)
        for (int o = 0; o < 2; o++) {
            int64_t acc = f.b[o];
            for (int i = 0; i < 4; i++)
                acc += f.w[4 * o + i] * (corner >> i & 1 ? 5 : -3);
            lo = acc < lo ? acc : lo;
            hi = acc > hi ? acc : hi;
        }
    assert_ok(hcl_fx_node_bounds(&f.g, &f.node, &bounds, &err), err);
    assert_int_equal(bounds.acc_lo, lo);
    assert_int_equal(bounds.acc_hi, hi);
    assert_int_equal(bounds.q_lo, hcl_fx_rescale(lo, 2));
    assert_int_equal(bounds.q_hi, hcl_fx_rescale(hi, 2));
}

/* A filter of any length, its sums in pieces, stored either way. */
static void bounds_do_not_depend_on_storage(void **state)
{
    enum { TAPS = 40000 };
    (void)state;
    struct fixture f;
    struct hcl_fx_bounds wide, narrow;
    struct hcl_err err;
    int64_t *w = calloc(2 * TAPS, sizeof *w);
    int16_t *s = calloc(2 * TAPS, sizeof *s);
    assert_true(w != NULL && s != NULL);
    make(&f);
    for (int i = 0; i < 2 * TAPS; i++)
        w[i] = s[i] = (int16_t)(i % 3 == 0 ? INT16_MAX : i % 3 == 1 ? -5 * i : INT16_MIN);
    f.tensors[0].dims[3] = f.tensors[1].dims[3] = TAPS;
    f.tensors[1] = (struct hcl_fx_tensor){
        .name = (char *)"w", .dims = { 2, 1, 1, TAPS }, .lo = INT16_MIN, .hi = INT16_MAX, .data = w
    };
    assert_ok(hcl_fx_node_bounds(&f.g, &f.node, &wide, &err), err);
    f.tensors[1].data = s;
    f.tensors[1].type = HCL_FX_I16;
    assert_ok(hcl_fx_node_bounds(&f.g, &f.node, &narrow, &err), err);
    assert_memory_equal(&wide, &narrow, sizeof wide);
    free(w);
    free(s);
}

/* With x in [3, 5] and padding, windows at the border read zeros, which [3, 5] does not hold. */
static void bounds_count_the_padding(void **state)
{
    (void)state;
    struct fixture f;
    struct hcl_fx_bounds inner, padded;
    struct hcl_err err;
    make(&f);
    f.tensors[0].lo = 3;
    assert_ok(hcl_fx_node_bounds(&f.g, &f.node, &inner, &err), err);
    f.node.pad_top = f.node.pad_left = f.node.pad_bottom = f.node.pad_right = 1;
    assert_ok(hcl_fx_node_bounds(&f.g, &f.node, &padded, &err), err);
    for (int o = 0; o < 2; o++)
        for (int tap = 0; tap < 4; tap++) { /* a corner window reads one pixel only */
            int64_t acc = f.b[o] + 5 * f.w[4 * o + tap];
            assert_true(acc >= padded.acc_lo && acc <= padded.acc_hi);
        }
    assert_true(padded.acc_hi > inner.acc_hi || padded.acc_lo < inner.acc_lo);
}

static void refused(struct fixture *f, const char *part)
{
    struct hcl_err err;
    assert_int_equal(hcl_fx_graph_check(&f->g, &err), HCL_BAD_INPUT);
    if (strstr(err.msg, part) == NULL)
        fail_msg("message is \"%s\", expected \"%s\" in it", err.msg, part);
}

static void check_refuses_wrong_graphs(void **state)
{
    (void)state;
    struct fixture f;
    struct hcl_err err;
    make(&f);
    assert_ok(hcl_fx_graph_check(&f.g, &err), err);
    make(&f);
    f.tensors[0].hi = (int64_t)1 << 50;
    refused(&f, "CONV_2D 'y': tensor 'x' can exceed 48 bits");
    make(&f);
    f.tensors[0].hi = HCL_FX_VALUE_MAX;
    f.w[0] = f.tensors[1].hi = (int64_t)1 << 20;
    refused(&f, "the sums for tensor 'y' can exceed 62 bits");
    make(&f);
    f.tensors[3].hi = 10;
    refused(&f, "do not fit tensor 'y'");
    make(&f);
    f.tensors[1].hi = 2;
    refused(&f, "constant 'w' is outside its range");
    make(&f);
    f.tensors[1].data = (const int16_t[]){ 1, -2, 3, -4, 0, 0, -7, 4 };
    f.tensors[1].type = HCL_FX_I16;
    refused(&f, "constant 'w' is outside its range [-7, 3] at element 7");
    make(&f);
    f.tensors[2].data = (const int16_t[]){ 10, -20 };
    f.tensors[2].type = HCL_FX_I16;
    refused(&f, "constant 'b' has 16 bits, which only filters may have");
    make(&f);
    f.node.divisor = 0;
    refused(&f, "bad rescale");
    make(&f);
    f.node.q_lo = 40;
    refused(&f, "no possible quotient");
    make(&f);
    f.node.inputs[1] = 3;
    refused(&f, "an operand is missing or not computed");
    make(&f);
    f.node.kernel_w = 1;
    refused(&f, "filter's shape");
    make(&f);
    f.tensors[3].dims[3] = 3;
    refused(&f, "output's shape");
    make(&f);
    f.output = 9;
    refused(&f, "output 0 is never computed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rescale_rounds_half_up),
        cmocka_unit_test(floats_round_to_the_nearest),
        cmocka_unit_test(bounds_are_exact_for_constant_filters),
        cmocka_unit_test(bounds_do_not_depend_on_storage),
        cmocka_unit_test(bounds_count_the_padding),
        cmocka_unit_test(check_refuses_wrong_graphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
