/*
 * explorer_knobs.h - knobs, as they are and as they are turned: of a device at will, of a recording
 * from one recorded point to another.
 */
#ifndef UI_EXPLORER_KNOBS_H
#define UI_EXPLORER_KNOBS_H

#include "explorer.h"

/* Whether the selected variant reads the knob; true where that is not known. */
bool explorer_reads(const struct explorer *explorer, enum knob_id id);

/* Whether a recording has more than one value of the knob; true where nothing is recorded. */
bool explorer_varies(const struct explorer *explorer, enum knob_id id);

/* Values of the knob recorded for the selected variant; none of a device. */
size_t explorer_values(const struct explorer *explorer, enum knob_id id,
                       struct points_value *values, size_t room);

/* Writes them: "1, 8, 64". */
void explorer_values_text(const struct explorer *explorer, enum knob_id id, char *text,
                          size_t size);

/* Writes where a recording's knobs stand, those that vary: "BATCH 8, STEP_SYNC flag". "" where none
 * does. */
void explorer_point_text(const struct explorer *explorer, char *text, size_t size);

/* The knob's value as asked for, and as the selected variant resolved it. */
void explorer_knob(const struct explorer *explorer, enum knob_id id, int64_t *asked, int64_t *used);

/* "preset", "flag" …; "recorded" where a recording is looked at. */
const char *explorer_knob_source(const struct explorer *explorer, enum knob_id id);

/* Sets or turns the selected knob, so that it can be undone. In a recording both go to the nearest
 * point that was recorded, and say so. */
void explorer_set_knob(struct explorer *explorer, int64_t value);
void explorer_turn_knob(struct explorer *explorer, int direction);
void explorer_undo(struct explorer *explorer);

/* Sets all knobs at once, so that it can be undone; of a recording, goes to that point. */
void explorer_take_knobs(struct explorer *explorer, const struct knobs *knobs);

/* Of a recording: goes to the selected variant's nearest point, if it has no run here. False: it
 * has. */
bool explorer_approach(struct explorer *explorer);

#endif
