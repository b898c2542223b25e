/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/lent.h"

static hcl_status make(struct hcl_lent *l, struct hcl_comm *comm, struct hcl_err *err)
{
    const size_t bytes = l->room[hcl_comm_rank(comm)] * sizeof(hcl_fr);
    return hcl_node_windows_init(&l->windows, comm, bytes, "columns that others read", err);
}

void hcl_lent_init(struct hcl_lent *l, struct hcl_comm *comm, size_t *room)
{
    *l = (struct hcl_lent){ .room = room };
    if (make(l, comm, NULL) != HCL_OK)
        hcl_lent_clear(l);
}

hcl_status hcl_lent_again(struct hcl_lent *l, struct hcl_comm *comm, struct hcl_err *err)
{
    return l && l->room && !l->windows.of ? make(l, comm, err) : HCL_OK;
}

bool hcl_lent_fits(const struct hcl_lent *l, const size_t *elements)
{
    if (!l || !l->windows.of)
        return false;
    for (int r = 0; r < l->windows.ranks; r++)
        if (elements[r] > l->room[r])
            return false;
    return true;
}

void hcl_lent_end(struct hcl_lent *l)
{
    if (l)
        hcl_node_windows_clear(&l->windows, true);
}

void hcl_lent_clear(struct hcl_lent *l)
{
    hcl_lent_end(l);
    free(l->room);
    *l = (struct hcl_lent){ 0 };
}
