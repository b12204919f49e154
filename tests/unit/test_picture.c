#include "../../ui/model/picture.h"
#include "idle_explorer.h"
#include "texts.h"
#include "well_formed.h"

#define REMARK "RECORDED <NVIDIA> & others"

static char *text;
static size_t length;

/* A recording of six variants, each measured in five processes. */
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

/* Opens the Compare view with two tagged variants. */
static void tag_two(void)
{
    explorer_go_to_view(&explorer, VIEW_COMPARE);
    explorer_press(&explorer, ' ');
    explorer_select(&explorer, 2);
    explorer_press(&explorer, ' ');
    explorer_judge(&explorer, UINT64_C(1000000000));
}

/* Draws the picture of a view into `text`, and checks its form. */
static void draw(char *(*picture)(const struct explorer *, const char *, size_t *),
                 const char *remark)
{
    free(text);
    text = picture(&explorer, remark, &length);
    cr_assert_not_null(text);
    cr_assert_eq(strlen(text), length);
    cr_assert(is_well_formed(text), "%s", text);
    cr_assert_eq(count_of(text, "NaN") + count_of(text, "nan") + count_of(text, "inf"), 0);
}

static void contains(const char *word)
{
    assert_contains(text, word);
}

Test(picture, a_comparison_explains_itself)
{
    tag_two();
    draw(picture_of_compare, REMARK);
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
    cr_assert_eq(count_of(text, "RECORDED"), 1);
}

Test(picture, without_tags_there_is_no_picture)
{
    text = picture_of_compare(&explorer, REMARK, &length);
    cr_assert_null(text);
}

Test(picture, a_ladder_has_every_rung_with_its_full_name)
{
    draw(picture_of_ladder, REMARK);
    for (uint32_t i = 0; i < explorer_rows(&explorer); i++)
        contains(explorer_row(&explorer, i).name);
    contains("the baseline");
    contains("floor: no variant can be faster");
    contains("Gap: from a step");
    contains("first token: from the submission");
    contains("of the measured peak");
    contains(">0 ns<");
    contains("Best: ");
    contains("SEQ_LEN ");
    cr_assert_eq(count_of(text, "RECORDED"), 1);
}

Test(picture, a_row_of_another_recording_is_marked)
{
    struct row row = explorer_row(&explorer, 1);
    cr_assert_str_eq(picture_mark(&explorer, &row), "");
    row.mark = "kept, epoch 3";
    cr_assert_str_eq(picture_mark(&explorer, &row), "kept, epoch 3");
}

/* ---- the other views ------------------------------------------------------------------------ */

Test(picture, a_live_picture_names_the_variant_its_figures_and_its_knobs)
{
    explorer_select(&explorer, 1);
    draw(picture_of_live, REMARK);
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
    draw(picture_of_compare, REMARK);
    contains("A p50 ");
    contains("C p50 ");
    cr_assert_eq(count_of(text, "SEQ_LEN "), 3, "each with its knobs");
}

/* Bars begin at 0 on the axis, so the tick of 0 ns is at the left edge. */
Test(picture, ticks_are_where_their_durations_are)
{
    char zero[64];
    draw(picture_of_ladder, REMARK);
    snprintf(zero, sizeof zero, "<text x=\"%.1f\"", PICTURE_LEFT);
    const char *at = strstr(text, ">0 ns<");
    cr_assert_not_null(at);
    while (strncmp(at, "<text", 5) != 0)
        at--;
    cr_assert_eq(strncmp(at, zero, strlen(zero)), 0, "%.40s", at);
}

static void open_sweep(void)
{
    look_at_file("recordings/h100/attention-sweep.json");
    explorer_press(&explorer, ' ');
    explorer_select(&explorer, 1);
    explorer_press(&explorer, ' ');
    explorer_go_to_view(&explorer, VIEW_SWEEP);
    explorer.knob = KNOB_BATCH;
}

Test(picture, a_sweep_names_the_best_values_and_the_crossovers)
{
    open_sweep();
    explorer.sweep_flipped = true;
    draw(picture_of_sweep, REMARK);
    contains("Iteration p50 over BATCH: attention_per_token, attention_split_kv");
    contains("A attention_per_token: best by time at BATCH 1: 634 us.");
    contains("A attention_per_token (987 us) looks faster than B attention_split_kv (1.12 ms) from "
             "BATCH 16 on.");
    contains("Other knobs: SEQ_LEN 32");
    contains("iteration p50, logarithmic");
    contains("BATCH (sequences)");
    cr_assert_eq(count_of(text, "class=\"value\""), 6);
}

Test(picture, a_sweep_by_rate_has_its_unit)
{
    open_sweep();
    explorer.sweep_flipped = false;
    draw(picture_of_sweep, REMARK);
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
        draw(pictures[i], remark);
        cr_assert_null(strstr(text, "<a "));
        contains("&lt;a href=");
    }
}
