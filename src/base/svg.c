#include "svg.h"

#include "text.h"

#include <string.h>

void svg_escape(FILE *out, const char *text, size_t length)
{
    for (const char *end = text + length; text < end; text += text_length(text)) {
        size_t visible = text_visible_length(text);
        if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (visible > 0)
            fwrite(text, 1, visible, out);
        else
            fputc('?', out);
    }
}

void svg_text(FILE *out, double x, double y, const char *attributes, const char *text)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, attributes);
    svg_escape(out, text, strlen(text));
    fputs("</text>\n", out);
}
