/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups in tables whose entries are rows of weights. */
#include "common/poly/poly.h"
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <string.h>

/* The first of the block's cells that hold elements. */
static size_t first_cell(const struct hcl_program *p, const struct hcl_block *b)
{
    return (size_t)(b->out_row + b->out_rows) * p->lanes - b->out_w;
}

/* Element i of entry o: the last weight comes first. */
static int64_t element(const struct hcl_program *p, const struct hcl_row_table *t, uint32_t o, uint32_t i)
{
    const struct hcl_spread spread = hcl_row_table_spread(p, t);

    return hcl_program_weight(p, t->first + o * hcl_row_table_rows(p, t), 1, &spread, t->width - 1 - i);
}

uint32_t hcl_lookups_together(const struct hcl_program *p, uint32_t block)
{
    const struct hcl_block *first = &p->blocks[block];
    uint32_t count = 1;

    if (first->kind != HCL_BLOCK_LOOKUP)
        return 1;
    for (; block + count < p->num_blocks; count++) {
        const struct hcl_block *next = &p->blocks[block + count];
        if (next->kind != HCL_BLOCK_LOOKUP || next->in_row != first->in_row ||
            next->factor >= (size_t)first->out_row * p->lanes)
            break;
    }
    return count;
}

/* This rank's elements of entry number[j] of each block j: (*z)[k * count + j]. */
static hcl_status take_elements(struct hcl_outputs *o, int64_t **z, struct hcl_witness_team *team,
                                const struct hcl_program *p, const struct hcl_block *b, uint32_t count,
                                const struct hcl_cells *cells, struct hcl_err *err)
{
    const struct hcl_row_table *t = &p->row_tables[b->in_row];
    struct hcl_spread spread = hcl_row_table_spread(p, t);
    hcl_status st;

    spread.count = t->width; /* element i is weight width - 1 - i */
    HCL_TRY(hcl_outputs_init(o, team, p, t->width, &spread, err));
    HCL_TRY(hcl_mem_alloc((void **)z, (size_t)o->count * count, sizeof **z, "table of rows", err));
    for (uint32_t i = 0; i < o->count; i++)
        for (uint32_t j = 0; j < count; j++)
            (*z)[(size_t)i * count + j] = element(p, t, (uint32_t)cells->y[b[j].factor], o->mine[i]);
done:
    return st;
}

hcl_status hcl_lookup_run(const struct hcl_program *p, const struct hcl_block *b, uint32_t count,
                          struct hcl_cells *cells, struct hcl_witness_team *team, struct hcl_err *err)
{
    const struct hcl_row_table *t = &p->row_tables[b->in_row];
    struct hcl_outputs outputs = { 0 };
    int64_t *z = NULL;
    hcl_status st;

    /* All ranks have the same indices. */
    for (uint32_t j = 0; j < count; j++) {
        const int64_t number = cells->y[b[j].factor];
        if (number < 0 || number >= t->count)
            return hcl_fail(err, HCL_BAD_INPUT, "%s: index %lld is outside 0..%u",
                            hcl_program_label(p, b[j].out_row), (long long)number, t->count - 1);
    }
    st = take_elements(&outputs, &z, team, p, b, count, cells, err);
    HCL_TRY(hcl_outputs_gather(&outputs, st, hcl_block_width(p, b), count, &z, err));
    for (uint32_t j = 0; j < count; j++) {
        const size_t at = first_cell(p, &b[j]);
        for (uint32_t i = 0; i < t->width; i++)
            cells->y[at + i] = z[(size_t)i * count + j];
        if (t->digits > 1) /* they are looked up as well */
            memcpy(cells->q + at, cells->y + at, t->width * sizeof *cells->q);
    }
done:
    hcl_outputs_clear(&outputs);
    hcl_mem_free_secret(z);
    return st;
}

size_t hcl_lookup_entry(const struct hcl_program *p, const struct hcl_block *b, const struct hcl_cells *cells)
{
    const struct hcl_row_table *t = &p->row_tables[b->in_row];
    const int64_t number = cells->y[b->factor];
    const size_t first = (size_t)b->out_row * p->lanes, elements = first_cell(p, b);
    const struct hcl_spread spread = hcl_row_table_spread(p, t);

    if (number < 0 || number >= t->count)
        return SIZE_MAX;
    for (size_t i = first; i < elements; i++)
        if (cells->y[i] != 0)
            return SIZE_MAX;
    for (uint32_t i = 0; i < t->width; i++)
        if (p->weights[hcl_spread_place(&spread, t->width - 1 - i).index % p->weight_columns] &&
            /* else another rank looks at it */
            cells->y[elements + i] != element(p, t, (uint32_t)number, i))
            return SIZE_MAX;
    return hcl_row_table_end(p, t, (uint32_t)number);
}

