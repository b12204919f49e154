#include "cpu_bench.h"

static struct knobs make_knobs(int64_t chunks, int64_t elems, int64_t streams, int64_t cap)
{
    struct knobs knobs = dot_knobs(3, 31, 64, 2);
    knobs.prefill_chunks = chunks;
    knobs.prefill_chunk_elems = elems;
    knobs.prefill_streams = streams;
    knobs.max_in_flight = cap;
    knobs.overlap = 1;
    knobs.copy_delay_ns = 2000;
    return knobs;
}

static const struct variant *const pair[] = {&cpu_prefill_decode_baseline,
                                             &cpu_prefill_decode_shaped};

TestSuite(cpu_prefill, .fini = release);

/* Each chunk is copied and then computed, within the iteration. At most `cap` copies overlap; 0:
 * any number. */
static void check_spans(const struct stamp_batch *batch, uint32_t cap)
{
    const uint32_t chunks = (uint32_t)bench.knobs.prefill_chunks;
    uint32_t copies = 0, computes = 0;
    for (uint32_t i = 0; i < batch->span_count; i++) {
        const struct prefill_span *span = &batch->spans[i];
        uint32_t at_once = 0;
        cr_assert_leq(submitted_ns, span->begin_ns);
        cr_assert_leq(span->begin_ns, span->end_ns);
        cr_assert_leq(span->end_ns, batch->synchronised_ns);
        copies += span->kind == SPAN_COPY;
        computes += span->kind == SPAN_COMPUTE;
        for (uint32_t j = 0; span->kind == SPAN_COPY && j < batch->span_count; j++) {
            const struct prefill_span *other = &batch->spans[j];
            at_once += other->kind == SPAN_COPY && other->begin_ns <= span->begin_ns &&
                       span->begin_ns < other->end_ns;
            if (other->kind == SPAN_COMPUTE && other->chunk == span->chunk)
                cr_assert_leq(span->end_ns, other->begin_ns);
        }
        if (cap > 0)
            cr_assert_leq(at_once, cap);
        if (span->kind == SPAN_COPY)
            cr_assert_geq(span->end_ns - span->begin_ns, bench.knobs.copy_delay_ns);
    }
    cr_assert_eq(copies, chunks);
    cr_assert_eq(computes, chunks);
    cr_assert_geq(batch->in_flight_most, 1);
    if (cap > 0)
        cr_assert_leq(batch->in_flight_most, cap);
}

static void run_iterations(const struct variant *variant, const struct knobs *knobs, uint32_t cap)
{
    prepare(variant, knobs);
    cr_assert_eq(bench.facts.prefill_bytes,
                 8 * (uint64_t)(knobs->prefill_chunks * knobs->prefill_chunk_elems));
    for (int i = 0; i < 5; i++) {
        const struct stamp_batch last = iterate_and_keep((uint32_t)knobs->seq_len, true);
        cr_assert_eq(kept.rows, knobs->seq_len);
        check_steps(last.synchronised_ns);
        check_spans(&last, cap);
        check_parts(&bench, bench.knobs.batch, 1, 2e-6);
    }
}

Test(cpu_prefill, right_in_every_shape, .init = clock_start, .timeout = 60)
{
    static const int64_t chunks[] = {1, 3, 17}, elems[] = {4, 1028}, streams[] = {1, 4},
                         caps[] = {0, 1, 2, 5};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 2; j++)
            for (size_t k = 0; k < 2; k++)
                for (size_t m = 0; m < 4; m++) {
                    struct knobs knobs = make_knobs(chunks[i], elems[j], streams[k], caps[m]);
                    knobs.overlap = (i + m) % 2 == 0;
                    run_iterations(pair[0], &knobs, 1);
                    run_iterations(pair[1], &knobs, (uint32_t)caps[m]);
                }
}

Test(cpu_prefill, the_decode_begins_after_the_prefill, .init = clock_start, .timeout = 20)
{
    struct knobs knobs = make_knobs(5, 4096, 2, 2);
    knobs.overlap = 0;
    for (int i = 0; i < 2; i++) {
        prepare(pair[i], &knobs);
        const struct stamp_batch last = iterate_and_keep((uint32_t)knobs.seq_len, true);
        for (uint32_t s = 0; s < last.span_count; s++)
            for (uint32_t p = 0; last.spans[s].kind != SPAN_SUBMIT && p < kept.programs; p++)
                if (kept.stamps[(size_t)p * kept.room].end_ns != 0)
                    cr_assert_leq(last.spans[s].end_ns,
                                  kept.stamps[(size_t)p * kept.room].begin_ns);
    }
}

Test(cpu_prefill, a_decode_alone_has_no_prefill, .init = clock_start, .timeout = 20)
{
    const struct knobs knobs = make_knobs(3, 64, 2, 2);
    for (int i = 0; i < 2; i++) {
        prepare(pair[i], &knobs);
        assert_success(bench.variant->ops->submit_decode(bench.state, true, &error));
        const struct stamp_batch last = finish(&bench, NULL);
        cr_assert_eq(last.span_count, 0);
        cr_assert_eq(bench.variant->ops->count_nan(bench.state), 3 * 64,
                     "the poison in dst, and nothing else");
    }
}

Test(cpu_prefill, stops_between_chunks, .init = clock_start, .timeout = 20)
{
    struct knobs knobs = make_knobs(4096, 64, 2, 1);
    knobs.copy_delay_ns = 10000000; /* 40 s of chunks */
    for (int i = 0; i < 2; i++) {
        struct stamp_batch batch;
        prepare(pair[i], &knobs);
        submit(&bench, true);
        cr_assert_eq(poll_bench(&bench, &batch), POLL_RUNNING);
        raise_stop(&bench, 1);
        finish(&bench, NULL);
        cr_assert_gt(bench.variant->ops->count_nan(bench.state), 0, "some chunks are missing");
    }
}

Test(cpu_prefill, refuses_gpu_only_knobs, .init = clock_start)
{
    struct knobs knobs = make_knobs(3, 64, 2, 2);
    const struct device_info device = {.units = 4, .memory_free_bytes = 1 << 20};
    knobs.prefill_source = SOURCE_HOST;
    expect_refusal(pair[1], &knobs, &device, "PREFILL_SOURCE host needs a GPU");
    knobs.prefill_source = SOURCE_PEER;
    expect_refusal(pair[0], &knobs, &device, "PREFILL_SOURCE peer needs a GPU");
    knobs.prefill_source = SOURCE_DEVICE;
    knobs.prefill_chunk_elems = 1 << 20;
    expect_refusal(pair[0], &knobs, &device, "PREFILL_CHUNKS 3, PREFILL_CHUNK_ELEMS 1048576 needs");
}
