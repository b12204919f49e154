#include "../../kernels/inputs.h"
#include "../../src/document/expect.h"
#include "verified_run.h"

#include <math.h>
#include <unistd.h>

static struct error error;

#define HEAD    "{\"schema\":\"pdlab.expect/1\",\"expect\":["
#define WRITTEN "/tmp/pdlab-test-expect.json"
#define HEAD_2  "{\"schema\":\"pdlab.expect/2\",\"expect\":["
#define GRAPH   "{\"variant\":\"cpu_graph\",\"iteration_p50_ns\":1000"

static struct expectations expectations; /* the expectations that were read last */
static struct run run;

static void close_all(void)
{
    expect_free(&expectations);
    run_close(&run);
}

TestSuite(expect, .fini = close_all);

static bool parses(const char *text)
{
    error = (struct error){0};
    expect_free(&expectations);
    return expect_parse(text, strlen(text), "e.json", &expectations, &error);
}

static void refuses(const char *text, const char *sentence)
{
    cr_assert_not(parses(text), "took %s", text);
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_str_eq(error.text, sentence);
    cr_assert_null(expectations.entries);
}

/* Makes a verified run whose iterations all took `ns`. */
static void fill_run(struct run *to, const char *variant, uint64_t ns)
{
    open_verified(to, variant, NULL);
    to->used.threads = 3;
    record_times(to, METRIC_ITERATION, ns, ns > 0 ? 10 : 0);
}

/* Makes `run` a verified run of cpu_graph whose iterations all took `ns`. */
static void open_run(uint64_t ns)
{
    run_close(&run);
    fill_run(&run, "cpu_graph", ns);
}

/* Returns the verdict on one entry. Writes the entry's lines of the table to *table (free it). */
static enum expect_verdict judge(const char *text, char **table)
{
    const struct run *found;
    size_t length;
    assert_success(parses(text));
    enum expect_verdict verdict = expect_judge(expectations.entries, &run, 1, &found);
    FILE *out = open_memstream(table, &length);
    size_t slower = expect_print(out, "+-", &expectations, "here", &run, 1);
    fclose(out);
    cr_assert_eq(slower, verdict == EXPECT_SLOWER);
    return verdict;
}

static void expect_verdict(const char *text, enum expect_verdict verdict, const char *part)
{
    char *table;
    cr_assert_eq(judge(text, &table), verdict, "%s:\n%s", text, table);
    cr_assert(strstr(table, part), "no \"%s\" in:\n%s", part, table);
    free(table);
}

Test(expect, an_entry_contains_what_was_written)
{
    assert_success(
        parses("{\"schema\":\"pdlab.expect/1\",\"device\":{\"backend\":\"cpu\",\"name\":\"X\"},"
               "\"expect\":[" GRAPH ",\"tolerance\":0.25,\"knobs\":{\"BATCH\":3,"
               "\"THREADS\":\"auto\"}}," GRAPH "}]}"));
    cr_assert_str_eq(expectations.device, "X");
    cr_assert_eq(expectations.count, 2);
    const struct expectation *entry = expectations.entries;
    cr_assert_str_eq(entry->variant, "cpu_graph");
    cr_assert_eq(entry->iteration_p50_ns, 1000);
    cr_assert_eq(entry->tolerance, 0.25);
    cr_assert_eq(entry->knobs_set, KNOB_BIT(BATCH) | KNOB_BIT(THREADS));
    cr_assert_eq(entry->knobs.batch, 3);
    cr_assert_eq(entry->knobs.threads, KNOB_AUTO);
    cr_assert_eq(entry[1].tolerance, EXPECT_TOLERANCE);
    cr_assert_eq(entry[1].knobs_set, 0);
}

