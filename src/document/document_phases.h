/*
 * document_phases.h - writes and reads a run's member "phases": the breakdown of its step time
 * (breakdown.h), as sums in ns.
 */
#pragma once

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/breakdown.h"

/* Writes the member into the current run, or nothing if no step was broken down. */
void document_write_phases(struct json_writer *writer, const struct breakdown *sums);

/* Reads the member of a run. If it is missing, *sums does not change: no step was broken down, or
 * an older build wrote the document. On failure, returns false and sets *error. */
bool document_read_phases(const struct json *object, struct breakdown *sums, struct error *error);
