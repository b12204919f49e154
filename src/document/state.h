/*
 * state.h - pdlab.state/1: all that the explorer needs to go on in another process where this one
 * stopped. presets/schema/pdlab.state.1.schema.json is its schema.
 *
 * It lives in $XDG_STATE_HOME/pdlab (~/.local/state/pdlab without it): explorer.json is what the
 * last explorer left, for --restore. One that has to start itself again, because a variant took the
 * device with it, leaves restart-<pid>.json; the same process reads it, and makes it explorer.json.
 */
#ifndef SRC_STATE_H
#define SRC_STATE_H

#include "document.h"
#include "preset.h"

#define STATE_SCHEMA     "pdlab.state/1"
#define STATE_MOST_BYTES (UINT64_C(1) << 20)
#define STATE_WORD       16u

/* An axis of durations; high_ns 0: not fitted. */
struct state_axis {
    double low_ns, high_ns;
    bool held;
};

/* What has one of the letters A to D for comparing. */
#define STATE_TAGS 4u
struct state_tag {
    bool set;
    uint32_t row;             /* of the list, unless samples were kept */
    bool recorded;            /* those are a recording's */
    char mark[176];           /* how they were kept; "": none were */
    struct document document; /* then the run that holds them */
};

struct state {
    enum backend backend;
    int device;               /* its number */
    char recording[PATH_MAX]; /* what is looked at instead; "": the device */
    struct knobs point;       /* of a recording: where its knobs stand (points.h) */
    uint64_t point_set;       /* KNOB_BITs of those that were saved */
    struct preset preset;
    struct knob_settings settings;
    uint32_t variant_count;
    const struct variant *variants[WORKER_RUNS];
    uint32_t selected; /* row of the list */
    enum knob_id knob;
    char view[STATE_WORD],
        focus[STATE_WORD]; /* their names; who reads them knows which there are */
    enum metric metric;
    struct state_axis axes[METRIC_COUNT];
    bool linear, log_counts; /* the axes of time and of samples */
    bool paused;
    char filter[64];
    struct state_tag tags[STATE_TAGS];
    char lost[48];            /* the variant that took the device with it; "": none did */
    char reason[512];         /* then the sentence that says how */
    uint32_t losses;          /* and how often that has happened to this process */
    struct document document; /* the runs, without stamps; those that had anything to tell */
};

/* The state as JSON text (malloc). Traces of its runs are left out, and where the runs are many,
 * buckets are put together as in a recording. NULL: no memory. */
char *state_print(const struct state *state, size_t *length);

/* Reads a state from text; `name` is what *error calls it. False: nothing is held. */
bool state_parse(const char *text, size_t length, const char *name, struct state *state,
                 struct error *error);

/* Writes it for a later --restore, or, with `restart`, for this process to read when it has started
 * itself again. False: *error. */
bool state_write(const struct state *state, bool restart, struct error *error);

/* Reads what was left to this process, which becomes what the last explorer left; or else that.
 * False: *error, also where there is none. */
bool state_read(struct state *state, struct error *error);

/* Frees the runs, as far as they were not taken out. Of one that was read. */
void state_free(struct state *state);

#endif
