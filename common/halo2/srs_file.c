/* SPDX-License-Identifier: Apache-2.0 */
/* SRS files: ParamsKZG raw and processed, HCLSRS01, and telling all formats apart. */
#include "common/halo2/srs_internal.h"
#include "common/io/file_write.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t own_magic[8] = { 'H', 'C', 'L', 'S', 'R', 'S', '0', '1' };
enum { OWN_HEADER = 8 + 4 + 4 + 32, FLAG_UNSAFE = 1 };

static size_t params_size(uint32_t k, bool raw)
{
    return 4 + ((size_t)(raw ? 128 : 64) << k) + (raw ? 256 : 128);
}

hcl_status hcl_srs_decode(hcl_g1 *out, const struct hcl_srs_points *p, int threads, struct hcl_err *err)
{
    const size_t size = p->raw ? 64 : 32;
    size_t first_bad = SIZE_MAX;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(min : first_bad)
    for (size_t i = 0; i < p->count; i++) {
        const size_t place = i * p->step % p->count;
        const uint8_t *at = p->bytes + place * size;
        const bool good = p->raw ? hcl_g1_from_raw(&out[i], at) : hcl_g1_from_compressed(&out[i], at);
        if ((!good || hcl_g1_is_infinity(&out[i])) && place < first_bad)
            first_bad = place;
    }
    if (first_bad != SIZE_MAX)
        return hcl_fail(err, HCL_BAD_INPUT, "%s %zu in '%s' at byte %zu is not a finite point of BN254's G1",
                        p->what, first_bad, p->file, p->offset + first_bad * size);
    return HCL_OK;
}

static hcl_status get_g2(hcl_g2 *out, struct hcl_reader *r, bool raw, const char *what, struct hcl_err *err)
{
    const uint8_t *bytes;
    size_t size = raw ? 128 : 64;
    if (!hcl_read_bytes(r, &bytes, size))
        return hcl_fail_short(err, r, what);
    if (!(raw ? hcl_g2_from_raw(out, bytes) : hcl_g2_from_compressed(out, bytes)) ||
        hcl_g2_is_infinity(out) || !hcl_g2_in_subgroup(out))
        return hcl_fail(err, HCL_BAD_INPUT, "%s in '%s' at byte %zu is not a point of BN254's G2", what,
                        r->file, r->pos - size);
    return HCL_OK;
}

/* The first points of one of the file's two arrays. */
static hcl_status get_points(hcl_g1 *out, size_t count, const uint8_t *bytes, const struct hcl_reader *r,
                             bool raw, const char *what, int threads, struct hcl_err *err)
{
    const struct hcl_srs_points points = { .bytes = bytes,
                                           .count = count,
                                           .step = 1,
                                           .raw = raw,
                                           .file = r->file,
                                           .what = what,
                                           .offset = (size_t)(bytes - r->base) };
    return hcl_srs_decode(out, &points, threads, err);
}

/* The Lagrange part is read only when the file is not cut down, else it is derived. */
static hcl_status get_params(struct hcl_srs *out, struct hcl_reader *r, uint32_t max_k, bool raw, int threads,
                             struct hcl_err *err)
{
    size_t size = raw ? 64 : 32;
    const uint8_t *g, *g_lagrange;
    uint32_t file_k, k;
    hcl_status st;
    if (!hcl_read_u32le(r, &file_k))
        return hcl_fail_short(err, r, "k");
    if (file_k < 1 || file_k > HCL_SRS_MAX_K)
        return hcl_fail(err, HCL_BAD_INPUT, "bad k %u in '%s' at byte %zu, expected 1..%d", file_k, r->file,
                        r->pos - 4, HCL_SRS_MAX_K);
    k = max_k != 0 && max_k < file_k ? max_k : file_k;
    if (!hcl_read_bytes(r, &g, size << file_k) || !hcl_read_bytes(r, &g_lagrange, size << file_k))
        return hcl_fail_short(err, r, "the points");
    HCL_TRY(hcl_srs_alloc(out, k, err));
    HCL_TRY(get_points(out->g, out->n, g, r, raw, "g", threads, err));
    HCL_TRY(get_g2(&out->verifier.g2, r, raw, "the G2 generator", err));
    HCL_TRY(get_g2(&out->verifier.s_g2, r, raw, "[s]G2", err));
    out->verifier.g = out->g[0];
    if (hcl_left(r) != 0)
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes after its end at byte %zu", r->file,
                         hcl_left(r), r->pos));
    if (k < file_k)
        HCL_TRY(hcl_srs_derive_lagrange(out, threads, err));
    else
        HCL_TRY(get_points(out->g_lagrange, out->n, g_lagrange, r, raw, "Lagrange point", threads, err));
