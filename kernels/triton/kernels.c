#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of aot/, which build/triton.S embeds. */
struct triton_file {
    const char *path;
    const char *bytes, *end;
};
extern const struct triton_file triton_files[]; /* terminated by a NULL path */

const struct triton_kernel triton_kernels[] = {
#include "aot/table.def"
    {0},
};

enum queue_ticket triton_queue(const struct knobs *knobs)
{
    if (knobs->queue != QUEUE_AUTO)
        return (enum queue_ticket)knobs->queue;
    return knobs->num_programs >= knobs->batch ? QUEUE_SEQUENCE : QUEUE_STEP;
}

uint64_t triton_rows(const struct knobs *knobs)
{
    const uint64_t programs = (uint64_t)knobs->num_programs, batch = (uint64_t)knobs->batch;
    const uint64_t steps = (uint64_t)knobs->seq_len;
    const bool step = triton_queue(knobs) == QUEUE_STEP;
    if (!step && programs >= batch)
        return steps; /* a program runs at most one sequence */
    const uint64_t tickets = step ? batch * steps : batch;
    const uint64_t rows = 2 * ((tickets + programs - 1) / programs);
    return (rows < tickets ? rows : tickets) * (step ? 1 : steps);
}

const struct triton_kernel *triton_decode_kernel(const struct knobs *knobs)
{
    const bool step = triton_queue(knobs) == QUEUE_STEP;
    const struct triton_kernel *best = NULL;
    for (const struct triton_kernel *kernel = triton_kernels; kernel->name; kernel++) {
        if (kernel->rows == 0 && kernel->queue_step == step &&
            kernel->chain == (knobs->chain != 0) && kernel->block_k == knobs->block_k &&
            (int64_t)kernel->tiles * kernel->block_k >= knobs->head_dim &&
            (best == NULL || kernel->tiles < best->tiles))
            best = kernel;
    }
    return best;
}

const struct triton_kernel *triton_prefill_kernel(const struct knobs *knobs)
{
    const struct triton_kernel *kernel = triton_kernels;
    while (kernel->rows == 0 || kernel->block_k != knobs->block_k)
        kernel++;
    return kernel;
}

const void *triton_image(const struct triton_kernel *kernel, uint32_t capability)
{
    char path[96];
    snprintf(path, sizeof path, "%s.%s", kernel->name,
             capability == 90 ? "sm_90a.cubin" : "sm_80.ptx");
    for (const struct triton_file *file = triton_files; file->path; file++)
        if (strcmp(file->path, path) == 0)
            return file->bytes;
    abort(); /* cannot happen: compile.py writes the table and the files together, and a test
                compares them */
}
