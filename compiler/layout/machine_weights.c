/* SPDX-License-Identifier: Apache-2.0 */
/* Weight rows: passes, appended with a counter of their own. They are kept as columns, [column][digit][row],
 * with room for more rows until hcl_machine_finish closes the gaps between them. */
#include "compiler/layout/finish.h"
#include "compiler/layout/machine.h"
#include "compiler/layout/machine_internal.h"
#include <string.h>

uint32_t hcl_machine_next_weight_row(const struct hcl_machine *m)
{
    return m->prog.num_weight_rows;
}

static bool count_pass(struct hcl_machine *m, uint32_t n)
{
    struct hcl_machine_more *x = m->more;
    struct hcl_pass_length *l;

    for (size_t i = 0; i < x->num_lengths; i++) {
        if (x->lengths[i].weights == n) {
            struct hcl_pass_length found = x->lengths[i];
            x->lengths[i] = x->lengths[0];
            x->lengths[0] = found;
            x->lengths[0].passes++;
            return true;
        }
    }
    if (!hcl_machine_grow(m, &x->lengths, &x->cap_lengths, x->num_lengths + 1, sizeof(*x->lengths)))
        return false;
    l = &x->lengths[x->num_lengths++];
    *l = (struct hcl_pass_length){ .weights = n, .passes = 1 };
    return true;
}

static uint64_t pass_rows(const struct hcl_machine *m, uint32_t columns)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < m->more->num_lengths; i++)
        rows += m->more->lengths[i].passes * ((m->more->lengths[i].weights + columns - 1) / columns);
    return rows;
}

uint32_t hcl_machine_idle_weight_rows(const struct hcl_machine *m, uint32_t columns)
{
    const uint64_t rows = pass_rows(m, columns);

    if (!m->prog.num_row_tables || !m->more->finished || rows >= m->prog.table_rows)
        return 0;
    return (uint32_t)(m->prog.table_rows - rows);
}

uint64_t hcl_machine_weight_rows(const struct hcl_machine *m, uint32_t columns)
{
    uint64_t rows = pass_rows(m, columns) + hcl_machine_idle_weight_rows(m, columns);

    for (uint32_t i = 0; m->more->finished && i < m->prog.num_row_tables; i++) {
        const struct hcl_row_table *t = &m->prog.row_tables[i];
        rows += (uint64_t)t->count * ((hcl_row_table_length(&m->prog, t) + columns - 1) / columns);
    }
    return rows;
}

uint64_t hcl_machine_weight_passes(const struct hcl_machine *m)
{
    uint64_t passes = 0;

    for (size_t i = 0; i < m->more->num_lengths; i++)
        passes += m->more->lengths[i].passes;
    if (m->prog.num_row_tables && m->more->finished && passes < m->prog.table_rows)
        passes = m->prog.table_rows; /* rows that add nothing */
    for (uint32_t i = 0; m->more->finished && i < m->prog.num_row_tables; i++)
        passes += m->prog.row_tables[i].count;
    return passes;
}

/* The stage that weight rows appended next belong to: after all rows there are. */
static struct hcl_stage *stage(struct hcl_machine *m)
{
    struct hcl_program *p = &m->prog;

    if (p->num_stages && p->stages[p->num_stages - 1].rows == p->num_rows)
        return &p->stages[p->num_stages - 1];
    if (!hcl_machine_grow(m, &p->stages, &m->more->cap_stages, (size_t)p->num_stages + 1, sizeof(*p->stages)))
        return NULL;
    p->stages[p->num_stages] = (struct hcl_stage){ p->num_rows, p->num_weight_rows };
    return &p->stages[p->num_stages++];
}

static size_t stripes(const struct hcl_machine *m)
{
    return (size_t)m->weight_columns * m->prog.weight_digits;
}

/* Room for this many weight rows. */
static bool grow_weights(struct hcl_machine *m, size_t rows)
{
    struct hcl_program *p = &m->prog;
    const size_t cap = m->more->cap_weight_rows, to = rows > 2 * cap ? rows : 2 * cap;
    int16_t *grown;

    if (m->status != HCL_OK || rows <= cap)
        return m->status == HCL_OK;
    grown = malloc((to * stripes(m) + 1) * sizeof(*grown));
    if (!grown) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for %zu weights", to * stripes(m));
        return false;
    }
    for (size_t i = 0; p->own_weights && i < stripes(m); i++)
        memcpy(grown + i * to, p->own_weights + i * cap, p->num_weight_rows * sizeof(*grown));
    free(p->own_weights);
    p->own_weights = grown;
    m->more->cap_weight_rows = to;
    return true;
}

void hcl_machine_expect_weights(struct hcl_machine *m, uint32_t rows)
{
    if (m->weight_columns && rows)
        grow_weights(m, rows);
}

