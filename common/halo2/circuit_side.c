/* SPDX-License-Identifier: Apache-2.0 */
/* HCLCIRC1: fixed values and copies as bytes (FORMAT section 15). */
#include "common/halo2/circuit_file.h"
#include "common/io/reader.h"
#include "common/sys/mem.h"
#include <string.h>

#define TILE 256 /* values converted at a time */

static const uint8_t magic[8] = { 'H', 'C', 'L', 'C', 'I', 'R', 'C', '1' };

static hcl_status get_column(struct hcl_circuit *c, uint32_t col, struct hcl_reader *r, struct hcl_err *err)
{
    const uint8_t *bytes;
    void *values = NULL;
    hcl_fr radix;
    uint64_t rows;
    hcl_status st;
    if (!hcl_read_u64le(r, &rows) || rows > hcl_left(r) / 32)
        return hcl_fail_short(err, r, "a fixed column");
    if (rows > hcl_circuit_rows(c))
        return hcl_fail(err, HCL_BAD_INPUT, "fixed column %u in '%s' has %llu rows, the circuit has %zu", col,
                        r->file, (unsigned long long)rows, hcl_circuit_rows(c));
    st = hcl_mem_alloc(&values, (size_t)rows, sizeof(hcl_fr), "fixed columns", err);
    if (st != HCL_OK)
        return st;
    /* integers below r as if they were Montgomery forms, then all times 2^256 */
    for (size_t i = 0; i < rows; i++) {
        if (!hcl_read_bytes(r, &bytes, 32) || !hcl_fr_from_raw((hcl_fr *)values + i, bytes)) {
            hcl_mem_free(values);
            return hcl_fail(err, HCL_BAD_INPUT, "value %zu of fixed column %u in '%s' is not below r", i, col,
                            r->file);
        }
    }
    hcl_fr_from_u64(&radix, 2);
    hcl_fr_pow_u64(&radix, &radix, 256);
    hcl_fr_scale_vec(values, values, &radix, (size_t)rows);
    st = hcl_circuit_set_fixed(c, col, values, (size_t)rows, err);
    hcl_mem_free(values);
    return st;
}

static hcl_status get_copies(struct hcl_circuit *c, struct hcl_reader *r, struct hcl_err *err)
{
    uint64_t count;
    hcl_status st = HCL_OK;
    if (!hcl_read_u64le(r, &count) || count > hcl_left(r) / 16)
        return hcl_fail_short(err, r, "the copies");
    for (uint64_t i = 0; i < count && st == HCL_OK; i++) {
        struct hcl_copy p = { 0 };
        bool whole = hcl_read_u32le(r, &p.left_column) && hcl_read_u32le(r, &p.left_row) &&
                     hcl_read_u32le(r, &p.right_column) && hcl_read_u32le(r, &p.right_row);
        st = whole ? hcl_circuit_add_copy(c, p, err) : hcl_fail_short(err, r, "a copy");
    }
    return st;
}

hcl_status hcl_circuit_parse_side(struct hcl_circuit *c, const uint8_t *data, size_t len, const char *name,
                                  struct hcl_err *err)
{
    struct hcl_reader r = { .base = data, .len = len, .file = name };
    const uint8_t *head;
    uint32_t k, columns;
    hcl_status st = HCL_OK;
    if (!hcl_read_bytes(&r, &head, 8) || memcmp(head, magic, 8) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' does not start with HCLCIRC1", name);
    if (!hcl_read_u32le(&r, &k) || !hcl_read_u32le(&r, &columns))
        return hcl_fail_short(err, &r, "the header");
    if (k != c->k || columns != c->num_fixed)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is for k = %u and %u fixed columns, the circuit has k = %u and %u", name, k,
                        columns, c->k, c->num_fixed);
    if (k > HCL_MAX_K)
        return hcl_fail(err, HCL_BAD_INPUT, "bad k %u in '%s', expected 1..%d", k, name, HCL_MAX_K);
    for (uint32_t i = 0; i < columns; i++)
        HCL_TRY(get_column(c, i, &r, err));
    HCL_TRY(get_copies(c, &r, err));
    if (hcl_left(&r) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes after its end at byte %zu", name,
                        hcl_left(&r), r.pos);
done:
    return st;
}

