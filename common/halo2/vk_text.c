/* SPDX-License-Identifier: Apache-2.0 */
/* The one-line debug text of the pinned verifying key, and its hash. The text of a large circuit is
 * megabytes, and the hash needs its length first, so it is generated twice and never stored. */
#include "common/halo2/vk_text_internal.h"
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

struct text {
    void (*put)(void *ctx, const char *text, size_t len);
    void *ctx;
    const struct hcl_circuit *c;
    char buffer[4096];
    size_t len;
};

static void flush(struct text *t)
{
    t->put(t->ctx, t->buffer, t->len);
    t->len = 0;
}

static void put(struct text *t, const char *s)
{
    size_t len = strlen(s);
    if (len > sizeof t->buffer - t->len)
        flush(t);
    memcpy(t->buffer + t->len, s, len); /* every piece is far shorter than the buffer */
    t->len += len;
}

static void putf(struct text *t, const char *fmt, ...) HCL_PRINTF(2, 3);
static void putf(struct text *t, const char *fmt, ...)
{
    char piece[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(piece, sizeof piece, fmt, args);
    va_end(args);
    put(t, piece);
}

static void put_bytes(struct text *t, const uint8_t le[32])
{
    static const char digits[] = "0123456789abcdef";
    char text[67] = "0x";
    for (size_t i = 0; i < 32; i++) {
        text[2 + 2 * i] = digits[le[31 - i] >> 4];
        text[3 + 2 * i] = digits[le[31 - i] & 15];
    }
    put(t, text);
}

static void put_fr(struct text *t, const hcl_fr *v)
{
    uint8_t bytes[32];
    hcl_fr_to_bytes(bytes, v);
    put_bytes(t, bytes);
}

static void put_point(struct text *t, const hcl_g1 *p)
{
    uint8_t bytes[32];
    if (hcl_g1_is_infinity(p)) {
        put(t, "Infinity");
        return;
    }
    put(t, "(");
    hcl_fq_to_bytes(bytes, &p->x);
    put_bytes(t, bytes);
    put(t, ", ");
    hcl_fq_to_bytes(bytes, &p->y);
    put_bytes(t, bytes);
    put(t, ")");
}

static void put_points(struct text *t, const hcl_g1 *p, size_t count)
{
    put(t, "[");
    for (size_t i = 0; i < count; i++) {
        put(t, i == 0 ? "" : ", ");
        put_point(t, &p[i]);
    }
    put(t, "]");
}

static void put_phases(struct text *t, const uint8_t *phase, size_t count)
{
    put(t, "[");
    for (size_t i = 0; i < count; i++)
        putf(t, "%sPhase(%u)", i == 0 ? "" : ", ", phase[i]);
    put(t, "]");
}

static void put_column_type(struct text *t, hcl_column col)
{
    unsigned phase = col.kind == HCL_COL_ADVICE ? t->c->advice_phase[col.index] : 0;
    if (col.kind != HCL_COL_ADVICE)
        put(t, col.kind == HCL_COL_FIXED ? "Fixed" : "Instance");
    else if (phase == 0)
        put(t, "Advice");
    else
        putf(t, "Advice { phase: Phase(%u) }", phase);
}

static void put_column(struct text *t, hcl_column col)
{
    putf(t, "Column { index: %u, column_type: ", col.index);
    put_column_type(t, col);
    put(t, " }");
}

static void put_queries(struct text *t, hcl_column_kind kind)
{
    put(t, "[");
    for (size_t i = 0; i < t->c->num_queries[kind]; i++) {
        const struct hcl_query *q = &t->c->queries[kind][i];
        put(t, i == 0 ? "(" : ", (");
        put_column(t, q->column);
        putf(t, ", Rotation(%d))", q->rotation);
    }
    put(t, "]");
}

static void put_query_expr(struct text *t, const struct hcl_expr_node *e)
{
    static const char *const names[3] = { "Fixed", "Advice", "Instance" };
    unsigned phase = e->column.kind == HCL_COL_ADVICE ? t->c->advice_phase[e->column.index] : 0;
    putf(t, "%s { query_index: %u, column_index: %u, rotation: Rotation(%d)", names[e->column.kind], e->query,
         e->column.index, e->rotation);
    if (phase != 0)
        putf(t, ", phase: Phase(%u)", phase);
    put(t, " }");
}

/* Recursion is at most HCL_MAX_EXPR_DEPTH deep: hcl_circuit_finish has checked. */
static void put_expr(struct text *t, hcl_expr i)
{
    const struct hcl_expr_node *e = &t->c->exprs[i];
    switch (e->op) {
    case HCL_EX_CONST:
        put(t, "Constant(");
        put_fr(t, &e->value);
        break;
    case HCL_EX_COLUMN:
        put_query_expr(t, e);
        return;
    case HCL_EX_CHALLENGE:
        putf(t, "Challenge(Challenge { index: %u, phase: Phase(%u) }", e->a, t->c->challenge_phase[e->a]);
        break;
    case HCL_EX_NEG:
        put(t, "Negated(");
        put_expr(t, e->a);
        break;
    case HCL_EX_SUM:
    case HCL_EX_PRODUCT:
        put(t, e->op == HCL_EX_SUM ? "Sum(" : "Product(");
        put_expr(t, e->a);
        put(t, ", ");
        put_expr(t, e->b);
        break;
    case HCL_EX_SCALED:
        put(t, "Scaled(");
        put_expr(t, e->a);
        put(t, ", ");
        put_fr(t, &e->value);
        break;
    }
    put(t, ")");
}

static void put_exprs(struct text *t, const hcl_expr *e, size_t count)
{
    put(t, "[");
    for (size_t i = 0; i < count; i++) {
        put(t, i == 0 ? "" : ", ");
        put_expr(t, e[i]);
    }
    put(t, "]");
}

static void put_gates(struct text *t)
{
    const char *separator = "";
    put(t, "gates: [");
    for (size_t i = 0; i < t->c->num_gates; i++) {
        for (size_t j = 0; j < t->c->gates[i].count; j++) {
            put(t, separator);
            put_expr(t, t->c->gates[i].polys[j]);
            separator = ", ";
        }
    }
    put(t, "], ");
}

static void put_arguments(struct text *t)
{
    const struct hcl_circuit *c = t->c;
    put(t, "permutation: Argument { columns: [");
    for (size_t i = 0; i < c->num_permutation; i++) {
        put(t, i == 0 ? "" : ", ");
        put_column(t, c->permutation[i]);
    }
    put(t, "] }, lookups: [");
    for (size_t i = 0; i < c->num_lookups; i++) {
        put(t, i == 0 ? "Argument { input_expressions: " : ", Argument { input_expressions: ");
        put_exprs(t, c->lookups[i].inputs, c->lookups[i].count);
        put(t, ", table_expressions: ");
        put_exprs(t, c->lookups[i].tables, c->lookups[i].count);
        put(t, " }");
    }
    put(t, "], ");
}

static void put_system(struct text *t)
{
    const struct hcl_circuit *c = t->c;
    putf(t,
         "PinnedConstraintSystem { num_fixed_columns: %u, num_advice_columns: %u, num_instance_columns: %u, "
         "num_selectors: 0, ",
         c->num_fixed, c->num_advice, c->num_instance);
    if (c->num_challenges != 0) {
        putf(t, "num_challenges: %u, advice_column_phase: ", c->num_challenges);
        put_phases(t, c->advice_phase, c->num_advice);
        put(t, ", challenge_phase: ");
        put_phases(t, c->challenge_phase, c->num_challenges);
        put(t, ", ");
    }
    put_gates(t);
    put(t, "advice_queries: ");
    put_queries(t, HCL_COL_ADVICE);
    put(t, ", instance_queries: ");
    put_queries(t, HCL_COL_INSTANCE);
    put(t, ", fixed_queries: ");
    put_queries(t, HCL_COL_FIXED);
    put(t, ", ");
    put_arguments(t);
    if (c->minimum_degree < 0)
        put(t, "constants: [], minimum_degree: None }");
    else
        putf(t, "constants: [], minimum_degree: Some(%d) }", c->minimum_degree);
}

void hcl_vk_text(const struct hcl_vk *vk, void (*to)(void *ctx, const char *text, size_t len), void *ctx)
{
    const struct hcl_circuit *c = vk->circuit;
    struct text t = { .put = to, .ctx = ctx, .c = c };
    hcl_fr omega = hcl_fr_root_of_unity;
    for (uint32_t i = c->k; i < HCL_FR_S; i++)
        hcl_fr_sqr(&omega, &omega);
    put(&t, "PinnedVerificationKey { base_modulus: "
            "\"0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47\", scalar_modulus: "
            "\"0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001\", ");
    putf(&t, "domain: PinnedEvaluationDomain { k: %u, extended_k: %u, omega: ", c->k, c->extended_k);
    put_fr(&t, &omega);
    put(&t, " }, cs: ");
    put_system(&t);
    put(&t, ", fixed_commitments: ");
    put_points(&t, vk->fixed, c->num_fixed);
    put(&t, ", permutation: VerifyingKey { commitments: ");
    put_points(&t, vk->sigma, c->num_permutation);
    put(&t, " } }");
    flush(&t);
}

static void count_text(void *ctx, const char *text, size_t len)
{
    (void)text;
    *(uint64_t *)ctx += len;
}

static void hash_text(void *ctx, const char *text, size_t len)
{
    crypto_generichash_blake2b_update(ctx, (const unsigned char *)text, len);
}

void hcl_vk_text_hash(hcl_fr *out, const struct hcl_vk *vk)
{
    static const unsigned char personal[16] = { 'H', 'a', 'l', 'o', '2', '-', 'V', 'e',
                                                'r', 'i', 'f', 'y', '-', 'K', 'e', 'y' };
    crypto_generichash_blake2b_state state;
    uint64_t len = 0;
    uint8_t le[8], digest[64];
    hcl_vk_text(vk, count_text, &len);
    for (size_t i = 0; i < 8; i++)
        le[i] = (uint8_t)(len >> (8 * i));
    crypto_generichash_blake2b_init_salt_personal(&state, NULL, 0, 64, NULL, personal);
    crypto_generichash_blake2b_update(&state, le, sizeof le);
    hcl_vk_text(vk, hash_text, &state);
    crypto_generichash_blake2b_final(&state, digest, sizeof digest);
    hcl_fr_from_bytes_wide(out, digest);
}

struct buffer {
    char *text;
    size_t len;
};

static void store_text(void *ctx, const char *text, size_t len)
{
    struct buffer *b = ctx;
    memcpy(b->text + b->len, text, len);
    b->len += len;
}

hcl_status hcl_vk_pinned_text(const struct hcl_vk *vk, char **out, size_t *len, struct hcl_err *err)
{
    uint64_t size = 0;
    struct buffer b = { 0 };
    hcl_vk_text(vk, count_text, &size);
    *len = 0;
    *out = b.text = malloc(size + 1);
    if (b.text == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a key text of %llu bytes",
                        (unsigned long long)size);
    hcl_vk_text(vk, store_text, &b);
    b.text[b.len] = '\0';
    *len = b.len;
    return HCL_OK;
}
