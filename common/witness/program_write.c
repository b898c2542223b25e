/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a witness program, version 12; integers little-endian, signed ones two's complement.
 * program_read.c is the inverse; both walk the same fields in the same order: "HCLPROGD"; u32 lanes, k,
 * registers, num_rows, table_rows, weight_columns, weight_digits, private_weights, num_weight_rows; then
 * arrays (u64 count, entries): rows {u32 cls, u16 flags, u32 lookups}; sources u64; classes {i64 s, c0, c1,
 * c2, u32 fn, range}; fns {i64 lo, u32 len, tag, table_row, has_values, [i64 values * len]}; ranges {i64 lo,
 * u32 len, tag, table_row}; row tables {u32 first, count, width, digits, tag}; pool i64; weights i16
 * ([column][digit][row]); weight steps i8; stages {u32 rows, weight_rows}; lists u32; blocks u32 *
 * HCL_BLOCK_WORDS; hints {u32 kind, cell, count, other, i64 by}; wide u32 * 4; inputs {text, u32 len, i64 lo,
 * hi}; outputs {text, u32 list, len}; instance u32; labels {u32 first_row, text}. text: u32 length, bytes. */
#include "common/witness/program.h"
#include "common/witness/witness_internal.h"
#include <string.h>

/* Bytes are collected, or with `take` given away whenever so many have come together. */
struct writer {
    uint8_t *data;
    size_t len, cap;
    bool failed;
    void (*take)(void *ctx, const uint8_t *bytes, size_t n);
    void *ctx;
};

static void give(struct writer *w)
{
    if (w->len)
        w->take(w->ctx, w->data, w->len);
    w->len = 0;
}

static void put(struct writer *w, const void *bytes, size_t n)
{
    if (w->failed || n == 0)
        return;
    if (w->take && w->cap - w->len < n)
        give(w);
    if (w->take && w->cap < n) {
        w->take(w->ctx, bytes, n);
        return;
    }
    if (w->cap - w->len < n) {
        const size_t cap = w->cap + w->cap / 4 + n + 4096; /* doubling would take as much again as is used */
        uint8_t *grown = realloc(w->data, cap);
        if (!grown) {
            w->failed = true;
            return;
        }
        w->data = grown;
        w->cap = cap;
    }
    memcpy(w->data + w->len, bytes, n);
    w->len += n;
}
static void put_int(struct writer *w, uint64_t v, int bytes)
{
    uint8_t b[8];

    for (int i = 0; i < bytes; i++)
        b[i] = (uint8_t)(v >> (8 * i));
    put(w, b, (size_t)bytes);
}
static void put_u32(struct writer *w, uint32_t v)
{
    put_int(w, v, 4);
}
static void put_u64(struct writer *w, uint64_t v)
{
    put_int(w, v, 8);
}
static void put_i64(struct writer *w, int64_t v)
{
    put_int(w, (uint64_t)v, 8);
}
static void put_text(struct writer *w, const char *s)
{
    put_u32(w, (uint32_t)strlen(s));
    put(w, s, strlen(s));
}

static void put_rows(struct writer *w, const struct hcl_program *p)
{
    put_u64(w, p->num_rows);
    for (uint32_t i = 0; i < p->num_rows; i++) {
        put_u32(w, p->rows[i].cls);
        put_int(w, p->rows[i].flags, 2);
        put_int(w, p->rows[i].lookups, 4);
    }
    put_u64(w, (uint64_t)p->num_rows * p->lanes);
    for (size_t i = 0; i < (size_t)p->num_rows * p->lanes; i++)
        put_u64(w, p->sources[i]);
    put_u64(w, p->num_classes);
    for (uint32_t i = 0; i < p->num_classes; i++) {
        put_i64(w, p->classes[i].s);
        put_i64(w, p->classes[i].c0);
        put_i64(w, p->classes[i].c1);
        put_i64(w, p->classes[i].c2);
        put_u32(w, p->classes[i].fn);
        put_u32(w, p->classes[i].range);
    }
}

static void put_tables(struct writer *w, const struct hcl_program *p)
{
    put_u64(w, p->num_fns);
    for (uint32_t i = 0; i < p->num_fns; i++) {
        const struct hcl_fn_table *t = &p->fns[i];
        put_i64(w, t->lo);
        put_u32(w, t->len);
        put_u32(w, t->tag);
        put_u32(w, t->table_row);
        put_u32(w, t->values != NULL);
        for (uint32_t e = 0; t->values && e < t->len; e++)
            put_i64(w, t->values[e]);
    }
    put_u64(w, p->num_ranges);
    for (uint32_t i = 0; i < p->num_ranges; i++) {
        put_i64(w, p->ranges[i].lo);
        put_u32(w, p->ranges[i].len);
        put_u32(w, p->ranges[i].tag);
        put_u32(w, p->ranges[i].table_row);
    }
    put_u64(w, p->num_row_tables);
    for (uint32_t i = 0; i < p->num_row_tables; i++) {
        put_u32(w, p->row_tables[i].first);
        put_u32(w, p->row_tables[i].count);
        put_u32(w, p->row_tables[i].width);
        put_u32(w, p->row_tables[i].digits);
        put_u32(w, p->row_tables[i].tag);
    }
}

