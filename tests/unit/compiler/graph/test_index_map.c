/* SPDX-License-Identifier: Apache-2.0 */
/* Index maps on shapes small enough to check by hand, and their refusals. */
#include "tests/support/test.h"

#include "compiler/graph/index_map.h"

#define NONE HCL_MAP_NONE
#define SHAPE(...)                                                                                           \
    ((struct hcl_map_shape){ (sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)), { __VA_ARGS__ } })

static struct hcl_map_shape to;
static uint32_t *map;
static struct hcl_err err;

/* The last map made, which is freed. */
static void is(hcl_status st, struct hcl_map_shape shape, const uint32_t *want)
{
    assert_ok(st, err);
    assert_int_equal(to.rank, shape.rank);
    assert_non_null(map);
    assert_memory_equal(to.dims, shape.dims, shape.rank * sizeof *shape.dims);
    assert_memory_equal(map, want, hcl_map_len(&shape) * sizeof *want);
    free(map);
    map = NULL;
}

static void refused(hcl_status st, const char *words)
{
    assert_int_equal(st, HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, words));
    assert_null(map);
}

static void permutations(void **state)
{
    const struct hcl_map_shape x = SHAPE(2, 3, 2);
    (void)state;
    is(hcl_map_transpose(&to, &map, &x, (const int32_t[]){ 2, 0, 1 }, "x", &err), SHAPE(2, 2, 3),
       (const uint32_t[]){ 0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11 });
    refused(hcl_map_transpose(&to, &map, &x, (const int32_t[]){ 2, 0, 2 }, "x", &err),
            "not a permutation of 0..2");
    refused(hcl_map_transpose(&to, &map, &x, (const int32_t[]){ 2, 0, -1 }, "x", &err), "not a permutation");
}

static void slices(void **state)
{
    const struct hcl_map_shape x = SHAPE(3, 4);
    (void)state;
    is(hcl_map_slice(&to, &map, &x, (const int64_t[]){ 2, 1 }, (const int64_t[]){ -2, 2 },
                     (const uint32_t[]){ 2, 2 }, "x", &err),
       SHAPE(2, 2), (const uint32_t[]){ 9, 11, 1, 3 });
    refused(hcl_map_slice(&to, &map, &x, (const int64_t[]){ 2, 1 }, (const int64_t[]){ -2, 2 },
                          (const uint32_t[]){ 3, 2 }, "x", &err),
            "leave dimension 0, which has 3");
    refused(hcl_map_slice(&to, &map, &x, (const int64_t[]){ 0, 1 }, (const int64_t[]){ 1, 2 },
                          (const uint32_t[]){ 3, 3 }, "x", &err),
            "leave dimension 1, which has 4");
    is(hcl_map_gather(&to, &map, &x, 1, 0, (const int32_t[]){ 3, 0, 3, 1 }, &SHAPE(2, 2), "x", &err),
       SHAPE(3, 2, 2), (const uint32_t[]){ 3, 0, 3, 1, 7, 4, 7, 5, 11, 8, 11, 9 });
    is(hcl_map_gather(&to, &map, &x, 0, 0, (const int32_t[]){ 2 }, &(struct hcl_map_shape){ .rank = 0 }, "x",
                      &err),
       SHAPE(4), (const uint32_t[]){ 8, 9, 10, 11 });
    refused(hcl_map_gather(&to, &map, &x, 0, 0, (const int32_t[]){ 3 }, &SHAPE(1), "x", &err),
            "index 3, expected 0..2");
}

