#include "../../src/base/plot_svg.h"

#include "texts.h"
#include "well_formed.h"

#include <math.h>

#define X_COUNT 6

static const double powers[X_COUNT] = {8, 16, 32, 64, 128, 256};
static const char *const power_names[X_COUNT] = {"8", "16", "32", "64", "128", "256"};
static const char *const two[] = {"first", "second"};

/* Two series over powers of two; the second is twice as slow as the first. */
static struct example {
    struct plot plot;
    double y_ns[2 * X_COUNT];
    bool verified[2 * X_COUNT];
} example;

static void fill_example(void)
{
    example = (struct example){.plot = {.title = "A plot",
                                        .remark = "on a device",
                                        .x_label = "tokens",
                                        .x_count = X_COUNT,
                                        .x = powers,
                                        .x_names = power_names,
                                        .log = true,
                                        .y_label = "iteration p50",
                                        .panels = 1,
                                        .series = 2,
                                        .series_names = two,
                                        .y_ns = example.y_ns,
                                        .verified = example.verified}};
    for (int i = 0; i < X_COUNT; i++) {
        example.y_ns[i] = powers[i] * 100;
        example.y_ns[X_COUNT + i] = powers[i] * 200;
        example.verified[i] = example.verified[X_COUNT + i] = true;
    }
}

static char *text; /* the picture that was drawn last */

/* The positions of the picture's values, in the order of the series. */
enum { VALUES_MOST = 128 };
static double x[VALUES_MOST], y[VALUES_MOST];
static size_t value_count;

static void free_text(void)
{
    free(text);
}

TestSuite(plot_svg, .init = fill_example, .fini = free_text);

static void read_values(void)
{
    static const char mark[] = "class=\"value\" d=\"M";
    value_count = 0;
    for (const char *at = text; (at = strstr(at, mark)); value_count++) {
        char *end;
        cr_assert_lt(value_count, VALUES_MOST);
        at += strlen(mark);
        x[value_count] = strtod(at, &end);
        cr_assert_eq(*end, ',');
        y[value_count] = strtod(end + 1, NULL);
    }
}

/* Draws the example. */
static void draw(void)
{
    size_t length;
    free(text);
    text = plot_svg_print(&example.plot, &length);
    cr_assert_not_null(text);
    cr_assert_eq(strlen(text), length);
    cr_assert(is_well_formed(text), "%s", text);
    read_values();
}

Test(plot_svg, the_checker_refuses_what_is_not_well_formed)
{
    cr_assert(is_well_formed("<?xml?><a b=\"c\"><d/>x &amp; y</a>"));
    cr_assert_not(is_well_formed("<a><b></a></b>"));
    cr_assert_not(is_well_formed("<a>x & y</a>"));
    cr_assert_not(is_well_formed("<a b=\"<\"/>"));
    cr_assert_not(is_well_formed("<a>"));
}

Test(plot_svg, is_well_formed_whatever_the_names)
{
    static const char *const nasty[] = {"<script>", "a & b > \"c\" 'd'"};
    example.plot.title = "1 < 2 && \"quoted\"";
    example.plot.remark = "<!-- a device that is called & after an entity -->";
    example.plot.x_label = "<x>";
    example.plot.series_names = nasty;
    draw();
    cr_assert_null(strstr(text, "<script>"));
    assert_contains(text, "&lt;script&gt;");
}

Test(plot_svg, equal_factors_are_equal_distances_on_logarithmic_axes)
{
    draw();
    cr_assert_eq(value_count, 2u * X_COUNT);
    double right = x[1] - x[0], up = y[0] - y[1];
    cr_assert_gt(right, 1);
    cr_assert_gt(up, 1, "longer is higher up");
    for (int i = 1; i < X_COUNT; i++) {
        cr_assert_float_eq(x[i] - x[i - 1], right, 0.03);
        cr_assert_float_eq(y[i - 1] - y[i], up, 0.03);
    }
    for (int i = 0; i < X_COUNT; i++) {
        cr_assert_float_eq(x[X_COUNT + i], x[i], 0.01);
        cr_assert_float_eq(y[i] - y[X_COUNT + i], up, 0.03, "twice as long, one doubling up");
    }
}

Test(plot_svg, equal_differences_are_equal_distances_on_linear_axes)
{
    static const double steps[X_COUNT] = {0, 10, 20, 30, 40, 50};
    example.plot.log = false;
    example.plot.x = steps;
    for (int i = 0; i < X_COUNT; i++) {
        example.y_ns[i] = 2000 + 500 * steps[i];
        example.y_ns[X_COUNT + i] = 2000;
    }
    draw();
    for (int i = 2; i < X_COUNT; i++) {
        cr_assert_float_eq(x[i] - x[i - 1], x[1] - x[0], 0.03);
        cr_assert_float_eq(y[i - 1] - y[i], y[0] - y[1], 0.03);
    }
}

Test(plot_svg, distant_values_are_not_squeezed)
{
    example.plot.log = false;
    for (int i = 0; i < X_COUNT; i++) {
        example.y_ns[i] = 1e6;
        example.y_ns[X_COUNT + i] = i % 2 ? 1e3 : 2e3;
    }
    draw();
    cr_assert_gt(y[X_COUNT + 1] - y[X_COUNT], 20, "a factor of 2 shows beside one of 1000");
}

