/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/compiler/soundness/determined.h"
#include <string.h>

/* The fixed columns, after one K per lane: the order of compiler/layout/circuit.c. */
enum {
    TAG_Q,
    TAG_R,
    TT,
    TQ,
    TY,
    S,
    REG, /* 1 + c2 */
    C0,
    C1,
    HZ, /* -1: in t */
    DOT,
    HY,
    TOTAL,
    CHANNELS,
    CONT0,
    CONT1,
    SPAN,
    WEIGHTS,
    LOOK, /* with tables of rows */
    ENTRY
};

typedef __int128 wide;
struct interval {
    bool known;
    wide lo, hi;
};
struct cell {
    bool det;
    struct interval in;
};
/* The entries of one tag. */
struct table {
    struct interval q, y;
    bool function; /* one y per q */
    bool identity; /* y = q */
};

struct state {
    const struct lowered *l;
    uint32_t lanes;
    size_t cells; /* rows in use times lanes */
    struct cell *q, *y, *r;
    uint32_t *group; /* of Y cells joined by copies: a representative */
    struct table *tables;
    size_t num_tables;
    bool changed;
};

/* What the registers hold fits 2^100 by far; anything beyond counts as not bounded. */
#define LARGEST ((wide)1 << 100)

static int64_t fixed(const struct state *s, uint32_t column, size_t row)
{
    const struct hcl_circuit *c = &s->l->circuit;
    uint64_t limbs[4];
    hcl_fr v, negated;

    hcl_compact_get(&v, &c->fixed[column], row);
    hcl_fr_to_limbs(limbs, &v);
    if (!(limbs[1] | limbs[2] | limbs[3]))
        return (int64_t)limbs[0];
    hcl_fr_neg(&negated, &v);
    hcl_fr_to_limbs(limbs, &negated);
    HCL_CHECK(!(limbs[1] | limbs[2] | limbs[3] | limbs[0] >> 63));
    return -(int64_t)limbs[0];
}

static int64_t named(const struct state *s, int which, size_t row)
{
    return fixed(s, s->lanes + (uint32_t)which, row);
}

static struct interval point(wide v)
{
    return (struct interval){ true, v, v };
}

static struct interval plus(struct interval a, struct interval b)
{
    struct interval c = { a.known && b.known, a.lo + b.lo, a.hi + b.hi };

    if (!c.known || c.lo < -LARGEST || c.hi > LARGEST)
        return (struct interval){ 0 };
    return c;
}

static struct interval times(struct interval a, struct interval b)
{
    wide p[4] = { a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi };
    struct interval c = { true, p[0], p[0] };
    const wide root = (wide)1 << 62;

    if ((a.known && a.lo == 0 && a.hi == 0) || (b.known && b.lo == 0 && b.hi == 0))
        return point(0);
    if (!a.known || !b.known || a.lo < -root || a.hi > root || b.lo < -root || b.hi > root)
        return (struct interval){ 0 };
    for (int i = 1; i < 4; i++) {
        c.lo = p[i] < c.lo ? p[i] : c.lo;
        c.hi = p[i] > c.hi ? p[i] : c.hi;
    }
    return c;
}

static void set_det(struct state *s, struct cell *c)
{
    s->changed |= !c->det;
    c->det = true;
}

static void narrow(struct state *s, struct cell *c, struct interval to)
{
    struct interval was = c->in;

    if (!to.known)
        return;
    if (was.known) {
        to.lo = was.lo > to.lo ? was.lo : to.lo;
        to.hi = was.hi < to.hi ? was.hi : to.hi;
    }
    if (was.known && was.lo == to.lo && was.hi == to.hi)
        return;
    c->in = to;
    s->changed = true;
    if (to.lo == to.hi)
        set_det(s, c);
}

static struct table *table_of(struct state *s, int64_t tag)
{
    HCL_CHECK(tag > 0 && (size_t)tag < s->num_tables);
    return &s->tables[tag];
}

static void widen(struct interval *in, wide v)
{
    if (!in->known)
        *in = point(v);
    in->lo = v < in->lo ? v : in->lo;
    in->hi = v > in->hi ? v : in->hi;
}

/* Tables as the running sum knows them: all rows where it is on, which is all but the last usable one.
 * Stacked entries ascend in q within a tag, so two y for one q would be neighbours. */
