/* SPDX-License-Identifier: Apache-2.0 */
/* The portable kernel: plain C with 128-bit products. Runs everywhere and is the reference for the others. */
#include "common/field/fp_kernel_internal.h"
#include "common/field/fp_params_internal.h"
#include <string.h>

#define FP_PLAIN_C 1

#define FP(name) hcl_fr_##name
#define FPS(name) fr_scalar_##name
#define FPV(name) fr_##name
#define FP_T hcl_fr
#define FP_MODULUS HCL_FR_MODULUS
#define FP_NEG_INV64 HCL_FR_NEG_INV64
#define FP_MONT_R2 HCL_FR_MONT_R2
#define FPE_ADD FPS(add)
#define FPE_SUB FPS(sub)
#define FPE_MUL FPS(mul)
#define FPE_SQR(out, a) FPS(mul)(out, a, a)
#include "common/field/fp_scalar_internal.h"
#include "common/field/fp_vec_internal.h"

static void fr_mul(hcl_fr *out, const hcl_fr *a, const hcl_fr *b)
{
    FPE_MUL(out, a, b);
}

static void fr_sqr(hcl_fr *out, const hcl_fr *a)
{
    FPE_SQR(out, a);
}

#undef FP
#undef FPS
#undef FPV
#undef FP_T
#undef FP_MODULUS
#undef FP_NEG_INV64
#undef FP_MONT_R2

#define FP(name) hcl_fq_##name
#define FPS(name) fq_scalar_##name
#define FPV(name) fq_##name
#define FP_T hcl_fq
#define FP_MODULUS HCL_FQ_MODULUS
#define FP_NEG_INV64 HCL_FQ_NEG_INV64
#define FP_MONT_R2 HCL_FQ_MONT_R2
#include "common/field/fp_scalar_internal.h"
#include "common/field/fp_vec_internal.h"

static void fq_mul(hcl_fq *out, const hcl_fq *a, const hcl_fq *b)
{
    FPE_MUL(out, a, b);
}

static void fq_sqr(hcl_fq *out, const hcl_fq *a)
{
    FPE_SQR(out, a);
}

const struct hcl_field_kernel hcl_field_kernel_portable = {
    .name = "portable",
    .fr = { fr_mul, fr_sqr, fr_add_vec, fr_sub_vec, fr_mul_vec, fr_sqr_vec, fr_scale_vec, fr_axpy_vec,
            fr_horner_vec, fr_batch_inv, fr_from_i64_vec, fr_to_limbs_vec },
    .fq = { fq_mul, fq_sqr, fq_add_vec, fq_sub_vec, fq_mul_vec, fq_sqr_vec, fq_scale_vec, fq_axpy_vec,
            fq_horner_vec, fq_batch_inv, fq_from_i64_vec, fq_to_limbs_vec },
};
