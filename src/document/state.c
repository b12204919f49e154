#include "state.h"

#include "../base/files.h"
#include "../base/json_words.h"
#include "../base/user_folder.h"
#include "../engine/backend_name.h"
#include "../engine/json_knobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AXIS_LEAST_NS 1e-3 /* smallest lower bound of a logarithmic time axis */
#define AXIS_MOST_NS  1e13

/* ---- writing -------------------------------------------------------------------------------- */

static void write_device(struct json_writer *writer, const struct state *state)
{
    char device[32];
    const char *name = backend_name(state->backend);
    if (state->backend == BACKEND_CPU)
        snprintf(device, sizeof device, "%s", name);
    else
        snprintf(device, sizeof device, "%s:%d", name, state->device);
    json_write_string(writer, "device", device);
    json_write_string_or_null(writer, "recording", state->recording);
}

static void write_preset(struct json_writer *writer, const struct state *state)
{
    json_line(writer, 1);
    json_write_string(writer, "preset_name", state->preset.name);
    json_write_string_or_null(writer, "preset_path", state->preset.path);
    preset_write(&state->preset, "preset", writer);
}

static void write_knobs(struct json_writer *writer, const struct knob_settings *settings)
{
    json_open_line(writer, 1, "knobs", '{');
    for (int id = 0; id < KNOB_COUNT; id++) {
        json_open_line(writer, 2, knob_table[id].name, '{');
        document_write_knob(writer, "value", (enum knob_id)id, settings->knobs.value[id]);
        json_write_string(writer, "source", knob_source_names[settings->source[id]]);
        json_close(writer, '}');
    }
    json_close(writer, '}');
}

/* Writes the recording's current point; nothing if the explorer shows a device. */
static void write_point(struct json_writer *writer, const struct state *state)
{
    if (!state->recording[0])
        return;
    json_line(writer, 1);
    document_write_knobs(writer, "point", &state->point, state->point_set);
}

/* Whether a plot can be drawn with this axis. If not, because the user zoomed too far, the state
 * omits the axis and the explorer fits it again. */
static bool is_drawable(const struct axis *axis)
{
    return axis->low_ns >= (axis->linear ? 0 : AXIS_LEAST_NS) && axis->high_ns > axis->low_ns &&
           axis->high_ns <= AXIS_MOST_NS;
}

static void write_axes(struct json_writer *writer, const struct state *state)
{
    json_open_line(writer, 1, "axes", '{');
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const struct axis *axis = &state->axes[metric];
        if (!is_drawable(axis))
            continue;
        json_open(writer, metric_keys[metric], '{');
        json_write_number(writer, "low_ns", axis->low_ns);
        json_write_number(writer, "high_ns", axis->high_ns);
        json_write_boolean(writer, "held", axis->held);
        json_close(writer, '}');
    }
    json_close(writer, '}');
    json_write_boolean(writer, "linear", state->linear);
    json_write_boolean(writer, "log_counts", state->log_counts);
}

static void write_screen(struct json_writer *writer, const struct state *state)
{
    json_open_line(writer, 1, "variants", '[');
    for (uint32_t i = 0; i < state->variant_count; i++)
        json_write_string(writer, NULL, state->variants[i]->name);
    json_close(writer, ']');
    json_write_integer(writer, "selected", state->selected);
    json_write_string(writer, "knob", knob_table[state->knob].name);
    json_write_string(writer, "view", state->view);
    json_write_string(writer, "focus", state->focus);
    json_write_string(writer, "metric", metric_keys[state->metric]);
    json_write_string(writer, "filter", state->filter);
    json_write_boolean(writer, "paused", state->paused);
}

static void write_loss(struct json_writer *writer, const struct state *state)
{
    json_line(writer, 1);
    if (!state->lost[0]) {
        json_write_null(writer, "lost");
        return;
    }
    json_open(writer, "lost", '{');
    json_write_string(writer, "variant", state->lost);
    json_write_string(writer, "reason", state->reason);
    if (state->losses > 0)
        json_write_integer(writer, "count", state->losses);
    json_close(writer, '}');
}

/* Writes the runs without their stamps, as a nested document. */
static void write_runs(struct json_writer *writer, int depth, const struct document *document)
{
    struct run *runs = calloc(document->count ? document->count : 1, sizeof *runs);
    char *text = NULL;
    size_t length = 0;
    if (runs) {
        const struct document bare = document_without_traces(document, runs);
        text = document_print_recording(&bare, &length);
    }
    json_line(writer, depth);
    json_write_key(writer, "runs", strlen("runs"));
    if (text)
        json_write_text(writer, text, length - 1); /* omit the final newline */
    writer->failed |= !text;
    free(text);
    free(runs);
}

