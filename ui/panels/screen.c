#include "screen.h"
#include "../views/views.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"

#include <stdio.h>
#include <string.h>

void screen_speedup(const struct screen *screen, double speedup, char *text, size_t size)
{
    if (speedup <= 0)
        snprintf(text, size, "%s", "");
    else
        snprintf(text, size, "%s%.*f", screen->theme->glyphs->times,
                 speedup < 9.995  ? 2
                 : speedup < 99.5 ? 1
                                  : 0,
                 speedup);
}

bool screen_unlike(const struct screen *screen, const struct row *row, int columns, char *text,
                   size_t size)
{
    const bool unlike = explorer_unlike(screen->explorer, row, false, text, size);
    if (draw_columns(text) > columns)
        text[0] = '\0';
    return unlike;
}

enum role screen_letter_role(int letter)
{
    static const enum role roles[EXPLORER_TAGS] = {ROLE_BAR, ROLE_TAIL, ROLE_STRONG, ROLE_MARK};
    return roles[letter];
}

void screen_draw_lists(const struct screen *screen)
{
    const struct layout *layout = &screen->explorer->layout;
    if (layout->size != LAYOUT_WIDE)
        panel_variants_line(screen, layout->variants);
    else if (layout->variants.rows > 0)
        panel_variants_draw(screen, layout->variants);
    if (layout->knobs.rows > 0)
        panel_knobs_draw(screen, layout->knobs);
    if (layout->lesson.rows > 0)
        panel_lesson_draw(screen, layout->lesson);
}

/* ---- header --------------------------------------------------------------------------------- */

/* Whether what is looked at waits until its device is measured. */
static bool measures(const struct explorer *explorer)
{
    const struct source *source = &explorer->source;
    return source->worker && !explorer->frozen && !explorer_selected(explorer).recorded &&
           source->snapshot->state == WORKER_MEASURING;
}

/* The state in one word, and whether it wants attention; "" for a recording, whose mark says it,
 * while it is not replayed. */
static const char *state_word(const struct explorer *explorer, bool *alert)
{
    const struct source *source = &explorer->source;
    struct row row = explorer_selected(explorer);
    *alert = true;
    if (row.recorded)
        return !explorer_replays(explorer)                   ? ""
               : explorer->frozen                            ? "FROZEN"
               : explorer->replay.place.part == REPLAY_PARTS ? "REPLAYED"
               : explorer->replay_paused                     ? "PAUSED"
                                                             : "REPLAY";
    if (!source->worker)
        return "NO DEVICE";
    if (explorer->frozen)
        return "FROZEN";
    if (source->snapshot->state == WORKER_FAILED)
        return "FAILED";
    if (source->snapshot->state == WORKER_STALLED)
        return "STALLED";
    if (measures(explorer))
        return "MEASURING";
    if (explorer->request.paused)
        return "PAUSED";
    *alert = row.run && row.run->status == RUN_FAILED;
    if (*alert)
        return "FAILED";
    if (source->snapshot->state == WORKER_OPENING)
        return "OPENING";
    if (row.run && row.run->status == RUN_DONE)
        return "DONE";
    if (explorer_against_runs(explorer))
        return "OTHER BUILD";
    return source->snapshot->state == WORKER_RUNNING ? "RUNNING" : "IDLE";
}

/* "AMD EPYC · AVX-512 · 2 cores", or the recording's mark. */
static void describe_device(const struct screen *screen, char *text, size_t size)
{
    const struct device_info *device = source_device(&screen->explorer->source);
    const char *dot = screen->theme->glyphs->dot;
    struct row row = explorer_selected(screen->explorer);
    if (row.recorded)
        snprintf(text, size, "%s", row.mark);
    else if (device->id[0])
        snprintf(text, size, "%s %s %s %s %u %s%s", device->name, dot, device->isa, dot,
                 device->units, device->backend == BACKEND_CPU ? "core" : "SM",
                 device->units == 1 ? "" : "s");
    else
        snprintf(text, size, "opening the device");
}

/* The keys of the views and their names, the present one in brackets; where there is little room
 * that alone. Returns the column after them. */
