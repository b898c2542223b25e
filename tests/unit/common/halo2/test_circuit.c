/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/openings.h"
#include "tests/unit/common/halo2/vectors.h"
#include <unistd.h>

static json_int_t number(const json_t *root, const char *key)
{
    return json_integer_value(json_object_get(root, key));
}

static void derived_numbers_match_the_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        json_t *want = vector_json(vector_names[i], "summary.json");
        struct hcl_open_plan plan;
        struct hcl_circuit c;
        struct hcl_err err;
        vector_circuit(&c, vector_names[i]);
        assert_int_equal(c.degree, number(want, "degree"));
        assert_int_equal(c.extended_k, number(want, "extended_k"));
        assert_int_equal(c.blinding_factors, number(want, "blinding_factors"));
        assert_int_equal(c.usable_rows, number(want, "usable_rows"));
        assert_int_equal(hcl_perm_chunks(&c), number(want, "chunks"));
        assert_int_equal(hcl_circuit_pieces(&c), number(want, "h_pieces"));
        assert_ok(hcl_open_plan_init(&plan, &c, &err), err);
        assert_int_equal(plan.proof_bytes_shplonk, number(want, "proof_bytes_shplonk"));
        assert_int_equal(plan.proof_bytes_gwc, number(want, "proof_bytes_gwc"));
        hcl_open_plan_clear(&plan);
        hcl_circuit_clear(&c);
        json_decref(want);
    }
}

static void assert_same_text(const struct hcl_vk *vk, const char *folder)
{
    struct hcl_file want = vector_file(folder, "pinned.txt");
    struct hcl_err err;
    char *text;
    size_t len;
    assert_ok(hcl_vk_pinned_text(vk, &text, &len, &err), err);
    assert_int_equal(len, want.len);
    assert_memory_equal(text, want.data, len);
    free(text);
    hcl_file_clear(&want);
}

/* The plan of `columns` advice columns of 2^k rows, each read at `each` rotations from column*step on,
 * from `wrap` on again from the start and further apart. */
static hcl_status plan_of(struct hcl_open_plan *plan, uint32_t k, uint32_t columns, int32_t each,
                          int32_t step, int32_t wrap, struct hcl_err *err)
{
    struct hcl_circuit c;
    uint32_t column;
    hcl_status st;
    hcl_circuit_init(&c, k);
    *plan = (struct hcl_open_plan){ 0 };
    for (uint32_t i = 0; i < columns; i++) {
        HCL_TRY(hcl_circuit_add_advice(&c, 0, &column, err));
        for (int32_t r = 0; r < each; r++) {
            hcl_expr e =
                hcl_ex_advice(&c, column, step * (int32_t)i % wrap + r * (1 + step * (int32_t)i / wrap));
            HCL_TRY(hcl_circuit_add_gate(&c, "gate", &e, 1, err));
        }
    }
    HCL_TRY(hcl_circuit_finish(&c, err));
    HCL_TRY(hcl_open_plan_init(plan, &c, err));
done:
    hcl_circuit_clear(&c);
    return st;
}

/* What would ask for time or memory by the square of a file's size is refused beyond what any circuit needs.
 */
static void numbers_of_rotations_are_limited(void **state)
{
    (void)state;
    struct hcl_open_plan plan;
    struct hcl_err err;
    assert_ok(plan_of(&plan, 12, 1, HCL_MAX_ROTATIONS, 0, INT32_MAX, &err), err);
    assert_int_equal(plan.num_points, HCL_MAX_ROTATIONS);
    hcl_open_plan_clear(&plan);
    assert_int_equal(plan_of(&plan, 12, 1, HCL_MAX_ROTATIONS + 1, 0, INT32_MAX, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "advice column 0 is read at more than 64 rotations"));
    assert_ok(plan_of(&plan, 12, HCL_OPEN_MAX_ALL_POINTS / 4, 4, 4, INT32_MAX, &err), err);
    assert_int_equal(plan.num_points, HCL_OPEN_MAX_ALL_POINTS);
    assert_int_equal(plan.num_sets, HCL_OPEN_MAX_ALL_POINTS / 4 + 1); /* and {0}, for h */
    hcl_open_plan_clear(&plan);
    assert_int_equal(plan_of(&plan, 12, HCL_OPEN_MAX_ALL_POINTS / 4 + 1, 4, 4, INT32_MAX, &err),
                     HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "more than 1024 different rotations"));
    assert_ok(plan_of(&plan, 12, HCL_OPEN_MAX_SETS - 1, 2, 1, INT32_MAX, &err), err);
    assert_int_equal(plan.num_sets, HCL_OPEN_MAX_SETS);
    hcl_open_plan_clear(&plan);
    assert_int_equal(plan_of(&plan, 12, HCL_OPEN_MAX_SETS, 2, 1, 900, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "more than 1024 sets of rotations"));
}

