/*
 * advice.h - names, in one sentence, the change (lever) that would speed up a run most. It derives
 * the lever from the run's time breakdown.
 *
 * A lever is a knob that the variant reads and that can still move in the advised direction, or the
 * next rung: the variant whose `after` names this variant, if this build can run it. There is no
 * advice if the run is not verified, has fewer than ADVICE_STEPS steps, or could gain no more than
 * the device's noise between processes.
 */
#pragma once

#include "../engine/run.h"

#define ADVICE_STEPS 1000u /* the least number of steps for advice */
#define ADVICE_ROOM  200u

struct advice {
    const char *rule;       /* name of the rule, a static string: "launch gap", "barrier wait",
                               ... */
    double saves;           /* estimated share of an iteration that the change saves */
    char text[ADVICE_ROOM]; /* a sentence without a full stop */
};

/* Finds the advice that would save the most. `device` is the device that measured the run; NULL if
 * unknown. Returns false if there is no advice. */
bool advice_of(const struct run *run, const struct device_info *device, struct advice *advice);

/* Returns the next rung: the variant that follows this one. NULL if there is none or this build
 * cannot run it. */
const struct variant *advice_next(const struct variant *variant);