static int draw_views(const struct screen *screen, struct rectangle area, int column)
{
    for (int view = 0; view < VIEW_COUNT && area.columns >= 60; view++) {
        const bool here = view == (int)screen->explorer->view;
        const struct key *key = key_table;
        char number[16], text[48];
        if (!here && area.columns < 110)
            continue;
        while (key->action != views[view].action)
            key++;
        press_name(key->presses[0], NULL, number, sizeof number);
        snprintf(text, sizeof text, here ? "[%s %s]" : " %s %s ", number, views[view].name);
        column = draw_text(screen->theme, area, 0, column, here ? ROLE_FOCUS : ROLE_DIM, text);
    }
    return column;
}

static void draw_header(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    const struct theme *theme = screen->theme;
    struct row row = explorer_selected(explorer);
    char right[96] = "service time", device[192], state[48];
    bool alert;
    const char *word = state_word(explorer, &alert);
    const bool sentence = measures(explorer) && area.columns >= 60;
    if (sentence)
        snprintf(state, sizeof state, " measuring what the device can do, 1 s ");
    else if (explorer->losses > 0)
        snprintf(state, sizeof state, " %s%sDEVICE LOST %ux ", word, *word ? ", " : "",
                 explorer->losses);
    else
        snprintf(state, sizeof state, *word ? " %s " : "%s", word);
    if (sentence)
        right[0] = '\0'; /* there is no room for more */
    else if (row.run && row.run->epoch > 0)
        snprintf(right, sizeof right, "epoch %llu %s service time",
                 (unsigned long long)row.run->epoch, theme->glyphs->dot);
    int end = area.columns - 1;
    int state_columns = draw_columns(state), right_columns = draw_columns(right);
    bool roomy = area.columns >= 80;
    int state_at = end - state_columns - (roomy ? right_columns + 1 : 0);

    int column = draw_text(theme, area, 0, 0, ROLE_BADGE, " pdlab ");
    column = draw_views(screen, area, column);
    describe_device(screen, device, sizeof device);
    if (sentence)
        device[0] = '\0';
    if (!row.recorded && !sentence && area.columns >= 60) {
        column = draw_text(theme, area, 0, column + 1, ROLE_STRONG, explorer->preset.name);
        if (area.columns >= 150) {
            column = draw_text(theme, area, 0, column + 1, ROLE_DIM, "of");
            column = draw_text(theme, area, 0, column + 1, ROLE_TEXT, explorer->preset.target);
        }
        column = draw_text(theme, area, 0, column + 1, ROLE_DIM, "on");
    }
    int room = state_at - column - 2;
    if (row.recorded && draw_columns(device) < room)
        room = draw_columns(device);
    draw_field(theme, area, 0, column + 1, room, row.recorded ? ROLE_ALERT : ROLE_TEXT, device);
    alert |= explorer->losses > 0;
    draw_text(theme, area, 0, state_at, alert ? ROLE_ALERT : ROLE_BADGE, state);
    if (roomy)
        draw_text(theme, area, 0, state_at + state_columns + 1, ROLE_DIM, right);
}

/* ---- the detail line ------------------------------------------------------------------------ */

static void draw_prompt(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    char label[256];
    if (explorer->overlay == OVERLAY_FILTER) {
        snprintf(label, sizeof label, "Only variants with: ");
    } else {
        char accepted[160];
        if (explorer->source.recorded)
            explorer_values_text(explorer, explorer->knob, accepted, sizeof accepted);
        else
            knob_accepts(explorer->knob, accepted, sizeof accepted);
        snprintf(label, sizeof label, "%s (%s%s): ", knob_table[explorer->knob].name,
                 explorer->source.recorded ? "recorded: " : "", accepted);
    }
    int column = draw_text(screen->theme, area, 0, 1, ROLE_STRONG, label);
    column = draw_text(screen->theme, area, 0, column, ROLE_TEXT, explorer->line);
    draw_text(screen->theme, area, 0, column, ROLE_CURSOR, " ");
}

/* The values that a recording has of the knob, from where the present one can be seen: dim those
 * that it has only with other knobs than these. */
