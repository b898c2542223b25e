/* SPDX-License-Identifier: Apache-2.0 */
/* Table rows by formula, before a graph is built, as the operators see it (struct hcl_operator,
 * count_tables). */
#ifndef HCL_COMPILER_QUANTIZE_TABLE_SIZES_H
#define HCL_COMPILER_QUANTIZE_TABLE_SIZES_H

#include "compiler/quantize/scales.h"

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
    uint64_t divisors; /* bit b: 2^b */
    double others;
};

/** Function f of a quotient up to reach at these bits, and of a result of as many. */
void hcl_table_sizes_reach(struct hcl_table_sizes *s, struct hcl_function f, int bits, double reach);

#endif
