/* SPDX-License-Identifier: Apache-2.0 */
/* Weight rows: D = D' + U*sum_i t^i W_i, in three steps. What D grows by over a stretch of rows for U = 1 and
 * the rows themselves are for any rank; in between goes one element for each stretch. */
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <string.h>

enum { MIN_PARALLEL = 256, PIECE = 256 }; /* stretches */

/* cut[i]: a stretch begins with row i. */
static void mark_cuts(bool *cut, const struct hcl_program *p, const struct hcl_witness_team *team)
{
    for (uint32_t row = 0; row < p->num_weight_rows; row++)
        cut[row] = p->weight_steps[row] != HCL_WEIGHTS_MORE;
    for (uint32_t i = 0; i < p->num_wide; i++)
        if (p->wide[i].from.at == HCL_AT_D)
            cut[p->wide[i].from.row + 1] = true;
    for (uint32_t i = 0; i < p->num_stages; i++)
        cut[p->stages[i].weight_rows] = true;
    for (uint32_t r = 0; r < hcl_team_ranks(team); r++)
        cut[hcl_team_first(team, p->num_weight_rows, r)] = true;
}

static void list_firsts(struct hcl_stretches *s, const bool *cut)
{
    const uint32_t rows = s->prog->num_weight_rows;
    uint32_t last = 0;

    for (uint32_t row = 0; row < rows; row++)
        if (cut[row] || row - last == HCL_STRETCH) {
            s->first[s->count++] = row;
            last = row;
        }
    s->first[s->count] = rows;
}

static void list_ranks(struct hcl_stretches *s, const struct hcl_witness_team *team)
{
    const uint32_t ranks = hcl_team_ranks(team);
    uint32_t at = 0;

    for (uint32_t r = 0; r <= ranks; r++) {
        while (at < s->count && s->first[at] < hcl_team_first(team, s->prog->num_weight_rows, r))
            at++;
        s->of_rank[r] = at;
    }
}

hcl_status hcl_stretches_init(struct hcl_stretches *s, const struct hcl_program *p,
                              const struct hcl_witness_team *team, const hcl_fr *t, int threads,
                              struct hcl_err *err)
{
    const size_t rows = p->num_weight_rows;
    bool *cut = calloc(rows + 1, sizeof *cut);
    hcl_fr step;

    s->prog = p;
    s->threads = threads;
    s->first = calloc(rows + 1, sizeof *s->first);
    s->of_rank = calloc((size_t)hcl_team_ranks(team) + 1, sizeof *s->of_rank);
    if (!cut || !s->first || !s->of_rank) {
        free(cut);
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu weight rows", rows);
    }
    mark_cuts(cut, p, team);
    list_firsts(s, cut);
    list_ranks(s, team);
    free(cut);
    hcl_fr_pow_u64(&step, t, p->weight_columns);
    s->power[0] = hcl_fr_one;
    for (uint32_t i = 1; i <= HCL_STRETCH; i++)
        hcl_fr_mul(&s->power[i], &s->power[i - 1], &step);
    return HCL_OK;
}

void hcl_stretches_clear(struct hcl_stretches *s)
{
    free(s->first);
    free(s->of_rank);
}

static uint32_t length_of(const struct hcl_stretches *s, uint32_t i)
{
    return s->first[i + 1] - s->first[i];
}

/* Stretches from i on, but before `to`, that are done at a time. */
static uint32_t tile_end(const struct hcl_stretches *s, uint32_t i, uint32_t to)
{
    uint32_t end = i + 1;

    while (end < to && s->first[end + 1] - s->first[i] <= HCL_STRETCH)
        end++;
    return end;
}

/* by[row] := what its U is of that of its stretch's first row. */
static void list_powers(hcl_fr *by, const struct hcl_stretches *s, uint32_t i, uint32_t end)
{
    for (; i < end; by += length_of(s, i), i++)
        memcpy(by, s->power, length_of(s, i) * sizeof *by);
}

