/* SPDX-License-Identifier: Apache-2.0 */
/* Phase-1 columns: look-up helpers by batch inversion, their running sum, and the accumulators row by row. */
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "common/witness/witness_internal.h"
#include <omp.h>
#include <string.h>

#define CHUNK 1024

/* Scratch of one chunk: 5 vectors. */
struct chunk {
    hcl_fr d1[CHUNK], d2[CHUNK], prod[CHUNK], scratch[CHUNK];
    int64_t small[CHUNK];
};

/* H_j = (d1 + d2)/(d1*d2), d1 = beta + tagQ + theta*(Q + theta*Y), d2 = beta + tagR + theta*R; 0 where K_j =
 * 0. */
static void helper_chunk(const struct hcl_witness *w, const hcl_fr *ch, uint32_t lane, uint32_t first,
                         uint32_t count, hcl_fr *out, struct chunk *s)
{
    const struct hcl_program *p = w->prog;
    const hcl_fr *theta = &ch[HCL_CH_THETA], *beta = &ch[HCL_CH_BETA];
    size_t at = (size_t)first * p->lanes + lane;
    hcl_fr tag;

    for (uint32_t i = 0; i < count; i++)
        s->small[i] = w->cells.q[at + (size_t)i * p->lanes];
    hcl_fr_from_i64_vec(s->d2, s->small, count);
    for (uint32_t i = 0; i < count; i++)
        s->small[i] = w->cells.y[at + (size_t)i * p->lanes];
    hcl_fr_from_i64_vec(s->d1, s->small, count);
    hcl_fr_horner_vec(s->d1, theta, s->d2, count);
    hcl_fr_scale_vec(s->d1, s->d1, theta, count);
    for (uint32_t i = 0; i < count; i++)
        s->small[i] = w->cells.r[at + (size_t)i * p->lanes];
    hcl_fr_from_i64_vec(s->d2, s->small, count);
    hcl_fr_scale_vec(s->d2, s->d2, theta, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct hcl_row *r = &p->rows[first + i];
        const struct hcl_row_class *c = &p->classes[r->cls];
        if (!(r->lookups >> lane & 1)) {
            s->d1[i] = s->d2[i] = hcl_fr_zero;
            continue;
        }
        hcl_fr_from_u64(&tag, p->fns[c->fn].tag);
        hcl_fr_add(&tag, &tag, beta);
        hcl_fr_add(&s->d1[i], &s->d1[i], &tag);
        hcl_fr_from_u64(&tag, p->ranges[c->range].tag);
        hcl_fr_add(&tag, &tag, beta);
        hcl_fr_add(&s->d2[i], &s->d2[i], &tag);
    }
    hcl_fr_mul_vec(s->prod, s->d1, s->d2, count);
    hcl_fr_batch_inv(s->prod, s->scratch, count);
    hcl_fr_add_vec(s->d1, s->d1, s->d2, count);
    hcl_fr_mul_vec(out + first, s->d1, s->prod, count);
}

/* step[row] = M/(beta + T) over a chunk of table rows. */
static void table_chunk(const struct hcl_witness *w, const hcl_fr *ch, const int64_t *tags, const int64_t *tq,
                        const int64_t *ty, uint32_t first, uint32_t count, hcl_fr *out, struct chunk *s)
{
    const hcl_fr *theta = &ch[HCL_CH_THETA], *beta = &ch[HCL_CH_BETA];

    hcl_fr_from_i64_vec(s->d1, ty + first, count);
    hcl_fr_from_i64_vec(s->d2, tq + first, count);
    hcl_fr_horner_vec(s->d1, theta, s->d2, count);
    hcl_fr_from_i64_vec(s->d2, tags + first, count);
    hcl_fr_horner_vec(s->d1, theta, s->d2, count);
    for (uint32_t i = 0; i < count; i++)
        hcl_fr_add(&s->d1[i], &s->d1[i], beta);
    hcl_fr_batch_inv(s->d1, s->scratch, count);
    hcl_fr_from_i64_vec(s->d2, w->multiplicity + first, count);
    hcl_fr_mul_vec(out + first, s->d1, s->d2, count);
}

static void list_tables(const struct hcl_program *p, int64_t *tags, int64_t *tq, int64_t *ty)
{
    for (uint32_t i = 0; i < p->num_ranges; i++) {
        for (uint32_t e = 0; e < p->ranges[i].len; e++) {
            tags[p->ranges[i].table_row + e] = p->ranges[i].tag;
            tq[p->ranges[i].table_row + e] = p->ranges[i].lo + e;
        }
    }
    for (uint32_t i = 0; i < p->num_fns; i++) {
        const struct hcl_fn_table *t = &p->fns[i];
        for (uint32_t e = 0; e < t->len; e++) {
            tags[t->table_row + e] = t->tag;
            tq[t->table_row + e] = t->lo + e;
            ty[t->table_row + e] = t->values ? t->values[e] : t->lo + e;
        }
    }
}