static void read_tables(struct state *s)
{
    size_t rows = s->l->circuit.usable_rows - 1;

    s->num_tables = 1;
    for (size_t row = 0; row < rows; row++) {
        int64_t tag = named(s, TT, row);
        HCL_CHECK(tag >= 0 && tag < 1 << 20);
        if ((size_t)tag >= s->num_tables)
            s->num_tables = (size_t)tag + 1;
    }
    s->tables = calloc(s->num_tables, sizeof(*s->tables));
    HCL_CHECK(s->tables);
    for (size_t row = 0; row < rows; row++) {
        int64_t tag = named(s, TT, row), q = named(s, TQ, row), y = named(s, TY, row);
        struct table *t = &s->tables[tag];
        if (tag == 0) {
            HCL_CHECK(q == 0 && y == 0);
            continue;
        }
        if (!t->q.known)
            t->function = t->identity = true;
        else if (q != t->q.hi + 1)
            t->function = false;
        t->identity = t->identity && y == q;
        widen(&t->q, q);
        widen(&t->y, y);
    }
}

static uint32_t root(struct state *s, uint32_t i)
{
    while (s->group[i] != i)
        i = s->group[i] = s->group[s->group[i]];
    return i;
}

static void join_copies(struct state *s)
{
    const struct hcl_circuit *c = &s->l->circuit;

    for (size_t i = 0; i < s->cells; i++)
        s->group[i] = (uint32_t)i;
    for (size_t i = 0; i < c->num_copies; i++) {
        hcl_column a = c->permutation[c->copies[i].left_column],
                   b = c->permutation[c->copies[i].right_column];
        uint32_t first = hcl_col_y(s->lanes, 0), end = first + s->lanes;
        if (a.kind != HCL_COL_ADVICE || b.kind != HCL_COL_ADVICE || a.index < first || a.index >= end ||
            b.index < first || b.index >= end)
            continue;
        s->group[root(s, c->copies[i].left_row * s->lanes + a.index - first)] =
            root(s, c->copies[i].right_row * s->lanes + b.index - first);
    }
}

/* Equal cells share what is known of them, through the representative. */
static void share_copies(struct state *s)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->cells; i++) {
            struct cell *own = &s->y[i], *all = &s->y[root(s, (uint32_t)i)];
            narrow(s, pass ? own : all, pass ? all->in : own->in);
            if ((pass ? all : own)->det)
                set_det(s, pass ? own : all);
        }
}

static bool looked_up(const struct state *s, size_t i)
{
    return fixed(s, (uint32_t)(i % s->lanes), i / s->lanes) != 0;
}

static void look_up(struct state *s, size_t i)
{
    size_t row = i / s->lanes;
    const struct table *f = table_of(s, named(s, TAG_Q, row)), *range = table_of(s, named(s, TAG_R, row));

    narrow(s, &s->q[i], f->q);
    narrow(s, &s->y[i], f->y);
    narrow(s, &s->r[i], range->q);
    HCL_CHECK(range->y.lo == 0 && range->y.hi == 0); /* the tuple (tag, r) stands for (tag, r, 0) */
    if (s->q[i].det && f->function)
        set_det(s, &s->y[i]);
}

static struct interval scaled(int64_t by, const struct cell *c)
{
    return by ? times(point(by), c->in) : point(0);
}

static bool is_unit(int64_t factor)
{
    return factor == 1 || factor == -1;
}

/* reg: R + S*Q = c0*R' + c1*Y + c2*R'*Y */
static void register_row(struct state *s, size_t i)
{
    size_t row = i / s->lanes;
    const bool goes_on = i % s->lanes < s->l->prog.registers;
    int64_t div = named(s, S, row), c0 = goes_on ? named(s, C0, row) : 0, c1 = named(s, C1, row),
            c2 = goes_on ? named(s, REG, row) - 1 : 0;
    struct cell none = { .det = true, .in = point(0) }, *above = i >= s->lanes ? &s->r[i - s->lanes] : &none;
    struct cell *q = &s->q[i], *y = &s->y[i], *r = &s->r[i];
    bool right_det = ((!c0 && !c2) || above->det) && ((!c1 && !c2) || y->det);
    struct interval left = plus(r->in, scaled(div, q)),
                    right = plus(plus(scaled(c0, above), scaled(c1, y)),
                                 c2 ? times(point(c2), times(above->in, y->in)) : point(0));

    HCL_CHECK(row > 0 || (!c0 && !c2));
    if (div == 0) {
        narrow(s, r, right);
        if (right_det)
            set_det(s, r);
    } else if (right_det && q->in.known && r->in.known && (r->in.hi - r->in.lo < div || q->det || r->det)) {
        set_det(s, q);
        set_det(s, r);
    }
    /* Backwards, with a factor of +-1 and only one unknown. */
    if (c2 == 0 && is_unit(c0) && (!c1 || y->in.known))
        narrow(s, above, times(point(c0), plus(left, times(point(-1), scaled(c1, y)))));
    if (c2 == 0 && is_unit(c1) && (!c0 || above->in.known))
        narrow(s, y, times(point(c1), plus(left, times(point(-1), scaled(c0, above)))));
    if (c2 == 0 && c0 && r->det && (!div || q->det) && (!c1 || y->det))
        set_det(s, above);
    if (c2 == 0 && c1 && r->det && (!div || q->det) && (!c0 || above->det))
        set_det(s, y);
}

