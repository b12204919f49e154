/*
 * explorer_timeline.h - the timeline, driven by keys, mouse and snapshots.
 */
#pragma once

#include "../../src/document/document.h"
#include "explorer.h"

/* Computes the position of each part of the timeline inside the frame of its plot. */
void explorer_timeline_layout(const struct explorer *explorer, struct timeline_layout *layout);

/* If the timeline is in view: when the rows to show have changed, takes their iterations. */
void explorer_follow_timeline(struct explorer *explorer);

/* Handles an action on the timeline. False: the timeline does not use it. */
bool explorer_act_timeline(struct explorer *explorer, enum action action);

/* Handles a click or the wheel on the timeline's plot. */
void explorer_point_timeline(struct explorer *explorer, const struct pointer *pointer);

/* Returns the visible timeline as an SVG plot; see explorer_svg. */
char *explorer_timeline_svg(const struct explorer *explorer, const struct document *document,
                            size_t *length);

void explorer_close_timeline(struct explorer *explorer);