/* One column of helpers, or (lane == lanes) the table terms, chunk by chunk. */
struct terms {
    const struct hcl_witness *w;
    const hcl_fr *challenges;
    int64_t *tags, *tq, *ty; /* of the table */
};

static void fill_terms(const struct terms *t, uint32_t lane, hcl_fr *out, struct chunk *scratch, int threads)
{
    uint32_t rows = lane < t->w->prog->lanes ? t->w->prog->num_rows : t->w->prog->table_rows;
    uint32_t chunks = (rows + CHUNK - 1) / CHUNK;

#pragma omp parallel for num_threads(threads) schedule(static)
    for (uint32_t i = 0; i < chunks; i++) {
        uint32_t first = i * CHUNK, count = rows - first < CHUNK ? rows - first : CHUNK;
        struct chunk *s = scratch + omp_get_thread_num();
        if (lane < t->w->prog->lanes)
            helper_chunk(t->w, t->challenges, lane, first, count, out, s);
        else
            table_chunk(t->w, t->challenges, t->tags, t->tq, t->ty, first, count, out, s);
    }
}

/* PHI[i+1] = PHI[i] + sum_j H_j[i] - M[i]/(beta + T[i]) */
static hcl_status fill_sums(const struct terms *t, const struct hcl_wide_columns *out, struct chunk *scratch,
                            int threads, struct hcl_err *err)
{
    hcl_status st;
    const struct hcl_program *p = t->w->prog;
    size_t usable = ((size_t)1 << p->k) - 6, rows = p->num_rows > p->table_rows ? p->num_rows : p->table_rows;
    hcl_fr *step = NULL, *term = NULL;

    HCL_TRY(hcl_mem_calloc((void **)&step, rows + 1, sizeof(*step), "running sum", err));
    HCL_TRY(hcl_mem_calloc((void **)&term, rows + 1, sizeof(*term), "running sum", err));
    fill_terms(t, p->lanes, term, scratch, threads);
    hcl_fr_sub_vec(step, step, term, rows);
    for (uint32_t lane = 0; lane < p->lanes; lane++) {
        const hcl_fr *h = out->h[lane];
        if (!h) {
            fill_terms(t, lane, term, scratch, threads);
            h = term;
        }
        hcl_fr_add_vec(step, step, h, p->num_rows);
    }
    out->phi[0] = hcl_fr_zero;
    for (size_t i = 0; i + 1 < usable; i++) {
        if (i < rows)
            hcl_fr_add(&out->phi[i + 1], &out->phi[i], &step[i]);
        else
            out->phi[i + 1] = out->phi[i];
    }
done:
    hcl_mem_free_secret(step);
    hcl_mem_free_secret(term);
    return st;
}

static hcl_status fill_lookups(const struct hcl_witness *w, const hcl_fr *challenges,
                               const struct hcl_wide_columns *out, int threads, struct hcl_err *err)
{
    hcl_status st;
    size_t table = w->prog->table_rows;
    struct terms t = { .w = w, .challenges = challenges };
    struct chunk *scratch = NULL;
    int64_t *entries = NULL;

    HCL_TRY(hcl_mem_alloc((void **)&scratch, (size_t)threads, sizeof(*scratch), "look-ups", err));
    for (uint32_t lane = 0; lane < w->prog->lanes; lane++) {
        if (out->h[lane])
            fill_terms(&t, lane, out->h[lane], scratch, threads);
    }
    if (out->phi) {
        HCL_TRY(hcl_mem_calloc((void **)&entries, 3 * table + 1, sizeof(*entries), "look-ups", err));
        t.tags = entries;
        t.tq = entries + table;
        t.ty = entries + 2 * table;
        list_tables(w->prog, t.tags, t.tq, t.ty);
        HCL_TRY(fill_sums(&t, out, scratch, threads, err));
    }
done:
    hcl_mem_free_secret(scratch);
    hcl_mem_free(entries);
    return st;
}

/* S*q + r as a field element; cells of an honest run fit 64 bits, forged ones (tests) need not. */
static void accumulator(hcl_fr *out, int64_t s, int64_t q, int64_t r)
{
    int64_t z;
    hcl_fr f;

    if (!__builtin_mul_overflow(s, q, &z) && !__builtin_add_overflow(z, r, &z)) {
        hcl_fr_from_i64(out, z);
        return;
    }
    hcl_fr_from_i64(out, s);
    hcl_fr_from_i64(&f, q);
    hcl_fr_mul(out, out, &f);
    hcl_fr_from_i64(&f, r);
    hcl_fr_add(out, out, &f);
}

