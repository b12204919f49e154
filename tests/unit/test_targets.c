#include "../../src/document/preset.h"
#include "../../src/engine/targets.h"
#include "unit.h"

static struct error error;
static struct targets targets;

#define TARGET "persistent_decode"

/* Returns the names of the chosen variants, separated by commas. '!' follows a variant that the
 * list names itself, not through its target. The next call overwrites the text. */
static const char *chosen(void)
{
    static char text[512];
    text[0] = '\0';
    for (uint32_t i = 0; i < targets.count; i++) {
        strcat(text, i > 0 ? "," : "");
        strcat(text, targets.variants[i]->name);
        strcat(text, targets.by_name[i] ? "!" : "");
    }
    return text;
}

static const char *resolved(const char *names)
{
    cr_assert(targets_parse(names, BACKEND_CPU, &targets, &error), "%s: %s", names, error.text);
    return chosen();
}

Test(targets, a_target_is_its_variants_baseline_first)
{
    assert_success(targets_parse(TARGET, BACKEND_CPU, &targets, &error));
    cr_assert_gt(targets.count, 1u);
    for (uint32_t i = 0; i < targets.count; i++) {
        cr_assert_str_eq(targets.variants[i]->target, TARGET);
        cr_assert_eq(targets.variants[i]->backend, BACKEND_CPU);
        cr_assert_eq(targets.variants[i]->rung, (int)i + 1);
        cr_assert_not(targets.by_name[i]);
    }
}

/* The names of the CPU's visible variants, separated by commas. */
static const char *every_variant(void)
{
    static char text[512];
    text[0] = '\0';
    for (size_t i = 0; variants[i]; i++)
        if (variants[i]->backend == BACKEND_CPU && !variants[i]->hidden)
            sprintf(text + strlen(text), "%s%s", *text ? "," : "", variants[i]->name);
    return text;
}

Test(targets, a_prefix_and_a_list_are_accepted)
{
    cr_assert_str_eq(resolved("cpu_graph"), "cpu_graph!");
    cr_assert_str_eq(resolved("labs/persistent_decode:cpu_graph"), "cpu_graph!");
    cr_assert_str_eq(resolved("cpu_graph,cpu_per_token"), "cpu_graph!,cpu_per_token!");
    cr_assert_str_eq(resolved("cpu_graph,cpu_graph"), "cpu_graph!");
    char one[512], all[512];
    strcpy(one, resolved(TARGET));
    cr_assert_str_eq(resolved("labs/persistent_decode:" TARGET), one);
    strcpy(all, resolved("labs/persistent_decode"));
    cr_assert_str_eq(all, every_variant(), "all targets of this build");
    cr_assert_not(strstr(all, "fault"),
                  "a variant that fails on purpose runs only when it is named");
    cr_assert_str_eq(resolved("cpu_fault_nan"), "cpu_fault_nan!");
    assert_contains(resolved("fault"), "cpu_fault_lost");
}

Test(targets, a_variant_named_beside_its_target_counts_as_named)
{
    cr_assert(targets_parse(TARGET ",cpu_graph", BACKEND_CPU, &targets, &error));
    for (uint32_t i = 0; i < targets.count; i++)
        cr_assert_eq(targets.by_name[i], strcmp(targets.variants[i]->name, "cpu_graph") == 0);
}

Test(targets, unknown_names_get_the_nearest)
{
    static const struct {
        const char *names, *bad, *nearest;
    } lists[] = {
        {"cpu_grpah", "'cpu_grpah'", "cpu_graph"},
        {"cpu_graph,persistant_decode", "'persistant_decode'", TARGET},
        {"labs/persistent_decode:cpu_per_tokn", "'cpu_per_tokn'", "cpu_per_token"},
        {"completely-different-thing", "'completely-different-thing'", "pdlab list"},
        {"", "''", "empty"},
        {"cpu_graph,", "'cpu_graph,'", "empty"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        cr_assert_not(targets_parse(lists[i].names, BACKEND_CPU, &targets, &error));
        cr_assert_eq(error.kind, ERROR_INPUT);
        assert_contains(error.text, lists[i].bad);
        assert_contains(error.text, lists[i].nearest);
    }
}

Test(targets, another_backend_has_none)
{
    cr_assert_not(targets_parse("cpu_graph", BACKEND_CUDA, &targets, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    assert_contains(error.text, "cpu_graph");
    assert_contains(error.text, "cuda");
}

Test(targets, a_preset_names_variants_or_only_their_target)
{
    struct preset preset = {.name = "p", .target = TARGET};
    char whole[512];
    assert_success(preset_choose(&preset, BACKEND_CPU, &targets, &error));
    strcpy(whole, resolved(TARGET));
    cr_assert_str_eq(chosen(), whole);
    strcpy(preset.variants[0], "cpu_graph");
    strcpy(preset.variants[1], "cpu_per_token");
    preset.variant_count = 2;
    assert_success(preset_choose(&preset, BACKEND_CPU, &targets, &error));
    cr_assert_str_eq(chosen(), "cpu_graph,cpu_per_token");
    strcpy(preset.variants[1], "cpu_per_tokn");
    cr_assert_not(preset_choose(&preset, BACKEND_CPU, &targets, &error));
    assert_contains(error.text, "cpu_per_token");
}

Test(targets, devices_are_parsed)
{
    enum backend backend;
    int index;
    cr_assert(device_parse(NULL, &backend, &index, &error));
    cr_assert_not_null(backends[backend]);
    cr_assert(device_parse("cpu", &backend, &index, &error));
    cr_assert_eq(backend, BACKEND_CPU);
    cr_assert_eq(index, 0);

    static const char *const unknown[] = {
        "", "gpu", "cpu:", "cpu:x", "cpuu", "cuda:0x", "cuda:-1", "cuda:99999999999", "CPU"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        cr_assert_not(device_parse(unknown[i], &backend, &index, &error), "%s", unknown[i]);
        cr_assert_eq(error.kind, ERROR_INPUT);
        assert_contains(error.text, "cuda:0");
    }
    if (!backends[BACKEND_CUDA]) {
        cr_assert_not(device_parse("cuda:1", &backend, &index, &error));
        cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
        assert_contains(error.text, "cuda:1");
    }
}

Test(targets, a_device_that_nobody_named_may_be_replaced)
{
    const struct error none_there = {.kind = ERROR_UNSUPPORTED}, broken = {.kind = ERROR_RUN};
    enum backend backend = BACKEND_CUDA;
    int index = 3;
    cr_assert_not(device_fall_back(&broken, &backend, &index),
                  "the device exists, but does not work");
    cr_assert(device_fall_back(&none_there, &backend, &index));
    cr_assert_eq(backend, BACKEND_CPU);
    cr_assert_eq(index, 0);
    cr_assert_not(device_fall_back(&none_there, &backend, &index), "there is no other device");
}
