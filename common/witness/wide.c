/* SPDX-License-Identifier: Apache-2.0 */
/* Phase-1 columns: look-up helpers by batch inversion and their running sum; accumulators.c and
 * weight_sums.c have the rest. */
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <omp.h>
#include <string.h>

#define CHUNK 1024

/* Scratch of one chunk; tags: of each row's function (0) and range (1), with beta. */
struct chunk {
    hcl_fr d1[CHUNK], d2[CHUNK], prod[CHUNK], scratch[CHUNK], tags[2][CHUNK];
    int64_t small[CHUNK];
};

/* Look-ups of lanes, and terms of rows [first, end) of the tables, chunk by chunk. */
struct terms {
    const struct hcl_witness *w;
    const hcl_fr *challenges;
    hcl_fr *class_tags; /* per class: tagQ + beta, tagR + beta */
    uint32_t first, end;
    int64_t *tags, *tq, *ty; /* of those rows */
    hcl_fr *sums;            /* of the entries of tables of rows, by table row; NULL: there are none */
    hcl_fr theta3;
};

static bool looks_up(const struct hcl_program *p, uint32_t row, uint32_t lane)
{
    return p->rows[row].lookups >> lane & 1;
}

static void load_tags(const struct terms *t, struct chunk *s, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t which = 0; which < 2; which++)
            s->tags[which][i] = t->class_tags[2 * t->w->prog->rows[first + i].cls + which];
}

static void from_cells(hcl_fr *out, struct hcl_lane cells, uint32_t first, uint32_t count, int64_t *small)
{
    for (uint32_t i = 0; i < count; i++)
        small[i] = cells.at[(first + i) * cells.step];
    hcl_fr_from_i64_vec(out, small, count);
}

/* H_j = (d1 + d2)/(d1*d2), d1 = beta + tagQ + theta*(Q + theta*Y), d2 = beta + tagR + theta*R; 0 where K_j =
 * 0. The tags are loaded. */
static void helper_chunk(const struct terms *t, uint32_t lane, uint32_t first, uint32_t count, hcl_fr *out,
                         struct chunk *s)
{
    const struct hcl_cells *cells = &t->w->cells;
    const uint32_t lanes = t->w->prog->lanes;
    const hcl_fr *theta = &t->challenges[HCL_CH_THETA];
    const struct hcl_lane y = { cells->y + lane, lanes };

    from_cells(s->d2, hcl_cells_lane(cells->lane_q, cells->q, lane, lanes), first, count, s->small);
    from_cells(s->d1, y, first, count, s->small);
    hcl_fr_horner_vec(s->d1, theta, s->d2, count);
    hcl_fr_scale_vec(s->d1, s->d1, theta, count);
    from_cells(s->d2, hcl_cells_lane(cells->lane_r, cells->r, lane, lanes), first, count, s->small);
    hcl_fr_scale_vec(s->d2, s->d2, theta, count);
    hcl_fr_add_vec(s->d1, s->d1, s->tags[0], count);
    hcl_fr_add_vec(s->d2, s->d2, s->tags[1], count);
    hcl_fr_mul_vec(s->prod, s->d1, s->d2, count);
    hcl_fr_batch_inv(s->prod, s->scratch, count);
    hcl_fr_add_vec(s->d1, s->d1, s->d2, count);
    hcl_fr_mul_vec(out + first, s->d1, s->prod, count);
    for (uint32_t i = 0; i < count; i++)
        if (!looks_up(t->w->prog, first + i, lane))
            out[first + i] = hcl_fr_zero;
}

/* step[row] -= M/(beta + T) over a chunk of table rows. */
static void table_chunk(const struct terms *t, uint32_t first, uint32_t count, hcl_fr *step, struct chunk *s)
{
    const hcl_fr *theta = &t->challenges[HCL_CH_THETA];
    const uint32_t at = first - t->first;

    hcl_fr_from_i64_vec(s->d1, t->ty + at, count);
    hcl_fr_from_i64_vec(s->d2, t->tq + at, count);
    hcl_fr_horner_vec(s->d1, theta, s->d2, count);
    hcl_fr_from_i64_vec(s->d2, t->tags + at, count);
    hcl_fr_horner_vec(s->d1, theta, s->d2, count);
    for (uint32_t i = 0; i < count; i++)
        s->d2[i] = t->challenges[HCL_CH_BETA];
    hcl_fr_add_vec(s->d1, s->d1, s->d2, count);
    if (t->sums) {
        hcl_fr_scale_vec(s->d2, t->sums + first, &t->theta3, count);
        hcl_fr_add_vec(s->d1, s->d1, s->d2, count);
    }
    hcl_fr_batch_inv(s->d1, s->scratch, count);
    hcl_fr_from_i64_vec(s->d2, t->w->multiplicity + first, count);
    hcl_fr_mul_vec(s->d1, s->d1, s->d2, count);
    hcl_fr_sub_vec(step + first, step + first, s->d1, count);
}

