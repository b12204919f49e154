/*
 * command_doctor.c - pdlab doctor: the devices, the tools and features that variants can use, and
 * each device's measured ceilings. The ceilings are kept in files, because floors are computed from
 * them.
 */
#include "../base/fold.h"
#include "../base/text.h"
#include "../base/user_folder.h"
#include "../engine/backend_name.h"
#include "../engine/ceilings.h"
#include "../engine/knobs.h"
#include "../harness/doctor_noise.h"
#include "../harness/report.h"
#include "../harness/tool.h"
#include "commands.h"

#include "../../kernels/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES_MOST  16u /* devices to examine */
#define LABEL_WIDTH   10
#define LINE_ROOM     1024u
#define CELL          32u
#define DOCTOR_SCHEMA "pdlab.doctor/1"

/* An optional feature that variants or commands use. */
struct need {
    const char *key;  /* key in JSON */
    const char *name; /* name in text */
    const char *used; /* what uses it */
    bool (*here)(const struct device_info *device);
};

static bool has_clusters(const struct device_info *device)
{
    return device->cluster_most > 1;
}

static bool has_cooperative(const struct device_info *device)
{
    return device->cooperative;
}

/* TMA and programmatic dependent launch came with Hopper. */
static bool is_hopper(const struct device_info *device)
{
    return device->capability >= 90;
}

static const struct need needs[] = {
    {"cooperative_launch", "cooperative launch", "STEP_SYNC flag and grid", has_cooperative},
    {"clusters", "thread block clusters", "STEP_SYNC cluster", has_clusters},
    {"tma", "TMA", "native_tma_prefill_decode", is_hopper},
    {"pdl", "programmatic dependent launch", "the knob PDL", is_hopper},
};

/* A tool that does not depend on a device. */
struct tool {
    const char *key, *used;
    bool here;
};

/* Programs to find on PATH, except the first row: libcupti is a library. */
static struct tool tools[] = {
    {"libcupti", "run --profile: kernels in trace.json", false},
    {"nsys", "run --profile: Nsight Systems", false},
    {"ncu", "run --profile: Nsight Compute", false},
};
#define TOOLS (sizeof tools / sizeof *tools)

/* One device and its measurements, or why it is missing. */
struct patient {
    bool here, measured;
    struct device_info info;
    struct error error; /* why it is missing, or why it was not measured */
    struct ceilings ceilings;
    double seconds;              /* how long the measurement took */
    char path[DEVICE_FILE_ROOM]; /* file that the ceilings are kept in; "": not kept */
    struct error not_kept;
    const struct doctor_noise *noise; /* NULL: not requested, or not measured */
};

/* ---- looking -------------------------------------------------------------------------------- */

static void look_for_tools(void)
{
    char path[DEVICE_FILE_ROOM];
    tools[0].here = tool_has_cupti();
    for (size_t i = 1; i < TOOLS; i++)
        tools[i].here = tool_find(tools[i].key, path, sizeof path);
}

/* The results of --noise, measured before the devices are opened. */
static struct doctor_noise *noises;
static size_t noise_count;

static void examine(struct patient *patient, enum backend backend, int index)
{
    const struct device_ops *ops = backends[backend];
    *patient = (struct patient){.info = {.backend = backend},
                                .noise = doctor_noise_find(noises, noise_count, backend, index)};
    snprintf(patient->info.id, sizeof patient->info.id, "%s", backend_name(backend));
    struct device_info info;
    patient->here = ops ? ops->open(index, &info, &patient->error)
                        : error_set(&patient->error, ERROR_UNSUPPORTED,
                                    "this build has no %s backend", backend_name(backend));
    if (!patient->here)
        return;
    patient->info = info;
    uint64_t began_ns = clock_now();
    patient->measured =
        ceilings_measure(&info, index, &interrupt_stop, &patient->ceilings, &patient->error);
    patient->seconds = (double)(clock_now() - began_ns) * 1e-9;
    ops->close(index);
    if (patient->measured &&
        !ceilings_keep(&patient->info, &patient->ceilings, patient->path, &patient->not_kept))
        patient->path[0] = '\0';
}

