#include "../../kernels/clock.h"
#include "../../kernels/cpu/cpu.h"
#include "../../kernels/model.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/ledger.h"
#include "../../src/engine/operations.h"
#include "../../src/engine/targets.h"
#include "../../src/engine/timeline_parts.h"
#include "../../src/engine/turn.h"
#include "../../src/engine/turn_trace.h"
#include "../../ui/model/operation_signs.h"
#include "random.h"
#include "unit.h"

#define PROGRAMS   3u
#define OPERATIONS 4u /* per step */
#define STEPS      2u

/* Two layers of two operations; both "B" are one kind. */
static const struct operation list[OPERATIONS] = {
    {"A", 0}, {"B", 0}, {"B", 1}, {"head", OPERATION_NO_LAYER}};

static struct operation_stamp table[PROGRAMS * OPERATIONS];
static struct stamp stamps[PROGRAMS * STEPS];

static void stamp(uint32_t program, uint32_t i, uint64_t begin_ns, uint64_t end_ns,
                  uint32_t data_ns, uint32_t barrier_ns)
{
    table[program * OPERATIONS + i] =
        (struct operation_stamp){begin_ns, end_ns, {data_ns, barrier_ns}};
}

static struct stamp_batch batch_of(uint32_t steps)
{
    return (struct stamp_batch){.stamps = stamps,
                                .stride = STEPS,
                                .programs = PROGRAMS,
                                .count = steps,
                                .rows_run = steps,
                                .operations = table};
}

/* Step 0 ends at 1000. The table has the operations of step 1. Program 2 has a part in the head
 * only. */
static void fill(void)
{
    memset(table, 0, sizeof table);
    memset(stamps, 0, sizeof stamps);
    stamps[0 * STEPS] = (struct stamp){100, 900};
    stamps[1 * STEPS] = (struct stamp){100, 1000};
    /* Program 0 waits for 110 ns from 900 on; 10 of these ns are after the end of step 0. */
    stamp(0, 0, 1010, 1100, 30, 110);
    stamp(1, 0, 1020, 1090, 10, 20);
    stamp(0, 1, 1120, 1200, 0, 5); /* of the 20 ns before it, 5 are a wait and 15 a gap */
    stamp(1, 1, 1110, 1190, 0, 20);
    stamp(0, 2, 1210, 1190, 0, 0);
    stamp(1, 2, 1195, 1199, 0, 0); /* ends before program 0 ends operation 1 */
    table[0 * OPERATIONS + 2] = (struct operation_stamp){0};
    stamp(2, 3, 1300, 1500, 500, 0); /* a data wait longer than the operation */
    for (uint32_t p = 0; p < PROGRAMS; p++)
        stamps[p * STEPS + 1] = (struct stamp){1010, 1500};
}

TestSuite(operations, .init = fill);

static void expect(const struct operation_sums *sums, uint32_t count, uint64_t ns, uint64_t gap_ns,
                   uint64_t data_ns, uint64_t barrier_ns)
{
    cr_assert_not_null(sums);
    cr_assert_eq(sums->count, count);
    cr_assert_eq(sums->ns, ns);
    cr_assert_eq(sums->gap_ns, gap_ns);
    cr_assert_eq(sums->data_ns, data_ns);
    cr_assert_eq(sums->barrier_ns, barrier_ns);
}

Test(operations, the_program_that_ends_last_determines_an_operation)
{
    struct operations sums = {0};
    const struct stamp_batch batch = batch_of(STEPS);
    operations_add(&sums, list, OPERATIONS, &batch, 0);
    cr_assert_eq(sums.steps, 1);
    cr_assert_eq(sums.count, 3);
    expect(operations_find(&sums, "A"), 1, 100, 0, 30, 10);
    expect(operations_find(&sums, "B"), 2, 100, 15, 0, 5);
    expect(operations_find(&sums, "head"), 1, 300, 100, 200, 0);
    cr_assert_eq(operations_ns(&sums), 500, "from the end of step 0 at 1000 to 1500");
    cr_assert_null(operations_find(&sums, "C"));
}

