/* SPDX-License-Identifier: Apache-2.0 */
/* The archive is read from its central directory, at the end: names, sizes and where each member begins. */
#include "common/io/npz.h"
#include "common/sys/printable.h"
#include <stdlib.h>
#include <string.h>

#define MAX_FILE_BYTES ((size_t)1 << 32)
#define END_MAGIC 0x06054b50u
#define ENTRY_MAGIC 0x02014b50u
#define LOCAL_MAGIC 0x04034b50u

enum { END_BYTES = 22, MOST_COMMENT = 65535, STORED = 0, DEFLATED = 8, ENCRYPTED = 1 };

/* An entry of the central directory. */
struct entry {
    uint16_t flags, method, name_len, extra_len, comment_len;
    uint32_t crc, packed, plain, offset;
    const uint8_t *name;
};

static hcl_status damaged(const struct hcl_npz *z, const char *what, struct hcl_err *err)
{
    return hcl_fail(err, HCL_BAD_INPUT, "'%s' is no .npz file, or damaged: %s", z->path, what);
}

static uint32_t crc_of(const uint8_t *bytes, size_t len)
{
    uint32_t table[256], crc = UINT32_MAX;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
        table[i] = c;
    }
    for (size_t i = 0; i < len; i++)
        crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
    return ~crc;
}

/* Where the end record begins, behind which there may be a comment. */
static bool find_end(const struct hcl_npz *z, size_t *at)
{
    const size_t len = z->file.len;
    for (size_t back = END_BYTES; back <= len && back <= END_BYTES + MOST_COMMENT; back++) {
        const uint8_t *p = z->file.data + len - back;
        const uint32_t magic =
            (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        const size_t comment = (size_t)p[20] | (size_t)p[21] << 8;
        if (magic == END_MAGIC && comment == back - END_BYTES) {
            *at = len - back;
            return true;
        }
    }
    return false;
}

static hcl_status read_end(const struct hcl_npz *z, struct hcl_reader *directory, uint16_t *count,
                           struct hcl_err *err)
{
    struct hcl_reader r = { z->file.data, z->file.len, 0, z->path };
    uint32_t magic, bytes = 0, offset = 0;
    uint16_t disk = 0, first_disk = 0, here = 0;
    if (!find_end(z, &r.pos))
        return damaged(z, "it has no end record", err);
    const size_t end = r.pos;
    if (!hcl_read_u32le(&r, &magic) || !hcl_read_u16le(&r, &disk) || !hcl_read_u16le(&r, &first_disk) ||
        !hcl_read_u16le(&r, &here) || !hcl_read_u16le(&r, count) || !hcl_read_u32le(&r, &bytes) ||
        !hcl_read_u32le(&r, &offset))
        return damaged(z, "its end record is short", err);
    if (disk != 0 || first_disk != 0 || here != *count || *count == UINT16_MAX)
        return damaged(z, "it is split, or has 65535 arrays or more", err);
    if (offset > end || bytes > end - offset)
        return damaged(z, "its directory is outside the file", err);
    *directory = (struct hcl_reader){ z->file.data, (size_t)offset + bytes, offset, z->path };
    return HCL_OK;
}

static bool read_entry(struct hcl_reader *r, struct entry *e)
{
    uint32_t magic, skip, attributes;
    uint16_t version, disk;
    const uint8_t *rest;
    return hcl_read_u32le(r, &magic) && magic == ENTRY_MAGIC && hcl_read_u16le(r, &version) &&
           hcl_read_u16le(r, &version) && hcl_read_u16le(r, &e->flags) && hcl_read_u16le(r, &e->method) &&
           hcl_read_u32le(r, &skip) && hcl_read_u32le(r, &e->crc) && hcl_read_u32le(r, &e->packed) &&
           hcl_read_u32le(r, &e->plain) && hcl_read_u16le(r, &e->name_len) &&
           hcl_read_u16le(r, &e->extra_len) && hcl_read_u16le(r, &e->comment_len) &&
           hcl_read_u16le(r, &disk) && hcl_read_u16le(r, &disk) && hcl_read_u32le(r, &attributes) &&
           hcl_read_u32le(r, &e->offset) && hcl_read_bytes(r, &e->name, e->name_len) &&
           hcl_read_bytes(r, &rest, (size_t)e->extra_len + e->comment_len);
}

/* Behind the member's own header, whose name and extra field may differ in length from the directory's. */
static hcl_status find_bytes(const struct hcl_npz *z, const struct entry *e, struct hcl_npz_member *to,
                             struct hcl_err *err)
{
    struct hcl_reader r = { z->file.data, z->file.len, 0, z->path };
    const uint8_t *unread;
    uint16_t name_len, extra_len;
    uint32_t magic;
    enum { BEFORE_LENGTHS = 22 };
    if (e->offset > z->file.len)
        return damaged(z, "an array is outside the file", err);
    r.pos = e->offset;
    if (!hcl_read_u32le(&r, &magic) || magic != LOCAL_MAGIC || !hcl_read_bytes(&r, &unread, BEFORE_LENGTHS) ||
        !hcl_read_u16le(&r, &name_len) || !hcl_read_u16le(&r, &extra_len) ||
        !hcl_read_bytes(&r, &unread, (size_t)name_len + extra_len) || hcl_left(&r) < e->plain)
        return damaged(z, "an array is outside the file", err);
    to->first = r.pos;
    to->len = e->plain;
    return HCL_OK;
}

static hcl_status take_member(struct hcl_npz *z, const struct entry *e, struct hcl_err *err)
{
    struct hcl_npz_member *to = &z->members[z->count];
    size_t len = e->name_len;
    hcl_status st;
    if (len > 4 && memcmp(e->name + len - 4, ".npy", 4) == 0)
        len -= 4;
    hcl_escape(to->name, sizeof to->name, (const char *)e->name, len, HCL_ESCAPE_MALFORMED);
    if (e->method == DEFLATED)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s': array '%s' is compressed, expected what numpy.savez writes, not "
                        "numpy.savez_compressed",
                        z->path, to->name);
    if (e->method != STORED || (e->flags & ENCRYPTED) != 0 || e->packed != e->plain || e->plain == UINT32_MAX)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s': array '%s' is packed by method %u, encrypted or longer than 4 GiB, expected "
                        "what numpy.savez writes",
                        z->path, to->name, e->method);
    HCL_TRY(find_bytes(z, e, to, err));
    if (crc_of(z->file.data + to->first, to->len) != e->crc)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s': array '%s' is damaged: its checksum is another", z->path,
                        to->name);
    z->count++;
