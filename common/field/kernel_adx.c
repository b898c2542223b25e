/* SPDX-License-Identifier: Apache-2.0 */
/* The BMI2/ADX kernel: Montgomery multiplication with MULX and two independent carry chains (ADCX, ADOX),
 * which compilers do not generate. Each of four steps adds x_i*y to the accumulator t, then f*m with f =
 * -t[0]/m mod 2^64, and drops the zero limb. The modulus' top limb is below 2^62, so no carry leaves the
 * fifth limb. */
#include "common/field/fp_kernel_internal.h"
#include "common/field/fp_params_internal.h"
#include <string.h>

/* t4:t0..t3 += x*y for x in rdx; then the reduction step. The limbs rotate: what was T1 is the lowest after.
 */
#define ACCUMULATE(T0, T1, T2, T3, T4)                                                                       \
    "xor %%eax, %%eax\n\t" /* clears both carries and T4's start */                                          \
    "mulx 0(%[y]), %%rax, %[h]\n\t"                                                                          \
    "adcx %%rax, %[" T0 "]\n\t"                                                                              \
    "adox %[h], %[" T1 "]\n\t"                                                                               \
    "mulx 8(%[y]), %%rax, %[h]\n\t"                                                                          \
    "adcx %%rax, %[" T1 "]\n\t"                                                                              \
    "adox %[h], %[" T2 "]\n\t"                                                                               \
    "mulx 16(%[y]), %%rax, %[h]\n\t"                                                                         \
    "adcx %%rax, %[" T2 "]\n\t"                                                                              \
    "adox %[h], %[" T3 "]\n\t"                                                                               \
    "mulx 24(%[y]), %%rax, %[" T4 "]\n\t"                                                                    \
    "adcx %%rax, %[" T3 "]\n\t"                                                                              \
    "mov $0, %%eax\n\t"                                                                                      \
    "adox %%rax, %[" T4 "]\n\t"                                                                              \
    "adcx %%rax, %[" T4 "]\n\t"

#define REDUCE(T0, T1, T2, T3, T4)                                                                           \
    "mov %[inv], %%rdx\n\t"                                                                                  \
    "imul %[" T0 "], %%rdx\n\t"                                                                              \
    "xor %%eax, %%eax\n\t"                                                                                   \
    "mulx 0(%[m]), %%rax, %[h]\n\t"                                                                          \
    "adcx %[" T0 "], %%rax\n\t"                                                                              \
    "adox %[h], %[" T1 "]\n\t"                                                                               \
    "mulx 8(%[m]), %%rax, %[h]\n\t"                                                                          \
    "adcx %%rax, %[" T1 "]\n\t"                                                                              \
    "adox %[h], %[" T2 "]\n\t"                                                                               \
    "mulx 16(%[m]), %%rax, %[h]\n\t"                                                                         \
    "adcx %%rax, %[" T2 "]\n\t"                                                                              \
    "adox %[h], %[" T3 "]\n\t"                                                                               \
    "mulx 24(%[m]), %%rax, %[h]\n\t"                                                                         \
    "adcx %%rax, %[" T3 "]\n\t"                                                                              \
    "adox %[h], %[" T4 "]\n\t"                                                                               \
    "mov $0, %%eax\n\t"                                                                                      \
    "adcx %%rax, %[" T4 "]\n\t"

#define STEP(OFFSET, T0, T1, T2, T3, T4)                                                                     \
    "mov " OFFSET "(%[x]), %%rdx\n\t" ACCUMULATE(T0, T1, T2, T3, T4) REDUCE(T0, T1, T2, T3, T4)

/* The first step has nothing to accumulate to. */
#define FIRST_STEP                                                                                           \
    "mov 0(%[x]), %%rdx\n\t"                                                                                 \
    "mulx 0(%[y]), %[t0], %[t1]\n\t"                                                                         \
    "mulx 8(%[y]), %%rax, %[t2]\n\t"                                                                         \
    "add %%rax, %[t1]\n\t"                                                                                   \
    "mulx 16(%[y]), %%rax, %[t3]\n\t"                                                                        \
    "adc %%rax, %[t2]\n\t"                                                                                   \
    "mulx 24(%[y]), %%rax, %[t4]\n\t"                                                                        \
    "adc %%rax, %[t3]\n\t"                                                                                   \
    "adc $0, %[t4]\n\t" REDUCE("t0", "t1", "t2", "t3", "t4")

