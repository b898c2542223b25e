/* SPDX-License-Identifier: Apache-2.0 */
/* The checker on the reference's assignments: satisfied as they are, and every changed cell is judged by the
 * fast single-cell check exactly as by a full run. */
#include "common/halo2/check.h"
#include "common/halo2/verify.h"
#include "tests/unit/common/halo2/vectors.h"

enum { MAX_CHALLENGES = 8 };

struct fixture {
    struct hcl_circuit c;
    struct hcl_values advice, instances;
    hcl_fr in_order[MAX_CHALLENGES], challenges[MAX_CHALLENGES];
    size_t squeezed;
};

/* The first challenges of a proof are the circuit's own, phase by phase. */
static void catch_challenge(void *ctx, hcl_transcript_event event, const uint8_t *bytes)
{
    struct fixture *f = ctx;
    if (event == HCL_TRANSCRIPT_SQUEEZE && f->squeezed < MAX_CHALLENGES)
        hcl_fr_from_bytes_wide(&f->in_order[f->squeezed++], bytes);
}

static void fixture_init(struct fixture *f, const char *folder)
{
    struct hcl_file proof = vector_file(folder, "proof.replay"), replay = vector_file(folder, "replay.json");
    struct hcl_transcript t;
    struct hcl_srs srs;
    struct hcl_err err;
    struct hcl_vk vk;
    char name[16];
    memset(f, 0, sizeof *f);
    vector_circuit(&f->c, folder);
    vector_vk(&vk, &f->c, folder);
    snprintf(name, sizeof name, "k%u.raw", f->c.k);
    assert_ok(hcl_srs_read(&srs, vector_path("srs", name), 0, NULL, 1, &err), err);
    assert_ok(hcl_values_read_instances(&f->instances, vector_path(folder, "instance.json"), &err), err);
    assert_ok(
        hcl_values_parse_witness(&f->advice, (const char *)replay.data, replay.len, "replay.json", &err),
        err);
    hcl_transcript_init(&t);
    t.observe = catch_challenge;
    t.observe_ctx = f;
    assert_ok(hcl_verify_with(&t, &vk, &srs.verifier, &f->instances, proof.data, proof.len,
                              HCL_SCHEME_SHPLONK, &err),
              err);
    for (uint32_t phase = 0, at = 0; phase < f->c.num_phases; phase++)
        for (uint32_t j = 0; j < f->c.num_challenges; j++)
            if (f->c.challenge_phase[j] == phase)
                f->challenges[j] = f->in_order[at++];
    hcl_vk_clear(&vk);
    hcl_srs_clear(&srs);
    hcl_file_clear(&proof);
    hcl_file_clear(&replay);
}

static void fixture_clear(struct fixture *f)
{
    hcl_circuit_clear(&f->c);
    hcl_values_clear(&f->advice);
    hcl_values_clear(&f->instances);
}

static size_t violations(struct fixture *f, struct hcl_violation *first)
{
    struct hcl_check *k;
    struct hcl_err err;
    size_t count;
    assert_ok(hcl_check_new(&k, &f->c, f->advice.columns, &f->instances, f->challenges, 2, &err), err);
    assert_ok(hcl_check_run(k, first, 1, &count, &err), err);
    hcl_check_free(k);
    return count;
}

static void reference_assignments_satisfy(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct hcl_violation v;
        struct fixture f;
        fixture_init(&f, vector_names[i]);
        if (violations(&f, &v) != 0) {
            char text[256];
            hcl_violation_print(text, sizeof text, &f.c, &v, NULL);
            fail_msg("%s: %s", vector_names[i], text);
        }
        fixture_clear(&f);
    }
}

static void single_cell_checks_equal_full_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct hcl_check *k;
        struct hcl_violation v;
        struct hcl_err err;
        struct fixture f;
        size_t caught = 0, cells = 0;
        fixture_init(&f, vector_names[i]);
        assert_ok(hcl_check_new(&k, &f.c, f.advice.columns, &f.instances, f.challenges, 1, &err), err);
        for (uint32_t col = 0; col < f.c.num_advice; col++) {
            for (size_t row = 0; row < f.c.usable_rows; row++, cells++) {
                hcl_fr before = f.advice.columns[col][row], value;
                size_t count;
                bool noticed;
                hcl_fr_add(&value, &before, &hcl_fr_one);
                assert_ok(hcl_check_cell(k, col, row, &value, &noticed, &err), err);
                assert_true(hcl_fr_eq(&f.advice.columns[col][row], &before));
                f.advice.columns[col][row] = value;
                count = violations(&f, &v);
                f.advice.columns[col][row] = before;
                assert_int_equal(noticed, count != 0);
                caught += noticed;
            }
        }
        assert_true(caught > 0 && caught < cells + 1);
        hcl_check_free(k);
        fixture_clear(&f);
    }
}

