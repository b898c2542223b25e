/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/reader.h"

bool hcl_read_bytes(struct hcl_reader *r, const uint8_t **out, size_t n)
{
    if (hcl_left(r) < n)
        return false;
    *out = r->base + r->pos;
    r->pos += n;
    return true;
}

/* n <= 8 bytes, least significant first. */
static bool read_le(struct hcl_reader *r, uint64_t *out, size_t n)
{
    const uint8_t *b;
    if (!hcl_read_bytes(r, &b, n))
        return false;
    uint64_t v = 0;
    for (size_t i = n; i-- > 0;)
        v = v << 8 | b[i];
    *out = v;
    return true;
}

bool hcl_read_u8(struct hcl_reader *r, uint8_t *out)
{
    uint64_t v;
    bool ok = read_le(r, &v, 1);
    if (ok)
        *out = (uint8_t)v;
    return ok;
}

bool hcl_read_u16le(struct hcl_reader *r, uint16_t *out)
{
    uint64_t v;
    bool ok = read_le(r, &v, 2);
    if (ok)
        *out = (uint16_t)v;
    return ok;
}

bool hcl_read_u32le(struct hcl_reader *r, uint32_t *out)
{
    uint64_t v;
    bool ok = read_le(r, &v, 4);
    if (ok)
        *out = (uint32_t)v;
    return ok;
}

bool hcl_read_u64le(struct hcl_reader *r, uint64_t *out)
{
    return read_le(r, out, 8);
}

hcl_status hcl_fail_short(struct hcl_err *err, const struct hcl_reader *r, const char *what)
{
    return hcl_fail(err, HCL_BAD_INPUT, "'%s' ends at byte %zu inside %s", r->file, r->len, what);
}
