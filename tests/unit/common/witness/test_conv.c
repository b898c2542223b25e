/* SPDX-License-Identifier: Apache-2.0 */
/* Linear blocks against sums written out, at every position: outputs, gaps and the positions before the
 * image. */
#include "common/witness/program.h"
#include "tests/support/field_samples.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static int64_t between(uint64_t *state, int64_t lo, int64_t hi)
{
    return lo + (int64_t)(sample_u64(state) % (uint64_t)(hi - lo + 1));
}

static uint32_t small(uint64_t *state, uint32_t lo, uint32_t hi)
{
    return (uint32_t)between(state, lo, hi);
}

#define COLUMNS 3
#define WEIGHT_ROWS 4000
#define VALUES 40001

/* A program of one block: input rows, then the block's; S = 10, every lane whose bit is set in `lookups` has
 * the table
 * [-limit, limit] -> 2q. */
struct fixture {
    struct hcl_program p;
    struct hcl_row rows[2048];
    struct hcl_row_class cls;
    struct hcl_fn_table fn;
    struct hcl_range range;
    struct hcl_cells cells;
    int64_t pool[4096], values[VALUES], memory[3][2048 * 4];
    uint32_t lists[1024];
    int16_t weights[COLUMNS * WEIGHT_ROWS];
    const int16_t *columns[COLUMNS];
    uint32_t used; /* weight rows */
};

/* Write n integers as a pass of `limbs` limbs; returns its first row. */
static uint32_t put_pass(struct fixture *f, const int64_t *values, uint32_t n, uint32_t limbs)
{
    uint32_t first = f->used, rows = (n + COLUMNS - 1) / COLUMNS;

    f->used += rows * limbs;
    assert_true(f->used <= WEIGHT_ROWS);
    for (uint32_t i = 0; i < n; i++) {
        int64_t v = values[i];
        for (uint32_t k = 0; k < limbs; k++) {
            int64_t low = ((v + 32768) % 65536 + 65536) % 65536 - 32768;
            f->weights[i % COLUMNS * WEIGHT_ROWS + first + k * rows + i / COLUMNS] = (int16_t)low;
            v = (v - low) / 65536;
        }
        assert_true(v == 0);
    }
    return first;
}

static void setup(struct fixture *f, uint64_t *state, uint8_t lookups, int64_t limit)
{
    *f = (struct fixture){ .cls = { .s = 10 }, .range = { .lo = -5, .len = 10, .tag = 2 } };
    f->fn = (struct hcl_fn_table){
        .lo = -limit, .len = (uint32_t)(2 * limit + 1), .tag = 1, .values = f->values
    };
    for (int64_t q = -limit; q <= limit; q++)
        f->values[q + limit] = 2 * q;
    f->p = (struct hcl_program){ .lanes = 4, .k = 11, .num_rows = 2048, .rows = f->rows };
    f->p.classes = &f->cls;
    f->p.fns = &f->fn;
    f->p.ranges = &f->range;
    f->p.pool = f->pool;
    f->p.pool_len = 4096;
    f->p.lists = f->lists;
    f->p.lists_len = 1024;
    for (size_t i = 0; i < COLUMNS; i++)
        f->columns[i] = f->weights + i * WEIGHT_ROWS;
    f->p.weights = f->columns;
    f->p.weight_columns = COLUMNS;
    f->p.weight_digits = 1;
    f->p.num_weight_rows = WEIGHT_ROWS;
    f->p.num_classes = f->p.num_fns = f->p.num_ranges = 1;
    for (size_t i = 0; i < 2048; i++)
        f->rows[i].lookups = lookups;
    for (size_t i = 0; i < 4096; i++)
        f->pool[i] = between(state, -50, 50);
    f->cells = (struct hcl_cells){ .q = f->memory[0], .y = f->memory[1], .r = f->memory[2] };
    for (size_t i = 0; i < 2048 * 4; i++)
        f->cells.y[i] = between(state, -100, 100);
}

