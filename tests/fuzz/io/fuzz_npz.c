/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a .npz file: refused, or its arrays are inside the file and can be walked. */
#include "common/io/npz.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hcl_npz z;
    struct hcl_err err;
    volatile double sum = 0;
    struct hcl_file copy = { malloc(size + 1), size };
    HCL_CHECK(copy.data != NULL);
    memcpy(copy.data, data, size);
    if (hcl_npz_parse(&z, copy, "fuzz.npz", &err) != HCL_OK)
        return 0;
    for (size_t i = 0; i < z.count; i++) {
        struct hcl_npy a;
        HCL_CHECK(z.members[i].first <= size && z.members[i].len <= size - z.members[i].first);
        if (hcl_npz_array(&a, &z, i, &err) != HCL_OK)
            continue;
        for (size_t k = 0; k < a.len; k++)
            sum = sum + hcl_npy_get(&a, k);
        hcl_npy_clear(&a);
    }
    hcl_npz_close(&z);
    return 0;
}