/* Of a table from `row` on what is in the rows of t: tag, first and, where there is one, second value. */
static void list_entries(const struct terms *t, uint32_t row, uint32_t len, int64_t tag, int64_t lo,
                         const int64_t *values, bool second)
{
    const uint32_t from = row < t->first ? t->first - row : 0;

    for (uint32_t e = from; e < len && row + e < t->end; e++) {
        const uint32_t at = row + e - t->first;
        t->tags[at] = tag;
        t->tq[at] = lo + e;
        t->ty[at] = second ? (values ? values[e] : lo + e) : 0;
    }
}

static void list_tables(const struct terms *t)
{
    const struct hcl_program *p = t->w->prog;

    for (uint32_t i = 0; i < p->num_ranges; i++)
        list_entries(t, p->ranges[i].table_row, p->ranges[i].len, p->ranges[i].tag, p->ranges[i].lo, NULL,
                     false);
    for (uint32_t i = 0; i < p->num_fns; i++)
        list_entries(t, p->fns[i].table_row, p->fns[i].len, p->fns[i].tag, p->fns[i].lo, p->fns[i].values,
                     true);
    for (uint32_t i = 0; i < p->num_row_tables; i++)
        for (uint32_t e = 0; e < p->row_tables[i].count; e++)
            list_entries(t, hcl_row_table_end(p, &p->row_tables[i], e), 1, p->row_tables[i].tag, e, NULL,
                         false);
}

/* out: by lane; NULL: it is not wanted. A row's cells lie next to each other, so chunk by chunk. */
static void fill_helpers(const struct terms *t, hcl_fr *const *out, struct chunk *scratch, int threads)
{
    const struct hcl_program *p = t->w->prog;

#pragma omp parallel for num_threads(threads) schedule(static)
    for (uint32_t first = 0; first < p->num_rows; first += CHUNK) {
        const uint32_t count = p->num_rows - first < CHUNK ? p->num_rows - first : CHUNK;
        struct chunk *s = scratch + omp_get_thread_num();
        load_tags(t, s, first, count);
        for (uint32_t lane = 0; lane < p->lanes; lane++)
            if (out[lane])
                helper_chunk(t, lane, first, count, out[lane], s);
    }
}

/* Takes the terms of table rows [first, end) from step. */
static hcl_status subtract_table(struct terms *t, uint32_t first, uint32_t end, hcl_fr *step,
                                 struct chunk *scratch, int threads, struct hcl_err *err)
{
    const size_t rows = end - first;
    int64_t *entries;
    const hcl_status st = hcl_mem_calloc((void **)&entries, 3 * rows + 1, sizeof(*entries), "look-ups", err);

    if (st != HCL_OK)
        return st;
    t->first = first;
    t->end = end;
    t->tags = entries;
    t->tq = entries + rows;
    t->ty = entries + 2 * rows;
    list_tables(t);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (uint32_t row = first; row < end; row += CHUNK)
        table_chunk(t, row, end - row < CHUNK ? end - row : CHUNK, step, scratch + omp_get_thread_num());
    hcl_mem_free(entries);
    return HCL_OK;
}

/* What PHI grows by for this rank's lanes. */
static hcl_status add_helpers(const struct terms *t, const struct hcl_wide_columns *out, const bool *lanes,
                              hcl_fr *step, struct chunk *scratch, int threads, struct hcl_err *err)
{
    const struct hcl_program *p = t->w->prog;
    hcl_fr *term = NULL;
    hcl_status st = HCL_OK;

    for (uint32_t lane = 0; lane < p->lanes; lane++) {
        const hcl_fr *h = out->h[lane];
        if (!lanes[lane])
            continue;
        if (!h) { /* nobody wants it as a column */
            hcl_fr *only[HCL_MAX_LANES] = { 0 };
            if (!term)
                HCL_TRY(hcl_mem_alloc((void **)&term, p->num_rows + (size_t)1, sizeof(*term), "running sum",
                                      err));
            only[lane] = term;
            fill_helpers(t, only, scratch, threads);
            h = term;
        }
        hcl_fr_add_vec(step, step, h, p->num_rows);
    }
done:
    hcl_mem_free_secret(term);
    return st;
}

/* This rank's part of what PHI grows by in each row: its lanes' helpers, its rows of the tables of functions
 * and ranges, its look-ups in tables of rows; those tables themselves at PHI's owner. */
