/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/json_internal.h"
#include "common/sys/mem.h"
#include <string.h>

#define MAX_JSON_INTEGER ((json_int_t)1 << 53)

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return -1;
}

static bool from_hex(hcl_fr *out, const char *text, size_t len)
{
    uint8_t bytes[32] = { 0 };
    if (len < 3 || len > 66 || text[0] != '0' || text[1] != 'x')
        return false;
    for (size_t i = 0; i < len - 2; i++) {
        int d = hex_digit(text[len - 1 - i]);
        if (d < 0)
            return false;
        bytes[i / 2] |= (uint8_t)(d << (i % 2 == 0 ? 0 : 4));
    }
    return hcl_fr_from_bytes(out, bytes);
}

bool hcl_json_value(hcl_fr *out, const json_t *j)
{
    if (json_is_integer(j)) {
        json_int_t v = json_integer_value(j);
        if (v < 0 || v > MAX_JSON_INTEGER)
            return false;
        hcl_fr_from_u64(out, (uint64_t)v);
        return true;
    }
    return json_is_string(j) && from_hex(out, json_string_value(j), json_string_length(j));
}

json_t *hcl_json_from_value(const hcl_fr *v)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t limbs[4];
    uint8_t bytes[32];
    char text[67] = "0x";
    hcl_fr_to_limbs(limbs, v);
    if ((limbs[1] | limbs[2] | limbs[3]) == 0 && limbs[0] <= (uint64_t)MAX_JSON_INTEGER)
        return json_integer((json_int_t)limbs[0]);
    hcl_fr_to_bytes(bytes, v);
    for (size_t i = 0; i < 32; i++) {
        text[2 + 2 * i] = digits[bytes[31 - i] >> 4];
        text[3 + 2 * i] = digits[bytes[31 - i] & 15];
    }
    return json_string(text);
}

hcl_status hcl_json_value_list(hcl_fr **out, size_t *count, const json_t *list, const char *name,
                               const char *where, struct hcl_err *err)
{
    size_t n = json_array_size(list);
    void *values;
    hcl_status st;
    *out = NULL;
    *count = 0;
    if (!json_is_array(list))
        return hcl_fail(err, HCL_BAD_INPUT, "%s in '%s' is not a list of values", where, name);
    if (n == 0)
        return HCL_OK;
    st = hcl_mem_alloc(&values, n, sizeof **out, "values from json", err);
    if (st != HCL_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        if (!hcl_json_value((hcl_fr *)values + i, json_array_get(list, i))) {
            hcl_mem_free_secret(values);
            return hcl_fail(
                err, HCL_BAD_INPUT,
                "%s[%zu] in '%s' is not a field element, expected 0..2^53 or \"0x\" and hex digits below r",
                where, i, name);
        }
    }
    *out = values;
    *count = n;
    return HCL_OK;
}

json_t *hcl_json_from_value_list(const hcl_fr *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (json_array_append_new(list, hcl_json_from_value(&values[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}