Test(operations, a_single_step_begins_with_its_first_operation)
{
    struct operations sums = {0};
    struct stamp_batch batch = batch_of(1);
    operations_add(&sums, list, OPERATIONS, &batch, 0);
    cr_assert_eq(operations_ns(&sums), 490, "from 1010");
    /* The same is true if the stamps of the previous step are no longer kept. */
    sums = (struct operations){0};
    batch = batch_of(STEPS);
    batch.rows_run = 100;
    operations_add(&sums, list, OPERATIONS, &batch, 0);
    cr_assert_eq(operations_ns(&sums), 490);
}

Test(operations, long_steps_and_iterations_without_operations_are_left_out)
{
    struct operations sums = {0};
    struct stamp_batch batch = batch_of(STEPS);
    operations_add(&sums, list, OPERATIONS, &batch, 499);
    cr_assert_eq(sums.steps, 0);
    operations_add(&sums, list, OPERATIONS, &batch, 500);
    cr_assert_eq(sums.steps, 1);
    batch.operations = NULL;
    operations_add(&sums, list, OPERATIONS, &batch, 0);
    cr_assert_eq(sums.steps, 1);
    batch = batch_of(STEPS);
    memset(table, 0, sizeof table);
    operations_add(&sums, list, OPERATIONS, &batch, 0);
    cr_assert_eq(sums.steps, 1, "no program had a part in any operation");
}

/* Whatever the clocks read, operations add up to the step, and no operation is shorter than its
 * parts. */
Test(operations, add_up_to_any_step)
{
    uint64_t source = 11;
    for (int round = 0; round < 2000; round++) {
        struct operations sums = {0};
        const struct stamp_batch batch = batch_of(STEPS);
        uint64_t end_ns = 0;
        memset(stamps, 0, sizeof stamps);
        memset(table, 0, sizeof table);
        for (uint32_t p = 0; p < PROGRAMS; p++) {
            uint64_t now = 1000 + random_below(&source, 300);
            stamps[p * STEPS] = (struct stamp){now, 1000};
            for (uint32_t i = 0; i < OPERATIONS; i++) {
                const uint64_t begin = now + random_below(&source, 200) - 50;
                if (random_below(&source, 5) > 0)
                    stamp(p, i, begin, begin + random_below(&source, 300),
                          (uint32_t)random_below(&source, 400),
                          (uint32_t)random_below(&source, 400));
                now = begin + random_below(&source, 200);
                if (table[p * OPERATIONS + i].end_ns > end_ns)
                    end_ns = table[p * OPERATIONS + i].end_ns;
            }
        }
        operations_add(&sums, list, OPERATIONS, &batch, 0);
        cr_assert_eq(operations_ns(&sums), end_ns > 1000 ? end_ns - 1000 : 0);
        for (uint32_t i = 0; i < sums.count; i++)
            cr_assert_leq(sums.of[i].gap_ns + sums.of[i].data_ns + sums.of[i].barrier_ns,
                          sums.of[i].ns);
    }
}

Test(operations, merge_by_name)
{
    struct operations to = {0}, from = {0};
    const struct stamp_batch batch = batch_of(STEPS);
    operations_add(&from, list, OPERATIONS, &batch, 0);
    operations_merge(&to, &from);
    cr_assert_arr_eq(&to, &from, sizeof to);
    operations_merge(&to, &from);
    cr_assert_eq(to.steps, 2);
    expect(operations_find(&to, "B"), 2, 200, 30, 0, 10);
}

Test(operations, further_names_share_the_last_place)
{
    static struct operation many[OPERATIONS_KINDS + 8];
    static struct operation_stamp of[OPERATIONS_KINDS + 8];
    const uint32_t count = OPERATIONS_KINDS + 8;
    struct operations sums = {0};
    for (uint32_t i = 0; i < count; i++) {
        snprintf(many[i].name, sizeof many[i].name, "op %u", i);
        of[i] = (struct operation_stamp){100 + i * 10, 110 + i * 10, {0, 0}};
    }
    const struct stamp_batch batch = {.programs = 1, .rows_run = 1, .operations = of};
    operations_add(&sums, many, count, &batch, 0);
    cr_assert_eq(sums.count, OPERATIONS_KINDS);
    expect(operations_find(&sums, "others"), 9, 90, 0, 0, 0);
    cr_assert_eq(operations_ns(&sums), count * 10);
}

