#include "../../src/harness/progress.h"
#include "unit.h"

#include <locale.h>

static const char *fitted(const char *text, int columns)
{
    static char line[256];
    snprintf(line, sizeof line, "%.*s", (int)progress_fit(text, columns), text);
    return line;
}

Test(progress, whole_parts_are_kept)
{
    const char *text = "cpu_graph: 1234 of 20000 iterations, about 12 s left, then 2 more";
    cr_assert_str_eq(fitted(text, 79), text);
    cr_assert_str_eq(fitted(text, (int)strlen(text)), text);
    cr_assert_str_eq(fitted(text, 60), "cpu_graph: 1234 of 20000 iterations, about 12 s left");
    cr_assert_str_eq(fitted(text, 49), "cpu_graph: 1234 of 20000 iterations");
    cr_assert_str_eq(fitted(text, 35), "cpu_graph: 1234 of 20000 iterations");
    cr_assert_str_eq(fitted(text, 9), "cpu_graph", "not even the first part fits");
    cr_assert_str_eq(fitted(text, 0), "");
    cr_assert_str_eq(fitted(text, -1), "");
}

Test(progress, a_cut_ends_between_clusters)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    cr_assert_str_eq(fitted("cafe\u0301s", 4), "cafe\u0301");
    cr_assert_str_eq(fitted("cafe\u0301s", 3), "caf");
    cr_assert_str_eq(fitted("\U0001F469\u200d\U0001F4BB at work", 3), "");
    cr_assert_str_eq(fitted("\U0001F469\u200d\U0001F4BB at work", 4), "\U0001F469\u200d\U0001F4BB");
}
