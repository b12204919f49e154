#include "../../src/engine/knobs.h"
#include "unit.h"

static struct error error;

static void takes(enum knob_id id, const char *text, int64_t expected)
{
    int64_t value;
    assert_success(knob_parse(id, text, &value, &error));
    cr_assert_eq(value, expected, "%s became %lld", text, (long long)value);
}

static void refuses(enum knob_id id, const char *text, const char *sentence)
{
    int64_t value = 4711;
    cr_assert_not(knob_parse(id, text, &value, &error), "took '%s'", text);
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_str_eq(error.text, sentence);
    cr_assert_eq(value, 4711, "a refused value was written");
}

Test(knobs, every_default_is_valid_and_reads_back)
{
    const struct knobs knobs = knobs_defaults();
    for (int i = 0; i < KNOB_COUNT; i++) {
        enum knob_id id = (enum knob_id)i;
        char text[64], accepted[128];
        int64_t value;
        cr_assert(knob_valid(id, knob_table[i].initial), "%s", knob_table[i].name);
        cr_assert_eq(knobs.value[i], knob_table[i].initial);
        knob_format(id, knob_table[i].initial, text, sizeof text);
        assert_success(knob_parse(id, text, &value, &error));
        cr_assert_eq(value, knob_table[i].initial);
        cr_assert_eq(knob_find(knob_table[i].name), id);
        knob_accepts(id, accepted, sizeof accepted);
        cr_assert_neq(*accepted, '\0');
        cr_assert_eq(knob_table[i].help[strlen(knob_table[i].help) - 1], '.');
    }
}

Test(knobs, ranges_are_those_of_the_choices)
{
    for (int i = 0; i < KNOB_COUNT; i++) {
        const struct knob_info *knob = &knob_table[i];
        struct knob_choices choices;
        char joined[sizeof choices.room + 2] = "";
        int count = 0;
        cr_assert_eq(knob->choices != NULL, knob->kind == KNOB_SET || knob->kind == KNOB_CHOICE,
                     "%s", knob->name);
        if (knob->kind == KNOB_SWITCH)
            cr_assert(knob->least == 0 && knob->most == 1, "%s", knob->name);
        if (!knob->choices)
            continue;
        const char *const *words = knob_split_choices(knob, &choices);
        for (; words[count]; count++)
            snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s",
                     count ? " " : "", words[count]);
        cr_assert_str_eq(joined, knob->choices, "%s: too many, or too long", knob->name);
        const bool is_set = knob->kind == KNOB_SET;
        cr_assert_eq(knob->least, is_set ? strtoll(words[0], NULL, 10) : 0, "%s", knob->name);
        cr_assert_eq(knob->most, is_set ? strtoll(words[count - 1], NULL, 10) : count - 1, "%s",
                     knob->name);
    }
}

Test(knobs, parsing_is_strict)
{
    takes(KNOB_BATCH, "1", 1);
    takes(KNOB_BATCH, "4096", 4096);
    takes(KNOB_HEAD_DIM, "96", 96);
    takes(KNOB_BLOCK_K, "128", 128);
    takes(KNOB_STEP_SYNC, "Flag", SYNC_FLAG);
    takes(KNOB_STEP_SYNC, "auto", SYNC_AUTO);
    takes(KNOB_CHAIN, "OFF", 0);
    takes(KNOB_CHAIN, "true", 1);
    takes(KNOB_CHAIN, "0", 0);
    takes(KNOB_THREADS, "AUTO", KNOB_AUTO);
    takes(KNOB_SEED, "4294967295", INT64_C(4294967295));

    static const char *const bad[] = {"",
                                      "abc",
                                      "0",
                                      "4097",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1x",
                                      "1,024",
                                      "1e2",
                                      "1.0",
                                      "0x10",
                                      "auto",
                                      "99999999999999999999",
                                      "18446744073709551617"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char sentence[96];
        snprintf(sentence, sizeof sentence, "BATCH takes 1 to 4,096, not '%s'", bad[i]);
        refuses(KNOB_BATCH, bad[i], sentence);
    }
    refuses(KNOB_HEAD_DIM, "48", "HEAD_DIM takes 32 to 256 in steps of 32, not '48'");
    refuses(KNOB_BLOCK_K, "48", "BLOCK_K takes 16, 32, 64 or 128, not '48'");
    refuses(KNOB_CHAIN, "2", "CHAIN takes on or off, not '2'");
    refuses(KNOB_THREADS, "-1", "THREADS takes auto or 1 to 256, not '-1'");
    refuses(KNOB_STEP_SYNC, "fla",
            "STEP_SYNC takes auto, none, block, cluster, flag or grid, not 'fla'");
    refuses(KNOB_STEP_SYNC, "1",
            "STEP_SYNC takes auto, none, block, cluster, flag or grid, not '1'");
}

