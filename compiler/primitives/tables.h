/* SPDX-License-Identifier: Apache-2.0 */
/* The distinct look-up tables that the nodes of a fixed-point graph need, counted as the layout stacks them
 * (compiler/layout/tables.c): one of each content, whoever looks up in it. */
#ifndef HCL_COMPILER_PRIMITIVES_TABLES_H
#define HCL_COMPILER_PRIMITIVES_TABLES_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a table is, beside its entries: one of a kind holds none of another. */
typedef enum hcl_table_kind {
    HCL_TABLE_RANGE,        /* remainders */
    HCL_TABLE_FUNCTION,     /* values[q - lo], or q where there are none */
    HCL_TABLE_DIFFERENCES,  /* RELU, for maxima */
    HCL_TABLE_PICKS,        /* of distances from a largest element */
    HCL_TABLE_EXPONENTIALS, /* values[-q], q not positive */
    HCL_TABLE_RECIPROCALS   /* by/q, rounded */
} hcl_table_kind;

struct hcl_table {
    hcl_table_kind kind;
    int64_t lo, hi;
    const int64_t *values; /* borrowed */
    int64_t by;
};

struct hcl_tables {
    struct hcl_table *of;
    size_t num, cap;
    bool failed; /* out of memory: of is not all */
};

/** Add a table unless an equal one is there. */
void hcl_tables_add(struct hcl_tables *t, hcl_table_kind kind, int64_t lo, int64_t hi, const int64_t *values);
/** Remainders of a division by s, rounded. */
void hcl_tables_remainder(struct hcl_tables *t, int64_t s);
/** by/q, q in [lo, hi]. */
void hcl_tables_reciprocals(struct hcl_tables *t, int64_t lo, int64_t hi, int64_t by);
/** Numbers of two limbs of so many bits (compiler/gadgets/scalars.h). */
void hcl_tables_limbs(struct hcl_tables *t, uint32_t bits);
/** Remainders of a Scale, where the table of its results has `len` entries (compiler/gadgets/scale.h). */
void hcl_tables_scaling(struct hcl_tables *t, int64_t divisor, int64_t len);
size_t hcl_tables_rows(const struct hcl_tables *t);
void hcl_tables_clear(struct hcl_tables *t);

#endif
