/* SPDX-License-Identifier: Apache-2.0 */
/* Weight rows: D = D' + U*sum_i t^i W_i. */
#include "common/poly/linear.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <string.h>

/* The weight columns that this rank adds up, and what each is multiplied by. */
struct terms {
    struct hcl_compact *views;
    const struct hcl_compact **columns;
    hcl_fr *powers;
    size_t count;
};

static void terms_clear(struct terms *x)
{
    free(x->views);
    free(x->columns);
    free(x->powers);
}

static hcl_status terms_init(struct terms *x, const struct hcl_program *p,
                             const struct hcl_witness_team *team, const hcl_fr *t, struct hcl_err *err)
{
    const uint32_t m = p->weight_columns;
    hcl_fr power = hcl_fr_one;

    x->views = calloc(m, sizeof *x->views);
    x->columns = calloc(m, sizeof *x->columns);
    x->powers = calloc(m, sizeof *x->powers);
    if (!x->views || !x->columns || !x->powers)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u weight columns", m);
    for (uint32_t i = 0; i < m; i++, hcl_fr_mul(&power, &power, t)) {
        if (team && team->owner[i] != hcl_team_rank(team))
            continue;
        x->views[x->count] = (struct hcl_compact){ .n = p->num_weight_rows,
                                                   .stored = p->num_weight_rows,
                                                   .width = sizeof **p->weights,
                                                   .digits = (int)p->weight_digits,
                                                   .cells = (void *)(uintptr_t)p->weights[i] };
        x->columns[x->count] = &x->views[x->count];
        x->powers[x->count++] = power;
    }
    return HCL_OK;
}

hcl_status hcl_weight_combine(hcl_fr *out, const struct hcl_program *p, const struct hcl_witness_team *team,
                              const hcl_fr *t, size_t first, size_t rows, int threads, struct hcl_err *err)
{
    struct terms x = { 0 };
    const hcl_status st = terms_init(&x, p, team, t, err);

    if (st == HCL_OK)
        hcl_linear_combine(out, false, x.columns, x.powers, x.count, first, rows, threads);
    terms_clear(&x);
    return st;
}

/* Rows of a pass whose powers of t are at hand, and rows that a thread does at a time. */
enum { POWERS = 512, TILE = 256, MIN_PARALLEL = 2048 };

/* U of those of the rows [row, end), at most TILE, that go on with a pass: a power of t^m times that of its
 * first row, which is not written. power[j] = (t^m)^j, j < powers. */
static void fill_u(const struct hcl_weight_sums *s, const hcl_fr *power, uint32_t powers, uint32_t row,
                   uint32_t end)
{
    const int8_t *steps = s->prog->weight_steps;
    hcl_fr start[TILE], by[TILE];
    uint32_t head = row;

    while (head > 0 && steps[head] == HCL_WEIGHTS_MORE)
        head--;
    for (uint32_t i = row; i < end; i++) {
        head = steps[i] == HCL_WEIGHTS_MORE ? head : i;
        start[i - row] = s->u[head];
        if (i - head < powers)
            by[i - row] = power[i - head];
        else
            hcl_fr_pow_u64(&by[i - row], &s->t_row, i - head);
    }
    hcl_fr_mul_vec(start, start, by, end - row);
    for (uint32_t i = row; i < end; i++)
        if (steps[i] == HCL_WEIGHTS_MORE)
            s->u[i] = start[i - row];
    explicit_bzero(start, sizeof start);
}

void hcl_weight_sums_run(const struct hcl_weight_sums *s, uint32_t first, uint32_t end)
{
    const int8_t *steps = s->prog->weight_steps;
    const uint32_t powers = end - first < POWERS ? end - first : POWERS;
    hcl_fr power[POWERS];

    if (first == end)
        return;
    power[0] = hcl_fr_one;
    for (uint32_t i = 1; i < powers; i++)
        hcl_fr_mul(&power[i], &power[i - 1], &s->t_row);
#pragma omp parallel for schedule(static) num_threads(s->threads) if (end - first > MIN_PARALLEL)
    for (uint32_t row = first; row < end; row += TILE) {
        const uint32_t next = end - row < TILE ? end : row + TILE;
        fill_u(s, power, powers, row, next);
        hcl_fr_mul_vec(s->d + row, s->u + row, s->sum + row, next - row);
    }
    for (uint32_t row = first; row < end; row++)
        if (steps[row] != HCL_WEIGHTS_START)
            hcl_fr_add(&s->d[row], &s->d[row], &s->d[row - 1]);
}
