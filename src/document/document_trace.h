/*
 * document_trace.h - reads the stamps of single iterations from a run's document: the programs'
 * steps, and the spans of a prefill.
 */
#pragma once

#include "../base/json.h"
#include "../engine/run.h"

/* Reads member "stamps" of a run into run->typical and run->slowest, whose memory the run owns; a
 * missing trace is empty. On failure, returns false and sets *error; the run still owns the memory
 * allocated so far. */
bool document_read_traces(const struct json *object, struct run *run, struct error *error);
