#include "../../src/base/plot_svg.h"

#include "unit.h"
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

TestSuite(plot_svg, .init = fill_example);

static char *print(const struct plot *plot)
{
    size_t length;
    char *text = plot_svg_print(plot, &length);
    cr_assert_not_null(text);
    cr_assert_eq(strlen(text), length);
    return text;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

/* The positions of the plotted values, in the order of the series. Returns how many there are. */
static size_t read_values(const char *text, double x[], double y[], size_t room)
{
    static const char mark[] = "class=\"value\" d=\"M";
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, mark)) && count < room; count++) {
        char *end;
        at += strlen(mark);
        x[count] = strtod(at, &end);
        cr_assert_eq(*end, ',');
        y[count] = strtod(end + 1, NULL);
    }
    return count;
}

Test(plot_svg, the_checker_can_say_no)
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
    char *text = print(&example.plot);
    cr_assert(is_well_formed(text), "%s", text);
    cr_assert_null(strstr(text, "<script>"));
    cr_assert(strstr(text, "&lt;script&gt;"));
    free(text);
}

Test(plot_svg, equal_factors_are_equal_distances_on_logarithmic_axes)
{
    double x[2 * X_COUNT], y[2 * X_COUNT];
    char *text = print(&example.plot);
    cr_assert_eq(read_values(text, x, y, 2 * X_COUNT), 2u * X_COUNT);
    free(text);
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
    double x[2 * X_COUNT], y[2 * X_COUNT];
    example.plot.log = false;
    example.plot.x = steps;
    for (int i = 0; i < X_COUNT; i++) {
        example.y_ns[i] = 2000 + 500 * steps[i];
        example.y_ns[X_COUNT + i] = 2000;
    }
    char *text = print(&example.plot);
    read_values(text, x, y, 2 * X_COUNT);
    free(text);
    for (int i = 2; i < X_COUNT; i++) {
        cr_assert_float_eq(x[i] - x[i - 1], x[1] - x[0], 0.03);
        cr_assert_float_eq(y[i - 1] - y[i], y[0] - y[1], 0.03);
    }
}

Test(plot_svg, distant_values_are_not_squeezed)
{
    double x[2 * X_COUNT], y[2 * X_COUNT];
    example.plot.log = false;
    for (int i = 0; i < X_COUNT; i++) {
        example.y_ns[i] = 1e6;
        example.y_ns[X_COUNT + i] = i % 2 ? 1e3 : 2e3;
    }
    char *text = print(&example.plot);
    read_values(text, x, y, 2 * X_COUNT);
    free(text);
    cr_assert_gt(y[X_COUNT + 1] - y[X_COUNT], 20, "a factor of 2 shows beside one of 1000");
}

Test(plot_svg, everything_is_inside_the_picture)
{
    double x[2 * X_COUNT], y[2 * X_COUNT];
    for (double factor = 1e-3; factor < 1e8; factor *= 7) {
        for (int log = 0; log < 2; log++) {
            fill_example();
            example.plot.log = log;
            for (int i = 0; i < 2 * X_COUNT; i++)
                example.y_ns[i] *= factor;
            char *text = print(&example.plot);
            cr_assert(is_well_formed(text));
            double width = strtod(strstr(text, "width=\"") + 7, NULL);
            double height = strtod(strstr(text, "height=\"") + 8, NULL);
            size_t count = read_values(text, x, y, 2 * X_COUNT);
            free(text);
            cr_assert_eq(count, 2u * X_COUNT);
            for (size_t i = 0; i < count; i++)
                cr_assert(x[i] > 60 && x[i] < width && y[i] > 60 && y[i] < height - 50,
                          "%g,%g in %g by %g at factor %g", x[i], y[i], width, height, factor);
        }
    }
}

Test(plot_svg, a_missing_value_breaks_the_line)
{
    double x[2 * X_COUNT], y[2 * X_COUNT];
    char *whole = print(&example.plot);
    example.y_ns[2] = NAN;
    char *broken = print(&example.plot);
    cr_assert_eq(read_values(broken, x, y, 2 * X_COUNT), 2u * X_COUNT - 1);
    cr_assert_eq(count_of(whole, "L"), count_of(broken, "L") + 2, "two pieces of line less");
    free(whole);
    for (int i = 0; i < 2 * X_COUNT; i++)
        example.y_ns[i] = NAN;
    char *empty = print(&example.plot);
    cr_assert(is_well_formed(empty));
    cr_assert_eq(read_values(empty, x, y, 2 * X_COUNT), 0u);
    free(broken);
    free(empty);
}

