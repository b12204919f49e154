#include "explorer_copy.h"

#include "../../src/base/cluster.h"
#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "explorer_export.h"
#include "explorer_private.h"
#include "explorer_replay.h"
#include "explorer_tags.h"
#include "items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOX_COLUMNS 100

/* ---- the verdict ------------------------------------------------------------------------------
 */

static void write_comparison(const struct comparison *comparison, FILE *out)
{
    char verdict[256];
    verdict_text(comparison, "×", "±", verdict, sizeof verdict);
    fprintf(out, "%s\n", verdict);
}

static void write_compared(const struct explorer *explorer, FILE *out)
{
    const int first = tags_reference(&explorer->tags);
    for (uint32_t i = 0; i < EXPLORER_TAGS && first >= 0; i++) {
        if (!explorer->verdicts.judged[i])
            continue;
        const struct row row = explorer_tagged(explorer, i);
        fprintf(out, "%c %s against %c %s, iteration p50: ", 'A' + (int)i, row.name, 'A' + first,
                explorer_tagged(explorer, (uint32_t)first).name);
        write_comparison(&explorer->verdicts.comparisons[i], out);
    }
}

static void write_remembered(const struct explorer *explorer, FILE *out)
{
    const struct history *history = &explorer->history;
    char changed[256];
    if (history->cursor >= history->count || !history->entries[history->cursor].compared)
        return;
    const struct history_entry *entry = &history->entries[history->cursor];
    history_changed_text(history, history->cursor, changed, sizeof changed);
    fprintf(out, "%s, %s, against %s before, iteration p50: ", entry->run.variant, changed,
            entry[-1].run.variant);
    write_comparison(&entry->comparison, out);
}

/* ---- the numbers ------------------------------------------------------------------------------
 */

static void write_knobs(const struct run *run, FILE *out)
{
    const uint64_t read = run_read_knobs(run);
    const char *separator = "";
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[40];
        if (!(read >> id & 1))
            continue;
        knob_format((enum knob_id)id, run->used.value[id], value, sizeof value);
        fprintf(out, "%s%s %s", separator, knob_table[id].name, value);
        separator = ", ";
    }
}

/* Writes a metric's percentiles: "p50 13.1 us, p99 40.0 us". Writes nothing without samples. */
static void write_percentiles(const char *name, const struct histogram *samples, FILE *out)
{
    char p50[24], p99[24];
    if (samples->count == 0)
        return;
    text_percentile(p50, sizeof p50, samples, 0.5);
    text_percentile(p99, sizeof p99, samples, 0.99);
    fprintf(out, "; %s p50 %s", name, p50);
    if (histogram_resolves(samples, 0.99))
        fprintf(out, ", p99 %s", p99);
}

static void write_run(const struct row *row, FILE *out)
{
    const struct run *run = row->run;
    const struct evidence evidence = run_evidence(run);
    char noise[32], count[24], verified[64];
    if (run->histograms[METRIC_ITERATION].count == 0)
        return;
    compare_noise_text(&evidence, "±", noise, sizeof noise);
    text_integer(count, sizeof count, (int64_t)run->histograms[METRIC_ITERATION].count);
    fprintf(out, "%s on %s", row->name, row->device->name);
    if (*row->mark)
        fprintf(out, " (%s)", row->mark);
    write_percentiles("iteration", &run->histograms[run_decode_metric(run)], out);
    fprintf(out, "%s%s, n %s", *noise ? ", p50 known to " : "", noise, count);
    write_percentiles(run->facts.free_running ? "own step" : "step", &run->histograms[METRIC_STEP],
                      out);
    verification_text(&run->verification, verified, sizeof verified);
    if (run->verification.verdict == VERDICT_RIGHT)
        fprintf(out, "; %s", verified);
    else
        fprintf(out,
                run->verification.verdict == VERDICT_WRONG ? "; WRONG RESULT" : "; unverified");
    fprintf(out, "; ");
    write_knobs(run, out);
    fputc('\n', out);
}

/* Writes the numbers of the selected row or, in a comparison, of all tagged rows. */
static void write_numbers(const struct explorer *explorer, FILE *out)
{
    const struct row selected = explorer_shown(explorer);
    const bool tagged = explorer->view == VIEW_COMPARE && tags_count(&explorer->tags) > 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS && tagged; i++) {
        const struct row row = explorer_tagged(explorer, i);
        if (row.run)
            write_run(&row, out);
    }
    if (!tagged && selected.run)
        write_run(&selected, out);
}

