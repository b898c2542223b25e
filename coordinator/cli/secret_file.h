/* SPDX-License-Identifier: Apache-2.0 */
/* A secret of 32 bytes in a file of its owner: magic, then the secret; mode 0600. Local. */
#ifndef HCL_COORDINATOR_CLI_SECRET_FILE_H
#define HCL_COORDINATOR_CLI_SECRET_FILE_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stdint.h>

#define HCL_SECRET_BYTES 32

struct hcl_secret_kind {
    char magic[8];
    const char *name;     /* "weight seed" */
    const char *expected; /* what to do when it is missing */
};

/** Read it, or make it first, from the operating system's generator, if `make` and there is no such file.
 * HCL_BAD_INPUT: it is none, or missing and not to be made. A warning if others may read it. */
hcl_status hcl_secret_read(uint8_t secret[HCL_SECRET_BYTES], const char *path,
                           const struct hcl_secret_kind *kind, bool make, struct hcl_err *err);

#endif
