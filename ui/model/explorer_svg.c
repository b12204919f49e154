/*
 * explorer_svg.c - draws the present view as a picture (picture.h, explorer_timeline.h).
 */
#include "explorer_export.h"
#include "explorer_timeline.h"
#include "picture.h"

char *explorer_svg(const struct explorer *explorer, const struct document *document, size_t *length)
{
    char remark[512];
    picture_remark(explorer, document, remark, sizeof remark);
    switch (explorer->view) {
    case VIEW_COMPARE:
        return picture_of_compare(explorer, remark, length);
    case VIEW_TIMELINE:
        return explorer_timeline_svg(explorer, document, length);
    case VIEW_LADDER:
        return picture_of_ladder(explorer, remark, length);
    case VIEW_SWEEP:
        return picture_of_sweep(explorer, remark, length);
    default:
        return picture_of_live(explorer, remark, length);
    }
}