/* ---- in words ------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void print_line(const char *label, const char *format,
                                                             ...)
{
    char text[DEVICE_FILE_ROOM + LINE_ROOM];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fold_print(stdout, printf("%s", label), LABEL_WIDTH, text);
}

static void print_memory(const struct device_info *info)
{
    char free_text[CELL], all[CELL], cache[CELL];
    const bool limited =
        info->cgroup_free_bytes > 0 && info->cgroup_free_bytes == info->memory_free_bytes;
    print_line("memory", "%s free of %s%s, last cache %s",
               info->memory_free_bytes
                   ? text_bytes(free_text, CELL, (double)info->memory_free_bytes)
                   : "n/a",
               info->memory_bytes ? text_bytes(all, CELL, (double)info->memory_bytes) : "n/a",
               limited ? " (by the cgroup's limit)" : "",
               info->cache_bytes ? text_bytes(cache, CELL, (double)info->cache_bytes) : "n/a");
}

/* Prints the properties that only a GPU has. */
static void print_gpu(const struct device_info *info)
{
    char now[CELL] = "n/a", most[CELL] = "n/a";
    print_line("capability", "%u.%u; %s", info->capability / 10, info->capability % 10,
               *info->runtime ? info->runtime : "CUDA runtime n/a");
    if (info->sm_clock_mhz)
        snprintf(now, sizeof now, "%u MHz", info->sm_clock_mhz);
    if (info->sm_clock_most_mhz)
        snprintf(most, sizeof most, "%u MHz", info->sm_clock_most_mhz);
    print_line("clocks", "SM now %s, at most %s", now, most);
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        print_line(i == 0 ? "has" : "", "%-3s  %s (%s)", needs[i].here(info) ? "yes" : "no",
                   needs[i].name, needs[i].used);
}

/* Prints the variants that this device refuses with the default knobs. */
static void print_refused(const struct device_info *info)
{
    const struct knobs knobs = knobs_defaults();
    uint32_t all = 0, refused = 0;
    for (size_t i = 0; variants[i]; i++) {
        struct error why_not;
        struct plan plan;
        if (variants[i]->backend != info->backend || variants[i]->hidden)
            continue;
        all++;
        if (variant_plan(variants[i], &knobs, info, &plan, &why_not))
            continue;
        print_line(refused++ == 0 ? "variants" : "", "not %s: %s", variants[i]->name, why_not.text);
    }
    if (refused == 0)
        print_line("variants", "all %u variants of this device run here", all);
}

static void print_ceilings(const struct patient *patient)
{
    char value[CELL], number[CELL];
    for (const struct ceiling_info *ceiling = ceiling_table; ceiling->key; ceiling++) {
        const double measured = ceiling_value(&patient->ceilings, ceiling);
        if (!ceiling_applies(ceiling, patient->info.backend))
            continue;
        if (measured <= 0)
            snprintf(value, sizeof value, "n/a");
        else if (ceiling->bandwidth)
            snprintf(value, sizeof value, "%.*f GB/s", measured < 100 ? 1 : 0, measured);
        else
            snprintf(value, sizeof value, "%s", text_duration(number, CELL, measured));
        printf("  %-24s %10s  %s\n", ceiling->label, value,
               patient->info.backend == BACKEND_CPU ? ceiling->cpu_of : ceiling->of);
    }
}

static void print_patient(const struct patient *patient)
{
    if (!patient->here) {
        print_line("no device", "%s: %s", patient->info.id, patient->error.text);
        return;
    }
    report_device_line(stdout, "device", &patient->info);
    print_memory(&patient->info);
    if (patient->info.backend != BACKEND_CPU)
        print_gpu(&patient->info);
    print_refused(&patient->info);
    if (!patient->measured) {
        print_line("measured", "not: %s", patient->error.text);
        return;
    }
    print_line("measured", "in %.1f s; %s%s", patient->seconds,
               *patient->path ? "kept in " : patient->not_kept.text, patient->path);
    print_ceilings(patient);
    if (patient->noise)
        doctor_noise_print(patient->noise, LABEL_WIDTH);
}

static void print_tools(void)
{
    for (size_t i = 0; i < TOOLS; i++)
        print_line(i == 0 ? "tools" : "", "%-3s  %s (%s)", tools[i].here ? "yes" : "no",
                   tools[i].key, tools[i].used);
}

/* Prints which files of the user cannot be kept. Device measurements are not among them: the lines
 * of each device name those. */
static void print_not_kept(void)
{
    struct error why;
    if (!user_folders_usable(USER_CACHE, &why))
        print_line("files", "%s", why.text);
}

/* ---- as JSON -------------------------------------------------------------------------------- */

static void write_gpu(struct json_writer *json, const struct device_info *info)
{
    json_write_integer(json, "capability", info->capability);
    json_write_string(json, "runtime", info->runtime);
    json_write_integer_or_null(json, "sm_clock_mhz", info->sm_clock_mhz);
    json_write_integer_or_null(json, "sm_clock_most_mhz", info->sm_clock_most_mhz);
    json_open(json, "has", '{');
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        json_write_boolean(json, needs[i].key, needs[i].here(info));
    json_close(json, '}');
}

