/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/poly/compact.h"

enum { N = 1024, U = 1000 };

static const int64_t edges[] = { 0,         1,         -1,         127,         128,
                                 -128,      -129,      32767,      32768,       -32768,
                                 -32769,    INT32_MAX, -INT32_MAX, INT32_MIN,   INT64_MAX,
                                 INT64_MIN, 1LL << 31, 1LL << 62,  -(1LL << 33) };
enum { EDGES = sizeof edges / sizeof edges[0] };

static struct hcl_err err;

/* By every way of reading: is c the column of v, then 0? */
static void expect(const struct hcl_compact *c, const hcl_fr *v, size_t count)
{
    static hcl_fr got[N];
    static int64_t cells[N];
    const size_t starts[] = { 0, 1, 63, 250, 511, U - 1, U, N - 1, N };
    assert_int_equal(c->n, N);
    for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++)
        for (size_t len = 0; len <= N - starts[s]; len = len < 3 ? len + 1 : 2 * len + 1) {
            memset(got, 0xa5, sizeof got);
            hcl_compact_expand(got, c, starts[s], len);
            for (size_t i = 0; i < len; i++)
                assert_true(hcl_fr_eq(&got[i], starts[s] + i < count ? &v[starts[s] + i] : &hcl_fr_zero));
            if (len < N)
                assert_int_equal(((uint8_t *)&got[len])[0], 0xa5);
        }
    for (size_t i = 0; i < N; i++) {
        hcl_compact_get(&got[0], c, i);
        assert_true(hcl_fr_eq(&got[0], i < count ? &v[i] : &hcl_fr_zero));
    }
    if (c->width == HCL_COMPACT_FR || c->digits > 1)
        return;
    hcl_compact_cells(cells, c, 0, N);
    for (size_t i = 0; i < N; i++) {
        const size_t e = hcl_compact_exception_from(c, i);
        const bool listed = e < c->num_exceptions && c->exceptions[e].row == i;
        hcl_fr_from_i64(&got[0], cells[i]);
        assert_true(listed ? cells[i] == 0 : hcl_fr_eq(&got[0], i < count ? &v[i] : &hcl_fr_zero));
    }
    assert_int_equal(hcl_compact_exception_from(c, N), c->num_exceptions);
}

static void every_width(void **state)
{
    (void)state;
    static int64_t v[N];
    static hcl_fr f[N];
    for (size_t e = 0; e < EDGES; e++) {
        const int64_t x = edges[e];
        const int width = x == (int8_t)x ? 1 : x == (int16_t)x ? 2 : x == (int32_t)x ? 4 : 8;
        struct hcl_compact c;
        memset(v, 0, sizeof v);
        for (size_t i = 0; i < 300; i++)
            v[i] = i % 3 == 0 ? x : (int64_t)(i % 5) - 2;
        for (size_t i = 0; i < N; i++)
            hcl_fr_from_i64(&f[i], v[i]);
        assert_int_equal(hcl_compact_width_i64(v, N), width);
        assert_int_equal(hcl_compact_width_fr(f, N), width);
        assert_ok(hcl_compact_from_i64(&c, N, v, N, false, "test", &err), err);
        assert_int_equal(c.width, width);
        assert_true(c.stored <= 300);
        assert_int_equal(hcl_compact_bytes(&c), c.stored * (size_t)width);
        expect(&c, f, N);
        hcl_compact_clear(&c);
        assert_ok(hcl_compact_from_fr(&c, N, f, N, true, "test", &err), err);
        assert_int_equal(c.width, width);
        assert_int_equal(c.num_exceptions, 0);
        assert_true(c.secret);
        expect(&c, f, N);
        hcl_compact_clear(&c);
        assert_null(c.cells);
    }
}

/* Just beyond 64 bits on both sides: no integers. */
static void wide_values(void **state)
{
    (void)state;
    hcl_fr two63, wide[4];
    hcl_fr_from_u64(&two63, (uint64_t)1 << 63);
    wide[0] = two63;
    hcl_fr_neg(&wide[1], &two63);
    hcl_fr_sub(&wide[1], &wide[1], &hcl_fr_one); /* -2^63 - 1 */
    hcl_fr_sqr(&wide[2], &two63);
    hcl_fr_neg(&wide[3], &wide[2]);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(hcl_compact_width_fr(&wide[i], 1), HCL_COMPACT_FR);
    assert_int_equal(hcl_compact_width_fr(wide, 0), 1);
}

