/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/json_read.h"
#include "common/io/file_write.h"
#include "common/io/reader.h"
#include "common/sys/printable.h"

#include <string.h>

hcl_status hcl_json_parse(json_t **out, const char *text, size_t len, const char *name, struct hcl_err *err)
{
    json_error_t where;
    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    if (!*out)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is not valid JSON at line %d, column %d: %s", name,
                        where.line, where.column, where.text);
    return HCL_OK;
}

hcl_status hcl_json_read(json_t **out, const char *path, size_t max_bytes, struct hcl_err *err)
{
    struct hcl_file file;
    *out = NULL;
    hcl_status st = hcl_file_read(&file, path, max_bytes, err);
    if (st != HCL_OK)
        return st;
    st = hcl_json_parse(out, (const char *)file.data, file.len, path, err);
    hcl_file_clear(&file);
    return st;
}

char *hcl_json_text(const json_t *root, size_t flags)
{
    char *plain = json_dumps(root, JSON_INDENT(2) | flags);
    char *text = plain ? hcl_escape_new(plain, strlen(plain), HCL_ESCAPE_JSON) : NULL;
    free(plain);
    return text;
}

json_t *hcl_json_string(const char *text)
{
    char *valid = hcl_escape_new(text, strlen(text), HCL_ESCAPE_MALFORMED);
    json_t *out = valid ? json_string(valid) : NULL;
    free(valid);
    return out;
}

hcl_status hcl_json_write(const char *path, const json_t *root, struct hcl_err *err)
{
    struct hcl_writer writer;
    char *text = hcl_json_text(root, JSON_SORT_KEYS);
    if (!text)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path);
    hcl_status st = hcl_writer_open(&writer, path, 0666, err);
    if (st == HCL_OK) {
        st = hcl_writer_put(&writer, text, strlen(text), err);
        if (st == HCL_OK)
            st = hcl_writer_put(&writer, "\n", 1, err);
        if (st == HCL_OK)
            st = hcl_writer_commit(&writer, err);
        else
            hcl_writer_discard(&writer);
    }
    free(text);
    return st;
}