static void expect(const struct fixture *f, size_t cell, int64_t z)
{
    bool look = f->rows[cell / 4].lookups >> cell % 4 & 1;

    assert_int_equal(f->cells.q[cell] * 10 + f->cells.r[cell], z);
    assert_true(f->cells.r[cell] >= -5 && f->cells.r[cell] < 5);
    assert_int_equal(f->cells.y[cell], look ? 2 * f->cells.q[cell] : 0);
}

/* Position p of output o: sum over the taps whose element is inside the plane. */
static int64_t direct(const struct fixture *f, const int64_t *x, const struct hcl_block *b,
                      const int64_t *kernel, uint32_t o, int64_t p)
{
    uint32_t first = o / (b->out_channels / (b->in_channels / b->group)) * b->group;
    const int64_t *w = kernel + (size_t)o * b->kernel_h * b->kernel_w * b->group;
    int64_t z = b->bias == HCL_NONE ? 0 : f->pool[b->bias + o];

    for (uint32_t dy = 0; dy < b->kernel_h; dy++)
        for (uint32_t dx = 0; dx < b->kernel_w; dx++)
            for (uint32_t i = 0; i < b->group; i++, w++) {
                int64_t e = p + dy * (b->gap_y + 1) * b->pitch + dx * (b->gap_x + 1);
                if (e >= 0 && e < 4 * b->in_rows)
                    z += *w * x[(b->in_row + (first + i) * b->in_stride) * 4 + e];
            }
    return z;
}

/* A random kernel [O][taps][group], some taps of some planes without a pass, written as the block's kind
 * wants. */
static void put_kernel(struct fixture *f, struct hcl_block *b, int64_t *kernel, uint64_t *state)
{
    const uint32_t taps = b->kernel_h * b->kernel_w;
    const bool full = b->kind == HCL_BLOCK_CONV;
    const uint32_t passes = full ? 1 : b->out_channels, n = full ? b->out_channels : 1;

    b->passes = small(state, 0, 20);
    for (uint32_t pass = 0; pass < passes; pass++)
        for (uint32_t i = 0; i < b->group; i++)
            for (uint32_t tap = 0; tap < taps; tap++) {
                int64_t values[16];
                uint32_t *at = &f->lists[b->passes + (pass * b->group + i) * taps + tap];
                bool there = small(state, 0, 4) > 0;
                for (uint32_t o = 0; o < n; o++) {
                    values[n - 1 - o] =
                        there ? between(state, -50 * (int64_t)b->limbs, 50 * (int64_t)b->limbs) : 0;
                    kernel[((size_t)(pass + o) * taps + tap) * b->group + i] = values[n - 1 - o];
                }
                *at = there ? put_pass(f, values, n, b->limbs) : HCL_NONE;
            }
}

