/*
 * trace_json.h - writes timelines in the Trace Event Format, for https://ui.perfetto.dev and
 * chrome://tracing. A group of lanes becomes a process, a lane a thread. Times are in us since the
 * iteration's submission, with three decimals for ns. The args of a program's step include its
 * measured waits; the args of the iteration, the means over all steps.
 */
#pragma once

#include "../engine/timeline.h"
#include "document.h"

/* A timeline and its title, such as "typical iteration". */
struct trace_part {
    const char *title;
    const struct timeline *timeline;
};

/* Writes the parts, one below the other; the time of each starts at 0. `note` says where the parts
 * come from. */
bool trace_json_write(const char *path, const struct document *document, const struct run *run,
                      const char *note, const struct trace_part *parts, size_t count,
                      struct error *error);
