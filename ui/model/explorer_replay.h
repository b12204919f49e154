/*
 * explorer_replay.h - the replay of a recording, as keys have it.
 */
#ifndef UI_EXPLORER_REPLAY_H
#define UI_EXPLORER_REPLAY_H

#include "explorer.h"

/* The selected row as it is to be shown: during a replay its run holds what was replayed so far. */
struct row explorer_shown(const struct explorer *explorer);

/* Says how far the replay is, or that there are no stamps to replay; "" without a replay. Two
 * lengths: `brief` where there is little room. */
void explorer_replay_status(const struct explorer *explorer, bool brief, char *text, size_t size);

/* What is replayed now: the run has stamps. */
bool explorer_replays(const struct explorer *explorer);

/* Begins, pauses and resumes the replay of a recording; changes its pace; and keeps it with the
 * selected run when another is looked at. */
void explorer_replay_pause(struct explorer *explorer);
void explorer_replay_pace(struct explorer *explorer, int direction);
void explorer_replay_follow(struct explorer *explorer);

#endif
