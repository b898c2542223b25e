/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/layout/machine.h"
#include "compiler/layout/machine_internal.h"
#include <stdarg.h>
#include <string.h>

void hcl_machine_fail(struct hcl_machine *m, hcl_status st, const char *fmt, ...)
{
    va_list args;

    if (m->status != HCL_OK)
        return;
    m->status = st;
    va_start(args, fmt);
    vsnprintf(m->err.msg, sizeof(m->err.msg), fmt, args);
    va_end(args);
}

bool hcl_machine_grow(struct hcl_machine *m, void *array, size_t *cap, size_t need, size_t elem)
{
    void *old, *grown;
    size_t to = *cap ? *cap : 16;

    if (m->status != HCL_OK)
        return false;
    if (need <= *cap)
        return true;
    while (to < need) /* doubling would take as much again as is used */
        to += to / 4;
    memcpy(&old, array, sizeof(old));
    grown = to > SIZE_MAX / elem ? NULL : realloc(old, to * elem);
    if (!grown) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout (%zu elements of %zu bytes)", to,
                         elem);
        return false;
    }
    memcpy(array, &grown, sizeof(grown));
    *cap = to;
    return true;
}

hcl_status hcl_machine_init(struct hcl_machine *m, uint32_t lanes, uint32_t weight_columns, uint32_t max_rows,
                            struct hcl_err *err)
{
    struct hcl_row_spec constant = { .lookups = hcl_lanes_below(lanes) };
    int64_t one = 1;

    *m = (struct hcl_machine){ .lanes = lanes, .weight_columns = weight_columns, .max_rows = max_rows };
    if (max_rows > (UINT32_MAX - 1) / HCL_MAX_LANES) /* Y cells are numbered with 32 bits */
        m->max_rows = (UINT32_MAX - 1) / HCL_MAX_LANES;
    if (weight_columns > HCL_MAX_WEIGHT_COLUMNS)
        return hcl_fail(err, HCL_BAD_INPUT, "%u weight columns, expected at most %d", weight_columns,
                        HCL_MAX_WEIGHT_COLUMNS);
    if (lanes < 2 || lanes > HCL_MAX_LANES)
        return hcl_fail(err, HCL_BAD_INPUT, "%u lanes, expected 2..%d", lanes, HCL_MAX_LANES);
    m->prog.lanes = lanes;
    m->prog.weight_columns = weight_columns;
    m->prog.weight_digits = 1;
    m->more = calloc(1, sizeof(*m->more));
    if (!m->more)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the layout");
    hcl_machine_region(m, HCL_NONE, "constants", "one and zero", HCL_NONE);
    /* The tables {(0, 1)} and {(0, 0)} leave these cells no choice. */
    constant.fn = hcl_machine_fn(m, 0, 0, &one);
    constant.range = hcl_machine_range(m, 0, 0);
    hcl_machine_row(m, &constant);
    constant.fn = hcl_machine_fn(m, 0, 0, NULL);
    hcl_machine_row(m, &constant);
    return hcl_machine_status(m, err);
}

void hcl_machine_clear(struct hcl_machine *m)
{
    struct hcl_machine_more *x = m->more;

    if (x) {
        for (size_t i = 0; i < x->num_regions; i++) {
            free(x->regions[i].name);
            free(x->regions[i].what);
        }
        for (size_t i = 0; i < x->num_views; i++)
            free(x->views[i]);
        for (uint32_t i = 0; x->row_sources && i < m->prog.num_row_tables; i++)
            free(x->row_sources[i].name);
        free(x->row_sources);
        free(x->within);
        free(x->regions);
        free(x->lengths);
        free(x->equal);
        free(x->powers);
        free(x->power_slots);
        free(x->passes);
        free(x->pass_slots);
        free(x->views);
        free(x);
    }
    hcl_program_clear(&m->prog);
    *m = (struct hcl_machine){ 0 };
}

hcl_status hcl_machine_status(const struct hcl_machine *m, struct hcl_err *err)
{
    if (m->status != HCL_OK && err)
        *err = m->err;
    return m->status;
}

