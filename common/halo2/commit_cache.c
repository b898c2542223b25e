/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/commit_cache.h"
#include "common/io/file_write.h"
#include "common/io/reader.h"
#include "common/sys/log.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { TILE = 1024, ENTRY = 8 + 64 + 32 };
static const uint8_t magic[8] = { 'H', 'C', 'L', 'P', 'T', '0', '0', '1' };

hcl_status hcl_commit_cache_init(struct hcl_commit_cache *c, char *folder, const struct hcl_srs *srs,
                                 struct hcl_err *err)
{
    *c = (struct hcl_commit_cache){ .folder = folder, .k = srs->k };
    hcl_srs_id(c->srs_id, &srs->verifier);
    const hcl_status st = hcl_folder_make(folder, err);
    if (st != HCL_OK)
        hcl_commit_cache_clear(c);
    return st;
}

void hcl_commit_cache_clear(struct hcl_commit_cache *c)
{
    free(c->folder);
    *c = (struct hcl_commit_cache){ 0 };
}

/* ---- ids ---- */

/* A column is hashed tile by tile, each as its narrowest width in bytes and its cells in that width, little
 * endian; 0: all cells are 0; HCL_COMPACT_FR: field elements, raw. */
static void hash_tile(crypto_generichash_state *h, int width, const void *cells, size_t count)
{
    const uint8_t byte = (uint8_t)width;
    crypto_generichash_update(h, &byte, 1);
    if (width != 0)
        crypto_generichash_update(h, cells, (size_t)width * count);
}

static void hash_integers(crypto_generichash_state *h, const int64_t *v, size_t count)
{
    int64_t any = 0;
    uint8_t cells[8 * TILE];
    for (size_t i = 0; i < count; i++)
        any |= v[i];
    const int width = any == 0 ? 0 : hcl_compact_width_i64(v, count);
    for (size_t i = 0; width != 0 && i < count; i++)
        memcpy(cells + i * (size_t)width, &v[i], (size_t)width);
    hash_tile(h, width, cells, count);
}

/* v is known to fit: either it or r - v is below 2^63 or so. */
static int64_t small_value(const hcl_fr *v)
{
    uint64_t limbs[4];
    hcl_fr minus;
    hcl_fr_to_limbs(limbs, v);
    if ((limbs[1] | limbs[2] | limbs[3]) == 0)
        return (int64_t)limbs[0];
    hcl_fr_neg(&minus, v);
    hcl_fr_to_limbs(limbs, &minus);
    return (int64_t)(0 - limbs[0]);
}

