/*
 * explorer_timeline.h - the timeline, as keys and snapshots have it.
 */
#ifndef UI_EXPLORER_TIMELINE_H
#define UI_EXPLORER_TIMELINE_H

#include "explorer.h"

/* The iteration that the timeline is to show; NULL: its stamps were not kept. */
const struct trace *explorer_trace(const struct explorer *explorer);

/* Columns that the timeline gives to the lanes' names and to the lanes, and its rows of lanes. */
int explorer_lane_names(const struct explorer *explorer);
int explorer_lane_columns(const struct explorer *explorer);
int explorer_lane_rows(const struct explorer *explorer);

/* Builds the timeline anew where the iteration to show is another one. */
void explorer_follow_timeline(struct explorer *explorer);

/* Does what the action means on the timeline. False: it means nothing there. */
bool explorer_act_timeline(struct explorer *explorer, enum action action);

void explorer_close_timeline(struct explorer *explorer);

#endif
