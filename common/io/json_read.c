/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/json_read.h"
#include "common/io/file_write.h"
#include "common/io/reader.h"
#include "common/sys/mem.h"
#include "common/sys/printable.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A value of two bytes of text can take a hundred of memory, so what a parse takes is held against the memory
 * budget. Only while it runs: what is freed later was taken by anyone. */
static _Thread_local struct {
    bool counting, exhausted;
    uint64_t left;
} parse_budget;

/* What jansson allocates with by itself. */
static struct {
    json_malloc_t take;
    json_free_t give_back;
} own;

static void *take(size_t size)
{
    if (!parse_budget.counting)
        return own.take(size);
    void *p = size > parse_budget.left ? NULL : own.take(size);
    size_t real = p ? malloc_usable_size(p) : 0;
    parse_budget.left -= real < parse_budget.left ? real : parse_budget.left;
    parse_budget.exhausted = parse_budget.exhausted || !p;
    return p;
}

static void give_back(void *p)
{
    if (parse_budget.counting)
        parse_budget.left += malloc_usable_size(p);
    own.give_back(p);
}

static void count_allocations(void)
{
    json_get_alloc_funcs(&own.take, &own.give_back);
    json_set_alloc_funcs(take, give_back);
}

hcl_status hcl_json_parse(json_t **out, const char *text, size_t len, const char *name, struct hcl_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    json_error_t where;
    pthread_once(&once, count_allocations);
    parse_budget.left = hcl_mem_left() / 2; /* so that what is left can be added to without overflow */
    parse_budget.exhausted = false;
    parse_budget.counting = true;
    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    parse_budget.counting = false;
    if (parse_budget.exhausted) { /* jansson may go on without what it had no memory for */
        json_decref(*out);
        *out = NULL;
        return hcl_fail(
            err, HCL_NO_RESOURCE,
            "'%s' needs more memory to be read as JSON than half of what is left of the budget (--memory)",
            name);
    }
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
