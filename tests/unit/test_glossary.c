#include "../../ui/model/glossary.h"
#include "unit.h"

Test(glossary, a_meaning_is_one_line_of_the_help_at_80_columns)
{
    cr_assert_gt(glossary_count(), 0);
    for (int i = 0; i < glossary_count(); i++) {
        cr_assert_leq(strlen(glossary[i].word), 13, "%s", glossary[i].word);
        cr_assert_leq(strlen(glossary[i].meaning), 62, "%s", glossary[i].meaning);
        cr_assert_neq(glossary[i].meaning[strlen(glossary[i].meaning) - 1], '.');
    }
}

Test(glossary, the_words_of_the_screen_are_explained)
{
    const char *const words[] = {"first token", "sync", "floor", "epoch", "stamps",
                                 "rung",        "gap",  "busy",  "peak"};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        int i = 0;
        while (glossary[i].word && strcmp(glossary[i].word, words[w]) != 0)
            i++;
        cr_assert(glossary[i].word, "%s", words[w]);
    }
}
