#include "progress.h"

#include "../../kernels/clock.h"
#include "../base/cluster.h"
#include "../base/files.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DUE_NS     UINT64_C(200000000)
#define NO_COLUMNS 80 /* assumed width if the terminal's width is unknown */

static struct {
    uint64_t shown_ns;
    int columns; /* width of the displayed line; 0: none */
} progress;

bool progress_seen(void)
{
    return isatty(STDERR_FILENO) == 1;
}

bool progress_due(void)
{
    return clock_now() - progress.shown_ns >= DUE_NS;
}

size_t progress_fit(const char *text, int columns)
{
    const size_t fits = cluster_fit(text, columns);
    if (!text[fits])
        return fits;
    for (size_t end = fits; end > 0; end--)
        if (strncmp(text + end, ", ", 2) == 0)
            return end;
    return fits;
}

/* Returns the usable width of a line. It excludes the last column, because some terminals wrap as
 * soon as that is written. */
static int line_columns(void)
{
    struct winsize size;
    const bool told = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (told ? size.ws_col : NO_COLUMNS) - 1;
}

/* Overwrites the previous line and leaves the cursor at its beginning. If the terminal has become
 * narrower, it may have wrapped the previous line; everything below the cursor is then cleared. */
static void replace(const char *text, int columns, int room)
{
    const char *name = getenv("TERM");
    const bool folded = progress.columns > room && name && strcmp(name, "dumb") != 0;
    const int covered = progress.columns < room ? progress.columns : room;
    static const char clear_below[] = "\r\033[J";
    if (folded) /* not with fprintf, because the streams filter out escape sequences (streams.h) */
        file_write_all(STDERR_FILENO, clear_below, sizeof clear_below - 1);
    fprintf(stderr, "\r%s%*s\r", text, covered > columns ? covered - columns : 0, "");
    fflush(stderr);
    progress.columns = columns;
}

void progress_show(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const int room = line_columns();
    text[progress_fit(text, room)] = '\0';
    replace(text, cluster_columns(text), room);
    progress.shown_ns = clock_now();
}

void progress_clear(void)
{
    if (progress.columns > 0)
        replace("", 0, line_columns());
}
