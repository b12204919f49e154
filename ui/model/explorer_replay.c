/*
 * explorer_replay.c - the steps of a recording, again: begun, paused, slower and faster. Time comes
 * from the loop.
 */
#include "explorer_private.h"
#include "items.h"

#include "../../src/base/text.h"

#include <stdio.h>

#define FIRST_SECONDS 6.0 /* that the first iteration takes at the pace that is chosen for it */

/* ---- what is shown -------------------------------------------------------------------------- */

bool explorer_replays(const struct explorer *explorer)
{
    return explorer->replaying && explorer->replay.run;
}

static bool is_over(const struct explorer *explorer)
{
    return explorer->replay.place.part == REPLAY_PARTS;
}

struct row explorer_shown(const struct explorer *explorer)
{
    struct row row = explorer_selected(explorer);
    if (explorer_replays(explorer) && explorer->replay.run == row.run)
        row.run = &explorer->replay.shown;
    return row;
}

/* "step 12 of 32"; of a trace that was shortened, also of how many. */
static void write_step(const struct replay *replay, char *text, size_t size)
{
    const struct trace *trace = replay_trace(replay->run, replay->place.part);
    char programs[64] = "", steps[64] = "";
    if (trace->steps < trace->steps_run)
        snprintf(steps, sizeof steps, " kept of %u", trace->steps_run);
    if (trace->programs < trace->programs_run)
        snprintf(programs, sizeof programs, ", of %u of %u programs", trace->programs,
                 trace->programs_run);
    snprintf(text, size, "step %u of %u%s%s", replay->place.done, trace->steps, steps, programs);
}

void explorer_replay_status(const struct explorer *explorer, bool brief, char *text, size_t size)
{
    const struct replay *replay = &explorer->replay;
    char pace[32], step[160];
    text[0] = '\0';
    if (!explorer->replaying)
        return;
    if (!replay->run) {
        struct row row = explorer_selected(explorer);
        const bool samples = row.run && row.run->histograms[METRIC_ITERATION].count > 0;
        snprintf(text, size, "%s",
                 !samples ? "nothing recorded to replay"
                 : brief  ? "no stamps kept: not replayed"
                          : "no stamps were kept of this run: these are all its samples");
        return;
    }
    replay_pace_text(pace, sizeof pace, explorer->pace);
    if (is_over(explorer)) {
        const bool typical = replay_trace(replay->run, REPLAY_TYPICAL);
        const bool slowest = replay_trace(replay->run, REPLAY_SLOWEST);
        const char *again = action_key(ACTION_PAUSE);
        snprintf(text, size, "replayed the %s iteration%s%s%s",
                 typical && slowest ? "typical and the slowest"
                 : typical          ? "typical"
                                    : "slowest",
                 brief                ? ""
                 : typical && slowest ? "; "
                 : typical            ? "; no stamps of the slowest; "
                                      : "; no stamps of a typical one; ",
                 brief ? "" : again, brief ? "" : " again");
        return;
    }
    write_step(replay, step, sizeof step);
    const char *part = replay->place.part == REPLAY_TYPICAL ? "typical" : "slowest";
    snprintf(text, size, brief ? "%s %s of %s, %s" : "%s %s of the %s iteration, %s",
             explorer->replay_paused ? "paused" : "replay", pace, part, step);
}

/* ---- what the keys do ----------------------------------------------------------------------- */

/* From the start of the selected run. One without stamps is shown as it is, which is said. */
static void begin(struct explorer *explorer)
{
    struct row row = explorer_selected(explorer);
    explorer->replay_ns = 0;
    explorer->replay_tick_ns = 0;
    explorer->replay.run = NULL;
    if (!row.run || !replay_possible(row.run))
        return;
    if (!replay_begin(&explorer->replay, row.run)) {
        explorer_say(explorer, true, "No memory for a replay");
        explorer->replaying = false;
    } else if (!explorer->paced) {
        explorer->pace = replay_pace_for(row.run, FIRST_SECONDS);
        explorer->paced = true; /* other runs are replayed at the same pace: that is the point */
    }
}

