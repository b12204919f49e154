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

/* Reads a required string that must not be empty. */
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
    for (struct json at = json_first(list); at.item; at = json_next(&at))
        if (!json_string(&at, scene->tags[scene->tag_count++], sizeof scene->tags[0], error))
            return false;
    return true;
}

static bool read_metric(const struct json *at, enum metric *metric, struct error *error)
{
    /* Those that the explorer's histogram can show. */
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

/* `views`: the views of this build, NULL-ended; NULL: any. */
static bool read_view(const struct json *at, const char *const *views, struct demo_scene *scene,
                      struct error *error)
{
    unsigned index;
    return (!views || json_word(at, views, &index, error)) &&
           json_string(at, scene->view, sizeof scene->view, error);
}

/* Reads the members that are present, and records them in scene->said. */
static bool read_members(const struct json *object, const char *const *views,
                         struct demo_scene *scene, struct error *error)
{
    struct json view = json_member(object, "view"), variant = json_member(object, "variant");
    struct json tags = json_member(object, "tags"), knobs = json_member(object, "knobs");
    struct json knob = json_member(object, "knob"), metric = json_member(object, "metric");
    struct json big = json_member(object, "big"), replay = json_member(object, "replay");
    struct json sweep = json_member(object, "sweep"), seconds = json_member(object, "seconds");
    struct json ask = json_member(object, "ask");
    scene->said = (view.item ? DEMO_VIEW : 0u) | (variant.item ? DEMO_VARIANT : 0u) |
                  (tags.item ? DEMO_TAGGED : 0u) | (knob.item ? DEMO_KNOB : 0u) |
                  (metric.item ? DEMO_METRIC : 0u) | (big.item ? DEMO_BIG : 0u);
    return (!view.item || read_view(&view, views, scene, error)) &&
           (!variant.item || json_string(&variant, scene->variant, sizeof scene->variant, error)) &&
           (!tags.item || read_tags(&tags, scene, error)) &&
           (!knobs.item || json_knobs(&knobs, &scene->knobs, &scene->knobs_set, error)) &&
           (!knob.item || json_knob_name(&knob, &scene->knob, error)) &&
           (!metric.item || read_metric(&metric, &scene->metric, error)) &&
           (!big.item || json_boolean(&big, &scene->big, error)) &&
           (!replay.item || json_boolean(&replay, &scene->replay, error)) &&
           (!ask.item || read_sentence(object, "ask", scene->ask, sizeof scene->ask, error)) &&
           (!sweep.item || json_boolean(&sweep, &scene->sweep, error)) &&
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
    for (struct json at = json_first(&list); at.item; at = json_next(&at))
        if (!read_scene(&at, views, &demo->scenes[demo->scene_count++], error))
            return false;
    const struct demo_scene *first = &demo->scenes[0];
    struct json at = json_first(&list);
    if (!(first->said & DEMO_VARIANT && first->said & DEMO_VIEW))
        return json_refuse(&at, error, "the first scene must name its view and its variant");
    return !first->ask[0] ||
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

/* ---- inheritance ----------------------------------------------------------------------------- */

static void take_knobs(struct demo_scene *folded, const struct knobs *knobs, uint64_t set)
{
    for (int id = 0; id < KNOB_COUNT; id++)
        if (set >> id & 1)
            folded->knobs.value[id] = knobs->value[id];
    folded->knobs_set |= set;
}

void demo_fold(const struct demo *demo, uint32_t index, struct demo_scene *folded)
{
    *folded = (struct demo_scene){.metric = METRIC_STEP};
    take_knobs(folded, &demo->preset.knobs, demo->preset.knobs_set);
    for (uint32_t i = 0; i <= index && i < demo->scene_count; i++) {
        const struct demo_scene *scene = &demo->scenes[i];
        if (scene->said & DEMO_VIEW)
            memcpy(folded->view, scene->view, sizeof folded->view);
        if (scene->said & DEMO_VARIANT)
            memcpy(folded->variant, scene->variant, sizeof folded->variant);
        if (scene->said & DEMO_TAGGED) {
            memcpy(folded->tags, scene->tags, sizeof folded->tags);
            folded->tag_count = scene->tag_count;
        }
        if (scene->said & DEMO_KNOB)
            folded->knob = scene->knob;
        if (scene->said & DEMO_METRIC)
            folded->metric = scene->metric;
        if (scene->said & DEMO_BIG)
            folded->big = scene->big;
        take_knobs(folded, &scene->knobs, scene->knobs_set);
        folded->said |= scene->said;
        memcpy(folded->caption, scene->caption, sizeof folded->caption);
        memcpy(folded->ask, scene->ask, sizeof folded->ask);
        folded->seconds = scene->seconds;
        folded->replay = scene->replay;
        folded->sweep = scene->sweep;
    }
}

/* ---- against a recording --------------------------------------------------------------------- */

static bool check_variant(const struct demo *demo, uint32_t index, const struct demo_scene *folded,
                          const char *variant, const struct points *points, struct error *error)
{
    struct knobs at;
    points_begin(points, &at);
    for (int id = 0; id < KNOB_COUNT; id++)
        if (folded->knobs_set >> id & 1)
            at.value[id] = folded->knobs.value[id];
    uint32_t row = 0;
    while (row < points->row_count && strcmp(points->rows[row].first->variant, variant) != 0)
        row++;
    const struct run *there = row < points->row_count ? points_find(points, row, &at) : NULL;
    const struct run *run = there                     ? there
                            : row < points->row_count ? points_nearest(points, row, &at, KNOB_COUNT)
                                                      : NULL;
    if (!run)
        return error_set(error, ERROR_INPUT, "%s: scenes[%u]: %s has no %s", demo->name, index,
                         demo->recording, variant);
    /* The knobs that only say how long to measure do not matter. */
    const uint64_t set =
        folded->knobs_set & run_read_knobs(run) & ~(KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS));
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
        struct demo_scene folded;
        demo_fold(demo, i, &folded);
        right = check_variant(demo, i, &folded, folded.variant, &points, error);
        for (uint32_t tag = 0; right && tag < folded.tag_count; tag++)
            right = check_variant(demo, i, &folded, folded.tags[tag], &points, error);
    }
    points_close(&points);
    return right;
}