/* The Horner sums within rows [first, first + count): with the row above they become A0, A1, B. Computed for
 * whole chunks of rows by vector kernels, so that one multiplication per row remains for the recurrence. */
struct row_sums {
    hcl_fr a0[CHUNK], a1[CHUNK], b[CHUNK];
    hcl_fr lane[CHUNK];
    int64_t small[CHUNK];
};

struct accumulators {
    const struct hcl_witness *w;
    const hcl_fr *challenges;
    hcl_fr *a0, *a1, *b;
    hcl_fr s_row, t_row, t_weights; /* s^L, t^L, t^(2L) */
    struct row_sums *sums;
};

/* sum = sum*point + column of cells */
static void add_lane(struct row_sums *r, hcl_fr *sum, const hcl_fr *point, const int64_t *cells,
                     uint32_t lanes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        r->small[i] = cells[(size_t)i * lanes];
    hcl_fr_from_i64_vec(r->lane, r->small, count);
    hcl_fr_horner_vec(sum, point, r->lane, count);
}

/* sum = sum*point + (S*Q_j + R_j), which fits 64 bits but for forged cells. */
static void add_output_lane(const struct accumulators *a, hcl_fr *sum, const hcl_fr *point, uint32_t first,
                            uint32_t lane, uint32_t count)
{
    const struct hcl_program *p = a->w->prog;
    struct row_sums *r = a->sums;
    bool wide = false;

    for (uint32_t i = 0; i < count; i++) {
        size_t at = (size_t)(first + i) * p->lanes + lane;
        int64_t z = 0;
        wide |= __builtin_mul_overflow(p->classes[p->rows[first + i].cls].s, a->w->cells.q[at], &z) ||
                __builtin_add_overflow(z, a->w->cells.r[at], &z);
        r->small[i] = z;
    }
    hcl_fr_from_i64_vec(r->lane, r->small, count);
    for (uint32_t i = 0; wide && i < count; i++) {
        size_t at = (size_t)(first + i) * p->lanes + lane;
        accumulator(&r->lane[i], p->classes[p->rows[first + i].cls].s, a->w->cells.q[at], a->w->cells.r[at]);
    }
    hcl_fr_horner_vec(sum, point, r->lane, count);
}

static uint32_t flags_of(const struct hcl_program *p, uint32_t first, uint32_t count)
{
    uint32_t flags = 0;

    for (uint32_t i = 0; i < count; i++)
        flags |= p->rows[first + i].flags;
    return flags;
}

static void sum_rows(const struct accumulators *a, uint32_t first, uint32_t count)
{
    const struct hcl_program *p = a->w->prog;
    const hcl_fr *s = &a->challenges[HCL_CH_S], *t = &a->challenges[HCL_CH_T];
    struct row_sums *r = a->sums;
    uint32_t lanes = p->lanes, flags = flags_of(p, first, count);
    size_t at = (size_t)first * lanes;

    memset(r->a0, 0, sizeof(r->a0));
    memset(r->a1, 0, sizeof(r->a1));
    memset(r->b, 0, sizeof(r->b));
    for (uint32_t j = 0; flags & HCL_ROW_HY && j < lanes; j++)
        add_lane(r, r->a1, s, a->w->cells.y + at + j, lanes, count);
    for (uint32_t j = 0; flags & HCL_ROW_HW && j < lanes; j++)
        add_lane(r, r->b, t, a->w->cells.q + at + j, lanes, count);
    for (uint32_t j = 0; flags & HCL_ROW_HW && j < lanes; j++)
        add_lane(r, r->b, t, a->w->cells.r + at + j, lanes, count);
    /* Runs of rows with the same gate: a chunk holds few. */
    for (uint32_t i = 0, end; i < count; i = end) {
        uint32_t gate = p->rows[first + i].flags & (HCL_ROW_HZ | HCL_ROW_HT);
        for (end = i; end < count && (p->rows[first + end].flags & (HCL_ROW_HZ | HCL_ROW_HT)) == gate;)
            end++;
        for (uint32_t j = 0; gate && j < lanes; j++)
            add_output_lane(a, r->a0 + i, gate & HCL_ROW_HZ ? s : t, first + i, j, end - i);
    }
}