static hcl_status add_terms(struct terms *t, const struct hcl_wide_columns *out, const bool *lanes,
                            hcl_fr *step, struct chunk *scratch, int threads, struct hcl_err *err)
{
    const struct hcl_program *p = t->w->prog;
    const struct hcl_witness_team *team = t->w->team;
    const uint32_t rank = hcl_team_rank(team), all = hcl_program_lookup_rows(p);
    hcl_fr *sums = t->sums;
    hcl_status st;

    HCL_TRY(add_helpers(t, out, lanes, step, scratch, threads, err));
    t->sums = NULL;
    st = subtract_table(t, (uint32_t)hcl_team_first(team, p->table_rows, rank),
                        (uint32_t)hcl_team_first(team, p->table_rows, rank + 1), step, scratch, threads, err);
    t->sums = sums;
    if (st == HCL_OK && out->phi && all > p->table_rows)
        st = subtract_table(t, p->table_rows, all, step, scratch, threads, err);
    hcl_lookup_helpers(t->w, t->challenges, NULL, step);
done:
    return st;
}

static void add_to_all(hcl_fr *v, size_t count, const hcl_fr *x, int threads)
{
#pragma omp parallel for num_threads(threads) schedule(static) if (count > CHUNK)
    for (size_t i = 0; i < count; i++)
        hcl_fr_add(&v[i], &v[i], x);
}

/* v[i] += v[i - 1], by parts; the sum of all. */
static hcl_fr running_sum(hcl_fr *v, size_t count, int threads)
{
    const size_t parts = (size_t)threads;
    hcl_fr sum = hcl_fr_zero;

    if (count == 0)
        return sum;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (size_t part = 0; part < parts; part++)
        for (size_t i = count * part / parts + 1; i < count * (part + 1) / parts; i++)
            hcl_fr_add(&v[i], &v[i], &v[i - 1]);
    for (size_t part = 0; part < parts; part++) {
        const size_t first = count * part / parts, end = count * (part + 1) / parts;
        if (first == end)
            continue;
        add_to_all(v + first, end - first, &sum, threads);
        sum = v[end - 1];
    }
    return sum;
}

/* PHI[i+1] = PHI[i] + step[i], PHI[0] = 0: each rank adds up its rows, then what the ranks before it have; to
 * those that want PHI. */
static hcl_status finish_phi(const struct terms *t, hcl_fr *phi, hcl_fr *step, size_t rows,
                             const bool *wanted, int threads, struct hcl_err *err)
{
    struct hcl_witness_team *team = t->w->team;
    const uint32_t ranks = hcl_team_ranks(team), rank = hcl_team_rank(team);
    const size_t first = hcl_team_first(team, rows, rank),
                 mine = hcl_team_first(team, rows, rank + 1) - first;
    const size_t usable = ((size_t)1 << t->w->prog->k) - 6;
    const hcl_fr own = running_sum(step + first, mine, threads);
    hcl_fr *sums = calloc(ranks, sizeof *sums), before = hcl_fr_zero;
    size_t *sizes = calloc(2 * (size_t)ranks, sizeof *sizes);
    hcl_status st =
        sums && sizes ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u ranks", ranks);

    if (team)
        st = hcl_comm_agree(team->comm, st, err);
    if (st != HCL_OK)
        goto done;
    if (team)
        hcl_comm_allgather(team->comm, &own, sums, sizeof own);
    for (uint32_t r = 0; r < rank; r++)
        hcl_fr_add(&before, &before, &sums[r]);
    add_to_all(step + first, mine, &before, threads);
    for (uint32_t to = 0; team && to < ranks; to++) {
        if (!wanted[to])
            continue;
        for (uint32_t r = 0; r < ranks; r++) {
            sizes[r] = r == to ? mine * sizeof *step : 0;
            sizes[ranks + r] =
                rank == to
                    ? (hcl_team_first(team, rows, r + 1) - hcl_team_first(team, rows, r)) * sizeof *step
                    : 0;
        }
        hcl_comm_alltoallv(team->comm, step + first, sizes, phi ? phi + 1 : NULL, sizes + ranks);
    }
    if (phi && !team)
        memcpy(phi + 1, step, rows * sizeof *phi);
    for (size_t i = rows + 1; phi && i < usable; i++)
        phi[i] = phi[rows];
done:
    free(sums);
    free(sizes);
    return st;
}