void hcl_machine_region(struct hcl_machine *m, uint32_t node, const char *name, const char *what,
                        uint32_t tensor)
{
    struct hcl_machine_more *x = m->more;
    struct hcl_region *r;

    if (!hcl_machine_grow(m, &x->regions, &x->cap_regions, x->num_regions + 1, sizeof(*x->regions)))
        return;
    r = &x->regions[x->num_regions];
    *r = (struct hcl_region){ .first_row = m->prog.num_rows,
                              .first_weight_row = m->prog.num_weight_rows,
                              .node = node,
                              .tensor = tensor };
    r->name = strdup(name);
    r->what = strdup(what);
    x->num_regions++;
    if (!r->name || !r->what)
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
}

uint32_t hcl_machine_next_row(const struct hcl_machine *m)
{
    return m->prog.num_rows;
}

static uint32_t find_class(struct hcl_machine *m, const struct hcl_row_spec *spec)
{
    struct hcl_row_class c = {
        .s = spec->s, .c0 = spec->c0, .c1 = spec->c1, .c2 = spec->c2, .fn = HCL_NONE, .range = HCL_NONE
    };
    struct hcl_program *p = &m->prog;

    if (spec->lookups) {
        c.fn = spec->fn;
        c.range = spec->range;
    }
    for (uint32_t i = p->num_classes; i-- > 0;) {
        const struct hcl_row_class *o = &p->classes[i];
        if (o->s == c.s && o->c0 == c.c0 && o->c1 == c.c1 && o->c2 == c.c2 && o->fn == c.fn &&
            o->range == c.range)
            return i;
    }
    if (!hcl_machine_grow(m, &p->classes, &m->more->cap_classes, (size_t)p->num_classes + 1, sizeof(c)))
        return 0;
    p->classes[p->num_classes] = c;
    return p->num_classes++;
}

static void add_wide(struct hcl_machine *m, struct hcl_cell to, struct hcl_cell from)
{
    struct hcl_program *p = &m->prog;

    if (from.at != HCL_AT_D && from.row >= to.row) {
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: row %u copies from row %u, which is not earlier", to.row,
                         from.row);
        return;
    }
    if (hcl_machine_grow(m, &p->wide, &m->more->cap_wide, (size_t)p->num_wide + 1, sizeof(*p->wide)))
        p->wide[p->num_wide++] = (struct hcl_wide_copy){ .to = to, .from = from };
}

/* What the gates cannot mean. The accumulators A0, A1 and B each serve one gate per row. */
static bool spec_ok(struct hcl_machine *m, const struct hcl_row_spec *spec)
{
    uint16_t f = spec->flags, a0 = f & (HCL_ROW_HZ | HCL_ROW_HT | HCL_ROW_DOT),
             a1 = f & (HCL_ROW_HY | HCL_ROW_HYT),
             b = f & (HCL_ROW_SUM | HCL_ROW_SQUARES | HCL_ROW_CARRY | HCL_ROW_GATHER);
    const struct hcl_program *p = &m->prog;

    if ((a0 & (a0 - 1)) != 0 || ((f & HCL_ROW_CONT0) && !a0) || ((f & HCL_ROW_CONT1) && !a1 && !b) ||
        (a1 & (a1 - 1)) != 0 || (b & (b - 1)) != 0 || (b && f & HCL_ROW_DOT) ||
        ((f & HCL_ROW_GATHER) && !a0) || (spec->a1 && (!(f & HCL_ROW_DOT) || a1)) ||
        (spec->b && !(f & HCL_ROW_DOT)) || spec->s < 0 || spec->c2 == -1 /* would turn the gate off */) {
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: row %u mixes gates (flags 0x%x) that exclude each other",
                         p->num_rows, f);
        return false;
    }
    if (spec->lookups & ~hcl_lanes_below(m->lanes) ||
        (spec->lookups && (spec->fn >= p->num_fns || spec->range >= p->num_ranges))) {
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: row %u has look-ups without tables", p->num_rows);
        return false;
    }
    if (p->num_rows == 0 &&
        (spec->c0 || spec->c2 || f & (HCL_ROW_CONT0 | HCL_ROW_CONT1 | HCL_ROW_CARRY | HCL_ROW_GATHER))) {
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: row 0 refers to the row above");
        return false;
    }
    return true;
}

