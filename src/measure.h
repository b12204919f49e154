/*
 * measure.h - the harness as a reader of the worker: ask for one variant, wait for what is
 * measured.
 */
#ifndef SRC_MEASURE_H
#define SRC_MEASURE_H

#include "worker.h"

#include <signal.h>

/* What --until-stable waits for: half the 95 % interval of the iteration's median, over the median.
 * The samples are looked at many times until it is reached, so the interval is a rule for stopping;
 * the chance that it misses the true median is more than 5 %. */
#define MEASURE_STABLE       0.005
#define MEASURE_STABLE_LEAST 50u /* iterations; with fewer nothing is stable */

struct measure {
    struct worker *worker;
    struct request request;
    uint64_t duration_ns;  /* how long a variant is recorded; 0: until its ITERATIONS are */
    bool until_stable;     /* end a variant as soon as it is stable, too */
    uint32_t stable;       /* 1 << index of the variants that ended so */
    uint64_t recording_ns; /* when the selected one's first iteration was seen; 0: not yet */
    const volatile sig_atomic_t *interrupted;          /* not 0: stop and keep what was measured */
    void (*progress)(const struct snapshot *snapshot); /* called now and then; NULL: nobody cares */
};

/* Starts a worker on the device and asks for `count` variants, paused, so that the snapshot tells
 * which of them can't run. False: *error; nothing is held. */
bool measure_open(struct measure *measure, enum backend backend, int device,
                  const struct variant *const *asked, uint32_t count, const struct knobs *knobs,
                  struct error *error);
void measure_close(struct measure *measure);

/* Runs variant `index` until it is done, failed or skipped, its duration is over or it is stable,
 * and its verdict is in. Once prepared it gets `limit_ns` (UINT64_MAX: no limit), or up to four
 * times that while it has no sample; a late verdict is waited for as long again, but not over 10 s.
 * False where the worker failed: *error. */
bool measure_variant(struct measure *measure, uint32_t index, uint64_t limit_ns,
                     struct error *error);

/* Half the 95 % interval of the iteration's median over the median; infinite while there are less
 * than MEASURE_STABLE_LEAST iterations. */
double measure_median_error(const struct run *run);

/* What is left of the selected variant's duration; UINT64_MAX where there is no such limit. */
uint64_t measure_time_left(const struct measure *measure);

/* Stops what runs. The snapshot stays as it is until measure_close. */
const struct snapshot *measure_finish(struct measure *measure);

#endif
