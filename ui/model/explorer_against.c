/*
 * explorer_against.c - `pdlab --against BINARY`: this build's selected variant and the other
 * build's take turns. The worker runs this build's turns, one per grant; each turn of the other
 * build is a process. Only one build uses the device at any time.
 */
#include "explorer_against.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_sweep.h"
#include "explorer_tags.h"

#include "../../src/base/text.h"
#include "../../src/harness/rounds.h"

#include <string.h>

#define OTHER_MOST 1000u /* processes of the other build, at most */

/* ---- the other build's row
 * -------------------------------------------------------------------------------- */

/* Writes the mark: "build before" for a file named `before`, in any folder. */
static void write_mark(const char *binary, char *mark, size_t size)
{
    const char *slash = strrchr(binary, '/');
    char name[128];
    text_visible(name, sizeof name, slash ? slash + 1 : binary);
    snprintf(mark, size, "build %s", name);
}

/* Makes the other build's row empty, for the variant that will be measured. */
static void clear_row(struct explorer *explorer, struct tag *tag)
{
    const struct variant *variant = explorer->request.variants[explorer->base];
    const struct knobs *knobs = &explorer->settings.knobs;
    run_close(&tag->run);
    *tag = (struct tag){
        .kind = TAG_CLONE,
        .other_build = true,
        .device = *source_device(&explorer->source),
        .ceilings = *source_ceilings(&explorer->source),
    };
    memcpy(tag->mark, explorer->against.mark, sizeof tag->mark);
    run_begin(&tag->run, variant, knobs, knobs, 0);
}

/* Removes the other build's samples that a restored state contains: they will be measured again. */
static void drop_kept(struct explorer *explorer)
{
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (explorer->tags.tag[i].kind == TAG_CLONE &&
            strcmp(explorer->tags.tag[i].mark, explorer->against.mark) == 0)
            tags_clear(&explorer->tags, i);
}

/* ---- starting and ending -------------------------------------------------------------------- */

/* Tags the selected variant, and the same variant of the other build. */
static bool tag_both(struct explorer *explorer, struct error *error)
{
    struct against_play *against = &explorer->against;
    drop_kept(explorer);
    against->row = explorer->base;
    against->own = explorer_letter(explorer, explorer->base);
    if (against->own < 0 && (against->own = tags_free(&explorer->tags)) >= 0)
        tags_set(&explorer->tags, (uint32_t)against->own, explorer->base);
    const int other = tags_free(&explorer->tags);
    if (against->own < 0 || other < 0)
        return error_set(error, ERROR_INPUT,
                         "--against needs two of the tags A to D, which the restored state uses: "
                         "remove one first");
    clear_row(explorer, &explorer->tags.tag[other]);
    explorer->selected = explorer->base;
    explorer_go_to_view(explorer, VIEW_COMPARE);
    explorer_retag(explorer);
    if (!explorer->message[0]) /* otherwise the message says why pdlab restarted */
        explorer_say(explorer, false,
                     "%c is %s, %c the same variant of %s; they alternate on the device",
                     'A' + against->own, explorer_selected(explorer).name, 'A' + other,
                     explorer->tags.tag[other].mark);
    return true;
}

bool explorer_against_open(struct explorer *explorer, const char *binary, struct error *error)
{
    struct against_play *against = &explorer->against;
    if (!explorer->source.worker)
        return error_set(error, ERROR_INPUT,
                         "--against needs a device, but the restored state is a recording");
    against->binary = binary;
    write_mark(binary, against->mark, sizeof against->mark);
    against->seed = rounds_seed(false, 0);
    against->turns = against_turns_start(binary, error);
    return against->turns && tag_both(explorer, error);
}

void explorer_against_close(struct explorer *explorer)
{
    against_turns_stop(explorer->against.turns);
    explorer->against.turns = NULL;
}

/* The user removed the other build's row: stops measuring that build once its running turn has
 * ended. The thread lives until explorer_against_close. */
static void end(struct explorer *explorer)
{
    against_turns_cancel(explorer->against.turns);
    if (explorer_against_runs(explorer))
        return;
    explorer->against.binary = NULL;
    explorer->request.yields = false;
    explorer_post(explorer);
    explorer_say(explorer, false, "The %s is no longer measured", explorer->against.mark);
}

bool explorer_against_runs(const struct explorer *explorer)
{
    return explorer->against.turns && against_turns_busy(explorer->against.turns);
}

int explorer_against_news(const struct explorer *explorer)
{
    return explorer->against.turns ? against_turns_news(explorer->against.turns) : -1;
}

/* ---- what it measures ----------------------------------------------------------------------- */

/* Whether the selection or the request differs from what the other build measures. */
static bool has_changed(const struct explorer *explorer)
{
    const struct against_play *against = &explorer->against;
    const struct against_order *order = &against->order;
    const struct variant *variant = explorer->request.variants[explorer->base];
    bool changed = order->variant != variant || explorer->request.resets != against->resets ||
                   strcmp(order->device.id, source_device(&explorer->source)->id) != 0;
    for (int id = 0; id < KNOB_COUNT; id++)
        changed |= (variant->knobs >> id & 1) &&
                   order->knobs.value[id] != explorer->settings.knobs.value[id];
    return changed;
}

/* Moves the tag of this build's row to the newly selected variant. If that variant had another tag,
 * removes it. */