void hcl_row_clear_gaps(const struct hcl_machine *m, struct hcl_row_spec *spec)
{
    for (uint32_t j = 0; j < m->lanes; j++)
        spec->y[j] = spec->lookups >> j & 1 ? HCL_SRC_NONE : HCL_SRC_CELL | hcl_machine_zero(m);
}

bool hcl_machine_is_zero(const struct hcl_machine *m, uint32_t cell)
{
    const uint32_t zero = hcl_machine_zero(m);

    return cell == zero ||
           (cell / m->lanes < m->prog.num_rows && m->prog.sources[cell] == (HCL_SRC_CELL | zero));
}

/* Lanes in which the row has a use for the register above. In others Y is 0 and nothing is looked up: their R
 * matters to no row but those that go on with it, which look it up or have a Y of their own in the end. */
static void count_registers(struct hcl_machine *m, const struct hcl_row_spec *spec)
{
    const hcl_src zero = HCL_SRC_CELL | hcl_machine_zero(m);
    const bool passes = spec->flags & (HCL_ROW_HZ | HCL_ROW_HT);

    if (!(spec->flags & HCL_ROW_REG) || (spec->c0 == 0 && spec->c2 == 0))
        return;
    for (uint32_t j = m->prog.registers; j < m->lanes; j++)
        if (passes || spec->lookups >> j & 1 || (spec->y[j] != HCL_SRC_NONE && spec->y[j] != zero))
            m->prog.registers = j + 1;
}

uint32_t hcl_machine_row(struct hcl_machine *m, const struct hcl_row_spec *spec)
{
    struct hcl_program *p = &m->prog;
    uint32_t row = p->num_rows, lanes = m->lanes;
    hcl_src *src;

    if (m->status != HCL_OK || !spec_ok(m, spec))
        return 0;
    if (row >= m->max_rows) {
        hcl_machine_fail(m, HCL_BAD_INPUT,
                         "the circuit needs more than %u rows with %u lanes: use a larger k or more lanes",
                         m->max_rows, lanes);
        return 0;
    }
    if (!hcl_machine_grow(m, &p->rows, &m->more->cap_rows, (size_t)row + 1, sizeof(*p->rows)) ||
        !hcl_machine_grow(m, &p->sources, &m->more->cap_sources, ((size_t)row + 1) * lanes,
                          sizeof(*p->sources)))
        return 0;
    src = p->sources + (size_t)row * lanes;
    memcpy(src, spec->y, lanes * sizeof(*src));
    for (uint32_t j = 0; j < lanes; j++) {
        if (HCL_SRC_KIND(src[j]) == HCL_SRC_CELL && HCL_SRC_INDEX(src[j]) >= (size_t)row * lanes)
            hcl_machine_fail(m, HCL_BAD_INPUT, "layout: row %u copies from row %zu, which is not earlier",
                             row, HCL_SRC_INDEX(src[j]) / lanes);
    }
    p->rows[row] =
        (struct hcl_row){ .cls = find_class(m, spec), .flags = spec->flags, .lookups = spec->lookups };
    p->num_rows++;
    count_registers(m, spec);
    if (spec->a1)
        add_wide(m, hcl_cell_at(row, HCL_AT_A1), *spec->a1);
    if (spec->b)
        add_wide(m, hcl_cell_at(row, HCL_AT_B), *spec->b);
    return row;
}

uint32_t hcl_machine_pool(struct hcl_machine *m, const int64_t *values, size_t n)
{
    struct hcl_program *p = &m->prog;
    size_t at = p->pool_len;

    if (at + n >= HCL_NONE) {
        hcl_machine_fail(m, HCL_BAD_INPUT, "the model has more than %u weights", HCL_NONE);
        return 0;
    }
    if (!hcl_machine_grow(m, &p->pool, &m->more->cap_pool, at + n, sizeof(*p->pool)))
        return 0;
    memcpy(p->pool + at, values, n * sizeof(*values));
    p->pool_len += n;
    return (uint32_t)at;
}

