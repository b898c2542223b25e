/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/compare.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "compiler/fixed/batch.h"
#include <math.h>
#include <string.h>

/* Elements of a tile; floats of a cache line; sums that are taken side by side. */
enum { TILE = 1024, LINE = 16, SIDES = 8 };
#define MIN_PARALLEL 16 /* tiles */

struct tile {
    size_t position, positions, channel, channels; /* from where on, how many */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t parts(size_t all, size_t each)
{
    return (all + each - 1) / each;
}

/* Elements of a whole tile: a cache line of channels at least, if there are as many. */
static struct tile shape_of(const struct hcl_compared *c)
{
    const size_t line = least(c->channels, LINE), positions = least((size_t)c->positions, TILE / line);
    const size_t wide = TILE / positions;
    return (struct tile){ .positions = positions, .channels = least(c->channels, wide > LINE ? wide : LINE) };
}

size_t hcl_compared_tiles(const struct hcl_compared *c)
{
    const struct tile s = shape_of(c);
    return parts((size_t)c->positions, s.positions) * parts(c->channels, s.channels);
}

/* Channels after channels, for all positions each. */
static struct tile tile_at(const struct hcl_compared *c, size_t number)
{
    const struct tile s = shape_of(c);
    const size_t down = parts((size_t)c->positions, s.positions);
    const size_t position = number % down * s.positions, channel = number / down * s.channels;
    return (struct tile){ .position = position,
                          .positions = least(s.positions, (size_t)c->positions - position),
                          .channel = channel,
                          .channels = least(s.channels, c->channels - channel) };
}

static int64_t cell_of(const struct hcl_compared *c, size_t position, size_t channel)
{
    return c->base + (int64_t)channel * c->channel + (int64_t)(position / c->width) * c->row +
           (int64_t)(position % c->width) * c->step;
}

/* ---- what there is to compare ---- */

/* The float tensor that a node of the fixed-point graph gives, from node *at of the float graph on: both are
 * in the same order. HCL_GRAPH_NONE: none. */
static uint32_t float_result(const struct hcl_graph *g, const struct hcl_fx_graph *fx,
                             const struct hcl_fx_node *n, size_t *at)
{
    const char *name = fx->tensors[n->output].name;
    for (size_t i = *at; name != NULL && i < g->num_nodes; i++) {
        const uint32_t t = g->nodes[i].output;
        if (g->tensors[t].name == NULL || strcmp(g->tensors[t].name, name) != 0 ||
            hcl_tensor_len(&g->tensors[t]) != hcl_fx_tensor_len(fx, n->output))
            continue;
        *at = i;
        return t;
    }
    return HCL_GRAPH_NONE;
}

/* Whether a list of cells goes on as its first elements do, and so need not be kept. */
static bool regular(struct hcl_compared *c, const struct hcl_view *v)
{
    const uint32_t *cells = v->cells;
    c->base = cells[0];
    c->channel = v->c > 1 ? (int64_t)cells[1] - cells[0] : 0;
    c->step = v->w > 1 ? (int64_t)cells[v->c] - cells[0] : 0;
    c->row = v->h > 1 ? (int64_t)cells[(size_t)v->w * v->c] - cells[0] : 0;
    for (size_t p = 0, at = 0; p < c->positions; p++)
        for (size_t k = 0; k < v->c; k++, at++)
            if (cell_of(c, p, k) != cells[at])
                return false;
    return true;
}

static void place(struct hcl_compared *c, const struct hcl_view *v, uint32_t lanes)
{
    c->channels = v->c;
    c->width = v->w;
    c->positions = (uint64_t)v->h * v->w;
    c->base = (int64_t)v->first_row * lanes + v->origin;
    c->channel = (int64_t)v->rows_per_channel * lanes;
    c->row = v->pitch;
    c->step = 1;
    c->listed = v->cells != NULL && !regular(c, v);
}

/* As the interpreter has them. */
static void place_computed(struct hcl_compared *c, const struct hcl_fx_tensor *t, size_t len)
{
    c->channels = t->dims[3];
    c->positions = len / c->channels;
    c->width = (uint32_t)c->positions;
    c->channel = 1;
    c->step = c->channels;
    c->computed = true;
}

static void add_shifts(struct hcl_comparison *c, struct hcl_compared *x, const struct hcl_fx_tensor *t)
{
    x->shift_at = HCL_NO_SHIFT;
    if (t->channel_shift == NULL)
        return;
    x->shift_at = c->num_shifts;
    memcpy(c->shifts + c->num_shifts, t->channel_shift, t->dims[3]);
    c->num_shifts += t->dims[3];
}

static size_t shifts_of(const struct hcl_fx_graph *fx)
{
    size_t all = 1;
    for (size_t i = 0; i < fx->num_nodes; i++)
        all += fx->tensors[fx->nodes[i].output].channel_shift ? fx->tensors[fx->nodes[i].output].dims[3] : 0;
    return all;
}

/* Lists of all tiles. */
static void fill_list(struct hcl_comparison *c, const struct hcl_places *places)
{
    uint32_t *to = c->list;
    for (size_t t = 0; t < c->placed; t++) {
        const struct hcl_compared *x = &c->of[c->tile_of[t]];
        const uint32_t *cells = places->views[x->fixed].cells;
        const struct tile s = tile_at(x, t - (size_t)x->first_tile);
        for (size_t p = s.position; x->listed && p < s.position + s.positions; p++, to += s.channels)
            memcpy(to, cells + p * x->channels + s.channel, s.channels * sizeof *to);
    }
}

hcl_status hcl_comparison_init(struct hcl_comparison *c, const struct hcl_graph *model,
                               const struct hcl_fx_graph *fx, uint32_t item, const struct hcl_places *places,
                               struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    size_t at = 0;
    *c = (struct hcl_comparison){ .of = calloc(fx->num_nodes + 1, sizeof *c->of),
                                  .shifts = malloc(shifts_of(fx)) };
    if (c->of == NULL || c->shifts == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory to compare %zu layers", fx->num_nodes));
    for (size_t i = 0; i < fx->num_nodes; i++) {
        const uint32_t fixed = fx->nodes[i].output, t = float_result(model, fx, &fx->nodes[i], &at);
        struct hcl_compared *x = &c->of[c->count];
        if (t == HCL_GRAPH_NONE)
            continue;
        c->count++;
        x->node = (uint32_t)i;
        x->tensor = t;
        x->fixed = hcl_fx_item_tensor(fx, fixed, item);
        x->frac_bits = fx->tensors[fixed].frac_bits;
        if (places->placed[x->fixed])
            place(x, &places->views[x->fixed], places->lanes);
        else
            place_computed(x, &fx->tensors[fixed], hcl_fx_tensor_len(fx, fixed));
        add_shifts(c, x, &fx->tensors[fixed]);
    }
    HCL_TRY(hcl_comparison_index(c, 0, SIZE_MAX, err));
    fill_list(c, places);
done:
    if (st != HCL_OK)
        hcl_comparison_clear(c);
    return st;
}

static void number_tiles(struct hcl_comparison *c, bool computed)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->of[i].computed != computed)
            continue;
        c->of[i].first_tile = c->tiles;
        c->tiles += hcl_compared_tiles(&c->of[i]);
    }
}

