/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/values.h"
#include "common/halo2/json_internal.h"
#include "common/io/json_read.h"
#include "common/sys/mem.h"
#include <string.h>

hcl_status hcl_values_init(struct hcl_values *v, size_t count, struct hcl_err *err)
{
    *v = (struct hcl_values){ 0 };
    v->columns = calloc(count + 1, sizeof *v->columns);
    v->rows = calloc(count + 1, sizeof *v->rows);
    if (v->columns == NULL || v->rows == NULL) {
        hcl_values_clear(v);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu columns", count);
    }
    v->count = count;
    return HCL_OK;
}

hcl_status hcl_values_set(struct hcl_values *v, size_t column, const hcl_fr *values, size_t rows,
                          struct hcl_err *err)
{
    void *copy = NULL;
    hcl_status st = HCL_OK;
    if (column >= v->count)
        return hcl_fail(err, HCL_BAD_INPUT, "no column %zu, there are %zu", column, v->count);
    if (rows != 0)
        HCL_TRY(hcl_mem_alloc(&copy, rows, sizeof *values, "values", err));
    if (rows != 0)
        memcpy(copy, values, rows * sizeof *values);
    hcl_mem_free_secret(v->columns[column]);
    v->columns[column] = copy;
    v->rows[column] = rows;
done:
    return st;
}

void hcl_values_clear(struct hcl_values *v)
{
    for (size_t i = 0; v->columns != NULL && i < v->count; i++)
        hcl_mem_free_secret(v->columns[i]);
    free(v->columns);
    free(v->rows);
    *v = (struct hcl_values){ 0 };
}

static hcl_status from_json(struct hcl_values *out, const json_t *root, const char *key, const char *name,
                            struct hcl_err *err)
{
    const json_t *lists = json_object_get(root, key);
    hcl_status st;
    if (!json_is_array(lists))
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has no list \"%s\"", name, key);
    HCL_TRY(hcl_values_init(out, json_array_size(lists), err));
    for (size_t i = 0; i < out->count; i++) {
        char where[64];
        snprintf(where, sizeof where, "%s[%zu]", key, i);
        HCL_TRY(
            hcl_json_value_list(&out->columns[i], &out->rows[i], json_array_get(lists, i), name, where, err));
    }
done:
    if (st != HCL_OK)
        hcl_values_clear(out);
    return st;
}

static hcl_status parse(struct hcl_values *out, const char *json, size_t len, const char *key,
                        const char *name, struct hcl_err *err)
{
    json_t *root = NULL;
    hcl_status st;
    *out = (struct hcl_values){ 0 };
    st = hcl_json_parse(&root, json, len, name, err);
    if (st == HCL_OK)
        st = from_json(out, root, key, name, err);
    json_decref(root);
    return st;
}

static hcl_status read_file(struct hcl_values *out, const char *path, const char *key, struct hcl_err *err)
{
    json_t *root = NULL;
    hcl_status st;
    *out = (struct hcl_values){ 0 };
    st = hcl_json_read(&root, path, HCL_JSON_MAX_BYTES, err);
    if (st == HCL_OK)
        st = from_json(out, root, key, path, err);
    json_decref(root);
    return st;
}

hcl_status hcl_values_read_instances(struct hcl_values *out, const char *path, struct hcl_err *err)
{
    return read_file(out, path, "instances", err);
}

hcl_status hcl_values_read_witness(struct hcl_values *out, const char *path, struct hcl_err *err)
{
    return read_file(out, path, "advice", err);
}

hcl_status hcl_values_parse_instances(struct hcl_values *out, const char *json, size_t len, const char *name,
                                      struct hcl_err *err)
{
    return parse(out, json, len, "instances", name, err);
}

hcl_status hcl_values_from_instances(struct hcl_values *out, const json_t *root, const char *name,
                                     struct hcl_err *err)
{
    *out = (struct hcl_values){ 0 };
    return from_json(out, root, "instances", name, err);
}

hcl_status hcl_values_parse_witness(struct hcl_values *out, const char *json, size_t len, const char *name,
                                    struct hcl_err *err)
{
    return parse(out, json, len, "advice", name, err);
}

hcl_status hcl_values_write_instances(const struct hcl_values *v, const char *path, struct hcl_err *err)
{
    json_t *root = json_object(), *lists = json_array();
    bool good = json_object_set_new(root, "instances", lists) == 0;
    hcl_status st;
    for (size_t i = 0; good && i < v->count; i++)
        good = json_array_append_new(lists, hcl_json_from_value_list(v->columns[i], v->rows[i])) == 0;
    st = good ? hcl_json_write(path, root, err)
              : hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path);
    json_decref(root);
    return st;
}
