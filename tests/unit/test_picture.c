#include "../../ui/model/picture.h"
#include "idle_explorer.h"
#include "unit.h"
#include "well_formed.h"

#define REMARK "RECORDED <NVIDIA> & others"

static char *text;
static size_t length;

/* Six recorded variants, of five processes each, in the Compare view with two tagged. */
static void open_recording(void)
{
    explorer_open_idle();
    look_at_file("recordings/h200/right-sized-small.json");
}

static void close_picture(void)
{
    free(text);
    explorer_close_idle();
}

TestSuite(picture, .init = open_recording, .fini = close_picture);

static void tag_two(void)
{
    explorer_go_to_view(&explorer, VIEW_COMPARE);
    explorer_press(&explorer, ' ');
    explorer_select(&explorer, 2);
    explorer_press(&explorer, ' ');
    explorer_judge(&explorer, UINT64_C(1000000000));
}

static size_t count_of(const char *word)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        count++;
    return count;
}

static void check_marks(void)
{
    cr_assert_eq(strlen(text), length);
    cr_assert(is_well_formed(text), "%s", text);
    cr_assert_eq(count_of("NaN") + count_of("nan") + count_of("inf"), 0);
}

static void contains(const char *word)
{
    cr_assert_not_null(strstr(text, word), "%s is not in %s", word, text);
}

Test(picture, a_comparison_explains_itself)
{
    tag_two();
    text = picture_of_compare(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    check_marks();
    contains("RECORDED &lt;NVIDIA&gt; &amp; others");
    contains("A baseline_persistent_decode");
    contains("B persistent_decode_graph_chain");
    contains("Plot: step latency. Verdicts: whole iterations");
    contains("Iterations: ×");
    contains(" (95 % interval ");
    contains("faster than A");
    contains("(95 % interval of the median: ±");
    contains("Knobs: ");
    contains("SEQ_LEN 32 tokens");
    contains("Gap: from a step");
    contains("B is faster: its gap is ");
    contains("GB/s");
    contains("<path d=");
    cr_assert_eq(count_of("RECORDED"), 1);
}

Test(picture, nothing_is_drawn_of_nothing)
{
    text = picture_of_compare(&explorer, REMARK, &length);
    cr_assert_null(text);
}

Test(picture, a_ladder_has_every_rung_with_its_full_name)
{
    text = picture_of_ladder(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    check_marks();
    for (uint32_t i = 0; i < explorer_rows(&explorer); i++)
        contains(explorer_row(&explorer, i).name);
    contains("the baseline");
    contains("floor: no variant can be faster");
    contains("Gap: from a step");
    contains("first token: from the submission");
    contains("of the measured peak");
    contains(">0 ns<");
    cr_assert_eq(count_of("RECORDED"), 1);
}

/* A row of another recording names that recording. */
Test(picture, a_row_recorded_differently_is_marked)
{
    struct row row = explorer_row(&explorer, 1);
    cr_assert_str_eq(picture_mark(&explorer, &row), "");
    row.mark = "kept, epoch 3";
    cr_assert_str_eq(picture_mark(&explorer, &row), "kept, epoch 3");
}

/* ---- the other views ------------------------------------------------------------------------ */

Test(picture, a_live_picture_says_what_how_and_with_which_knobs)
{
    explorer_select(&explorer, 1);
    text = picture_of_live(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    check_marks();
    contains("Step latency of persistent_decode_triton");
    contains("RECORDED &lt;NVIDIA&gt; &amp; others");
    contains("p50 ");
    contains("p99.9 ");
    contains("over the baseline");
    contains("Verified against the reference");
    contains("SEQ_LEN ");
    contains("Step latency, logarithmic axis");
    contains("Iteration time");
    contains(" us<");
}

Test(picture, three_histograms_have_a_lane_each)
{
    tag_two();
    explorer_select(&explorer, 3);
    explorer_press(&explorer, ' ');
    explorer_judge(&explorer, UINT64_C(1000000000));
    text = picture_of_compare(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    check_marks();
    contains("A p50 ");
    contains("C p50 ");
    cr_assert_eq(count_of("SEQ_LEN "), 3, "each with its knobs");
}

/* Bars begin at the axis's 0. */
Test(picture, ticks_are_where_their_durations_are)
{
    char zero[64];
    text = picture_of_ladder(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    snprintf(zero, sizeof zero, "<text x=\"%.1f\"", PICTURE_LEFT);
    const char *at = strstr(text, ">0 ns<");
    cr_assert_not_null(at);
    while (strncmp(at, "<text", 5) != 0)
        at--;
    cr_assert_eq(strncmp(at, zero, strlen(zero)), 0, "%.40s", at);
}

Test(picture, a_ladder_names_the_best)
{
    text = picture_of_ladder(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    contains("Best: ");
    contains("SEQ_LEN ");
}

static void open_sweep(const char *recording, enum knob_id knob)
{
    struct error error;
    cr_assert(explorer_open_recording(&explorer, recording, &error), "%s", error.text);
    explorer_press(&explorer, ' ');
    explorer_select(&explorer, 1);
    explorer_press(&explorer, ' ');
    explorer_go_to_view(&explorer, VIEW_SWEEP);
    explorer.knob = knob;
}

Test(picture, a_sweep_says_the_best_and_who_overtakes_whom)
{
    open_sweep("recordings/h100/attention-sweep.json", KNOB_BATCH);
    explorer.sweep_flipped = true;
    text = picture_of_sweep(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    check_marks();
    contains("Iteration p50 over BATCH: attention_per_token, attention_split_kv");
    contains("A attention_per_token: best by time at BATCH 1: 634 us.");
    contains("A attention_per_token (987 us) looks faster than B attention_split_kv (1.12 ms) from "
             "BATCH 16 on.");
    contains("Other knobs: SEQ_LEN 32");
    contains("iteration p50, logarithmic");
    contains("BATCH (sequences)");
    cr_assert_eq(count_of("class=\"value\""), 6);
}

Test(picture, a_sweep_by_rate_has_its_unit)
{
    open_sweep("recordings/h100/attention-sweep.json", KNOB_BATCH);
    explorer.sweep_flipped = false;
    text = picture_of_sweep(&explorer, REMARK, &length);
    cr_assert_not_null(text);
    check_marks();
    contains("Tokens/s over BATCH");
    contains("best by tokens/s at BATCH 16");
    contains("tokens/s, logarithmic");
}

/* Names from a file may contain anything. */
Test(picture, hostile_names_are_text)
{
    static const char name[] = "<a href=\"x\">&\xc3\xa4\xe6\xbc\xa2 &amp;</a>";
    char *(*const pictures[])(const struct explorer *, const char *, size_t *) = {
        picture_of_live, picture_of_compare, picture_of_ladder, picture_of_sweep};
    char remark[201];
    struct run runs[] = {recorded_run("cpu_per_token", 1, 50000),
                         recorded_run("cpu_per_token", 8, 60000)};
    for (int i = 0; i < 2; i++)
        snprintf(runs[i].variant, sizeof runs[i].variant, "%s", name);
    memset(remark, '<', sizeof remark - 1);
    remark[sizeof remark - 1] = '\0';
    look_at_runs(runs, 2);
    explorer.metric = METRIC_ITERATION;
    explorer.knob = KNOB_BATCH;
    explorer_press(&explorer, ' ');
    explorer_go_to_view(&explorer, VIEW_COMPARE);
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        free(text);
        text = pictures[i](&explorer, remark, &length);
        cr_assert_not_null(text, "%zu", i);
        check_marks();
        cr_assert_null(strstr(text, "<a "));
        contains("&lt;a href=");
    }
}
