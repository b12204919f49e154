/*
 * against.h - another build of pdlab, measured in the same rounds as this one: the B side of
 * `run --against BINARY`.
 *
 * Each of its processes is `BINARY run` with one variant, the knobs as flags, and a document as its
 * result. Nothing that it does, and no way in which it ends, ends this one.
 */
#ifndef SRC_AGAINST_H
#define SRC_AGAINST_H

#include "../document/document.h"
#include "../engine/worker.h"

#define AGAINST_FOLDER 512u
#define AGAINST_NAMES  320u

struct against {
    const char *binary;
    const struct run *asked; /* of this build, in the order of `runs`: what it runs; borrowed */
    const char *device;      /* that it is asked for: "cuda:0"; borrowed */
    const uint32_t *stop;    /* not 0: what runs is ended, and left out; NULL: nobody stops it */
    char folder[AGAINST_FOLDER]; /* private and temporary; "": there is none */
    char without[AGAINST_NAMES]; /* the variants that it lacks, and the knobs that are read and that
                                  */
    char unknown[AGAINST_NAMES]; /* it does not know: "SPIN_NS, CHAIN"; "": none */
    uint64_t knobs;              /* KNOB_BITs that it knows */
    uint32_t count;
    bool has[WORKER_RUNS];        /* the variants that it has, of those of this build */
    struct run runs[WORKER_RUNS]; /* of the variants, in their order; owned */
    struct document document;     /* of these runs: build and device are those that it names */
};

/* Whether the file can be run at all. False: *error. */
bool against_check(const char *binary, struct error *error);

/* Asks the other build what it is and knows. `document` is that of this build, whose runs are
 * begun: the other's document gets its run_id and date. False: *error, ERROR_INPUT if it is no
 * pdlab that can run any of the variants; nothing is held. `stop` is borrowed, or NULL. */
bool against_open(struct against *against, const char *binary, const struct document *document,
                  const uint32_t *stop, struct error *error);
void against_close(struct against *against); /* a zeroed one is fine */

/* Whether its variant `index` is still measured: it has it, and failed in no round. */
bool against_due(const struct against *against, uint32_t index);

/* Whether any of its variants was measured. */
bool against_has_samples(const struct against *against);

/* Measures its variant `index`, for duration_ns (0: until its ITERATIONS are done), at `place` of
 * `round`, and pools the result as rounds_pool does. An interruption, or `stop`, ends it, and
 * leaves it out. */
void against_measure(struct against *against, uint32_t index, uint32_t round, uint32_t place,
                     uint64_t duration_ns);

/* The command line of one of its processes. */
#define AGAINST_WORDS (2u * KNOB_COUNT + 16u)
struct against_command {
    const char *words[AGAINST_WORDS]; /* NULL-ended */
    uint32_t count;
    char flags[KNOB_COUNT][64], values[KNOB_COUNT][64], duration[32];
};

/* Fills *command, whose words are its own, or borrowed: a run of `run`'s variant with the knobs
 * that it was asked to run with, as far as the other build knows them; its document goes to `path`.
 */
void against_command_of(const struct against *against, const struct run *run, uint64_t duration_ns,
                        const char *path, struct against_command *command);

#endif
