/*
 * advice.h - what a run could gain most from, by where its time goes: one sentence with a lever.
 *
 * A lever is a knob that the variant reads and that can still go that way, or the next rung: the
 * variant whose `after` is this one, if this build runs it. A run says nothing on thin evidence: it
 * is not verified, has fewer than ADVICE_STEPS steps, or could gain no more than the device's noise
 * between processes.
 */
#ifndef SRC_ADVICE_H
#define SRC_ADVICE_H

#include "../engine/run.h"

#define ADVICE_STEPS 1000u /* that the evidence takes */
#define ADVICE_ROOM  200u

struct advice {
    const char *rule;       /* "launch gap", "barrier wait", "data wait", ...: static */
    double saves;           /* about this part of an iteration, at most */
    char text[ADVICE_ROOM]; /* no full stop at its end */
};

/* The advice that would save the most. `device` is the one that the run was measured on; NULL: not
 * known. False: there is none. */
bool advice_of(const struct run *run, const struct device_info *device, struct advice *advice);

/* The next rung on this one's ladder. NULL: there is none, or this build cannot run it. */
const struct variant *advice_next(const struct variant *variant);

#endif
