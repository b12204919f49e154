#include "../../src/document/document.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "../../src/harness/profile_text.h"
#include "texts.h"
#include "verified_run.h"

static struct run runs[2];

/* A run of 1,000 steps of 1 us each. */
static void open_run(struct run *run, const char *name, uint64_t gap_ns, uint64_t barrier_ns)
{
    open_verified(run, name, NULL);
    run->facts.launches_per_iteration = 32;
    record_times(run, METRIC_ITERATION, 32000, 100);
    run->breakdown = (struct breakdown){.steps = 1000,
                                        .phased = barrier_ns > 0 ? 1000 : 0,
                                        .step_ns = 1000 * 1000,
                                        .gap_ns = 1000 * gap_ns,
                                        .barrier_ns = 1000 * barrier_ns};
}

/* Prints profile.txt of the second run, and checks that it contains the parts (the last is NULL).
 * `first`: the first of the document's runs. Closes the runs. */
static void expect(size_t first, const char *const *parts)
{
    const struct document document = {.runs = runs + first, .count = 2 - first};
    const struct profile_pass pass = {.document = &document, .measured = &runs[1]};
    const struct profile_notes notes = {.trace = "x", .tool = {"x", "x"}};
    size_t length;
    char *text = profile_print(&pass, &notes, &length);
    cr_assert_not_null(text);
    run_close(&runs[0]), run_close(&runs[1]);
    expect_parts(text, parts);
    free(text);
}

Test(profile_text, parts_of_a_step_with_the_change_from_the_previous_rung)
{
    open_run(&runs[0], "cpu_persistent", 100, 500);
    open_run(&runs[1], "cpu_graph", 150, 450);
    expect(0, (const char *const[]){"means of 1000 steps; change from cpu_persistent\n",
                                    "step                     1.00 us  100 %       +0 ns\n",
                                    "gap                       150 ns   15 %      +50 ns\n",
                                    "barrier wait              450 ns   45 %      -50 ns\n",
                                    "compute                   400 ns   40 %       +0 ns\n", NULL});
}

Test(profile_text, without_the_previous_rung_or_waits_there_is_no_change)
{
    open_run(&runs[0], "cpu_persistent", 100, 500);
    open_run(&runs[1], "cpu_graph", 150, 0);
    expect(0, (const char *const[]){"means of 1000 steps; to measure waits, set PHASES on\n",
                                    "busy                      850 ns   85 %\n", NULL});
    open_run(&runs[0], "cpu_persistent", 100, 500);
    open_run(&runs[1], "cpu_graph", 150, 450);
    expect(1, (const char *const[]){"means of 1000 steps\n",
                                    "barrier wait              450 ns   45 %\n", NULL});
}

Test(profile_text, advice_is_below)
{
    open_run(&runs[0], "cpu_graph", 100, 500);
    open_run(&runs[1], "cpu_per_token", 610, 0);
    expect(0,
           (const char *const[]){"advice                 waking threads takes 61 % of a step: try "
                                 "cpu_persistent\n",
                                 NULL});
}

Test(profile_text, a_row_for_each_operation)
{
    open_run(&runs[0], "cpu_persistent", 100, 500);
    open_run(&runs[1], "cpu_graph", 150, 450);
    runs[1].operations = (struct operations){
        .steps = 10,
        .count = 2,
        .of = {{"gate, up", 4, 7500, 100, 200, 300}, {"head", 1, 2500, 0, 0, 2500}}};
    expect(
        0,
        (const char *const[]){
            "By operation: means of 10 steps",
            "                            time              gap      data   barrier   compute count",
            "gate, up                  750 ns   75 %     10 ns     20 ns     30 ns    690 ns     4",
            "head                      250 ns   25 %      0 ns      0 ns    250 ns      0 ns     1",
            NULL});
}
