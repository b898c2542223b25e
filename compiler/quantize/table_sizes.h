/* SPDX-License-Identifier: Apache-2.0 */
/* Table rows by formula, before a graph is built, as the operators see it (struct hcl_operator,
 * count_tables). */
#ifndef HCL_COMPILER_QUANTIZE_TABLE_SIZES_H
#define HCL_COMPILER_QUANTIZE_TABLE_SIZES_H

#include "compiler/quantize/scales.h"

/* Remainders, as ranges or as limbs, and reciprocals of sums: equal ones share their rows. */
struct hcl_remainder_size {
    enum { HCL_CENTRED, HCL_LIMB, HCL_LOWER_LIMB, HCL_UPPER_LIMB, HCL_RECIPROCAL } kind;
    double rows;
};

/* A function's table: from -reach to reach. */
struct hcl_table_size {
    struct hcl_function function;
    int quotient_bits, result_bits; /* 0 where the table is that of all scales */
    double reach;
};

struct hcl_table_sizes {
    const struct hcl_graph *g;
    const struct hcl_scales *scales;
    const double *most;
    const struct hcl_fx_setting *setting;
    struct hcl_table_size *tables; /* one for each input and node, and one more each, at most */
    size_t num_tables;
    struct hcl_remainder_size *remainders; /* at most four for each node */
    size_t num_remainders;
    double others;
};

/** Function f of a quotient up to reach at these bits, and of a result of as many. */
void hcl_table_sizes_reach(struct hcl_table_sizes *s, struct hcl_function f, int bits, double reach);
/** Remainders of a division. */
void hcl_table_sizes_remainder(struct hcl_table_sizes *s, double divisor);
/** Reciprocals of so many quotients. */
void hcl_table_sizes_reciprocals(struct hcl_table_sizes *s, double quotients);
/** As hcl_tables_limbs and hcl_tables_scaling (compiler/primitives/tables.h). */
void hcl_table_sizes_limbs(struct hcl_table_sizes *s, int bits);
void hcl_table_sizes_scaling(struct hcl_table_sizes *s, int64_t divisor, int64_t len);

#endif
