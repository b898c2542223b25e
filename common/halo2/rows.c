/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/rows.h"

void hcl_rows_of(size_t n, int ranks, int rank, size_t *first, size_t *count)
{
    size_t unit = n & -n; /* the largest power of two that divides n */
    unit = unit < HCL_ROWS_UNIT ? unit : HCL_ROWS_UNIT;
    const size_t units = unit > 0 ? n / unit : 0, r = (size_t)rank;
    const size_t each = units / (size_t)ranks, longer = units % (size_t)ranks;
    *first = unit * (r * each + (r < longer ? r : longer));
    *count = unit * (each + (r < longer));
}
