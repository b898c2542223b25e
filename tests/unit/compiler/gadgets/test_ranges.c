/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter and the circuit accept the same inputs: a node's quotients are those of its own range,
 * whatever other tables hold. */
#include "tests/support/test.h"

#include "compiler/compile.h"
#include "compiler/fixed/interpret.h"
#include "tests/unit/compiler/support/digits.h"
#include "tests/unit/compiler/support/lowered.h"
#include <math.h>

/* Whether the witness's look-ups find the input's values in their tables. */
static bool witness_accepts(const struct hcl_program *p, const int64_t *x, size_t len)
{
    struct hcl_witness w;
    struct hcl_err err;
    assert_ok(hcl_witness_init(&w, p, &err), err);
    assert_ok(hcl_witness_set_input(&w, 0, x, len, &err), err);
    const hcl_status st = hcl_witness_run(&w, &err);
    assert_true(st == HCL_OK || st == HCL_BAD_INPUT);
    hcl_witness_clear(&w);
    return st == HCL_OK;
}

static bool interpreter_accepts(const struct hcl_fx_graph *g, struct hcl_fx_values *v)
{
    struct hcl_err err;
    const hcl_status st = hcl_interpret(g, v, &err);
    assert_true(st == HCL_OK || st == HCL_BAD_INPUT);
    return st == HCL_OK;
}

/* x, taken as it is; q in [lo, hi]. */
static uint32_t within(struct hcl_fx_graph *g, uint32_t x, int64_t lo, int64_t hi)
{
    const uint32_t y = hcl_test_unary(g, x, 1, 0);
    struct hcl_fx_node *n = &g->nodes[g->num_nodes - 1];
    n->q_lo = g->tensors[y].lo = lo;
    n->q_hi = g->tensors[y].hi = hi;
    return y;
}

/* Two identities whose ranges overlap, and a maximum that looks up the identity and relu. */
static void overlapping_ranges_stay_apart(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_fx_values v;
    struct lowered l;
    struct hcl_err err;
    int accepted = 0;
    (void)state;
    const uint32_t x = hcl_test_input(&g, 2, 2, 1, -100, 100);
    hcl_test_output(&g, within(&g, x, -10, 20));
    hcl_test_output(&g, within(&g, x, -5, 40));
    hcl_test_output(&g, hcl_test_pool(&g, HCL_FX_MAX_POOL, x, 2));
    lowered_build(&l, &g, 2);
    assert_ok(hcl_fx_values_init(&v, &g, &err), err);
    for (int64_t i = -100; i <= 100; i++) {
        int64_t *in = v.tensor[x];
        in[0] = i;
        in[1] = in[2] = in[3] = 0;
        const bool want = i >= -5 && i <= 20;
        assert_int_equal(interpreter_accepts(&g, &v), want);
        in[0] = i;
        if (witness_accepts(&l.prog, in, 4) != want)
            fail_msg("the circuit %s %lld, the interpreter does not", want ? "refuses" : "accepts",
                     (long long)i);
        accepted += want;
    }
    assert_int_equal(accepted, 26);
    hcl_fx_values_clear(&v);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* The sample as it is quantised: its inputs, scaled up until the tables end. */
static void quantised_models_agree(void **state)
{
    struct hcl_quantize_options o;
    const struct hcl_compile_options layout = { .lanes = 2 };
    struct hcl_fx_graph g;
    struct hcl_compiled c;
    struct hcl_fx_values v;
    struct hcl_err err;
    size_t accepted = 0, refused = 0;
    (void)state;
    digits_options(&o);
    assert_ok(hcl_model_to_fixed(DIGITS_MODEL, &o, &g, &err), err);
    assert_ok(hcl_compile(&g, &layout, &c, &err), err);
    assert_ok(hcl_fx_values_init(&v, &g, &err), err);
    const struct hcl_fx_tensor *in = &g.tensors[g.inputs[0]];
    for (size_t i = 0; i < o.samples.count * 12; i++) {
        int64_t *x = v.tensor[g.inputs[0]];
        const float *sample = o.samples.data + i / 12 * o.samples.len;
        for (size_t j = 0; j < o.samples.len; j++) {
            const double scaled = ldexp((double)sample[j] * (0.75 + 0.5 * (double)(i % 12)), in->frac_bits);
            x[j] = scaled < (double)in->hi ? (int64_t)scaled : in->hi;
        }
        const bool want = interpreter_accepts(&g, &v);
        assert_int_equal(witness_accepts(&c.program, x, o.samples.len), want);
        accepted += want;
        refused += !want;
    }
    printf("%zu accepted, %zu refused by both\n", accepted, refused);
    assert_true(accepted > 50 && refused > 50);
    hcl_fx_values_clear(&v);
    hcl_compiled_clear(&c);
    hcl_fx_graph_clear(&g);
    hcl_samples_clear(&o.samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(overlapping_ranges_stay_apart),
                                        cmocka_unit_test(quantised_models_agree) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
