#include "plot_svg.h"

#include "svg.h"
#include "svg_page.h"
#include "text.h"
#include "text_histogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lengths in pixels at the plot's natural size. */
#define EDGE        SVG_PAGE_EDGE
#define LINE        SVG_PAGE_LINE
#define TEXT_SIZE   SVG_PAGE_TEXT
#define LEFT        72.0 /* space left of a panel, for y ticks and label */
#define RIGHT       16.0
#define ABOVE       30.0 /* space above a panel, for its name */
#define BELOW       50.0 /* space below a panel, for x ticks and label */
#define COLUMNS     3u   /* panels side by side */
#define PADDING     0.05 /* fraction of the axis beyond the outermost values */
#define SAMPLE      34.0 /* length of a legend's line sample */
#define LINEAR_MOST 20.0 /* largest ratio of longest to shortest duration on a linear axis */
#define LINE_LENGTH 256u

/* ---- how series look ------------------------------------------------------------------------ */

static const char *const colours[] = {
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
};
static const char *const dashes[] = {"none", "7 3", "2 3", "9 3 2 3"};

/* Closed paths around the value, so that each marker can be hollow. */
static const char *const markers[] = {
    "m-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",            /* circle */
    "m-3.6,-3.6h7.2v7.2h-7.2z",                       /* square */
    "m0,-4.8l4.6,8.2h-9.2z",                          /* triangle up */
    "m0,-5l5,5l-5,5l-5,-5z",                          /* diamond */
    "m0,4.8l4.6,-8.2h-9.2z",                          /* triangle down */
    "m-4.8,0l8.2,4.6v-9.2z",                          /* triangle left */
    "m4.8,0l-8.2,4.6v-9.2z",                          /* triangle right */
    "m-1.6,-4.6h3.2v3h3v3.2h-3v3h-3.2v-3h-3v-3.2h3z", /* cross */
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- the sheet ------------------------------------------------------------------------------ */

struct sheet {
    struct svg_page page;
    const struct plot *plot;
    struct axis x, y;
    size_t columns, rows;
    double panel_width, panel_height; /* the axes alone */
    double top;                       /* y of the first row of panels */
};

/* The upper left corner of a panel's axes. */
struct frame {
    double left, top;
};

static size_t values_in(const struct plot *plot)
{
    return plot->panels * plot->series * plot->x_count;
}

/* Returns an axis that extends a little beyond both values. */
static struct axis padded(double least, double most, bool log)
{
    if (log && least < most) {
        const double factor = pow(most / least, PADDING);
        return (struct axis){.low_ns = least / factor, .high_ns = most * factor};
    }
    const double margin = most > least ? (most - least) * PADDING : most > 0 ? most * PADDING : 1;
    return (struct axis){.low_ns = least - margin, .high_ns = most + margin, .linear = true};
}

static void choose_y(struct sheet *sheet)
{
    const struct plot *plot = sheet->plot;
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < values_in(plot); i++) {
        if (isnan(plot->y_ns[i]))
            continue;
        least = fmin(least, fmax(plot->y_ns[i], 1));
        most = fmax(most, fmax(plot->y_ns[i], 1));
    }
    if (most == 0) /* nothing to draw: any axis works */
        least = most = 1000;
    sheet->y = padded(least, most, plot->log || most > LINEAR_MOST * least);
    if (sheet->y.linear)
        sheet->y.low_ns = 0;
}

static void choose_layout(struct sheet *sheet)
{
    size_t panels = sheet->plot->panels;
    sheet->columns = 1;
    while (sheet->columns < COLUMNS && sheet->columns * sheet->columns < panels)
        sheet->columns++;
    sheet->rows = (panels + sheet->columns - 1) / sheet->columns;
    sheet->panel_width = panels == 1           ? SVG_PAGE_WIDTH - 2 * EDGE - LEFT - RIGHT
                         : sheet->columns == 2 ? 340
                                               : 280;
    sheet->panel_height = panels == 1 ? 380 : 220;
}

static struct frame frame_of(const struct sheet *sheet, size_t panel)
{
    size_t row = panel / sheet->columns, column = panel % sheet->columns;
    return (struct frame){
        .left = EDGE + (double)column * (LEFT + sheet->panel_width + RIGHT) + LEFT,
        .top = sheet->top + (double)row * (ABOVE + sheet->panel_height + BELOW) + ABOVE,
    };
}

/* ---- the legend ----------------------------------------------------------------------------- */