/* What the rows of constants hold, by the identity of their sum in t and the pass over the weights. */
static void bind_constant(struct state *s, size_t i)
{
    const struct hcl_program *p = &s->l->prog;

    HCL_CHECK(named(s, HZ, i / s->lanes) == -1 && named(s, REG, i / s->lanes) &&
              named(s, C1, i / s->lanes) == 1);
    narrow(s, &s->y[i], point(p->pool[HCL_SRC_INDEX(p->sources[i])]));
}

/* Whether an element that z depends on is determined. *most: of |z|, grows by what it may add; above 2^62 if
 * that is not known. */
static bool counts(const struct cell *c, uint32_t bits, wide *most)
{
    const wide lo = c->in.lo < 0 ? -c->in.lo : c->in.lo, hi = c->in.hi < 0 ? -c->in.hi : c->in.hi;
    const wide large = lo > hi ? lo : hi;

    *most = !c->in.known || large >> (62 - bits) || *most >> 62 ? (wide)1 << 63 : *most + (large << bits);
    return c->det;
}

/* The polynomial identity: z is determined where all elements under the kernel are. */
static bool window_determined(const struct state *s, const struct hcl_block *b, uint32_t o, int64_t p,
                              wide *most)
{
    const uint32_t bits = 16 * (b->limbs ? b->limbs : 1) - 1; /* of weights */
    uint32_t first = o / (b->out_channels / (b->in_channels / b->group)) * b->group;

    if (b->kind == HCL_BLOCK_DENSE) {
        for (uint32_t i = 0; i < b->in_channels; i++)
            if (!counts(&s->y[s->l->prog.lists[b->in_list + i]], bits, most))
                return false;
        return true;
    }
    if (b->kind == HCL_BLOCK_ROWS) {
        for (uint32_t i = 0; i < b->in_channels; i++)
            if (!counts(&s->y[((size_t)b->in_row + (size_t)i * b->in_stride) * s->lanes + b->origin + o],
                        bits, most))
                return false;
        return !b->res_rows ||
               counts(&s->y[((size_t)b->res_row + (size_t)o * b->res_stride) * s->lanes + (size_t)p],
                      b->res_bits, most);
    }
    if (b->res_rows && b->res_at == HCL_NONE &&
        !counts(&s->y[((size_t)b->res_row + b->res_rows) * s->lanes - b->out_channels + o], b->res_bits,
                most))
        return false;
    if (b->res_rows && b->res_at != HCL_NONE && p + (int64_t)b->front_rows * s->lanes >= b->res_at) {
        const int64_t e = p + (int64_t)b->front_rows * s->lanes - b->res_at;
        if (e < (int64_t)b->res_rows * s->lanes &&
            !counts(&s->y[((size_t)b->res_row + (size_t)o * b->res_stride) * s->lanes + (size_t)e],
                    b->res_bits, most))
            return false;
    }
    if (hcl_block_is_product(b))
        for (uint32_t i = 0; i < b->in_channels; i++)
            if (!s->y[((size_t)b->kernel_row + (size_t)i * b->kernel_stride) * s->lanes + o].det)
                return false;
    for (uint32_t i = first; i < first + b->group; i++)
        for (uint32_t dy = 0; dy < b->kernel_h; dy++)
            for (uint32_t dx = 0; dx < b->kernel_w; dx++) {
                int64_t e = p + (int64_t)dy * (b->gap_y + 1) * b->pitch + (int64_t)dx * (b->gap_x + 1);
                size_t at = ((size_t)b->in_row + (size_t)i * b->in_stride) * s->lanes;
                if (e >= 0 && e < (int64_t)b->in_rows * s->lanes &&
                    !counts(&s->y[at + (size_t)e], bits, most))
                    return false;
            }
    return true;
}

