/* SPDX-License-Identifier: Apache-2.0 */
/* Files that people take for TFLite models. */
#ifndef HCL_COMPILER_FRONTEND_FILE_KIND_H
#define HCL_COMPILER_FRONTEND_FILE_KIND_H

#include <stddef.h>
#include <stdint.h>

/** What a file that has no TFLite identifier looks like, and what to do about it: a clause for a message that
 * begins with the file's name; NULL: nothing known. By content alone. */
const char *hcl_file_kind(const uint8_t *bytes, size_t len);

#endif
