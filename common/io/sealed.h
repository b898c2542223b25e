/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed files: a part that everyone may read, then one that only who has the key can; neither can be
 * changed, shortened or put together from other files without the key. Layout: magic, 8 bytes | u32 LE length
 * of the open part | open part | header of libsodium's secretstream (XChaCha20-Poly1305), 24 bytes | chunks
 * of at most HCL_SEALED_CHUNK secret bytes, each 17 bytes longer than these. The first chunk authenticates
 * magic, length and open part with it, the last one is marked as such. Files have mode 0600 and appear
 * atomically (file_write.h). Local. */
#ifndef HCL_COMMON_IO_SEALED_H
#define HCL_COMMON_IO_SEALED_H

#include "common/io/reader.h"

#include <sodium.h>

#define HCL_SEALED_CHUNK ((size_t)1 << 16)
#define HCL_SEALED_KEY_BYTES crypto_secretstream_xchacha20poly1305_KEYBYTES /* 32 */

struct hcl_piece {
    const void *data;
    size_t len;
};

/** The secret part is all pieces, one after the other. */
hcl_status hcl_sealed_write(const char *path, const char magic[8], const struct hcl_piece *open,
                            const struct hcl_piece *secret, size_t count,
                            const uint8_t key[HCL_SEALED_KEY_BYTES], struct hcl_err *err);

struct hcl_sealed {
    struct hcl_file file;
    struct hcl_reader rest;
    const uint8_t *open; /* borrowed from file; not yet to be believed */
    size_t open_len;
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t *chunk; /* the last one, of which bytes [at, len) are still to be given */
    size_t at, len;
    bool ended;
};

/** The file and its open part, which nothing vouches for until hcl_sealed_start has. HCL_BAD_INPUT: it has
 * another magic, or ends too early. */
hcl_status hcl_sealed_open(struct hcl_sealed *s, const char *path, const char magic[8], size_t max_bytes,
                           struct hcl_err *err);
/** HCL_BAD_INPUT: it was sealed with another key, or changed. HCL_OK: the open part is what was written. */
hcl_status hcl_sealed_start(struct hcl_sealed *s, const uint8_t key[HCL_SEALED_KEY_BYTES],
                            struct hcl_err *err);
/** The next len secret bytes. */
hcl_status hcl_sealed_get(struct hcl_sealed *s, void *out, size_t len, struct hcl_err *err);
/** HCL_OK if nothing is left and nothing is missing. */
hcl_status hcl_sealed_end(struct hcl_sealed *s, struct hcl_err *err);
/** Wipes what was secret; one that was never opened is fine if it is zero. */
void hcl_sealed_clear(struct hcl_sealed *s);

#endif
