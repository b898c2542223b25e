/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/doctor.h"

#include "common/io/json_read.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static const char ok[] = "ok", warning[] = "warning", failure[] = "failure";
static const uint64_t mib = 1 << 20, gib = 1 << 30;

static double in_gib(uint64_t bytes)
{
    return (double)bytes / (double)gib;
}

bool hcl_doctor_add(json_t *list, const char *check, const char *level, const char *remedy, const char *found,
                    ...)
{
    char text[4608];
    va_list ap;
    va_start(ap, found);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start has begun it */
    vsnprintf(text, sizeof text, found, ap);
    va_end(ap);
    return json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s}", "check", check, "level", level,
                                                 "found", hcl_json_string(text), "remedy", remedy)) == 0;
}

static bool judge_kernels(json_t *list, const struct hcl_doctor_facts *f)
{
    const bool forced = strcmp(f->kernel, f->best_kernel) != 0, best = strcmp(f->kernel, "ifma") == 0;
    return hcl_doctor_add(
        list, "kernels", forced || !best ? warning : ok,
        forced ? "unset HALOCLINE_CPU, which asks for slower kernels than this machine has"
        : best ? ""
               : "a processor with AVX-512 IFMA (Intel since Ice Lake, AMD since Zen 4) is faster",
        "%s: field arithmetic with the kernels '%s'", f->processor, f->kernel);
}

static bool judge_processors(json_t *list, const struct hcl_doctor_facts *f)
{
    const int usable = f->quota > 0 && f->quota < f->allowed ? (int)ceil(f->quota) : f->allowed;
    bool good = hcl_doctor_add(
        list, "processors", f->allowed < f->processors ? warning : ok,
        f->allowed < f->processors
            ? "give the process more: taskset, the launcher's binding (mpirun --bind-to none), "
              "--cpuset-cpus of a container, --cpus-per-task of a job"
            : "",
        "%d of %d may be used", f->allowed, f->processors);
    if (f->quota > 0)
        good = good &&
               hcl_doctor_add(list, "CPU quota", f->quota < f->allowed ? warning : ok,
                              f->quota < f->allowed
                                  ? "raise cpu.max of the control group, --cpus of a container "
                                    "or CPUQuota= of a unit"
                                  : "",
                              "control groups give the time of %g processors for %d", f->quota, f->allowed);
    if (f->omp_threads > 0)
        good =
            good && hcl_doctor_add(list, "threads", f->omp_threads < usable ? warning : ok,
                                   f->omp_threads < usable ? "unset OMP_NUM_THREADS, or say --threads" : "",
                                   "OMP_NUM_THREADS is %d for %d processors", f->omp_threads, usable);
    return good;
}

static bool judge_mpi(json_t *list, const struct hcl_doctor_facts *f)
{
    if (!f->has_mpi)
        return hcl_doctor_add(list, "MPI", warning, "build with -DHALOCLINE_MPI=ON to prove on several ranks",
                              "this program was built without MPI: one rank only");
    if (!f->launcher_found)
        return hcl_doctor_add(list, "MPI", warning, "apt-get install openmpi-bin, or put mpirun into PATH",
                              "mpirun is not found: one rank only");
    const bool refused = f->is_root && !f->root_may_launch;
    return hcl_doctor_add(list, "MPI", refused ? warning : ok,
                          refused ? "mpirun --allow-run-as-root, or run it as an ordinary user" : "", "%s%s",
                          f->launcher, refused ? " refuses to be run by root" : "");
}

static bool judge_shared(json_t *list, const struct hcl_doctor_facts *f)
{
    bool good = true;
    if (f->ranks_here > 1)
        good = hcl_doctor_add(list, "ranks", f->apart ? warning : ok,
                              f->apart ? "start them in one container, as one user, where /proc shows them, "
                                         "and with ulimit -f unlimited"
                                       : "",
                              "%d ranks here %s", f->ranks_here,
                              f->apart ? "cannot read each other's memory: they send each other columns"
                                       : "read each other's memory");
    if (f->shared_free == UINT64_MAX || f->shared_free >= 64 * mib)
        return good;
    return good && hcl_doctor_add(list, "shared memory", failure,
                                  "docker run --shm-size=1g, or a larger tmpfs at /dev/shm",
                                  "/dev/shm has %.0f MiB left: ranks of one node cannot meet there",
                                  (double)f->shared_free / (double)mib);
}

