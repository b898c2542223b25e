/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/srs.h"
#include "common/halo2/srs_internal.h"
#include "tests/unit/common/halo2/vectors.h"
#include <unistd.h>

static const char *const raw_names[] = { "k4.raw", "k5.raw", "k6.raw" };
static const char *const processed_names[] = { "k4.processed", "k5.processed", "k6.processed" };

static const char *temp_path(void)
{
    static char path[256];
    snprintf(path, sizeof path, "/tmp/halocline-test-%d.srs", (int)getpid());
    return path;
}

static void read_vector(struct hcl_srs *srs, const char *name)
{
    struct hcl_err err;
    assert_ok(hcl_srs_read(srs, vector_path("srs", name), 0, NULL, 2, &err), err);
}

static void assert_written_as(const struct hcl_srs *srs, hcl_srs_format format, const char *name)
{
    struct hcl_file want = vector_file("srs", name), got;
    struct hcl_err err;
    assert_ok(hcl_srs_write(srs, temp_path(), format, &err), err);
    assert_ok(hcl_file_read(&got, temp_path(), 1 << 20, &err), err);
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.data, want.data, got.len);
    unlink(temp_path());
    hcl_file_clear(&want);
    hcl_file_clear(&got);
}

static void params_round_trip_in_both_layouts(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct hcl_srs raw, processed;
        struct hcl_err err;
        hcl_srs_format format;
        read_vector(&raw, raw_names[i]);
        assert_ok(hcl_srs_read(&processed, vector_path("srs", processed_names[i]), 0, &format, 1, &err), err);
        assert_int_equal(format, HCL_SRS_PARAMS_PROCESSED);
        assert_ok(hcl_srs_check(&raw, 2, &err), err);
        assert_written_as(&raw, HCL_SRS_PARAMS_PROCESSED, processed_names[i]);
        assert_written_as(&processed, HCL_SRS_PARAMS_RAW, raw_names[i]);
        hcl_srs_clear(&raw);
        hcl_srs_clear(&processed);
    }
}

static void truncation_gives_the_smaller_file(void **state)
{
    struct hcl_srs srs;
    struct hcl_err err;
    (void)state;
    read_vector(&srs, "k6.raw");
    assert_int_equal(hcl_srs_truncate(&srs, 7, 2, &err), HCL_BAD_INPUT);
    assert_int_equal(hcl_srs_require(&srs, 7, &err), HCL_NO_RESOURCE);
    assert_ok(hcl_srs_truncate(&srs, 5, 2, &err), err);
    assert_written_as(&srs, HCL_SRS_PARAMS_RAW, "k5.raw");
    hcl_srs_clear(&srs);
    assert_ok(hcl_srs_read(&srs, vector_path("srs", "k6.processed"), 4, NULL, 1, &err), err);
    assert_written_as(&srs, HCL_SRS_PARAMS_PROCESSED, "k4.processed");
    hcl_srs_clear(&srs);
}

static void a_known_secret_gives_the_reference_points(void **state)
{
    struct hcl_file hex = vector_file("srs", "secret.hex");
    struct hcl_srs srs;
    struct hcl_err err;
    uint8_t bytes[32];
    hcl_fr s;
    (void)state;
    for (size_t i = 0; i < 32; i++) {
        unsigned byte;
        assert_int_equal(sscanf((const char *)hex.data + 2 + 2 * i, "%2x", &byte), 1);
        bytes[31 - i] = (uint8_t)byte;
    }
    assert_true(hcl_fr_from_bytes(&s, bytes));
    assert_ok(hcl_srs_from_secret(&srs, 5, &s, 2, &err), err);
    assert_written_as(&srs, HCL_SRS_PARAMS_RAW, "k5.raw");
    hcl_srs_clear(&srs);
    hcl_file_clear(&hex);
}

/* The mark survives writing and reading; a seed makes it reproducible. */
static void development_srs_is_marked(void **state)
{
    static const uint8_t seed[32] = { 7 };
    struct hcl_srs srs, again;
    struct hcl_err err;
    hcl_srs_format format;
    uint8_t a[32], b[32];
    (void)state;
    assert_ok(hcl_srs_create_unsafe(&srs, 7, seed, 2, &err), err);
    assert_true(srs.verifier.unsafe);
    assert_ok(hcl_srs_check(&srs, 2, &err), err);
    assert_ok(hcl_srs_write(&srs, temp_path(), HCL_SRS_HALOCLINE, &err), err);
    assert_ok(hcl_srs_read(&again, temp_path(), 6, &format, 1, &err), err);
    assert_int_equal(format, HCL_SRS_HALOCLINE);
    assert_true(again.verifier.unsafe);
    assert_int_equal(again.k, 6);
    assert_ok(hcl_srs_check(&again, 1, &err), err);
    hcl_srs_id(a, &srs.verifier);
    hcl_srs_id(b, &again.verifier);
    assert_memory_equal(a, b, 32);
    unlink(temp_path());
    hcl_srs_clear(&srs);
    hcl_srs_clear(&again);
    read_vector(&again, "k4.raw");
    assert_false(again.verifier.unsafe);
    hcl_srs_id(b, &again.verifier);
    assert_memory_not_equal(a, b, 32);
    hcl_srs_clear(&again);
}

