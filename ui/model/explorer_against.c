/*
 * explorer_against.c - `pdlab --against BINARY`: the selected variant and the same one of another
 * build, in turns. This one's turns are the worker's, each of which takes a grant; the other's are
 * processes. Only one of the two has the device at any time.
 */
#include "explorer_against.h"
#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_sweep.h"
#include "explorer_tags.h"

#include "../../src/base/text.h"
#include "../../src/harness/rounds.h"

#include <string.h>

#define OTHER_MOST 1000u /* processes of the other build */

/* ---- its row -------------------------------------------------------------------------------- */

/* "build before": by the file's own name, as long as it may be. */
static void write_mark(const char *binary, char *mark, size_t size)
{
    const char *slash = strrchr(binary, '/');
    char name[128];
    text_visible(name, sizeof name, slash ? slash + 1 : binary);
    snprintf(mark, size, "build %s", name);
}

/* An empty row of the variant that is to be measured. */
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
    write_mark(explorer->against.binary, tag->mark, sizeof tag->mark);
    run_begin(&tag->run, variant, knobs, knobs, 0);
}

/* What an explorer before has kept of such a row: it is measured anew. */
static void drop_kept(struct explorer *explorer)
{
    char mark[sizeof explorer->tags.tag[0].mark];
    write_mark(explorer->against.binary, mark, sizeof mark);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++)
        if (explorer->tags.tag[i].kind == TAG_CLONE &&
            strcmp(explorer->tags.tag[i].mark, mark) == 0)
            tags_clear(&explorer->tags, i);
}

/* ---- beginning and ending ------------------------------------------------------------------- */

/* Gives the selected variant and its counterpart a letter each. */
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
                         "--against takes two of the letters A to D, which --restore has brought "
                         "back: take one off first");
    clear_row(explorer, &explorer->tags.tag[other]);
    explorer->selected = explorer->base;
    explorer_go_to_view(explorer, VIEW_COMPARE);
    explorer_retag(explorer);
    if (!explorer->message[0]) /* else it says why it was started again */
        explorer_say(explorer, false, "%c is %s, %c the same of %s; they alternate on the device",
                     'A' + against->own, explorer_selected(explorer).name, 'A' + other,
                     explorer->tags.tag[other].mark);
    return true;
}

bool explorer_against_open(struct explorer *explorer, const char *binary, struct error *error)
{
    struct against_play *against = &explorer->against;
    if (!explorer->source.worker)
        return error_set(error, ERROR_INPUT,
                         "--against needs a device, and --restore has brought back a recording");
    against->binary = binary;
    against->seed = rounds_seed(false, 0);
    against->turns = against_turns_start(binary, error);
    return against->turns && tag_both(explorer, error);
}

void explorer_against_close(struct explorer *explorer)
{
    against_turns_stop(explorer->against.turns);
    explorer->against.turns = NULL;
}

/* Its row is gone: once what runs has ended, it is never measured again. The thread is stopped with
 * the explorer. */
static void end(struct explorer *explorer)
{
    char mark[sizeof explorer->tags.tag[0].mark];
    against_turns_cancel(explorer->against.turns);
    if (explorer_against_runs(explorer))
        return;
    write_mark(explorer->against.binary, mark, sizeof mark);
    explorer->against.binary = NULL;
    explorer->request.yields = false;
    explorer_post(explorer);
    explorer_say(explorer, false, "The %s is no longer measured", mark);
}

void explorer_against_cancel(struct explorer *explorer)
{
    if (explorer->against.turns)
        against_turns_cancel(explorer->against.turns);
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

/* Whether something else is selected or asked for than what the other build measures. */
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

/* The letter that this build's side has got goes to the variant that is selected now, whatever
 * letter that had. */
static void move_own(struct explorer *explorer)
{
    struct against_play *against = &explorer->against;
    if (against->own < 0)
        return;
    const struct tag *own = &explorer->tags.tag[against->own];
    const int letter = explorer_letter(explorer, explorer->base);
    if (own->kind == TAG_ROW && own->row != against->row) {
        against->own = -1; /* it was given to another row */
        return;
    }
    if (letter >= 0 && letter != against->own)
        tags_clear(&explorer->tags, (uint32_t)letter);
    tags_clear(&explorer->tags, (uint32_t)against->own); /* it may hold kept samples by now */
    tags_set(&explorer->tags, (uint32_t)against->own, explorer->base);
}

/* The other build starts again, with the present variant and knobs. */
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
    /* The first turn is this build's, so that what was asked for is seen at once. */
    against->cycle = 1;
    against->place = 0;
    against->sequence[0] = 0;
    against->sequence[1] = 1;
    explorer->request.yields = true;
    explorer_retag(explorer);
}

/* Takes what the other build has measured by now. True if there is something new. */
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
        explorer_say(explorer, false, "%c, %s, does not know %s: it runs without", 'A' + letter,
                     tag->mark, result.unknown);
    return true;
}

/* ---- turns ---------------------------------------------------------------------------------- */

/* Whether neither side is to begin a turn: both wait, or something else has the device. */
static bool is_held(const struct explorer *explorer)
{
    const struct source *source = &explorer->source;
    return !source->worker || explorer->request.paused || explorer->sweep.running ||
           explorer->against.measures || source->snapshot->state == WORKER_FAILED ||
           !source->snapshot->device.id[0] ||
           (!explorer->frozen && source->snapshot->measures != explorer->request.measures);
}

/* Whether the other build is to have more turns: none if it failed, and no more than this one,
 * where this one has none to come. */
static bool is_due(const struct explorer *explorer, const struct run *other)
{
    struct row own = explorer_row(explorer, explorer->base);
    uint32_t most = OTHER_MOST;
    if (own.run && own.run->status >= RUN_DONE)
        most = own.run->turns.units > EVIDENCE_LEAST ? own.run->turns.units : EVIDENCE_LEAST;
    return other->status < RUN_FAILED && other->process_count < most;
}

/* Nothing runs any more of the other build: what has waited for that begins. */
static void give_way(struct explorer *explorer)
{
    explorer_sweep_start(explorer);
    if (!explorer->against.measures)
        return;
    explorer->against.measures = false;
    explorer->request.measures++;
    explorer_post(explorer);
}

/* The turn that was is over. */
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

/* The one whose turn it is has the device. */
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
        explorer->request.yields = false; /* this one goes on alone */
        explorer_post(explorer);
    }
    return news;
}

int explorer_against_wait_ms(const struct explorer *explorer)
{
    /* Nobody tells a frozen screen that the worker rests. */
    const bool looks = explorer->against.turns && explorer->against.binary && explorer->frozen;
    return looks ? EXPLORER_TICK_MS : -1;
}