static void print_marker(const struct sheet *sheet, size_t series, double x, double y,
                         bool verified, const char *tip)
{
    const char *colour = colours[series % COUNT(colours)];
    fprintf(sheet->page.out,
            "<path class=\"value\" d=\"M%.2f,%.2f%s\" stroke=\"%s\" stroke-width=\"1.5\" "
            "fill=\"%s\"><title>",
            x, y, markers[series % COUNT(markers)], colour, verified ? colour : "#fff");
    svg_escape(sheet->page.out, tip, strlen(tip));
    fputs("</title></path>\n", sheet->page.out);
}

static void print_sample(const struct sheet *sheet, size_t series, double x, double y)
{
    fprintf(sheet->page.out,
            "<path d=\"M%.1f,%.1fh%.1f\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
            "stroke-dasharray=\"%s\"/>\n",
            x, y, SAMPLE, colours[series % COUNT(colours)], dashes[series % COUNT(dashes)]);
    fprintf(sheet->page.out, "<path d=\"M%.1f,%.1f%s\" fill=\"%s\"/>\n", x + SAMPLE / 2, y,
            markers[series % COUNT(markers)], colours[series % COUNT(colours)]);
}

/* Prints the series names, as many per line as fit; wraps a name longer than a line. */
static void print_legend(struct sheet *sheet)
{
    const struct plot *plot = sheet->plot;
    struct svg_page *page = &sheet->page;
    double x = EDGE;
    bool hollow = false;
    page->y += 6;
    for (size_t i = 0; i < plot->series; i++) {
        const double width = SAMPLE + 6 + svg_page_text_width(plot->series_names[i]) + 18;
        if (x > EDGE && x + width > page->width - EDGE) {
            x = EDGE;
            page->y += LINE;
        }
        print_sample(sheet, i, x, page->y - TEXT_SIZE / 3);
        if (x + width > page->width - EDGE) {
            svg_page_paragraph(page, x + SAMPLE + 6, SVG_PAGE_INK, false, plot->series_names[i]);
            continue;
        }
        svg_text(page->out, x + SAMPLE + 6, page->y, "", plot->series_names[i]);
        x += width;
    }
    for (size_t i = 0; i < values_in(plot); i++)
        hollow |= !isnan(plot->y_ns[i]) && !plot->verified[i];
    page->y += x > EDGE ? LINE : 0;
    if (hollow)
        svg_page_paragraph(page, EDGE, SVG_PAGE_FAINT, false, "A hollow marker: not verified.");
    for (size_t i = 0; i < plot->note_count; i++)
        svg_page_paragraph(page, EDGE, SVG_PAGE_INK, true, plot->notes[i]);
}

/* ---- panels --------------------------------------------------------------------------------- */

static double place_x(const struct sheet *sheet, const struct frame *frame, double x)
{
    return frame->left + axis_position(&sheet->x, x) * sheet->panel_width;
}

static double place_y(const struct sheet *sheet, const struct frame *frame, double ns)
{
    return frame->top +
           (1 - axis_position(&sheet->y, fmax(ns, sheet->y.low_ns))) * sheet->panel_height;
}

static void print_grid_line(const struct sheet *sheet, double x, double y, double width,
                            double height)
{
    fprintf(sheet->page.out, "<path d=\"M%.1f,%.1fl%.1f,%.1f\" stroke=\"#ddd\"/>\n", x, y, width,
            height);
}

static void print_y_axis(const struct sheet *sheet, const struct frame *frame)
{
    struct tick ticks[AXIS_TICKS];
    const unsigned count = axis_ticks_upright(&sheet->y, (unsigned)(sheet->panel_height / LINE),
                                              sheet->plot->rate, ticks);
    for (unsigned i = 0; i < count; i++) {
        const double y = place_y(sheet, frame, ticks[i].ns);
        print_grid_line(sheet, frame->left, y, sheet->panel_width, 0);
        svg_text(sheet->page.out, frame->left - 6, y + TEXT_SIZE / 3, " text-anchor=\"end\"",
                 ticks[i].text);
    }
    double x = frame->left - LEFT + TEXT_SIZE, y = frame->top + sheet->panel_height / 2;
    char label[LINE_LENGTH], attributes[LINE_LENGTH];
    snprintf(label, sizeof label, "%s%s", sheet->plot->y_label,
             sheet->y.linear ? "" : ", logarithmic");
    snprintf(attributes, sizeof attributes,
             " text-anchor=\"middle\" transform=\"rotate(-90 %.1f %.1f)\"", x, y);
    svg_text(sheet->page.out, x, y, attributes, label);
}

