/*
 * workload_model.c - the workload `model`. model.h has its formulas, shapes and the columns of its
 * output, model_reference.h the right answer. Part b is sequence b: [SEQ_LEN][columns].
 */
#include "model.h"
#include "model_reference.h"
#include "workload_dot.h"

static uint32_t parts(const struct knobs *knobs)
{
    return (uint32_t)knobs->batch;
}

static struct workload_part part_of(const struct knobs *knobs, uint32_t part)
{
    const struct model_shape shape = model_shape_of(knobs);
    (void)part;
    return (struct workload_part){.rows = shape.seq_len,
                                  .columns = model_output_columns(&shape),
                                  .tolerance = model_tolerance(shape.layers)};
}

/* A step reads all weights and the head once for the batch; per sequence, it reads the cache and a
 * row of the embedding. */
static uint64_t step_bytes(const struct knobs *knobs)
{
    const struct model_shape shape = model_shape_of(knobs);
    const struct model_bytes bytes = model_step_bytes_of(&shape);
    return bytes.weights + bytes.head + bytes.cache + bytes.embedded;
}

static uint32_t ledger(const struct knobs *knobs, struct workload_bytes rows[WORKLOAD_LEDGER_MOST])
{
    const struct model_shape shape = model_shape_of(knobs);
    const struct model_bytes bytes = model_step_bytes_of(&shape);
    uint32_t count = 0;
    rows[count++] = (struct workload_bytes){.name = "weights", .bytes = bytes.weights};
    rows[count++] = (struct workload_bytes){.name = "head", .bytes = bytes.head};
    rows[count++] = (struct workload_bytes){.name = "cache", .bytes = bytes.cache};
    rows[count++] = (struct workload_bytes){.name = "embedded", .bytes = bytes.embedded};
    return count;
}

/* A multiply and an add per sequence and element of a matrix, and per query head and element of the
 * K and V rows that a step reads (the mean over the iteration). */
static uint64_t step_flops(const struct knobs *knobs)
{
    const struct model_shape shape = model_shape_of(knobs);
    const struct model_config *config = &shape.config;
    const struct model_bytes bytes = model_step_bytes_of(&shape);
    const uint64_t weights = (bytes.weights + bytes.head) / sizeof(uint16_t);
    const uint64_t twice_rows = UINT64_C(2) * shape.context + shape.seq_len + 1;
    return UINT64_C(2) * shape.batch *
           (weights + (uint64_t)shape.layers * twice_rows * config->heads * config->head_dim);
}

static uint64_t memory_bytes(const struct knobs *knobs)
{
    const struct model_shape shape = model_shape_of(knobs);
    const uint64_t output = (uint64_t)shape.batch * shape.seq_len *
                            (MODEL_OUTPUT_LOGITS + shape.config.vocabulary) * sizeof(float);
    return model_weight_bytes(&shape) + model_cache_bytes(&shape) + output;
}

/* Every step reads all weights. */
static bool rereads(const struct knobs *knobs)
{
    (void)knobs;
    return true;
}

/* The output of a sequence is megabytes, and its reference takes seconds. So a verification usually
 * checks one sequence. */
const struct workload workload_model = {
    .name = "model",
    .knobs = KNOB_BIT(MODEL) | KNOB_BIT(LAYERS) | KNOB_BIT(BATCH) | KNOB_BIT(CONTEXT) |
             KNOB_BIT(SEQ_LEN) | KNOB_BIT(SEED),
    .part_noun = "sequence",
    .parts = parts,
    .part = part_of,
    .name_part = workload_dot_name_part,
    .choices = model_choices,
    .reference = model_reference,
    .compare = model_compare,
    .locate = model_locate,
    .verify_bytes = UINT64_C(16) << 20,
    .verify_ns = UINT64_C(200000000),
    .step_bytes = step_bytes,
    .step_flops = step_flops,
    .ledger = ledger,
    .memory_bytes = memory_bytes,
    .rereads = rereads,
    .dependent_step_ns = workload_dot_dependent_step_ns,
};
