/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/public.h"

#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/printable.h"

#include <math.h>
#include <string.h>

enum { MAX_PUBLIC_BYTES = 1 << 30 };

/* The integer a field element stands for; false when it is not within +-2^62. */
static bool to_integer(int64_t *out, const hcl_fr *v)
{
    uint64_t limbs[4];
    hcl_fr negated;
    hcl_fr_to_limbs(limbs, v);
    bool negative = limbs[1] | limbs[2] | limbs[3];
    if (negative) {
        hcl_fr_neg(&negated, v);
        hcl_fr_to_limbs(limbs, &negated);
    }
    if (limbs[1] | limbs[2] | limbs[3] || limbs[0] >> 62)
        return false;
    *out = negative ? -(int64_t)limbs[0] : (int64_t)limbs[0];
    return true;
}

enum { MAX_SHIFT = 62 };

/* One entry of meta.public. */
struct place {
    const char *role, *name;
    json_t *item, *shape, *channel_shift; /* the first and the last may be NULL */
    json_int_t frac_bits, column, first_row;
    size_t count;
};

static hcl_status read_place(struct place *p, json_t *entry, const struct hcl_values *instances,
                             struct hcl_err *err)
{
    *p = (struct place){ .count = 1,
                         .item = json_object_get(entry, "item"),
                         .channel_shift = json_object_get(entry, "channel_shift") };
    if (json_unpack(entry, "{s:s, s:s, s:o, s:I, s:I, s:I}", "role", &p->role, "name", &p->name, "shape",
                    &p->shape, "frac_bits", &p->frac_bits, "column", &p->column, "first_row",
                    &p->first_row) != 0)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "the key's public tensor lacks one of role, name, shape, frac_bits, column, first_row");
    size_t i;
    json_t *dim;
    json_array_foreach(p->shape, i, dim)
    {
        json_int_t d = json_integer_value(dim);
        if (d < 1 || d > 1 << 28 || p->count > (size_t)(1 << 28) / (size_t)d)
            return hcl_fail(err, HCL_BAD_INPUT, "the key's public tensor '%s' has a bad shape", p->name);
        p->count *= (size_t)d;
    }
    if (p->column < 0 || (size_t)p->column >= instances->count || p->first_row < 0 ||
        (size_t)p->first_row > instances->rows[p->column] ||
        p->count > instances->rows[p->column] - (size_t)p->first_row || p->frac_bits < -200 ||
        p->frac_bits > 200)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "the public values do not hold tensor '%s': expected %zu in column %lld from row %lld", p->name,
            p->count, (long long)p->column, (long long)p->first_row);
    return HCL_OK;
}

/* Fraction bits that each channel, the last dimension, has beyond frac_bits. */
static hcl_status check_shift(const struct place *p, struct hcl_err *err)
{
    size_t i, channels = (size_t)json_integer_value(json_array_get(p->shape, json_array_size(p->shape) - 1));
    json_t *shift;
    bool good = json_is_array(p->channel_shift) && json_array_size(p->channel_shift) == channels;
    json_array_foreach(p->channel_shift, i, shift) good = good && json_is_integer(shift) &&
                                                          json_integer_value(shift) >= 0 &&
                                                          json_integer_value(shift) <= MAX_SHIFT;
    return !p->channel_shift || good
               ? HCL_OK
               : hcl_fail(err, HCL_BAD_INPUT,
                          "the key's public tensor '%s' has a bad channel_shift, expected 0..%d for each of "
                          "%zu channels",
                          p->name, MAX_SHIFT, channels);
}

static int element_bits(const struct place *p, size_t i)
{
    const size_t channels = json_array_size(p->channel_shift);
    return (int)p->frac_bits +
           (channels > 0 ? (int)json_integer_value(json_array_get(p->channel_shift, i % channels)) : 0);
}

static hcl_status decode_tensor(json_t **out, json_t *entry, const struct hcl_values *instances,
                                struct hcl_err *err)
{
    struct place p;
    hcl_status st = read_place(&p, entry, instances, err);
    if (st == HCL_OK)
        st = check_shift(&p, err);
    if (st != HCL_OK)
        return st;
    json_t *integers = json_array(), *values = json_array();
    for (size_t i = 0; i < p.count; i++) {
        int64_t v;
        if (!to_integer(&v, &instances->columns[p.column][(size_t)p.first_row + i])) {
            json_decref(integers);
            json_decref(values);
            return hcl_fail(err, HCL_BAD_INPUT, "public value %zu of tensor '%s' is not a fixed-point number",
                            i, p.name);
        }
        json_array_append_new(integers, json_integer(v));
        json_array_append_new(values, json_real(ldexp((double)v, -element_bits(&p, i))));
    }
    *out = json_pack("{s:s, s:s, s:O*, s:O, s:I, s:O*, s:o, s:o}", "role", p.role, "name", p.name, "item",
                     p.item, "shape", p.shape, "frac_bits", p.frac_bits, "channel_shift", p.channel_shift,
                     "integers", integers, "values", values);
    return *out ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for the public tensors");
}

