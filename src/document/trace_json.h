/*
 * trace_json.h - timelines in the Trace Event Format, for https://ui.perfetto.dev and
 * chrome://tracing: one process per group of lanes, one thread per lane. Times are in us since
 * the iteration's submission, with ns as decimals. A program's step has its measured waits among
 * its args; the iteration has the means of all steps.
 */
#pragma once

#include "../engine/timeline.h"
#include "document.h"

/* A timeline and its title: "typical iteration". */
struct trace_part {
    const char *title;
    const struct timeline *timeline;
};

/* Writes the parts one below the other, each starting at 0. `note` names their source. */
bool trace_json_write(const char *path, const struct document *document, const struct run *run,
                      const char *note, const struct trace_part *parts, size_t count,
                      struct error *error);
