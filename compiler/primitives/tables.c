/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/tables.h"
#include "compiler/gadgets/scale.h"
#include <stdlib.h>

static int64_t value_at(const struct hcl_table *t, int64_t q)
{
    return t->values != NULL ? t->values[q - t->lo] : q;
}

static bool equal(const struct hcl_table *a, const struct hcl_table *b)
{
    if (a->kind != b->kind || a->lo != b->lo || a->hi != b->hi || a->by != b->by)
        return false;
    for (int64_t q = a->lo; a->values != b->values && q <= a->hi; q++)
        if (value_at(a, q) != value_at(b, q))
            return false;
    return true;
}

static bool grow(struct hcl_tables *t)
{
    const size_t cap = t->cap != 0 ? 2 * t->cap : 16;
    struct hcl_table *of = realloc(t->of, cap * sizeof *of);
    if (of == NULL) {
        t->failed = true;
        return false;
    }
    t->of = of;
    t->cap = cap;
    return true;
}

static void add(struct hcl_tables *t, struct hcl_table table)
{
    for (size_t i = 0; i < t->num; i++)
        if (equal(&t->of[i], &table))
            return;
    if (t->num < t->cap || grow(t))
        t->of[t->num++] = table;
}

void hcl_tables_add(struct hcl_tables *t, hcl_table_kind kind, int64_t lo, int64_t hi, const int64_t *values)
{
    add(t, (struct hcl_table){ .kind = kind, .lo = lo, .hi = hi, .values = values });
}

void hcl_tables_reciprocals(struct hcl_tables *t, int64_t lo, int64_t hi, int64_t by)
{
    add(t, (struct hcl_table){ .kind = HCL_TABLE_RECIPROCALS, .lo = lo, .hi = hi, .by = by });
}

void hcl_tables_remainder(struct hcl_tables *t, int64_t s)
{
    hcl_tables_add(t, HCL_TABLE_RANGE, -(s / 2), s - s / 2 - 1, NULL);
}

void hcl_tables_limbs(struct hcl_tables *t, uint32_t bits)
{
    const int64_t most = ((int64_t)1 << bits) - 1;
    hcl_tables_add(t, HCL_TABLE_RANGE, 0, most, NULL);
    hcl_tables_add(t, HCL_TABLE_FUNCTION, 0, most, NULL);
}

void hcl_tables_scaling(struct hcl_tables *t, int64_t divisor, int64_t len)
{
    const int64_t low = hcl_scale_low_limb(divisor, len);
    if (low == 0) {
        hcl_tables_remainder(t, divisor);
        return;
    }
    hcl_tables_add(t, HCL_TABLE_RANGE, 0, low - 1, NULL);
    hcl_tables_add(t, HCL_TABLE_FUNCTION, -(divisor / low / 2), divisor / low / 2 - 1, NULL);
}

size_t hcl_tables_rows(const struct hcl_tables *t)
{
    size_t rows = 0;
    for (size_t i = 0; i < t->num; i++)
        rows += (size_t)(t->of[i].hi - t->of[i].lo) + 1;
    return rows;
}

void hcl_tables_clear(struct hcl_tables *t)
{
    free(t->of);
    *t = (struct hcl_tables){ 0 };
}
