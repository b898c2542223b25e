/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside: jansson with a size limit and messages that name file, line and what was expected.
 * Values are owned by the caller's root (json_decref). */
#ifndef HCL_COMMON_IO_JSON_READ_H
#define HCL_COMMON_IO_JSON_READ_H

#include "common/sys/status.h"
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/** Parse a whole file of at most max_bytes. Duplicate keys and trailing text are refused. */
hcl_status hcl_json_read(json_t **out, const char *path, size_t max_bytes, struct hcl_err *err);
/** Parse text. HCL_NO_RESOURCE when its values take more than half of the memory budget's rest; `name` stands
 * for the file in messages. */
hcl_status hcl_json_parse(json_t **out, const char *text, size_t len, const char *name, struct hcl_err *err);
/** The text of `root` with two spaces of indent, to be freed; flags: JSON_SORT_KEYS or JSON_PRESERVE_ORDER.
 * Characters of its strings that do not show themselves are escaped (common/sys/printable.h), so it may go to
 * a terminal. NULL: out of memory. */
char *hcl_json_text(const json_t *root, size_t flags);
/** A string of bytes that need not be UTF-8 (paths, messages): what is not is escaped. */
json_t *hcl_json_string(const char *text);
/** Write `root` with sorted keys, as hcl_json_text has it, and a final newline, atomically. */
hcl_status hcl_json_write(const char *path, const json_t *root, struct hcl_err *err);

#endif
