#include "draw.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* ---- characters ----------------------------------------------------------------------------- */

/* Reads one character of UTF-8 and moves on. Anything malformed or not printable reads as '?'. */
static wchar_t next_character(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    unsigned length = *at < 0x80 ? 1 : *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : *at >= 0xc0 ? 2 : 0;
    wchar_t character = (wchar_t)(length <= 1 ? *at : *at & (0xff >> (length + 1)));
    for (unsigned i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            length = 0;
            break;
        }
        character = (wchar_t)(character << 6 | (at[i] & 0x3f));
    }
    *text += length > 0 ? length : 1;
    if (length == 0 || character < ' ' || (character >= 0x7f && character < 0xa0))
        return L'?';
    return character;
}

/* Columns of a character: 1 or 2. What has none (combining marks) is replaced by '?'. */
static int character_columns(wchar_t *character)
{
    int columns = *character < 0x7f ? 1 : wcwidth(*character);
    if (columns <= 0) {
        *character = L'?';
        columns = 1;
    }
    return columns;
}

int draw_columns(const char *text)
{
    int columns = 0;
    while (*text) {
        wchar_t character = next_character(&text);
        columns += character_columns(&character);
    }
    return columns;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void put_character(const struct theme *theme, struct rectangle area, int row, int column,
                          enum role role, wchar_t character)
{
    const struct style *style = &theme->styles[role];
    wchar_t text[2] = {character, 0};
    cchar_t cell;
    if (!theme->unicode && character > 0x7e)
        text[0] = L'?';
    setcchar(&cell, text, style->attributes, style->pair, NULL);
    mvadd_wch(area.row + row, area.column + column, &cell);
}

/* Writes as much of the text as fits before column `end`. */
static int put_text(const struct theme *theme, struct rectangle area, int row, int column, int end,
                    enum role role, const char *text)
{
    if (row < 0 || row >= area.rows)
        return column;
    while (*text) {
        wchar_t character = next_character(&text);
        int columns = character_columns(&character);
        if (column + columns > end)
            break;
        if (column >= 0)
            put_character(theme, area, row, column, role, character);
        column += columns;
    }
    return column;
}

int draw_text(const struct theme *theme, struct rectangle area, int row, int column, enum role role,
              const char *text)
{
    return put_text(theme, area, row, column, area.columns, role, text);
}

int draw_field(const struct theme *theme, struct rectangle area, int row, int column, int columns,
               enum role role, const char *text)
{
    int end = column + columns < area.columns ? column + columns : area.columns;
    if (row < 0 || row >= area.rows)
        return end;
    bool cut = draw_columns(text) > end - column;
    int at = put_text(theme, area, row, column, cut ? end - 1 : end, role, text);
    if (cut && at < end)
        at = put_text(theme, area, row, at, end, role, theme->glyphs->more);
    while (at < end)
        at = put_text(theme, area, row, at, end, role, " ");
    return at;
}

int draw_right(const struct theme *theme, struct rectangle area, int row, int column, int columns,
               enum role role, const char *text)
{
    int blank = columns - draw_columns(text);
    for (int i = 0; i < blank; i++)
        put_text(theme, area, row, column + i, area.columns, role, " ");
    return draw_field(theme, area, row, column + (blank > 0 ? blank : 0),
                      blank > 0 ? columns - blank : columns, role, text);
}

int draw_format(const struct theme *theme, struct rectangle area, int row, int column,
                enum role role, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return draw_text(theme, area, row, column, role, text);
}

/* How many bytes of the text go into a line of `columns`: up to a blank where there is one. */
static size_t line_bytes(const char *text, int columns)
{
    const char *at = text, *fits = text, *blank = NULL;
    int used = 0;
    while (*at) {
        if (*at == ' ')
            blank = at;
        wchar_t character = next_character(&at);
        used += character_columns(&character);
        if (used > columns)
            return (size_t)((blank && blank > text ? blank : fits) - text);
        fits = at;
    }
    return (size_t)(at - text);
}

int draw_wrapped(const struct theme *theme, struct rectangle area, int row, enum role role,
                 const char *text)
{
    char line[1024];
    while (*text && row < area.rows && area.columns > 0) {
        size_t bytes = line_bytes(text, area.columns);
        if (bytes == 0 || bytes >= sizeof line)
            break;
        bool last = row == area.rows - 1;
        snprintf(line, sizeof line, "%.*s", last ? (int)sizeof line - 1 : (int)bytes, text);
        if (last)
            draw_field(theme, area, row, 0, area.columns, role, line);
        else
            draw_text(theme, area, row, 0, role, line);
        row++;
        text += bytes;
        text += strspn(text, " ");
    }
    return row;
}

void draw_over(const struct theme *theme, struct rectangle area, int row, enum role role)
{
    const struct style *style = &theme->styles[role];
    if (row >= 0 && row < area.rows && area.columns > 0)
        mvchgat(area.row + row, area.column, area.columns, style->attributes, style->pair, NULL);
}

/* ---- frames --------------------------------------------------------------------------------- */

static void draw_edge(const struct theme *theme, struct rectangle area, int row, enum role role,
                      const char *left, const char *right)
{
    int column = draw_text(theme, area, row, 0, role, left);
    while (column < area.columns - 1)
        column = draw_text(theme, area, row, column, role, theme->glyphs->horizontal);
    draw_text(theme, area, row, area.columns - 1, role, right);
}

struct rectangle draw_frame(const struct theme *theme, struct rectangle area, const char *title,
                            const char *note, bool focus)
{
    const struct glyphs *glyphs = theme->glyphs;
    enum role role = focus ? ROLE_FOCUS : ROLE_FRAME;
    if (area.rows < 2 || area.columns < 4)
        return (struct rectangle){area.row, area.column, 0, 0};
    draw_edge(theme, area, 0, role, glyphs->top_left, glyphs->top_right);
    for (int row = 1; row < area.rows - 1; row++) {
        draw_text(theme, area, row, 0, role, glyphs->vertical);
        draw_field(theme, area, row, 1, area.columns - 2, ROLE_TEXT, "");
        draw_text(theme, area, row, area.columns - 1, role, glyphs->vertical);
    }
    draw_edge(theme, area, area.rows - 1, role, glyphs->bottom_left, glyphs->bottom_right);

    char text[256];
    struct rectangle edge = {area.row, area.column + 2, area.rows, area.columns - 3};
    snprintf(text, sizeof text, " %s ", title);
    int columns = draw_columns(text) < edge.columns ? draw_columns(text) : edge.columns;
    draw_field(theme, edge, 0, 0, columns, focus ? ROLE_FOCUS : ROLE_STRONG, text);
    if (*note) {
        snprintf(text, sizeof text, " %s ", note);
        columns = draw_columns(text) < edge.columns ? draw_columns(text) : edge.columns;
        draw_field(theme, edge, area.rows - 1, edge.columns - columns, columns, ROLE_ALERT, text);
    }
    return (struct rectangle){area.row + 1, area.column + 2, area.rows - 2, area.columns - 4};
}
