/* SPDX-License-Identifier: Apache-2.0 */
/* A layout for people and for programs. */
#include "common/sys/printable.h"
#include "compiler/compile.h"
#include "compiler/layout/finish.h"
#include <string.h>

static bool same_layer(const struct hcl_layout_region *a, const struct hcl_layout_region *b)
{
    return a->node == b->node && strcmp(a->name, b->name) == 0;
}

/* Regions of one layer follow each other; the sums from region i on. Returns the next region. */
static size_t layer_sum(const struct hcl_layout *l, size_t i, struct hcl_layout_region *sum)
{
    size_t j = i;

    *sum = (struct hcl_layout_region){ 0 };
    for (; j < l->num_regions && same_layer(&l->regions[i], &l->regions[j]); j++) {
        sum->rows += l->regions[j].rows;
        sum->weight_rows += l->regions[j].weight_rows;
        sum->cells += l->regions[j].cells;
    }
    return j;
}

/* A line for each purpose, of which a batch may have a region for each item. */
static void print_purposes(const struct hcl_layout *l, size_t first, size_t end, FILE *to)
{
    for (size_t j = first; j < end; j++) {
        struct hcl_layout_region sum = { 0 };
        bool told = false;
        for (size_t k = first; k < end; k++) {
            if (strcmp(l->regions[k].what, l->regions[j].what) != 0)
                continue;
            told = told || k < j;
            sum.rows += l->regions[k].rows;
            sum.weight_rows += l->regions[k].weight_rows;
            sum.cells += l->regions[k].cells;
        }
        if (!told)
            hcl_print_line(to, "%9s %8u %11u %10zu    %s", "", sum.rows, sum.weight_rows, sum.cells,
                           l->regions[j].what);
    }
}

static void print_layers(const struct hcl_layout *l, FILE *to)
{
    fprintf(to, "%9s %8s %11s %10s  %s\n", "first row", "rows", "weight rows", "cells", "layer");
    for (size_t i = 0, next; i < l->num_regions; i = next) {
        struct hcl_layout_region sum;
        next = layer_sum(l, i, &sum);
        hcl_print_line(to, "%9u %8u %11u %10zu  %s", l->regions[i].first_row, sum.rows, sum.weight_rows,
                       sum.cells, l->regions[i].name);
        print_purposes(l, i, next, to);
    }
}

/* What a shorter proof or less memory was bought with. */
static void print_choice(const struct hcl_layout *l, FILE *to)
{
    const struct hcl_candidate *fastest = NULL;

    for (size_t i = 0; i < l->num_candidates; i++) {
        const struct hcl_candidate *a = &l->candidates[i];
        if (a->fits && (!fastest || a->cost.seconds < fastest->cost.seconds))
            fastest = a;
    }
    if (fastest && fastest->cost.seconds < l->cost.seconds)
        fprintf(to,
                "the fastest layout, k = %u with %u lanes, takes %.3f s (%.1f %% less): proof %zu bytes\n",
                fastest->k, fastest->lanes, fastest->cost.seconds,
                100 * (1 - fastest->cost.seconds / l->cost.seconds), fastest->cost.proof_bytes);
}

void hcl_layout_print(const struct hcl_layout *l, FILE *to)
{
    const struct hcl_cost *c = &l->cost;

    fprintf(to,
            "k = %u, %u lanes, %u weight columns, degree %u: %u of %u rows used, weights %u rows, tables %u "
            "rows (%u "
            "functions, %u ranges)\n",
            l->k, l->lanes, l->weight_columns, l->degree, l->rows, l->usable_rows, l->weight_rows,
            l->table_rows, l->functions, l->ranges);
    if (l->random_rows)
        fprintf(to, "%u random rows of each weight column hide committed weights\n", l->random_rows);
    fprintf(to, "columns: %u fixed, %u small advice, %u full advice, %u in the permutation (%u products)\n",
            c->fixed, c->advice_small, c->advice_full, c->permutation, c->permutation_chunks);
    fprintf(to, "%zu cells, %zu look-ups, %zu copies, %u public values\n", l->cells, 2 * l->lookups,
            l->copies, l->public_values);
    fprintf(to, "proof %zu bytes; predicted %.3f s of one thread\n", c->proof_bytes, c->seconds);
    print_choice(l, to);
    print_layers(l, to);
    fprintf(to, "alternatives:\n%6s %7s %4s %7s %9s %9s %9s %8s %9s %8s\n", "lanes", "weights", "k", "degree",
            "rows", "weight r.", "table", "proof", "seconds", "MB");
    for (size_t i = 0; i < l->num_candidates; i++) {
        const struct hcl_candidate *a = &l->candidates[i];
        bool chosen = a->lanes == l->lanes && a->k == l->k && a->degree == l->degree &&
                      a->weight_columns == l->weight_columns;
        fprintf(to, "%6u %7u %4u %7u %9u %9u %9u %8zu %9.3f %8.0f%s\n", a->lanes, a->weight_columns, a->k,
                a->degree, a->rows, a->weight_rows, a->table_rows, a->cost.proof_bytes, a->cost.seconds,
                a->cost.memory_bytes / 1e6,
                chosen    ? "  chosen"
                : a->fits ? ""
                          : "  too large");
    }
}