static void blinding_is_listed(void **state)
{
    (void)state;
    static hcl_fr f[N];
    uint64_t seed = 7;
    struct hcl_compact c, d;
    for (size_t i = 0; i < N; i++)
        if (i < U)
            hcl_fr_from_i64(&f[i], (int64_t)(i * 37 % 2001) - 1000);
        else
            f[i] = sample_fr(&seed);
    f[17] = sample_fr(&seed);
    assert_ok(hcl_compact_from_fr(&c, N, f, N, true, "test", &err), err);
    assert_int_equal(c.width, 2);
    assert_int_equal(c.num_exceptions, N - U + 1);
    assert_true(c.stored <= U);
    expect(&c, f, N);
    hcl_compact_clear(&c);

    /* The same by hand: cells first, then rows. */
    assert_ok(hcl_compact_init(&d, N, N, 2, N - U + 1, true, "test", &err), err);
    for (size_t i = 0; i < N; i++)
        ((int16_t *)d.cells)[i] = (int16_t)((int)(i * 37 % 2001) - 1000);
    hcl_compact_put(&d, 17, &f[17], 1);
    hcl_compact_put(&d, U, f + U, N - U);
    expect(&d, f, N);
    hcl_compact_clear(&d);
}

static void field_elements(void **state)
{
    (void)state;
    static hcl_fr f[N];
    uint64_t seed = 9;
    struct hcl_compact c;
    for (size_t i = 0; i < U; i++)
        f[i] = sample_fr(&seed);
    assert_ok(hcl_compact_from_fr(&c, N, f, N, false, "test", &err), err);
    assert_int_equal(c.width, HCL_COMPACT_FR);
    assert_int_equal(c.stored, U);
    expect(&c, f, N);
    hcl_compact_clear(&c);
    assert_ok(hcl_compact_from_fr(&c, N, f, 0, false, "test", &err), err);
    assert_int_equal(c.stored, 0);
    expect(&c, f, 0);
    hcl_compact_clear(&c);
    assert_ok(hcl_compact_from_i64(&c, N, NULL, 0, false, "test", &err), err);
    expect(&c, f, 0);
    hcl_compact_clear(&c);
}

/* Several cells a row, of every width; a listed row counts instead of all its digits. */
static void digits(void **state)
{
    (void)state;
    static const int widths[] = { 1, 2, 4, 8 };
    static hcl_fr f[N];
    uint64_t seed = 10;
    for (size_t w = 0; w < 4; w++)
        for (int many = 2; many <= 4; many++) {
            struct hcl_compact c;
            hcl_fr unit, cell;
            assert_ok(hcl_compact_init_digits(&c, N, U, widths[w], many, 1, false, "test", &err), err);
            hcl_fr_from_u64(&unit, (uint64_t)1 << HCL_COMPACT_DIGIT_BITS);
            for (size_t i = 0; i < N; i++)
                f[i] = hcl_fr_zero;
            for (int d = many; d-- > 0;) {
                const struct hcl_compact view = hcl_compact_digit(&c, d);
                struct hcl_compact one = view; /* may be written */
                for (size_t i = 0; i < U; i++) {
                    const int64_t v = (int64_t)(i * 7919 + (size_t)d * 31) % 255 - 127;
                    hcl_compact_set_cells(&one, i, &v, 1);
                    hcl_fr_mul(&f[i], &f[i], &unit);
                    hcl_fr_from_i64(&cell, v);
                    hcl_fr_add(&f[i], &f[i], &cell);
                }
            }
            f[300] = sample_fr(&seed);
            hcl_compact_put(&c, 300, &f[300], 1);
            expect(&c, f, N);
            assert_int_equal(hcl_compact_bytes(&c), (size_t)(U * widths[w] * many) + sizeof *c.exceptions);
            hcl_compact_clear(&c);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width),    cmocka_unit_test(wide_values), cmocka_unit_test(blinding_is_listed),
        cmocka_unit_test(field_elements), cmocka_unit_test(digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