/* wanted: by rank, whether it has PHI. lanes: whose helpers this rank adds up. */
static hcl_status fill_sums(struct terms *t, const struct hcl_wide_columns *out, const bool *lanes,
                            const bool *wanted, struct chunk *scratch, int threads, struct hcl_err *err)
{
    const struct hcl_program *p = t->w->prog;
    const size_t usable = ((size_t)1 << p->k) - 6, table = hcl_program_lookup_rows(p),
                 rows = p->num_rows > table ? p->num_rows : table;
    hcl_fr *step = NULL;
    hcl_status st = hcl_mem_calloc((void **)&step, rows + 1, sizeof(*step), "running sum", err);

    if (st == HCL_OK)
        st = add_terms(t, out, lanes, step, scratch, threads, err);
    const size_t steps = rows < usable - 1 ? rows : usable - 1; /* the last usable row has no next one */
    HCL_TRY(hcl_team_sum_share(t->w->team, st, step, steps, err));
    HCL_TRY(finish_phi(t, out->phi, step, steps, wanted, threads, err));
done:
    hcl_mem_free_secret(step);
    return st;
}

static void tag_plus_beta(hcl_fr *out, uint32_t tag, const hcl_fr *beta)
{
    hcl_fr_from_u64(out, tag);
    hcl_fr_add(out, out, beta);
}

static hcl_status list_class_tags(struct terms *t, struct hcl_err *err)
{
    const struct hcl_program *p = t->w->prog;
    const hcl_fr *beta = &t->challenges[HCL_CH_BETA];

    t->class_tags = calloc(2 * (size_t)p->num_classes + 1, sizeof(*t->class_tags));
    if (!t->class_tags)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the tags of look-ups");
    for (uint32_t i = 0; i < p->num_classes; i++) {
        const struct hcl_row_class *c = &p->classes[i];
        if (c->fn == HCL_NONE)
            continue;
        tag_plus_beta(&t->class_tags[2 * i], p->fns[c->fn].tag, beta);
        tag_plus_beta(&t->class_tags[2 * i + 1], p->ranges[c->range].tag, beta);
    }
    return HCL_OK;
}

/* Who wants which columns: of a team all know. */
struct wishes {
    uint64_t *asked;           /* by rank: bit j: H_j, bit HCL_MAX_LANES + i: column HCL_WANT_i */
    uint32_t owner[HCL_WANTS]; /* HCL_NONE for what nobody wants */
    bool *phi, *entries;       /* by rank: has PHI; has use for the sums of tables of rows */
    bool lanes[HCL_MAX_LANES]; /* whose helpers this rank adds up for PHI */
    bool any_phi, any_entries, any_accumulators;
};

static void wishes_clear(struct wishes *x)
{
    free(x->asked);
    free(x->phi);
}

static uint64_t wishes_of(const struct hcl_wide_columns *out, uint32_t lanes)
{
    const hcl_fr *const wide[HCL_WANTS] = { out->a0, out->a1, out->b, out->u, out->d, out->phi, out->e };
    uint64_t bits = 0;

    for (uint32_t j = 0; j < lanes; j++)
        bits |= (uint64_t)(out->h[j] != NULL) << j;
    for (uint32_t i = 0; i < HCL_WANTS; i++)
        bits |= (uint64_t)(wide[i] != NULL) << (HCL_MAX_LANES + i);
    return bits;
}

static bool wants(uint64_t bits, uint32_t column)
{
    return bits >> (HCL_MAX_LANES + column) & 1;
}

/* A lane's helpers are added up by the first rank that has them; without any, by the first of all. */
static void share_lanes(struct wishes *x, uint32_t lanes, uint32_t ranks, uint32_t rank)
{
    for (uint32_t j = 0; j < lanes; j++) {
        uint32_t r = 0;
        while (r < ranks && !(x->asked[r] >> j & 1))
            r++;
        x->lanes[j] = (r < ranks ? r : 0) == rank;
    }
}

static hcl_status wishes_init(struct wishes *x, const struct hcl_witness *w,
                              const struct hcl_wide_columns *out, struct hcl_err *err)
{
    const uint32_t ranks = hcl_team_ranks(w->team), rank = hcl_team_rank(w->team);
    const uint64_t mine = wishes_of(out, w->prog->lanes);
    hcl_status st = HCL_OK;

    x->asked = calloc(ranks, sizeof(*x->asked));
    x->phi = calloc(2 * (size_t)ranks, sizeof(*x->phi));
    if (!x->asked || !x->phi)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u ranks", ranks);
    if (w->team)
        st = hcl_comm_agree(w->team->comm, st, err);
    if (st != HCL_OK)
        return st;
    x->entries = x->phi + ranks;
    x->asked[0] = mine;
    for (uint32_t i = 0; i < HCL_WANTS; i++)
        x->owner[i] = HCL_NONE;
    if (w->team)
        hcl_comm_allgather(w->team->comm, &mine, x->asked, sizeof(mine));
    for (uint32_t r = ranks; r-- > 0;) {
        for (uint32_t i = 0; i < HCL_WANTS; i++)
            x->owner[i] = wants(x->asked[r], i) ? r : x->owner[i];
        x->phi[r] = wants(x->asked[r], HCL_WANT_PHI);
        x->entries[r] = x->phi[r] || wants(x->asked[r], HCL_WANT_E);
        x->any_phi |= x->phi[r];
        x->any_entries |= x->entries[r] && w->prog->num_row_tables > 0;
        x->any_accumulators |= (x->asked[r] >> HCL_MAX_LANES & ((1u << HCL_ACCUMULATORS) - 1)) != 0;
    }
    share_lanes(x, w->prog->lanes, ranks, rank);
    return HCL_OK;
}