Test(plot_svg, words_are_not_joined)
{
    double x[2 * X_COUNT], y[2 * X_COUNT];
    example.plot.words = true;
    example.plot.log = false;
    char *text = print(&example.plot);
    cr_assert_eq(read_values(text, x, y, 2 * X_COUNT), 2u * X_COUNT);
    cr_assert_eq(count_of(text, "L"), 0u);
    free(text);
}

Test(plot_svg, unverified_points_are_hollow_and_explained)
{
    char *sure = print(&example.plot);
    cr_assert_null(strstr(sure, "ot verified"));
    example.verified[3] = false;
    char *unsure = print(&example.plot);
    cr_assert(strstr(unsure, "A hollow marker: not verified."));
    cr_assert_eq(count_of(unsure, "fill=\"#fff\""), count_of(sure, "fill=\"#fff\"") + 1);
    cr_assert(strstr(unsure, "first, tokens 64: 6.40 us, not verified"));
    free(sure);
    free(unsure);
}

Test(plot_svg, panels_share_their_axes)
{
    static const char *const panels[] = {"BATCH 1", "BATCH 8", "BATCH 64", "BATCH 512"};
    double y_ns[8 * X_COUNT], x[8 * X_COUNT], y[8 * X_COUNT];
    bool verified[8 * X_COUNT];
    for (int i = 0; i < 8 * X_COUNT; i++) {
        y_ns[i] = i % X_COUNT == 0 ? 1000 : 1000 + 3000 * (double)i;
        verified[i] = true;
    }
    example.plot.panels = 4;
    example.plot.panel_names = panels;
    example.plot.y_ns = y_ns;
    example.plot.verified = verified;
    char *text = print(&example.plot);
    cr_assert(is_well_formed(text));
    for (int i = 0; i < 4; i++)
        cr_assert_eq(count_of(text, panels[i]), 1u);
    cr_assert_eq(read_values(text, x, y, 8 * X_COUNT), 8u * X_COUNT);
    free(text);
    /* Every series begins at 1000 ns, so in a row of panels the first points are level. */
    cr_assert_float_eq(y[0], y[2 * X_COUNT], 0.02);
    cr_assert_lt(x[0], x[2 * X_COUNT]);
    cr_assert_float_eq(x[0], x[4 * X_COUNT], 0.02, "the third panel stands below the first");
    cr_assert_lt(y[0], y[4 * X_COUNT]);
}

Test(plot_svg, colliding_names_are_left_out)
{
    enum { MANY = 128 };
    static char names[MANY][16];
    const char *pointers[MANY];
    double x[MANY], y_ns[MANY];
    bool verified[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "n%d-", i + 1000);
        pointers[i] = names[i];
        x[i] = i;
        y_ns[i] = 1000;
        verified[i] = true;
    }
    example.plot.log = false;
    example.plot.x_count = MANY;
    example.plot.x = x;
    example.plot.x_names = pointers;
    example.plot.series = 1;
    example.plot.y_ns = y_ns;
    example.plot.verified = verified;
    char *text = print(&example.plot);
    size_t named = count_of(text, "middle\">n1");
    cr_assert(named >= 8 && named <= 24, "%zu names", named);
    cr_assert_eq(count_of(text, "class=\"value\""), (size_t)MANY);
    free(text);
}

/* A name longer than a line of the legend is wrapped; notes are above the panels. */
Test(plot_svg, long_names_are_folded_and_notes_are_printed)
{
    static char name[201];
    static const char *const names[] = {name, "short"}, *const notes[] = {"best at 8 & 16"};
    memset(name, 'W', sizeof name - 1);
    example.plot.series_names = names;
    example.plot.notes = notes;
    example.plot.note_count = 1;
    char *text = print(&example.plot);
    cr_assert(is_well_formed(text));
    cr_assert(strstr(text, ">best at 8 &amp; 16<"));
    cr_assert(strstr(text, ">short<"));
    const char *legend = strstr(text, ">WWW");
    cr_assert_not_null(legend);
    cr_assert_lt(strcspn(legend + 1, "<"), 100, "the first line of it");
    free(text);
}

Test(plot_svg, a_rate_has_no_unit_of_time)
{
    example.plot.rate = true;
    example.plot.y_label = "tokens/s";
    char *text = print(&example.plot);
    cr_assert(strstr(text, ">tokens/s, logarithmic<"));
    cr_assert_null(strstr(text, " us<"));
    free(text);
}
