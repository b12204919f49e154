/*
 * test_meter.c - the CPU's meter, with simulated folders /proc and /sys, and with real threads and
 * cgroups.
 */
#include "../../kernels/cpu/meter.h"
#include "folder.h"
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TestSuite(meter, .init = folder_begin, .fini = folder_end);

/* Overwrites a file in place, as the kernel does: the meter keeps the file open. */
static void change(const char *path, const char *text)
{
    FILE *file = fopen(folder_path(path), "we");
    cr_assert_not_null(file);
    fputs(text, file);
    cr_assert_eq(fclose(file), 0);
}

static struct host_meter *open_at(const char *at)
{
    struct host_meter *meter = host_meter_open(at);
    cr_assert_not_null(meter);
    return meter;
}

static struct meter_reading read_of(struct host_meter *meter)
{
    struct meter_reading reading = {0};
    host_meter_read(meter, &reading);
    return reading;
}

Test(meter, without_files_only_the_process_is_known)
{
    struct host_meter *meter = open_at(folder);
    const struct meter_reading reading = read_of(meter);
    cr_assert_eq(reading.known, METER_SWITCHES | METER_CORES, "%x", reading.known);
    cr_assert_geq(reading.cores, 1);
    host_meter_close(meter);
}

Test(meter, stolen_time_is_the_eighth_number)
{
    const uint64_t tick_ns = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
    folder_put("proc/stat",
               "cpu  10 20 30 1000 2000 40 50 60 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n");
    struct host_meter *meter = open_at(folder);
    struct meter_reading reading = read_of(meter);
    cr_assert(reading.known & METER_STOLEN);
    cr_assert_eq(reading.stolen_ns, 60 * tick_ns);
    cr_assert_eq(reading.wanted_ns, (10 + 20 + 30 + 40 + 50 + 60) * tick_ns);
    change("proc/stat", "cpu  10 20 30 1000 2000 40 50 75 0 0\n");
    cr_assert_eq(read_of(meter).stolen_ns, 75 * tick_ns);
    /* A kernel that does not count stolen time, and an empty file. */
    change("proc/stat", "cpu  10 20 30 1000\n");
    reading = read_of(meter);
    cr_assert_not(reading.known & METER_STOLEN);
    cr_assert_eq(reading.stolen_ns, 0);
    change("proc/stat", "");
    cr_assert_not(read_of(meter).known & METER_STOLEN);
    host_meter_close(meter);
}

static void expect_quota(struct host_meter *meter, uint64_t periods, uint64_t throttled,
                         uint64_t throttled_ns)
{
    const struct meter_reading reading = read_of(meter);
    cr_assert(reading.known & METER_QUOTA);
    cr_assert_eq(reading.quota_periods, periods, "%lu", (unsigned long)reading.quota_periods);
    cr_assert_eq(reading.throttled_periods, throttled, "%lu",
                 (unsigned long)reading.throttled_periods);
    cr_assert_eq(reading.throttled_ns, throttled_ns, "%lu", (unsigned long)reading.throttled_ns);
}

#define V2 "sys/fs/cgroup/user.slice/job/cpu.stat"

