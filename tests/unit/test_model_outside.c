/*
 * test_model_outside.c - the reference of `model` against transformers, on the two checkpoints for
 * which checkpoints/make.py stored logits.
 */
#include "checkpoints.h"

#include "../../kernels/model_reference.h"
#include "../../src/engine/knobs.h"

#include <math.h>

#define STEPS 32u

/* transformers computes norms, softmax and RoPE's angles in fp32. */
#define CLOSE 1e-5

struct outside {
    struct checkpoint *checkpoint;
    struct checkpoint_file file; /* expected.safetensors */
    struct knobs knobs;
    struct model_shape shape;
};

/* Element `at` of a tensor of 4-byte elements. */
static void take(const struct outside *outside, const char *name, size_t at, void *element)
{
    const struct safetensor *tensor = safetensors_find(&outside->file.tensors, name);
    cr_assert_not_null(tensor);
    cr_assert_lt(tensor->begin + 4 * at, tensor->end);
    memcpy(element, outside->file.bytes + tensor->begin + 4 * at, 4);
}

static void begin(struct outside *outside, const char *folder)
{
    struct error error;
    struct knob_settings settings;
    *outside = (struct outside){.checkpoint = checkpoint_open(folder, &error)};
    cr_assert_not_null(outside->checkpoint, "%s", error.text);
    model_checkpoint_use(&outside->checkpoint->model);
    outside->file.bytes =
        (unsigned char *)copy_read(folder, "expected.safetensors", &outside->file.length);
    cr_assert(safetensors_read(outside->file.bytes, outside->file.length, "expected.safetensors",
                               &outside->file.tensors, &error),
              "%s", error.text);
    knobs_reset(&settings);
    outside->knobs = settings.knobs;
    outside->knobs.batch = 1;
    outside->knobs.context = 0;
    outside->knobs.seq_len = STEPS;
    cr_assert(model_resolve(&outside->knobs, MODEL_TINY, &error), "%s", error.text);
    cr_assert_eq(outside->knobs.model, MODEL_CHECKPOINT, "auto is the open checkpoint");
    cr_assert_eq(outside->knobs.layers, 2);
    outside->shape = model_shape_of(&outside->knobs);
}

static void end(struct outside *outside)
{
    model_checkpoint_use(NULL);
    checkpoint_close(outside->checkpoint);
    safetensors_free(&outside->file.tensors);
    free((void *)(uintptr_t)outside->file.bytes);
}

/* The relative L2 error of a step's logits. */
static double logits_error(const struct outside *outside, uint32_t t, const double *logits)
{
    const uint32_t vocabulary = outside->shape.config.vocabulary;
    double error2 = 0, norm2 = 0;
    for (uint32_t i = 0; i < vocabulary; i++) {
        float expected;
        take(outside, "logits", (size_t)t * vocabulary + i, &expected);
        error2 += (logits[i] - expected) * (logits[i] - expected);
        norm2 += (double)expected * expected;
    }
    return sqrt(error2 / norm2);
}

static uint32_t argmax(const double *values, uint32_t count)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < count; i++)
        best = values[i] > values[best] ? i : best;
    return best;
}

static void compare(const char *folder)
{
    struct outside outside;
    begin(&outside, folder);
    const uint32_t columns = model_output_columns(&outside.shape);
    float *output = calloc((size_t)STEPS * columns, sizeof *output);
    double *rows = calloc((size_t)STEPS * columns, sizeof *rows), *sizes = calloc(STEPS, 8);
    cr_assert(output && rows && sizes);
    for (uint32_t t = 0; t < STEPS; t++) {
        int32_t token;
        take(&outside, "tokens", t, &token);
        output[(size_t)t * columns + MODEL_OUTPUT_TOKEN] = (float)token;
    }
    const struct workload_expected expected = {.rows = rows, .sizes = sizes};
    const struct workload_order order = {.knobs = &outside.knobs,
                                         .count = 1,
                                         .expected = &expected,
                                         .outputs = (const float *const[]){output}};
    cr_assert(model_reference(&order));
    for (uint32_t t = 0; t < STEPS; t++) {
        const double *logits = rows + (size_t)t * columns + MODEL_OUTPUT_LOGITS;
        int32_t token;
        take(&outside, "tokens", t, &token);
        cr_expect_lt(logits_error(&outside, t, logits), CLOSE, "%s, step %u: %g", folder, t,
                     logits_error(&outside, t, logits));
        cr_expect_eq(argmax(logits, outside.shape.config.vocabulary), (uint32_t)token,
                     "%s, step %u", folder, t);
    }
    free(output);
    free(rows);
    free(sizes);
    end(&outside);
}

Test(model_outside, a_llama_agrees_with_transformers)
{
    compare(LLAMA);
}

Test(model_outside, a_qwen3_agrees_with_transformers)
{
    compare(QWEN3);
}