/* Omits labels that would overlap the previous one. */
static void print_x_axis(const struct sheet *sheet, const struct frame *frame)
{
    const struct plot *plot = sheet->plot;
    double bottom = frame->top + sheet->panel_height, free_from = -INFINITY;
    for (size_t i = 0; i < plot->x_count; i++) {
        double x = place_x(sheet, frame, plot->x[i]);
        double half = svg_page_text_width(plot->x_names[i]) / 2;
        if (x - half < free_from)
            continue;
        free_from = x + half + TEXT_SIZE / 2;
        print_grid_line(sheet, x, frame->top, 0, sheet->panel_height);
        svg_text(sheet->page.out, x, bottom + LINE, " text-anchor=\"middle\"", plot->x_names[i]);
    }
    svg_text(sheet->page.out, frame->left + sheet->panel_width / 2, bottom + 2.2 * LINE,
             " text-anchor=\"middle\"", plot->x_label);
}

static void print_line(const struct sheet *sheet, const struct frame *frame, const double *y_ns,
                       size_t series)
{
    const struct plot *plot = sheet->plot;
    bool drawn = false;
    fputs("<path d=\"", sheet->page.out);
    for (size_t i = 0; i < plot->x_count; i++) {
        if (!isnan(y_ns[i]))
            fprintf(sheet->page.out, "%c%.2f,%.2f", drawn ? 'L' : 'M',
                    place_x(sheet, frame, plot->x[i]), place_y(sheet, frame, y_ns[i]));
        drawn = !isnan(y_ns[i]);
    }
    fprintf(sheet->page.out,
            "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n",
            colours[series % COUNT(colours)], dashes[series % COUNT(dashes)]);
}

static void print_series(const struct sheet *sheet, const struct frame *frame, size_t panel,
                         size_t series)
{
    const struct plot *plot = sheet->plot;
    size_t at = (panel * plot->series + series) * plot->x_count;
    if (!plot->words)
        print_line(sheet, frame, plot->y_ns + at, series);
    for (size_t i = 0; i < plot->x_count; i++) {
        double ns = plot->y_ns[at + i];
        char tip[LINE_LENGTH], duration[32];
        if (isnan(ns))
            continue;
        snprintf(tip, sizeof tip, "%s, %s %s: %s%s", plot->series_names[series], plot->x_label,
                 plot->x_names[i],
                 plot->rate ? text_rate(duration, sizeof duration, ns)
                            : text_percentile_ns(duration, sizeof duration, ns),
                 plot->verified[at + i] ? "" : ", not verified");
        print_marker(sheet, series, place_x(sheet, frame, plot->x[i]), place_y(sheet, frame, ns),
                     plot->verified[at + i], tip);
    }
}

static void print_panel(const struct sheet *sheet, size_t panel)
{
    const struct plot *plot = sheet->plot;
    struct frame frame = frame_of(sheet, panel);
    fputs("<g class=\"panel\">\n", sheet->page.out);
    if (plot->panel_names)
        svg_text(sheet->page.out, frame.left, frame.top - 8, " font-weight=\"bold\"",
                 plot->panel_names[panel]);
    print_y_axis(sheet, &frame);
    print_x_axis(sheet, &frame);
    fprintf(sheet->page.out,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" "
            "stroke=\"#888\"/>\n",
            frame.left, frame.top, sheet->panel_width, sheet->panel_height);
    for (size_t series = 0; series < plot->series; series++)
        print_series(sheet, &frame, panel, series);
    fputs("</g>\n", sheet->page.out);
}

/* ---- all of it ------------------------------------------------------------------------------ */

char *plot_svg_print(const struct plot *plot, size_t *length)
{
    struct sheet sheet = {.plot = plot,
                          .x = padded(plot->x[0], plot->x[plot->x_count - 1], plot->log)};
    choose_y(&sheet);
    choose_layout(&sheet);
    const double width = 2 * EDGE + (double)sheet.columns * (LEFT + sheet.panel_width + RIGHT);
    if (!svg_page_open(&sheet.page, width, plot->title, plot->remark))
        return NULL;
    print_legend(&sheet);
    sheet.top = sheet.page.y - LINE;
    for (size_t panel = 0; panel < plot->panels; panel++)
        print_panel(&sheet, panel);
    sheet.page.y = sheet.top + (double)sheet.rows * (ABOVE + sheet.panel_height + BELOW);
    return svg_page_close(&sheet.page, length);
}
