/* SPDX-License-Identifier: Apache-2.0 */
/* From small cells to columns of field elements. */
#include "common/witness/run.h"
#include "common/witness/columns.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <string.h>

#define CHUNK 256 /* cells on their way */

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

/* Cells that become a column of integers of the least width. */
struct column {
    struct hcl_lane cells;
    uint32_t rows;
    struct hcl_compact *out;
};

static uint32_t load(int64_t *chunk, const struct column *c, uint32_t row)
{
    const uint32_t count = row < c->rows ? (c->rows - row < CHUNK ? c->rows - row : CHUNK) : 0;

    for (uint32_t i = 0; i < count; i++)
        chunk[i] = c->cells.at[(row + i) * c->cells.step];
    return count;
}

/* width: [count], at least 1. */
static void measure(int *width, const struct column *c, size_t count, uint32_t rows, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads) reduction(max : width[:count])
    for (uint32_t row = 0; row < rows; row += CHUNK) {
        int64_t chunk[CHUNK];
        for (size_t i = 0; i < count; i++) {
            const int least = hcl_compact_width_i64(chunk, load(chunk, &c[i], row));
            width[i] = least > width[i] ? least : width[i];
        }
        explicit_bzero(chunk, sizeof(chunk));
    }
}

static void store(const struct column *c, size_t count, uint32_t rows, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (uint32_t row = 0; row < rows; row += CHUNK) {
        int64_t chunk[CHUNK];
        for (size_t i = 0; i < count; i++)
            hcl_compact_set_cells(c[i].out, row < c[i].rows ? row : c[i].rows, chunk,
                                  load(chunk, &c[i], row));
        explicit_bzero(chunk, sizeof(chunk));
    }
}

/* All columns in one pass over the rows, whose cells lie next to each other, for their widths and one for the
 * cells. */
static hcl_status fill_columns(const struct column *c, size_t count, size_t n, size_t room, int threads,
                               struct hcl_err *err)
{
    int *width = malloc((count + 1) * sizeof *width);
    uint32_t rows = 0;
    hcl_status st = width ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", count);

    for (size_t i = 0; st == HCL_OK && i < count; i++) {
        width[i] = 1;
        rows = c[i].rows > rows ? c[i].rows : rows;
    }
    if (st == HCL_OK)
        measure(width, c, count, rows, threads);
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        st = hcl_compact_init(c[i].out, n, c[i].rows, width[i], room, true, "witness", err);
    if (st == HCL_OK)
        store(c, count, rows, threads);
    free(width);
    return st;
}

bool hcl_witness_has_lane(const struct hcl_witness *w, uint32_t lane)
{
    return w->cells.lane_q[lane] || hcl_team_whole(w->team);
}

static hcl_status weight_column(struct hcl_compact *out, size_t n, size_t room, const struct hcl_program *p,
                                uint32_t column, struct hcl_err *err)
{
    const size_t width = sizeof(**p->weights);
    hcl_status st = hcl_compact_init(out, n, p->num_weight_rows, (int)width, room, true, "witness", err);
    if (st == HCL_OK && p->num_weight_rows)
        memcpy(out->cells, p->weights[column], p->num_weight_rows * width);
    return st;
}

/* Of a column Q, Y, R or M. */
static hcl_status find_cells(struct column *c, const struct hcl_witness *w, uint32_t col, struct hcl_err *err)
{
    const uint32_t lanes = w->prog->lanes, lane = col % lanes;
    const struct hcl_cells *cells = &w->cells;

    if (col < 3 * lanes && col / lanes != 1 && !hcl_witness_has_lane(w, lane))
        return hcl_fail(err, HCL_NO_RESOURCE, "another rank has the integers of lane %u", lane);
    c->rows = col < 3 * lanes ? w->prog->num_rows : hcl_program_lookup_rows(w->prog);
    if (col < lanes)
        c->cells = hcl_cells_lane(cells->lane_q, cells->q, lane, lanes);
    else if (col < 2 * lanes)
        c->cells = (struct hcl_lane){ cells->y + lane, lanes };
    else if (col < 3 * lanes)
        c->cells = hcl_cells_lane(cells->lane_r, cells->r, lane, lanes);
    else
        c->cells = (struct hcl_lane){ w->multiplicity, 1 };
    return HCL_OK;
}

