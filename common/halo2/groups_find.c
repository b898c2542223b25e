/* SPDX-License-Identifier: Apache-2.0 */
/* Which columns stay and which are in which group. Private columns that products join are an atom, which is
 * in a group as a whole; what is to be least is the number of those that stay and of the largest atom. */
#include "common/halo2/arguments_internal.h"
#include "common/halo2/groups_internal.h"

#include <string.h>

/* The values that are its factors, of all sources. */
struct product {
    size_t a, b;
};

struct search {
    struct hcl_group_columns *c;
    size_t words;   /* of a set */
    uint64_t *sets; /* [value of all sources]: columns that it reads, a bit each */
    struct product *products;
    size_t num_products;
    size_t *readers; /* [number]: products that read it */
    uint32_t *order;
    bool *used, *stays, *joined;
    uint64_t *private; /* set of those that are used and do not stay */
    uint32_t *parent;  /* of private ones, union-find */
    size_t *size;      /* of the atom of a root */
    size_t *filled;    /* [group]: columns */
};

struct hcl_query hcl_group_query(const struct hcl_group_source *s, const struct value *v)
{
    static const struct {
        hcl_column_kind kind;
        uint32_t index;
    } vectors[] = { [HCL_ROWS_X] = { HCL_COL_ROWS, HCL_ROWS_OF_X },
                    [HCL_ROWS_L_0] = { HCL_COL_ROWS, HCL_ROWS_OF_FIRST },
                    [HCL_ROWS_L_LAST] = { HCL_COL_ROWS, HCL_ROWS_OF_LAST },
                    [HCL_ROWS_L_ACTIVE] = { HCL_COL_ROWS, HCL_ROWS_OF_ACTIVE } };
    const struct hcl_query q = hcl_value_query(v);
    const struct hcl_circuit *c = s->graph.c;
    const uint32_t i = q.column.index;
    if (!s->argument)
        return q;
    switch ((hcl_row_list)q.rotation) {
    case HCL_ROWS_VALUE:
        return (struct hcl_query){ c->permutation[i], 0 };
    case HCL_ROWS_SIGMA:
        return (struct hcl_query){ { HCL_COL_SIGMA, i }, 0 };
    case HCL_ROWS_Z:
        return (struct hcl_query){ { HCL_COL_Z, i }, 0 };
    case HCL_ROWS_Z_NEXT:
        return (struct hcl_query){ { HCL_COL_Z, i }, 1 };
    case HCL_ROWS_Z_END:
        return (struct hcl_query){ { HCL_COL_Z, i }, hcl_perm_end_rotation(c) };
    default:
        HCL_CHECK((size_t)q.rotation < sizeof vectors / sizeof *vectors);
        return (struct hcl_query){ { vectors[q.rotation].kind, vectors[q.rotation].index }, 0 };
    }
}

static void put(uint64_t *set, size_t column)
{
    set[column / 64] |= (uint64_t)1 << (column % 64);
}

static bool has(const uint64_t *set, size_t column)
{
    return set[column / 64] >> (column % 64) & 1;
}

/* ---- what values read ---- */

static uint64_t *set_of(const struct search *s, size_t value)
{
    return s->sets + value * s->words;
}

/* first: the number of the source's first value. */
static void read_value(struct search *s, const struct hcl_group_source *from, size_t first, size_t id)
{
    const struct value *v = &from->graph.values[id];
    uint64_t *set = set_of(s, first + id);
    if (v->code == V_INPUT) {
        const hcl_column column = hcl_group_query(from, v).column;
        if (column.kind != HCL_COL_ROWS)
            put(set, s->c->base[column.kind] + column.index);
        return;
    }
    for (size_t w = 0; w < s->words; w++) {
        if (hcl_value_has_a(v->code))
            set[w] |= set_of(s, first + v->a)[w];
        if (hcl_value_has_b(v->code))
            set[w] |= set_of(s, first + v->b)[w];
    }
}

static void read_product(struct search *s, struct product p)
{
    const uint64_t *a = set_of(s, p.a), *b = set_of(s, p.b);
    uint64_t any_a = 0, any_b = 0;
    for (size_t w = 0; w < s->words; w++) {
        any_a |= a[w];
        any_b |= b[w];
    }
    if (!any_a || !any_b)
        return;
    s->products[s->num_products++] = p;
    for (size_t i = 0; i < s->c->count; i++)
        s->readers[i] += has(a, i) || has(b, i);
}

