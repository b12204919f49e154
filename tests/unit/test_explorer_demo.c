#include "idle_explorer.h"

#define SECOND UINT64_C(1000000000)

static const char text[] =
    "{\"schema\":\"pdlab.demo/1\",\"title\":\"T\",\"preset\":\"step-sync\",\"recording\":\"r\","
    "\"scenes\":[{\"caption\":\"A\",\"view\":\"live\",\"variant\":\"cpu_per_token\","
    "\"tags\":[\"cpu_graph\"],\"knobs\":{\"BATCH\":4}},"
    "{\"caption\":\"B\",\"view\":\"compare\",\"variant\":\"cpu_graph\",\"seconds\":2},"
    "{\"caption\":\"C\",\"tags\":[]}]}";
static const char *const scene_views[] = {"live", "compare", NULL};

static struct demo demo;

/* Opens the demo's first scene. */
static void open_demo(void)
{
    struct targets targets;
    explorer_open_idle();
    knobs_reset(&explorer.settings);
    assert_success(demo_parse(text, strlen(text), "d.json", "d", scene_views, &demo, &error));
    explorer.preset = demo.preset;
    cr_assert(preset_choose(&explorer.preset, BACKEND_CPU, &targets, &error));
    explorer.request.count = targets.count;
    memcpy(explorer.request.variants, targets.variants, sizeof targets.variants);
    explorer.demo.playing = &demo;
    explorer_resize(&explorer, 40, 120);
    press_all("nN");
}

TestSuite(explorer_demo, .init = open_demo, .fini = explorer_close_idle);

Test(explorer_demo, a_scene_is_the_same_from_either_side)
{
    for (int round = 0; round < 2; round++) {
        cr_assert_eq(explorer.demo.scene, 0u);
        cr_assert_eq(explorer.view, VIEW_LIVE);
        cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_per_token");
        cr_assert_eq(tags_count(&explorer.tags), 1u);
        cr_assert_eq(explorer.request.knobs.batch, 4);
        cr_assert_eq(explorer.request.knobs.seq_len, 128, "of the preset");
        press_all("n");
        cr_assert_eq(explorer.view, VIEW_COMPARE);
        cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_graph");
        press_all("n");
        cr_assert_eq(tags_count(&explorer.tags), 0u);
        press_all("n");
        cr_assert_eq(explorer.demo.scene, 2u, "there is none after the last");
        press_all("NN");
    }
}

Test(explorer_demo, the_next_scene_resets_changed_knobs)
{
    explorer.knob = KNOB_BATCH;
    press_all("]]");
    cr_assert_gt(explorer.request.knobs.batch, 4);
    press_all("n");
    cr_assert_eq(explorer.request.knobs.batch, 4);
    cr_assert_eq(explorer.settings.source[KNOB_BATCH], SOURCE_PRESET);
}

Test(explorer_demo, a_timed_scene_advances_unless_a_key_is_pressed)
{
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_KEY, "the first");
    press_all("n");
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_TIME);
    explorer_tick(&explorer, 5 * SECOND);
    explorer_tick(&explorer, 6 * SECOND);
    cr_assert_eq(explorer.demo.scene, 1u);
    cr_assert_leq(explorer_wait_ms(&explorer, 6 * SECOND), 1001);
    explorer_tick(&explorer, 7 * SECOND);
    cr_assert_eq(explorer.demo.scene, 2u);
    press_all("Nj");
    explorer_tick(&explorer, 8 * SECOND);
    explorer_tick(&explorer, 90 * SECOND);
    cr_assert_eq(explorer.demo.scene, 1u);
}

Test(explorer_demo, a_question_comes_first_on_the_scene_before)
{
    strcpy(demo.scenes[1].ask, "Which is faster?");
    press_all("n");
    cr_assert(explorer.demo.asks);
    cr_assert_eq(explorer.view, VIEW_LIVE, "nothing is revealed");
    cr_assert_str_eq(explorer_selected(&explorer).name, "cpu_per_token");
    press_all("N");
    cr_assert_not(explorer.demo.asks);
    cr_assert_eq(explorer.demo.scene, 0u);
    press_all("nn");
    cr_assert_not(explorer.demo.asks);
    cr_assert_eq(explorer.demo.scene, 1u);
    cr_assert_eq(explorer.view, VIEW_COMPARE);
    press_all("nN");
    cr_assert_eq(explorer.view, VIEW_COMPARE, "on the way back nothing is asked");
    cr_assert_not(explorer.demo.asks);
}

Test(explorer_demo, a_scenes_clock_pauses_and_resumes)
{
    press_all("p");
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_KEY, "there is no clock to pause");
    cr_assert(explorer.request.paused, "p then pauses the measurement");
    press_all("n");
    explorer_tick(&explorer, 5 * SECOND);
    cr_assert_eq(demo_play_left_s(&explorer.demo), 2);
    cr_assert_eq(demo_play_wait_ms(&explorer.demo, 5 * SECOND), 1);
    cr_assert(explorer_demo_tick(&explorer, 6 * SECOND), "another second is drawn");
    cr_assert_eq(demo_play_left_s(&explorer.demo), 1);
    press_all("p");
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_HELD);
    cr_assert_not(explorer.request.paused);
    cr_assert_eq(demo_play_wait_ms(&explorer.demo, 8 * SECOND), -1);
    cr_assert_not(explorer_demo_tick(&explorer, 20 * SECOND));
    cr_assert_eq(demo_play_left_s(&explorer.demo), 1);
    press_all("p");
    explorer_tick(&explorer, 30 * SECOND);
    cr_assert_eq(explorer.demo.scene, 1u);
    explorer_tick(&explorer, 31 * SECOND);
    cr_assert_eq(explorer.demo.scene, 2u);
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_AT_END);
    press_all("Nj");
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_HELD, "any other key stops it too");
    press_all("p");
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_TIME);
}

Test(explorer_demo, a_question_waits_for_a_key)
{
    press_all("n");
    strcpy(demo.scenes[2].ask, "And now?");
    cr_assert_not(explorer_demo_tick(&explorer, SECOND));
    cr_assert(explorer_demo_tick(&explorer, 3 * SECOND));
    cr_assert(explorer.demo.asks);
    cr_assert_eq(explorer.demo.scene, 2u);
    cr_assert_eq(tags_count(&explorer.tags), 1u);
    cr_assert_eq(demo_play_wait(&explorer.demo), DEMO_WAITS_FOR_KEY);
    cr_assert_not(explorer_demo_tick(&explorer, 3 * SECOND + 1));
    cr_assert_not(explorer_demo_tick(&explorer, 900 * SECOND));
    press_all("n");
    cr_assert_not(explorer.demo.asks);
    cr_assert_eq(tags_count(&explorer.tags), 0u);
}

Test(explorer_demo, on_a_small_screen_a_view_has_all_columns)
{
    press_all("n");
    cr_assert_not(explorer.full);
    press_all("N");
    explorer_resize(&explorer, 30, 100);
    press_all("n");
    cr_assert_eq(explorer.view, VIEW_COMPARE);
    cr_assert_eq(explorer.layout.plot.columns, 100);
    press_all("N");
    cr_assert_neq(explorer.layout.histogram.columns, 100, "beside the knobs");
}

Test(explorer_demo, the_users_large_digits_last_from_scene_to_scene)
{
    press_all("Bn");
    cr_assert(explorer.big);
    press_all("Bn");
    cr_assert_not(explorer.big);
}
