/*
 * test_model_reference.c - the reference of `model` against a second implementation
 * (model_naive.h), and the faults in an output that the reference finds.
 */
#include "model_naive.h"
#include "part.h"

#include "../../kernels/clock.h"
#include "../../kernels/model_reference.h"

static const struct knobs usual = {
    .model = MODEL_TINY, .layers = 2, .batch = 2, .context = 3, .seq_len = 5, .seed = 42};

#define REASON_ROOM sizeof(((struct verification *)0)->reason)

/* Elements of a part of the output with the usual knobs. */
static size_t part_elements(void)
{
    const struct workload_part part = workload_model.part(&usual, 0);
    return (size_t)part.rows * part.columns;
}

/* The relative L2 error of an output according to the verifier. *reason, unless NULL: why the
 * output is wrong. */
static double error_of(const struct knobs *knobs, uint32_t b, const float *output, char *reason)
{
    struct reference *reference = reference_open(0, 0);
    struct judge judge;
    struct verification verification;
    const struct workload_expected *expected =
        reference_part(reference, &workload_model, knobs, b, output, NULL);
    cr_assert_not_null(expected);
    judge_begin(&judge, &workload_model, knobs, &verification);
    judge_part(&judge, b, expected, output, &verification);
    judge_end(&judge, 0, &verification);
    const double error = verification.rel_l2_error;
    if (reason)
        strcpy(reason, verification.reason);
    cr_assert_eq(verification.verdict == VERDICT_RIGHT,
                 error <= model_tolerance((uint32_t)knobs->layers), "%g", error);
    reference_close(reference);
    return error;
}

/* ---- right output --------------------------------------------------------------------------- */

Test(model_reference, equals_a_plain_decoder, .timeout = 60)
{
    static const int64_t contexts[] = {0, 1, 63, 64, 100}, steps[] = {1, 2, 5, 7, 3};
    for (int i = 0; i < 5; i++) {
        struct knobs knobs = usual;
        struct naive naive;
        knobs.context = contexts[i];
        knobs.seq_len = steps[i];
        knobs.seed += i;
        naive_open(&naive, &knobs);
        for (uint32_t b = 0; b < 2; b++) {
            float *output = naive_decode(&naive, b);
            cr_assert_lt(error_of(&knobs, b, output, NULL), 1e-6, "CONTEXT %ld", (long)contexts[i]);
            free(output);
        }
        naive_close(&naive);
    }
}

/* Like Qwen3, which normalises queries and keys. */
Test(model_reference, equals_a_plain_decoder_with_qk_norm, .timeout = 120)
{
    struct knobs knobs = {
        .model = MODEL_QWEN3_0_6B, .layers = 1, .batch = 1, .context = 2, .seq_len = 2, .seed = 1};
    float *output = naive_output(&knobs, 0);
    cr_assert_lt(error_of(&knobs, 0, output, NULL), 1e-6);
    free(output);
}

/* Activations rounded to bf16 before each matrix, as on tensor cores, pass with a margin. */
Test(model_reference, accepts_activations_rounded_for_tensor_cores, .timeout = 60)
{
    struct knobs knobs = usual;
    struct naive naive;
    knobs.layers = 4;
    naive_open(&naive, &knobs);
    naive.round_inputs = true;
    float *output = naive_decode(&naive, 0);
    const double error = error_of(&knobs, 0, output, NULL);
    cr_assert(error > 1e-3 && error < 0.75 * model_tolerance(4), "%g", error);
    free(output);
    naive_close(&naive);
}

static void run_alone(const struct workload_crew *crew, uint32_t count,
                      void (*task)(void *argument, uint32_t i), void *argument)
{
    (void)crew;
    for (uint32_t i = count; i-- > 0;)
        task(argument, i);
}