Test(expect, mistakes_are_one_sentence)
{
    refuses("", "e.json: line 1, column 1: the text is empty");
    refuses("{\"schema\":\"pdlab.run/1\"}",
            "e.json: line 1, column 11: schema: expected \"pdlab.expect/2\" or \"pdlab.expect/1\", "
            "found 'pdlab.run/1'");
    refuses("{\"schema\":\"pdlab.expect/1\"}",
            "e.json: line 1, column 1: expect: expected a list, found nothing");
    refuses(HEAD "]}", "e.json: line 1, column 37: expect: 0 entries; 1 to 1024 are accepted");
    refuses(HEAD "1]}", "e.json: line 1, column 38: expect[0]: expected an object, found 1");
    refuses(HEAD "{}]}",
            "e.json: line 1, column 38: expect[0].variant: expected a string, found nothing");
    refuses(HEAD "{\"variant\":\"x\"}]}", "e.json: line 1, column 38: expect[0].iteration_p50_ns: "
                                          "expected a whole number from 1 to 100000000000, "
                                          "found nothing");
    refuses(
        HEAD GRAPH "}," GRAPH ",\"tolerance\":10}]}",
        "e.json: line 1, column 145: expect[1].tolerance: expected a number from 0 to 1, found 10");
    refuses(HEAD GRAPH ",\"tolerence\":0.1}]}",
            "e.json: line 1, column 85: expect[0].tolerence: there is no such key in expectations; "
            "the nearest is "
            "tolerance");
    refuses(HEAD GRAPH ",\"spread\":0.1}]}",
            "e.json: line 1, column 85: expect[0].spread: there is no such key in expectations");
    refuses(HEAD_2 GRAPH ",\"spread\":0.1}]}",
            "e.json: line 1, column 38: expect[0].processes: expected the number of processes "
            "that the spread comes from, found nothing");
    refuses(HEAD_2 GRAPH ",\"spread\":0.1,\"processes\":1}]}",
            "e.json: line 1, column 110: expect[0].processes: expected a whole number from 2 to "
            "4096, found 1");
    refuses(
        HEAD_2 GRAPH ",\"spread\":-1,\"processes\":5}]}",
        "e.json: line 1, column 94: expect[0].spread: expected a number from 0 to 10, found -1");
    refuses(HEAD GRAPH ",\"knobs\":{\"BATHC\":1}}]}",
            "e.json: line 1, column 94: expect[0].knobs.BATHC: there is no such knob; the nearest "
            "is BATCH");
    refuses("{\"schema\":\"pdlab.expect/1\",\"device\":\"X\",\"expect\":[" GRAPH "}]}",
            "e.json: line 1, column 37: device: expected an object, found 'X'");
}

Test(expect, the_tolerance_is_the_limit)
{
    open_run(1100);
    run.noise.sigma = 0;
    expect_verdict(HEAD GRAPH "}]}", EXPECT_MET, "met (1.1 times the expected p50)");
    expect_verdict(HEAD GRAPH ",\"tolerance\":0.09}]}", EXPECT_SLOWER, "SLOWER (1.1 times");
    expect_verdict(HEAD "{\"variant\":\"cpu_graph\",\"iteration_p50_ns\":5000,\"tolerance\":0}]}",
                   EXPECT_MET, "met (0.22 times the expected p50)");
}

/* Adds processes whose medians are alternately half of `apart` below and above the run's median. */
static void add_processes(struct run *to, uint32_t count, double apart)
{
    const double p50_ns = (double)histogram_percentile(&to->histograms[METRIC_ITERATION], 0.5);
    for (uint32_t i = 0; i < count; i++)
        add_process(to, p50_ns * (1 + (i % 2 ? apart : -apart) / 2));
}

Test(expect, few_processes_use_the_devices_noise)
{
    open_run(1200);
    run.noise = (struct noise){.sigma = 0.05};
    expect_verdict(HEAD GRAPH "}]}", EXPECT_MET,
                   "1.20 us +-9.8 %  met (1.2 times the expected p50, within the noise)");
    run.noise.sigma = 0.03;
    expect_verdict(HEAD GRAPH "}]}", EXPECT_SLOWER,
                   "SLOWER (1.2 times the expected p50, at least 1.13");
    open_run(1250);
    run.noise = (struct noise){.sigma = 0.05};
    expect_verdict(HEAD GRAPH ",\"tolerance\":0.15}]}", EXPECT_MET, "within the noise");
    add_processes(&run, 4, 0);
    expect_verdict(HEAD GRAPH ",\"tolerance\":0.15}]}", EXPECT_SLOWER, "+-4.9 %  SLOWER");
}

