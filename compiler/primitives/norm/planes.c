/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/norm/planes.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/planes.h"
#include <stdlib.h>

/* The moves between an image and a NORM; rows of a channel from which on planes are worth their dot rows,
 * where they lie in place and where they are copied. */
enum { MOST_MOVES = 16, LEAST_ROWS = 6, LEAST_COPIED = 12 };

struct chain {
    uint32_t image;
    uint32_t moves[MOST_MOVES]; /* from the NORM to the image */
    uint32_t count;
};

static uint32_t producer(const struct hcl_fx_graph *g, uint32_t t)
{
    for (uint32_t i = 0; i < g->num_nodes; i++)
        if (g->nodes[i].output == t)
            return i;
    return HCL_FX_NONE;
}

/* false: the vectors can be no channels of an image. */
static bool find_image(const struct hcl_fx_graph *g, const struct hcl_fx_node *norm, struct chain *out)
{
    const uint32_t *x = g->tensors[norm->inputs[0]].dims;
    uint32_t t = norm->inputs[0], p = producer(g, t);

    *out = (struct chain){ .count = 0 };
    for (; p != HCL_FX_NONE && out->count < MOST_MOVES; p = producer(g, t)) {
        const struct hcl_fx_node *n = &g->nodes[p];
        if ((n->op != HCL_FX_MOVE && n->op != HCL_FX_RESHAPE) || n->inputs[1] != HCL_FX_NONE)
            break;
        /* beyond the image are moves of other kinds: concatenations, enlargements */
        if (hcl_fx_tensor_len(g, n->inputs[0]) != hcl_fx_tensor_len(g, t))
            break;
        out->moves[out->count++] = p;
        t = n->inputs[0];
    }
    out->image = t;
    const uint32_t *d = g->tensors[t].dims, vectors = x[1] * x[2];
    return out->count > 0 && d[1] * d[2] > 1 && d[3] % vectors == 0 &&
           (size_t)x[3] == (size_t)d[1] * d[2] * (d[3] / vectors);
}

/* Which element of the image each of the NORM's is, from malloc; NULL: vectors are not whole channels in
 * order. */
static uint32_t *indices(const struct hcl_fx_graph *g, const struct hcl_fx_node *norm,
                         const struct chain *chain)
{
    const size_t len = hcl_fx_tensor_len(g, norm->inputs[0]), n = g->tensors[norm->inputs[0]].dims[3];
    const uint32_t channels = g->tensors[chain->image].dims[3], each = (uint32_t)(channels / (len / n));
    uint32_t *index = malloc(len * sizeof(*index));
    bool *seen = calloc(len, sizeof(*seen)), fits = index != NULL && seen != NULL;

    for (size_t e = 0; fits && e < len; e++) {
        size_t at = e;
        for (uint32_t k = 0; fits && k < chain->count; k++) {
            const struct hcl_fx_node *move = &g->nodes[chain->moves[k]];
            fits = move->op == HCL_FX_RESHAPE || move->map[at] != HCL_FX_NONE;
            at = move->op == HCL_FX_RESHAPE || !fits ? at : move->map[at];
        }
        fits = fits && !seen[at] && at % channels / each == e / n;
        seen[at] = true;
        index[e] = (uint32_t)at;
    }
    free(seen);
    if (fits)
        return index;
    free(index);
    return NULL;
}

bool hcl_norm_reads_planes(const struct hcl_lower *c, uint32_t tensor)
{
    const struct hcl_fx_graph *g = c->g;
    const uint32_t *d = g->tensors[tensor].dims;

    if (d[1] * d[2] < LEAST_ROWS * c->m->lanes || hcl_fx_items(g) > 1)
        return false;
    for (size_t i = 0; i < g->num_nodes; i++) {
        struct chain chain;
        uint32_t *index;
        if (g->nodes[i].op != HCL_FX_NORM || !find_image(g, &g->nodes[i], &chain) || chain.image != tensor)
            continue;
        index = indices(g, &g->nodes[i], &chain);
        free(index);
        if (index)
            return true;
    }
    return false;
}

static bool is_element(const struct hcl_norm_planes *p, uint32_t h, uint64_t cell)
{
    return cell >= p->before && (cell - p->before) / p->pitch < h && (cell - p->before) % p->pitch < p->w;
}

/* All cells from the first channel to the last that are no elements hold 0. */
static bool is_clear(const struct hcl_machine *m, const struct hcl_norm_planes *p, uint32_t h)
{
    for (uint32_t k = 0; k < p->channels; k++)
        for (uint64_t i = 0; i < (uint64_t)(k + 1 < p->channels ? p->stride : p->rows) * m->lanes; i++)
            if (!is_element(p, h, i) &&
                !hcl_machine_is_zero(m, (uint32_t)((p->first + k * p->stride) * m->lanes + i)))
                return false;
    return true;
}

/* The image where it lies: false where a copy is better, or needed. Not false of a copy. */
static bool in_place(const struct hcl_lower *c, const struct hcl_view *v, struct hcl_norm_planes *p)
{
    const uint32_t lanes = c->m->lanes;

    if (v->cells)
        return false;
    p->first = v->first_row + v->origin / lanes;
    p->before = v->origin % lanes;
    p->pitch = v->pitch;
    p->stride = v->rows_per_channel;
    p->rows = hcl_rows_for(c->m, (uint64_t)p->before + (uint64_t)(v->h - 1) * v->pitch + v->w);
    return (uint64_t)p->stride * lanes <= 2 * (uint64_t)v->h * v->w + lanes && is_clear(c->m, p, v->h);
}

bool hcl_norm_planes_of(struct hcl_lower *c, uint32_t node, struct hcl_norm_planes *p)
{
    const struct hcl_fx_node *norm = &c->g->nodes[node];
    const uint32_t *x = c->g->tensors[norm->inputs[0]].dims;
    struct chain chain;

    *p = (struct hcl_norm_planes){ .channels = 0 };
    if (c->m->status != HCL_OK || hcl_fx_items(c->g) > 1 || !find_image(c->g, norm, &chain) ||
        !c->placed[chain.image])
        return false;
    const struct hcl_view *v = &c->views[chain.image];
    const uint32_t h = v->h, least = h * v->w / c->m->lanes;
    p->channels = v->c;
    p->each = v->c / (x[1] * x[2]);
    p->w = v->w;
    const bool lies = least >= LEAST_ROWS && in_place(c, v, p);
    p->index = lies || least >= LEAST_COPIED ? indices(c->g, norm, &chain) : NULL;
    if (!p->index) {
        hcl_norm_planes_clear(p);
        return false;
    }
    if (!lies) {
        hcl_planes_copy_view(c, node, chain.image);
        (void)in_place(c, &c->views[chain.image], p);
    }
    p->lanes = calloc((size_t)p->rows + 1, sizeof(*p->lanes));
    if (!p->lanes)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    for (uint64_t i = 0; p->lanes && i < (uint64_t)p->rows * c->m->lanes; i++)
        if (is_element(p, h, i))
            p->lanes[i / c->m->lanes] |= (uint32_t)1 << i % c->m->lanes;
    if (c->m->status == HCL_OK)
        return true;
    hcl_norm_planes_clear(p);
    return false;
}

void hcl_norm_planes_clear(struct hcl_norm_planes *p)
{
    free(p->lanes);
    free(p->index);
    *p = (struct hcl_norm_planes){ .channels = 0 };
}
