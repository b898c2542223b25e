/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/norm/planes.h"
#include "compiler/gadgets/planes_internal.h"
#include "compiler/graph/window.h"
#include "compiler/primitives/filter.h"

static uint32_t ceil_div(uint64_t a, uint32_t b)
{
    return (uint32_t)((a + b - 1) / b);
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint64_t last_shift(const struct hcl_planes *p)
{
    return hcl_planes_shift(p, p->kernel_h * p->kernel_w - 1);
}

/* How far from one item to the next the planes have to be. Of the padded image of an item [first, end) has
 * cells; valid outputs read [0, reads) of it, of which neither the next item's cells may be a part, nor this
 * one's of what the next item reads. */
static uint64_t least_item_pitch(const struct hcl_planes *p, const uint32_t *out, uint64_t first,
                                 uint64_t end)
{
    const uint64_t reads = (uint64_t)(out[1] - 1) * p->pitch + out[2] + last_shift(p);

    return reads > first && reads - first > end ? reads - first : end;
}

/* Rows for n cells of an item's part of a plane, and the positions that follow from them. `first`: which
 * position of the padded image the part's element 0 is, at most last_shift. */
static void set_rows(const struct hcl_machine *m, struct hcl_planes *p, uint64_t n, uint64_t first)
{
    n += (uint64_t)(p->items - 1) * p->item_pitch;
    p->rows = ceil_div(n, m->lanes);
    p->front_rows = ceil_div(last_shift(p), m->lanes);
    p->out_origin = (uint32_t)((uint64_t)p->front_rows * m->lanes - first);
}

/* One dimension of a window: index i of phase a is element i*stride + a*step - pad of the image. */
struct window {
    uint32_t kernel, gap, stride, pad, image, outputs;
    uint32_t phases, step, taps; /* taps of each phase, gap + 1 indices apart */
};

/* With as many phases as the stride has, or unfolded: one for each tap of the kernel, which then has one tap.
 */
static void split(struct window *d, bool unfolded)
{
    d->phases = unfolded ? d->kernel : min_u32(d->stride, d->kernel);
    d->taps = unfolded ? 1 : ceil_div(d->kernel, d->stride);
    d->step = d->taps == 1 ? d->gap + 1 : 1;
}

static uint32_t indices(const struct window *d)
{
    return d->outputs + (uint32_t)hcl_window_span(d->taps, d->gap) - 1;
}

/* Which indices of the phases hold elements of the image, [first, last]. */
struct held {
    uint32_t first, last;
};

static struct held indices_held(const struct window *d)
{
    const uint32_t size = indices(d);
    struct held h = { size, 0 };

    for (uint32_t i = 0; i < d->phases; i++) {
        const uint32_t a = i * d->step;
        const uint32_t first = d->pad > a ? ceil_div(d->pad - a, d->stride) : 0;
        const uint64_t end = (uint64_t)d->image + d->pad; /* of the image, in padded elements */
        if (end <= a)
            continue;
        const uint32_t last = min_u32((uint32_t)((end - 1 - a) / d->stride), size - 1);
        h.first = min_u32(h.first, first);
        h.last = last > h.last ? last : h.last;
    }
    return h.first > h.last ? (struct held){ 0, 0 } : h;
}

/* A plane is the padded image, out + kernel - 1
 * elements high and wide, without what is only padding: rows above and below, as far as positions of outputs
 * do not need them, and of the padding beside the image that which the next row's can stand in for. */
static struct hcl_planes split_planes(const struct hcl_lower *c, const struct hcl_fx_node *nd, uint32_t items,
                                      bool unfold_y, bool unfold_x, struct hcl_plane_copy *t)
{
    const uint32_t *out = c->g->tensors[nd->output].dims;
    const struct hcl_view *v = &c->views[nd->inputs[0]];
    struct window dy = { nd->kernel_h, nd->gap_y, nd->stride_y, nd->pad_top, v->h, out[1], 0, 0, 0 },
                  dx = { nd->kernel_w, nd->gap_x, nd->stride_x, nd->pad_left, v->w, out[2], 0, 0, 0 };
    struct hcl_planes p = { .copied = true, .items = items, .gap_y = nd->gap_y, .gap_x = nd->gap_x };

    split(&dy, unfold_y);
    split(&dx, unfold_x);
    const struct held y = indices_held(&dy), x = indices_held(&dx);
    const uint32_t w = indices(&dx), around = w - out[2];
    const uint32_t shared = min_u32(min_u32(x.first, w - 1 - x.last), around);

    p.step_y = dy.step;
    p.step_x = dx.step;
    p.kernel_h = dy.taps;
    p.kernel_w = dx.taps;
    p.phases_x = dx.phases;
    p.phases = dy.phases * dx.phases;
    p.count = p.phases * v->c;
    p.pitch = w - shared;
    t->left = shared;
    t->first = (uint64_t)y.first * p.pitch + x.first;
    if (t->first > last_shift(&p))
        t->first = last_shift(&p);
    t->end = (uint64_t)y.last * p.pitch + x.last + 1;
    const uint64_t outputs = (uint64_t)(out[1] - 1) * p.pitch + out[2];
    if (t->end < outputs)
        t->end = outputs;
    if (items > 1)
        p.item_pitch = (uint32_t)least_item_pitch(&p, out, t->first, t->end);
    set_rows(c->m, &p, t->end - t->first, t->first);
    p.stride = p.rows;
    return p;
}

/* Nothing but layers that pad nothing reads the node's result, and as the first operand: nobody misses zeros
 * between the rows of an image, or needs another's pitch. */
static bool gaps_are_useless(const struct hcl_lower *c, const struct hcl_fx_node *nd)
{
    for (uint32_t i = 0; i < c->g->num_nodes; i++) {
        const struct hcl_fx_node *n = &c->g->nodes[i];
        const bool window = n->op == HCL_FX_CONV || n->op == HCL_FX_DEPTHWISE;
        for (size_t k = 0; k < HCL_FX_MOST_OPERANDS; k++)
            if (n->inputs[k] == nd->output &&
                (k > 0 || (window && (n->pad_top || n->pad_left || n->pad_bottom || n->pad_right))))
                return false;
    }
    return true;
}

/* Rows of the planes, and of what a CONV makes of them. */
static uint64_t rows_with_outputs(const struct hcl_lower *c, const struct hcl_fx_node *nd,
                                  const struct hcl_planes *p)
{
    return (uint64_t)p->count * p->rows +
           (uint64_t)c->g->tensors[nd->output].dims[3] * (p->rows + p->front_rows);
}

/* Phases of the stride, whose positions are as many as the padded image has; or, unfolded in one dimension or
 * both, more planes, each element in all those whose tap reads it, of as many positions as there are outputs:
 * what takes fewer rows together with the outputs. */
struct hcl_planes hcl_planes_copied(const struct hcl_lower *c, const struct hcl_fx_node *nd, uint32_t items,
                                    struct hcl_plane_copy *t)
{
    struct hcl_planes best = split_planes(c, nd, items, false, false, t);

    if (nd->op != HCL_FX_CONV || nd->inputs[3] != HCL_FX_NONE)
        return best;
    for (int which = 1; which < 4; which++) {
        struct hcl_plane_copy u;
        const struct hcl_planes p = split_planes(c, nd, items, which & 1, which & 2, &u);
        if (rows_with_outputs(c, nd, &p) >= rows_with_outputs(c, nd, &best) || !gaps_are_useless(c, nd))
            continue;
        best = p;
        *t = u;
    }
    return best;
}

/* The views' own rows, from the first to the last element of a channel. */
static struct hcl_planes in_place(const struct hcl_lower *c, const struct hcl_fx_node *nd,
                                  uint32_t item_pitch)
{
    const struct hcl_view *v = &c->views[nd->inputs[0]];
    uint32_t lanes = c->m->lanes, skip = v->origin / lanes, before = v->origin % lanes;
    struct hcl_planes p = { .first_row = v->first_row + skip,
                            .stride = v->rows_per_channel,
                            .count = v->c,
                            .phases = 1,
                            .phases_x = 1,
                            .step_y = 1,
                            .step_x = 1,
                            .kernel_h = nd->kernel_h,
                            .kernel_w = nd->kernel_w,
                            .gap_y = nd->gap_y,
                            .gap_x = nd->gap_x,
                            .pitch = v->pitch,
                            .items = hcl_fx_items(c->g),
                            .item_pitch = item_pitch };

    set_rows(c->m, &p, (uint64_t)before + (uint64_t)(v->h - 1) * v->pitch + v->w,
             (uint64_t)nd->pad_top * v->pitch + nd->pad_left);
    p.out_origin += before;
    return p;
}

static bool padded(const struct hcl_fx_node *nd)
{
    return nd->pad_top || nd->pad_left || nd->pad_bottom || nd->pad_right;
}

const struct hcl_view *hcl_planes_item(const struct hcl_lower *c, uint32_t node, size_t operand,
                                       uint32_t item)
{
    return &c->views[c->g->nodes[node + item].inputs[operand]];
}

/* Whether an operand of all items lies in one block, equally far apart: *item_pitch, 0 for one item. */
static bool items_in_block(const struct hcl_lower *c, uint32_t node, size_t operand, uint32_t *item_pitch)
{
    const struct hcl_view *v = hcl_planes_item(c, node, operand, 0);
    const uint32_t items = hcl_fx_items(c->g);

    *item_pitch = items > 1 ? hcl_planes_item(c, node, operand, 1)->origin - v->origin : 0;
    for (uint32_t n = 0; n < items; n++) {
        const struct hcl_view *x = hcl_planes_item(c, node, operand, n);
        if (x->cells || x->first_row != v->first_row || x->rows_per_channel != v->rows_per_channel ||
            x->pitch != v->pitch || x->origin != v->origin + (uint64_t)n * *item_pitch)
            return false;
    }
    return true;
}

/* Whether the views can serve as planes where they lie, if their gaps hold 0. Padding is cells between the
 * rows of the image, as wide as the padding of one side, for the next row's stand in for the other's; above
 * and below the image nothing has to lie. */
static bool fits_in_place(const struct hcl_lower *c, uint32_t node, struct hcl_planes *own)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const struct hcl_view *v = hcl_planes_item(c, node, 0, 0);
    const uint32_t *out = c->g->tensors[nd->output].dims;
    uint32_t item_pitch;

    if (!items_in_block(c, node, 0, &item_pitch) || nd->stride_y != 1 || nd->stride_x != 1)
        return false;
    if (padded(nd) && (v->pitch < (uint64_t)v->w + nd->pad_left ||
                       v->pitch < (uint64_t)v->w + nd->pad_right || v->pitch < out[2]))
        return false;
    *own = in_place(c, nd, item_pitch);
    const uint64_t first = (uint64_t)nd->pad_top * v->pitch + nd->pad_left;
    return own->items == 1 ||
           item_pitch >= least_item_pitch(own, out, first, first + (uint64_t)(v->h - 1) * v->pitch + v->w);
}

