/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a .npy file: refused or read, and what was read can be walked. */
#include "common/io/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hcl_npy a;
    struct hcl_err err;
    volatile double sum = 0;
    if (hcl_npy_parse(&a, data, size, "fuzz.npy", &err) != HCL_OK)
        return 0;
    HCL_CHECK(a.len * hcl_npy_type_size(a.type) < size);
    for (size_t i = 0; i < a.len; i++)
        sum = sum + hcl_npy_get(&a, i);
    hcl_npy_clear(&a);
    return 0;
}
