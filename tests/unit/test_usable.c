/*
 * test_usable.c - the limits of memory and cores, with simulated folders /proc and /sys.
 */
#include "../../kernels/cpu/usable.h"
#include "folder.h"
#include "unit.h"

#include <math.h>

#define MIB      (UINT64_C(1) << 20)
#define NO_LIMIT UINT64_MAX

/* Folders of cgroups. */
#define JOB      "sys/fs/cgroup/user.slice/job/"
#define MEMORY_7 "sys/fs/cgroup/memory/jobs/7/"
#define CPU_8    "sys/fs/cgroup/cpu,cpuacct/jobs/8/"

TestSuite(usable, .init = folder_begin, .fini = folder_end);

static void put_meminfo(void)
{
    folder_put("proc/meminfo", "MemTotal:       16777216 kB\n"
                               "MemFree:         1000000 kB\n"
                               "MemAvailable:    8388608 kB\n");
}

static void expect_memory(uint64_t available, uint64_t limit, uint64_t left)
{
    const struct usable_memory memory = usable_read_memory(folder);
    cr_assert_eq(memory.available, available, "%lu", (unsigned long)memory.available);
    cr_assert_eq(memory.cgroup_limit, limit, "%lu", (unsigned long)memory.cgroup_limit);
    cr_assert_eq(memory.cgroup_free, left, "%lu", (unsigned long)memory.cgroup_free);
    const bool cgroup = left != NO_LIMIT && (available == 0 || left < available);
    cr_assert_eq(usable_free_bytes(&memory), !cgroup ? available : left > 0 ? left : 1);
}

Test(usable, without_files_nothing_is_limited)
{
    expect_memory(0, NO_LIMIT, NO_LIMIT);
    cr_assert(isinf(usable_read_quota(folder)));
    cr_assert_eq(usable_read_oom_kills(folder), 0);
    put_meminfo();
    expect_memory(8192 * MIB, NO_LIMIT, NO_LIMIT);
    cr_assert_eq(usable_read_memory(folder).total, 16384 * MIB);
    folder_put("proc/self/cgroup", "0::/not/mounted\n4:memory:/not/mounted\n3:cpu:/not/mounted\n");
    expect_memory(8192 * MIB, NO_LIMIT, NO_LIMIT);
    folder_put("proc/self/cgroup", "nonsense\n:\n::\n");
    expect_memory(8192 * MIB, NO_LIMIT, NO_LIMIT);
    cr_assert(isinf(usable_read_quota(folder)));
}

static void put_v2(const char *mount)
{
    char path[128];
    put_meminfo();
    folder_put("proc/self/cgroup", "0::/user.slice/job\n");
    snprintf(path, sizeof path, "%s/cgroup.controllers", mount);
    folder_put(path, "cpu memory\n");
}

Test(usable, version_2)
{
    put_v2("sys/fs/cgroup");
    folder_put(JOB "memory.max", "max\n");
    folder_put(JOB "memory.current", "104857600\n");
    folder_put(JOB "cpu.max", "max 100000\n");
    expect_memory(8192 * MIB, NO_LIMIT, NO_LIMIT);
    cr_assert(isinf(usable_read_quota(folder)));

    folder_put(JOB "memory.max", "1073741824\n"); /* 1 GiB, 100 MiB used */
    expect_memory(8192 * MIB, 1024 * MIB, 924 * MIB);
    /* 60 MiB of the 100 MiB are cache. */
    folder_put(
        JOB "memory.stat",
        "anon 1048576\nfile 9\ninactive_file_x 7\ninactive_file 20971520\nactive_file 31457280\n"
        "slab_reclaimable 10485760\nslab_unreclaimable 5\n");
    expect_memory(8192 * MIB, 1024 * MIB, 984 * MIB);
    folder_put(JOB "memory.current", "1048576\n"); /* the counters are of different moments */
    expect_memory(8192 * MIB, 1024 * MIB, 1024 * MIB);
    folder_put(JOB "memory.stat", "");
    folder_put(JOB "memory.current", "2147483648\n"); /* above a lowered limit */
    expect_memory(8192 * MIB, 1024 * MIB, 0);
    folder_put(JOB "memory.max", "17179869184\n"); /* the whole memory of the machine */
    expect_memory(8192 * MIB, NO_LIMIT, NO_LIMIT);

    folder_put(JOB "cpu.max", "150000 100000\n");
    cr_assert_float_eq(usable_read_quota(folder), 1.5, 1e-9);
    folder_put(JOB "cpu.max", "150000 0\n");
    cr_assert(isinf(usable_read_quota(folder)));
    folder_put(JOB "cpu.max", "");
    cr_assert(isinf(usable_read_quota(folder)));

    folder_put(JOB "memory.events", "low 1\nhigh 2\noom 9\noom_kill 3\n");
    cr_assert_eq(usable_read_oom_kills(folder), 3);
}