/* Outputs whose weights share a coefficient in t are told apart if each of them is an integer below 2^62,
 * here and as it should be, and there are as many coefficients as say so. Cell e of output (or position) o.
 */
static bool told_apart(const struct state *s, const struct hcl_block *b, uint32_t o, uint32_t e, wide most)
{
    const bool by_row = b->kind == HCL_BLOCK_DENSE || b->kind == HCL_BLOCK_ROWS;
    struct hcl_spread spread = hcl_block_spread(&s->l->prog, b);
    size_t shared = 0, out = 0;

    if (s->l->prog.weight_digits == 1 || (!by_row && b->kind != HCL_BLOCK_CONV))
        return true;
    if (by_row) /* cells beside the outputs, too */
        spread.count = b->out_rows * s->lanes;
    const uint32_t index = hcl_spread_place(&spread, spread.count - 1 - (by_row ? e : o)).index;
    for (uint32_t d = 0; d < HCL_MAX_DIGITS; d++) {
        const uint32_t w = hcl_spread_weight(&spread, d, index), other = spread.count - 1 - w;
        if (w == UINT32_MAX)
            continue;
        const size_t i = by_row ? ((size_t)b->out_row + (size_t)o * b->out_rows) * s->lanes + other
                                : ((size_t)b->out_row + (size_t)other * b->out_rows) * s->lanes + e;
        const struct interval z = plus(s->r[i].in, scaled(named(s, S, i / s->lanes), &s->q[i]));
        shared++;
        out += !looked_up(s, i) || !z.known || z.lo < -((wide)1 << 62) || z.hi > (wide)1 << 62;
    }
    return shared == 1 || (out == 0 && most >> 62 == 0);
}

/* The identity of a Scale, element by element: z = factor*x + shift or, without a factor, x - shift, a mask's
 * multiple being part of the shift. The shift may be bounded by it, as the maximum of a softmax is. */
static void scale_element(struct state *s, const struct hcl_block *b, uint32_t e)
{
    const size_t high = (size_t)b->out_row * s->lanes + e, low = high + (size_t)b->in_rows * s->lanes;
    struct cell one = { true, point(1) }, none = { true, point(0) }, mask = none;
    struct cell *x = &s->y[(size_t)b->in_row * s->lanes + e];
    struct cell *factor = b->factor == HCL_NONE ? &one : &s->y[b->factor];
    struct cell *shift = b->shift == HCL_NONE ? &none : &s->y[b->shift];
    struct interval z = plus(s->r[high].in, scaled(named(s, S, high / s->lanes), &s->q[high]));
    struct interval rest = s->r[high].in, bound;

    if (b->limbs == 2) {
        HCL_CHECK(rest.known && rest.lo == 0 && rest.hi == 0);
        HCL_CHECK(s->r[low].in.hi - s->r[low].in.lo < named(s, S, low / s->lanes));
        rest = plus(s->r[low].in, scaled(named(s, S, low / s->lanes), &s->q[low]));
        z = plus(z, rest);
    }
    HCL_CHECK(rest.known && rest.hi - rest.lo < named(s, S, high / s->lanes));
    bound = plus(z, times(point(-1), times(factor->in, x->in)));
    if (b->factor == HCL_NONE)
        bound = times(point(-1), bound);
    if (b->res_rows != 0) {
        mask = s->y[(size_t)b->res_row * s->lanes + e];
        bound = plus(bound, times(point(-(wide)b->res_at), mask.in));
    }
    if (b->res_rows == 0 && b->res_at != 0) { /* by the pass over weights */
        mask = (struct cell){ true, point(s->l->prog.pool[b->res_row + e]) };
        bound = plus(bound, times(point(-(wide)b->res_at), mask.in));
    }
    narrow(s, shift, bound);
    if (!x->det || !factor->det || !shift->det || !mask.det)
        return;
    for (uint32_t half = 0; half < b->limbs; half++) {
        set_det(s, &s->q[half ? low : high]);
        set_det(s, &s->r[half ? low : high]);
    }
}

/* The look-up argument: number and row are an entry, which the weights determine; so the number is one of the
 * entries' and the row follows from it. What says so is read from the fixed columns and the copies. */
