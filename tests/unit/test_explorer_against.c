/* Tests the explorer with --against: a real worker on the CPU, and a script that poses as the other
 * build (other_build.h). */
#include "../../kernels/clock.h"
#include "../../src/command/options.h"
#include "cache.h"
#include "idle_explorer.h"
#include "other_build.h"

#include <poll.h>

static struct options options;

static void open_both(const char *script)
{
    static const char *const words[] = {"pdlab", "--device",  "cpu",      "--seq-len",
                                        "8",     "--against", other_path, NULL};
    other_script("cpu_per_token", script);
    assert_success(options_parse(7, (char **)(uintptr_t)words, &options, &error));
    assert_success(explorer_open(&explorer, &options, &error));
    explorer_resize(&explorer, 40, 120);
}

static void begin(void)
{
    clock_start();
    cache_begin();
    cache_fill();
    other_begin();
}

static void end(void)
{
    explorer_close(&explorer);
    cr_assert(other_left_nothing());
    folder_end();
}

TestSuite(explorer_against, .init = begin, .fini = end, .timeout = 200);

static const struct run *own_run(void)
{
    return explorer_row(&explorer, explorer.base).run;
}

static uint64_t own_iterations(void)
{
    return own_run() ? own_run()->histograms[METRIC_ITERATION].count : 0;
}

/* One round of the main loop, without a terminal. */
static void go_round(void)
{
    struct pollfd events[] = {
        {.fd = worker_news(explorer.source.worker), .events = POLLIN},
        {.fd = explorer_against_news(&explorer), .events = POLLIN},
    };
    explorer_tick(&explorer, clock_now());
    poll(events, 2, 50);
    explorer_notice(&explorer);
}

static uint32_t processes(void)
{
    const struct tag *tag = &explorer.tags.tag[1];
    return tag->other_build ? tag->run.process_count : 0;
}

static void wait_for_processes(uint32_t count)
{
    while (processes() < count)
        go_round();
}

/* While the other build has the device, this build gets no samples. */
Test(explorer_against, the_builds_take_turns_and_never_run_at_once)
{
    open_both("sleep 0.2");
    uint64_t before = 0;
    bool ran = false;
    unsigned looks = 0;
    cr_assert_eq(explorer.view, VIEW_COMPARE);
    cr_assert_str_eq(explorer_tagged(&explorer, 0).name, "cpu_per_token");
    cr_assert_str_eq(explorer_tagged(&explorer, 1).name, "cpu_per_token");
    cr_assert_null(explorer_tagged(&explorer, 1).run, "it waits for its turn");
    cr_assert_str_eq(explorer_tagged(&explorer, 1).mark, "build other");
    char *command = explorer_command(&explorer);
    assert_contains(command, " --against /tmp/pdlab-test-");
    free(command);
    while (processes() < 5) {
        go_round();
        const bool runs = explorer_against_runs(&explorer);
        if (ran && runs) {
            cr_assert_eq(own_iterations(), before);
            looks++;
        }
        before = own_iterations();
        ran = runs;
        const int units = own_run() ? (int)own_run()->turns.units : 0;
        cr_assert_leq(abs(units - (int)processes()), 2, "%d turns and %u processes", units,
                      processes());
    }
    cr_assert_gt(looks, 0);
    explorer_judge(&explorer, clock_now());
    cr_assert(explorer.verdicts.judged[1]);
    cr_assert_eq(explorer.verdicts.comparisons[1].other.units, 5);
    cr_assert_not(explorer.verdicts.comparisons[1].other.turns);
    cr_assert(explorer.verdicts.comparisons[1].reference.turns);
}

Test(explorer_against, a_pause_stops_both_builds)
{
    open_both("if [ ! -e \"$folder/began\" ]; then echo >\"$folder/began\"; exec sleep 100; fi");
    while (!folder_has("began"))
        go_round();
    press_all("p");
    while (explorer_against_runs(&explorer))
        go_round();
    const size_t runs = other_runs();
    const uint64_t own = own_iterations();
    for (int i = 0; i < 20; i++)
        go_round();
    cr_assert_eq(other_runs(), runs);
    cr_assert_eq(own_iterations(), own);
    cr_assert_eq(processes(), 0, "the cancelled process does not count");
    press_all("p");
    while (own_iterations() == own)
        go_round();
}

