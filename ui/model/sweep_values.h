/*
 * sweep_values.h - the values that a live sweep of a knob tries: those about the present one that
 * the device can run. Pure.
 */
#ifndef UI_SWEEP_VALUES_H
#define UI_SWEEP_VALUES_H

#include "../../src/harness/sweep.h"

#define SWEPT_VALUES     13u  /* of a live sweep */
#define SWEEP_LEFT_OUT   256u /* bytes of text */
#define KNOB_AUTO_CHOICE 0    /* "auto" among the words of a choice */

struct sweep_values {
    struct sweep_axis axis;
    bool has_automatic;            /* `auto` is not tried: it is the same setting as `automatic` */
    int64_t automatic;             /* one of the axis's values */
    char left_out[SWEEP_LEFT_OUT]; /* what is not tried, and why; "" if nothing was left out */
};

/* Chooses the values that changing the knob goes through. Of a choice, it leaves out the words that
 * none of the variants can run with on a CPU, and `auto` if another word says the same. */
void sweep_values_choose(const struct knobs *knobs, enum knob_id id, const struct targets *targets,
                         const struct device_info *device, struct sweep_values *values);

#endif
