/*
 * trace_json.h - timelines in the Trace Event Format, as https://ui.perfetto.dev and
 * chrome://tracing read it: a process for each group of lanes, a thread for each lane. Times are in
 * us since the iteration's submission, with the ns behind the point. A program's step has what it
 * waited for among its args if that was measured; the iteration has the means of all steps.
 */
#ifndef SRC_TRACE_JSON_H
#define SRC_TRACE_JSON_H

#include "../engine/timeline.h"
#include "document.h"

/* A timeline and what it shows: "typical iteration". */
struct trace_part {
    const char *title;
    const struct timeline *timeline;
};

/* Writes the parts below each other, each from 0 on. `note` says what they were made from. */
bool trace_json_write(const char *path, const struct document *document, const struct run *run,
                      const char *note, const struct trace_part *parts, size_t count,
                      struct error *error);

#endif
