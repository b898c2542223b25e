/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes. A stream is a 32-byte key and a position; streams derived from one parent under different
 * (label, index) are independent, so that each column has its own and results do not depend on which rank or
 * thread asks first. Seeded streams are for tests: the same seed gives the same bytes on every machine.
 * A stream belongs to one thread; derive one per thread. Wipe it with hcl_random_clear. */
#ifndef HCL_COMMON_SYS_RANDOM_H
#define HCL_COMMON_SYS_RANDOM_H

#include "common/sys/status.h"
#include <stddef.h>
#include <stdint.h>

struct hcl_random {
    uint8_t key[32];
    uint64_t position; /* bytes given so far; a multiple of 64 */
};

/** Key from the operating system. HCL_NO_RESOURCE if it has none to give. */
hcl_status hcl_random_init_os(struct hcl_random *r, struct hcl_err *err);
/** Key from a number. NOT SECRET: only for tests and proofs that must be reproducible. */
void hcl_random_init_seed(struct hcl_random *r, uint64_t seed);
/** Child stream: key = BLAKE2b-256(parent key, label, index). The parent's position does not matter. */
void hcl_random_derive(struct hcl_random *out, const struct hcl_random *parent, const char *label,
                       uint64_t index);
/** The next n bytes (ChaCha20 key stream; each call starts at a fresh 64-byte block). */
void hcl_random_bytes(struct hcl_random *r, void *out, size_t n);
void hcl_random_clear(struct hcl_random *r);

#endif
