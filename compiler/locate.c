/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/locate.h"
#include "common/witness/columns.h"
#include "compiler/gadgets/gadget.h"
#include "compiler/layout/finish.h"

struct hcl_locator {
    const struct hcl_layout *layout;
    const struct hcl_circuit *circuit;
    struct hcl_machine machine;
    struct hcl_lower lower; /* for its views */
};

hcl_status hcl_locator_new(struct hcl_locator **out, const struct hcl_fx_graph *g,
                           const struct hcl_layout *layout, const struct hcl_circuit *circuit,
                           struct hcl_err *err)
{
    hcl_status st;
    struct hcl_locator *l = calloc(1, sizeof(*l));

    *out = NULL;
    if (!l)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the layout");
    l->layout = layout;
    l->circuit = circuit;
    const struct hcl_lower_size size = { .lanes = layout->lanes, .most_rows = layout->usable_rows };
    st = hcl_lower_graph(&l->lower, &l->machine, g, &size, err);
    if (st == HCL_OK)
        *out = l;
    else
        free(l);
    return st;
}

void hcl_locator_free(struct hcl_locator *l)
{
    if (!l)
        return;
    hcl_lower_clear(&l->lower);
    hcl_machine_clear(&l->machine);
    free(l);
}

/* The lane that a constraint is about; HCL_NONE: the whole row. */
static uint32_t lane_of(const struct hcl_locator *l, const struct hcl_violation *v)
{
    uint32_t lanes = l->layout->lanes;

    if (v->kind == HCL_VIOLATED_GATE)
        return hcl_machine_gate_lane(lanes, v->gate);
    if (v->kind == HCL_VIOLATED_COPY) {
        hcl_column left = l->circuit->permutation[l->circuit->copies[v->index].left_column];
        for (uint32_t j = 0; left.kind == HCL_COL_ADVICE && j < lanes; j++)
            if (left.index == hcl_col_y(lanes, j))
                return j;
    }
    return HCL_NONE;
}

struct element {
    size_t item, y, x, c;
};

/* The element that Y cell number `cell` holds. */
static bool find_in_view(const struct hcl_view *v, uint32_t lanes, size_t cell, struct element *e)
{
    if (v->cells) {
        size_t i = 0, len = (size_t)v->h * v->w * v->c;
        while (i < len && v->cells[i] != cell)
            i++;
        e->y = i / v->c / v->w;
        e->x = i / v->c % v->w;
        e->c = i % v->c;
        return i < len;
    }
    size_t row = cell / lanes;
    if (row < v->first_row || row >= v->first_row + (size_t)v->c * v->rows_per_channel)
        return false;
    e->c = (row - v->first_row) / v->rows_per_channel;
    cell -= (v->first_row + e->c * v->rows_per_channel) * lanes;
    if (cell < v->origin)
        return false;
    e->y = (cell - v->origin) / v->pitch;
    e->x = (cell - v->origin) % v->pitch;
    return e->y < v->h && e->x < v->w;
}

/* The same, where the tensor is one of a batch in any of its items. */
static bool find_element(const struct hcl_locator *l, uint32_t tensor, size_t cell, struct element *e)
{
    const struct hcl_fx_graph *g = l->lower.g;

    for (uint32_t t = tensor; t < g->num_tensors; t++) {
        if (g->tensors[t].name != g->tensors[tensor].name || !l->lower.placed[t] ||
            !find_in_view(&l->lower.views[t], l->layout->lanes, cell, e))
            continue;
        e->item = g->tensors[t].item;
        return true;
    }
    return false;
}

/* " 'y'[0,1,2,0]", or first and last of the row, or nothing. The first index is the item of a batch. */
static void print_elements(const struct hcl_locator *l, uint32_t tensor, size_t row, uint32_t lane,
                           char *text, size_t size)
{
    uint32_t lanes = l->layout->lanes, count = 0;
    struct element first = { 0 }, last = { 0 }, e = { 0 };

    for (uint32_t j = 0; j < lanes; j++) {
        if ((lane != HCL_NONE && j != lane) || !find_element(l, tensor, row * lanes + j, &e))
            continue;
        last = e;
        first = count++ ? first : e;
    }
    if (count == 1)
        snprintf(text, size, "[%zu,%zu,%zu,%zu]", first.item, first.y, first.x, first.c);
    else if (count > 1)
        snprintf(text, size, "[%zu,%zu,%zu,%zu] to [%zu,%zu,%zu,%zu]", first.item, first.y, first.x, first.c,
                 last.item, last.y, last.x, last.c);
}

/* The layer and tensor that a weight row belongs to. */
static void describe_weights(const struct hcl_locator *l, size_t row, char *text, size_t size)
{
    for (size_t i = 0; i < l->layout->num_regions; i++) {
        const struct hcl_layout_region *r = &l->layout->regions[i];
        if (row < r->first_weight_row || row - r->first_weight_row >= r->weight_rows)
            continue;
        int n = snprintf(text, size, "%s: %s, weight row %zu of %u", r->name, r->what,
                         row - r->first_weight_row, r->weight_rows);
        if (r->tensor != HCL_FX_NONE && n >= 0 && (size_t)n < size)
            snprintf(text + n, size - (size_t)n, ", tensor '%s'", l->lower.g->tensors[r->tensor].name);
        return;
    }
}

void hcl_locator_describe(void *locator, const struct hcl_violation *v, char *text, size_t size)
{
    const struct hcl_locator *l = locator;
    char elements[128] = "";

    text[0] = '\0';
    if (v->kind == HCL_VIOLATED_GATE && hcl_machine_gate_of_weights(l->layout->lanes, v->gate)) {
        describe_weights(l, v->row, text, size);
        return;
    }
    for (size_t i = 0; i < l->layout->num_regions; i++) {
        const struct hcl_layout_region *r = &l->layout->regions[i];
        if (v->row < r->first_row || v->row - r->first_row >= r->rows)
            continue;
        int n =
            snprintf(text, size, "%s: %s, row %zu of %u", r->name, r->what, v->row - r->first_row, r->rows);
        if (r->tensor == HCL_FX_NONE || n < 0 || (size_t)n >= size)
            return;
        print_elements(l, r->tensor, v->row, lane_of(l, v), elements, sizeof(elements));
        snprintf(text + n, size - (size_t)n, ", tensor '%s'%s", l->lower.g->tensors[r->tensor].name,
                 elements);
        return;
    }
}