static void draw_values(const struct screen *screen, struct rectangle area, int column)
{
    const struct explorer *explorer = screen->explorer;
    const enum knob_id id = explorer->knob;
    struct points_value values[POINTS_VALUES];
    const size_t count = explorer_values(explorer, id, values, POINTS_VALUES);
    const size_t fit = area.columns > column ? (size_t)(area.columns - column) / 8 : 0;
    size_t present = 0;
    while (present < count && values[present].value < explorer->point.value[id])
        present++;
    for (size_t i = present > fit / 2 && count > fit ? present - fit / 2 : 0; i < count; i++) {
        char word[32], text[40];
        bool is_present = values[i].value == explorer->point.value[id];
        knob_format(id, values[i].value, word, sizeof word);
        snprintf(text, sizeof text, is_present ? "[%s]" : "%s", word);
        column = draw_text(screen->theme, area, 0, column + 1,
                           !values[i].here ? ROLE_DIM
                           : is_present    ? ROLE_STRONG
                                           : ROLE_TEXT,
                           text);
    }
}

/* A knob of a recording: its values, and below what it is. */
static void draw_recorded_knob(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    const struct knob_info *knob = &knob_table[explorer->knob];
    const bool read = explorer_reads(explorer, explorer->knob);
    struct row row = explorer_selected(explorer);
    int column = draw_format(screen->theme, area, 0, 0, ROLE_TEXT, "%s%s%s recorded at", knob->name,
                             *knob->unit ? " in " : "", knob->unit);
    draw_values(screen, area, column);
    if (area.rows < 2)
        return;
    struct rectangle below = {area.row + 1, area.column, area.rows - 1, area.columns};
    char text[320];
    snprintf(text, sizeof text, "%s%s%s", knob->help, read ? "" : " Not read by ",
             read ? "" : row.name);
    draw_field(screen->theme, below, 0, 0, below.columns, ROLE_TEXT, text);
}

static void draw_knob(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    const struct knob_info *knob = &knob_table[explorer->knob];
    char accepted[160], text[640], value[40];
    int64_t asked, used;
    knob_accepts(explorer->knob, accepted, sizeof accepted);
    explorer_knob(explorer, explorer->knob, &asked, &used);
    knob_format(explorer->knob, asked, value, sizeof value);
    const char *dot = screen->theme->glyphs->dot;
    struct row row = explorer_selected(explorer);
    bool read = explorer_reads(explorer, explorer->knob);
    snprintf(text, sizeof text, "%s %s (%s) %s takes %s%s%s %s %s%s%s", knob->name, value,
             explorer_knob_source(explorer, explorer->knob), dot, accepted, *knob->unit ? " " : "",
             knob->unit, dot, knob->help, read ? "" : " Not read by ", read ? "" : row.name);
    draw_wrapped(screen->theme, area, 0, ROLE_TEXT, text);
}

static void draw_variant(const struct screen *screen, struct rectangle area)
{
    struct row row = explorer_selected(screen->explorer);
    const char *reason = explorer_reason(&row);
    char text[768], unlike[256];
    if (!row.name)
        return;
    if (*reason)
        snprintf(text, sizeof text, "%s: %s", row.name, reason);
    else if (explorer_unlike(screen->explorer, &row, true, unlike, sizeof unlike))
        snprintf(text, sizeof text, "%s: unlike the present workload, so it has no ratio: %s",
                 row.name, unlike);
    else if (screen->explorer->source.recorded && !row.run)
        snprintf(text, sizeof text, "%s: not recorded at these knobs; Enter goes to the nearest",
                 row.name);
    else if (!row.known)
        snprintf(text, sizeof text, "%s: recorded; this build lacks it", row.name);
    else if (screen->explorer->layout.lesson.rows == 0)
        snprintf(text, sizeof text, "%s: %s", row.name, row.known->why);
    else
        snprintf(text, sizeof text, "%s: %s %s rung %d of %s%s%s", row.name, row.known->title,
                 screen->theme->glyphs->dot, row.known->rung, row.known->target,
                 row.known->after ? ", after " : ", the baseline",
                 row.known->after ? row.known->after : "");
    draw_wrapped(screen->theme, area, 0, *reason ? ROLE_BAD : ROLE_TEXT, text);
}

/* What the row of the set-up under the cursor is, or which key is waited for. */
static void draw_setup(const struct screen *screen, struct rectangle area)
{
    struct setup_row row;
    char text[256];
    explorer_setup_row(screen->explorer, screen->explorer->cursor, &row);
    if (screen->explorer->setup.captures)
        snprintf(text, sizeof text, "Press the new key for: %s (now %s). Esc: none", row.name,
                 row.value);
    else if (row.is_key)
        snprintf(text, sizeof text,
                 "Enter, then another key for it; Backspace brings its own back");
    else
        snprintf(text, sizeof text, "%s", row.help);
    draw_wrapped(screen->theme, area, 0, ROLE_TEXT, text);
}

