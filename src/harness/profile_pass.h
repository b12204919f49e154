/*
 * profile_pass.h - runs a variant again under a tracer and writes trace.json. Nothing of it
 * counts as a measurement. It is a task for a separate child process (isolate.h), so that the
 * tracer is never in a measuring process, and a crash takes down only that child.
 */
#pragma once

#include "../engine/timeline.h"
#include "../engine/turn.h"
#include "isolate.h"

#define PROFILE_PATH_ROOM 4096u
#define PROFILE_LIMIT_S   180u /* for one child: a tracer may hang */
#define PROFILE_MOST      15u  /* traced iterations; the one of median length is shown */

/* The parent's order and the child's answer, in shared memory. */
struct profile_pass {
    /* The order. The run is at the address it had in the parent when the child started. */
    char path[PROFILE_PATH_ROOM];    /* path of trace.json */
    const struct document *document; /* the document that contains the run */
    const struct run *measured;
    /* The answer. */
    bool traced; /* trace.json is written, from the tracer's events */
    uint32_t iterations;
    uint64_t iteration_ns; /* duration of the iteration shown */
    uint64_t error_ns;     /* error bound of the tracer's times */
    uint64_t lost;         /* records dropped for lack of room */
    struct timeline_figures figures;
};

/* Shared memory for one pass, zeroed. NULL: out of memory. */
struct profile_pass *profile_pass_open(void);
void profile_pass_close(struct profile_pass *pass); /* NULL is allowed */

/* Traces in a child on device `index`. False: *error says why there is no tracer's trace. */
bool profile_pass_run(struct profile_pass *pass, enum backend backend, int index,
                      struct error *error);

/* Writes the path's trace.json from the measured run's stamps alone. */
bool profile_write_stamps(const struct profile_pass *pass, const char *why, struct error *error);

/* A new run of the variant, and its plan. */
bool profile_run_open(struct run *run, const struct variant *variant, const struct knobs *asked,
                      const struct device_info *device, struct plan *plan, struct error *error);

/* After turn_begin: runs the warm-up, or after it one iteration. */
bool profile_warm(struct turn *turn, uint32_t *stop, struct error *error);
bool profile_iterate(struct turn *turn, uint32_t *stop, struct error *error);