/* {name: {seconds, msms, ntts}} */
static json_t *phases_json(const struct hcl_cost *c)
{
    json_t *all = json_object();

    for (int i = 0; all && i < HCL_COST_PHASES; i++)
        json_object_set_new(all, hcl_cost_phase_name(i),
                            json_pack("{s:f, s:i, s:i}", "seconds", c->phase[i].seconds, "msms",
                                      (int)c->phase[i].msms, "ntts", (int)c->phase[i].ntts));
    return all;
}

static json_t *cost_json(const struct hcl_cost *c)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:b, s:f, s:f, s:o*}", "fixed_columns",
                     (int)c->fixed, "small_advice_columns", (int)c->advice_small, "full_advice_columns",
                     (int)c->advice_full, "permutation_columns", (int)c->permutation, "permutation_products",
                     (int)c->permutation_chunks, "quotient_pieces", (int)c->quotient_pieces, "proof_bytes",
                     (json_int_t)c->proof_bytes, "keeps_cosets", (int)!c->savings.key_anew, "memory_bytes",
                     c->memory_bytes, "seconds", c->seconds, "phases", phases_json(c));
}

static json_t *region_json(const struct hcl_layout_region *r)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "layer", r->name, "what", r->what,
                     "first_row", (json_int_t)r->first_row, "rows", (json_int_t)r->rows, "cells",
                     (json_int_t)r->cells, "lookups", 2 * (json_int_t)r->lookups, "first_weight_row",
                     (json_int_t)r->first_weight_row, "weight_rows", (json_int_t)r->weight_rows, "node",
                     r->node == HCL_NONE ? json_null() : json_integer(r->node), "tensor",
                     r->tensor == HCL_NONE ? json_null() : json_integer(r->tensor));
}

static json_t *candidate_json(const struct hcl_candidate *a)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:I, s:I, s:I, s:b, s:o}", "lanes", (int)a->lanes,
                     "weight_columns", (int)a->weight_columns, "k", (int)a->k, "degree", (int)a->degree,
                     "rows", (json_int_t)a->rows, "weight_rows", (json_int_t)a->weight_rows, "table_rows",
                     (json_int_t)a->table_rows, "fits", (int)a->fits, "cost", cost_json(&a->cost));
}

json_t *hcl_layout_json(const struct hcl_layout *l)
{
    json_t *regions = json_array(), *candidates = json_array();

    for (size_t i = 0; i < l->num_regions; i++)
        json_array_append_new(regions, region_json(&l->regions[i]));
    for (size_t i = 0; i < l->num_candidates; i++)
        json_array_append_new(candidates, candidate_json(&l->candidates[i]));
    return json_pack(
        "{s:i, s:I, s:I, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:o, s:o, s:o}",
        "weight_columns", (int)l->weight_columns, "weight_rows", (json_int_t)l->weight_rows, "random_rows",
        (json_int_t)l->random_rows, "lanes", (int)l->lanes, "k", (int)l->k, "degree", (int)l->degree, "rows",
        (json_int_t)l->rows, "usable_rows", (json_int_t)l->usable_rows, "table_rows",
        (json_int_t)l->table_rows, "public_values", (json_int_t)l->public_values, "cells",
        (json_int_t)l->cells, "lookups", 2 * (json_int_t)l->lookups, "copies", (json_int_t)l->copies,
        "functions", (int)l->functions, "ranges", (int)l->ranges, "cost", cost_json(&l->cost), "regions",
        regions, "alternatives", candidates);
}