/* Neither the order of the tasks nor the size of the batch changes the output of a sequence. */
Test(model_reference, sequences_and_tasks_are_independent, .timeout = 60)
{
    const struct workload_crew crew = {.threads = 1, .run = run_alone};
    struct knobs alone = usual, many = usual;
    alone.batch = 1;
    many.batch = 8;
    const size_t elements = part_elements();
    float *tokens = calloc(elements, sizeof *tokens);
    double *rows[2], sizes[5];
    for (int i = 0; i < 2; i++) {
        rows[i] = malloc(elements * sizeof *rows[i]);
        const struct workload_expected expected = {rows[i], sizes};
        const struct workload_order order = {.knobs = i ? &many : &alone,
                                             .count = 1,
                                             .crew = i ? &crew : NULL,
                                             .expected = &expected,
                                             .outputs = (const float *const *)&tokens};
        cr_assert(model_reference(&order));
    }
    cr_assert_eq(memcmp(rows[0], rows[1], elements * sizeof *rows[0]), 0);
    free(rows[0]);
    free(rows[1]);
    free(tokens);
}

Test(model_reference, ends_when_cancelled)
{
    const size_t elements = part_elements();
    const uint32_t cancel = 1;
    float *output = calloc(elements, sizeof *output);
    const struct workload_expected expected = {malloc(elements * sizeof(double)),
                                               malloc((size_t)usual.seq_len * sizeof(double))};
    const struct workload_order order = {.knobs = &usual,
                                         .count = 1,
                                         .cancel = &cancel,
                                         .expected = &expected,
                                         .outputs = (const float *const *)&output};
    cr_assert_not(model_reference(&order));
    free(output);
    free(expected.rows);
    free(expected.sizes);
}

/* ---- wrong output --------------------------------------------------------------------------- */

struct fault {
    uint32_t t, column, count; /* elements [column, column + count) of row t */
    float by;                  /* times the root mean square of these elements */
    const char *reason;        /* NULL: too small to find */
};

static void expect_fault(const struct fault *fault, const float *right)
{
    const struct model_shape shape = model_shape_of(&usual);
    const size_t elements = part_elements();
    float *output = malloc(elements * sizeof *output);
    float *at = output + (size_t)fault->t * model_output_columns(&shape) + fault->column;
    char reason[REASON_ROOM];
    double squares = 0;
    memcpy(output, right, elements * sizeof *output);
    for (uint32_t i = 0; i < fault->count; i++)
        squares += at[i] * at[i];
    for (uint32_t i = 0; i < fault->count; i++)
        at[i] += fault->by * (float)sqrt(squares / fault->count);
    error_of(&usual, 0, output, reason);
    if (fault->reason)
        cr_assert_not_null(strstr(reason, fault->reason), "%s: %s", fault->reason, reason);
    else
        cr_assert_str_empty(reason);
    free(output);
}

