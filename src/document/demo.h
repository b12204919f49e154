/*
 * demo.h - demos: scenes with captions that pdlab plays on itself. pdlab.demo/1;
 * presets/schema/pdlab.demo.1.schema.json is its schema.
 *
 * A demo names a preset, for a machine that has its device, and a recording, for one that has not:
 * the same scenes play on both. A scene says what is to be seen, not which keys lead there, so that
 * one can step back, and what a scene does not say stays as the scene before it had it.
 *
 * Demos in presets/demos/ are embedded in the binary.
 */
#ifndef SRC_DEMO_H
#define SRC_DEMO_H

#include "../engine/run.h"
#include "preset.h"

#define DEMO_SCENES       32u
#define DEMO_TAGS         4u
#define DEMO_SECONDS_MOST 600.0

/* What a scene may say; each keeps its place once it was said. */
enum demo_member {
    DEMO_VIEW = 1,
    DEMO_VARIANT = 2,
    DEMO_TAGGED = 4,
    DEMO_KNOB = 8,
    DEMO_METRIC = 16,
    DEMO_BIG = 32,
};

struct demo_scene {
    char caption[240];
    char ask[160];  /* the question before it, on the scene before; "": none */
    double seconds; /* until the next one comes by itself; 0: it waits for a key */
    unsigned said;  /* demo_members */
    char view[16];
    char variant[48];
    char tags[DEMO_TAGS][48]; /* A to D */
    uint32_t tag_count;
    uint64_t knobs_set; /* KNOB_BITs */
    struct knobs knobs;
    enum knob_id knob; /* that is selected */
    enum metric metric;
    bool big;
    bool replay, sweep; /* begun with this scene: of a recording its steps; live the knob's range */
};

struct demo {
    char name[64]; /* "launches": the file's name without .json */
    char title[80];
    struct preset preset; /* live */
    char recording[128];  /* else: "recordings/….json", or a path */
    uint32_t scene_count;
    struct demo_scene scenes[DEMO_SCENES];
};

/* Reads a demo from text; `origin` is what *error calls it, `views` (NULL-ended) the views there
 * are; NULL: it may name any. Its preset is loaded too. Which variants there are is not known
 * before a device or the recording is open. */
bool demo_parse(const char *text, size_t length, const char *origin, const char *name,
                const char *const *views, struct demo *demo, struct error *error);

/* The demo called `name`: a path (it has a '/' or ends in .json), or embedded. */
bool demo_load(const char *name, const char *const *views, struct demo *demo, struct error *error);

/* The name of the index-th embedded demo, in a stable order. False: there are not so many. */
bool demo_name(size_t index, char *name, size_t size);

/* All that scene `index` and those before it say, over the preset. replay and sweep are its own. */
void demo_fold(const struct demo *demo, uint32_t index, struct demo_scene *folded);

/* Whether the recording can show every scene: it has each variant at just the knobs that it would
 * run with live. False: *error names the scene. */
bool demo_check(const struct demo *demo, const struct run *runs, size_t count, struct error *error);

#endif
