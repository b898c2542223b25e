/* SPDX-License-Identifier: Apache-2.0 */
/* A whole graph: inputs, nodes in order, outputs. */
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/picks.h"
#include "compiler/layout/finish.h"
#include "compiler/primitives/primitive.h"
#include <stdlib.h>

bool hcl_gadget_reads(const struct hcl_lower *c, hcl_fx_op kind, uint32_t tensor)
{
    for (size_t i = 0; i < c->g->num_nodes; i++)
        for (size_t k = 0; k < HCL_FX_MOST_OPERANDS; k++)
            if (c->g->nodes[i].op == kind && c->g->nodes[i].inputs[k] == tensor)
                return true;
    return false;
}

void hcl_gadget_region(struct hcl_lower *c, uint32_t node, const char *what, uint32_t tensor)
{
    hcl_machine_region(c->m, node, c->g->nodes[node].name, what, tensor);
}

uint32_t hcl_gadget_fn(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];

    return hcl_machine_fn(c->m, n->q_lo, n->q_hi, n->fn);
}

const struct hcl_view *hcl_gadget_input(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];

    if (!c->placed[n->inputs[0]])
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': its input is not computed before it", n->name);
    return &c->views[n->inputs[0]];
}

void hcl_gadget_set_output(struct hcl_lower *c, uint32_t node, struct hcl_view v)
{
    c->views[c->g->nodes[node].output] = v;
    c->placed[c->g->nodes[node].output] = true;
}

/* An input is a block of its own, channel-major, or packed cells when its images are smaller than a row. */
static struct hcl_view input_view(struct hcl_lower *c, const uint32_t dims[4], uint32_t first_row)
{
    uint32_t plane = dims[1] * dims[2], lanes = c->m->lanes;
    struct hcl_view v = { .h = dims[1], .w = dims[2], .c = dims[3] };

    if (plane >= lanes) {
        v.first_row = first_row;
        v.rows_per_channel = (plane + lanes - 1) / lanes;
        v.pitch = dims[2];
        return v;
    }
    v = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
    for (size_t i = 0; v.cells && i < (size_t)plane * dims[3]; i++)
        v.cells[hcl_element_at(dims, i).nhwc] = first_row * lanes + (uint32_t)i;
    return v;
}

/* Values whose range shows where they are read. */
static void place_bare(struct hcl_lower *c, const hcl_src *sources, uint32_t n)
{
    struct hcl_row_spec row = { 0 };

    for (uint32_t j = 0; j < n; j++)
        row.y[j] = sources[j];
    for (uint32_t j = n; j < c->m->lanes; j++)
        row.y[j] = HCL_SRC_CELL | hcl_machine_zero(c->m);
    hcl_machine_row(c->m, &row);
}

static void place_input(struct hcl_lower *c, uint32_t tensor)
{
    const struct hcl_fx_tensor *t = &c->g->tensors[tensor];
    const bool bare = hcl_fx_is_looked_up(c->g, tensor);
    size_t plane = (size_t)t->dims[1] * t->dims[2], len = plane * t->dims[3];
    uint32_t base = hcl_machine_input(c->m, t->name, (uint32_t)len, t->lo, t->hi);
    uint32_t first_row = hcl_machine_next_row(c->m), lanes = c->m->lanes;
    bool packed = plane < lanes;
    size_t run = packed ? len : plane; /* elements that lie side by side */

    hcl_machine_region(c->m, HCL_NONE, t->name, "input", tensor);
    for (size_t start = 0; start < len; start += run) {
        for (size_t i = 0; c->m->status == HCL_OK && i < run; i += lanes) {
            uint32_t n = run - i < lanes ? (uint32_t)(run - i) : lanes;
            hcl_src sources[HCL_MAX_LANES];
            for (uint32_t j = 0; j < n; j++)
                sources[j] = HCL_SRC_INPUT | (base + hcl_element_at(t->dims, start + i + j).nhwc);
            if (bare)
                place_bare(c, sources, n);
            else
                hcl_lane_checked(c, sources, n, t->lo, t->hi);
        }
    }
    c->views[tensor] = input_view(c, t->dims, first_row);
    c->placed[tensor] = true;
}

