/* SPDX-License-Identifier: Apache-2.0 */
/* A whole graph: inputs, nodes in order, outputs. */
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/picks.h"
#include "compiler/gadgets/planes.h"
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

/* A graph input of all items that are laid out together: those of a batch, or one alone. */
struct input {
    const struct hcl_fx_tensor *t;   /* of the first item */
    const uint32_t *tensors, *bases; /* by item, `apart` entries from each other: its tensor, its first
                                        element among the program's inputs */
    size_t apart, items, plane;
    bool packed;      /* its images are smaller than a row, so that elements lie one after the other */
    bool by_position; /* the elements of each position have rows of their own */
};

/* The node reads operand k in vectors that lie in rows of their own (scale.h, sums.h). */
static bool reads_vectors(const struct hcl_lower *c, const struct hcl_fx_node *n, uint32_t k)
{
    const struct hcl_fx_graph *g = c->g;

    if (n->op == HCL_FX_NORM)
        return true;
    return n->op == HCL_FX_ADD && n->map == NULL &&
           hcl_fx_tensor_len(g, n->inputs[k]) == hcl_fx_tensor_len(g, n->output) &&
           (g->tensors[n->inputs[1 - k]].data != NULL || hcl_gadget_reads(c, HCL_FX_NORM, n->output));
}

/* Nothing but nodes that read vectors reads the input, and these are of several rows. */
static bool read_by_position(const struct hcl_lower *c, uint32_t tensor)
{
    const uint32_t *dims = c->g->tensors[tensor].dims;
    bool any = false;

    if (dims[1] * dims[2] == 1 || dims[3] < 2 * c->m->lanes)
        return false;
    for (size_t i = 0; i < c->g->num_nodes; i++)
        for (uint32_t k = 0; k < HCL_FX_MOST_OPERANDS; k++) {
            if (c->g->nodes[i].inputs[k] != tensor)
                continue;
            if (k > 1 || !reads_vectors(c, &c->g->nodes[i], k))
                return false;
            any = true;
        }
    return any;
}

