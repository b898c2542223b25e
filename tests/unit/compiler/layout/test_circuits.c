/* SPDX-License-Identifier: Apache-2.0 */
/* Every operator model of tests/conformance/ops, from the file to a satisfied circuit: quantised on its own
 * samples, laid out, run through program bytes, compared with the interpreter, checked. */
#include "tests/support/test.h"

#include "common/halo2/check.h"
#include "common/halo2/permutation.h"
#include "common/io/npy.h"
#include "common/witness/columns.h"
#include "common/witness/run.h"
#include "compiler/compile.h"
#include "compiler/fixed/interpret.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/operators/operator.h"
#include "compiler/quantize/quantize.h"
#include <glob.h>

struct job {
    struct hcl_fx_graph g;
    struct hcl_compiled c;
    struct hcl_program prog; /* read back from its bytes */
    struct hcl_npy samples;
};

static void open_job(struct job *j, const char *model)
{
    char path[512];
    struct hcl_quantize_options o;
    struct hcl_compile_options options = { 0 };
    struct hcl_err err;
    uint8_t *bytes;
    size_t len;

    snprintf(path, sizeof(path), "%.*s.in.npy", (int)(strlen(model) - strlen(".tflite")), model);
    assert_ok(hcl_npy_read(&j->samples, path, &err), err);
    hcl_quantize_options_default(&o);
    o.samples =
        (struct hcl_samples){ j->samples.data, j->samples.dims[0], j->samples.len / j->samples.dims[0] };
    o.weight_visibility = HCL_PUBLIC;
    o.max_rows = 1 << 13; /* short tables, small circuits */
    o.accuracy = 0.2;
    assert_ok(hcl_model_to_fixed(model, &o, &j->g, &err), err);
    assert_ok(hcl_compile(&j->g, &options, &j->c, &err), err);
    assert_ok(hcl_program_write(&j->c.program, HCL_PROGRAM_WHOLE, &bytes, &len, &err), err);
    struct hcl_reader reader = { .base = bytes, .len = len, .file = "program" };
    assert_ok(hcl_program_read(&j->prog, &reader, &err), err);
    free(bytes);
}

static void fill(struct hcl_witness *w, const struct hcl_circuit *c, const hcl_fr *challenges,
                 hcl_fr **advice)
{
    struct hcl_witness_source source = hcl_witness_source(w);
    uint32_t cols[4 * HCL_MAX_LANES + 7];
    struct hcl_err err;

    for (uint32_t i = 0; i < c->num_advice; i++) {
        cols[i] = i;
        advice[i] = calloc((size_t)1 << c->k, sizeof(hcl_fr));
        assert_non_null(advice[i]);
    }
    for (uint32_t i = 0, next; i < c->num_advice; i = next) {
        for (next = i; next < c->num_advice && c->advice_phase[next] == c->advice_phase[i];)
            next++;
        assert_ok(
            source.fill(source.ctx, c->advice_phase[i], challenges, cols + i, next - i, advice + i, 1, &err),
            err);
    }
}

static int by_value(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(hcl_fr));
}

/* Values of a column that are no small integers, each once. */
static size_t distinct(const hcl_fr *column, size_t n)
{
    hcl_fr *values = calloc(n + 1, sizeof(*values));
    size_t count = 0, found = 0;

    assert_non_null(values);
    for (size_t i = 0; i < n; i++) {
        uint64_t low[4], minus[4];
        hcl_fr negative;
        hcl_fr_neg(&negative, &column[i]);
        hcl_fr_to_limbs(low, &column[i]);
        hcl_fr_to_limbs(minus, &negative);
        if ((low[1] | low[2] | low[3]) && (minus[1] | minus[2] | minus[3]))
            values[count++] = column[i];
    }
    qsort(values, count, sizeof(*values), by_value);
    for (size_t i = 0; i < count; i++)
        found += i == 0 || by_value(&values[i], &values[i - 1]) != 0;
    free(values);
    return found;
}

/* Of all models: what wide columns hold, and what is counted for them before there is a witness. */
static struct {
    size_t held[HCL_WIDE], counted[HCL_WIDE];
} rows_of_all;

static void compare_advice(const struct hcl_own_rows *own, uint32_t lanes, size_t n, hcl_fr **advice)
{
    for (uint32_t j = 0; j < lanes; j++) {
        size_t filled = 0;
        for (size_t i = 0; i < n; i++)
            filled += !hcl_fr_is_zero(&advice[hcl_col_h(lanes, j)][i]);
        assert_int_equal(filled, own->looked_up[j]);
    }
    for (uint32_t i = HCL_WIDE_A0; i <= HCL_WIDE_D; i++) {
        const size_t held = distinct(advice[hcl_col_phi(lanes) + i], n);
        assert_true(held <= own->wide[i]);
        rows_of_all.held[i] += held;
        rows_of_all.counted[i] += own->wide[i];
    }
}

