/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/fr.h"
#include "common/field/fp_kernel_internal.h"
#include "common/field/fp_params_internal.h"
#include "common/field/gcd_inverse.h"
#include <string.h>

#define FP(name) hcl_fr_##name
#define FPS(name) scalar_##name
#define FP_T hcl_fr
#define FP_OPS hcl_field_now.fr
#define FP_MODULUS HCL_FR_MODULUS
#define FP_NEG_INV64 HCL_FR_NEG_INV64
#define FP_MONT_ONE HCL_FR_MONT_ONE
#define FP_MONT_R2 HCL_FR_MONT_R2
#define FP_MONT_R3 HCL_FR_MONT_R3
#define FP_NO_SCALAR_MUL 1 /* goes through the kernel in use */
#include "common/field/fp_scalar_internal.h"
#include "common/field/fp_template.h"

const hcl_fr hcl_fr_root_of_unity = HCL_FR_MONT_ROOT;
const hcl_fr hcl_fr_delta = HCL_FR_MONT_DELTA;
const hcl_fr hcl_fr_generator = HCL_FR_MONT_GENERATOR;
