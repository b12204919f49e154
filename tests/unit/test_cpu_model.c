/* The CPU variants of `model`, and their shared arithmetic. */

#include "../../kernels/cpu/lab_model.h"
#include "../../kernels/model_reference.h"
#include "cpu_bench.h"

#include <math.h>

static const struct variant *const both[] = {&cpu_model_per_op, &cpu_model_persistent};

static const struct knobs usual = {
    .model = MODEL_TINY,
    .layers = 2,
    .batch = 2,
    .context = 20,
    .seq_len = 4,
    .stamps = 1,
    .seed = 42,
    .threads = 2,
    .spin_ns = KNOB_AUTO,
};

TestSuite(cpu_model, .fini = release);

/* Runs an iteration; returns one part of the output; malloc. */
static float *run_part(const struct variant *variant, const struct knobs *knobs, uint32_t part)
{
    prepare(variant, knobs);
    iterate(&bench, LOOK_STAMPS);
    return output_of(&bench, part);
}

static size_t part_bytes_of(const struct knobs *knobs)
{
    const struct workload_part shape = workload_model.part(knobs, 0);
    return (size_t)shape.rows * shape.columns * sizeof(float);
}

/* ---- output --------------------------------------------------------------------------------- */

/* With fp32 activations, the error is far below the tolerance, which allows for bf16 activations.
 */
static void check_output(void)
{
    check_parts(&bench, bench.knobs.batch, 1, 1e-2);
}

/* The output was poisoned, and so were the cache rows that no step had appended yet. */
Test(cpu_model, right_in_odd_shapes, .init = clock_start, .timeout = 120)
{
    static const int64_t contexts[] = {0, 1, 63, 64, 100}, steps[] = {1, 5, 2};
    unsigned turn = 0;
    for (int64_t batch = 1; batch <= 8; batch++)
        for (int i = 0; i < 5; i++)
            for (int v = 0; v < 2; v++, turn++) {
                struct knobs knobs = usual;
                force_path(turn);
                knobs.batch = batch;
                knobs.context = contexts[i];
                knobs.seq_len = steps[turn % 3];
                knobs.layers = 1 + turn % 4;
                knobs.threads = 1 + turn / 2 % 4;
                knobs.seed = turn;
                prepare(both[v], &knobs);
                iterate(&bench, LOOK_STAMPS);
                check_output();
            }
}

/* The default knobs. */
Test(cpu_model, the_default_is_the_whole_tiny_model, .init = clock_start, .timeout = 60)
{
    const struct knobs knobs = {.model = KNOB_AUTO,
                                .layers = KNOB_AUTO,
                                .batch = 8,
                                .context = 1024,
                                .seq_len = 32,
                                .threads = KNOB_AUTO,
                                .spin_ns = KNOB_AUTO,
                                .seed = 42};
    prepare(&cpu_model_persistent, &knobs);
    cr_assert_eq(bench.knobs.model, MODEL_TINY);
    cr_assert_eq(bench.knobs.layers, 4);
    iterate(&bench, LOOK_NOTHING);
    float *rows = output_of(&bench, 7);
    struct workload_sum sum = {0};
    cr_assert_lt(part_compare(&workload_model, &bench.knobs, 7, rows, &sum), 1e-2);
    free(rows);
}

/* Both variants choose the same tokens, every time and with any number of threads. */
Test(cpu_model, tokens_are_always_the_same, .init = clock_start, .timeout = 60)
{
    struct knobs knobs = usual;
    knobs.seq_len = 24;
    const struct model_shape shape = model_shape_of(&knobs);
    const uint32_t columns = model_output_columns(&shape);
    float *first = run_part(both[0], &knobs, 1);
    uint32_t different = 0;
    for (int i = 1; i < 6; i++) {
        knobs.threads = 1 + i % 3;
        float *rows = run_part(both[i % 2], &knobs, 1);
        for (uint32_t t = 0; t < 24; t++)
            cr_assert_eq(rows[t * columns], first[t * columns], "step %u", t);
        free(rows);
    }
    for (uint32_t t = 1; t < 24; t++)
        different += first[t * columns] != first[(t - 1) * columns];
    cr_assert_gt(different, 12, "it does not repeat one token");
    free(first);
}

