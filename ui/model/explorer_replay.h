/*
 * explorer_replay.h - keys that control the replay of a recording.
 */
#pragma once

#include "explorer.h"

/* Returns the selected row to show: during a replay, its run has only the replayed samples. */
struct row explorer_shown(const struct explorer *explorer);

/* Writes the replay's progress, or that the run has no stamps to replay; "" without a replay.
 * `brief`: a shorter text. */
void explorer_replay_status(const struct explorer *explorer, bool brief, char *text, size_t size);

/* Starts, pauses or resumes the replay of a recording; changes its pace; updates it after the
 * selected run may have changed. */
void explorer_replay_pause(struct explorer *explorer);
void explorer_replay_pace(struct explorer *explorer, int direction);
void explorer_replay_follow(struct explorer *explorer);
