/* SPDX-License-Identifier: Apache-2.0 */
/* A batch through a layer with one output position: each input is a plane whose positions are the items, so
 * that sum_n s^n sum_o t^(O-1-o) z_(n,o) = sum_k X_k(s) V_k(t) + biases, X_k = sum_n s^n x_(n,k), and each
 * weight lies once for all items. */
#include "compiler/primitives/conv/conv.h"

/* What a lane's cell costs, in weight cells: about 1 us to 4 ns (README, docs/arithmetization.md). */
enum { WEIGHTS_OF_A_CELL = 256 };

bool hcl_input_at(const struct hcl_fx_node *nd, const struct hcl_view *v, uint32_t i, uint32_t *y,
                  uint32_t *x)
{
    /* Wraps to a huge number before the image: outside as well. */
    *y = i / v->c / nd->kernel_w * (nd->gap_y + 1) - nd->pad_top;
    *x = i / v->c % nd->kernel_w * (nd->gap_x + 1) - nd->pad_left;
    return *y < v->h && *x < v->w;
}

static uint32_t row_len(const struct hcl_lower *c, const struct hcl_fx_node *nd)
{
    return nd->kernel_h * nd->kernel_w * c->g->tensors[nd->inputs[0]].dims[3];
}

/* Whether the items of an image of one position are neighbours in one block. */
static bool in_place(const struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const struct hcl_view *v = hcl_planes_item(c, node, 0, 0);

    for (uint32_t n = 0; n < hcl_fx_items(c->g); n++) {
        const struct hcl_view *x = hcl_planes_item(c, node, 0, n);
        if (x->cells || x->first_row != v->first_row || x->rows_per_channel != v->rows_per_channel ||
            x->origin != v->origin + n)
            return false;
    }
    return v->h == 1 && v->w == 1 && nd->kernel_h == 1 && nd->kernel_w == 1;
}

bool hcl_inputs_shared(const struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const uint64_t items = hcl_fx_items(c->g), lanes = c->m->lanes, inputs = row_len(c, nd),
                   outputs = c->g->tensors[nd->output].dims[3];
    const uint64_t rows = hcl_rows_for(c->m, items); /* of a value of all items */
    const uint64_t apart = items * hcl_rows_for(c->m, outputs),
                   together = (outputs + (in_place(c, node) ? 0 : inputs)) * rows;

    if (items == 1)
        return false;
    return c->g->weight_visibility == HCL_PRIVATE || nd->inputs[3] != HCL_FX_NONE || together <= apart ||
           (together - apart) * lanes * WEIGHTS_OF_A_CELL < (items - 1) * inputs * outputs;
}

static void copy_input(struct hcl_lower *c, uint32_t node, uint32_t i, uint32_t *cells)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const uint32_t items = hcl_fx_items(c->g), rows = hcl_rows_for(c->m, items);
    uint32_t y, x;

    for (uint32_t n = 0; n < rows * c->m->lanes; n++) {
        const struct hcl_view *v = n < items ? hcl_planes_item(c, node, 0, n) : NULL;
        cells[n] = v && hcl_input_at(nd, v, i, &y, &x) ? hcl_view_cell(c->m, v, y, x, i % v->c)
                                                       : hcl_machine_zero(c->m);
    }
    hcl_machine_copy_rows(c->m, cells, rows * c->m->lanes, 0);
}

struct hcl_planes hcl_inputs_planes(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const struct hcl_view *v = hcl_planes_item(c, node, 0, 0);
    const uint32_t items = hcl_fx_items(c->g), rows = hcl_rows_for(c->m, items), lanes = c->m->lanes;
    struct hcl_planes p = { .copied = true,
                            .first_row = hcl_machine_next_row(c->m),
                            .rows = rows,
                            .stride = rows,
                            .count = row_len(c, nd),
                            .phases = 1,
                            .phases_x = 1,
                            .step_y = 1,
                            .step_x = 1,
                            .kernel_h = 1,
                            .kernel_w = 1,
                            .pitch = 1,
                            .items = items,
                            .item_pitch = 1 };
    uint32_t *cells;

    if (in_place(c, node)) {
        p.copied = false;
        p.first_row = v->first_row + v->origin / lanes;
        p.stride = v->rows_per_channel;
        p.out_origin = v->origin % lanes;
        p.rows = hcl_rows_for(c->m, p.out_origin + items);
        return p;
    }
    hcl_gadget_region(c, node, "copy of the input", nd->inputs[0]);
    cells = malloc((size_t)rows * lanes * sizeof(*cells));
    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u planes", p.count);
    for (uint32_t i = 0; cells && i < p.count; i++)
        copy_input(c, node, i, cells);
    free(cells);
    return p;
}

int64_t *hcl_inputs_kernel(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const struct hcl_view *v = hcl_planes_item(c, node, 0, 0);
    const struct hcl_fx_tensor *w = &c->g->tensors[nd->inputs[1]];
    const size_t outputs = c->g->tensors[nd->output].dims[3];
    uint32_t y, x;
    int64_t *kernel;

    if (c->m->weight_columns == 0)
        return NULL;
    kernel = calloc(outputs * p->count, sizeof(*kernel));
    if (!kernel)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the weights of '%s'", nd->name);
    for (size_t i = 0; kernel && i < outputs * p->count; i++)
        if (hcl_input_at(nd, v, (uint32_t)(i % p->count), &y, &x))
            kernel[i] = hcl_fx_constant(w, i);
    return kernel;
}