static void put_weights(struct writer *w, const struct hcl_program *p, hcl_program_extent extent)
{
    const uint32_t columns = extent == HCL_PROGRAM_WHOLE ? p->weight_columns : 0;

    put_u64(w, (uint64_t)columns * p->weight_digits * p->num_weight_rows);
    for (uint32_t c = 0; c < columns; c++)
        for (size_t i = 0; i < (size_t)p->weight_digits * p->num_weight_rows; i++)
            put_int(w, (uint16_t)p->weights[c][i], 2);
    put_u64(w, p->num_weight_rows);
    put(w, p->weight_steps, p->num_weight_rows);
    put_u64(w, p->num_stages);
    for (uint32_t i = 0; i < p->num_stages; i++) {
        put_u32(w, p->stages[i].rows);
        put_u32(w, p->stages[i].weight_rows);
    }
}

static void put_blocks(struct writer *w, const struct hcl_program *p)
{
    put_u64(w, p->num_blocks);
    for (uint32_t i = 0; i < p->num_blocks; i++) {
        uint32_t words[HCL_BLOCK_WORDS];
        memcpy(words, &p->blocks[i], sizeof(words));
        for (size_t j = 0; j < HCL_BLOCK_WORDS; j++)
            put_u32(w, words[j]);
    }
    put_u64(w, p->num_hints);
    for (uint32_t i = 0; i < p->num_hints; i++) {
        put_u32(w, p->hints[i].kind);
        put_u32(w, p->hints[i].cell);
        put_u32(w, p->hints[i].count);
        put_u32(w, p->hints[i].other);
        put_i64(w, p->hints[i].by);
    }
    put_u64(w, p->num_wide);
    for (uint32_t i = 0; i < p->num_wide; i++) {
        put_u32(w, p->wide[i].to.row);
        put_u32(w, p->wide[i].to.at);
        put_u32(w, p->wide[i].from.row);
        put_u32(w, p->wide[i].from.at);
    }
}

static void put_names(struct writer *w, const struct hcl_program *p)
{
    put_u64(w, p->num_inputs);
    for (uint32_t i = 0; i < p->num_inputs; i++) {
        put_text(w, p->inputs[i].name);
        put_u32(w, p->inputs[i].len);
        put_i64(w, p->inputs[i].lo);
        put_i64(w, p->inputs[i].hi);
    }
    put_u64(w, p->num_outputs);
    for (uint32_t i = 0; i < p->num_outputs; i++) {
        put_text(w, p->outputs[i].name);
        put_u32(w, p->outputs[i].list);
        put_u32(w, p->outputs[i].len);
    }
    put_u64(w, p->num_instance);
    for (uint32_t i = 0; i < p->num_instance; i++)
        put_u32(w, p->instance[i]);
    put_u64(w, p->num_labels);
    for (uint32_t i = 0; i < p->num_labels; i++) {
        put_u32(w, p->labels[i].first_row);
        put_text(w, p->labels[i].text);
    }
}

static void put_program(struct writer *w, const struct hcl_program *p, hcl_program_extent extent)
{
    put(w, "HCLPROGD", 8);
    put_u32(w, p->lanes);
    put_u32(w, p->k);
    put_u32(w, p->registers);
    put_u32(w, p->num_rows);
    put_u32(w, p->table_rows);
    put_u32(w, p->weight_columns);
    put_u32(w, p->weight_digits);
    put_u32(w, p->private_weights);
    put_u32(w, p->num_weight_rows);
    put_rows(w, p);
    put_tables(w, p);
    put_u64(w, p->pool_len);
    for (size_t i = 0; i < p->pool_len; i++)
        put_i64(w, p->pool[i]);
    put_weights(w, p, extent);
    put_u64(w, p->lists_len);
    for (size_t i = 0; i < p->lists_len; i++)
        put_u32(w, p->lists[i]);
    put_blocks(w, p);
    put_names(w, p);
}

static void feed_hash(void *state, const uint8_t *bytes, size_t n)
{
    crypto_generichash_update(state, bytes, n);
}

void hcl_program_hash(const struct hcl_program *p, hcl_program_extent extent, crypto_generichash_state *state)
{
    uint8_t piece[4096];
    struct writer w = { .data = piece, .cap = sizeof(piece), .take = feed_hash, .ctx = state };

    put_program(&w, p, extent);
    give(&w);
    sodium_memzero(piece, sizeof(piece)); /* private weights */
}

hcl_status hcl_program_write(const struct hcl_program *p, hcl_program_extent extent, uint8_t **out,
                             size_t *len, struct hcl_err *err)
{
    struct writer w = { 0 };

    put_program(&w, p, extent);
    *out = w.data;
    *len = w.len;
    if (!w.failed)
        return HCL_OK;
    free(w.data);
    *out = NULL;
    *len = 0;
    return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the witness program");
}
