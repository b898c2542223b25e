/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor looks at systems that are folders, and judges machines that do not exist. */
#include "coordinator/cli/doctor.h"
#include "tests/support/fake_root.h"

static void a_system_is_read(void **state)
{
    struct hcl_doctor_facts f;
    (void)state;
    put("/sys/devices/system/cpu/online", "0-3,8-11\n");
    put("/sys/devices/system/node/online", "0-1\n");
    put("/sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
    put("/proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:    8388608 kB\n");
    put("/proc/self/cgroup", "0::/job\n");
    put("/proc/self/mountinfo", "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n");
    put("/sys/fs/cgroup/job/memory.max", "1073741824\n");
    put("/sys/fs/cgroup/job/cpu.max", "150000 100000\n");
    put("/sys/bus/virtio/devices/virtio0/device", "0x0002\n");
    put("/sys/bus/virtio/devices/virtio0/features", "1111111100000000\n");
    put("/sys/bus/virtio/devices/virtio1/device", "0x0005\n");
    put("/sys/bus/virtio/devices/virtio1/features", "0110010100000000\n");
    hcl_doctor_look(&f, root, "/proc/nothing/deep/cache", 1 << 20, 3);
    assert_int_equal(f.processors, 8);
    assert_int_equal(f.numa_nodes, 2);
    assert_string_equal(f.huge_pages, "never");
    assert_true(f.pages_reported);
    assert_true(f.memory == (uint64_t)16 << 30);
    assert_true(f.available == (uint64_t)8 << 30);
    assert_true(f.group_limit == 1 << 30);
    assert_true(f.quota == 1.5);
    assert_int_equal(f.ranks_here, 3);
    assert_string_equal(f.cache, "/proc/nothing/deep/cache");
    assert_true(f.budget == 1 << 20);
}

static void nothing_to_read_is_no_trouble(void **state)
{
    struct hcl_doctor_facts f;
    (void)state;
    hcl_doctor_look(&f, "/nowhere", NULL, 1, 1);
    assert_int_equal(f.processors, 1);
    assert_int_equal(f.numa_nodes, 1);
    assert_string_equal(f.huge_pages, "");
    assert_false(f.pages_reported);
    assert_true(f.group_limit == UINT64_MAX);
    assert_string_equal(f.cache, "");
    put("/sys/devices/system/cpu/online", "3-1,,x\n");
    put("/sys/bus/virtio/devices/virtio0/device", "0x0002\n");
    put("/sys/bus/virtio/devices/virtio0/features", "1111111100000000\n");
    put("/sys/bus/virtio/devices/virtio1/device", "0x0005\n");
    put("/sys/bus/virtio/devices/virtio1/features", "1111101111111111\n");
    put("/sys/bus/virtio/devices/virtio2/device", "0x0005\n");
    put("/sys/bus/virtio/devices/virtio2/features", "11111\n");
    put("/sys/kernel/mm/transparent_hugepage/enabled", "always madvise never\n");
    hcl_doctor_look(&f, root, "relative", 1, 1);
    assert_int_equal(f.processors, 1);
    assert_string_equal(f.huge_pages, "");
    assert_false(f.pages_reported);
    assert_true(f.cache_writable == (access(".", W_OK) == 0));
}

static struct hcl_doctor_facts healthy(void)
{
    return (struct hcl_doctor_facts){ .processor = "A processor",
                                      .kernel = "ifma",
                                      .best_kernel = "ifma",
                                      .processors = 8,
                                      .allowed = 8,
                                      .numa_nodes = 1,
                                      .ranks_here = 1,
                                      .huge_pages = "madvise",
                                      .memory = (uint64_t)16 << 30,
                                      .available = (uint64_t)15 << 30,
                                      .group_limit = UINT64_MAX,
                                      .address_space = UINT64_MAX,
                                      .budget = (uint64_t)12 << 30,
                                      .has_mpi = true,
                                      .launcher_found = true,
                                      .launcher = "/usr/bin/mpirun",
                                      .shared_free = (uint64_t)8 << 30,
                                      .cache = "/home/someone/.cache/halocline",
                                      .cache_writable = true,
                                      .here_writable = true,
                                      .cache_free = (uint64_t)50 << 30,
                                      .here_free = (uint64_t)50 << 30 };
}

/* Exactly one line is not ok: `check` at `level`, with a remedy that says this. */
static void one_complaint(const struct hcl_doctor_facts *f, const char *check, const char *level,
                          const char *remedy)
{
    json_t *list = hcl_doctor_judge(f);
    size_t i, complaints = 0;
    const json_t *c;
    assert_non_null(list);
    json_array_foreach(list, i, c)
    {
        const char *of = json_string_value(json_object_get(c, "level"));
        const char *says = json_string_value(json_object_get(c, "remedy"));
        assert_true(strlen(json_string_value(json_object_get(c, "found"))) > 0);
        if (strcmp(of, "ok") == 0) {
            assert_string_equal(says, "");
            continue;
        }
        complaints++;
        assert_string_equal(json_string_value(json_object_get(c, "check")), check);
        assert_string_equal(of, level);
        if (!strstr(says, remedy))
            fail_msg("'%s' does not say '%s'", says, remedy);
    }
    assert_int_equal(complaints, check ? 1 : 0);
    json_decref(list);
}

static void a_good_machine_has_no_complaints(void **state)
{
    struct hcl_doctor_facts f = healthy();
    (void)state;
    one_complaint(&f, NULL, NULL, NULL);
    f.quota = 8;
    f.omp_threads = 8;
    one_complaint(&f, NULL, NULL, NULL);
}

#define COMPLAINT(change, check, level, remedy)                                                              \
    do {                                                                                                     \
        struct hcl_doctor_facts f = healthy();                                                               \
        change;                                                                                              \
        one_complaint(&f, check, level, remedy);                                                             \
    } while (0)

static void each_trouble_has_its_remedy(void **state)
{
    (void)state;
    COMPLAINT(f.kernel = "portable", "kernels", "warning", "HALOCLINE_CPU");
    COMPLAINT(f.kernel = f.best_kernel = "adx", "kernels", "warning", "AVX-512 IFMA");
    COMPLAINT(f.allowed = 2, "processors", "warning", "taskset");
    COMPLAINT(f.quota = 1.5, "CPU quota", "warning", "cpu.max");
    COMPLAINT(f.omp_threads = 1, "threads", "warning", "unset OMP_NUM_THREADS");
    COMPLAINT(f.has_mpi = false, "MPI", "warning", "HALOCLINE_MPI=ON");
    COMPLAINT(f.launcher_found = false, "MPI", "warning", "openmpi-bin");
    COMPLAINT(f.is_root = true, "MPI", "warning", "--allow-run-as-root");
    COMPLAINT(f.is_root = f.root_may_launch = true, NULL, NULL, NULL);
    COMPLAINT(f.shared_free = 1 << 20, "shared memory", "failure", "--shm-size");
    COMPLAINT(f.numa_nodes = 2, "NUMA", "warning", "--map-by numa");
    COMPLAINT(f.huge_pages[0] = '\0', "huge pages", "warning", "transparent_hugepage");
    COMPLAINT(strcpy(f.huge_pages, "never"), "huge pages", "warning", "madvise");
    COMPLAINT(f.pages_reported = true, "free pages", "warning", "free-page-reporting=off");
    COMPLAINT(f.group_limit = 1 << 25, "memory", "failure", "control group");
    COMPLAINT((f.group_limit = 1 << 28, f.budget = 1 << 27), "memory", "warning", "control group");
    COMPLAINT(f.group_limit = 1 << 28, "memory", "failure", "say less with --memory");
    COMPLAINT(f.group_limit = (uint64_t)8 << 30, "memory", "failure", "say less with --memory");
    COMPLAINT(f.ranks_here = 2, "memory", "failure", "say less with --memory");
    COMPLAINT((f.ranks_here = 2, f.budget /= 2), NULL, NULL, NULL);
    COMPLAINT((f.ranks_here = 2, f.budget /= 2, f.apart = true), "ranks", "warning", "one container");
    COMPLAINT(f.available = (uint64_t)4 << 30, "memory", "warning", "end what else uses memory");
    COMPLAINT(f.address_space = 1 << 30, "address space", "failure", "ulimit -v");
    COMPLAINT(f.here_writable = false, "disk", "failure", "-o");
    COMPLAINT(f.here_free = 1 << 20, "disk", "failure", "make room");
    COMPLAINT(f.cache[0] = '\0', "cache", "warning", "HALOCLINE_CACHE");
    COMPLAINT(f.cache_writable = false, "cache", "warning", "can be written");
    COMPLAINT(f.cache_free = 1 << 20, "cache", "warning", "make room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_system_is_read, make_root, remove_root),
        cmocka_unit_test_setup_teardown(nothing_to_read_is_no_trouble, make_root, remove_root),
        cmocka_unit_test(a_good_machine_has_no_complaints),
        cmocka_unit_test(each_trouble_has_its_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
