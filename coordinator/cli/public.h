/* SPDX-License-Identifier: Apache-2.0 */
/* What the public values of a proof mean. The vk file's meta JSON (docs/formats) lists the public
 * tensors: role, name, shape, fraction bits, and where in the instance columns they are. From it and the
 * instances the tensors are decoded; public.json carries both, and a reader never believes the decoded part
 * without decoding again. */
#ifndef HCL_COORDINATOR_CLI_PUBLIC_H
#define HCL_COORDINATOR_CLI_PUBLIC_H

#include "common/halo2/values.h"
#include "common/sys/status.h"

#include <jansson.h>

/** List of {role, name, shape, frac_bits, integers, values} in the meta's order; empty without "public" in
 * it. HCL_BAD_INPUT: meta or instances do not fit each other; with "public" the columns hold exactly its
 * tensors, in its order. New reference in *out. */
hcl_status hcl_public_decode(json_t **out, const json_t *meta, const struct hcl_values *instances,
                             struct hcl_err *err);
/** public.json: {"format", "version", "instances", "tensors"}. */
hcl_status hcl_public_write(const char *path, const json_t *meta, const struct hcl_values *instances,
                            struct hcl_err *err);
/** Reads public.json or a plain instance.json. "tensors", if there, must be what `meta` decodes to. */
hcl_status hcl_public_read(struct hcl_values *instances, json_t **tensors, const char *path,
                           const json_t *meta, struct hcl_err *err);
/** What "format" and "version" say: those of public.json, or nothing, as in an instance.json. */
hcl_status hcl_public_check_header(const json_t *root, const char *path, struct hcl_err *err);

/** Decoded tensors in a line each: role, name, the largest element, the first values. */
void hcl_public_print(FILE *to, const json_t *tensors);
/** The first values of each column, for keys that do not say what they mean. */
void hcl_public_print_columns(FILE *to, const struct hcl_values *instances);

#endif