uint32_t hcl_machine_list(struct hcl_machine *m, const uint32_t *cells, size_t n)
{
    struct hcl_program *p = &m->prog;
    size_t at = p->lists_len;

    if (!hcl_machine_grow(m, &p->lists, &m->more->cap_lists, at + n, sizeof(*p->lists)))
        return 0;
    if (n > 0) /* else there may be no list at all */
        memcpy(p->lists + at, cells, n * sizeof(*cells));
    p->lists_len += n;
    return (uint32_t)at;
}

hcl_src hcl_machine_hint(struct hcl_machine *m, hcl_hint_kind kind, uint32_t cell, uint32_t count, int64_t by)
{
    return hcl_machine_hint_of(m, &(struct hcl_hint){ .kind = kind, .cell = cell, .count = count, .by = by });
}

hcl_src hcl_machine_hint_of(struct hcl_machine *m, const struct hcl_hint *hint)
{
    struct hcl_program *p = &m->prog;

    if (!hcl_machine_grow(m, &p->hints, &m->more->cap_hints, (size_t)p->num_hints + 1, sizeof(*p->hints)))
        return HCL_SRC_NONE;
    p->hints[p->num_hints] = *hint;
    return HCL_SRC_HINT | p->num_hints++;
}

uint32_t hcl_machine_input(struct hcl_machine *m, const char *name, uint32_t len, int64_t lo, int64_t hi)
{
    struct hcl_program *p = &m->prog;
    uint64_t first = 0;
    char *copy;

    for (uint32_t i = 0; i < p->num_inputs; i++)
        first += p->inputs[i].len;
    if (first + len >= HCL_NONE)
        hcl_machine_fail(m, HCL_BAD_INPUT, "input '%s' makes the inputs too large", name);
    if (!hcl_machine_grow(m, &p->inputs, &m->more->cap_inputs, (size_t)p->num_inputs + 1, sizeof(*p->inputs)))
        return 0;
    copy = strdup(name);
    if (!copy)
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
    p->inputs[p->num_inputs++] = (struct hcl_program_input){ .name = copy, .len = len, .lo = lo, .hi = hi };
    return (uint32_t)first;
}

void hcl_machine_output(struct hcl_machine *m, const char *name, const uint32_t *cells, uint32_t len)
{
    struct hcl_program *p = &m->prog;
    uint32_t at = hcl_machine_list(m, cells, len);
    char *copy;

    if (!hcl_machine_grow(m, &p->outputs, &m->more->cap_outputs, (size_t)p->num_outputs + 1,
                          sizeof(*p->outputs)))
        return;
    copy = strdup(name);
    if (!copy)
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
    p->outputs[p->num_outputs++] = (struct hcl_program_output){ .name = copy, .list = at, .len = len };
}

uint32_t hcl_machine_public(struct hcl_machine *m, uint32_t ycell)
{
    struct hcl_program *p = &m->prog;

    if (!hcl_machine_grow(m, &p->instance, &m->more->cap_instance, (size_t)p->num_instance + 1,
                          sizeof(*p->instance)))
        return 0;
    p->instance[p->num_instance] = ycell;
    return p->num_instance++;
}

void hcl_machine_block(struct hcl_machine *m, const struct hcl_block *b)
{
    struct hcl_program *p = &m->prog;

    if (p->num_blocks && p->blocks[p->num_blocks - 1].out_row >= b->out_row) {
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: blocks out of order at row %u", b->out_row);
        return;
    }
    if (hcl_machine_grow(m, &p->blocks, &m->more->cap_blocks, (size_t)p->num_blocks + 1, sizeof(*b)))
        p->blocks[p->num_blocks++] = *b;
}

/* The rows of an entry. With several digits its cells are looked up, so that they are integers of few bits,
 * and those before them are 0: only then does the sum of all of them say what each one is. */
