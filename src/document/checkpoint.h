/*
 * checkpoint.h - reads a checkpoint: a folder with config.json and either model.safetensors or the
 * shards that model.safetensors.index.json lists. Tensors have Hugging Face's names for Llama and
 * Qwen3.
 *
 * Everything is checked before anything is used: the files against their formats, the config
 * against what the workload `model` can run, and the tensors against the config. The files stay
 * mapped; if a file shrinks afterwards, a read beyond its end kills the process with SIGBUS.
 */
#pragma once

#include "../../kernels/model_checkpoint.h"
#include "safetensors.h"

#define CHECKPOINT_CONFIG "config.json"
#define CHECKPOINT_SINGLE "model.safetensors"
#define CHECKPOINT_INDEX  "model.safetensors.index.json"

#define CHECKPOINT_SHARDS_MOST 1024u
#define CHECKPOINT_INDEX_MOST  (UINT64_C(16) << 20) /* bytes */

/* A mapped file. */
struct checkpoint_file {
    char *name; /* the file's name within the folder */
    const unsigned char *bytes;
    size_t length;
    struct safetensors tensors;
};

struct checkpoint {
    struct model_checkpoint model; /* the argument for model_checkpoint_use */
    struct checkpoint_file *files;
    size_t count;
};

/* Opens the folder and hashes its tensors, on all cores. On failure, returns NULL; *error names the
 * file, the tensor or key, what was found and what is accepted. */
struct checkpoint *checkpoint_open(const char *folder, struct error *error);

/* Unmaps the files and frees the checkpoint. It must no longer be the one in use
 * (model_checkpoint_use). NULL is allowed. */
void checkpoint_close(struct checkpoint *checkpoint);

#define CHECKPOINT_TENSOR_ROOM 64u
