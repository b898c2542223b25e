/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/layers.h"

#include "coordinator/cli/predict.h"

#include <math.h>
#include <string.h>

struct split {
    const struct hcl_layout *l;
    int ranks;
    uint64_t memory_limit;
    struct hcl_cost whole;
    double measured[HCL_COST_PHASES]; /* seconds */
    double measured_memory;
};

/* What regions of one layer hold together. */
struct layer {
    const struct hcl_layout_region *first;
    uint32_t rows, weight_rows;
    size_t cells, lookups;
};

/* Regions of one layer follow each other. Returns the next layer's first. */
static size_t read_layer(struct layer *out, const struct hcl_layout *l, size_t i)
{
    const struct hcl_layout_region *first = &l->regions[i];
    *out = (struct layer){ .first = first };
    for (; i < l->num_regions && l->regions[i].node == first->node &&
           strcmp(l->regions[i].name, first->name) == 0;
         i++) {
        out->rows += l->regions[i].rows;
        out->weight_rows += l->regions[i].weight_rows;
        out->cells += l->regions[i].cells;
        out->lookups += l->regions[i].lookups;
    }
    return i;
}

static struct hcl_cost cost_without(const struct split *s, const struct layer *y)
{
    struct hcl_layout rest = *s->l;
    rest.shape.rows -= y->rows < rest.shape.rows ? y->rows : rest.shape.rows;
    rest.shape.weight_rows -=
        y->weight_rows < rest.shape.weight_rows ? y->weight_rows : rest.shape.weight_rows;
    rest.shape.lookups -= y->lookups < rest.shape.lookups ? y->lookups : rest.shape.lookups;
    return hcl_predict(&rest, s->ranks, s->memory_limit);
}

/* What all layers add to each phase. */
static void add_up(const struct split *s, double added[HCL_COST_PHASES])
{
    struct layer y;
    for (size_t i = 0; i < s->l->num_regions;) {
        i = read_layer(&y, s->l, i);
        const struct hcl_cost rest = cost_without(s, &y);
        for (int p = 0; p < HCL_COST_PHASES; p++)
            added[p] += s->whole.phase[p].seconds - rest.phase[p].seconds;
    }
}

static json_t *layer_json(const struct split *s, const struct layer *y, const double added[HCL_COST_PHASES])
{
    const struct hcl_cost rest = cost_without(s, y);
    const double of_rows = s->l->rows ? (double)y->rows / s->l->rows : 0;
    double predicted = 0, measured = 0;
    for (int p = 0; p < HCL_COST_PHASES; p++) {
        const double whole = s->whole.phase[p].seconds;
        const double own = whole - rest.phase[p].seconds + of_rows * (whole - added[p]);
        predicted += own;
        measured += whole > 0 ? own / whole * s->measured[p] : of_rows * s->measured[p];
    }
    return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:I, s:I}", "layer", y->first->name,
                     "node", y->first->node == UINT32_MAX ? json_null() : json_integer(y->first->node),
                     "first_row", (json_int_t)y->first->first_row, "rows", (json_int_t)y->rows, "weight_rows",
                     (json_int_t)y->weight_rows, "cells", (json_int_t)y->cells, "lookups",
                     2 * (json_int_t)y->lookups, "predicted_seconds", predicted, "measured_seconds", measured,
                     "predicted_memory_bytes", (json_int_t)(of_rows * s->whole.memory_bytes),
                     "measured_memory_bytes", (json_int_t)(of_rows * s->measured_memory));
}

/* A layer of the circuit may be several nodes' work; its error is that of the node it is named after. */
static void add_error(json_t *layer, const json_t *errors)
{
    size_t i;
    json_t *e;
    json_array_foreach(errors, i, e)
    {
        if (!json_equal(json_object_get(e, "node"), json_object_get(layer, "node")))
            continue;
        json_object_update(layer, e);
        return;
    }
}

static struct split make_split(const struct hcl_layout *l, int ranks, uint64_t memory_limit,
                               const struct hcl_report *r)
{
    struct split s = { .l = l, .ranks = ranks, .memory_limit = memory_limit };
    s.whole = hcl_predict(l, ranks, memory_limit);
    for (int p = 0; p < HCL_COST_PHASES; p++)
        s.measured[p] = hcl_report_busy(r, hcl_cost_phase_name(p));
    for (size_t i = 0; i < r->ranks; i++)
        s.measured_memory = fmax(s.measured_memory, (double)r->ranks_cost[i].memory_peak);
    return s;
}

json_t *hcl_layers_json(const struct hcl_layout *l, int ranks, uint64_t memory_limit,
                        const struct hcl_report *r, const json_t *errors)
{
    const struct split s = make_split(l, ranks, memory_limit, r);
    double added[HCL_COST_PHASES] = { 0 };
    json_t *out = json_array();
    struct layer y;
    add_up(&s, added);
    for (size_t i = 0; i < l->num_regions;) {
        i = read_layer(&y, l, i);
        json_t *layer = layer_json(&s, &y, added);
        if (layer && errors)
            add_error(layer, errors);
        json_array_append_new(out, layer);
    }
    return out;
}
