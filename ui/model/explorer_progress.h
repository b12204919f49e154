/*
 * explorer_progress.h - the wait for the first samples of the selected variant.
 */
#pragma once

#include "explorer.h"

/* Like explorer_tick and explorer_wait_ms; -1: there is no wait. */
bool explorer_progress_tick(struct explorer *explorer, uint64_t now_ns);
int explorer_progress_wait_ms(const struct explorer *explorer);

/* Writes what pdlab does and for how long: "cpu_graph: taking memory, making inputs  / 1.2 s". */
void explorer_progress_text(const struct explorer *explorer, char *text, size_t size);
