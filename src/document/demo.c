#include "demo.h"

#include "../base/embedded.h"
#include "../base/files.h"
#include "../base/json_words.h"
#include "../base/text.h"
#include "../base/words.h"
#include "../engine/json_knobs.h"
#include "points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMO_SCHEMA     "pdlab.demo/1"
#define DEMO_FOLDER     "demos/"
#define DEMO_SUFFIX     ".json"
#define DEMO_MOST_BYTES (UINT64_C(64) << 10)

/* ---- reading -------------------------------------------------------------------------------- */

/* Reads a string. A missing or empty string is an error. */
static bool read_sentence(const struct json *object, const char *key, char *text, size_t size,
                          struct error *error)
{
    struct json at = json_member(object, key);
    return json_string(&at, text, size, error) && (*text || json_refuse(&at, error, "it is empty"));
}

static bool read_tags(const struct json *list, struct demo_scene *scene, struct error *error)
{
    if (!json_is_list_of(list, "variants", 0, DEMO_TAGS, error))
        return false;
    scene->tag_count = 0;
    for (struct json at = json_first(list); at.item; at = json_next(&at))
        if (!json_string(&at, scene->tags[scene->tag_count++], sizeof scene->tags[0], error))
            return false;
    return true;
}

static bool read_metric(const struct json *at, enum metric *metric, struct error *error)
{
    /* The metrics that the explorer's histogram can show. */
    static const enum metric shown[] = {METRIC_STEP, METRIC_BUSY, METRIC_GAP, METRIC_ITERATION};
    const char *words[sizeof shown / sizeof *shown + 1] = {NULL};
    unsigned index;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        words[i] = metric_keys[shown[i]];
    if (!json_word(at, words, &index, error))
        return false;
    *metric = shown[index];
    return true;
}

/* Reads the name of a view. `views` lists the valid names and ends with NULL; if `views` is NULL,
 * any name is valid. */
static bool read_view(const struct json *at, const char *const *views, struct demo_scene *scene,
                      struct error *error)
{
    unsigned index;
    return (!views || json_word(at, views, &index, error)) &&
           json_string(at, scene->view, sizeof scene->view, error);
}

/* Reads the members that the scene sets. */
static bool read_members(const struct json *object, const char *const *views,
                         struct demo_scene *scene, struct error *error)
{
    struct json view = json_member(object, "view"), variant = json_member(object, "variant");
    struct json tags = json_member(object, "tags"), knobs = json_member(object, "knobs");
    struct json knob = json_member(object, "knob"), metric = json_member(object, "metric");
    struct json ask = json_member(object, "ask"), seconds = json_member(object, "seconds");
    scene->has_knob |= knob.item != NULL;
    return (!view.item || read_view(&view, views, scene, error)) &&
           (!variant.item || json_string(&variant, scene->variant, sizeof scene->variant, error)) &&
           (!tags.item || read_tags(&tags, scene, error)) &&
           (!knobs.item || json_knobs(&knobs, &scene->knobs, &scene->knobs_set, error)) &&
           (!knob.item || json_knob_name(&knob, &scene->knob, error)) &&
           (!metric.item || read_metric(&metric, &scene->metric, error)) &&
           json_optional_boolean(object, "big", &scene->big, error) &&
           json_optional_boolean(object, "replay", &scene->replay, error) &&
           (!ask.item || read_sentence(object, "ask", scene->ask, sizeof scene->ask, error)) &&
           json_optional_boolean(object, "sweep", &scene->sweep, error) &&
           (!seconds.item || json_number(&seconds, 0.1, DEMO_SECONDS_MOST, &scene->seconds, error));
}

static bool read_scene(const struct json *at, const char *const *views, struct demo_scene *scene,
                       struct error *error)
{
    static const char *const keys[] = {"caption", "seconds", "view",   "variant", "tags",
                                       "knobs",   "knob",    "metric", "big",     "replay",
                                       "sweep",   "ask",     NULL};
    return json_is_object(at, error) && json_check_keys(at, "a scene", keys, error) &&
           read_sentence(at, "caption", scene->caption, sizeof scene->caption, error) &&
           read_members(at, views, scene, error);
}

static bool read_scenes(const struct json *root, const char *const *views, struct demo *demo,
                        struct error *error)
{
    struct json list = json_member(root, "scenes");
    if (!json_is_list_of(&list, "scenes", 1, DEMO_SCENES, error))
        return false;
    struct demo_scene scene = {
        .metric = METRIC_STEP,
        .knobs = demo->preset.knobs,
        .knobs_set = demo->preset.knobs_set,
    };
    for (struct json at = json_first(&list); at.item; at = json_next(&at)) {
        scene.ask[0] = '\0';
        scene.seconds = 0;
        scene.replay = scene.sweep = false;
        if (!read_scene(&at, views, &scene, error))
            return false;
        demo->scenes[demo->scene_count++] = scene;
    }
    struct json at = json_first(&list);
    if (!json_member(&at, "variant").item || !json_member(&at, "view").item)
        return json_refuse(&at, error, "the first scene must name its view and its variant");
    return !demo->scenes[0].ask[0] ||
           json_refuse(&at, error, "the first scene cannot ask: no scene precedes it");
}

static bool read_preset(const struct json *root, struct preset *preset, struct error *error)
{
    struct json at = json_member(root, "preset");
    struct error why;
    char name[sizeof preset->name];
    return json_string(&at, name, sizeof name, error) &&
           (preset_load(name, preset, &why) || json_refuse(&at, error, "%s", why.text));
}

