/* SPDX-License-Identifier: Apache-2.0 */
/* SRS files of other programs: read to the same points, named, refused with the place where they are damaged.
 * With an argument: write the files there, which are the corpus of fuzz.srs. */
#include "common/halo2/srs_ceremony.h"
#include "tests/unit/common/halo2/srs_made.h"

#include <gmp.h>
#include <sys/mman.h>
#include <unistd.h>

static struct made file;

static void make_h6(void)
{
    make_params(&file, H6);
}
static void make_h7(void)
{
    make_params(&file, H7);
}
static void make_gnark_short(void)
{
    make_gnark(&file, GNARK);
}
static void make_gnark_full(void)
{
    make_gnark(&file, GNARK_FULL);
}
static void make_dump(void)
{
    make_gnark_dump(&file);
}
static void make_ark_short(void)
{
    make_ark(&file, ARK, 0);
}
static void make_ark_full(void)
{
    make_ark(&file, ARK_FULL, 3);
}
static void make_aztec_short(void)
{
    make_aztec(&file, AZTEC);
}
static void make_aztec_full(void)
{
    make_aztec(&file, AZTEC_FULL);
}
static void make_plonk(void)
{
    make_zkey(&file, 2);
}

/* Where the powers begin, how long one is, and which flags of a point can be told to be wrong. */
static const struct kind {
    const char *name;
    void (*make)(void);
    hcl_srs_format format;
    size_t at, point;
    bool without_s_g2;
} kinds[] = {
    { "h6.processed", make_h6, HCL_SRS_PARAMS_PROCESSED, 4, 32, false },
    { "h7.processed", make_h7, HCL_SRS_PARAMS_PROCESSED_7, 4, 32, false },
    { "gnark.srs", make_gnark_short, HCL_SRS_GNARK, 4, 32, false },
    { "gnark-raw.srs", make_gnark_full, HCL_SRS_GNARK, 4, 64, false },
    { "gnark.dump", make_dump, HCL_SRS_GNARK_DUMP, 34128, 64, false },
    { "ark.bin", make_ark_short, HCL_SRS_ARKWORKS, 8, 32, false },
    { "ark-full.bin", make_ark_full, HCL_SRS_ARKWORKS, 8, 64, false },
    { "aztec.dat", make_aztec_full, HCL_SRS_AZTEC, 0, 64, true },
    { "aztec-compressed.dat", make_aztec_short, HCL_SRS_AZTEC, 0, 32, true },
    { "plonk.zkey", make_plonk, HCL_SRS_ZKEY, 40, 64, false },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static hcl_status parse(struct hcl_srs *srs, const struct kind *kind, uint32_t k, hcl_srs_format *format,
                        struct hcl_err *err)
{
    struct hcl_srs known = made_srs(1);
    const struct hcl_srs_wish wish = { .max_k = k, .s_g2 = kind->without_s_g2 ? &known.verifier.s_g2 : NULL };
    hcl_status st = hcl_srs_parse_wish(srs, file.bytes, file.len, "file", &wish, format, 1, err);
    hcl_srs_clear(&known);
    return st;
}

static void all_are_read_to_the_same_points(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++)
        for (uint32_t k = 0; k <= MADE_K; k++) {
            struct hcl_srs got, want = made_srs(k ? k : MADE_K);
            struct hcl_err err = { "" };
            hcl_srs_format format;
            kinds[i].make();
            assert_ok(parse(&got, &kinds[i], k, &format, &err), err);
            assert_int_equal(format, kinds[i].format);
            assert_int_equal(got.k, want.k);
            assert_memory_equal(got.g, want.g, want.n * sizeof *want.g);
            assert_memory_equal(got.g_lagrange, want.g_lagrange, want.n * sizeof *want.g_lagrange);
            assert_true(hcl_g2_eq(&got.verifier.g2, &want.verifier.g2));
            assert_true(hcl_g2_eq(&got.verifier.s_g2, &want.verifier.s_g2));
            assert_false(got.verifier.unsafe);
            assert_ok(hcl_srs_check(&got, 1, &err), err);
            hcl_srs_clear(&got);
            hcl_srs_clear(&want);
        }
}

static void refused(const struct kind *kind, uint32_t k, hcl_status want, const char *says)
{
    struct hcl_srs srs;
    struct hcl_err err = { "" };
    const hcl_status st = parse(&srs, kind, k, NULL, &err);
    if (st != want || !strstr(err.msg, says))
        fail_msg("%s: status %d, '%s' does not say '%s'", kind->name, st, err.msg, says);
    assert_null(srs.g);
}

