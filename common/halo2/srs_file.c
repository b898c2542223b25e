/* SPDX-License-Identifier: Apache-2.0 */
/* SRS files: ParamsKZG raw and processed, HCLSRS01, and telling all formats apart. A file of 128 bytes beside
 * Barretenberg's powers is the only other one that is ever looked at. */
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

static hcl_status get_g2(hcl_g2 *out, struct hcl_reader *r, hcl_point_form form, const char *what,
                         struct hcl_err *err)
{
    const uint8_t *bytes;
    const size_t size = 2 * hcl_point_size(form);
    if (!hcl_read_bytes(r, &bytes, size))
        return hcl_fail_short(err, r, what);
    if (!hcl_point_g2(out, form, bytes))
        return hcl_fail(err, HCL_BAD_INPUT, "%s in '%s' at byte %zu is not a point of BN254's G2", what,
                        r->file, r->pos - size);
    return HCL_OK;
}

/* The first points of one of the file's two arrays. */
static hcl_status get_points(hcl_g1 *out, size_t count, const uint8_t *bytes, const struct hcl_reader *r,
                             hcl_point_form form, const char *what, int threads, struct hcl_err *err)
{
    const struct hcl_srs_points points = { .bytes = bytes,
                                           .count = count,
                                           .step = 1,
                                           .form = form,
                                           .file = r->file,
                                           .what = what,
                                           .offset = (size_t)(bytes - r->base) };
    return hcl_srs_decode(out, &points, threads, err);
}

/* The parts of a ParamsKZG file: 2^k powers, as many Lagrange points, two points of G2. */
struct params {
    uint32_t k;
    const uint8_t *g, *g_lagrange, *g2;
};

/* Which flag says that y is odd? halo2curves to 0.6 has 0x40 for it and 0x80 for infinity, later versions the
 * other way round. No point of an SRS is infinity, so whichever flag occurs is the sign; where none does both
 * read the same. */
static hcl_status tell_flags(hcl_point_form *form, const struct params *p, const struct hcl_reader *r,
                             struct hcl_err *err)
{
    const size_t count = ((size_t)2 << p->k) + 4; /* halves of G2 points: their flag is in the second */
    size_t first[2] = { SIZE_MAX, SIZE_MAX };     /* with 0x40, with 0x80 */
    for (size_t i = 0; i < count; i++) {
        const uint8_t flags = p->g[32 * i + 31] & 0xc0;
        for (size_t j = 0; j < 2; j++)
            if (flags & (0x40 << j) && first[j] == SIZE_MAX)
                first[j] = (size_t)(p->g - r->base) + 32 * i;
    }
    if (first[0] != SIZE_MAX && first[1] != SIZE_MAX)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "'%s' is damaged, or has infinity among its points: the point at byte %zu has the flag 0x40, "
            "that at byte %zu 0x80, of which halo2 uses one for signs and one for infinity",
            r->file, first[0], first[1]);
    *form = first[1] != SIZE_MAX ? HCL_POINT_HALO2_7 : HCL_POINT_HALO2_6;
    return HCL_OK;
}

static hcl_status split_params(struct params *p, struct hcl_reader *r, bool raw, struct hcl_err *err)
{
    const size_t size = raw ? 64 : 32;
    if (!hcl_read_u32le(r, &p->k))
        return hcl_fail_short(err, r, "k");
    if (p->k < 1 || p->k > HCL_SRS_MAX_K)
        return hcl_fail(err, HCL_BAD_INPUT, "bad k %u in '%s' at byte %zu, expected 1..%d", p->k, r->file,
                        r->pos - 4, HCL_SRS_MAX_K);
    if (!hcl_read_bytes(r, &p->g, size << p->k) || !hcl_read_bytes(r, &p->g_lagrange, size << p->k))
        return hcl_fail_short(err, r, "the points");
    if (hcl_left(r) < 4 * size)
        return hcl_fail_short(err, r, "the points of G2");
    if (hcl_left(r) > 4 * size)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes after its end at byte %zu", r->file,
                        hcl_left(r) - 4 * size, r->pos + 4 * size);
    p->g2 = r->base + r->pos;
    return HCL_OK;
}