done:
    return st;
}

static hcl_status get_own(struct hcl_srs *out, struct hcl_reader *r, uint32_t max_k, int threads,
                          struct hcl_err *err)
{
    const uint8_t *magic, *hash;
    uint32_t flags, zero;
    uint8_t digest[32];
    crypto_generichash_state state;
    hcl_status st;
    if (!hcl_read_bytes(r, &magic, 8) || !hcl_read_u32le(r, &flags) || !hcl_read_u32le(r, &zero) ||
        !hcl_read_bytes(r, &hash, 32))
        return hcl_fail_short(err, r, "the header");
    if (flags > FLAG_UNSAFE || zero != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has unknown flags %u at byte 8", r->file, flags);
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, r->base + 8, 8);
    crypto_generichash_update(&state, r->base + r->pos, hcl_left(r));
    crypto_generichash_final(&state, digest, sizeof digest);
    if (memcmp(digest, hash, sizeof digest) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is damaged: its contents do not have the hash it states",
                        r->file);
    st = get_params(out, r, max_k, true, threads, err);
    out->verifier.unsafe = (flags & FLAG_UNSAFE) != 0;
    return st;
}

static bool starts_with(const struct hcl_reader *r, const void *magic, size_t len)
{
    return r->len >= len && memcmp(r->base, magic, len) == 0;
}

/* ParamsKZG does not say which of its layouts it is: the size does. */
static hcl_status tell_params(hcl_srs_format *format, const struct hcl_reader *r, struct hcl_err *err)
{
    struct hcl_reader head = *r;
    uint32_t k;
    if (!hcl_read_u32le(&head, &k))
        return hcl_fail_short(err, r, "k");
    if (k >= 1 && k <= HCL_SRS_MAX_K && r->len == params_size(k, true))
        *format = HCL_SRS_PARAMS_RAW;
    else if (k >= 1 && k <= HCL_SRS_MAX_K && r->len == params_size(k, false))
        *format = HCL_SRS_PARAMS_PROCESSED;
    else if (k >= 1 && k <= HCL_SRS_MAX_K)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' has %zu bytes; a ParamsKZG file with k = %u has %zu (raw) or %zu (processed)",
                        r->file, r->len, k, params_size(k, true), params_size(k, false));
    else
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is not an SRS: neither HCLSRS01, nor ptau, nor ParamsKZG with k in 1..%d",
                        r->file, HCL_SRS_MAX_K);
    return HCL_OK;
}

hcl_status hcl_srs_parse(struct hcl_srs *out, const uint8_t *data, size_t len, const char *name,
                         uint32_t max_k, hcl_srs_format *format, int threads, struct hcl_err *err)
{
    struct hcl_reader r = { .base = data, .len = len, .file = name };
    hcl_srs_format kind = HCL_SRS_PARAMS_RAW;
    hcl_status st = HCL_OK;
    *out = (struct hcl_srs){ 0 };
    if (starts_with(&r, own_magic, sizeof own_magic))
        kind = HCL_SRS_HALOCLINE;
    else if (starts_with(&r, "ptau", 4))
        kind = HCL_SRS_PTAU;
    else
        HCL_TRY(tell_params(&kind, &r, err));
    if (kind == HCL_SRS_HALOCLINE)
        HCL_TRY(get_own(out, &r, max_k, threads, err));
    else if (kind == HCL_SRS_PTAU)
        HCL_TRY(hcl_srs_parse_ptau(out, &r, max_k, threads, err));
    else
        HCL_TRY(get_params(out, &r, max_k, kind == HCL_SRS_PARAMS_RAW, threads, err));
    if (format != NULL)
        *format = kind;
done:
    if (st != HCL_OK)
        hcl_srs_clear(out);
    return st;
}

