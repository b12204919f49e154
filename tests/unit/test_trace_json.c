#include "../../src/document/document.h"
#include "../../src/document/trace_json.h"
#include "one_run.h"

#include <unistd.h>

TestSuite(trace_json, .init = open_run, .fini = close_run);

/* The trace.json of an iteration of two programs and two steps; malloc. */
static char *write_trace(bool phased)
{
    static const struct stamp stamps[2][2] = {{{100, 200}, {210, 300}}, {{100, 190}, {205, 290}}};
    static const struct phase phases[2][2] = {{{1, 2}, {3, 4}}, {{5, 6}, {7, 4000000000}}};
    const struct document document = {.run_id = "20261124T080000Z-0001"};
    char path[] = "/tmp/pdlab-trace-XXXXXX", *text = calloc(1, 65536);
    struct timeline timeline;
    struct error error = {0};
    close(mkstemp(path));
    cr_assert(trace_take(&run.typical, stamps[0], phased ? phases[0] : NULL, 2, 2, 2, 50, 400));
    if (phased) {
        static const struct operation list[2] = {{"QKV", 0}, {"head", OPERATION_NO_LAYER}};
        static const struct operation_stamp operations[2][2] = {
            {{210, 250, {1, 11}}, {260, 300, {0, 12}}}, {{205, 230, {0, 13}}, {0, 0, {0, 0}}}};
        const struct stamp_batch batch = {.programs = 2, .operations = operations[0]};
        cr_assert(trace_take_operations(&run.typical, list, 2, &batch, 50));
    }
    cr_assert(timeline_build(&timeline, &run, &run.typical, NULL));
    const struct trace_part part = {"typical iteration", &timeline};
    assert_success(trace_json_write(path, &document, &run, "a test", &part, 1, &error));
    timeline_close(&timeline);
    FILE *file = fopen(path, "r");
    cr_assert_gt(fread(text, 1, 65535, file), 0);
    fclose(file);
    remove(path);
    return text;
}

Test(trace_json, a_step_of_a_program_has_its_waits)
{
    char *text = write_trace(true);
    assert_contains(text, "\"data_wait_ns\":3,\"barrier_wait_ns\":4");
    assert_contains(text, "\"data_wait_ns\":7,\"barrier_wait_ns\":4000000000");
    free(text);
    text = write_trace(false);
    cr_assert_null(strstr(text, "wait_ns"), "%s", text);
    free(text);
}

Test(trace_json, the_iteration_has_the_means_of_all_steps)
{
    run.breakdown = (struct breakdown){.steps = 2, .step_ns = 200, .gap_ns = 50};
    char *text = write_trace(false);
    assert_contains(text, "\"mean_step_ns\":100,\"mean_gap_ns\":25,\"mean_busy_ns\":75");
    free(text);
    run.breakdown.phased = 2;
    run.breakdown.barrier_ns = 20;
    text = write_trace(true);
    assert_contains(text, "\"mean_barrier_wait_ns\":10,\"mean_compute_ns\":65");
    free(text);
}

/* Operations are within the last step of each program that had a part in them. */
Test(trace_json, operations_are_slices_of_the_last_step)
{
    char *text = write_trace(true);
    const char *qkv = strstr(text, "\"name\":\"QKV 0\",\"cat\":\"operation\"");
    cr_assert_not_null(qkv, "%s", text);
    assert_contains(qkv, "\"ts\":0.160,\"dur\":0.040");
    assert_contains(qkv, "\"data_wait_ns\":1,\"barrier_wait_ns\":11");
    const char *head = strstr(text, "\"name\":\"head\"");
    cr_assert_not_null(head, "%s", text);
    cr_assert_null(strstr(head + 1, "\"name\":\"head\""));
    free(text);
}
