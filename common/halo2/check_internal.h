/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_HALO2_CHECK_INTERNAL_H
#define HCL_COMMON_HALO2_CHECK_INTERNAL_H

#include "common/halo2/check.h"
#include "common/halo2/permutation.h"

/* A program with its scalars for the checker's challenges. */
struct hcl_check_program {
    struct hcl_eval eval;
    hcl_fr *scalars;
};

/* Table tuples of a lookup, compressed with theta, as a set. */
struct hcl_check_table {
    hcl_fr *values;  /* rows [0, u) */
    uint32_t *slots; /* open addressing: row or UINT32_MAX */
    size_t num_slots;
};

struct hcl_check {
    const struct hcl_circuit *c;
    hcl_fr *const *advice;
    hcl_fr **fixed, **instance; /* n values each */
    hcl_fr *challenges;
    hcl_fr theta, y; /* random: a fold is zero iff all its members are, up to 2^-240 */
    int threads;
    struct hcl_check_program gates;
    struct hcl_check_program *inputs, *tables; /* per lookup */
    struct hcl_check_table *sets;              /* per lookup */
    struct hcl_permutation cycles;
    /* Gate polynomials that read one advice column; compiled when hcl_check_cell first asks. */
    struct hcl_check_program **of_column;
};

hcl_status hcl_check_program_init(struct hcl_check_program *p, const struct hcl_check *k,
                                  const hcl_expr *exprs, size_t count, struct hcl_err *err);
void hcl_check_program_clear(struct hcl_check_program *p);
/** out[i] = fold with `factor` of the program's expressions at row (first + i) mod n, i < count. */
hcl_status hcl_check_fold(const struct hcl_check *k, const struct hcl_check_program *p, const hcl_fr *factor,
                          size_t first, size_t count, hcl_fr *out, int threads, struct hcl_err *err);
hcl_status hcl_check_table_build(struct hcl_check *k, size_t lookup, struct hcl_err *err);
bool hcl_check_table_has(const struct hcl_check_table *t, const hcl_fr *v);
/** Value of a cell of permutation column i. */
const hcl_fr *hcl_check_copy_cell(const struct hcl_check *k, size_t column, size_t row);

#endif