/* The lanes of a row of a channel that hold elements of any item; origins count from row `first`. */
static uint32_t element_lanes(const struct hcl_lower *c, uint32_t node, uint32_t row)
{
    uint32_t lanes = 0;

    for (uint32_t n = 0; n < hcl_fx_items(c->g); n++)
        lanes |= hcl_view_lanes(c->m, hcl_planes_item(c, node, 0, n), row);
    return lanes;
}

bool hcl_planes_clear(const struct hcl_lower *c, uint32_t node, const struct hcl_planes *p)
{
    const uint32_t lanes = c->m->lanes, skip = hcl_planes_item(c, node, 0, 0)->origin / lanes;

    for (uint32_t row = 0; !p->copied && row < p->rows; row++) {
        const uint32_t elements = element_lanes(c, node, skip + row);
        for (uint32_t i = 0; i < p->count; i++)
            for (uint32_t j = 0; j < lanes; j++)
                if (!(elements >> j & 1) &&
                    !hcl_machine_is_zero(c->m, (p->first_row + i * p->stride + row) * lanes + j))
                    return false;
    }
    return true;
}

/* One item's part of a plane, HCL_NONE where it has no element; returns how many cells it is. */
static uint32_t copy_item(const struct hcl_lower *c, const struct hcl_fx_node *nd, const struct hcl_planes *p,
                          const struct hcl_plane_copy *t, uint32_t plane, const struct hcl_view *v,
                          uint32_t *cells)
{
    const uint32_t phase = plane % p->phases, a = phase / p->phases_x, b = phase % p->phases_x;
    uint32_t n = 0;

    for (uint64_t i = t->first; i < t->end; i++) {
        /* The first t->left columns are the end of the row above. */
        const uint64_t at = i - t->left;
        const uint32_t y = i < t->left ? 0 : (uint32_t)(at / p->pitch);
        const uint32_t x = i < t->left ? (uint32_t)i : (uint32_t)(at % p->pitch) + t->left;
        /* Wraps to a huge number before the image: outside as well. */
        const uint32_t sy = y * nd->stride_y + a * p->step_y - nd->pad_top,
                       sx = x * nd->stride_x + b * p->step_x - nd->pad_left;
        cells[n++] = sy < v->h && sx < v->w ? hcl_view_cell(c->m, v, sy, sx, plane / p->phases) : HCL_NONE;
    }
    return n;
}

