/*
 * demo.h - reads demos: captioned scenes that pdlab plays in its explorer. The format is
 * pdlab.demo/1; its schema is presets/schema/pdlab.demo.1.schema.json.
 *
 * A demo names a preset and a recording. The same scenes play live on a machine with the preset's
 * device, and from the recording on a machine without it. A scene says what to show, not which keys
 * to press, so the user can step back to it. A scene inherits every setting that it omits from the
 * previous scene.
 *
 * Demos in presets/demos/ are embedded in the binary.
 */
#pragma once

#include "../engine/run.h"
#include "preset.h"

#define DEMO_SCENES       32u
#define DEMO_TAGS         4u
#define DEMO_SECONDS_MOST 600.0

/* A scene, including inherited settings. They come from the previous scene or, for the first scene,
 * from the preset. A scene never inherits caption, ask, seconds, replay and sweep. */
struct demo_scene {
    char caption[240];
    char ask[160];  /* a question, shown during the previous scene; "": none */
    double seconds; /* time until the next scene starts by itself; 0: wait for a key */
    char view[16];
    char variant[48];
    char tags[DEMO_TAGS][48]; /* the variants with the tags A to D */
    uint32_t tag_count;
    uint64_t knobs_set; /* KNOB_BITs of the knobs that are set */
    struct knobs knobs;
    bool has_knob;
    enum knob_id knob; /* the selected knob, if has_knob */
    enum metric metric;
    bool big;
    bool replay, sweep; /* what starts with this scene: with a recording, a replay of its steps;
                           live, a sweep of the knob's range */
};

struct demo {
    char name[64]; /* the file's name without .json, such as "launches" */
    char title[80];
    struct preset preset; /* for a live demo */
    char recording[128];  /* for a demo without the device: "recordings/….json", or a path */
    uint32_t scene_count;
    struct demo_scene scenes[DEMO_SCENES];
};

/* Reads a demo from text. *error calls the text `origin`. `views` lists the valid views and ends
 * with NULL; if `views` is NULL, any view is valid. Also loads the demo's preset. Does not check
 * the variants: that requires an open device or recording. */
bool demo_parse(const char *text, size_t length, const char *origin, const char *name,
                const char *const *views, struct demo *demo, struct error *error);

/* Loads a demo. `name` is a path if it contains a '/' or ends in .json, else the name of an
 * embedded demo. */
bool demo_load(const char *name, const char *const *views, struct demo *demo, struct error *error);

/* Writes the name of the index-th embedded demo, in a fixed order. Returns false if `index` is too
 * large. */
bool demo_name(size_t index, char *name, size_t size);

/* Whether the recorded runs can show every scene: they must contain each of its variants with
 * exactly the knobs that a live run would use. If not, *error names the scene. */
bool demo_check(const struct demo *demo, const struct run *runs, size_t count, struct error *error);
