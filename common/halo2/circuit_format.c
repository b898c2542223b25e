/* SPDX-License-Identifier: Apache-2.0 */
/* struct hcl_circuit -> circuit.json. */
#include "common/halo2/circuit_file.h"
#include "common/halo2/json_internal.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/mem.h"
#include <sodium.h>
#include <string.h>

static const char *const kind_names[3] = { "fixed", "advice", "instance" };

/* jansson steals references also when it fails, and passes NULL on, so nested calls need no checks: a NULL
 * anywhere makes the whole NULL. */
static json_t *list_of(size_t count, json_t *const *items)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(list, items[i]) != 0) {
            for (i++; i < count; i++)
                json_decref(items[i]);
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
#define LIST(...) list_of(sizeof((json_t *[]){ __VA_ARGS__ }) / sizeof(json_t *), (json_t *[]){ __VA_ARGS__ })

static json_t *integer(int64_t v)
{
    return json_integer((json_int_t)v);
}

/* Shared subexpressions share their JSON value; it is printed once per use. */
static json_t *expr_to_json(const struct hcl_expr_node *e, json_t *const *done)
{
    switch (e->op) {
    case HCL_EX_CONST:
        return LIST(json_string("const"), hcl_json_from_value(&e->value));
    case HCL_EX_COLUMN:
        return LIST(json_string(kind_names[e->column.kind]), integer(e->column.index), integer(e->rotation));
    case HCL_EX_CHALLENGE:
        return LIST(json_string("challenge"), integer(e->a));
    case HCL_EX_NEG:
        return LIST(json_string("neg"), json_incref(done[e->a]));
    case HCL_EX_SUM:
        return LIST(json_string("sum"), json_incref(done[e->a]), json_incref(done[e->b]));
    case HCL_EX_PRODUCT:
        return LIST(json_string("product"), json_incref(done[e->a]), json_incref(done[e->b]));
    case HCL_EX_SCALED:
        return LIST(json_string("scaled"), json_incref(done[e->a]), hcl_json_from_value(&e->value));
    }
    return NULL;
}

static json_t *refs(json_t *const *nodes, const hcl_expr *e, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (json_array_append(list, nodes[e[i]]) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *phases(const uint8_t *phase, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        if (json_array_append_new(list, json_integer(phase[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static bool add_constraints(json_t *root, const struct hcl_circuit *c, json_t *const *nodes)
{
    json_t *gates = json_array(), *lookups = json_array();
    bool good =
        json_object_set_new(root, "gates", gates) == 0 && json_object_set_new(root, "lookups", lookups) == 0;
    for (size_t i = 0; good && i < c->num_gates; i++) {
        const struct hcl_gate *g = &c->gates[i];
        good = json_array_append_new(gates, json_pack("{s:s, s:o}", "name", g->name, "polys",
                                                      refs(nodes, g->polys, g->count))) == 0;
    }
    for (size_t i = 0; good && i < c->num_lookups; i++) {
        const struct hcl_lookup *l = &c->lookups[i];
        good = json_array_append_new(lookups, json_pack("{s:s, s:o, s:o}", "name", l->name, "inputs",
                                                        refs(nodes, l->inputs, l->count), "tables",
                                                        refs(nodes, l->tables, l->count))) == 0;
    }
    return good;
}

static bool add_columns(json_t *root, const struct hcl_circuit *c)
{
    json_t *permutation = json_array(), *queries = json_array();
    bool good = json_object_set_new(root, "permutation", permutation) == 0 &&
                json_object_set_new(root, "queries", queries) == 0;
    for (size_t i = 0; good && i < c->num_permutation; i++)
        good = json_array_append_new(permutation, LIST(json_string(kind_names[c->permutation[i].kind]),
                                                       integer(c->permutation[i].index))) == 0;
    for (int kind = 0; kind < 3; kind++)
        for (size_t i = 0; good && i < c->num_queries[kind]; i++)
            good = json_array_append_new(queries, LIST(json_string(kind_names[kind]),
                                                       integer(c->queries[kind][i].column.index),
                                                       integer(c->queries[kind][i].rotation))) == 0;
    return good;
}

static json_t *fixed_list(const struct hcl_circuit *c, uint32_t column)
{
    hcl_fr *values;
    json_t *list = NULL;
    const size_t rows = c->fixed_rows[column];
    if (hcl_mem_alloc((void **)&values, rows, sizeof *values, "values for json", NULL) == HCL_OK) {
        hcl_compact_expand(values, &c->fixed[column], 0, rows);
        list = hcl_json_from_value_list(values, rows);
    }
    hcl_mem_free(values);
    return list;
}

static bool add_values(json_t *root, const struct hcl_circuit *c, bool with_values)
{
    json_t *fixed = json_array(), *copies = json_array();
    bool good =
        json_object_set_new(root, "fixed", fixed) == 0 && json_object_set_new(root, "copies", copies) == 0;
    for (uint32_t i = 0; good && i < c->num_fixed; i++)
        good = json_array_append_new(fixed, with_values ? fixed_list(c, i) : json_array()) == 0;
    for (size_t i = 0; good && with_values && i < c->num_copies; i++) {
        const struct hcl_copy *p = &c->copies[i];
        good = json_array_append_new(copies, LIST(integer(p->left_column), integer(p->left_row),
                                                  integer(p->right_column), integer(p->right_row))) == 0;
    }
    return good;
}

static bool add_header(json_t *root, const struct hcl_circuit *c)
{
    return json_object_set_new(root, "format", json_string("halocline-circuit")) == 0 &&
           json_object_set_new(root, "version", json_integer(1)) == 0 &&
           json_object_set_new(root, "k", json_integer(c->k)) == 0 &&
           json_object_set_new(root, "num_fixed_columns", json_integer(c->num_fixed)) == 0 &&
           json_object_set_new(root, "num_instance_columns", json_integer(c->num_instance)) == 0 &&
           json_object_set_new(root, "advice_column_phase", phases(c->advice_phase, c->num_advice)) == 0 &&
           json_object_set_new(root, "challenge_phase", phases(c->challenge_phase, c->num_challenges)) == 0 &&
           json_object_set_new(root, "minimum_degree",
                               c->minimum_degree < 0 ? json_null() : json_integer(c->minimum_degree)) == 0;
}

/* Everything but fixed values and copies. NULL without memory. */
static json_t *system_to_json(const struct hcl_circuit *c)
{
    json_t *root = json_object();
    json_t **nodes = calloc(c->num_exprs + 1, sizeof(json_t *));
    bool good = root != NULL && nodes != NULL;
    for (size_t i = 0; good && i < c->num_exprs; i++)
        good = (nodes[i] = expr_to_json(&c->exprs[i], nodes)) != NULL;
    good = good && add_header(root, c) && add_constraints(root, c, nodes) && add_columns(root, c);
    for (size_t i = 0; nodes != NULL && i < c->num_exprs; i++)
        json_decref(nodes[i]);
    free(nodes);
    if (!good) {
        json_decref(root);
        root = NULL;
    }
    return root;
}

hcl_status hcl_circuit_format(const struct hcl_circuit *c, hcl_circuit_form form, char **out, size_t *len,
                              struct hcl_err *err)
{
    json_t *root = system_to_json(c);
    *out = NULL;
    *len = 0;
    if (root != NULL && add_values(root, c, form == HCL_CIRCUIT_INLINE))
        *out = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(root);
    if (*out == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to write a circuit as json");
    *len = strlen(*out);
    return HCL_OK;
}

/* "dir/model.json" -> "dir/model.bin" */
static char *side_path(const char *path)
{
    size_t len = strlen(path);
    char *side = malloc(len + 5);
    if (side == NULL)
        return NULL;
    memcpy(side, path, len + 1);
    if (len > 5 && strcmp(path + len - 5, ".json") == 0)
        len -= 5;
    memcpy(side + len, ".bin", 5);
    return side;
}

static hcl_status write_side(json_t *root, const struct hcl_circuit *c, const char *path, struct hcl_err *err)
{
    char *side = side_path(path);
    const char *slash = side == NULL ? NULL : strrchr(side, '/');
    uint8_t *data = NULL, digest[32];
    char hex[65];
    size_t len;
    hcl_status st = HCL_OK;
    if (side == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path));
    HCL_TRY(hcl_circuit_format_side(c, &data, &len, err));
    HCL_TRY(hcl_file_write(side, data, len, err));
    crypto_generichash(digest, sizeof digest, data, len, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    if (json_object_set_new(
            root, "side_file",
            json_pack("{s:s, s:s}", "name", slash == NULL ? side : slash + 1, "blake2b256", hex)) != 0)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path);
done:
    free(side);
    free(data);
    return st;
}

hcl_status hcl_circuit_write(const struct hcl_circuit *c, const char *path, hcl_circuit_form form,
                             struct hcl_err *err)
{
    json_t *root = system_to_json(c);
    hcl_status st = HCL_OK;
    if (root == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path);
    if (form == HCL_CIRCUIT_SIDE_FILE)
        HCL_TRY(write_side(root, c, path, err));
    else if (!add_values(root, c, form == HCL_CIRCUIT_INLINE))
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path));
    HCL_TRY(hcl_json_write(path, root, err));
done:
    json_decref(root);
    return st;
}