done:
    return st;
}

hcl_status hcl_npz_parse(struct hcl_npz *out, struct hcl_file bytes, const char *path, struct hcl_err *err)
{
    struct hcl_reader directory;
    struct entry e = { 0 };
    uint16_t count = 0;
    hcl_status st;
    *out = (struct hcl_npz){ .path = path, .file = bytes };
    HCL_TRY(read_end(out, &directory, &count, err));
    out->members = calloc((size_t)count + 1, sizeof *out->members);
    if (out->members == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for %u arrays", count));
    for (uint16_t i = 0; i < count; i++) {
        if (!read_entry(&directory, &e))
            HCL_TRY(damaged(out, "its directory is short", err));
        HCL_TRY(take_member(out, &e, err));
    }
done:
    if (st != HCL_OK)
        hcl_npz_close(out);
    return st;
}

hcl_status hcl_npz_open(struct hcl_npz *out, const char *path, struct hcl_err *err)
{
    struct hcl_file file;
    *out = (struct hcl_npz){ 0 };
    hcl_status st = hcl_file_read(&file, path, MAX_FILE_BYTES, err);
    return st == HCL_OK ? hcl_npz_parse(out, file, path, err) : st;
}

hcl_status hcl_npz_array(struct hcl_npy *out, const struct hcl_npz *z, size_t member, struct hcl_err *err)
{
    const struct hcl_npz_member *m = &z->members[member];
    char text[512];
    snprintf(text, sizeof text, "%s: %s", z->path, m->name);
    return hcl_npy_parse(out, z->file.data + m->first, m->len, text, err);
}

void hcl_npz_close(struct hcl_npz *z)
{
    hcl_file_clear(&z->file);
    free(z->members);
    *z = (struct hcl_npz){ 0 };
}