static void hash_elements(crypto_generichash_state *h, const hcl_fr *v, size_t count)
{
    int64_t small[TILE];
    if (hcl_compact_width_fr(v, count) == HCL_COMPACT_FR) {
        hash_tile(h, HCL_COMPACT_FR, v, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        small[i] = small_value(&v[i]);
    hash_integers(h, small, count);
}

static void hash_begin(crypto_generichash_state *h, const struct hcl_commit_cache *c)
{
    static const char label[] = "halocline column in the Lagrange basis";
    const uint8_t k = (uint8_t)c->k;
    crypto_generichash_init(h, NULL, 0, HCL_COMMIT_ID_BYTES);
    crypto_generichash_update(h, (const uint8_t *)label, sizeof label);
    crypto_generichash_update(h, c->srs_id, sizeof c->srs_id);
    crypto_generichash_update(h, &k, 1);
}

static size_t tile_of(size_t n, size_t at)
{
    return n - at < TILE ? n - at : TILE;
}

void hcl_commit_cache_id(uint8_t id[HCL_COMMIT_ID_BYTES], const struct hcl_commit_cache *c,
                         const hcl_fr *values)
{
    const size_t n = (size_t)1 << c->k;
    crypto_generichash_state h;
    hash_begin(&h, c);
    for (size_t at = 0; at < n; at += TILE)
        hash_elements(&h, values + at, tile_of(n, at));
    crypto_generichash_final(&h, id, HCL_COMMIT_ID_BYTES);
}

void hcl_commit_cache_id_compact(uint8_t id[HCL_COMMIT_ID_BYTES], const struct hcl_commit_cache *c,
                                 const struct hcl_compact *column)
{
    crypto_generichash_state h;
    hcl_fr wide[TILE];
    int64_t small[TILE];
    size_t listed = 0;
    HCL_ASSERT(column->n == (size_t)1 << c->k);
    hash_begin(&h, c);
    for (size_t at = 0; at < column->n; at += TILE) {
        const size_t count = tile_of(column->n, at), next = hcl_compact_exception_from(column, at + count);
        if (column->width != HCL_COMPACT_FR && column->digits == 1 && listed == next) {
            hcl_compact_cells(small, column, at, count);
            hash_integers(&h, small, count);
        } else {
            hcl_compact_expand(wide, column, at, count);
            hash_elements(&h, wide, count);
        }
        listed = next;
    }
    crypto_generichash_final(&h, id, HCL_COMMIT_ID_BYTES);
}

/* ---- entries ---- */

static char *path_of(const struct hcl_commit_cache *c, const uint8_t id[HCL_COMMIT_ID_BYTES])
{
    char hex[2 * HCL_COMMIT_ID_BYTES + 1], *path;
    sodium_bin2hex(hex, sizeof hex, id, HCL_COMMIT_ID_BYTES);
    return asprintf(&path, "%s/%s.point", c->folder, hex) < 0 ? NULL : path;
}

static void make_entry(uint8_t entry[ENTRY], const uint8_t id[HCL_COMMIT_ID_BYTES], const uint8_t point[64])
{
    crypto_generichash_state h;
    memcpy(entry, magic, sizeof magic);
    memcpy(entry + 8, point, 64);
    crypto_generichash_init(&h, NULL, 0, 32);
    crypto_generichash_update(&h, id, HCL_COMMIT_ID_BYTES);
    crypto_generichash_update(&h, entry, ENTRY - 32);
    crypto_generichash_final(&h, entry + ENTRY - 32, 32);
}

bool hcl_commit_cache_find(hcl_g1 *out, const struct hcl_commit_cache *c,
                           const uint8_t id[HCL_COMMIT_ID_BYTES])
{
    char *path = c->folder == NULL ? NULL : path_of(c, id);
    struct hcl_file f;
    struct hcl_err err;
    uint8_t entry[ENTRY];
    bool good = false;
    if (path != NULL && access(path, F_OK) == 0) {
        if (hcl_file_read(&f, path, ENTRY, &err) == HCL_OK) {
            if (f.len == ENTRY)
                make_entry(entry, id, f.data + 8);
            good = f.len == ENTRY && memcmp(entry, f.data, ENTRY) == 0 && hcl_g1_from_raw(out, f.data + 8);
            hcl_file_clear(&f);
        }
        if (!good)
            hcl_log(HCL_LOG_WARNING, "committing again: '%s' is damaged or cannot be read", path);
    }
    free(path);
    return good;
}

hcl_status hcl_commit_cache_keep(const struct hcl_commit_cache *c, const uint8_t id[HCL_COMMIT_ID_BYTES],
                                 const hcl_g1 *point, struct hcl_err *err)
{
    uint8_t entry[ENTRY], raw[64];
    if (c->folder == NULL)
        return HCL_OK;
    char *path = path_of(c, id);
    if (path == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    hcl_g1_to_raw(raw, point);
    make_entry(entry, id, raw);
    const hcl_status st = hcl_file_write_unsynced(path, entry, sizeof entry, err);
    free(path);
    return st;
}

void hcl_commit_cache_forget(const struct hcl_commit_cache *c, const uint8_t (*id)[HCL_COMMIT_ID_BYTES],
                             size_t count)
{
    for (size_t i = 0; c->folder != NULL && i < count; i++) {
        char *path = path_of(c, id[i]);
        if (path != NULL)
            (void)unlink(path); /* a missing one is fine */
        free(path);
    }
}