Test(operations, text_names_the_most_expensive_ones_first)
{
    struct operations sums = {.steps = 10,
                              .count = 3,
                              .of = {{"QKV", 2, 20000, 0, 0, 0},
                                     {"gate, up", 2, 50000, 0, 0, 0},
                                     {"head", 1, 30000, 0, 0, 0}}};
    char text[128];
    cr_assert_str_eq(operations_text(&sums, 2, text, sizeof text),
                     "gate, up 5.00 us (50 %); head 3.00 us (30 %)");
    sums = (struct operations){0};
    cr_assert_str_eq(operations_text(&sums, 2, text, sizeof text), "");
}

/* ---- the timeline --------------------------------------------------------------------------- */

/* In the last step, the lane of a program is busy only within its operations. */
Test(operations, a_timeline_draws_them_and_nothing_between_them)
{
    struct run run = {.variant = "some_variant", .facts.launches_per_iteration = 1};
    const struct stamp_batch batch = batch_of(STEPS);
    struct trace trace = {0}, copy = {0};
    struct timeline timeline;
    struct timeline_parts parts;
    cr_assert(trace_take(&trace, stamps, NULL, STEPS, STEPS, PROGRAMS, 50, 1600));
    cr_assert(trace_take_operations(&trace, list, OPERATIONS, &batch, 50));
    cr_assert(trace_copy(&copy, &trace));
    trace_close(&trace);
    cr_assert_eq(copy.operations.count, OPERATIONS);
    cr_assert_eq(copy.operations.stamps[3 + 2 * OPERATIONS].end_ns, 1450, "since the submission");
    cr_assert_eq(copy.operations.stamps[0 + 2 * OPERATIONS].end_ns, 0);
    cr_assert(timeline_build(&timeline, &run, &copy, NULL));
    cr_assert(timeline_parts_build(&parts, &timeline, &run.facts, &copy));
    uint64_t busy_ns = 0, waits_ns = 0;
    uint32_t operations = 0;
    for (size_t i = 0; i < timeline.event_count; i++)
        operations += timeline.events[i].kind == TIMELINE_OPERATION;
    for (size_t i = 0; i < parts.count; i++) {
        const struct timeline_part *part = &parts.list[i];
        if (part->event->kind != TIMELINE_OPERATION)
            continue;
        busy_ns += part->kind == LANE_BUSY ? part->end_ns - part->begin_ns : 0;
        waits_ns += part->kind == LANE_DATA_WAIT ? part->end_ns - part->begin_ns : 0;
        cr_assert(part->kind != LANE_BUSY || part->begin_ns >= part->event->begin_ns);
        cr_assert(i == 0 || parts.list[i - 1].event->lane != part->event->lane ||
                  parts.list[i - 1].end_ns <= part->begin_ns);
    }
    cr_assert_eq(operations, 6, "all operations but those without a part of the program");
    cr_assert_eq(busy_ns, 60 + 60 + 80 + 80 + 4, "the head only waits for data");
    cr_assert_eq(waits_ns, 30 + 10 + 200);
    cr_assert_eq(operation_table_kind(&copy.operations, 2), 1);
    timeline_parts_close(&parts);
    timeline_close(&timeline);
    trace_close(&copy);
}

static void do_nothing(void *context, bool stalled)
{
    (void)context;
    (void)stalled;
}

