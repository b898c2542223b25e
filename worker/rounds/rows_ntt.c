/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/rows_ntt.h"

#include "common/halo2/rows.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "worker/rounds/powers.h"

#define TILE 256

static const struct hcl_strips in_blocks = { HCL_STRIPS_BLOCKS, 0, 0 };

/* Rows of so many elements as the domain has. */
static struct hcl_strips rows_of(const struct hcl_domain *d, int shift)
{
    return (struct hcl_strips){ HCL_STRIPS_ROWS, d->n, shift };
}

/* Most rows of so many elements that a rank has. */
static size_t most_rows(const struct hcl_team *t, const struct hcl_domain *d)
{
    return (t->n / d->n + (size_t)t->ranks - 1) / (size_t)t->ranks;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static hcl_status init(struct hcl_rows_ntt *s, const struct hcl_team *t, size_t most, uint32_t halo,
                       struct hcl_err *err)
{
    hcl_status st;
    size_t first, longest;
    HCL_TRY(hcl_domain_init(&s->across, t->domain->k / 2, err));
    HCL_TRY(hcl_domain_init(&s->along, t->domain->k - t->domain->k / 2, err));
    hcl_rows_of(t->n, t->ranks, 0, &first, &longest);
    const size_t strips =
        larger(most_rows(t, &s->across) * s->across.n, most_rows(t, &s->along) * s->along.n);
    const size_t rows = larger(most_rows(t, &s->across), most_rows(t, &s->along));
    s->most = most;
    s->room = larger(strips, longest + halo);
    HCL_TRY(hcl_mem_alloc((void **)&s->values, most * s->room, sizeof *s->values, "transform", err));
    HCL_TRY(hcl_mem_alloc((void **)&s->landing, most * s->room, sizeof *s->landing, "transform", err));
    s->rows = calloc(most * rows, sizeof *s->rows);
    s->from = calloc(most * rows, sizeof *s->from);
    s->moves = calloc(most, sizeof *s->moves);
    if (!s->rows || !s->from || !s->moves)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for a transform of %zu elements", t->n);
done:
    return st;
}

hcl_status hcl_rows_ntt_init(struct hcl_rows_ntt *s, const struct hcl_team *t, struct hcl_err *err)
{
    *s = (struct hcl_rows_ntt){ 0 };
    const hcl_status st = t->ranks > 1 ? init(s, t, 1, 0, err) : HCL_OK;
    if (st != HCL_OK)
        hcl_rows_ntt_clear(s);
    return st;
}

hcl_status hcl_rows_ntt_init_cosets(struct hcl_rows_ntt *s, const struct hcl_team *t, size_t most,
                                    uint32_t halo, struct hcl_err *err)
{
    hcl_status st;
    *s = (struct hcl_rows_ntt){ 0 };
    HCL_TRY(init(s, t, most, halo, err));
    const size_t given = s->room + (size_t)t->ranks * halo;
    HCL_TRY(hcl_mem_alloc((void **)&s->packed, most * given, sizeof *s->packed, "transform", err));
    st = hcl_domain_coset_init(&s->coset, &s->across, err);
done:
    if (st != HCL_OK)
        hcl_rows_ntt_clear(s);
    return st;
}

void hcl_rows_ntt_clear(struct hcl_rows_ntt *s)
{
    hcl_domain_coset_clear(&s->coset);
    hcl_domain_clear(&s->across);
    hcl_domain_clear(&s->along);
    hcl_mem_free_secret(s->values);
    hcl_mem_free_secret(s->landing);
    hcl_mem_free_secret(s->packed);
    free(s->rows);
    free(s->from);
    free(s->moves);
    *s = (struct hcl_rows_ntt){ 0 };
}

/* Rows of this rank, or of the one that it works for. */
static size_t count_rows(const struct hcl_team *t, const struct hcl_domain *d, int shift, size_t *first)
{
    size_t count;
    hcl_strips_of(&t->exchange, rows_of(d, shift), first, &count);
    *first /= d->n;
    return count / d->n;
}

/* The rows of `count` vectors, s->rows, and of their parts, s->from; how many. */
static size_t list_rows(struct hcl_rows_ntt *s, const struct hcl_team *t, const struct hcl_domain *d,
                        const hcl_fr *parts, size_t count, int shift)
{
    size_t first, listed = 0;
    const size_t rows = count_rows(t, d, shift, &first);
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < rows; r++) {
            s->from[listed] = parts + i * s->room + r * d->n;
            s->rows[listed++] = s->values + i * s->room + r * d->n;
        }
    return listed;
}

