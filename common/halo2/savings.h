/* SPDX-License-Identifier: Apache-2.0 */
/* What a prover does to take less memory, for more time. All ranks do the same; the bytes of the proof do not
 * depend on it. The cost model (compiler/layout/cost.h) knows what each costs and chooses. All zero: nothing.
 */
#ifndef HCL_COMMON_HALO2_SAVINGS_H
#define HCL_COMMON_HALO2_SAVINGS_H

#include <stdbool.h>
#include <stdint.h>

#define HCL_MOST_GROUPS 8
/* From so many ranks on, where a rank transforms few columns, the factors of transforms to a coset are kept
 * with the key's columns on it: a vector each. */
#define HCL_KEPT_FACTORS_RANKS 16

struct hcl_savings {
    bool key_anew;     /* the key's columns on the quotient's cosets are made by each proof, not kept */
    bool keep_compact; /* advice columns of small integers become coefficients for each coset, not once */
    uint32_t groups; /* of columns, at most, that are on a coset one after the other (common/halo2/groups.h);
                        0 or 1: all at once. More than one needs key_anew */
    bool scratch;    /* columns that are not compact wait in a scratch file as coefficients. Needs key_anew */
};

static inline uint32_t hcl_savings_groups(const struct hcl_savings *s)
{
    return s->groups > 1 ? s->groups : 1;
}

#endif
