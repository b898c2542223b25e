/* SPDX-License-Identifier: Apache-2.0 */
/* circuit.json -> struct hcl_circuit. Structure and types are checked here, meaning by hcl_circuit_finish. */
#include "common/halo2/circuit_file.h"
#include "common/halo2/json_internal.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/mem.h"
#include <sodium.h>
#include <string.h>

struct parse {
    struct hcl_circuit *c;
    const char *name, *dir;
    char where[96]; /* the gate, lookup or list being read */
    struct hcl_err *err;
};

static hcl_status bad(const struct parse *p, const char *expected)
{
    return hcl_fail(p->err, HCL_BAD_INPUT, "bad %s in '%s', expected %s", p->where, p->name, expected);
}

static hcl_status no_memory(const struct parse *p)
{
    return hcl_fail(p->err, HCL_NO_RESOURCE, "no memory for the circuit in '%s'", p->name);
}

static bool get_u32(uint32_t *out, const json_t *j, uint32_t max)
{
    json_int_t v = json_integer_value(j);
    *out = 0;
    if (!json_is_integer(j) || v < 0 || v > (json_int_t)max)
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool get_kind(hcl_column_kind *out, const json_t *j)
{
    const char *s = json_string_value(j);
    if (s == NULL)
        return false;
    if (strcmp(s, "fixed") == 0)
        *out = HCL_COL_FIXED;
    else if (strcmp(s, "advice") == 0)
        *out = HCL_COL_ADVICE;
    else if (strcmp(s, "instance") == 0)
        *out = HCL_COL_INSTANCE;
    else
        return false;
    return true;
}

/* [kind, index, rotation] or [kind, index]; rotation may be NULL for the short form. */
static bool get_query(hcl_column *col, int32_t *rotation, const json_t *j)
{
    const json_t *r = json_array_get(j, 2);
    json_int_t v = json_integer_value(r);
    if (json_array_size(j) != (rotation == NULL ? 2 : 3) || !get_kind(&col->kind, json_array_get(j, 0)) ||
        !get_u32(&col->index, json_array_get(j, 1), UINT32_MAX - 1))
        return false;
    if (rotation == NULL)
        return true;
    if (!json_is_integer(r) || v < INT32_MIN || v > INT32_MAX)
        return false;
    *rotation = (int32_t)v;
    return true;
}

static hcl_status get_expr(struct parse *p, hcl_expr *out, const json_t *j, int depth);

static hcl_status get_operands(struct parse *p, hcl_expr *ab, const json_t *j, size_t count, int depth)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < count && st == HCL_OK; i++)
        st = get_expr(p, &ab[i], json_array_get(j, i + 1), depth + 1);
    return st;
}

static hcl_status get_expr(struct parse *p, hcl_expr *out, const json_t *j, int depth)
{
    const char *op = json_string_value(json_array_get(j, 0));
    size_t len = json_array_size(j);
    struct hcl_query q = { 0 };
    hcl_status st = HCL_OK;
    hcl_expr ab[2] = { 0, 0 };
    uint32_t index;
    hcl_fr value;
    if (depth > HCL_MAX_EXPR_DEPTH)
        return bad(p, "expressions nested at most 2000 deep");
    if (op == NULL)
        return bad(p, "an expression [operator, ...]");
    if (strcmp(op, "const") == 0 && len == 2 && hcl_json_value(&value, json_array_get(j, 1))) {
        *out = hcl_ex_const(p->c, &value);
    } else if (strcmp(op, "challenge") == 0 && len == 2 &&
               get_u32(&index, json_array_get(j, 1), UINT32_MAX - 1)) {
        *out = hcl_ex_challenge(p->c, index);
    } else if (strcmp(op, "neg") == 0 && len == 2) {
        HCL_TRY(get_operands(p, ab, j, 1, depth));
        *out = hcl_ex_neg(p->c, ab[0]);
    } else if (strcmp(op, "sum") == 0 && len == 3) {
        HCL_TRY(get_operands(p, ab, j, 2, depth));
        *out = hcl_ex_sum(p->c, ab[0], ab[1]);
    } else if (strcmp(op, "product") == 0 && len == 3) {
        HCL_TRY(get_operands(p, ab, j, 2, depth));
        *out = hcl_ex_mul(p->c, ab[0], ab[1]);
    } else if (strcmp(op, "scaled") == 0 && len == 3 && hcl_json_value(&value, json_array_get(j, 2))) {
        HCL_TRY(get_operands(p, ab, j, 1, depth));
        *out = hcl_ex_scaled(p->c, ab[0], &value);
    } else if (get_query(&q.column, &q.rotation, j)) {
        *out = hcl_ex_column(p->c, q.column, q.rotation);
    } else {
        return bad(
            p,
            "[\"const\", value], [\"advice\"|\"fixed\"|\"instance\", column, rotation], [\"challenge\", j], "
            "[\"neg\", e], [\"sum\"|\"product\", a, b] or [\"scaled\", e, value]");
    }
    if (*out == HCL_EXPR_NONE)
        st = no_memory(p);
done:
    return st;
}

