#include "screen_draw.h"

#include "views/views.h"

void screen_draw(const struct screen *screen)
{
    const struct layout *layout = screen->frame->layout;
    erase();
    if (layout->size == LAYOUT_LINE) {
        panel_line_draw(screen, layout->header);
    } else {
        panel_header_draw(screen, layout->header);
        if (screen->frame->big)
            panel_big_draw(screen, layout->body);
        else if (screen->frame->knobs_alone)
            panel_knobs_draw(screen, layout->knobs);
        else
            view_draw[screen->frame->view](screen);
        overlay_draw(screen);
        panel_detail_draw(screen, layout->detail);
        panel_footer_draw(screen, layout->footer);
    }
    if (layout->caption.rows > 0)
        panel_caption_draw(screen, layout->caption);
    wnoutrefresh(stdscr);
    doupdate();
}
