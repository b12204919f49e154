/*
 * preset.h - presets: a named target with variants and knobs, and the lesson that it teaches.
 * pdlab.preset/1; its schema is presets/schema/pdlab.preset.1.schema.json.
 *
 * Presets in presets/ are embedded in the binary. The user's own are in
 * $XDG_CONFIG_HOME/pdlab/presets (default ~/.config/pdlab/presets).
 */
#pragma once

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/knobs.h"
#include "../engine/targets.h"

#include <limits.h>

#define PRESET_DEFAULT  "launch-overhead"
#define PRESET_VARIANTS 16u

struct preset {
    char name[64];       /* "launch-overhead": the file's name without .json */
    char path[PATH_MAX]; /* the path given to preset_load; "" if it was given a name */
    char title[96];
    char lesson[400];
    char target[48];
    char variants[PRESET_VARIANTS][48]; /* names; none: those of the target on the chosen device */
    uint32_t variant_count;
    uint64_t knobs_set; /* KNOB_BITs of the knobs that it sets */
    struct knobs knobs;
};

/* Reads a preset from text; *error refers to it as `origin`. */
bool preset_parse(const char *text, size_t length, const char *origin, const char *name,
                  struct preset *preset, struct error *error);

/* The same for a part of a document: `root` is its place there. */
bool preset_parse_part(const struct json *root, const char *name, struct preset *preset,
                       struct error *error);

/* Writes it in the form that preset_parse reads, as an object in the current document. */
void preset_write(const struct preset *preset, const char *key, struct json_writer *writer);

/* Loads the preset `name`: a path (contains a '/' or ends in .json), an embedded preset, or the
 * user's own. A name means the same on every machine, so an embedded preset takes precedence
 * over a user's preset of that name, which needs its path. Refuses an unknown name with the
 * nearest known one. */
bool preset_load(const char *name, struct preset *preset, struct error *error);

/* Names that preset_load accepts, embedded ones first, in a stable order. *names is a malloc'd
 * array of malloc'd strings; free it with preset_names_free. */
size_t preset_names(char ***names);
void preset_names_free(char **names, size_t count);

/* The variants of a preset: those that it names and `backend` has, else those of its target. */
bool preset_choose(const struct preset *preset, enum backend backend, struct targets *targets,
                   struct error *error);

/* Applies its knobs with SOURCE_PRESET. Knobs set by an earlier preset return to their defaults. */
void preset_apply(const struct preset *preset, struct knob_settings *settings);
