/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/budget.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file with one number; UINT64_MAX when it is "max", missing or something else. */
static uint64_t read_limit(const char *path)
{
    char text[32] = "";
    FILE *f = fopen(path, "re");
    if (!f)
        return UINT64_MAX;
    char *got = fgets(text, sizeof text, f);
    fclose(f);
    char *end;
    unsigned long long v = strtoull(text, &end, 10);
    return got && end != text ? v : UINT64_MAX;
}

uint64_t hcl_budget_cgroup(const char *mount, const char *group)
{
    uint64_t least = UINT64_MAX;
    char path[PATH_MAX], at[PATH_MAX];
    snprintf(at, sizeof at, "%s", group);
    for (;;) {
        int n = snprintf(path, sizeof path, "%s%s/memory.max", mount, at);
        uint64_t limit = n > 0 && (size_t)n < sizeof path ? read_limit(path) : UINT64_MAX;
        least = limit < least ? limit : least;
        char *slash = strrchr(at, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

/* This process's version 2 control group, "" for the root or none. */
static void own_group(char *out, size_t size)
{
    char line[PATH_MAX];
    FILE *f = fopen("/proc/self/cgroup", "re");
    out[0] = '\0';
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::", 3) == 0 && strcmp(line + 3, "/") != 0)
            snprintf(out, size, "%s", line + 3);
    }
    if (f)
        fclose(f);
}

uint64_t hcl_budget_default(int ranks_of_node)
{
    char group[PATH_MAX];
    uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    own_group(group, sizeof group);
    uint64_t limit = hcl_budget_cgroup("/sys/fs/cgroup", group);
    return (limit < bytes ? limit : bytes) / 5 * 4 / (uint64_t)ranks_of_node;
}