static hcl_status live_values(bool **live, const struct hcl_group_source *from, struct hcl_err *err)
{
    *live = calloc(from->graph.num_values + 1, sizeof **live);
    if (!*live)
        return hcl_groups_no_memory(err);
    for (size_t j = 0; j < from->count; j++)
        (*live)[from->roots[j].id] = true;
    for (size_t i = from->graph.num_values; i-- > 0;) {
        const struct value *v = &from->graph.values[i];
        if ((*live)[i] && hcl_value_has_a(v->code))
            (*live)[v->a] = true;
        if ((*live)[i] && hcl_value_has_b(v->code))
            (*live)[v->b] = true;
    }
    return HCL_OK;
}

static hcl_status read_source(struct search *s, const struct hcl_group_source *from, size_t first,
                              struct hcl_err *err)
{
    bool *live;
    const hcl_status st = live_values(&live, from, err);
    if (st != HCL_OK)
        return st;
    for (size_t i = 0; i < from->graph.num_values; i++) {
        const struct value *v = &from->graph.values[i];
        read_value(s, from, first, i);
        if (live[i] && v->code == V_MUL)
            read_product(s, (struct product){ first + v->a, first + v->b });
        if (live[i] && v->code == V_INPUT)
            for (size_t column = 0; column < s->c->count; column++)
                s->used[column] = s->used[column] || has(set_of(s, first + i), column);
    }
    free(live);
    return HCL_OK;
}

/* ---- atoms ---- */

static uint32_t root_of(const struct search *s, uint32_t i)
{
    while (s->parent[i] != i)
        i = s->parent[i] = s->parent[s->parent[i]];
    return i;
}

static bool has_private(const struct search *s, const uint64_t *set)
{
    uint64_t any = 0;
    for (size_t w = 0; w < s->words; w++)
        any |= set[w] & s->private[w];
    return any != 0;
}

/* Whether a product joins this column, were it private, with others. */
static bool joins(const struct search *s, const struct product *p, size_t column)
{
    const uint64_t *a = set_of(s, p->a), *b = set_of(s, p->b);
    return (has(a, column) && (has(b, column) || has_private(s, b))) || (has(b, column) && has_private(s, a));
}

/* Mark the atoms of a product's private columns; columns of those that were not marked. */
static size_t join(struct search *s, const struct product *p)
{
    size_t size = 0;
    for (size_t w = 0; w < s->words; w++)
        for (uint64_t left = (set_of(s, p->a)[w] | set_of(s, p->b)[w]) & s->private[w]; left;
             left &= left - 1) {
            const uint32_t root = root_of(s, (uint32_t)(64 * w) + (uint32_t)__builtin_ctzll(left));
            size += s->joined[root] ? 0 : s->size[root];
            s->joined[root] = true;
        }
    return size;
}

/* The column is private from here on, if its atom is not larger than this. */
static void try_private(struct search *s, uint32_t column, size_t limit)
{
    size_t size = 1;
    memset(s->joined, 0, s->c->count * sizeof *s->joined);
    for (size_t p = 0; p < s->num_products && size <= limit; p++)
        if (joins(s, &s->products[p], column))
            size += join(s, &s->products[p]);
    if (size > limit)
        return;
    put(s->private, column);
    s->stays[column] = false;
    s->parent[column] = column;
    for (uint32_t i = 0; i < s->c->count; i++)
        if (s->joined[i])
            s->parent[i] = column;
    s->size[column] = size;
}

/* All stay at first; each that can be private is, selectors and sums last, those that few products read
 * before others. */
static void find_atoms(struct search *s, size_t limit)
{
    memcpy(s->stays, s->used, s->c->count * sizeof *s->stays);
    memset(s->private, 0, s->words * sizeof *s->private);
    for (size_t k = 0; k < s->c->count; k++)
        if (s->stays[s->order[k]])
            try_private(s, s->order[k], limit);
}

