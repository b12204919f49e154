/*
 * recorded.c - what a recording is of, once on a screen: device, date and file, in the header. On
 * rows there is only its mark.
 */
#include "screen.h"

#include <stdio.h>
#include <string.h>

#define WORD       "RECORDED "
#define LEAST_FILE 12 /* columns in which a file can be told from others */
#define FIELD      200

void screen_recorded(const struct screen *screen, int columns, char *text, size_t size)
{
    const struct row *row = &screen->frame->current.row;
    const char *more = screen->theme->glyphs->more;
    const char *mark = strncmp(row->mark, WORD, strlen(WORD)) == 0 ? row->mark + strlen(WORD) : "";
    const char *comma = strrchr(mark, ',');
    const char *file = screen->frame->file, *date = comma ? comma : "";
    char device[FIELD], shortened[FIELD] = "", begin[32], short_file[FIELD] = "";
    snprintf(device, sizeof device, "%.*s", (int)(comma ? comma - mark : (int)strlen(mark)), mark);
    snprintf(begin, sizeof begin, "%s " WORD, screen->theme->glyphs->recorded);
    if (draw_columns(begin) + draw_columns(mark) > columns) /* rather without the mark */
        snprintf(begin, sizeof begin, WORD);
    const int room = columns - draw_columns(begin) - draw_columns(date);
    int file_room = *file ? room - 2 - draw_columns(device) : 0;
    if (*file && file_room < LEAST_FILE && file_room < draw_columns(file))
        file_room = room - 2 - LEAST_FILE >= LEAST_FILE ? LEAST_FILE : 0;
    if (file_room > 0) {
        names_shorten_one(shortened, sizeof shortened, file, file_room, more);
        snprintf(short_file, sizeof short_file, ", %.190s", shortened);
    }
    names_shorten_one(shortened, sizeof shortened, device, room - draw_columns(short_file), more);
    snprintf(text, size, "%s%s%s%s", begin, shortened, date, short_file);
}
