/*
 * timeline_look.h - what view 3 shows: an iteration in lanes, and which part of it is seen.
 */
#ifndef UI_TIMELINE_LOOK_H
#define UI_TIMELINE_LOOK_H

#include "lanes.h"

/* View 3: an iteration in lanes, and which part of it is seen. */
struct timeline_look {
    bool slowest; /* of the epoch, else a typical one */
    bool fitted;  /* all of it is seen, however long it is */
    double from_ns, to_ns, cursor_ns;
    int row; /* that the cursor is in */

    struct timeline timeline;
    struct lane_row rows[LANES_ROWS];
    int row_count; /* 0: there is nothing to show */
    uint32_t cap;  /* copies allowed in flight; 0: no cap */
    struct run of; /* what the timeline's labels are of; no samples, no traces */
    uint64_t run_print, trace_print, built_ns;
};

#endif
