/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/layout/finish.h"
#include "compiler/layout/machine_internal.h"
#include <string.h>

static char *label_text(const struct hcl_region *r)
{
    size_t len = strlen(r->name) + strlen(r->what) + 3;
    char *text = malloc(len);

    if (text)
        snprintf(text, len, "%s: %s", r->name, r->what);
    return text;
}

static void make_labels(struct hcl_machine *m)
{
    struct hcl_program *p = &m->prog;
    const struct hcl_machine_more *x = m->more;

    p->labels = calloc(x->num_regions ? x->num_regions : 1, sizeof(*p->labels));
    if (!p->labels) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
        return;
    }
    for (size_t i = 0; i < x->num_regions; i++) {
        uint32_t end = i + 1 < x->num_regions ? x->regions[i + 1].first_row : p->num_rows;
        if (end == x->regions[i].first_row)
            continue;
        p->labels[p->num_labels].first_row = x->regions[i].first_row;
        p->labels[p->num_labels].text = label_text(&x->regions[i]);
        if (!p->labels[p->num_labels++].text)
            hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
    }
}

/* Outputs that share a coefficient of t are told apart as integers of at most 2^62 (docs/arithmetization.md).
 */
static void check_outputs(struct hcl_machine *m)
{
    const struct hcl_program *p = &m->prog;

    for (uint32_t i = 0; m->status == HCL_OK && p->weight_digits > 1 && i < p->num_blocks; i++) {
        const struct hcl_block *b = &p->blocks[i];
        const struct hcl_row_class *c = &p->classes[p->rows[b->out_row].cls];
        if ((b->kind != HCL_BLOCK_CONV && b->kind != HCL_BLOCK_DENSE && b->kind != HCL_BLOCK_ROWS) ||
            c->fn == HCL_NONE)
            continue;
        const struct hcl_fn_table *t = &p->fns[c->fn];
        const int64_t end = t->lo + t->len, most = end > -t->lo ? end : -t->lo;
        if (c->s > ((int64_t)1 << 62) / (most + 1))
            hcl_machine_fail(m, HCL_BAD_INPUT, "layout: quotients up to %lld times %lld leave 62 bits",
                             (long long)most, (long long)c->s);
    }
}

hcl_status hcl_machine_finish(struct hcl_machine *m, struct hcl_err *err)
{
    hcl_machine_stack_tables(m);
    check_outputs(m);
    if (m->status == HCL_OK)
        hcl_machine_finish_weights(m);
    if (m->status == HCL_OK)
        make_labels(m);
    return hcl_machine_status(m, err);
}

uint32_t hcl_machine_min_k(const struct hcl_machine *m, uint32_t columns, uint32_t more)
{
    uint64_t rows = hcl_machine_weight_rows(m, columns) + more;
    uint32_t k = 4;

    if (m->prog.num_rows > rows)
        rows = m->prog.num_rows;
    if (m->prog.table_rows > rows)
        rows = m->prog.table_rows;
    if (m->prog.num_instance > rows)
        rows = m->prog.num_instance;
    while ((uint64_t)1 << k < rows + HCL_MACHINE_RESERVED_ROWS)
        k++;
    return k;
}

void hcl_machine_take_program(struct hcl_machine *m, const struct hcl_machine_shape *shape,
                              struct hcl_program *out)
{
    for (uint32_t i = 0; i < m->prog.num_row_tables; i++)
        free(m->more->row_sources[i].name);
    *out = m->prog;
    out->k = shape->k;
    out->private_weights = shape->private_weights;
    m->prog = (struct hcl_program){ 0 };
}
