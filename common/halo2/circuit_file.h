/* SPDX-License-Identifier: Apache-2.0 */
/* circuit.json, version 1, and its side file HCLCIRC1 (docs/formats: FORMAT section 15). Readers finish the
 * circuit (hcl_circuit_finish), so a circuit read is a valid one. */
#ifndef HCL_COMMON_HALO2_CIRCUIT_FILE_H
#define HCL_COMMON_HALO2_CIRCUIT_FILE_H

#include "common/halo2/circuit.h"

/** Read circuit.json; the side file is looked for beside it and its hash is checked. */
hcl_status hcl_circuit_read(struct hcl_circuit *out, const char *path, struct hcl_err *err);
/** Parse a circuit from memory. `name` is for messages. dir: folder of the side file, NULL to refuse one. */
hcl_status hcl_circuit_parse(struct hcl_circuit *out, const char *json, size_t len, const char *name,
                             const char *dir, struct hcl_err *err);

typedef enum {
    HCL_CIRCUIT_INLINE,    /* fixed values and copies inside the JSON */
    HCL_CIRCUIT_SIDE_FILE, /* in <path without .json>.bin beside it */
    HCL_CIRCUIT_NO_VALUES, /* left out: the constraint system alone, which is all a verifier needs */
} hcl_circuit_form;

/** Write a finished circuit. Queries are always written explicitly, so reading reproduces the same key. */
hcl_status hcl_circuit_write(const struct hcl_circuit *c, const char *path, hcl_circuit_form form,
                             struct hcl_err *err);
/** The JSON text, zero-terminated, malloc'ed; form INLINE or NO_VALUES. */
hcl_status hcl_circuit_format(const struct hcl_circuit *c, hcl_circuit_form form, char **out, size_t *len,
                              struct hcl_err *err);

/** The side file's bytes on their own: parse into / make from a circuit's fixed values and copies. */
hcl_status hcl_circuit_parse_side(struct hcl_circuit *c, const uint8_t *data, size_t len, const char *name,
                                  struct hcl_err *err);
hcl_status hcl_circuit_format_side(const struct hcl_circuit *c, uint8_t **out, size_t *len,
                                   struct hcl_err *err);
/** Fixed values and copies as they are stored, in pieces, one after the other: for a hash, which needs no
 * copy of them. The same values stored in another width are other bytes. */
typedef void hcl_circuit_sink(void *ctx, const void *bytes, size_t len);
void hcl_circuit_emit_stored(const struct hcl_circuit *c, hcl_circuit_sink *sink, void *ctx);

#endif
