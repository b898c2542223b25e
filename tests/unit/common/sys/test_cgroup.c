/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of control groups, on systems that are folders. */
#include "tests/support/fake_root.h"

#include "common/sys/cgroup.h"

static void expect(uint64_t memory, double cpus)
{
    struct hcl_cgroup_limits l;
    hcl_cgroup_read(&l, root);
    assert_true(l.memory == memory);
    assert_true(l.cpus == cpus);
}

static const char mounts_2[] =
    "24 1 0:22 / /proc rw - proc proc rw\n"
    "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

static void nothing_is_no_limit(void **state)
{
    (void)state;
    expect(UINT64_MAX, 0);
    put("/proc/self/cgroup", "0::/\n");
    expect(UINT64_MAX, 0);
    put("/proc/self/mountinfo", "garbage\n\n1 2 - \n- - - -\n");
    expect(UINT64_MAX, 0);
    put("/proc/self/cgroup", "::\n0\nmemory\n");
    put("/proc/self/mountinfo", mounts_2);
    expect(UINT64_MAX, 0);
}

static void version_2(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", mounts_2);
    put("/proc/self/cgroup", "0::/job/step\n");
    put("/sys/fs/cgroup/job/step/memory.max", "max\n");
    put("/sys/fs/cgroup/job/step/cpu.max", "max 100000\n");
    expect(UINT64_MAX, 0);
    put("/sys/fs/cgroup/job/memory.max", "5000000\n");
    put("/sys/fs/cgroup/job/cpu.max", "150000 100000\n");
    expect(5000000, 1.5);
    put("/sys/fs/cgroup/job/step/memory.max", "6000000\n");
    put("/sys/fs/cgroup/job/step/cpu.max", "20000 100000\n");
    expect(5000000, 0.2);
    put("/sys/fs/cgroup/memory.max", "4000000\n");
    expect(4000000, 0.2);
    put("/proc/self/cgroup", "0::/\n");
    expect(4000000, 0);
    put("/sys/fs/cgroup/memory.max", "nonsense\n");
    put("/sys/fs/cgroup/cpu.max", "\n");
    expect(UINT64_MAX, 0);
}

static const char mounts_1[] =
    "30 24 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    "31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct\n"
    "32 24 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "33 24 0:29 / /groups/mem rw - cgroup cgroup rw,memory\n";

static void version_1(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", mounts_1);
    put("/proc/self/cgroup", "5:memory:/slurm/job_1\n4:cpuset:/other\n3:cpu,cpuacct:/slurm\n0::/\n");
    put("/groups/mem/memory.limit_in_bytes", "9223372036854771712\n"); /* what the kernel writes for "none" */
    put("/groups/mem/slurm/job_1/memory.limit_in_bytes", "31457280\n");
    put("/sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpuset/other/memory.limit_in_bytes", "1\n");
    expect(31457280, 0);
    put("/sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_quota_us", "250000\n");
    expect(31457280, 2.5);
    put("/groups/mem/slurm/memory.limit_in_bytes", "20000000\n");
    expect(20000000, 2.5);
    /* Both versions at once: the stricter limit. */
    put("/sys/fs/cgroup/unified/memory.max", "10000000\n");
    expect(10000000, 2.5);
}

/* A container sees its own group as the root of the mount, but may be told its name on the host. */
static void part_of_a_hierarchy(void **state)
{
    (void)state;
    put("/proc/self/mountinfo",
        "31 24 0:27 /docker/ab /sys/fs/cgroup/memory ro master:9 - cgroup cgroup rw,memory\n"
        "32 24 0:28 /docker/ab /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n");
    put("/proc/self/cgroup", "2:memory:/docker/ab/inner\n1:cpu:/docker/abc\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "7000000\n");
    put("/sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "6000000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n"); /* /docker/abc is not below /docker/ab */
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    expect(6000000, 3);
    put("/proc/self/cgroup", "2:memory:/docker/ab\n");
    expect(7000000, 0);
}

static void long_names_end_nowhere(void **state)
{
    (void)state;
    static char line[9000];
    memset(line, 'a', sizeof line - 1);
    memcpy(line, "0::/", 4);
    put("/proc/self/mountinfo", mounts_2);
    put("/proc/self/cgroup", line);
    expect(UINT64_MAX, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_no_limit, make_root, remove_root),
        cmocka_unit_test_setup_teardown(version_2, make_root, remove_root),
        cmocka_unit_test_setup_teardown(version_1, make_root, remove_root),
        cmocka_unit_test_setup_teardown(part_of_a_hierarchy, make_root, remove_root),
        cmocka_unit_test_setup_teardown(long_names_end_nowhere, make_root, remove_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
