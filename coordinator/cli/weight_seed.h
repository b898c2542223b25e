/* SPDX-License-Identifier: Apache-2.0 */
/* The seed of committed weights: 32 secret bytes in a file of their owner, from which the random rows of
 * every committed key come. Who has the model and the seed can make the key again. Beside it, in
 * "<file>.proofs", the proofs made with each key are counted: a key hides its weights for so many and no
 * more. Local. */
#ifndef HCL_COORDINATOR_CLI_WEIGHT_SEED_H
#define HCL_COORDINATOR_CLI_WEIGHT_SEED_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stdint.h>

#define HCL_WEIGHT_SEED_BYTES 32

/** Read the seed, or make it first (mode 0600) if `make` and there is no such file. HCL_BAD_INPUT: it is
 * none, or missing and not to be made. */
hcl_status hcl_weight_seed_read(uint8_t seed[HCL_WEIGHT_SEED_BYTES], const char *path, bool make,
                                struct hcl_err *err);
/** Count one more proof with the key whose random rows have this id, before the proof exists; *made: with
 * this one. Processes that count at the same time wait for each other. HCL_BAD_INPUT: `allowed` have been
 * made. */
hcl_status hcl_weight_seed_count(const char *path, const uint8_t id[32], uint64_t allowed, uint64_t *made,
                                 struct hcl_err *err);

#endif
