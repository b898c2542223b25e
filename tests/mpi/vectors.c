/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mpi/vectors.h"

#include "common/halo2/circuit_file.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const vector_names[VECTOR_COUNT] = { "plain-gate", "lookup", "permutation",  "instance",
                                                 "rotations",  "phases", "phases-three", "everything" };

static void need(bool ok, const char *what, const char *message)
{
    if (ok)
        return;
    fprintf(stderr, "cannot load %s: %s\n", what, message);
    abort(); /* under mpirun this ends the other ranks too */
}

static void path_of(char path[512], const char *folder, const char *file)
{
    snprintf(path, 512, "%s/tests/vectors/halo2/%s/%s", HCL_SOURCE_DIR, folder, file);
}

static void parse_value(hcl_fr *out, const json_t *v)
{
    const char *text = json_string_value(v);
    uint8_t bytes[32] = { 0 };
    need(text && strlen(text) == 66, "replay.json", "a value is not 0x and 64 digits");
    for (size_t i = 0; i < 32; i++) {
        unsigned byte = 0;
        need(sscanf(text + 2 + 2 * i, "%2x", &byte) == 1, "replay.json", "bad digit");
        bytes[31 - i] = (uint8_t)byte;
    }
    need(hcl_fr_from_bytes(out, bytes), "replay.json", "value out of range");
}

static void parse_column(struct hcl_values *out, size_t column, const json_t *list)
{
    size_t rows = json_array_size(list);
    hcl_fr *values = calloc(rows + 1, sizeof *values);
    need(json_is_array(list) && values, "replay.json", "expected a list of values");
    for (size_t i = 0; i < rows; i++)
        parse_value(&values[i], json_array_get(list, i));
    need(hcl_values_set(out, column, values, rows, NULL) == HCL_OK, "replay.json", "out of memory");
    free(values);
}

static void parse_columns(struct hcl_values *out, const json_t *lists, size_t count)
{
    need(json_array_size(lists) == count, "replay.json", "wrong number of columns");
    need(hcl_values_init(out, count, NULL) == HCL_OK, "replay.json", "out of memory");
    for (size_t i = 0; i < count; i++)
        parse_column(out, i, json_array_get(lists, i));
}

static void parse_lookups(struct replay *r, const json_t *lookups, size_t count)
{
    static const char *const keys[3] = { "permuted_input", "permuted_table", "product" };
    struct hcl_values *out[3] = { &r->lookup_a, &r->lookup_s, &r->lookup_z };
    need(json_array_size(lookups) == count, "replay.json", "wrong number of lookups");
    for (int k = 0; k < 3; k++) {
        need(hcl_values_init(out[k], count, NULL) == HCL_OK, "replay.json", "out of memory");
        for (size_t l = 0; l < count; l++)
            parse_column(out[k], l, json_object_get(json_array_get(lookups, l), keys[k]));
    }
}

static void load_replay(struct vector *v)
{
    char path[512];
    struct hcl_err err = { "" };
    json_t *root = NULL;
    path_of(path, v->name, "replay.json");
    need(hcl_json_read(&root, path, 1 << 24, &err) == HCL_OK, path, err.msg);
    struct replay *r = &v->replay;
    r->usable_rows = v->circuit.usable_rows;
    parse_columns(&r->advice, json_object_get(root, "advice"), v->circuit.num_advice);
    parse_columns(&r->permutation_z, json_object_get(root, "permutation_z_rows"),
                  json_array_size(json_object_get(root, "permutation_z_rows")));
    parse_lookups(r, json_object_get(root, "lookup_rows"), v->circuit.num_lookups);
    need(hcl_values_init(&r->random_poly, 1, NULL) == HCL_OK, path, "out of memory");
    parse_column(&r->random_poly, 0, json_object_get(root, "random_poly"));
    json_decref(root);
}

void vector_load(struct vector *v, const char *name)
{
    char path[512], srs[32];
    struct hcl_err err = { "" };
    *v = (struct vector){ .name = name };
    path_of(path, name, "circuit.json");
    need(hcl_circuit_read(&v->circuit, path, &err) == HCL_OK, path, err.msg);
    snprintf(srs, sizeof srs, "k%u.raw", v->circuit.k);
    path_of(path, "srs", srs);
    need(hcl_srs_read(&v->srs, path, 0, NULL, 1, &err) == HCL_OK, path, err.msg);
    path_of(path, name, "instance.json");
    need(hcl_values_read_instances(&v->instances, path, &err) == HCL_OK, path, err.msg);
    path_of(path, name, "witness.json");
    v->has_witness = access(path, R_OK) == 0;
    if (v->has_witness)
        need(hcl_values_read_witness(&v->witness, path, &err) == HCL_OK, path, err.msg);
    load_replay(v);
}

void vector_clear(struct vector *v)
{
    struct replay *r = &v->replay;
    hcl_values_clear(&r->advice);
    hcl_values_clear(&r->random_poly);
    hcl_values_clear(&r->permutation_z);
    hcl_values_clear(&r->lookup_a);
    hcl_values_clear(&r->lookup_s);
    hcl_values_clear(&r->lookup_z);
    hcl_values_clear(&v->witness);
    hcl_values_clear(&v->instances);
    hcl_srs_clear(&v->srs);
    hcl_circuit_clear(&v->circuit);
}

