/* SPDX-License-Identifier: Apache-2.0 */
/* Function tables and remainder ranges: one of each content; look-ups that any agreeing table will do for
 * take one that is there; then all are stacked. */
#include "compiler/layout/finish.h"
#include "compiler/layout/machine.h"
#include "compiler/layout/machine_internal.h"
#include <string.h>

#define MAX_TABLE_LEN ((int64_t)1 << HCL_MAX_K)

static int64_t value_at(const struct hcl_fn_table *t, int64_t q)
{
    return t->values ? t->values[q - t->lo] : q;
}

static bool length_ok(struct hcl_machine *m, int64_t lo, int64_t hi)
{
    if (m->status == HCL_OK &&
        (hi < lo || hi - lo >= MAX_TABLE_LEN || lo < -MAX_TABLE_LEN || hi > MAX_TABLE_LEN))
        hcl_machine_fail(m, HCL_BAD_INPUT, "layout: a table over [%lld, %lld] does not fit", (long long)lo,
                         (long long)hi);
    return m->status == HCL_OK;
}

static bool equal_over(const struct hcl_fn_table *t, int64_t lo, int64_t hi, const int64_t *fn)
{
    for (int64_t q = lo; (t->values || fn) && q <= hi; q++) {
        if (value_at(t, q) != (fn ? fn[q - lo] : q))
            return false;
    }
    return true;
}

static uint32_t add_fn(struct hcl_machine *m, int64_t lo, int64_t hi, const int64_t *fn, bool within)
{
    struct hcl_program *p = &m->prog;
    struct hcl_machine_more *x = m->more;
    const size_t len = (size_t)(hi - lo + 1);
    struct hcl_fn_table t = { .lo = lo, .len = (uint32_t)len };

    if (!hcl_machine_grow(m, &p->fns, &x->cap_fns, (size_t)p->num_fns + 1, sizeof(t)) ||
        !hcl_machine_grow(m, &x->within, &x->cap_within, (size_t)p->num_fns + 1, sizeof(*x->within)))
        return 0;
    if (fn) {
        t.values = malloc(len * sizeof(*fn));
        if (!t.values) {
            hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for a table of %zu entries", len);
            return 0;
        }
        memcpy(t.values, fn, len * sizeof(*fn));
    }
    p->fns[p->num_fns] = t;
    x->within[p->num_fns] = within;
    return p->num_fns++;
}

static uint32_t find_or_add(struct hcl_machine *m, int64_t lo, int64_t hi, const int64_t *fn, bool within)
{
    if (!length_ok(m, lo, hi))
        return 0;
    for (uint32_t i = 0; i < m->prog.num_fns; i++) {
        const struct hcl_fn_table *o = &m->prog.fns[i];
        if (o->lo == lo && o->len == (uint32_t)(hi - lo + 1) && equal_over(o, lo, hi, fn)) {
            m->more->within[i] = m->more->within[i] && within;
            return i;
        }
    }
    return add_fn(m, lo, hi, fn, within);
}

uint32_t hcl_machine_fn(struct hcl_machine *m, int64_t lo, int64_t hi, const int64_t *fn)
{
    return find_or_add(m, lo, hi, fn, false);
}

uint32_t hcl_machine_fn_within(struct hcl_machine *m, int64_t lo, int64_t hi, const int64_t *fn)
{
    return find_or_add(m, lo, hi, fn, true);
}

uint32_t hcl_machine_range(struct hcl_machine *m, int64_t lo, int64_t hi)
{
    struct hcl_program *p = &m->prog;

    if (!length_ok(m, lo, hi))
        return 0;
    for (uint32_t i = 0; i < p->num_ranges; i++) {
        if (p->ranges[i].lo == lo && p->ranges[i].len == (uint32_t)(hi - lo + 1))
            return i;
    }
    if (!hcl_machine_grow(m, &p->ranges, &m->more->cap_ranges, (size_t)p->num_ranges + 1, sizeof(*p->ranges)))
        return 0;
    p->ranges[p->num_ranges] = (struct hcl_range){ .lo = lo, .len = (uint32_t)(hi - lo + 1) };
    return p->num_ranges++;
}

