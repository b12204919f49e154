#include "../../src/base/embedded.h"
#include "../../src/base/text.h"
#include "../../src/document/preset.h"
#include "folder.h"
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

static struct error error;
static struct preset preset;

/* The beginning of a preset. */
#define TITLED(title)                                                                              \
    "{\"schema\":\"pdlab.preset/1\",\"title\":\"" title "\",\"lesson\":\"L\","                     \
    "\"target\":\"persistent_decode\""

#define HEAD TITLED("T")

static bool parses(const char *text)
{
    error = (struct error){0};
    return preset_parse(text, strlen(text), "p.json", "p", &preset, &error);
}

static void refuses(const char *text, const char *sentence)
{
    cr_assert_not(parses(text), "took %s", text);
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_str_eq(error.text, sentence);
}

Test(preset, every_embedded_one_loads_and_teaches)
{
    char **names;
    size_t count = preset_names(&names), embedded = 0;
    for (size_t i = 0; i < count; i++) {
        char file[80];
        snprintf(file, sizeof file, "%s.json", names[i]);
        if (!embedded_find(file))
            continue;
        embedded++;
        assert_success(preset_load(names[i], &preset, &error));
        cr_assert_str_eq(preset.name, names[i]);
        cr_assert_gt(strlen(preset.lesson), 40);
        cr_assert(text_printable(preset.title));
        cr_assert_eq(preset.variant_count, 0, "a built-in preset must fit every device");
    }
    cr_assert_geq(embedded, 8);
    preset_names_free(names, count);
}

Test(preset, the_right_sized_presets_have_the_knobs_of_the_original_labs)
{
    static const struct {
        const char *name;
        int64_t batch, seq_len, head_dim, block_k, num_programs;
    } expected[] = {
        {"right-sized-small", 4, 32, 64, 32, 4},
        {"right-sized-medium", 8, 32, 64, 64, 8},
        {"right-sized-large", 12, 64, 64, 64, 12},
    };
    for (size_t i = 0; i < 3; i++) {
        assert_success(preset_load(expected[i].name, &preset, &error));
        cr_assert_eq(preset.knobs.batch, expected[i].batch);
        cr_assert_eq(preset.knobs.seq_len, expected[i].seq_len);
        cr_assert_eq(preset.knobs.head_dim, expected[i].head_dim);
        cr_assert_eq(preset.knobs.block_k, expected[i].block_k);
        cr_assert_eq(preset.knobs.num_programs, expected[i].num_programs);
    }
}

Test(preset, values_may_be_numbers_words_or_booleans)
{
    assert_success(parses(HEAD ",\"variants\":[\"cpu_persistent\"],\"knobs\":{\"BATCH\":3,"
                               "\"THREADS\":\"auto\",\"CHAIN\":false,\"STEP_SYNC\":\"flag\"}}"));
    cr_assert_str_eq(preset.name, "p");
    cr_assert_eq(preset.variant_count, 1);
    cr_assert_str_eq(preset.variants[0], "cpu_persistent");
    cr_assert_eq(preset.knobs_set,
                 KNOB_BIT(BATCH) | KNOB_BIT(THREADS) | KNOB_BIT(CHAIN) | KNOB_BIT(STEP_SYNC));
    cr_assert_eq(preset.knobs.batch, 3);
    cr_assert_eq(preset.knobs.threads, KNOB_AUTO);
    cr_assert_eq(preset.knobs.chain, 0);
    cr_assert_eq(preset.knobs.step_sync, SYNC_FLAG);
}

