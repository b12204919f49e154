/*
 * demo.h - demos: captioned scenes that pdlab plays on itself. pdlab.demo/1; its schema is
 * presets/schema/pdlab.demo.1.schema.json.
 *
 * A demo names a preset, for machines with its device, and a recording, for machines without:
 * the same scenes play on both. A scene says what to show, not which keys to press, so the user
 * can step back. A scene inherits everything that it does not set from the previous scene.
 *
 * Demos in presets/demos/ are embedded in the binary.
 */
#pragma once

#include "../engine/run.h"
#include "preset.h"

#define DEMO_SCENES       32u
#define DEMO_TAGS         4u
#define DEMO_SECONDS_MOST 600.0

/* A scene with the settings that it inherits: from the previous scene or, for the first, from the
 * preset. Only caption, ask, seconds, replay and sweep are its own. */
struct demo_scene {
    char caption[240];
    char ask[160];  /* a question, shown on the previous scene; "": none */
    double seconds; /* until the next scene starts by itself; 0: waits for a key */
    char view[16];
    char variant[48];
    char tags[DEMO_TAGS][48]; /* A to D */
    uint32_t tag_count;
    uint64_t knobs_set; /* KNOB_BITs */
    struct knobs knobs;
    bool has_knob;
    enum knob_id knob; /* the selected one, if has_knob */
    enum metric metric;
    bool big;
    bool replay, sweep; /* starts with this scene: the replay of a recording's steps; live, a
                           sweep of the knob's range */
};

struct demo {
    char name[64]; /* "launches": the file's name without .json */
    char title[80];
    struct preset preset; /* live */
    char recording[128];  /* otherwise: "recordings/….json", or a path */
    uint32_t scene_count;
    struct demo_scene scenes[DEMO_SCENES];
};

/* Reads a demo from text. *error refers to it as `origin`; `views` (NULL-ended) lists the valid
 * views; NULL: any. Loads its preset too. Variants cannot be checked before a device or the
 * recording is open. */
bool demo_parse(const char *text, size_t length, const char *origin, const char *name,
                const char *const *views, struct demo *demo, struct error *error);

/* The demo called `name`: a path (it has a '/' or ends in .json), or embedded. */
bool demo_load(const char *name, const char *const *views, struct demo *demo, struct error *error);

/* The name of the index-th embedded demo, in a stable order. False: index is too large. */
bool demo_name(size_t index, char *name, size_t size);

/* Whether the recording can show every scene: it has each variant with exactly the knobs that a
 * live run would use. False: *error names the scene. */
bool demo_check(const struct demo *demo, const struct run *runs, size_t count, struct error *error);