/* Each byte of the third power, one at a time: wherever x^3 + 3 has no root, or y does not fit, the point is
 * named; what is a point all the same fails the pairing. */
static void a_changed_point_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        size_t named = 0;
        for (size_t byte = 0; byte < kind->point; byte++)
            for (unsigned bit = 0; bit < 8; bit += 7) {
                struct hcl_srs srs;
                struct hcl_err err = { "" };
                char place[64];
                snprintf(place, sizeof place, "at byte %zu", kind->at + 3 * kind->point);
                kind->make();
                file.bytes[kind->at + 3 * kind->point + byte] ^= (uint8_t)(1u << bit);
                hcl_status st = parse(&srs, kind, 0, NULL, &err);
                if (st == HCL_OK)
                    st = hcl_srs_check(&srs, 1, &err);
                else
                    named += strstr(err.msg, place) != NULL;
                assert_int_equal(st, HCL_BAD_INPUT);
                hcl_srs_clear(&srs);
            }
        assert_true(named >= kind->point / 3);
    }
}

static void other_lengths_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        kind->make();
        const size_t whole = file.len;
        for (size_t len = 0; len < whole; len += len < 1000 ? 13 : 3001) {
            struct hcl_srs srs;
            struct hcl_err err = { "" };
            file.len = len;
            const hcl_status st = parse(&srs, kind, 0, NULL, &err);
            /* A list of whole points is a shorter list. */
            if (kind->without_s_g2 && len >= 2 * kind->point && len % kind->point == 0)
                assert_int_equal(st, HCL_OK);
            else
                assert_int_equal(st, HCL_BAD_INPUT);
            hcl_srs_clear(&srs);
        }
        file.len = whole + 1;
        refused(kind, 0, HCL_BAD_INPUT, "bytes");
    }
}

static void too_few_points_are_no_wrong_input(void **state)
{
    (void)state;
    for (size_t i = 2; i < KINDS; i++) {
        kinds[i].make();
        refused(&kinds[i], MADE_K + 1, HCL_NO_RESOURCE, "2^5 are needed");
    }
}

/* A point too far, an infinity: each form's own flags. */
static void flags_are_strict(void **state)
{
    (void)state;
    make_h6();
    file.bytes[4 + 32 * 2 + 31] |= 0x80;
    refused(&kinds[0], 0, HCL_BAD_INPUT, "at byte 68 0x80");
    make_gnark_short();
    file.bytes[4 + 32 * 2] &= 0x3f; /* "not compressed" */
    refused(&kinds[2], 0, HCL_BAD_INPUT, "g 2 in 'file' at byte 68");
    make_gnark_short();
    memset(file.bytes + 4 + 32 * 2, 0, 32);
    file.bytes[4 + 32 * 2] = 0x40; /* infinity */
    refused(&kinds[2], 0, HCL_BAD_INPUT, "g 2 in 'file' at byte 68");
    make_ark_full();
    file.bytes[8 + 64 * 2 + 63] ^= 0x80; /* a sign that is not y's */
    refused(&kinds[6], 0, HCL_BAD_INPUT, "g 2 in 'file' at byte 136");
    make_ark_short();
    file.bytes[8 + 32 * 2 + 31] |= 0x40;
    refused(&kinds[5], 0, HCL_BAD_INPUT, "g 2 in 'file' at byte 72");
    make_gnark_short();
    file.bytes[4 + 32 * (MADE_N + 3) + 64 + 63] ^= 1; /* [s]G2 */
    refused(&kinds[2], 0, HCL_BAD_INPUT, "[s]G2 in 'file' at byte 676");
}

/* 125 G has a y that is even and the larger one: whoever takes one sign for the other gets -125 G. */
static void parity_and_size_are_told_apart(void **state)
{
    static const uint8_t tail[2] = { 0x83, 0xe3 };
    struct hcl_srs srs = made_srs(2);
    (void)state;
    for (int i = 0; i < 3; i++) {
        const struct form forms[3] = { H6, H7, ARK };
        file.len = 0;
        put_g1(&file, &srs.g[3], forms[i]);
        assert_memory_equal(file.bytes + 29, tail, sizeof tail);
        assert_int_equal(file.bytes[31], i < 2 ? 0 : 0x80);
    }
    hcl_srs_clear(&srs);
}

