/*
 * traces.h - traces of iterations that a test makes up.
 */
#pragma once

#include "../../src/engine/run.h"
#include "random.h"
#include "unit.h"

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

enum { TRACE_TEST_PROGRAMS = 8 }; /* the most programs of draw_stamps */

/* Fills stamps, [programs][steps], with a realistic iteration: programs begin and end at their own
 * times, and all but one have no part in some steps. `free_running`: a program does not wait
 * for the others. Returns the end of the last step. */
static inline uint64_t draw_stamps(uint64_t *source, struct stamp *stamps, uint32_t programs,
                                   uint32_t steps, uint64_t begin_ns, bool free_running)
{
    uint64_t now_ns = begin_ns, end_ns[TRACE_TEST_PROGRAMS];
    cr_assert_leq(programs, TRACE_TEST_PROGRAMS);
    for (uint32_t p = 0; p < programs; p++)
        end_ns[p] = begin_ns;
    memset(stamps, 0, (size_t)programs * steps * sizeof *stamps);
    for (uint32_t t = 0; t < steps; t++) {
        const uint64_t always = random_below(source, programs);
        uint64_t latest_ns = now_ns;
        for (uint32_t p = 0; p < programs; p++) {
            struct stamp *stamp = &stamps[p * steps + t];
            if (p != always && random_below(source, 6) == 0)
                continue;
            stamp->begin_ns = (free_running ? end_ns[p] : now_ns) + random_below(source, 60);
            stamp->end_ns = end_ns[p] = stamp->begin_ns + 1 + random_below(source, 200);
            latest_ns = end_ns[p] > latest_ns ? end_ns[p] : latest_ns;
        }
        now_ns = latest_ns;
    }
    return now_ns;
}