uint32_t hcl_machine_remainder(struct hcl_machine *m, int64_t s)
{
    return hcl_machine_range(m, -(s / 2), s - s / 2 - 1);
}

static bool holds(const struct hcl_fn_table *t, const struct hcl_fn_table *part)
{
    const int64_t end = part->lo + part->len;

    if (part->lo < t->lo || end > t->lo + t->len)
        return false;
    for (int64_t q = part->lo; (t->values || part->values) && q < end; q++) {
        if (value_at(t, q) != value_at(part, q))
            return false;
    }
    return true;
}

static void rename_fn(struct hcl_machine *m, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < m->prog.num_classes; i++) {
        if (m->prog.classes[i].fn == from)
            m->prog.classes[i].fn = to;
    }
}

/* Look-ups in j go to i; the last function takes the number of j. */
static void replace_fn(struct hcl_machine *m, uint32_t i, uint32_t j)
{
    struct hcl_program *p = &m->prog;
    const uint32_t last = p->num_fns - 1;

    free(p->fns[j].values);
    rename_fn(m, j, i);
    rename_fn(m, last, j);
    p->fns[j] = p->fns[last];
    m->more->within[j] = m->more->within[last];
    p->fns[last] = (struct hcl_fn_table){ 0 };
    p->num_fns = last;
}

static bool replaceable(const struct hcl_machine *m, uint32_t j, uint32_t *by)
{
    for (uint32_t i = 0; m->more->within[j] && i < m->prog.num_fns; i++) {
        if (i != j && holds(&m->prog.fns[i], &m->prog.fns[j])) {
            *by = i;
            return true;
        }
    }
    return false;
}

static void drop_held(struct hcl_machine *m)
{
    for (uint32_t j = 0; j < m->prog.num_fns;) {
        uint32_t by;
        if (replaceable(m, j, &by))
            replace_fn(m, by, j);
        else
            j++;
    }
}

/* A table of zeros over a range has the rows of that remainder range: the two share them. */
static const struct hcl_range *same_rows(const struct hcl_program *p, const struct hcl_fn_table *t)
{
    for (uint32_t i = 0; i < t->len; i++) {
        if (value_at(t, t->lo + i) != 0)
            return NULL;
    }
    for (uint32_t i = 0; i < p->num_ranges; i++) {
        if (p->ranges[i].lo == t->lo && p->ranges[i].len == t->len)
            return &p->ranges[i];
    }
    return NULL;
}

void hcl_machine_stack_tables(struct hcl_machine *m)
{
    struct hcl_program *p = &m->prog;
    uint64_t row = 0;
    uint32_t tag = 1;

    if (m->status != HCL_OK)
        return;
    drop_held(m);
    for (uint32_t i = 0; i < p->num_ranges; i++) {
        p->ranges[i].tag = tag++;
        p->ranges[i].table_row = (uint32_t)row;
        row += p->ranges[i].len;
    }
    for (uint32_t i = 0; i < p->num_fns; i++) {
        const struct hcl_range *range = same_rows(p, &p->fns[i]);
        p->fns[i].tag = range ? range->tag : tag++;
        p->fns[i].table_row = range ? range->table_row : (uint32_t)row;
        row += range ? 0 : p->fns[i].len;
    }
    for (uint32_t i = 0; i < p->num_row_tables; i++)
        p->row_tables[i].tag = tag++;
    if (row > (uint64_t)1 << HCL_MAX_K)
        hcl_machine_fail(m, HCL_BAD_INPUT, "look-up tables need %llu rows in all", (unsigned long long)row);
    p->table_rows = (uint32_t)row;
}
