/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/npy.h"
#include "common/io/file_write.h"
#include "common/io/reader.h"
#include "common/sys/mem.h"
#include <stdio.h>
#include <string.h>

#define MAX_FILE_BYTES ((size_t)1 << 36)
#define MAX_HEADER_BYTES 65536u
static const uint8_t magic[6] = { 0x93, 'N', 'U', 'M', 'P', 'Y' };

static const struct {
    const char *descr, *name;
    size_t size;
} types[] = {
    [HCL_NPY_F32] = { "<f4", "float32", 4 }, [HCL_NPY_F64] = { "<f8", "float64", 8 },
    [HCL_NPY_I8] = { "|i1", "int8", 1 },     [HCL_NPY_U8] = { "|u1", "uint8", 1 },
    [HCL_NPY_I32] = { "<i4", "int32", 4 },   [HCL_NPY_I64] = { "<i8", "int64", 8 },
    [HCL_NPY_BOOL] = { "|b1", "bool", 1 },
};
_Static_assert(sizeof types / sizeof *types == HCL_NPY_TYPE_COUNT, "a description for each type");

size_t hcl_npy_type_size(hcl_npy_type type)
{
    return types[type].size;
}

const char *hcl_npy_type_name(hcl_npy_type type)
{
    return types[type].name;
}

/* The header is a Python dictionary literal with the keys descr, fortran_order and shape, in any order. */
struct header {
    const char *text;
    size_t len, pos;
    size_t offset; /* of the text in the file, for messages */
    const char *file;
    bool has_descr, has_order, has_shape;
};

static hcl_status fail_header(const struct header *h, const char *expected, struct hcl_err *err)
{
    return hcl_fail(err, HCL_BAD_INPUT, "bad header in '%s' at byte %zu, expected %s", h->file,
                    h->offset + h->pos, expected);
}

static void skip_blanks(struct header *h)
{
    while (h->pos < h->len && (h->text[h->pos] == ' ' || h->text[h->pos] == '\n' || h->text[h->pos] == '\t'))
        h->pos++;
}

/* Take character c after blanks. */
static bool take(struct header *h, char c)
{
    skip_blanks(h);
    if (h->pos == h->len || h->text[h->pos] != c)
        return false;
    h->pos++;
    return true;
}

static bool take_word(struct header *h, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(h);
    if (h->len - h->pos < n || memcmp(h->text + h->pos, word, n) != 0)
        return false;
    h->pos += n;
    return true;
}

/* A quoted string without escapes. */
static bool take_string(struct header *h, char *out, size_t size)
{
    const bool single = take(h, '\'');
    const char quote = single ? '\'' : '"';
    size_t n = 0;
    if (!single && !take(h, '"'))
        return false;
    while (h->pos < h->len && h->text[h->pos] != quote) {
        if (n + 1 == size || h->text[h->pos] == '\\')
            return false;
        out[n++] = h->text[h->pos++];
    }
    out[n] = '\0';
    return take(h, quote);
}

static bool take_number(struct header *h, size_t *out)
{
    size_t v = 0;
    skip_blanks(h);
    size_t first = h->pos;
    while (h->pos < h->len && h->text[h->pos] >= '0' && h->text[h->pos] <= '9') {
        if (v > (SIZE_MAX - 9) / 10)
            return false;
        v = v * 10 + (size_t)(h->text[h->pos++] - '0');
    }
    *out = v;
    return h->pos > first;
}

static hcl_status read_descr(struct header *h, struct hcl_npy *out, struct hcl_err *err)
{
    char descr[16];
    if (!take_string(h, descr, sizeof descr))
        return fail_header(h, "a plain dtype such as '<f4'", err);
    for (int t = 0; t < HCL_NPY_TYPE_COUNT; t++)
        if (strcmp(descr, types[t].descr) == 0) {
            out->type = (hcl_npy_type)t;
            return HCL_OK;
        }
    return hcl_fail(err, HCL_BAD_INPUT,
                    "'%s' has dtype '%s', expected little-endian float32, float64, int8, uint8, int32, int64 "
                    "or bool: save "
                    "x.astype(np.float32)",
                    h->file, descr);
}

static hcl_status read_order(struct header *h, struct hcl_err *err)
{
    if (take_word(h, "False"))
        return HCL_OK;
    if (take_word(h, "True"))
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is in Fortran order, expected C order: save np.ascontiguousarray(x)", h->file);
    return fail_header(h, "True or False", err);
}

