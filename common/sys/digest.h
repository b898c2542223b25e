/* SPDX-License-Identifier: Apache-2.0 */
/* A fast digest that finds damage: not a cryptographic one, so only for bytes that nobody chooses. Two
 * strings of the same length that differ have the same digest about once in 2^32; strings that differ in one
 * bit never have where the neighbouring half word is not one certain value of 2^32. Thread-safe, the same on
 * all machines of the same byte order. */
#ifndef HCL_COMMON_SYS_DIGEST_H
#define HCL_COMMON_SYS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/** Digest of `seed` and len bytes; a digest of several pieces takes each one's for the next one's seed. */
uint64_t hcl_digest64(uint64_t seed, const void *data, size_t len);

#endif
