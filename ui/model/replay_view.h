/*
 * replay_view.h - the steps of a recording, shown again: which run, at which pace, how far. It owns
 * the samples that were replayed so far. Pure: time comes from the caller. A zeroed one shows none.
 */
#ifndef UI_REPLAY_VIEW_H
#define UI_REPLAY_VIEW_H

#include "../../src/document/replay.h"

struct replay_view {
    bool on; /* until it is ended: what is shown is what was replayed so far */
    bool paused;
    bool paced;         /* the pace was chosen: it stays until the replay ends */
    int pace;           /* number of replay_pace */
    double passed_ns;   /* recorded time that has passed */
    uint64_t looked_ns; /* when replay_view_tick looked last; 0: not yet */
    struct replay steps;
};

/* Whether a run is replayed now: it has stamps. Whether all of it was. */
bool replay_view_shows(const struct replay_view *view);
bool replay_view_is_over(const struct replay_view *view);

/* Whether time moves it, unless the screen is frozen. */
bool replay_view_moves(const struct replay_view *view);

enum replay_begun { REPLAY_BEGUN, REPLAY_NO_STAMPS, REPLAY_NO_MEMORY };

/* Replays a run (NULL: none is recorded here) from its start, at the pace that was chosen, else at
 * one that can be followed. Without stamps, or memory, it is off. */
enum replay_begun replay_view_start(struct replay_view *view, const struct run *run);

/* Another run is looked at: goes on with that, at the same pace. One without stamps is shown whole.
 */
enum replay_begun replay_view_follow(struct replay_view *view, const struct run *run);

/* Pauses or resumes. */
void replay_view_pause(struct replay_view *view);

/* Goes on at another pace, from the start if all of it was shown. False: there is none beyond. */
bool replay_view_change_pace(struct replay_view *view, int direction);

/* False: it was off. */
bool replay_view_end(struct replay_view *view);
void replay_view_close(struct replay_view *view);

/* Time has passed, if it may move. True if there are more samples. */
bool replay_view_tick(struct replay_view *view, bool may_move, uint64_t now_ns);

/* Says how far it is, or that `run` has no stamps to replay; "" if it is off. `again` is the key
 * that replays it again. `brief`: for little room. */
void replay_view_status(const struct replay_view *view, const struct run *run, const char *again,
                        bool brief, char *text, size_t size);

#endif
