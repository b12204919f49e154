/*
 * traces.h - traces of iterations that a test makes up.
 */
#pragma once

#include "../../src/engine/run.h"

/* The trace of an iteration whose stamps, [programs][steps], were all kept. The trace refers to the
 * stamps. */
static inline struct trace trace_of(struct stamp *stamps, uint32_t programs, uint32_t steps,
                                    uint64_t iteration_ns)
{
    return (struct trace){.iteration_ns = iteration_ns,
                          .steps = steps,
                          .programs = programs,
                          .steps_run = steps,
                          .programs_run = programs,
                          .stamps = stamps};
}