/* What no range or curve check sees, the pairings do: each edit keeps all points on the curve. */
static void wrong_points_are_found(void **state)
{
    static const char *const says[] = {
        "powers of one s: g[31] is not s times g[30]", "Lagrange part",   "g[0]",
        "powers of one s: g[1] is not s times g[0]",   "generator of G2", "infinity"
    };
    struct hcl_err err;
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct hcl_srs srs;
        hcl_g2_jac doubled;
        read_vector(&srs, "k5.raw");
        if (i == 0)
            srs.g[31] = srs.g[30];
        else if (i == 1)
            hcl_g1_neg(&srs.g_lagrange[17], &srs.g_lagrange[17]);
        else if (i == 2)
            srs.g[0] = srs.g[1];
        else if (i == 3)
            hcl_g2_neg(&srs.verifier.s_g2, &srs.verifier.s_g2);
        else if (i == 4) {
            hcl_g2_jac_from_affine(&doubled, &srs.verifier.g2);
            hcl_g2_jac_double(&doubled, &doubled);
            hcl_g2_jac_to_affine(&srs.verifier.g2, &doubled);
        } else
            srs.g[9] = hcl_g1_infinity;
        assert_int_equal(hcl_srs_check(&srs, 2, &err), HCL_BAD_INPUT);
        assert_non_null(strstr(err.msg, says[i]));
        hcl_srs_clear(&srs);
    }
}

static void damaged_files_are_refused(void **state)
{
    struct hcl_file f = vector_file("srs", "k4.raw");
    struct hcl_srs srs;
    struct hcl_err err;
    (void)state;
    for (size_t len = 0; len < f.len; len += 37)
        assert_int_equal(hcl_srs_parse(&srs, f.data, len, "srs", 0, NULL, 1, &err), HCL_BAD_INPUT);
    f.data[4 + 64 * 3] ^= 1; /* off the curve */
    assert_int_equal(hcl_srs_parse(&srs, f.data, f.len, "srs", 0, NULL, 1, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "g 3 in 'srs' at byte 196"));
    f.data[4 + 64 * 3] ^= 1;
    memset(f.data + 4 + 64 * 3, 0, 64); /* infinity */
    assert_int_equal(hcl_srs_parse(&srs, f.data, f.len, "srs", 0, NULL, 1, &err), HCL_BAD_INPUT);
    f.data[0] = 40;
    assert_int_equal(hcl_srs_parse(&srs, f.data, f.len, "srs", 0, NULL, 1, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "not an SRS"));
    hcl_file_clear(&f);
    /* the container's hash covers flags and points */
    assert_ok(hcl_srs_create_unsafe(&srs, 3, NULL, 1, &err), err);
    assert_ok(hcl_srs_write(&srs, temp_path(), HCL_SRS_HALOCLINE, &err), err);
    hcl_srs_clear(&srs);
    assert_ok(hcl_file_read(&f, temp_path(), 1 << 20, &err), err);
    unlink(temp_path());
    f.data[8] = 0; /* "not unsafe" */
    assert_int_equal(hcl_srs_parse(&srs, f.data, f.len, "srs", 0, NULL, 1, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "damaged"));
    hcl_file_clear(&f);
}

static void keys_equal_the_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct hcl_circuit c;
        struct hcl_srs srs;
        struct hcl_err err;
        struct hcl_vk vk;
        char name[16];
        vector_circuit(&c, vector_names[i]);
        snprintf(name, sizeof name, "k%u.raw", c.k);
        read_vector(&srs, name);
        assert_ok(hcl_vk_generate(&vk, &c, &srs, NULL, 2, &err), err);
        for (int serde = 0; serde < 2; serde++) {
            struct hcl_file want =
                vector_file(vector_names[i], serde == HCL_SERDE_RAW ? "vk.raw" : "vk.processed");
            uint8_t *bytes;
            size_t len;
            assert_ok(hcl_vk_format(&vk, (hcl_serde)serde, &bytes, &len, &err), err);
            assert_int_equal(len, want.len);
            assert_memory_equal(bytes, want.data, len);
            free(bytes);
            hcl_file_clear(&want);
        }
        hcl_vk_clear(&vk);
        hcl_srs_clear(&srs);
        hcl_circuit_clear(&c);
    }
}

/* Proving-key columns: their commitments are the vk's. */
static bool all_but_the_first(void *ctx, uint32_t index)
{
    (void)ctx;
    return index > 0;
}

static void proving_keys_belong_to_the_vk(void **state)
{
    struct hcl_circuit c;
    struct hcl_srs srs;
    struct hcl_err err;
    struct hcl_pk pk;
    struct hcl_vk vk;
    hcl_g1 p;
    (void)state;
    vector_circuit(&c, "everything");
    vector_vk(&vk, &c, "everything");
    read_vector(&srs, "k6.raw");
    assert_ok(hcl_pk_init(&pk, &c, NULL, NULL, 2, &err), err);
    for (size_t i = 0; i < c.num_permutation; i++) {
        assert_ok(hcl_srs_commit_lagrange(&p, &srs, pk.sigma[i], 1, &err), err);
        assert_true(hcl_g1_eq(&p, &vk.sigma[i]));
    }
    hcl_pk_clear(&pk);
    assert_true(c.num_permutation > 1);
    assert_ok(hcl_pk_init(&pk, &c, all_but_the_first, NULL, 2, &err), err);
    assert_null(pk.sigma[0]);
    assert_non_null(pk.sigma[1]);
    hcl_pk_clear(&pk);
    hcl_srs_clear(&srs);
    hcl_vk_clear(&vk);
    hcl_circuit_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(params_round_trip_in_both_layouts),
        cmocka_unit_test(truncation_gives_the_smaller_file),
        cmocka_unit_test(a_known_secret_gives_the_reference_points),
        cmocka_unit_test(development_srs_is_marked),
        cmocka_unit_test(wrong_points_are_found),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(keys_equal_the_reference),
        cmocka_unit_test(proving_keys_belong_to_the_vk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
