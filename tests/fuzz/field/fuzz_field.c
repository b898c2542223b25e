/* SPDX-License-Identifier: Apache-2.0 */
/* Differential fuzzing of Fr and Fq against gmp with every kernel the machine can run. Input: one byte that
 * picks prime and operation, a constant of 32 bytes, then pairs of operands. */
#include "common/field/fq.h"
#include "common/field/fr.h"
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_N = 40 };
enum op { OP_ADD, OP_SUB, OP_MUL, OP_SQR, OP_SCALE, OP_AXPY, OP_HORNER, OP_INV, OP_I64, OP_LIMBS, OPS };

#define REQUIRE(cond)                                                                                        \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            fprintf(stderr, "%s:%d: %s (kernel %s)\n", __FILE__, __LINE__, #cond, hcl_field_kernel_name());  \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#define FP(name) hcl_fr_##name
#define FP_T hcl_fr
#define F(name) fr_##name
#include "tests/fuzz/field/fuzz_field_template.h"
#undef FP
#undef FP_T
#undef F

#define FP(name) hcl_fq_##name
#define FP_T hcl_fq
#define F(name) fq_##name
#include "tests/fuzz/field/fuzz_field_template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const kernels[] = { "portable", "adx", "ifma" };
    if (size < 33)
        return 0;
    const unsigned op = data[0] / 2 % OPS;
    for (int i = 0; i < 3; i++) {
        if (!hcl_field_kernel_usable(kernels[i]))
            continue;
        REQUIRE(hcl_field_kernel_use(kernels[i], NULL) == HCL_OK);
        if (data[0] & 1)
            fq_run(op, data + 1, size - 1,
                   "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47");
        else
            fr_run(op, data + 1, size - 1,
                   "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001");
    }
    return 0;
}
