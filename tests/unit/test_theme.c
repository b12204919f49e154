#include "../../ui/terminal/theme.h"
#include "texts.h"

#include <math.h>

/* A colour in linear light. */
struct light {
    double red, green, blue;
};

static double linear(int byte)
{
    double value = byte / 255.0;
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

/* xterm's 256 colours: a cube of 6 levels from 16, and greys from 232. The user defines those below
 * 16. */
static struct light light_of(short color)
{
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    cr_assert(color >= 16 && color < 256, "%d", color);
    if (color >= 232) {
        double grey = linear(8 + 10 * (color - 232));
        return (struct light){grey, grey, grey};
    }
    int at = color - 16;
    return (struct light){linear(levels[at / 36]), linear(levels[at / 6 % 6]),
                          linear(levels[at % 6])};
}

/* The contrast ratio of two colours, from their relative luminances (WCAG 2.1). */
static double contrast(short a, short b)
{
    struct light x = light_of(a), y = light_of(b);
    double first = 0.2126 * x.red + 0.7152 * x.green + 0.0722 * x.blue;
    double second = 0.2126 * y.red + 0.7152 * y.green + 0.0722 * y.blue;
    return (fmax(first, second) + 0.05) / (fmin(first, second) + 0.05);
}

/* Colours as seen without one kind of cone. Machado, Oliveira and Fernandes, "A
 * Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1. */
static const double deficiencies[3][3][3] = {
    {{0.152286, 1.052583, -0.204868},
     {0.114503, 0.786281, 0.099216},
     {-0.003882, -0.048116, 1.051998}},
    {{0.367322, 0.860646, -0.227968},
     {0.280085, 0.672501, 0.047413},
     {-0.011820, 0.042940, 0.968881}},
    {{1.255528, -0.076749, -0.178779},
     {-0.078411, 0.930809, 0.147602},
     {0.004733, 0.691367, 0.303900}},
};

static struct light seen(struct light light, const double by[3][3])
{
    double out[3];
    for (int i = 0; i < 3; i++)
        out[i] =
            fmin(1, fmax(0, by[i][0] * light.red + by[i][1] * light.green + by[i][2] * light.blue));
    return (struct light){out[0], out[1], out[2]};
}

static double lab_part(double t)
{
    return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

/* CIE76: the distance in CIELAB of two lights under D65. A difference of about 2 is just visible.
 */
static double distance(struct light a, struct light b)
{
    struct light both[2] = {a, b};
    double lab[2][3];
    for (int i = 0; i < 2; i++) {
        const struct light *c = &both[i];
        double x = lab_part((0.4124 * c->red + 0.3576 * c->green + 0.1805 * c->blue) / 0.9505);
        double y = lab_part(0.2126 * c->red + 0.7152 * c->green + 0.0722 * c->blue);
        double z = lab_part((0.0193 * c->red + 0.1192 * c->green + 0.9505 * c->blue) / 1.089);
        lab[i][0] = 116 * y - 16;
        lab[i][1] = 500 * (x - y);
        lab[i][2] = 200 * (y - z);
    }
    return sqrt(pow(lab[0][0] - lab[1][0], 2) + pow(lab[0][1] - lab[1][1], 2) +
                pow(lab[0][2] - lab[1][2], 2));
}

#define BLACK 16
#define WHITE 231

Test(theme, the_default_can_be_read_on_black_and_on_white)
{
    const struct palette *palette = &palettes[THEME_DEFAULT][TIER_256];
    cr_assert_eq(palette->paper, -1);
    cr_assert_eq(palette->inks[INK_TEXT], -1);
    for (int ink = INK_DIM; ink < INK_COUNT; ink++) {
        cr_assert_geq(contrast(palette->inks[ink], BLACK), 3, "ink %d", ink);
        cr_assert_geq(contrast(palette->inks[ink], WHITE), 3, "ink %d", ink);
    }
}

Test(theme, colours_with_their_own_background_are_readable)
{
    static const struct {
        enum theme_name theme;
        double least; /* WCAG's AA and AAA for text */
    } themes[] = {{THEME_LIGHT, 4.5}, {THEME_HIGH_CONTRAST, 7}};
    for (size_t i = 0; i < 2; i++) {
        const struct palette *palette = &palettes[themes[i].theme][TIER_256];
        for (int ink = 0; ink < INK_COUNT; ink++)
            cr_assert_geq(contrast(palette->inks[ink], palette->paper),
                          ink == INK_FRAME ? 3 : themes[i].least, "%s, ink %d",
                          theme_words[themes[i].theme], ink);
    }
}

Test(theme, good_and_bad_differ_for_colour_blind_users)
{
    for (int theme = 0; theme < THEME_MONO; theme++) {
        const struct palette *palette = &palettes[theme][TIER_256];
        struct light good = light_of(palette->inks[INK_ACCENT]);
        struct light bad = light_of(palette->inks[INK_WARN]);
        cr_assert_geq(distance(good, bad), 40, "%s", theme_words[theme]);
        for (int i = 0; i < 3; i++)
            cr_assert_geq(distance(seen(good, deficiencies[i]), seen(bad, deficiencies[i])), 40,
                          "%s, deficiency %d: %.0f", theme_words[theme], i,
                          distance(seen(good, deficiencies[i]), seen(bad, deficiencies[i])));
    }
    /* The check is able to fail: a red and a green of equal brightness are too close. */
    struct light red = {0.35, 0.05, 0.02}, green = {0.08, 0.16, 0.02};
    cr_assert_leq(distance(seen(red, deficiencies[1]), seen(green, deficiencies[1])), 40);
}

Test(theme, with_few_colours_good_and_bad_are_not_red_and_green)
{
    for (int theme = 0; theme < THEME_MONO; theme++) {
        for (int tier = TIER_8; tier < TIER_256; tier++) {
            const short *inks = palettes[theme][tier].inks;
            cr_assert_neq(inks[INK_ACCENT], inks[INK_WARN]);
            cr_assert_neq(inks[INK_ACCENT] & 7, COLOR_GREEN);
            cr_assert_neq(inks[INK_WARN] & 7, COLOR_GREEN);
            cr_assert_lt(inks[INK_ACCENT], tier == TIER_8 ? 8 : 16);
            cr_assert_neq(inks[INK_TEXT], palettes[theme][tier].paper + (inks[INK_TEXT] < 0));
        }
    }
}

/* ---- direct colour -------------------------------------------------------------------------- */

Test(theme, a_terminal_without_direct_colour_gets_the_numbers_as_they_are)
{
    static const struct direct none = {.indexed = 8};
    for (short color = -1; color < 256; color++)
        cr_assert_eq(theme_color(&none, color), color);
}

Test(theme, direct_colour_is_red_green_and_blue)
{
    static const struct direct bytes = {.bits = {8, 8, 8}, .indexed = 8};
    static const struct direct few = {.bits = {5, 6, 5}, .indexed = 8};
    cr_assert_eq(theme_color(&bytes, 231), 0xffffff);
    cr_assert_eq(theme_color(&bytes, 33), 0x0087ff);
    cr_assert_eq(theme_color(&bytes, 166), 0xd75f00);
    cr_assert_eq(theme_color(&bytes, 244), 0x808080);
    cr_assert_eq(theme_color(&few, 231), 0xffff);
    cr_assert_eq(theme_color(&few, 33), 33 << 5 | 31);
    cr_assert_eq(theme_color(&bytes, -1), -1);
    cr_assert_eq(theme_color(&bytes, COLOR_CYAN), COLOR_CYAN);
}

/* No colour falls in the range that the terminal reserves, or equals the background. */
Test(theme, direct_colours_stay_apart)
{
    static const int indexed[] = {8, 16, 256};
    for (size_t i = 0; i < 3; i++) {
        const struct direct direct = {.bits = {8, 8, 8}, .indexed = indexed[i]};
        for (int theme = 0; theme < THEME_MONO; theme++) {
            const struct palette *palette = &palettes[theme][TIER_256];
            for (int ink = 0; ink < INK_COUNT; ink++) {
                const int color = theme_color(&direct, palette->inks[ink]);
                cr_assert(color == -1 || color >= indexed[i]);
                cr_assert(color == -1 || color != theme_color(&direct, palette->paper));
                for (int other = 0; other < ink; other++)
                    cr_assert_eq(color == theme_color(&direct, palette->inks[other]),
                                 palette->inks[ink] == palette->inks[other]);
            }
        }
    }
}

/* ---- glyphs --------------------------------------------------------------------------------- */

#define GLYPHS (sizeof(struct glyphs) / sizeof(const char *)) /* all members are const char * */

/* Glyphs beyond ASCII that both code page 437 and the Linux console fonts have. */
Test(theme, a_linux_console_gets_only_glyphs_of_its_font)
{
    static const char *const known = "┌┐└┘─│┬├┤▄█░▒▓·°±↑↓←→";
    const char *list[GLYPHS];
    memcpy(list, theme_glyphs(true, true), sizeof list);
    for (size_t i = 0; i < GLYPHS; i++)
        cr_assert((unsigned char)*list[i] < 0x80 || strstr(known, list[i]), "%s", list[i]);
}

Test(theme, without_utf_8_all_glyphs_are_ascii)
{
    const char *list[GLYPHS];
    for (int console = 0; console < 2; console++) {
        memcpy(list, theme_glyphs(false, console), sizeof list);
        for (size_t i = 0; i < GLYPHS; i++)
            cr_assert(is_ascii(list[i]), "%s", list[i]);
    }
}

Test(theme, bars_and_shades_begin_empty_and_end_full)
{
    const struct glyphs *console = theme_glyphs(true, true);
    cr_assert_str_eq(console->bars[0], " ");
    cr_assert_str_neq(console->bars[1], " ", "the smallest count must be visible");
    cr_assert_str_eq(console->bars[8], console->shades[4]);
}