static hcl_status small_columns(const struct hcl_witness *w, const uint32_t *cols, size_t count, size_t n,
                                size_t room, struct hcl_compact *const *out, int threads, struct hcl_err *err)
{
    const uint32_t weights = hcl_col_w(w->prog->lanes, 0);
    struct column *columns = calloc(count + 1, sizeof *columns);
    size_t found = 0;
    hcl_status st = HCL_OK;

    if (!columns)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", count);
    for (size_t i = 0; i < count; i++) {
        columns[found].out = out[i];
        if (cols[i] >= weights)
            HCL_TRY(weight_column(out[i], n, room, w->prog, cols[i] - weights, err));
        else
            HCL_TRY(find_cells(&columns[found++], w, cols[i], err));
    }
    if (found > 0)
        HCL_TRY(fill_columns(columns, found, n, room, threads, err));
done:
    free(columns);
    return st;
}

static hcl_status fill_small(const struct hcl_witness *w, uint32_t col, hcl_fr *out, struct hcl_err *err)
{
    size_t n = (size_t)1 << w->prog->k;
    struct hcl_compact column = { 0 }, *const columns[] = { &column };
    hcl_status st = small_columns(w, &col, 1, n, 0, columns, 1, err);

    if (st == HCL_OK)
        hcl_compact_expand(out, &column, 0, n);
    hcl_compact_clear(&column);
    return st;
}

static uint32_t entries_column(const struct hcl_program *p)
{
    return hcl_col_e(p->lanes, p->private_weights ? p->weight_columns : 0);
}

/* 2: no such column */
static uint32_t column_phase(const struct hcl_program *p, uint32_t col)
{
    if (col <= hcl_col_m(p->lanes))
        return 0;
    if (col < hcl_num_advice(p->lanes))
        return 1;
    if (p->private_weights && col < hcl_col_w(p->lanes, p->weight_columns))
        return 0;
    return p->num_row_tables && col == entries_column(p) ? 1 : 2;
}

static hcl_status bad_column(uint32_t col, uint32_t phase, struct hcl_err *err)
{
    return hcl_fail(err, HCL_BAD_INPUT, "no advice column %u in phase %u of this circuit", col, phase);
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
            return bad_column(col, phase, err);
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
        else if (col == hcl_col_d(lanes))
            wide.d = out[i];
        else
            wide.e = out[i];
    }
    if (phase == 1)
        return count || w->team ? hcl_wide_fill(w, challenges, &wide, threads, err) : HCL_OK;
    hcl_status result = HCL_OK;
#pragma omp parallel for num_threads(threads > 0 ? threads : 1) schedule(dynamic, 1)
    for (size_t i = 0; i < count; i++) {
        struct hcl_err local = { "" };
        hcl_status st = fill_small(w, cols[i], out[i], &local);
#pragma omp critical(hcl_witness_fill)
        if (st != HCL_OK)
            result = hcl_fail(err, st, "%s", local.msg);
    }
    return result;
}

static hcl_status integers(void *ctx, uint32_t phase, const uint32_t *cols, size_t count, size_t n,
                           size_t room, struct hcl_compact *const *out, int threads, struct hcl_err *err)
{
    const struct hcl_witness *w = ctx;

    for (size_t i = 0; i < count; i++) {
        *out[i] = (struct hcl_compact){ 0 };
        if (phase != column_phase(w->prog, cols[i]))
            return bad_column(cols[i], phase, err);
    }
    return phase == 0 ? small_columns(w, cols, count, n, room, out, threads > 0 ? threads : 1, err) : HCL_OK;
}

struct hcl_witness_source hcl_witness_source(struct hcl_witness *w)
{
    return (struct hcl_witness_source){ .ctx = w, .fill = fill, .integers = integers };
}
