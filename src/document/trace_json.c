#include "trace_json.h"

#include "../base/files.h"
#include "../base/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define THREADS 10000 /* thread numbers per part; more than any process or lane number */

static int64_t thread_of(int64_t process, uint32_t lane)
{
    return (process / TIMELINE_GROUPS + 1) * THREADS + lane;
}

static void write_us(struct json_writer *json, const char *key, uint64_t ns)
{
    char text[32];
    const int length =
        snprintf(text, sizeof text, "%" PRIu64 ".%03u", ns / 1000, (unsigned)(ns % 1000));
    json_write_key(json, key, strlen(key));
    json_write_text(json, text, (size_t)length);
}

/* Writes the name and the sort order of a process or thread. */
static void write_name(struct json_writer *json, const char *of, int64_t process, int64_t thread,
                       const char *name, int64_t place)
{
    char kind[32];
    for (int i = 0; i < 2; i++) {
        snprintf(kind, sizeof kind, "%s_%s", of, i == 0 ? "name" : "sort_index");
        json_open_line(json, 1, NULL, '{');
        json_write_string(json, "ph", "M");
        json_write_string(json, "name", kind);
        json_write_integer(json, "pid", process);
        json_write_integer(json, "tid", thread);
        json_open(json, "args", '{');
        if (i == 0)
            json_write_string(json, "name", name);
        else
            json_write_integer(json, "sort_index", place);
        json_close(json, '}');
        json_close(json, '}');
    }
}

static void write_activity(struct json_writer *json, const struct activity *activity)
{
    if (activity->correlation)
        json_write_integer(json, "correlation", activity->correlation);
    if (activity->graph_node)
        json_write_integer(json, "graph_node", (int64_t)activity->graph_node);
    if (activity->bytes)
        json_write_integer(json, "bytes", (int64_t)activity->bytes);
    if (activity->kind != ACTIVITY_KERNEL)
        return;
    json_write_integer(json, "ctas", activity->ctas);
    json_write_integer(json, "threads", activity->threads);
    json_write_integer(json, "shared_bytes", activity->shared_bytes);
    json_write_integer(json, "registers", activity->registers);
}

/* Writes the means over all measured steps of the run. */
static void write_means(struct json_writer *json, const struct run *run)
{
    struct breakdown_means means;
    if (!breakdown_means_of(run, &means))
        return;
    json_write_number(json, "mean_step_ns", means.step_ns);
    json_write_number(json, "mean_gap_ns", means.gap_ns);
    if (means.phased) {
        json_write_number(json, "mean_data_wait_ns", means.data_ns);
        json_write_number(json, "mean_barrier_wait_ns", means.barrier_ns);
    }
    json_write_number(json, means.phased ? "mean_compute_ns" : "mean_busy_ns", means.compute_ns);
}

static void write_event(struct json_writer *json, const struct timeline_event *event,
                        const struct run *run, int64_t process)
{
    const char *kind = timeline_kind_names[event->kind];
    char name[96];
    if (event->step == TIMELINE_NO_STEP)
        snprintf(name, sizeof name, "%s", event->label);
    else
        snprintf(name, sizeof name, "%s %u", event->label, event->step);
    json_open_line(json, 1, NULL, '{');
    json_write_string(json, "ph", "X");
    json_write_string(json, "name", name);
    json_write_string(json, "cat", kind);
    json_write_integer(json, "pid", process);
    json_write_integer(json, "tid", thread_of(process, event->lane));
    write_us(json, "ts", event->begin_ns);
    write_us(json, "dur", event->end_ns - event->begin_ns);
    json_open(json, "args", '{');
    json_write_string(json, "from", event->activity ? "CUPTI" : "stamps");
    if (event->activity)
        write_activity(json, event->activity);
    if (event->phase) {
        json_write_integer(json, "data_wait_ns", event->phase->data_ns);
        json_write_integer(json, "barrier_wait_ns", event->phase->barrier_ns);
    }
    if (event->kind == TIMELINE_ITERATION)
        write_means(json, run);
    json_close(json, '}');
    json_close(json, '}');
}

static void write_part(struct json_writer *json, const struct trace_part *part,
                       const struct run *run, int64_t first)
{
    const struct timeline *timeline = part->timeline;
    int named = -1;
    for (size_t i = 0; i < timeline->lane_count; i++) {
        const struct timeline_lane *lane = &timeline->lanes[i];
        const int64_t process = first + (int64_t)lane->group;
        if ((int)lane->group != named) {
            char name[96];
            named = (int)lane->group;
            snprintf(name, sizeof name, "%s: %s", part->title, timeline_group_names[lane->group]);
            write_name(json, "process", process, 0, name, process);
        }
        write_name(json, "thread", process, thread_of(process, (uint32_t)i), lane->name,
                   (int64_t)i);
    }
    for (size_t i = 0; i < timeline->event_count; i++) {
        const struct timeline_event *event = &timeline->events[i];
        write_event(json, event, run, first + (int64_t)timeline->lanes[event->lane].group);
    }
}

bool trace_json_write(const char *path, const struct document *document, const struct run *run,
                      const char *note, const struct trace_part *parts, size_t count,
                      struct error *error)
{
    struct json_writer json = {0};
    size_t length;
    json_open(&json, NULL, '{');
    json_write_string(&json, "displayTimeUnit", "ns");
    json_open(&json, "otherData", '{');
    json_write_string(&json, "program", version_line());
    json_write_string(&json, "run_id", document->run_id);
    json_write_string(&json, "device", document->device.name);
    json_write_string(&json, "variant", run->variant);
    json_write_string(&json, "made_from", note);
    json_close(&json, '}');
    json_open_line(&json, 0, "traceEvents", '[');
    for (size_t i = 0; i < count; i++)
        write_part(&json, &parts[i], run, (int64_t)(i + 1) * TIMELINE_GROUPS);
    json_close(&json, ']');
    json_close(&json, '}');
    char *text = json_writer_finish(&json, &length);
    return file_write_text(path, text, length, error);
}
