/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/layers.h"

#include "coordinator/cli/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Regions of one layer follow each other. Returns the next layer's first. */
static size_t read_layer(struct hcl_layer *out, const struct hcl_layout *l, size_t i)
{
    const struct hcl_layout_region *first = &l->regions[i];
    *out = (struct hcl_layer){ .first = first };
    for (; i < l->num_regions && l->regions[i].node == first->node &&
           strcmp(l->regions[i].name, first->name) == 0;
         i++) {
        out->rows += l->regions[i].rows;
        out->weight_rows += l->regions[i].weight_rows;
        out->cells += l->regions[i].cells;
        out->lookups += l->regions[i].lookups;
        out->multiplications += l->regions[i].multiplications;
    }
    return i;
}

/* The proof would be made in the same way. */
static struct hcl_cost cost_without(const struct hcl_layout *l, int ranks, const struct hcl_savings *savings,
                                    const struct hcl_layer *y)
{
    struct hcl_layout rest = *l;
    struct hcl_shape *s = &rest.shape;
    s->savings_given = true;
    s->savings = *savings;
    s->rows -= y->rows < s->rows ? y->rows : s->rows;
    s->weight_rows -= y->weight_rows < s->weight_rows ? y->weight_rows : s->weight_rows;
    s->lookups -= y->lookups < s->lookups ? y->lookups : s->lookups;
    s->multiplications = fmax(s->multiplications - y->multiplications, 0);
    return hcl_predict(&rest, ranks, 0);
}

static double of_rows(const struct hcl_layout *l, const struct hcl_layer *y)
{
    return l->rows ? (double)y->rows / l->rows : 0;
}

hcl_status hcl_layers_of(struct hcl_layers *out, const struct hcl_layout *l, int ranks, uint64_t memory_limit,
                         struct hcl_err *err)
{
    double added[HCL_COST_PHASES] = { 0 };
    *out = (struct hcl_layers){ .all = calloc(l->num_regions + 1, sizeof *out->all),
                                .whole = hcl_predict(l, ranks, memory_limit) };
    if (out->all == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu layers", l->num_regions);
    for (size_t i = 0; i < l->num_regions;) {
        struct hcl_layer *y = &out->all[out->count++];
        i = read_layer(y, l, i);
        const struct hcl_cost rest = cost_without(l, ranks, &out->whole.savings, y);
        for (int p = 0; p < HCL_COST_PHASES; p++) {
            y->phase[p] = out->whole.phase[p].seconds - rest.phase[p].seconds;
            added[p] += y->phase[p];
        }
    }
    for (size_t i = 0; i < out->count; i++)
        for (int p = 0; p < HCL_COST_PHASES; p++)
            out->all[i].phase[p] += of_rows(l, &out->all[i]) * (out->whole.phase[p].seconds - added[p]);
    return HCL_OK;
}

void hcl_layers_clear(struct hcl_layers *s)
{
    free(s->all);
    *s = (struct hcl_layers){ 0 };
}

double hcl_layer_seconds(const struct hcl_layer *y)
{
    double sum = 0;
    for (int p = 0; p < HCL_COST_PHASES; p++)
        sum += y->phase[p];
    return sum;
}

const char *hcl_layer_kind(const struct hcl_layer *y)
{
    return y->first->primitive ? y->first->primitive : "constants and inputs";
}

void hcl_layer_sum_add(struct hcl_layer_sum *to, const struct hcl_layer *y)
{
    to->rows += y->rows;
    to->weight_rows += y->weight_rows;
    to->lookups += 2 * y->lookups;
    to->seconds += hcl_layer_seconds(y);
}

/* Measured seconds of a phase go to layers as predicted ones do. */
static double measured_seconds(const struct hcl_layers *s, const struct hcl_layout *l,
                               const struct hcl_layer *y, const struct hcl_report *r)
{
    double sum = 0;
    for (int p = 0; p < HCL_COST_PHASES; p++) {
        const double whole = s->whole.phase[p].seconds;
        sum += (whole > 0 ? y->phase[p] / whole : of_rows(l, y)) * hcl_report_busy(r, hcl_cost_phase_name(p));
    }
    return sum;
}

static json_t *layer_json(const struct hcl_layers *s, const struct hcl_layout *l, const struct hcl_layer *y,
                          const struct hcl_report *r)
{
    double memory = 0;
    for (size_t i = 0; i < r->ranks; i++)
        memory = fmax(memory, (double)r->ranks_cost[i].memory_peak);
    return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:I, s:I}", "layer", y->first->name,
                     "node", y->first->node == UINT32_MAX ? json_null() : json_integer(y->first->node),
                     "first_row", (json_int_t)y->first->first_row, "rows", (json_int_t)y->rows, "weight_rows",
                     (json_int_t)y->weight_rows, "cells", (json_int_t)y->cells, "lookups",
                     2 * (json_int_t)y->lookups, "predicted_seconds", hcl_layer_seconds(y),
                     "measured_seconds", measured_seconds(s, l, y, r), "predicted_memory_bytes",
                     (json_int_t)(of_rows(l, y) * s->whole.memory_bytes), "measured_memory_bytes",
                     (json_int_t)(of_rows(l, y) * memory));
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

json_t *hcl_layers_json(const struct hcl_layout *l, int ranks, uint64_t memory_limit,
                        const struct hcl_report *r, const json_t *errors)
{
    struct hcl_layers s;
    json_t *out = json_array();
    if (hcl_layers_of(&s, l, ranks, memory_limit, NULL) != HCL_OK) {
        json_decref(out);
        return NULL;
    }
    for (size_t i = 0; i < s.count; i++) {
        json_t *layer = layer_json(&s, l, &s.all[i], r);
        if (layer && errors)
            add_error(layer, errors);
        json_array_append_new(out, layer);
    }
    hcl_layers_clear(&s);
    return out;
}
