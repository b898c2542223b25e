/* SPDX-License-Identifier: Apache-2.0 */
/* Function tables and remainder ranges: one of each content, joined where they agree, then stacked. */
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

static bool same_family(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool add_family(struct hcl_machine *m, uint32_t fn, const char *family)
{
    struct hcl_machine_more *x = m->more;
    size_t had = x->cap_families;

    if (!hcl_machine_grow(m, &x->families, &x->cap_families, (size_t)fn + 1, sizeof(*x->families)))
        return false;
    memset(x->families + had, 0, (x->cap_families - had) * sizeof(*x->families));
    if (!family)
        return true;
    x->families[fn] = strdup(family);
    if (!x->families[fn])
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for a table");
    return x->families[fn] != NULL;
}

uint32_t hcl_machine_fn(struct hcl_machine *m, int64_t lo, int64_t hi, const int64_t *fn, const char *family)
{
    struct hcl_program *p = &m->prog;
    struct hcl_fn_table t = { .lo = lo };
    size_t len = (size_t)(hi - lo + 1);

    if (!length_ok(m, lo, hi))
        return 0;
    t.len = (uint32_t)len;
    for (uint32_t i = 0; i < p->num_fns; i++) {
        const struct hcl_fn_table *o = &p->fns[i];
        bool same = o->lo == lo && o->len == t.len && same_family(m->more->families[i], family);
        for (size_t j = 0; same && (o->values || fn) && j < len; j++)
            same = value_at(o, lo + (int64_t)j) == (fn ? fn[j] : lo + (int64_t)j);
        if (same)
            return i;
    }
    if (!hcl_machine_grow(m, &p->fns, &m->more->cap_fns, (size_t)p->num_fns + 1, sizeof(t)) ||
        !add_family(m, p->num_fns, family))
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
    return p->num_fns++;
}

uint32_t hcl_machine_weight_fn(struct hcl_machine *m, int64_t lo, int64_t hi)
{
    struct hcl_machine_more *x = m->more;
    int64_t *zeros;

    if (x->weight_fn.known && x->weight_fn.lo == lo && x->weight_fn.hi == hi)
        return x->weight_fn.id;
    if (!length_ok(m, lo, hi))
        return 0;
    zeros = calloc((size_t)(hi - lo + 1), sizeof(*zeros));
    if (!zeros) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for a table");
        return 0;
    }
    x->weight_fn.id = hcl_machine_fn(m, lo, hi, zeros, NULL);
    x->weight_fn.lo = lo;
    x->weight_fn.hi = hi;
    x->weight_fn.known = true;
    free(zeros);
    return x->weight_fn.id;
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

uint32_t hcl_machine_range_around(struct hcl_machine *m, int64_t lo, int64_t hi)
{
    for (uint32_t i = 0; i < m->prog.num_ranges; i++) {
        const struct hcl_range *g = &m->prog.ranges[i];
        if (g->lo <= lo && g->lo + g->len > hi)
            return i;
    }
    return hcl_machine_range(m, lo, hi);
}

uint32_t hcl_machine_remainder(struct hcl_machine *m, int64_t s)
{
    return hcl_machine_range(m, -(s / 2), s - s / 2 - 1);
}

/* Can b be joined to a: both may grow, they overlap or touch, and agree on the overlap. */
static bool joinable(const struct hcl_fn_table *a, const struct hcl_fn_table *b)
{
    int64_t a_end = a->lo + a->len, b_end = b->lo + b->len;
    int64_t lo = a->lo > b->lo ? a->lo : b->lo, end = a_end < b_end ? a_end : b_end;

    if (lo > end)
        return false;
    for (int64_t q = lo; q < end; q++) {
        if (value_at(a, q) != value_at(b, q))
            return false;
    }
    return true;
}

static bool join(struct hcl_machine *m, struct hcl_fn_table *a, struct hcl_fn_table *b)
{
    int64_t a_end = a->lo + a->len, b_end = b->lo + b->len;
    int64_t lo = a->lo < b->lo ? a->lo : b->lo, end = a_end > b_end ? a_end : b_end;
    int64_t *values = NULL;

    if (a->values || b->values) {
        values = malloc((size_t)(end - lo) * sizeof(*values));
        if (!values) {
            hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for a table");
            return false;
        }
        for (int64_t q = lo; q < end; q++)
            values[q - lo] = q >= a->lo && q < a_end ? value_at(a, q) : value_at(b, q);
    }
    free(a->values);
    free(b->values);
    *a = (struct hcl_fn_table){ .lo = lo, .len = (uint32_t)(end - lo), .values = values };
    *b = (struct hcl_fn_table){ 0 };
    return true;
}

static void rename_fn(struct hcl_machine *m, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < m->prog.num_classes; i++) {
        if (m->prog.classes[i].fn == from)
            m->prog.classes[i].fn = to;
    }
}

/* Join j to i; the last function takes the number of j. */
static bool join_pair(struct hcl_machine *m, uint32_t i, uint32_t j)
{
    struct hcl_program *p = &m->prog;
    char **families = m->more->families;
    uint32_t last = p->num_fns - 1;

    if (!join(m, &p->fns[i], &p->fns[j]))
        return false;
    rename_fn(m, j, i);
    rename_fn(m, last, j);
    p->fns[j] = p->fns[last];
    p->num_fns = last;
    free(families[j]);
    families[j] = j == last ? NULL : families[last];
    families[last] = NULL;
    return true;
}

static void join_all(struct hcl_machine *m)
{
    struct hcl_program *p = &m->prog;
    char **families = m->more->families;

    for (uint32_t i = 0; i < p->num_fns; i++) {
        for (uint32_t j = i + 1; families[i] && j < p->num_fns; j++) {
            if (!families[j] || !same_family(families[i], families[j]) || !joinable(&p->fns[i], &p->fns[j]))
                continue;
            if (!join_pair(m, i, j))
                return;
            j = i; /* start over: the wider table may reach more */
        }
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
    join_all(m);
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
    if (row > (uint64_t)1 << HCL_MAX_K)
        hcl_machine_fail(m, HCL_BAD_INPUT, "look-up tables need %llu rows in all", (unsigned long long)row);
    p->table_rows = (uint32_t)row;
}
