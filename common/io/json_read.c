/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/json_read.h"
#include "common/io/file_write.h"
#include "common/io/reader.h"

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

struct sink {
    struct hcl_writer writer;
    struct hcl_err *err;
};

static int put_chunk(const char *data, size_t len, void *ctx)
{
    struct sink *to = ctx;
    return hcl_writer_put(&to->writer, data, len, to->err) == HCL_OK ? 0 : -1;
}

hcl_status hcl_json_write(const char *path, const json_t *root, struct hcl_err *err)
{
    struct sink to = { .err = err };
    hcl_status st = hcl_writer_open(&to.writer, path, 0644, err);
    if (st != HCL_OK)
        return st;
    hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path); /* unless put_chunk knows better */
    if (json_dump_callback(root, put_chunk, &to, JSON_INDENT(2) | JSON_SORT_KEYS) != 0)
        st = HCL_NO_RESOURCE;
    if (st == HCL_OK)
        st = hcl_writer_put(&to.writer, "\n", 1, err);
    if (st == HCL_OK)
        return hcl_writer_commit(&to.writer, err);
    hcl_writer_discard(&to.writer);
    return st;
}