/* Element c of row b times g^b w^(b*c), for rows first.. and so many of them. From row to row the factors
 * grow by g w^c. */
static void multiply_rows(hcl_fr *const *rows, const hcl_fr *w, const hcl_fr *g, size_t first, size_t count,
                          size_t length)
{
    hcl_fr start, scale;
    hcl_fr_pow_u64(&start, w, first);
    hcl_fr_pow_u64(&scale, g, first);
    for (size_t c = 0; c < length; c += TILE) {
        hcl_fr factors[TILE], growth[TILE];
        const size_t part = length - c < TILE ? length - c : TILE;
        hcl_powers_run(factors, &start, c, part);
        hcl_fr_scale_vec(factors, factors, &scale, part);
        hcl_powers_run(growth, w, c, part);
        hcl_fr_scale_vec(growth, growth, g, part);
        for (size_t i = 0; i < count; i++) {
            hcl_fr_mul_vec(rows[i] + c, rows[i] + c, factors, part);
            hcl_fr_mul_vec(factors, factors, growth, part);
        }
    }
}

/* Of the rows of each of `count` vectors each thread multiplies some. */
static void multiply(struct hcl_rows_ntt *s, const struct hcl_team *t, const hcl_fr *w, const hcl_fr *g,
                     size_t count, int shift)
{
    const size_t threads = (size_t)t->threads;
    size_t first;
    const size_t all = count_rows(t, &s->across, shift, &first);
#pragma omp parallel for schedule(static, 1) num_threads(t->threads)
    for (size_t i = 0; i < threads; i++) {
        size_t from, rows;
        hcl_threads_split(all, 1, threads, i, &from, &rows);
        for (size_t v = 0; v < count && rows > 0; v++)
            multiply_rows(s->rows + v * all + from, w, g, first + from, rows, s->across.n);
    }
}

static void transpose(struct hcl_rows_ntt *s, struct hcl_team *t, const struct hcl_transposed *m,
                      size_t count)
{
    hcl_fr *packed = s->packed ? s->packed : t->exchange.send; /* which has room for a vector */
    hcl_transpose(&t->exchange, m, count, packed, s->landing, t->threads);
}

/* s->values, rows of elements that `across` has -> rows of elements that `along` has. */
static void turn(struct hcl_rows_ntt *s, struct hcl_team *t, size_t count, int shift)
{
    for (size_t i = 0; i < count; i++) {
        hcl_fr *values = s->values + i * s->room;
        s->moves[i] = (struct hcl_transposed){ .rows = s->along.n,
                                               .in = values,
                                               .out = values,
                                               .from = rows_of(&s->across, shift),
                                               .to = rows_of(&s->along, shift) };
    }
    transpose(s, t, s->moves, count);
}

static void invert(struct hcl_rows_ntt *s, struct hcl_team *t, hcl_fr *block)
{
    struct hcl_transposed in = {
        .rows = s->across.n, .in = block, .out = s->values, .from = in_blocks, .to = rows_of(&s->across, 0)
    };
    struct hcl_transposed out = {
        .rows = s->across.n, .in = s->values, .out = block, .from = rows_of(&s->along, 0), .to = in_blocks
    };
    transpose(s, t, &in, 1);
    hcl_intt_batch(&s->across, s->rows, list_rows(s, t, &s->across, s->values, 1, 0), t->threads);
    multiply(s, t, &t->domain->omega_inv, &hcl_fr_one, 1, 0);
    turn(s, t, 1, 0);
    hcl_intt_batch(&s->along, s->rows, list_rows(s, t, &s->along, s->values, 1, 0), t->threads);
    transpose(s, t, &out, 1);
}