/* A key of a batch says of each tensor which of the items it is; any other says so of none. */
static hcl_status check_item(const struct place *p, const json_t *meta, struct hcl_err *err)
{
    const json_t *batch = json_object_get(meta, "batch");
    if (!batch && !p->item)
        return HCL_OK;
    if (!json_is_integer(batch) || json_integer_value(batch) < 2)
        return hcl_fail(err, HCL_BAD_INPUT, "the key's \"batch\" is no number of items, but '%s' is one's",
                        p->name);
    return json_is_integer(p->item) && json_integer_value(p->item) >= 0 &&
                   json_integer_value(p->item) < json_integer_value(batch)
               ? HCL_OK
               : hcl_fail(err, HCL_BAD_INPUT,
                          "the key's public tensor '%s' is of none of the %lld items of its batch", p->name,
                          (long long)json_integer_value(batch));
}

/* A key of the compiler's lists all public values: its tensors tile the columns, one after the other. Columns
 * longer than that would carry values that no constraint reads, shorter ones would stand for zeros that
 * nobody sees, and tensors that overlap would let a small file ask for any number of values. */
static hcl_status check_tiling(const json_t *meta, const json_t *list, const struct hcl_values *instances,
                               struct hcl_err *err)
{
    size_t i, *end = calloc(instances->count + 1, sizeof *end);
    json_t *entry;
    hcl_status st = HCL_OK;
    if (!end)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the public tensors");
    json_array_foreach(list, i, entry)
    {
        struct place p;
        HCL_TRY(read_place(&p, entry, instances, err));
        HCL_TRY(check_item(&p, meta, err));
        if ((size_t)p.first_row != end[p.column])
            HCL_TRY(hcl_fail(err, HCL_BAD_INPUT,
                             "the key's public tensor '%s' begins at row %lld of column %lld, expected %zu",
                             p.name, (long long)p.first_row, (long long)p.column, end[p.column]));
        end[p.column] += p.count;
    }
    for (size_t c = 0; st == HCL_OK && c < instances->count; c++)
        if (instances->rows[c] != end[c])
            st = hcl_fail(err, HCL_BAD_INPUT,
                          "instance column %zu has %zu public values, the key's tensors have %zu", c,
                          instances->rows[c], end[c]);
done:
    free(end);
    return st;
}

hcl_status hcl_public_decode(json_t **out, const json_t *meta, const struct hcl_values *instances,
                             struct hcl_err *err)
{
    size_t i;
    json_t *entry, *list = json_object_get(meta, "public");
    *out = NULL;
    if (!list)
        list = json_null();
    else if (!json_is_array(list))
        return hcl_fail(err, HCL_BAD_INPUT, "the key's \"public\" is not a list of tensors");
    hcl_status checked = json_is_array(list) ? check_tiling(meta, list, instances, err) : HCL_OK;
    if (checked != HCL_OK)
        return checked;
    *out = json_array();
    json_array_foreach(list, i, entry)
    {
        json_t *tensor = NULL;
        hcl_status st = decode_tensor(&tensor, entry, instances, err);
        if (st != HCL_OK) {
            json_decref(*out);
            *out = NULL;
            return st;
        }
        json_array_append_new(*out, tensor);
    }
    return HCL_OK;
}

/* As halo2-check and instance.json write it: "0x" and 64 digits, small ones as integers. */
static json_t *field_element(const hcl_fr *v)
{
    uint64_t l[4];
    char text[67];
    hcl_fr_to_limbs(l, v);
    if (!(l[1] | l[2] | l[3]) && l[0] <= UINT64_C(1) << 53)
        return json_integer((json_int_t)l[0]);
    snprintf(text, sizeof text, "0x%016llx%016llx%016llx%016llx", (unsigned long long)l[3],
             (unsigned long long)l[2], (unsigned long long)l[1], (unsigned long long)l[0]);
    return json_string(text);
}

