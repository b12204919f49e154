/*
 * profile_pass.h - runs a variant again under a tracer and writes trace.json. No time of this run
 * counts as a measurement. The run is a task for a separate child process (isolate.h), so that the
 * tracer is never in a measuring process, and a crash takes down only that child.
 */
#pragma once

#include "../engine/timeline.h"
#include "../engine/turn.h"
#include "isolate.h"

#define PROFILE_PATH_ROOM 4096u
#define PROFILE_LIMIT_S   180u /* time limit of one child, because a tracer may hang */
#define PROFILE_MOST      15u  /* most traced iterations; the one of median length is written */

/* The parent's order and the child's answer, in shared memory. */
struct profile_pass {
    /* The order. The child is a fork, so these pointers are valid in it. */
    char path[PROFILE_PATH_ROOM];    /* path of trace.json */
    const struct document *document; /* the document that contains the run */
    const struct run *measured;
    /* The answer. */
    bool traced; /* trace.json was written from the tracer's events */
    uint32_t iterations;
    uint64_t iteration_ns; /* duration of the iteration in trace.json */
    uint64_t error_ns;     /* error bound of the tracer's times */
    uint64_t lost;         /* records that the tracer dropped because its buffers were full */
    struct timeline_figures figures;
};

/* Allocates zeroed shared memory for one pass. Returns NULL if out of memory. */
struct profile_pass *profile_pass_open(void);
void profile_pass_close(struct profile_pass *pass); /* NULL is allowed */

/* Traces the run in a child, on device `index`. Returns false and sets *error if the tracer
 * recorded no trace. */
bool profile_pass_run(struct profile_pass *pass, enum backend backend, int index,
                      struct error *error);

/* Writes trace.json (pass->path) from the measured run's stamps alone. The file's note includes
 * `why`. */
bool profile_write_stamps(const struct profile_pass *pass, const char *why, struct error *error);

/* Opens a new run of the variant, and makes its plan. */
bool profile_run_open(struct run *run, const struct variant *variant, const struct knobs *asked,
                      const struct device_info *device, struct plan *plan, struct error *error);

/* Both follow turn_begin: the first runs the warm-up; after it, the second runs one iteration. */
bool profile_warm(struct turn *turn, uint32_t *stop, struct error *error);
bool profile_iterate(struct turn *turn, uint32_t *stop, struct error *error);
