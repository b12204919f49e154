/*
 * explorer_svg.c - draws the present view as an SVG plot (picture.h, explorer_timeline.h).
 */
#include "explorer_export.h"
#include "explorer_timeline.h"
#include "picture.h"

char *explorer_svg(const struct explorer *explorer, const struct document *document, size_t *length)
{
    char remark[512];
    picture_remark(explorer, document, remark, sizeof remark);
    if (explorer->view == VIEW_TIMELINE)
        return explorer_timeline_svg(explorer, document, length);
    return explorer->view == VIEW_COMPARE  ? picture_of_compare(explorer, remark, length)
           : explorer->view == VIEW_LADDER ? picture_of_ladder(explorer, remark, length)
           : explorer->view == VIEW_SWEEP  ? picture_of_sweep(explorer, remark, length)
                                           : picture_of_live(explorer, remark, length);
}
