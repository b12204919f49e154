/*
 * state.h - pdlab.state/1: everything the explorer needs to continue in another process. Its
 * schema is presets/schema/pdlab.state.1.schema.json.
 *
 * It is kept in $XDG_STATE_HOME/pdlab (default ~/.local/state/pdlab): explorer.json is the state
 * of the last explorer, for --restore. An explorer that must restart itself, because a variant
 * took the device down, writes restart-<pid>.json; the same process reads it and renames it to
 * explorer.json.
 */
#pragma once

#include "../base/axis.h"
#include "document.h"
#include "preset.h"

#define STATE_SCHEMA     "pdlab.state/1"
#define STATE_MOST_BYTES (UINT64_C(1) << 20)
#define STATE_WORD       16u

/* The owner of one of the tags A to D. */
#define STATE_TAGS 4u
struct state_tag {
    bool set;
    uint32_t row;             /* row in the list, unless samples were kept */
    bool recorded;            /* the samples are a recording's */
    char mark[176];           /* label of the kept samples; "": none */
    struct document document; /* the document with the run of the kept samples */
};

struct state {
    enum backend backend;
    int device;               /* its index */
    char recording[PATH_MAX]; /* shown instead of the device; "": the device */
    struct knobs point;       /* the current point of a recording (points.h) */
    uint64_t point_set;       /* KNOB_BITs of those that were saved */
    struct preset preset;
    struct knob_settings settings;
    uint32_t variant_count;
    const struct variant *variants[WORKER_RUNS];
    uint32_t selected; /* the selected row of the list */
    enum knob_id knob;
    char view[STATE_WORD], focus[STATE_WORD]; /* names; the reader checks them */
    enum metric metric;
    struct axis axes[METRIC_COUNT];
    bool linear, log_counts; /* the axes of time and of samples */
    bool paused;
    char filter[64];
    struct state_tag tags[STATE_TAGS];
    char lost[48];            /* the variant that took the device down; "": none */
    char reason[512];         /* how the variant took it down, as a sentence */
    uint32_t losses;          /* how often that has happened to this process */
    struct document document; /* the runs with content, without stamps */
};

/* The state as JSON text (malloc). Leaves out traces; if there are many runs, merges buckets as
 * in a recording. NULL: out of memory. */
char *state_print(const struct state *state, size_t *length);

/* Reads a state from text; *error refers to it as `name`. False: nothing is held. */
bool state_parse(const char *text, size_t length, const char *name, struct state *state,
                 struct error *error);

/* Writes it for a later --restore, or, with `restart`, for this process to read after restarting
 * itself. False: *error. */
bool state_write(const struct state *state, bool restart, struct error *error);

/* Reads the restart state of this process, and renames it to explorer.json; if there is none,
 * reads explorer.json. False: *error, also if neither exists. */
bool state_read(struct state *state, struct error *error);

/* Frees the runs of a state that was read, except those taken out. */
void state_free(struct state *state);