static uint32_t *nhwc_cells(struct hcl_lower *c, uint32_t tensor, size_t *len)
{
    const uint32_t *dims = c->g->tensors[tensor].dims;
    uint32_t *cells;

    *len = (size_t)dims[1] * dims[2] * dims[3];
    if (!c->placed[tensor])
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "output '%s' is computed by no node",
                         c->g->tensors[tensor].name);
    cells = calloc(*len + 1, sizeof(*cells));
    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    for (size_t i = 0; cells && c->m->status == HCL_OK && i < *len; i++)
        cells[i] = hcl_view_cell(c->m, &c->views[tensor], (uint32_t)(i / dims[3] / dims[2]),
                                 (uint32_t)(i / dims[3] % dims[2]), (uint32_t)(i % dims[3]));
    return cells;
}

static void publish(struct hcl_lower *c, uint32_t tensor)
{
    size_t len;
    uint32_t *cells = nhwc_cells(c, tensor, &len);

    for (size_t i = 0; c->m->status == HCL_OK && i < len; i++)
        hcl_machine_public(c->m, cells[i]);
    free(cells);
}

static void set_output(struct hcl_lower *c, uint32_t tensor)
{
    size_t len;
    uint32_t *cells = nhwc_cells(c, tensor, &len);

    if (c->m->status == HCL_OK)
        hcl_machine_output(c->m, c->g->tensors[tensor].name, cells, (uint32_t)len);
    free(cells);
}

static void lower_all(struct hcl_lower *c)
{
    for (size_t i = 0; i < c->g->num_inputs; i++)
        place_input(c, c->g->inputs[i]);
    for (uint32_t i = 0; c->m->status == HCL_OK && i < c->g->num_nodes; i++) {
        if (c->g->nodes[i].op >= HCL_FX_OP_COUNT)
            hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s' is of an unknown kind", c->g->nodes[i].name);
        else
            hcl_primitive_of(c->g->nodes[i].op)->gadget(c, i);
    }
    for (size_t i = 0; c->g->input_visibility == HCL_PUBLIC && i < c->g->num_inputs; i++)
        publish(c, c->g->inputs[i]);
    for (size_t i = 0; i < c->g->num_outputs; i++) {
        set_output(c, c->g->outputs[i]);
        if (c->g->output_visibility == HCL_PUBLIC)
            publish(c, c->g->outputs[i]);
    }
}

hcl_status hcl_lower_graph(struct hcl_lower *c, struct hcl_machine *m, const struct hcl_fx_graph *g,
                           uint32_t lanes, uint32_t weight_columns, uint32_t rows, struct hcl_err *err)
{
    hcl_status st;

    *c = (struct hcl_lower){ .m = m, .g = g };
    HCL_TRY(hcl_machine_init(m, lanes, weight_columns, rows, err));
    c->views = calloc(g->num_tensors + 1, sizeof(*c->views));
    c->placed = calloc(g->num_tensors + 1, sizeof(*c->placed));
    c->plane_copies = malloc((g->num_tensors + 1) * sizeof(*c->plane_copies));
    for (size_t i = 0; c->plane_copies && i < g->num_tensors; i++)
        c->plane_copies[i] = HCL_NONE;
    if (!c->views || !c->placed || !c->plane_copies) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the layout");
        goto done;
    }
    lower_all(c);
    HCL_TRY(hcl_machine_finish(m, err));
done:
    if (st != HCL_OK) {
        hcl_lower_clear(c);
        hcl_machine_clear(m);
    }
    return st;
}

void hcl_lower_clear(struct hcl_lower *c)
{
    hcl_picks_clear(c);
    free(c->views);
    free(c->placed);
    free(c->plane_copies);
    *c = (struct hcl_lower){ 0 };
}
