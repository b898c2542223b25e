/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy's .npy files, versions 1 to 3: little-endian, C order, dtypes float32, float64, int8, uint8, int32
 * and int64, at most 8 dimensions. Everything else (other byte order, Fortran order, structured or object
 * dtypes, bytes missing or left over) is HCL_BAD_INPUT naming the file, what was found and what was expected.
 * Values are not judged: a NaN is a value. */
#ifndef HCL_COMMON_IO_NPY_H
#define HCL_COMMON_IO_NPY_H

#include "common/sys/status.h"
#include <stddef.h>
#include <stdint.h>

#define HCL_NPY_MAX_RANK 9 /* eight dimensions, and one that counts arrays */

typedef enum {
    HCL_NPY_F32,
    HCL_NPY_F64,
    HCL_NPY_I8,
    HCL_NPY_U8,
    HCL_NPY_I32,
    HCL_NPY_I64,
    HCL_NPY_BOOL, /* a byte, 0 or 1 */
    HCL_NPY_TYPE_COUNT
} hcl_npy_type;

/* An array in memory: len elements of `type` at data (64-byte aligned, owned). Rank 0 is one element. */
struct hcl_npy {
    hcl_npy_type type;
    uint32_t rank;
    size_t dims[HCL_NPY_MAX_RANK];
    size_t len;
    void *data;
};

/** Read the file; *out is empty on failure and released with hcl_npy_clear otherwise. */
HCL_MUST_CHECK hcl_status hcl_npy_read(struct hcl_npy *out, const char *path, struct hcl_err *err);
/** The same from bytes; `file` is for messages. */
HCL_MUST_CHECK hcl_status hcl_npy_parse(struct hcl_npy *out, const uint8_t *bytes, size_t len,
                                        const char *file, struct hcl_err *err);
void hcl_npy_clear(struct hcl_npy *a);

/** Write a version 1 file, atomically. */
HCL_MUST_CHECK hcl_status hcl_npy_write(const char *path, hcl_npy_type type, const size_t *dims,
                                        uint32_t rank, const void *data, struct hcl_err *err);

size_t hcl_npy_type_size(hcl_npy_type type);
/** "float32" and so on. */
const char *hcl_npy_type_name(hcl_npy_type type);
/** Element i as a double; int64 beyond 2^53 is rounded. */
double hcl_npy_get(const struct hcl_npy *a, size_t i);

#endif
