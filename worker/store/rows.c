/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/store/rows.h"

void hcl_rows_of(size_t n, int ranks, int rank, size_t *first, size_t *count)
{
    size_t r = (size_t)rank, each = n / (size_t)ranks, longer = n % (size_t)ranks;
    *first = r * each + (r < longer ? r : longer);
    *count = each + (r < longer);
}
