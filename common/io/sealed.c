/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/sealed.h"

#include "common/io/file_write.h"
#include "common/sys/mem.h"

#include <string.h>

enum {
    MAGIC = 8,
    OPEN_AT = MAGIC + 4,
    HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    MORE = crypto_secretstream_xchacha20poly1305_ABYTES,
};
static const unsigned char middle = crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
                           last = crypto_secretstream_xchacha20poly1305_TAG_FINAL;

/* ---- writing ---- */

/* Chunks are sealed when they are full and more follows. */
struct sealing {
    struct hcl_writer writer;
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t *plain, *sealed; /* one chunk each */
    size_t filled;
    const uint8_t *also; /* what the next chunk authenticates besides itself */
    size_t also_len;
};

static hcl_status put_chunk(struct sealing *s, unsigned char tag, struct hcl_err *err)
{
    crypto_secretstream_xchacha20poly1305_push(&s->state, s->sealed, NULL, s->plain, s->filled, s->also,
                                               s->also_len, tag);
    const size_t len = s->filled + MORE;
    s->also = NULL;
    s->also_len = s->filled = 0;
    return hcl_writer_put(&s->writer, s->sealed, len, err);
}

static hcl_status put_secret(struct sealing *s, const uint8_t *data, size_t len, struct hcl_err *err)
{
    while (len > 0) {
        if (s->filled == HCL_SEALED_CHUNK) {
            const hcl_status st = put_chunk(s, middle, err);
            if (st != HCL_OK)
                return st;
        }
        const size_t room = HCL_SEALED_CHUNK - s->filled, part = len < room ? len : room;
        memcpy(s->plain + s->filled, data, part);
        s->filled += part;
        data += part;
        len -= part;
    }
    return HCL_OK;
}

/* What comes before the chunks, malloc'ed. */
static uint8_t *head_of(const char magic[MAGIC], const struct hcl_piece *open)
{
    uint8_t *head = malloc(OPEN_AT + open->len);
    if (!head)
        return NULL;
    memcpy(head, magic, MAGIC);
    for (int i = 0; i < 4; i++)
        head[MAGIC + i] = (uint8_t)(open->len >> (8 * i));
    if (open->len)
        memcpy(head + OPEN_AT, open->data, open->len);
    return head;
}

hcl_status hcl_sealed_write(const char *path, const char magic[8], const struct hcl_piece *open,
                            const struct hcl_piece *secret, size_t count,
                            const uint8_t key[HCL_SEALED_KEY_BYTES], struct hcl_err *err)
{
    struct sealing s = { .writer.fd = -1 };
    uint8_t header[HEADER], *head = head_of(magic, open);
    hcl_status st = HCL_OK;
    HCL_ASSERT(open->len <= UINT32_MAX);
    if (!head)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory to write '%s'", path));
    HCL_TRY(hcl_mem_alloc((void **)&s.plain, HCL_SEALED_CHUNK, 1, "sealed file", err));
    HCL_TRY(hcl_mem_alloc((void **)&s.sealed, HCL_SEALED_CHUNK + MORE, 1, "sealed file", err));
    HCL_TRY(hcl_writer_open(&s.writer, path, 0600, err));
    crypto_secretstream_xchacha20poly1305_init_push(&s.state, header, key);
    s.also = head;
    s.also_len = OPEN_AT + open->len;
    HCL_TRY(hcl_writer_put(&s.writer, head, s.also_len, err));
    HCL_TRY(hcl_writer_put(&s.writer, header, sizeof header, err));
    for (size_t i = 0; i < count; i++)
        HCL_TRY(put_secret(&s, secret[i].data, secret[i].len, err));
    HCL_TRY(put_chunk(&s, last, err));
    HCL_TRY(hcl_writer_commit(&s.writer, err));
done:
    hcl_writer_discard(&s.writer);
    sodium_memzero(&s.state, sizeof s.state);
    hcl_mem_free_secret(s.plain);
    hcl_mem_free(s.sealed);
    free(head);
    return st;
}

