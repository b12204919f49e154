#include "replay.h"
#include "../base/text.h"

#include <math.h>
#include <stdio.h>

/* ---- progress of a replay ------------------------------------------------------------------- */

const struct trace *replay_trace(const struct run *run, enum replay_part part)
{
    const struct trace *trace = part == REPLAY_TYPICAL   ? &run->typical
                                : part == REPLAY_SLOWEST ? &run->slowest
                                                         : NULL;
    return trace && trace->iteration_ns > 0 && trace->steps > 0 && trace->programs > 0 ? trace
                                                                                       : NULL;
}

/* Returns the first part, from `part` on, that has stamps. */
static enum replay_part next_part(const struct run *run, enum replay_part part)
{
    while (part < REPLAY_PARTS && !replay_trace(run, part))
        part++;
    return part;
}

bool replay_possible(const struct run *run)
{
    return next_part(run, REPLAY_TYPICAL) < REPLAY_PARTS;
}

/* Returns how many steps had ended in all programs at time `ns`, counted from the first step. */
static uint32_t count_done(const struct trace *trace, double ns)
{
    for (uint32_t step = 0; step < trace->steps; step++)
        for (uint32_t program = 0; program < trace->programs; program++)
            if ((double)trace->stamps[(size_t)program * trace->steps + step].end_ns > ns)
                return step;
    return trace->steps;
}

struct replay_place replay_at(const struct run *run, double recorded_ns)
{
    enum replay_part part = next_part(run, REPLAY_TYPICAL);
    for (; part < REPLAY_PARTS; part = next_part(run, part + 1)) {
        const struct trace *trace = replay_trace(run, part);
        if (recorded_ns < (double)trace->iteration_ns)
            return (struct replay_place){.part = part, .done = count_done(trace, recorded_ns)};
        recorded_ns -= (double)trace->iteration_ns;
    }
    return (struct replay_place){.part = REPLAY_PARTS};
}

/* ---- pace ----------------------------------------------------------------------------------- */

double replay_pace(int number)
{
    static const int digits[] = {1, 2, 5};
    const int at = (number % 3 + 3) % 3, exponent = (number - at) / 3;
    return digits[at] * pow(10, exponent);
}

const char *replay_pace_text(char *text, size_t size, int number)
{
    double pace = replay_pace(number);
    char whole[32];
    text_integer(whole, sizeof whole, llround(pace < 1 ? 1 / pace : pace));
    snprintf(text, size, "%s%s", pace < 1 ? "1/" : "", whole);
    return text;
}

int replay_pace_for(const struct run *run, double seconds)
{
    const struct trace *trace = replay_trace(run, next_part(run, REPLAY_TYPICAL));
    int number = REPLAY_PACE_LEAST;
    while (trace && number < REPLAY_PACE_MOST &&
           (double)trace->iteration_ns >= replay_pace(number + 1) * seconds * 1e9)
        number++;
    return number;
}

/* ---- filling the histograms ----------------------------------------------------------------- */

static void begin_part(struct replay *replay, enum replay_part part)
{
    replay->place = (struct replay_place){.part = next_part(replay->run, part)};
    steps_begin(&replay->steps, replay->run->facts.free_running, false);
    steps_submit(&replay->steps, 0);
}

bool replay_begin(struct replay *replay, const struct run *run)
{
    struct run *shown = &replay->shown;
    if (!shown->histograms[0].counts && !run_open(shown))
        return false;
    struct run described = *run;
    for (int i = 0; i < METRIC_COUNT; i++) {
        histogram_clear(&shown->histograms[i]);
        described.histograms[i] = shown->histograms[i];
    }
    described.typical = described.slowest = (struct trace){0};
    described.processes = NULL;
    described.process_count = 0;
    described.left_out = 0;
    *shown = described;
    replay->run = run;
    begin_part(replay, REPLAY_TYPICAL);
    return true;
}

void replay_close(struct replay *replay)
{
    run_close(&replay->shown);
    replay->run = NULL;
}

/* Records the steps of the current part up to step `done`. */
static void add_steps(struct replay *replay, const struct trace *trace, uint32_t done)
{
    const struct stamp_batch batch = {
        .stamps = trace->stamps,
        .stride = trace->steps,
        .programs = trace->programs,
        .first = replay->place.done,
        .count = done - replay->place.done,
    };
    steps_add(&replay->steps, &batch, &replay->shown);
    replay->place.done = done;
}

/* Records the rest of the current part, and starts the next. The sync time is known only if the
 * stamp of the iteration's last step was kept. */
static void finish_part(struct replay *replay, const struct trace *trace)
{
    add_steps(replay, trace, trace->steps);
    steps_add_prefill(trace->spans, trace->span_count, &replay->shown);
    if (trace->steps == trace->steps_run)
        steps_finish(&replay->steps, trace->iteration_ns, &replay->shown);
    else
        histogram_record(&replay->shown.histograms[METRIC_ITERATION], trace->iteration_ns);
    begin_part(replay, replay->place.part + 1);
}

bool replay_go(struct replay *replay, double recorded_ns)
{
    if (!replay->run)
        return false;
    const struct replay_place target = replay_at(replay->run, recorded_ns);
    bool changed = false;
    while (replay->place.part < target.part) {
        finish_part(replay, replay_trace(replay->run, replay->place.part));
        changed = true;
    }
    if (target.part < REPLAY_PARTS && target.done > replay->place.done) {
        add_steps(replay, replay_trace(replay->run, target.part), target.done);
        changed = true;
    }
    return changed;
}
