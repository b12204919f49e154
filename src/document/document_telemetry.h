/*
 * document_telemetry.h - writes and reads a run's member "telemetry": the readings of its device's
 * meter. The member is missing if there are no readings.
 */
#pragma once

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/telemetry.h"

/* Writes the member, or nothing if there were no readings. */
void document_write_telemetry(struct json_writer *writer, const struct telemetry *telemetry);

/* Reads the member of `run`, if it has one. Refuses inconsistent numbers. */
bool document_read_telemetry(const struct json *run, struct telemetry *telemetry,
                             struct error *error);
