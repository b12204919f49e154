#include "../../src/command/environment.h"
#include "unit.h"

#define ALL (~UINT64_C(0))

static struct error error;
static struct knob_settings settings;
static bool quick;

/* Clears all variables, and resets the settings. */
static void begin(void)
{
    knobs_reset(&settings);
    unsetenv("QUICK");
    unsetenv("PDLAB_QUICK");
    for (int id = 0; id < KNOB_COUNT; id++) {
        char variable[64];
        snprintf(variable, sizeof variable, "PDLAB_%s", knob_table[id].name);
        unsetenv(variable);
        unsetenv(knob_table[id].name);
    }
}

TestSuite(environment, .init = begin);

static void applies(uint64_t used)
{
    assert_success(environment_apply(&settings, used, &quick, &error));
}

static void refuses(const char *sentence)
{
    cr_assert_not(environment_apply(&settings, ALL, &quick, &error), "not: %s", sentence);
    cr_assert_str_eq(error.text, sentence);
}

Test(environment, sets_knobs)
{
    setenv("PDLAB_BATCH", "16", 1);
    setenv("BATCH", "17", 1);
    setenv("SEQ_LEN", "9", 1);
    setenv("SEED", "1", 1);         /* not one of the six that need no prefix */
    setenv("PDLAB_THREADS", "", 1); /* an empty value counts as unset */
    setenv("PDLAB_BLOCK_K", "", 1);
    setenv("BLOCK_K", "32", 1);
    applies(ALL);
    cr_assert_eq(settings.knobs.batch, 16);
    cr_assert_eq(settings.knobs.seq_len, 9);
    cr_assert_eq(settings.source[KNOB_SEQ_LEN], SOURCE_ENVIRONMENT);
    cr_assert_eq(settings.knobs.seed, 42);
    cr_assert_eq(settings.source[KNOB_THREADS], SOURCE_DEFAULT);
    cr_assert_eq(settings.knobs.block_k, 32);
    cr_assert_not(quick);

    setenv("QUICK", "1", 1);
    applies(ALL);
    cr_assert(quick);
}

Test(environment, mistakes_name_the_variable)
{
    setenv("BATCH", "many", 1);
    refuses("BATCH in the environment takes 1 to 4,096, not 'many'");
    setenv("PDLAB_BATCH", "0", 1);
    refuses("PDLAB_BATCH in the environment takes 1 to 4,096, not '0'");
    setenv("PDLAB_BATCH", "1", 1);
    setenv("QUICK", "maybe", 1);
    refuses("QUICK in the environment takes 1 or 0, not 'maybe'");
}

/* An unused value cannot be wrong. */
Test(environment, only_used_variables_are_read)
{
    quick = true;
    knob_set(&settings, KNOB_BATCH, 3, SOURCE_FLAG);
    setenv("BATCH", "many", 1);
    setenv("PDLAB_SEQ_LEN", "0", 1);
    setenv("QUICK", "maybe", 1);
    applies(ALL & ~KNOB_BIT(SEQ_LEN));
    cr_assert_eq(settings.knobs.batch, 3);
    cr_assert_eq(settings.source[KNOB_SEQ_LEN], SOURCE_DEFAULT);
    /* A prefixed variable hides the bare one. */
    setenv("HEAD_DIM", "33", 1);
    setenv("PDLAB_HEAD_DIM", "96", 1);
    applies(KNOB_BIT(HEAD_DIM));
    cr_assert_eq(settings.knobs.head_dim, 96);
}

Test(environment, values_are_parsed_like_flags)
{
    static const char *const bad[] = {" ",  " 4",  "4 ",  "4\n", "+4",
                                      "-4", "4.0", "0x4", "1e1", "4,"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("BATCH", bad[i], 1);
        cr_assert_not(environment_apply(&settings, ALL, &quick, &error), "'%s'", bad[i]);
        assert_contains(error.text, "BATCH in the environment takes 1 to 4,096, not ");
        cr_assert_null(strchr(error.text, '\n'));
    }
}

Test(environment, used_variables_are_named)
{
    char text[ENVIRONMENT_ROOM], name[ENVIRONMENT_NAME_ROOM];
    cr_assert_str_eq(environment_used(&settings, text), "");
    setenv("BATCH", "4", 1);
    setenv("PDLAB_STEP_SYNC", "FLAG", 1);
    setenv("PDLAB_QUICK", "on", 1);
    setenv("SEQ_LEN", "5", 1);
    knob_set(&settings, KNOB_SEQ_LEN, 6, SOURCE_FLAG);
    applies(ALL);
    cr_assert(quick);
    knobs_apply_quick(&settings);
    /* In the order of the knobs; QUICK is at the place of the first knob that it sets. */
    cr_assert_str_eq(environment_used(&settings, text),
                     "BATCH=4, PDLAB_QUICK=1, PDLAB_STEP_SYNC=flag");
    cr_assert_str_eq(environment_variable(&settings, KNOB_BATCH, name), "BATCH");
    cr_assert_str_eq(environment_variable(&settings, KNOB_STEP_SYNC, name), "PDLAB_STEP_SYNC");
    cr_assert_str_eq(environment_variable(&settings, KNOB_ITERATIONS, name), "PDLAB_QUICK");
    cr_assert_str_eq(environment_variable(&settings, KNOB_SEQ_LEN, name), "");
    cr_assert_str_eq(environment_variable(&settings, KNOB_SEED, name), "");
}

/* With --quick the variable is not read, whatever its value. */
Test(environment, the_quick_flag_is_not_a_variable)
{
    static const char *const said[] = {"0", "off", "yes", ""};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char text[ENVIRONMENT_ROOM];
        knobs_reset(&settings);
        quick = true;
        setenv("QUICK", said[i], 1);
        applies(ALL);
        knobs_apply_quick(&settings);
        cr_assert_str_eq(environment_used(&settings, text), "", "'%s': %s", said[i], text);
    }
}

Test(environment, unknown_variables_are_named)
{
    static const struct {
        const char *name, *says;
    } unknown[] = {
        {"PDLAB_BATHC", "did you mean PDLAB_BATCH?"},
        {"PDLAB_batch", "did you mean PDLAB_BATCH?"},
        {"PDLAB_QUIK", "did you mean PDLAB_QUICK?"},
        {"PDLAB_", "there is no such knob"},
        {"PDLAB_A_NAME_THAT_IS_LONGER_THAN_ANY_KNOB_HAS_AND_THAN_WE_WOULD_WANT_TO_PRINT",
         "no such"},
    };
    cr_assert_not(environment_unknown(0, &error), "%s", error.text);
    setenv("PDLAB_BATCH", "4", 1);
    setenv("PDLAB_QUICK", "1", 1);
    setenv("PDLAB_UNDER", "ncu", 1);
    setenv("PDLAB_EMPTY", "", 1);
    setenv("XPDLAB_BATHC", "1", 1);
    cr_assert_not(environment_unknown(0, &error), "%s", error.text);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        setenv(unknown[i].name, "1", 1);
        cr_assert(environment_unknown(0, &error), "%s", unknown[i].name);
        assert_contains(error.text, unknown[i].says);
        cr_assert_not(environment_unknown(1, &error));
        unsetenv(unknown[i].name);
    }
}
