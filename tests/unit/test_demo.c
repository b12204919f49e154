#include "../../src/base/embedded.h"
#include "../../src/base/text.h"
#include "../../src/document/demo.h"
#include "../../src/document/document.h"
#include "verified_run.h"

#define HEAD                                                                                       \
    "{\"schema\":\"pdlab.demo/1\",\"title\":\"T\",\"preset\":\"launch-overhead\","                 \
    "\"recording\":\"r.json\",\"scenes\":["
#define FIRST "{\"caption\":\"C\",\"view\":\"live\",\"variant\":\"cpu_graph\""

static const char *const views[] = {"live", "compare", "sweep", NULL};
static struct demo demo;
static const struct demo_scene *scene;
static struct error error;

static bool parses(const char *text)
{
    error = (struct error){0};
    return demo_parse(text, strlen(text), "d.json", "d", views, &demo, &error);
}

static void refuses(const char *text, const char *sentence)
{
    cr_assert_not(parses(text), "took %s", text);
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_str_eq(error.text, sentence);
}

Test(demo, every_embedded_demo_matches_its_recording)
{
    static const char *const all[] = {"live",  "compare", "timeline", "ladder",
                                      "sweep", "history", NULL};
    char name[64];
    size_t count = 0;
    for (; demo_name(count, name, sizeof name); count++) {
        struct document document;
        assert_success(demo_load(name, all, &demo, &error));
        cr_assert_str_eq(demo.name, name);
        cr_assert_not_null(embedded_find(demo.recording), "%s has %s", name, demo.recording);
        assert_success(document_open(demo.recording, &document, &error));
        assert_success(demo_check(&demo, document.runs, document.count, &error));
        for (uint32_t i = 0; i < demo.scene_count; i++) {
            cr_assert(text_printable(demo.scenes[i].caption));
            /* Three lines of 78 characters, broken at blanks. */
            cr_assert_leq(strlen(demo.scenes[i].caption), 224, "%s: %s", name,
                          demo.scenes[i].caption);
        }
        document_free(&document);
    }
    cr_assert_geq(count, 6);
}

Test(demo, unmentioned_settings_stay)
{
    assert_success(parses(HEAD FIRST
                          ",\"knobs\":{\"BATCH\":4},\"tags\":[\"cpu_graph\"],\"seconds\":3,"
                          "\"sweep\":true},"
                          "{\"caption\":\"D\",\"knobs\":{\"SEQ_LEN\":64},\"big\":true},"
                          "{\"caption\":\"E\",\"tags\":[],\"metric\":\"gap\","
                          "\"knobs\":{\"BATCH\":8}}]}"));
    cr_assert_eq(demo.scene_count, 3);
    scene = &demo.scenes[0];
    cr_assert_eq(scene->knobs.batch, 4);
    cr_assert_eq(scene->tag_count, 1);
    cr_assert_eq(scene->seconds, 3);
    cr_assert(scene->sweep && !scene->big);
    scene = &demo.scenes[1];
    cr_assert_str_eq(scene->view, "live");
    cr_assert_str_eq(scene->variant, "cpu_graph");
    cr_assert_str_eq(scene->caption, "D");
    cr_assert_eq(scene->knobs.batch, 4);
    cr_assert_eq(scene->knobs.seq_len, 64);
    cr_assert_eq(scene->tag_count, 1);
    cr_assert_eq(scene->metric, METRIC_STEP);
    cr_assert(scene->big && !scene->sweep && scene->seconds == 0, "these are a scene's own");
    scene = &demo.scenes[2];
    cr_assert_eq(scene->tag_count, 0, "an empty list removes the tags; no list keeps them");
    cr_assert_eq(scene->metric, METRIC_GAP);
    cr_assert_eq(scene->knobs.batch, 8);
}

Test(demo, a_question_belongs_to_its_scene)
{
    assert_success(parses(HEAD FIRST "},{\"caption\":\"D\",\"ask\":\"Which is faster?\"},"
                                     "{\"caption\":\"E\"}]}"));
    scene = &demo.scenes[1];
    cr_assert_str_eq(scene->ask, "Which is faster?");
    scene = &demo.scenes[2];
    cr_assert_str_eq(scene->ask, "");
}