size_t hcl_tile_listed(const struct hcl_comparison *c, size_t t)
{
    const struct hcl_compared *x = &c->of[c->tile_of[t]];
    const struct tile s = tile_at(x, t - (size_t)x->first_tile);
    return x->listed ? s.positions * s.channels : 0;
}

hcl_status hcl_comparison_index(struct hcl_comparison *c, size_t first, size_t last, struct hcl_err *err)
{
    size_t listed = 0;
    c->tiles = 0;
    number_tiles(c, false);
    c->placed = c->tiles;
    number_tiles(c, true);
    c->last = least(last, c->placed);
    c->first = least(first, c->last);
    c->tile_of = calloc(c->tiles + 1, sizeof *c->tile_of);
    c->list_at = malloc((c->last - c->first + 1) * sizeof *c->list_at);
    if (c->tile_of == NULL || c->list_at == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compare %zu tiles", c->tiles);
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < hcl_compared_tiles(&c->of[i]); k++)
            c->tile_of[c->of[i].first_tile + k] = (uint32_t)i;
    for (size_t t = c->first; t < c->last; t++) {
        c->list_at[t - c->first] = listed;
        listed += hcl_tile_listed(c, t);
    }
    c->list_at[c->last - c->first] = listed;
    return hcl_mem_alloc((void **)&c->list, listed, sizeof *c->list, "places", err);
}

