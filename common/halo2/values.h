/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of field elements of different lengths: the public values (instance columns), or a witness given as
 * a file. circuit.json's siblings instance.json and witness.json (docs/formats: FORMAT section 15). */
#ifndef HCL_COMMON_HALO2_VALUES_H
#define HCL_COMMON_HALO2_VALUES_H

#include "common/field/fr.h"
#include "common/sys/status.h"
#include <jansson.h>

struct hcl_values {
    hcl_fr **columns; /* columns[c][0..rows[c]) */
    size_t *rows;
    size_t count;
};

/** count empty columns. */
hcl_status hcl_values_init(struct hcl_values *v, size_t count, struct hcl_err *err);
/** Replace a column by a copy of `rows` values. */
hcl_status hcl_values_set(struct hcl_values *v, size_t column, const hcl_fr *values, size_t rows,
                          struct hcl_err *err);
/** Wipes the values. */
void hcl_values_clear(struct hcl_values *v);

/** {"instances": [[value...]...]} */
hcl_status hcl_values_read_instances(struct hcl_values *out, const char *path, struct hcl_err *err);
hcl_status hcl_values_write_instances(const struct hcl_values *v, const char *path, struct hcl_err *err);
hcl_status hcl_values_parse_instances(struct hcl_values *out, const char *json, size_t len, const char *name,
                                      struct hcl_err *err);
/** The same of a document that has been parsed. */
hcl_status hcl_values_from_instances(struct hcl_values *out, const json_t *root, const char *name,
                                     struct hcl_err *err);
/** {"advice": [[value...]...]} */
hcl_status hcl_values_read_witness(struct hcl_values *out, const char *path, struct hcl_err *err);
hcl_status hcl_values_parse_witness(struct hcl_values *out, const char *json, size_t len, const char *name,
                                    struct hcl_err *err);

#endif
