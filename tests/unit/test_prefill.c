#include "../../src/engine/prefill.h"
#include "../../src/engine/targets.h"
#include "random.h"
#include "traces.h"
#include "unit.h"

static struct run run;

/* Two programs, two steps: the first step from 1,000 to 1,200, the second until 1,400. */
static struct stamp stamps[2][2] = {{{1000, 1150}, {1210, 1400}}, {{1050, 1200}, {1220, 1390}}};

static struct prefill_figures figures;

/* Computes the figures of an iteration with these spans. False: it has none. */
static bool compute(struct prefill_span *spans, uint32_t count)
{
    struct trace trace = trace_of(stamps[0], 2, 2, 5000);
    trace.span_count = trace.spans_run = count;
    trace.spans = spans;
    return prefill_figures_of(&run, &trace, &figures);
}

Test(prefill, figures_follow_the_definition)
{
    struct prefill_span spans[] = {
        {0, 50, SPAN_SUBMIT, 0, SPAN_PREFILL},
        {200, 600, SPAN_COPY, 0, 0},
        {600, 1100, SPAN_COMPUTE, 0, 0},
    };
    cr_assert(compute(spans, 3));
    cr_assert_eq(figures.prefill_ns, 1100 - 200);
    cr_assert_eq(figures.hidden_ns, 1100 - 1000, "the decode ran from 1,000 to 1,400");
    cr_assert_eq(figures.start_ns, 200);
    cr_assert_eq(figures.before_ns, 1000 - 200);
    cr_assert_eq(figures.first_step_ns, 1200 - 1000);
}

Test(prefill, a_decode_that_begins_first_has_nothing_before_it)
{
    struct prefill_span spans[] = {{1300, 3000, SPAN_COPY, 0, 0}};
    cr_assert(compute(spans, 1));
    cr_assert_eq(figures.start_ns, 1000);
    cr_assert_eq(figures.before_ns, 0);
    cr_assert_eq(figures.hidden_ns, 1400 - 1300);
}

Test(prefill, without_chunks_there_are_no_figures)
{
    struct prefill_span spans[] = {{0, 50, SPAN_SUBMIT, 0, SPAN_DECODE}};
    cr_assert_not(compute(spans, 1));
    cr_assert_eq(prefill_gb_per_s(&run), 0);
}

/* The parts of TTFT end with the first step, whether the prefill or the decode began first. In a
 * free-running run, no step of the batch has an end. */
Test(prefill, the_parts_of_ttft_add_up)
{
    uint64_t state = 3;
    for (int round = 0; round < 200; round++) {
        struct prefill_span spans[] = {{random_below(&state, 2000), 0, SPAN_COPY, 0, 0}};
        spans[0].end_ns = spans[0].begin_ns + 1 + random_below(&state, 3000);
        run.facts.free_running = round % 4 == 0;
        cr_assert(compute(spans, 1));
        cr_assert_eq(figures.start_ns + figures.before_ns + figures.first_step_ns,
                     run.facts.free_running ? 0 : 1200);
        cr_assert_leq(figures.hidden_ns, figures.prefill_ns);
    }
}

Test(prefill, the_cap_is_the_smaller_limit)
{
    run.named = KNOB_BIT(MAX_IN_FLIGHT) | KNOB_BIT(PREFILL_STREAMS);
    run.used.max_in_flight = 5;
    run.used.prefill_streams = 3;
    cr_assert_eq(prefill_cap(&run), 3);
    run.used.max_in_flight = 2;
    cr_assert_eq(prefill_cap(&run), 2);
    run.used.max_in_flight = 0;
    cr_assert_eq(prefill_cap(&run), 0, "unshaped");
    run.used.max_in_flight = 2;
    run.named = KNOB_BIT(PREFILL_STREAMS);
    cr_assert_eq(prefill_cap(&run), 0, "its variant does not read MAX_IN_FLIGHT");
    run.known = variant_find("cpu_prefill_decode_shaped");
    cr_assert_eq(prefill_cap(&run), 0,
                 "its variant reads MAX_IN_FLIGHT, which its document does not name");
    run.named |= KNOB_BIT(MAX_IN_FLIGHT);
    cr_assert_eq(prefill_cap(&run), 2);
}
