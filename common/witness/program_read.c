/* SPDX-License-Identifier: Apache-2.0 */
/* Inverse of program_write.c. Counts are compared with the bytes left before anything is allocated. */
#include "common/witness/witness_internal.h"
#include <string.h>

struct loader {
    struct hcl_reader *in;
    struct hcl_err *err;
};

static hcl_status get_u32(struct loader *l, uint32_t *v, const char *what)
{
    return hcl_read_u32le(l->in, v) ? HCL_OK : hcl_fail_short(l->err, l->in, what);
}
static hcl_status get_i64(struct loader *l, int64_t *v, const char *what)
{
    uint64_t u;

    if (!hcl_read_u64le(l->in, &u))
        return hcl_fail_short(l->err, l->in, what);
    *v = (int64_t)u;
    return HCL_OK;
}

/* A count of entries of at least `bytes` bytes in the file, and zeroed memory for them. */
static hcl_status get_array(struct loader *l, void *array, uint64_t *count, size_t elem, size_t bytes,
                            const char *what)
{
    void *mem;

    if (!hcl_read_u64le(l->in, count))
        return hcl_fail_short(l->err, l->in, what);
    if (*count > hcl_left(l->in) / bytes || *count >= UINT32_MAX) {
        uint64_t wanted = *count;
        *count = 0;
        return hcl_fail(l->err, HCL_BAD_INPUT, "'%s' at byte %zu: %llu %s do not fit in the %zu bytes left",
                        l->in->file, l->in->pos, (unsigned long long)wanted, what, hcl_left(l->in));
    }
    mem = calloc(*count ? *count : 1, elem);
    if (!mem) {
        *count = 0;
        return hcl_fail(l->err, HCL_NO_RESOURCE, "out of memory for the witness program");
    }
    memcpy(array, &mem, sizeof(mem));
    return HCL_OK;
}

static hcl_status get_text(struct loader *l, char **out, const char *what)
{
    uint32_t len;
    const uint8_t *bytes;

    if (!hcl_read_u32le(l->in, &len) || !hcl_read_bytes(l->in, &bytes, len))
        return hcl_fail_short(l->err, l->in, what);
    *out = malloc((size_t)len + 1);
    if (!*out)
        return hcl_fail(l->err, HCL_NO_RESOURCE, "out of memory for the witness program");
    memcpy(*out, bytes, len);
    (*out)[len] = 0;
    return HCL_OK;
}

static hcl_status expect_count(struct loader *l, uint64_t got, uint64_t want, const char *what)
{
    if (got == want)
        return HCL_OK;
    return hcl_fail(l->err, HCL_BAD_INPUT, "'%s' at byte %zu: %llu %s, expected %llu", l->in->file,
                    l->in->pos, (unsigned long long)got, what, (unsigned long long)want);
}

static hcl_status get_rows(struct loader *l, struct hcl_program *p)
{
    hcl_status st;
    uint64_t n;

    HCL_TRY(get_array(l, &p->rows, &n, sizeof(*p->rows), 10, "rows"));
    HCL_TRY(expect_count(l, n, p->num_rows, "rows"));
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_u32(l, &p->rows[i].cls, "rows"));
        if (!hcl_read_u16le(l->in, &p->rows[i].flags) || !hcl_read_u32le(l->in, &p->rows[i].lookups)) {
            st = hcl_fail_short(l->err, l->in, "rows");
            goto done;
        }
    }
    HCL_TRY(get_array(l, &p->sources, &n, sizeof(*p->sources), 8, "sources"));
    HCL_TRY(expect_count(l, n, (uint64_t)p->num_rows * p->lanes, "sources"));
    for (size_t i = 0; i < n; i++)
        HCL_TRY(get_i64(l, (int64_t *)&p->sources[i], "sources"));
    HCL_TRY(get_array(l, &p->classes, &n, sizeof(*p->classes), 40, "row classes"));
    p->num_classes = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_i64(l, &p->classes[i].s, "row classes"));
        HCL_TRY(get_i64(l, &p->classes[i].c0, "row classes"));
        HCL_TRY(get_i64(l, &p->classes[i].c1, "row classes"));
        HCL_TRY(get_i64(l, &p->classes[i].c2, "row classes"));
        HCL_TRY(get_u32(l, &p->classes[i].fn, "row classes"));
        HCL_TRY(get_u32(l, &p->classes[i].range, "row classes"));
    }
done:
    return st;
}

