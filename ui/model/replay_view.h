/*
 * replay_view.h - replays the steps of a recorded run: its pace and position, and the samples
 * replayed so far, which it owns. The caller passes the time. A zeroed struct means no replay.
 */
#pragma once

#include "../../src/document/replay.h"

struct replay_view {
    bool on; /* a replay was started and has not been closed */
    bool paused;
    bool paced;         /* the pace was chosen, and stays until the replay is closed */
    int pace;           /* argument of replay_pace() */
    double passed_ns;   /* recorded time that has been replayed */
    uint64_t looked_ns; /* time of the last replay_view_tick; 0: none yet */
    struct replay steps;
};

/* Whether the screen shows a replay, which needs a run with stamps; whether it is at its end. */
bool replay_view_shows(const struct replay_view *view);
bool replay_view_is_over(const struct replay_view *view);

/* Whether the replay is running: a run is shown, not paused, and not at its end. The caller checks
 * whether the screen is frozen. */
bool replay_view_moves(const struct replay_view *view);

enum replay_begun { REPLAY_BEGUN, REPLAY_NO_STAMPS, REPLAY_NO_MEMORY };

/* Replays a run from its start, at the pace chosen before or one that is slow enough to follow.
 * `run` NULL: none is recorded at this point. If it has no stamps or memory is short, there is no
 * replay. */
enum replay_begun replay_view_start(struct replay_view *view, const struct run *run);

/* Call after another run was selected. During a replay: replays that run at the same pace or, if it
 * has no stamps, shows all its samples. */
enum replay_begun replay_view_follow(struct replay_view *view, const struct run *run);

void replay_view_pause(struct replay_view *view);

/* Changes the pace, and starts over if the replay was at its end. False: there is no faster or
 * slower pace. */
bool replay_view_change_pace(struct replay_view *view, int direction);

/* Closes the replay; replay_view_close also frees its samples. False: there was none. */
bool replay_view_end(struct replay_view *view);
void replay_view_close(struct replay_view *view);

/* Advances the replay, unless it is paused or `may_move` is false. True if samples were added. */
bool replay_view_tick(struct replay_view *view, bool may_move, uint64_t now_ns);

/* Writes the replay's progress, or that `run` has no stamps; "" without a replay. `again`: the key
 * that starts it over. `brief`: a shorter text. */
void replay_view_status(const struct replay_view *view, const struct run *run, const char *again,
                        bool brief, char *text, size_t size);
