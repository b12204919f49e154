#include "theme.h"

#include "../../src/base/text.h"
#include "terminfo.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#define GLYPH_SET(...)                                                                             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static const struct glyphs unicode_glyphs = {
#define GLYPH(member, unicode, console, ascii)                                                     \
    .member = unicode, /* NOLINT(bugprone-macro-parentheses) */
#include "glyphs.def"
#undef GLYPH
};

static const struct glyphs console_glyphs = {
#define GLYPH(member, unicode, console, ascii)                                                     \
    .member = console, /* NOLINT(bugprone-macro-parentheses) */
#include "glyphs.def"
#undef GLYPH
};

static const struct glyphs ascii_glyphs = {
#define GLYPH(member, unicode, console, ascii)                                                     \
    .member = ascii, /* NOLINT(bugprone-macro-parentheses) */
#include "glyphs.def"
#undef GLYPH
};

const struct glyphs *theme_glyphs(bool unicode, bool console)
{
    return !unicode ? &ascii_glyphs : console ? &console_glyphs : &unicode_glyphs;
}

/* ---- colours -------------------------------------------------------------------------------- */

/* Of 256 colours, those from 16 on are the same in every terminal. Users redefine the first 16, so
 * only their names are certain. */
const struct palette palettes[THEME_COUNT][TIER_COUNT] =
    {
        [THEME_DEFAULT] =
            {
                [TIER_8] = {-1, {-1, -1, -1, COLOR_CYAN, COLOR_YELLOW}, 0},
                [TIER_16] = {-1, {-1, -1, -1, COLOR_CYAN, COLOR_YELLOW}, 0},
                [TIER_256] = {-1, {-1, 244, 242, 33, 166}, 0},
            },
        [THEME_LIGHT] =
            {
                [TIER_8] = {COLOR_WHITE,
                            {COLOR_BLACK, COLOR_BLACK, COLOR_BLACK, COLOR_BLUE, COLOR_RED},
                            0},
                [TIER_16] = {15, {COLOR_BLACK, 8, 8, COLOR_BLUE, COLOR_RED}, 0},
                [TIER_256] = {231, {16, 241, 245, 25, 130}, 0},
            },
        [THEME_HIGH_CONTRAST] =
            {
                [TIER_8] = {COLOR_BLACK,
                            {COLOR_WHITE, COLOR_WHITE, COLOR_WHITE, COLOR_CYAN, COLOR_YELLOW},
                            A_BOLD},
                [TIER_16] = {COLOR_BLACK, {15, COLOR_WHITE, COLOR_WHITE, 14, 11}, 0},
                [TIER_256] = {16, {231, 252, 250, 117, 226}, 0},
            },
};

/* A role is an ink with attributes; without colours, only attributes. */
static const struct appearance {
    enum ink ink;
    attr_t attributes, mono;
} looks[ROLE_COUNT] = {
    [ROLE_TEXT] = {INK_TEXT, A_NORMAL, A_NORMAL},
    [ROLE_DIM] = {INK_DIM, A_NORMAL, A_DIM},
    [ROLE_STRONG] = {INK_TEXT, A_BOLD, A_BOLD},
    [ROLE_FRAME] = {INK_FRAME, A_NORMAL, A_DIM},
    [ROLE_FOCUS] = {INK_ACCENT, A_BOLD, A_BOLD},
    [ROLE_CURSOR] = {INK_ACCENT, A_REVERSE, A_REVERSE},
    [ROLE_BADGE] = {INK_ACCENT, A_REVERSE | A_BOLD, A_REVERSE},
    [ROLE_ALERT] = {INK_WARN, A_REVERSE | A_BOLD, A_REVERSE | A_BOLD},
    [ROLE_KEY] = {INK_ACCENT, A_BOLD, A_BOLD},
    [ROLE_GOOD] = {INK_ACCENT, A_NORMAL, A_NORMAL},
    [ROLE_BAD] = {INK_WARN, A_BOLD, A_BOLD},
    [ROLE_BAR] = {INK_ACCENT, A_NORMAL, A_NORMAL},
    [ROLE_TAIL] = {INK_WARN, A_NORMAL, A_NORMAL},
    [ROLE_MARK] = {INK_DIM, A_NORMAL, A_NORMAL},
};

