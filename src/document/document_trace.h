/*
 * document_trace.h - the stamps that a run's document keeps of single iterations: programs' steps,
 * and the spans of a prefill. Part of the reader of documents.
 */
#ifndef SRC_DOCUMENT_TRACE_H
#define SRC_DOCUMENT_TRACE_H

#include "../base/json.h"
#include "../engine/run.h"

/* Reads member "stamps" of a run into run->typical and run->slowest, whose memory the run owns; one
 * that is missing is empty. False: *error says what is not as it must be; what the run holds by
 * then is still its own. */
bool document_read_traces(const struct json *object, struct run *run, struct error *error);

#endif
