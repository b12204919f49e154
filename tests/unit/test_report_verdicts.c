#include "../../src/engine/targets.h"
#include "../../src/harness/report_verdicts.h"
#include "unit.h"
#include "verified_run.h"

#define RUNS 3

static const struct device_info device = {.backend = BACKEND_CPU, .id = "cpu", .name = "X"};

/* A verified run of `processes` processes, whose medians are 0, 1, 2 ... % above `ns`, repeating.
 */
static void open_run(struct run *run, const char *name, uint32_t processes, uint64_t ns)
{
    open_verified(run, name, NULL);
    for (uint32_t i = 0; i < processes; i++) {
        struct process process = {.iterations = 1, .p50_ns = ns + i % 5 * ns / 100};
        snprintf(process.id, sizeof process.id, "%u", i);
        cr_assert(run_add_process(run, &process));
        histogram_record(&run->histograms[METRIC_ITERATION], process.p50_ns);
    }
}

static struct run runs[RUNS];

static void open_runs(uint32_t processes, uint64_t baseline_ns, uint64_t persistent_ns,
                      uint64_t graph_ns)
{
    open_run(&runs[0], "cpu_per_token", processes, baseline_ns);
    open_run(&runs[1], "cpu_persistent", processes, persistent_ns);
    open_run(&runs[2], "cpu_graph", processes, graph_ns);
}

/* Prints the verdicts, and closes the runs. The next call overwrites the text. */
static const char *lines_of_runs(bool unicode)
{
    static char text[4096];
    struct report report = {.out = fmemopen(text, sizeof text, "w"), .unicode = unicode};
    cr_assert_not_null(report.out);
    text[0] = '\0'; /* stays if nothing is printed */
    report_verdicts(&report, &device, runs, RUNS);
    cr_assert_eq(fclose(report.out), 0);
    for (int i = 0; i < RUNS; i++)
        run_close(&runs[i]);
    return text;
}

Test(report_verdicts, by_five_processes_each_against_the_baseline)
{
    open_runs(5, 1000000, 100000, 1200000);
    const char *text = lines_of_runs(true);
    assert_contains(text, "cpu_persistent: faster than cpu_per_token, ×10.0 (9.7");
    assert_contains(text, "cpu_graph: slower than cpu_per_token, ×0.83 (0.81 to 0.8");
    assert_contains(text, "\nfastest: cpu_persistent\n");
}

Test(report_verdicts, ties_are_reported)
{
    open_runs(5, 1000000, 1001000, 100000);
    assert_contains(lines_of_runs(false),
                    "cpu_persistent: beside cpu_per_token too close to call: +-2");
    open_runs(5, 1000000, 100000, 100100);
    assert_contains(lines_of_runs(false),
                    "fastest: cpu_persistent, cpu_graph: cannot be told apart\n");
}

Test(report_verdicts, few_processes_have_no_verdict_and_one_has_no_rank)
{
    open_runs(4, 1000000, 100000, 1200000);
    cr_assert_str_eq(lines_of_runs(false), "fastest: cpu_persistent\n");
    open_runs(1, 1000000, 100000, 1200000);
    cr_assert_str_empty(lines_of_runs(false));
}

Test(report_verdicts, only_verified_runs_are_ranked)
{
    open_runs(5, 1000000, 100000, 1200000);
    runs[1].verification.verdict = VERDICT_WRONG;
    const char *text = lines_of_runs(false);
    assert_contains(text, "cpu_persistent: not ranked against cpu_per_token: wrong\n");
    assert_contains(text, "fastest: cpu_per_token\n");
}

Test(report_verdicts, another_workload_has_its_own_fastest)
{
    open_runs(5, 1000000, 100000, 1200000);
    runs[0].used.batch = runs[0].asked.batch = 77;
    assert_contains(lines_of_runs(false), "fastest of persistent_decode: cpu_persistent\n");
}