static void looked_up_row(struct state *s, const struct hcl_block *b)
{
    const struct lowered *l = s->l;
    const size_t last = b->out_row + b->out_rows - 1, first = (size_t)b->out_row * s->lanes;
    const int64_t tag = named(s, LOOK, b->res_row);
    const bool small = l->prog.row_tables[b->in_row].digits == 1;
    const uint32_t b_column = hcl_col_b(s->lanes), y = hcl_col_y(s->lanes, 0);
    bool copied = false;

    for (size_t i = 0; i < l->circuit.num_copies; i++) {
        const struct hcl_copy *c = &l->circuit.copies[i];
        const hcl_column from = l->circuit.permutation[c->left_column],
                         to = l->circuit.permutation[c->right_column];
        copied |= from.kind == HCL_COL_ADVICE && to.kind == HCL_COL_ADVICE && to.index == b_column &&
                  c->right_row == b->res_row && c->left_row == b->factor / s->lanes &&
                  from.index == y + b->factor % s->lanes;
    }
    for (size_t row = b->out_row; row <= last; row++)
        copied = copied && named(s, HY, row) == -1 && named(s, CONT1, row) == (row > b->out_row);
    /* several digits: elements are told apart as small integers, and the cells before them are 0 */
    for (size_t i = first; !small && i < (last + 1) * s->lanes; i++)
        copied = copied && (i >= (last + 1) * s->lanes - b->out_w
                                ? looked_up(s, i) && s->y[i].in.known && s->y[i].in.hi >> 16 == 0
                                : root(s, (uint32_t)i) == root(s, s->lanes));
    if (tag == 0 || !copied)
        return;
    HCL_CHECK(named(s, ENTRY, 0) == 0);
    narrow(s, &s->y[b->factor], table_of(s, tag)->q);
    for (size_t i = first; i < (last + 1) * s->lanes; i++) {
        const bool inside = i >= (last + 1) * s->lanes - b->out_w;
        narrow(s, &s->y[i], inside ? (struct interval){ true, INT16_MIN, INT16_MAX } : point(0));
        if (s->y[b->factor].det)
            set_det(s, &s->y[i]);
    }
}

/* The identities of a pick: what is picked, and where it is, follow from the elements. */
static void pick(struct state *s, const struct hcl_block *b)
{
    const size_t x = (size_t)b->in_row * s->lanes, q = (size_t)b->out_row * s->lanes,
                 before = q + (size_t)b->in_rows * s->lanes, end = before + (size_t)b->in_rows * s->lanes;
    struct interval all = s->y[x].in;

    for (uint32_t e = 0; e < b->in_rows * s->lanes; e++) {
        const bool inside = e < b->out_w, first = e < s->lanes;
        const size_t h_row = (q + e) / s->lanes, b_row = (before + e) / s->lanes;
        HCL_CHECK(named(s, HZ, h_row) == -1 && named(s, HY, h_row) == -1 && named(s, S, h_row) == 1);
        HCL_CHECK(named(s, HY, b_row) == -1 && named(s, TOTAL, b_row) == 1);
        HCL_CHECK(named(s, CONT1, h_row) == !first && named(s, CONT1, b_row) == !first);
        if (inside && (!looked_up(s, q + e) || !s->y[x + e].det || !s->y[x + e].in.known))
            return;
        if (e + 1 >= b->out_w && root(s, (uint32_t)(before + e)) != root(s, s->lanes))
            return; /* row 1: zeros */
        if (inside) {
            all.lo = s->y[x + e].in.lo < all.lo ? s->y[x + e].in.lo : all.lo;
            all.hi = s->y[x + e].in.hi > all.hi ? s->y[x + e].in.hi : all.hi;
        }
    }
    for (uint32_t i = 0; i < b->in_channels; i++)
        if (!s->y[(size_t)s->l->prog.lists[b->in_list + i] * s->lanes].det)
            return;
    for (size_t i = q; i < end + 2; i++)
        set_det(s, &s->y[i]);
    narrow(s, &s->y[end], all);
    narrow(s, &s->y[end + 1], (struct interval){ true, 0, (wide)b->out_w - 1 });
}

/* What the scores of output o are taken from: a maximum that is an integer by look-up, a computed mask.
 * Totals say which integer it is. */
static bool shift_determined(const struct state *s, const struct hcl_block *b, uint32_t o, size_t e)
{
    const size_t m = b->factor + o;

    if (b->kind != HCL_BLOCK_SCORES)
        return true;
    return looked_up(s, m) && s->y[m].in.known &&
           (!b->res_at ||
            (s->y[b->shift + o].det && s->y[b->shift + o].in.known &&
             s->y[m].in.hi - s->y[m].in.lo < b->res_at && s->y[s->l->prog.lists[b->in_list + o] + e].det));
}

