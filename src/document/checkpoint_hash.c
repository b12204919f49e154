/*
 * checkpoint_hash.c - computes a model's hash: the digest of a list of digests. The list has one
 * digest for the config and, for each tensor in the order of enum model_tensor, one for its element
 * type and one for each block of 1 MiB. Several threads digest the blocks.
 */
#include "checkpoint_hash.h"

#include "../../kernels/cpu/usable.h"
#include "../../kernels/thread.h"
#include "../base/digest.h"

#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES  ((size_t)1 << 20)
#define THREADS_MOST 16u

struct block {
    const unsigned char *bytes;
    size_t length;
};

struct work {
    struct block *blocks;
    struct digest *digests; /* one for each block */
    size_t count, room;
    size_t next; /* index of the next block that a thread takes */
};

static void *digest_blocks(void *argument)
{
    struct work *work = argument;
    for (;;) {
        const size_t i = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED);
        if (i >= work->count)
            return NULL;
        work->digests[i] = digest_of(work->blocks[i].bytes, work->blocks[i].length);
    }
}

static void run_threads(struct work *work)
{
    pthread_t threads[THREADS_MOST] = {0};
    uint32_t cores = usable_affine_cores(), started = 0;
    cores = cores < THREADS_MOST ? cores : THREADS_MOST;
    while (started + 1 < cores &&
           thread_start(&threads[started], "pdlab-hash", 0, digest_blocks, work) == 0)
        started++;
    digest_blocks(work);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static uint64_t stored_bytes(const struct model_checkpoint *model, enum model_tensor tensor,
                             const struct model_stored *stored)
{
    const struct model_size size = model_size_of(&model->config, tensor);
    return (uint64_t)size.rows * size.columns * model_element_bytes(stored->element);
}

static void add_block(struct work *work, const void *bytes, size_t length)
{
    if (work->blocks)
        work->blocks[work->count] = (struct block){.bytes = bytes, .length = length};
    work->count++;
}

/* Adds all blocks of the model's tensors, and their element types. If work->blocks is NULL, only
 * counts them. */
static void add_blocks(const struct model_checkpoint *model, struct work *work)
{
    for (uint32_t i = 0; i < model->config.layers * MODEL_TENSORS; i++) {
        const struct model_stored *stored = &model->stored[i];
        if (!stored->bytes)
            continue;
        add_block(work, &stored->element, sizeof stored->element);
        const uint64_t total = stored_bytes(model, (enum model_tensor)(i % MODEL_TENSORS), stored);
        for (uint64_t at = 0; at < total; at += BLOCK_BYTES)
            add_block(work, stored->bytes + at,
                      total - at < BLOCK_BYTES ? (size_t)(total - at) : BLOCK_BYTES);
    }
}

/* Writes the config as text: a digest of the struct itself would depend on its padding. */
static void print_config(const struct model_config *config, char *text, size_t size)
{
    snprintf(text, size, "%u %u %u %u %u %u %u %u %d %d %.17g %.17g %.17g %.17g %.17g %.17g",
             config->hidden, config->layers, config->heads, config->kv_heads, config->head_dim,
             config->mlp, config->vocabulary, config->position_most, config->tied, config->qk_norm,
             config->norm_epsilon, config->rope_theta, config->rope_factor, config->rope_low_factor,
             config->rope_high_factor, config->rope_position_most);
}

bool checkpoint_hash(struct model_checkpoint *model, struct error *error)
{
    char config[512] = "";
    struct work work = {0};
    print_config(&model->config, config, sizeof config);
    for (int pass = 0; pass < 2; pass++) {
        work.count = 0;
        add_block(&work, config, sizeof config);
        add_blocks(model, &work);
        if (pass > 0)
            break;
        work.blocks = calloc(work.count, sizeof *work.blocks);
        work.digests = calloc(work.count, sizeof *work.digests);
        if (!work.blocks || !work.digests) {
            free(work.blocks);
            free(work.digests);
            return error_set(error, ERROR_RUN, "no memory for the hash of a checkpoint");
        }
    }
    run_threads(&work);
    const struct digest whole = digest_of(work.digests, work.count * sizeof *work.digests);
    digest_text(&whole, model->hash);
    free(work.blocks);
    free(work.digests);
    return true;
}
