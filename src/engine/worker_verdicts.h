/*
 * worker_verdicts.h - what the verifier found, for the runs that it is about. Private to the
 * worker.
 */
#ifndef SRC_WORKER_VERDICTS_H
#define SRC_WORKER_VERDICTS_H

#include "verifier.h"

/* Takes verdicts and the progress of a verification into the runs. Whether any run changed. */
bool worker_verdicts_note(struct verifier *verifier, struct run *runs, uint32_t count);

#endif
