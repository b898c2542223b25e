/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded reading of bytes from outside. A reader never runs past its end; every get either succeeds or
 * leaves position and output unchanged. Counts from a file are compared with hcl_left() before anything is
 * allocated. The reader borrows the bytes. */
#ifndef HCL_COMMON_IO_READER_H
#define HCL_COMMON_IO_READER_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hcl_reader {
    const uint8_t *base;
    size_t len, pos;  /* pos <= len, whoever sets it */
    const char *file; /* for messages */
};

static inline size_t hcl_left(const struct hcl_reader *r)
{
    return r->len - r->pos;
}
bool hcl_read_u8(struct hcl_reader *r, uint8_t *out);
bool hcl_read_u16le(struct hcl_reader *r, uint16_t *out);
bool hcl_read_u32le(struct hcl_reader *r, uint32_t *out);
bool hcl_read_u64le(struct hcl_reader *r, uint64_t *out);
/** Borrow n bytes. */
bool hcl_read_bytes(struct hcl_reader *r, const uint8_t **out, size_t n);
/** HCL_BAD_INPUT "'file' ends at byte N inside <what>". */
hcl_status hcl_fail_short(struct hcl_err *err, const struct hcl_reader *r, const char *what);

/* A whole file in memory, at most max_bytes and what is left of the memory budget; free with hcl_file_clear.
 * Missing file: HCL_BAD_INPUT. */
struct hcl_file {
    uint8_t *data;
    size_t len;
};
hcl_status hcl_file_read(struct hcl_file *out, const char *path, size_t max_bytes, struct hcl_err *err);
/** Its first bytes, `most` or all there are: to see what it is. */
hcl_status hcl_file_read_start(struct hcl_file *out, const char *path, size_t most, struct hcl_err *err);
void hcl_file_clear(struct hcl_file *f);

/* The only way files are written: temporary name in the same folder, fsync, rename. A crash or a full disk
 * never leaves anything under the final name. mode 0600 when secret. */
hcl_status hcl_file_write(const char *path, const void *data, size_t len, struct hcl_err *err);

#endif
