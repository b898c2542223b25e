/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/compiler/support/lowered.h"
#include "common/sys/mem.h"
#include "compiler/fixed/interpret.h"
#include "compiler/gadgets/gadget.h"
#include "compiler/layout/finish.h"
#include <string.h>

static void must(hcl_status st, const struct hcl_err *err)
{
    if (st != HCL_OK) {
        fprintf(stderr, "test support: %s\n", err->msg);
        abort();
    }
}

static void mark_copied(struct lowered *l)
{
    const struct hcl_circuit *c = &l->circuit;

    l->copied = calloc((size_t)c->num_advice << c->k, sizeof(*l->copied));
    HCL_CHECK(l->copied);
    for (size_t i = 0; i < c->num_copies; i++) {
        hcl_column a = c->permutation[c->copies[i].left_column],
                   b = c->permutation[c->copies[i].right_column];
        if (a.kind == HCL_COL_ADVICE)
            l->copied[((size_t)a.index << c->k) + c->copies[i].left_row] = true;
        if (b.kind == HCL_COL_ADVICE)
            l->copied[((size_t)b.index << c->k) + c->copies[i].right_row] = true;
    }
}

void lowered_build_columns(struct lowered *l, const struct hcl_fx_graph *g, uint32_t lanes, uint32_t columns)
{
    struct hcl_err err = { "" };
    struct hcl_machine m;
    struct hcl_lower c;
    static const uint8_t seed[32] = "the seed of the tests' weights";
    struct hcl_machine_shape shape = { .degree = 4, .private_weights = g->weight_visibility == HCL_PRIVATE };

    if (g->weight_visibility == HCL_COMMITTED) {
        shape.random_rows = LOWERED_RANDOM_ROWS;
        shape.weight_seed = seed;
    }
    *l = (struct lowered){ .g = g };
    must(hcl_fx_graph_check(g, &err), &err);
    const struct hcl_lower_size size = { .lanes = lanes, .weight_columns = columns, .most_rows = 1u << 20 };
    must(hcl_lower_graph(&c, &m, g, &size, &err), &err);
    shape.k = hcl_machine_min_k(&m, m.weight_columns, shape.random_rows);
    if (shape.weight_seed)
        hcl_machine_blinding_id(&m, &shape, shape.blinding_id);
    must(hcl_machine_circuit(&m, &shape, &l->circuit, &err), &err);
    hcl_machine_take_program(&m, &shape, &l->prog);
    hcl_places_take(&l->places, &c);
    hcl_machine_clear(&m);
    hcl_lower_clear(&c);
    mark_copied(l);
    l->advice = calloc(l->circuit.num_advice, sizeof(*l->advice));
    HCL_CHECK(l->advice);
    for (uint32_t i = 0; i < l->circuit.num_advice; i++)
        must(hcl_mem_calloc((void **)&l->advice[i], (size_t)1 << shape.k, sizeof(hcl_fr), "test", &err),
             &err);
}

void lowered_build(struct lowered *l, const struct hcl_fx_graph *g, uint32_t lanes)
{
    lowered_build_columns(l, g, lanes, lanes + 1);
}

/* v has the interpreter's values: the witness's cells hold the same. */
static void read_and_compare(struct lowered *l, const struct hcl_fx_values *v)
{
    struct hcl_err err = { "" };
    struct hcl_fx_values read;

    must(hcl_fx_values_init(&read, l->g, &err), &err);
    for (size_t i = 0; i < l->g->num_inputs; i++)
        memcpy(read.tensor[l->g->inputs[i]], v->tensor[l->g->inputs[i]],
               hcl_fx_tensor_len(l->g, l->g->inputs[i]) * sizeof(int64_t));
    must(hcl_places_read(&l->places, l->g, &l->w.cells, &read, NULL, &err), &err);
    for (size_t i = 0; i < l->g->num_nodes; i++) {
        const uint32_t t = l->g->nodes[i].output;
        HCL_CHECK(memcmp(read.tensor[t], v->tensor[t], hcl_fx_tensor_len(l->g, t) * sizeof(int64_t)) == 0);
    }
    hcl_fx_values_clear(&read);
}

/* Inputs are in v: run both ways and compare. */
static void run_and_compare(struct lowered *l, struct hcl_fx_values *v)
{
    struct hcl_err err = { "" };

    must(hcl_witness_init(&l->w, &l->prog, &err), &err);
    for (size_t i = 0; i < l->g->num_inputs; i++)
        must(hcl_witness_set_input(&l->w, i, v->tensor[l->g->inputs[i]],
                                   hcl_fx_tensor_len(l->g, l->g->inputs[i]), &err),
             &err);
    must(hcl_interpret(l->g, v, &err), &err);
    must(hcl_witness_run(&l->w, &err), &err);
    for (size_t i = 0; i < l->g->num_outputs; i++) {
        size_t len = hcl_fx_tensor_len(l->g, l->g->outputs[i]);
        int64_t *out = calloc(len, sizeof(*out));
        HCL_CHECK(out);
        must(hcl_witness_output(&l->w, i, out, len, &err), &err);
        HCL_CHECK(memcmp(out, v->tensor[l->g->outputs[i]], len * sizeof(*out)) == 0);
        free(out);
    }
    read_and_compare(l, v);
}

