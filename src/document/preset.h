/*
 * preset.h - presets: a target, its variants and a setting of the knobs under a name, with the
 * lesson that it teaches. pdlab.preset/1; presets/schema/pdlab.preset.1.schema.json is its schema.
 *
 * Presets in presets/ are embedded in the binary. The user's own live in
 * $XDG_CONFIG_HOME/pdlab/presets (~/.config without it).
 */
#ifndef SRC_PRESET_H
#define SRC_PRESET_H

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/knobs.h"
#include "../engine/targets.h"

#include <limits.h>

#define PRESET_DEFAULT  "launch-overhead"
#define PRESET_VARIANTS 16u

struct preset {
    char name[64];       /* "launch-overhead": the file's name without .json */
    char path[PATH_MAX]; /* that preset_load was given; "" where it was given a name */
    char title[96];
    char lesson[400];
    char target[48];
    char variants[PRESET_VARIANTS][48]; /* names; none: those of the target on the chosen device */
    uint32_t variant_count;
    uint64_t knobs_set; /* KNOB_BITs of the knobs that it sets */
    struct knobs knobs;
};

/* Reads a preset from text; `origin` is what *error calls it. */
bool preset_parse(const char *text, size_t length, const char *origin, const char *name,
                  struct preset *preset, struct error *error);

/* The same where it is a part of a document: `root` is its place there. */
bool preset_parse_part(const struct json *root, const char *name, struct preset *preset,
                       struct error *error);

/* Writes it as preset_parse reads it: an object in the document that *writer is in. */
void preset_write(const struct preset *preset, const char *key, struct json_writer *writer);

/* The preset called `name`: a path (it has a '/' or ends in .json), embedded, or the user's own. A
 * name means the same on every machine, so an embedded preset is not shadowed by one of the user's
 * with its name: that one is reached by its path. An unknown name is refused with the nearest known
 * one. */
bool preset_load(const char *name, struct preset *preset, struct error *error);

/* Names that preset_load takes, embedded ones first, in a stable order. *names is a malloc'd array
 * of malloc'd strings; free it with preset_names_free. */
size_t preset_names(char ***names);
void preset_names_free(char **names, size_t count);

/* The variants of a preset: those that it names and `backend` has, else those of its target. */
bool preset_choose(const struct preset *preset, enum backend backend, struct targets *targets,
                   struct error *error);

/* Applies its knobs with SOURCE_PRESET. Those that an earlier preset set go back to the default. */
void preset_apply(const struct preset *preset, struct knob_settings *settings);

#endif
