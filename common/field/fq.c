/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/fq.h"
#include "common/field/fp_kernel_internal.h"
#include "common/field/fp_params_internal.h"
#include "common/field/gcd_inverse.h"
#include <string.h>

#define FP(name) hcl_fq_##name
#define FPS(name) scalar_##name
#define FP_T hcl_fq
#define FP_OPS hcl_field_now.fq
#define FP_MODULUS HCL_FQ_MODULUS
#define FP_NEG_INV64 HCL_FQ_NEG_INV64
#define FP_MONT_ONE HCL_FQ_MONT_ONE
#define FP_MONT_R2 HCL_FQ_MONT_R2
#define FP_MONT_R3 HCL_FQ_MONT_R3
#define FP_NO_SCALAR_MUL 1 /* goes through the kernel in use */
#include "common/field/fp_scalar_internal.h"
#include "common/field/fp_template.h"

/* out = a^e by 4-bit windows, e of 4 limbs. */
static void pow_limbs(hcl_fq *out, const hcl_fq *a, const uint64_t e[4])
{
    hcl_fq power[16], acc = hcl_fq_one;
    power[0] = hcl_fq_one;
    for (int i = 1; i < 16; i++)
        hcl_fq_mul(&power[i], &power[i - 1], a);
    for (int bit = 252; bit >= 0; bit -= 4) {
        for (int i = 0; i < 4; i++)
            hcl_fq_sqr(&acc, &acc);
        const unsigned digit = (unsigned)(e[bit / 64] >> (bit % 64)) & 15;
        if (digit != 0)
            hcl_fq_mul(&acc, &acc, &power[digit]);
    }
    *out = acc;
}

/* p = 3 mod 4, so a^((p+1)/4) is a root if there is one. */
bool hcl_fq_sqrt(hcl_fq *out, const hcl_fq *a)
{
    static const hcl_fq e = HCL_FQ_SQRT_EXP;
    hcl_fq root, check;
    pow_limbs(&root, a, e.l);
    hcl_fq_sqr(&check, &root);
    const bool ok = hcl_fq_eq(&check, a);
    *out = ok ? root : hcl_fq_zero;
    return ok;
}