/* ---- reading ---- */

hcl_status hcl_sealed_open(struct hcl_sealed *s, const char *path, const char magic[8], size_t max_bytes,
                           struct hcl_err *err)
{
    const uint8_t *found;
    uint32_t open_len;
    *s = (struct hcl_sealed){ 0 };
    hcl_status st = hcl_file_read(&s->file, path, max_bytes, err);
    if (st != HCL_OK)
        return st;
    s->rest = (struct hcl_reader){ s->file.data, s->file.len, 0, path };
    if (!hcl_read_bytes(&s->rest, &found, MAGIC) || memcmp(found, magic, MAGIC) != 0)
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' does not begin with '%.8s'", path, magic);
    else if (!hcl_read_u32le(&s->rest, &open_len) || !hcl_read_bytes(&s->rest, &s->open, open_len))
        st = hcl_fail_short(err, &s->rest, "its open part");
    else
        s->open_len = open_len;
    if (st != HCL_OK)
        hcl_sealed_clear(s);
    return st;
}

static hcl_status next_chunk(struct hcl_sealed *s, const uint8_t *also, size_t also_len, struct hcl_err *err)
{
    const size_t left = hcl_left(&s->rest), most = HCL_SEALED_CHUNK + MORE, part = left < most ? left : most,
                 from = s->rest.pos;
    const uint8_t *sealed;
    unsigned long long len = 0;
    unsigned char tag = 0;
    (void)hcl_read_bytes(&s->rest, &sealed, part);
    if (s->ended || part < MORE ||
        crypto_secretstream_xchacha20poly1305_pull(&s->state, s->chunk, &len, &tag, sealed, part, also,
                                                   also_len) != 0)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "'%s' is not what was sealed with this key, from byte %zu on: it was changed, cut off, or "
            "sealed with another key",
            s->rest.file, also ? 0 : from);
    s->ended = tag == last;
    s->at = 0;
    s->len = (size_t)len;
    return HCL_OK;
}

hcl_status hcl_sealed_start(struct hcl_sealed *s, const uint8_t key[HCL_SEALED_KEY_BYTES],
                            struct hcl_err *err)
{
    const size_t head = s->rest.pos;
    const uint8_t *header;
    if (!hcl_read_bytes(&s->rest, &header, HEADER))
        return hcl_fail_short(err, &s->rest, "its header");
    const hcl_status st = hcl_mem_alloc((void **)&s->chunk, HCL_SEALED_CHUNK, 1, "sealed file", err);
    if (st != HCL_OK)
        return st;
    if (crypto_secretstream_xchacha20poly1305_init_pull(&s->state, header, key) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has no valid header", s->rest.file);
    return next_chunk(s, s->file.data, head, err);
}

hcl_status hcl_sealed_get(struct hcl_sealed *s, void *out, size_t len, struct hcl_err *err)
{
    uint8_t *to = out;
    while (len > 0) {
        if (s->at == s->len) {
            const hcl_status st = next_chunk(s, NULL, 0, err);
            if (st != HCL_OK)
                return st;
            continue;
        }
        const size_t there = s->len - s->at, part = len < there ? len : there;
        memcpy(to, s->chunk + s->at, part);
        s->at += part;
        to += part;
        len -= part;
    }
    return HCL_OK;
}

hcl_status hcl_sealed_end(struct hcl_sealed *s, struct hcl_err *err)
{
    return s->ended && s->at == s->len && hcl_left(&s->rest) == 0
               ? HCL_OK
               : hcl_fail(err, HCL_BAD_INPUT, "'%s' does not end where it should", s->rest.file);
}

void hcl_sealed_clear(struct hcl_sealed *s)
{
    hcl_file_clear(&s->file);
    hcl_mem_free_secret(s->chunk);
    sodium_memzero(s, sizeof *s);
}
