/* SPDX-License-Identifier: Apache-2.0 */
/* instance.json and witness.json. */
#include "common/halo2/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hcl_values v;
    struct hcl_err err;
    if (hcl_values_parse_instances(&v, (const char *)data, len, "input", &err) == HCL_OK)
        hcl_values_clear(&v);
    if (hcl_values_parse_witness(&v, (const char *)data, len, "input", &err) == HCL_OK)
        hcl_values_clear(&v);
    return 0;
}
