/*
 * document_telemetry.h - a run's member "telemetry": what its device's meter read meanwhile. It is
 * missing where nothing was read.
 */
#ifndef SRC_DOCUMENT_TELEMETRY_H
#define SRC_DOCUMENT_TELEMETRY_H

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/telemetry.h"

/* Writes the member; nothing if there were no readings. */
void document_write_telemetry(struct json_writer *writer, const struct telemetry *telemetry);

/* Reads the member of `run`, if it has one. Numbers that contradict each other are refused. */
bool document_read_telemetry(const struct json *run, struct telemetry *telemetry,
                             struct error *error);

#endif
