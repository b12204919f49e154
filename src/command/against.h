/*
 * against.h - measures another build of pdlab in the same rounds as this one: the B side of `run
 * --against BINARY`.
 *
 * Each of its processes is `BINARY run` with one variant, the knobs as flags, and a document as
 * its result. No failure of the other build can end this process.
 */
#pragma once

#include "../document/document.h"
#include "../engine/worker.h"
#include "child.h"

#define AGAINST_FOLDER 512u
#define AGAINST_NAMES  320u

struct against {
    const char *binary;
    const struct run *asked;     /* this build's runs, in the same order as `runs`; borrowed */
    const char *device;          /* the device it must use: "cuda:0"; borrowed */
    const uint32_t *stop;        /* not 0: ends the current process and discards its result; NULL:
                                    never */
    char folder[AGAINST_FOLDER]; /* private and temporary; "": none */
    char without[AGAINST_NAMES]; /* its missing variants: "a, b"; "": none */
    char unknown[AGAINST_NAMES]; /* knobs in use that it lacks: "SPIN_NS, CHAIN"; "": none */
    uint64_t knobs;              /* KNOB_BITs that it knows */
    uint32_t count;
    bool has[WORKER_RUNS];        /* whether it has this build's variant */
    struct run runs[WORKER_RUNS]; /* one per variant, in order; owned */
    struct document document;     /* the document of these runs, with the version and device of
                                     the other build */
};

/* Whether the file is executable. False: *error. */
bool against_check(const char *binary, struct error *error);

/* Asks the other build for its version, knobs and variants. `document` is this build's document,
 * with its runs begun; the other build's document gets the same run_id and date. `stop` is
 * borrowed, or NULL. False: nothing is held, and *error is ERROR_INPUT if `binary` is not a pdlab
 * that can run any of the variants. */
bool against_open(struct against *against, const char *binary, const struct document *document,
                  const uint32_t *stop, struct error *error);
void against_close(struct against *against); /* a zeroed one is allowed */

/* Whether its variant `index` is still to be measured: the build has it, and it has not failed
 * in a round. */
bool against_due(const struct against *against, uint32_t index);

/* Whether any of its variants was measured. */
bool against_has_samples(const struct against *against);

/* Measures its variant `index`, for duration_ns (0: until its ITERATIONS are done), at `place`
 * of `round`, and pools the result like rounds_pool. An interruption, or `stop`, ends the
 * process and discards its result. */
void against_measure(struct against *against, uint32_t index, uint32_t round, uint32_t place,
                     uint64_t duration_ns);

/* Fills *line: a run of `run`'s variant with its requested knobs, except those that the other build
 * does not know; the document goes to `path`. */
void against_command_of(const struct against *against, const struct run *run, uint64_t duration_ns,
                        const char *path, struct command_line *line);
