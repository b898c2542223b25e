/* SPDX-License-Identifier: Apache-2.0 */
/* Field elements in JSON: an integer 0..2^53, or a string "0x" and 1..64 hex digits below r (FORMAT section
 * 15). */
#ifndef HCL_COMMON_HALO2_JSON_INTERNAL_H
#define HCL_COMMON_HALO2_JSON_INTERNAL_H

#include "common/field/fr.h"
#include "common/sys/status.h"
#include <jansson.h>

#define HCL_JSON_MAX_BYTES ((size_t)1 << 31)

/** false: not such a value. */
bool hcl_json_value(hcl_fr *out, const json_t *j);
/** A new reference, NULL without memory. */
json_t *hcl_json_from_value(const hcl_fr *v);
/** A list of values: *out is new, from the memory budget (NULL if empty). `where` is for messages. */
hcl_status hcl_json_value_list(hcl_fr **out, size_t *count, const json_t *list, const char *name,
                               const char *where, struct hcl_err *err);
json_t *hcl_json_from_value_list(const hcl_fr *values, size_t count);

#endif
