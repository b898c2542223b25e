/* SPDX-License-Identifier: Apache-2.0 */
/* Files that belong together appear together: they are written into a folder of their own inside the one
 * where they are to be (same file system), and all of them get their final names at once, by renaming.
 * Sequence: open, write to the paths of hcl_staging_path, then commit or discard. Ending signals wait from
 * open to the end of commit or discard (common/sys/hold.h), so an interrupted process leaves all of the files
 * or none, and nothing temporary; one that is killed leaves at most a folder "tmp-XXXXXX" and, if it dies
 * among the renames, the first files without the last. One staging at a time. */
#ifndef HCL_COMMON_IO_STAGING_H
#define HCL_COMMON_IO_STAGING_H

#include "common/sys/status.h"
#include <stddef.h>

struct hcl_staging {
    char *target, *folder;    /* owned */
    const char *const *names; /* of the files, the last one the mark that all are there */
    size_t count;
};

/** names: borrowed until commit or discard. */
hcl_status hcl_staging_open(struct hcl_staging *s, const char *target, const char *const *names, size_t count,
                            struct hcl_err *err);
/** Where to write file `index` for the time being: malloc'ed; NULL when out of memory. */
char *hcl_staging_path(const struct hcl_staging *s, size_t index);
/** Replace files of these names in the target: the old ones go in reverse order, then the new ones come in
 * order; of a name that nothing was written to the old one goes all the same. Ends the staging whatever the
 * result. */
hcl_status hcl_staging_commit(struct hcl_staging *s, struct hcl_err *err);
/** Remove what was written. */
void hcl_staging_discard(struct hcl_staging *s);

#endif