/* Every evaluation but those of columns is found where it is. */
static void evaluations_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct hcl_open_plan plan;
        struct hcl_circuit c;
        struct hcl_err err;
        vector_circuit(&c, vector_names[i]);
        assert_ok(hcl_open_plan_init(&plan, &c, &err), err);
        for (uint32_t e = 0; e < plan.num_evaluations; e++) {
            const struct hcl_evaluation *at = &plan.evaluations[e];
            if (at->poly.kind != HCL_POLY_ADVICE && at->poly.kind != HCL_POLY_FIXED &&
                at->poly.kind != HCL_POLY_RANDOM)
                assert_int_equal(hcl_open_find(&plan, at->poly.kind, at->poly.index, at->rotation), e);
        }
        assert_int_equal(hcl_open_find(&plan, HCL_POLY_SIGMA, 0, 5), HCL_NO_EVALUATION);
        assert_int_equal(hcl_open_find(&plan, HCL_POLY_LOOKUP_S, 1000, 0), HCL_NO_EVALUATION);
        hcl_open_plan_clear(&plan);
        hcl_circuit_clear(&c);
    }
}

static void vk_text_and_hash_match_the_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct hcl_file want = vector_file(vector_names[i], "transcript_repr.hex");
        struct hcl_circuit c;
        struct hcl_vk vk;
        uint8_t bytes[32];
        char hex[65];
        vector_circuit(&c, vector_names[i]);
        vector_vk(&vk, &c, vector_names[i]);
        assert_same_text(&vk, vector_names[i]);
        hcl_fr_to_bytes(bytes, &vk.transcript_repr);
        for (size_t j = 0; j < 32; j++)
            snprintf(hex + 2 * j, 3, "%02x", bytes[j]);
        assert_memory_equal(hex, want.data, 64);
        hcl_vk_clear(&vk);
        hcl_circuit_clear(&c);
        hcl_file_clear(&want);
    }
}

static void vk_bytes_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        for (int serde = 0; serde < 2; serde++) {
            struct hcl_file want =
                vector_file(vector_names[i], serde == HCL_SERDE_RAW ? "vk.raw" : "vk.processed");
            struct hcl_circuit c;
            struct hcl_err err;
            struct hcl_vk vk;
            uint8_t *bytes;
            size_t len;
            vector_circuit(&c, vector_names[i]);
            assert_ok(hcl_vk_parse(&vk, &c, (hcl_serde)serde, want.data, want.len, "vk", &err), err);
            assert_ok(hcl_vk_format(&vk, (hcl_serde)serde, &bytes, &len, &err), err);
            assert_int_equal(len, want.len);
            assert_memory_equal(bytes, want.data, len);
            free(bytes);
            hcl_vk_clear(&vk);
            hcl_circuit_clear(&c);
            hcl_file_clear(&want);
        }
    }
}

/* Every way a vk file can be wrong gives an error that says so. */
static void bad_vk_bytes_are_refused(void **state)
{
    static const struct {
        size_t offset;
        uint8_t value;
        const char *says;
    } edits[] = { { 0, 3, "version 3" },
                  { 1, 7, "k = 7" },
                  { 5, 1, "selector compression" },
                  { 6, 9, "9 fixed" },
                  { 41, 0x80, "not a point" } };
    struct hcl_file f = vector_file("everything", "vk.processed");
    struct hcl_circuit c;
    struct hcl_err err;
    struct hcl_vk vk;
    (void)state;
    vector_circuit(&c, "everything");
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        uint8_t before = f.data[edits[i].offset];
        f.data[edits[i].offset] = i == 4 ? (uint8_t)(before | edits[i].value) : edits[i].value;
        assert_int_equal(hcl_vk_parse(&vk, &c, HCL_SERDE_PROCESSED, f.data, f.len, "vk", &err),
                         HCL_BAD_INPUT);
        assert_non_null(strstr(err.msg, edits[i].says));
        f.data[edits[i].offset] = before;
    }
    for (size_t len = 0; len < f.len; len++)
        assert_int_equal(hcl_vk_parse(&vk, &c, HCL_SERDE_PROCESSED, f.data, len, "vk", &err), HCL_BAD_INPUT);
    hcl_circuit_clear(&c);
    hcl_file_clear(&f);
}

