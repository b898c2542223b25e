/* SPDX-License-Identifier: Apache-2.0 */
/* The IFMA kernel: vectors eight elements at a time. Single elements stay with the ADX code, which has the
 * shorter latency, and so do sums of vectors: changing the format back and forth costs more than the carry
 * flag. */
#include "common/field/fp_kernel_internal.h"
#include "common/field/fp_params_internal.h"
#include "common/field/ifma.h"
#include <string.h>

#define FP(name) hcl_fr_##name
#define FP8(name) hcl_fr8_##name
#define FPV(name) fr_##name
#define FP_T hcl_fr
#define FP_MEMBER fr
#define FP_MONT_R2 HCL_FR_MONT_R2
#include "common/field/ifma_vec_internal.h"
#undef FP
#undef FP8
#undef FPV
#undef FP_T
#undef FP_MEMBER
#undef FP_MONT_R2

#define FP(name) hcl_fq_##name
#define FP8(name) hcl_fq8_##name
#define FPV(name) fq_##name
#define FP_T hcl_fq
#define FP_MEMBER fq
#define FP_MONT_R2 HCL_FQ_MONT_R2
#include "common/field/ifma_vec_internal.h"

const struct hcl_field_kernel hcl_field_kernel_ifma = {
    .name = "ifma",
    .fr = { hcl_fr_mul_adx, hcl_fr_sqr_adx, hcl_fr_add_vec_adx, hcl_fr_sub_vec_adx, fr_mul_vec, fr_sqr_vec,
            fr_scale_vec, fr_axpy_vec, fr_horner_vec, fr_batch_inv, fr_from_i64_vec, fr_to_limbs_vec },
    .fq = { hcl_fq_mul_adx, hcl_fq_sqr_adx, hcl_fq_add_vec_adx, hcl_fq_sub_vec_adx, fq_mul_vec, fq_sqr_vec,
            fq_scale_vec, fq_axpy_vec, fq_horner_vec, fq_batch_inv, fq_from_i64_vec, fq_to_limbs_vec },
};