/* Maxima, as hints are. */
static void block_hints(struct state *s, const struct hcl_block *b)
{
    for (uint32_t o = 0; b->kind == HCL_BLOCK_SCORES && o < b->out_channels; o++) {
        if (looked_up(s, b->factor + o))
            set_det(s, &s->y[b->factor + o]);
        if (b->res_at && looked_up(s, b->shift + o))
            set_det(s, &s->y[b->shift + o]);
    }
}

static void block(struct state *s, const struct hcl_block *b)
{
    if (b->kind == HCL_BLOCK_PICK) {
        pick(s, b);
        return;
    }
    if (b->kind == HCL_BLOCK_LOOKUP) {
        looked_up_row(s, b);
        return;
    }
    for (uint32_t e = 0; b->kind == HCL_BLOCK_SCALE && e < b->out_w; e++)
        if (s->q[(size_t)b->out_row * s->lanes + e].in.known) /* looked up by now */
            scale_element(s, b, e);
    if (b->kind == HCL_BLOCK_SCALE)
        return;
    for (uint32_t o = 0; o < b->out_channels; o++)
        for (size_t e = 0; e < (size_t)b->out_rows * s->lanes; e++) {
            size_t i = ((size_t)b->out_row + (size_t)o * b->out_rows) * s->lanes + e;
            int64_t div = named(s, S, i / s->lanes);
            wide most = (wide)1 << 40; /* biases are below */
            if (s->q[i].det || !looked_up(s, i) || s->r[i].in.hi - s->r[i].in.lo >= div ||
                !window_determined(s, b, o, (int64_t)e - (int64_t)b->front_rows * s->lanes, &most) ||
                !told_apart(s, b, o, (uint32_t)e, most) || !shift_determined(s, b, o, e))
                continue;
            set_det(s, &s->q[i]);
            set_det(s, &s->r[i]);
        }
}

static bool is_hint(const struct state *s, size_t i, hcl_hint_kind kind)
{
    const struct hcl_program *p = &s->l->prog;
    return HCL_SRC_KIND(p->sources[i]) == HCL_SRC_HINT &&
           p->hints[HCL_SRC_INDEX(p->sources[i])].kind == (uint32_t)kind;
}

/* Row `row` is a register that loads, adds and multiplies by these factors. */
static bool registers(const struct state *s, size_t row, int64_t c0, int64_t c1, int64_t c2)
{
    return row < s->cells / s->lanes && named(s, S, row) == 0 && named(s, C0, row) == c0 &&
           named(s, C1, row) == c1 && named(s, REG, row) == 1 + c2;
}

/* Row `row` splits the register above into Q = Y and R. */
static bool splits(struct state *s, size_t i)
{
    const size_t row = i / s->lanes;
    return named(s, REG, row) == 1 && named(s, S, row) > 0 && named(s, C0, row) == 1 &&
           named(s, C1, row) == 0 && looked_up(s, i) && table_of(s, named(s, TAG_Q, row))->identity;
}

/* A quotient rounded down, a hint in cell i: of bounded integers a, b and q only one q has 0 <= a - q b and
 * a - q b <= b - 1. That the registers of the rows below hold these two, and that both are shown not to be
 * negative, is read from the fixed columns and the copies. */
static void floor_hint(struct state *s, size_t i)
{
    const struct hcl_program *p = &s->l->prog;
    const struct hcl_hint *h = &p->hints[HCL_SRC_INDEX(p->sources[i])];
    const size_t row = i / s->lanes, down = s->lanes;
    const uint32_t b = root(s, h->cell), one = root(s, 0); /* row 0: ones */
    const int64_t by = row + 2 < s->cells / down ? named(s, REG, row + 1) - 1 : 0,
                  a = row + 2 < s->cells / down ? named(s, C1, row + 2) : 0;
    const struct cell *rest = &s->r[i + 2 * down], *left = &s->r[i + 6 * down];

    if (!registers(s, row, 0, 1, 0) || by < 1 || !registers(s, row + 1, 0, 0, by) ||
        !registers(s, row + 2, -1, a, 0) || !splits(s, i + 3 * down) ||
        !registers(s, row + 4, -1, -named(s, S, row + 3), 0) || !registers(s, row + 5, 1, by, 0) ||
        !registers(s, row + 6, 1, -1, 0))
        return;
    if (root(s, (uint32_t)(i + down)) != b || root(s, (uint32_t)(i + 5 * down)) != b ||
        root(s, (uint32_t)(i + 4 * down)) != root(s, (uint32_t)(i + 3 * down)) ||
        root(s, (uint32_t)(i + 6 * down)) != one)
        return;
    if (rest->in.known && rest->in.lo >= 0 && left->in.known && left->in.lo >= 0 && s->y[b].det &&
        s->y[i + 2 * down].det && s->y[i].in.known)
        set_det(s, &s->y[i]);
}

