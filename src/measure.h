/*
 * measure.h - the harness as a reader of the worker: ask for one variant, wait for what is
 * measured.
 */
#ifndef SRC_MEASURE_H
#define SRC_MEASURE_H

#include "worker.h"

#include <signal.h>

struct measure {
    struct worker *worker;
    struct request request;
    const volatile sig_atomic_t *interrupted;          /* not 0: stop and keep what was measured */
    void (*progress)(const struct snapshot *snapshot); /* called now and then; NULL: nobody cares */
};

/* Starts a worker on the device and asks for `count` variants, paused, so that the snapshot tells
 * which of them can't run. False: *error; nothing is held. */
bool measure_open(struct measure *measure, enum backend backend, int device,
                  const struct variant *const *asked, uint32_t count, const struct knobs *knobs,
                  struct error *error);
void measure_close(struct measure *measure);

/* Runs variant `index` until it is done, failed or skipped, and its verdict is in. Once prepared it
 * gets `limit_ns` (UINT64_MAX: no limit), or up to four times that while it has no sample; a late
 * verdict is waited for as long again, but not over 10 s. False where the worker failed: *error. */
bool measure_variant(struct measure *measure, uint32_t index, uint64_t limit_ns,
                     struct error *error);

/* Stops what runs. The snapshot stays as it is until measure_close. */
const struct snapshot *measure_finish(struct measure *measure);

#endif
