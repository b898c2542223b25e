/* SPDX-License-Identifier: Apache-2.0 */
/* SRS files of all formats. The container's hash is put right, so that what is behind it is reached. */
#include "common/halo2/srs.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    struct hcl_srs srs;
    struct hcl_err err;
    if (copy == NULL)
        return 0;
    memcpy(copy, data, len);
    if (len >= 48 && memcmp(copy, "HCLSRS01", 8) == 0) {
        crypto_generichash_state state;
        crypto_generichash_init(&state, NULL, 0, 32);
        crypto_generichash_update(&state, copy + 8, 8);
        crypto_generichash_update(&state, copy + 48, len - 48);
        crypto_generichash_final(&state, copy + 16, 32);
    }
    const struct hcl_srs_wish wish = { .max_k = 3, .s_g2 = &hcl_g2_generator };
    if (hcl_srs_parse_wish(&srs, copy, len, "input", &wish, NULL, 1, &err) == HCL_OK)
        hcl_srs_clear(&srs);
    free(copy);
    return 0;
}
