/*
 * explorer_timeline.h - the timeline, as keys, mouse and snapshots have it.
 */
#ifndef UI_EXPLORER_TIMELINE_H
#define UI_EXPLORER_TIMELINE_H

#include "../../src/document/document.h"
#include "explorer.h"

/* Where the timeline is drawn, inside the frame of its plot. */
void explorer_timeline_layout(const struct explorer *explorer, struct timeline_layout *layout);

/* Takes the iterations that the timeline is to show, where it holds those of other runs. */
void explorer_follow_timeline(struct explorer *explorer);

/* Does what the action means on the timeline. False: it means nothing there. */
bool explorer_act_timeline(struct explorer *explorer, enum action action);

/* A click or the wheel on the timeline's plot. */
void explorer_point_timeline(struct explorer *explorer, const struct pointer *pointer);

/* The timeline as it is seen, as explorer_svg. */
char *explorer_timeline_svg(const struct explorer *explorer, const struct document *document,
                            size_t *length);

void explorer_close_timeline(struct explorer *explorer);

#endif