/* A list of expressions: *out is malloc'ed. */
static hcl_status get_exprs(struct parse *p, hcl_expr **out, size_t *count, const json_t *list)
{
    hcl_status st = HCL_OK;
    *count = json_array_size(list);
    *out = NULL;
    if (!json_is_array(list))
        return bad(p, "a list of expressions");
    *out = malloc((*count + 1) * sizeof **out);
    if (*out == NULL)
        return no_memory(p);
    for (size_t i = 0; i < *count && st == HCL_OK; i++)
        st = get_expr(p, &(*out)[i], json_array_get(list, i), 1);
    return st;
}

static const char *get_name(const json_t *j)
{
    const char *s = json_string_value(json_object_get(j, "name"));
    return s == NULL ? "" : s;
}

static hcl_status get_gate(struct parse *p, const json_t *j)
{
    hcl_expr *polys = NULL;
    size_t count;
    hcl_status st;
    HCL_TRY(get_exprs(p, &polys, &count, json_object_get(j, "polys")));
    HCL_TRY(hcl_circuit_add_gate(p->c, get_name(j), polys, count, p->err));
done:
    free(polys);
    return st;
}

static hcl_status get_lookup(struct parse *p, const json_t *j)
{
    hcl_expr *inputs = NULL, *tables = NULL;
    size_t num_inputs, num_tables;
    hcl_status st;
    HCL_TRY(get_exprs(p, &inputs, &num_inputs, json_object_get(j, "inputs")));
    HCL_TRY(get_exprs(p, &tables, &num_tables, json_object_get(j, "tables")));
    if (num_inputs != num_tables)
        HCL_TRY(bad(p, "as many inputs as tables"));
    HCL_TRY(hcl_circuit_add_lookup(p->c, get_name(j), inputs, tables, num_inputs, p->err));
done:
    free(inputs);
    free(tables);
    return st;
}

static hcl_status get_permutation(struct parse *p, const json_t *j)
{
    hcl_column col;
    if (!get_query(&col, NULL, j))
        return bad(p, "[kind, index]");
    return hcl_circuit_append_equality(p->c, col, p->err);
}

static hcl_status get_explicit_query(struct parse *p, const json_t *j)
{
    struct hcl_query q;
    if (!get_query(&q.column, &q.rotation, j))
        return bad(p, "[kind, index, rotation]");
    return hcl_circuit_add_query(p->c, q, p->err);
}

static hcl_status get_advice(struct parse *p, const json_t *j)
{
    uint32_t phase, index;
    if (!get_u32(&phase, j, 2))
        return bad(p, "a phase 0, 1 or 2");
    return hcl_circuit_add_advice(p->c, (uint8_t)phase, &index, p->err);
}

static hcl_status get_challenge(struct parse *p, const json_t *j)
{
    uint32_t phase, index;
    if (!get_u32(&phase, j, 2))
        return bad(p, "a phase 0, 1 or 2");
    return hcl_circuit_add_challenge(p->c, (uint8_t)phase, &index, p->err);
}

static hcl_status get_copy(struct parse *p, const json_t *j)
{
    uint32_t v[4];
    if (json_array_size(j) != 4)
        return bad(p, "[left column, left row, right column, right row]");
    for (size_t i = 0; i < 4; i++)
        if (!get_u32(&v[i], json_array_get(j, i), UINT32_MAX))
            return bad(p, "four integers");
    return hcl_circuit_add_copy(p->c, (struct hcl_copy){ v[0], v[1], v[2], v[3] }, p->err);
}