static hcl_status get_fn(struct loader *l, struct hcl_fn_table *t)
{
    hcl_status st;
    uint32_t has_values;

    HCL_TRY(get_i64(l, &t->lo, "function tables"));
    HCL_TRY(get_u32(l, &t->len, "function tables"));
    HCL_TRY(get_u32(l, &t->tag, "function tables"));
    HCL_TRY(get_u32(l, &t->table_row, "function tables"));
    HCL_TRY(get_u32(l, &has_values, "function tables"));
    if (!has_values)
        return HCL_OK;
    if (t->len > hcl_left(l->in) / 8)
        return hcl_fail_short(l->err, l->in, "function tables");
    t->values = malloc((size_t)t->len * 8 + 1);
    if (!t->values)
        return hcl_fail(l->err, HCL_NO_RESOURCE, "out of memory for the witness program");
    for (uint32_t e = 0; e < t->len; e++)
        HCL_TRY(get_i64(l, &t->values[e], "function tables"));
done:
    return st;
}

static hcl_status get_weights(struct loader *l, struct hcl_program *p)
{
    hcl_status st;
    const uint8_t *bytes;
    uint64_t n;

    HCL_TRY(get_array(l, &p->own_weights, &n, sizeof(*p->own_weights), 2, "weights"));
    if (n > 0 || p->num_weight_rows == 0) {
        HCL_TRY(expect_count(l, n, (uint64_t)p->weight_digits * p->weight_columns * p->num_weight_rows,
                             "weights"));
        HCL_TRY(hcl_program_own_weights(p, l->err));
    }
    for (size_t i = 0; i < n; i++)
        (void)hcl_read_u16le(l->in, (uint16_t *)&p->own_weights[i]); /* get_array saw that they are there */
    HCL_TRY(get_array(l, &p->weight_steps, &n, sizeof(*p->weight_steps), 1, "weight rows"));
    HCL_TRY(expect_count(l, n, p->num_weight_rows, "weight rows"));
    if (n && hcl_read_bytes(l->in, &bytes, n))
        memcpy(p->weight_steps, bytes, n);
    HCL_TRY(get_array(l, &p->stages, &n, sizeof(*p->stages), 8, "stages"));
    p->num_stages = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_u32(l, &p->stages[i].rows, "stages"));
        HCL_TRY(get_u32(l, &p->stages[i].weight_rows, "stages"));
    }
done:
    return st;
}

static hcl_status get_tables(struct loader *l, struct hcl_program *p)
{
    hcl_status st;
    uint64_t n;

    HCL_TRY(get_array(l, &p->fns, &n, sizeof(*p->fns), 24, "function tables"));
    p->num_fns = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++)
        HCL_TRY(get_fn(l, &p->fns[i]));
    HCL_TRY(get_array(l, &p->ranges, &n, sizeof(*p->ranges), 20, "ranges"));
    p->num_ranges = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_i64(l, &p->ranges[i].lo, "ranges"));
        HCL_TRY(get_u32(l, &p->ranges[i].len, "ranges"));
        HCL_TRY(get_u32(l, &p->ranges[i].tag, "ranges"));
        HCL_TRY(get_u32(l, &p->ranges[i].table_row, "ranges"));
    }
    HCL_TRY(get_array(l, &p->row_tables, &n, sizeof(*p->row_tables), 20, "tables of rows"));
    p->num_row_tables = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_u32(l, &p->row_tables[i].first, "tables of rows"));
        HCL_TRY(get_u32(l, &p->row_tables[i].count, "tables of rows"));
        HCL_TRY(get_u32(l, &p->row_tables[i].width, "tables of rows"));
        HCL_TRY(get_u32(l, &p->row_tables[i].digits, "tables of rows"));
        HCL_TRY(get_u32(l, &p->row_tables[i].tag, "tables of rows"));
    }
    HCL_TRY(get_array(l, &p->pool, &n, sizeof(*p->pool), 8, "constants"));
    p->pool_len = n;
    for (size_t i = 0; i < n; i++)
        HCL_TRY(get_i64(l, &p->pool[i], "constants"));
    HCL_TRY(get_weights(l, p));
    HCL_TRY(get_array(l, &p->lists, &n, sizeof(*p->lists), 4, "cell lists"));
    p->lists_len = n;
    for (size_t i = 0; i < n; i++)
        HCL_TRY(get_u32(l, &p->lists[i], "cell lists"));
done:
    return st;
}

static hcl_status get_blocks(struct loader *l, struct hcl_program *p)
{
    hcl_status st;
    uint64_t n;

    HCL_TRY(get_array(l, &p->blocks, &n, sizeof(*p->blocks), 4 * HCL_BLOCK_WORDS, "blocks"));
    p->num_blocks = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t words[HCL_BLOCK_WORDS];
        for (size_t j = 0; j < HCL_BLOCK_WORDS; j++)
            HCL_TRY(get_u32(l, &words[j], "blocks"));
        memcpy(&p->blocks[i], words, sizeof(words));
    }
    HCL_TRY(get_array(l, &p->hints, &n, sizeof(*p->hints), 24, "hints"));
    p->num_hints = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_u32(l, &p->hints[i].kind, "hints"));
        HCL_TRY(get_u32(l, &p->hints[i].cell, "hints"));
        HCL_TRY(get_u32(l, &p->hints[i].count, "hints"));
        HCL_TRY(get_u32(l, &p->hints[i].other, "hints"));
        HCL_TRY(get_i64(l, &p->hints[i].by, "hints"));
    }
    HCL_TRY(get_array(l, &p->wide, &n, sizeof(*p->wide), 16, "wide copies"));
    p->num_wide = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_u32(l, &p->wide[i].to.row, "wide copies"));
        HCL_TRY(get_u32(l, &p->wide[i].to.at, "wide copies"));
        HCL_TRY(get_u32(l, &p->wide[i].from.row, "wide copies"));
        HCL_TRY(get_u32(l, &p->wide[i].from.at, "wide copies"));
    }
