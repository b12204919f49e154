/*
 * parts_bar.c - the parts of a step or an iteration, as a bar that begins at zero, and as a
 * legend. Parts differ by glyph and by colour. The bar omits parts below half a cell, the legend
 * parts below 0.5 %.
 */
#include "parts_bar.h"

#include "../../src/base/text.h"

#include <string.h>

#define LEAST_SHARE 0.005

/* Draws one cell of the part. Returns the column after it. */
static int draw_sign(const struct theme *theme, struct rectangle area, int at, int column, int part)
{
    static const enum role roles[PART_COUNT] = {
        [PART_START] = ROLE_DIM,      [PART_GAP] = ROLE_TAIL,    [PART_DATA] = ROLE_MARK,
        [PART_BARRIER] = ROLE_STRONG, [PART_COMPUTE] = ROLE_BAR, [PART_SYNC] = ROLE_DIM,
    };
    const struct glyphs *glyphs = theme->glyphs;
    const char *const signs[PART_COUNT] = {
        [PART_START] = glyphs->below,       [PART_GAP] = glyphs->shades[1],
        [PART_DATA] = glyphs->shades[2],    [PART_BARRIER] = glyphs->shades[3],
        [PART_COMPUTE] = glyphs->shades[4], [PART_SYNC] = glyphs->above,
    };
    return draw_text(theme, area, at, column, roles[part], signs[part]);
}

void parts_bar_draw(const struct theme *theme, struct rectangle area, int at, int column,
                    int columns, const double *ns, double full_ns)
{
    double sum_ns = 0;
    int cell = 0;
    for (int part = 0; part < PART_COUNT && full_ns > 0; part++) {
        sum_ns += ns[part];
        const int end = (int)(sum_ns / full_ns * columns + 0.5);
        for (; cell < end && cell < columns; cell++)
            draw_sign(theme, area, at, column + cell, part);
    }
}

/* Writes "gap 3.78 us 90 %", "gap 90 %" or "90 %", by `brevity`. PARTS_SHORT writes "barrier 3 %"
 * for a barrier wait. */
static void write_part(const struct parts *parts, enum part part, double ns, double share,
                       enum parts_brevity brevity, char *text, size_t size)
{
    char duration[24];
    text_duration(duration, sizeof duration, ns);
    *text = '\0';
    const char *name = part_name(parts, part);
    const size_t length = brevity == PARTS_SHORT ? strcspn(name, " ") : strlen(name);
    if (brevity != PARTS_SIGNS)
        text_append(text, size, "%.*s ", (int)length, name);
    if (brevity == PARTS_WHOLE)
        text_append(text, size, "%s ", duration);
    text_append(text, size, "%.0f %%", 100 * share);
}

/* Width of the whole legend. */
static int legend_columns(const struct parts *parts, const double *ns, double whole_ns,
                          enum parts_brevity brevity)
{
    int columns = 0;
    for (int part = 0; part < PART_COUNT; part++) {
        char text[64];
        if (ns[part] < LEAST_SHARE * whole_ns)
            continue;
        write_part(parts, (enum part)part, ns[part], ns[part] / whole_ns, brevity, text,
                   sizeof text);
        columns += (columns > 0 ? 2 : 0) + 2 + draw_columns(text);
    }
    return columns;
}

enum parts_brevity parts_bar_brevity(int columns, const struct parts *parts, const double *ns,
                                     double whole_ns)
{
    enum parts_brevity brevity = PARTS_WHOLE;
    while (brevity < PARTS_SIGNS && legend_columns(parts, ns, whole_ns, brevity) > columns)
        brevity++;
    return brevity;
}

int parts_bar_legend(const struct theme *theme, struct rectangle area, int at, int column,
                     const struct parts *parts, const double *ns, double whole_ns,
                     enum parts_brevity brevity)
{
    for (int part = 0; part < PART_COUNT && whole_ns > 0; part++) {
        char text[64];
        if (ns[part] < LEAST_SHARE * whole_ns)
            continue;
        write_part(parts, (enum part)part, ns[part], ns[part] / whole_ns, brevity, text,
                   sizeof text);
        if (column + 2 + draw_columns(text) > area.columns)
            break;
        column = draw_sign(theme, area, at, column, part);
        column = draw_text(theme, area, at, column + 1, ROLE_TEXT, text) + 2;
    }
    return column;
}

void parts_bar_floor(const struct theme *theme, struct rectangle area, int at, int column,
                     int columns, double floor_ns, double full_ns)
{
    const int cell = full_ns > 0 ? (int)(floor_ns / full_ns * columns) : columns;
    if (floor_ns > 0 && cell < columns)
        draw_text(theme, area, at, column + cell, ROLE_STRONG, theme->glyphs->line);
}

int parts_bar_names(const struct theme *theme, struct rectangle area, int at, int column,
                    const bool *which, bool phased)
{
    const struct parts parts = {.phased = phased};
    for (int part = 0; part < PART_COUNT; part++) {
        if (!which[part])
            continue;
        column = draw_sign(theme, area, at, column, part);
        column =
            draw_text(theme, area, at, column + 1, ROLE_TEXT, part_name(&parts, (enum part)part)) +
            2;
    }
    return column;
}
