#include "../../ui/model/explorer_demo.h"
#include "../../ui/model/explorer_rows.h"
#include "../../ui/model/explorer_tags.h"
#include "unit.h"

static const char text[] =
    "{\"schema\":\"pdlab.demo/1\",\"title\":\"T\",\"preset\":\"step-sync\",\"recording\":\"r\","
    "\"scenes\":[{\"caption\":\"A\",\"view\":\"live\",\"variant\":\"cpu_per_token\","
    "\"tags\":[\"cpu_graph\"],\"knobs\":{\"BATCH\":4}},"
    "{\"caption\":\"B\",\"view\":\"compare\",\"variant\":\"cpu_graph\",\"seconds\":2},"
    "{\"caption\":\"C\",\"tags\":[]}]}";
static const char *const scene_views[] = {"live", "compare", NULL};

static struct explorer explorer;
static struct demo demo;

/* Opens the demo's first scene on a CPU whose worker never starts. */
static void open_idle(void)
{
    struct error error;
    struct targets targets;
    memset(&explorer, 0, sizeof explorer);
    knobs_reset(&explorer.settings);
    cr_assert(demo_parse(text, strlen(text), "d.json", "d", scene_views, &demo, &error), "%s",
              error.text);
    explorer.preset = demo.preset;
    cr_assert(preset_choose(&explorer.preset, BACKEND_CPU, &targets, &error));
    explorer.request.count = targets.count;
    memcpy(explorer.request.variants, targets.variants, sizeof targets.variants);
    explorer.demo.playing = &demo;
    explorer_resize(&explorer, 40, 120);
    explorer_press(&explorer, 'n');
    explorer_press(&explorer, 'N');
}

static void close_explorer(void)
{
    explorer_close(&explorer);
}

TestSuite(explorer_demo, .init = open_idle, .fini = close_explorer);

Test(explorer_demo, a_scene_is_the_same_from_either_side)
{
    for (int round = 0; round < 2; round++) {
        cr_assert_eq(explorer.demo.scene, 0u);
        cr_assert_eq(explorer.view, VIEW_LIVE);
        cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_per_token");
        cr_assert_eq(explorer_tag_count(&explorer), 1u);
        cr_assert_eq(explorer.request.knobs.batch, 4);
        cr_assert_eq(explorer.request.knobs.seq_len, 128, "of the preset");
        explorer_press(&explorer, 'n');
        cr_assert_eq(explorer.view, VIEW_COMPARE);
        cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_graph");
        explorer_press(&explorer, 'n');
        cr_assert_eq(explorer_tag_count(&explorer), 0u);
        explorer_press(&explorer, 'n');
        cr_assert_eq(explorer.demo.scene, 2u, "there is none after the last");
        explorer_press(&explorer, 'N');
        explorer_press(&explorer, 'N');
    }
}

Test(explorer_demo, the_next_scene_resets_changed_knobs)
{
    explorer.knob = KNOB_BATCH;
    explorer_press(&explorer, ']');
    explorer_press(&explorer, ']');
    cr_assert_gt(explorer.request.knobs.batch, 4);
    explorer_press(&explorer, 'n');
    cr_assert_eq(explorer.request.knobs.batch, 4);
    cr_assert_eq(explorer.settings.source[KNOB_BATCH], SOURCE_PRESET);
}

Test(explorer_demo, a_timed_scene_advances_unless_a_key_is_pressed)
{
    const uint64_t second = 1000000000;
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_KEY, "the first");
    explorer_press(&explorer, 'n');
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_TIME);
    explorer_tick(&explorer, 5 * second);
    explorer_tick(&explorer, 6 * second);
    cr_assert_eq(explorer.demo.scene, 1u);
    cr_assert_leq(explorer_wait_ms(&explorer, 6 * second), 1001);
    explorer_tick(&explorer, 7 * second);
    cr_assert_eq(explorer.demo.scene, 2u);
    explorer_press(&explorer, 'N');
    explorer_press(&explorer, 'j');
    explorer_tick(&explorer, 8 * second);
    explorer_tick(&explorer, 90 * second);
    cr_assert_eq(explorer.demo.scene, 1u);
}