static void repetitions(void **state)
{
    const struct hcl_map_shape x = SHAPE(2, 2), row = SHAPE(1, 2), wide = SHAPE(2, 2, 2), odd = SHAPE(2, 3);
    (void)state;
    is(hcl_map_tile(&to, &map, &x, (const uint32_t[]){ 2, 3 }, "x", &err), SHAPE(4, 6),
       (const uint32_t[]){ 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3 });
    to = wide;
    is(hcl_map_broadcast(&wide, &map, &row, "x", &err), wide, (const uint32_t[]){ 0, 1, 0, 1, 0, 1, 0, 1 });
    refused(hcl_map_broadcast(&odd, &map, &x, "x", &err), "a dimension of 2 to one of 3");
    is(hcl_map_concat(&to, &map, (const struct hcl_map_shape[]){ SHAPE(2, 1), SHAPE(2, 2), SHAPE(2, 1) }, 3,
                      1, "x", &err),
       SHAPE(2, 4), (const uint32_t[]){ 0, 2, 3, 6, 1, 4, 5, 7 });
    refused(hcl_map_concat(&to, &map, (const struct hcl_map_shape[]){ SHAPE(2, 1), SHAPE(3, 2) }, 2, 1, "x",
                           &err),
            "operand 1 differs in more than dimension 1");
}

static void paddings(void **state)
{
    const struct hcl_map_shape x = SHAPE(2, 3);
    const uint32_t before[] = { 1, 2 }, after[] = { 0, 1 };
    (void)state;
    is(hcl_map_pad(&to, &map, &x, before, after, HCL_PAD_ZERO, "x", &err), SHAPE(3, 6),
       (const uint32_t[]){ NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0, 1, 2, NONE, NONE, NONE, 3, 4, 5,
                           NONE });
    is(hcl_map_pad(&to, &map, &x, before, after, HCL_PAD_REFLECT, "x", &err), SHAPE(3, 6),
       (const uint32_t[]){ 5, 4, 3, 4, 5, 4, 2, 1, 0, 1, 2, 1, 5, 4, 3, 4, 5, 4 });
    is(hcl_map_pad(&to, &map, &x, before, after, HCL_PAD_SYMMETRIC, "x", &err), SHAPE(3, 6),
       (const uint32_t[]){ 1, 0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 4, 3, 3, 4, 5, 5 });
    refused(hcl_map_pad(&to, &map, &x, (const uint32_t[]){ 2, 0 }, after, HCL_PAD_REFLECT, "x", &err),
            "expected at most 1");
}

static void images(void **state)
{
    const struct hcl_map_shape x = SHAPE(1, 2, 4, 1), deep = SHAPE(1, 1, 2, 4), flat = SHAPE(2, 4);
    (void)state;
    is(hcl_map_space_to_depth(&to, &map, &x, 2, "x", &err), deep,
       (const uint32_t[]){ 0, 1, 4, 5, 2, 3, 6, 7 });
    is(hcl_map_depth_to_space(&to, &map, &deep, 2, "x", &err), x,
       (const uint32_t[]){ 0, 1, 4, 5, 2, 3, 6, 7 });
    refused(hcl_map_space_to_depth(&to, &map, &x, 3, "x", &err), "blocks of 3 in an image of 2x4");
    refused(hcl_map_depth_to_space(&to, &map, &x, 2, "x", &err), "blocks of 2 of 1 channels");
    refused(hcl_map_depth_to_space(&to, &map, &flat, 2, "x", &err), "rank 2, expected 4");
    is(hcl_map_nearest(&to, &map, &x, 1, 6, false, false, "x", &err), SHAPE(1, 1, 6, 1),
       (const uint32_t[]){ 0, 0, 1, 2, 2, 3 });
    is(hcl_map_nearest(&to, &map, &x, 3, 2, true, false, "x", &err), SHAPE(1, 3, 2, 1),
       (const uint32_t[]){ 0, 3, 4, 7, 4, 7 });
}

static void sizes(void **state)
{
    const struct hcl_map_shape scalar = { .rank = 0 }, large = SHAPE(1u << 14, 1u << 14, 2);
    (void)state;
    assert_int_equal(hcl_map_len(&scalar), 1);
    assert_int_equal(hcl_map_len(&large), 0);
    is(hcl_map_transpose(&to, &map, &scalar, NULL, "x", &err), scalar, (const uint32_t[]){ 0 });
    refused(hcl_map_tile(&to, &map, &SHAPE(1, 1), (const uint32_t[]){ 1u << 20, 1u << 20 }, "x", &err),
            "more than 268435456");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(permutations), cmocka_unit_test(slices),
                                        cmocka_unit_test(repetitions),  cmocka_unit_test(paddings),
                                        cmocka_unit_test(images),       cmocka_unit_test(sizes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
