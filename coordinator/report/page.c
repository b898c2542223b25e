/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/report/page.h"
#include "coordinator/report/page_template_internal.h"

#include "common/io/reader.h"

#include <stdlib.h>
#include <string.h>

#define PLACE "HALOCLINE_REPORT" /* where the report goes, once in the template */
enum { ESCAPED = 6 };            /* \u003c */

/* In JSON these are in strings only, where an escape means the same. */
static const char *escape(char c)
{
    switch (c) {
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    default:
        return NULL;
    }
}

static char *put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

char *hcl_page_text(const json_t *report)
{
    const char *template = (const char *)hcl_page_template, *place = strstr(template, PLACE);
    char *json = json_dumps(report, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    char *page = json ? malloc(strlen(template) + ESCAPED * strlen(json) + 1) : NULL;
    HCL_CHECK(place != NULL);
    if (page) {
        char *at = put(page, template, (size_t)(place - template));
        for (const char *c = json; *c; c++)
            at = escape(*c) ? put(at, escape(*c), ESCAPED) : put(at, c, 1);
        const char *rest = place + strlen(PLACE);
        at = put(at, rest, strlen(rest));
        *at = '\0';
    }
    free(json);
    return page;
}

hcl_status hcl_page_write(const char *path, const json_t *report, struct hcl_err *err)
{
    char *page = hcl_page_text(report);
    if (!page)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path);
    hcl_status st = hcl_file_write(path, page, strlen(page), err);
    free(page);
    return st;
}