static bool wants_color(enum theme_name name, enum color_choice choice)
{
    const char *no_color = getenv("NO_COLOR");
    if (choice == COLOR_AUTO && no_color && *no_color)
        return false;
    return name != THEME_MONO && choice != COLOR_NEVER && has_colors() &&
           tigetnum((char *)"colors") >= 8;
}

/* Returns a palette's colour. -1, the terminal's own colour, becomes `otherwise` if curses cannot
 * use it (`own` is false): pdlab assumes that it is white on black. */
static short color_of(short color, bool own, short otherwise)
{
    return color >= 0 || own ? color : otherwise;
}

/* xterm's 256 colours: a cube of 6 levels from 16, and greys from 232. */
static void components_of(short color, int components[3])
{
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    for (int i = 0; i < 3; i++)
        components[i] = color >= 232 ? 8 + 10 * (color - 232)
                        : i == 0     ? levels[(color - 16) / 36]
                        : i == 1     ? levels[(color - 16) / 6 % 6]
                                     : levels[(color - 16) % 6];
}

int theme_color(const struct direct *direct, short color)
{
    int components[3], number = 0;
    if (color < 16 || direct->bits[0] == 0)
        return color;
    components_of(color, components);
    for (int i = 0; i < 3; i++)
        number = number << direct->bits[i] | components[i] * ((1 << direct->bits[i]) - 1) / 255;
    return number < direct->indexed ? direct->indexed : number; /* `indexed` is nearly black */
}

/* Reads the capabilities RGB, which is a flag, a number of bits or "8/8/8", and CO, the number of
 * indexed colours. */
static struct direct find_direct(void)
{
    struct direct direct = {.indexed = tigetnum((char *)"CO")};
    const char *each = terminfo_string("RGB");
    int bits = tigetnum((char *)"RGB"), *of = direct.bits;
    if (direct.indexed < 8)
        direct.indexed = 8;
    if (each) {
        for (int i = 0; i < 3; i++, each += *each == '/')
            of[i] = (int)strtol(each, (char **)&each, 10) & 15;
        return direct;
    }
    if (bits <= 0 && tigetflag((char *)"RGB") > 0)
        for (bits = 1; 1L << 3 * (bits + 1) <= COLORS; bits++)
            continue;
    of[0] = of[1] = of[2] = bits > 0 ? bits : 0;
    return direct;
}

static void choose_role(struct theme *theme, enum role role, const struct palette *palette,
                        const struct direct *direct, bool own)
{
    const struct appearance *look = &looks[role];
    struct style *style = &theme->styles[role];
    const short ink = palette->inks[look->ink];
    const bool dim = look->ink == INK_DIM || look->ink == INK_FRAME;
    style->attributes = look->attributes | (dim ? 0 : palette->strength);
    /* If dim text has the same ink as plain text, only A_DIM distinguishes it. */
    if (dim && ink == palette->inks[INK_TEXT] && !palette->strength && role != ROLE_MARK)
        style->attributes |= A_DIM;
    style->pair = (short)(ink < 0 && palette->paper < 0 ? 0 : role + 1);
    if (style->pair > 0)
        init_extended_pair(style->pair, theme_color(direct, color_of(ink, own, COLOR_WHITE)),
                           theme_color(direct, color_of(palette->paper, own, COLOR_BLACK)));
}

static void choose_styles(struct theme *theme, enum theme_name name, bool color)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        theme->styles[role] = (struct style){.attributes = looks[role].mono};
    if (color) {
        start_color();
        const struct direct direct = find_direct();
        const bool own = use_default_colors() == OK;
        const enum tier tier = COLORS >= 256 ? TIER_256 : COLORS >= 16 ? TIER_16 : TIER_8;
        for (int role = 0; role < ROLE_COUNT; role++)
            choose_role(theme, (enum role)role, &palettes[name][tier], &direct, own);
    }
    bkgdset((chtype)' ' | (chtype)COLOR_PAIR(theme->styles[ROLE_TEXT].pair));
}

void theme_choose(struct theme *theme, enum theme_name name, bool ascii, enum color_choice color)
{
    theme->unicode = !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    theme->glyphs = theme_glyphs(theme->unicode, text_console());
    choose_styles(theme, name, wants_color(name, color));
}
