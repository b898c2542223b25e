/* SPDX-License-Identifier: Apache-2.0 */
/* Which arithmetic to use, and what all of it shares. */
#include "common/curve/msm_internal.h"
#include "common/field/kernel.h"

static void canonical(hcl_fq *a)
{
    static const uint64_t p[4] = { 0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d,
                                   0x30644e72e131a029 };
    for (;;) {
        uint64_t d[4];
        unsigned __int128 borrow = 0;
        for (int i = 0; i < 4; i++) {
            const unsigned __int128 v = (unsigned __int128)a->l[i] - p[i] - borrow;
            d[i] = (uint64_t)v;
            borrow = v >> 64 != 0;
        }
        if (borrow)
            return;
        for (int i = 0; i < 4; i++)
            a->l[i] = d[i];
    }
}

void hcl_msm_canonical(hcl_g1 *p)
{
    canonical(&p->x);
    canonical(&p->y);
}

const struct hcl_msm_sums *hcl_msm_sums(void)
{
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma())
        return &hcl_msm_sums_ifma;
#endif
    return &hcl_msm_sums_scalar;
}
