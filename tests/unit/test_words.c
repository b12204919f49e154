#include "../../src/base/words.h"
#include "unit.h"

static const char *const sides[] = {"up", "down", "left", NULL};
static const char *const nothing[] = {NULL};

Test(words, a_word_gives_its_index)
{
    cr_assert_eq(words_find(sides, "up"), 0);
    cr_assert_eq(words_find(sides, "left"), 2);
    cr_assert_eq(words_find(sides, "lef"), -1);
    cr_assert_eq(words_find(sides, "lefty"), -1);
    cr_assert_eq(words_find(sides, "UP"), -1);
    cr_assert_eq(words_find(sides, ""), -1);
    cr_assert_eq(words_find(nothing, "up"), -1);
    cr_assert_eq(words_find_any_case(sides, "DoWn"), 1);
    cr_assert_eq(words_find_any_case(sides, "dow"), -1);
}

Test(words, switches_have_three_spellings)
{
    static const char *const on[] = {"on", "1", "true", "TRUE", NULL};
    static const char *const off[] = {"off", "0", "false", "Off", NULL};
    static const char *const neither[] = {"", "2", "yes", "on ", "01", NULL};
    for (int i = 0; on[i]; i++)
        cr_assert_eq(words_find_switch(on[i]), 1, "%s", on[i]);
    for (int i = 0; off[i]; i++)
        cr_assert_eq(words_find_switch(off[i]), 0, "%s", off[i]);
    for (int i = 0; neither[i]; i++)
        cr_assert_eq(words_find_switch(neither[i]), -1, "%s", neither[i]);
}

Test(words, a_list_reads_as_part_of_a_sentence)
{
    char text[64] = "old";
    cr_assert_str_eq(words_list(text, sizeof text, nothing, "or"), "");
    cr_assert_str_eq(words_list(text, sizeof text, sides + 2, "or"), "left");
    cr_assert_str_eq(words_list(text, sizeof text, sides + 1, "or"), "down or left");
    cr_assert_str_eq(words_list(text, sizeof text, sides, "and"), "up, down and left");
    cr_assert_str_eq(words_list_quoted(text, sizeof text, sides, "or"),
                     "\"up\", \"down\" or \"left\"");
    cr_assert_str_eq(words_list(text, 8, sides, "or"), "up, dow");
}

Test(words, an_item_fits_completely_or_is_dropped)
{
    char text[16] = "";
    words_add(text, sizeof text, "%s %d", "A", 1);
    cr_assert_str_eq(text, "A 1");
    words_add(text, sizeof text, "%s", "");
    cr_assert_str_eq(text, "A 1, ");
    text[3] = '\0';
    words_add(text, sizeof text, "12345678901");
    cr_assert_str_eq(text, "A 1");
    words_add(text, sizeof text, "1234567890");
    cr_assert_str_eq(text, "A 1, 1234567890");
    words_add(text, sizeof text, "B");
    cr_assert_str_eq(text, "A 1, 1234567890");
}

Test(words, parts_of_a_text_fit_completely_or_are_dropped)
{
    static const char text[] = "varies BATCH; 24 runs; H200";
    char out[64];
    cr_assert_str_eq(words_fit(out, sizeof out, text, 27, "+"), text);
    cr_assert_str_eq(words_fit(out, sizeof out, text, 26, "+"), "varies BATCH; 24 runs");
    cr_assert_str_eq(words_fit(out, sizeof out, text, 20, "+"), "varies BATCH");
    cr_assert_str_eq(words_fit(out, sizeof out, text, 9, "+"), "var+BATCH");
    cr_assert_str_eq(words_fit(out, sizeof out, "", 9, "+"), "");
}