uint32_t hcl_plane_cells(const struct hcl_lower *c, uint32_t node, const struct hcl_planes *p,
                         const struct hcl_plane_copy *t, uint32_t plane, uint32_t *cells)
{
    const uint32_t all = p->rows * c->m->lanes;
    uint32_t n = 0;

    for (uint32_t item = 0; item < p->items; item++) {
        while (n < item * p->item_pitch)
            cells[n++] = HCL_NONE;
        n += copy_item(c, &c->g->nodes[node], p, t, plane, hcl_planes_item(c, node, 0, item), cells + n);
    }
    while (n < all)
        cells[n++] = HCL_NONE;
    return all;
}

/* What is no item's is 0: outputs may read it as padding. */
static void copy_plane(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p,
                       const struct hcl_plane_copy *t, uint32_t plane, uint32_t *cells)
{
    const uint32_t all = hcl_plane_cells(c, node, p, t, plane, cells);

    for (uint32_t n = 0; n < all; n++)
        if (cells[n] == HCL_NONE)
            cells[n] = hcl_machine_zero(c->m);
    hcl_machine_copy_rows(c->m, cells, all, 0);
}

void hcl_planes_copy_view(struct hcl_lower *c, uint32_t node, uint32_t tensor)
{
    struct hcl_view *v = &c->views[tensor], to = { .h = v->h, .w = v->w, .c = v->c };
    uint32_t *cells;

    hcl_gadget_region(c, node, "copy of an operand", tensor);
    to.pitch = v->h > 1 ? v->w + 1 : v->w;
    to.rows_per_channel = ceil_div((uint64_t)(v->h - 1) * to.pitch + v->w, c->m->lanes);
    to.first_row = hcl_machine_next_row(c->m);
    const uint32_t all = to.rows_per_channel * c->m->lanes;
    cells = malloc((size_t)all * sizeof(*cells));
    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u channels", v->c);
    for (uint32_t k = 0; cells && k < v->c && c->m->status == HCL_OK; k++) {
        for (uint32_t i = 0; i < all; i++)
            cells[i] = i / to.pitch < v->h && i % to.pitch < v->w
                           ? hcl_view_cell(c->m, v, i / to.pitch, i % to.pitch, k)
                           : hcl_machine_zero(c->m);
        hcl_machine_copy_rows(c->m, cells, all, 0);
    }
    free(cells);
    if (c->m->status == HCL_OK)
        *v = to;
}

