/* SPDX-License-Identifier: Apache-2.0 */
/* Powers-of-tau files put together here from a known secret, section by section. The order of the Lagrange
 * points comes from snarkjs' root of unity itself, not from the constant that reading uses. */
#include "common/halo2/permutation.h"
#include "common/halo2/srs_internal.h"
#include "tests/support/test.h"

#define POWER 7u
enum { N = 1 << POWER, MOST = 1 << 17 };
/* Where the sections begin in a file made by `build`. */
enum { HEADER_AT = 12 + 12, TAU_AT = HEADER_AT + 44 + 12, G2_AT = TAU_AT + (2 * N - 1) * 64 + 12 };
#define LAGRANGE_AT (G2_AT + N * 128 + 12)

static uint8_t file[MOST];
static size_t len;
static hcl_fr secret;

static void put(const void *bytes, size_t n)
{
    assert_true(len + n <= MOST);
    memcpy(file + len, bytes, n);
    len += n;
}

static void put_u32(uint32_t v)
{
    put(&v, sizeof v);
}

static void begin_section(uint32_t id, uint64_t size)
{
    put_u32(id);
    put(&size, sizeof size);
}

static void put_g1(const hcl_g1 *p)
{
    uint8_t raw[64];
    hcl_g1_to_raw(raw, p);
    put(raw, sizeof raw);
}

static struct hcl_srs srs_of(uint32_t k)
{
    struct hcl_srs srs;
    struct hcl_err err;
    assert_ok(hcl_srs_from_secret(&srs, k, &secret, 2, &err), err);
    return srs;
}

static void put_powers(void)
{
    static const uint8_t q[32] = {
        0x47, 0xfd, 0x7c, 0xd8, 0x16, 0x8c, 0x20, 0x3c, 0x8d, 0xca, 0x71, 0x68, 0x91, 0x6a, 0x81, 0x97,
        0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45, 0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30,
    };
    struct hcl_srs srs = srs_of(POWER + 1);
    uint8_t g2[128];
    begin_section(1, 44);
    put_u32(32);
    put(q, sizeof q);
    put_u32(POWER);
    put_u32(POWER);
    begin_section(2, (2 * N - 1) * 64);
    for (size_t i = 0; i < 2 * N - 1; i++)
        put_g1(&srs.g[i]);
    begin_section(3, N * 128);
    for (size_t i = 0; i < N; i++) {
        hcl_g2_to_raw(g2, i == 0 ? &srs.verifier.g2 : &srs.verifier.s_g2); /* the rest is not looked at */
        put(g2, sizeof g2);
    }
    hcl_srs_clear(&srs);
}

/* 5^((r-1)/2^k) */
static hcl_fr snarkjs_root(uint32_t k)
{
    uint64_t limbs[4];
    hcl_fr minus_one, root = hcl_fr_one, five;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    hcl_fr_to_limbs(limbs, &minus_one);
    hcl_fr_from_u64(&five, 5);
    for (int bit = 255; bit >= (int)k; bit--) {
        hcl_fr_sqr(&root, &root);
        if (limbs[bit / 64] >> (bit % 64) & 1)
            hcl_fr_mul(&root, &root, &five);
    }
    return root;
}

/* Point j belongs to snarkjs' root to the j: that is a root of ours to some i. */
static void put_block(uint32_t k)
{
    struct hcl_srs srs;
    hcl_fr ours[2 * N], omega = hcl_fr_root_of_unity, theirs = hcl_fr_one, step = snarkjs_root(k);
    const size_t n = (size_t)1 << k;
    if (k == 0) {
        put_g1(&hcl_g1_generator);
        return;
    }
    for (uint32_t i = k; i < HCL_FR_S; i++)
        hcl_fr_sqr(&omega, &omega);
    hcl_powers(ours, &omega, n);
    srs = srs_of(k);
    for (size_t j = 0; j < n; j++, hcl_fr_mul(&theirs, &theirs, &step)) {
        size_t i = 0;
        while (i < n && !hcl_fr_eq(&ours[i], &theirs))
            i++;
        assert_true(i < n);
        put_g1(&srs.g_lagrange[i]);
    }
    hcl_srs_clear(&srs);
}

