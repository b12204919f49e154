/*
 * explorer_replay.h - keys that control the replay of a recording.
 */
#pragma once

#include "explorer.h"

/* The selected row to show: during a replay, its run contains what was replayed so far. */
struct row explorer_shown(const struct explorer *explorer);

/* Writes how far the replay is, or that the run has no stamps to replay; "" without a replay.
 * `brief` is for little room. */
void explorer_replay_status(const struct explorer *explorer, bool brief, char *text, size_t size);

/* Starts, pauses and resumes the replay of a recording; changes its pace; and follows the selection
 * to another run. */
void explorer_replay_pause(struct explorer *explorer);
void explorer_replay_pace(struct explorer *explorer, int direction);
void explorer_replay_follow(struct explorer *explorer);