Test(expect, five_processes_have_their_own_interval)
{
    const char *sharp = HEAD_2 GRAPH ",\"spread\":0.001,\"processes\":9}]}";
    const char *loose = HEAD_2 GRAPH ",\"spread\":0.3,\"processes\":5}]}";
    open_run(1150);
    run.noise.sigma = 1;
    add_processes(&run, 6, 0.01);
    expect_verdict(sharp, EXPECT_SLOWER, "SLOWER (1.15 times the expected p50, at least 1.14)");
    expect_verdict(loose, EXPECT_MET, "within the noise");
    expect_verdict(HEAD_2 GRAPH "}]}", EXPECT_SLOWER, "SLOWER");
    run.process_count = 4;
    expect_verdict(sharp, EXPECT_MET, "within the noise");
    open_run(1150);
    add_processes(&run, 6, 0.4);
    expect_verdict(sharp, EXPECT_MET, "within the noise");
}

/* An equally fast second build is rarely called slower, whatever its processes' noise. */
Test(expect, expected_speed_is_seldom_called_slower)
{
    unsigned slower = 0;
    for (uint32_t trial = 0; trial < 2000; trial++) {
        struct evidence before = {0};
        char text[256];
        double normal[10] = {0};
        for (uint32_t i = 0; i < 120; i++) /* a sum of twelve uniform values is nearly normal */
            normal[i / 12] += (double)input_element(trial, 0, 0, 0, i) / 2;
        open_run(1000000);
        for (uint32_t i = 0; i < 5; i++) {
            add_process(&run, 1e6 * exp(0.05 * normal[i]));
            evidence_add(&before, 1e6 * exp(0.05 * normal[5 + i]));
        }
        snprintf(text, sizeof text,
                 HEAD_2 "{\"variant\":\"cpu_graph\",\"iteration_p50_ns\":%.0f,\"tolerance\":0,"
                        "\"spread\":%.6f,\"processes\":5}]}",
                 exp(before.mean), sqrt(before.variance));
        char *table;
        slower += judge(text, &table) == EXPECT_SLOWER;
        free(table);
    }
    cr_assert_lt(slower, 2000 * 0.035, "%u of 2000: 2.5 %% are expected", slower);
    cr_assert_gt(slower, 2000 * 0.01, "%u of 2000: it never says so", slower);
}

/* Writes two runs as a file of expectations. Returns the messages (free them). */
static char *write_runs(const struct run *runs, bool writes)
{
    char *said;
    size_t length;
    FILE *out = open_memstream(&said, &length);
    cr_assert_eq(expect_write(out, WRITTEN, "here", runs, 2, &error), writes, "%s", error.text);
    fclose(out);
    return said;
}

Test(expect, measured_runs_are_written_and_pass)
{
    struct run runs[2];
    const struct run *found;
    fill_run(&runs[0], "cpu_graph", 100000);
    add_processes(&runs[0], 6, 0.02);
    runs[0].asked.threads = KNOB_AUTO;
    fill_run(&runs[1], "cpu_persistent", 5000);
    runs[1].verification.verdict = VERDICT_NONE;
    char *said = write_runs(runs, true);
    assert_success(expect_read(WRITTEN, &expectations, &error));
    unlink(WRITTEN);
    cr_assert_str_eq(said, "no expectation for cpu_persistent: unverified\n");
    cr_assert_str_eq(expectations.device, "here");
    cr_assert_eq(expectations.count, 1);
    const struct expectation *entry = expectations.entries;
    const struct evidence evidence = run_evidence(&runs[0]);
    cr_assert_str_eq(entry->variant, "cpu_graph");
    cr_assert_float_eq((double)entry->iteration_p50_ns, exp(evidence.mean), 1);
    cr_assert_float_eq(entry->spread, sqrt(evidence.variance), 1e-6);
    cr_assert_eq(entry->processes, 6);
    cr_assert_eq(entry->tolerance, EXPECT_TOLERANCE);
    cr_assert(entry->of_decode);
    cr_assert_eq(entry->knobs_set, runs[0].known->knobs & ~EXPECT_LENGTH_KNOBS);
    cr_assert_eq(entry->knobs.threads, KNOB_AUTO);
    cr_assert_eq(expect_judge(entry, runs, 2, &found), EXPECT_MET);
    free(said);

    runs[0].status = RUN_FAILED;
    free(write_runs(runs, false));
    cr_assert_eq(error.kind, ERROR_RUN);
    cr_assert_neq(access(WRITTEN, F_OK), 0);
    run_close(&runs[0]);
    run_close(&runs[1]);
}