Test(knobs, names)
{
    cr_assert_eq(knob_find("seq-len"), KNOB_SEQ_LEN);
    cr_assert_eq(knob_find("Seq_Len"), KNOB_SEQ_LEN);
    cr_assert_eq(knob_find("SEQ_LE"), KNOB_COUNT);
    cr_assert_eq(knob_find(""), KNOB_COUNT);
    cr_assert_str_eq(knob_nearest("block-q"), "BLOCK_K");
    cr_assert_null(knob_nearest("colour"));
}

/* Changes a knob in one direction (1 or -1) until its value no longer changes, and returns the last
 * value. Checks that all values on the way are valid, and that each is beyond the previous one. */
static int64_t end_from(enum knob_id id, int64_t value, int direction)
{
    int64_t next;
    int steps = 0;
    while ((next = knob_turn(id, value, direction)) != value) {
        cr_assert(knob_valid(id, next), "%s %lld", knob_table[id].name, (long long)next);
        cr_assert_eq(next > value, direction > 0);
        value = next;
        cr_assert_lt(++steps, 200, "%s takes too many keys", knob_table[id].name);
    }
    return value;
}

/* Changes the knob up to one end of its range, and then down to the other end. */
static void walk(enum knob_id id, int64_t from)
{
    const struct knob_info *knob = &knob_table[id];
    cr_assert_eq(end_from(id, from, 1), knob->most);
    cr_assert_eq(end_from(id, knob->most, -1), knob->automatic ? KNOB_AUTO : knob->least);
}

Test(knobs, changing_stays_valid_and_reaches_both_ends)
{
    for (int i = 0; i < KNOB_COUNT; i++) {
        enum knob_id id = (enum knob_id)i;
        if (id == KNOB_SEED)
            continue; /* too many values: a step is 1 */
        walk(id, knob_table[i].initial);
        walk(id, knob_table[i].least);
        if (knob_table[i].kind == KNOB_INT && knob_table[i].multiple == 1)
            for (int64_t value = 3; value < knob_table[i].most; value = value * 7 + 5)
                walk(id, value);
    }
    cr_assert_eq(knob_turn(KNOB_SEED, 42, 1), 43);
    cr_assert_eq(knob_turn(KNOB_SEED, 0, -1), 0);
    cr_assert_eq(knob_turn(KNOB_SEED, INT64_C(4294967295), 1), INT64_C(4294967295));
}

Test(knobs, changing_goes_to_the_values_a_user_would_pick)
{
    cr_assert_eq(knob_turn(KNOB_SEQ_LEN, 32, 1), 64);
    cr_assert_eq(knob_turn(KNOB_SEQ_LEN, 48, 1), 64);
    cr_assert_eq(knob_turn(KNOB_SEQ_LEN, 48, -1), 32);
    cr_assert_eq(knob_turn(KNOB_HEAD_DIM, 64, 1), 96);
    cr_assert_eq(knob_turn(KNOB_BLOCK_K, 32, 1), 64);
    cr_assert_eq(knob_turn(KNOB_CHAIN, 1, -1), 0);
    cr_assert_eq(knob_turn(KNOB_THREADS, KNOB_AUTO, 1), 1);
    cr_assert_eq(knob_turn(KNOB_THREADS, 1, -1), KNOB_AUTO);
    cr_assert_eq(knob_turn(KNOB_SPIN_NS, 0, 1), 1000);
    cr_assert_eq(knob_turn(KNOB_SPIN_NS, 2000, 1), 5000);
    cr_assert_eq(knob_turn(KNOB_SPIN_NS, 1000, -1), 0);
    cr_assert_eq(knob_turn(KNOB_SPIN_NS, 0, -1), KNOB_AUTO);
    cr_assert_eq(knob_turn(KNOB_SPIN_NS, KNOB_AUTO, -1), KNOB_AUTO);
    cr_assert_eq(knob_turn(KNOB_ITERATIONS, 0, 1), 1);
    cr_assert_eq(knob_turn(KNOB_ITERATIONS, 200, 1), 500);
}

Test(knobs, higher_ranks_win_whatever_the_order)
{
    struct knob_settings settings;
    knobs_reset(&settings);
    knob_set(&settings, KNOB_BATCH, 3, SOURCE_FLAG);
    knob_set(&settings, KNOB_BATCH, 4, SOURCE_ENVIRONMENT);
    knob_set(&settings, KNOB_SEQ_LEN, 7, SOURCE_PRESET);
    knobs_apply_quick(&settings);
    cr_assert_eq(settings.knobs.batch, 3);
    cr_assert_eq(settings.source[KNOB_BATCH], SOURCE_FLAG);
    cr_assert_eq(settings.knobs.seq_len, 7);
    cr_assert_eq(settings.knobs.iterations, 20);
    cr_assert_str_eq(knob_source_names[settings.source[KNOB_ITERATIONS]], "QUICK");
    knob_set(&settings, KNOB_BATCH, 5, SOURCE_FLAG);
    cr_assert_eq(settings.knobs.batch, 5, "the last flag counts");
}
