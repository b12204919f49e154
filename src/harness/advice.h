/*
 * advice.h - the most profitable change for a run, from its time breakdown: one sentence with a
 * lever.
 *
 * A lever is a knob that the variant reads and that can still move that way, or the next rung:
 * the variant whose `after` is this one, if this build runs it. There is no advice on thin
 * evidence: if the run is not verified, has fewer than ADVICE_STEPS steps, or could gain no more
 * than the device's noise between processes.
 */
#pragma once

#include "../engine/run.h"

#define ADVICE_STEPS 1000u /* the least evidence */
#define ADVICE_ROOM  200u

struct advice {
    const char *rule;       /* "launch gap", "barrier wait", "data wait", ...: static */
    double saves;           /* at most about this share of an iteration */
    char text[ADVICE_ROOM]; /* without a full stop */
};

/* The advice that would save the most. `device` measured the run; NULL: unknown. False: there is no
 * advice. */
bool advice_of(const struct run *run, const struct device_info *device, struct advice *advice);

/* The next rung on this variant's ladder. NULL: none, or this build cannot run it. */
const struct variant *advice_next(const struct variant *variant);