static void entry_rows(struct hcl_machine *m, const struct hcl_block *b, uint32_t table)
{
    const struct hcl_row_table *t = &m->prog.row_tables[table];
    const struct hcl_row_source *from = &m->more->row_sources[table];
    const uint32_t before = b->out_rows * m->lanes - b->out_w;
    struct hcl_row_spec row = { .flags = HCL_ROW_BLOCK };

    if (t->digits > 1) {
        row.fn = hcl_machine_fn_within(m, from->lo, from->hi, NULL);
        row.range = hcl_machine_range(m, 0, 0);
    }
    for (uint32_t i = 0; i < b->out_rows; i++) {
        row.lookups = hcl_lanes_below(m->lanes) & ~(i ? 0 : hcl_lanes_below(before));
        if (t->digits > 1)
            hcl_row_clear_gaps(m, &row);
        else
            row.lookups = 0;
        hcl_machine_row(m, &row);
    }
    hcl_machine_hyt(m, b->out_row, b->out_rows);
}

/* The row that looks up the sum of the entry's cells. With one digit it is the last of them, whose B is free:
 * only the gates of these rows set it. */
static uint32_t look_up_row(struct hcl_machine *m, const struct hcl_block *b, uint32_t table)
{
    const struct hcl_spread s = hcl_row_table_spread(&m->prog, &m->prog.row_tables[table]);
    const struct hcl_cell index = hcl_cell_y(m, b->factor);
    const uint32_t last = b->out_row + b->out_rows - 1;
    struct hcl_cell sums[HCL_MAX_CUTS], sum;
    uint32_t at[HCL_MAX_CUTS];

    if (m->prog.row_tables[table].digits == 1) {
        add_wide(m, hcl_cell_at(last, HCL_AT_B), index);
        hcl_machine_pass_without_b(m, b->out_row, b->out_rows, HCL_ROW_HYT);
        return last;
    }
    for (uint32_t i = hcl_spread_cuts(&s, at); i-- > 0;)
        sums[i] = hcl_cell_at(last - at[i] / m->lanes, HCL_AT_A1);
    sum = hcl_machine_spread_sum(m, &s, sums);
    return hcl_machine_dot(m, sum, index, false).row;
}

uint32_t hcl_machine_lookup(struct hcl_machine *m, uint32_t table, uint32_t index)
{
    struct hcl_program *p = &m->prog;
    const uint32_t first = p->num_rows;
    struct hcl_block b = { .kind = HCL_BLOCK_LOOKUP, .in_row = table, .factor = index, .out_row = first };

    if (m->status == HCL_OK && (table >= p->num_row_tables || index >= (uint64_t)first * m->lanes))
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: row %u looks up what is not there", first);
    if (m->status != HCL_OK)
        return 0;
    b.out_channels = 1;
    b.out_w = p->row_tables[table].width;
    b.out_rows = hcl_rows_for(m, b.out_w);
    entry_rows(m, &b, table);
    if (m->status != HCL_OK)
        return 0;
    b.res_row = look_up_row(m, &b, table);
    hcl_machine_block(m, &b);
    return (first + b.out_rows) * m->lanes - b.out_w;
}

uint32_t hcl_machine_copy_rows(struct hcl_machine *m, const uint32_t *cells, size_t n, uint16_t flags)
{
    uint32_t first = m->prog.num_rows, lanes = m->lanes;

    for (size_t i = 0; i < n; i += lanes) {
        struct hcl_row_spec spec = { .flags = flags };
        if (i && (flags & HCL_ROW_HY))
            spec.flags |= HCL_ROW_CONT1;
        for (uint32_t j = 0; j < lanes && i + j < n; j++) {
            if (cells[i + j] != HCL_NONE)
                spec.y[j] = HCL_SRC_CELL | cells[i + j];
        }
        hcl_machine_row(m, &spec);
    }
    return first;
}

