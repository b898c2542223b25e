/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms by all ranks together against hcl_intt and hcl_coset_ntt_batch, on every size that takes the
 * tables of small transforms, the odd ones and those with fewer rows than ranks included. */
#include "tests/mpi/mpi_test.h"
#include "worker/rounds/rows_ntt.h"

#include <string.h>

enum { VECTORS = 3 };

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void fill(hcl_fr *v, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        hcl_fr factor;
        hcl_fr_from_u64(&v[i], next_random(&seed));
        hcl_fr_from_u64(&factor, next_random(&seed));
        for (int k = 0; k < 3; k++)
            hcl_fr_mul(&v[i], &v[i], &factor);
    }
}

struct subject {
    struct hcl_domain domain;
    struct hcl_team t;
    hcl_fr *whole; /* VECTORS of n elements */
};

static void subject_init(struct subject *s, struct hcl_comm *comm, uint32_t k, uint32_t halo, int threads)
{
    *s = (struct subject){ .t = { .comm = comm,
                                  .n = (size_t)1 << k,
                                  .threads = threads,
                                  .rank = hcl_comm_rank(comm),
                                  .ranks = hcl_comm_size(comm) } };
    EXPECT_OK(comm, hcl_domain_init(&s->domain, k, err));
    s->t.domain = &s->domain;
    EXPECT_OK(comm, hcl_exchange_init(&s->t.exchange, comm, s->t.n, 1, halo, err));
    s->t.first = s->t.exchange.first;
    s->t.count = s->t.exchange.count;
    s->whole = calloc(VECTORS * s->t.n, sizeof *s->whole);
    EXPECT(comm, s->whole != NULL);
    for (size_t i = 0; i < VECTORS; i++)
        fill(s->whole + i * s->t.n, s->t.n, k + 100 * i);
}

static void subject_clear(struct subject *s)
{
    hcl_exchange_clear(&s->t.exchange);
    hcl_domain_clear(&s->domain);
    free(s->whole);
}

static void try_inverse(struct hcl_comm *comm, uint32_t k, int threads)
{
    struct subject s;
    struct hcl_rows_ntt intt;
    hcl_fr *blocks[VECTORS];
    subject_init(&s, comm, k, 0, threads);
    struct hcl_team *t = &s.t;
    EXPECT_OK(comm, hcl_rows_ntt_init(&intt, t, err));
    for (size_t i = 0; i < VECTORS; i++) {
        blocks[i] = calloc(t->count + 1, sizeof **blocks);
        EXPECT(comm, blocks[i] != NULL);
        memcpy(blocks[i], s.whole + i * t->n + t->first, t->count * sizeof **blocks);
        hcl_intt(&s.domain, s.whole + i * t->n, 1);
    }
    hcl_rows_intt(&intt, t, blocks, 2); /* and the tables are good for another */
    hcl_rows_intt(&intt, t, blocks + 2, VECTORS - 2);
    EXPECT(comm, t->counters.ntts == (t->rank == 0 ? VECTORS : 0));
    for (size_t i = 0; i < VECTORS; i++) {
        for (size_t j = 0; j < t->count; j++)
            EXPECT(comm, hcl_fr_eq(&blocks[i][j], &s.whole[i * t->n + t->first + j]));
        free(blocks[i]);
    }
    hcl_rows_ntt_clear(&intt);
    subject_clear(&s);
}

/* Columns of several owners, one of them with two, on one coset; with a shift the ranks have been given each
 * other's parts. */
struct cosets {
    struct hcl_rows_ntt ntt;
    struct hcl_rows_column columns[VECTORS];
    hcl_fr *parts, *memory;
    size_t room; /* of a column in memory */
};

enum { BEFORE = 2, AFTER = 3 };

