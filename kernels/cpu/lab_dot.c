#include "lab_dot.h"
#include "../inputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Offset between tensors. It makes a step's rows of q, k, v and out differ in their low 12 address
 * bits. If these bits were equal, the rows would compete for the same L1 sets. A load would also
 * wait for an unrelated store to an aliased address. The offset saves a third of a step at HEAD_DIM
 * 64. */
#define STAGGER (UINT64_C(17) * CACHE_LINE)

#define NAN_LANES 8
#define NAN_BLOCK 4096 /* vectors to count per lane before the lanes are summed */

/* Bytes from one tensor to the next. */
static uint64_t tensor_stride(const struct knobs *knobs)
{
    return lab_cpu_lines((uint64_t)knobs->batch * (uint64_t)knobs->seq_len *
                         (uint64_t)knobs->head_dim * sizeof(float)) +
           STAGGER;
}

bool lab_dot_fits(const struct knobs *knobs, bool free_running, uint64_t more_bytes,
                  const struct device_info *device, struct error *error)
{
    char what[96];
    snprintf(what, sizeof what, "BATCH %" PRId64 ", SEQ_LEN %" PRId64 ", HEAD_DIM %" PRId64,
             knobs->batch, knobs->seq_len, knobs->head_dim);
    const uint64_t bytes = 4 * tensor_stride(knobs) + more_bytes;
    return lab_cpu_fits(lab_cpu_bytes(knobs, free_running, bytes), device, what, error);
}

/* ---- opening -------------------------------------------------------------------------------- */

/* Generates a program's share of the inputs. */
static void make_inputs(void *argument, uint32_t program)
{
    const struct lab_dot *lab = argument;
    const uint64_t rows = (uint64_t)lab->batch * lab->cpu.seq_len;
    const uint64_t first = rows * program / lab->cpu.threads;
    const uint64_t last = rows * (program + 1) / lab->cpu.threads;
    const uint32_t head_dim = lab->tensors.head_dim;
    const float *const tensors[] = {
        [INPUT_Q] = lab->tensors.q, [INPUT_K] = lab->tensors.k, [INPUT_V] = lab->tensors.v};
    for (uint64_t row = first; row < last && !stop_requested(lab->cpu.stop); row++) {
        uint32_t b = (uint32_t)(row / lab->cpu.seq_len), t = (uint32_t)(row % lab->cpu.seq_len);
        for (enum input_tensor tensor = INPUT_Q; tensor <= INPUT_V; tensor++)
            input_row(lab->seed, tensor, b, t, head_dim, (float *)tensors[tensor] + row * head_dim);
    }
}

bool lab_dot_open(struct lab_dot *lab, const struct setup *setup, bool free_running,
                  uint64_t more_bytes, struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    const uint64_t stride = tensor_stride(knobs);
    *lab = (struct lab_dot){
        .step = dot_path_step(dot_path_chosen()),
        .seed = (uint64_t)knobs->seed,
        .batch = (uint32_t)knobs->batch,
    };
    if (!lab_cpu_open(&lab->cpu, setup, free_running, 4 * stride + more_bytes, error))
        return false;
    char *base = lab->cpu.memory;
    lab->more = base + 4 * stride;
    lab->tensors = (struct dot_tensors){
        .q = (float *)(void *)base,
        .k = (float *)(void *)(base + stride),
        .v = (float *)(void *)(base + 2 * stride),
        .out = (float *)(void *)(base + 3 * stride),
        .seq_len = (uint64_t)knobs->seq_len,
        .head_dim = (uint32_t)knobs->head_dim,
        .chain = knobs->chain != 0,
    };
    return lab_cpu_make_inputs(&lab->cpu, make_inputs, lab, error);
}

/* ---- the output ----------------------------------------------------------------------------- */

static uint64_t output_elements(const struct lab_dot *lab)
{
    return (uint64_t)lab->batch * lab->cpu.seq_len * lab->tensors.head_dim;
}

void lab_dot_poison(void *state)
{
    struct lab_dot *lab = state;
    const uint64_t elements = output_elements(lab);
    const uint32_t bits = POISON_FP32;
    float nan;
    memcpy(&nan, &bits, sizeof nan);
    for (uint64_t i = 0; i < elements; i++)
        lab->tensors.out[i] = nan;
}

uint64_t lab_dot_count_nan(const void *state)
{
    typedef float vector __attribute__((vector_size(NAN_LANES * 4), may_alias));
    typedef int32_t counts __attribute__((vector_size(NAN_LANES * 4)));
    const struct lab_dot *lab = state;
    const vector *out = (const vector *)lab->tensors.out;
    const uint64_t vectors = output_elements(lab) / NAN_LANES; /* HEAD_DIM is a multiple of 32 */
    uint64_t total = 0;
    for (uint64_t first = 0; first < vectors; first += NAN_BLOCK) {
        uint64_t last = first + NAN_BLOCK < vectors ? first + NAN_BLOCK : vectors;
        counts found = {0};
        for (uint64_t i = first; i < last; i++)
            found -= out[i] != out[i]; /* true only for NaN; NOLINT(misc-redundant-expression) */
        for (int lane = 0; lane < NAN_LANES; lane++)
            total += (uint64_t)found[lane];
    }
    return total;
}

void lab_dot_output(const void *state, uint32_t b, float *rows)
{
    const struct lab_dot *lab = state;
    const uint64_t elements = (uint64_t)lab->cpu.seq_len * lab->tensors.head_dim;
    memcpy(rows, lab->tensors.out + b * elements, elements * sizeof *rows);
}