uint8_t *vector_file(const struct vector *v, const char *file, size_t *len)
{
    char path[512];
    struct hcl_err err = { "" };
    struct hcl_file f;
    path_of(path, v->name, file);
    need(hcl_file_read(&f, path, 1 << 24, &err) == HCL_OK, path, err.msg);
    *len = f.len;
    return f.data;
}

static hcl_status fill_from(const struct hcl_values *v, size_t usable, const uint32_t *cols, size_t count,
                            hcl_fr *const *out)
{
    for (size_t i = 0; i < count; i++) {
        size_t rows = v->rows[cols[i]] < usable ? v->rows[cols[i]] : usable;
        if (rows)
            memcpy(out[i], v->columns[cols[i]], rows * sizeof(hcl_fr));
    }
    return HCL_OK;
}

static hcl_status replay_fill(void *ctx, uint32_t phase, const hcl_fr *challenges, const uint32_t *cols,
                              size_t count, hcl_fr *const *out, int threads, struct hcl_err *err)
{
    struct vector *v = ctx;
    (void)phase, (void)challenges, (void)threads, (void)err;
    return fill_from(&v->replay.advice, v->circuit.usable_rows, cols, count, out);
}

/* A column that is mostly integers, with the rows that are not listed. */
static hcl_status replay_column(struct vector *v, uint32_t col, size_t n, size_t room,
                                struct hcl_compact *out, struct hcl_err *err)
{
    const size_t rows = v->replay.advice.rows[col], usable = v->circuit.usable_rows;
    struct hcl_compact mostly;
    *out = (struct hcl_compact){ 0 };
    hcl_status st = hcl_compact_from_fr(&mostly, n, v->replay.advice.columns[col],
                                        rows < usable ? rows : usable, true, "test", err);
    if (st != HCL_OK || mostly.width == HCL_COMPACT_FR)
        goto done;
    HCL_TRY(hcl_compact_init(out, n, mostly.stored, mostly.width, mostly.num_exceptions + room, true, "test",
                             err));
    if (mostly.stored > 0)
        memcpy(out->cells, mostly.cells, mostly.stored * (size_t)mostly.width);
    for (size_t i = 0; i < mostly.num_exceptions; i++)
        hcl_compact_put(out, mostly.exceptions[i].row, &mostly.exceptions[i].value, 1);
    v->integer_columns++;
done:
    hcl_compact_clear(&mostly);
    return st;
}

static hcl_status replay_integers(void *ctx, uint32_t phase, const uint32_t *cols, size_t count, size_t n,
                                  size_t room, struct hcl_compact *const *out, int threads,
                                  struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    (void)phase, (void)threads;
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        st = replay_column(ctx, cols[i], n, room, out[i], err);
    return st;
}

static hcl_status witness_fill(void *ctx, uint32_t phase, const hcl_fr *challenges, const uint32_t *cols,
                               size_t count, hcl_fr *const *out, int threads, struct hcl_err *err)
{
    struct vector *v = ctx;
    (void)phase, (void)challenges, (void)threads, (void)err;
    return fill_from(&v->witness, v->circuit.usable_rows, cols, count, out);
}

struct hcl_witness_source vector_replay_witness(struct vector *v)
{
    return (struct hcl_witness_source){ .ctx = v, .fill = replay_fill, .integers = replay_integers };
}

struct hcl_witness_source vector_witness(struct vector *v)
{
    return (struct hcl_witness_source){ .ctx = v, .fill = witness_fill };
}

/* Which list holds a purpose, and the row of its first entry. */
static hcl_status blind(void *ctx, hcl_blind_purpose purpose, uint32_t index, size_t first, size_t count,
                        hcl_fr *out, struct hcl_err *err)
{
    struct replay *r = ctx;
    const struct {
        const struct hcl_values *values;
        size_t start;
    } lists[] = {
        [HCL_BLIND_ADVICE] = { &r->advice, 0 },
        [HCL_BLIND_LOOKUP_A] = { &r->lookup_a, r->usable_rows },
        [HCL_BLIND_LOOKUP_S] = { &r->lookup_s, r->usable_rows },
        [HCL_BLIND_LOOKUP_Z] = { &r->lookup_z, r->usable_rows + 1 },
        [HCL_BLIND_PERM_Z] = { &r->permutation_z, r->usable_rows + 1 },
        [HCL_BLIND_RANDOM_POLY] = { &r->random_poly, 0 },
    };
    const struct hcl_values *v = lists[purpose].values;
    size_t at = first - lists[purpose].start;
    if (count == 0)
        return HCL_OK;
    if (index >= v->count || first < lists[purpose].start || at + count > v->rows[index])
        return hcl_fail(err, HCL_BAD_INPUT, "no random value for purpose %d, index %u, row %zu", (int)purpose,
                        index, first);
    memcpy(out, v->columns[index] + at, count * sizeof *out);
    return HCL_OK;
}

struct hcl_blinding vector_replay_blinding(struct vector *v)
{
    return (struct hcl_blinding){ .ctx = &v->replay, .fill = blind };
}
