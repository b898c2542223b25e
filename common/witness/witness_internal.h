/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_WITNESS_WITNESS_INTERNAL_H
#define HCL_COMMON_WITNESS_WITNESS_INTERNAL_H

#include "common/witness/run.h"

/** Every index of the program is inside its array and every source is earlier (program_check.c). `file` is
 * for messages. */
hcl_status hcl_program_check(const struct hcl_program *p, const char *file, struct hcl_err *err);

/** fn(q), or false when q is outside the table. */
static inline bool hcl_fn_value(const struct hcl_fn_table *t, int64_t q, int64_t *y)
{
    if ((uint64_t)q - (uint64_t)t->lo >= t->len) /* wraps below lo */
        return false;
    *y = t->values ? t->values[q - t->lo] : q;
    return true;
}

/* Field columns (wide.c). out: n zeroed elements each, NULL: not wanted. */
struct hcl_wide_columns {
    hcl_fr *h[HCL_MAX_LANES];
    hcl_fr *phi, *a0, *a1, *b;
};
hcl_status hcl_wide_fill(const struct hcl_witness *w, const hcl_fr *challenges,
                         const struct hcl_wide_columns *out, int threads, struct hcl_err *err);
/* A0, A1, B of them (accumulators.c). */
hcl_status hcl_wide_accumulators(const struct hcl_witness *w, const hcl_fr *challenges,
                                 const struct hcl_wide_columns *out, int threads, struct hcl_err *err);

#endif
