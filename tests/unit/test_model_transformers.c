/* `model` against logits and tokens computed by Hugging Face's transformers (checkpoints/make.py).
 */
#include "bench.h"
#include "checkpoints.h"
#include "part.h"

#include "../../kernels/model_checkpoint.h"
#include "../../kernels/model_reference.h"

#include <math.h>

enum { STEPS = 32, VOCABULARY = 128 };

/* The results of transformers. */
struct expected {
    int32_t tokens[STEPS];
    float logits[STEPS][VOCABULARY];
};

/* The bytes of a tensor of a safetensors file. */
static void read_tensor(const char *file, size_t length, const char *name, void *values,
                        size_t bytes)
{
    uint64_t header, first, last;
    char text[1024], quoted[32];
    memcpy(&header, file, sizeof header);
    cr_assert_lt(header, sizeof text);
    memcpy(text, file + sizeof header, header);
    text[header] = '\0';
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    const char *at = strstr(text, quoted);
    cr_assert_not_null(at);
    at = strstr(at, "\"data_offsets\":[");
    cr_assert_not_null(at);
    char *end;
    first = strtoull(at + strlen("\"data_offsets\":["), &end, 10);
    last = strtoull(end + 1, NULL, 10);
    cr_assert_eq(last - first, bytes);
    cr_assert_leq(sizeof header + header + last, length);
    memcpy(values, file + sizeof header + header + first, bytes);
}

static void read_expected(const char *folder, struct expected *expected)
{
    size_t length;
    char *file = copy_read(folder, "expected.safetensors", &length);
    read_tensor(file, length, "tokens", expected->tokens, sizeof expected->tokens);
    read_tensor(file, length, "logits", expected->logits, sizeof expected->logits);
    free(file);
}

static const struct knobs knobs = {.model = MODEL_CHECKPOINT,
                                   .layers = 2,
                                   .batch = 1,
                                   .seq_len = STEPS,
                                   .seed = 42,
                                   .threads = 2,
                                   .spin_ns = KNOB_AUTO};

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

/* The reference, given transformers' tokens. */
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

/* A variant chooses transformers' tokens, and verifies. */
static void check_variant(const struct variant *variant, const struct expected *expected)
{
    struct bench bench;
    struct workload_sum sum = {0};
    open_bench(&bench, variant, &knobs);
    const struct workload_part part = workload_model.part(&knobs, 0);
    float *output = calloc((size_t)part.rows * part.columns, sizeof *output);
    submit(&bench, LOOK_NOTHING);
    finish(&bench, NULL);
    variant->ops->output(bench.state, 0, output);
    for (uint32_t t = 0; t < STEPS; t++)
        cr_assert_eq(output[(size_t)t * part.columns], expected->tokens[t], "%s, step %u",
                     variant->name, t);
    cr_assert_lt(part_compare(&workload_model, &knobs, 0, output, &sum), 0.5 * part.tolerance);
    free(output);
    close_bench(&bench);
}

static void check(const char *folder)
{
    struct error error = {0};
    static struct expected expected;
    struct checkpoint *checkpoint = checkpoint_open(folder, &error);
    cr_assert_not_null(checkpoint, "%s", error.text);
    model_checkpoint_use(&checkpoint->model);
    read_expected(folder, &expected);
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