static void draw_detail(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    struct rectangle inset = {area.row, area.column + 1, area.rows, area.columns - 2};
    const struct snapshot *snapshot = explorer->source.snapshot;
    if (explorer_mode(explorer) == MODE_TEXT)
        draw_prompt(screen, area);
    else if (explorer->message[0])
        draw_wrapped(screen->theme, inset, 0, explorer->message_bad ? ROLE_BAD : ROLE_STRONG,
                     explorer->message);
    else if (explorer_mode(explorer) == MODE_LIST && explorer->item_count > 0)
        draw_wrapped(screen->theme, inset, 0, ROLE_TEXT, explorer->items[explorer->cursor].detail);
    else if (explorer->overlay == OVERLAY_SETUP)
        draw_setup(screen, inset);
    else if (explorer->source.worker && snapshot->state == WORKER_FAILED)
        draw_wrapped(screen->theme, inset, 0, ROLE_BAD, snapshot->error.text);
    else if (explorer->focus == FOCUS_KNOBS && explorer->source.recorded)
        draw_recorded_knob(screen, inset);
    else if (explorer->focus == FOCUS_KNOBS)
        draw_knob(screen, inset);
    else
        draw_variant(screen, inset);
}

/* ---- footer --------------------------------------------------------------------------------- */

static void draw_footer(const struct screen *screen, struct rectangle area)
{
    const struct theme *theme = screen->theme;
    const char *const *arrows = theme->glyphs->arrows;
    const struct key *keys[ACTION_COUNT];
    size_t count = keys_in_footer(explorer_mode(screen->explorer), area.columns - 1, arrows, keys,
                                  ACTION_COUNT);
    int column = 1;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        key_footer(keys[i], arrows, name, sizeof name);
        column = draw_text(theme, area, 0, column, ROLE_KEY, name);
        column = draw_text(theme, area, 0, column + 1, ROLE_TEXT, keys[i]->footer) + 2;
    }
}

/* ---- a frame -------------------------------------------------------------------------------- */

/* What is shown of a run, where it is not the latency of a step of the batch: "gap ". */
static const char *shown_metric(const struct explorer *explorer, const struct run *run)
{
    switch (explorer->metric) {
    case METRIC_STEP:
        return run && run->facts.free_running ? "own step " : "";
    case METRIC_BUSY:
        return "busy ";
    case METRIC_GAP:
        return "gap ";
    default:
        return "iteration ";
    }
}

/* All there is room for: the selected variant's p50 and p99. */
static void draw_line(const struct screen *screen, struct rectangle area)
{
    struct row row = explorer_shown(screen->explorer);
    const struct histogram *histogram =
        row.run ? &row.run->histograms[screen->explorer->metric] : NULL;
    char p50[24] = "-", p99[24] = "-", unlike[256];
    if (histogram) {
        text_percentile(p50, sizeof p50, histogram, 0.5);
        text_percentile(p99, sizeof p99, histogram, 0.99);
    }
    if (screen_unlike(screen, &row, 12, unlike, sizeof unlike) && !*unlike)
        snprintf(unlike, sizeof unlike, SCREEN_UNLIKE);
    draw_format(screen->theme, area, 0, 0, ROLE_TEXT, "%s%sp50 %s p99 %s %s%s%s",
                explorer_replays(screen->explorer) ? "RECORDED replay "
                : row.recorded                     ? "RECORDED "
                                                   : "",
                shown_metric(screen->explorer, row.run), p50, p99, unlike, *unlike ? " " : "",
                row.name ? row.name : "");
}

void screen_draw(const struct screen *screen)
{
    const struct layout *layout = &screen->explorer->layout;
    erase();
    if (layout->size == LAYOUT_LINE) {
        draw_line(screen, layout->header);
    } else {
        draw_header(screen, layout->header);
        if (screen->explorer->big)
            panel_big_draw(screen, layout->body);
        else
            views[screen->explorer->view].draw(screen);
        overlay_draw(screen);
        draw_detail(screen, layout->detail);
        draw_footer(screen, layout->footer);
    }
    if (layout->caption.rows > 0)
        panel_caption_draw(screen, layout->caption);
    wnoutrefresh(stdscr);
    doupdate();
}