Test(preset, a_mistake_is_reported_in_one_sentence)
{
    refuses("", "p.json: line 1, column 1: the text is empty");
    refuses("{", "p.json: line 1, column 2: the text ends too early: is it truncated?");
    refuses("[1]", "p.json: line 1, column 1: expected an object, found a list");
    refuses(
        "{\"schema\":\"pdlab.preset/9\"}",
        "p.json: line 1, column 11: schema: expected \"pdlab.preset/1\", found 'pdlab.preset/9'");
    refuses(
        "{\"schema\":\"pdlab.preset/1\",\"titel\":\"x\"}",
        "p.json: line 1, column 28: titel: there is no such key in a preset; the nearest is title");
    refuses("{\"schema\":\"pdlab.preset/1\",\"title\":\"x\",\"lesson\":\"y\"}",
            "p.json: line 1, column 1: target: expected a string, found nothing");
    refuses("{\"schema\":\"pdlab.preset/1\",\"title\":\"x\",\"lesson\":\"y\","
            "\"target\":\"persistant_decode\"}",
            "p.json: line 1, column 62: target: there is no such target; the nearest is "
            "persistent_decode");
    refuses(HEAD ",\"variants\":[\"cpu_persistant\"]}",
            "p.json: line 1, column 94: variants[0]: there is no such variant; the nearest is "
            "cpu_persistent");
    refuses(HEAD ",\"variants\":\"cpu_persistent\"}",
            "p.json: line 1, column 93: variants: expected a list, found 'cpu_persistent'");
    refuses(HEAD ",\"knobs\":{\"BATHC\":1}}",
            "p.json: line 1, column 91: knobs.BATHC: there is no such knob; the nearest is BATCH");
    refuses(HEAD ",\"knobs\":{\"BATCH\":0}}",
            "p.json: line 1, column 99: knobs.BATCH: BATCH takes 1 to 4,096, not '0'");
    refuses(HEAD ",\"knobs\":{\"BATCH\":[1]}}", "p.json: line 1, column 99: knobs.BATCH: expected "
                                                "a number, a word, true or false, found a list");
    refuses(HEAD ",\"knobs\":{\"BATCH\":1,\"BATCH\":2}}",
            "p.json: line 1, column 101: knobs.BATCH: the key 'BATCH' occurs twice");
}

Test(preset, unknown_names_get_the_nearest)
{
    cr_assert_not(preset_load("launch-overhaed", &preset, &error));
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_str_eq(error.text,
                     "there is no preset 'launch-overhaed'; the nearest is launch-overhead");
    cr_assert_not(preset_load("nothing like it", &preset, &error));
    assert_contains(error.text, "launch-overhead, ");
    cr_assert_not(preset_load("/no/such/file.json", &preset, &error));
    assert_contains(error.text, "/no/such/file.json: No such file");
}

Test(preset, user_presets_are_found_and_shadow_no_built_in_one)
{
    char **names;
    folder_enter();
    setenv("XDG_CONFIG_HOME", folder, 1);
    folder_put("pdlab/presets/mine.json", TITLED("Mine") "}");
    folder_put("pdlab/presets/quick.json", TITLED("Not the embedded one") "}");

    assert_success(preset_load("mine", &preset, &error));
    cr_assert_str_eq(preset.title, "Mine");
    cr_assert_str_eq(preset.path, "", "a preset with a name needs no path");
    assert_success(preset_load("quick", &preset, &error));
    cr_assert_str_neq(preset.title, "Not the embedded one");
    assert_success(preset_load("pdlab/presets/quick.json", &preset, &error));
    cr_assert_str_eq(preset.title, "Not the embedded one");
    cr_assert_str_eq(preset.name, "quick");
    cr_assert_str_eq(preset.path, "pdlab/presets/quick.json");

    size_t count = preset_names(&names), quick = 0;
    cr_assert_str_eq(names[count - 1], "mine", "user presets come last");
    for (size_t i = 0; i < count; i++)
        quick += strcmp(names[i], "quick") == 0;
    cr_assert_eq(quick, 1);
    preset_names_free(names, count);

    folder_end();
}

Test(preset, applying_keeps_overrides_and_drops_the_previous_preset)
{
    struct knob_settings settings;
    struct preset first = {.knobs_set = KNOB_BIT(BATCH) | KNOB_BIT(SEQ_LEN)};
    struct preset second = {.knobs_set = KNOB_BIT(HEAD_DIM)};
    first.knobs.batch = 2;
    first.knobs.seq_len = 9;
    second.knobs.head_dim = 128;
    knobs_reset(&settings);
    knob_set(&settings, KNOB_BATCH, 99, SOURCE_FLAG);
    preset_apply(&first, &settings);
    cr_assert_eq(settings.knobs.batch, 99);
    cr_assert_eq(settings.knobs.seq_len, 9);
    cr_assert_eq(settings.source[KNOB_SEQ_LEN], SOURCE_PRESET);
    preset_apply(&second, &settings);
    cr_assert_eq(settings.knobs.seq_len, knob_table[KNOB_SEQ_LEN].initial);
    cr_assert_eq(settings.source[KNOB_SEQ_LEN], SOURCE_DEFAULT);
    cr_assert_eq(settings.knobs.head_dim, 128);
    cr_assert_eq(settings.knobs.batch, 99);
}