static void test_planes(void **unused)
{
    static struct fixture f;
    static int64_t x[2048 * 4], kernel[1024];
    uint64_t state = 1;

    (void)unused;
    for (int round = 0; round < 50; round++) {
        bool full = small(&state, 0, 1);
        uint32_t groups = full ? 1 : small(&state, 1, 3), group = small(&state, 1, 3);
        struct hcl_block b = { .kind = full ? HCL_BLOCK_CONV : HCL_BLOCK_DEPTHWISE,
                               .in_row = 3,
                               .in_rows = small(&state, 2, 9) };
        const bool wide = round % 5 == 4; /* sums that no double holds */
        setup(&f, &state, wide ? 0 : (uint8_t)small(&state, 0, 15), 20000);
        for (size_t i = 0; wide && i < 2048 * 4; i++)
            f.cells.y[i] = between(&state, -((int64_t)1 << 49), (int64_t)1 << 49);
        b.in_stride = b.in_rows + small(&state, 0, 2);
        b.in_channels = groups * group;
        b.group = group;
        b.pitch = small(&state, 3, 6);
        b.kernel_h = small(&state, 1, 3);
        b.kernel_w = small(&state, 1, 3);
        b.gap_y = small(&state, 0, 2);
        b.gap_x = small(&state, 0, 2);
        b.front_rows =
            ((b.kernel_h - 1) * (b.gap_y + 1) * b.pitch + (b.kernel_w - 1) * (b.gap_x + 1) + 3) / 4;
        b.out_row = b.in_row + b.in_stride * b.in_channels + 1;
        b.out_rows = b.front_rows + b.in_rows;
        b.out_channels = groups * small(&state, 1, 3);
        b.limbs = small(&state, 1, 3);
        put_kernel(&f, &b, kernel, &state);
        b.bias = round & 1 ? 3000 : HCL_NONE;
        memcpy(x, f.cells.y, sizeof(x));
        assert_int_equal(hcl_block_run(&f.p, &b, &f.cells, NULL, NULL), HCL_OK);
        for (uint32_t o = 0; o < b.out_channels; o++)
            for (uint32_t i = 0; i < 4 * b.out_rows; i++)
                expect(&f, (b.out_row + (size_t)o * b.out_rows) * 4 + i,
                       direct(&f, x, &b, kernel, o, (int64_t)i - 4 * b.front_rows));
        assert_memory_equal(x, f.cells.y, (size_t)b.out_row * 4 * sizeof(*x));
    }
}

static void test_dense(void **unused)
{
    static struct fixture f;
    static int64_t weights[30][20];
    uint64_t state = 2;

    (void)unused;
    for (int round = 0; round < 50; round++) {
        struct hcl_block b = { .kind = HCL_BLOCK_DENSE, .out_channels = 1, .out_row = 200 };
        b.limbs = small(&state, 1, 2);
        /* two limbs leave any table */
        setup(&f, &state, b.limbs == 1 ? (uint8_t)small(&state, 0, 15) : 0, 20000);
        b.in_channels = small(&state, 1, 30);
        b.out_w = small(&state, 1, 20);
        b.out_rows = (b.out_w + 3) / 4 + small(&state, 0, 1);
        b.bias = round & 1 ? 3000 : HCL_NONE;
        b.passes = 100;
        for (uint32_t i = 0; i < b.in_channels; i++) {
            f.lists[i] = small(&state, 0, 799);
            for (uint32_t o = 0; o < b.out_w; o++)
                weights[i][o] = between(&state, b.limbs == 1 ? -50 : -70000, 50);
            if (round % 7 == 3 && i == 2) /* passes need not follow each other */
                put_pass(&f, weights[0], b.out_w, b.limbs);
            f.lists[b.passes + i] = put_pass(&f, weights[i], b.out_w, b.limbs);
            if (round % 7 == 5 && i % 3 == 1) { /* an input in the padding has none */
                memset(weights[i], 0, sizeof(weights[i]));
                f.lists[b.passes + i] = HCL_NONE;
            }
        }
        for (size_t i = 0; b.limbs == 1 && round % 5 == 4 && i < 800; i++) { /* sums that no double holds */
            f.cells.y[i] = between(&state, -((int64_t)1 << 50), (int64_t)1 << 50);
            memset(f.rows, 0, sizeof(f.rows));
        }
        assert_int_equal(hcl_block_run(&f.p, &b, &f.cells, NULL, NULL), HCL_OK);
        /* The outputs are the last positions; the last weight of a pass is that of output 0. */
        for (uint32_t at = 0; at < 4 * b.out_rows; at++) {
            uint32_t o = at - (4 * b.out_rows - b.out_w); /* huge before the first */
            int64_t z = o < b.out_w && b.bias != HCL_NONE ? f.pool[b.bias + o] : 0;
            for (uint32_t i = 0; o < b.out_w && i < b.in_channels; i++)
                z += weights[i][b.out_w - 1 - o] * f.cells.y[f.lists[i]];
            expect(&f, 800 + at, z);
        }
    }
}