static void write_patient(struct json_writer *json, const struct patient *patient)
{
    const struct device_info *info = &patient->info;
    json_open_line(json, 2, NULL, '{');
    json_write_string(json, "backend", backend_name(info->backend));
    json_write_string(json, "id", info->id);
    json_write_boolean(json, "here", patient->here);
    json_write_string_or_null(json, "reason", patient->measured ? NULL : patient->error.text);
    if (patient->here) {
        json_write_string(json, "name", info->name);
        json_write_string(json, "driver", info->driver);
        json_write_string(json, "isa", info->isa);
        json_write_integer(json, "units", info->units);
        json_write_integer_or_null(json, "memory_free_bytes", info->memory_free_bytes);
        json_write_integer_or_null(json, "memory_bytes", info->memory_bytes);
        json_write_integer_or_null(json, "cache_bytes", info->cache_bytes);
        if (info->backend != BACKEND_CPU)
            write_gpu(json, info);
    }
    if (patient->measured) {
        json_write_number(json, "measured_in_s", patient->seconds);
        json_write_string_or_null(json, "kept_in", patient->path);
        json_line(json, 3);
        ceilings_write_json(json, info->backend, &patient->ceilings);
    }
    if (patient->noise)
        doctor_noise_write(json, patient->noise);
    json_close(json, '}');
}

static bool print_json(const struct patient *patients, size_t count)
{
    struct json_writer json = {0};
    struct document now;
    document_describe(&now, &patients[0].info, NULL, 0);
    json_open(&json, NULL, '{');
    json_write_string(&json, "schema", DOCTOR_SCHEMA);
    json_write_string(&json, "measured_utc", now.recorded_utc);
    json_open(&json, "pdlab", '{');
    json_write_string(&json, "version", now.version);
    json_write_string(&json, "git_revision", now.git_revision);
    json_close(&json, '}');
    json_open_line(&json, 1, "tools", '{');
    for (size_t i = 0; i < TOOLS; i++)
        json_write_boolean(&json, tools[i].key, tools[i].here);
    json_close(&json, '}');
    json_open_line(&json, 1, "devices", '[');
    for (size_t i = 0; i < count; i++)
        write_patient(&json, &patients[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    return json_writer_print(&json, stdout);
}

/* ---- the command ---------------------------------------------------------------------------- */

/* Examines all devices of a backend. If it has none, reports the reason once. */
static size_t examine_backend(struct patient *patients, size_t count, enum backend backend)
{
    for (int index = 0; count < DEVICES_MOST && interrupt_level == 0; index++) {
        examine(&patients[count], backend, index);
        if (!patients[count].here && index > 0)
            break; /* past the last device */
        count++;
        if (!patients[count - 1].here || patients[count - 1].error.kind == ERROR_LOST)
            break;
    }
    return count;
}

/* Prints the devices, and returns the exit status: 1 if an existing device could not be
 * measured. A requested device that does not exist is an input error. */
static int tell(const struct options *options, const struct patient *patients, size_t count)
{
    int status = 0;
    if (options->device && !patients[0].here)
        return command_fail(&patients[0].error);
    if (options->json_flag) {
        if (!print_json(patients, count))
            return command_no_memory("the JSON");
    } else {
        for (size_t i = 0; i < count; i++) {
            print_patient(&patients[i]);
            putchar('\n');
        }
        print_tools();
        print_not_kept();
    }
    for (size_t i = 0; i < count && interrupt_level == 0; i++)
        if (patients[i].here && patients[i].error.kind != ERROR_NONE)
            status = command_fail(&patients[i].error);
    return status;
}

/* Measures the noise of the devices to examine. Uses child processes, so call it before this
 * process opens a device. */
static void measure_noise(const struct options *options, enum backend backend, int index)
{
    if (options->device)
        noise_count = doctor_noise_measure(noises, 0, DEVICES_MOST, backend, index);
    else
        for (int i = BACKEND_COUNT - 1; i >= 0; i--)
            noise_count =
                doctor_noise_measure(noises, noise_count, DEVICES_MOST, (enum backend)i, -1);
}

int command_doctor(const struct options *options)
{
    struct error error = {0};
    enum backend backend;
    int index;
    size_t count = 0;
    if (!device_parse(options->device, &backend, &index, &error))
        return command_fail(&error);
    struct patient *patients = calloc(DEVICES_MOST, sizeof *patients);
    noises = calloc(DEVICES_MOST, sizeof *noises);
    if (!patients || !noises) {
        free(patients);
        free(noises);
        return command_no_memory("the devices");
    }
    interrupt_watch();
    if (options->noise)
        measure_noise(options, backend, index);
    look_for_tools();
    if (options->device && interrupt_level == 0)
        examine(&patients[count++], backend, index);
    else
        for (int i = BACKEND_COUNT - 1; i >= 0; i--)
            count = examine_backend(patients, count, (enum backend)i);
    const bool told = count > 0;
    int status = told ? tell(options, patients, count) : 0;
    if (interrupt_level > 0)
        status = interrupt_end(told ? "the results measured so far are shown"
                                    : "the unfinished noise measurement is not saved");
    free(patients);
    free(noises);
    return command_end(status);
}