struct hcl_view hcl_machine_view(struct hcl_machine *m, uint32_t h, uint32_t w, uint32_t c)
{
    struct hcl_machine_more *x = m->more;
    struct hcl_view v = { .h = h, .w = w, .c = c };
    size_t len = (size_t)h * w * c;

    if (!hcl_machine_grow(m, &x->views, &x->cap_views, x->num_views + 1, sizeof(*x->views)))
        return (struct hcl_view){ 0 };
    v.cells = calloc(len ? len : 1, sizeof(*v.cells));
    if (!v.cells) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for a view of %zu cells", len);
        return (struct hcl_view){ 0 };
    }
    x->views[x->num_views++] = v.cells;
    return v;
}

struct hcl_view hcl_machine_view_positions(struct hcl_machine *m, const uint32_t dims[4], uint32_t first_row,
                                           uint32_t origin)
{
    const uint32_t wide = dims[3], rows = hcl_rows_for(m, (uint64_t)origin + wide);
    struct hcl_view v = hcl_machine_view(m, dims[1], dims[2], wide);

    for (uint32_t p = 0; v.cells && p < dims[1] * dims[2]; p++)
        for (uint32_t e = 0; e < wide; e++)
            v.cells[(size_t)p * wide + e] = (first_row + p * rows) * m->lanes + origin + e;
    v.first_row = first_row;
    v.by_position = origin == 0;
    return v;
}

uint32_t **hcl_machine_take_views(struct hcl_machine *m, size_t *count)
{
    struct hcl_machine_more *x = m->more;
    uint32_t **lists = x->views;

    *count = x->num_views;
    x->views = NULL;
    x->num_views = x->cap_views = 0;
    return lists;
}

uint32_t hcl_view_lanes(const struct hcl_machine *m, const struct hcl_view *v, uint32_t row)
{
    uint32_t bits = 0;

    for (uint32_t j = 0; j < m->lanes; j++) {
        uint64_t at = (uint64_t)row * m->lanes + j;
        if (at >= v->origin && (at - v->origin) / v->pitch < v->h && (at - v->origin) % v->pitch < v->w)
            bits |= 1u << j;
    }
    return bits;
}

struct hcl_view hcl_view_simplified(const struct hcl_machine *m, const struct hcl_view *v)
{
    const uint32_t lanes = m->lanes, *cells = v->cells;
    struct hcl_view b = { .h = v->h, .w = v->w, .c = v->c };
    uint32_t image;

    if (m->status != HCL_OK || !cells)
        return *v;
    b.first_row = cells[0] / lanes;
    b.origin = cells[0] % lanes;
    b.pitch = v->h > 1 ? cells[(size_t)v->w * v->c] - cells[0] : v->w;
    image = v->c > 1 ? cells[1] - cells[0] : 0;
    b.rows_per_channel = image / lanes;
    if (b.pitch < v->w || b.pitch > UINT32_MAX / lanes / v->h || (v->c > 1 && cells[1] <= cells[0]) ||
        image % lanes || (v->c > 1 && (uint64_t)b.origin + (uint64_t)(v->h - 1) * b.pitch + v->w > image))
        return *v;
    if (v->c == 1)
        b.rows_per_channel = (b.origin + (v->h - 1) * b.pitch + v->w + lanes - 1) / lanes;
    for (size_t i = 0; i < (size_t)v->h * v->w * v->c; i++)
        if (cells[i] !=
            (uint64_t)cells[0] + i / v->c / v->w * b.pitch + i / v->c % v->w + i % v->c * (uint64_t)image)
            return *v;
    return b;
}

void hcl_machine_equal(struct hcl_machine *m, struct hcl_cell a, struct hcl_cell b)
{
    struct hcl_machine_more *x = m->more;

    if (hcl_machine_grow(m, &x->equal, &x->cap_equal, x->num_equal + 1, sizeof(*x->equal)))
        x->equal[x->num_equal++] = (struct hcl_equality){ a, b };
}

uint32_t hcl_machine_one(const struct hcl_machine *m)
{
    (void)m;
    return 0;
}

uint32_t hcl_machine_zero(const struct hcl_machine *m)
{
    return m->lanes;
}
