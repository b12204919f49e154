#include "../../ui/theme.h"

#include <criterion/criterion.h>
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

/* xterm's 256: a cube of 6 levels from 16, and greys from 232. Below 16 they are the user's. */
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

/* WCAG 2.1: relative luminance, and the contrast of two of them. */
static double contrast(short a, short b)
{
    struct light x = light_of(a), y = light_of(b);
    double first = 0.2126 * x.red + 0.7152 * x.green + 0.0722 * x.blue;
    double second = 0.2126 * y.red + 0.7152 * y.green + 0.0722 * y.blue;
    return (fmax(first, second) + 0.05) / (fmin(first, second) + 0.05);
}

/* What eyes without one kind of cone see. Machado, Oliveira and Fernandes, "A Physiologically-based
 * Model for Simulation of Color Vision Deficiency", 2009, severity 1. */
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

/* CIE76: the distance in CIELAB of two lights under D65. About 2 can just be told apart. */
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

Test(theme, what_brings_its_own_paper_can_be_read_on_it)
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
                          theme_word(themes[i].theme), ink);
    }
}

Test(theme, good_and_bad_are_told_apart_by_any_eyes)
{
    for (int theme = 0; theme < THEME_MONO; theme++) {
        const struct palette *palette = &palettes[theme][TIER_256];
        struct light good = light_of(palette->inks[INK_ACCENT]);
        struct light bad = light_of(palette->inks[INK_WARN]);
        cr_assert_geq(distance(good, bad), 40, "%s", theme_word((enum theme_name)theme));
        for (int i = 0; i < 3; i++)
            cr_assert_geq(distance(seen(good, deficiencies[i]), seen(bad, deficiencies[i])), 40,
                          "%s, deficiency %d: %.0f", theme_word((enum theme_name)theme), i,
                          distance(seen(good, deficiencies[i]), seen(bad, deficiencies[i])));
    }
    /* The measure can fail: red and green of the same brightness. */
    struct light red = {0.35, 0.05, 0.02}, green = {0.08, 0.16, 0.02};
    cr_assert_leq(distance(seen(red, deficiencies[1]), seen(green, deficiencies[1])), 40);
}

Test(theme, where_there_are_few_colours_good_and_bad_are_no_red_and_green)
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
