/*
 * test_model_transformers.c - the reference and the CPU variants of `model` against Hugging Face's
 * transformers, whose tokens and logits checkpoints/make.py stored beside two small checkpoints.
 */
#include "bench.h"
#include "checkpoints.h"
#include "part.h"

#include "../../kernels/model_checkpoint.h"
#include "../../kernels/model_reference.h"

#include <math.h>

enum { STEPS = 32, VOCABULARY = 128 };

/* The tokens and logits that transformers computed. */
struct expected {
    int32_t tokens[STEPS];
    float logits[STEPS][VOCABULARY];
};

/* Copies a tensor of `size` bytes. */
static void read_tensor(const struct checkpoint_file *file, const char *name, void *values,
                        size_t size)
{
    const struct safetensor *tensor = safetensors_find(&file->tensors, name);
    cr_assert_not_null(tensor, "%s", name);
    cr_assert_eq(tensor->end - tensor->begin, size, "%s", name);
    memcpy(values, file->bytes + tensor->begin, size);
}

static void read_expected(const char *path, struct expected *expected)
{
    struct error error = {0};
    struct checkpoint_file file = {0};
    char *bytes = copy_read(path, "expected.safetensors", &file.length);
    file.bytes = (unsigned char *)bytes;
    assert_success(safetensors_read(file.bytes, file.length, "expected", &file.tensors, &error));
    read_tensor(&file, "tokens", expected->tokens, sizeof expected->tokens);
    read_tensor(&file, "logits", expected->logits, sizeof expected->logits);
    safetensors_free(&file.tensors);
    free(bytes);
}

static struct knobs knobs;

/* Resolves the knobs for the open checkpoint. */
static void resolve_knobs(void)
{
    struct error error = {0};
    knobs = knobs_defaults();
    knobs.batch = 1;
    knobs.context = 0;
    knobs.seq_len = STEPS;
    knobs.threads = 2;
    assert_success(model_resolve(&knobs, MODEL_TINY, &error));
    cr_assert_eq(knobs.model, MODEL_CHECKPOINT, "auto is the open checkpoint");
    cr_assert_eq(knobs.layers, 2);
}

/* The relative L2 error of a step's logits. */
static double logits_error(const float *right, const double *logits)
{
    double error2 = 0, norm2 = 0;
    for (uint32_t i = 0; i < VOCABULARY; i++) {
        error2 += (logits[i] - right[i]) * (logits[i] - right[i]);
        norm2 += (double)right[i] * (double)right[i];
    }
    return sqrt(error2 / norm2);
}

/* Checks that the reference, given the tokens that transformers chose, chooses the same tokens and
 * computes nearly the same logits. */
static void check_reference(const struct expected *expected)
{
    const struct workload_part part = workload_model.part(&knobs, 0);
    const size_t elements = (size_t)part.rows * part.columns;
    float *output = calloc(elements, sizeof *output);
    for (uint32_t t = 0; t < STEPS; t++)
        output[(size_t)t * part.columns] = (float)expected->tokens[t];
    struct reference *reference = reference_open(0, 0);
    const struct workload_expected *right =
        reference_part(reference, &workload_model, &knobs, 0, output, NULL);
    cr_assert_not_null(right);
    for (uint32_t t = 0; t < STEPS; t++) {
        const double *row = right->rows + (size_t)t * part.columns;
        cr_assert_eq(row[MODEL_OUTPUT_TOKEN], expected->tokens[t], "step %u", t);
        const double error = logits_error(expected->logits[t], row + MODEL_OUTPUT_LOGITS);
        cr_assert_lt(error, 1e-5, "step %u: %g", t, error);
    }
    reference_close(reference);
    free(output);
}

/* Checks that a variant chooses the tokens that transformers chose, and that its output agrees with
 * the reference. */
static void check_variant(const struct variant *variant, const struct expected *expected)
{
    struct bench bench;
    struct workload_sum sum = {0};
    open_bench(&bench, variant, &knobs);
    const struct workload_part part = workload_model.part(&knobs, 0);
    iterate(&bench, LOOK_NOTHING);
    float *output = output_of(&bench, 0);
    for (uint32_t t = 0; t < STEPS; t++)
        cr_assert_eq(output[(size_t)t * part.columns], expected->tokens[t], "%s, step %u",
                     variant->name, t);
    cr_assert_lt(part_compare(&workload_model, &knobs, 0, output, &sum), 0.5 * part.tolerance);
    free(output);
    close_bench(&bench);
}

static void check(const char *path)
{
    struct error error = {0};
    static struct expected expected;
    struct checkpoint *checkpoint = checkpoint_open(path, &error);
    cr_assert_not_null(checkpoint, "%s", error.text);
    model_checkpoint_use(&checkpoint->model);
    read_expected(path, &expected);
    resolve_knobs();
    check_reference(&expected);
    check_variant(&cpu_model_per_op, &expected);
    check_variant(&cpu_model_persistent, &expected);
    model_checkpoint_use(NULL);
    checkpoint_close(checkpoint);
}

Test(model_transformers, llama, .init = clock_start, .timeout = 60)
{
    check(LLAMA);
}

Test(model_transformers, qwen3, .init = clock_start, .timeout = 60)
{
    check(QWEN3);
}