Test(plot_svg, everything_is_inside_the_picture)
{
    for (double factor = 1e-3; factor < 1e8; factor *= 7) {
        for (int log = 0; log < 2; log++) {
            fill_example();
            example.plot.log = log;
            for (int i = 0; i < 2 * X_COUNT; i++)
                example.y_ns[i] *= factor;
            draw();
            double width = strtod(strstr(text, "width=\"") + 7, NULL);
            double height = strtod(strstr(text, "height=\"") + 8, NULL);
            cr_assert_eq(value_count, 2u * X_COUNT);
            for (size_t i = 0; i < value_count; i++)
                cr_assert(x[i] > 60 && x[i] < width && y[i] > 60 && y[i] < height - 50,
                          "%g,%g in %g by %g at factor %g", x[i], y[i], width, height, factor);
        }
    }
}

Test(plot_svg, a_missing_value_breaks_the_line)
{
    draw();
    const size_t segments = count_of(text, "L");
    example.y_ns[2] = NAN;
    draw();
    cr_assert_eq(value_count, 2u * X_COUNT - 1);
    cr_assert_eq(count_of(text, "L"), segments - 2);
    for (int i = 0; i < 2 * X_COUNT; i++)
        example.y_ns[i] = NAN;
    draw();
    cr_assert_eq(value_count, 0u);
}

Test(plot_svg, words_are_not_joined)
{
    example.plot.words = true;
    example.plot.log = false;
    draw();
    cr_assert_eq(value_count, 2u * X_COUNT);
    cr_assert_eq(count_of(text, "L"), 0u);
}

Test(plot_svg, unverified_points_are_hollow_and_explained)
{
    draw();
    cr_assert_null(strstr(text, "ot verified"));
    const size_t white = count_of(text, "fill=\"#fff\"");
    example.verified[3] = false;
    draw();
    assert_contains(text, "A hollow marker: not verified.");
    assert_contains(text, "first, tokens 64: 6.40 us, not verified");
    cr_assert_eq(count_of(text, "fill=\"#fff\""), white + 1);
}

Test(plot_svg, panels_share_their_axes)
{
    static const char *const panels[] = {"BATCH 1", "BATCH 8", "BATCH 64", "BATCH 512"};
    double y_ns[8 * X_COUNT];
    bool verified[8 * X_COUNT];
    for (int i = 0; i < 8 * X_COUNT; i++) {
        y_ns[i] = i % X_COUNT == 0 ? 1000 : 1000 + 3000 * (double)i;
        verified[i] = true;
    }
    example.plot.panels = 4;
    example.plot.panel_names = panels;
    example.plot.y_ns = y_ns;
    example.plot.verified = verified;
    draw();
    for (int i = 0; i < 4; i++)
        cr_assert_eq(count_of(text, panels[i]), 1u);
    cr_assert_eq(value_count, 8u * X_COUNT);
    /* Every series begins at 1000 ns, so in a row of panels the first points are level. */
    cr_assert_float_eq(y[0], y[2 * X_COUNT], 0.02);
    cr_assert_lt(x[0], x[2 * X_COUNT]);
    cr_assert_float_eq(x[0], x[4 * X_COUNT], 0.02, "the third panel is below the first");
    cr_assert_lt(y[0], y[4 * X_COUNT]);
}

Test(plot_svg, colliding_names_are_left_out)
{
    enum { MANY = VALUES_MOST };
    static char names[MANY][16];
    const char *pointers[MANY];
    double numbers[MANY], y_ns[MANY];
    bool verified[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "n%d-", i + 1000);
        pointers[i] = names[i];
        numbers[i] = i;
        y_ns[i] = 1000;
        verified[i] = true;
    }
    example.plot.log = false;
    example.plot.x_count = MANY;
    example.plot.x = numbers;
    example.plot.x_names = pointers;
    example.plot.series = 1;
    example.plot.y_ns = y_ns;
    example.plot.verified = verified;
    draw();
    size_t named = count_of(text, "middle\">n1");
    cr_assert(named >= 8 && named <= 24, "%zu names", named);
    cr_assert_eq(value_count, (size_t)MANY);
}

/* A name longer than a line of the legend is wrapped; notes are above the panels. */
Test(plot_svg, long_names_are_wrapped_and_notes_are_printed)
{
    static char name[201];
    static const char *const names[] = {name, "short"}, *const notes[] = {"best at 8 & 16"};
    memset(name, 'W', sizeof name - 1);
    example.plot.series_names = names;
    example.plot.notes = notes;
    example.plot.note_count = 1;
    draw();
    assert_contains(text, ">best at 8 &amp; 16<");
    assert_contains(text, ">short<");
    const char *legend = strstr(text, ">WWW");
    cr_assert_not_null(legend);
    cr_assert_lt(strcspn(legend + 1, "<"), 100, "the first line of it");
}

Test(plot_svg, a_rate_has_no_unit_of_time)
{
    example.plot.rate = true;
    example.plot.y_label = "tokens/s";
    draw();
    assert_contains(text, ">tokens/s, logarithmic<");
    cr_assert_null(strstr(text, " us<"));
}