hcl_status hcl_public_write(const char *path, const json_t *meta, const struct hcl_values *instances,
                            struct hcl_err *err)
{
    json_t *tensors, *columns = json_array();
    hcl_status st = hcl_public_decode(&tensors, meta, instances, err);
    if (st != HCL_OK) {
        json_decref(columns);
        return st;
    }
    for (size_t c = 0; c < instances->count; c++) {
        json_t *column = json_array();
        for (size_t i = 0; i < instances->rows[c]; i++)
            json_array_append_new(column, field_element(&instances->columns[c][i]));
        json_array_append_new(columns, column);
    }
    json_t *root = json_pack("{s:s, s:i, s:o, s:o}", "format", "halocline-public", "version", 1, "instances",
                             columns, "tensors", tensors);
    st = root ? hcl_json_write(path, root, err)
              : hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path);
    json_decref(root);
    return st;
}

hcl_status hcl_public_check_header(const json_t *root, const char *path, struct hcl_err *err)
{
    const json_t *format = json_object_get(root, "format"), *version = json_object_get(root, "version");
    if (!format && !version && !json_object_get(root, "tensors"))
        return HCL_OK;
    const char *name = json_string_value(format);
    if (!name || strcmp(name, "halocline-public") != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has format '%s', expected 'halocline-public'", path,
                        name ? name : "");
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has version %lld, expected 1", path,
                        (long long)json_integer_value(version));
    return HCL_OK;
}

hcl_status hcl_public_read(struct hcl_values *instances, json_t **tensors, const char *path,
                           const json_t *meta, struct hcl_err *err)
{
    struct hcl_file file;
    json_t *root = NULL;
    *instances = (struct hcl_values){ 0 };
    *tensors = NULL;
    hcl_status st = hcl_file_read(&file, path, MAX_PUBLIC_BYTES, err);
    if (st != HCL_OK)
        return st;
    HCL_TRY(hcl_json_parse(&root, (const char *)file.data, file.len, path, err));
    HCL_TRY(hcl_public_check_header(root, path, err));
    HCL_TRY(hcl_values_from_instances(instances, root, path, err));
    HCL_TRY(hcl_public_decode(tensors, meta, instances, err));
    json_t *claimed = json_object_get(root, "tensors");
    if (claimed && !json_equal(claimed, *tensors))
        st = hcl_fail(
            err, HCL_BAD_INPUT,
            json_object_get(meta, "public")
                ? "'%s': 'tensors' is not what 'instances' mean under this key; the proof is about the "
                  "latter"
                : "'%s' has 'tensors', but the key does not say what 'instances' mean, so they cannot "
                  "be checked; expected 'instances' alone",
            path);
done:
    hcl_file_clear(&file);
    json_decref(root);
    if (st != HCL_OK) {
        hcl_values_clear(instances);
        json_decref(*tensors);
        *tensors = NULL;
    }
    return st;
}

enum { SHOWN_VALUES = 6 };

void hcl_public_print(FILE *to, const json_t *tensors)
{
    size_t i, j;
    json_t *tensor, *value;
    json_array_foreach(tensors, i, tensor)
    {
        char first[SHOWN_VALUES * 16 + 8] = "", item[32] = "";
        size_t best = 0, len = 0;
        double most = -HUGE_VAL;
        json_t *values = json_object_get(tensor, "values");
        json_array_foreach(values, j, value)
        {
            double v = json_real_value(value);
            if (v > most) {
                most = v;
                best = j;
            }
            if (j < SHOWN_VALUES)
                len += (size_t)snprintf(first + len, sizeof first - len, "%s%.6g", j == 0 ? "" : ", ", v);
        }
        if (json_object_get(tensor, "item"))
            snprintf(item, sizeof item, " of item %lld",
                     (long long)json_integer_value(json_object_get(tensor, "item")));
        hcl_print_line(to, "%s '%s'%s: %zu values, the largest is element %zu, %g: %s%s",
                       json_string_value(json_object_get(tensor, "role")),
                       json_string_value(json_object_get(tensor, "name")), item, json_array_size(values),
                       best, most, first, json_array_size(values) > SHOWN_VALUES ? ", ..." : "");
    }
}

void hcl_public_print_columns(FILE *to, const struct hcl_values *instances)
{
    for (size_t c = 0; c < instances->count; c++) {
        size_t rows = instances->rows[c], shown = rows < SHOWN_VALUES ? rows : SHOWN_VALUES;
        json_t *list = json_array();
        for (size_t i = 0; i < shown; i++)
            json_array_append_new(list, field_element(&instances->columns[c][i]));
        char *text = json_dumps(list, 0);
        hcl_print_line(to, "instance column %zu: %zu values, their meaning unknown: %s%s", c, rows,
                       text ? text : "", rows > shown ? " ..." : "");
        free(text);
        json_decref(list);
    }
}