/* A sequence's result depends neither on the others in its batch nor on later steps. */
Test(cpu_model, a_sequence_depends_on_itself_and_its_past, .init = clock_start, .timeout = 60)
{
    for (int v = 0; v < 2; v++) {
        struct knobs knobs = usual;
        float *rows = run_part(both[v], &knobs, 0);
        knobs.batch = 1;
        float *alone = run_part(both[v], &knobs, 0);
        cr_assert_eq(memcmp(rows, alone, part_bytes_of(&knobs)), 0);
        knobs.seq_len = 2;
        float *shorter = run_part(both[v], &knobs, 0);
        cr_assert_eq(memcmp(rows, shorter, part_bytes_of(&knobs)), 0);
        free(rows);
        free(alone);
        free(shorter);
    }
}

/* Rows that are not appended yet have no effect, whatever they contain. */
Test(cpu_model, reads_no_row_beyond_its_position, .init = clock_start, .timeout = 60)
{
    for (int v = 0; v < 2; v++) {
        float *rows[2];
        prepare(both[v], &usual);
        for (int i = 0; i < 2; i++) { /* rows are poisoned only before the first */
            iterate(&bench, LOOK_NOTHING);
            rows[i] = output_of(&bench, 1);
        }
        cr_assert_eq(memcmp(rows[0], rows[1], part_bytes_of(&bench.knobs)), 0);
        free(rows[0]);
        free(rows[1]);
    }
}

Test(cpu_model, poison_covers_the_whole_output, .init = clock_start, .timeout = 60)
{
    for (int v = 0; v < 2; v++) {
        prepare(both[v], &usual);
        const uint64_t elements = part_bytes_of(&bench.knobs) / sizeof(float);
        cr_assert_eq(bench.variant->ops->count_nan(bench.state), 2 * elements);
        float *rows = output_of(&bench, 0);
        for (uint64_t i = 0; i < elements; i++)
            cr_assert(isnan(rows[i]));
        free(rows);
        iterate(&bench, LOOK_NOTHING);
        cr_assert_eq(bench.variant->ops->count_nan(bench.state), 0);
    }
}

/* ---- stamps --------------------------------------------------------------------------------- */

Test(cpu_model, every_program_stamps_every_step, .init = clock_start, .timeout = 60)
{
    for (int v = 0; v < 2; v++) {
        prepare(both[v], &usual);
        const struct stamp_batch last = iterate_and_keep(4, LOOK_STAMPS);
        cr_assert_eq(kept.rows, 4);
        cr_assert_eq(last.rows_run, 4);
        cr_assert_eq(last.heartbeat, UINT64_C(2) * 4 * bench.facts.operation_count);
        cr_assert_null(last.operations, "PHASES is off");
        for (uint32_t p = 0; p < 2; p++)
            check_program_rows(p);
        check_steps(last.synchronised_ns);
    }
}

/* A program's operations follow each other, within its stamp of the last step, and their waits add
 * up to its phase. */
static void check_operations(const struct stamp_batch *last)
{
    const uint32_t count = bench.facts.operation_count, row = (uint32_t)bench.knobs.seq_len - 1;
    for (uint32_t p = 0; p < last->programs; p++) {
        const struct operation_stamp *stamps = last->operations + (size_t)p * count;
        uint64_t waited_ns = 0;
        cr_assert_eq(stamps[0].begin_ns, stamp_of(last, p, row)->begin_ns);
        cr_assert_eq(stamps[count - 1].end_ns, stamp_of(last, p, row)->end_ns);
        for (uint32_t i = 0; i < count; i++) {
            cr_assert_leq(stamps[i].begin_ns, stamps[i].end_ns);
            cr_assert_eq(stamps[i].waits.data_ns, 0);
            waited_ns += stamps[i].waits.barrier_ns;
            if (i > 0)
                cr_assert_leq(stamps[i - 1].end_ns + stamps[i].waits.barrier_ns, stamps[i].begin_ns,
                              "program %u, operation %u", p, i);
        }
        cr_assert_eq(waited_ns, phase_of(last, p, row)->barrier_ns);
    }
}

