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
/** Parse text; `name` stands for the file in messages. */
hcl_status hcl_json_parse(json_t **out, const char *text, size_t len, const char *name, struct hcl_err *err);
/** Write `root` with sorted keys, two spaces of indent and a final newline, atomically. */
hcl_status hcl_json_write(const char *path, const json_t *root, struct hcl_err *err);

#endif
