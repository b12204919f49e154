/*
 * prefill.h - figures of a prefill that runs beside a decode, computed from a run and the stamps of
 * one iteration.
 */
#pragma once

#include "run.h"

/* Returns the time span from the first begin to the last end of the chunks in `spans`; extent_empty
 * (times.h) if there are no chunks. */
struct stamp prefill_extent(const struct prefill_span *spans, uint32_t count);

/* Figures of one iteration, in ns. */
struct prefill_figures {
    uint64_t prefill_ns; /* from the begin of the first chunk to the end of the last */
    uint64_t hidden_ns;  /* the part of prefill_ns between the first step's begin and the last
                            step's end */
    /* The parts of TTFT, which add up to the time from submission to the end of the first step. 0
     * if the iteration is free-running or has no stamps. */
    uint64_t start_ns;      /* from submission until the first chunk or the first step began */
    uint64_t before_ns;     /* from that moment until the first step began */
    uint64_t first_step_ns; /* from the first step's begin to its end */
};

/* Whether the trace has a prefill; if so, fills the figures. */
bool prefill_figures_of(const struct run *run, const struct trace *trace,
                        struct prefill_figures *figures);

/* The bytes copied, divided by the p50 of METRIC_PREFILL, in 1e9 bytes/s; 0 without samples. */
double prefill_gb_per_s(const struct run *run);

/* The effective MAX_IN_FLIGHT: at most the number of streams. 0: the variant does not read the
 * knob, its value is unknown, or it was off. */
uint32_t prefill_cap(const struct run *run);
