#include "../../src/document/replay.h"
#include "unit.h"

/* Two programs, four steps: the batch's steps end at 1000, 2200, 3000 and 4500, and the iteration
 * at 5000. The slowest iteration takes twice as long. */
static struct stamp typical[] = {{100, 1000}, {1100, 2000}, {2300, 3000}, {3100, 4000},
                                 {200, 900},  {1200, 2200}, {2300, 2900}, {3200, 4500}};
static struct stamp slowest[] = {{200, 2000}, {2200, 4000}, {4600, 6000}, {6200, 8000},
                                 {400, 1800}, {2400, 4400}, {4600, 5800}, {6400, 9000}};
static struct run run;
static struct replay replay;

static void open_run(void)
{
    cr_assert(run_open(&run));
    strcpy(run.variant, "cpu_persistent");
    cr_assert(trace_take(&run.typical, typical, NULL, 4, 4, 2, 0, 5000));
    cr_assert(trace_take(&run.slowest, slowest, NULL, 4, 4, 2, 0, 10000));
}

static void close_run(void)
{
    replay_close(&replay);
    run_close(&run);
}

TestSuite(replay, .init = open_run, .fini = close_run);

static void expect_place(double ns, enum replay_part part, uint32_t done)
{
    struct replay_place place = replay_at(&run, ns);
    cr_assert(place.part == part && place.done == done, "%g ns: part %d, %u done", ns, place.part,
              place.done);
}

Test(replay, a_step_is_done_when_it_has_ended_in_all_programs)
{
    expect_place(0, REPLAY_TYPICAL, 0);
    expect_place(999, REPLAY_TYPICAL, 0);
    expect_place(1000, REPLAY_TYPICAL, 1);
    expect_place(2000, REPLAY_TYPICAL, 1);
    expect_place(2200, REPLAY_TYPICAL, 2);
    expect_place(4999, REPLAY_TYPICAL, 4);
    expect_place(5000, REPLAY_SLOWEST, 0);
    expect_place(5000 + 6000, REPLAY_SLOWEST, 3);
    expect_place(15000, REPLAY_PARTS, 0);
    expect_place(1e18, REPLAY_PARTS, 0);
}

Test(replay, an_iteration_without_steps_is_skipped)
{
    run.typical.iteration_ns = 0;
    cr_assert(replay_possible(&run));
    expect_place(0, REPLAY_SLOWEST, 0);
    run.slowest.programs = 0;
    cr_assert_not(replay_possible(&run));
    expect_place(0, REPLAY_PARTS, 0);
    cr_assert(replay_begin(&replay, &run));
    cr_assert_not(replay_go(&replay, 1e9));
}

Test(replay, histograms_fill_like_those_of_a_measurement)
{
    cr_assert(replay_begin(&replay, &run));
    cr_assert_str_eq(replay.shown.variant, "cpu_persistent");
    cr_assert_not(replay_go(&replay, 500));
    cr_assert(replay_go(&replay, 2500));
    const struct histogram *step = &replay.shown.histograms[METRIC_STEP];
    cr_assert(step->count == 1 && step->max_ns == 1200, "end(1) - end(0)");
    cr_assert_eq(replay.shown.histograms[METRIC_TTFT].max_ns, 1000);
    cr_assert_not(replay_go(&replay, 2600));
    cr_assert(replay_go(&replay, 5100));
    cr_assert_eq(step->count, 3);
    cr_assert_eq(replay.shown.histograms[METRIC_ITERATION].max_ns, 5000);
    cr_assert_eq(replay.shown.histograms[METRIC_SYNC].max_ns, 500);
    cr_assert(replay_go(&replay, 1e9));
    cr_assert_eq(replay.place.part, REPLAY_PARTS);
    cr_assert_eq(step->count, 6);
    cr_assert_eq(replay.shown.histograms[METRIC_ITERATION].count, 2);
    cr_assert_eq(run.histograms[METRIC_STEP].count, 0, "the run itself is not touched");
}

Test(replay, the_number_of_frames_makes_no_difference)
{
    static struct replay at_once;
    cr_assert(replay_begin(&replay, &run) && replay_begin(&at_once, &run));
    for (double ns = 0; ns < 16000; ns += 7)
        replay_go(&replay, ns);
    replay_go(&at_once, 16000);
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct histogram *a = &replay.shown.histograms[i], *b = &at_once.shown.histograms[i];
        cr_assert(a->count == b->count && a->total_ns == b->total_ns);
    }
    replay_close(&at_once);
}

Test(replay, starting_over_forgets)
{
    cr_assert(replay_begin(&replay, &run));
    replay_go(&replay, 1e9);
    cr_assert(replay_begin(&replay, &run));
    cr_assert_eq(replay.shown.histograms[METRIC_STEP].count, 0);
    cr_assert_eq(replay.place.part, REPLAY_TYPICAL);
}

Test(replay, shortened_stamps_have_no_known_end)
{
    run.typical.steps_run = 100;
    cr_assert(replay_begin(&replay, &run));
    replay_go(&replay, 5000);
    cr_assert_eq(replay.shown.histograms[METRIC_ITERATION].count, 1);
    cr_assert_eq(replay.shown.histograms[METRIC_SYNC].count, 0);
}

Test(replay, programs_that_run_freely_have_their_own_steps)
{
    run.facts.free_running = true;
    cr_assert(replay_begin(&replay, &run));
    replay_go(&replay, 5000);
    cr_assert_eq(replay.shown.histograms[METRIC_STEP].count, 6, "three steps of each program");
    cr_assert_eq(replay.shown.histograms[METRIC_GAP].count, 0);
}

Test(replay, paces_go_in_steps_of_one_two_five)
{
    static const struct {
        int number;
        const char *text;
    } paces[] = {{-9, "1/1,000"}, {-8, "1/500"}, {-7, "1/200"}, {-1, "1/2"},          {0, "1"},
                 {1, "2"},        {2, "5"},      {3, "10"},     {-21, "1/10,000,000"}};
    char text[32];
    for (size_t i = 0; i < sizeof paces / sizeof *paces; i++)
        cr_assert_str_eq(replay_pace_text(text, sizeof text, paces[i].number), paces[i].text);
    for (int number = REPLAY_PACE_LEAST; number < REPLAY_PACE_MOST; number++)
        cr_assert_lt(replay_pace(number), replay_pace(number + 1));
}

Test(replay, the_first_pace_can_be_followed)
{
    char text[32];
    cr_assert_str_eq(replay_pace_text(text, sizeof text, replay_pace_for(&run, 5)), "1/1,000,000");
    run.typical.iteration_ns = 60000000000;
    cr_assert_eq(replay_pace_for(&run, 5), REPLAY_PACE_MOST);
    run.typical.iteration_ns = 1;
    cr_assert_eq(replay_pace_for(&run, 5), REPLAY_PACE_LEAST);
}