/* Row `row` of a pass of n values: [digit][n]. */
static void set_weight_row(struct hcl_machine *m, uint32_t first, uint32_t row, const int16_t *values,
                           uint32_t n)
{
    const size_t columns = m->weight_columns, cap = m->more->cap_weight_rows, at = row * columns,
                 count = n - at < columns ? n - at : columns;
    int16_t *to = m->prog.own_weights + first + row;

    for (size_t d = 0; d < m->prog.weight_digits; d++)
        for (size_t i = 0; i < columns; i++) {
            int16_t digit = 0;
            if (i < count)
                digit = values[d * n + at + i];
            to[(i * m->prog.weight_digits + d) * cap] = digit;
        }
}

/* values: [digit][n] */
static struct hcl_cell keep_pass(struct hcl_machine *m, const int16_t *values, uint32_t n, bool cont)
{
    struct hcl_program *p = &m->prog;
    const uint32_t columns = m->weight_columns, rows = (n + columns - 1) / columns,
                   first = p->num_weight_rows;

    if (rows > m->max_rows - first) {
        hcl_machine_fail(m, HCL_BAD_INPUT,
                         "the weights need more than %u rows of %u columns: use a larger k or more columns",
                         m->max_rows, columns);
        return (struct hcl_cell){ 0 };
    }
    if (!grow_weights(m, first + (size_t)rows) ||
        !hcl_machine_grow(m, &p->weight_steps, &m->more->cap_steps, (size_t)first + rows,
                          sizeof(*p->weight_steps)))
        return (struct hcl_cell){ 0 };
    for (uint32_t row = 0; row < rows; row++)
        set_weight_row(m, first, row, values, n);
    memset(p->weight_steps + first, HCL_WEIGHTS_MORE, rows);
    p->weight_steps[first] = cont ? HCL_WEIGHTS_NEXT : HCL_WEIGHTS_START;
    p->num_weight_rows += rows;
    return hcl_cell_at(first + rows - 1, HCL_AT_D);
}

struct hcl_cell hcl_machine_weights(struct hcl_machine *m, const int16_t *values, uint32_t n,
                                    struct hcl_cell by, bool cont)
{
    struct hcl_program *p = &m->prog;
    struct hcl_stage *s;
    struct hcl_cell end = { .at = HCL_AT_D };

    if (m->status == HCL_OK &&
        (n == 0 || by.row >= p->num_rows || by.at == HCL_AT_D || (cont && p->num_weight_rows == 0)))
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: weight row %u multiplies by a cell that is not there",
                         p->num_weight_rows);
    if (m->status != HCL_OK || !count_pass(m, n))
        return end;
    if (m->weight_columns == 0) { /* only counted */
        end.row = p->num_weight_rows++;
        return end;
    }
    s = stage(m);
    if (!s || !hcl_machine_grow(m, &p->wide, &m->more->cap_wide, (size_t)p->num_wide + 1, sizeof(*p->wide)))
        return end;
    p->wide[p->num_wide++] =
        (struct hcl_wide_copy){ .to = hcl_cell_at(p->num_weight_rows, HCL_AT_U), .from = by };
    end = keep_pass(m, values, n, cont);
    s->weight_rows = p->num_weight_rows;
    return end;
}

/* Give back what lies behind the first `cells` cells. */
static void shrink(struct hcl_program *p, size_t cells)
{
    int16_t *less = realloc(p->own_weights, (cells + 1) * sizeof(*less));

    if (less)
        p->own_weights = less;
}

static void close_gaps(struct hcl_machine *m)
{
    struct hcl_program *p = &m->prog;
    const size_t rows = p->num_weight_rows, cap = m->more->cap_weight_rows;

    for (size_t i = 1; cap > rows && i < stripes(m); i++)
        memmove(p->own_weights + i * rows, p->own_weights + i * cap, rows * sizeof(*p->own_weights));
    shrink(p, rows * stripes(m));
    m->more->cap_weight_rows = rows;
    m->status = p->own_weights ? hcl_program_own_weights(p, &m->err)
                               : hcl_fail(&m->err, HCL_NO_RESOURCE, "out of memory for the layout");
}

void hcl_machine_drop_weights(struct hcl_machine *m, uint32_t column)
{
    struct hcl_program *p = &m->prog;

    shrink(p, (size_t)column * p->weight_digits * p->num_weight_rows);
    for (uint32_t i = 0; i < m->weight_columns; i++)
        p->weights[i] =
            i < column ? p->own_weights + (size_t)i * p->weight_digits * p->num_weight_rows : NULL;
}

/* The cells of an entry that has several digits are looked up, in a table over all weights, which is to be
 * short beside what is saved. */
