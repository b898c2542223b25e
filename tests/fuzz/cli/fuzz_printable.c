/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as text: a line holds nothing a terminal acts on, text made well-formed is a JSON string, and
 * what is already escaped stays as it is. */
#include "common/io/json_read.h"
#include "common/sys/printable.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *line = hcl_escape_new((const char *)data, len, HCL_ESCAPE_LINE), *again, *text;
    char *valid = hcl_escape_new((const char *)data, len, HCL_ESCAPE_MALFORMED), cut[20];
    if (line == NULL || valid == NULL)
        abort();
    for (const char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            abort();
    if (strlen(line) > HCL_ESCAPED_MOST * len || strlen(valid) > HCL_ESCAPED_MOST * len)
        abort();
    again = hcl_escape_new(line, strlen(line), HCL_ESCAPE_LINE);
    json_t *string = json_string(valid), *list = json_pack("[o]", string), *read;
    text = hcl_json_text(list, 0);
    if (again == NULL || strcmp(again, line) != 0 || string == NULL || text == NULL)
        abort();
    if (hcl_json_parse(&read, text, strlen(text), "text", NULL) != HCL_OK || !json_equal(read, list))
        abort();
    hcl_escape(cut, sizeof cut, (const char *)data, len, HCL_ESCAPE_LINE);
    if (strncmp(cut, line, strlen(cut)) != 0)
        abort();
    json_decref(list);
    json_decref(read);
    free(line);
    free(again);
    free(valid);
    free(text);
    return 0;
}