/* The file is mapped, not read: a large ceremony file is mostly skipped. */
hcl_status hcl_srs_read(struct hcl_srs *out, const char *path, uint32_t max_k, hcl_srs_format *format,
                        int threads, struct hcl_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    void *map;
    hcl_status st;
    *out = (struct hcl_srs){ 0 };
    if (fd < 0)
        return hcl_fail(err, HCL_BAD_INPUT, "cannot open SRS '%s': %s", path, strerror(errno));
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
        close(fd);
        return hcl_fail(err, HCL_BAD_INPUT, "SRS '%s' is not a file with contents", path);
    }
    map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return hcl_fail(err, HCL_NO_RESOURCE, "cannot map SRS '%s': %s", path, strerror(errno));
    st = hcl_srs_parse(out, map, (size_t)info.st_size, path, max_k, format, threads, err);
    munmap(map, (size_t)info.st_size);
    return st;
}

/* Where encoded bytes go: the file, the hash of HCLSRS01, or both in turn. */
struct sink {
    struct hcl_writer *file;
    crypto_generichash_state *hash;
    struct hcl_err *err;
};

static hcl_status put(const struct sink *s, const void *data, size_t len)
{
    if (s->hash != NULL)
        crypto_generichash_update(s->hash, data, len);
    return s->file == NULL ? HCL_OK : hcl_writer_put(s->file, data, len, s->err);
}

static hcl_status put_u32(const struct sink *s, uint32_t v)
{
    uint8_t le[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
    return put(s, le, sizeof le);
}

static hcl_status put_points(const struct sink *s, const hcl_g1 *points, size_t n, bool raw)
{
    uint8_t buffer[256 * 64];
    size_t size = raw ? 64 : 32;
    hcl_status st = HCL_OK;
    for (size_t at = 0; at < n && st == HCL_OK; at += 256) {
        size_t count = n - at < 256 ? n - at : 256;
        for (size_t i = 0; i < count; i++) {
            if (raw)
                hcl_g1_to_raw(buffer + i * size, &points[at + i]);
            else
                hcl_g1_to_compressed(buffer + i * size, &points[at + i]);
        }
        st = put(s, buffer, count * size);
    }
    return st;
}

static hcl_status put_params(const struct sink *s, const struct hcl_srs *srs, bool raw)
{
    uint8_t g2[256];
    hcl_status st;
    HCL_TRY(put_u32(s, srs->k));
    HCL_TRY(put_points(s, srs->g, srs->n, raw));
    HCL_TRY(put_points(s, srs->g_lagrange, srs->n, raw));
    if (raw) {
        hcl_g2_to_raw(g2, &srs->verifier.g2);
        hcl_g2_to_raw(g2 + 128, &srs->verifier.s_g2);
    } else {
        hcl_g2_to_compressed(g2, &srs->verifier.g2);
        hcl_g2_to_compressed(g2 + 64, &srs->verifier.s_g2);
    }
    HCL_TRY(put(s, g2, raw ? 256 : 128));
done:
    return st;
}

/* The hash comes before what it covers, so the contents are encoded twice. */
static hcl_status put_own(const struct sink *s, const struct hcl_srs *srs)
{
    crypto_generichash_state state;
    struct sink hash_only = { .hash = &state, .err = s->err };
    uint32_t flags = srs->verifier.unsafe ? FLAG_UNSAFE : 0;
    uint8_t digest[32];
    hcl_status st;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    HCL_TRY(put_u32(&hash_only, flags));
    HCL_TRY(put_u32(&hash_only, 0));
    HCL_TRY(put_params(&hash_only, srs, true));
    crypto_generichash_final(&state, digest, sizeof digest);
    HCL_TRY(put(s, own_magic, sizeof own_magic));
    HCL_TRY(put_u32(s, flags));
    HCL_TRY(put_u32(s, 0));
    HCL_TRY(put(s, digest, sizeof digest));
    HCL_TRY(put_params(s, srs, true));
done:
    return st;
}

hcl_status hcl_srs_write(const struct hcl_srs *srs, const char *path, hcl_srs_format format,
                         struct hcl_err *err)
{
    struct hcl_writer file;
    struct sink s = { .file = &file, .err = err };
    hcl_status st;
    if (format == HCL_SRS_PTAU)
        return hcl_fail(err, HCL_BAD_INPUT, "ptau files can be read but not written");
    st = hcl_writer_open(&file, path, 0666, err);
    if (st != HCL_OK)
        return st;
    st = format == HCL_SRS_HALOCLINE ? put_own(&s, srs) : put_params(&s, srs, format == HCL_SRS_PARAMS_RAW);
    if (st == HCL_OK)
        return hcl_writer_commit(&file, err);
    hcl_writer_discard(&file);
    return st;
}