/* pdlab.expect/1 stored whole iterations; pdlab.expect/2 stores what variants are ranked by. */
Test(expect, a_prefill_counts_if_it_was_measured)
{
    open_run(2000);
    record_times(&run, METRIC_DECODE, 1000, 10);
    expect_verdict(HEAD GRAPH "}]}", EXPECT_SLOWER, "SLOWER (2 times the expected");
    expect_verdict(HEAD_2 GRAPH "}]}", EXPECT_MET, "met (1 times the expected p50)");
}

Test(expect, wrong_runs_fail_and_slow_ones_are_slow)
{
    open_run(900);
    run.verification.verdict = VERDICT_NONE;
    expect_verdict(HEAD GRAPH "}]}", EXPECT_UNVERIFIED, "unverified");
    run.verification.verdict = VERDICT_WRONG;
    expect_verdict(HEAD GRAPH "}]}", EXPECT_UNVERIFIED, "wrong");
    open_run(2000);
    run.verification.verdict = VERDICT_NONE;
    expect_verdict(HEAD GRAPH "}]}", EXPECT_SLOWER, "SLOWER");
    open_run(0);
    run.status = RUN_FAILED;
    expect_verdict(HEAD GRAPH "}]}", EXPECT_UNMEASURED, "not met: failed");
}

Test(expect, only_named_and_read_knobs_matter)
{
    open_run(1000);
    expect_verdict(HEAD GRAPH ",\"knobs\":{\"SEQ_LEN\":32,\"THREADS\":\"auto\"}}]}", EXPECT_MET,
                   "met");
    expect_verdict(HEAD GRAPH ",\"knobs\":{\"THREADS\":3}}]}", EXPECT_MET, "met");
    expect_verdict(HEAD GRAPH ",\"knobs\":{\"ITERATIONS\":7,\"WARMUP\":9,\"BLOCK_K\":16}}]}",
                   EXPECT_MET, "met");
    expect_verdict(HEAD GRAPH ",\"knobs\":{\"THREADS\":4}}]}", EXPECT_OTHER_KNOBS,
                   "run with THREADS 3, not 4");
    expect_verdict(HEAD GRAPH ",\"knobs\":{\"SEQ_LEN\":64}}]}", EXPECT_OTHER_KNOBS,
                   "run with SEQ_LEN 32, not 64");
    expect_verdict(HEAD "{\"variant\":\"cpu_per_token\",\"iteration_p50_ns\":1}]}", EXPECT_NOT_RUN,
                   "not run");
}

Test(expect, a_file_about_something_else_is_named_with_the_reason)
{
    open_run(0);
    cr_assert(parses(HEAD GRAPH ",\"knobs\":{\"SEQ_LEN\":64}},"
                                "{\"variant\":\"other\",\"iteration_p50_ns\":1}]}"));
    cr_assert_not(expect_applies(&expectations, &run, 1, "e.json", &error));
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_str_eq(error.text, "e.json: none of its 2 expectations matches this run; the first: "
                                 "'cpu_graph' is run with SEQ_LEN 32, not 64");
    run.asked.seq_len = run.used.seq_len = 64;
    cr_assert(expect_applies(&expectations, &run, 1, "e.json", &error));
    run.status = RUN_SKIPPED;
    cr_assert_not(expect_applies(&expectations, &run, 1, "e.json", &error));
}

Test(expect, another_device_is_reported)
{
    open_run(1000);
    const char *text = "{\"schema\":\"pdlab.expect/1\",\"device\":{\"name\":\"H100\"},"
                       "\"expect\":[" GRAPH "}]}";
    expect_verdict(text, EXPECT_MET, "expectations are for another device, H100; this is here");
    char *table;
    judge("{\"schema\":\"pdlab.expect/1\",\"device\":{\"name\":\"here\"},\"expect\":[" GRAPH "}]}",
          &table);
    cr_assert_null(strstr(table, "another device"));
    free(table);
}