Test(cpu_model, operations_are_stamped_in_the_last_step, .init = clock_start, .timeout = 60)
{
    for (int v = 0; v < 2; v++) {
        struct knobs knobs = usual;
        knobs.phases = 1;
        prepare(both[v], &knobs);
        struct stamp_batch last = iterate(&bench, LOOK_STAMPS);
        cr_assert_null(last.operations);
        last = iterate(&bench, LOOK_PHASES);
        cr_assert_not_null(last.operations);
        check_operations(&last);
    }
}

Test(cpu_model, operations_have_names_and_layers, .init = clock_start, .timeout = 60)
{
    static const uint32_t per_layer[] = {16, 5}, beside[] = {4, 1};
    for (int v = 0; v < 2; v++) {
        uint32_t outside = 0;
        prepare(both[v], &usual);
        const struct operation *operations = bench.facts.operations;
        cr_assert_eq(bench.facts.operation_count, 2 * per_layer[v] + beside[v]);
        for (uint32_t i = 0; i < bench.facts.operation_count; i++) {
            cr_assert_gt(strlen(operations[i].name), 0);
            outside += operations[i].layer == OPERATION_NO_LAYER;
            if (operations[i].layer == 0) {
                cr_assert_str_eq(operations[i].name, operations[i + per_layer[v]].name);
                cr_assert_eq(operations[i + per_layer[v]].layer, 1);
            }
        }
        cr_assert_eq(outside, beside[v]);
        cr_assert_eq(bench.facts.launches_per_iteration, v ? 1 : 4 * bench.facts.operation_count);
    }
}

/* Stops within a step. The next iteration is right. */
Test(cpu_model, stops_within_a_step, .init = clock_start, .timeout = 60)
{
    for (int v = 0; v < 2; v++) {
        struct knobs knobs = usual;
        knobs.seq_len = 60000;
        knobs.batch = 1;
        knobs.layers = 1;
        prepare(both[v], &knobs);
        struct stamp_batch batch;
        submit(&bench, LOOK_STAMPS);
        do
            cr_assert_eq(poll_bench(&bench, &batch), POLL_RUNNING);
        while (batch.heartbeat == 0);
        raise_stop(&bench, 1);
        batch = finish(&bench, NULL);
        cr_assert_lt(batch.rows_run, 60000);
        cr_assert_null(batch.operations);
    }
}

/* ---- plans ---------------------------------------------------------------------------------- */

Test(cpu_model, refuses_with_a_sentence, .init = clock_start)
{
    const struct device_info device = {
        .backend = BACKEND_CPU, .units = 4, .memory_free_bytes = UINT64_C(1) << 30};
    for (int v = 0; v < 2; v++) {
        struct knobs knobs = usual;
        knobs.batch = 9;
        expect_refusal(both[v], &knobs, &device, "BATCH 9 is out of range");
        knobs = usual;
        knobs.layers = 5;
        expect_refusal(both[v], &knobs, &device, "tiny has 4 layers");
        knobs = usual;
        knobs.model = MODEL_CHECKPOINT;
        expect_refusal(both[v], &knobs, &device, "use --model DIR");
        knobs = usual;
        knobs.model = MODEL_LLAMA_1B;
        knobs.layers = KNOB_AUTO;
        expect_refusal(both[v], &knobs, &device,
                       "MODEL llama-1b, LAYERS 16, BATCH 2, CONTEXT 20, SEQ_LEN 4 needs ");
        /* The logits of 30,000 tokens are too large, and verification needs twice as much. */
        knobs = usual;
        knobs.seq_len = 30000;
        expect_refusal(both[v], &knobs, &device, "SEQ_LEN 30000 needs ");
    }
}

/* ---- the parts of a step -------------------------------------------------------------------- */

/* Checks every SIMD path against sums in double precision, for batch sizes from 1 and for few rows.
 */