/* A copy constraint says that Y cell i and this column's cell are equal. */
static bool copied_to(const struct state *s, size_t i, uint32_t column, size_t row)
{
    const struct hcl_circuit *c = &s->l->circuit;
    const uint32_t y = hcl_col_y(s->lanes, (uint32_t)(i % s->lanes));

    for (size_t k = 0; k < c->num_copies; k++) {
        const struct hcl_copy *at = &c->copies[k];
        const hcl_column left = c->permutation[at->left_column], right = c->permutation[at->right_column];
        if (left.kind != HCL_COL_ADVICE || right.kind != HCL_COL_ADVICE)
            continue;
        if ((left.index == y && at->left_row == i / s->lanes && right.index == column &&
             at->right_row == row) ||
            (right.index == y && at->right_row == i / s->lanes && left.index == column &&
             at->left_row == row))
            return true;
    }
    return false;
}

/* Y cell `square` is the square of Y cell i, by some dot row. */
static bool is_square(const struct state *s, size_t i, size_t square)
{
    for (size_t row = i / s->lanes; row < s->cells / s->lanes; row++)
        if (named(s, DOT, row) == 1 && named(s, CONT0, row) == 0 && named(s, HZ, row) == 0 &&
            named(s, HY, row) == 0 && copied_to(s, square, hcl_col_a0(s->lanes), row) &&
            copied_to(s, i, hcl_col_a1(s->lanes), row) && copied_to(s, i, hcl_col_b(s->lanes), row))
            return true;
    return false;
}

/* A root in cell i, its square three rows above: both follow from the register above that if the squares of
 * integers leave 0 <= v - w^2 and v - w^2 <= 2w. That 2w is one, below 2^62, is said by the second, and w is
 * one with it, as 4 w^2 is. */
static void root_hint(struct state *s, size_t i)
{
    const size_t row = i / s->lanes, down = s->lanes, square = i - 3 * down;

    if (row < 4 || row + 1 >= s->cells / down || s->y[i].det || !registers(s, row - 3, 1, -1, 0) ||
        !splits(s, i - 2 * down) || !registers(s, row - 1, -1, -named(s, S, row - 2), 0) ||
        root(s, (uint32_t)(i - down)) != root(s, (uint32_t)(i - 2 * down)) || !registers(s, row, 1, 2, 0) ||
        !splits(s, i + down))
        return;
    const struct cell *v = &s->r[square - down], *rest = &s->r[square], *left = &s->r[i];
    if (!v->det || !v->in.known || !rest->in.known || rest->in.lo < 0 || rest->in.hi >> 61 ||
        !left->in.known || left->in.lo < 0 || left->in.hi >> 61 || !is_square(s, i, square))
        return;
    narrow(s, &s->y[i], (struct interval){ true, 0, (rest->in.hi + left->in.hi) / 2 });
    set_det(s, &s->y[i]);
    set_det(s, &s->y[square]);
}

/* A quotient rounded half up, a hint in cell i: of a bounded integer above and a remainder of fewer values
 * than the divisor, if the quotient is a bounded integer, too, which what reads it has to say. */
static void divide_hint(struct state *s, size_t i)
{
    const size_t row = i / s->lanes;
    const struct cell *above = &s->r[i - s->lanes], *rest = &s->r[i];
    const int64_t by = row > 0 ? -named(s, C1, row) : 0;

    if (by > 0 && registers(s, row, 1, -by, 0) && above->det && above->in.known && rest->in.known &&
        rest->in.hi - rest->in.lo < by && s->y[i].in.known)
        set_det(s, &s->y[i]);
}

/* Those whose ties are read from the circuit. */
static void derived_hint(struct state *s, size_t i)
{
    if (is_hint(s, i, HCL_HINT_FLOOR))
        floor_hint(s, i);
    if (is_hint(s, i, HCL_HINT_ROOT))
        root_hint(s, i);
    if (is_hint(s, i, HCL_HINT_DIVIDE))
        divide_hint(s, i);
}