static hcl_status get_fixed(struct parse *p, const json_t *j)
{
    uint32_t col;
    hcl_fr *values = NULL;
    size_t rows;
    hcl_status st = hcl_circuit_add_fixed(p->c, &col, p->err);
    if (st == HCL_OK)
        st = hcl_json_value_list(&values, &rows, j, p->name, p->where, p->err);
    if (st == HCL_OK)
        st = hcl_circuit_set_fixed(p->c, col, values, rows, p->err);
    hcl_mem_free(values);
    return st;
}

static hcl_status for_each(struct parse *p, const json_t *root, const char *key, bool required,
                           hcl_status (*get)(struct parse *, const json_t *))
{
    const json_t *list = json_object_get(root, key);
    hcl_status st = HCL_OK;
    if (list == NULL && !required)
        return HCL_OK;
    snprintf(p->where, sizeof p->where, "\"%s\"", key);
    if (!json_is_array(list))
        return bad(p, "a list");
    for (size_t i = 0; i < json_array_size(list) && st == HCL_OK; i++) {
        snprintf(p->where, sizeof p->where, "%s[%zu]", key, i);
        st = get(p, json_array_get(list, i));
    }
    return st;
}

static hcl_status get_count(struct parse *p, uint32_t *out, const json_t *root, const char *key)
{
    snprintf(p->where, sizeof p->where, "\"%s\"", key);
    return get_u32(out, json_object_get(root, key), 1u << 24) ? HCL_OK : bad(p, "an integer 0..2^24");
}

static hcl_status get_header(struct parse *p, const json_t *root, uint32_t *num_fixed)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    const json_t *degree = json_object_get(root, "minimum_degree");
    uint32_t version, num_instance, index, minimum;
    hcl_status st;
    if (format == NULL || strcmp(format, "halocline-circuit") != 0)
        return hcl_fail(p->err, HCL_BAD_INPUT,
                        "'%s' is not a circuit: \"format\" is not \"halocline-circuit\"", p->name);
    HCL_TRY(get_count(p, &version, root, "version"));
    if (version != 1)
        return hcl_fail(p->err, HCL_BAD_INPUT, "'%s' is a circuit of version %u, expected 1", p->name,
                        version);
    HCL_TRY(get_count(p, &p->c->k, root, "k"));
    HCL_TRY(get_count(p, num_fixed, root, "num_fixed_columns"));
    HCL_TRY(get_count(p, &num_instance, root, "num_instance_columns"));
    for (uint32_t i = 0; i < num_instance; i++)
        HCL_TRY(hcl_circuit_add_instance(p->c, &index, p->err));
    if (degree != NULL && !json_is_null(degree)) {
        HCL_TRY(get_count(p, &minimum, root, "minimum_degree"));
        p->c->minimum_degree = (int)minimum;
    }
done:
    return st;
}

static hcl_status check_hash(const struct parse *p, const struct hcl_file *file, const char *path,
                             const char *hex)
{
    unsigned char digest[32];
    char text[65];
    crypto_generichash(digest, sizeof digest, file->data, file->len, NULL, 0);
    sodium_bin2hex(text, sizeof text, digest, sizeof digest);
    if (strcmp(text, hex) != 0)
        return hcl_fail(p->err, HCL_BAD_INPUT, "side file '%s' has hash %s, '%s' expects %s", path, text,
                        p->name, hex);
    return HCL_OK;
}

