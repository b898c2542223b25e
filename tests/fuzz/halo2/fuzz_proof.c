/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs for the key in the corpus: none but the recorded one may be accepted. */
#include "common/halo2/verify.h"
#include "common/io/reader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hcl_vk_file key;
static struct hcl_file good;
static bool ready;

static void set_up(void)
{
    struct hcl_err err;
    if (hcl_vk_file_read(&key, HCL_SOURCE_DIR "/tests/fuzz/halo2/corpus/lookup.hclvk", &err) != HCL_OK ||
        hcl_file_read(&good, HCL_SOURCE_DIR "/tests/vectors/halo2/lookup/proof.shplonk", 1 << 20, &err) !=
            HCL_OK) {
        fprintf(stderr, "%s\n", err.msg);
        abort();
    }
    ready = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hcl_values none = { 0 };
    struct hcl_err err;
    bool same, accepted;
    if (!ready)
        set_up();
    same = len == good.len && memcmp(data, good.data, len) == 0;
    accepted = hcl_verify(&key.vk, &key.srs, &none, data, len, HCL_SCHEME_SHPLONK, &err) == HCL_OK;
    if (same != accepted)
        abort();
    if (hcl_verify(&key.vk, &key.srs, &none, data, len, HCL_SCHEME_GWC, &err) == HCL_OK)
        abort();
    return 0;
}