/* Block, packed cells or vectors, from `first_row` on. */
static void set_input_view(struct hcl_lower *c, const struct input *in, uint32_t first_row, uint32_t item)
{
    const uint32_t *dims = in->t->dims, tensor = in->tensors[item * in->apart];
    struct hcl_view v = { .h = dims[1], .w = dims[2], .c = dims[3] };

    if (in->by_position) {
        v = hcl_machine_view_positions(c->m, dims, first_row, 0);
    } else if (in->packed) {
        v = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
        for (size_t i = 0; v.cells && i < in->plane * dims[3]; i++)
            v.cells[hcl_element_at(dims, i).nhwc] = first_row * c->m->lanes + (uint32_t)i;
    } else {
        v.first_row = first_row;
        v.rows_per_channel = hcl_rows_for(c->m, (uint32_t)(in->items * in->plane));
        v.pitch = dims[2];
        v.origin = (uint32_t)(item * in->plane);
    }
    c->views[tensor] = v;
    c->placed[tensor] = true;
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

/* Cell e of the images of a channel, item by item, of all elements where they are packed, or of a position.
 */
static hcl_src input_source(const struct input *in, size_t channel, size_t e)
{
    if (in->by_position)
        return HCL_SRC_INPUT | (in->bases[0] + channel * in->t->dims[3] + e);
    const size_t item = in->packed ? 0 : e / in->plane,
                 element = in->packed ? e : channel * in->plane + e % in->plane;

    return HCL_SRC_INPUT | (in->bases[item * in->apart] + hcl_element_at(in->t->dims, element).nhwc);
}

static void place_input(struct hcl_lower *c, const struct input *in)
{
    const struct hcl_fx_tensor *t = in->t;
    const bool bare = hcl_fx_is_looked_up(c->g, in->tensors[0]);
    size_t runs = in->packed ? 1 : t->dims[3], /* each of elements that lie side by side */
        run = in->packed ? in->plane * t->dims[3] : in->items * in->plane;
    const uint32_t first_row = hcl_machine_next_row(c->m), lanes = c->m->lanes;

    if (in->by_position) {
        runs = in->plane;
        run = t->dims[3];
    }
    hcl_machine_region(c->m, HCL_NONE, t->name, "input", in->tensors[0]);
    for (size_t channel = 0; channel < runs; channel++) {
        for (size_t i = 0; c->m->status == HCL_OK && i < run; i += lanes) {
            uint32_t n = run - i < lanes ? (uint32_t)(run - i) : lanes;
            hcl_src sources[HCL_MAX_LANES];
            for (uint32_t j = 0; j < n; j++)
                sources[j] = input_source(in, channel, i + j);
            if (bare)
                place_bare(c, sources, n);
            else
                hcl_lane_checked(c, sources, n, t->lo, t->hi);
        }
    }
    for (uint32_t item = 0; item < in->items; item++)
        set_input_view(c, in, first_row, item);
}

/* Images of a batch share blocks: a convolution reads all of them where they lie. */
static void place_inputs(struct hcl_lower *c)
{
    const size_t items = hcl_fx_items(c->g), each = c->g->num_inputs / items;
    uint32_t *bases = calloc(c->g->num_inputs + 1, sizeof(*bases));

    if (!bases)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    for (size_t i = 0; bases && i < c->g->num_inputs; i++) {
        const struct hcl_fx_tensor *t = &c->g->tensors[c->g->inputs[i]];
        bases[i] = hcl_machine_input(c->m, t->name, (uint32_t)hcl_fx_tensor_len(c->g, c->g->inputs[i]), t->lo,
                                     t->hi);
    }
    for (size_t i = 0; bases && i < each; i++) {
        struct input in = { .t = &c->g->tensors[c->g->inputs[i]], .apart = each };
        const uint32_t reader = hcl_planes_input_reader(c, c->g->inputs[i]);
        if (reader != HCL_NONE) {
            hcl_planes_place_input(c, reader, &bases[i], each);
            continue;
        }
        in.plane = (size_t)in.t->dims[1] * in.t->dims[2];
        in.by_position = read_by_position(c, c->g->inputs[i]);
        in.packed = !in.by_position && in.plane < c->m->lanes;
        in.items = in.packed || in.by_position ? 1 : items;
        for (size_t first = i; first < c->g->num_inputs; first += in.items * each) {
            in.tensors = &c->g->inputs[first];
            in.bases = &bases[first];
            place_input(c, &in);
        }
    }
    free(bases);
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

static void lower_node(struct hcl_lower *c, uint32_t node)
{
    const hcl_fx_op op = c->g->nodes[node].op;

    if (op >= HCL_FX_OP_COUNT)
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s' is of an unknown kind", c->g->nodes[node].name);
    else if (!hcl_primitive_of(op)->joins_items || node % hcl_fx_items(c->g) == 0)
        hcl_primitive_of(op)->gadget(c, node);
}

static void lower_all(struct hcl_lower *c)
{
    place_inputs(c);
    for (uint32_t i = 0; c->m->status == HCL_OK && i < c->g->num_nodes; i++)
        lower_node(c, i);
    for (size_t i = 0; c->g->input_visibility == HCL_PUBLIC && i < c->g->num_inputs; i++)
        publish(c, c->g->inputs[i]);
    for (size_t i = 0; i < c->g->num_outputs; i++) {
        set_output(c, c->g->outputs[i]);
        if (c->g->output_visibility == HCL_PUBLIC)
            publish(c, c->g->outputs[i]);
    }
}

/* By tensor, HCL_NONE for none yet. */
static uint32_t *rows_of_tensors(const struct hcl_fx_graph *g)
{
    uint32_t *rows = malloc((g->num_tensors + 1) * sizeof(*rows));

    for (size_t i = 0; rows && i < g->num_tensors; i++)
        rows[i] = HCL_NONE;
    return rows;
}

hcl_status hcl_lower_graph(struct hcl_lower *c, struct hcl_machine *m, const struct hcl_fx_graph *g,
                           const struct hcl_lower_size *size, struct hcl_err *err)
{
    hcl_status st;

    *c = (struct hcl_lower){ .m = m, .g = g };
    HCL_TRY(hcl_machine_init(m, size->lanes, size->weight_columns, size->most_rows, err));
    m->prog.weight_digits = g->weight_visibility == HCL_PRIVATE ? 1 : HCL_MAX_DIGITS;
    hcl_machine_expect_weights(m, size->weight_rows);
    c->views = calloc(g->num_tensors + 1, sizeof(*c->views));
    c->placed = calloc(g->num_tensors + 1, sizeof(*c->placed));
    c->plane_copies = rows_of_tensors(g);
    c->input_planes = rows_of_tensors(g);
    if (!c->views || !c->placed || !c->plane_copies || !c->input_planes) {
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
    free(c->input_planes);
    *c = (struct hcl_lower){ 0 };
}