/* ---- each of them -----------------------------------------------------------------------------
 */

static void write_verdict(const struct explorer *explorer, FILE *out)
{
    if (explorer->view == VIEW_COMPARE)
        write_compared(explorer, out);
    else if (explorer->view == VIEW_HISTORY)
        write_remembered(explorer, out);
}

/* Writes nothing for a recording, which cannot be measured again. */
static void write_command(const struct explorer *explorer, FILE *out)
{
    char *command = explorer->source.recorded ? NULL : explorer_command(explorer);
    if (command)
        fputs(command, out);
    free(command);
}

static const struct {
    const char *name;
    void (*write)(const struct explorer *explorer, FILE *out);
} things[] = {
    {"verdict", write_verdict},
    {"numbers", write_numbers},
    {"command", write_command},
};
#define THINGS (sizeof things / sizeof *things)

/* Returns the text without its last newline (malloc); NULL: no text, or no memory. */
static char *make_text(const struct explorer *explorer, size_t thing)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    things[thing].write(explorer, out);
    if (fclose(out) != 0 || length == 0) {
        free(text);
        return NULL;
    }
    if (text[length - 1] == '\n')
        text[length - 1] = '\0';
    return text;
}

static void join_lines(char *text)
{
    for (; *text; text++)
        if (*text == '\n')
            *text = ' ';
}

/* Adds the item, or nothing if memory is short. */
static void add_item(struct explorer *explorer, size_t thing)
{
    char *text = make_text(explorer, thing);
    struct item *item =
        text ? items_append(&explorer->items, &explorer->item_count, things[thing].name) : NULL;
    if (item) {
        join_lines(text);
        cluster_copy(item->title, sizeof item->title, text);
        cluster_copy(item->detail, sizeof item->detail, text);
    }
    free(text);
}

void explorer_copy_open(struct explorer *explorer)
{
    explorer->item_count = explorer->cursor = 0;
    for (size_t i = 0; i < THINGS; i++)
        add_item(explorer, i);
    if (explorer->item_count == 0)
        explorer_say(explorer, false, "There is nothing to copy yet");
    else if (explorer->item_count == 1)
        explorer_copy_take(explorer, explorer->items[0].name);
    else
        explorer->overlay = OVERLAY_COPY;
}

void explorer_copy_take(struct explorer *explorer, const char *what)
{
    struct explorer_copy *copy = &explorer->copy;
    size_t thing = 0;
    while (thing + 1 < THINGS && strcmp(things[thing].name, what) != 0)
        thing++;
    explorer_copy_close(explorer);
    copy->text = make_text(explorer, thing);
    copy->what = things[thing].name;
    copy->due = copy->text != NULL;
    if (copy->due && strlen(copy->text) > COPY_MOST) {
        explorer_say(explorer, true, "The %s is %zu bytes long: at most %u are copied", copy->what,
                     strlen(copy->text), COPY_MOST);
        copy->due = false;
    }
}

/* ---- sending ----------------------------------------------------------------------------------
 */

const char *explorer_copy_due(const struct explorer *explorer)
{
    return explorer->copy.due ? explorer->copy.text : NULL;
}

void explorer_copy_done(struct explorer *explorer, bool sent)
{
    struct explorer_copy *copy = &explorer->copy;
    copy->due = false;
    if (sent) {
        explorer_say(explorer, false, "Copied the %s, if the terminal allows it (OSC 52): %s",
                     copy->what, copy->text);
        join_lines(explorer->message);
        return;
    }
    explorer_say(explorer, false,
                 "This terminal has no clipboard that pdlab could write to (OSC 52): here is the "
                 "text");
    explorer->overlay = OVERLAY_TEXT;
    explorer->cursor = 0;
}

struct rectangle explorer_copy_box(const struct explorer *explorer)
{
    const char *text = explorer->copy.text ? explorer->copy.text : "";
    const struct rectangle widest =
        layout_centre(explorer->layout.body, explorer->layout.body.rows, BOX_COLUMNS);
    int rows = 2;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const int bytes = (int)strcspn(line, "\n");
        rows += bytes / (widest.columns - 4 > 20 ? widest.columns - 4 - 20 : 1) + 1;
    }
    return layout_centre(explorer->layout.body, rows, BOX_COLUMNS);
}

void explorer_copy_close(struct explorer *explorer)
{
    free(explorer->copy.text);
    explorer->copy = (struct explorer_copy){0};
}
