/*
 * explorer_replay.c - keys that control the replay of a recording.
 */
#include "explorer_replay.h"
#include "explorer_private.h"
#include "explorer_rows.h"

/* ---- on screen ------------------------------------------------------------------------------ */

struct row explorer_shown(const struct explorer *explorer)
{
    struct row row = explorer_selected(explorer);
    if (replay_view_shows(&explorer->replay) && explorer->replay.steps.run == row.run)
        row.run = &explorer->replay.steps.shown;
    return row;
}

void explorer_replay_status(const struct explorer *explorer, bool brief, char *text, size_t size)
{
    const struct row row = explorer_selected(explorer);
    replay_view_status(&explorer->replay, row.run, action_key(ACTION_PAUSE), brief, text, size);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void say_begun(struct explorer *explorer, enum replay_begun begun)
{
    struct row row = explorer_selected(explorer);
    if (begun == REPLAY_NO_MEMORY)
        explorer_say(explorer, false, "No memory for a replay");
    else if (begun == REPLAY_NO_STAMPS)
        explorer_say(explorer, true, "This recording has no stamps of %s at these knobs to replay",
                     row.name ? row.name : "anything");
}

static void start(struct explorer *explorer)
{
    say_begun(explorer, replay_view_start(&explorer->replay, explorer_selected(explorer).run));
}

void explorer_replay_pause(struct explorer *explorer)
{
    if (!replay_view_shows(&explorer->replay) || replay_view_is_over(&explorer->replay))
        start(explorer);
    else
        replay_view_pause(&explorer->replay);
}

void explorer_replay_pace(struct explorer *explorer, int direction)
{
    struct replay_view *view = &explorer->replay;
    if (!explorer_selected(explorer).recorded) {
        explorer_say(explorer, false, "Only a recording can be replayed");
    } else if (!replay_view_shows(&explorer->replay)) {
        start(explorer); /* the initial pace is slow enough to follow */
    } else if (!replay_view_change_pace(view, direction)) {
        char text[32];
        replay_pace_text(text, sizeof text, view->pace);
        explorer_say(explorer, true, "%s is the %s pace", text,
                     direction < 0 ? "slowest" : "fastest");
    }
}

void explorer_replay_follow(struct explorer *explorer)
{
    const struct run *run = explorer_selected(explorer).run;
    if (replay_view_follow(&explorer->replay, run) == REPLAY_NO_MEMORY)
        say_begun(explorer, REPLAY_NO_MEMORY);
}
