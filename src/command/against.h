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
    const char *device;          /* the device that the other build must use: "cuda:0"; borrowed */
    const uint32_t *stop;        /* not 0: ends the current process and discards its result; NULL:
                                    never */
    char folder[AGAINST_FOLDER]; /* temporary folder that only this user can access; "": none */
    char without[AGAINST_NAMES]; /* variants that the other build lacks: "a, b"; "": none */
    char unknown[AGAINST_NAMES]; /* knobs in use that it lacks: "SPIN_NS, CHAIN"; "": none */
    uint64_t knobs;              /* KNOB_BITs of the knobs that it has */
    uint32_t count;
    bool has[WORKER_RUNS];        /* whether the other build has the variant */
    struct run runs[WORKER_RUNS]; /* one per variant, in order; owned */
    struct document document;     /* the document of these runs, with the version and device of
                                     the other build */
};

/* Whether the file is executable. False: *error. */
bool against_check(const char *binary, struct error *error);

/* Asks the other build for its version, knobs and variants. `document` is this build's document,
 * with its runs begun; the other build's document gets the same run_id and date. `stop` is
 * borrowed, or NULL. False: *error, and there is nothing to close. *error is ERROR_INPUT if
 * `binary` is not pdlab or has none of the variants. */
bool against_open(struct against *against, const char *binary, const struct document *document,
                  const uint32_t *stop, struct error *error);
void against_close(struct against *against); /* a zeroed one is allowed */

/* Whether variant `index` of the other build is still to be measured: the build has it, and it has
 * not failed in a round. */
bool against_due(const struct against *against, uint32_t index);

/* Whether any variant of the other build has samples. */
bool against_has_samples(const struct against *against);

/* Measures variant `index` of the other build, at `place` of `round`, and pools the result like
 * rounds_pool. duration_ns 0: until ITERATIONS are done. An interruption, or `stop`, ends the
 * process and discards its result. */
void against_measure(struct against *against, uint32_t index, uint32_t round, uint32_t place,
                     uint64_t duration_ns);

/* Fills *line with a command line of the other build: it runs the variant of `run` and writes the
 * document to `path`. The knobs are those requested for `run`, except those that the other build
 * does not have. */
void against_command_of(const struct against *against, const struct run *run, uint64_t duration_ns,
                        const char *path, struct command_line *line);
