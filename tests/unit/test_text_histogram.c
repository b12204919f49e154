#include "../../src/base/text_histogram.h"
#include "random.h"
#include "texts.h"

static struct histogram histogram;

static void open_histogram(void)
{
    cr_assert(histogram_open(&histogram, 0, HISTOGRAM_BUCKETS));
}

static void close_histogram(void)
{
    histogram_close(&histogram);
}

TestSuite(text_histogram, .init = open_histogram, .fini = close_histogram);

/* Checks what is true of every division into lines: they are adjacent, none has zero width, and
 * every sample is in one. Returns how many lines there are. */
static size_t check_cut(void)
{
    struct text_histogram_line lines[TEXT_HISTOGRAM_LINES];
    size_t count = text_histogram_cut(&histogram, lines);
    uint64_t samples = 0;
    cr_assert_leq(count, TEXT_HISTOGRAM_LINES);
    for (size_t i = 0; i < count; i++) {
        cr_assert_lt(lines[i].lower_ns, lines[i].upper_ns);
        if (i > 0 && lines[i].beyond)
            cr_assert_geq(lines[i].lower_ns, lines[i - 1].upper_ns);
        else if (i > 0)
            cr_assert_eq(lines[i].lower_ns, lines[i - 1].upper_ns);
        cr_assert(!lines[i].tail || i + 1 == count || lines[i + 1].beyond);
        cr_assert_eq(lines[i].beyond, i + 1 == count && histogram_beyond(&histogram) > 0);
        samples += lines[i].count;
    }
    cr_assert_eq(samples, histogram.count);
    if (count > 0) {
        cr_assert_leq(lines[0].lower_ns, histogram.min_ns);
        cr_assert_gt(lines[0].count, 0u, "the axis begins before the first sample's line");
    }
    return count;
}

/* The printed text; overwritten by the next call. */
static char *printed(enum text_bars bars)
{
    static char text[1 << 14];
    FILE *out = fmemopen(text, sizeof text, "w");
    cr_assert_not_null(out);
    text_histogram_print(out, &histogram, bars);
    cr_assert_eq(fclose(out), 0);
    return text;
}

Test(text_histogram, empty)
{
    cr_assert_eq(check_cut(), 0u);
}

Test(text_histogram, one_sample_of_any_size)
{
    static const uint64_t sizes[] = {
        0, 1, 2, 9, 10, 2047, 2048, 999999, 123456789, HISTOGRAM_MOST_NS, UINT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        histogram_record(&histogram, sizes[i]);
        cr_assert_geq(check_cut(), 1u, "%llu", (unsigned long long)sizes[i]);
        histogram_clear(&histogram);
    }
}

Test(text_histogram, every_sample_is_in_one_line)
{
    uint64_t state = 1;
    for (int round = 0; round < 300; round++) {
        uint64_t samples = 1 + random_below(&state, 3000);
        unsigned widest = 1 + (unsigned)random_below(&state, 38);
        for (uint64_t i = 0; i < samples; i++)
            histogram_record(&histogram,
                             random_next(&state) >> (63 - random_below(&state, widest)));
        check_cut();
        histogram_clear(&histogram);
    }
}

Test(text_histogram, an_outlier_does_not_blur_the_rest)
{
    for (uint64_t i = 0; i < 100000; i++)
        histogram_record(&histogram, 1000 + i % 500);
    size_t without = check_cut();
    histogram_record(&histogram, 5000000000u);
    cr_assert_eq(check_cut(), without + 1);
}

Test(text_histogram, every_mark_is_on_its_values_line)
{
    for (uint64_t i = 0; i < 10000; i++)
        histogram_record(&histogram, i < 9000 ? 1000 : i < 9900 ? 2000 : i < 9995 ? 4000 : 80000);
    char *text = printed(TEXT_BARS_ASCII);
    static const char *const marks[] = {"p50 1.00 us", "p99 2.00 us", "p99.9 4.00 us",
                                        "max 80.0 us"};
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(count_of(text, marks[i]), 1u, "%s in\n%s", marks[i], text);
    cr_assert_eq(count_of(text, "p90 "), 1u);
    /* The line with the median contains 1.00 us and 9,000 samples. */
    char *line = strstr(text, "9,000");
    cr_assert_not_null(line);
    *strchr(line, '\n') = '\0';
    cr_assert(strstr(line, "p50 1.00 us") && strstr(line, "90.0 %"), "%s", line);
}

Test(text_histogram, ascii_is_ascii_and_no_sample_is_hidden)
{
    for (int i = 0; i < 100000; i++)
        histogram_record(&histogram, 1000);
    histogram_record(&histogram, 1100);
    for (int ascii = 0; ascii < 2; ascii++) {
        char *text = printed(ascii ? TEXT_BARS_ASCII : TEXT_BARS_BLOCKS);
        cr_assert_eq(is_ascii(text), ascii);
        cr_assert(strstr(text, ascii ? "  ." : "  ▏"), "the single sample is not drawn:\n%s", text);
        cr_assert_null(strstr(text, " \n"), "blanks at the end of a line");
    }
}

Test(text_histogram, without_bars_there_are_the_lines_that_have_samples)
{
    for (int i = 0; i < 1000; i++)
        histogram_record(&histogram, i % 100 == 0 ? 8000 : 1000);
    char *text = printed(TEXT_BARS_NONE);
    cr_assert_eq(count_of(text, "\n"), 3u, "a head and two lines:\n%s", text);
    cr_assert(strstr(text, "p50 1.00 us") && strstr(text, "max 8.00 us"), "%s", text);
    cr_assert_null(strpbrk(text, "#\xe2"), "%s", text);
}

Test(text_histogram, only_resolved_percentiles_are_marked)
{
    for (int i = 0; i < 40; i++)
        histogram_record(&histogram, 1000);
    char *text = printed(TEXT_BARS_ASCII);
    assert_contains(text, "p50 1.00 us  p90 1.00 us  max 1.00 us\n");
}

Test(text_histogram, samples_beyond_the_range_have_their_own_line)
{
    for (uint64_t i = 0; i < 200; i++)
        histogram_record(&histogram, i < 197 ? 90000000000 + i * 10000000 : 7200000000000);
    check_cut();
    char *text = printed(TEXT_BARS_NONE);
    const char *line = strstr(text, "    > 100 s            3   1.5 %  p99 > 100 s  max 7200 s\n");
    cr_assert(line && strlen(line) == strcspn(line, "\n") + 1, "%s", text);
    cr_assert_eq(count_of(text, "> 100 s"), 2u, "%s", text);
}

Test(text_histogram, a_percentile_as_text)
{
    char text[24];
    cr_assert_str_eq(text_percentile(text, sizeof text, &histogram, 0.5), "-");
    histogram_record(&histogram, 1000);
    cr_assert_str_eq(text_percentile(text, sizeof text, &histogram, 0.5), "1.00 us");
    cr_assert_str_eq(text_percentile(text, sizeof text, &histogram, 0.99), "-");
    cr_assert_str_eq(text_percentile(text, sizeof text, &histogram, 1), "1.00 us");
    histogram_clear(&histogram);
    histogram_record(&histogram, 150000000000);
    cr_assert_str_eq(text_percentile(text, sizeof text, &histogram, 0.5), "> 100 s");
    cr_assert_str_eq(text_percentile(text, sizeof text, &histogram, 1), "150 s");
    cr_assert_str_eq(text_percentile_ns(text, sizeof text, (double)HISTOGRAM_MOST_NS), "> 100 s");
    cr_assert_str_eq(text_percentile_ns(text, sizeof text, 150e9), "150 s");
}