void hcl_comparison_clear(struct hcl_comparison *c)
{
    free(c->of);
    free(c->tile_of);
    free(c->shifts);
    free(c->list_at);
    hcl_mem_free(c->list);
    *c = (struct hcl_comparison){ 0 };
}

/* ---- comparing ---- */

/* Sums side by side, of channels that are as many apart. */
struct sides {
    double worst[SIDES], squares[SIDES], lo[SIDES], hi[SIDES];
};

static void compare_one(struct sides *s, size_t side, double got, double want)
{
    const double d = fabs(got - want);
    s->worst[side] = d > s->worst[side] ? d : s->worst[side];
    s->squares[side] += d * d;
    s->lo[side] = want < s->lo[side] ? want : s->lo[side];
    s->hi[side] = want > s->hi[side] ? want : s->hi[side];
}

static struct hcl_tile_error joined(const struct sides *s)
{
    struct hcl_tile_error e = { 0 };
    for (size_t j = 0; j < SIDES; j++) {
        e.worst = fmax(e.worst, s->worst[j]);
        e.squares += s->squares[j];
        e.lo = fmin(e.lo, s->lo[j]);
        e.hi = fmax(e.hi, s->hi[j]);
    }
    return e;
}

static void set_units(double *units, const struct hcl_comparison *c, const struct hcl_compared *x,
                      const struct tile *s)
{
    for (size_t k = 0; k < s->channels; k++)
        units[k] = ldexp(
            1, -(x->frac_bits + (x->shift_at == HCL_NO_SHIFT ? 0 : c->shifts[x->shift_at + s->channel + k])));
}

static struct hcl_tile_error compare_tile(const struct hcl_comparison *c, size_t t, const int64_t *y,
                                          const float *want)
{
    const struct hcl_compared *x = &c->of[c->tile_of[t]];
    const struct tile s = tile_at(x, t - (size_t)x->first_tile);
    const uint32_t *list = x->listed ? c->list + c->list_at[t - c->first] : NULL;
    struct sides sums = { 0 };
    double units[TILE];
    set_units(units, c, x, &s);
    for (size_t p = s.position; p < s.position + s.positions; p++) {
        const float *w = want + p * x->channels + s.channel;
        const int64_t from = list ? 0 : cell_of(x, p, s.channel);
        for (size_t k = 0; k < s.channels; k++) {
            const int64_t at = list ? (int64_t)*list++ : from + (int64_t)k * x->channel;
            compare_one(&sums, k % SIDES, (double)y[at] * units[k], (double)w[k]);
        }
    }
    return joined(&sums);
}

void hcl_compare(const struct hcl_comparison *c, size_t first, size_t last, const int64_t *y,
                 const struct hcl_fx_values *v, float *const *want, struct hcl_tile_error *out)
{
    const int threads = hcl_threads_available();
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1 && last - first > MIN_PARALLEL)
    for (size_t t = first; t < last; t++) {
        const struct hcl_compared *x = &c->of[c->tile_of[t]];
        out[t - first] = compare_tile(c, t, x->computed ? v->tensor[x->fixed] : y, want[x->tensor]);
    }
}

struct hcl_tile_error hcl_compared_error(const struct hcl_comparison *c, size_t i,
                                         const struct hcl_tile_error *of_tiles)
{
    const struct hcl_tile_error *e = of_tiles + c->of[i].first_tile;
    struct hcl_tile_error all = { 0 };
    for (size_t t = 0; t < hcl_compared_tiles(&c->of[i]); t++) {
        all.worst = fmax(all.worst, e[t].worst);
        all.squares += e[t].squares;
        all.lo = fmin(all.lo, e[t].lo);
        all.hi = fmax(all.hi, e[t].hi);
    }
    return all;
}
