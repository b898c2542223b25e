/* SPDX-License-Identifier: Apache-2.0 */
/* The options of checkpoints, and from them the checkpoint: folder, key, and what was in it. */
#ifndef HCL_COORDINATOR_CLI_CHECKPOINT_OPTIONS_H
#define HCL_COORDINATOR_CLI_CHECKPOINT_OPTIONS_H

#include "coordinator/cli/setup.h"
#include "coordinator/run/checkpoint.h"

struct hcl_checkpoint_options {
    const char *folder; /* --checkpoint or --resume DIR; NULL: none */
    const char *key;    /* --checkpoint-key FILE; NULL: checkpoint.key in the cache */
    bool resume, every_round;
};

/** Parser for these; its input is a struct hcl_checkpoint_options. */
extern const struct argp hcl_checkpoint_argp;

/** Folder and key of a checkpoint, read when it is to be resumed; before the work that it is about. Local,
 * rank 0. HCL_BAD_INPUT also when a checkpoint would be overwritten. */
hcl_status hcl_checkpoint_open(struct hcl_checkpoint *c, const struct hcl_checkpoint_options *o,
                               const struct hcl_setup_options *setup, struct hcl_err *err);

#endif