/* Written and read again, in each form, a circuit has the same key text (it hides nothing but values). */
static void circuits_round_trip(void **state)
{
    char path[256];
    (void)state;
    snprintf(path, sizeof path, "/tmp/halocline-test-%d.json", (int)getpid());
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        for (int form = 0; form < 3; form++) {
            struct hcl_circuit c, again;
            struct hcl_err err;
            struct hcl_vk vk;
            vector_circuit(&c, vector_names[i]);
            assert_ok(hcl_circuit_write(&c, path, (hcl_circuit_form)form, &err), err);
            assert_ok(hcl_circuit_read(&again, path, &err), err);
            vector_vk(&vk, &again, vector_names[i]);
            assert_same_text(&vk, vector_names[i]);
            if (form != HCL_CIRCUIT_NO_VALUES) {
                uint8_t *a, *b;
                size_t la, lb;
                assert_ok(hcl_circuit_format_side(&c, &a, &la, &err), err);
                assert_ok(hcl_circuit_format_side(&again, &b, &lb, &err), err);
                assert_int_equal(la, lb);
                assert_memory_equal(a, b, la);
                free(a);
                free(b);
            }
            hcl_vk_clear(&vk);
            hcl_circuit_clear(&c);
            hcl_circuit_clear(&again);
        }
    }
    unlink(path);
    memcpy(path + strlen(path) - 5, ".bin", 5);
    unlink(path);
}

#define HEAD "{\"format\":\"halocline-circuit\",\"version\":1,\"minimum_degree\":null,"
#define COLUMNS                                                                                              \
    "\"num_fixed_columns\":1,\"num_instance_columns\":1,\"advice_column_phase\":[0,1],\"challenge_phase\":[" \
    "0],"
#define NO_LOOKUPS "\"lookups\":[],\"permutation\":[],"
#define VALUES "\"fixed\":[[1]],\"copies\":[]}"
#define GATE(e) "\"gates\":[{\"name\":\"g\",\"polys\":[" e "]}],"

