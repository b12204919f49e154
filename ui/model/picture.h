/*
 * picture.h - the comparison and the ladder as pictures in SVG that need no explanation: full
 * names, device, date, units, verdicts.
 */
#ifndef UI_PICTURE_H
#define UI_PICTURE_H

#include <stddef.h>

struct explorer;
struct row;

/* What is compared: histograms over one axis, figures, verdicts and reasons. And the rungs of the
 * ladder: bars from zero, divided into parts. SVG text (malloc; *length without the NUL). `remark`
 * says on what and when. NULL: there is nothing to draw, or no memory. */
char *picture_of_compare(const struct explorer *explorer, const char *remark, size_t *length);
char *picture_of_ladder(const struct explorer *explorer, const char *remark, size_t *length);

/* How a row was recorded or kept, if not as the selected one, of which the remark says it; "". */
const char *picture_mark(const struct explorer *explorer, const struct row *row);

#endif
