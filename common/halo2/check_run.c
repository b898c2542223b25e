/* SPDX-License-Identifier: Apache-2.0 */
/* The whole assignment: which gates, lookups and copies are violated where. */
#include "common/halo2/check_internal.h"
#include "common/sys/mem.h"
#include <string.h>

/* The smallest `max` violations found, in order. */
struct found {
    struct hcl_violation *list;
    size_t count, max;
};

static bool before(const struct hcl_violation *a, const struct hcl_violation *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind;
    return a->index != b->index ? a->index < b->index : a->row < b->row;
}

static void add(struct found *f, struct hcl_violation v)
{
    size_t at;
    if (f->max == 0 || (f->count == f->max && !before(&v, &f->list[f->count - 1])))
        return;
    at = f->count < f->max ? f->count++ : f->count - 1;
    for (; at > 0 && before(&v, &f->list[at - 1]); at--)
        f->list[at] = f->list[at - 1];
    f->list[at] = v;
}

enum { BLOCK = 1024 };

/* Rows in blocks that have some violation. */
struct bad_blocks {
    size_t *first;
    size_t count;
};

static hcl_status find_blocks(struct bad_blocks *b, const hcl_fr *values, size_t n, struct hcl_err *err)
{
    b->first = malloc((n / BLOCK + 1) * sizeof *b->first);
    b->count = 0;
    if (b->first == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to check the gates");
    for (size_t i = 0; i < n; i++) {
        if (hcl_fr_is_zero(&values[i]))
            continue;
        b->first[b->count++] = i - i % BLOCK;
        i += BLOCK - 1 - i % BLOCK;
    }
    return HCL_OK;
}

/* Where one polynomial is not zero. */
static hcl_status find_polynomial(struct hcl_check *k, struct found *f, struct hcl_violation v,
                                  const struct bad_blocks *b, struct hcl_err *err)
{
    struct hcl_check_program one = { 0 };
    size_t n = hcl_circuit_rows(k->c), count = n < BLOCK ? n : BLOCK;
    hcl_fr values[BLOCK];
    hcl_status st;
    HCL_TRY(hcl_check_program_init(&one, k, &k->c->gates[v.gate].polys[v.poly], 1, err));
    for (size_t j = 0; j < b->count; j++) {
        HCL_TRY(hcl_check_fold(k, &one, &hcl_fr_one, b->first[j], count, values, 1, err));
        for (size_t i = 0; i < count; i++) {
            v.row = b->first[j] + i;
            if (!hcl_fr_is_zero(&values[i]))
                add(f, v);
        }
    }
done:
    hcl_check_program_clear(&one);
    return st;
}

/* All gates at once under a random combination; only where that is not zero, one by one. */
static hcl_status run_gates(struct hcl_check *k, struct found *f, hcl_fr *values, struct hcl_err *err)
{
    struct hcl_violation v = { .kind = HCL_VIOLATED_GATE };
    struct bad_blocks blocks = { 0 };
    size_t n = hcl_circuit_rows(k->c);
    hcl_status st;
    HCL_TRY(hcl_check_fold(k, &k->gates, &k->y, 0, n, values, k->threads, err));
    HCL_TRY(find_blocks(&blocks, values, n, err));
    for (v.gate = 0; v.gate < k->c->num_gates && blocks.count != 0; v.gate++)
        for (v.poly = 0; v.poly < k->c->gates[v.gate].count && f->count < f->max; v.poly++, v.index++)
            HCL_TRY(find_polynomial(k, f, v, &blocks, err));
done:
    free(blocks.first);
    return st;
}

static hcl_status run_lookups(struct hcl_check *k, struct found *f, hcl_fr *values, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t l = 0; l < k->c->num_lookups; l++) {
        HCL_TRY(hcl_check_fold(k, &k->inputs[l], &k->theta, 0, k->c->usable_rows, values, k->threads, err));
        for (size_t row = 0; row < k->c->usable_rows; row++)
            if (!hcl_check_table_has(&k->sets[l], &values[row]))
                add(f, (struct hcl_violation){ .kind = HCL_VIOLATED_LOOKUP, .index = l, .row = row });
    }
done:
    return st;
}

static void run_copies(const struct hcl_check *k, struct found *f)
{
    for (size_t i = 0; i < k->c->num_copies; i++) {
        const struct hcl_copy *p = &k->c->copies[i];
        if (!hcl_fr_eq(hcl_check_copy_cell(k, p->left_column, p->left_row),
                       hcl_check_copy_cell(k, p->right_column, p->right_row)))
            add(f, (struct hcl_violation){ .kind = HCL_VIOLATED_COPY, .index = i, .row = p->left_row });
    }
}

hcl_status hcl_check_run(struct hcl_check *k, struct hcl_violation *out, size_t max, size_t *count,
                         struct hcl_err *err)
{
    struct found f = { .list = out, .max = max };
    void *values = NULL;
    hcl_status st;
    *count = 0;
    HCL_TRY(hcl_mem_alloc(&values, hcl_circuit_rows(k->c), sizeof(hcl_fr), "checker", err));
    HCL_TRY(run_gates(k, &f, values, err));
    HCL_TRY(run_lookups(k, &f, values, err));
    run_copies(k, &f);
    *count = f.count;
done:
    hcl_mem_free_secret(values);
    return st;
}

static void describe(char *text, size_t size, const struct hcl_circuit *c, const struct hcl_violation *v)
{
    static const char *const kinds[3] = { "fixed", "advice", "instance" };
    if (v->kind == HCL_VIOLATED_GATE) {
        snprintf(text, size, "gate '%s' polynomial %zu is not zero at row %zu", c->gates[v->gate].name,
                 v->poly, v->row);
    } else if (v->kind == HCL_VIOLATED_LOOKUP) {
        snprintf(text, size, "lookup '%s' input at row %zu is not in its table", c->lookups[v->index].name,
                 v->row);
    } else {
        const struct hcl_copy *p = &c->copies[v->index];
        hcl_column a = c->permutation[p->left_column], b = c->permutation[p->right_column];
        snprintf(text, size, "copy %zu: %s column %u row %u differs from %s column %u row %u", v->index,
                 kinds[a.kind], a.index, p->left_row, kinds[b.kind], b.index, p->right_row);
    }
}

void hcl_violation_print(char *text, size_t size, const struct hcl_circuit *c, const struct hcl_violation *v,
                         const struct hcl_check_notes *notes)
{
    char note[256] = "";
    size_t len;
    describe(text, size, c, v);
    if (notes == NULL || notes->annotate == NULL)
        return;
    notes->annotate(notes->ctx, v, note, sizeof note);
    len = strlen(text);
    if (note[0] != '\0' && len < size)
        snprintf(text + len, size - len, " (%s)", note);
}
