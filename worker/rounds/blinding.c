/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/blinding.h"

#include <sodium.h>
#include <string.h>

static const char *const labels[] = {
    [HCL_BLIND_ADVICE] = "advice",
    [HCL_BLIND_LOOKUP_A] = "lookup input",
    [HCL_BLIND_LOOKUP_S] = "lookup table",
    [HCL_BLIND_LOOKUP_Z] = "lookup product",
    [HCL_BLIND_PERM_Z] = "permutation product",
    [HCL_BLIND_RANDOM_POLY] = "random polynomial",
};

/* Values drawn with one key stream call. */
#define DRAW 64

static hcl_status fill(void *ctx, hcl_blind_purpose purpose, uint32_t index, size_t first, size_t count,
                       hcl_fr *out, struct hcl_err *err)
{
    struct hcl_random stream;
    uint8_t bytes[DRAW * 64];
    (void)err;
    if (purpose == HCL_BLIND_RANDOM_POLY) {
        memset(out, 0, count * sizeof *out);
        const size_t left = first < HCL_RANDOM_COEFFICIENTS ? HCL_RANDOM_COEFFICIENTS - first : 0;
        count = count < left ? count : left;
    }
    hcl_random_derive(&stream, ctx, labels[purpose], index);
    stream.position = 64 * (uint64_t)first;
    for (size_t i = 0; i < count; i += DRAW) {
        size_t part = count - i < DRAW ? count - i : DRAW;
        hcl_random_bytes(&stream, bytes, part * 64);
        hcl_fr_from_bytes_wide_vec(out + i, bytes, part);
    }
    sodium_memzero(bytes, sizeof bytes);
    hcl_random_clear(&stream);
    return HCL_OK;
}

void hcl_blinding_from_random(struct hcl_blinding *b, struct hcl_random *root)
{
    *b = (struct hcl_blinding){ .ctx = root, .fill = fill };
}