static void lists_that_do_not_begin_with_the_generator(void **state)
{
    struct hcl_srs srs = made_srs(MADE_K);
    (void)state;
    make_gnark_short();
    for (size_t i = 0; i < MADE_N; i++) { /* gnark's Lagrange SRS is the same file with other points */
        file.len = 4 + 32 * i;
        put_g1(&file, &srs.g_lagrange[i], GNARK);
    }
    file.len = 4 + 32 * (MADE_N + 3) + 160 + LINES_OF_GNARK;
    refused(&kinds[2], 0, HCL_BAD_INPUT, "first point, at byte 4, is not the generator");
    make_ark_short();
    file.len = 8;
    for (size_t i = 0; i < MADE_N; i++)
        put_g1(&file, &srs.g[i + 1 < MADE_N ? i + 1 : 0], ARK);
    file.len = 8 + 32 * (MADE_N + 1) + 8 + 40 * (MADE_N + 2) + 128 + 8;
    refused(&kinds[5], 0, HCL_BAD_INPUT, "first point, at byte 8, is not the generator");
    hcl_srs_clear(&srs);
}

static void powers_alone_need_s_g2(void **state)
{
    struct hcl_srs srs;
    struct hcl_err err = { "" };
    (void)state;
    make_aztec_full();
    assert_int_equal(hcl_srs_parse(&srs, file.bytes, file.len, "g1.dat", 0, NULL, 1, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "--g2"));
    make_gnark_short();
    file.len = 4 + 32 * (MADE_N + 3);
    assert_int_equal(hcl_srs_parse(&srs, file.bytes, file.len, "pk", 0, NULL, 1, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "--g2"));
}

static void fq_of_decimal(hcl_fq *out, const char *decimal)
{
    uint8_t le[32] = { 0 };
    mpz_t v;
    mpz_init_set_str(v, decimal, 10);
    mpz_export(le, NULL, -1, 1, -1, 0, v);
    mpz_clear(v);
    assert_true(hcl_fq_from_bytes(out, le));
}

/* As snarkjs prints it in verifiers for keys of powersOfTau28_hez_final: X2x1, X2x2, X2y1, X2y2. */
static void hermez_is_named(void **state)
{
    hcl_g2 p;
    (void)state;
    fq_of_decimal(&p.x.c0, "21831381940315734285607113342023901060522397560371972897001948545212302161822");
    fq_of_decimal(&p.x.c1, "17231025384763736816414546592865244497437017442647097510447326538965263639101");
    fq_of_decimal(&p.y.c0, "2388026358213174446665280700919698872609886601280537296205114254867301080648");
    fq_of_decimal(&p.y.c1, "11507326595632554467052522095592665270651932854513688777769618397986436103170");
    assert_true(hcl_g2_in_subgroup(&p));
    assert_non_null(hcl_srs_ceremony_of(&p));
    assert_non_null(strstr(hcl_srs_ceremony_of(&p), "hez_final"));
    assert_null(hcl_srs_ceremony_of(&hcl_g2_generator));
}

/* The first two points of bn254_g1.dat: [s]G2 is found by the pairing, without a file. */
static void ignition_is_found_by_its_powers(void **state)
{
    static const uint8_t s_g1[64] = {
        0x2d, 0x36, 0x06, 0x28, 0x28, 0x9f, 0xf9, 0x43, 0xff, 0x6b, 0xd1, 0xa8, 0x7b, 0xbe, 0x4e, 0x62,
        0xab, 0xe7, 0xfb, 0x61, 0xba, 0x83, 0xef, 0xfd, 0x26, 0x6f, 0x22, 0xbd, 0xcf, 0x31, 0xe6, 0xf9,
        0x26, 0xb9, 0x2a, 0x79, 0xe5, 0x63, 0xc3, 0xf4, 0x82, 0x52, 0xcc, 0xe7, 0xfe, 0xec, 0xa2, 0xf0,
        0xf8, 0xd3, 0x3d, 0xcb, 0x4e, 0xf7, 0xb0, 0x64, 0x3b, 0xf0, 0x7b, 0xd4, 0x05, 0x70, 0x0a, 0xaa,
    };
    struct hcl_srs srs;
    struct hcl_err err = { "" };
    hcl_g2 s_g2;
    (void)state;
    file.len = 0;
    put_g1(&file, &hcl_g1_generator, AZTEC_FULL);
    put(&file, s_g1, sizeof s_g1);
    assert_ok(hcl_srs_parse(&srs, file.bytes, file.len, "bn254_g1.dat", 0, NULL, 1, &err), err);
    assert_ok(hcl_srs_check(&srs, 1, &err), err);
    assert_string_equal(hcl_srs_ceremony_of(&srs.verifier.s_g2), "Aztec Ignition");
    hcl_srs_clear(&srs);
    assert_false(hcl_srs_ceremony_find(&s_g2, &hcl_g1_generator));
}

