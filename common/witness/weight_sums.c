/* SPDX-License-Identifier: Apache-2.0 */
/* Weight rows: D = D' + U*sum_i t^i W_i. */
#include "common/poly/linear.h"
#include "common/witness/witness_internal.h"

hcl_status hcl_weight_sums_start(struct hcl_weight_sums *s, const hcl_fr *t, struct hcl_err *err)
{
    const struct hcl_program *p = s->prog;
    const uint32_t m = p->weight_columns;
    struct hcl_compact *columns = calloc(m, sizeof *columns); /* views of the program's */
    const struct hcl_compact **terms = calloc(m, sizeof *terms);
    hcl_fr *powers = calloc(m, sizeof *powers);
    hcl_status st = HCL_OK;

    hcl_fr_pow_u64(&s->t_row, t, m);
    if (!columns || !terms || !powers) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u weight columns", m);
        goto done;
    }
    for (uint32_t i = 0; i < m; i++) {
        columns[i] = (struct hcl_compact){ .n = p->num_weight_rows,
                                           .stored = p->num_weight_rows,
                                           .width = sizeof *p->weights,
                                           .cells = p->weights + (size_t)i * p->num_weight_rows };
        terms[i] = &columns[i];
        if (i == 0)
            powers[i] = hcl_fr_one;
        else
            hcl_fr_mul(&powers[i], &powers[i - 1], t);
    }
    hcl_linear_combine(s->sum, false, terms, powers, m, 0, p->num_weight_rows, s->threads);
done:
    free(columns);
    free(terms);
    free(powers);
    return st;
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
