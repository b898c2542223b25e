/* SPDX-License-Identifier: Apache-2.0 */
/* HCLVK001 (its hash put right), with halo2's vk bytes and a circuit inside. */
#include "common/halo2/keys.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    struct hcl_vk_file f;
    struct hcl_err err;
    if (copy == NULL)
        return 0;
    memcpy(copy, data, len);
    if (len >= 32)
        crypto_generichash(copy + len - 32, 32, copy, len - 32, NULL, 0);
    if (hcl_vk_file_parse(&f, copy, len, "input", &err) == HCL_OK)
        hcl_vk_file_clear(&f);
    free(copy);
    return 0;
}