/* The kernel is cells of other rows; every output of a channel is the sum over both operands' rows. */
static void test_product(void **unused)
{
    static struct fixture f;
    static int64_t x[2048 * 4];
    uint64_t state = 4;

    (void)unused;
    for (int round = 0; round < 40; round++) {
        struct hcl_block b = {
            .kind = HCL_BLOCK_PRODUCT, .in_row = 3, .kernel_h = 1, .kernel_w = 1, .bias = HCL_NONE
        };
        const bool wide = round % 5 == 4; /* sums that no double holds */
        setup(&f, &state, wide ? 0 : (uint8_t)small(&state, 0, 15), 20000);
        for (size_t i = 0; wide && i < 2048 * 4; i++)
            f.cells.y[i] = between(&state, -((int64_t)1 << 30), (int64_t)1 << 30);
        b.in_rows = b.out_rows = small(&state, 1, 9);
        b.in_stride = b.in_rows + small(&state, 0, 2);
        b.in_channels = b.group = small(&state, 1, 12);
        b.out_channels = small(&state, 1, 15);
        b.kernel_row = b.in_row + b.in_stride * b.in_channels + small(&state, 0, 2);
        b.kernel_origin = small(&state, 0, 3);
        b.kernel_stride = (b.kernel_origin + b.out_channels + 3) / 4 + small(&state, 0, 2);
        b.out_row = b.kernel_row + b.kernel_stride * b.in_channels + 4;
        memcpy(x, f.cells.y, sizeof(x));
        assert_int_equal(hcl_block_run(&f.p, &b, &f.cells, NULL, NULL), HCL_OK);
        for (uint32_t o = 0; o < b.out_channels; o++)
            for (uint32_t e = 0; e < 4 * b.out_rows; e++) {
                int64_t z = 0;
                for (uint32_t k = 0; k < b.in_channels; k++)
                    z += x[(b.kernel_row + k * b.kernel_stride) * 4 + b.kernel_origin + o] *
                         x[(b.in_row + k * b.in_stride) * 4 + e];
                expect(&f, (b.out_row + (size_t)o * b.out_rows) * 4 + e, z);
            }
        assert_memory_equal(x, f.cells.y, (size_t)b.out_row * 4 * sizeof(*x));
    }
}

/* A quotient outside of its table is an error that says where; in a gap it is not. */
static void test_range(void **unused)
{
    static struct fixture f;
    uint64_t state = 3;
    const int64_t one = 1;
    struct hcl_err err = { "" };
    struct hcl_block b = {
        .kind = HCL_BLOCK_CONV, .in_row = 0, .in_rows = 2, .in_stride = 2, .in_channels = 1
    };

    (void)unused;
    b.group = b.kernel_h = b.kernel_w = b.out_channels = 1;
    b.out_row = b.out_rows = 2;
    b.bias = HCL_NONE;
    setup(&f, &state, 15, 3);
    memset(f.cells.y, 0, 8 * sizeof(int64_t));
    b.limbs = 1;
    f.lists[0] = put_pass(&f, &one, 1, 1);
    f.cells.y[5] = 34; /* 34/10 rounds to 3 */
    assert_int_equal(hcl_block_run(&f.p, &b, &f.cells, NULL, &err), HCL_OK);
    f.cells.y[5] = 35; /* half rounds up */
    assert_int_equal(hcl_block_run(&f.p, &b, &f.cells, NULL, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "output channel 0, position 5"));
    f.rows[3].lookups = 13;
    assert_int_equal(hcl_block_run(&f.p, &b, &f.cells, NULL, &err), HCL_OK);
    assert_int_equal(f.cells.q[13], 4);
    assert_int_equal(f.cells.r[13], -5);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_planes), cmocka_unit_test(test_dense),
                                        cmocka_unit_test(test_product), cmocka_unit_test(test_range) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
