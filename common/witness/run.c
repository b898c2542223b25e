/* SPDX-License-Identifier: Apache-2.0 */
/* From small cells to columns of field elements. */
#include "common/witness/run.h"
#include "common/witness/columns.h"
#include "common/witness/witness_internal.h"

hcl_status hcl_witness_output(const struct hcl_witness *w, size_t which, int64_t *out, size_t len,
                              struct hcl_err *err)
{
    const struct hcl_program_output *o;

    if (which >= w->prog->num_outputs)
        return hcl_fail(err, HCL_BAD_INPUT, "output %zu, but the model has %u", which, w->prog->num_outputs);
    o = &w->prog->outputs[which];
    if (len != o->len)
        return hcl_fail(err, HCL_BAD_INPUT, "output '%s' has %u elements, not %zu", o->name, o->len, len);
    for (uint32_t i = 0; i < o->len; i++)
        out[i] = w->cells.y[w->prog->lists[o->list + i]];
    return HCL_OK;
}

void hcl_witness_instance(const struct hcl_witness *w, hcl_fr *out)
{
    for (uint32_t i = 0; i < w->prog->num_instance; i++)
        hcl_fr_from_i64(&out[i], w->cells.y[w->prog->instance[i]]);
}

static void fill_lane(hcl_fr *out, const int64_t *cells, uint32_t lanes, uint32_t rows)
{
    int64_t chunk[256];

    for (uint32_t row = 0; row < rows; row += 256) {
        uint32_t count = rows - row < 256 ? rows - row : 256;
        for (uint32_t i = 0; i < count; i++)
            chunk[i] = cells[(size_t)(row + i) * lanes];
        hcl_fr_from_i64_vec(out + row, chunk, count);
    }
}

static void fill_weights(const struct hcl_program *p, uint32_t column, hcl_fr *out)
{
    const int16_t *w = p->weights + (size_t)column * p->num_weight_rows;
    int64_t chunk[256];

    for (uint32_t row = 0; row < p->num_weight_rows; row += 256) {
        uint32_t count = p->num_weight_rows - row < 256 ? p->num_weight_rows - row : 256;
        for (uint32_t i = 0; i < count; i++)
            chunk[i] = w[row + i];
        hcl_fr_from_i64_vec(out + row, chunk, count);
    }
}

static void fill_small(const struct hcl_witness *w, uint32_t col, hcl_fr *out)
{
    uint32_t lanes = w->prog->lanes, rows = w->prog->num_rows;

    if (col < lanes)
        fill_lane(out, w->cells.q + col, lanes, rows);
    else if (col < 2 * lanes)
        fill_lane(out, w->cells.y + (col - lanes), lanes, rows);
    else if (col < 3 * lanes)
        fill_lane(out, w->cells.r + (col - 2 * lanes), lanes, rows);
    else if (col >= hcl_col_w(lanes, 0))
        fill_weights(w->prog, col - hcl_col_w(lanes, 0), out);
    else
        hcl_fr_from_i64_vec(out, w->multiplicity, w->prog->table_rows);
}

/* 2: no such column */
static uint32_t column_phase(const struct hcl_program *p, uint32_t col)
{
    if (col <= hcl_col_m(p->lanes))
        return 0;
    if (col < hcl_num_advice(p->lanes))
        return 1;
    return p->private_weights && col < hcl_col_w(p->lanes, p->weight_columns) ? 0 : 2;
}

static hcl_status fill(void *ctx, uint32_t phase, const hcl_fr *challenges, const uint32_t *cols,
                       size_t count, hcl_fr *const *out, int threads, struct hcl_err *err)
{
    const struct hcl_witness *w = ctx;
    uint32_t lanes = w->prog->lanes;
    struct hcl_wide_columns wide = { 0 };

    for (size_t i = 0; i < count; i++) {
        uint32_t col = cols[i];
        if (phase > 1 || phase != column_phase(w->prog, col))
            return hcl_fail(err, HCL_BAD_INPUT, "no advice column %u in phase %u of this circuit", col,
                            phase);
        if (phase == 0)
            continue;
        if (col < hcl_col_phi(lanes))
            wide.h[col - hcl_col_h(lanes, 0)] = out[i];
        else if (col == hcl_col_phi(lanes))
            wide.phi = out[i];
        else if (col == hcl_col_a0(lanes))
            wide.a0 = out[i];
        else if (col == hcl_col_a1(lanes))
            wide.a1 = out[i];
        else if (col == hcl_col_b(lanes))
            wide.b = out[i];
        else if (col == hcl_col_u(lanes))
            wide.u = out[i];
        else
            wide.d = out[i];
    }
    if (phase == 1)
        return count ? hcl_wide_fill(w, challenges, &wide, threads, err) : HCL_OK;
#pragma omp parallel for num_threads(threads > 0 ? threads : 1) schedule(dynamic, 1)
    for (size_t i = 0; i < count; i++)
        fill_small(w, cols[i], out[i]);
    return HCL_OK;
}

struct hcl_witness_source hcl_witness_source(struct hcl_witness *w)
{
    return (struct hcl_witness_source){ .ctx = w, .fill = fill };
}