/* The Lagrange part is read only when the file is not cut down, else it is derived. */
static hcl_status get_params(struct hcl_srs *out, struct hcl_reader *r, uint32_t max_k, hcl_point_form *form,
                             int threads, struct hcl_err *err)
{
    struct params p;
    hcl_status st;
    HCL_TRY(split_params(&p, r, *form == HCL_POINT_RAW, err));
    if (*form != HCL_POINT_RAW)
        HCL_TRY(tell_flags(form, &p, r, err));
    HCL_TRY(hcl_srs_alloc(out, max_k != 0 && max_k < p.k ? max_k : p.k, err));
    HCL_TRY(get_points(out->g, out->n, p.g, r, *form, "g", threads, err));
    HCL_TRY(get_g2(&out->verifier.g2, r, *form, "the G2 generator", err));
    HCL_TRY(get_g2(&out->verifier.s_g2, r, *form, "[s]G2", err));
    out->verifier.g = out->g[0];
    if (out->k < p.k)
        HCL_TRY(hcl_srs_derive_lagrange(out, threads, err));
    else
        HCL_TRY(get_points(out->g_lagrange, out->n, p.g_lagrange, r, *form, "Lagrange point", threads, err));
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
    hcl_point_form raw = HCL_POINT_RAW;
    st = get_params(out, r, max_k, &raw, threads, err);
    out->verifier.unsafe = (flags & FLAG_UNSAFE) != 0;
    return st;
}

static bool starts_with(const struct hcl_reader *r, const void *magic, size_t len)
{
    return r->len >= len && memcmp(r->base, magic, len) == 0;
}

/* ParamsKZG does not say which of its layouts it is: the size does. */
static bool is_params(const struct hcl_reader *r, uint32_t k, bool raw)
{
    return k >= 1 && k <= HCL_SRS_MAX_K && r->len == params_size(k, raw);
}

/* A list of some program, or what else the file is. A k that could be ParamsKZG's is the last guess. */
static hcl_status tell_list(struct hcl_srs_list *list, const struct hcl_reader *r, uint32_t k,
                            struct hcl_err *err)
{
    static hcl_srs_tell *const tells[] = { hcl_srs_tell_zkey, hcl_srs_tell_gnark, hcl_srs_tell_ark,
                                           hcl_srs_tell_aztec };
    bool is = false;
    for (size_t i = 0; i < sizeof tells / sizeof *tells; i++) {
        hcl_status st = tells[i](list, &is, r, err);
        if (st != HCL_OK || is)
            return st;
    }
    if (k >= 1 && k <= HCL_SRS_MAX_K && hcl_srs_generator_at(r, 4, HCL_POINT_RAW))
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes; a raw ParamsKZG file with k = %u has %zu",
                        r->file, r->len, k, params_size(k, true));
    if (k >= 1 && k <= HCL_SRS_MAX_K && hcl_srs_generator_at(r, 4, HCL_POINT_HALO2_6))
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' has %zu bytes; a processed ParamsKZG file with k = %u has %zu", r->file, r->len,
                        k, params_size(k, false));
    return hcl_srs_tell_other(r, err);
}

static hcl_status parse(struct hcl_srs *out, struct hcl_reader *r, const struct hcl_srs_wish *wish,
                        hcl_srs_format *kind, int threads, struct hcl_err *err)
{
    struct hcl_reader head = *r;
    struct hcl_srs_list list = { 0 };
    hcl_point_form form = HCL_POINT_RAW;
    uint32_t k = 0;
    hcl_status st;
    hcl_read_u32le(&head, &k);
    *kind = HCL_SRS_HALOCLINE;
    if (starts_with(r, own_magic, sizeof own_magic))
        return get_own(out, r, wish->max_k, threads, err);
    *kind = HCL_SRS_PTAU;
    if (starts_with(r, "ptau", 4))
        return hcl_srs_parse_ptau(out, r, wish->max_k, threads, err);
    *kind = HCL_SRS_PARAMS_RAW;
    if (is_params(r, k, true))
        return get_params(out, r, wish->max_k, &form, threads, err);
    if (is_params(r, k, false)) {
        form = HCL_POINT_HALO2_6;
        st = get_params(out, r, wish->max_k, &form, threads, err);
        *kind = form == HCL_POINT_HALO2_7 ? HCL_SRS_PARAMS_PROCESSED_7 : HCL_SRS_PARAMS_PROCESSED;
        return st;
    }
    st = tell_list(&list, r, k, err);
    *kind = list.format;
    return st == HCL_OK ? hcl_srs_from_list(out, &list, r, wish->s_g2, wish->max_k, threads, err) : st;
}

