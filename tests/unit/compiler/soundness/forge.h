/* SPDX-License-Identifier: Apache-2.0 */
/* What tests that forge witnesses share. */
#ifndef HCL_TESTS_FORGE_H
#define HCL_TESTS_FORGE_H

#include "tests/unit/compiler/soundness/verifier.h"
#include "tests/unit/compiler/support/accept.h"
#include <string.h>

static inline void forge_end(struct lowered *l, struct hcl_fx_graph *g)
{
    lowered_clear(l);
    hcl_fx_graph_clear(g);
}

/* Number of violations of the given kind (gate: of this name, else NULL); *all: of any kind. */
static inline size_t forge_count(const struct lowered *l, hcl_violation_kind kind, const char *gate,
                                 size_t *all)
{
    struct hcl_violation v[64];
    struct hcl_check *k;
    struct hcl_err err;
    size_t count = 0;

    assert_int_equal(hcl_check_new(&k, &l->circuit, l->advice, &l->instances, l->challenges, 1, &err),
                     HCL_OK);
    assert_int_equal(hcl_check_run(k, v, 64, all, &err), HCL_OK);
    for (size_t i = 0; i < *all; i++)
        count += v[i].kind == kind && (!gate || strcmp(l->circuit.gates[v[i].gate].name, gate) == 0);
    hcl_check_free(k);
    return count;
}

/* Something is violated, and nothing but gates of this name: all else about the forgery is consistent. */
static inline bool only_gate(const struct lowered *l, const char *name)
{
    size_t all, count = forge_count(l, HCL_VIOLATED_GATE, name, &all);

    return count > 0 && count == all;
}

/* Nothing but the end of the sum of look-ups, in the last usable row. */
static inline bool only_end_of_sum(const struct lowered *l)
{
    struct hcl_violation v[2];
    struct hcl_check *k;
    struct hcl_err err;
    size_t all;

    assert_int_equal(hcl_check_new(&k, &l->circuit, l->advice, &l->instances, l->challenges, 1, &err),
                     HCL_OK);
    assert_int_equal(hcl_check_run(k, v, 2, &all, &err), HCL_OK);
    hcl_check_free(k);
    return only_gate(l, "running sum") && all == 1 && v[0].row + 1 == l->circuit.usable_rows;
}

/* Nothing but copy constraints is violated. */
static inline bool only_copies(const struct lowered *l)
{
    size_t all, count = forge_count(l, HCL_VIOLATED_COPY, NULL, &all);

    return count > 0 && count == all;
}

static inline const struct hcl_row_class *class_of(const struct lowered *l, size_t cell)
{
    return &l->prog.classes[l->prog.rows[cell / l->prog.lanes].cls];
}

/* fn(q) of the cell's table; false outside of it. */
static inline bool value_of(const struct lowered *l, size_t cell, int64_t q, int64_t *y)
{
    const struct hcl_fn_table *t = &l->prog.fns[class_of(l, cell)->fn];

    if (q < t->lo || q >= t->lo + t->len)
        return false;
    *y = t->values ? t->values[q - t->lo] : q;
    return true;
}

#endif