/* out = x*y/2^256, not reduced.  In: x any 256-bit integer, y < m.  Out: t < 2m. */
static inline __attribute__((always_inline)) void
montgomery(uint64_t t[4], const uint64_t x[4], const uint64_t y[4], const uint64_t m[4], uint64_t inv)
{
    uint64_t t0, t1, t2, t3, t4, h;
    __asm__(FIRST_STEP STEP("8", "t1", "t2", "t3", "t4", "t0") STEP("16", "t2", "t3", "t4", "t0", "t1")
                STEP("24", "t3", "t4", "t0", "t1", "t2")
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [h] "=&r"(h)
            : [x] "r"(x), [y] "r"(y), [m] "r"(m), [inv] "rm"(inv), "m"(*(const uint64_t(*)[4])x),
              "m"(*(const uint64_t(*)[4])y), "m"(*(const uint64_t(*)[4])m)
            : "rax", "rdx", "cc");
    t[0] = t4;
    t[1] = t0;
    t[2] = t1;
    t[3] = t2;
}

#define FP_NO_SCALAR_MUL 1

#define FP(name) hcl_fr_##name
#define FPS(name) fr_scalar_##name
#define FPV(name) fr_##name
#define FP_T hcl_fr
#define FP_MODULUS HCL_FR_MODULUS
#define FP_MONT_R2 HCL_FR_MONT_R2
#include "common/field/fp_scalar_internal.h"

static inline void fr_scalar_mul(hcl_fr *out, const hcl_fr *a, const hcl_fr *b)
{
    uint64_t t[4];
    montgomery(t, a->l, b->l, fr_scalar_modulus.l, HCL_FR_NEG_INV64);
    fr_scalar_reduce_once(out, t);
}

void hcl_fr_mul_adx(hcl_fr *out, const hcl_fr *a, const hcl_fr *b)
{
    fr_scalar_mul(out, a, b);
}

void hcl_fr_sqr_adx(hcl_fr *out, const hcl_fr *a)
{
    fr_scalar_mul(out, a, a);
}

#define FPE_ADD FPS(add)
#define FPE_SUB FPS(sub)
#define FPE_MUL FPS(mul)
#define FPE_SQR(out, a) FPS(mul)(out, a, a)
#include "common/field/fp_vec_internal.h"
void hcl_fr_add_vec_adx(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n)
{
    fr_add_vec(out, a, b, n);
}

void hcl_fr_sub_vec_adx(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n)
{
    fr_sub_vec(out, a, b, n);
}

#undef FP
#undef FPS
#undef FPV
#undef FP_T
#undef FP_MODULUS
#undef FP_MONT_R2

#define FP(name) hcl_fq_##name
#define FPS(name) fq_scalar_##name
#define FPV(name) fq_##name
#define FP_T hcl_fq
#define FP_MODULUS HCL_FQ_MODULUS
#define FP_MONT_R2 HCL_FQ_MONT_R2
#include "common/field/fp_scalar_internal.h"

static inline void fq_scalar_mul(hcl_fq *out, const hcl_fq *a, const hcl_fq *b)
{
    uint64_t t[4];
    montgomery(t, a->l, b->l, fq_scalar_modulus.l, HCL_FQ_NEG_INV64);
    fq_scalar_reduce_once(out, t);
}

void hcl_fq_mul_adx(hcl_fq *out, const hcl_fq *a, const hcl_fq *b)
{
    fq_scalar_mul(out, a, b);
}

void hcl_fq_sqr_adx(hcl_fq *out, const hcl_fq *a)
{
    fq_scalar_mul(out, a, a);
}

#include "common/field/fp_vec_internal.h"

void hcl_fq_add_vec_adx(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n)
{
    fq_add_vec(out, a, b, n);
}

void hcl_fq_sub_vec_adx(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n)
{
    fq_sub_vec(out, a, b, n);
}

const struct hcl_field_kernel hcl_field_kernel_adx = {
    .name = "adx",
    .fr = { hcl_fr_mul_adx, hcl_fr_sqr_adx, hcl_fr_add_vec_adx, hcl_fr_sub_vec_adx, fr_mul_vec, fr_sqr_vec,
            fr_scale_vec, fr_axpy_vec, fr_horner_vec, fr_batch_inv, fr_from_i64_vec, fr_to_limbs_vec },
    .fq = { hcl_fq_mul_adx, hcl_fq_sqr_adx, hcl_fq_add_vec_adx, hcl_fq_sub_vec_adx, fq_mul_vec, fq_sqr_vec,
            fq_scale_vec, fq_axpy_vec, fq_horner_vec, fq_batch_inv, fq_from_i64_vec, fq_to_limbs_vec },
};
