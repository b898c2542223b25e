/* SPDX-License-Identifier: Apache-2.0 */
/* Small texts for people: hex, sizes, hashes of files. */
#ifndef HCL_COORDINATOR_CLI_TEXT_H
#define HCL_COORDINATOR_CLI_TEXT_H

#include "common/sys/status.h"

#include <stddef.h>
#include <stdint.h>

/** out: 2*len + 1 bytes. */
void hcl_hex(char *out, const uint8_t *bytes, size_t len);
/** BLAKE2b-256 of some bytes as 64 hex digits and a zero. */
void hcl_hash_hex(char out[65], const void *data, size_t len);
/** The last part of a path, borrowed. */
const char *hcl_base_name(const char *path);
/** dir/name, malloc'ed; NULL when out of memory. */
char *hcl_join(const char *dir, const char *name);

#endif
