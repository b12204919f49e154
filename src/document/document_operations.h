/*
 * document_operations.h - writes and reads a run's members "operations" (sums in ns, see
 * engine/operations.h) and "bytes" (the ledger of step_bytes), and a trace's member "operations".
 */
#pragma once

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/run.h"

/* Each writes its member into the current object, or nothing if the run has no such data. */
void document_write_operations(struct json_writer *writer, const struct operations *operations);
void document_write_ledger(struct json_writer *writer, const struct run *run);

/* Writes the trace's member: the first `programs` programs of the table. */
void document_write_operation_table(struct json_writer *writer, const struct operation_table *table,
                                    uint32_t programs);

/* Each reads its member of the object. A missing member changes nothing. On failure, returns false
 * and sets *error. */
bool document_read_operations(const struct json *object, struct operations *operations,
                              struct error *error);
bool document_read_ledger(const struct json *object, struct run *run, struct error *error);

/* Reads the member of a trace that has `programs` programs. The caller frees the table even after
 * an error. */
bool document_read_operation_table(const struct json *object, struct operation_table *table,
                                   uint32_t programs, struct error *error);
