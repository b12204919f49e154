/*
 * document_phases.h - a run's member "phases": where the time of its steps went (breakdown.h), as
 * sums in ns.
 */
#ifndef SRC_DOCUMENT_PHASES_H
#define SRC_DOCUMENT_PHASES_H

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/breakdown.h"

/* Writes it into the run that *writer is in; nothing where no step was broken down. */
void document_write_phases(struct json_writer *writer, const struct breakdown *sums);

/* Reads it from a run. One that is missing changes nothing: no step was broken down, or an older
 * build wrote it. False: *error. */
bool document_read_phases(const struct json *object, struct breakdown *sums, struct error *error);

#endif