static void write_tags(struct json_writer *writer, const struct state *state)
{
    json_open_line(writer, 1, "tags", '[');
    for (uint32_t i = 0; i < STATE_TAGS; i++) {
        const struct state_tag *tag = &state->tags[i];
        const char letter[2] = {(char)('A' + i), '\0'};
        if (!tag->set)
            continue;
        json_open_line(writer, 2, NULL, '{');
        json_write_string(writer, "letter", letter);
        if (tag->mark[0]) {
            json_write_string(writer, "mark", tag->mark);
            json_write_boolean(writer, "recorded", tag->recorded);
            write_runs(writer, 2, &tag->document);
        } else {
            json_write_integer(writer, "row", tag->row);
        }
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

char *state_print(const struct state *state, size_t *length)
{
    struct json_writer writer = {0};
    json_open(&writer, NULL, '{');
    json_write_string(&writer, "schema", STATE_SCHEMA);
    write_device(&writer, state);
    write_preset(&writer, state);
    write_knobs(&writer, &state->settings);
    write_point(&writer, state);
    write_screen(&writer, state);
    write_axes(&writer, state);
    write_loss(&writer, state);
    write_tags(&writer, state);
    write_runs(&writer, 1, &state->document);
    json_close(&writer, '}');
    return json_writer_finish(&writer, length);
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_device(const struct json *root, struct state *state, struct error *error)
{
    struct json at = json_member(root, "device");
    struct error why;
    char device[32];
    return json_string(&at, device, sizeof device, error) &&
           (device_parse(device, &state->backend, &state->device, &why) ||
            json_refuse(&at, error, "%s", why.text)) &&
           json_text_member(root, "recording", state->recording, sizeof state->recording, error);
}

static bool read_preset(const struct json *root, struct state *state, struct error *error)
{
    struct json at = json_member(root, "preset");
    char name[sizeof state->preset.name], path[sizeof state->preset.path];
    if (!json_string_member(root, "preset_name", name, sizeof name, error) ||
        !json_text_member(root, "preset_path", path, sizeof path, error) ||
        !preset_parse_part(&at, name, &state->preset, error))
        return false;
    memcpy(state->preset.path, path, sizeof path);
    return true;
}

/* Reads the knobs. A missing knob, for example from an older build, gets its default. */
static bool read_knobs(const struct json *root, struct knob_settings *settings, struct error *error)
{
    struct json knobs = json_member(root, "knobs");
    knobs_reset(settings);
    if (!json_is_object(&knobs, error))
        return false;
    for (struct json at = json_first(&knobs); at.item; at = json_next(&at)) {
        enum knob_id id = knob_find(at.key);
        if (id == KNOB_COUNT)
            return json_refuse_unknown_key(&at, "knob", knob_nearest(at.key), error);
        struct json value = json_member(&at, "value");
        if (!json_is_object(&at, error) ||
            !json_knob(&value, id, &settings->knobs.value[id], error) ||
            !json_word_member(&at, "source", knob_source_names, &settings->source[id], error))
            return false;
    }
    return true;
}

static bool read_variants(const struct json *root, struct state *state, struct error *error)
{
    struct json list = json_member(root, "variants");
    if (!json_is_list_of(&list, "variants", 0, WORKER_RUNS, error))
        return false;
    for (struct json at = json_first(&list); at.item; at = json_next(&at)) {
        char name[sizeof state->lost];
        if (!json_string(&at, name, sizeof name, error))
            return false;
        const struct variant *variant = variant_find(name);
        if (!variant || variant->backend != state->backend)
            return json_refuse(&at, error, "there is no such variant on the %s backend",
                               backend_name(state->backend));
        for (uint32_t i = 0; i < state->variant_count; i++)
            if (state->variants[i] == variant)
                return json_refuse(&at, error, "this variant occurs twice");
        state->variants[state->variant_count++] = variant;
    }
    return state->variant_count > 0 || state->recording[0] ||
           json_refuse(&list, error, "expected a variant");
}

static bool read_screen(const struct json *root, struct state *state, struct error *error)
{
    struct json knob = json_member(root, "knob");
    return json_uint32_member(root, "selected", DOCUMENT_MOST_RUNS, &state->selected, error) &&
           json_knob_name(&knob, &state->knob, error) &&
           json_string_member(root, "view", state->view, sizeof state->view, error) &&
           json_string_member(root, "focus", state->focus, sizeof state->focus, error) &&
           json_word_member(root, "metric", metric_keys, &state->metric, error) &&
           json_text_member(root, "filter", state->filter, sizeof state->filter, error) &&
           json_boolean_member(root, "paused", &state->paused, error) &&
           json_boolean_member(root, "linear", &state->linear, error) &&
           json_boolean_member(root, "log_counts", &state->log_counts, error);
}

/* Reads the axes. Refuses bounds between which no plot can be drawn. */
static bool read_axes(const struct json *root, struct state *state, struct error *error)
{
    struct json axes = json_member(root, "axes");
    if (!json_is_object(&axes, error))
        return false;
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        struct json at = json_member(&axes, metric_keys[metric]);
        struct axis *axis = &state->axes[metric];
        axis->linear = state->linear;
        if (!at.item)
            continue;
        struct json low = json_member(&at, "low_ns"), high = json_member(&at, "high_ns");
        if (!json_is_object(&at, error) ||
            !json_number(&low, 0, AXIS_MOST_NS, &axis->low_ns, error) ||
            !json_number(&high, 0, AXIS_MOST_NS, &axis->high_ns, error) ||
            !json_boolean_member(&at, "held", &axis->held, error))
            return false;
        if (!is_drawable(axis))
            return json_refuse(&at, error, "expected high_ns above low_ns, and low_ns above 0");
    }
    return true;
}

static bool read_loss(const struct json *root, struct state *state, struct error *error)
{
    struct json at = json_member(root, "lost");
    int64_t count = 1;
    if (!at.item)
        return true;
    if (!json_is_object(&at, error) ||
        !json_string_member(&at, "variant", state->lost, sizeof state->lost, error) ||
        !json_string_member(&at, "reason", state->reason, sizeof state->reason, error))
        return false;
    struct json times = json_member(&at, "count");
    if (times.item && !json_integer(&times, 1, UINT32_MAX, &count, error))
        return false;
    state->losses = (uint32_t)count;
    return true;
}

static bool read_tag(const struct json *at, struct state *state, struct error *error)
{
    struct json letter = json_member(at, "letter"), runs = json_member(at, "runs");
    char text[8];
    if (!json_is_object(at, error) || !json_string(&letter, text, sizeof text, error))
        return false;
    const uint32_t index = (uint32_t)text[0] - 'A';
    if (strlen(text) != 1 || index >= STATE_TAGS || state->tags[index].set)
        return json_expected(&letter, "a tag from A to D that is not used yet", error);
    struct state_tag *tag = &state->tags[index];
    if (!runs.item) {
        if (!json_uint32_member(at, "row", 2 * DOCUMENT_MOST_RUNS, &tag->row, error))
            return false;
    } else {
        if (!json_string_member(at, "mark", tag->mark, sizeof tag->mark, error) ||
            !json_boolean_member(at, "recorded", &tag->recorded, error))
            return false;
        if (!tag->mark[0])
            return json_refuse(at, error, "its mark is empty");
        if (!document_parse_part(&runs, &tag->document, error))
            return false;
        if (tag->document.count != 1)
            return json_refuse(&runs, error, "expected one run");
    }
    tag->set = true;
    return true;
}

/* Reads the tags. They are missing if an older build wrote the state. */
static bool read_tags(const struct json *root, struct state *state, struct error *error)
{
    struct json list = json_member(root, "tags");
    if (!list.item)
        return true;
    if (!json_is_array(&list, error))
        return false;
    for (struct json at = json_first(&list); at.item; at = json_next(&at))
        if (!read_tag(&at, state, error))
            return false;
    return true;
}

static bool read_state(const struct json *root, struct state *state, struct error *error)
{
    struct json point = json_member(root, "point"), runs = json_member(root, "runs");
    return json_schema(root, (const char *const[]){STATE_SCHEMA, NULL}, error) >= 0 &&
           read_device(root, state, error) && read_preset(root, state, error) &&
           read_knobs(root, &state->settings, error) &&
           (!point.item || json_knobs(&point, &state->point, &state->point_set, error)) &&
           read_variants(root, state, error) && read_screen(root, state, error) &&
           read_axes(root, state, error) && read_loss(root, state, error) &&
           read_tags(root, state, error) && document_parse_part(&runs, &state->document, error);
}

bool state_parse(const char *text, size_t length, const char *name, struct state *state,
                 struct error *error)
{
    *state = (struct state){0};
    struct json root;
    bool read = json_parse(text, length, name, &root, error) && read_state(&root, state, error);
    json_free(&root);
    if (!read)
        state_free(state);
    return read;
}

void state_free(struct state *state)
{
    for (uint32_t i = 0; i < STATE_TAGS; i++)
        document_free(&state->tags[i].document);
    document_free(&state->document);
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool find_path(bool restart, char path[PATH_MAX], struct error *error)
{
    char name[32] = "explorer.json";
    if (restart)
        snprintf(name, sizeof name, "restart-%d.json", (int)getpid());
    return user_path(USER_STATE, name, path, PATH_MAX, error);
}

bool state_write(const struct state *state, bool restart, struct error *error)
{
    char path[PATH_MAX];
    size_t length;
    if (!find_path(restart, path, error))
        return false;
    char *text = state_print(state, &length);
    return file_write_text(path, text, length, error);
}

static bool read_file(const char *path, struct state *state, struct error *error)
{
    char *text = NULL;
    size_t length;
    bool read = file_read(path, STATE_MOST_BYTES, &text, &length, error) &&
                state_parse(text, length, path, state, error);
    free(text);
    return read;
}

bool state_read(struct state *state, struct error *error)
{
    char left[PATH_MAX], path[PATH_MAX];
    *state = (struct state){0};
    if (!find_path(true, left, error) || !find_path(false, path, error))
        return false;
    if (rename(left, path) != 0 && access(path, F_OK) != 0)
        return error_set(error, ERROR_INPUT,
                         "there is nothing to restore: no explorer has left its state in %s", path);
    return read_file(path, state, error);
}
