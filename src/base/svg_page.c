#include "svg_page.h"

#include "cluster.h"
#include "streams.h"
#include "svg.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define TITLE_SIZE     20.0
#define TITLE_LINE     26.0
#define TICK_CHARACTER 8.29 /* upper bound of a character's width in a tick's text */
#define BOLD           1.12 /* bold text is this much wider */

static void write_text(struct svg_page *page, double x, double y, double size,
                       const char *attributes, const char *text, size_t length)
{
    fprintf(page->out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.0f\"%s>", x, y, size, attributes);
    svg_escape(page->out, text, length);
    fputs("</text>\n", page->out);
}

/* Returns an upper bound of a character's width in ems, from DejaVu Sans, the widest common
 * font. */
static double character_width(const char *text, const struct cluster *cluster)
{
    if (cluster->bytes > 1)
        return cluster->columns > 1 ? 1.05 : 0.7;
    if (*text == ' ')
        return 0.32;
    if (strchr("ijl.,:;'|!()[]", *text))
        return 0.4;
    if (strchr("mwMW%@", *text))
        return 1;
    return *text >= 'A' && *text <= 'Z' ? 0.73 : 0.64;
}

/* Returns how many bytes of the text fit into `ems`: up to a blank if possible, and at least one
 * character. */
static size_t line_of(const char *text, double ems)
{
    size_t bytes = 0, blank = 0;
    struct cluster cluster;
    for (; text[bytes]; bytes += cluster.bytes) {
        cluster_read(text + bytes, &cluster);
        if (text_may_break(text, bytes))
            blank = bytes;
        ems -= character_width(text + bytes, &cluster);
        if (ems < 0 && bytes > 0)
            return blank > 0 ? blank : bytes;
    }
    return bytes;
}

/* Writes the text from page->y on in as many lines as needed, and moves page->y below them. */
static void write_lines(struct svg_page *page, double x, double size, bool bold, double line,
                        const char *colour, const char *text)
{
    const double ems = (page->width - SVG_PAGE_EDGE - x) / size / (bold ? BOLD : 1);
    char attributes[64];
    snprintf(attributes, sizeof attributes, " fill=\"%s\"%s", colour,
             bold ? " font-weight=\"bold\"" : "");
    while (*text) {
        const size_t bytes = line_of(text, ems);
        write_text(page, x, page->y, size, attributes, text, bytes);
        page->y += line;
        text += bytes;
        while (*text == ' ')
            text++;
    }
}

double svg_page_text_width(const char *text)
{
    struct cluster cluster;
    double ems = 0;
    for (; *text; text += cluster.bytes) {
        cluster_read(text, &cluster);
        ems += character_width(text, &cluster);
    }
    return SVG_PAGE_TEXT * ems;
}

bool svg_page_open(struct svg_page *page, double width, const char *title, const char *remark)
{
    *page = (struct svg_page){.width = width, .y = SVG_PAGE_EDGE + TITLE_SIZE};
    page->title = strdup(title);
    page->out = page->title ? open_memstream(&page->body, &page->length) : NULL;
    if (!page->out) {
        free(page->title);
        return false;
    }
    write_lines(page, SVG_PAGE_EDGE, TITLE_SIZE, true, TITLE_LINE, SVG_PAGE_INK, title);
    page->y += SVG_PAGE_LINE + 4 - TITLE_LINE;
    svg_page_paragraph(page, SVG_PAGE_EDGE, SVG_PAGE_FAINT, false, remark);
    return true;
}

void svg_page_text(struct svg_page *page, double x, double y, char anchor, const char *colour,
                   bool bold, const char *text)
{
    char attributes[96];
    snprintf(attributes, sizeof attributes, " fill=\"%s\"%s%s", colour,
             bold ? " font-weight=\"bold\"" : "",
             anchor == 'e'   ? " text-anchor=\"end\""
             : anchor == 'm' ? " text-anchor=\"middle\""
                             : "");
    write_text(page, x, y, SVG_PAGE_TEXT, attributes, text, strlen(text));
}

void svg_page_paragraph(struct svg_page *page, double x, const char *colour, bool bold,
                        const char *text)
{
    write_lines(page, x, SVG_PAGE_TEXT, bold, SVG_PAGE_LINE, colour, text);
}

void svg_page_box(struct svg_page *page, double x, double y, double width, double height,
                  const char *fill, const char *stroke)
{
    fprintf(page->out,
            "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\""
            " stroke=\"%s\" stroke-width=\"0.8\"/>\n",
            x, y, width, height, fill, stroke);
}

void svg_page_line(struct svg_page *page, double x1, double y1, double x2, double y2,
                   const char *stroke, const char *dashes)
{
    fprintf(page->out,
            "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"%s\""
            " stroke-width=\"1.4\"%s%s%s/>\n",
            x1, y1, x2, y2, stroke, *dashes ? " stroke-dasharray=\"" : "", dashes,
            *dashes ? "\"" : "");
}

unsigned svg_page_ticks(const struct axis *axis, double width, struct tick *ticks)
{
    return axis_ticks(axis, (unsigned)(width / TICK_CHARACTER), ticks);
}

void svg_page_axis(struct svg_page *page, double left, double width, double y,
                   const struct axis *axis, const char *title)
{
    struct tick ticks[AXIS_TICKS];
    const unsigned count = svg_page_ticks(axis, width, ticks);
    svg_page_line(page, left, y, left + width, y, SVG_PAGE_INK, "");
    for (unsigned i = 0; i < count; i++) {
        const double x = left + axis_position(axis, ticks[i].ns) * width;
        const char anchor = i == 0 && x < left + 24                   ? 'b'
                            : i + 1 == count && x > left + width - 24 ? 'e'
                                                                      : 'm';
        svg_page_line(page, x, y, x, y + 5, SVG_PAGE_INK, "");
        svg_page_text(page, x, y + 20, anchor, SVG_PAGE_INK, false, ticks[i].text);
    }
    svg_page_text(page, left + width / 2, y + 40, 'm', SVG_PAGE_FAINT, false, title);
}

/* Prints the whole page. Its height belongs in the first line, but is known only once the body is
 * complete. */
static void print_page(const struct svg_page *page, FILE *out)
{
    const double height = page->y + SVG_PAGE_EDGE;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\""
            " viewBox=\"0 0 %.0f %.0f\" font-family=\"Arial, Helvetica, sans-serif\""
            " font-size=\"%.0f\" fill=\"%s\" role=\"img\">\n<title>",
            page->width, height, page->width, height, SVG_PAGE_TEXT, SVG_PAGE_INK);
    svg_escape(out, page->title, strlen(page->title));
    fprintf(out, "</title>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", page->width,
            height);
    fwrite(page->body, 1, page->length, out);
    fputs("</svg>\n", out);
}

char *svg_page_close(struct svg_page *page, size_t *length)
{
    char *text = NULL;
    FILE *out = streams_close(page->out) ? open_memstream(&text, length) : NULL;
    if (out) {
        print_page(page, out);
        if (!streams_close(out)) {
            free(text);
            text = NULL;
        }
    }
    free(page->body);
    free(page->title);
    return text;
}