/* blocks: how many Lagrange blocks, -1: no section. */
static void build(int blocks)
{
    hcl_fr_from_u64(&secret, 0x123456789abcdef);
    hcl_fr_mul(&secret, &secret, &secret);
    hcl_fr_sqr(&secret, &secret);
    len = 0;
    put("ptau", 4);
    put_u32(1);
    put_u32(blocks < 0 ? 3 : 4);
    put_powers();
    if (blocks < 0)
        return;
    begin_section(12, (((uint64_t)1 << blocks) - 1) * 64);
    assert_int_equal(len, LAGRANGE_AT);
    for (int k = 0; k < blocks; k++)
        put_block((uint32_t)k);
}

static hcl_status parse(struct hcl_srs *srs, uint32_t k, struct hcl_err *err)
{
    return hcl_srs_parse(srs, file, len, "made.ptau", k, NULL, 2, err);
}

static void assert_equals_secret(uint32_t k)
{
    struct hcl_srs got, want = srs_of(k);
    struct hcl_err err;
    assert_ok(parse(&got, k, &err), err);
    assert_int_equal(got.k, k);
    assert_memory_equal(got.g, want.g, want.n * sizeof *want.g);
    assert_memory_equal(got.g_lagrange, want.g_lagrange, want.n * sizeof *want.g_lagrange);
    assert_ok(hcl_srs_check(&got, 2, &err), err);
    hcl_srs_clear(&got);
    hcl_srs_clear(&want);
}

static void every_size_is_right_prepared_or_not(void **state)
{
    static const int blocks[] = { -1, POWER + 1, POWER + 2 };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        build(blocks[i]);
        for (uint32_t k = 1; k <= POWER; k++)
            assert_equals_secret(k);
    }
}

static void assert_refused(const char *says)
{
    struct hcl_srs srs;
    struct hcl_err err = { "" };
    assert_int_equal(parse(&srs, 0, &err), HCL_BAD_INPUT);
    if (!strstr(err.msg, says))
        fail_msg("'%s' does not say '%s'", err.msg, says);
    assert_null(srs.g);
}

/* The points of the section are what is used, so they are what is checked. */
static void wrong_lagrange_points_are_refused(void **state)
{
    uint8_t swap[64], *block = file + LAGRANGE_AT + (N - 1) * 64;
    char says[80];
    (void)state;
    build(POWER + 1);
    block[64 * 5] ^= 1;
    snprintf(says, sizeof says, "Lagrange point 5 in 'made.ptau' at byte %zu",
             (size_t)(block - file) + 64 * 5);
    assert_refused(says);
    block[64 * 5] ^= 1;
    memcpy(swap, block, 64);
    memmove(block, block + 64, 64);
    memcpy(block + 64, swap, 64);
    assert_refused("section 12 of 'made.ptau': not a structured reference string: the Lagrange part");
    build(POWER + 1);
    memset(block, 0, 64);
    assert_refused("Lagrange point 0");
    build(POWER); /* one block too few */
    assert_refused("bytes of Lagrange points (section 12), expected 16320 or 32704 for power 7");
    build(0);
    assert_refused("0 bytes of Lagrange points");
}

static void a_section_may_not_come_twice(void **state)
{
    (void)state;
    build(POWER + 1);
    file[8] = 5;
    begin_section(12, 0);
    assert_refused("has section 12 twice");
    build(POWER + 1);
    put("", 1);
    assert_refused("has 1 bytes after its last section");
}

static void step_relates_the_roots(void **state)
{
    hcl_fr power, root = snarkjs_root(HCL_FR_S);
    (void)state;
    hcl_fr_pow_u64(&power, &root, HCL_SRS_PTAU_STEP);
    assert_true(hcl_fr_eq(&power, &hcl_fr_root_of_unity));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_right_prepared_or_not),
        cmocka_unit_test(wrong_lagrange_points_are_refused),
        cmocka_unit_test(a_section_may_not_come_twice),
        cmocka_unit_test(step_relates_the_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
