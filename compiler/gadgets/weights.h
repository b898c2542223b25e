/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in the lane machine: every kernel element and every limb of a bias is a cell bounded by a look-up,
 * private (the proof says that such weights exist) or tied to fixed values (the verifying key fixes them). */
#ifndef HCL_COMPILER_GADGETS_WEIGHTS_H
#define HCL_COMPILER_GADGETS_WEIGHTS_H

#include "compiler/gadgets/gadget.h"

/* Enough for 62-bit weights over the widest range that is tried. */
#define HCL_MAX_KERNEL_LIMBS 4

/* How a node's weights are written. Cells are in [lo, hi]; a bias is sum_k limb_k * 2^(limb_bits*k) with
 * limbs in [-2^(limb_bits-1), 2^(limb_bits-1)), which lies in [lo, hi]. limbs = 0: no bias. Kernel elements
 * are cells themselves (kernel_limbs = 1) or written in limbs too. */
struct hcl_weight_format {
    int64_t lo, hi;
    uint32_t limb_bits, limbs, kernel_limbs;
};

/** The format of a CONV or DEPTHWISE node that takes the fewest rows, weights and table together: over the
 *  remainder range of its rescale, whose table is there anyway, or a centred range of a power of two. Only
 * this range and the numbers of limbs are known to who sees the circuit of private weights. */
struct hcl_weight_format hcl_weight_format_of(struct hcl_lower *c, uint32_t node);
/** Limb k of a kernel element: with one limb the element itself. */
int64_t hcl_weight_kernel_limb(const struct hcl_weight_format *f, int64_t v, uint32_t k);
/** A0 cell of sum_k 2^(limb_bits*k) * parts[k]; the next row may continue it. */
struct hcl_cell hcl_weight_join(struct hcl_machine *m, const struct hcl_weight_format *f,
                                const struct hcl_cell *parts);
/** limb k of v; limbs above the format's are 0. */
int64_t hcl_weight_limb(const struct hcl_weight_format *f, int64_t v, uint32_t k);

/** Rows of a pass over n weights. */
uint32_t hcl_weight_pass_rows(const struct hcl_machine *m, uint32_t n);
/** Power of t that weight o of n has in a pass. */
uint64_t hcl_weight_pass_power(const struct hcl_machine *m, uint32_t n, uint32_t o);
/** Append a pass over n weights: A0 = (cont ? A0[-1] : 0) + by * sum_o t^(power of o) * values[o], A0 of the
 * row that is returned. */
struct hcl_cell hcl_weight_pass(struct hcl_machine *m, const struct hcl_weight_format *f,
                                const int64_t *values, uint32_t n, struct hcl_cell by, bool cont);
/** Passes over the biases of n outputs, continuing A0: adds `scale[k] * (limb k of all)`, k < f->limbs. */
struct hcl_cell hcl_weight_bias_passes(struct hcl_machine *m, const struct hcl_weight_format *f,
                                       const int64_t *bias, uint32_t n, const struct hcl_cell *scale,
                                       struct hcl_cell last);

#endif
