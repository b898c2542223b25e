/* SPDX-License-Identifier: Apache-2.0 */
#include "common/poly/ntt_ifma_internal.h"

/* Two layers at once on four vectors. What is multiplied comes out of the multiplier in [0, 11r); what is
 * only added to grows by 11r per layer. So only the first of four vectors needs squeezing: in [0, 11.5r) it
 * leaves outputs in
 * (-22r, 33.5r); the operands of the second layer are in (-34r, 45r). */

HCL_INLINE void radix4(uint64_t *work, size_t at, size_t quarter, const struct hcl_ntt_twiddle *u,
                       const struct hcl_ntt_twiddle *s, bool fresh)
{
    hcl_fp8 x0 = hcl_ntt_get(work, at);
    if (!fresh)
        x0 = hcl_ntt_squeeze(x0);
    const hcl_fp8 x1 = hcl_ntt_get(work, at + quarter);
    const hcl_fp8 x2 = hcl_ntt_mul(hcl_ntt_operand(hcl_ntt_get(work, at + 2 * quarter)), u);
    const hcl_fp8 x3 = hcl_ntt_mul(hcl_ntt_operand(hcl_ntt_get(work, at + 3 * quarter)), u);
    const hcl_fp8 y0 = hcl_fp8_add_loose(x0, x2), y2 = hcl_fp8_sub_loose(x0, x2);
    const hcl_fp8 y1 = hcl_ntt_mul(hcl_ntt_operand(hcl_fp8_add_loose(x1, x3)), &s[0]);
    const hcl_fp8 y3 = hcl_ntt_mul(hcl_ntt_operand(hcl_fp8_sub_loose(x1, x3)), &s[1]);
    hcl_ntt_put(work, at, hcl_fp8_add_loose(y0, y1));
    hcl_ntt_put(work, at + quarter, hcl_fp8_sub_loose(y0, y1));
    hcl_ntt_put(work, at + 2 * quarter, hcl_fp8_add_loose(y2, y3));
    hcl_ntt_put(work, at + 3 * quarter, hcl_fp8_sub_loose(y2, y3));
}

/* Block 0: the first two twiddles are 1, the third is i. All inputs in [0, 3.7r). */
HCL_INLINE void radix4_first(uint64_t *work, size_t at, size_t quarter, const struct hcl_ntt_twiddle *i,
                             bool fresh)
{
    hcl_fp8 x[4];
    for (size_t j = 0; j < 4; j++) {
        x[j] = hcl_ntt_get(work, at + j * quarter);
        if (!fresh)
            x[j] = hcl_ntt_squeeze_more(hcl_ntt_squeeze(x[j]));
    }
    const hcl_fp8 y0 = hcl_fp8_add_loose(x[0], x[2]), y2 = hcl_fp8_sub_loose(x[0], x[2]);
    const hcl_fp8 y1 = hcl_fp8_add_loose(x[1], x[3]);
    const hcl_fp8 y3 = hcl_ntt_mul(hcl_ntt_operand(hcl_fp8_sub_loose(x[1], x[3])), i);
    hcl_ntt_put(work, at, hcl_fp8_add_loose(y0, y1));
    hcl_ntt_put(work, at + quarter, hcl_fp8_sub_loose(y0, y1));
    hcl_ntt_put(work, at + 2 * quarter, hcl_fp8_add_loose(y2, y3));
    hcl_ntt_put(work, at + 3 * quarter, hcl_fp8_sub_loose(y2, y3));
}

HCL_INLINE void two_layers(uint64_t *work, uint32_t bits, uint32_t layer, const struct hcl_ntt_twiddle *t,
                           size_t block, bool fresh)
{
    const size_t quarter = (size_t)1 << (bits - layer - 2), blocks = (size_t)1 << layer;
    size_t b = 0;
    if (block == 0) {
        for (size_t j = 0; j < quarter; j++)
            radix4_first(work, j, quarter, &t[1], fresh);
        b = 1;
    }
    for (; b < blocks; b++) {
        const size_t index = (block << layer) + b;
        for (size_t j = 0; j < quarter; j++) {
            __asm__ volatile(
                "" ::
                    : "memory"); /* keep twiddles as broadcast operands, not in spilled registers */
            radix4(work, 4 * b * quarter + j, quarter, &t[index], &t[2 * index], fresh);
        }
    }
}

/* One layer, the first: inputs in [0, 3.7r). */
static void one_layer(uint64_t *work, uint32_t bits, const struct hcl_ntt_twiddle *t, size_t block)
{
    const size_t half = (size_t)1 << (bits - 1);
    for (size_t j = 0; j < half; j++) {
        const hcl_fp8 x = hcl_ntt_get(work, j);
        const hcl_fp8 y = hcl_ntt_mul(hcl_ntt_operand(hcl_ntt_get(work, half + j)), &t[block]);
        hcl_ntt_put(work, j, hcl_fp8_add_loose(x, y));
        hcl_ntt_put(work, half + j, hcl_fp8_sub_loose(x, y));
    }
}

void hcl_ntt_ifma_layers(uint64_t *work, uint32_t bits, const struct hcl_ntt_twiddle *twiddle, size_t block)
{
    uint32_t layer = bits & 1;
    if (layer == 1)
        one_layer(work, bits, twiddle, block);
    else if (bits >= 2) {
        two_layers(work, bits, 0, twiddle, block, true);
        layer = 2;
    }
    for (; layer < bits; layer += 2)
        two_layers(work, bits, layer, twiddle, block, false);
}
