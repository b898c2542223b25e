/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test.h"

#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/mem.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_folder(void **state)
{
    char *folder = strdup("/tmp/hcl-file-XXXXXX");
    *state = folder;
    return folder && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static size_t count_entries(void)
{
    size_t n = 0;
    DIR *d = opendir(".");
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2; /* . and .. */
}

static int remove_folder(void **state)
{
    DIR *d = opendir(".");
    if (!d)
        return -1;
    for (struct dirent *e; (e = readdir(d));)
        unlink(e->d_name);
    closedir(d);
    int bad = chdir("/") != 0 || rmdir(*state) != 0;
    free(*state);
    return bad ? -1 : 0;
}

/* A pipe is refused, not waited for; what a file is can be seen without reading it; neither a file nor the
 * values of a JSON text may take more than the budget. */
static void what_asks_for_too_much_is_refused(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_file f;
    json_t *root;
    enum { PAIRS = 30000 };
    char *text = malloc(3 * PAIRS + 2);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(hcl_file_read(&f, "pipe", 100, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "not a regular file"));
    assert_int_equal(hcl_file_write("large", "0123456789", 10, &err), HCL_OK);
    assert_int_equal(truncate("large", (off_t)1 << 40), 0);
    assert_int_equal(hcl_file_read_start(&f, "large", 4, &err), HCL_OK);
    assert_int_equal(f.len, 4);
    assert_memory_equal(f.data, "0123", 4);
    hcl_file_clear(&f);
    hcl_mem_set_limit(1 << 20);
    assert_int_equal(hcl_file_read(&f, "large", SIZE_MAX, &err), HCL_NO_RESOURCE);
    assert_non_null(strstr(err.msg, "--memory"));
    for (size_t i = 0; i < PAIRS; i++)
        memcpy(text + 3 * i, i == 0 ? "[{}" : ",{}", 3);
    memcpy(text + 3 * PAIRS, "]", 2);
    assert_int_equal(hcl_json_parse(&root, text, 3 * PAIRS + 1, "bomb", &err), HCL_NO_RESOURCE);
    assert_non_null(strstr(err.msg, "'bomb' needs more memory"));
    hcl_mem_set_limit(0);
    assert_int_equal(hcl_json_parse(&root, text, 3 * PAIRS + 1, "bomb", &err), HCL_OK);
    json_decref(root);
    free(text);
}

static void writes_and_reads_back(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_file f;
    assert_int_equal(hcl_file_write("a.bin", "hello", 5, &err), HCL_OK);
    assert_int_equal(hcl_file_make_secret("key", "secret", 6, &err), HCL_OK);
    assert_int_equal(count_entries(), 2);
    assert_int_equal(hcl_file_read(&f, "a.bin", 5, &err), HCL_OK);
    assert_int_equal(f.len, 5);
    assert_memory_equal(f.data, "hello", 5);
    hcl_file_clear(&f);
    struct stat info;
    assert_int_equal(stat("key", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    /* What is not waited for appears whole all the same. */
    assert_int_equal(hcl_file_write_unsynced("a.bin", "later", 5, &err), HCL_OK);
    assert_int_equal(count_entries(), 2);
    assert_int_equal(hcl_file_read(&f, "a.bin", 5, &err), HCL_OK);
    assert_memory_equal(f.data, "later", 5);
    hcl_file_clear(&f);
    assert_int_equal(hcl_file_write_unsynced("nowhere/a.bin", "later", 5, &err), HCL_NO_RESOURCE);
    /* A secret that somebody made first stays. */
    assert_int_equal(hcl_file_make_secret("key", "others", 6, &err), HCL_OK);
    assert_int_equal(hcl_file_read(&f, "key", 6, &err), HCL_OK);
    assert_memory_equal(f.data, "secret", 6);
    hcl_file_clear(&f);
    assert_int_equal(count_entries(), 2);
    assert_int_equal(hcl_file_read(&f, "a.bin", 4, &err), HCL_BAD_INPUT);
    assert_string_equal(err.msg, "'a.bin' has 5 bytes, expected at most 4");
}

static void refuses_what_is_not_a_file(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_file f;
    assert_int_equal(hcl_file_read(&f, "missing", 10, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "'missing'"));
    assert_int_equal(hcl_file_read(&f, ".", 10, &err), HCL_BAD_INPUT);
    assert_int_equal(hcl_file_read(&f, "/dev/zero", 10, &err), HCL_BAD_INPUT);
    assert_null(f.data);
}

/* The file-size limit fails in the middle of the data, as a full disk does. */
static void failed_write_leaves_the_old_file(void **state)
{
    (void)state;
    struct hcl_err err;
    assert_int_equal(hcl_file_write("a.bin", "old", 3, &err), HCL_OK);
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    static char big[5000];
    hcl_status st = hcl_file_write("a.bin", big, sizeof big, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(st, HCL_NO_RESOURCE);
    assert_non_null(strstr(err.msg, "'a.bin'"));
    assert_int_equal(count_entries(), 1);
    struct hcl_file f;
    assert_int_equal(hcl_file_read(&f, "a.bin", 100, &err), HCL_OK);
    assert_int_equal(f.len, 3);
    hcl_file_clear(&f);
}

static void nothing_appears_before_commit(void **state)
{
    (void)state;
    struct hcl_writer w;
    struct hcl_err err;
    assert_int_equal(hcl_writer_open(&w, "late", 0644, &err), HCL_OK);
    assert_int_equal(hcl_writer_put(&w, "abc", 3, &err), HCL_OK);
    assert_int_not_equal(access("late", F_OK), 0);
    hcl_writer_discard(&w);
    assert_int_equal(count_entries(), 0);
    assert_int_equal(hcl_writer_open(&w, "no/such/folder/x", 0644, &err), HCL_NO_RESOURCE);
}

/* Every permission that the umask leaves is given, and no other. */
static void respects_the_umask(void **state)
{
    (void)state;
    static const struct {
        mode_t mask, open, secret;
    } cases[] = { { 077, 0600, 0600 }, { 022, 0644, 0600 }, { 0, 0666, 0600 }, { 0277, 0400, 0400 } };
    struct stat info;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mode_t old = umask(cases[i].mask);
        hcl_status st = hcl_file_write("open", "x", 1, NULL);
        unlink("secret");
        hcl_status st_secret = hcl_file_make_secret("secret", "x", 1, NULL);
        umask(old);
        assert_int_equal(st, HCL_OK);
        assert_int_equal(st_secret, HCL_OK);
        assert_int_equal(stat("open", &info), 0);
        assert_int_equal(info.st_mode & 0777, cases[i].open);
        assert_int_equal(stat("secret", &info), 0);
        assert_int_equal(info.st_mode & 0777, cases[i].secret);
    }
    assert_int_equal(count_entries(), 2);
}

static void json_errors_name_the_place(void **state)
{
    (void)state;
    struct hcl_err err;
    json_t *root;
    assert_int_equal(hcl_json_parse(&root, "{\n \"a\": 1,, }", 12, "x.json", &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "'x.json' is not valid JSON at line 2"));
    assert_int_equal(hcl_json_parse(&root, "{\"a\":1,\"a\":2}", 13, "x.json", &err), HCL_BAD_INPUT);
    assert_int_equal(hcl_json_parse(&root, "{\"a\":1} x", 9, "x.json", &err), HCL_BAD_INPUT);
    assert_int_equal(hcl_json_parse(&root, "{\"b\":2,\"a\":[1]}", 15, "x.json", &err), HCL_OK);
    assert_int_equal(hcl_json_write("y.json", root, &err), HCL_OK);
    json_t *again;
    assert_int_equal(hcl_json_read(&again, "y.json", 1000, &err), HCL_OK);
    assert_true(json_equal(root, again));
    json_decref(root);
    json_decref(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_asks_for_too_much_is_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(writes_and_reads_back, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_a_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(failed_write_leaves_the_old_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(nothing_appears_before_commit, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(respects_the_umask, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(json_errors_name_the_place, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
