/* SPDX-License-Identifier: Apache-2.0 */
#include "common/witness/program.h"
#include <string.h>

void hcl_program_clear(struct hcl_program *p)
{
    for (uint32_t i = 0; p->fns && i < p->num_fns; i++)
        free(p->fns[i].values);
    for (uint32_t i = 0; p->inputs && i < p->num_inputs; i++)
        free(p->inputs[i].name);
    for (uint32_t i = 0; p->outputs && i < p->num_outputs; i++)
        free(p->outputs[i].name);
    for (uint32_t i = 0; p->labels && i < p->num_labels; i++)
        free(p->labels[i].text);
    free(p->rows);
    free(p->sources);
    free(p->classes);
    free(p->fns);
    free(p->ranges);
    free(p->row_tables);
    free(p->pool);
    free(p->weights);
    free(p->own_weights);
    free(p->weight_steps);
    free(p->stages);
    free(p->lists);
    free(p->blocks);
    free(p->hints);
    free(p->wide);
    free(p->inputs);
    free(p->outputs);
    free(p->instance);
    free(p->labels);
    *p = (struct hcl_program){ 0 };
}

static hcl_status list_weights(struct hcl_program *p, struct hcl_err *err)
{
    if (!p->weights)
        p->weights = calloc((size_t)p->weight_columns + 1, sizeof *p->weights);
    return p->weights
               ? HCL_OK
               : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u weight columns", p->weight_columns);
}

hcl_status hcl_program_own_weights(struct hcl_program *p, struct hcl_err *err)
{
    const hcl_status st = list_weights(p, err);

    if (st != HCL_OK)
        return st;
    for (uint32_t i = 0; i < p->weight_columns; i++)
        p->weights[i] = p->own_weights + (size_t)i * p->weight_digits * p->num_weight_rows;
    return HCL_OK;
}

_Static_assert(HCL_DIGIT_BITS == HCL_COMPACT_DIGIT_BITS, "weights are digits of the circuit's columns");

hcl_status hcl_program_borrow_weights(struct hcl_program *p, const struct hcl_compact *columns,
                                      struct hcl_err *err)
{
    const hcl_status st = list_weights(p, err);

    if (st != HCL_OK)
        return st;
    for (uint32_t i = 0; i < p->weight_columns; i++) {
        HCL_CHECK(!columns[i].cells ||
                  (columns[i].width == sizeof **p->weights && columns[i].stored == p->num_weight_rows &&
                   columns[i].digits == (int)p->weight_digits));
        p->weights[i] = columns[i].cells;
    }
    free(p->own_weights);
    p->own_weights = NULL;
    return HCL_OK;
}

struct hcl_spread hcl_row_table_spread(const struct hcl_program *p, const struct hcl_row_table *t)
{
    if (t->digits == 1)
        return hcl_spread_plain(t->width);
    return hcl_spread_first(t->digits, p->lanes, (t->width + p->lanes - 1) / p->lanes * p->lanes);
}

uint32_t hcl_row_table_length(const struct hcl_program *p, const struct hcl_row_table *t)
{
    const struct hcl_spread s = hcl_row_table_spread(p, t);

    return hcl_spread_length(&s);
}

struct hcl_spread hcl_block_spread(const struct hcl_program *p, const struct hcl_block *b)
{
    switch (b->kind) {
    case HCL_BLOCK_CONV:
        return hcl_spread_channels(p->weight_digits, b->res_rows && b->res_at == HCL_NONE ? p->lanes : 1,
                                   b->out_channels);
    case HCL_BLOCK_DENSE:
        return hcl_spread_last(p->weight_digits, p->lanes, b->out_w);
    case HCL_BLOCK_ROWS:
        return hcl_spread_first(p->weight_digits, p->lanes, b->out_w);
    default:
        return hcl_spread_plain(1);
    }
}

int64_t hcl_program_weight(const struct hcl_program *p, uint32_t row, uint32_t limbs,
                           const struct hcl_spread *spread, uint32_t e)
{
    const struct hcl_place at = hcl_spread_place(spread, e);
    const int16_t *column = hcl_weight_column(p, at.index % p->weight_columns, at.digit);
    const uint32_t rows = (hcl_spread_length(spread) + p->weight_columns - 1) / p->weight_columns;
    uint64_t v = 0;

    for (uint32_t k = limbs; k-- > 0;)
        v = (v << 16) + (uint64_t)column[row + (size_t)k * rows + at.index / p->weight_columns];
    return (int64_t)v;
}

const char *hcl_program_label(const struct hcl_program *p, uint32_t row)
{
    uint32_t lo = 0, hi = p->num_labels;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (p->labels[mid].first_row <= row)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? p->labels[lo - 1].text : "";
}
