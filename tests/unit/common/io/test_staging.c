/* SPDX-License-Identifier: Apache-2.0 */
/* Files that appear together, whatever interrupts the process that writes them. */
#include "tests/support/test.h"

#include "common/io/file_write.h"
#include "common/io/reader.h"
#include "common/io/staging.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const names[] = { "first", "second", "mark" };
enum { COUNT = 3 };
static char folder[] = "/tmp/hcl-staging-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/hcl-staging-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        unlink(names[i]);
    return chdir("/") != 0 || rmdir(folder) != 0 ? -1 : 0; /* fails when anything else is left */
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

static void put(const struct hcl_staging *s, size_t index, const char *text)
{
    char *path = hcl_staging_path(s, index);
    assert_non_null(path);
    assert_int_equal(hcl_file_write(path, text, strlen(text), NULL), HCL_OK);
    free(path);
}

static void expect_contents(const char *text)
{
    struct hcl_file f;
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(hcl_file_read(&f, names[i], 100, NULL), HCL_OK);
        assert_string_equal((const char *)f.data, text);
        hcl_file_clear(&f);
    }
}

static void all_come_at_once_and_replace_the_old(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        struct hcl_staging s;
        const char *text = round ? "new" : "old";
        assert_int_equal(hcl_staging_open(&s, ".", names, COUNT, NULL), HCL_OK);
        for (size_t i = 0; i < COUNT; i++)
            put(&s, i, text);
        if (round)
            expect_contents("old");
        else
            assert_int_equal(count_entries(), 1);
        assert_int_equal(hcl_staging_commit(&s, NULL), HCL_OK);
        expect_contents(text);
        assert_int_equal(count_entries(), COUNT);
    }
}

static void discarding_leaves_nothing(void **state)
{
    (void)state;
    struct hcl_staging s;
    struct hcl_err err;
    assert_int_equal(hcl_staging_open(&s, ".", names, COUNT, NULL), HCL_OK);
    put(&s, 0, "x");
    hcl_staging_discard(&s);
    hcl_staging_discard(&s);
    assert_int_equal(count_entries(), 0);
    assert_int_equal(hcl_staging_open(&s, "no/such", names, COUNT, &err), HCL_NO_RESOURCE);
    assert_non_null(strstr(err.msg, "'no/such'"));
}

/* A child is asked to end before every one of its steps. Its death by that signal comes when all files are
 * there (or, if it gives up, none), not before. */
static void ending_signals_wait(void **state)
{
    (void)state;
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
    for (size_t i = 0; i < 3; i++)
        for (int commit = 0; commit < 2; commit++) {
            pid_t child = fork();
            if (child == 0) {
                struct hcl_staging s;
                assert_int_equal(hcl_staging_open(&s, ".", names, COUNT, NULL), HCL_OK);
                for (size_t f = 0; f < COUNT; f++) {
                    raise(signals[i]);
                    put(&s, f, "x");
                }
                if (commit)
                    (void)hcl_staging_commit(&s, NULL);
                else
                    hcl_staging_discard(&s);
                _exit(1); /* not reached: the signal is delivered first */
            }
            int status;
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_true(WIFSIGNALED(status));
            assert_int_equal(WTERMSIG(status), signals[i]);
            assert_int_equal(count_entries(), commit ? COUNT : 0);
            for (size_t f = 0; f < COUNT; f++)
                unlink(names[f]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_come_at_once_and_replace_the_old, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(discarding_leaves_nothing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(ending_signals_wait, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
