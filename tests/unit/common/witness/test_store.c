/* SPDX-License-Identifier: Apache-2.0 */
/* Quotients, remainders and values of the outputs of blocks against divisions of 128-bit integers. */
#include "common/witness/witness_internal.h"
#include "tests/support/field_samples.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

enum { LANES = 7, ROWS = 120, CELLS = LANES * ROWS, CLASSES = 3, STEP = 3 };

struct fixture {
    struct hcl_program p;
    struct hcl_row rows[ROWS];
    struct hcl_row_class classes[CLASSES];
    struct hcl_fn_table fn;
    int64_t memory[3][CELLS], z[CELLS * STEP];
    struct hcl_cells cells;
};

/* Rows of changing classes, all with a table that holds every quotient below 2^62, or only [-limit, limit].
 */
static void set_up(struct fixture *f, uint64_t *state, const int64_t divisors[CLASSES], int64_t limit)
{
    memset(f, 0, sizeof *f);
    f->p = (struct hcl_program){
        .lanes = LANES, .num_rows = ROWS, .rows = f->rows, .classes = f->classes, .fns = &f->fn, .num_fns = 1
    };
    f->fn = (struct hcl_fn_table){ .lo = -limit, .len = (uint32_t)(2 * limit + 1) };
    for (int i = 0; i < CLASSES; i++)
        f->classes[i].s = divisors[i];
    for (int row = 0, left = 0; row < ROWS; row++, left--) {
        f->rows[row].cls =
            row == 0 || left == 0 ? (uint32_t)(sample_u64(state) % CLASSES) : f->rows[row - 1].cls;
        left = left <= 0 ? 1 + (int)(sample_u64(state) % 60) : left;
    }
    f->cells = (struct hcl_cells){ .q = f->memory[0], .y = f->memory[1], .r = f->memory[2] };
}

/* A sum near a multiple of s or near half of one, of about `bits` bits. */
static int64_t sum_near(uint64_t *state, int64_t s, int bits)
{
    const int64_t v = (int64_t)(sample_u64(state) >> (64 - bits)) - ((int64_t)1 << (bits - 1));
    const int64_t near = (int64_t)(sample_u64(state) % 5) - 2 + (sample_u64(state) & 1 ? s / 2 : 0);
    return v / s * s + near;
}

static void check_cell(const struct fixture *f, size_t cell, int64_t z)
{
    const int64_t s = f->classes[f->rows[cell / LANES].cls].s;
    const __int128 t = (__int128)z + s / 2;
    const int64_t q = (int64_t)(t / s - (t % s < 0));
    assert_int_equal(f->cells.q[cell], q);
    assert_int_equal(f->cells.r[cell], (int64_t)(z - (__int128)s * q));
}

static void quotients_are_floors(void **state)
{
    static struct fixture f;
    static const int64_t divisors[][CLASSES] = {
        { 1, 2, 3 }, { 10, 255, 4096 }, { 65537, 1000003, 1 << 20 }, { (int64_t)1 << 40, 99999999977, 7 }
    };
    uint64_t seed = 5;
    (void)state;
    for (size_t d = 0; d < sizeof divisors / sizeof *divisors; d++)
        for (int bits = 4; bits <= 61; bits++) {
            set_up(&f, &seed, divisors[d], 0);
            const size_t step = bits % 2 ? 1 : STEP, first = (size_t)(bits % LANES);
            for (size_t i = 0; i < CELLS; i++)
                f.z[i * step] = sum_near(&seed, f.classes[f.rows[i / LANES].cls].s, bits);
            assert_int_equal(hcl_block_store(&f.p, &f.cells, first, f.z + first * step, step, CELLS - first),
                             CELLS - first);
            for (size_t i = first; i < CELLS; i++) {
                check_cell(&f, i, f.z[i * step]);
                assert_int_equal(f.cells.y[i], 0);
            }
        }
}

static void first_outside_is_told(void **state)
{
    static struct fixture f;
    static const int64_t divisors[CLASSES] = { 10, 10, 16 };
    uint64_t seed = 6;
    (void)state;
    for (size_t bad = 0; bad < CELLS; bad += 13) {
        set_up(&f, &seed, divisors, 50);
        for (size_t row = 0; row < ROWS; row++)
            f.rows[row].lookups = hcl_lanes_below(LANES) & ~(uint32_t)2;
        for (size_t i = 0; i < CELLS; i++) /* where nothing is looked up, anything goes */
            f.z[i] = i % LANES == 1 || i > bad ? 5000 : (int64_t)(sample_u64(&seed) % 400);
        if (bad % LANES == 1)
            continue;
        f.z[bad] = -5000;
        assert_int_equal(hcl_block_store(&f.p, &f.cells, 0, f.z, 1, CELLS), bad);
        for (size_t i = 0; i < bad; i++) {
            check_cell(&f, i, f.z[i]);
            assert_int_equal(f.cells.y[i], i % LANES == 1 ? 0 : f.cells.q[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotients_are_floors),
        cmocka_unit_test(first_outside_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
