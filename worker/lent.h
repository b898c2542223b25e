/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of each rank in which the others, all on its node, read its columns where they are. It is had once,
 * with the key, for all that needs such memory one after the other: to get its pages, clear them, map them on
 * both sides and give them back takes half as long as to transform what they hold. */
#ifndef HCL_WORKER_LENT_H
#define HCL_WORKER_LENT_H

#include "common/comm/comm.h"
#include "common/field/fr.h"

struct hcl_lent {
    size_t *room;                    /* [rank] elements; NULL: there is none on any rank, and never will be */
    struct hcl_node_windows windows; /* of == NULL: not at the moment */
};

/** Collective: room[rank] elements, taken over. Where that cannot be had there is none. */
void hcl_lent_init(struct hcl_lent *l, struct hcl_comm *comm, size_t *room);
/** Collective: have it again after hcl_lent_end. Nothing to do where there is none. */
hcl_status hcl_lent_again(struct hcl_lent *l, struct hcl_comm *comm, struct hcl_err *err);
/** Local: whether there is so much on each rank at the moment, the same answer on all. l may be NULL. */
bool hcl_lent_fits(const struct hcl_lent *l, const size_t *elements);
/** Local: this rank's own; only where there is some. */
static inline hcl_fr *hcl_lent_mine(const struct hcl_lent *l)
{
    return l->windows.of[l->windows.rank];
}
/** Local: wiped and given back until hcl_lent_again; nobody may read it any more. l may be NULL. */
void hcl_lent_end(struct hcl_lent *l);
/** The same for good. */
void hcl_lent_clear(struct hcl_lent *l);

#endif
