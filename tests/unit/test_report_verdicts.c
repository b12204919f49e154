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
    const struct knobs knobs = knobs_defaults();
    open_verified(run, name, &knobs);
    for (uint32_t i = 0; i < processes; i++) {
        struct process process = {.iterations = 1, .p50_ns = ns + i % 5 * ns / 100};
        snprintf(process.id, sizeof process.id, "%u", i);
        cr_assert(run_add_process(run, &process));
        histogram_record(&run->histograms[METRIC_ITERATION], process.p50_ns);
    }
}

static void open_runs(struct run runs[RUNS], uint32_t processes, uint64_t baseline_ns,
                      uint64_t persistent_ns, uint64_t graph_ns)
{
    open_run(&runs[0], "cpu_per_token", processes, baseline_ns);
    open_run(&runs[1], "cpu_persistent", processes, persistent_ns);
    open_run(&runs[2], "cpu_graph", processes, graph_ns);
}

/* Free it. Closes the runs. */
static char *lines_of(struct run runs[RUNS], bool unicode)
{
    char *text = NULL;
    size_t length;
    struct report report = {.unicode = unicode};
    report.out = open_memstream(&text, &length);
    report_verdicts(&report, &device, runs, RUNS);
    fclose(report.out);
    for (int i = 0; i < RUNS; i++)
        run_close(&runs[i]);
    return text;
}

static void expect_lines(char *text, const char *const *parts)
{
    for (; *parts; parts++)
        cr_assert_not_null(strstr(text, *parts), "no \"%s\" in:\n%s", *parts, text);
    free(text);
}

Test(report_verdicts, by_five_processes_each_against_the_baseline)
{
    struct run runs[RUNS];
    open_runs(runs, 5, 1000000, 100000, 1200000);
    const char *const parts[] = {"cpu_persistent: faster than cpu_per_token, ×10.0 (9.7",
                                 "cpu_graph: slower than cpu_per_token, ×0.83 (0.81 to 0.8",
                                 "\nfastest: cpu_persistent\n", NULL};
    expect_lines(lines_of(runs, true), parts);
}

Test(report_verdicts, ties_are_reported)
{
    struct run runs[RUNS];
    open_runs(runs, 5, 1000000, 1001000, 100000);
    const char *const close[] = {"cpu_persistent: beside cpu_per_token too close to call: +-2",
                                 NULL};
    expect_lines(lines_of(runs, false), close);
    open_runs(runs, 5, 1000000, 100000, 100100);
    const char *const tied[] = {"fastest: cpu_persistent, cpu_graph: cannot be told apart\n", NULL};
    expect_lines(lines_of(runs, false), tied);
}

Test(report_verdicts, few_processes_have_no_verdict_and_one_has_no_rank)
{
    struct run runs[RUNS];
    open_runs(runs, 4, 1000000, 100000, 1200000);
    char *text = lines_of(runs, false);
    cr_assert_str_eq(text, "fastest: cpu_persistent\n");
    free(text);
    open_runs(runs, 1, 1000000, 100000, 1200000);
    text = lines_of(runs, false);
    cr_assert_str_empty(text);
    free(text);
}

Test(report_verdicts, only_verified_runs_are_ranked)
{
    struct run runs[RUNS];
    open_runs(runs, 5, 1000000, 100000, 1200000);
    runs[1].verification.verdict = VERDICT_WRONG;
    const char *const parts[] = {"cpu_persistent: not ranked against cpu_per_token: wrong\n",
                                 "fastest: cpu_per_token\n", NULL};
    expect_lines(lines_of(runs, false), parts);
}

Test(report_verdicts, another_workload_has_its_own_fastest)
{
    struct run runs[RUNS];
    open_runs(runs, 5, 1000000, 100000, 1200000);
    runs[0].used.batch = runs[0].asked.batch = 77;
    const char *const parts[] = {"fastest of persistent_decode: cpu_persistent\n", NULL};
    expect_lines(lines_of(runs, false), parts);
}