static void values_of(hcl_fr *value, const struct hcl_stretches *s, uint32_t from, uint32_t to,
                      const hcl_fr *sum)
{
    hcl_fr by[HCL_STRETCH], part[HCL_STRETCH];

    for (uint32_t i = from, end; i < to; i = end) {
        end = tile_end(s, i, to);
        list_powers(by, s, i, end);
        hcl_fr_mul_vec(part, by, sum + (s->first[i] - s->first[from]), s->first[end] - s->first[i]);
        for (uint32_t k = i; k < end; k++) {
            hcl_fr *all = &value[k - from];
            const hcl_fr *rows = part + (s->first[k] - s->first[i]);
            *all = rows[0];
            for (uint32_t row = 1; row < length_of(s, k); row++)
                hcl_fr_add(all, all, &rows[row]);
        }
    }
    explicit_bzero(part, sizeof part);
}

void hcl_stretches_values(hcl_fr *value, const struct hcl_stretches *s, uint32_t from, uint32_t to,
                          const hcl_fr *sum)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads) if (to - from > MIN_PARALLEL)
    for (uint32_t i = from; i < to; i += PIECE)
        values_of(value + (i - from), s, i, to - i < PIECE ? to : i + PIECE,
                  sum + (s->first[i] - s->first[from]));
}

uint32_t hcl_stretches_run(const struct hcl_stretches *s, hcl_fr *start, hcl_fr *end, const hcl_fr *value,
                           uint32_t from, uint32_t rows)
{
    const int8_t *steps = s->prog->weight_steps;
    uint32_t to = from;

    for (; to < s->count && s->first[to] < rows; to++)
        if (steps[s->first[to]] == HCL_WEIGHTS_MORE)
            hcl_fr_mul(&start[to], &start[to - 1], &s->power[length_of(s, to - 1)]);
    hcl_fr_mul_vec(end + from, start + from, value + from, to - from);
    for (uint32_t i = from; i < to; i++)
        if (steps[s->first[i]] != HCL_WEIGHTS_START)
            hcl_fr_add(&end[i], &end[i], &end[i - 1]);
    return to;
}

/* U, and U times the sum, of the rows of stretches [from, to). */
static void multiply_rows(hcl_fr *u, hcl_fr *d, const struct hcl_stretches *s, uint32_t from, uint32_t to,
                          const hcl_fr *start, const hcl_fr *sum)
{
    hcl_fr by[HCL_STRETCH], first[HCL_STRETCH];

    for (uint32_t i = from, end; i < to; i = end) {
        const uint32_t at = s->first[i] - s->first[from];
        uint32_t rows = 0;
        end = tile_end(s, i, to);
        list_powers(by, s, i, end);
        for (uint32_t k = i; k < end; k++)
            for (const uint32_t next = rows + length_of(s, k); rows < next; rows++)
                first[rows] = start[k - from];
        hcl_fr_mul_vec(u + at, first, by, rows);
        hcl_fr_mul_vec(d + at, u + at, sum + at, rows);
    }
    explicit_bzero(first, sizeof first);
}

void hcl_stretches_fill(hcl_fr *u, hcl_fr *d, const struct hcl_stretches *s, uint32_t from, uint32_t to,
                        const hcl_fr *start, const hcl_fr *before, const hcl_fr *sum)
{
    const int8_t *steps = s->prog->weight_steps;

    if (from == to)
        return;
    const uint32_t first = s->first[from], rows = s->first[to] - first;
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads) if (to - from > MIN_PARALLEL)
    for (uint32_t i = from; i < to; i += PIECE) {
        const uint32_t at = s->first[i] - first;
        multiply_rows(u + at, d + at, s, i, to - i < PIECE ? to : i + PIECE, start + (i - from), sum + at);
    }
    for (uint32_t row = 0; row < rows; row++)
        if (steps[first + row] != HCL_WEIGHTS_START)
            hcl_fr_add(&d[row], &d[row], row > 0 ? &d[row - 1] : before);
}

uint32_t hcl_stretches_ending(const struct hcl_stretches *s, uint32_t row, uint32_t near)
{
    uint32_t least = near < s->count && s->first[near] <= row ? near : 0, above = s->count;

    /* Steps of twice the length each, as far as it goes, then halves. */
    for (uint32_t step = 1; above - least > step; step *= 2) {
        if (s->first[least + step] > row) {
            above = least + step;
            break;
        }
        least += step;
    }
    while (above - least > 1) {
        const uint32_t middle = least + (above - least) / 2;
        if (s->first[middle] <= row)
            least = middle;
        else
            above = middle;
    }
    return least;
}
