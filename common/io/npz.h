/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy's .npz files: ZIP archives of .npy files, as numpy.savez writes them. Arrays that are compressed
 * (numpy.savez_compressed), archives that are split or need more than 32 bits, and damaged ones are
 * HCL_BAD_INPUT naming the file and the array. */
#ifndef HCL_COMMON_IO_NPZ_H
#define HCL_COMMON_IO_NPZ_H

#include "common/io/npy.h"
#include "common/io/reader.h"

#define HCL_NPZ_NAME_LEN 128

struct hcl_npz_member {
    char name[HCL_NPZ_NAME_LEN]; /* without .npy, printable */
    size_t first, len;           /* its bytes in the file */
};

struct hcl_npz {
    const char *path; /* borrowed */
    struct hcl_file file;
    struct hcl_npz_member *members;
    size_t count;
};

/** Read the file and find its arrays, whose checksums are looked at. *out is empty on failure. */
HCL_MUST_CHECK hcl_status hcl_npz_open(struct hcl_npz *out, const char *path, struct hcl_err *err);
/** The same from bytes of malloc, which are taken over, also on failure. */
HCL_MUST_CHECK hcl_status hcl_npz_parse(struct hcl_npz *out, struct hcl_file bytes, const char *path,
                                        struct hcl_err *err);
/** One of its arrays. */
HCL_MUST_CHECK hcl_status hcl_npz_array(struct hcl_npy *out, const struct hcl_npz *z, size_t member,
                                        struct hcl_err *err);
void hcl_npz_close(struct hcl_npz *z);

#endif
