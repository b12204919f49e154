/*
 * explorer_knobs.h - reads and changes knobs: freely on a device, between recorded points in a
 * recording.
 */
#pragma once

#include "explorer.h"

/* Whether the selected variant reads the knob; true if unknown. */
bool explorer_reads(const struct explorer *explorer, enum knob_id id);

/* Whether a recording has more than one value of the knob; true without a recording. */
bool explorer_varies(const struct explorer *explorer, enum knob_id id);

/* Lists the knob's values recorded for the selected variant; none on a device. */
size_t explorer_values(const struct explorer *explorer, enum knob_id id,
                       struct points_value values[POINTS_VALUES]);

/* Writes the values of explorer_values: "1, 8, 64". */
void explorer_values_text(const struct explorer *explorer, enum knob_id id, char *text,
                          size_t size);

/* Writes the knobs that vary in the recording, with their values at its present point: "BATCH 8,
 * STEP_SYNC flag"; "" if none varies. */
void explorer_point_text(const struct explorer *explorer, char *text, size_t size);

/* The present knobs: on a device, the values asked for; in a recording, its present point. */
const struct knobs *explorer_present(const struct explorer *explorer);

/* *asked: the value asked for. *used: the value that the selected variant runs with: `auto` is
 * resolved. */
void explorer_knob(const struct explorer *explorer, enum knob_id id, int64_t *asked, int64_t *used);

/* Where the value comes from: "preset", "flag" …; "recorded" in a recording. */
const char *explorer_knob_source(const struct explorer *explorer, enum knob_id id);

/* Sets the selected knob, or changes it by one step (1 or -1); undo can take it back. In a
 * recording, if the value was not recorded, goes to the nearest recorded point and says so. */
void explorer_set_knob(struct explorer *explorer, int64_t value);
void explorer_turn_knob(struct explorer *explorer, int direction);
void explorer_undo(struct explorer *explorer);

/* Sets all knobs at once; undo can take it back. In a recording, goes to that point. */
void explorer_take_knobs(struct explorer *explorer, const struct knobs *knobs);

/* In a recording: if the selected variant has no run at the current point, goes to the nearest
 * point that has one. False: the point did not change. */
bool explorer_approach(struct explorer *explorer);