static void move_own(struct explorer *explorer)
{
    struct against_play *against = &explorer->against;
    if (against->own < 0)
        return;
    const struct tag *own = &explorer->tags.tag[against->own];
    const int letter = explorer_letter(explorer, explorer->base);
    if (own->kind == TAG_ROW && own->row != against->row) {
        against->own = -1; /* the user moved this tag to another row */
        return;
    }
    if (letter >= 0 && letter != against->own)
        tags_clear(&explorer->tags, (uint32_t)letter);
    tags_clear(&explorer->tags, (uint32_t)against->own); /* the tag may be on a copy of samples */
    tags_set(&explorer->tags, (uint32_t)against->own, explorer->base);
}

/* Starts measuring the present variant and knobs in the other build, from the first turn. */
static void begin_anew(struct explorer *explorer, struct tag *other)
{
    struct against_play *against = &explorer->against;
    clear_row(explorer, other);
    move_own(explorer);
    against->row = explorer->base;
    against->resets = explorer->request.resets;
    against->order = (struct against_order){
        .variant = explorer->request.variants[explorer->base],
        .knobs = explorer->settings.knobs,
        .device = *source_device(&explorer->source),
    };
    against_turns_begin(against->turns, &against->order);
    /* This build has the first turn, so that the user sees the request's result at once. */
    against->cycle = 1;
    against->place = 0;
    against->sequence[0] = 0;
    against->sequence[1] = 1;
    explorer->request.yields = true;
    explorer_retag(explorer);
}

/* Takes the other build's new results. True if there are any. */
static bool take_result(struct explorer *explorer, int letter)
{
    struct tag *tag = &explorer->tags.tag[letter];
    struct against_result result;
    if (!against_turns_take(explorer->against.turns, &result))
        return false;
    const bool first = tag->run.status == RUN_WAITING;
    run_close(&tag->run);
    tag->run = result.run;
    tag->device = result.device;
    verdicts_forget(&explorer->verdicts);
    explorer_widen(explorer);
    if (tag->run.status == RUN_FAILED)
        explorer_say(explorer, true, "%c, %s: %s", 'A' + letter, tag->mark, tag->run.error.text);
    else if (first && *result.unknown)
        explorer_say(explorer, false, "%c, %s, is measured without %s, which it does not know",
                     'A' + letter, tag->mark, result.unknown);
    return true;
}

/* ---- turns ---------------------------------------------------------------------------------- */

/* Whether no turn may start: the user paused, or the device is used otherwise or unavailable. */
static bool is_held(const struct explorer *explorer)
{
    const struct source *source = &explorer->source;
    return !source->worker || explorer->request.paused || explorer->sweep.running ||
           explorer->against.measures || source->snapshot->state == WORKER_FAILED ||
           !source->snapshot->device.id[0] ||
           (!explorer->frozen && source->snapshot->measures != explorer->request.measures);
}

/* Whether the other build may have another turn. After a failure it may not. Once this build has
 * finished, the other build gets as many turns as this build had, but at least EVIDENCE_LEAST. */
static bool is_due(const struct explorer *explorer, const struct run *other)
{
    struct row own = explorer_row(explorer, explorer->base);
    uint32_t most = OTHER_MOST;
    if (own.run && own.run->status >= RUN_DONE)
        most = own.run->turns.units > EVIDENCE_LEAST ? own.run->turns.units : EVIDENCE_LEAST;
    return other->status < RUN_FAILED && other->process_count < most;
}

/* The other build's process has ended: starts the sweep or the device measurement that waited. */
static void give_way(struct explorer *explorer)
{
    explorer_sweep_start(explorer);
    if (!explorer->against.measures)
        return;
    explorer->against.measures = false;
    explorer->request.measures++;
    explorer_post(explorer);
}

/* Starts the next turn. */
static void begin_turn(struct explorer *explorer)
{
    struct against_play *against = &explorer->against;
    if (against->place == 2) {
        against->place = 0;
        rounds_order(against->seed, 0, ++against->cycle, 2, against->sequence);
    }
    against->others = against->sequence[against->place++] == 1;
    if (against->others) {
        against_turns_go(against->turns, against->cycle, against->place);
    } else {
        explorer->request.grants++;
        explorer_post(explorer);
    }
}

/* Whether a turn of either build is running. */
static bool has_turn(const struct explorer *explorer)
{
    const struct against_play *against = &explorer->against;
    return explorer_against_runs(explorer) ||
           (!against->others && against->place > 0 &&
            !worker_rests(explorer->source.worker, explorer->posted));
}

bool explorer_against_follow(struct explorer *explorer)
{
    struct against_play *against = &explorer->against;
    if (!against->turns || !against->binary)
        return false;
    against_turns_heed(against->turns);
    const int letter = tags_other_build(&explorer->tags);
    if (letter < 0) {
        end(explorer);
        return true;
    }
    bool news = !explorer->frozen && take_result(explorer, letter);
    if (is_held(explorer)) {
        against_turns_cancel(against->turns);
        if (!explorer_against_runs(explorer))
            give_way(explorer);
        return news;
    }
    if (has_changed(explorer)) {
        begin_anew(explorer, &explorer->tags.tag[letter]);
        news = true;
    }
    if (has_turn(explorer))
        return news;
    if (is_due(explorer, &explorer->tags.tag[letter].run)) {
        begin_turn(explorer);
    } else if (explorer->request.yields) {
        explorer->request.yields = false; /* this build no longer takes turns */
        explorer_post(explorer);
    }
    return news;
}

int explorer_against_wait_ms(const struct explorer *explorer)
{
    /* While the screen is frozen, no snapshot reports that the worker is idle. */
    const bool looks = explorer->against.turns && explorer->against.binary && explorer->frozen;
    return looks ? EXPLORER_TICK_MS : -1;
}
