/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/places.h"
#include "compiler/gadgets/gadget.h"

#define MIN_PARALLEL 20000 /* elements */

void hcl_places_take(struct hcl_places *out, struct hcl_lower *c)
{
    *out = (struct hcl_places){ .views = c->views, .placed = c->placed, .lanes = c->m->lanes };
    c->views = NULL;
    c->placed = NULL;
    out->lists = hcl_machine_take_views(c->m, &out->num_lists);
}

void hcl_places_clear(struct hcl_places *p)
{
    for (size_t i = 0; i < p->num_lists; i++)
        free(p->lists[i]);
    free(p->lists);
    free(p->views);
    free(p->placed);
    *p = (struct hcl_places){ 0 };
}

static void read_view(const struct hcl_view *v, uint32_t lanes, const int64_t *y, int64_t *to)
{
    const size_t positions = (size_t)v->h * v->w;

#pragma omp parallel for schedule(static) if (positions * v->c > MIN_PARALLEL)
    for (size_t p = 0; p < positions; p++)
        for (uint32_t c = 0; c < v->c; c++)
            to[p * v->c + c] = y[hcl_view_cell_of(lanes, v, (uint32_t)(p / v->w), (uint32_t)(p % v->w), c)];
}

/* Operands of what the interpreter computes. */
static void want_operands(const struct hcl_places *p, const struct hcl_fx_graph *g, bool *wanted)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        for (size_t k = 0; !p->placed[g->nodes[i].output] && k < HCL_FX_MOST_OPERANDS; k++)
            if (g->nodes[i].inputs[k] != HCL_FX_NONE)
                wanted[g->nodes[i].inputs[k]] = true;
}

hcl_status hcl_places_read(const struct hcl_places *p, const struct hcl_fx_graph *g,
                           const struct hcl_cells *cells, struct hcl_fx_values *v, bool *wanted,
                           struct hcl_err *err)
{
    hcl_status st = HCL_OK;

    if (wanted != NULL)
        want_operands(p, g, wanted);
    for (size_t i = 0; i < g->num_nodes && st == HCL_OK; i++) {
        const uint32_t t = g->nodes[i].output;
        if (!p->placed[t])
            st = hcl_interpret_node(g, i, v, err);
        else if (wanted == NULL || wanted[t])
            read_view(&p->views[t], p->lanes, cells->y, v->tensor[t]);
    }
    return st;
}
