/*
 * recorded.c - writes a recording's device, date and file for the header. Rows show only the mark
 * of recorded rows.
 */
#include "screen.h"

#include <stdio.h>
#include <string.h>

#define WORD  "RECORDED "
#define FIELD 200

/* The parts of the text. */
struct recorded {
    const char *sign; /* marks a cut */
    char begin[32], device[FIELD], date[32], file[FIELD];
};

static void take(const struct screen *screen, struct recorded *recorded)
{
    const struct row *row = &screen->frame->current.row;
    const char *mark = strncmp(row->mark, WORD, strlen(WORD)) == 0 ? row->mark + strlen(WORD) : "";
    const char *comma = strrchr(mark, ',');
    const char *file = screen->frame->file;
    recorded->sign = screen->theme->glyphs->more;
    snprintf(recorded->begin, sizeof recorded->begin, "%s " WORD, screen->theme->glyphs->recorded);
    snprintf(recorded->device, FIELD, "%.*s", (int)(comma ? comma - mark : (int)strlen(mark)),
             mark);
    snprintf(recorded->date, sizeof recorded->date, "%.30s", comma ? comma : "");
    snprintf(recorded->file, FIELD, "%s%.190s", *file ? ", " : "", file);
}

/* Columns left for the device. */
static int device_room(const struct recorded *recorded, int columns)
{
    return columns - draw_columns(recorded->begin) - draw_columns(recorded->date) -
           draw_columns(recorded->file);
}

static void cut_end(char *text, const char *end)
{
    const size_t length = strlen(text), cut = strlen(end);
    if (length > cut && strcmp(text + length - cut, end) == 0)
        text[length - cut] = '\0';
}

/* Makes room for the device. Drops ".json", the mark and the date before it shortens the file's
 * name, which distinguishes two recordings. */
static void shorten(struct recorded *recorded, int columns)
{
    const int device = draw_columns(recorded->device),
              least = screen_device_least(recorded->device);
    if (device_room(recorded, columns) < device)
        cut_end(recorded->file, ".json");
    if (device_room(recorded, columns) < least)
        memmove(recorded->begin, WORD, sizeof WORD);
    if (device_room(recorded, columns) < least)
        recorded->date[0] = '\0';
    const int missing = least - device_room(recorded, columns);
    if (missing > 0) {
        char file[FIELD];
        const int room = draw_columns(recorded->file) - missing;
        names_shorten_one(file, sizeof file, recorded->file, room > 8 ? room : 0, recorded->sign);
        snprintf(recorded->file, FIELD, "%s", room > 8 ? file : "");
    }
}

void screen_recorded(const struct screen *screen, int columns, char *text, size_t size)
{
    struct recorded recorded;
    char device[FIELD];
    take(screen, &recorded);
    shorten(&recorded, columns);
    screen_device(recorded.device, device_room(&recorded, columns), recorded.sign, device,
                  sizeof device);
    snprintf(text, size, "%s%s%s%s", recorded.begin, device, recorded.date, recorded.file);
}