static hcl_status read_shape(struct header *h, struct hcl_npy *out, struct hcl_err *err)
{
    if (!take(h, '('))
        return fail_header(h, "a tuple", err);
    out->rank = 0;
    while (!take(h, ')')) {
        if (out->rank == HCL_NPY_MAX_RANK)
            return hcl_fail(err, HCL_BAD_INPUT, "'%s' has more than %d dimensions", h->file,
                            HCL_NPY_MAX_RANK);
        if (!take_number(h, &out->dims[out->rank]))
            return fail_header(h, "a dimension", err);
        out->rank++;
        if (!take(h, ',')) {
            if (out->rank == 1 || !take(h, ')'))
                return fail_header(h, "',' between dimensions", err);
            break;
        }
    }
    return HCL_OK;
}

static hcl_status read_entry(struct header *h, struct hcl_npy *out, struct hcl_err *err)
{
    char key[16];
    if (!take_string(h, key, sizeof key) || !take(h, ':'))
        return fail_header(h, "a key", err);
    bool *seen = strcmp(key, "descr") == 0           ? &h->has_descr
                 : strcmp(key, "fortran_order") == 0 ? &h->has_order
                 : strcmp(key, "shape") == 0         ? &h->has_shape
                                                     : NULL;
    if (seen == NULL || *seen)
        return fail_header(h, "the keys descr, fortran_order and shape, each once", err);
    *seen = true;
    return seen == &h->has_descr   ? read_descr(h, out, err)
           : seen == &h->has_order ? read_order(h, err)
                                   : read_shape(h, out, err);
}

static hcl_status read_header(struct header *h, struct hcl_npy *out, struct hcl_err *err)
{
    if (!take(h, '{'))
        return fail_header(h, "'{'", err);
    while (!take(h, '}')) {
        hcl_status st = read_entry(h, out, err);
        if (st != HCL_OK)
            return st;
        if (take(h, ','))
            continue;
        if (take(h, '}'))
            break;
        return fail_header(h, "',' or '}'", err);
    }
    skip_blanks(h);
    if (h->pos != h->len)
        return fail_header(h, "nothing after '}'", err);
    if (!h->has_descr || !h->has_order || !h->has_shape)
        return fail_header(h, "the keys descr, fortran_order and shape", err);
    return HCL_OK;
}

/* Magic, version, length and text of the header. */
static hcl_status find_header(struct hcl_reader *r, struct header *h, struct hcl_err *err)
{
    const uint8_t *m, *text;
    uint8_t major, minor;
    uint16_t short_len = 0;
    uint32_t len = 0;
    if (!hcl_read_bytes(r, &m, sizeof magic) || memcmp(m, magic, sizeof magic) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is not a .npy file", r->file);
    if (!hcl_read_u8(r, &major) || !hcl_read_u8(r, &minor))
        return hcl_fail_short(err, r, "the version");
    if (major < 1 || major > 3 || minor != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has .npy version %u.%u, expected 1.0 to 3.0", r->file,
                        major, minor);
    if (major == 1 ? !hcl_read_u16le(r, &short_len) : !hcl_read_u32le(r, &len))
        return hcl_fail_short(err, r, "the header length");
    len = major == 1 ? short_len : len;
    if (len > MAX_HEADER_BYTES)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has a header of %u bytes, expected at most %u", r->file,
                        len, MAX_HEADER_BYTES);
    *h = (struct header){ .len = len, .offset = r->pos, .file = r->file };
    if (!hcl_read_bytes(r, &text, len))
        return hcl_fail_short(err, r, "the header");
    h->text = (const char *)text;
    return HCL_OK;
}

/* The element count follows from the shape and must be exactly what the file holds. */
static hcl_status count_elements(const struct hcl_reader *r, struct hcl_npy *out, struct hcl_err *err)
{
    size_t most = SIZE_MAX / 16;
    out->len = 1;
    for (uint32_t i = 0; i < out->rank; i++) {
        if (out->dims[i] != 0 && out->len > most / out->dims[i])
            return hcl_fail(err, HCL_BAD_INPUT, "the shape in '%s' is too large", r->file);
        out->len *= out->dims[i];
    }
    if (out->len * types[out->type].size != hcl_left(r))
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes of data, expected %zu for %zu elements of %s",
                        r->file, hcl_left(r), out->len * types[out->type].size, out->len,
                        types[out->type].name);
    return HCL_OK;
}

