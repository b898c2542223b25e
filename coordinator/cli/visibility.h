/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever accepts a proof has learned, and whether the key's own words about it can be believed.
 * A vk file says of input, output and weights how visible they are (meta.visibility). That is text of whoever
 * made the key, so it is repeated only where the rest of the key shows the same: a public input or output is
 * in the list of public tensors, which are read from instance columns that some constraint reads; a private
 * one is not; public and committed weights are in fixed columns that a gate reads in some row, and private
 * ones are not. What cannot be seen in a key is whether its commitments are those of the model's circuit:
 * that is what the key's id, or 'verify --circuit', is for. All modes are rows of one table, in visibility.c:
 * another mode is another row, with the function that says whether a key shows it. */
#ifndef HCL_COORDINATOR_CLI_VISIBILITY_H
#define HCL_COORDINATOR_CLI_VISIBILITY_H

#include "common/halo2/keys.h"

#include <jansson.h>

/** Check a key's meta JSON: format, version, roles and visibility. *learned: {"input": text, "output": text,
 * "weights": text} in this order, a new reference; NULL for a key without meta (NULL), as those of plain
 * circuits. `name` is the key's file. HCL_BAD_INPUT says what the key claims and does not show. */
hcl_status hcl_visibility_check(json_t **learned, const json_t *meta, const struct hcl_vk *vk,
                                const char *name, struct hcl_err *err);

#endif
