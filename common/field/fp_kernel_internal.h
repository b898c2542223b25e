/* SPDX-License-Identifier: Apache-2.0 */
/* What a field kernel provides, per prime, and the kernels there are. A kernel file fills one constant table
 * and may be compiled with its own instruction-set flags; nothing in it runs before kernels.c has found the
 * CPU and the operating system able to. Contracts of the functions are those of fr.h. */
#ifndef HCL_COMMON_FIELD_FP_KERNEL_INTERNAL_H
#define HCL_COMMON_FIELD_FP_KERNEL_INTERNAL_H

#include "common/field/fq.h"
#include "common/field/fr.h"

struct hcl_fr_ops {
    void (*mul)(hcl_fr *out, const hcl_fr *a, const hcl_fr *b); /* a may be any 256-bit integer */
    void (*sqr)(hcl_fr *out, const hcl_fr *a);
    void (*add_vec)(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n);
    void (*sub_vec)(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n);
    void (*mul_vec)(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n);
    void (*sqr_vec)(hcl_fr *out, const hcl_fr *a, size_t n);
    void (*scale_vec)(hcl_fr *out, const hcl_fr *a, const hcl_fr *c, size_t n); /* a as in mul */
    void (*axpy_vec)(hcl_fr *acc, const hcl_fr *a, const hcl_fr *c, size_t n);
    void (*horner_vec)(hcl_fr *acc, const hcl_fr *c, const hcl_fr *a, size_t n);
    void (*batch_inv)(hcl_fr *a, hcl_fr *scratch, size_t n);
    void (*from_i64_vec)(hcl_fr *out, const int64_t *v, size_t n);
    void (*to_limbs_vec)(uint64_t *out, const hcl_fr *a, size_t n);
};

/* The same functions over Fq. */
struct hcl_fq_ops {
    void (*mul)(hcl_fq *out, const hcl_fq *a, const hcl_fq *b);
    void (*sqr)(hcl_fq *out, const hcl_fq *a);
    void (*add_vec)(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n);
    void (*sub_vec)(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n);
    void (*mul_vec)(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n);
    void (*sqr_vec)(hcl_fq *out, const hcl_fq *a, size_t n);
    void (*scale_vec)(hcl_fq *out, const hcl_fq *a, const hcl_fq *c, size_t n);
    void (*axpy_vec)(hcl_fq *acc, const hcl_fq *a, const hcl_fq *c, size_t n);
    void (*horner_vec)(hcl_fq *acc, const hcl_fq *c, const hcl_fq *a, size_t n);
    void (*batch_inv)(hcl_fq *a, hcl_fq *scratch, size_t n);
    void (*from_i64_vec)(hcl_fq *out, const int64_t *v, size_t n);
    void (*to_limbs_vec)(uint64_t *out, const hcl_fq *a, size_t n);
};

/* Functions of the adx kernel that the ifma kernel uses too. */
void hcl_fr_mul_adx(hcl_fr *out, const hcl_fr *a, const hcl_fr *b);
void hcl_fr_sqr_adx(hcl_fr *out, const hcl_fr *a);
void hcl_fr_add_vec_adx(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n);
void hcl_fr_sub_vec_adx(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n);
void hcl_fq_mul_adx(hcl_fq *out, const hcl_fq *a, const hcl_fq *b);
void hcl_fq_sqr_adx(hcl_fq *out, const hcl_fq *a);
void hcl_fq_add_vec_adx(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n);
void hcl_fq_sub_vec_adx(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n);

struct hcl_field_kernel {
    const char *name;
    struct hcl_fr_ops fr;
    struct hcl_fq_ops fq;
};

extern const struct hcl_field_kernel hcl_field_kernel_portable, hcl_field_kernel_adx, hcl_field_kernel_ifma;

/* The kernel in use. */
extern struct hcl_field_kernel hcl_field_now;

#endif
