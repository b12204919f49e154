/*
 * The other build is a script, so that its behaviour and timing do not depend on real kernels.
 */
#include "../../kernels/clock.h"
#include "../../src/command/against_turns.h"
#include "other_build.h"

#include <poll.h>
#include <time.h>

static struct against_turns *turns;
static struct against_order order;
static struct run run; /* the merged run that `go` returned last */

static void begin(void)
{
    clock_start();
    folder_begin();
    other_begin();
    turns = against_turns_start(other_path, &error);
    assert_success(turns);
    order = (struct against_order){.variant = variant_find("cpu_graph"),
                                   .knobs = knobs_defaults(),
                                   .device = {.backend = BACKEND_CPU, .id = "cpu"}};
}

static void end(void)
{
    run_close(&run);
    against_turns_stop(turns);
    cr_assert(other_left_nothing());
    folder_end();
}

TestSuite(against_turns, .init = begin, .fini = end, .timeout = 100);

/* Starts taking turns with a script that knows cpu_graph. `runs`: as in other_script. */
static void begin_turns(const char *runs)
{
    other_script("cpu_graph", runs);
    against_turns_begin(turns, &order);
}

/* Waits like the main loop: polls the descriptor and nothing else. */
static void wait_for_rest(void)
{
    while (against_turns_busy(turns)) {
        struct pollfd news = {.fd = against_turns_news(turns), .events = POLLIN};
        poll(&news, 1, -1);
        against_turns_heed(turns);
    }
}

/* Starts the first process, and waits until the script has written the file `began`. */
static void go_until_began(void)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    against_turns_go(turns, 1, 1);
    while (!folder_has("began"))
        nanosleep(&nap, NULL);
}

/* Runs one process to its end, and takes the result. */
static struct against_result go(uint32_t round, uint32_t place)
{
    struct against_result result;
    against_turns_go(turns, round, place);
    wait_for_rest();
    cr_assert(against_turns_take(turns, &result));
    run_close(&run);
    run = result.run;
    return result;
}

Test(against_turns, each_go_adds_a_process_in_its_round_and_place)
{
    begin_turns("");
    cr_assert_eq(other_runs(), 0, "nothing runs before the first go");
    for (uint32_t i = 1; i <= 3; i++) {
        go(i, 1 + i % 2);
        cr_assert_neq(run.status, RUN_FAILED, "%s", run.error.text);
        cr_assert_str_eq(run.variant, "cpu_graph");
        cr_assert_eq(run.process_count, i);
        cr_assert_eq(run.processes[i - 1].round, i);
        cr_assert_eq(run.processes[i - 1].place, 1 + i % 2);
        cr_assert_eq(run.histograms[METRIC_ITERATION].count, 20 * i);
        cr_assert_eq(run_evidence(&run).units, i);
        cr_assert_not(run_evidence(&run).turns);
    }
    struct against_result result;
    cr_assert_not(against_turns_take(turns, &result), "it was taken");
    cr_assert_eq(other_runs(), 3);
}

Test(against_turns, another_order_starts_over)
{
    begin_turns("");
    go(1, 1);
    order.knobs.seq_len++;
    against_turns_begin(turns, &order);
    go(1, 1);
    cr_assert_eq(run.process_count, 1);
}

Test(against_turns, another_file_starts_over)
{
    begin_turns("");
    go(1, 1);
    other_script("cpu_graph", ": built again");
    go(2, 1);
    cr_assert_eq(run.process_count, 1);
    go(3, 1);
    cr_assert_eq(run.process_count, 2);
}

/* The process receives the signal, although the thread that started it blocks that signal. */
Test(against_turns, a_cancelled_process_is_told_to_end_and_left_out)
{
    struct against_result result;
    begin_turns("if [ -e \"$folder/ended\" ]; then :; else\n"
                "trap 'echo >\"$folder/ended\"; exit' TERM\n"
                "echo >\"$folder/began\"\n"
                "while :; do sleep 0.01; done\nfi");
    go_until_began();
    against_turns_cancel(turns);
    wait_for_rest();
    cr_assert(folder_has("ended"));
    cr_assert_not(against_turns_take(turns, &result));
    go(2, 1);
    cr_assert_eq(run.process_count, 1);
    cr_assert_eq(run.processes[0].round, 2);
}

Test(against_turns, a_process_that_ignores_the_signal_is_killed)
{
    begin_turns("trap '' TERM; echo >\"$folder/began\"; while :; do :; done");
    go_until_began();
    against_turns_cancel(turns);
    wait_for_rest();
}

Test(against_turns, the_running_process_ends_with_the_thread)
{
    begin_turns("trap 'echo >\"$folder/ended\"; exit' TERM\n"
                "echo >\"$folder/began\"; while :; do sleep 0.01; done");
    go_until_began();
    against_turns_stop(turns);
    turns = NULL;
    cr_assert(folder_has("ended"));
}

Test(against_turns, a_failure_is_reported_and_ends_the_turns)
{
    begin_turns("echo 'pdlab: out of luck' >&2; exit 2");
    for (int i = 0; i < 2; i++) {
        go(1, 1);
        cr_assert_eq(run.status, RUN_FAILED);
        cr_assert_str_eq(run.error.text, "round 1: its process ended with status 2: out of luck");
    }
    cr_assert_eq(other_runs(), 1);
}

Test(against_turns, a_missing_variant_is_reported)
{
    other_script("cpu_persistent", "");
    against_turns_begin(turns, &order);
    go(1, 1);
    cr_assert_eq(run.status, RUN_FAILED);
    cr_assert_str_eq(run.variant, "cpu_graph");
    assert_contains(run.error.text, "has none of the variants: cpu_graph");
    cr_assert_eq(other_runs(), 0);
}

Test(against_turns, unknown_knobs_are_named)
{
    begin_turns("");
    const struct against_result result = go(1, 1);
    assert_contains(result.unknown, "SEQ_LEN, ");
    cr_assert_str_eq(result.device.name, "Some CPU");
}