static uint32_t table_digits(const struct hcl_machine *m, const struct hcl_row_source *from, size_t len)
{
    return len >= 64 * (size_t)(from->hi - from->lo + 1) ? m->prog.weight_digits : 1;
}

static struct hcl_row_source row_source(const int16_t *values, size_t len, uint32_t node, const char *name)
{
    struct hcl_row_source s = { .values = values, .node = node, .name = strdup(name) };

    for (size_t i = 0; i < len; i++) {
        if (values[i] < s.lo)
            s.lo = values[i];
        if (values[i] > s.hi)
            s.hi = values[i];
    }
    return s;
}

uint32_t hcl_machine_row_table(struct hcl_machine *m, uint32_t node, const char *name, const int16_t *values,
                               uint32_t count, uint32_t width)
{
    struct hcl_program *p = &m->prog;
    struct hcl_machine_more *x = m->more;

    for (uint32_t i = 0; i < p->num_row_tables; i++) {
        const struct hcl_row_table *t = &p->row_tables[i];
        if (t->count == count && t->width == width &&
            (x->row_sources[i].values == values ||
             memcmp(x->row_sources[i].values, values, (size_t)count * width * sizeof(*values)) == 0))
            return i;
    }
    if (m->status == HCL_OK && (!count || !width))
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: a table of %u rows of %u weights", count, width);
    if (m->status != HCL_OK ||
        !hcl_machine_grow(m, &p->row_tables, &x->cap_row_tables, (size_t)p->num_row_tables + 1,
                          sizeof(*p->row_tables)) ||
        !hcl_machine_grow(m, &x->row_sources, &x->cap_row_sources, (size_t)p->num_row_tables + 1,
                          sizeof(*x->row_sources)))
        return 0;
    x->row_sources[p->num_row_tables] = row_source(values, (size_t)count * width, node, name);
    p->row_tables[p->num_row_tables] =
        (struct hcl_row_table){ .count = count,
                                .width = width,
                                .digits = table_digits(m, &x->row_sources[p->num_row_tables],
                                                       (size_t)count * width) };
    if (!x->row_sources[p->num_row_tables++].name)
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
    return p->num_row_tables - 1;
}

/* A weight row that adds nothing: the rows of other tables are no entries. */
static void skip_rows(struct hcl_machine *m, uint32_t rows)
{
    const uint32_t columns = m->weight_columns;
    const int16_t zeros[HCL_MAX_WEIGHT_COLUMNS * HCL_MAX_DIGITS] = { 0 };

    while (m->status == HCL_OK && m->prog.num_weight_rows < rows)
        keep_pass(m, zeros, columns, false);
}

/* The entries' passes, each by 1 and with its last weight first. */
static void append_table(struct hcl_machine *m, uint32_t table)
{
    struct hcl_program *p = &m->prog;
    struct hcl_row_table *t = &p->row_tables[table];
    const struct hcl_row_source *from = &m->more->row_sources[table];
    const struct hcl_spread spread = hcl_row_table_spread(p, t);
    const uint32_t length = hcl_spread_length(&spread);
    int16_t *row = calloc((size_t)length * p->weight_digits, sizeof(*row));

    if (!row) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for %u weights", t->width);
        return;
    }
    hcl_machine_region(m, from->node, from->name, "table", HCL_NONE);
    t->first = p->num_weight_rows;
    for (uint32_t o = 0; m->status == HCL_OK && o < t->count; o++) {
        for (uint32_t e = 0; e < t->width; e++) {
            const struct hcl_place at = hcl_spread_place(&spread, e);
            row[(size_t)at.digit * length + at.index] = from->values[(size_t)(o + 1) * t->width - 1 - e];
        }
        if (!hcl_machine_grow(m, &p->wide, &m->more->cap_wide, (size_t)p->num_wide + 1, sizeof(*p->wide)))
            break;
        p->wide[p->num_wide++] = (struct hcl_wide_copy){ .to = hcl_cell_at(p->num_weight_rows, HCL_AT_U),
                                                         .from = hcl_cell_y(m, hcl_machine_one(m)) };
        keep_pass(m, row, length, false);
    }
    free(row);
}

static void append_tables(struct hcl_machine *m)
{
    if (m->prog.num_row_tables)
        skip_rows(m, m->prog.table_rows);
    for (uint32_t i = 0; m->status == HCL_OK && i < m->prog.num_row_tables; i++)
        append_table(m, i);
}

void hcl_machine_finish_weights(struct hcl_machine *m)
{
    struct hcl_program *p = &m->prog;

    m->more->finished = true;
    if (m->weight_columns == 0)
        return;
    append_tables(m);
    if (stage(m))
        p->stages[p->num_stages - 1].weight_rows = p->num_weight_rows;
    if (m->status == HCL_OK)
        close_gaps(m);
}
