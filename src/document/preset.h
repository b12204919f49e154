/*
 * preset.h - reads and writes presets. A preset names a target, variants, knobs and the lesson that
 * they teach. The format is pdlab.preset/1; its schema is
 * presets/schema/pdlab.preset.1.schema.json.
 *
 * Presets in presets/ are embedded in the binary. The user's presets are in
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
    char name[64];       /* the file's name without .json, such as "launch-overhead" */
    char path[PATH_MAX]; /* the path given to preset_load; "" if the preset was loaded by name */
    char title[96];
    char lesson[400];
    char target[48];
    char variants[PRESET_VARIANTS][48]; /* names; if there are none, all variants of the target on
                                           the chosen device */
    uint32_t variant_count;
    uint64_t knobs_set; /* KNOB_BITs of the knobs that the preset sets */
    struct knobs knobs;
};

/* Reads a preset from text; *error calls the text `origin`. */
bool preset_parse(const char *text, size_t length, const char *origin, const char *name,
                  struct preset *preset, struct error *error);

/* Reads a preset that is part of another JSON text: `root` is its object there. */
bool preset_parse_part(const struct json *root, const char *name, struct preset *preset,
                       struct error *error);

/* Writes a preset as the member `key` of the current object, in the form that preset_parse_part
 * reads. */
void preset_write(const struct preset *preset, const char *key, struct json_writer *writer);

/* Loads a preset. `name` is a path if it contains a '/' or ends in .json; otherwise it names an
 * embedded preset or a preset of the user. An embedded preset takes precedence, so that its name
 * means the same on every machine; a user's preset of that name needs its path. If the name is
 * unknown, *error suggests the nearest known name. */
bool preset_load(const char *name, struct preset *preset, struct error *error);

/* Lists the names that preset_load accepts, embedded presets first, in a fixed order. Returns their
 * number. *names is a malloc'd array of malloc'd strings; free it with preset_names_free. */
size_t preset_names(char ***names);
void preset_names_free(char **names, size_t count);

/* Chooses the variants of a preset: the named variants that `backend` has or, if the preset names
 * none, all variants of its target on `backend`. */
bool preset_choose(const struct preset *preset, enum backend backend, struct targets *targets,
                   struct error *error);

/* Sets the preset's knobs, with the source SOURCE_PRESET. Knobs that an earlier preset set return
 * to their defaults. */
void preset_apply(const struct preset *preset, struct knob_settings *settings);
