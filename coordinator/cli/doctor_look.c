/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/doctor.h"

#include "common/field/kernel.h"
#include "common/sys/cgroup.h"
#include "common/sys/cpu.h"

#include <glob.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A file of the system, whole up to the buffer; "" if it cannot be read. */
static void read_text(char *out, size_t room, const char *root, const char *name)
{
    char path[PATH_MAX];
    size_t got = 0;
    snprintf(path, sizeof path, "%s%s", root, name);
    FILE *f = fopen(path, "re");
    if (f) {
        got = fread(out, 1, room - 1, f);
        fclose(f);
    }
    out[got] = '\0';
}

/* "0-3,8" -> 5 */
static int count_list(const char *text)
{
    int count = 0;
    char *end;
    for (; *text && *text != '\n'; text = *end == ',' ? end + 1 : end) {
        const long first = strtol(text, &end, 10);
        if (end == text)
            break;
        long last = first;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        if (last < first || last > 1 << 20)
            break;
        count += (int)(last - first + 1);
    }
    return count;
}

static int count_file(const char *root, const char *name)
{
    char text[256];
    read_text(text, sizeof text, root, name);
    const int count = count_list(text);
    return count > 0 ? count : 1;
}

/* The word in brackets: "always [madvise] never". */
static void look_huge_pages(char out[16], const char *root)
{
    char text[128], *open, *close;
    read_text(text, sizeof text, root, "/sys/kernel/mm/transparent_hugepage/enabled");
    out[0] = '\0';
    if ((open = strchr(text, '[')) && (close = strchr(open, ']')) && close - open < 16) {
        *close = '\0';
        snprintf(out, 16, "%s", open + 1);
    }
}

/* The driver of a balloon has agreed on free page reporting: feature 5 of a virtio device of type 5
 * (VIRTIO_BALLOON_F_REPORTING, virtio 1.2, 5.5.3); features are a character each, the first that of feature
 * 0. */
static bool look_pages_reported(const char *root)
{
    char pattern[PATH_MAX], name[PATH_MAX], text[192] = { 0 };
    glob_t found = { 0 };
    bool reported = false;
    snprintf(pattern, sizeof pattern, "%s/sys/bus/virtio/devices/*", root);
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && !reported; i++) {
            snprintf(name, sizeof name, "%s/device", found.gl_pathv[i]);
            read_text(text, sizeof text, "", name);
            if (strtol(text, NULL, 16) != 5)
                continue;
            snprintf(name, sizeof name, "%s/features", found.gl_pathv[i]);
            read_text(text, sizeof text, "", name);
            reported = strlen(text) > 5 && text[5] == '1';
        }
    globfree(&found);
    return reported;
}

static uint64_t look_meminfo(const char *root, const char *key)
{
    char text[4096], *at;
    read_text(text, sizeof text, root, "/proc/meminfo");
    return (at = strstr(text, key)) ? strtoull(at + strlen(key), NULL, 10) * 1024 : 0;
}

static uint64_t free_bytes(const char *path)
{
    struct statvfs s;
    return statvfs(path, &s) == 0 ? (uint64_t)s.f_bavail * s.f_frsize : UINT64_MAX;
}

/* The folder itself, or the nearest one above it that is there: where it would be made. */
static void look_cache(struct hcl_doctor_facts *f, const char *cache)
{
    char at[sizeof f->cache];
    snprintf(f->cache, sizeof f->cache, "%s", cache ? cache : "");
    if (!f->cache[0])
        return;
    memcpy(at, f->cache, sizeof at);
    while (access(at, F_OK) != 0) {
        char *slash = strrchr(at, '/');
        if (!slash) {
            strcpy(at, ".");
            break;
        }
        slash[slash == at] = '\0';
        if (slash == at)
            break;
    }
    f->cache_writable = access(at, W_OK | X_OK) == 0;
    f->cache_free = free_bytes(at);
}

/* mpirun, as a shell finds it. */
static void look_launcher(struct hcl_doctor_facts *f)
{
    const char *path = getenv("PATH");
    for (const char *at = path ? path : ""; *at && !f->launcher_found;) {
        const size_t len = strcspn(at, ":");
        snprintf(f->launcher, sizeof f->launcher, "%.*s/mpirun", (int)(len < PATH_MAX ? len : PATH_MAX), at);
        f->launcher_found = access(f->launcher, X_OK) == 0;
        at += len + (at[len] == ':');
    }
    if (!f->launcher_found)
        f->launcher[0] = '\0';
    f->is_root = geteuid() == 0;
    f->root_may_launch = getenv("OMPI_ALLOW_RUN_AS_ROOT") && getenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM");
#ifdef HCL_HAVE_MPI
    f->has_mpi = true;
#endif
}

int hcl_doctor_allowed(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static void look_processors(struct hcl_doctor_facts *f, const char *root)
{
    struct hcl_cpu cpu;
    const char *threads = getenv("OMP_NUM_THREADS");
    hcl_cpu_detect(&cpu);
    snprintf(f->processor, sizeof f->processor, "%s", cpu.brand[0] ? cpu.brand : "unknown processor");
    f->kernel = hcl_field_kernel_name();
    f->best_kernel = hcl_field_kernel_usable("ifma")  ? "ifma"
                     : hcl_field_kernel_usable("adx") ? "adx"
                                                      : "portable";
    f->processors = count_file(root, "/sys/devices/system/cpu/online");
    f->allowed = hcl_doctor_allowed();
    f->omp_threads = threads ? (int)strtol(threads, NULL, 10) : 0;
    f->numa_nodes = count_file(root, "/sys/devices/system/node/online");
}

void hcl_doctor_look(struct hcl_doctor_facts *out, const char *root, const char *cache, uint64_t budget,
                     int ranks_here)
{
    struct hcl_cgroup_limits limits;
    struct rlimit space;
    *out = (struct hcl_doctor_facts){ .budget = budget, .ranks_here = ranks_here };
    look_processors(out, root);
    look_huge_pages(out->huge_pages, root);
    out->pages_reported = look_pages_reported(root);
    hcl_cgroup_read(&limits, root);
    out->quota = limits.cpus;
    out->group_limit = limits.memory;
    out->memory = look_meminfo(root, "MemTotal:");
    out->available = look_meminfo(root, "MemAvailable:");
    out->address_space =
        getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY ? space.rlim_cur : UINT64_MAX;
    look_launcher(out);
    out->shared_free = free_bytes("/dev/shm");
    look_cache(out, cache);
    out->here_writable = access(".", W_OK | X_OK) == 0;
    out->here_free = free_bytes(".");
}
