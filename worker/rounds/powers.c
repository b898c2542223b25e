/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/powers.h"

/* Doubling: once base^first..base^(first+m-1) are there, the next m are those times base^m. */
void hcl_powers_run(hcl_fr *out, const hcl_fr *base, uint64_t first, size_t count)
{
    if (count == 0)
        return;
    hcl_fr step = *base; /* base^have */
    hcl_fr_pow_u64(&out[0], base, first);
    for (size_t have = 1; have < count;) {
        size_t more = count - have < have ? count - have : have;
        hcl_fr_scale_vec(out + have, out, &step, more);
        have += more;
        hcl_fr_sqr(&step, &step);
    }
}

void hcl_fill_run(hcl_fr *out, const hcl_fr *c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = *c;
}