/* sums: sum_i t^i W_i of the table's rows. */
static void add_entries(const struct hcl_program *p, const struct hcl_row_table *t, const hcl_fr *sums,
                        const hcl_fr *t_row, hcl_fr *out)
{
    const uint32_t rows = hcl_row_table_rows(p, t);
    for (uint32_t o = 0; o < t->count; o++) {
        hcl_fr sum = hcl_fr_zero;
        for (uint32_t r = rows; r-- > 0;) {
            hcl_fr_mul(&sum, &sum, t_row);
            hcl_fr_add(&sum, &sum, &sums[(size_t)o * rows + r]);
        }
        out[hcl_row_table_end(p, t, o)] = sum;
    }
}

hcl_status hcl_lookup_sums(const struct hcl_witness *w, const bool *wanted, const hcl_fr *t, hcl_fr *out,
                           int threads, struct hcl_err *err)
{
    const struct hcl_program *p = w->prog;
    hcl_fr *sums = NULL, t_row;
    hcl_status st = HCL_OK;

    hcl_fr_pow_u64(&t_row, t, p->weight_columns);
    for (uint32_t i = 0; i < p->num_row_tables; i++) {
        const struct hcl_row_table *table = &p->row_tables[i];
        const size_t rows = (size_t)table->count * hcl_row_table_rows(p, table);
        st = hcl_mem_alloc((void **)&sums, rows, sizeof *sums, "tables of rows", err);
        if (st == HCL_OK)
            st = hcl_weight_combine(sums, p, w->team, t, table->first, rows, threads, err);
        HCL_TRY(hcl_team_sum(w->team, st, sums, rows, wanted, err));
        if (out)
            add_entries(p, table, sums, &t_row, out);
        hcl_mem_free_secret(sums);
        sums = NULL;
    }
done:
    hcl_mem_free_secret(sums);
    return st;
}

/* The sum of all cells of a block, as the weights of an entry are summed: digit by digit in powers of t. */
static hcl_fr sum_of(const struct hcl_witness *w, const hcl_fr *t, const struct hcl_block *b)
{
    const struct hcl_program *p = w->prog;
    const struct hcl_row_table *table = &p->row_tables[b->in_row];
    const struct hcl_spread spread =
        table->digits > 1 ? hcl_row_table_spread(p, table) : hcl_spread_plain(b->out_rows * p->lanes);
    const uint32_t digits = hcl_spread_digits(&spread), length = hcl_spread_length(&spread);
    const size_t end = (size_t)(b->out_row + b->out_rows) * p->lanes;
    hcl_fr sum = hcl_fr_zero, part, unit, v;

    hcl_fr_from_u64(&unit, (uint64_t)1 << HCL_DIGIT_BITS);
    for (uint32_t d = digits; d-- > 0;) {
        part = hcl_fr_zero;
        for (uint32_t i = length; i-- > 0;) {
            const uint32_t e = hcl_spread_weight(&spread, d, i);
            hcl_fr_mul(&part, &part, t);
            if (e == UINT32_MAX)
                continue;
            hcl_fr_from_i64(&v, w->cells.y[end - 1 - e]);
            hcl_fr_add(&part, &part, &v);
        }
        hcl_fr_mul(&sum, &sum, &unit);
        hcl_fr_add(&sum, &sum, &part);
    }
    return sum;
}

/* beta + tag + theta*number + theta^3*sum */
static void key_of(const struct hcl_witness *w, const hcl_fr *challenges, const struct hcl_block *b,
                   hcl_fr *out)
{
    const struct hcl_program *p = w->prog;
    const hcl_fr *theta = &challenges[HCL_CH_THETA];
    hcl_fr sum = sum_of(w, &challenges[HCL_CH_T], b), v;

    hcl_fr_mul(&sum, &sum, theta);
    hcl_fr_mul(&sum, &sum, theta);
    hcl_fr_from_i64(&v, w->cells.y[b->factor]);
    hcl_fr_add(&sum, &sum, &v);
    hcl_fr_mul(&sum, &sum, theta);
    hcl_fr_from_u64(&v, p->row_tables[b->in_row].tag);
    hcl_fr_add(&sum, &sum, &v);
    hcl_fr_add(out, &sum, &challenges[HCL_CH_BETA]);
}

void hcl_lookup_helpers(const struct hcl_witness *w, const hcl_fr *challenges, hcl_fr *h0, hcl_fr *step)
{
    const struct hcl_program *p = w->prog;

    for (uint32_t i = 0; i < p->num_blocks; i++) {
        const struct hcl_block *b = &p->blocks[i];
        const uint32_t row = b->res_row;
        hcl_fr key, tag;
        if (b->kind != HCL_BLOCK_LOOKUP)
            continue;
        const bool mine = step && i % hcl_team_ranks(w->team) == hcl_team_rank(w->team);
        if (!mine && !h0)
            continue;
        key_of(w, challenges, b, &key);
        if (mine) {
            hcl_fr_inv(&tag, &key);
            hcl_fr_add(&step[row], &step[row], &tag);
        }
        if (h0) {
            hcl_fr_from_u64(&tag, p->row_tables[b->in_row].tag);
            hcl_fr_mul(&key, &key, &tag);
            hcl_fr_inv(&h0[row], &key);
        }
    }
}