/* Rows where a cell of a product's columns is copied. */
static void compare_products(const struct hcl_own_rows *own, const struct hcl_circuit *c)
{
    struct hcl_permutation p;
    struct hcl_err err;
    const size_t each = c->degree - 2;

    assert_ok(hcl_permutation_init(&p, c, &err), err);
    for (size_t k = 0; k < hcl_permutation_chunks(c); k++) {
        uint32_t rows = 0;
        for (size_t row = 0; row < p.n; row++) {
            bool moved = false;
            for (size_t i = k * each; i < (k + 1) * each && i < p.columns; i++)
                moved = moved || p.next[i * p.n + row] != i * p.n + row;
            rows += moved;
        }
        assert_int_equal(own->product[k], rows);
    }
    hcl_permutation_clear(&p);
}

static size_t violations(struct hcl_witness *w, const struct hcl_circuit *c, const struct hcl_own_rows *own)
{
    hcl_fr challenges[HCL_NUM_CHALLENGES], *advice[4 * HCL_MAX_LANES + 7],
        *instance = calloc(w->prog->num_instance + 1, sizeof(*instance));
    struct hcl_values values;
    struct hcl_violation found[4];
    struct hcl_check *check;
    struct hcl_err err;
    size_t count;

    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
        hcl_fr_pow_u64(&challenges[i], &hcl_fr_generator, 123456789 + i);
    fill(w, c, challenges, advice);
    compare_advice(own, w->prog->lanes, (size_t)1 << c->k, advice);
    compare_products(own, c);
    hcl_witness_instance(w, instance);
    assert_ok(hcl_values_init(&values, 1, &err), err);
    assert_ok(hcl_values_set(&values, 0, instance, w->prog->num_instance, &err), err);
    assert_ok(hcl_check_new(&check, c, advice, &values, challenges, 1, &err), err);
    assert_ok(hcl_check_run(check, found, 4, &count, &err), err);
    hcl_check_free(check);
    hcl_values_clear(&values);
    for (uint32_t i = 0; i < c->num_advice; i++)
        free(advice[i]);
    free(instance);
    return count;
}

static void run_sample(const struct job *j, size_t sample, const char *model)
{
    struct hcl_fx_values v;
    struct hcl_witness w;
    struct hcl_err err;
    size_t in = hcl_fx_tensor_len(&j->g, j->g.inputs[0]), out = hcl_fx_tensor_len(&j->g, j->g.outputs[0]);
    int64_t *got = calloc(out, sizeof(*got));

    assert_ok(hcl_fx_values_init(&v, &j->g, &err), err);
    assert_ok(hcl_fx_set_input(&j->g, &v, 0, (const float *)j->samples.data + sample * in, in, &err), err);
    assert_ok(hcl_interpret(&j->g, &v, &err), err);
    assert_ok(hcl_witness_init(&w, &j->prog, &err), err);
    assert_ok(hcl_witness_set_input(&w, 0, v.tensor[j->g.inputs[0]], in, &err), err);
    assert_ok(hcl_witness_run(&w, &err), err);
    assert_ok(hcl_witness_output(&w, 0, got, out, &err), err);
    if (memcmp(got, v.tensor[j->g.outputs[0]], out * sizeof(*got)) != 0)
        fail_msg("%s: sample %zu differs from the interpreter", model, sample);
    if (violations(&w, &j->c.circuit, &j->c.layout.shape.own))
        fail_msg("%s: sample %zu violates the circuit", model, sample);
    free(got);
    hcl_witness_clear(&w);
    hcl_fx_values_clear(&v);
}

/* A function of the model jumps: near where it does its result errs by all of its range, and no setting is
 * accurate enough for the search. Such models' circuits are the business of test_ops.c. */
static bool jumps(const char *model)
{
    struct hcl_graph g;
    struct hcl_err err;
    bool found = false;

    assert_ok(hcl_tflite_import(&g, model, NULL, &err), err);
    for (size_t i = 0; i < g.num_nodes; i++) {
        const struct hcl_function f = hcl_node_function(&g.nodes[i]);
        found = found || hcl_function_has(&f, HCL_FN_STEP);
    }
    hcl_graph_clear(&g);
    return found;
}

static void test_models(void **state)
{
    glob_t models;

    (void)state;
    assert_int_equal(glob(HCL_SOURCE_DIR "/tests/conformance/ops/*.tflite", 0, NULL, &models), 0);
    size_t run = 0;
    for (size_t i = 0; i < models.gl_pathc; i++) {
        struct job j = { 0 };
        if (jumps(models.gl_pathv[i]))
            continue;
        run++;
        open_job(&j, models.gl_pathv[i]);
        run_sample(&j, 0, models.gl_pathv[i]);
        hcl_program_clear(&j.prog);
        hcl_compiled_clear(&j.c);
        hcl_fx_graph_clear(&j.g);
        hcl_npy_clear(&j.samples);
    }
    assert_true(run >= 300);
    for (uint32_t i = HCL_WIDE_A0; i <= HCL_WIDE_D; i++) /* inputs that are 0 leave some rows as others are */
        assert_in_range(10 * rows_of_all.counted[i], 10 * rows_of_all.held[i], 16 * rows_of_all.held[i]);
    globfree(&models);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_models) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