static uint8_t *put_le(uint8_t *at, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *at++ = (uint8_t)(v >> (8 * i));
    return at;
}

static void emit_column(const struct hcl_compact *column, size_t rows, hcl_circuit_sink *sink, void *ctx)
{
    hcl_fr values[TILE];
    uint64_t limbs[4 * TILE];
    uint8_t bytes[32 * TILE];
    for (size_t i = 0; i < rows; i += TILE) {
        const size_t part = rows - i < TILE ? rows - i : TILE;
        hcl_compact_expand(values, column, i, part);
        hcl_fr_to_limbs_vec(limbs, values, part);
        for (size_t j = 0; j < 4 * part; j++)
            put_le(bytes + 8 * j, limbs[j], 8);
        sink(ctx, bytes, 32 * part);
    }
}

static void emit_copies(const struct hcl_circuit *c, hcl_circuit_sink *sink, void *ctx)
{
    uint8_t bytes[16 * TILE];
    for (size_t i = 0; i < c->num_copies; i += TILE) {
        const size_t part = c->num_copies - i < TILE ? c->num_copies - i : TILE;
        uint8_t *at = bytes;
        for (size_t j = i; j < i + part; j++) {
            at = put_le(at, c->copies[j].left_column, 4);
            at = put_le(at, c->copies[j].left_row, 4);
            at = put_le(at, c->copies[j].right_column, 4);
            at = put_le(at, c->copies[j].right_row, 4);
        }
        sink(ctx, bytes, 16 * part);
    }
}

static void emit_side(const struct hcl_circuit *c, hcl_circuit_sink *sink, void *ctx)
{
    uint8_t head[16];
    memcpy(head, magic, 8);
    put_le(put_le(head + 8, c->k, 4), c->num_fixed, 4);
    sink(ctx, head, 16);
    for (uint32_t i = 0; i < c->num_fixed; i++) {
        put_le(head, c->fixed_rows[i], 8);
        sink(ctx, head, 8);
        emit_column(&c->fixed[i], c->fixed_rows[i], sink, ctx);
    }
    put_le(head, c->num_copies, 8);
    sink(ctx, head, 8);
    emit_copies(c, sink, ctx);
}

static void append(void *ctx, const void *bytes, size_t len)
{
    uint8_t **at = ctx;
    memcpy(*at, bytes, len);
    *at += len;
}

hcl_status hcl_circuit_format_side(const struct hcl_circuit *c, uint8_t **out, size_t *len,
                                   struct hcl_err *err)
{
    size_t size = 8 + 4 + 4 + 8 + 16 * c->num_copies;
    uint8_t *at;
    for (uint32_t i = 0; i < c->num_fixed; i++)
        size += 8 + 32 * c->fixed_rows[i];
    *len = 0;
    *out = at = malloc(size);
    if (at == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu bytes of fixed values and copies", size);
    emit_side(c, append, &at);
    *len = size;
    return HCL_OK;
}

void hcl_circuit_emit_stored(const struct hcl_circuit *c, hcl_circuit_sink *sink, void *ctx)
{
    const uint64_t shape[2] = { c->num_fixed, c->num_copies };
    sink(ctx, shape, sizeof shape);
    for (uint32_t i = 0; i < c->num_fixed; i++) {
        const struct hcl_compact *f = &c->fixed[i];
        const uint64_t head[5] = { c->fixed_rows[i], f->stored, (uint64_t)f->width, (uint64_t)f->digits,
                                   f->num_exceptions };
        sink(ctx, head, sizeof head);
        if (f->stored > 0)
            sink(ctx, f->cells, f->stored * (size_t)(f->width * f->digits));
        if (f->num_exceptions > 0)
            sink(ctx, f->exceptions, f->num_exceptions * sizeof *f->exceptions);
    }
    if (c->num_copies > 0)
        sink(ctx, c->copies, c->num_copies * sizeof *c->copies);
}
