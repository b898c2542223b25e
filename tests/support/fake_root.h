/* SPDX-License-Identifier: Apache-2.0 */
/* A system that is a folder: for what reads /proc, /sys and the like below a root of the caller's choice. */
#ifndef HCL_TESTS_SUPPORT_FAKE_ROOT_H
#define HCL_TESTS_SUPPORT_FAKE_ROOT_H

#include "tests/support/test.h"

#include <sys/stat.h>
#include <unistd.h>

static char root[32];

/* Set-up and tear-down of a test. */
static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/hcl-root-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

/* A file of the system, its folders made. */
static void put(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(path, 0755);
        *at = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#endif