/* out = (cont ? above*factor : 0) + sum */
static void continue_sum(hcl_fr *out, bool cont, const hcl_fr *above, const hcl_fr *factor, const hcl_fr *sum)
{
    hcl_fr x = *sum;

    if (cont) {
        hcl_fr_mul(&x, above, factor);
        hcl_fr_add(&x, &x, sum);
    }
    *out = x;
}

static void run_wide_row(const struct accumulators *a, uint32_t row, uint32_t in_chunk)
{
    uint32_t flags = a->w->prog->rows[row].flags, above = row ? row - 1 : 0;
    hcl_fr product;

    if (flags & HCL_ROW_HW)
        continue_sum(&a->b[row], flags & HCL_ROW_CONT1, &a->b[above], &a->t_weights, &a->sums->b[in_chunk]);
    if (flags & HCL_ROW_HY)
        continue_sum(&a->a1[row], flags & HCL_ROW_CONT1, &a->a1[above], &a->s_row, &a->sums->a1[in_chunk]);
    if (flags & (HCL_ROW_HZ | HCL_ROW_HT))
        continue_sum(&a->a0[row], flags & HCL_ROW_CONT0, &a->a0[above],
                     flags & HCL_ROW_HZ ? &a->s_row : &a->t_row, &a->sums->a0[in_chunk]);
    if (flags & HCL_ROW_DOT) {
        hcl_fr_mul(&product, &a->a1[row], &a->b[row]);
        continue_sum(&a->a0[row], flags & HCL_ROW_CONT0, &a->a0[above], &hcl_fr_one, &product);
    }
}

static void run_copy(const struct accumulators *a, const struct hcl_wide_copy *c)
{
    hcl_fr v;

    if (c->from.at < HCL_AT_A0)
        hcl_fr_from_i64(&v, a->w->cells.y[(size_t)c->from.row * a->w->prog->lanes + c->from.at]);
    else
        v = c->from.at == HCL_AT_A0   ? a->a0[c->from.row]
            : c->from.at == HCL_AT_A1 ? a->a1[c->from.row]
                                      : a->b[c->from.row];
    *(c->to.at == HCL_AT_A1 ? &a->a1[c->to.row] : &a->b[c->to.row]) = v;
}

static hcl_status fill_accumulators(const struct hcl_witness *w, const hcl_fr *challenges,
                                    const struct hcl_wide_columns *out, struct hcl_err *err)
{
    hcl_status st;
    const struct hcl_program *p = w->prog;
    struct accumulators a = { .w = w, .challenges = challenges };
    hcl_fr *mem = NULL;
    size_t rows = p->num_rows;
    uint32_t next = 0;

    HCL_TRY(hcl_mem_calloc((void **)&mem, 3 * rows + 1, sizeof(*mem), "accumulators", err));
    HCL_TRY(hcl_mem_alloc((void **)&a.sums, 1, sizeof(*a.sums), "accumulators", err));
    a.a0 = mem;
    a.a1 = mem + rows;
    a.b = mem + 2 * rows;
    hcl_fr_pow_u64(&a.s_row, &challenges[HCL_CH_S], p->lanes);
    hcl_fr_pow_u64(&a.t_row, &challenges[HCL_CH_T], p->lanes);
    hcl_fr_sqr(&a.t_weights, &a.t_row);
    for (uint32_t row = 0; row < p->num_rows; row++) {
        if (row % CHUNK == 0)
            sum_rows(&a, row, p->num_rows - row < CHUNK ? p->num_rows - row : CHUNK);
        for (; next < p->num_wide && p->wide[next].to.row == row; next++)
            run_copy(&a, &p->wide[next]);
        run_wide_row(&a, row, row % CHUNK);
    }
    if (out->a0)
        memcpy(out->a0, a.a0, rows * sizeof(*mem));
    if (out->a1)
        memcpy(out->a1, a.a1, rows * sizeof(*mem));
    if (out->b)
        memcpy(out->b, a.b, rows * sizeof(*mem));
done:
    hcl_mem_free_secret(mem);
    hcl_mem_free_secret(a.sums);
    return st;
}

hcl_status hcl_wide_fill(const struct hcl_witness *w, const hcl_fr *challenges,
                         const struct hcl_wide_columns *out, int threads, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    bool lookups = out->phi != NULL;

    for (uint32_t lane = 0; lane < w->prog->lanes; lane++)
        lookups |= out->h[lane] != NULL;
    if (lookups)
        HCL_TRY(fill_lookups(w, challenges, out, threads > 0 ? threads : 1, err));
    if (out->a0 || out->a1 || out->b)
        HCL_TRY(fill_accumulators(w, challenges, out, err));
done:
    return st;
}
