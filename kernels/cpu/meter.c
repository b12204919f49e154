#include "meter.h"

#include "cgroup.h"
#include "cpu.h"
#include "usable.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LEVELS_MOST 16u /* nested cgroups */
#define NO_FILE     (-1)
#define S_NS        UINT64_C(1000000000)

/* A cgroup's quota counters. */
struct throttling {
    uint64_t periods, throttled_periods, throttled_ns;
};

struct host_meter {
    double quota;     /* in CPUs; INFINITY: none */
    int stat;         /* /proc/stat, or NO_FILE */
    uint64_t tick_ns; /* ns per tick, the unit of /proc/stat */
    uint32_t level_count;
    struct level {
        int file; /* cpu.stat */
        struct throttling last;
    } levels[LEVELS_MOST];
    struct throttling sum; /* since the meter was opened */
};

/* Reads the beginning of a file. Files in /proc and of cgroups are regenerated whenever they are
 * read from offset 0, so they can stay open. False: there is nothing to read, and text is "". */
static bool read_file(int file, char *text, size_t size)
{
    const ssize_t length = pread(file, text, size - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* ---- quotas --------------------------------------------------------------------------------- */

/* False if the file has no periods: the kernel has no quotas, or this is the root cgroup. */
static bool read_throttling(int file, struct throttling *throttling)
{
    char text[1024];
    uint64_t usec;
    bool known = false;
    *throttling = (struct throttling){0};
    read_file(file, text, sizeof text);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        known |= cgroup_take_field(line, "nr_periods", &throttling->periods);
        cgroup_take_field(line, "nr_throttled", &throttling->throttled_periods);
        cgroup_take_field(line, "throttled_time", &throttling->throttled_ns);
        if (cgroup_take_field(line, "throttled_usec", &usec))
            throttling->throttled_ns = usec * 1000;
    }
    return known;
}

static void open_levels(struct host_meter *meter, struct cgroup_hierarchy *at)
{
    char folder[PATH_MAX], path[PATH_MAX + sizeof "/cpu.stat"];
    while (cgroup_next_folder(at, folder) && meter->level_count < LEVELS_MOST) {
        struct level *level = &meter->levels[meter->level_count];
        snprintf(path, sizeof path, "%s/cpu.stat", folder);
        level->file = open(path, O_RDONLY | O_CLOEXEC);
        if (level->file == NO_FILE)
            continue;
        if (read_throttling(level->file, &level->last))
            meter->level_count++;
        else
            close(level->file);
    }
}

/* How much a counter has grown. */
static uint64_t grown(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static bool is_worse(const struct throttling *a, const struct throttling *b)
{
    return a->throttled_periods != b->throttled_periods
               ? a->throttled_periods > b->throttled_periods
               : a->periods > b->periods;
}

static void read_quota(struct host_meter *meter, struct meter_reading *reading)
{
    struct throttling worst = {0};
    for (uint32_t i = 0; i < meter->level_count; i++) {
        struct level *level = &meter->levels[i];
        struct throttling now;
        if (!read_throttling(level->file, &now))
            continue;
        const struct throttling since = {
            .periods = grown(now.periods, level->last.periods),
            .throttled_periods = grown(now.throttled_periods, level->last.throttled_periods),
            .throttled_ns = grown(now.throttled_ns, level->last.throttled_ns),
        };
        level->last = now;
        if (is_worse(&since, &worst))
            worst = since;
    }
    meter->sum.periods += worst.periods;
    meter->sum.throttled_periods += worst.throttled_periods;
    meter->sum.throttled_ns += worst.throttled_ns;
    reading->quota_periods = meter->sum.periods;
    reading->throttled_periods = meter->sum.throttled_periods;
    reading->throttled_ns = meter->sum.throttled_ns;
    reading->known |= meter->level_count > 0 ? METER_QUOTA : 0;
}

/* ---- the machine, the process --------------------------------------------------------------- */

/* The first line: "cpu  user nice system idle iowait irq softirq steal ..." */
enum { STAT_IDLE = 3, STAT_IOWAIT = 4, STAT_STEAL = 7, STAT_FIELDS };

static void read_stolen(const struct host_meter *meter, struct meter_reading *reading)
{
    char text[256];
    uint64_t wanted = 0, ticks = 0;
    if (meter->stat == NO_FILE || !read_file(meter->stat, text, sizeof text) ||
        strncmp(text, "cpu ", 4) != 0)
        return;
    const char *at = text + 4;
    for (int field = 0; field < STAT_FIELDS; field++) {
        if (!cgroup_take_number(&at, &ticks))
            return;
        if (field != STAT_IDLE && field != STAT_IOWAIT)
            wanted += ticks;
    }
    reading->stolen_ns = ticks * meter->tick_ns;
    reading->wanted_ns = wanted * meter->tick_ns;
    reading->known |= METER_STOLEN;
}

static void read_switches(struct meter_reading *reading)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    reading->involuntary_switches = (uint64_t)usage.ru_nivcsw;
    reading->known |= METER_SWITCHES;
}

/* ---- the meter ------------------------------------------------------------------------------ */

struct host_meter *host_meter_open(const char *root)
{
    struct host_meter *meter = calloc(1, sizeof *meter);
    char path[PATH_MAX];
    struct cgroup_hierarchy at;
    if (!meter)
        return NULL;
    const long hz = sysconf(_SC_CLK_TCK);
    meter->tick_ns = S_NS / (uint64_t)(hz > 0 ? hz : 100);
    meter->quota = usable_read_quota(root);
    snprintf(path, sizeof path, "%s/proc/stat", root);
    meter->stat = open(path, O_RDONLY | O_CLOEXEC);
    if (cgroup_find_v2(root, &at))
        open_levels(meter, &at);
    if (cgroup_find_v1(root, "cpu", &at))
        open_levels(meter, &at);
    return meter;
}

void host_meter_read(struct host_meter *meter, struct meter_reading *reading)
{
    read_quota(meter, reading);
    read_stolen(meter, reading);
    read_switches(reading);
    reading->cores = usable_cores(usable_affine_cores(), meter->quota);
    reading->known |= METER_CORES;
}

void host_meter_close(struct host_meter *meter)
{
    for (uint32_t i = 0; i < meter->level_count; i++)
        close(meter->levels[i].file);
    if (meter->stat != NO_FILE)
        close(meter->stat);
    free(meter);
}

static void *open_meter(int index, struct error *error)
{
    (void)index;
    struct host_meter *meter = host_meter_open("");
    if (!meter)
        error_set(error, ERROR_RUN, "no memory for a meter");
    return meter;
}

static void read_meter(void *meter, struct meter_reading *reading)
{
    *reading = (struct meter_reading){0};
    host_meter_read(meter, reading);
}

static void close_meter(void *meter)
{
    host_meter_close(meter);
}

const struct meter cpu_meter = {.open = open_meter, .read = read_meter, .close = close_meter};
