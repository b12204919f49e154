#include "../../src/base/text_overlay.h"
#include "random.h"
#include "texts.h"

/* A histogram of random samples in [from_ns, below_ns). */
static struct histogram of(uint64_t from_ns, uint64_t below_ns, size_t samples)
{
    struct histogram histogram;
    uint64_t state = from_ns;
    cr_assert(histogram_open(&histogram, 0, HISTOGRAM_BUCKETS));
    for (size_t i = 0; i < samples; i++)
        histogram_record(&histogram, from_ns + random_below(&state, below_ns - from_ns));
    return histogram;
}

/* The printed text; overwritten by the next call. */
static char *printed(const struct text_overlay_part *parts, size_t count, bool ascii)
{
    static char text[1 << 14];
    FILE *out = fmemopen(text, sizeof text, "w");
    cr_assert_not_null(out);
    cr_assert(text_overlay_print(out, parts, count, ascii));
    cr_assert_eq(fclose(out), 0);
    return text;
}

/* Reads the shares of a line. */
static void read_line(const char *line, size_t count, double *shares)
{
    const char *at = strpbrk(line + 12, " "); /* after "from" and its mark */
    for (size_t i = 0; i < count; i++) {
        char *end;
        shares[i] = strtod(at, &end);
        at = strchr(end, '%') + 1;
    }
}

Test(text_overlay, every_part_adds_up_to_all_of_its_samples)
{
    struct histogram a = of(1000, 3000, 5000), b = of(2000, 100000, 70), c = of(1500, 1600, 9);
    struct text_overlay_part parts[] = {{'A', &a}, {'B', &b}, {'C', &c}};
    char *rest = strchr(printed(parts, 3, true), '\n') + 1;
    double sums[3] = {0};
    for (char *line = strtok(rest, "\n"); line; line = strtok(NULL, "\n")) {
        double shares[3];
        read_line(line, 3, shares);
        for (int i = 0; i < 3; i++)
            sums[i] += shares[i];
    }
    for (int i = 0; i < 3; i++)
        cr_assert_float_eq(sums[i], 100, 1, "part %d: %g", i, sums[i]);
    histogram_close(&a), histogram_close(&b), histogram_close(&c);
}

/* A hundred samples a thousand times as long as a million others still have lines of their own. */
Test(text_overlay, parts_weigh_the_same_on_the_axis)
{
    struct histogram many = of(1000, 1500, 1000000), few = of(1000000, 4000000, 100);
    struct text_overlay_part parts[] = {{'A', &many}, {'B', &few}};
    char *rest = strchr(printed(parts, 2, true), '\n') + 1;
    size_t lines = 0;
    for (char *line = strtok(rest, "\n"); line; line = strtok(NULL, "\n")) {
        double shares[2];
        read_line(line, 2, shares);
        lines += shares[1] > 5;
    }
    cr_assert_geq(lines, 2u);
    histogram_close(&many), histogram_close(&few);
}

Test(text_overlay, letters_mark_the_ends_of_bars)
{
    struct histogram a = of(1000, 1001, 10), b = of(1000, 1001, 30);
    struct text_overlay_part parts[] = {{'A', &a}, {'B', &b}, {'C', &b}};
    char bar[64], *text = printed(parts, 3, true);
    memset(bar, '#', 40);
    strcpy(bar + 40, "BC\n");
    cr_assert(strstr(text, bar), "equal bars: their letters follow the bar:\n%s", text);

    for (int i = 0; i < 30; i++)
        histogram_record(&b, 5000);
    text = printed(parts, 2, true);
    memset(bar, '#', 40);
    bar[20] = 'B';
    strcpy(bar + 40, "\n");
    cr_assert(strstr(text, bar), "half as high: the letter is in the middle of the bar:\n%s", text);
    cr_assert(strstr(text, "0.0 %  50.0 %                      B\n"), "without a bar:\n%s", text);
    histogram_close(&a), histogram_close(&b);
}

Test(text_overlay, as_many_as_there_are_letters)
{
    struct text_overlay_part parts[TEXT_OVERLAY_MOST];
    struct histogram same = of(0, 1, 1);
    for (size_t i = 0; i < TEXT_OVERLAY_MOST; i++)
        parts[i] = (struct text_overlay_part){(char)('A' + i), &same};
    for (int ascii = 0; ascii < 2; ascii++) {
        char *text = printed(parts, TEXT_OVERLAY_MOST, ascii);
        cr_assert_eq(is_ascii(text), ascii);
        assert_contains(text, "BCDEFGHIJKLMNOPQRSTUVWXYZ\n");
        cr_assert_null(strstr(text, " \n"), "blanks at the end of a line");
    }
    histogram_close(&same);
}

Test(text_overlay, samples_beyond_the_range_have_their_own_line)
{
    struct histogram a = of(1000, 3000, 100), b = of(90000000000, 99000000000, 50);
    for (int i = 0; i < 50; i++)
        histogram_record(&b, 150000000000);
    struct text_overlay_part parts[] = {{'A', &a}, {'B', &b}};
    const char *line = strstr(printed(parts, 2, true), "    > 100 s ");
    double shares[2];
    cr_assert_not_null(line);
    read_line(line, 2, shares);
    cr_assert_float_eq(shares[0], 0, 0.01);
    cr_assert_float_eq(shares[1], 50, 0.01);
    histogram_close(&a), histogram_close(&b);
}