Test(explorer_demo, a_question_comes_first_on_the_scene_before)
{
    strcpy(demo.scenes[1].ask, "Which is faster?");
    explorer_press(&explorer, 'n');
    cr_assert(explorer.demo.asks);
    cr_assert_eq(explorer.view, VIEW_LIVE, "nothing is revealed");
    cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_per_token");
    explorer_press(&explorer, 'N');
    cr_assert_not(explorer.demo.asks);
    cr_assert_eq(explorer.demo.scene, 0u);
    explorer_press(&explorer, 'n');
    explorer_press(&explorer, 'n');
    cr_assert_not(explorer.demo.asks);
    cr_assert_eq(explorer.demo.scene, 1u);
    cr_assert_eq(explorer.view, VIEW_COMPARE);
    explorer_press(&explorer, 'n');
    explorer_press(&explorer, 'N');
    cr_assert_eq(explorer.view, VIEW_COMPARE, "on the way back nothing is asked");
    cr_assert_not(explorer.demo.asks);
}

Test(explorer_demo, a_scenes_clock_pauses_and_resumes)
{
    const uint64_t second = 1000000000;
    explorer_press(&explorer, 'p');
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_KEY, "there is no clock to pause");
    cr_assert(explorer.request.paused, "so that it pauses what runs");
    explorer_press(&explorer, 'n');
    explorer_tick(&explorer, 5 * second);
    cr_assert_eq(demo_play_left_s(&explorer.demo), 2);
    cr_assert_eq(demo_play_wait_ms(&explorer.demo, 5 * second), 1);
    cr_assert(explorer_demo_tick(&explorer, 6 * second), "another second is drawn");
    cr_assert_eq(demo_play_left_s(&explorer.demo), 1);
    explorer_press(&explorer, 'p');
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_HELD);
    cr_assert_not(explorer.request.paused);
    cr_assert_eq(demo_play_wait_ms(&explorer.demo, 8 * second), -1);
    cr_assert_not(explorer_demo_tick(&explorer, 20 * second));
    cr_assert_eq(demo_play_left_s(&explorer.demo), 1);
    explorer_press(&explorer, 'p');
    explorer_tick(&explorer, 30 * second);
    cr_assert_eq(explorer.demo.scene, 1u);
    explorer_tick(&explorer, 31 * second);
    cr_assert_eq(explorer.demo.scene, 2u);
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_AT_END);
    explorer_press(&explorer, 'N');
    explorer_press(&explorer, 'j');
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_HELD, "any other key stops it too");
    explorer_press(&explorer, 'p');
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_TIME);
}

Test(explorer_demo, a_question_waits_for_a_key)
{
    const uint64_t second = 1000000000;
    explorer_press(&explorer, 'n');
    strcpy(demo.scenes[2].ask, "And now?");
    cr_assert_not(explorer_demo_tick(&explorer, second));
    cr_assert(explorer_demo_tick(&explorer, 3 * second));
    cr_assert(explorer.demo.asks);
    cr_assert_eq(explorer.demo.scene, 2u);
    cr_assert_eq(explorer_tag_count(&explorer), 1u);
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_KEY);
    cr_assert_not(explorer_demo_tick(&explorer, 3 * second + 1));
    cr_assert_not(explorer_demo_tick(&explorer, 900 * second));
    explorer_press(&explorer, 'n');
    cr_assert_not(explorer.demo.asks);
    cr_assert_eq(explorer_tag_count(&explorer), 0u);
}

Test(explorer_demo, on_a_small_screen_a_view_has_all_columns)
{
    explorer_press(&explorer, 'n');
    cr_assert_not(explorer.full);
    explorer_press(&explorer, 'N');
    explorer_resize(&explorer, 30, 100);
    explorer_press(&explorer, 'n');
    cr_assert_eq(explorer.view, VIEW_COMPARE);
    cr_assert_eq(explorer.layout.plot.columns, 100);
    explorer_press(&explorer, 'N');
    cr_assert_neq(explorer.layout.histogram.columns, 100, "beside the knobs");
}

Test(explorer_demo, the_users_large_digits_last_from_scene_to_scene)
{
    explorer_press(&explorer, 'B');
    explorer_press(&explorer, 'n');
    cr_assert(explorer.big);
    explorer_press(&explorer, 'B');
    explorer_press(&explorer, 'n');
    cr_assert_not(explorer.big);
}
