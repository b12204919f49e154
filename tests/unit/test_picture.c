#include "../../ui/model/picture.h"
#include "idle_explorer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define REMARK "RECORDED <NVIDIA> & others"

static char *text;
static size_t length;

/* Six recorded variants, of five processes each, in the comparison's view with two tagged. */
static void open_recording(void)
{
    struct error error;
    explorer_open_idle();
    cr_assert(explorer_open_recording(&explorer, "recordings/h200/right-sized-small.json", &error),
              "%s", error.text);
}

static void close_picture(void)
{
    free(text);
    explorer_close_idle();
}

TestSuite(picture, .init = open_recording, .fini = close_picture);

static void tag_two(void)
{
    explorer_go_to_view(&explorer, VIEW_COMPARE);
    explorer_press(&explorer, ' ');
    explorer_select(&explorer, 2);
    explorer_press(&explorer, ' ');
    explorer_judge(&explorer, UINT64_C(1000000000));
}

static size_t count_of(const char *word)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        count++;
    return count;
}

/* Every mark that opens is closed, and the text has no bare '<' or '&'. */
static void check_marks(void)
{
    int open = 0;
    cr_assert_eq(strlen(text), length);
    for (const char *at = text; *at; at++) {
        if (*at == '&')
            cr_assert(strncmp(at, "&amp;", 5) == 0 || strncmp(at, "&lt;", 4) == 0 ||
                      strncmp(at, "&gt;", 4) == 0);
        if (*at != '<')
            continue;
        const char *end = strpbrk(at + 1, "<>");
        cr_assert(end && *end == '>');
        open += at[1] == '/' ? -1 : end[-1] == '/' ? 0 : 1;
        cr_assert_geq(open, 0);
    }
    cr_assert_eq(open, 0);
    cr_assert_eq(count_of("NaN") + count_of("nan") + count_of("inf"), 0);
}

static void contains(const char *word)
{
    cr_assert_not_null(strstr(text, word), "%s is not in %s", word, text);
}

Test(picture, a_comparison_says_all_by_itself)
{
    tag_two();
    text = picture_of_compare(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    check_marks();
    contains("RECORDED &lt;NVIDIA&gt; &amp; others");
    contains("A baseline_persistent_decode");
    contains("B persistent_decode_graph_chain");
    contains("faster than A");
    contains("B is faster: its gap is ");
    contains("GB/s");
    contains("<path d=");
    cr_assert_eq(count_of("RECORDED"), 1);
}

Test(picture, nothing_is_drawn_of_nothing)
{
    text = picture_of_compare(&explorer, REMARK, &length);
    cr_assert_null(text);
}

Test(picture, a_ladder_has_every_rung_with_its_full_name)
{
    text = picture_of_ladder(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    check_marks();
    for (uint32_t i = 0; i < explorer_rows(&explorer); i++)
        contains(explorer_row(&explorer, i).name);
    contains("the baseline");
    contains("floor: what no variant can beat");
    contains("of the measured peak");
    contains(">0 ns<");
    cr_assert_eq(count_of("RECORDED"), 1);
}

/* A row of another recording says so itself. */
Test(picture, a_row_that_is_not_as_the_selected_one_is_marked)
{
    struct row row = explorer_row(&explorer, 1);
    cr_assert_str_eq(picture_mark(&explorer, &row), "");
    row.mark = "kept, epoch 3";
    cr_assert_str_eq(picture_mark(&explorer, &row), "kept, epoch 3");
}