void hcl_rows_intt(struct hcl_rows_ntt *s, struct hcl_team *t, hcl_fr *const *blocks, size_t count)
{
    if (t->ranks == 1)
        hcl_intt_batch(t->domain, blocks, count, t->threads);
    for (size_t i = 0; i < count && t->ranks > 1; i++)
        invert(s, t, blocks[i]);
    t->counters.ntts += t->rank == 0 ? count : 0;
}

/* One column of each owner at a time: what an owner gives of more has no room. */
void hcl_rows_ntt_deal(struct hcl_rows_ntt *s, struct hcl_team *t, hcl_fr *parts,
                       const struct hcl_rows_column *columns, size_t count)
{
    for (size_t step = 0, dealt = 0; dealt < count; step++) {
        size_t moves = 0;
        for (size_t i = 0; i < count; i++) {
            size_t before = 0;
            for (size_t j = 0; j < i; j++)
                before += columns[j].owner == columns[i].owner;
            if (before != step)
                continue;
            s->moves[moves++] = (struct hcl_transposed){
                .rows = s->across.n,
                .in = columns[i].coeffs,
                .out = parts + i * s->room,
                .from = { HCL_STRIPS_WHOLE, 0, (int)columns[i].owner },
                .to = rows_of(&s->across, 0),
            };
        }
        hcl_transpose(&t->exchange, s->moves, moves, t->exchange.send, s->landing, t->threads);
        dealt += moves;
    }
}

void hcl_rows_ntt_set(struct hcl_rows_ntt *s, const struct hcl_team *t, const hcl_fr *g)
{
    hcl_fr apart;
    s->g = *g;
    hcl_fr_pow_u64(&apart, g, s->along.n);
    hcl_domain_coset_set(&s->coset, &apart, t->threads);
}

void hcl_rows_ntt_begin(struct hcl_rows_ntt *s, struct hcl_team *t, const hcl_fr *parts, size_t count,
                        int shift)
{
    HCL_CHECK(count <= s->most);
    const size_t rows = list_rows(s, t, &s->across, parts, count, shift);
    hcl_coset_ntt_batch(&s->coset, s->from, s->rows, rows, t->threads);
    multiply(s, t, &t->domain->omega, &s->g, count, shift);
    turn(s, t, count, shift);
}

void hcl_rows_ntt_end(struct hcl_rows_ntt *s, struct hcl_team *t, const struct hcl_rows_column *columns,
                      size_t count, int shift)
{
    hcl_ntt_batch(&s->along, s->rows, list_rows(s, t, &s->along, s->values, count, shift), t->threads);
    for (size_t i = 0; i < count; i++)
        s->moves[i] = (struct hcl_transposed){ .rows = s->across.n,
                                               .in = s->values + i * s->room,
                                               .out = columns[i].block,
                                               .from = rows_of(&s->along, shift),
                                               .to = in_blocks,
                                               .before = columns[i].before,
                                               .after = columns[i].after };
    transpose(s, t, s->moves, count);
}

static void rows_of_rank(const struct hcl_domain *d, const struct hcl_team *t, int r, size_t *first,
                         size_t *count)
{
    const size_t rows = t->n / d->n;
    *first = hcl_comm_first(rows, (uint32_t)t->ranks, (uint32_t)r);
    *count = hcl_comm_first(rows, (uint32_t)t->ranks, (uint32_t)r + 1) - *first;
}

void hcl_rows_ntt_made(const struct hcl_rows_ntt *s, const struct hcl_team *t, int r, size_t *first,
                       size_t *count)
{
    rows_of_rank(&s->across, t, r, first, count);
}

void hcl_rows_ntt_had(const struct hcl_rows_ntt *s, const struct hcl_team *t, int r, size_t *first,
                      size_t *count)
{
    rows_of_rank(&s->along, t, r, first, count);
}