/* Every element of the image is one of a plane: what the planes hold depends on the tensor alone. */
static bool as_it_is(const struct hcl_fx_node *nd)
{
    return nd->kernel_h == 1 && nd->kernel_w == 1 && nd->stride_y == 1 && nd->stride_x == 1 && !padded(nd);
}

uint32_t hcl_planes_items(struct hcl_lower *c, const struct hcl_fx_node *nd)
{
    const uint32_t *x = c->g->tensors[nd->inputs[0]].dims, items = hcl_fx_items(c->g);
    const uint64_t h = x[1] + hcl_window_span(nd->kernel_h, nd->gap_y) + nd->pad_top + nd->pad_bottom,
                   w = x[2] + hcl_window_span(nd->kernel_w, nd->gap_x) + nd->pad_left + nd->pad_right;

    if (items == 1 || h * w <= UINT32_MAX / 2 / items)
        return items;
    hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': its images of a batch of %u are too large together",
                     nd->name, items);
    return 1;
}

struct hcl_planes hcl_planes_of(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    struct hcl_plane_copy t;
    struct hcl_planes p;
    uint64_t outputs = c->g->tensors[nd->output].dims[3];
    uint32_t *cells;
    struct hcl_planes own;

    if (hcl_fx_items(c->g) == 1 && c->views[nd->inputs[0]].cells && as_it_is(nd) &&
        hcl_norm_reads_planes(c, nd->inputs[0]))
        hcl_planes_copy_view(c, node, nd->inputs[0]); /* for both */
    p = hcl_planes_copied(c, nd, hcl_planes_items(c, nd), &t);
    if (c->input_planes[nd->inputs[0]] != HCL_NONE) {
        p.first_row = c->input_planes[nd->inputs[0]];
        return p;
    }
    if (c->m->status == HCL_OK && fits_in_place(c, node, &own) &&
        outputs * (own.rows + own.front_rows) <=
            outputs * (p.rows + p.front_rows) + (uint64_t)p.count * p.rows &&
        (!padded(nd) || hcl_planes_clear(c, node, &own)))
        return own;
    if (as_it_is(nd) && c->plane_copies[nd->inputs[0]] != HCL_NONE) {
        p.first_row = c->plane_copies[nd->inputs[0]];
        return p;
    }
    hcl_gadget_region(c, node, "copy of the input", nd->inputs[0]);
    cells = malloc((size_t)p.rows * c->m->lanes * sizeof(*cells));
    if (!cells) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u planes", p.count);
        return p;
    }
    p.first_row = hcl_machine_next_row(c->m);
    for (uint32_t i = 0; i < p.count; i++)
        copy_plane(c, node, &p, &t, i, cells);
    free(cells);
    if (as_it_is(nd))
        c->plane_copies[nd->inputs[0]] = p.first_row;
    return p;
}