/* True if there is something to replay now. */
static bool start(struct explorer *explorer)
{
    explorer->replaying = true;
    explorer->replay_paused = false;
    begin(explorer);
    if (explorer->replay.run)
        return true;
    struct row row = explorer_selected(explorer);
    explorer->replaying = false;
    explorer_say(explorer, true, "This recording has no stamps of %s at these knobs to replay",
                 row.name ? row.name : "anything");
    return false;
}

void explorer_replay_pause(struct explorer *explorer)
{
    if (!explorer_replays(explorer) || is_over(explorer))
        start(explorer);
    else
        explorer->replay_paused = !explorer->replay_paused;
    explorer->replay_tick_ns = 0;
}

void explorer_replay_pace(struct explorer *explorer, int direction)
{
    if (!explorer_selected(explorer).recorded) {
        explorer_say(explorer, false, "Only the steps of a recording are replayed");
        return;
    }
    if (!explorer_replays(explorer)) {
        start(explorer); /* at a pace that can be followed */
        return;
    }
    int pace = explorer->pace + direction;
    if (pace < REPLAY_PACE_LEAST || pace > REPLAY_PACE_MOST) {
        char text[32];
        replay_pace_text(text, sizeof text, explorer->pace);
        explorer_say(explorer, true, "%s is the %s pace", text,
                     direction < 0 ? "slowest" : "fastest");
        return;
    }
    explorer->pace = pace;
    if (is_over(explorer))
        begin(explorer);
}

bool explorer_replay_end(struct explorer *explorer)
{
    bool was = explorer->replaying;
    explorer->replaying = explorer->paced = false;
    return was;
}

void explorer_replay_follow(struct explorer *explorer)
{
    if (!explorer->replaying)
        return;
    struct row row = explorer_selected(explorer);
    const struct run *run = row.run && replay_possible(row.run) ? row.run : NULL;
    if (run != explorer->replay.run)
        begin(explorer);
}

/* ---- time ----------------------------------------------------------------------------------- */

static bool moves(const struct explorer *explorer)
{
    return explorer_replays(explorer) && !is_over(explorer) && !explorer->replay_paused &&
           !explorer->frozen;
}

int explorer_wait_ms(const struct explorer *explorer, uint64_t now_ns)
{
    if (explorer->overlay == OVERLAY_DEVICES && items_unread(explorer) >= 0)
        return 0;
    if (shelf_is_unread(&explorer->shelf))
        return 0;
    if (moves(explorer))
        return EXPLORER_TICK_MS;
    const int look_ms = explorer_against_wait_ms(explorer);
    return look_ms >= 0 ? look_ms : explorer_demo_wait_ms(explorer, now_ns);
}

/* Looks into one more recording for the shelf. Its runs have moved, and so have the rows behind. */
static bool fill_shelf(struct explorer *explorer)
{
    const uint32_t before = explorer->shelf.points.row_count;
    if (!shelf_read_next(&explorer->shelf))
        return false;
    if (explorer->selected >= explorer_own_rows(explorer) + before)
        explorer->selected += explorer->shelf.points.row_count - before;
    explorer_lay_out(explorer);
    explorer_replay_follow(explorer);
    return true;
}

/* Selects the row that a restored state had selected, when all rows are there again. */
static bool select_awaited(struct explorer *explorer)
{
    const uint32_t row = explorer->awaited;
    if (row == 0 || shelf_is_unread(&explorer->shelf))
        return false;
    explorer->awaited = 0;
    if (row < explorer_rows(explorer))
        explorer_select(explorer, row);
    return true;
}

bool explorer_tick(struct explorer *explorer, uint64_t now_ns)
{
    bool news = fill_shelf(explorer);
    news |= select_awaited(explorer);
    news |= explorer_demo_tick(explorer, now_ns);
    news |= explorer_against_follow(explorer);
    news |= explorer_judge(explorer, now_ns);
    if (explorer->overlay == OVERLAY_DEVICES && items_unread(explorer) >= 0) {
        items_read_next(explorer);
        news = true;
    }
    if (!moves(explorer)) {
        explorer->replay_tick_ns = 0;
        return news;
    }
    if (explorer->replay_tick_ns != 0 && now_ns > explorer->replay_tick_ns)
        explorer->replay_ns +=
            (double)(now_ns - explorer->replay_tick_ns) * replay_pace(explorer->pace);
    explorer->replay_tick_ns = now_ns;
    return replay_go(&explorer->replay, explorer->replay_ns) || news;
}
