/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a checkpoint. Local. */
#ifndef HCL_COORDINATOR_RUN_CHECKPOINT_INTERNAL_H
#define HCL_COORDINATOR_RUN_CHECKPOINT_INTERNAL_H

#include "coordinator/run/checkpoint.h"

/** folder/checkpoint.hcl, malloc'ed; NULL when out of memory. */
char *hcl_checkpoint_path(const struct hcl_checkpoint *c);
/** folder/pieces-<id>-<rank>.hcl, likewise. */
char *hcl_pieces_path(const struct hcl_checkpoint *c, uint32_t rank);
/** Write checkpoint.hcl. ranks: of this job. */
hcl_status hcl_checkpoint_write(const struct hcl_checkpoint *c, int ranks, const char *round,
                                struct hcl_err *err);
/** Write this rank's blocks under c->pieces. */
hcl_status hcl_pieces_write(const struct hcl_checkpoint *c, const struct hcl_worker *w, struct hcl_err *err);
/** Delete what is in the folder of ours: pieces of other ids than c->pieces, and files that were never
 * finished. all: c's own pieces too. */
void hcl_pieces_sweep(const struct hcl_checkpoint *c, bool all);

#endif
