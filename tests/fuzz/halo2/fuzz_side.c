/* SPDX-License-Identifier: Apache-2.0 */
/* The side file HCLCIRC1. */
#include "common/halo2/circuit_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hcl_circuit c;
    struct hcl_err err;
    uint32_t column;
    hcl_status st = HCL_OK;
    hcl_circuit_init(&c, 6);
    for (int i = 0; i < 5 && st == HCL_OK; i++)
        st = hcl_circuit_add_fixed(&c, &column, &err);
    if (st == HCL_OK)
        st = hcl_circuit_parse_side(&c, data, len, "input", &err);
    (void)st;
    hcl_circuit_clear(&c);
    return 0;
}