Test(model_reference, finds_one_wrong_row_logit_or_token, .timeout = 60)
{
    const struct model_shape shape = model_shape_of(&usual);
    const uint32_t kv = model_kv_columns(&shape.config), vocabulary = shape.config.vocabulary;
    const uint32_t k1 = model_output_row(&shape, 1, ATTENTION_K);
    const uint32_t v0 = model_output_row(&shape, 0, ATTENTION_V);
    float *right = naive_output(&usual, 0);
    const struct fault faults[] = {
        {4, k1, kv, 0.1f, "sequence 0, step 4, layer 1, K row: relative L2 error"},
        {0, v0, kv, 0.1f, "sequence 0, step 0, layer 0, V row: relative L2 error"},
        {0, v0, kv, 0.01f, NULL},
        {2, k1 + kv - 1, 1, 2, "step 2, layer 1, K row"},
        {1, MODEL_OUTPUT_LOGITS, vocabulary, 0.1f, "step 1, logits"},
        {1, MODEL_OUTPUT_LOGITS, vocabulary, 0.01f, NULL},
        {3, MODEL_OUTPUT_TOKEN, 1, 0.25f, "sequence 0, step 3, a token that is not the argmax"},
        {4, MODEL_OUTPUT_TOKEN, 1, NAN, "step 4, a token that is not the argmax of its logits"},
        {0, MODEL_OUTPUT_TOKEN, 1, -2, "step 0, a token that is not the argmax of its logits"},
        {2, k1, 1, NAN, "step 2, layer 1, K row"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        expect_fault(&faults[i], right);
    free(right);
}

/* A logit that is too large makes its index the token. The token is the argmax of the logits, so it
 * passes, but the logit fails. */
Test(model_reference, finds_a_logit_that_wins_wrongly, .timeout = 60)
{
    const struct model_shape shape = model_shape_of(&usual);
    const uint32_t last = shape.seq_len - 1;
    char reason[REASON_ROOM];
    float *output = naive_output(&usual, 0);
    float *row = output + (size_t)last * model_output_columns(&shape);
    const uint32_t loser = row[MODEL_OUTPUT_TOKEN] == 7 ? 8 : 7;
    row[MODEL_OUTPUT_LOGITS + loser] =
        row[MODEL_OUTPUT_LOGITS + (uint32_t)row[MODEL_OUTPUT_TOKEN]] + 1e-3f;
    row[MODEL_OUTPUT_TOKEN] = (float)loser;
    cr_assert_gt(error_of(&usual, 0, output, reason), 3 * model_tolerance(2));
    assert_contains(reason, "step 4, logits");
    free(output);
}

/* Of two equal logits, the token is the lower index. */
Test(model_reference, equal_logits_choose_the_lowest_token, .timeout = 60)
{
    const struct model_shape shape = model_shape_of(&usual);
    float *output = naive_output(&usual, 0);
    float *row = output + (size_t)(shape.seq_len - 1) * model_output_columns(&shape);
    float *logits = row + MODEL_OUTPUT_LOGITS;
    const uint32_t best = (uint32_t)row[MODEL_OUTPUT_TOKEN];
    const uint32_t other =
        best > 0 ? best - 1 : 1; /* another test finds that this logit is wrong */
    logits[other] = logits[best];
    struct workload_sum sum = {0};
    const struct workload_part part = workload_model.part(&usual, 0);
    const size_t elements = part_elements();
    double *rows = malloc(elements * sizeof *rows);
    const struct workload_expected expected = {rows, rows};
    for (size_t i = 0; i < elements; i++)
        rows[i] = output[i];
    model_compare(&usual, &part, &expected, output, &sum);
    cr_assert_eq(isinf(sum.error2), other < best);
    row[MODEL_OUTPUT_TOKEN] = (float)(other < best ? other : best);
    sum = (struct workload_sum){0};
    model_compare(&usual, &part, &expected, output, &sum);
    cr_assert_eq(sum.error2, 0);
    free(rows);
    free(output);
}

/* ---- kept parts ----------------------------------------------------------------------------- */

static bool same_part(struct reference *reference, const float *output, double *first)
{
    const struct workload_expected *expected =
        reference_part(reference, &workload_model, &usual, 0, output, NULL);
    const struct model_shape shape = model_shape_of(&usual);
    cr_assert_not_null(expected);
    const double logit = expected->rows[4 * model_output_columns(&shape) + MODEL_OUTPUT_LOGITS];
    const bool same = logit == *first;
    *first = logit;
    return same;
}

/* The right answer depends on the tokens of the output, whether parts are kept or not. */
Test(model_reference, an_expected_part_belongs_to_its_tokens, .timeout = 60)
{
    const struct model_shape shape = model_shape_of(&usual);
    const uint32_t columns = model_output_columns(&shape);
    float *output = calloc((size_t)5 * columns, sizeof *output);
    for (uint32_t threads = 0; threads <= 2; threads++)
        for (int kept = 0; kept < 2; kept++) { /* 1 byte: no room for any */
            struct reference *reference = reference_open(threads, kept ? 0 : 1);
            double logit = 0;
            for (float token = 0; token < 3; token++) {
                output[2 * columns] = token;
                cr_assert_not(same_part(reference, output, &logit));
                cr_assert(same_part(reference, output, &logit));
            }
            output[4 * columns] = 5; /* no step reads the last token */
            cr_assert(same_part(reference, output, &logit));
            reference_close(reference);
        }
    free(output);
}