hcl_status hcl_npy_parse(struct hcl_npy *out, const uint8_t *bytes, size_t len, const char *file,
                         struct hcl_err *err)
{
    struct hcl_reader r = { .base = bytes, .len = len, .file = file };
    struct header h;
    hcl_status st;
    *out = (struct hcl_npy){ 0 };
    HCL_TRY(find_header(&r, &h, err));
    HCL_TRY(read_header(&h, out, err));
    HCL_TRY(count_elements(&r, out, err));
    if (out->len > 0) {
        HCL_TRY(hcl_mem_alloc(&out->data, out->len, types[out->type].size, "npy array", err));
        memcpy(out->data, r.base + r.pos, hcl_left(&r));
    }
done:
    if (st != HCL_OK)
        hcl_npy_clear(out);
    return st;
}

hcl_status hcl_npy_read(struct hcl_npy *out, const char *path, struct hcl_err *err)
{
    struct hcl_file file = { 0 };
    *out = (struct hcl_npy){ 0 };
    hcl_status st = hcl_file_read(&file, path, MAX_FILE_BYTES, err);
    if (st == HCL_OK)
        st = hcl_npy_parse(out, file.data, file.len, path, err);
    hcl_file_clear(&file);
    return st;
}

void hcl_npy_clear(struct hcl_npy *a)
{
    hcl_mem_free_secret(a->data);
    *a = (struct hcl_npy){ 0 };
}

double hcl_npy_get(const struct hcl_npy *a, size_t i)
{
    switch (a->type) {
    case HCL_NPY_F32:
        return (double)((const float *)a->data)[i];
    case HCL_NPY_F64:
        return ((const double *)a->data)[i];
    case HCL_NPY_I8:
        return ((const int8_t *)a->data)[i];
    case HCL_NPY_BOOL:
        return ((const uint8_t *)a->data)[i] != 0;
    case HCL_NPY_U8:
        return ((const uint8_t *)a->data)[i];
    case HCL_NPY_I32:
        return ((const int32_t *)a->data)[i];
    default:
        return (double)((const int64_t *)a->data)[i];
    }
}

/* Version 1: the text is padded with blanks so that the data begin at a multiple of 64. */
static size_t make_header(uint8_t out[512], hcl_npy_type type, const size_t *dims, uint32_t rank)
{
    char text[480];
    int n =
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", types[type].descr);
    for (uint32_t i = 0; i < rank; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%zu%s", dims[i],
                      rank == 1      ? ","
                      : i + 1 < rank ? ", "
                                     : "");
    n += snprintf(text + n, sizeof text - (size_t)n, "), }");
    size_t used = sizeof magic + 4 + (size_t)n + 1, total = (used + 63) / 64 * 64;
    size_t len = total - sizeof magic - 4;
    memset(out, ' ', total);
    memcpy(out, magic, sizeof magic);
    out[6] = 1;
    out[7] = 0;
    out[8] = (uint8_t)len;
    out[9] = (uint8_t)(len >> 8);
    memcpy(out + 10, text, (size_t)n);
    out[total - 1] = '\n';
    return total;
}

hcl_status hcl_npy_write(const char *path, hcl_npy_type type, const size_t *dims, uint32_t rank,
                         const void *data, struct hcl_err *err)
{
    uint8_t header[512];
    size_t len = types[type].size;
    struct hcl_writer w = { .fd = -1 };
    hcl_status st;
    if (rank > HCL_NPY_MAX_RANK)
        return hcl_fail(err, HCL_BAD_INPUT, "an array of %u dimensions for '%s', expected at most %d", rank,
                        path, HCL_NPY_MAX_RANK);
    for (uint32_t i = 0; i < rank; i++)
        len *= dims[i];
    size_t header_len = make_header(header, type, dims, rank);
    st = hcl_writer_open(&w, path, 0666, err);
    if (st != HCL_OK)
        return st;
    HCL_TRY(hcl_writer_put(&w, header, header_len, err));
    HCL_TRY(hcl_writer_put(&w, data, len, err));
    return hcl_writer_commit(&w, err);
done:
    hcl_writer_discard(&w);
    return st;
}