/* The meter counts from the moment at which it was opened. */
Test(meter, version_2_counts_microseconds)
{
    folder_put("proc/self/cgroup", "0::/user.slice/job\n");
    folder_put("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
    folder_put(V2,
               "usage_usec 9\nnr_periods 100\nnr_throttled 50\nthrottled_usec 7000\nnr_bursts 3\n");
    struct host_meter *meter = open_at(folder);
    expect_quota(meter, 0, 0, 0);
    change(V2, "usage_usec 9\nnr_periods 182\nnr_throttled 127\nthrottled_usec 7400\n");
    expect_quota(meter, 82, 77, 400000);
    expect_quota(meter, 82, 77, 400000);
    /* The process was moved, or the counters were reset: the meter's sums never decrease. */
    change(V2, "nr_periods 1\nnr_throttled 0\nthrottled_usec 0\n");
    expect_quota(meter, 82, 77, 400000);
    change(V2, "nr_periods 3\nnr_throttled 1\nthrottled_usec 10\n");
    expect_quota(meter, 84, 78, 410000);
    host_meter_close(meter);
}

#define V1 "sys/fs/cgroup/cpu,cpuacct/jobs/8/cpu.stat"

Test(meter, version_1_counts_nanoseconds)
{
    folder_put("proc/self/cgroup", "9:memory:/jobs/7\n4:cpu,cpuacct:/jobs/8\n0::/\n");
    folder_put(V1, "nr_periods 10\nnr_throttled 1\nthrottled_time 5\n");
    struct host_meter *meter = open_at(folder);
    change(V1, "nr_periods 14\nnr_throttled 3\nthrottled_time 905\n");
    expect_quota(meter, 4, 2, 900);
    host_meter_close(meter);
}

/* If several cgroups have a quota, the one that throttled most since the last reading counts. */
Test(meter, the_cgroup_that_was_throttled_counts)
{
    folder_put("proc/self/cgroup", "0::/user.slice/job\n");
    folder_put("sys/fs/cgroup/cgroup.controllers", "cpu\n");
    folder_put(V2, "nr_periods 0\nnr_throttled 0\nthrottled_usec 0\n");
    folder_put("sys/fs/cgroup/user.slice/cpu.stat",
               "nr_periods 5\nnr_throttled 5\nthrottled_usec 5\n");
    folder_put("sys/fs/cgroup/cpu.stat", "usage_usec 1\n"); /* the root cgroup has no quota */
    struct host_meter *meter = open_at(folder);
    change(V2, "nr_periods 4\nnr_throttled 0\nthrottled_usec 0\n");
    expect_quota(meter, 4, 0, 0);
    change(V2, "nr_periods 8\nnr_throttled 1\nthrottled_usec 1\n");
    change("sys/fs/cgroup/user.slice/cpu.stat", "nr_periods 7\nnr_throttled 7\nthrottled_usec 9\n");
    expect_quota(meter, 6, 2, 4000);
    host_meter_close(meter);
}

/* ---- with real threads and a real cgroup ----------------------------------------------------- */

/* CPU time of this thread. */
static double worked_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int ended; /* atomic */

static void *spin(void *argument)
{
    while (!__atomic_load_n(&ended, __ATOMIC_RELAXED))
        ;
    return argument;
}

/* Two threads that both want one core must preempt each other. */
Test(meter, switches_of_threads_that_share_a_core)
{
    cpu_set_t all, one;
    CPU_ZERO(&one);
    cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    struct host_meter *meter = open_at("");
    const struct meter_reading before = read_of(meter);
    cr_assert_eq(before.cores, 1);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, spin, NULL), 0);
    const double begun_s = worked_s();
    while (read_of(meter).involuntary_switches < before.involuntary_switches + 5 &&
           worked_s() - begun_s < 30)
        ;
    cr_assert_geq(read_of(meter).involuntary_switches, before.involuntary_switches + 5);
    __atomic_store_n(&ended, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    host_meter_close(meter);
}

/* A cgroup with a quota of a fifth of a CPU. */
struct jail {
    char folder[128];
    bool v2;
};

static bool write_word(const struct jail *jail, const char *name, const char *word)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s", jail->folder, name);
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    const bool written = file >= 0 && write(file, word, strlen(word)) == (ssize_t)strlen(word);
    if (file >= 0)
        close(file);
    return written;
}

/* Creates the cgroup. False: it cannot be created here. */
static bool build(struct jail *jail)
{
    static const struct {
        const char *mount;
        bool v2;
    } places[] = {{"/sys/fs/cgroup/cpu", false},
                  {"/sys/fs/cgroup/cpu,cpuacct", false},
                  {"/sys/fs/cgroup", true}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(jail->folder, sizeof jail->folder, "%s/pdlab-test-%d", places[i].mount,
                 (int)getpid());
        jail->v2 = places[i].v2;
        if (mkdir(jail->folder, 0755) != 0)
            continue;
        if (jail->v2 ? write_word(jail, "cpu.max", "20000 100000")
                     : write_word(jail, "cpu.cfs_period_us", "100000") &&
                           write_word(jail, "cpu.cfs_quota_us", "20000"))
            return true;
        rmdir(jail->folder);
    }
    return false;
}

/* In the child: works until the meter has seen three throttled periods, or for 10 s. 0: it has, and
 * the rest of its reading agrees; 1: it has not; 2: the child could not join the cgroup. */
static int work_throttled(const struct jail *jail)
{
    if (!write_word(jail, "cgroup.procs", "0"))
        return 2;
    struct host_meter *meter = host_meter_open("");
    struct meter_reading reading = {0};
    while (reading.throttled_periods < 3 && worked_s() < 10)
        host_meter_read(meter, &reading);
    host_meter_close(meter);
    return reading.throttled_periods >= 3 && reading.throttled_ns > 0 &&
                   reading.quota_periods >= reading.throttled_periods && reading.cores == 1
               ? 0
               : 1;
}

Test(meter, sees_a_real_quota)
{
    struct jail jail;
    int status = 0;
    if (!build(&jail))
        cr_skip_test("no cgroup with a CPU quota can be made here");
    const pid_t child = fork();
    if (child == 0)
        _exit(work_throttled(&jail));
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(rmdir(jail.folder), 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
        cr_skip_test("no process can be moved to a cgroup here");
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%d", status);
}
