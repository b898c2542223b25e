/* SPDX-License-Identifier: Apache-2.0 */
/* An input of the model that a convolution with a stride alone reads lies as the planes of that convolution
 * from the beginning: each element in the cells that copies of it would have, of which the first is the input
 * and looked up. */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/planes_internal.h"
#include <stdlib.h>

uint32_t hcl_planes_input_reader(const struct hcl_lower *c, uint32_t tensor)
{
    uint32_t reader = HCL_NONE;

    for (uint32_t i = 0; i < c->g->num_nodes; i++)
        for (size_t k = 0; k < HCL_FX_MOST_OPERANDS; k++) {
            const struct hcl_fx_node *n = &c->g->nodes[i];
            const uint32_t *y = c->g->tensors[n->output].dims;
            if (n->inputs[k] != tensor)
                continue;
            if (reader != HCL_NONE || k > 0 || (n->op != HCL_FX_CONV && n->op != HCL_FX_DEPTHWISE) ||
                (n->stride_y == 1 && n->stride_x == 1) || (y[1] == 1 && y[2] == 1))
                return HCL_NONE;
            reader = i;
        }
    return reader;
}

/* Views whose cells are the numbers of the inputs' elements, until these have cells. */
static void number_elements(struct hcl_lower *c, uint32_t node, const uint32_t *bases, size_t apart)
{
    for (uint32_t item = 0; item < hcl_fx_items(c->g); item++) {
        const uint32_t tensor = c->g->nodes[node + item].inputs[0], *dims = c->g->tensors[tensor].dims;
        const struct hcl_view v = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
        for (size_t i = 0; v.cells && i < (size_t)v.h * v.w * v.c; i++)
            v.cells[i] = bases[item * apart] + (uint32_t)i;
        c->views[tensor] = v;
        c->placed[tensor] = true;
    }
}

/* A row of elements, by number, and zeros; to[number]: their cells. */
static void place_row(struct hcl_lower *c, const struct hcl_fx_tensor *t, const uint32_t *elements,
                      uint32_t *to)
{
    struct hcl_row_spec spec = { .fn = hcl_machine_fn(c->m, t->lo, t->hi, NULL),
                                 .range = hcl_machine_range(c->m, 0, 0) };
    const uint32_t first = hcl_machine_next_row(c->m) * c->m->lanes;

    for (uint32_t j = 0; j < c->m->lanes; j++) {
        spec.y[j] = HCL_SRC_CELL | hcl_machine_zero(c->m);
        if (elements[j] == HCL_NONE)
            continue;
        if (to[elements[j]] != HCL_NONE) {
            spec.y[j] = HCL_SRC_CELL | to[elements[j]];
            continue;
        }
        spec.y[j] = HCL_SRC_INPUT | elements[j];
        spec.lookups |= (uint32_t)1 << j;
        to[elements[j]] = first + j;
    }
    hcl_machine_row(c->m, &spec);
}

/* Elements that the node does not read: they are inputs all the same, of the range that is said. */
static void place_others(struct hcl_lower *c, uint32_t node, uint32_t *to)
{
    uint32_t row[HCL_MAX_LANES] = { 0 }, n = 0;
    const struct hcl_fx_tensor *t = &c->g->tensors[c->g->nodes[node].inputs[0]];

    for (uint32_t item = 0; item < hcl_fx_items(c->g); item++) {
        const struct hcl_view *v = hcl_planes_item(c, node, 0, item);
        for (size_t i = 0; i < (size_t)v->h * v->w * v->c; i++) {
            if (to[v->cells[i]] == HCL_NONE)
                row[n++] = v->cells[i];
            if (n < c->m->lanes)
                continue;
            place_row(c, t, row, to);
            n = 0;
        }
    }
    if (n == 0)
        return;
    while (n < c->m->lanes)
        row[n++] = HCL_NONE;
    place_row(c, t, row, to);
}

static void place(struct hcl_lower *c, uint32_t node, uint32_t *to)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    struct hcl_plane_copy t;
    const struct hcl_planes p = hcl_planes_copied(c, nd, hcl_planes_items(c, nd), &t);
    uint32_t *cells = malloc((size_t)p.rows * c->m->lanes * sizeof(*cells));

    if (!cells) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for an input of %u planes", p.count);
        return;
    }
    c->input_planes[nd->inputs[0]] = hcl_machine_next_row(c->m);
    for (uint32_t i = 0; c->m->status == HCL_OK && i < p.count; i++) {
        hcl_plane_cells(c, node, &p, &t, i, cells);
        for (uint32_t row = 0; row < p.rows; row++)
            place_row(c, &c->g->tensors[nd->inputs[0]], cells + (size_t)row * c->m->lanes, to);
    }
    free(cells);
    if (c->m->status == HCL_OK)
        place_others(c, node, to);
}

void hcl_planes_place_input(struct hcl_lower *c, uint32_t node, const uint32_t *bases, size_t apart)
{
    const uint32_t items = hcl_fx_items(c->g), tensor = c->g->nodes[node].inputs[0];
    const size_t len = hcl_fx_tensor_len(c->g, tensor), last = bases[(items - 1) * apart] + len;
    uint32_t *to = malloc((last + 1) * sizeof(*to)); /* by number */

    hcl_machine_region(c->m, HCL_NONE, c->g->tensors[tensor].name, "input", tensor);
    number_elements(c, node, bases, apart);
    if (!to) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
        return;
    }
    for (size_t i = 0; i <= last; i++)
        to[i] = HCL_NONE;
    if (c->m->status == HCL_OK)
        place(c, node, to);
    for (uint32_t item = 0; c->m->status == HCL_OK && item < items; item++)
        for (size_t i = 0; i < len; i++) {
            uint32_t *cell = &hcl_planes_item(c, node, 0, item)->cells[i];
            *cell = to[*cell];
        }
    free(to);
}
