#include "replay_view.h"

#include <stdio.h>

#define FIRST_SECONDS 6.0 /* the initial pace replays the first iteration in about this time */

bool replay_view_shows(const struct replay_view *view)
{
    return view->on && view->steps.run;
}

bool replay_view_is_over(const struct replay_view *view)
{
    return view->steps.place.part == REPLAY_PARTS;
}

bool replay_view_moves(const struct replay_view *view)
{
    return replay_view_shows(view) && !replay_view_is_over(view) && !view->paused;
}

/* ---- starting and ending -------------------------------------------------------------------- */

/* Replays a run from its start. Without stamps, the screen shows all samples of the run. */
static enum replay_begun begin(struct replay_view *view, const struct run *run)
{
    view->passed_ns = 0;
    view->looked_ns = 0;
    view->steps.run = NULL;
    if (!run || !replay_possible(run))
        return REPLAY_NO_STAMPS;
    if (!replay_begin(&view->steps, run)) {
        view->on = false;
        return REPLAY_NO_MEMORY;
    }
    if (!view->paced) {
        view->pace = replay_pace_for(run, FIRST_SECONDS);
        view->paced = true; /* other runs replay at the same pace: comparable by eye */
    }
    return REPLAY_BEGUN;
}

enum replay_begun replay_view_start(struct replay_view *view, const struct run *run)
{
    view->on = true;
    view->paused = false;
    const enum replay_begun begun = begin(view, run);
    view->on = begun == REPLAY_BEGUN;
    return begun;
}

enum replay_begun replay_view_follow(struct replay_view *view, const struct run *run)
{
    const struct run *stamped = run && replay_possible(run) ? run : NULL;
    return !view->on || stamped == view->steps.run ? REPLAY_BEGUN : begin(view, run);
}

void replay_view_pause(struct replay_view *view)
{
    view->paused = !view->paused;
    view->looked_ns = 0;
}

bool replay_view_change_pace(struct replay_view *view, int direction)
{
    const int pace = view->pace + direction;
    if (pace < REPLAY_PACE_LEAST || pace > REPLAY_PACE_MOST)
        return false;
    view->pace = pace;
    if (replay_view_is_over(view))
        begin(view, view->steps.run);
    return true;
}

bool replay_view_end(struct replay_view *view)
{
    const bool was = view->on;
    view->on = view->paced = false;
    return was;
}

void replay_view_close(struct replay_view *view)
{
    view->on = view->paced = false;
    replay_close(&view->steps);
}

bool replay_view_tick(struct replay_view *view, bool may_move, uint64_t now_ns)
{
    if (!may_move || !replay_view_moves(view)) {
        view->looked_ns = 0;
        return false;
    }
    if (view->looked_ns != 0 && now_ns > view->looked_ns)
        view->passed_ns += (double)(now_ns - view->looked_ns) * replay_pace(view->pace);
    view->looked_ns = now_ns;
    return replay_go(&view->steps, view->passed_ns);
}

/* ---- progress ------------------------------------------------------------------------------- */

/* Writes "step 12 of 32". If the trace has only some of the steps or programs, also writes how many
 * ran. */
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

static void write_over(const struct replay *replay, const char *again, bool brief, char *text,
                       size_t size)
{
    const bool typical = replay_trace(replay->run, REPLAY_TYPICAL);
    const bool slowest = replay_trace(replay->run, REPLAY_SLOWEST);
    snprintf(text, size, "replayed the %s iteration%s%s%s",
             typical && slowest ? "typical and the slowest"
             : typical          ? "typical"
                                : "slowest",
             brief                ? ""
             : typical && slowest ? "; "
             : typical            ? "; no stamps of the slowest; "
                                  : "; no stamps of a typical one; ",
             brief ? "" : again, brief ? "" : " again");
}

void replay_view_status(const struct replay_view *view, const struct run *run, const char *again,
                        bool brief, char *text, size_t size)
{
    const struct replay *replay = &view->steps;
    char pace[32], step[160];
    text[0] = '\0';
    if (!view->on)
        return;
    if (!replay->run) {
        const bool samples = run && run->histograms[METRIC_ITERATION].count > 0;
        snprintf(text, size, "%s",
                 !samples ? "nothing recorded to replay"
                 : brief  ? "no stamps kept: not replayed"
                          : "this run has no stamps: these are all its samples");
        return;
    }
    if (replay_view_is_over(view)) {
        write_over(replay, again, brief, text, size);
        return;
    }
    replay_pace_text(pace, sizeof pace, view->pace);
    write_step(replay, step, sizeof step);
    const char *part = replay->place.part == REPLAY_TYPICAL ? "typical" : "slowest";
    snprintf(text, size, brief ? "%s %s of %s, %s" : "%s %s of the %s iteration, %s",
             view->paused ? "paused" : "replay", pace, part, step);
}