done:
    return st;
}

static hcl_status get_names(struct loader *l, struct hcl_program *p)
{
    hcl_status st;
    uint64_t n;

    HCL_TRY(get_array(l, &p->inputs, &n, sizeof(*p->inputs), 24, "inputs"));
    p->num_inputs = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_text(l, &p->inputs[i].name, "inputs"));
        HCL_TRY(get_u32(l, &p->inputs[i].len, "inputs"));
        HCL_TRY(get_i64(l, &p->inputs[i].lo, "inputs"));
        HCL_TRY(get_i64(l, &p->inputs[i].hi, "inputs"));
    }
    HCL_TRY(get_array(l, &p->outputs, &n, sizeof(*p->outputs), 12, "outputs"));
    p->num_outputs = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_text(l, &p->outputs[i].name, "outputs"));
        HCL_TRY(get_u32(l, &p->outputs[i].list, "outputs"));
        HCL_TRY(get_u32(l, &p->outputs[i].len, "outputs"));
    }
    HCL_TRY(get_array(l, &p->instance, &n, sizeof(*p->instance), 4, "public values"));
    p->num_instance = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++)
        HCL_TRY(get_u32(l, &p->instance[i], "public values"));
    HCL_TRY(get_array(l, &p->labels, &n, sizeof(*p->labels), 8, "labels"));
    p->num_labels = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        HCL_TRY(get_u32(l, &p->labels[i].first_row, "labels"));
        HCL_TRY(get_text(l, &p->labels[i].text, "labels"));
    }
done:
    return st;
}

hcl_status hcl_program_read(struct hcl_program *out, struct hcl_reader *in, struct hcl_err *err)
{
    hcl_status st;
    struct loader l = { .in = in, .err = err };
    const uint8_t *magic;
    uint32_t private_weights;

    *out = (struct hcl_program){ 0 };
    if (!hcl_read_bytes(in, &magic, 8) || memcmp(magic, "HCLPROGD", 8) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' at byte %zu is not a witness program of version 12",
                        in->file, in->pos);
    HCL_TRY(get_u32(&l, &out->lanes, "lanes"));
    HCL_TRY(get_u32(&l, &out->k, "k"));
    HCL_TRY(get_u32(&l, &out->registers, "registers"));
    HCL_TRY(get_u32(&l, &out->num_rows, "row count"));
    HCL_TRY(get_u32(&l, &out->table_rows, "table row count"));
    HCL_TRY(get_u32(&l, &out->weight_columns, "weight columns"));
    HCL_TRY(get_u32(&l, &out->weight_digits, "digits of weight columns"));
    HCL_TRY(get_u32(&l, &private_weights, "weights' visibility"));
    HCL_TRY(get_u32(&l, &out->num_weight_rows, "weight row count"));
    if (out->lanes < 2 || out->lanes > HCL_MAX_LANES || out->k > 28 || out->weight_columns < 1 ||
        out->weight_columns > HCL_MAX_WEIGHT_COLUMNS || private_weights > 1 || out->weight_digits < 1 ||
        out->weight_digits > (private_weights ? 1 : HCL_MAX_DIGITS)) {
        st = hcl_fail(err, HCL_BAD_INPUT,
                      "'%s': %u lanes, k = %u, %u weight columns of %u digits, expected 2..%d lanes, k <= 28 "
                      "and 1..%d weight columns of 1..%d, private ones of 1",
                      in->file, out->lanes, out->k, out->weight_columns, out->weight_digits, HCL_MAX_LANES,
                      HCL_MAX_WEIGHT_COLUMNS, HCL_MAX_DIGITS);
        goto done;
    }
    if (out->registers > out->lanes) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s': registers go on in %u of %u lanes", in->file, out->registers,
                      out->lanes);
        goto done;
    }
    out->private_weights = private_weights;
    HCL_TRY(get_rows(&l, out));
    HCL_TRY(get_tables(&l, out));
    HCL_TRY(get_blocks(&l, out));
    HCL_TRY(get_names(&l, out));
    if (hcl_left(in)) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes after the witness program", in->file,
                      hcl_left(in));
        goto done;
    }
    HCL_TRY(hcl_program_check(out, in->file, err));
done:
    if (st != HCL_OK)
        hcl_program_clear(out);
    return st;
}
