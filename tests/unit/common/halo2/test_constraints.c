/* SPDX-License-Identifier: Apache-2.0 */
/* A block of rows folds to the same values as its rows one by one (which is what the verifier does, and the
 * verifier is held to the reference's proofs). */
#include "common/halo2/constraints.h"
#include "common/sys/random.h"
#include "tests/unit/common/halo2/vectors.h"

enum { ROWS = 37, MAX_POINTERS = 4096 };

struct arena {
    struct hcl_random random;
    hcl_fr *blocks[MAX_POINTERS];
    size_t count;
};

static void random_fr(struct arena *a, hcl_fr *out)
{
    uint8_t wide[64];
    hcl_random_bytes(&a->random, wide, sizeof wide);
    hcl_fr_from_bytes_wide(out, wide);
}

static hcl_fr *block(struct arena *a)
{
    hcl_fr *b = malloc(ROWS * sizeof *b);
    assert_true(a->count < MAX_POINTERS);
    for (size_t i = 0; i < ROWS; i++)
        random_fr(a, &b[i]);
    return a->blocks[a->count++] = b;
}

/* Lists of pointers; `shifted` moves every pointer to one row. */
static const hcl_fr **list(struct arena *a, size_t count)
{
    const hcl_fr **l = malloc((count + 1) * sizeof *l);
    for (size_t i = 0; i < count; i++)
        l[i] = block(a);
    return l;
}

enum { LISTS = 11 };

struct rows {
    size_t counts[LISTS];
    const hcl_fr **lists[LISTS];
    const hcl_fr **inputs[8], **tables[8];
};

static void shift(struct rows *r, const struct hcl_constraints *p, ptrdiff_t by)
{
    for (int i = 0; i < LISTS; i++)
        for (size_t j = 0; j < r->counts[i]; j++)
            r->lists[i][j] += by;
    for (size_t l = 0; l < p->circuit->num_lookups; l++) {
        for (size_t j = 0; j < p->lookup_inputs[l].num_inputs; j++)
            r->inputs[l][j] += by;
        for (size_t j = 0; j < p->lookup_tables[l].num_inputs; j++)
            r->tables[l][j] += by;
    }
}

static struct hcl_constraint_rows view(const struct rows *r)
{
    const hcl_fr *const *const *l = (const hcl_fr *const *const *)r->lists;
    return (struct hcl_constraint_rows){ .gates = l[0],
                                         .lookup_inputs = (const hcl_fr *const *const *)r->inputs,
                                         .lookup_tables = (const hcl_fr *const *const *)r->tables,
                                         .x = l[1][0],
                                         .l_0 = l[1][1],
                                         .l_last = l[1][2],
                                         .l_active = l[1][3],
                                         .perm_values = l[2],
                                         .sigma = l[3],
                                         .z = l[4],
                                         .z_next = l[5],
                                         .z_end = l[6],
                                         .lookup_z = l[7],
                                         .lookup_z_next = l[8],
                                         .lookup_a = l[9],
                                         .lookup_a_prev = l[9] + r->counts[7],
                                         .lookup_s = l[10] };
}

static void make_rows(struct rows *r, struct arena *a, const struct hcl_constraints *p)
{
    const struct hcl_circuit *c = p->circuit;
    size_t m = c->num_permutation, chunks = hcl_perm_chunks(c), lookups = c->num_lookups;
    const size_t counts[LISTS] = {
        p->gates.num_inputs, 4, m, m, chunks, chunks, chunks, lookups, lookups, 2 * lookups, lookups
    };
    memcpy(r->counts, counts, sizeof counts);
    for (int i = 0; i < LISTS; i++)
        r->lists[i] = list(a, counts[i]);
    for (size_t l = 0; l < lookups; l++) {
        r->inputs[l] = list(a, p->lookup_inputs[l].num_inputs);
        r->tables[l] = list(a, p->lookup_tables[l].num_inputs);
    }
}

static void blocks_fold_like_single_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct arena a = { .count = 0 };
        struct hcl_challenges challenges;
        struct hcl_constraint_scalars s;
        struct hcl_constraint_rows in;
        struct hcl_constraints p;
        struct hcl_circuit c;
        struct hcl_err err;
        struct rows r;
        hcl_fr phase[8], together[ROWS] = { 0 }, *scratch;
        hcl_random_init_seed(&a.random, i);
        vector_circuit(&c, vector_names[i]);
        assert_ok(hcl_constraints_init(&p, &c, &err), err);
        challenges.phase = phase;
        for (int j = 0; j < 8; j++)
            random_fr(&a, &phase[j]);
        random_fr(&a, &challenges.theta);
        random_fr(&a, &challenges.beta);
        random_fr(&a, &challenges.gamma);
        random_fr(&a, &challenges.y);
        assert_ok(hcl_constraint_scalars_init(&s, &p, &challenges, &err), err);
        scratch = malloc(hcl_constraints_scratch(&p) * sizeof *scratch);
        make_rows(&r, &a, &p);
        in = view(&r);
        hcl_constraints_fold(together, &p, &s, &in, ROWS, scratch);
        for (size_t j = 0; j < ROWS; j++) {
            hcl_fr alone = hcl_fr_zero;
            in = view(&r);
            hcl_constraints_fold(&alone, &p, &s, &in, 1, scratch);
            assert_true(hcl_fr_eq(&alone, &together[j]));
            assert_false(hcl_fr_is_zero(&alone));
            shift(&r, &p, 1);
        }
        for (int j = 0; j < LISTS; j++)
            free(r.lists[j]);
        for (size_t l = 0; l < c.num_lookups; l++) {
            free(r.inputs[l]);
            free(r.tables[l]);
        }
        for (size_t j = 0; j < a.count; j++)
            free(a.blocks[j]);
        free(scratch);
        hcl_constraint_scalars_clear(&s, &p);
        hcl_constraints_clear(&p);
        hcl_circuit_clear(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(blocks_fold_like_single_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