static void other_files_are_named(void **state)
{
    static const struct {
        const char *text, *says;
    } others[] = {
        { "{\"g1_lagrange\": [\"0xa4\"]}", "BLS12-381" },
        { "{\"tauG1\": [1]}", "import the .ptau itself" },
        { "{\"protocol\": \"groth16\", \"vk_alpha_1\": []}", "a verification key of snarkjs" },
        { "4096\n65\na0413c0dcafec6dbc9f47d66785cf1e8c981044f7d13cfe3e4fcbb71b5408dfd", "BLS12-381" },
        { "r1cs\1", "circom circuit" },
        { "\x1f\x8b\x08", "gzip" },
        { "HCLVK001", "verifying key of Halocline" },
        { "<!DOCTYPE html>", "web page" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        file.len = 0;
        put(&file, others[i].text, strlen(others[i].text));
        refused(&kinds[0], 0, HCL_BAD_INPUT, others[i].says);
    }
    make_zkey(&file, 1);
    refused(&kinds[0], 0, HCL_BAD_INPUT, "Groth16");
    file.len = 0; /* gnark's file over BLS12-381: a generator of 48 bytes */
    put(&file, (const uint8_t[12]){ 0, 0, 0, 8, 0x97, 0xf1, 0xd3, 0xa7, 0x31, 0x97, 0xd7, 0x94 }, 12);
    put_le(&file, 0x26, 1);
    put_zeros(&file, 500);
    refused(&kinds[0], 0, HCL_BAD_INPUT, "points of BLS12-381");
    file.len = 0;
    put_le(&file, 3, 4);
    put_zeros(&file, 192 * 8 + 384);
    refused(&kinds[0], 0, HCL_BAD_INPUT, "ParamsKZG over BLS12-381");
    file.len = 4 + 64 * 8 + 64;
    refused(&kinds[0], 0, HCL_BAD_INPUT, "ParamsIPA");
    make_dump();
    file.len = 320 + LINES_OF_GNARK;
    refused(&kinds[0], 0, HCL_BAD_INPUT, "gnark verifying key");
    file.len = 0;
    put_g2(&file, &hcl_g2_generator, AZTEC_FULL);
    refused(&kinds[0], 0, HCL_BAD_INPUT, "bn254_g2.dat");
}

/* The beginnings of all files, up to some hundred bytes: read with no byte behind them, and refused, but for
 * a list of points without a length of its own. */
static void beginnings_are_refused(void **state)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const struct hcl_srs_wish wish = { .s_g2 = &hcl_g2_generator };
    uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)state;
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    for (size_t i = 0; i < KINDS; i++) {
        kinds[i].make();
        for (size_t len = 0; len <= 300; len++) {
            struct hcl_srs srs = { 0 };
            struct hcl_err err = { "" };
            uint8_t *cut = pages + page - len;
            memcpy(cut, file.bytes, len);
            const hcl_status st = hcl_srs_parse_wish(&srs, cut, len, "file", &wish, NULL, 1, &err);
            if (st != HCL_BAD_INPUT && st != HCL_NO_RESOURCE && !(st == HCL_OK && kinds[i].without_s_g2))
                fail_msg("%zu bytes of %s: status %d", len, kinds[i].name, st);
            hcl_srs_clear(&srs);
        }
    }
    munmap(pages, 2 * page);
}

static int write_corpus(const char *folder)
{
    for (size_t i = 0; i < KINDS; i++) {
        char path[4096];
        kinds[i].make();
        snprintf(path, sizeof path, "%s/%s", folder, kinds[i].name);
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(file.bytes, 1, file.len, f) != file.len || fclose(f) != 0)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_read_to_the_same_points),
        cmocka_unit_test(a_changed_point_is_found),
        cmocka_unit_test(other_lengths_are_refused),
        cmocka_unit_test(too_few_points_are_no_wrong_input),
        cmocka_unit_test(flags_are_strict),
        cmocka_unit_test(parity_and_size_are_told_apart),
        cmocka_unit_test(lists_that_do_not_begin_with_the_generator),
        cmocka_unit_test(powers_alone_need_s_g2),
        cmocka_unit_test(hermez_is_named),
        cmocka_unit_test(ignition_is_found_by_its_powers),
        cmocka_unit_test(other_files_are_named),
        cmocka_unit_test(beginnings_are_refused),
    };
    return argc == 2 ? write_corpus(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