static bool judge_numa(json_t *list, const struct hcl_doctor_facts *f)
{
    const bool few = f->numa_nodes > f->ranks_here;
    return hcl_doctor_add(list, "NUMA", few ? warning : ok,
                          few ? "start one rank for each node: mpirun --map-by numa --bind-to numa" : "",
                          "%d node%s, %d rank%s here", f->numa_nodes, f->numa_nodes == 1 ? "" : "s",
                          f->ranks_here, f->ranks_here == 1 ? "" : "s");
}

static bool judge_huge_pages(json_t *list, const struct hcl_doctor_facts *f)
{
    const bool never = strcmp(f->huge_pages, "never") == 0 || !f->huge_pages[0];
    bool good = hcl_doctor_add(
        list, "huge pages", never ? warning : ok,
        never ? "as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled" : "",
        "transparent huge pages: %s", f->huge_pages[0] ? f->huge_pages : "none in this kernel");
    if (f->pages_reported)
        good = good && hcl_doctor_add(
                           list, "free pages", warning,
                           "a virtual machine whose balloon has no free page reporting (for QEMU "
                           "-device virtio-balloon,free-page-reporting=off)",
                           "the host takes free memory back: what a proof takes anew may come at less than "
                           "1 GB/s, a twentieth as fast as memory that it had a moment ago, which predicted "
                           "times do not count");
    return good;
}

#define LEAST_MEMORY (64 * mib)
#define LITTLE_MEMORY (512 * mib)

static bool judge_memory(json_t *list, const struct hcl_doctor_facts *f)
{
    const uint64_t most = f->group_limit < f->memory ? f->group_limit : f->memory;
    const uint64_t wanted = f->budget * (uint64_t)f->ranks_here;
    const char *level = ok, *remedy = "";
    if (wanted > most && most >= LEAST_MEMORY) {
        level = failure;
        remedy = "say less with --memory: more than there is ends in the kernel's killing the process";
    } else if (most < LITTLE_MEMORY) {
        level = most < LEAST_MEMORY ? failure : warning;
        remedy =
            "small models take 0.1 GiB, ResNet-18 a third of one: a larger machine, or a higher limit of "
            "the control group (--memory of a container, --mem of a job)";
    } else if (wanted > f->available) {
        level = warning;
        remedy = "end what else uses memory, or say less with --memory: the budget is more than what is free";
    }
    bool good =
        hcl_doctor_add(list, "memory", level, remedy, "%.1f GiB%s, %.1f GiB free, budget of a rank %.1f GiB",
                       in_gib(most), f->group_limit < f->memory ? " (limit of a control group)" : "",
                       in_gib(f->available), in_gib(f->budget));
    if (f->address_space < f->budget)
        good = good && hcl_doctor_add(
                           list, "address space", failure, "ulimit -v unlimited, or say less with --memory",
                           "ulimit -v is %.1f GiB, less than the budget of a rank", in_gib(f->address_space));
    return good;
}

static bool judge_disk(json_t *list, const struct hcl_doctor_facts *f)
{
    const bool small = f->here_free < 64 * mib;
    bool good =
        hcl_doctor_add(list, "disk", f->here_writable && !small ? ok : failure,
                       !f->here_writable ? "go to a folder that can be written, or name one with -o"
                       : small           ? "make room, or name another folder with -o"
                                         : "",
                       "this folder %s, %.1f GiB free",
                       f->here_writable ? "can be written" : "cannot be written", in_gib(f->here_free));
    if (!f->cache[0])
        return good && hcl_doctor_add(list, "cache", warning, "name a folder: --cache DIR or HALOCLINE_CACHE",
                                      "there is none: keys are made for every proof");
    const bool full = f->cache_free < gib;
    return good && hcl_doctor_add(list, "cache", f->cache_writable && !full ? ok : warning,
                                  !f->cache_writable
                                      ? "name a folder that can be written: --cache DIR or HALOCLINE_CACHE"
                                  : full ? "make room: keys of large models take hundreds of MiB"
                                         : "",
                                  "'%s' %s, %.1f GiB free", f->cache,
                                  f->cache_writable ? "can be written"
                                                    : "cannot be written: keys are made for every proof",
                                  in_gib(f->cache_free));
}

json_t *hcl_doctor_judge(const struct hcl_doctor_facts *f)
{
    static bool (*const judges[])(json_t *, const struct hcl_doctor_facts *) = {
        judge_kernels, judge_processors, judge_mpi,    judge_shared,
        judge_numa,    judge_huge_pages, judge_memory, judge_disk,
    };
    json_t *list = json_array();
    for (size_t i = 0; list && i < sizeof judges / sizeof *judges; i++)
        if (!judges[i](list, f)) {
            json_decref(list);
            list = NULL;
        }
    return list;
}