static bool read_demo(const struct json *root, const char *const *views, struct demo *demo,
                      struct error *error)
{
    static const char *const keys[] = {"schema", "title", "preset", "recording", "scenes", NULL};
    return json_schema(root, (const char *const[]){DEMO_SCHEMA, NULL}, error) >= 0 &&
           json_check_keys(root, "a demo", keys, error) &&
           read_sentence(root, "title", demo->title, sizeof demo->title, error) &&
           read_preset(root, &demo->preset, error) &&
           read_sentence(root, "recording", demo->recording, sizeof demo->recording, error) &&
           read_scenes(root, views, demo, error);
}

bool demo_parse(const char *text, size_t length, const char *origin, const char *name,
                const char *const *views, struct demo *demo, struct error *error)
{
    *demo = (struct demo){0};
    snprintf(demo->name, sizeof demo->name, "%s", name);
    struct json root;
    bool read =
        json_parse(text, length, origin, &root, error) && read_demo(&root, views, demo, error);
    json_free(&root);
    return read;
}

/* ---- finding -------------------------------------------------------------------------------- */

bool demo_name(size_t index, char *name, size_t size)
{
    for (const struct embedded *file = embedded_files; file->path; file++) {
        if (strncmp(file->path, DEMO_FOLDER, strlen(DEMO_FOLDER)) != 0 || index-- > 0)
            continue;
        const char *base = file->path + strlen(DEMO_FOLDER);
        snprintf(name, size, "%.*s", (int)(strlen(base) - strlen(DEMO_SUFFIX)), base);
        return true;
    }
    return false;
}

static bool refuse_name(const char *name, struct error *error)
{
    char quoted[80], known[384] = "", one[64];
    for (size_t i = 0; demo_name(i, one, sizeof one); i++)
        words_add(known, sizeof known, "%s", one);
    return error_set(error, ERROR_INPUT, "there is no demo %s; the demos are %s",
                     text_quote(quoted, sizeof quoted, name), known);
}

bool demo_load(const char *name, const char *const *views, struct demo *demo, struct error *error)
{
    char path[sizeof DEMO_FOLDER + sizeof demo->name + sizeof DEMO_SUFFIX], *text;
    const char *slash = strrchr(name, '/');
    const size_t length = strlen(name), suffix = strlen(DEMO_SUFFIX);
    const bool is_path =
        slash || (length > suffix && strcmp(name + length - suffix, DEMO_SUFFIX) == 0);
    size_t bytes;
    if (is_path) {
        if (!file_read(name, DEMO_MOST_BYTES, &text, &bytes, error))
            return false;
    } else {
        snprintf(path, sizeof path, DEMO_FOLDER "%.60s" DEMO_SUFFIX, name);
        const struct embedded *file = embedded_find(path);
        if (!file)
            return refuse_name(name, error);
        text = embedded_text(file, &bytes, error);
    }
    const bool read = text && demo_parse(text, bytes, is_path ? name : path,
                                         slash ? slash + 1 : name, views, demo, error);
    free(text);
    return read;
}

/* ---- against a recording --------------------------------------------------------------------- */

static bool check_variant(const struct demo *demo, uint32_t index, const char *variant,
                          const struct points *points, struct error *error)
{
    const struct demo_scene *scene = &demo->scenes[index];
    struct knobs at;
    points_begin(points, &at);
    for (int id = 0; id < KNOB_COUNT; id++)
        if (scene->knobs_set >> id & 1)
            at.value[id] = scene->knobs.value[id];
    const uint32_t row = points_row(points, variant);
    if (row == points->row_count)
        return error_set(error, ERROR_INPUT, "%s: scenes[%u]: %s has no %s", demo->name, index,
                         demo->recording, variant);
    const struct run *there = points_find(points, row, &at);
    const struct run *run = there ? there : points_nearest(points, row, &at, KNOB_COUNT);
    /* Ignore the knobs that only say how long to measure. */
    const uint64_t set =
        scene->knobs_set & run_read_knobs(run) & ~(KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS));
    for (int id = 0; id < KNOB_COUNT; id++) {
        char wanted[32], found[32];
        if (!(set >> id & 1) || run->asked.value[id] == at.value[id])
            continue;
        knob_format((enum knob_id)id, at.value[id], wanted, sizeof wanted);
        knob_format((enum knob_id)id, run->asked.value[id], found, sizeof found);
        return error_set(
            error, ERROR_INPUT, "%s: scenes[%u]: %s is %s, but the nearest run in %s of %s has %s",
            demo->name, index, knob_table[id].name, wanted, demo->recording, variant, found);
    }
    return there || error_set(error, ERROR_INPUT, "%s: scenes[%u]: %s has no %s with these knobs",
                              demo->name, index, demo->recording, variant);
}

bool demo_check(const struct demo *demo, const struct run *runs, size_t count, struct error *error)
{
    struct points points;
    if (!points_open(&points, runs, count))
        return error_set(error, ERROR_RUN, "no memory for the runs of %s", demo->recording);
    bool right = true;
    for (uint32_t i = 0; right && i < demo->scene_count; i++) {
        const struct demo_scene *scene = &demo->scenes[i];
        right = check_variant(demo, i, scene->variant, &points, error);
        for (uint32_t tag = 0; right && tag < scene->tag_count; tag++)
            right = check_variant(demo, i, scene->tags[tag], &points, error);
    }
    points_close(&points);
    return right;
}
