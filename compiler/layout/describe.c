/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/layout/describe.h"
#include "compiler/layout/finish.h"
#include "compiler/layout/machine_internal.h"
#include <string.h>

/* Small cells of a row that hold something. */
static size_t used_cells(const struct hcl_program *p, uint32_t row)
{
    const struct hcl_row *r = &p->rows[row];
    size_t used = 0;

    if (r->flags & HCL_ROW_BLOCK)
        return 3 * (size_t)p->lanes;
    for (uint32_t j = 0; j < p->lanes; j++) {
        bool look = r->lookups >> j & 1;
        used += look || p->sources[(size_t)row * p->lanes + j] != HCL_SRC_NONE;
        used += look;
        used += look || r->flags & HCL_ROW_REG;
    }
    return used;
}

static uint32_t region_end(const struct hcl_machine *m, size_t i)
{
    return i + 1 < m->more->num_regions ? m->more->regions[i + 1].first_row : m->prog.num_rows;
}

static uint32_t region_weight_end(const struct hcl_machine *m, size_t i)
{
    return i + 1 < m->more->num_regions ? m->more->regions[i + 1].first_weight_row : m->prog.num_weight_rows;
}

static hcl_status describe_region(struct hcl_layout_region *out, const struct hcl_machine *m, size_t i,
                                  struct hcl_err *err)
{
    const struct hcl_region *r = &m->more->regions[i];
    uint32_t end = region_end(m, i);

    *out = (struct hcl_layout_region){ .first_row = r->first_row,
                                       .rows = end - r->first_row,
                                       .first_weight_row = r->first_weight_row,
                                       .weight_rows = region_weight_end(m, i) - r->first_weight_row,
                                       .node = r->node,
                                       .origin = HCL_NONE,
                                       .tensor = r->tensor };
    out->name = strdup(r->name);
    out->what = strdup(r->what);
    for (uint32_t row = r->first_row; row < end; row++) {
        out->cells += used_cells(&m->prog, row);
        out->lookups += (size_t)__builtin_popcount(m->prog.rows[row].lookups);
    }
    return out->name && out->what ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the layout");
}

hcl_status hcl_layout_describe(struct hcl_layout *out, const struct hcl_machine *m, uint32_t k,
                               uint32_t degree, size_t copies, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    const struct hcl_program *p = &m->prog;
    size_t regions = m->more->num_regions;

    *out = (struct hcl_layout){ .lanes = m->lanes,
                                .k = k,
                                .degree = degree,
                                .rows = p->num_rows,
                                .table_rows = p->table_rows,
                                .weight_columns = m->weight_columns,
                                .weight_rows = p->num_weight_rows,
                                .public_values = p->num_instance,
                                .functions = p->num_fns,
                                .ranges = p->num_ranges,
                                .copies = copies };
    out->usable_rows = ((uint32_t)1 << k) - HCL_MACHINE_RESERVED_ROWS;
    for (uint32_t row = 0; row < p->num_rows; row++)
        out->lookups += (size_t)__builtin_popcount(p->rows[row].lookups);
    out->regions = calloc(regions + 1, sizeof(*out->regions));
    if (!out->regions)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the layout");
    for (size_t i = 0; i < regions; i++) {
        if (region_end(m, i) == m->more->regions[i].first_row &&
            region_weight_end(m, i) == m->more->regions[i].first_weight_row)
            continue;
        HCL_TRY(describe_region(&out->regions[out->num_regions++], m, i, err));
        out->cells += out->regions[out->num_regions - 1].cells;
    }
done:
    if (st != HCL_OK)
        hcl_layout_clear(out);
    return st;
}

void hcl_layout_clear(struct hcl_layout *l)
{
    for (size_t i = 0; i < l->num_regions; i++) {
        free(l->regions[i].name);
        free(l->regions[i].what);
    }
    free(l->regions);
    free(l->candidates);
    *l = (struct hcl_layout){ 0 };
}