static void cosets_init(struct cosets *c, struct subject *s)
{
    struct hcl_comm *comm = s->t.comm;
    EXPECT_OK(comm, hcl_rows_ntt_init_cosets(&c->ntt, &s->t, VECTORS, BEFORE + AFTER, err));
    c->room = s->t.count + BEFORE + AFTER;
    c->parts = calloc(VECTORS * c->ntt.room, sizeof *c->parts);
    c->memory = calloc(VECTORS * c->room, sizeof *c->memory);
    EXPECT(comm, c->parts && c->memory);
    for (int i = 0; i < VECTORS; i++) {
        const int owner = i < 2 ? s->t.ranks - 1 : 0;
        c->columns[i] =
            (struct hcl_rows_column){ .owner = (uint32_t)owner,
                                      .coeffs = s->t.rank == owner ? s->whole + (size_t)i * s->t.n : NULL,
                                      .block = c->memory + (size_t)i * c->room + BEFORE,
                                      .before = BEFORE,
                                      .after = i == 1 ? 0 : AFTER };
    }
    hcl_rows_ntt_deal(&c->ntt, &s->t, c->parts, c->columns, VECTORS);
}

static void cosets_clear(struct cosets *c)
{
    hcl_rows_ntt_clear(&c->ntt);
    free(c->parts);
    free(c->memory);
}

static void expect_values(const struct subject *s, const struct cosets *c,
                          const struct hcl_domain_coset *tables)
{
    const size_t n = s->t.n;
    hcl_fr *values = calloc(n, sizeof *values);
    EXPECT(s->t.comm, values != NULL);
    for (size_t i = 0; i < VECTORS; i++) {
        const struct hcl_rows_column *column = &c->columns[i];
        const hcl_fr *coeffs = s->whole + i * n;
        hcl_coset_ntt_batch(tables, &coeffs, &values, 1, 1);
        for (size_t j = 0; j < column->before + s->t.count + column->after; j++)
            EXPECT(s->t.comm, hcl_fr_eq(&column->block[(ptrdiff_t)j - (ptrdiff_t)column->before],
                                        &values[(s->t.first + j + n * BEFORE - column->before) % n]));
    }
    free(values);
    memset(c->memory, 0, VECTORS * c->room * sizeof *c->memory);
}

/* Each rank's parts to the next one. */
static void pass_parts(const struct subject *s, const struct cosets *c, hcl_fr *parts)
{
    const int ranks = s->t.ranks, me = s->t.rank;
    const size_t bytes = VECTORS * c->ntt.room * sizeof *parts;
    const struct hcl_comm_piece out = { (me + 1) % ranks, c->parts, bytes },
                                in = { (me + ranks - 1) % ranks, parts, bytes };
    hcl_comm_pieces(s->t.comm, &out, 1, &in, 1);
}

static void try_cosets(struct hcl_comm *comm, uint32_t k, int threads)
{
    struct subject s;
    struct cosets c = { 0 };
    struct hcl_domain_coset tables;
    hcl_fr g;
    if (hcl_comm_size(comm) == 1)
        return;
    subject_init(&s, comm, k, BEFORE + AFTER, threads);
    cosets_init(&c, &s);
    EXPECT_OK(comm, hcl_domain_coset_init(&tables, &s.domain, err));
    for (uint64_t i = 0; i < 2; i++) { /* two cosets of the same parts */
        hcl_fr_pow_u64(&g, &hcl_fr_generator, i + 1);
        hcl_domain_coset_set(&tables, &g, 1);
        hcl_rows_ntt_set(&c.ntt, &s.t, &g);
        hcl_rows_ntt_begin(&c.ntt, &s.t, c.parts, VECTORS, 0);
        hcl_rows_ntt_end(&c.ntt, &s.t, c.columns, VECTORS, 0);
        expect_values(&s, &c, &tables);
    }
    hcl_fr *parts = calloc(VECTORS * c.ntt.room, sizeof *parts);
    EXPECT(comm, parts != NULL);
    pass_parts(&s, &c, parts);
    hcl_rows_ntt_begin(&c.ntt, &s.t, parts, VECTORS, 1);
    hcl_rows_ntt_end(&c.ntt, &s.t, c.columns, VECTORS, 1);
    expect_values(&s, &c, &tables);
    free(parts);
    hcl_domain_coset_clear(&tables);
    cosets_clear(&c);
    subject_clear(&s);
}

static void test_all_sizes(struct hcl_comm *comm)
{
    for (uint32_t k = 1; k <= 14; k++)
        try_inverse(comm, k, k % 2 ? 1 : 2);
    for (uint32_t k = 1; k <= 14; k++)
        try_cosets(comm, k, k % 2 ? 1 : 2);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "all sizes", test_all_sizes } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}