/* A variant on real threads: the run has its operations, which last no longer than its steps. */
Test(operations, are_measured_on_threads, .init = clock_start, .timeout = 60)
{
    static struct turn turn;
    static struct run run;
    struct knobs knobs = knobs_defaults();
    struct device_info device;
    struct error error = {0};
    struct plan plan;
    uint32_t stop = 0;
    knobs.model = MODEL_TINY;
    knobs.context = 20;
    knobs.seq_len = 4;
    knobs.batch = 1;
    knobs.phases = 1;
    cr_assert(cpu_device.open(0, &device, &error) && run_open(&run));
    const struct variant *variant = variant_find("cpu_model_persistent");
    assert_success(variant_plan(variant, &knobs, &device, &plan, &error));
    run_begin(&run, variant, &knobs, &plan.used, 1);
    assert_success(turn_begin(&turn, &run, &plan, &device, &stop, &error));
    turn.check_due = false;
    turn.warm_left = 0;
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(
            turn_iterate(&turn, &stop, NULL, (struct turn_watch){.call = do_nothing}, &error),
            TURN_ITERATED);
        turn_trace_keep_slowest(&turn);
        cr_assert_null(run.facts.operations, "the list is freed with the variant's state");
    }
    turn_end(&turn);
    cr_assert_gt(run.operations.steps, 0);
    cr_assert_leq(run.operations.steps, 18, "one iteration has no stamps, another one no phases");
    cr_assert_eq(operations_find(&run.operations, "gate, up")->count, 4);
    cr_assert_eq(operations_find(&run.operations, "head")->count, 1);
    cr_assert_eq(run.slowest.operations.count, 21);
    cr_assert_eq(run.slowest.operations.programs, run.facts.programs);
    cr_assert_leq(run.slowest.operations.stamps[20].end_ns, run.slowest.iteration_ns);
    cr_assert_geq(run.slowest.operations.stamps[0].begin_ns, run.slowest.stamps[2].end_ns);
    run_close(&run);
}

/* ---- signs ---------------------------------------------------------------------------------- */

Test(operations, every_name_has_its_own_letter)
{
    static struct operation many[40];
    struct operation_signs signs = {0};
    struct operation_table all = {.count = 40, .list = many};
    static const char *const names[] = {"QKV", "attention", "O", "gate, up", "Q", "K/V append"};
    for (uint32_t i = 0; i < 40; i++)
        snprintf(many[i].name, sizeof many[i].name, "%s", i < 6 ? names[i] : "");
    for (uint32_t i = 6; i < 40; i++)
        snprintf(many[i].name, sizeof many[i].name, "Q%u", i);
    operation_signs_add(&signs, &all);
    operation_signs_add(&signs, &all);
    cr_assert_eq(signs.count, OPERATIONS_KINDS);
    cr_assert_str_eq(operation_sign(&signs, "QKV"), "Q");
    cr_assert_str_eq(operation_sign(&signs, "attention"), "A");
    cr_assert_str_eq(operation_sign(&signs, "K/V append"), "K");
    cr_assert_str_eq(operation_sign(&signs, "unheard of"), "");
    for (uint32_t i = 0; i < signs.count; i++)
        for (uint32_t j = 0; j < i; j++)
            cr_assert_neq(signs.of[i].letter[0], signs.of[j].letter[0]);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

Test(operations, the_ledger_adds_up_to_the_bytes_of_a_step)
{
    struct knobs knobs = knobs_defaults();
    for (int64_t model = MODEL_TINY; model <= MODEL_QWEN3_0_6B; model++) {
        struct workload_bytes rows[WORKLOAD_LEDGER_MOST];
        uint64_t sum = 0;
        knobs.model = model;
        knobs.batch = 3;
        const uint32_t count = workload_model.ledger(&knobs, rows);
        cr_assert_leq(count, WORKLOAD_LEDGER_MOST);
        for (uint32_t i = 0; i < count; i++)
            sum += rows[i].bytes;
        cr_assert_eq(sum, workload_model.step_bytes(&knobs));
    }
}

Test(operations, the_ledger_in_a_line)
{
    struct run run = {.ledger_count = 3,
                      .ledger = {{"weights", 1950000000}, {"head", 525000000}, {"embedded", 4096}}};
    char text[96];
    cr_assert_str_eq(ledger_text(&run, text, sizeof text),
                     "2.48 GB a step: 1.95 weights, 0.53 head");
    run.ledger_count = 0;
    cr_assert_str_eq(ledger_text(&run, text, sizeof text), "");
}
