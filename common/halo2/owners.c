/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/owners.h"

#include <string.h>

void hcl_owners_begin(struct hcl_owners *o)
{
    memset(o->group, 0, (size_t)o->ranks * sizeof *o->group);
}

uint32_t hcl_owners_take(struct hcl_owners *o, double commit, double rest)
{
    int best = 0;
    for (int r = 1; r < o->ranks; r++)
        if (o->group[r] < o->group[best] || (o->group[r] == o->group[best] && o->load[r] < o->load[best]))
            best = r;
    o->group[best] += commit;
    o->load[best] += rest;
    return (uint32_t)best;
}

void hcl_owners_spread(struct hcl_owners *o, uint32_t *owner, const double *commit, const double *rest,
                       size_t count, uint32_t *order)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && commit[order[at - 1]] < commit[i]; at--)
            order[at] = order[at - 1];
        order[at] = (uint32_t)i;
    }
    hcl_owners_begin(o);
    for (size_t i = 0; i < count; i++)
        owner[order[i]] = hcl_owners_take(o, commit[order[i]], rest[order[i]]);
}