bool hcl_planes_tap(const struct hcl_planes *p, const struct hcl_fx_node *nd, uint32_t phase, uint32_t dy,
                    uint32_t dx, uint32_t *ky, uint32_t *kx)
{
    *ky = p->phases == 1 ? dy : dy * nd->stride_y + phase / p->phases_x;
    *kx = p->phases == 1 ? dx : dx * nd->stride_x + phase % p->phases_x;
    return *ky < nd->kernel_h && *kx < nd->kernel_w;
}

int64_t *hcl_planes_kernel(struct hcl_lower *c, const struct hcl_fx_node *nd, const struct hcl_planes *p,
                           uint32_t group)
{
    const struct hcl_fx_tensor *w = &c->g->tensors[nd->inputs[1]];
    const bool depthwise = nd->op == HCL_FX_DEPTHWISE;
    const uint32_t outputs = w->dims[depthwise ? 3 : 0], taps = p->kernel_h * p->kernel_w;
    const size_t by_output = depthwise ? 1 : (size_t)w->dims[1] * w->dims[2] * w->dims[3];
    int64_t *kernel, *to;
    uint32_t ky, kx;

    if (c->m->weight_columns == 0)
        return NULL;
    to = kernel = calloc((size_t)outputs * taps * group, sizeof(*kernel));
    if (!kernel)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the weights of '%s'", nd->name);
    for (uint32_t o = 0; kernel && o < outputs; o++)
        for (uint32_t tap = 0; tap < taps; tap++)
            for (uint32_t i = 0; i < group; i++, to++)
                if (hcl_planes_tap(p, nd, i % p->phases, tap / p->kernel_w, tap % p->kernel_w, &ky, &kx))
                    *to = hcl_fx_constant(w, o * by_output + ((size_t)ky * nd->kernel_w + kx) * w->dims[3] +
                                                 i / p->phases);
    return kernel;
}

/* The views' own rows, from the first to the last element of a channel; rows = 0: they do not meet the
 * positions of the outputs one by one, or go beyond them. */
