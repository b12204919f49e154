#include "../../src/document/timeline_svg.h"

#include "random.h"
#include "traces.h"
#include "unit.h"
#include "well_formed.h"

#include <math.h>

#define STEPS 2000u

static struct stamp stamps[STEPS];
static struct timeline timeline;
static struct timeline_parts parts;

/* One program with a launch per step and gaps, and its timeline. */
static struct timeline_svg make(uint32_t steps, const char *heading)
{
    uint64_t source = 9, at = 0;
    static struct run run; /* static: the timeline refers to the run's name */
    run = (struct run){.variant = "some_variant", .backend = BACKEND_CPU};
    for (uint32_t t = 0; t < steps; t++) {
        stamps[t].begin_ns = at + 1 + random_below(&source, 1000);
        stamps[t].end_ns = at = stamps[t].begin_ns + 1 + random_below(&source, 1000);
    }
    const struct trace trace = trace_of(stamps, 1, steps, at + 500);
    run.facts = (struct facts){.programs = 1, .launches_per_iteration = steps};
    timeline_parts_close(&parts);
    timeline_close(&timeline);
    cr_assert(timeline_build(&timeline, &run, &trace, NULL));
    cr_assert(timeline_parts_build(&parts, &timeline, &run.facts, &trace));
    return (struct timeline_svg){
        .title = "Timeline of some_variant",
        .sides = {{&timeline, &parts, heading, "RECORDED Some GPU, 2026-01-02.", 0}},
        .side_count = 1,
        .to_ns = (double)timeline.iteration_ns,
    };
}

static char *print(const struct timeline_svg *svg)
{
    size_t length;
    char *text = timeline_svg_print(svg, &length);
    cr_assert_not_null(text);
    cr_assert_eq(strlen(text), length);
    cr_assert(is_well_formed(text));
    return text;
}

/* The area of the busy bars in pixels, normalised to full height: width * height / 16. */
static double sum_of_bars(const char *text)
{
    static const char mark[] = "<rect class=\"part\" ";
    double sum = 0;
    for (const char *at = text; (at = strstr(at, mark)); at++) {
        double x, y, width, height;
        char colour[16];
        cr_assert_eq(sscanf(at,
                            "<rect class=\"part\" x=\"%lf\" y=\"%lf\" width=\"%lf\" "
                            "height=\"%lf\" fill=\"%15[^\"]",
                            &x, &y, &width, &height, colour),
                     5);
        if (strcmp(colour, "#0072b2") == 0)
            sum += width * height / 16;
    }
    return sum;
}

Test(timeline_svg, names_its_contents_and_origin)
{
    static const char *const wanted[] = {
        "Timeline of some_variant",
        "Typical iteration",
        "RECORDED Some GPU, 2026-01-02.",
        ">program 0<",
        "launch gap: idle",
        "time since the iteration was",
        ">busy<",
        "sync: until the host",
    };
    const struct timeline_svg svg = make(8, "Typical iteration, 8 us");
    char *text = print(&svg);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_contains(text, wanted[i]);
    free(text);
}

Test(timeline_svg, is_well_formed_whatever_the_names)
{
    struct timeline_svg svg = make(8, "<script> & \"quotes\"");
    svg.title = "1 < 2 && \001";
    free(print(&svg));
}

/* The lanes of the launches, of the batch and of the program are equally busy. Bars are to scale
 * even if there are too many parts to draw each. */
Test(timeline_svg, busy_bars_are_to_scale)
{
    static const uint32_t counts[] = {1, 8, 100, STEPS};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const struct timeline_svg svg = make(counts[i], "heading");
        double busy_ns = 0;
        for (uint32_t t = 0; t < counts[i]; t++)
            busy_ns += (double)(stamps[t].end_ns - stamps[t].begin_ns);
        char *text = print(&svg);
        const uint32_t lanes = counts[i] > 1 ? 3 : 2; /* one launch is a container */
        const double sample = 30;                     /* area of the bar in the legend */
        cr_assert_float_eq(sum_of_bars(text) - sample, lanes * 760 * busy_ns / svg.to_ns,
                           0.01 * 760, "%u steps", counts[i]);
        free(text);
    }
}

/* A zoomed picture contains only the visible range. */
Test(timeline_svg, nothing_is_drawn_beside_the_lanes)
{
    struct timeline_svg svg = make(100, "heading");
    svg.from_ns = 10000;
    svg.to_ns = 20000;
    char *text = print(&svg);
    double least = INFINITY, most = 0, x, width;
    const char *at = strstr(text, "heading"); /* after the legend */
    for (; (at = strstr(at, "<rect class=\"part\" ")); at++) {
        cr_assert_eq(
            sscanf(at, "<rect class=\"part\" x=\"%lf\" y=\"%*f\" width=\"%lf\"", &x, &width), 2);
        least = x < least ? x : least;
        most = x + width > most ? x + width : most;
    }
    cr_assert_leq(most - least, 760.5);
    free(text);
}

Test(timeline_svg, two_sides_and_two_marks)
{
    struct timeline_svg svg = make(8, "A first");
    svg.sides[1] = svg.sides[0];
    svg.sides[1].heading = "B second";
    svg.side_count = 2;
    svg.marks[0] = 3000;
    svg.marks[1] = 1000;
    svg.mark_count = 2;
    char *text = print(&svg);
    cr_assert(strstr(text, "A first") && strstr(text, "B second"));
    assert_contains(text, "From mark 1 to mark 2: 2.00 us.");
    cr_assert_lt(strstr(text, "A first"), strstr(text, "B second"));
    free(text);
}
