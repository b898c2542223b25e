/* SPDX-License-Identifier: Apache-2.0 */
/* The golden vectors of tests/vectors/halo2. */
#ifndef HCL_TESTS_UNIT_HALO2_VECTORS_H
#define HCL_TESTS_UNIT_HALO2_VECTORS_H

#include "common/halo2/circuit_file.h"
#include "common/halo2/keys.h"
#include "common/halo2/values.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "tests/support/test.h"

static const char *const vector_names[] = { "plain-gate", "lookup", "permutation",  "instance",
                                            "rotations",  "phases", "phases-three", "everything" };
#define NUM_VECTORS (sizeof vector_names / sizeof *vector_names)

static inline const char *vector_path(const char *folder, const char *file)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/tests/vectors/halo2/%s/%s", HCL_SOURCE_DIR, folder, file);
    return path;
}

static inline struct hcl_file vector_file(const char *folder, const char *file)
{
    struct hcl_err err;
    struct hcl_file f;
    assert_ok(hcl_file_read(&f, vector_path(folder, file), 1 << 24, &err), err);
    return f;
}

static inline json_t *vector_json(const char *folder, const char *file)
{
    struct hcl_err err;
    json_t *root;
    assert_ok(hcl_json_read(&root, vector_path(folder, file), 1 << 24, &err), err);
    return root;
}

static inline void vector_circuit(struct hcl_circuit *c, const char *folder)
{
    struct hcl_err err;
    assert_ok(hcl_circuit_read(c, vector_path(folder, "circuit.json"), &err), err);
}

static inline void vector_vk(struct hcl_vk *vk, const struct hcl_circuit *c, const char *folder)
{
    struct hcl_err err;
    struct hcl_file f = vector_file(folder, "vk.raw");
    assert_ok(hcl_vk_parse(vk, c, HCL_SERDE_RAW, f.data, f.len, "vk.raw", &err), err);
    hcl_file_clear(&f);
}

#endif
