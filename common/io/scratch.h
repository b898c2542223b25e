/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lies on a disk: blocks of bytes that are put into a file of a scratch folder and come back as
 * they were, or not at all. What goes there may be secret: it is encrypted and authenticated (libsodium's
 * ChaCha20-Poly1305, IETF) under a key that is drawn for the file and is in the memory of this process
 * alone, with a nonce that is used once. The file has no name: it is gone when it is closed or the process
 * has ended, however that was. Blocks are not compressed: coefficients and values on cosets are as good as
 * random.
 *
 * A failure stays: whatever fails first is kept, and what follows does nothing, so that calls in the middle
 * of what cannot fail need no status of their own (hcl_scratch_status). Local; put and get may be called by
 * one thread at a time and use several themselves. */
#ifndef HCL_COMMON_IO_SCRATCH_H
#define HCL_COMMON_IO_SCRATCH_H

#include "common/sys/status.h"
#include <stddef.h>
#include <stdint.h>

struct hcl_scratch;

/** A file in `folder` that has the disk's blocks for `claim` bytes, where the file system can tell.
 * HCL_NO_RESOURCE: it cannot be made, or the disk is full. */
hcl_status hcl_scratch_open(struct hcl_scratch **out, const char *folder, uint64_t claim,
                            struct hcl_err *err);
/** Wipes the key. NULL is fine. */
void hcl_scratch_close(struct hcl_scratch *s);

/** All blocks are gone; their room is for others. */
void hcl_scratch_forget(struct hcl_scratch *s);
/** Room for a block of `bytes` bytes, whose number is *block. HCL_NO_RESOURCE: the disk is full; nothing has
 * changed then. */
hcl_status hcl_scratch_reserve(struct hcl_scratch *s, size_t bytes, size_t *block, struct hcl_err *err);
/** data: as many bytes as the block has. It may be put again. */
void hcl_scratch_put(struct hcl_scratch *s, size_t block, const void *data, int threads);
/** The bytes that were put last; undefined once something has failed. */
void hcl_scratch_get(struct hcl_scratch *s, size_t block, void *out, int threads);
/** HCL_OK, or the first failure: HCL_NO_RESOURCE, which names the folder. */
hcl_status hcl_scratch_status(const struct hcl_scratch *s, struct hcl_err *err);

#endif