Test(explorer_against, a_new_request_is_measured_again)
{
    open_both("");
    wait_for_processes(2);
    explorer.knob = KNOB_SEQ_LEN;
    press_all("]");
    explorer_tick(&explorer, clock_now());
    cr_assert_eq(processes(), 0);
    cr_assert_null(explorer_tagged(&explorer, 1).run);
    wait_for_processes(1);
    press_all("r");
    explorer_tick(&explorer, clock_now());
    cr_assert_eq(processes(), 0);
    wait_for_processes(1);
    /* Another variant, which the script lacks: the tags move to it. */
    press_all("j");
    explorer_tick(&explorer, clock_now());
    cr_assert_str_eq(explorer_tagged(&explorer, 0).name, "cpu_persistent");
    cr_assert_str_eq(explorer_tagged(&explorer, 1).name, "cpu_persistent");
    cr_assert_null(explorer_tagged(&explorer, 1).run);
    while (explorer.tags.tag[1].run.status != RUN_FAILED)
        go_round();
    assert_contains(explorer.message, "has none of the variants: cpu_persistent");
    assert_contains(explorer_tagged(&explorer, 1).run->error.text, "cpu_persistent");
    const uint64_t own = own_iterations();
    while (own_iterations() == own)
        go_round(); /* this build measures again */
}

Test(explorer_against, without_its_tag_the_other_build_is_not_measured)
{
    open_both("");
    wait_for_processes(1);
    explorer_press(&explorer, PRESS_END);
    press_all(" ");
    cr_assert_eq(tags_count(&explorer.tags), 1);
    while (explorer.against.binary)
        go_round();
    cr_assert_not(explorer_against_runs(&explorer));
    cr_assert_str_eq(explorer.message, "The build other is no longer measured");
    const size_t runs = other_runs();
    const uint64_t own = own_iterations();
    while (own_iterations() == own)
        go_round();
    for (int i = 0; i < 20; i++)
        go_round();
    cr_assert_eq(other_runs(), runs);
}

/* While the other build runs, the device is not measured and no knob is swept. */
Test(explorer_against, other_uses_of_the_device_wait)
{
    open_both("echo >\"$folder/began\"; exec sleep 100");
    while (!folder_has("began"))
        go_round();
    cr_assert(explorer_against_runs(&explorer));
    const uint32_t measures = explorer.request.measures;
    press_all("m");
    cr_assert_eq(explorer.request.measures, measures);
    while (explorer.request.measures == measures)
        go_round();
    cr_assert_not(explorer_against_runs(&explorer));
    while (explorer.source.snapshot->measures != measures + 1)
        go_round();
    while (!explorer_against_runs(&explorer))
        go_round();
    press_all("5\r");
    cr_assert(explorer.sweep.running);
    while (explorer.sweep.posted == 0)
        go_round();
    cr_assert_not(explorer_against_runs(&explorer));
    const size_t runs = other_runs();
    while (explorer.sweep.point < 3)
        go_round();
    cr_assert_eq(other_runs(), runs);
    explorer_press(&explorer, PRESS_ESCAPE);
    while (!explorer_against_runs(&explorer))
        go_round();
}

/* Variants of another preset: the tags move to the variant selected there. */
Test(explorer_against, another_preset_is_measured_again)
{
    open_both("");
    wait_for_processes(1);
    open_preset("attention-ladder");
    explorer_tick(&explorer, clock_now());
    cr_assert_eq(tags_count(&explorer.tags), 2);
    cr_assert_eq(explorer.tags.tag[0].kind, TAG_ROW);
    cr_assert_str_eq(explorer_tagged(&explorer, 0).name, explorer_selected(&explorer).name);
    cr_assert_str_eq(explorer_tagged(&explorer, 1).name, explorer_selected(&explorer).name);
    cr_assert_null(explorer_tagged(&explorer, 1).run);
}
