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

enum { FORGE_VIOLATIONS = 64 };

/* How many violations there are, at most so many. */
static inline size_t forge_violations(const struct lowered *l, struct hcl_violation v[FORGE_VIOLATIONS])
{
    struct hcl_check *k;
    struct hcl_err err;
    size_t count;

    assert_int_equal(hcl_check_new(&k, &l->circuit, l->advice, &l->instances, l->challenges, 1, &err),
                     HCL_OK);
    assert_int_equal(hcl_check_run(k, v, FORGE_VIOLATIONS, &count, &err), HCL_OK);
    hcl_check_free(k);
    return count;
}

static inline bool forge_violates_gate(const struct lowered *l, const struct hcl_violation *v,
                                       const char *name)
{
    return v->kind == HCL_VIOLATED_GATE && strcmp(l->circuit.gates[v->gate].name, name) == 0;
}

/* Something is violated, and nothing but gates of this name: all else about the forgery is consistent. */
static inline bool only_gate(const struct lowered *l, const char *name)
{
    struct hcl_violation v[FORGE_VIOLATIONS];
    size_t count = forge_violations(l, v), of_gate = 0;

    while (of_gate < count && forge_violates_gate(l, &v[of_gate], name))
        of_gate++;
    return count > 0 && of_gate == count;
}

/* Nothing but the end of the sum of look-ups, in the last usable row. */
static inline bool only_end_of_sum(const struct lowered *l)
{
    struct hcl_violation v[FORGE_VIOLATIONS];

    return forge_violations(l, v) == 1 && forge_violates_gate(l, &v[0], "running sum") &&
           v[0].row + 1 == l->circuit.usable_rows;
}

/* Something is violated, and nothing but copy constraints. */
static inline bool only_copies(const struct lowered *l)
{
    struct hcl_violation v[FORGE_VIOLATIONS];
    size_t count = forge_violations(l, v), copies = 0;

    while (copies < count && v[copies].kind == HCL_VIOLATED_COPY)
        copies++;
    return count > 0 && copies == count;
}

/* All look-ups of the forged cells hold, and nothing but copy constraints refuses them; verify: a proof of
 * them is made, and refused, too. */
static inline void refused_by_copies(struct lowered *l, struct hcl_test_random *r, bool verify)
{
    assert_int_equal(hcl_witness_recount(&l->w), 0);
    lowered_fill(l, r);
    assert_true(only_copies(l));
    if (verify)
        assert_false(verifier_accepts(l, &l->circuit));
}

/* The same of forged cells that only a look-up refuses; the caller says how many. */
static inline void refused_by_look_ups(struct lowered *l, struct hcl_test_random *r, bool verify)
{
    lowered_fill(l, r);
    assert_true(only_end_of_sum(l));
    if (verify)
        assert_false(verifier_accepts(l, &l->circuit));
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
