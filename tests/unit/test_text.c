#include "../../src/base/text.h"
#include "unit.h"

#include <math.h>

static void expect_duration(double ns, const char *expected)
{
    char text[32];
    cr_assert_str_eq(text_duration(text, sizeof text, ns), expected);
}

Test(text, only_ascii_letters_are_letters)
{
    for (int c = 1; c < 256; c++) {
        const char letter = (char)c;
        const bool small = c >= 'a' && c <= 'z', large = c >= 'A' && c <= 'Z';
        cr_assert_eq(text_is_letter(letter), small || large);
        cr_assert_eq(text_lower(letter), large ? (char)(c + 32) : letter);
        cr_assert_eq(text_upper(letter), small ? (char)(c - 32) : letter);
    }
    cr_assert(text_same("ITERATIONS", "iterations"));
    cr_assert_not(text_same("auto", "aut"));
    cr_assert_not(text_same("aut", "auto"));
    cr_assert_not(text_same("\xc4", "\xe4"), "in ISO 8859-1 they would be equal");
    const char *const line = "an ERRor: eRroR";
    cr_assert_eq(text_find(line, "error"), line + 3);
    cr_assert_eq(text_find(line, ""), line);
    cr_assert_eq(text_find(line, "ROR"), line + 5);
    cr_assert_null(text_find(line, "errors"));
    cr_assert_null(text_find("", "e"));
}

Test(text, bandwidths_have_no_exponent)
{
    static const struct {
        double gb_per_s;
        const char *expected;
    } cases[] = {{0, "0"},       {0.01234, "0.0123"}, {2.934, "2.93"},   {101.4, "101"},
                 {999.4, "999"}, {999.6, "1,000"},    {2934.2, "2,934"}, {30200, "30,200"}};
    char text[24];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_str_eq(text_bandwidth(text, sizeof text, cases[i].gb_per_s), cases[i].expected);
}

Test(text, durations_have_three_digits)
{
    expect_duration(0, "0 ns");
    expect_duration(87, "87 ns");
    expect_duration(87.25, "87.2 ns");
    expect_duration(999, "999 ns");
    expect_duration(1000, "1.00 us");
    expect_duration(9134, "9.13 us");
    expect_duration(91340, "91.3 us");
    expect_duration(913400, "913 us");
    expect_duration(1.5e9, "1.50 s");
    expect_duration(123e9, "123 s");
    expect_duration(-9134, "-9.13 us");
    expect_duration(NAN, "n/a");
    expect_duration(INFINITY, "n/a");
}

Test(text, rounding_carries_into_the_next_digit_and_unit)
{
    expect_duration(9996, "10.0 us");
    expect_duration(99960, "100 us");
    expect_duration(999960, "1.00 ms");
    expect_duration(999.6, "1.00 us");
    expect_duration(999499, "999 us");
}

/* Whatever the value, the text reads back within half a unit of its third digit. */
Test(text, durations_read_back_within_half_a_percent)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{" ns", 1}, {" us", 1e3}, {" ms", 1e6}, {" s", 1e9}};
    for (double ns = 1; ns < 9e11; ns *= 1.0137) {
        char text[32], *unit;
        text_duration(text, sizeof text, ns);
        double read = strtod(text, &unit), scale = 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(unit, units[i].unit) == 0)
                scale = units[i].ns;
        cr_assert_gt(scale, 0, "%s", text);
        cr_assert_leq(fabs(read * scale - ns), 0.00501 * ns, "%.17g became %s", ns, text);
        cr_assert(read < 1000, "%s", text);
    }
}

Test(text, rates_and_bytes)
{
    char text[32];
    cr_assert_str_eq(text_rate(text, sizeof text, 1234567), "1.23 M");
    cr_assert_str_eq(text_rate(text, sizeof text, 123), "123");
    cr_assert_str_eq(text_rate(text, sizeof text, 0), "0");
    cr_assert_str_eq(text_rate(text, sizeof text, 999999), "1.00 M");
    cr_assert_str_eq(text_bytes(text, sizeof text, 512), "512 B");
    cr_assert_str_eq(text_bytes(text, sizeof text, 12.5 * 1073741824), "12.5 GiB");
    cr_assert_str_eq(text_bytes(text, sizeof text, 1023.9), "1.00 KiB");
    cr_assert_str_eq(text_bytes(text, sizeof text, 1048576), "1.00 MiB");
}

Test(text, integers_are_grouped)
{
    char text[32];
    cr_assert_str_eq(text_integer(text, sizeof text, 0), "0");
    cr_assert_str_eq(text_integer(text, sizeof text, 999), "999");
    cr_assert_str_eq(text_integer(text, sizeof text, 65536), "65,536");
    cr_assert_str_eq(text_integer(text, sizeof text, -1000), "-1,000");
    cr_assert_str_eq(text_integer(text, sizeof text, INT64_MAX), "9,223,372,036,854,775,807");
    cr_assert_str_eq(text_integer(text, sizeof text, INT64_MIN), "-9,223,372,036,854,775,808");
}

