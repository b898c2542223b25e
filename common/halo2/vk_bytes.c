/* SPDX-License-Identifier: Apache-2.0 */
/* halo2-axiom's serialised verifying key (FORMAT section 6): version, k, flag, count, commitments. */
#include "common/halo2/keys.h"
#include "common/io/reader.h"
#include <string.h>

enum { VK_VERSION = 2, HEADER = 1 + 4 + 1 + 4 };

static size_t point_size(hcl_serde serde)
{
    return serde == HCL_SERDE_RAW ? 64 : 32;
}

static void put_u32(uint8_t *at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

static uint8_t *put_points(uint8_t *at, const hcl_g1 *p, size_t count, hcl_serde serde)
{
    for (size_t i = 0; i < count; i++, at += point_size(serde)) {
        if (serde == HCL_SERDE_RAW)
            hcl_g1_to_raw(at, &p[i]);
        else
            hcl_g1_to_compressed(at, &p[i]);
    }
    return at;
}

hcl_status hcl_vk_format(const struct hcl_vk *vk, hcl_serde serde, uint8_t **out, size_t *len,
                         struct hcl_err *err)
{
    const struct hcl_circuit *c = vk->circuit;
    size_t size = HEADER + (c->num_fixed + c->num_permutation) * point_size(serde);
    uint8_t *at = malloc(size);
    *out = at;
    *len = 0;
    if (at == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a verifying key of %zu bytes", size);
    *len = size;
    at[0] = VK_VERSION;
    put_u32(at + 1, c->k);
    at[5] = 0; /* no selectors to compress */
    put_u32(at + 6, c->num_fixed);
    at = put_points(at + HEADER, vk->fixed, c->num_fixed, serde);
    put_points(at, vk->sigma, c->num_permutation, serde);
    return HCL_OK;
}

static hcl_status get_points(hcl_g1 *out, size_t count, struct hcl_reader *r, hcl_serde serde,
                             const char *what, struct hcl_err *err)
{
    const uint8_t *bytes;
    for (size_t i = 0; i < count; i++) {
        if (!hcl_read_bytes(r, &bytes, point_size(serde)))
            return hcl_fail_short(err, r, what);
        if (!(serde == HCL_SERDE_RAW ? hcl_g1_from_raw(&out[i], bytes)
                                     : hcl_g1_from_compressed(&out[i], bytes)))
            return hcl_fail(err, HCL_BAD_INPUT, "%s %zu in '%s' at byte %zu is not a point of the curve",
                            what, i, r->file, r->pos - point_size(serde));
    }
    return HCL_OK;
}

static hcl_status check_header(struct hcl_reader *r, const struct hcl_circuit *c, struct hcl_err *err)
{
    uint8_t version, flag;
    uint32_t k, count;
    if (!hcl_read_u8(r, &version))
        return hcl_fail_short(err, r, "the version");
    if (version != VK_VERSION)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is a verifying key of version %u, expected %d (halo2-axiom)", r->file, version,
                        VK_VERSION);
    if (!hcl_read_u32le(r, &k) || !hcl_read_u8(r, &flag) || !hcl_read_u32le(r, &count))
        return hcl_fail_short(err, r, "the header");
    if (k != c->k)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is a verifying key for k = %u, the circuit has k = %u",
                        r->file, k, c->k);
    if (flag != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' was made with selector compression (byte 5 is %u), which is not supported",
                        r->file, flag);
    if (count != c->num_fixed)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %u fixed commitments, the circuit has %u fixed columns",
                        r->file, count, c->num_fixed);
    return HCL_OK;
}

hcl_status hcl_vk_parse(struct hcl_vk *out, const struct hcl_circuit *c, hcl_serde serde, const uint8_t *data,
                        size_t len, const char *name, struct hcl_err *err)
{
    struct hcl_reader r = { .base = data, .len = len, .file = name };
    hcl_g1 *points = malloc((c->num_fixed + c->num_permutation + 1) * sizeof *points);
    hcl_status st = HCL_OK;
    *out = (struct hcl_vk){ 0 };
    if (points == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a verifying key");
    HCL_TRY(check_header(&r, c, err));
    HCL_TRY(get_points(points, c->num_fixed, &r, serde, "fixed commitment", err));
    HCL_TRY(get_points(points + c->num_fixed, c->num_permutation, &r, serde, "permutation commitment", err));
    if (hcl_left(&r) != 0)
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes after the verifying key's end at byte %zu",
                         name, hcl_left(&r), r.pos));
    HCL_TRY(hcl_vk_from_commitments(out, c, points, points + c->num_fixed, err));
done:
    free(points);
    return st;
}
