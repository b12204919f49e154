/* model.h: the sizes of published models, the generated inputs, and RoPE's frequencies. */
#include "../../kernels/clock.h"
#include "../../kernels/model.h"
#include "unit.h"

#include <math.h>

static struct knobs knobs_of(enum model_id model)
{
    struct knobs knobs = {.model = model,
                          .layers = KNOB_AUTO,
                          .batch = 1,
                          .context = 1024,
                          .seq_len = 32,
                          .seed = 42};
    struct error error = {0};
    assert_success(model_resolve(&knobs, MODEL_TINY, &error));
    return knobs;
}

/* ---- sizes ---------------------------------------------------------------------------------- */

/* Llama-3.2-1B as published: 1.2358e9 parameters with a tied head. All are read per token except
 * the embedding, of which each sequence reads one row. */
Test(model, a_token_of_llama_1b_reads_2_472_gb)
{
    const struct knobs knobs = knobs_of(MODEL_LLAMA_1B);
    const struct model_shape shape = model_shape_of(&knobs);
    const struct model_bytes bytes = model_step_bytes_of(&shape);
    const uint64_t attention = 2048 * 2048 + 2 * 512 * 2048 + 2048 * 2048;
    const uint64_t layer = attention + UINT64_C(3) * 8192 * 2048 + 2 * 2048;
    const uint64_t head = UINT64_C(128256) * 2048, all = 16 * layer + 2048 + head;
    cr_assert_eq(all, 1235814400);
    cr_assert_eq(bytes.weights, 2 * (all - head));
    cr_assert_eq(bytes.head, 2 * head);
    cr_assert_eq(bytes.weights + bytes.head, 2471628800);
    cr_assert_eq(model_weight_bytes(&shape), 2471628800);
    cr_assert_eq(bytes.embedded, 2048 * 2);
    /* 32 steps read 1,025 to 1,056 rows of 512 elements of K and of V in 16 layers, and append one.
     */
    uint64_t rows = 0;
    for (uint64_t t = 0; t < 32; t++)
        rows += 1024 + t + 1 + 1;
    cr_assert_eq(bytes.cache * 32, rows * 16 * 2 * 512 * 2);
    cr_assert_eq(workload_model.step_bytes(&knobs), 2471628800 + bytes.cache + 4096);
}

/* Qwen3-0.6B as published: 596,049,920 parameters with a tied head. */
Test(model, qwen3_has_its_published_parameters)
{
    const struct knobs knobs = knobs_of(MODEL_QWEN3_0_6B);
    const struct model_shape shape = model_shape_of(&knobs);
    cr_assert_eq(model_weight_bytes(&shape), UINT64_C(596049920) * 2);
}

/* Twice as many sequences need twice the arithmetic, and read the same weights. */
Test(model, a_batch_shares_the_weights)
{
    struct knobs one = knobs_of(MODEL_LLAMA_1B), eight = one;
    eight.batch = 8;
    const struct model_shape shape = model_shape_of(&one);
    const struct model_bytes bytes = model_step_bytes_of(&shape);
    cr_assert_eq(workload_model.step_flops(&eight), 8 * workload_model.step_flops(&one));
    cr_assert_eq(workload_model.step_bytes(&eight) - workload_model.step_bytes(&one),
                 7 * (bytes.cache + bytes.embedded));
    /* The arithmetic is two operations per weight of a matrix, plus attention. */
    const double weights = 2.0 * 1235814400, attention = 4.0 * 16 * 2048 * (1024 + 16.5);
    cr_assert_float_eq((double)workload_model.step_flops(&one), weights + attention,
                       2e-4 * weights);
}

Test(model, output_columns_are_disjoint_and_complete)
{
    const struct knobs knobs = knobs_of(MODEL_TINY);
    const struct model_shape shape = model_shape_of(&knobs);
    uint32_t next = MODEL_OUTPUT_LOGITS + 4096;
    for (uint32_t layer = 0; layer < 4; layer++)
        for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++, next += 64)
            cr_assert_eq(model_output_row(&shape, layer, side), next);
    cr_assert_eq(model_output_columns(&shape), next);
    cr_assert_eq(model_cache_offset(&shape, 3, 0, 1, 1024 + 31) + 32,
                 model_cache_bytes(&shape) / 2 / sizeof(uint16_t), "the last row is the last");
}

/* A run whose knobs cannot be planned still has a record, which needs a shape. */
Test(model, any_knobs_have_a_shape)
{
    struct knobs knobs = {.model = KNOB_AUTO, .layers = KNOB_AUTO, .batch = 9, .seq_len = 1};
    cr_assert_gt(workload_model.step_bytes(&knobs), 0);
    knobs.model = MODEL_CHECKPOINT;
    cr_assert_eq(workload_model.parts(&knobs), 9);
    cr_assert_gt(workload_model.part(&knobs, 0).columns, 0);
}