static bool is_derived(const struct state *s, size_t i)
{
    return is_hint(s, i, HCL_HINT_FLOOR) || is_hint(s, i, HCL_HINT_SQUARE) || is_hint(s, i, HCL_HINT_ROOT) ||
           is_hint(s, i, HCL_HINT_DIVIDE);
}

static void start(struct state *s)
{
    const struct hcl_program *p = &s->l->prog;

    for (size_t i = 0; i < s->cells; i++) {
        hcl_src kind = HCL_SRC_KIND(p->sources[i]);
        if (kind == HCL_SRC_POOL)
            bind_constant(s, i);
        else if (kind == HCL_SRC_INPUT || (kind == HCL_SRC_HINT && !is_derived(s, i)))
            set_det(s, &s->y[i]);
    }
    for (uint32_t i = 0; i < p->num_blocks; i++)
        block_hints(s, &p->blocks[i]);
}

/* Totals are what the gate on B adds up: as bounded as the cells. */
static void total(struct state *s, size_t i)
{
    const struct hcl_program *p = &s->l->prog;
    struct interval sum = point(0);

    if (HCL_SRC_KIND(p->sources[i]) != HCL_SRC_HINT)
        return;
    const struct hcl_hint *h = &p->hints[HCL_SRC_INDEX(p->sources[i])];
    if (h->kind != HCL_HINT_SUM && h->kind != HCL_HINT_SQUARES)
        return;
    for (uint32_t e = h->cell; e < h->cell + h->count; e++)
        sum = plus(sum, h->kind == HCL_HINT_SUM ? s->y[e].in : times(s->y[e].in, s->y[e].in));
    narrow(s, &s->y[i], sum);
}

static void propagate(struct state *s)
{
    do {
        s->changed = false;
        for (size_t i = 0; i < s->cells; i++) {
            if (looked_up(s, i))
                look_up(s, i);
            if (named(s, REG, i / s->lanes))
                register_row(s, i);
            total(s, i);
            derived_hint(s, i);
        }
        for (uint32_t i = 0; i < s->l->prog.num_blocks; i++)
            block(s, &s->l->prog.blocks[i]);
        share_copies(s);
    } while (s->changed);
}

/* The operand of a division must be an integer: both sides of S*q + r = acc far below the field's size. */
static void count_division(const struct state *s, size_t i, struct determined *out)
{
    size_t row = i / s->lanes;

    if (!named(s, REG, row) || !named(s, S, row) || !looked_up(s, i))
        return;
    out->divisions++;
    out->wrapping += !s->q[i].in.known || !s->r[i].in.known ||
                     (named(s, C0, row) && !s->r[i - s->lanes].in.known) ||
                     (named(s, C1, row) && !s->y[i].in.known);
}

static struct determined report(const struct state *s)
{
    const struct hcl_program *p = &s->l->prog;
    struct determined out = { .cells = s->cells };

    for (size_t i = 0; i < s->cells; i++) {
        hcl_src kind = HCL_SRC_KIND(p->sources[i]);
        out.free_cells += !s->y[i].det;
        /* a copy of a gap, which a pass over whole rows takes along, is as free as the gap */
        if (kind != HCL_SRC_NONE && (kind != HCL_SRC_CELL || s->y[i].det))
            out.unbounded_inputs += !s->y[i].in.known;
        count_division(s, i, &out);
    }
    for (uint32_t o = 0; o < p->num_outputs; o++)
        for (uint32_t i = 0; i < p->outputs[o].len; i++) {
            const struct cell *c = &s->y[p->lists[p->outputs[o].list + i]];
            out.free_outputs += !c->det || !c->in.known;
        }
    for (uint32_t i = 0; i < p->num_instance; i++)
        out.free_outputs += !s->y[p->instance[i]].det;
    return out;
}

struct determined hcl_test_determined(const struct lowered *l)
{
    struct state s = { .l = l, .lanes = l->prog.lanes, .cells = (size_t)l->prog.num_rows * l->prog.lanes };
    struct determined out;

    s.q = calloc(3 * s.cells, sizeof(*s.q));
    s.group = calloc(s.cells, sizeof(*s.group));
    HCL_CHECK(s.q && s.group);
    s.y = s.q + s.cells;
    s.r = s.y + s.cells;
    read_tables(&s);
    join_copies(&s);
    start(&s);
    propagate(&s);
    out = report(&s);
    free(s.q);
    free(s.group);
    free(s.tables);
    return out;
}