Test(text, small_buffers_are_not_overrun)
{
    char text[8];
    for (size_t size = 1; size < sizeof text; size++) {
        memset(text, '#', sizeof text);
        text_integer(text, size, 123456789);
        cr_assert_eq(strlen(text), size - 1);
        text_duration(text, size, -123456789);
        cr_assert_lt(strlen(text), size);
        for (size_t i = size; i < sizeof text; i++)
            cr_assert_eq(text[i], '#');
    }
}

Test(text, time_left_is_rounded)
{
    static const struct {
        double seconds;
        const char *text;
    } waits[] = {
        {-1, "time left not known yet"}, {0, "about 0 s left"},
        {99.4, "about 99 s left"},       {100, "about 2 min left"},
        {3600, "about 60 min left"},     {12000, "about 3 h 20 min left"},
    };
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        char text[48];
        cr_assert_str_eq(text_time_left(text, sizeof text, waits[i].seconds), waits[i].text);
    }
}

Test(text, distance_counts_edits)
{
    cr_assert_eq(text_distance("", ""), 0);
    cr_assert_eq(text_distance("", "abc"), 3);
    cr_assert_eq(text_distance("kitten", "sitting"), 3);
    cr_assert_eq(text_distance("BATCH", "bacth"), 1, "a swap is one edit, and case is none");
    cr_assert_eq(text_distance("ca", "abc"), 3, "optimal string alignment edits no part twice");
    cr_assert_eq(text_distance("launch-overhead", "launch-overhaed"), 1);

    char longer[300];
    memset(longer, 'a', sizeof longer);
    longer[299] = '\0';
    cr_assert_eq(text_distance(longer, "a"), 299);
}

Test(text, nearest_is_near_or_nothing)
{
    static const char *const words[] = {"quick", "step-sync", "spin-or-sleep", NULL};
    cr_assert_str_eq(text_nearest("quik", words), "quick");
    cr_assert_str_eq(text_nearest("STEP-SYNC", words), "step-sync");
    cr_assert_str_eq(text_nearest("spinorsleep", words), "spin-or-sleep");
    cr_assert_null(text_nearest("tree", words));
    cr_assert_null(text_nearest("", words));
    cr_assert_null(text_nearest("q", words));
}

Test(text, quotes_only_printable_text)
{
    char text[16];
    cr_assert_str_eq(text_quote(text, sizeof text, "abc"), "'abc'");
    cr_assert_str_eq(text_quote(text, sizeof text, "a\x1b[2J\xc2\x9b"), "'a?[2J?"
                                                                        "?'");
    cr_assert_str_eq(text_quote(text, sizeof text, "exactly13char"), "'exactly13char'");
    cr_assert_str_eq(text_quote(text, sizeof text, "fourteen chars"), "'fourteen c...'");
}

Test(text, printable_is_utf8_without_controls)
{
    static const char *const good[] = {"", "abc", "\xc2\xb5s", "\xe2\x96\x88", "\xf0\x9f\x98\x80"};
    static const char *const bad[] = {
        "\n",         "\x7f",         "\x80",         "\xc2",         "\xc2\x9b",
        "\xc0\xaf",   "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80", "\xf0\x80\x80\x80",
        "\342\226ab", "\xff",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert(text_printable(good[i]), "good %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(text_printable(bad[i]), "bad %zu", i);
}

Test(text, small_shares_do_not_round_to_zero)
{
    static const struct {
        double share;
        const char *text;
    } cases[] = {{0, "0 %"},        {1, "100 %"},     {0.54, "54 %"},    {0.096, "10 %"},
                 {0.0543, "5.4 %"}, {0.001, "0.1 %"}, {0.0006, "0.06 %"}};
    char text[24];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_str_eq(text_share(text, sizeof text, cases[i].share), cases[i].text);
}

/* Whether the line may end at the second blank. */
Test(text, a_line_ends_between_words_not_between_a_number_and_its_unit)
{
    static const struct {
        const char *text;
        bool may;
    } cases[] = {{"takes 12 us", false}, {"of 54 %", false},   {"it /  5.0 s", true},
                 {"up \\ 5.0 s", false}, {"at | 12 s", false}, {"a step of", true},
                 {"in 3 (of)", true},    {"BATCH 8, x", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *second = strchr(strchr(cases[i].text, ' ') + 1, ' ');
        cr_assert_eq(text_may_break(cases[i].text, (size_t)(second - cases[i].text)), cases[i].may,
                     "%s", cases[i].text);
    }
    cr_assert_not(text_may_break("word", 2));
}
