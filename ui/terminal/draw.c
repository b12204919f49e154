#include "draw.h"

#include "../../src/base/cluster.h"
#include "../../src/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

int draw_columns(const char *text)
{
    return cluster_columns(text);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void put_cell(struct rectangle area, int row, int column, const struct style *style,
                     const wchar_t *text)
{
    cchar_t cell;
    setcchar(&cell, text, style->attributes, style->pair, NULL);
    mvadd_wch(area.row + row, area.column + column, &cell);
}

/* Whether the theme can show the whole cluster: an ASCII theme shows only ASCII. */
static bool is_shown(const struct theme *theme, const struct cluster *cluster)
{
    for (size_t i = 0; i < cluster->count; i++)
        if (!theme->unicode && cluster->characters[i] > 0x7e)
            return false;
    return true;
}

/* A curses cell has one spacing character plus combining marks; a cluster may need several cells.
 */
static void put_cluster(const struct theme *theme, struct rectangle area, int row, int column,
                        enum role role, const struct cluster *cluster)
{
    const struct style *style = &theme->styles[role];
    if (!is_shown(theme, cluster)) {
        for (int i = 0; i < cluster->columns; i++)
            put_cell(area, row, column + i, style, i == 0 ? L"?" : L" ");
        return;
    }
    for (size_t i = 0; i < cluster->count;) {
        wchar_t text[CCHARW_MAX + 1] = {cluster->characters[i++]};
        for (size_t marks = 1; i < cluster->count && wcwidth(cluster->characters[i]) == 0; i++)
            if (marks < CCHARW_MAX)
                text[marks++] = cluster->characters[i];
        put_cell(area, row, column, style, text);
        column += wcwidth(text[0]);
    }
}

/* Writes as much of the text as fits before column `end`. Returns the column after it. */
static int put_text(const struct theme *theme, struct rectangle area, int row, int column, int end,
                    enum role role, const char *text)
{
    if (row < 0 || row >= area.rows)
        return column;
    struct cluster cluster;
    for (; *text; text += cluster.bytes) {
        cluster_read(text, &cluster);
        if (column + cluster.columns > end)
            break;
        if (column >= 0)
            put_cluster(theme, area, row, column, role, &cluster);
        column += cluster.columns;
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

/* Whether a line may break here: at a blank without marks. */
static bool is_blank(const char *text)
{
    struct cluster cluster;
    cluster_read(text, &cluster);
    return *text == ' ' && cluster.bytes == 1;
}

/* How many bytes of the text fit in a line of `columns`; breaks at a blank if there is one. */
static size_t line_bytes(const char *text, int columns)
{
    const size_t fits = cluster_fit(text, columns);
    if (!text[fits])
        return fits;
    size_t blank = fits;
    while (blank > 0 && !(is_blank(text + blank) && text_may_break(text, blank)))
        blank--;
    return blank > 0 ? blank : fits;
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
        while (is_blank(text))
            text++;
    }
    return row;
}

int draw_wrapped_rows(int columns, const char *text)
{
    int rows = 0;
    while (*text && columns > 0) {
        const size_t bytes = line_bytes(text, columns);
        if (bytes == 0)
            break;
        rows++;
        text += bytes;
        while (is_blank(text))
            text++;
    }
    return rows;
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
        return layout_columns(layout_rows(area, 0, 0), 0, 0);
    draw_edge(theme, area, 0, role, glyphs->top_left, glyphs->top_right);
    for (int row = 1; row < area.rows - 1; row++) {
        draw_text(theme, area, row, 0, role, glyphs->vertical);
        draw_field(theme, area, row, 1, area.columns - 2, ROLE_TEXT, "");
        draw_text(theme, area, row, area.columns - 1, role, glyphs->vertical);
    }
    draw_edge(theme, area, area.rows - 1, role, glyphs->bottom_left, glyphs->bottom_right);

    char text[256];
    struct rectangle edge = layout_columns(area, 2, area.columns - 3);
    snprintf(text, sizeof text, " %s ", title);
    int columns = draw_columns(text) < edge.columns ? draw_columns(text) : edge.columns;
    draw_field(theme, edge, 0, 0, columns, focus ? ROLE_FOCUS : ROLE_STRONG, text);
    if (*note) {
        snprintf(text, sizeof text, " %s ", note);
        columns = draw_columns(text) < edge.columns ? draw_columns(text) : edge.columns;
        draw_field(theme, edge, area.rows - 1, edge.columns - columns, columns, ROLE_ALERT, text);
    }
    return layout_columns(layout_rows(area, 1, area.rows - 2), 2, area.columns - 4);
}

void draw_axis(const struct theme *theme, struct rectangle area, int row, const struct axis *axis)
{
    struct tick ticks[AXIS_TICKS];
    const unsigned count = area.columns > 0 ? axis_ticks(axis, (unsigned)area.columns, ticks) : 0;
    for (int i = 0; i < area.columns; i++)
        draw_text(theme, area, row, i, ROLE_FRAME, theme->glyphs->axis);
    for (unsigned i = 0; i < count; i++) {
        draw_text(theme, area, row, (int)ticks[i].column, ROLE_FRAME, theme->glyphs->tick);
        draw_text(theme, area, row + 1, (int)ticks[i].start, ROLE_DIM, ticks[i].text);
    }
}