Test(cpu_model, multiply_on_every_path, .timeout = 60)
{
    enum { ROWS = 9, COLUMNS = 144 };
    static uint16_t rows[ROWS * COLUMNS];
    static float x[8 * COLUMNS], out[8 * (ROWS + 1)];
    for (uint32_t i = 0; i < ROWS * COLUMNS; i++)
        rows[i] = attention_to_bf16(input_element(1, INPUT_K, 0, 0, i));
    for (uint32_t i = 0; i < 8 * COLUMNS; i++)
        x[i] = input_element(2, INPUT_Q, 0, 0, i);
    for (enum dot_path path = 0; path < DOT_PATHS; path++)
        for (uint32_t batch = 1; batch <= 8 && dot_path_runs(path); batch++)
            for (uint32_t count = 0; count <= ROWS; count++) {
                const struct multiply multiply = {.rows = rows,
                                                  .x = x,
                                                  .out = out,
                                                  .count = count,
                                                  .columns = COLUMNS,
                                                  .batch = batch,
                                                  .x_stride = COLUMNS,
                                                  .out_stride = ROWS + 1};
                for (uint32_t i = 0; i < 8 * (ROWS + 1); i++)
                    out[i] = 1000;
                multiply_path(path)(&multiply);
                for (uint32_t i = 0; i < 8 * (ROWS + 1); i++) {
                    const uint32_t b = i / (ROWS + 1), r = i % (ROWS + 1);
                    double right = b < batch && r < count ? 0 : 1000;
                    for (uint32_t c = 0; c < COLUMNS && right != 1000; c++)
                        right += (double)attention_from_bf16(rows[r * COLUMNS + c]) *
                                 (double)x[b * COLUMNS + c];
                    cr_assert_float_eq(out[i], right, 1e-5, "%s, batch %u, %u rows, element %u",
                                       dot_path_name(path), batch, count, i);
                }
            }
}

/* Two logits are equal: first in the rows of one program, then in the rows of two programs. */
Test(cpu_model, equal_logits_choose_the_lowest_token)
{
    enum { VOCABULARY = 12, THREADS = 3 };
    float logits[VOCABULARY];
    uint32_t token;
    struct lab_model_best best[THREADS];
    const struct lab_model lab = {
        .cpu.threads = THREADS,
        .shape = {.batch = 1, .seq_len = 1, .config = {.vocabulary = VOCABULARY}},
        .logits = logits,
        .tokens = &token,
        .best = best};
    for (uint32_t low = 0; low < VOCABULARY; low++)
        for (uint32_t high = low; high < VOCABULARY; high++) {
            for (uint32_t i = 0; i < VOCABULARY; i++)
                logits[i] = i == low || i == high ? -1 : -2;
            lab_model_choose(&lab, 0, 0);
            cr_assert_eq(token, low);
            for (uint32_t p = 0; p < THREADS; p++)
                lab_model_note_best(&lab, p, 0, p * 4, p * 4 + 4);
            cr_assert_eq(lab_model_find_best(&lab, 0), low);
        }
}

static double dot(const float *a, const float *b)
{
    double sum = 0;
    for (int d = 0; d < 32; d++)
        sum += (double)a[d] * (double)b[d];
    return sum;
}

/* A rotated head keeps its norm; the product of two heads depends only on the difference of their
 * positions; position 0 rotates nothing. */
Test(cpu_model, rope_turns_by_position, .init = clock_start, .timeout = 60)
{
    struct knobs knobs = usual;
    float q[32], k[32], turned[32], others[2][32];
    knobs.context = 0;
    knobs.seq_len = 40;
    prepare(&cpu_model_persistent, &knobs);
    const struct lab_model *lab = bench.state;
    for (uint32_t d = 0; d < 32; d++) {
        q[d] = input_element(1, INPUT_Q, 0, 0, d);
        k[d] = input_element(1, INPUT_K, 0, 0, d);
    }
    memcpy(turned, q, sizeof q);
    lab_model_rope(lab, 0, turned);
    cr_assert_arr_eq(turned, q, sizeof q);
    double before = 0;
    for (uint32_t t = 0; t + 7 < 40; t++) {
        memcpy(others[0], q, sizeof q);
        memcpy(others[1], k, sizeof k);
        lab_model_rope(lab, t, others[0]);
        lab_model_rope(lab, t + 7, others[1]);
        cr_assert_float_eq(dot(others[0], others[0]), dot(q, q), 1e-5);
        if (t > 0)
            cr_assert_float_eq(dot(others[0], others[1]), before, 1e-5, "position %u", t);
        before = dot(others[0], others[1]);
    }
    cr_assert_gt(fabs(before - dot(q, k)), 1e-2);
}
