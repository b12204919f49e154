#include "svg_page.h"

#include "svg.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE  13.0
#define TITLE_SIZE 20.0
#define CHARACTER  7.2 /* of TEXT_SIZE, at the most, on average */

static void write_text(struct svg_page *page, double x, double y, double size,
                       const char *attributes, const char *text, size_t length)
{
    fprintf(page->out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.0f\"%s>", x, y, size, attributes);
    svg_escape(page->out, text, length);
    fputs("</text>\n", page->out);
}

bool svg_page_open(struct svg_page *page, const char *title, const char *remark)
{
    *page = (struct svg_page){0};
    page->out = open_memstream(&page->body, &page->length);
    if (!page->out)
        return false;
    snprintf(page->title, sizeof page->title, "%s", title);
    page->y = SVG_PAGE_EDGE + TITLE_SIZE;
    write_text(page, SVG_PAGE_EDGE, page->y, TITLE_SIZE, " font-weight=\"bold\"", title,
               strlen(title));
    page->y += SVG_PAGE_LINE + 4;
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
    write_text(page, x, y, TEXT_SIZE, attributes, text, strlen(text));
}

/* Bytes of the text that fit into `room` characters, up to a blank if there is one. */
static size_t line_of(const char *text, size_t room)
{
    size_t bytes = 0, blank = 0;
    for (size_t i = 0; text[bytes] && i < room; i++) {
        if (text[bytes] == ' ')
            blank = bytes;
        bytes += text_length(text + bytes);
    }
    return text[bytes] && blank > 0 ? blank : bytes;
}

void svg_page_paragraph(struct svg_page *page, double x, const char *colour, bool bold,
                        const char *text)
{
    const size_t room = (size_t)((SVG_PAGE_WIDTH - SVG_PAGE_EDGE - x) / CHARACTER);
    char attributes[64];
    snprintf(attributes, sizeof attributes, " fill=\"%s\"%s", colour,
             bold ? " font-weight=\"bold\"" : "");
    while (*text) {
        const size_t bytes = line_of(text, room);
        write_text(page, x, page->y, TEXT_SIZE, attributes, text, bytes);
        page->y += SVG_PAGE_LINE;
        text += bytes;
        while (*text == ' ')
            text++;
    }
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

char *svg_page_close(struct svg_page *page, size_t *length)
{
    char *text = NULL;
    const bool whole = fclose(page->out) == 0;
    FILE *out = whole ? open_memstream(&text, length) : NULL;
    if (out) {
        const double height = page->y + SVG_PAGE_EDGE;
        fprintf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\""
                " viewBox=\"0 0 %.0f %.0f\" font-family=\"Arial, Helvetica, sans-serif\">\n<title>",
                SVG_PAGE_WIDTH, height, SVG_PAGE_WIDTH, height);
        svg_escape(out, page->title, strlen(page->title));
        fprintf(out, "</title>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n",
                SVG_PAGE_WIDTH, height);
        fwrite(page->body, 1, page->length, out);
        fputs("</svg>\n", out);
        if (fclose(out) != 0) {
            free(text);
            text = NULL;
        }
    }
    free(page->body);
    return text;
}
