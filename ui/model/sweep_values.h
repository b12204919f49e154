/*
 * sweep_values.h - the values that a live sweep tries: those around the present value that the
 * device can run. Pure.
 */
#pragma once

#include "../../src/harness/sweep.h"

#define SWEPT_VALUES     13u  /* of a live sweep */
#define SWEEP_LEFT_OUT   256u /* bytes of text */
#define KNOB_AUTO_CHOICE 0    /* "auto" among the words of a choice */

struct sweep_values {
    struct sweep_axis axis;
    bool has_automatic;            /* `auto` is not tried, because it means this value */
    int64_t automatic;             /* one of the axis's values */
    char left_out[SWEEP_LEFT_OUT]; /* which values are not tried, and why; "": all are */
};

/* Picks the values that changing the knob steps through. Of a choice, leaves out the words that no
 * variant can run with on a CPU, and `auto` if another word means the same. */
void sweep_values_choose(const struct knobs *knobs, enum knob_id id, const struct targets *targets,
                         const struct device_info *device, struct sweep_values *values);
