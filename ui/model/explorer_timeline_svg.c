/*
 * explorer_timeline_svg.c - draws the timeline as an SVG plot that names its variants, device and
 * date.
 */
#include "explorer_rows.h"
#include "explorer_tags.h"
#include "explorer_timeline.h"
#include "picture.h"
#include "timeline_words.h"

#include "../../src/base/text.h"
#include "../../src/document/timeline_svg.h"

#include <stdio.h>

static void write_remark(const struct timeline_side *side, const struct row *row,
                         const struct document *document, char *text, size_t size)
{
    char steps[256], left_out[96] = "", knobs[PICTURE_ROOM / 2] = "";
    timeline_words_steps(side, steps, sizeof steps);
    timeline_words_left_out(side, left_out, sizeof left_out);
    if (row->run)
        picture_knobs(row->run, 0, knobs, sizeof knobs);
    if (side->recorded)
        snprintf(text, size, "%s.", side->mark);
    else
        snprintf(text, size, "Measured live on %s, %s.", row->device->name, document->recorded_utc);
    if (*knobs)
        text_append(text, size, " %s.", knobs);
    if (*steps)
        text_append(text, size, " %c%s.", text_upper(steps[0]), steps + 1);
    if (*left_out)
        text_append(text, size, " Shown: %s.", left_out);
}

char *explorer_timeline_svg(const struct explorer *explorer, const struct document *document,
                            size_t *length)
{
    const struct timeline_view *view = &explorer->timeline;
    struct timeline_svg svg = {
        .from_ns = view->from_ns, .to_ns = view->to_ns, .mark_count = view->mark_count};
    char title[512] = "Timeline of ", headings[TIMELINE_SIDES][256], remarks[TIMELINE_SIDES][1536];
    if (!timeline_view_row(view) || view->to_ns <= view->from_ns)
        return NULL;
    for (int i = 0; i < view->side_count; i++) {
        const struct timeline_side *side = &view->sides[i];
        const struct row row = side->letter >= 0 ? explorer_tagged(explorer, (uint32_t)side->letter)
                                                 : explorer_selected(explorer);
        if (side->row_count == 0)
            continue;
        const int at = svg.side_count++;
        text_append(title, sizeof title, "%s%s", at > 0 ? " above " : "", side->of.variant);
        timeline_words_iteration(view, side, ": ", headings[at], sizeof headings[at]);
        headings[at][0] = text_upper(headings[at][0]);
        write_remark(side, &row, document, remarks[at], sizeof remarks[at]);
        svg.sides[at] = (struct timeline_svg_side){.timeline = &side->timeline,
                                                   .parts = &side->parts,
                                                   .heading = headings[at],
                                                   .remark = remarks[at],
                                                   .cap = side->cap};
    }
    for (unsigned i = 0; i < view->mark_count; i++)
        svg.marks[i] = view->marks[i];
    svg.title = title;
    return timeline_svg_print(&svg, length);
}
