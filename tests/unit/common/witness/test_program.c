/* SPDX-License-Identifier: Apache-2.0 */
/* Witness programs as bytes: round trip, cut short, damaged; and what the runner refuses. The program is one
 * the compiler made, with every kind of row, block and hint in it. */
#include "tests/support/test.h"

#include "common/witness/columns.h"
#include "common/witness/run.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include "compiler/compile.h"
#include "tests/unit/compiler/support/fx_builder.h"
#include <time.h>

static void make(struct hcl_compiled *c)
{
    struct hcl_test_random r = { 61 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv conv = hcl_test_conv_2x2;
    struct hcl_compile_options o = { .lanes = 3 };
    struct hcl_err err;
    uint32_t x = hcl_test_conv(&g, &r, hcl_test_input(&g, 4, 4, 2, -9, 9), &conv);

    conv.depthwise = true;
    x = hcl_test_conv(&g, &r, x, &conv);
    conv = (struct hcl_test_conv){ .kernel_h = 2,
                                   .kernel_w = 2,
                                   .stride_y = 1,
                                   .stride_x = 1,
                                   .outputs = 5,
                                   .weight_max = 3,
                                   .divisor = 8 };
    x = hcl_test_softmax(&g, hcl_test_conv(&g, &r, x, &conv));
    hcl_test_output(&g, x);
    assert_ok(hcl_compile(&g, &o, c, &err), err);
    hcl_fx_graph_clear(&g);
}

static hcl_status read_bytes(struct hcl_program *p, const uint8_t *bytes, size_t len, struct hcl_err *err)
{
    struct hcl_reader in = { .base = bytes, .len = len, .file = "test" };

    return hcl_program_read(p, &in, err);
}

static void test_round_trip(void **state)
{
    struct hcl_compiled c;
    struct hcl_program p;
    struct hcl_err err;
    uint8_t *bytes, *again;
    size_t len, len_again;

    (void)state;
    make(&c);
    assert_ok(hcl_program_write(&c.program, HCL_PROGRAM_WHOLE, &bytes, &len, &err), err);
    assert_ok(read_bytes(&p, bytes, len, &err), err);
    assert_ok(hcl_program_write(&p, HCL_PROGRAM_WHOLE, &again, &len_again, &err), err);
    assert_int_equal(len, len_again);
    assert_memory_equal(bytes, again, len);
    free(bytes);
    free(again);
    hcl_program_clear(&p);
    hcl_compiled_clear(&c);
}

static void test_cut_short(void **state)
{
    struct hcl_compiled c;
    struct hcl_program p;
    struct hcl_err err;
    uint8_t *bytes;
    size_t len;

    (void)state;
    make(&c);
    assert_ok(hcl_program_write(&c.program, HCL_PROGRAM_WHOLE, &bytes, &len, &err), err);
    for (size_t cut = 0; cut < len; cut += cut < 200 ? 1 : 37) {
        uint8_t *copy = malloc(cut + 1); /* exactly as long as told, for the sanitizer */
        memcpy(copy, bytes, cut);
        assert_int_equal(read_bytes(&p, copy, cut, &err), HCL_BAD_INPUT);
        assert_null(p.rows);
        free(copy);
    }
    bytes = realloc(bytes, len + 1);
    bytes[len] = 0;
    assert_int_equal(read_bytes(&p, bytes, len + 1, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "after the witness program"));
    free(bytes);
    hcl_compiled_clear(&c);
}

static void run_all(const struct hcl_program *p)
{
    struct hcl_witness w;
    struct hcl_err err;
    uint32_t col[2] = { hcl_col_phi(p->lanes), hcl_col_a0(p->lanes) };
    hcl_fr ch[HCL_NUM_CHALLENGES], *out[2];

    assert_ok(hcl_witness_init(&w, p, &err), err);
    if (hcl_witness_run(&w, &err) == HCL_OK) {
        for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
            hcl_fr_from_u64(&ch[i], 99991 + i);
        for (int i = 0; i < 2; i++)
            out[i] = calloc((size_t)1 << p->k, sizeof(hcl_fr));
        struct hcl_witness_source s = hcl_witness_source(&w);
        assert_ok(s.fill(s.ctx, 1, ch, col, 2, out, 1, &err), err);
        free(out[0]);
        free(out[1]);
    }
    hcl_witness_clear(&w);
}

/* A damaged program is refused or runs without leaving its arrays (run this under the address sanitizer). */
static void test_damaged(void **state)
{
    struct hcl_test_random r = { 62 };
    struct hcl_compiled c;
    struct hcl_err err;
    uint8_t *bytes;
    size_t len, refused = 0;

    (void)state;
    make(&c);
    assert_ok(hcl_program_write(&c.program, HCL_PROGRAM_WHOLE, &bytes, &len, &err), err);
    for (int i = 0; i < 1000; i++) {
        struct hcl_program p;
        size_t at = (size_t)hcl_test_between(&r, 0, (int64_t)len - 1);
        uint8_t was = bytes[at];
        bytes[at] ^= (uint8_t)(1 << hcl_test_between(&r, 0, 7));
        if (read_bytes(&p, bytes, len, &err) == HCL_OK && p.k < 16)
            run_all(&p);
        else
            refused++;
        hcl_program_clear(&p);
        bytes[at] = was;
    }
    assert_true(refused > 30);
    free(bytes);
    hcl_compiled_clear(&c);
}

/* A class of rows without look-ups: a function without a range, or a range without a function, would be half
 * a look-up's tags. */
static void test_half_a_class(void **state)
{
    struct hcl_compiled c;
    struct hcl_program p;
    struct hcl_err err;
    uint8_t *bytes;
    size_t len;

    (void)state;
    make(&c);
    for (int half = 0; half < 2; half++) {
        struct hcl_row_class *k = c.program.classes;
        while (k->fn != HCL_NONE)
            k++;
        *(half ? &k->range : &k->fn) = 0;
        assert_ok(hcl_program_write(&c.program, HCL_PROGRAM_WHOLE, &bytes, &len, &err), err);
        assert_int_equal(read_bytes(&p, bytes, len, &err), HCL_BAD_INPUT);
        assert_non_null(strstr(err.msg, "row class"));
        k->fn = k->range = HCL_NONE;
        free(bytes);
    }
    hcl_compiled_clear(&c);
}

static void test_inputs(void **state)
{
    struct hcl_compiled c;
    struct hcl_witness w;
    struct hcl_err err;
    int64_t x[33] = { 0 };

    (void)state;
    make(&c);
    assert_ok(hcl_witness_init(&w, &c.program, &err), err);
    assert_ok(hcl_witness_set_input(&w, 0, x, 32, &err), err);
    assert_int_equal(hcl_witness_set_input(&w, 0, x, 33, &err), HCL_BAD_INPUT);
    assert_int_equal(hcl_witness_set_input(&w, 1, x, 32, &err), HCL_BAD_INPUT);
    x[7] = 10;
    assert_int_equal(hcl_witness_set_input(&w, 0, x, 32, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "element 7 is 10, expected -9..9"));
    assert_int_equal(hcl_witness_output(&w, 0, x, 4, &err), HCL_BAD_INPUT);
    hcl_witness_clear(&w);
    hcl_compiled_clear(&c);
}

/* A value that leaves its function table stops the run with the layer's name. */
static void test_out_of_table(void **state)
{
    struct hcl_fx_graph g = { 0 };
    struct hcl_compile_options o = { .lanes = 2 };
    struct hcl_compiled c;
    struct hcl_witness w;
    struct hcl_err err;
    int64_t x[4] = { 1, 2, 3, 9 };

    (void)state;
    hcl_test_output(&g, hcl_test_unary(&g, hcl_test_input(&g, 1, 1, 4, -9, 9), 1, 0));
    g.nodes[0].q_lo = -5;
    g.nodes[0].q_hi = 5;
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    assert_ok(hcl_witness_init(&w, &c.program, &err), err);
    assert_ok(hcl_witness_set_input(&w, 0, x, 4, &err), err);
    assert_int_equal(hcl_witness_run(&w, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, g.nodes[0].name));
    assert_non_null(strstr(err.msg, "9 is outside -5..5"));
    hcl_witness_clear(&w);
    hcl_compiled_clear(&c);
    hcl_fx_graph_clear(&g);
}

/* What no honest program comes to: roots of negative numbers are 0 at once, not found step by step below 0,
 * and the run ends at a look-up. */
static void test_root_of_negative(void **state)
{
    struct hcl_fx_graph g = { 0 };
    struct hcl_compile_options o = { .lanes = 32 };
    struct hcl_compiled c;
    struct hcl_witness w;
    struct hcl_err err;
    int64_t x[32 * 9];
    size_t changed = 0, roots = 0;

    (void)state;
    for (int i = 0; i < 32 * 9; i++)
        x[i] = i % 19 - 9;
    hcl_test_output(&g, hcl_test_norm(&g, hcl_test_input(&g, 1, 32, 9, -9, 9), true));
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    for (uint32_t i = 0; i < c.program.num_classes; i++)
        if (c.program.classes[i].c0 == 1 && c.program.classes[i].c1 == g.nodes[0].epsilon) {
            c.program.classes[i].c1 = -((int64_t)1 << 40);
            changed++;
        }
    assert_int_equal(changed, 1);
    assert_ok(hcl_witness_init(&w, &c.program, &err), err);
    assert_ok(hcl_witness_set_input(&w, 0, x, 32 * 9, &err), err);
    const clock_t start = clock();
    assert_int_equal(hcl_witness_run(&w, &err), HCL_BAD_INPUT);
    assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
    assert_non_null(strstr(err.msg, "is outside"));
    for (size_t i = 32; i < (size_t)c.program.num_rows * 32; i++) {
        const hcl_src s = c.program.sources[i];
        if (HCL_SRC_KIND(s) != HCL_SRC_HINT || c.program.hints[HCL_SRC_INDEX(s)].kind != HCL_HINT_SQUARE)
            continue;
        assert_true(w.cells.r[i - 32] < 0);
        assert_int_equal(w.cells.y[i], 0);
        roots++;
    }
    assert_int_equal(roots, 32);
    hcl_witness_clear(&w);
    hcl_compiled_clear(&c);
    hcl_fx_graph_clear(&g);
}

/* Private weights are advice of phase 0, and the columns are those of the program. */
static void expect_weight_columns(const struct hcl_compiled *c, const struct hcl_witness_source *s)
{
    const struct hcl_program *p = &c->program;
    uint32_t col = hcl_col_w(p->lanes, p->weight_columns - 1), past = col + 1;
    hcl_fr *w = calloc((size_t)1 << p->k, sizeof(*w)), want;
    struct hcl_err err;

    assert_ok(s->fill(s->ctx, 0, NULL, &col, 1, &w, 1, &err), err);
    for (uint32_t row = 0; row < p->num_weight_rows; row++) {
        hcl_fr_from_i64(&want, p->weights[p->weight_columns - 1][row]);
        assert_true(hcl_fr_eq(&w[row], &want));
    }
    assert_int_equal(s->fill(s->ctx, 0, NULL, &past, 1, &w, 1, &err), HCL_BAD_INPUT);
    free(w);
}

/* Columns asked for one by one, all together, or by two threads are the same. */
static void test_fill_is_a_function(void **state)
{
    struct hcl_compiled c;
    struct hcl_witness w;
    struct hcl_err err;
    hcl_fr ch[HCL_NUM_CHALLENGES], *all[HCL_MAX_LANES + 6], *one;
    uint32_t cols[HCL_MAX_LANES + 6];
    size_t n, count = 3 + 6;
    int64_t x[32];

    (void)state;
    make(&c);
    n = (size_t)1 << c.circuit.k;
    for (int i = 0; i < 32; i++)
        x[i] = i % 19 - 9;
    assert_ok(hcl_witness_init(&w, &c.program, &err), err);
    assert_ok(hcl_witness_set_input(&w, 0, x, 32, &err), err);
    assert_ok(hcl_witness_run(&w, &err), err);
    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
        hcl_fr_from_u64(&ch[i], 99991 + i);
    for (uint32_t i = 0; i < count; i++) {
        cols[i] = hcl_col_h(3, 0) + i;
        all[i] = calloc(n, sizeof(hcl_fr));
    }
    struct hcl_witness_source s = hcl_witness_source(&w);
    assert_ok(s.fill(s.ctx, 1, ch, cols, count, all, 2, &err), err);
    for (uint32_t i = 0; i < count; i++) {
        one = calloc(n, sizeof(hcl_fr));
        assert_ok(s.fill(s.ctx, 1, ch, &cols[i], 1, &one, 1, &err), err);
        assert_memory_equal(one, all[i], n * sizeof(hcl_fr));
        free(one);
        free(all[i]);
    }
    assert_int_equal(s.fill(s.ctx, 0, ch, &cols[0], 1, all, 1, &err), HCL_BAD_INPUT);
    expect_weight_columns(&c, &s);
    hcl_witness_clear(&w);
    hcl_compiled_clear(&c);
}

/* Look-ups are run at once as long as their indices are known before the first. */
static void test_lookups_together(void **state)
{
    enum { LANES = 4, BLOCKS = 6 };
    struct hcl_block blocks[BLOCKS] = {
        { .kind = HCL_BLOCK_LOOKUP, .out_row = 10, .factor = 7 },
        { .kind = HCL_BLOCK_LOOKUP, .out_row = 14, .factor = 39 },
        { .kind = HCL_BLOCK_LOOKUP, .out_row = 18, .factor = 40 },
        { .kind = HCL_BLOCK_LOOKUP, .out_row = 22, .factor = 8, .in_row = 1 },
        { .kind = HCL_BLOCK_SCALE, .out_row = 30 },
        { .kind = HCL_BLOCK_LOOKUP, .out_row = 34, .factor = 9, .in_row = 1 }
    };
    const struct hcl_program p = { .lanes = LANES, .blocks = blocks, .num_blocks = BLOCKS };
    const uint32_t together[BLOCKS] = { 2, 2, 1, 1, 1, 1 };

    (void)state;
    for (uint32_t i = 0; i < BLOCKS; i++)
        assert_int_equal(hcl_lookups_together(&p, i), together[i]);
    assert_int_equal(hcl_program_deliveries(&p), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_round_trip),
                                        cmocka_unit_test(test_cut_short),
                                        cmocka_unit_test(test_damaged),
                                        cmocka_unit_test(test_half_a_class),
                                        cmocka_unit_test(test_inputs),
                                        cmocka_unit_test(test_out_of_table),
                                        cmocka_unit_test(test_lookups_together),
                                        cmocka_unit_test(test_root_of_negative),
                                        cmocka_unit_test(test_fill_is_a_function) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