Test(demo, mistakes_are_named_with_their_place)
{
    refuses("{\"schema\":\"pdlab.preset/1\"}",
            "d.json: line 1, column 11: schema: expected \"pdlab.demo/1\", found 'pdlab.preset/1'");
    refuses(HEAD "]}", "d.json: line 1, column 95: scenes: 0 scenes; 1 to 32 are accepted");
    refuses(
        HEAD "{\"caption\":\"C\"}]}",
        "d.json: line 1, column 96: scenes[0]: the first scene must name its view and its variant");
    refuses(
        HEAD FIRST ",\"ask\":\"Which?\"}]}",
        "d.json: line 1, column 96: scenes[0]: the first scene cannot ask: no scene precedes it");
    refuses(HEAD FIRST "},{\"caption\":\"D\",\"ask\":\"\"}]}",
            "d.json: line 1, column 169: scenes[1].ask: it is empty");
    refuses(HEAD FIRST ",\"captoin\":1}]}", "d.json: line 1, column 147: scenes[0].captoin: there "
                                            "is no such key in a scene; the nearest is caption");
    refuses(HEAD FIRST "},{\"caption\":\"\"}]}",
            "d.json: line 1, column 159: scenes[1].caption: it is empty");
    refuses(HEAD FIRST "},{\"caption\":\"x\",\"view\":\"ladder\"}]}",
            "d.json: line 1, column 170: scenes[1].view: expected \"live\", \"compare\" or "
            "\"sweep\", found 'ladder'");
    refuses(HEAD FIRST ",\"seconds\":-1}]}", "d.json: line 1, column 157: scenes[0].seconds: "
                                             "expected a number from 0.1 to 600, found -1");
    refuses(
        HEAD FIRST ",\"knob\":\"BACH\"}]}",
        "d.json: line 1, column 154: scenes[0].knob: there is no such knob; the nearest is BATCH");
    refuses(HEAD FIRST ",\"metric\":\"ttft\"}]}",
            "d.json: line 1, column 156: scenes[0].metric: expected \"step\", \"busy\", \"gap\" or "
            "\"iteration\", found 'ttft'");
    refuses(HEAD FIRST ",\"tags\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}]}",
            "d.json: line 1, column 154: scenes[0].tags: 5 variants; at most 4 are accepted");
    cr_assert_not(parses("{\"schema\":\"pdlab.demo/1\",\"title\":\"T\",\"preset\":\"lunch\"}"));
    assert_contains(error.text, ": preset: there is no preset 'lunch'");
}

Test(demo, a_scene_without_a_recorded_run_is_refused)
{
    struct run runs[2];
    open_verified(&runs[0], "cpu_graph", NULL);
    open_verified(&runs[1], "cpu_persistent", NULL);
    cr_assert(parses(HEAD FIRST ",\"tags\":[\"cpu_persistent\"]},"
                                "{\"caption\":\"D\",\"knobs\":{\"BATCH\":8}}]}"));
    assert_success(demo_check(&demo, runs, 2, &error));
    cr_assert(parses(HEAD FIRST "},{\"caption\":\"D\",\"variant\":\"cpu_per_token\"}]}"));
    cr_assert_not(demo_check(&demo, runs, 2, &error));
    cr_assert_str_eq(error.text, "d: scenes[1]: r.json has no cpu_per_token");
    cr_assert(parses(HEAD FIRST "},{\"caption\":\"D\",\"knobs\":{\"BATCH\":16}}]}"));
    cr_assert_not(demo_check(&demo, runs, 2, &error));
    cr_assert_str_eq(error.text,
                     "d: scenes[1]: BATCH is 16, but the nearest run in r.json of cpu_graph has 8");
    run_close(&runs[0]);
    run_close(&runs[1]);
}

Test(demo, unknown_names_list_the_known_ones)
{
    cr_assert_not(demo_load("lunches", views, &demo, &error));
    assert_contains(error.text, "there is no demo 'lunches'; the demos are ");
    assert_contains(error.text, "launches");
    cr_assert_not(demo_load("./not/there.json", views, &demo, &error));
    assert_contains(error.text, "./not/there.json");
}
