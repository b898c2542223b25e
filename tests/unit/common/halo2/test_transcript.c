/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/transcript.h"
#include "tests/support/test.h"

static hcl_g1 some_point(uint64_t scalar)
{
    hcl_g1_jac p;
    hcl_g1 out;
    hcl_fr s;
    hcl_fr_from_u64(&s, scalar);
    hcl_g1_mul(&p, &hcl_g1_generator, &s);
    hcl_g1_jac_to_affine(&out, &p);
    return out;
}

/* What the prover writes the verifier reads, and both have the same challenges; a copy of the state is a
 * fork. */
static void reader_follows_writer(void **state)
{
    struct hcl_proof proof = { 0 };
    struct hcl_transcript writer, reader, fork;
    struct hcl_reader bytes;
    struct hcl_err err;
    hcl_fr s, a, b;
    hcl_g1 p;
    (void)state;
    hcl_transcript_init(&writer);
    for (uint64_t i = 0; i < 300; i++) {
        p = i == 7 ? hcl_g1_infinity : some_point(i + 1);
        hcl_fr_from_i64(&s, -(int64_t)i);
        assert_ok(hcl_transcript_write_point(&writer, &proof, &p, &err), err);
        assert_ok(hcl_transcript_write_scalar(&writer, &proof, &s, &err), err);
    }
    assert_int_equal(proof.len, 600 * 32);
    hcl_transcript_init(&reader);
    bytes = (struct hcl_reader){ .base = proof.data, .len = proof.len, .file = "proof" };
    for (uint64_t i = 0; i < 300; i++) {
        hcl_g1 want = i == 7 ? hcl_g1_infinity : some_point(i + 1);
        hcl_fr_from_i64(&a, -(int64_t)i);
        assert_ok(hcl_transcript_read_point(&reader, &bytes, &p, "point", i, &err), err);
        assert_ok(hcl_transcript_read_scalar(&reader, &bytes, &s, "scalar", i, &err), err);
        assert_true(hcl_g1_eq(&p, &want));
        assert_true(hcl_fr_eq(&s, &a));
    }
    assert_int_equal(hcl_left(&bytes), 0);
    fork = reader;
    hcl_transcript_squeeze(&writer, &a);
    hcl_transcript_squeeze(&reader, &b);
    assert_true(hcl_fr_eq(&a, &b));
    hcl_transcript_squeeze(&reader, &b);
    assert_false(hcl_fr_eq(&a, &b)); /* squeezing changes the state */
    hcl_transcript_squeeze(&fork, &b);
    assert_true(hcl_fr_eq(&a, &b));
    hcl_proof_clear(&proof);
}

static void bad_encodings_are_refused(void **state)
{
    struct hcl_transcript t;
    struct hcl_reader r;
    struct hcl_err err;
    uint8_t bytes[32];
    hcl_fr s;
    hcl_g1 p;
    (void)state;
    hcl_transcript_init(&t);
    memset(bytes, 0xff, sizeof bytes);
    r = (struct hcl_reader){ .base = bytes, .len = 32, .file = "proof" };
    assert_int_equal(hcl_transcript_read_scalar(&t, &r, &s, "evaluation", 5, &err), HCL_FALSE_CLAIM);
    assert_string_equal(err.msg, "evaluation 5 of the proof at byte 0 is not a scalar below r");
    r.pos = 0;
    assert_int_equal(hcl_transcript_read_point(&t, &r, &p, "commitment", 2, &err), HCL_FALSE_CLAIM);
    r.pos = 1;
    assert_int_equal(hcl_transcript_read_scalar(&t, &r, &s, "evaluation", 6, &err), HCL_FALSE_CLAIM);
    assert_string_equal(err.msg, "proof ends at byte 32 inside evaluation 6");
    memset(bytes, 0, sizeof bytes);
    bytes[31] = 0xc0; /* infinity with a sign */
    r.pos = 0;
    assert_int_equal(hcl_transcript_read_point(&t, &r, &p, "commitment", 2, &err), HCL_FALSE_CLAIM);
    bytes[31] = 0x80;
    r.pos = 0;
    assert_ok(hcl_transcript_read_point(&t, &r, &p, "commitment", 2, &err), err);
    assert_true(hcl_g1_is_infinity(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_follows_writer),
        cmocka_unit_test(bad_encodings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