static int by_key(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static hcl_status order_columns(struct search *s, struct hcl_err *err)
{
    const struct hcl_group_columns *c = s->c;
    uint64_t *keys = calloc(c->count + 1, sizeof *keys);
    if (!keys)
        return hcl_groups_no_memory(err);
    for (size_t i = 0; i < c->count; i++) {
        const bool late =
            i < c->base[HCL_COL_FIXED + 1] || (i >= c->base[HCL_COL_SUM] && i < c->base[HCL_COL_SUM + 1]);
        keys[i] = (uint64_t)late << 63 | (uint64_t)s->readers[i] << 32 | i;
    }
    qsort(keys, c->count, sizeof *keys, by_key);
    for (size_t i = 0; i < c->count; i++)
        s->order[i] = (uint32_t)keys[i];
    free(keys);
    return HCL_OK;
}

/* The largest atom that is in no group yet; HCL_GROUP_ALL: none. */
static uint32_t next_atom(const struct search *s)
{
    uint32_t atom = HCL_GROUP_ALL;
    for (uint32_t i = 0; i < s->c->count; i++)
        if (s->used[i] && !s->stays[i] && root_of(s, i) == i && s->c->group[i] == HCL_GROUP_ALL &&
            (atom == HCL_GROUP_ALL || s->size[i] > s->size[atom]))
            atom = i;
    return atom;
}

/* The largest atoms first, each to the group that has fewest columns. Columns in memory at most; *made:
 * groups. */
static size_t pack(struct search *s, size_t most, size_t *made)
{
    size_t columns = 0, staying = 0;
    *made = 1;
    memset(s->filled, 0, most * sizeof *s->filled);
    for (size_t i = 0; i < s->c->count; i++) {
        s->c->group[i] = HCL_GROUP_ALL;
        staying += s->stays[i];
    }
    for (uint32_t atom; (atom = next_atom(s)) != HCL_GROUP_ALL;) {
        size_t to = 0;
        for (size_t g = 1; g < most; g++)
            to = s->filled[g] < s->filled[to] ? g : to;
        s->filled[to] += s->size[atom];
        columns = s->filled[to] > columns ? s->filled[to] : columns;
        *made = to + 1 > *made ? to + 1 : *made;
        s->c->group[atom] = (uint32_t)to;
    }
    for (uint32_t i = 0; i < s->c->count; i++)
        if (s->used[i] && !s->stays[i])
            s->c->group[i] = s->c->group[root_of(s, i)];
    return staying + columns;
}

/* The best of all sizes that an atom may have. Of `best` columns and more none can be better: an atom as
 * large takes that many, and without one the atoms are those of a smaller limit. */
static void choose(struct search *s, size_t *groups)
{
    const size_t most = *groups;
    size_t best = SIZE_MAX, limit = 0;
    for (size_t i = 1; i <= s->c->count && i < best; i++) {
        find_atoms(s, i);
        const size_t columns = pack(s, most, groups);
        limit = columns < best ? i : limit;
        best = columns < best ? columns : best;
    }
    find_atoms(s, limit);
    (void)pack(s, most, groups);
}

static hcl_status search_init(struct search *s, const struct hcl_group_source *sources, struct hcl_err *err)
{
    size_t values = 1;
    const size_t count = s->c->count + 1;
    s->words = (s->c->count + 63) / 64;
    for (size_t i = 0; i < HCL_GROUP_SOURCES; i++)
        values += sources[i].graph.num_values;
    s->sets = calloc(values * s->words + 1, sizeof *s->sets);
    s->products = calloc(values, sizeof *s->products);
    s->readers = calloc(count, sizeof *s->readers);
    s->used = calloc(count, sizeof *s->used);
    s->stays = calloc(count, sizeof *s->stays);
    s->joined = calloc(count, sizeof *s->joined);
    s->private = calloc(s->words + 1, sizeof *s->private);
    s->order = calloc(count, sizeof *s->order);
    s->parent = calloc(count, sizeof *s->parent);
    s->size = calloc(count, sizeof *s->size);
    if (!s->sets || !s->products || !s->readers || !s->used || !s->stays || !s->joined || !s->private ||
        !s->order || !s->parent || !s->size)
        return hcl_groups_no_memory(err);
    return HCL_OK;
}

static void search_clear(struct search *s)
{
    free(s->sets);
    free(s->products);
    free(s->readers);
    free(s->used);
    free(s->stays);
    free(s->joined);
    free(s->private);
    free(s->order);
    free(s->parent);
    free(s->size);
    free(s->filled);
}

hcl_status hcl_groups_find(struct hcl_group_columns *c, size_t *groups,
                           const struct hcl_group_source *sources, struct hcl_err *err)
{
    struct search s = { .c = c };
    hcl_status st;
    s.filled = calloc(*groups + 1, sizeof *s.filled);
    if (!s.filled)
        return hcl_groups_no_memory(err);
    HCL_TRY(search_init(&s, sources, err));
    for (size_t i = 0, at = 0; i < HCL_GROUP_SOURCES; at += sources[i++].graph.num_values)
        HCL_TRY(read_source(&s, &sources[i], at, err));
    HCL_TRY(order_columns(&s, err));
    choose(&s, groups);
done:
    search_clear(&s);
    return st;
}
