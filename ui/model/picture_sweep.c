#include "picture.h"

#include "../../src/base/plot_svg.h"
#include "../../src/base/text.h"
#include "explorer_rows.h"
#include "explorer_sweep.h"
#include "sweep_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NOTES (2 * EXPLORER_TAGS + 2)

/* The plot, and the texts and numbers that it points to. */
struct drawing {
    struct swept swept;
    struct plot plot;
    char title[512], remark[PICTURE_ROOM], x_label[64];
    double x[SWEEP_VALUES];
    char words[SWEEP_VALUES][64];
    const char *x_names[SWEEP_VALUES];
    char names[EXPLORER_TAGS][96];
    const char *series_names[EXPLORER_TAGS];
    double y[EXPLORER_TAGS * SWEEP_VALUES];
    bool verified[EXPLORER_TAGS * SWEEP_VALUES];
    char notes[NOTES][SWEEP_WORDS_ROOM + 96];
    const char *note_list[NOTES];
};

static void fill_x(struct drawing *drawing)
{
    const struct swept *swept = &drawing->swept;
    const struct knob_info *knob = &knob_table[swept->knob];
    bool numbers = knob->kind == KNOB_INT || knob->kind == KNOB_SET, positive = true;
    for (uint32_t v = 0; v < swept->value_count; v++) {
        numbers &= swept->values[v] != KNOB_UNKNOWN;
        positive &= swept->values[v] > 0;
    }
    drawing->plot.log = numbers && positive;
    drawing->plot.words = !numbers;
    drawing->plot.x_count = swept->value_count;
    for (uint32_t v = 0; v < swept->value_count; v++) {
        drawing->x[v] = numbers ? (double)swept->values[v] : (double)v;
        knob_text(swept->knob, swept->values[v], drawing->words[v], sizeof drawing->words[v]);
        drawing->x_names[v] = drawing->words[v];
    }
    snprintf(drawing->x_label, sizeof drawing->x_label, "%s%s%s%s", knob->name,
             *knob->unit ? " (" : "", knob->unit, *knob->unit ? ")" : "");
}

/* Fills in the lines and their values. False: there is no value to draw. */
static bool fill_series(struct drawing *drawing)
{
    const struct swept *swept = &drawing->swept;
    bool any = false;
    drawing->plot.series = swept->series_count;
    for (uint32_t i = 0; i < swept->series_count; i++) {
        snprintf(drawing->names[i], sizeof drawing->names[i], "%c %s", sweep_letter(swept, i),
                 swept->series[i].name);
        drawing->series_names[i] = drawing->names[i];
        for (uint32_t v = 0; v < swept->value_count; v++) {
            const double value = swept_value(swept, i, v);
            const size_t at = (size_t)i * swept->value_count + v;
            drawing->y[at] = value > 0 ? value : NAN;
            drawing->verified[at] = swept->series[i].verified[v];
            any |= value > 0;
        }
    }
    return any;
}

/* Adds a sentence below the plot, about a series or (series_count) about all of them. */
static void add_note(struct drawing *drawing, uint32_t series, const char *text)
{
    const struct swept *swept = &drawing->swept;
    const size_t at = drawing->plot.note_count;
    if (!*text || at == NOTES)
        return;
    char *note = drawing->notes[at];
    *note = '\0';
    if (series < swept->series_count)
        text_append(note, sizeof *drawing->notes, "%c %s: ", sweep_letter(swept, series),
                    swept->series[series].name);
    text_append(note, sizeof *drawing->notes, "%s.", text);
    drawing->note_list[at] = note;
    drawing->plot.note_count++;
}

static void fill_notes(struct drawing *drawing)
{
    const struct swept *swept = &drawing->swept;
    char text[SWEEP_WORDS_ROOM];
    for (uint32_t i = 0; i < swept->series_count; i++) {
        sweep_words_best(swept, i, text);
        add_note(drawing, i, text);
        sweep_words_missing(swept, i, text);
        add_note(drawing, i, text);
    }
    sweep_words_crossovers(swept, text);
    add_note(drawing, swept->series_count, text);
}

/* Writes the remark and the knobs that are not swept: those of the first variant, then those that
 * only the other variants read. */
static void write_remark(const struct explorer *explorer, struct drawing *drawing,
                         const char *remark)
{
    const struct swept *swept = &drawing->swept;
    uint64_t said = UINT64_C(1) << swept->knob;
    char knobs[PICTURE_ROOM / 2] = "";
    for (uint32_t i = 0; i < swept->series_count; i++) {
        const struct run *run = explorer_row(explorer, swept->series[i].row).run;
        if (!run)
            continue;
        picture_knobs(run, said, knobs, sizeof knobs);
        said |= run_read_knobs(run);
    }
    snprintf(drawing->remark, sizeof drawing->remark, "%s%s%s%s", remark,
             *knobs ? " Other knobs: " : "", knobs, *knobs ? "." : "");
}

static void write_title(struct drawing *drawing)
{
    const struct swept *swept = &drawing->swept;
    const char *measure = swept->by_rate ? "Tokens/s" : "Iteration p50";
    snprintf(drawing->title, sizeof drawing->title, "%s over %s: ", measure,
             knob_table[swept->knob].name);
    for (uint32_t i = 0; i < swept->series_count; i++)
        text_append(drawing->title, sizeof drawing->title, "%s%s", i > 0 ? ", " : "",
                    swept->series[i].name);
}

char *picture_of_sweep(const struct explorer *explorer, const char *remark, size_t *length)
{
    struct drawing *drawing = calloc(1, sizeof *drawing);
    char *text = NULL;
    if (!drawing)
        return NULL;
    struct plot *plot = &drawing->plot;
    explorer_swept(explorer, &drawing->swept);
    *plot = (struct plot){
        .title = drawing->title,
        .remark = drawing->remark,
        .x_label = drawing->x_label,
        .x = drawing->x,
        .x_names = drawing->x_names,
        .y_label = sweep_measure(&drawing->swept),
        .rate = drawing->swept.by_rate,
        .notes = drawing->note_list,
        .panels = 1,
        .series_names = drawing->series_names,
        .y_ns = drawing->y,
        .verified = drawing->verified,
    };
    fill_x(drawing);
    write_title(drawing);
    write_remark(explorer, drawing, remark);
    fill_notes(drawing);
    if (fill_series(drawing))
        text = plot_svg_print(plot, length);
    free(drawing);
    return text;
}
