/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic files: everything goes to a temporary name in the same folder and appears under the final name in
 * one step, complete, or never. Sequence: open, put*, then commit (which closes whatever the result) or
 * discard. A process that is killed leaves at most "<name>.tmp-XXXXXX". Failures are HCL_NO_RESOURCE and name
 * the final path. A writer belongs to one thread. */
#ifndef HCL_COMMON_IO_FILE_WRITE_H
#define HCL_COMMON_IO_FILE_WRITE_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>

struct hcl_writer {
    int fd;
    char *temp_path, *final_path;
    bool unsynced; /* commit leaves it to the system when the bytes reach the disk */
};

/** mode: permissions before the umask, 0666 unless the file is secret. */
hcl_status hcl_writer_open(struct hcl_writer *w, const char *path, unsigned mode, struct hcl_err *err);
hcl_status hcl_writer_put(struct hcl_writer *w, const void *data, size_t len, struct hcl_err *err);
/** fsync (unless unsynced), close, rename. On failure nothing stays behind and an earlier file of that name
 * is untouched. */
hcl_status hcl_writer_commit(struct hcl_writer *w, struct hcl_err *err);
/** Close and remove the temporary file; a writer that was committed or never opened is fine. */
void hcl_writer_discard(struct hcl_writer *w);

/** hcl_file_write (reader.h) without waiting for the disk: for many small files that are checked when they
 * are read and can be made again. If the machine itself stops, the file may have other contents or be empty.
 */
hcl_status hcl_file_write_unsynced(const char *path, const void *data, size_t len, struct hcl_err *err);
/** hcl_file_write with mode 0600, unless there is a file of that name, which stays as it is: of
 * several that make a secret at once one wins, and all read the same afterwards. */
hcl_status hcl_file_make_secret(const char *path, const void *data, size_t len, struct hcl_err *err);
/** HCL_OK if a file can be made at path, which is not touched: to find out before the work whose result it is
 * to hold. */
hcl_status hcl_file_try(const char *path, struct hcl_err *err);
/** Make a folder and its missing parents; an existing one is fine. */
hcl_status hcl_folder_make(const char *path, struct hcl_err *err);
/** New names in a folder survive a crash only after this; a file system that cannot do it is not an error. */
void hcl_folder_sync(const char *path);

#endif