static hcl_status get_side_file(struct parse *p, const json_t *side, uint32_t num_fixed)
{
    const char *file_name = json_string_value(json_object_get(side, "name"));
    const char *hash = json_string_value(json_object_get(side, "blake2b256"));
    struct hcl_file file = { 0 };
    char path[4096];
    hcl_status st;
    uint32_t col;
    snprintf(p->where, sizeof p->where, "\"side_file\"");
    if (file_name == NULL || hash == NULL)
        return bad(p, "{\"name\", \"blake2b256\"}");
    if (file_name[0] == '\0' || file_name[0] == '.' || strchr(file_name, '/') != NULL)
        return bad(p, "a plain file name");
    if (p->dir == NULL)
        return hcl_fail(p->err, HCL_BAD_INPUT,
                        "the circuit in '%s' has a side file, which cannot be read here", p->name);
    if ((size_t)snprintf(path, sizeof path, "%s/%s", p->dir, file_name) >= sizeof path)
        return hcl_fail(p->err, HCL_BAD_INPUT, "the path of side file '%s' is too long", file_name);
    HCL_TRY(hcl_file_read(&file, path, (size_t)1 << 40, p->err));
    HCL_TRY(check_hash(p, &file, path, hash));
    if (num_fixed > file.len / 8) /* each begins with its length */
        HCL_TRY(hcl_fail(p->err, HCL_BAD_INPUT,
                         "'%s' has %zu bytes, too few for the %u fixed columns of '%s'", path, file.len,
                         num_fixed, p->name));
    for (uint32_t i = 0; i < num_fixed; i++)
        HCL_TRY(hcl_circuit_add_fixed(p->c, &col, p->err));
    HCL_TRY(hcl_circuit_parse_side(p->c, file.data, file.len, path, p->err));
done:
    hcl_file_clear(&file);
    return st;
}

static hcl_status get_values(struct parse *p, const json_t *root, uint32_t num_fixed)
{
    const json_t *side = json_object_get(root, "side_file");
    hcl_status st;
    if (side != NULL) {
        if (json_object_get(root, "fixed") != NULL || json_object_get(root, "copies") != NULL)
            return hcl_fail(p->err, HCL_BAD_INPUT, "'%s' has both \"side_file\" and \"fixed\" or \"copies\"",
                            p->name);
        return get_side_file(p, side, num_fixed);
    }
    HCL_TRY(for_each(p, root, "fixed", true, get_fixed));
    if (p->c->num_fixed != num_fixed)
        return hcl_fail(p->err, HCL_BAD_INPUT,
                        "'%s' has %u lists in \"fixed\", but \"num_fixed_columns\" is %u", p->name,
                        p->c->num_fixed, num_fixed);
    HCL_TRY(for_each(p, root, "copies", true, get_copy));
done:
    return st;
}

static hcl_status get_circuit(struct parse *p, const json_t *root)
{
    uint32_t num_fixed = 0;
    hcl_status st;
    HCL_TRY(get_header(p, root, &num_fixed));
    HCL_TRY(for_each(p, root, "advice_column_phase", true, get_advice));
    HCL_TRY(for_each(p, root, "challenge_phase", true, get_challenge));
    HCL_TRY(for_each(p, root, "gates", true, get_gate));
    HCL_TRY(for_each(p, root, "lookups", true, get_lookup));
    HCL_TRY(for_each(p, root, "permutation", true, get_permutation));
    HCL_TRY(for_each(p, root, "queries", false, get_explicit_query));
    HCL_TRY(get_values(p, root, num_fixed));
    st = hcl_circuit_finish(p->c, p->err);
    if (st != HCL_OK)
        hcl_fail_prefix(p->err, st, "circuit '%s'", p->name);
done:
    return st;
}

hcl_status hcl_circuit_parse(struct hcl_circuit *out, const char *json, size_t len, const char *name,
                             const char *dir, struct hcl_err *err)
{
    struct parse p = { .c = out, .name = name, .dir = dir, .err = err };
    json_t *root = NULL;
    hcl_status st;
    hcl_circuit_init(out, 0);
    HCL_TRY(hcl_json_parse(&root, json, len, name, err));
    HCL_TRY(get_circuit(&p, root));
done:
    json_decref(root);
    if (st != HCL_OK)
        hcl_circuit_clear(out);
    return st;
}

hcl_status hcl_circuit_read(struct hcl_circuit *out, const char *path, struct hcl_err *err)
{
    struct hcl_file file = { 0 };
    const char *slash = strrchr(path, '/');
    char *dir = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    hcl_status st;
    hcl_circuit_init(out, 0);
    if (dir == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to read '%s'", path);
    HCL_TRY(hcl_file_read(&file, path, HCL_JSON_MAX_BYTES, err));
    HCL_TRY(hcl_circuit_parse(out, (const char *)file.data, file.len, path, dir, err));
done:
    hcl_file_clear(&file);
    free(dir);
    return st;
}
