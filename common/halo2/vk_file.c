/* SPDX-License-Identifier: Apache-2.0 */
/* HCLVK001: all a verifier needs in one file; layout in keys.h. */
#include "common/halo2/circuit_file.h"
#include "common/halo2/keys.h"
#include "common/io/reader.h"
#include <sodium.h>
#include <string.h>

static const uint8_t magic[8] = { 'H', 'C', 'L', 'V', 'K', '0', '0', '1' };
enum { SECTIONS = 4, FLAG_UNSAFE = 1, SRS_BYTES = 64 + 128 + 128, HASH_BYTES = HCL_VK_ID_BYTES };
#define MAX_VK_FILE ((size_t)1 << 30)

struct section {
    const uint8_t *bytes;
    size_t len;
};

static uint8_t *put_le(uint8_t *at, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *at++ = (uint8_t)(v >> (8 * i));
    return at;
}

static void format_srs(uint8_t out[SRS_BYTES], const struct hcl_srs_verifier *srs)
{
    hcl_g1_to_raw(out, &srs->g);
    hcl_g2_to_raw(out + 64, &srs->g2);
    hcl_g2_to_raw(out + 192, &srs->s_g2);
}

static hcl_status assemble(uint8_t **out, size_t *len, const struct section *sections, bool unsafe,
                           struct hcl_err *err)
{
    size_t size = 8 + 4 + HASH_BYTES;
    uint8_t *at;
    for (int i = 0; i < SECTIONS; i++)
        size += 8 + sections[i].len;
    *out = at = malloc(size);
    if (at == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a verifying key of %zu bytes", size);
    memcpy(at, magic, 8);
    at = put_le(at + 8, unsafe ? FLAG_UNSAFE : 0, 4);
    for (int i = 0; i < SECTIONS; i++) {
        at = put_le(at, sections[i].len, 8);
        if (sections[i].len != 0)
            memcpy(at, sections[i].bytes, sections[i].len);
        at += sections[i].len;
    }
    crypto_generichash(at, HASH_BYTES, *out, size - HASH_BYTES, NULL, 0);
    *len = size;
    return HCL_OK;
}

hcl_status hcl_vk_file_format(uint8_t **out, size_t *len, const struct hcl_vk *vk,
                              const struct hcl_srs_verifier *srs, const char *meta, struct hcl_err *err)
{
    struct section sections[SECTIONS] = { 0 };
    uint8_t *key = NULL, srs_bytes[SRS_BYTES];
    char *circuit = NULL;
    hcl_status st;
    *out = NULL;
    *len = 0;
    HCL_TRY(hcl_circuit_format(vk->circuit, HCL_CIRCUIT_NO_VALUES, &circuit, &sections[0].len, err));
    HCL_TRY(hcl_vk_format(vk, HCL_SERDE_RAW, &key, &sections[1].len, err));
    format_srs(srs_bytes, srs);
    sections[0].bytes = (const uint8_t *)circuit;
    sections[1].bytes = key;
    sections[2] = (struct section){ srs_bytes, SRS_BYTES };
    sections[3] = (struct section){ (const uint8_t *)meta, strlen(meta) };
    HCL_TRY(assemble(out, len, sections, srs->unsafe, err));
done:
    free(circuit);
    free(key);
    return st;
}

hcl_status hcl_vk_file_write(const char *path, const struct hcl_vk *vk, const struct hcl_srs_verifier *srs,
                             const char *meta, struct hcl_err *err)
{
    uint8_t *bytes;
    size_t len;
    hcl_status st = hcl_vk_file_format(&bytes, &len, vk, srs, meta, err);
    if (st == HCL_OK)
        st = hcl_file_write(path, bytes, len, err);
    free(bytes);
    return st;
}

hcl_status hcl_vk_file_id(uint8_t id[HCL_VK_ID_BYTES], const struct hcl_vk *vk,
                          const struct hcl_srs_verifier *srs, const char *meta, struct hcl_err *err)
{
    uint8_t *bytes;
    size_t len;
    hcl_status st = hcl_vk_file_format(&bytes, &len, vk, srs, meta, err);
    if (st == HCL_OK)
        memcpy(id, bytes + len - HASH_BYTES, HASH_BYTES);
    free(bytes);
    return st;
}

static hcl_status parse_srs(struct hcl_srs_verifier *out, const struct section *s, const char *name,
                            struct hcl_err *err)
{
    bool good = s->len == SRS_BYTES && hcl_g1_from_raw(&out->g, s->bytes) &&
                hcl_g2_from_raw(&out->g2, s->bytes + 64) && hcl_g2_from_raw(&out->s_g2, s->bytes + 192);
    if (!good || hcl_srs_check_verifier(out, NULL) != HCL_OK)
        return hcl_fail(err, HCL_BAD_INPUT, "the SRS part of '%s' is not G, G2, [s]G2 of BN254", name);
    return HCL_OK;
}

/* Checks the hash and cuts the sections out. */
static hcl_status split(struct section *sections, uint32_t *flags, const uint8_t *data, size_t len,
                        const char *name, struct hcl_err *err)
{
    struct hcl_reader r = { .base = data, .len = len < HASH_BYTES ? 0 : len - HASH_BYTES, .file = name };
    const uint8_t *head;
    uint8_t digest[HASH_BYTES];
    if (!hcl_read_bytes(&r, &head, 8) || memcmp(head, magic, 8) != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is not a Halocline verifying key: it does not start with HCLVK001", name);
    crypto_generichash(digest, HASH_BYTES, data, r.len, NULL, 0);
    if (memcmp(digest, data + r.len, HASH_BYTES) != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is damaged or cut off: its contents do not have the hash at its end", name);
    if (!hcl_read_u32le(&r, flags))
        return hcl_fail_short(err, &r, "the flags");
    if (*flags > FLAG_UNSAFE)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has unknown flags %u at byte 8", name, *flags);
    for (int i = 0; i < SECTIONS; i++) {
        uint64_t size;
        if (!hcl_read_u64le(&r, &size) || size > hcl_left(&r))
            return hcl_fail_short(err, &r, "a section");
        sections[i].len = (size_t)size;
        hcl_read_bytes(&r, &sections[i].bytes, sections[i].len);
    }
    if (hcl_left(&r) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes after its last section", name, hcl_left(&r));
    return HCL_OK;
}

hcl_status hcl_vk_file_parse(struct hcl_vk_file *out, const uint8_t *data, size_t len, const char *name,
                             struct hcl_err *err)
{
    struct section s[SECTIONS] = { 0 };
    uint32_t flags = 0;
    hcl_status st;
    memset(out, 0, sizeof *out);
    HCL_TRY(split(s, &flags, data, len, name, err));
    memcpy(out->id, data + len - HASH_BYTES, HASH_BYTES);
    HCL_TRY(hcl_circuit_parse(&out->circuit, (const char *)s[0].bytes, s[0].len, name, NULL, err));
    HCL_TRY(hcl_vk_parse(&out->vk, &out->circuit, HCL_SERDE_RAW, s[1].bytes, s[1].len, name, err));
    HCL_TRY(parse_srs(&out->srs, &s[2], name, err));
    out->srs.unsafe = (flags & FLAG_UNSAFE) != 0;
    if (memchr(s[3].bytes, 0, s[3].len) != NULL)
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT, "the meta text of '%s' contains a zero byte", name));
    out->meta = strndup((const char *)s[3].bytes, s[3].len);
    if (out->meta == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory to read '%s'", name));
done:
    if (st != HCL_OK)
        hcl_vk_file_clear(out);
    return st;
}

hcl_status hcl_vk_file_read(struct hcl_vk_file *out, const char *path, struct hcl_err *err)
{
    struct hcl_file file;
    hcl_status st;
    memset(out, 0, sizeof *out);
    st = hcl_file_read(&file, path, MAX_VK_FILE, err);
    if (st == HCL_OK)
        st = hcl_vk_file_parse(out, file.data, file.len, path, err);
    hcl_file_clear(&file);
    return st;
}

void hcl_vk_file_clear(struct hcl_vk_file *f)
{
    hcl_vk_clear(&f->vk);
    hcl_circuit_clear(&f->circuit);
    free(f->meta);
    memset(f, 0, sizeof *f);
}
