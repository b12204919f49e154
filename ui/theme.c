#include "theme.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

static const struct glyphs unicode_glyphs = {
    .top_left = "╭",
    .top_right = "╮",
    .bottom_left = "╰",
    .bottom_right = "╯",
    .horizontal = "─",
    .vertical = "│",
    .axis = "─",
    .tick = "┬",
    .bars = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
    .shades = {" ", "░", "▒", "▓", "█"},
    .line = "┊",
    .outline = "╍",
    .cursor = "▸",
    .active = "•",
    .right = "✓",
    .wrong = "✗",
    .pending = "…",
    .times = "×",
    .more = "…",
    .below = "‹",
    .above = "›",
    .dot = "·",
    .error = "±",
    .arrows = {"↑", "↓", "←", "→"},
};

static const struct glyphs ascii_glyphs = {
    .top_left = "+",
    .top_right = "+",
    .bottom_left = "+",
    .bottom_right = "+",
    .horizontal = "-",
    .vertical = "|",
    .axis = "-",
    .tick = "+",
    .bars = {" ", ".", ".", ".", ":", ":", ":", "#", "#"},
    .shades = {" ", ".", ":", "+", "#"},
    .line = "|",
    .outline = "=",
    .cursor = ">",
    .active = "*",
    .right = "ok",
    .wrong = "!!",
    .pending = "..",
    .times = "x",
    .more = "~",
    .below = "<",
    .above = ">",
    .dot = "-",
    .error = "+-",
    .arrows = {"^", "v", "<", ">"},
};

/* A role's looks by what the terminal can do. Colours are foregrounds; -1 is the terminal's own. */
struct look {
    attr_t mono;
    short color8;
    attr_t attributes8;
    short color256;
    attr_t attributes256;
};

#define BLUE   33 /* of the 256 */
#define ORANGE 172
#define GREY   245

static const struct look looks[ROLE_COUNT] = {
    [ROLE_TEXT] = {A_NORMAL, -1, A_NORMAL, -1, A_NORMAL},
    [ROLE_DIM] = {A_DIM, -1, A_DIM, GREY, A_NORMAL},
    [ROLE_STRONG] = {A_BOLD, -1, A_BOLD, -1, A_BOLD},
    [ROLE_FRAME] = {A_DIM, -1, A_DIM, 240, A_NORMAL},
    [ROLE_FOCUS] = {A_BOLD, COLOR_CYAN, A_BOLD, BLUE, A_BOLD},
    [ROLE_CURSOR] = {A_REVERSE, COLOR_CYAN, A_REVERSE, BLUE, A_REVERSE},
    [ROLE_BADGE] = {A_REVERSE, COLOR_CYAN, A_REVERSE, BLUE, A_REVERSE | A_BOLD},
    [ROLE_ALERT] = {A_REVERSE | A_BOLD, COLOR_YELLOW, A_REVERSE, ORANGE, A_REVERSE | A_BOLD},
    [ROLE_KEY] = {A_BOLD, COLOR_CYAN, A_BOLD, BLUE, A_BOLD},
    [ROLE_GOOD] = {A_NORMAL, COLOR_CYAN, A_NORMAL, BLUE, A_NORMAL},
    [ROLE_BAD] = {A_BOLD, COLOR_YELLOW, A_BOLD, ORANGE, A_BOLD},
    [ROLE_BAR] = {A_NORMAL, COLOR_CYAN, A_NORMAL, BLUE, A_NORMAL},
    [ROLE_TAIL] = {A_NORMAL, COLOR_YELLOW, A_NORMAL, ORANGE, A_NORMAL},
    [ROLE_MARK] = {A_NORMAL, -1, A_NORMAL, GREY, A_NORMAL},
};

static bool wants_color(enum color_choice choice)
{
    const char *no_color = getenv("NO_COLOR");
    if (choice == COLOR_AUTO && no_color && *no_color)
        return false;
    return choice != COLOR_NEVER && has_colors();
}

static void choose_styles(struct theme *theme, bool color)
{
    short background = -1;
    if (color) {
        start_color();
        background = use_default_colors() == OK ? -1 : COLOR_BLACK;
    }
    for (int role = 0; role < ROLE_COUNT; role++) {
        const struct look *look = &looks[role];
        struct style *style = &theme->styles[role];
        if (!color) {
            *style = (struct style){look->mono, 0};
            continue;
        }
        bool rich = COLORS >= 256;
        short foreground = rich ? look->color256 : look->color8;
        style->attributes = rich ? look->attributes256 : look->attributes8;
        style->pair = (short)(foreground < 0 ? 0 : role + 1);
        if (foreground >= 0)
            init_pair(style->pair, foreground, background);
    }
}

void theme_choose(struct theme *theme, const struct options *options)
{
    theme->unicode = !options->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    theme->glyphs = theme->unicode ? &unicode_glyphs : &ascii_glyphs;
    choose_styles(theme, wants_color(options->color));
}
