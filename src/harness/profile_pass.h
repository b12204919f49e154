/*
 * profile_pass.h - a variant run once more with a tracer looking on: what it sees becomes
 * trace.json. Nothing of it is measured. It is a task for a child process of its own (isolate.h),
 * so that the tracer is never in one that measures, and takes no more with it than that process.
 */
#ifndef SRC_PROFILE_PASS_H
#define SRC_PROFILE_PASS_H

#include "../engine/timeline.h"
#include "../engine/turn.h"
#include "isolate.h"

#define PROFILE_PATH_ROOM 4096u
#define PROFILE_LIMIT_S   180u /* that a child gets: a tracer may hang */
#define PROFILE_MOST      15u /* iterations that are looked at; the one of median length is shown */

/* What the parent says before it starts the child, and what the child answers: in memory that they
 * share. */
struct profile_pass {
    /* Said. The run lives where the parent had it when it started the child. */
    char path[PROFILE_PATH_ROOM];    /* of trace.json */
    const struct document *document; /* that the run is part of */
    const struct run *measured;
    /* Answered. */
    bool traced; /* trace.json is written, with what the tracer saw */
    uint32_t iterations;
    uint64_t iteration_ns; /* of the one shown */
    uint64_t error_ns;     /* what the tracer's times may be off by */
    uint64_t lost;         /* records there was no room for */
    struct timeline_figures figures;
};

/* Shared memory for one, zeroed. NULL: there is none. */
struct profile_pass *profile_pass_open(void);
void profile_pass_close(struct profile_pass *pass); /* NULL is fine */

/* Has a child do it on device `index`. False: *error says why there is no trace of a tracer. */
bool profile_pass_run(struct profile_pass *pass, enum backend backend, int index,
                      struct error *error);

/* Writes the path's trace.json from the measured run's stamps alone. */
bool profile_write_stamps(const struct profile_pass *pass, const char *why, struct error *error);

/* A run of the variant, to be run again, and its plan. */
bool profile_run_open(struct run *run, const struct variant *variant, const struct knobs *asked,
                      const struct device_info *device, struct plan *plan, struct error *error);

/* Runs the warm-up of a turn that has begun, or one iteration after it. */
bool profile_warm(struct turn *turn, uint32_t *stop, struct error *error);
bool profile_iterate(struct turn *turn, uint32_t *stop, struct error *error);

#endif
