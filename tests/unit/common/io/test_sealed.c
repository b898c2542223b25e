/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/sealed.h"
#include "tests/support/test.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = "TESTSEAL";
static const char path[] = "sealed.test";
static const uint8_t key[HCL_SEALED_KEY_BYTES] = { 1, 2, 3 };

static void write_sealed(const char *open_text, const uint8_t *data, size_t len, size_t cut)
{
    struct hcl_err err = { "" };
    const struct hcl_piece open = { open_text, strlen(open_text) },
                           secret[] = { { data, cut }, { data + cut, len - cut } };
    assert_ok(hcl_sealed_write(path, magic, &open, secret, 2, key, &err), err);
}

/* Without waiting for the disk. */
static void write_plain(const uint8_t *data, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
}

/* Reads all of it in parts of `step` bytes. */
static hcl_status read_sealed(uint8_t *out, size_t len, size_t step, const uint8_t with[HCL_SEALED_KEY_BYTES],
                              struct hcl_err *err)
{
    struct hcl_sealed s;
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_sealed_open(&s, path, magic, SIZE_MAX, err));
    HCL_TRY(hcl_sealed_start(&s, with, err));
    for (size_t at = 0; at < len; at += step)
        HCL_TRY(hcl_sealed_get(&s, out + at, len - at < step ? len - at : step, err));
    HCL_TRY(hcl_sealed_end(&s, err));
done:
    hcl_sealed_clear(&s);
    return st;
}

/* Lengths around the ends of chunks, pieces and parts cut anywhere. */
static void test_lengths(void **state)
{
    static const size_t lengths[] = { 0,
                                      1,
                                      1000,
                                      HCL_SEALED_CHUNK - 1,
                                      HCL_SEALED_CHUNK,
                                      HCL_SEALED_CHUNK + 1,
                                      2 * HCL_SEALED_CHUNK,
                                      3 * HCL_SEALED_CHUNK + 5 };
    static uint8_t data[4 * HCL_SEALED_CHUNK], back[4 * HCL_SEALED_CHUNK];
    struct hcl_err err = { "" };
    struct stat info;
    (void)state;
    randombytes_buf(data, sizeof data);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const size_t len = lengths[i];
        write_sealed("open", data, len, len / 3);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        for (size_t step = 999; step <= 2 * HCL_SEALED_CHUNK; step = 2 * step + 1) {
            memset(back, 0, sizeof back);
            assert_ok(read_sealed(back, len, step, key, &err), err);
            assert_memory_equal(back, data, len);
        }
        if (len > 0)
            assert_int_equal(read_sealed(back, len - 1, 999, key, &err), HCL_BAD_INPUT);
        assert_int_equal(read_sealed(back, len + 1, 999, key, &err), HCL_BAD_INPUT);
    }
}

static void test_secret(void **state)
{
    static const char secret[] = "nothing for your eyes";
    struct hcl_file file;
    struct hcl_err err = { "" };
    (void)state;
    write_sealed("anybody may read that", (const uint8_t *)secret, sizeof secret, 3);
    assert_ok(hcl_file_read(&file, path, SIZE_MAX, &err), err);
    assert_non_null(memmem(file.data, file.len, "anybody may", 11));
    for (size_t i = 0; i + 4 <= sizeof secret; i++)
        assert_null(memmem(file.data, file.len, secret + i, 4));
    hcl_file_clear(&file);
}

/* Another key, every bit changed, every length cut, bytes added, chunks exchanged. */
static void test_tampered(void **state)
{
    static uint8_t data[2 * HCL_SEALED_CHUNK + 100], back[sizeof data];
    const uint8_t other[HCL_SEALED_KEY_BYTES] = { 1, 2, 4 };
    struct hcl_file file;
    struct hcl_err err = { "" };
    (void)state;
    write_sealed("open", data, 40, 0);
    assert_int_equal(read_sealed(back, 40, 40, other, &err), HCL_BAD_INPUT);
    assert_ok(hcl_file_read(&file, path, SIZE_MAX, &err), err);
    for (size_t bit = 0; bit < 8 * file.len; bit++) {
        file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        write_plain(file.data, file.len);
        assert_int_equal(read_sealed(back, 40, 40, key, &err), HCL_BAD_INPUT);
        file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t len = 0; len <= file.len + 1; len++) { /* data[len] is the zero behind it */
        write_plain(file.data, len);
        assert_int_equal(read_sealed(back, 40, 40, key, &err), len == file.len ? HCL_OK : HCL_BAD_INPUT);
    }
    hcl_file_clear(&file);

    write_sealed("", data, sizeof data, 0);
    assert_ok(hcl_file_read(&file, path, SIZE_MAX, &err), err);
    const size_t chunk = HCL_SEALED_CHUNK + crypto_secretstream_xchacha20poly1305_ABYTES, head = 12 + 24;
    for (size_t keep = 0; keep <= 2; keep++) { /* cut where chunks end */
        write_plain(file.data, head + keep * chunk);
        assert_int_equal(read_sealed(back, keep * HCL_SEALED_CHUNK, HCL_SEALED_CHUNK, key, &err),
                         HCL_BAD_INPUT);
    }
    for (size_t i = 0; i < chunk; i++) {
        const uint8_t byte = file.data[head + i];
        file.data[head + i] = file.data[head + chunk + i];
        file.data[head + chunk + i] = byte;
    }
    write_plain(file.data, file.len);
    assert_int_equal(read_sealed(back, sizeof data, sizeof data, key, &err), HCL_BAD_INPUT);
    hcl_file_clear(&file);
    unlink(path);
    assert_int_equal(read_sealed(back, 0, 1, key, &err), HCL_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_tampered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
