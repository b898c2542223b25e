/* SPDX-License-Identifier: Apache-2.0 */
/* Weight rows: D = D' + U*sum_i t^i W_i. */
#include "common/poly/poly.h"
#include "common/sys/mem.h"
#include "common/witness/witness_internal.h"
#include <omp.h>

#define CHUNK 1024

/* Scratch of one thread. */
struct lane {
    hcl_fr value[CHUNK];
    int64_t small[CHUNK];
};

static void sum_rows(const struct hcl_weight_sums *s, const hcl_fr *t, struct lane *l, uint32_t first,
                     uint32_t count)
{
    const struct hcl_program *p = s->prog;

    for (uint32_t column = p->weight_columns; column-- > 0;) {
        const int16_t *w = p->weights + (size_t)column * p->num_weight_rows + first;
        for (uint32_t i = 0; i < count; i++)
            l->small[i] = w[i];
        hcl_fr_from_i64_vec(l->value, l->small, count);
        hcl_fr_horner_vec(s->sum + first, t, l->value, count);
    }
}

hcl_status hcl_weight_sums_start(struct hcl_weight_sums *s, const hcl_fr *t, struct hcl_err *err)
{
    const struct hcl_program *p = s->prog;
    struct lane *scratch;
    hcl_status st =
        hcl_mem_alloc((void **)&scratch, (size_t)s->threads, sizeof(*scratch), "sums of weights", err);

    if (st != HCL_OK)
        return st;
    hcl_fr_pow_u64(&s->t_row, t, p->weight_columns);
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (uint32_t first = 0; first < p->num_weight_rows; first += CHUNK) {
        uint32_t left = p->num_weight_rows - first;
        sum_rows(s, t, scratch + omp_get_thread_num(), first, left < CHUNK ? left : CHUNK);
    }
    hcl_mem_free_secret(scratch);
    return HCL_OK;
}

void hcl_weight_sums_run(const struct hcl_weight_sums *s, uint32_t first, uint32_t end)
{
    const int8_t *steps = s->prog->weight_steps;

    if (first == end)
        return;
    for (uint32_t row = first; row < end; row++)
        if (steps[row] == HCL_WEIGHTS_MORE)
            hcl_fr_mul(&s->u[row], &s->u[row - 1], &s->t_row);
    hcl_fr_mul_vec(s->d + first, s->u + first, s->sum + first, end - first);
    for (uint32_t row = first; row < end; row++)
        if (steps[row] != HCL_WEIGHTS_START)
            hcl_fr_add(&s->d[row], &s->d[row], &s->d[row - 1]);
}