static struct hcl_residual residual_in_place(const struct hcl_lower *c, uint32_t node,
                                             const struct hcl_planes *p)
{
    const struct hcl_view *v = hcl_planes_item(c, node, 3, 0),
                          *last = hcl_planes_item(c, node, 3, p->items - 1);
    const uint32_t lanes = c->m->lanes, skip = v->origin / lanes, before = v->origin % lanes;
    const uint64_t positions = (uint64_t)(p->front_rows + p->rows) * lanes;
    const uint64_t first = p->out_origin; /* of the elements */
    struct hcl_residual r = { .first_row = v->first_row + skip, .stride = v->rows_per_channel };
    uint32_t item_pitch;

    if (!items_in_block(c, node, 3, &item_pitch) || v->pitch != p->pitch || item_pitch != p->item_pitch ||
        before > first)
        return r;
    r.rows =
        (uint32_t)(((uint64_t)last->origin + (uint64_t)(v->h - 1) * v->pitch + v->w - 1) / lanes) - skip + 1;
    r.at = (uint32_t)(first - before);
    if (r.at + (uint64_t)r.rows * lanes > positions)
        r.rows = 0;
    return r;
}

/* One channel's elements, or a vector's one everywhere, at the pitch of the outputs, `before` cells behind
 * the start of a row. */
static void copy_residual(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p, uint32_t before,
                          uint32_t channel, uint32_t *cells)
{
    const uint32_t *out = c->g->tensors[c->g->nodes[node].output].dims, h = out[1], w = out[2];
    uint32_t n = 0;

    for (uint32_t item = 0; item < p->items; item++) {
        const struct hcl_view *v = hcl_planes_item(c, node, 3, item);
        while (n < before + item * p->item_pitch)
            cells[n++] = HCL_NONE;
        for (uint32_t y = 0; y < h; y++)
            for (uint32_t x = 0; x < p->pitch && (y + 1 < h || x < w); x++)
                cells[n++] = x < w ? hcl_view_cell(c->m, v, y % v->h, x % v->w, channel) : HCL_NONE;
    }
    hcl_machine_copy_rows(c->m, cells, n, 0);
}

/* In whole rows of the outputs, so that none of its cells is behind their last position. */
static struct hcl_residual residual_copied(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p)
{
    const uint32_t *out = c->g->tensors[c->g->nodes[node].output].dims;
    const uint32_t before = p->out_origin % c->m->lanes;
    const uint64_t n = (uint64_t)before + (uint64_t)(p->items - 1) * p->item_pitch +
                       (uint64_t)(out[1] - 1) * p->pitch + out[2];
    struct hcl_residual r = { .first_row = hcl_machine_next_row(c->m),
                              .rows = ceil_div(n, c->m->lanes),
                              .stride = ceil_div(n, c->m->lanes),
                              .at = p->out_origin - before };
    uint32_t *cells = malloc((size_t)n * sizeof(*cells));

    hcl_gadget_region(c, node, "copy of what is added", c->g->nodes[node].inputs[3]);
    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u channels", out[3]);
    for (uint32_t o = 0; cells && o < out[3]; o++)
        copy_residual(c, node, p, before, o, cells);
    free(cells);
    return r;
}

/* A vector, behind zeros. */
static struct hcl_residual vector_added(struct hcl_lower *c, uint32_t node, const struct hcl_view *v)
{
    struct hcl_residual r = { .first_row = hcl_machine_next_row(c->m),
                              .rows = ceil_div(v->c, c->m->lanes),
                              .at = HCL_NONE };
    const uint32_t all = r.rows * c->m->lanes;
    uint32_t *cells = malloc((size_t)all * sizeof(*cells));

    hcl_gadget_region(c, node, "copy of what is added", c->g->nodes[node].inputs[3]);
    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u channels", v->c);
    for (uint32_t i = 0; cells && i < all; i++)
        cells[i] = i < all - v->c ? hcl_machine_zero(c->m) : hcl_view_cell(c->m, v, 0, 0, i - (all - v->c));
    if (cells)
        hcl_machine_copy_rows(c->m, cells, all, 0);
    free(cells);
    return r;
}