hcl_status hcl_srs_parse_wish(struct hcl_srs *out, const uint8_t *data, size_t len, const char *name,
                              const struct hcl_srs_wish *wish, hcl_srs_format *format, int threads,
                              struct hcl_err *err)
{
    struct hcl_reader r = { .base = data, .len = len, .file = name };
    hcl_srs_format kind;
    *out = (struct hcl_srs){ 0 };
    hcl_status st = parse(out, &r, wish, &kind, threads, err);
    if (format != NULL)
        *format = kind;
    if (st != HCL_OK)
        hcl_srs_clear(out);
    return st;
}

hcl_status hcl_srs_parse(struct hcl_srs *out, const uint8_t *data, size_t len, const char *name,
                         uint32_t max_k, hcl_srs_format *format, int threads, struct hcl_err *err)
{
    const struct hcl_srs_wish wish = { .max_k = max_k };
    return hcl_srs_parse_wish(out, data, len, name, &wish, format, threads, err);
}

/* Barretenberg keeps [s]G2 beside the powers, in a file of 128 bytes. HCL_OK without one, if none was named.
 */
static hcl_status read_s_g2(hcl_g2 *out, bool *found, const char *path, bool named, struct hcl_err *err)
{
    struct hcl_file f = { 0 };
    hcl_status st;
    *found = false;
    if (!named && access(path, R_OK) != 0)
        return HCL_OK;
    HCL_TRY(hcl_file_read(&f, path, 1 << 16, err));
    if (f.len != 128 || !hcl_point_g2(out, HCL_POINT_AZTEC_FULL, f.data))
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT,
                         "'%s' is no bn254_g2.dat: its %zu bytes are not a point of BN254's G2 in "
                         "128, big-endian, c0 first",
                         path, f.len));
    *found = true;
done:
    hcl_file_clear(&f);
    return st;
}

/* [s]G2 from the file that is named, or from bn254_g2.dat beside the powers. */
static hcl_status find_s_g2(hcl_g2 *out, bool *found, const char *path, const char *g2_path,
                            struct hcl_err *err)
{
    static const char sibling[] = "bn254_g2.dat";
    if (g2_path)
        return read_s_g2(out, found, g2_path, true, err);
    const char *slash = strrchr(path, '/');
    const int folder = slash ? (int)(slash + 1 - path) : 0;
    char *beside;
    if (asprintf(&beside, "%.*s%s", folder, path, sibling) < 0)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for a file's name");
    hcl_status st = read_s_g2(out, found, beside, false, err);
    free(beside);
    return st;
}

/* The file is mapped, not read: a large ceremony file is mostly skipped. */
static hcl_status read_mapped(struct hcl_srs *out, const char *path, const struct hcl_srs_wish *wish,
                              hcl_srs_format *format, int threads, struct hcl_err *err)
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
    st = hcl_srs_parse_wish(out, map, (size_t)info.st_size, path, wish, format, threads, err);
    munmap(map, (size_t)info.st_size);
    return st;
}

hcl_status hcl_srs_read_beside(struct hcl_srs *out, const char *path, const char *g2_path, uint32_t max_k,
                               hcl_srs_format *format, int threads, struct hcl_err *err)
{
    struct hcl_srs_wish wish = { .max_k = max_k };
    hcl_g2 s_g2;
    bool found;
    *out = (struct hcl_srs){ 0 };
    hcl_status st = find_s_g2(&s_g2, &found, path, g2_path, err);
    if (st != HCL_OK)
        return st;
    wish.s_g2 = found ? &s_g2 : NULL;
    return read_mapped(out, path, &wish, format, threads, err);
}

hcl_status hcl_srs_read(struct hcl_srs *out, const char *path, uint32_t max_k, hcl_srs_format *format,
                        int threads, struct hcl_err *err)
{
    return hcl_srs_read_beside(out, path, NULL, max_k, format, threads, err);
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
    if (format > HCL_SRS_PARAMS_PROCESSED)
        return hcl_fail(err, HCL_BAD_INPUT, "SRS files of this format can be read but not written");
    st = hcl_writer_open(&file, path, 0666, err);
    if (st != HCL_OK)
        return st;
    st = format == HCL_SRS_HALOCLINE ? put_own(&s, srs) : put_params(&s, srs, format == HCL_SRS_PARAMS_RAW);
    if (st == HCL_OK)
        return hcl_writer_commit(&file, err);
    hcl_writer_discard(&file);
    return st;
}
