/*
 * worker_run.h - shared helpers of the worker's parts. Private to the worker.
 */
#pragma once

#include "run.h"

static inline void worker_run_set_status(struct run *run, enum run_status status)
{
    run->status = status;
    run->version++;
}

static inline bool worker_run_awaits_verdict(const struct run *run)
{
    return run->verification.verdict == VERDICT_NONE;
}

/* Whether the run has had the device, and has neither failed nor been skipped. */
static inline bool worker_run_has_begun(const struct run *run)
{
    return run->status >= RUN_WARMING && run->status <= RUN_DONE;
}