static void bad_circuits_are_refused(void **state)
{
    static const struct {
        const char *json, *says;
    } cases[] = {
        { "[]", "format" },
        { "{", "JSON" },
        { "{\"format\":\"halocline-circuit\",\"version\":2}", "version 2" },
        { HEAD "\"k\":0," COLUMNS GATE("[\"const\",1]") NO_LOOKUPS VALUES, "bad k 0" },
        { HEAD "\"k\":29," COLUMNS GATE("[\"const\",1]") NO_LOOKUPS VALUES, "bad k 29" },
        { HEAD "\"k\":2," COLUMNS GATE("[\"const\",1]") NO_LOOKUPS VALUES, "rows" },
        { HEAD "\"k\":\"4\"," COLUMNS GATE("[\"const\",1]") NO_LOOKUPS VALUES, "\"k\"" },
        { HEAD "\"k\":4," COLUMNS GATE("") NO_LOOKUPS VALUES, "no polynomial" },
        { HEAD "\"k\":4," COLUMNS GATE("[\"advice\",2,0]") NO_LOOKUPS VALUES, "advice column 2" },
        { HEAD "\"k\":4," COLUMNS GATE("[\"advice\",0,16]") NO_LOOKUPS VALUES, "rotation 16" },
        { HEAD "\"k\":4," COLUMNS GATE("[\"sum\",[\"advice\",0,-1],[\"advice\",0,15]]") NO_LOOKUPS VALUES,
          "equal modulo" },
        { HEAD "\"k\":4," COLUMNS GATE("[\"challenge\",1]") NO_LOOKUPS VALUES, "challenge 1" },
        { HEAD "\"k\":4," COLUMNS GATE("[\"power\",1]") NO_LOOKUPS VALUES, "gates[0]" },
        { HEAD "\"k\":4," COLUMNS GATE(
              "[\"const\",\"0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001\"]")
              NO_LOOKUPS VALUES,
          "gates[0]" },
        { HEAD "\"k\":4," COLUMNS GATE("[\"const\",-1]") NO_LOOKUPS VALUES, "gates[0]" },
        { HEAD
          "\"k\":4," COLUMNS
          "\"gates\":[],\"lookups\":[{\"inputs\":[[\"const\",1]],\"tables\":[]}],\"permutation\":[]," VALUES,
          "as many" },
        { HEAD "\"k\":4," COLUMNS
               "\"gates\":[],\"lookups\":[{\"inputs\":[],\"tables\":[]}],\"permutation\":[]," VALUES,
          "no expressions" },
        { HEAD "\"k\":4," COLUMNS
               "\"gates\":[],\"lookups\":[],\"permutation\":[[\"fixed\",0],[\"fixed\",0]]," VALUES,
          "twice" },
        { HEAD "\"k\":4," COLUMNS "\"gates\":[],\"lookups\":[],\"permutation\":[[\"fixed\",1]]," VALUES,
          "fixed column 1" },
        { HEAD "\"k\":4," COLUMNS GATE("[\"advice\",0,0]") NO_LOOKUPS "\"queries\":[[\"fixed\",0,0]]," VALUES,
          "not in the given order" },
        { HEAD "\"k\":4," COLUMNS GATE("[\"advice\",0,0]") NO_LOOKUPS
          "\"queries\":[[\"advice\",0,0],[\"advice\",0,0]]," VALUES,
          "twice" },
        { HEAD "\"k\":4," COLUMNS "\"gates\":[]," NO_LOOKUPS "\"fixed\":[],\"copies\":[]}",
          "num_fixed_columns" },
        { HEAD "\"k\":4," COLUMNS "\"gates\":[]," NO_LOOKUPS
               "\"fixed\":[[1,2,3,4,5,6,7,8,9,10,11]],\"copies\":[]}",
          "11 rows" },
        { HEAD "\"k\":4," COLUMNS "\"gates\":[]," NO_LOOKUPS "\"fixed\":[[]],\"copies\":[[0,0,0,0]]}",
          "copy 0" },
        { HEAD "\"k\":4," COLUMNS "\"gates\":[],\"lookups\":[],\"permutation\":[[\"fixed\",0]],\"fixed\":[[]]"
               ",\"copies\":[[0,0,0,10]]}",
          "rows 0 and 10" },
        { HEAD "\"k\":4," COLUMNS "\"gates\":[]," NO_LOOKUPS
               "\"side_file\":{\"name\":\"../x\",\"blake2b256\":\"00\"}}",
          "plain file name" },
        { HEAD "\"k\":4,\"num_fixed_columns\":1,\"num_instance_columns\":0,\"advice_column_phase\":[1],"
               "\"challenge_phase\":[],"
               "\"gates\":[]," NO_LOOKUPS VALUES,
          "before any column of phase 0" },
        { HEAD "\"k\":4,\"num_fixed_columns\":1,\"num_instance_columns\":0,\"advice_column_phase\":[0],"
               "\"challenge_phase\":[1],"
               "\"gates\":[]," NO_LOOKUPS VALUES,
          "challenge 0" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hcl_err err = { "" };
        struct hcl_circuit c;
        hcl_status st = hcl_circuit_parse(&c, cases[i].json, strlen(cases[i].json), "x.json", NULL, &err);
        if (st != HCL_BAD_INPUT || strstr(err.msg, cases[i].says) == NULL)
            fail_msg("case %zu: status %d, message '%s' lacks '%s'", i, st, err.msg, cases[i].says);
        assert_int_equal(c.num_gates, 0);
    }
}

static void damaged_side_files_are_refused(void **state)
{
    struct hcl_file f = vector_file("everything", "circuit.bin");
    struct hcl_err err;
    struct hcl_circuit c;
    (void)state;
    hcl_circuit_init(&c, 6);
    for (uint32_t i = 0, at; i < 5; i++)
        assert_ok(hcl_circuit_add_fixed(&c, &at, &err), err);
    for (size_t len = 0; len < f.len; len += 7)
        assert_int_equal(hcl_circuit_parse_side(&c, f.data, len, "side", &err), HCL_BAD_INPUT);
    assert_ok(hcl_circuit_parse_side(&c, f.data, f.len, "side", &err), err);
    f.data[8] = 7;
    assert_int_equal(hcl_circuit_parse_side(&c, f.data, f.len, "side", &err), HCL_BAD_INPUT);
    hcl_circuit_clear(&c);
    hcl_file_clear(&f);
}

static void high_degree_sets_minimum_degree(void **state)
{
    struct hcl_circuit c;
    struct hcl_err err;
    hcl_expr e;
    uint32_t col;
    (void)state;
    hcl_circuit_init(&c, 5);
    assert_ok(hcl_circuit_add_advice(&c, 0, &col, &err), err);
    e = hcl_ex_advice(&c, col, 0);
    for (int i = 0; i < 6; i++)
        e = hcl_ex_mul(&c, e, hcl_ex_advice(&c, col, 0));
    assert_int_equal(hcl_ex_degree(&c, e), 7);
    assert_ok(hcl_circuit_add_gate(&c, "seven", &e, 1, &err), err);
    assert_ok(hcl_circuit_finish(&c, &err), err);
    assert_int_equal(c.minimum_degree, 7);
    assert_int_equal(c.degree, 7);
    c.minimum_degree = 6;
    assert_int_equal(hcl_circuit_finish(&c, &err), HCL_BAD_INPUT);
    for (int i = 0; i < HCL_MAX_EXPR_DEPTH; i++)
        e = hcl_ex_neg(&c, e);
    assert_ok(hcl_circuit_add_gate(&c, "deep", &e, 1, &err), err);
    c.minimum_degree = -1;
    assert_int_equal(hcl_circuit_finish(&c, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "nested"));
    hcl_circuit_clear(&c);
}

/* A listed value in another row is another column. */
static void digest_covers_cells_and_listed_rows(void **state)
{
    struct hcl_circuit c;
    struct hcl_compact column;
    struct hcl_err err;
    uint32_t col;
    (void)state;
    hcl_circuit_init(&c, 4);
    assert_ok(hcl_circuit_add_fixed(&c, &col, &err), err);
    assert_ok(hcl_compact_init(&column, 16, 8, 1, 2, false, "test", &err), err);
    hcl_compact_put(&column, 3, &hcl_fr_root_of_unity, 1);
    assert_ok(hcl_circuit_take_fixed(&c, col, &column, &err), err);
    const uint64_t digest = hcl_circuit_digest(&c, HCL_FIXED_EVERYWHERE);
    int8_t *cell = c.fixed[col].cells;
    struct hcl_compact_exception *listed = c.fixed[col].exceptions;
    cell[5] = 1;
    assert_true(hcl_circuit_digest(&c, HCL_FIXED_EVERYWHERE) != digest);
    cell[5] = 0;
    listed->row ^= 1;
    assert_true(hcl_circuit_digest(&c, HCL_FIXED_EVERYWHERE) != digest);
    listed->row ^= 1;
    listed->value.l[0] ^= 1;
    assert_true(hcl_circuit_digest(&c, HCL_FIXED_EVERYWHERE) != digest);
    listed->value.l[0] ^= 1;
    assert_true(hcl_circuit_digest(&c, HCL_FIXED_EVERYWHERE) == digest);
    hcl_circuit_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derived_numbers_match_the_reference),
        cmocka_unit_test(numbers_of_rotations_are_limited),
        cmocka_unit_test(evaluations_are_found),
        cmocka_unit_test(vk_text_and_hash_match_the_reference),
        cmocka_unit_test(vk_bytes_round_trip),
        cmocka_unit_test(bad_vk_bytes_are_refused),
        cmocka_unit_test(circuits_round_trip),
        cmocka_unit_test(bad_circuits_are_refused),
        cmocka_unit_test(damaged_side_files_are_refused),
        cmocka_unit_test(high_degree_sets_minimum_degree),
        cmocka_unit_test(digest_covers_cells_and_listed_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
