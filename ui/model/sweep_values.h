/*
 * sweep_values.h - chooses the values that a live sweep tries: those around the present value that
 * can run.
 */
#pragma once

#include "../../src/harness/sweep.h"

#define SWEPT_VALUES     13u  /* values of a live sweep, at most */
#define SWEEP_LEFT_OUT   256u /* bytes of text */
#define KNOB_AUTO_CHOICE 0    /* the index of "auto" among the words of a choice */

struct sweep_values {
    struct sweep_axis axis;
    bool has_automatic;            /* `auto` is not tried, because it means `automatic` */
    int64_t automatic;             /* one of the values in `axis` */
    char left_out[SWEEP_LEFT_OUT]; /* which values are not tried, and why; "": all are */
};

/* Picks the values that the keys step through when they change the knob. On a CPU, if the knob is a
 * choice of words, leaves out words that no variant accepts, and `auto` if it means another one.
 */
void sweep_values_choose(const struct knobs *knobs, enum knob_id id, const struct targets *targets,
                         const struct device_info *device, struct sweep_values *values);
