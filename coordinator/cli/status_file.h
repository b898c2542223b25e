/* SPDX-License-Identifier: Apache-2.0 */
/* status.json: how a job stands and how it ended, for whoever started it through launchers that change exit
 * codes. Written atomically, by rank 0, when the job begins, at most once a second while it goes on, and at
 * its end. A zero one writes nothing. Local. */
#ifndef HCL_COORDINATOR_CLI_STATUS_FILE_H
#define HCL_COORDINATOR_CLI_STATUS_FILE_H

#include "common/sys/status.h"

#include <jansson.h>
#include <stdbool.h>

struct hcl_status_file {
    const char *path;       /* borrowed */
    const char *checkpoint; /* folder, or NULL; borrowed */
    char phase[64];
    double last;
};

/** The job begins: the folder of `path` is made. */
hcl_status hcl_status_file_begin(struct hcl_status_file *f, const char *path, const char *checkpoint,
                                 struct hcl_err *err);
/** It has come to this phase. */
void hcl_status_file_phase(struct hcl_status_file *f, const char *phase);
/** It ends with st and the message of err. proof: where the proof is, NULL if there is none. progress: rounds
 * that are done and that this run has done; negative: not known. A file that cannot be written is worth a
 * warning. */
void hcl_status_file_end(struct hcl_status_file *f, hcl_status st, const struct hcl_err *err,
                         const char *proof, long rounds, long rounds_here);

#endif