struct hcl_residual hcl_planes_residual(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    struct hcl_residual r = { 0 };

    if (nd->inputs[3] == HCL_FX_NONE)
        return r;
    if (!c->placed[nd->inputs[3]]) {
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': what it adds is not computed before it", nd->name);
        return r;
    }
    if (hcl_filter_adds_everywhere(c->g, nd) && p->items == 1)
        r = vector_added(c, node, &c->views[nd->inputs[3]]);
    else if (!hcl_filter_adds_everywhere(c->g, nd))
        r = residual_in_place(c, node, p);
    if (r.rows == 0)
        r = residual_copied(c, node, p);
    r.bits = (uint32_t)__builtin_ctzll((uint64_t)nd->b_mul);
    return r;
}

/* Item n's results in the block that v is for item 0. */
static struct hcl_view item_view(const struct hcl_planes *p, struct hcl_view v, uint32_t n)
{
    v.origin += n * p->item_pitch;
    return v;
}

static uint32_t valid_lanes(const struct hcl_machine *m, const struct hcl_planes *p, const struct hcl_view *v,
                            uint32_t row)
{
    uint32_t lanes = 0;

    for (uint32_t n = 0; n < p->items; n++) {
        const struct hcl_view x = item_view(p, *v, n);
        lanes |= hcl_view_lanes(m, &x, row);
    }
    return lanes;
}

uint32_t hcl_planes_outputs(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p, uint32_t group,
                            const uint32_t *passes, uint32_t limbs, const struct hcl_residual *r,
                            bool gathers, uint32_t *rows_each)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const uint32_t *out = c->g->tensors[nd->output].dims;
    struct hcl_machine *m = c->m;
    struct hcl_view v = { .h = out[1],
                          .w = out[2],
                          .c = out[3],
                          .rows_per_channel = p->front_rows + p->rows,
                          .origin = p->out_origin,
                          .pitch = p->pitch };
    struct hcl_row_spec spec = { .s = nd->divisor, .fn = hcl_gadget_fn(c, node) };
    struct hcl_block b = { .kind = HCL_BLOCK_CONV, .label = node, .bias = HCL_NONE };
    size_t kernels = group;

    if (nd->op == HCL_FX_DEPTHWISE) {
        b.kind = HCL_BLOCK_DEPTHWISE;
        kernels *= v.c;
    }

    spec.range = hcl_machine_remainder(m, nd->divisor);
    hcl_gadget_region(c, node, "outputs", nd->output);
    if (gathers)
        hcl_machine_start_sum(m);
    v.first_row = hcl_machine_next_row(m);
    b.in_row = p->first_row;
    b.in_rows = p->rows;
    b.in_stride = p->stride;
    b.in_channels = p->count;
    b.group = group;
    b.out_row = v.first_row;
    b.out_rows = v.rows_per_channel;
    b.out_channels = v.c;
    b.front_rows = p->front_rows;
    b.kernel_h = p->kernel_h;
    b.kernel_w = p->kernel_w;
    b.gap_y = p->gap_y;
    b.gap_x = p->gap_x;
    b.pitch = p->pitch;
    b.origin = p->out_origin;
    b.out_h = v.h;
    b.out_w = v.w;
    b.passes = hcl_machine_list(m, passes, kernels * p->kernel_h * p->kernel_w);
    b.limbs = limbs;
    if (r) {
        b.res_row = r->first_row;
        b.res_rows = r->rows;
        b.res_stride = r->stride;
        b.res_at = r->at;
        b.res_bits = r->bits;
    }
    if (nd->inputs[2] != HCL_FX_NONE)
        b.bias = hcl_machine_pool(m, c->g->tensors[nd->inputs[2]].data, v.c);
    hcl_machine_block(m, &b);
    for (uint32_t o = 0; o < v.c; o++) {
        for (uint32_t i = 0; i < v.rows_per_channel; i++) {
            spec.flags = HCL_ROW_BLOCK | HCL_ROW_HZ | (i ? HCL_ROW_CONT0 : 0);
            if (gathers)
                spec.flags |= i + 1 == v.rows_per_channel ? HCL_ROW_GATHER : HCL_ROW_CARRY;
            spec.lookups = valid_lanes(m, p, &v, i);
            hcl_row_clear_gaps(m, &spec);
            hcl_machine_row(m, &spec);
        }
    }
    for (uint32_t n = 0; n < p->items; n++)
        hcl_gadget_set_output(c, node + n, item_view(p, v, n));
    *rows_each = v.rows_per_channel;
    return v.first_row;
}
