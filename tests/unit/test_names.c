#include "../../kernels/lab.h"
#include "../../src/base/cluster.h"
#include "../../src/base/names.h"
#include "../../src/engine/knobs.h"
#include "random.h"
#include "texts.h"

#define SIGN "…"

TestSuite(names, .init = use_utf8);

/* Checks what is true of every list. */
static void check(const char *const *list, size_t count, int columns)
{
    static struct names names;
    names_shorten(&names, list, count, columns, SIGN);
    cr_assert_eq(names.count, count);
    for (size_t i = 0; i < count; i++) {
        const char *text = names.texts[i];
        cr_assert_leq(cluster_columns(text), columns, "%s in %d columns: %s", list[i], columns,
                      text);
        if (cluster_columns(list[i]) <= columns)
            cr_assert_str_eq(text, list[i]);
        else
            cr_assert_not_null(strstr(text, SIGN), "%s: %s", list[i], text);
        for (size_t j = 0; j < i; j++)
            cr_assert_eq(strcmp(text, names.texts[j]) == 0, strcmp(list[i], list[j]) == 0,
                         "%s and %s in %d columns: %s and %s", list[i], list[j], columns, text,
                         names.texts[j]);
    }
}

Test(names, variants_and_knobs_are_told_apart_at_any_width)
{
    const char *list[NAMES_MOST], *knobs[KNOB_COUNT];
    size_t count = 0;
    for (size_t i = 0; variants[i] && count < NAMES_MOST; i++)
        list[count++] = variants[i]->name;
    for (int id = 0; id < KNOB_COUNT; id++)
        knobs[id] = knob_table[id].name;
    for (int columns = NAMES_LEAST; columns < 40; columns++) {
        check(list, count, columns);
        check(knobs, KNOB_COUNT, columns);
    }
}

Test(names, differences_stay)
{
    static const char *const list[] = {"persistent_decode_graph_chain", "persistent_decode_graphs",
                                       "persistent_decode_cuda", "baseline_persistent_decode"};
    static const struct {
        int columns;
        const char *texts[4];
    } expected[] = {
        {30,
         {"persistent_decode_graph_chain", "persistent_decode_graphs", "persistent_decode_cuda",
          "baseline_persistent_decode"}},
        {24,
         {"persistent_d…graph_chain", "persistent_decode_graphs", "persistent_decode_cuda",
          "baseline_…sistent_decode"}},
        {16, {"pers…graph_chain", "persisten…graphs", "persistent_…cuda", "baseli…nt_decode"}},
        {8, {"pe…chain", "p…graphs", "per…cuda", "ba…ecode"}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct names names;
        names_shorten(&names, list, 4, expected[i].columns, SIGN);
        for (size_t j = 0; j < 4; j++)
            cr_assert_str_eq(names.texts[j], expected[i].texts[j], "%d columns: %s",
                             expected[i].columns, names.texts[j]);
    }
}

/* A name that is a prefix of another one keeps its last word. */
Test(names, a_name_may_be_a_prefix_of_another)
{
    static const char *const list[] = {"attention_split_kv", "attention_split_kv_graph"};
    struct names names;
    names_shorten(&names, list, 2, 16, SIGN);
    cr_assert_str_eq(names.texts[0], "attention_spl…kv");
    cr_assert_str_eq(names.texts[1], "attention_…graph");
}

/* Names made of few parts are nearly equal. Some contain the ellipsis or a number. */
Test(names, any_names_are_told_apart)
{
    static const char *const parts[] = {"a", "b", "_", "1", "12", SIGN, "中", "aaaa", "é"};
    uint64_t state = 11;
    for (int round = 0; round < 3000; round++) {
        static char words[100][128];
        const char *list[100];
        const size_t count = 1 + random_below(&state, 100);
        const int columns = NAMES_LEAST + (int)random_below(&state, 20);
        const size_t kinds = 2 + random_below(&state, 7);
        for (size_t i = 0; i < count; i++) {
            words[i][0] = '\0';
            for (size_t j = random_below(&state, 24) + 1; j > 0; j--)
                strcat(words[i], parts[random_below(&state, kinds)]);
            list[i] = words[i];
        }
        check(list, count, columns);
    }
}

/* The names are longer than the limit, and equal except for their last character. */
Test(names, long_names_differ_at_their_ends)
{
    static char words[2][600];
    for (int i = 0; i < 2; i++) {
        memset(words[i], 'x', 598);
        words[i][598] = (char)('0' + i);
    }
    check((const char *const[]){words[0], words[1]}, 2, 40);
}

Test(names, one_name_loses_its_middle)
{
    char text[64];
    cr_assert_str_eq(names_shorten_one(text, sizeof text, "right-sized-medium", 18, SIGN),
                     "right-sized-medium");
    cr_assert_str_eq(names_shorten_one(text, sizeof text, "right-sized-medium", 11, SIGN),
                     "righ…medium");
    cr_assert_str_eq(names_shorten_one(text, sizeof text, "right-sized-medium", 1, SIGN), SIGN);
    cr_assert_str_eq(names_shorten_one(text, sizeof text, "right-sized-medium", 0, SIGN), SIGN);
}

Test(names, a_column_is_as_wide_as_its_longest_name)
{
    static const char *const list[] = {"a", NULL, "abc"};
    cr_assert_eq(names_columns(list, 3, 20), 3);
    cr_assert_eq(names_columns(list, 3, 2), 2);
    cr_assert_eq(names_columns(list, 0, 20), 0);
}