Test(usable, the_tightest_cgroup_above_binds)
{
    put_v2("sys/fs/cgroup");
    folder_put(JOB "memory.max", "2147483648\n");
    folder_put(JOB "memory.current", "1048576\n");
    folder_put(JOB "cpu.max", "300000 100000\n");
    /* The outer cgroup's limit is larger, but other processes use most of it. */
    folder_put("sys/fs/cgroup/user.slice/memory.max", "4294967296\n");
    folder_put("sys/fs/cgroup/user.slice/memory.current", "3221225472\n");
    folder_put("sys/fs/cgroup/user.slice/cpu.max", "50000 100000\n");
    expect_memory(8192 * MIB, 4096 * MIB, 1024 * MIB);
    cr_assert_float_eq(usable_read_quota(folder), 0.5, 1e-9);
    /* A container sees the limit at the mount itself. */
    folder_put("sys/fs/cgroup/memory.max", "536870912\n");
    folder_put("sys/fs/cgroup/cpu.max", "25000 100000\n");
    expect_memory(8192 * MIB, 512 * MIB, 512 * MIB);
    cr_assert_float_eq(usable_read_quota(folder), 0.25, 1e-9);
    folder_put("proc/self/cgroup", "0::/\n");
    expect_memory(8192 * MIB, 512 * MIB, 512 * MIB);
    folder_put("proc/self/cgroup", "0::/../../elsewhere\n");
    expect_memory(8192 * MIB, 512 * MIB, 512 * MIB);
    folder_put("proc/self/cgroup", "0::/docker/0123\n"); /* the path outside the container */
    expect_memory(8192 * MIB, 512 * MIB, 512 * MIB);
}

static void put_v1(void)
{
    put_meminfo();
    folder_put("proc/self/cgroup", "11:name=systemd:/x\n9:memory:/jobs/7\n4:cpu,cpuacct:/jobs/8\n"
                                   "3:cpuset:/\n");
    folder_put(MEMORY_7 "memory.limit_in_bytes", "9223372036854771712\n");
    folder_put(MEMORY_7 "memory.usage_in_bytes", "209715200\n");
    folder_put(MEMORY_7 "memory.stat",
               "inactive_file 1\nactive_file 1\ntotal_inactive_file 52428800\ntotal_active_file "
               "52428800\n");
    folder_put(MEMORY_7 "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
}

Test(usable, version_1)
{
    put_v1();
    folder_put(CPU_8 "cpu.cfs_quota_us", "-1\n");
    folder_put(CPU_8 "cpu.cfs_period_us", "100000\n");
    expect_memory(8192 * MIB, NO_LIMIT, NO_LIMIT);
    cr_assert(isinf(usable_read_quota(folder)));
    cr_assert_eq(usable_read_oom_kills(folder), 5);

    folder_put(MEMORY_7 "memory.limit_in_bytes", "1073741824\n");
    expect_memory(8192 * MIB, 1024 * MIB, 924 * MIB);
    folder_put(CPU_8 "cpu.cfs_quota_us", "250000\n");
    cr_assert_float_eq(usable_read_quota(folder), 2.5, 1e-9);
    folder_put("sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", "536870912\n");
    folder_put("sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us", "100000\n");
    folder_put("sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us", "50000\n");
    expect_memory(8192 * MIB, 512 * MIB, 512 * MIB);
    cr_assert_float_eq(usable_read_quota(folder), 2.0, 1e-9);
}

/* Version 2 of cgroups is mounted beside version 1, which has the controllers. */
Test(usable, hybrid)
{
    put_v1();
    folder_put("proc/self/cgroup", "9:memory:/jobs/7\n4:cpuacct,cpu:/jobs/8\n0::/user.slice/job\n");
    folder_put("sys/fs/cgroup/unified/cgroup.controllers", "\n");
    folder_put(MEMORY_7 "memory.limit_in_bytes", "1073741824\n");
    folder_put("sys/fs/cgroup/cpu/jobs/8/cpu.cfs_quota_us", "100000\n");
    folder_put("sys/fs/cgroup/cpu/jobs/8/cpu.cfs_period_us", "100000\n");
    expect_memory(8192 * MIB, 1024 * MIB, 924 * MIB);
    cr_assert_float_eq(usable_read_quota(folder), 1.0, 1e-9);
    folder_put("sys/fs/cgroup/unified/user.slice/job/memory.max", "536870912\n");
    folder_put("sys/fs/cgroup/unified/user.slice/job/memory.events", "oom_kill 2\n");
    expect_memory(8192 * MIB, 512 * MIB, 512 * MIB);
    cr_assert_eq(usable_read_oom_kills(folder), 7);
}

/* A fraction of a core does not count, but there is at least one core. */
Test(usable, cores_are_whole)
{
    static const struct {
        uint32_t affine;
        double quota;
        uint32_t cores;
    } cases[] = {
        {8, INFINITY, 8}, {1, INFINITY, 1}, {8, 1.5, 1}, {8, 2.0, 2}, {8, 2.99, 2},
        {8, 0.25, 1},     {8, 8.0, 8},      {8, 64, 8},  {2, 1.5, 1}, {1, 1.5, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(usable_cores(cases[i].affine, cases[i].quota), cases[i].cores, "%u, %g",
                     cases[i].affine, cases[i].quota);
}