void lowered_run(struct lowered *l, struct hcl_test_random *r)
{
    struct hcl_err err = { "" };
    struct hcl_fx_values v;

    must(hcl_fx_values_init(&v, l->g, &err), &err);
    for (size_t i = 0; i < l->g->num_inputs; i++) {
        const struct hcl_fx_tensor *t = &l->g->tensors[l->g->inputs[i]];
        size_t len = hcl_fx_tensor_len(l->g, l->g->inputs[i]);
        for (size_t e = 0; e < len; e++)
            v.tensor[l->g->inputs[i]][e] = hcl_test_between(r, t->lo, t->hi);
    }
    run_and_compare(l, &v);
    hcl_fx_values_clear(&v);
}

void lowered_run_on(struct lowered *l, const float *x, size_t len)
{
    struct hcl_err err = { "" };
    struct hcl_fx_values v;

    must(hcl_fx_values_init(&v, l->g, &err), &err);
    must(hcl_fx_set_input(l->g, &v, 0, x, len, &err), &err);
    run_and_compare(l, &v);
    hcl_fx_values_clear(&v);
}

void lowered_fill_again(struct lowered *l)
{
    struct hcl_err err = { "" };
    struct hcl_witness_source s = hcl_witness_source(&l->w);
    hcl_fr *instance = calloc(l->prog.num_instance + 1, sizeof(*instance));
    uint32_t *cols = calloc(l->circuit.num_advice, sizeof(*cols));
    hcl_fr **out = calloc(l->circuit.num_advice, sizeof(*out));

    HCL_CHECK(instance && cols && out);
    for (uint32_t phase = 0; phase < 2; phase++) {
        size_t count = 0;
        for (uint32_t i = 0; i < l->circuit.num_advice; i++) {
            if (l->circuit.advice_phase[i] == phase) {
                memset(l->advice[i], 0, ((size_t)1 << l->circuit.k) * sizeof(hcl_fr));
                cols[count] = i;
                out[count++] = l->advice[i];
            }
        }
        must(s.fill(s.ctx, phase, l->challenges, cols, count, out, 1, &err), &err);
    }
    hcl_witness_instance(&l->w, instance);
    hcl_values_clear(&l->instances);
    must(hcl_values_init(&l->instances, 1, &err), &err);
    must(hcl_values_set(&l->instances, 0, instance, l->prog.num_instance, &err), &err);
    free(instance);
    free(out);
    free(cols);
}

void lowered_fill(struct lowered *l, struct hcl_test_random *r)
{
    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++) {
        uint8_t wide[64];
        for (size_t b = 0; b < sizeof(wide); b += 8) {
            uint64_t v = hcl_test_next(r);
            memcpy(wide + b, &v, 8);
        }
        hcl_fr_from_bytes_wide(&l->challenges[i], wide);
    }
    lowered_fill_again(l);
}

static void annotate(void *ctx, const struct hcl_violation *v, char *text, size_t size)
{
    snprintf(text, size, "%s", hcl_program_label(ctx, (uint32_t)v->row));
}

size_t lowered_violations(const struct lowered *l, bool print)
{
    struct hcl_err err = { "" };
    struct hcl_violation found[64];
    struct hcl_check *k;
    size_t count = 0;

    must(hcl_check_new(&k, &l->circuit, l->advice, &l->instances, l->challenges, 1, &err), &err);
    must(hcl_check_run(k, found, 64, &count, &err), &err);
    for (size_t i = 0; print && i < count && i < 5; i++) {
        struct hcl_check_notes notes = { .ctx = (void *)&l->prog, .annotate = annotate };
        char text[256];
        hcl_violation_print(text, sizeof(text), &l->circuit, &found[i], &notes);
        fprintf(stderr, "%s\n", text);
    }
    hcl_check_free(k);
    return count;
}

void lowered_clear(struct lowered *l)
{
    for (uint32_t i = 0; l->advice && i < l->circuit.num_advice; i++)
        hcl_mem_free(l->advice[i]);
    free(l->advice);
    free(l->copied);
    hcl_values_clear(&l->instances);
    hcl_witness_clear(&l->w);
    hcl_program_clear(&l->prog);
    hcl_places_clear(&l->places);
    hcl_circuit_clear(&l->circuit);
}

uint32_t lowered_rows_of(const struct lowered *l, const char *what)
{
    uint32_t rows = 0;

    for (uint32_t i = 0; i < l->prog.num_labels; i++) {
        uint32_t end = i + 1 < l->prog.num_labels ? l->prog.labels[i + 1].first_row : l->prog.num_rows;
        if (strstr(l->prog.labels[i].text, what))
            rows += end - l->prog.labels[i].first_row;
    }
    return rows;
}
