/*
 * state.h - writes and reads pdlab.state/1: everything that the explorer needs to continue in
 * another process. Its schema is presets/schema/pdlab.state.1.schema.json.
 *
 * States are kept in $XDG_STATE_HOME/pdlab (default ~/.local/state/pdlab). explorer.json is the
 * state of the last explorer, for --restore. If a variant takes the device down, the explorer
 * writes restart-<pid>.json and restarts itself with exec. The process, which keeps its pid, then
 * reads that file and renames it to explorer.json.
 */
#pragma once

#include "../base/axis.h"
#include "document.h"
#include "preset.h"

#define STATE_SCHEMA     "pdlab.state/1"
#define STATE_MOST_BYTES (UINT64_C(1) << 20)
#define STATE_WORD       16u

/* The run that has one of the tags A to D. */
#define STATE_TAGS 4u
struct state_tag {
    bool set;
    uint32_t row;             /* row in the list; not used if samples were kept */
    bool recorded;            /* the samples come from a recording */
    char mark[176];           /* label of the kept samples; "": no samples were kept */
    struct document document; /* a document whose only run has the kept samples */
};

struct state {
    enum backend backend;
    int device;               /* the device's index */
    char recording[PATH_MAX]; /* path of the recording shown instead of the device; "": the device
                                 is shown */
    struct knobs point;       /* the current point of a recording (points.h) */
    uint64_t point_set;       /* KNOB_BITs of the knobs that were saved in `point` */
    struct preset preset;
    struct knob_settings settings;
    uint32_t variant_count;
    const struct variant *variants[WORKER_RUNS];
    uint32_t selected; /* the selected row of the list */
    enum knob_id knob;
    char view[STATE_WORD], focus[STATE_WORD]; /* names, which the explorer checks */
    enum metric metric;
    struct axis axes[METRIC_COUNT];
    bool linear, log_counts; /* the time axis is linear; the axis of counts is logarithmic */
    bool paused;
    char filter[64];
    struct state_tag tags[STATE_TAGS];
    char lost[48];            /* the variant that took the device down; "": none */
    char reason[512];         /* how the variant took the device down, as a sentence */
    uint32_t losses;          /* how often variants have taken the device down in this process */
    struct document document; /* the runs that have content, without their stamps */
};

/* Returns the state as JSON text, which the caller frees. Omits traces; if there are many runs,
 * merges buckets as in a recording. NULL: out of memory. */
char *state_print(const struct state *state, size_t *length);

/* Reads a state from text; *error calls the text `name`. On failure, returns false; there is
 * nothing to free. */
bool state_parse(const char *text, size_t length, const char *name, struct state *state,
                 struct error *error);

/* Writes the state for a later --restore or, with `restart`, for this process to read after it has
 * restarted itself. On failure, returns false and sets *error. */
bool state_write(const struct state *state, bool restart, struct error *error);

/* Reads restart-<pid>.json of this process and renames it to explorer.json. If there is no such
 * file, reads explorer.json. Returns false and sets *error on failure, and if neither file
 * exists. */
bool state_read(struct state *state, struct error *error);

/* Frees the runs of a state that was read, except runs that the caller has moved out. */
void state_free(struct state *state);