static void expect_refused(struct knobs knobs, const char *part)
{
    struct error error = {0};
    cr_assert_not(model_resolve(&knobs, MODEL_TINY, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    assert_contains(error.text, part);
}

Test(model, a_refusal_names_the_accepted_values)
{
    struct knobs knobs = knobs_of(MODEL_TINY);
    knobs.batch = 9;
    expect_refused(knobs, "BATCH 9 is out of range: a model decodes 1 to 8 sequences");
    knobs = knobs_of(MODEL_TINY);
    knobs.layers = 5;
    expect_refused(knobs, "LAYERS 5 is out of range: tiny has 4 layers");
    knobs = knobs_of(MODEL_QWEN3_0_6B);
    knobs.context = 40960;
    expect_refused(knobs, "exceed the 40960 positions of qwen3-0.6b");
    knobs.model = MODEL_CHECKPOINT;
    expect_refused(knobs, "MODEL checkpoint needs a checkpoint: use --model DIR");
}

/* ---- inputs --------------------------------------------------------------------------------- */

/* Rows are generated many elements at a time, and must equal the elements of the definition. */
Test(model, rows_equal_the_definition)
{
    uint16_t row[MODEL_COLUMNS_MOST];
    for (enum model_id model = MODEL_TINY; model <= MODEL_QWEN3_0_6B; model++) {
        const struct knobs knobs = knobs_of(model);
        const struct model_shape shape = model_shape_of(&knobs);
        for (enum model_tensor tensor = 0; tensor < MODEL_TENSORS; tensor++) {
            const struct model_size size = model_size_of(&shape.config, tensor);
            const float scale = model_weight_scale(tensor, size.columns);
            for (uint32_t i = 0; i < 3 && size.rows > 0; i++) {
                const uint32_t layer = tensor < MODEL_ATTENTION_NORM ? 0 : i;
                const uint32_t number = i * (size.rows - 1) / 2;
                model_weight_row(&shape, tensor, layer, number, row);
                for (uint32_t quad = 0; quad < size.columns / 4; quad++) {
                    uint16_t values[4];
                    model_weight_quad(42, tensor, scale, layer, number, quad, values);
                    cr_assert_arr_eq(values, row + 4 * quad, sizeof values, "tensor %d", tensor);
                }
            }
        }
        for (uint32_t i = 0; i < 40; i++) {
            const enum attention_side side = i & 1 ? ATTENTION_V : ATTENTION_K;
            model_cache_row(&shape, side, i % 4, i, 3 * i, row);
            for (uint32_t quad = 0; quad < shape.config.head_dim / 4; quad++) {
                uint16_t values[4];
                model_cache_quad(42, side, i % 4, i, 3 * i, quad, values);
                cr_assert_arr_eq(values, row + 4 * quad, sizeof values);
            }
        }
    }
}

/* A matrix keeps the size of activations: the variance of its elements is 1 / columns. */
Test(model, a_matrix_keeps_the_size_of_activations)
{
    const struct knobs knobs = knobs_of(MODEL_LLAMA_1B);
    const struct model_shape shape = model_shape_of(&knobs);
    static const enum model_tensor tensors[] = {MODEL_WQ, MODEL_WO, MODEL_WDOWN, MODEL_WGATE};
    for (int i = 0; i < 4; i++) {
        float row[MODEL_COLUMNS_MOST];
        const uint32_t columns = model_size_of(&shape.config, tensors[i]).columns;
        double squares = 0;
        for (uint32_t r = 0; r < 16; r++) {
            model_weight_floats(&shape, tensors[i], 0, r, row);
            for (uint32_t c = 0; c < columns; c++)
                squares += row[c] * row[c];
        }
        cr_assert_float_eq(squares / 16, 1, 0.02, "tensor %d: %g", tensors[i], squares / 16);
    }
}

/* ---- RoPE ----------------------------------------------------------------------------------- */

/* The test computes frequencies from wavelengths, as Meta's code does. pdlab computes them in
 * another way. */
Test(model, llama_3_slows_down_long_wavelengths)
{
    const struct model_config *config = model_config_of(MODEL_LLAMA_1B);
    double frequencies[MODEL_HEAD_DIM_MOST / 2];
    int kept = 0, between = 0, slowed = 0;
    model_rope_frequencies(config, frequencies);
    for (int i = 0; i < 32; i++) {
        const double plain = 1 / pow(500000, i / 32.0), wavelength = 2 * acos(-1.0) / plain;
        double right = plain;
        if (wavelength > 8192) {
            right = plain / 32;
            slowed++;
        } else if (wavelength >= 2048) {
            const double smooth = (8192 / wavelength - 1) / 3;
            right = (1 - smooth) * plain / 32 + smooth * plain;
            between++;
        } else {
            kept++;
        }
        cr_assert_float_eq(frequencies[i] / right, 1, 1e-12, "pair %d", i);
    }
    cr_assert(kept > 0 && between > 0 && slowed > 0);
}

Test(model, qwen3_frequencies_are_plain_powers)
{
    double frequencies[MODEL_HEAD_DIM_MOST / 2];
    model_rope_frequencies(model_config_of(MODEL_QWEN3_0_6B), frequencies);
    cr_assert_eq(frequencies[0], 1);
    cr_assert_float_eq(frequencies[32], 1e-3, 1e-15);
}
