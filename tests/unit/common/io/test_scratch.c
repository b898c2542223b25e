/* SPDX-License-Identifier: Apache-2.0 */
#include "common/io/scratch.h"
#include "tests/support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 17, MOST = 3 * CHUNK + 5, THREADS = 3 };
static uint8_t data[MOST], back[MOST];

static void fill(size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

/* Names in the working folder. */
static size_t entries(void)
{
    size_t count = 0;
    DIR *folder = opendir(".");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* Blocks of all lengths around the ends of chunks, put twice, in another order than they lie. */
static void test_blocks(void **state)
{
    static const size_t lengths[] = { 0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, MOST };
    enum { COUNT = sizeof lengths / sizeof *lengths };
    struct hcl_scratch *s;
    struct hcl_err err = { "" };
    size_t block[COUNT];
    const size_t before = entries();
    (void)state;
    assert_ok(hcl_scratch_open(&s, ".", 0, &err), err);
    assert_int_equal(entries(), before); /* the file has no name */
    for (size_t i = 0; i < COUNT; i++)
        assert_ok(hcl_scratch_reserve(s, lengths[i], &block[i], &err), err);
    for (uint32_t round = 0; round < 2; round++) {
        for (size_t i = COUNT; i-- > 0;) {
            fill(lengths[i], round * COUNT + (uint32_t)i);
            hcl_scratch_put(s, block[i], data, THREADS);
        }
        for (size_t i = 0; i < COUNT; i++) {
            fill(lengths[i], round * COUNT + (uint32_t)i);
            memset(back, 0, sizeof back);
            hcl_scratch_get(s, block[i], back, THREADS);
            assert_memory_equal(back, data, lengths[i]);
        }
    }
    assert_ok(hcl_scratch_status(s, &err), err);
    hcl_scratch_close(s);
    assert_int_equal(entries(), before);
}

/* The file of `s`, through /proc: it has no other name. */
static int file_of(off_t least)
{
    for (int fd = 3; fd < 64; fd++) {
        struct stat info;
        if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 0 && info.st_size >= least)
            return fd;
    }
    fail_msg("no file without a name");
    return -1;
}

/* What is on the disk is not what was put, twice the same is not the same there, and what was changed is
 * noticed: a bit anywhere, or the older contents of a block. */
static void test_disk(void **state)
{
    static uint8_t first[CHUNK], second[CHUNK];
    struct hcl_scratch *s;
    struct hcl_err err = { "" };
    size_t block;
    (void)state;
    for (int what = 0; what < 2; what++) {
        assert_ok(hcl_scratch_open(&s, ".", 0, &err), err);
        assert_ok(hcl_scratch_reserve(s, CHUNK, &block, &err), err);
        memset(data, 0, CHUNK);
        hcl_scratch_put(s, block, data, 1);
        const int fd = file_of(CHUNK);
        assert_int_equal(pread(fd, first, CHUNK, 0), CHUNK);
        hcl_scratch_put(s, block, data, 1);
        assert_int_equal(pread(fd, second, CHUNK, 0), CHUNK);
        size_t same = 0, zero = 0;
        for (size_t i = 0; i < CHUNK; i++) {
            same += first[i] == second[i];
            zero += first[i] == 0;
        }
        assert_true(same < CHUNK / 128 && zero < CHUNK / 128);
        if (what == 0)
            second[77] ^= 1;
        assert_int_equal(pwrite(fd, what == 0 ? second : first, CHUNK, 0), CHUNK);
        hcl_scratch_get(s, block, back, 1);
        assert_int_equal(hcl_scratch_status(s, &err), HCL_NO_RESOURCE);
        assert_non_null(strstr(err.msg, "not what was written"));
        hcl_scratch_put(s, block, data, 1); /* does nothing, and the first failure stays */
        assert_int_equal(hcl_scratch_status(s, &err), HCL_NO_RESOURCE);
        hcl_scratch_close(s);
    }
}

/* A disk that is full: a limit on the size of files stands in for it. */
static void test_full(void **state)
{
    struct rlimit before, little = { .rlim_cur = 2 * CHUNK };
    struct hcl_scratch *s, *no;
    struct hcl_err err = { "" };
    size_t block, none;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_ok(hcl_scratch_open(&s, ".", CHUNK, &err), err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    assert_int_equal(hcl_scratch_open(&no, ".", 8 * CHUNK, &err), HCL_NO_RESOURCE);
    assert_ok(hcl_scratch_reserve(s, CHUNK, &block, &err), err);
    assert_int_equal(hcl_scratch_reserve(s, 8 * CHUNK, &none, &err), HCL_NO_RESOURCE);
    assert_non_null(strstr(err.msg, "scratch folder '.'"));
    fill(CHUNK, 1);
    hcl_scratch_put(s, block, data, 1); /* what there is room for still works */
    hcl_scratch_get(s, block, back, 1);
    assert_memory_equal(back, data, CHUNK);
    assert_ok(hcl_scratch_status(s, &err), err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    hcl_scratch_close(s);
}

static void test_folder(void **state)
{
    struct hcl_scratch *s;
    struct hcl_err err = { "" };
    (void)state;
    assert_int_equal(hcl_scratch_open(&s, "no/such/folder", 0, &err), HCL_NO_RESOURCE);
    assert_null(s);
    assert_non_null(strstr(err.msg, "'no/such/folder'"));
    assert_int_equal(hcl_scratch_open(&s, "/proc", 0, &err), HCL_NO_RESOURCE);
    hcl_scratch_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_blocks), cmocka_unit_test(test_disk),
                                        cmocka_unit_test(test_full), cmocka_unit_test(test_folder) };
    /* A folder of its own: other tests write where this one is started. */
    char own[] = "scratch-XXXXXX";
    if (!mkdtemp(own) || chdir(own) != 0)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return chdir("..") != 0 || rmdir(own) != 0 || failed;
}