static void note_row(void *ctx, const struct hcl_violation *v, char *text, size_t size)
{
    snprintf(text, size, "%s %zu", (const char *)ctx, v->row);
}

static void violations_are_named(void **state)
{
    struct hcl_check_notes notes = { "layer", note_row };
    struct hcl_violation list[40];
    struct hcl_check *k;
    struct hcl_err err;
    struct fixture f;
    size_t count, gates = 0, lookups = 0, copies = 0;
    char text[256];
    (void)state;
    fixture_init(&f, "everything");
    for (uint32_t col = 0; col < f.c.num_advice; col++)
        hcl_fr_add(&f.advice.columns[col][1], &f.advice.columns[col][1], &hcl_fr_one);
    hcl_fr_from_u64(&f.advice.columns[0][2], 1000000);
    assert_ok(hcl_check_new(&k, &f.c, f.advice.columns, &f.instances, f.challenges, 2, &err), err);
    assert_ok(hcl_check_run(k, list, 40, &count, &err), err);
    for (size_t i = 0; i < count; i++) {
        gates += list[i].kind == HCL_VIOLATED_GATE;
        lookups += list[i].kind == HCL_VIOLATED_LOOKUP;
        copies += list[i].kind == HCL_VIOLATED_COPY;
        assert_true(i == 0 || list[i - 1].kind <= list[i].kind);
        hcl_violation_print(text, sizeof text, &f.c, &list[i], &notes);
        assert_non_null(strstr(text, "(layer "));
    }
    assert_true(gates > 0 && lookups > 0 && copies > 0);
    hcl_violation_print(text, sizeof text, &f.c, &list[0], NULL);
    assert_non_null(strstr(text, "gate 'seventh' polynomial 0 is not zero at row "));
    hcl_check_free(k);
    fixture_clear(&f);
}

/* A gate that reads a blinding row is not satisfied by a lucky zero there. */
static void reading_blinding_rows_is_found(void **state)
{
    struct hcl_values advice, instances;
    struct hcl_violation v;
    struct hcl_check *k;
    struct hcl_circuit c;
    struct hcl_err err;
    hcl_fr zeros[16] = { 0 }, one[16];
    hcl_expr e;
    uint32_t fixed, col;
    size_t count;
    (void)state;
    hcl_circuit_init(&c, 4);
    assert_ok(hcl_circuit_add_fixed(&c, &fixed, &err), err);
    assert_ok(hcl_circuit_add_advice(&c, 0, &col, &err), err);
    for (int i = 0; i < 10; i++)
        one[i] = hcl_fr_one;
    assert_ok(hcl_circuit_set_fixed(&c, fixed, one, 10, &err), err);
    e = hcl_ex_mul(&c, hcl_ex_fixed(&c, fixed, 0), hcl_ex_advice(&c, col, 1));
    assert_ok(hcl_circuit_add_gate(&c, "next is zero", &e, 1, &err), err);
    assert_ok(hcl_circuit_finish(&c, &err), err);
    assert_int_equal(c.usable_rows, 10);
    assert_ok(hcl_values_init(&advice, 1, &err), err);
    assert_ok(hcl_values_set(&advice, 0, zeros, 16, &err), err);
    assert_ok(hcl_values_init(&instances, 0, &err), err);
    assert_ok(hcl_check_new(&k, &c, advice.columns, &instances, NULL, 1, &err), err);
    assert_ok(hcl_check_run(k, &v, 1, &count, &err), err);
    assert_int_equal(count, 1);
    assert_int_equal(v.row, 9);
    hcl_check_free(k);
    hcl_values_clear(&advice);
    hcl_values_clear(&instances);
    hcl_circuit_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_assignments_satisfy),
        cmocka_unit_test(single_cell_checks_equal_full_runs),
        cmocka_unit_test(violations_are_named),
        cmocka_unit_test(reading_blinding_rows_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