/* The sums of entries, into E where that is wanted, and for the terms of the table at PHI's owner. */
static hcl_status sum_entries(struct terms *t, const struct wishes *x, const struct hcl_wide_columns *out,
                              size_t rows, int threads, struct hcl_err *err)
{
    const hcl_fr *theta = &t->challenges[HCL_CH_THETA], *point = &t->challenges[HCL_CH_T];
    hcl_status st = HCL_OK;

    if (!x->any_entries)
        return HCL_OK;
    hcl_fr_mul(&t->theta3, theta, theta);
    hcl_fr_mul(&t->theta3, &t->theta3, theta);
    if (out->phi)
        st = hcl_mem_calloc((void **)&t->sums, rows, sizeof(*t->sums), "look-ups", err);
    if (t->w->team)
        st = hcl_comm_agree(t->w->team->comm, st, err);
    if (st == HCL_OK)
        st = hcl_lookup_sums(t->w, x->entries, point, t->sums ? t->sums : out->e, threads, err);
    if (st == HCL_OK && t->sums && out->e)
        memcpy(out->e, t->sums, rows * sizeof(*t->sums));
    return st;
}

static hcl_status init_terms(struct terms *t, struct chunk **scratch, int threads, struct hcl_err *err)
{
    hcl_status st;

    HCL_TRY(list_class_tags(t, err));
    HCL_TRY(hcl_mem_alloc((void **)scratch, (size_t)threads, sizeof(**scratch), "look-ups", err));
done:
    return st;
}

static hcl_status fill_lookups(const struct hcl_witness *w, const struct wishes *x, const hcl_fr *challenges,
                               const struct hcl_wide_columns *out, int threads, struct hcl_err *err)
{
    struct terms t = { .w = w, .challenges = challenges };
    struct chunk *scratch = NULL;
    hcl_status st = init_terms(&t, &scratch, threads, err);

    for (uint32_t lane = 0; st == HCL_OK && lane < w->prog->lanes; lane++)
        if ((out->h[lane] || (x->any_phi && x->lanes[lane])) && !hcl_witness_has_lane(w, lane))
            st = hcl_fail(err, HCL_NO_RESOURCE, "another rank has the integers of lane %u", lane);
    if (st == HCL_OK)
        fill_helpers(&t, out->h, scratch, threads);
    if (w->team)
        st = hcl_comm_agree(w->team->comm, st, err);
    if (st == HCL_OK)
        st = sum_entries(&t, x, out, hcl_program_lookup_rows(w->prog), threads, err);
    if (st == HCL_OK && x->any_phi)
        st = fill_sums(&t, out, x->lanes, x->phi, scratch, threads, err);
    if (st == HCL_OK && out->h[0])
        hcl_lookup_helpers(w, challenges, out->h[0], NULL);
    hcl_mem_free(t.sums);
    free(t.class_tags);
    hcl_mem_free_secret(scratch);
    return st;
}

hcl_status hcl_wide_fill(const struct hcl_witness *w, const hcl_fr *challenges,
                         const struct hcl_wide_columns *out, int threads, struct hcl_err *err)
{
    hcl_status st;
    struct wishes x = { 0 };
    struct hcl_accumulators *a = NULL;

    threads = threads > 0 ? threads : 1;
    HCL_TRY(wishes_init(&x, w, out, err));
    /* While one rank puts accumulators together the others have their look-ups. */
    if (x.any_accumulators)
        HCL_TRY(hcl_accumulators_begin(&a, w, x.owner, challenges, threads, err));
    HCL_TRY(fill_lookups(w, &x, challenges, out, threads, err));
    if (a)
        hcl_accumulators_finish(a, out);
done:
    hcl_accumulators_clear(a);
    wishes_clear(&x);
    return st;
}
