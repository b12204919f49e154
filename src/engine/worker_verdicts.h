/*
 * worker_verdicts.h - copies the verifier's results into the runs. Private to the worker.
 */
#pragma once

#include "verifier.h"

/* Copies verdicts and verification progress into the runs. Returns whether any run changed. */
bool worker_verdicts_note(struct verifier *verifier, struct run *runs, uint32_t count);
