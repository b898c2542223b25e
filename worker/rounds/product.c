/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/product.h"

#include "common/poly/poly.h"
#include "common/sys/mem.h"
#include "worker/rounds/commit.h"

/* Rows of one task of a parallel loop. One batch inversion per task: 3 multiplications per row and one
 * inversion. */
#define TILE 2048

size_t hcl_rows_below(const struct hcl_team *t, size_t limit)
{
    if (t->first >= limit)
        return 0;
    return limit - t->first < t->count ? limit - t->first : t->count;
}

void hcl_divide_rows(hcl_fr *num, hcl_fr *den, hcl_fr *scratch, size_t count, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t at = 0; at < count; at += TILE) {
        size_t part = count - at < TILE ? count - at : TILE;
        hcl_fr_batch_inv(den + at, scratch + at, part);
        hcl_fr_mul_vec(num + at, num + at, den + at, part);
    }
}

/* z rows below u relative to a start of 1; *total is the product of this rank's rows below u. */
static void local_product(const struct hcl_team *t, size_t u, hcl_fr *column, hcl_fr *total)
{
    size_t rows = hcl_rows_below(t, u);
    hcl_fr one = hcl_fr_one;
    hcl_prefix_product(column, rows, &one, total, t->threads);
}

/* Row u continues the product; it belongs to the rank whose block contains it. */
static void finish_column(const struct hcl_team *t, size_t u, hcl_fr *column, const hcl_fr *start,
                          const hcl_fr *total)
{
    size_t rows = hcl_rows_below(t, u);
    if (rows < t->count && t->first + rows == u)
        column[rows++] = *total;
    if (hcl_fr_eq(start, &hcl_fr_one))
        return;
#pragma omp parallel for schedule(static) num_threads(t->threads)
    for (size_t at = 0; at < rows; at += TILE)
        hcl_fr_scale_vec(column + at, column + at, start, rows - at < TILE ? rows - at : TILE);
}

static hcl_status blind_column(struct hcl_worker *w, size_t i, hcl_fr *column, hcl_blind_purpose purpose,
                               struct hcl_err *err)
{
    const struct hcl_team *t = &w->team;
    size_t skip = hcl_rows_below(t, w->circuit->usable_rows + 1);
    return w->blinding->fill(w->blinding->ctx, purpose, (uint32_t)i, t->first + skip, t->count - skip,
                             column + skip, err);
}

hcl_status hcl_grand_products(struct hcl_worker *w, hcl_fr *const *columns, size_t count, bool chained,
                              hcl_blind_purpose purpose, size_t *bad, struct hcl_err *err)
{
    const struct hcl_team *t = &w->team;
    size_t u = w->circuit->usable_rows, ranks = (size_t)t->ranks;
    hcl_status st;
    hcl_fr *totals;
    *bad = count;
    st = hcl_mem_calloc((void **)&totals, count * (ranks + 1), sizeof *totals, "products", err);
    for (size_t i = 0; st == HCL_OK && i < count; i++) {
        local_product(t, u, columns[i], &totals[i]);
        st = blind_column(w, i, columns[i], purpose, err);
    }
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    hcl_fr *all = totals + count;
    hcl_comm_allgather(t->comm, totals, all, count * sizeof *totals);
    hcl_fr running = hcl_fr_one;
    for (size_t i = 0; i < count; i++) {
        if (!chained)
            running = hcl_fr_one;
        for (size_t r = 0; r < ranks; r++) {
            if (r == (size_t)t->rank)
                finish_column(t, u, columns[i], &running, &totals[i]);
            hcl_fr_mul(&running, &running, &all[r * count + i]);
        }
        if ((!chained || i + 1 == count) && *bad == count && !hcl_fr_eq(&running, &hcl_fr_one))
            *bad = i;
    }
done:
    hcl_mem_free_secret(totals);
    return st;
}

hcl_status hcl_rows_to_store(struct hcl_worker *w, hcl_fr *const *columns, hcl_fr **memory, const size_t *ids,
                             const double *cost, size_t count, hcl_g1 *points, struct hcl_err *err)
{
    struct hcl_team *t = &w->team;
    hcl_status st = HCL_OK;
    struct hcl_moving *moving = calloc(count + 1, sizeof *moving);
    struct hcl_scalars *whole = calloc(count + 1, sizeof *whole);
    uint32_t *owner = calloc(count + 1, sizeof *owner);
    if (!moving || !whole || !owner)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", count);
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        if (hcl_store_mine(&w->store, ids[i]))
            st = hcl_store_add(&w->store, ids[i], err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    for (size_t i = 0; i < count; i++) {
        hcl_fr *values = w->store.values[ids[i]];
        owner[i] = w->store.owner[ids[i]];
        whole[i] = (struct hcl_scalars){ .values = values, .count = t->n };
        moving[i] = (struct hcl_moving){ .owner = owner[i], .whole = values, .block = columns[i] };
    }
    hcl_rows_to_columns(&t->exchange, moving, count);
    hcl_mem_free_secret(*memory);
    *memory = NULL;
    hcl_team_phase(t, "commit products");
    HCL_TRY(hcl_commit_columns(t, owner, cost, HCL_MOVED_VALUES, whole, count, points, err));
done:
    free(moving);
    free(whole);
    free(owner);
    return st;
}
