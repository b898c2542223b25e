/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/cgroup.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hierarchy of control groups and our place in it. */
struct place {
    char mount[PATH_MAX]; /* where it is mounted, root in front */
    char group[PATH_MAX]; /* our group below that, "" or "/a/b" */
};

static bool format(char out[PATH_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool format(char out[PATH_MAX], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(out, PATH_MAX, fmt, ap);
    va_end(ap);
    return n >= 0 && n < PATH_MAX;
}

/* Is `item` in the comma-separated list? */
static bool lists(const char *list, const char *item)
{
    const size_t len = strlen(item);
    for (const char *at = list; *at;) {
        const size_t part = strcspn(at, ",");
        if (part == len && strncmp(at, item, len) == 0)
            return true;
        at += part + (at[part] == ',');
    }
    return false;
}

/* This process's group, by /proc/self/cgroup: lines "number:controllers:path", no controllers for version 2.
 */
static bool own_group(char out[PATH_MAX], const char *root, const char *controller)
{
    char path[PATH_MAX], line[PATH_MAX];
    bool found = false;
    FILE *f = format(path, "%s/proc/self/cgroup", root) ? fopen(path, "re") : NULL;
    while (f && !found && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group = '\0';
        if (controller ? lists(controllers + 1, controller) : strncmp(line, "0:", 2) == 0 && !controllers[1])
            found = format(out, "%s", strcmp(group + 1, "/") == 0 ? "" : group + 1);
    }
    if (f)
        fclose(f);
    return found;
}

/* The fields of a line of /proc/self/mountinfo that matter: the part of the hierarchy that is mounted, where,
 * its type, and the options of the hierarchy. */
static bool split_mount(char *line, const char *field[4])
{
    char *rest, *separator = strstr(line, " - ");
    if (!separator)
        return false;
    *separator = '\0';
    size_t found = 0;
    char *word = strtok_r(line, " ", &rest);
    for (int i = 0; word; i++, word = strtok_r(NULL, " ", &rest))
        if (i == 3 || i == 4)
            field[found++] = word;
    word = strtok_r(separator + 3, " \n", &rest);
    field[2] = word;
    (void)strtok_r(NULL, " \n", &rest); /* the device */
    field[3] = strtok_r(NULL, " \n", &rest);
    return found == 2 && field[2] && field[3];
}

/* Where the hierarchy of `controller` (version 2: NULL) is mounted, and our group in it. */
static bool find(struct place *out, const char *root, const char *controller)
{
    char path[PATH_MAX], line[2 * PATH_MAX], group[PATH_MAX];
    bool found = false;
    if (!own_group(group, root, controller) || !format(path, "%s/proc/self/mountinfo", root))
        return false;
    FILE *f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        const char *field[4];
        if (!split_mount(line, field) || strcmp(field[2], controller ? "cgroup" : "cgroup2") != 0 ||
            (controller && !lists(field[3], controller)))
            continue;
        /* In a container the group is named from the host's root, and only its own part is mounted. */
        const char *top = strcmp(field[0], "/") == 0 ? "" : field[0];
        const size_t len = strlen(top);
        const bool inside = strncmp(group, top, len) == 0 && (group[len] == '/' || group[len] == '\0');
        const char *below = inside ? group + len : "";
        found = format(out->mount, "%s%s", root, field[1]) && format(out->group, "%s", below);
    }
    if (f)
        fclose(f);
    return found;
}

/* The first line of a file of the group; false if there is none. */
static bool read_line(char out[64], const struct place *at, const char *name)
{
    char path[PATH_MAX];
    FILE *f = format(path, "%s%s/%s", at->mount, at->group, name) ? fopen(path, "re") : NULL;
    const bool read = f && fgets(out, 64, f);
    if (f)
        fclose(f);
    return read;
}

static void limit_memory(struct hcl_cgroup_limits *l, const struct place *at, const char *name)
{
    char text[64], *end;
    if (!read_line(text, at, name))
        return;
    const unsigned long long bytes = strtoull(text, &end, 10);
    if (end != text && bytes < l->memory) /* "max" is no number */
        l->memory = bytes;
}

static void limit_cpus(struct hcl_cgroup_limits *l, const char *quota, const char *period)
{
    char *end;
    const double a = strtod(quota, &end), b = strtod(period, NULL);
    if (end == quota || !(a > 0) || !(b > 0)) /* "max", -1 */
        return;
    if (l->cpus == 0 || a / b < l->cpus)
        l->cpus = a / b;
}

static void memory_1(struct hcl_cgroup_limits *l, const struct place *at)
{
    limit_memory(l, at, "memory.limit_in_bytes");
}

static void cpu_1(struct hcl_cgroup_limits *l, const struct place *at)
{
    char quota[64], period[64];
    if (read_line(quota, at, "cpu.cfs_quota_us") && read_line(period, at, "cpu.cfs_period_us"))
        limit_cpus(l, quota, period);
}

static void both_2(struct hcl_cgroup_limits *l, const struct place *at)
{
    char text[64]; /* "quota period" */
    limit_memory(l, at, "memory.max");
    if (read_line(text, at, "cpu.max"))
        limit_cpus(l, text, text + strcspn(text, " "));
}

void hcl_cgroup_read(struct hcl_cgroup_limits *out, const char *root)
{
    static const struct {
        const char *controller;
        void (*look)(struct hcl_cgroup_limits *l, const struct place *at);
    } hierarchies[] = { { "memory", memory_1 }, { "cpu", cpu_1 }, { NULL, both_2 } };
    *out = (struct hcl_cgroup_limits){ .memory = UINT64_MAX };
    for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++) {
        struct place at;
        if (!find(&at, root, hierarchies[i].controller))
            continue;
        for (;;) {
            hierarchies[i].look(out, &at);
            char *slash = strrchr(at.group, '/');
            if (!slash)
                break;
            *slash = '\0';
        }
    }
}
